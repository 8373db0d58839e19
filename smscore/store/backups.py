"""Copies of the whole database: made while it is written to, verified, and put back. See `docs/backup.md`."""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import uuid4

import sqlalchemy as sa
from sqlalchemy.engine import make_url

from smscore.durable_files import flush_folder
from smscore.errors import StoreError
from smscore.store.database import list_revisions, normalise_url

BEGINNINGS = (b"SQLite format 3\0", b"PGDMP")
"""How a backup begins: an SQLite file, or an archive of pg_dump."""


@dataclass(frozen=True)
class Backup:
    """A copy that was verified: its file, its size in bytes, and how many campaigns it holds (None where its tables
    cannot be read before they are put back)."""

    path: Path
    size: int
    campaigns: int | None


@contextmanager
def _write_beside(path: Path) -> Iterator[Path]:
    """Yield a file beside `path` that takes its place at the end, whole and on the disk, or is removed."""
    fresh = path.with_name(f".{path.name}.{uuid4().hex}")
    try:
        os.close(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        yield fresh
        with fresh.open("rb+") as file:
            os.fsync(file.fileno())
        fresh.replace(path)
        flush_folder(path.parent)
    except OSError as fault:
        raise StoreError("backup_unwritten", place=str(path), cause=fault.strerror) from None
    finally:
        for each in (fresh, Path(f"{fresh}-wal"), Path(f"{fresh}-shm"), Path(f"{fresh}-journal")):
            each.unlink(missing_ok=True)


def must_be_writable_as_backup(path: Path, database: Path | None) -> None:
    """Raise StoreError("backup_would_overwrite") for a file that is no earlier backup, or is the database itself."""
    if database is not None and database.exists() and path.exists() and path.samefile(database):
        raise StoreError("backup_would_overwrite", place=str(path))
    if not path.parent.is_dir():
        raise StoreError("backup_unwritten", place=str(path), cause="there is no such folder")
    if path.is_dir() or (path.exists() and path.stat().st_size and not _is_backup(path)):
        raise StoreError("backup_would_overwrite", place=str(path))


def _is_backup(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(16).startswith(BEGINNINGS)


# SQLite


def back_up_file(database: Path, path: Path) -> Backup:
    """Copy an SQLite database, which may be written to meanwhile, and verify the copy.

    Raises StoreError; then no file is left behind.
    """
    if not database.exists():
        raise StoreError("nothing_to_back_up", place=str(database))
    with _write_beside(path) as fresh, _translate_os_errors(path):
        with closing(sqlite3.connect(database, timeout=30)) as source, closing(sqlite3.connect(fresh)) as target:
            # All pages in one step: a reader holds up no writer, and a copy in steps begins again at each write.
            source.backup(target)
            target.execute("PRAGMA journal_mode=DELETE")
        campaigns = verify_file(fresh)
    return Backup(path, path.stat().st_size, campaigns)


def verify_file(path: Path) -> int:
    """Return how many campaigns an SQLite backup holds, once it is found whole and of a form that is known here.

    Raises StoreError("not_a_backup", "backup_damaged", "backup_newer").
    """
    if not path.is_file() or not _is_backup(path):
        raise StoreError("not_a_backup", place=str(path))
    try:
        with closing(sqlite3.connect(f"file:{path}?mode=ro&immutable=1", uri=True)) as copy:
            if copy.execute("PRAGMA integrity_check").fetchone()[0] != "ok":
                raise StoreError("backup_damaged", place=str(path))
            revision = copy.execute("SELECT version_num FROM alembic_version").fetchone()
            campaigns = copy.execute("SELECT COUNT(*) FROM campaign WHERE status <> 'draft'").fetchone()[0]
    except sqlite3.OperationalError:
        raise StoreError("not_a_backup", place=str(path)) from None
    except sqlite3.DatabaseError:
        raise StoreError("backup_damaged", place=str(path)) from None
    if revision is None or revision[0] not in list_revisions():
        raise StoreError("backup_newer", place=str(path))
    return campaigns


def put_back_file(path: Path, database: Path, now: datetime) -> Path | None:
    """Put a verified backup in the place of an SQLite database that nobody has open; where the replaced one is kept.

    Raises StoreError("database_in_use") while any process has it open.
    """
    verify_file(path)
    kept = None
    if database.exists():
        _must_be_unused(database)
        kept = database.with_name(f"{database.name}.before-restore-{now:%Y%m%d-%H%M%S}")
    with _write_beside(database) as fresh, _translate_os_errors(database):
        shutil.copyfile(path, fresh)
        for ending in ("-wal", "-shm"):
            beside = Path(f"{database}{ending}")
            if kept is not None and beside.exists():  # the log of a damaged database may still be of use
                beside.replace(f"{kept}{ending}")
            beside.unlink(missing_ok=True)
        if kept is not None:
            kept.hardlink_to(database)  # a second name, so that there is a database at every moment
    return kept


def _must_be_unused(database: Path) -> None:
    """Raise StoreError("database_in_use") while anybody has it open: only a sole user can make it leave WAL."""
    try:
        # Where this fails, SQLite must not open the file for writing: it would throw the log away.
        with closing(sqlite3.connect(f"file:{database}?mode=ro&immutable=1", uri=True)) as looking:
            looking.execute("PRAGMA schema_version")
        with closing(sqlite3.connect(database, timeout=1)) as mine:
            if mine.execute("PRAGMA journal_mode=DELETE").fetchone()[0] != "delete":
                raise StoreError("database_in_use")
    except sqlite3.OperationalError:
        raise StoreError("database_in_use") from None
    except sqlite3.DatabaseError:
        return  # damaged: that is why a backup is put back


@contextmanager
def _translate_os_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as fault:
        raise StoreError("backup_unwritten", place=str(path), cause=str(fault)) from None


# PostgreSQL


def back_up_server(url: str, path: Path, environ: Mapping[str, str]) -> Backup:
    """Dump a PostgreSQL database in pg_dump's custom format, and verify that the archive can be read.

    `environ` is the environment of the programs; the password is given there, never among the arguments.
    Raises StoreError; then no file is left behind.
    """
    with _write_beside(path) as fresh:
        _run(("pg_dump", "--format=custom", f"--file={fresh}", _format_address(url)), url, environ)
        verify_archive(fresh, environ)
    return Backup(path, path.stat().st_size, None)


def verify_archive(path: Path, environ: Mapping[str, str]) -> None:
    """Raise StoreError("not_a_backup") unless a file is an archive of pg_dump with our tables in it."""
    if not path.is_file() or not _is_backup(path):
        raise StoreError("not_a_backup", place=str(path))
    listed = _run(("pg_restore", "--list", str(path)), "", environ)
    if " TABLE DATA public recipient " not in listed and " TABLE DATA " not in listed:
        raise StoreError("not_a_backup", place=str(path))
    if " recipient " not in listed or " alembic_version " not in listed:
        raise StoreError("not_a_backup", place=str(path))


def put_back_server(path: Path, url: str, environ: Mapping[str, str]) -> None:
    """Put an archive in the place of a PostgreSQL database that nobody is connected to, in one transaction: all of it
    or nothing. Raises StoreError("database_in_use") while anybody is."""
    _must_be_unconnected(url)
    order = ("pg_restore", "--clean", "--if-exists", "--no-owner", "--single-transaction", "--exit-on-error")
    _run((*order, f"--dbname={_format_address(url)}", str(path)), url, environ)


def _must_be_unconnected(url: str) -> None:
    engine = sa.create_engine(normalise_url(url), connect_args={"connect_timeout": 10}, poolclass=sa.NullPool)
    others = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
    try:
        with engine.connect() as connection:
            if connection.execute(sa.text(f"{others} AND backend_type = 'client backend'")).scalar_one():
                raise StoreError("database_in_use")
    except sa.exc.OperationalError:
        raise StoreError("database_unreachable") from None
    finally:
        engine.dispose()


def _format_address(url: str) -> str:
    """Return a URL as PostgreSQL's programs take it, without its password."""
    bare = make_url(normalise_url(url)).set(drivername="postgresql")._replace(password=None)
    return bare.render_as_string(hide_password=False)


def _run(order: Sequence[str], url: str, environ: Mapping[str, str]) -> str:
    """Return what a program printed. Raises StoreError("no_postgres_programs", "postgres_program_failed")."""
    password = make_url(normalise_url(url)).password if url else None
    given = dict(environ) | ({"PGPASSWORD": str(password)} if password else {})
    try:
        ended = subprocess.run(order, env=given, capture_output=True, text=True, stdin=subprocess.DEVNULL)
    except FileNotFoundError:
        raise StoreError("no_postgres_programs", program=order[0]) from None
    if ended.returncode:
        said = next((line for line in ended.stderr.splitlines() if line.strip()), f"exit code {ended.returncode}")
        if password:
            said = said.replace(str(password), "…")
        raise StoreError("postgres_program_failed", program=order[0], cause=said)
    return ended.stdout
