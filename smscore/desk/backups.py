"""Making a backup and putting one back, from the settings alone: the database itself may be damaged or gone."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from smscore.config import Settings, child_environment
from smscore.engine import FileLock, engine_lock_path
from smscore.errors import StoreError
from smscore.store import backups
from smscore.store.backups import Backup


def back_up(settings: Settings, path: Path) -> Backup:
    """Write a verified copy of the database to `path`, while campaigns are sent or not. Raises StoreError."""
    database = settings.database_file
    backups.must_be_writable_as_backup(path, database)
    if database is not None:
        return backups.back_up_file(database, path)
    return backups.back_up_server(settings.database_url, path, child_environment())


def put_back(settings: Settings, path: Path) -> Path | None:
    """Put a backup in the place of the database; where the replaced database is kept, None when there was none.

    Raises StoreError: while any process uses the database, or when the backup is not whole; then nothing was changed.
    """
    if not path.is_file():
        raise StoreError("not_a_backup", place=str(path))
    now, database = datetime.now(settings.zone), settings.database_file
    if database is None:
        return _put_back_server(settings, path, now)
    database.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(engine_lock_path(database))
    if not lock.take():
        raise StoreError("database_in_use")
    try:
        return backups.put_back_file(path, database, now)
    finally:
        lock.give_back()


def _put_back_server(settings: Settings, path: Path, now: datetime) -> Path | None:
    environ, url = child_environment(), settings.database_url
    backups.verify_archive(path, environ)
    kept = path.with_name(f"before-restore-{now:%Y%m%d-%H%M%S}.dump")
    backups.back_up_server(url, kept, environ)
    backups.put_back_server(path, url, environ)
    return kept
