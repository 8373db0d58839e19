"""Opening the database and bringing it to the present form, with the settings that durability needs.

One engine serves SQLite and PostgreSQL. Our tables are migrated by Alembic, the durable jobs' by DBOS, safely side by
side. A kill in the middle of a migration leaves the last whole step: our steps run in one transaction on both
databases. Several processes may migrate at once; one does it, the others wait.
"""

from __future__ import annotations

import errno
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy.engine import make_url

from smscore.errors import StoreError

_READING = "smscore_reading"

_FOLDER = Path(__file__).resolve().parent.parent / "migrations"

_LOCK = 0x534D5344  # any constant that only SMS Desk locks on: "SMSD"


def normalise_url(url: str) -> str:
    """Return the database URL in SQLAlchemy's form: `postgres://` and `postgresql://` get the psycopg driver."""
    for plain in ("postgresql://", "postgres://"):
        if url.startswith(plain):
            return "postgresql+psycopg://" + url.removeprefix(plain)
    return url


def is_sqlite(url: str) -> bool:
    """Return whether `url` names an SQLite file."""
    return make_url(normalise_url(url)).get_backend_name() == "sqlite"


def get_sqlite_file(url: str) -> Path | None:
    """Return the file of an SQLite URL, absolute; None for PostgreSQL."""
    if not is_sqlite(url):
        return None
    return _get_sqlite_path(url)


def _get_sqlite_path(url: str) -> Path:
    return Path(make_url(url).database or "smscore.db").resolve()


def connect(url: str) -> sa.Engine:
    """Return an engine for `url`; an SQLite file and its folder are made when missing.

    SQLite runs in WAL mode with synchronous=FULL: with NORMAL a power cut could lose the record that a message was
    about to leave, and the message would leave again.
    """
    if not is_sqlite(url):
        return sa.create_engine(
            normalise_url(url), pool_size=20, max_overflow=10, pool_pre_ping=True, connect_args={"connect_timeout": 10}
        )
    path = _get_sqlite_path(url)
    make_private(path)
    engine = sa.create_engine(f"sqlite:///{path}", pool_size=20, max_overflow=10, connect_args={"timeout": 30})
    sa.event.listen(engine, "connect", _prepare_sqlite)
    sa.event.listen(engine, "begin", _begin_sqlite)
    return engine


def make_private(path: Path) -> None:
    """Make an SQLite file that only its owner can read, or take it from others; its log files then are as it is.

    Raises StoreError("database_file") when it, or its folder, cannot be made or written.
    """
    try:
        with suppress(FileExistsError):  # "not a directory" says more, below
            path.parent.mkdir(parents=True, exist_ok=True)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            for each in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm")):
                with suppress(FileNotFoundError, PermissionError):  # a file of another user's stays as it is
                    each.chmod(0o600)
        if not os.access(path.parent, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    except OSError as fault:
        raise StoreError("database_file", place=str(path), cause=fault.strerror) from None


def _prepare_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None
    # The log is copied into the file each 8,000 pages (32 MB) instead of each 1,000: with a commit for every few calls
    # that copying was most of the time that commits took.
    pragmas = ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=30000", "wal_autocheckpoint=8000")
    for pragma in (*pragmas, "foreign_keys=ON"):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    reading = connection.get_execution_options().get(_READING, False)
    connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


class Database:
    """Reading and writing transactions on one engine.

    SQLite has one writer at a time: writers of this process queue on a lock of ours, because SQLite's own busy wait
    sleeps and polls, which is several times slower when many threads write.
    """

    def __init__(self, url: str) -> None:
        path = get_sqlite_file(url)
        self.url = f"sqlite:///{path}" if path else normalise_url(url)
        self.engine = connect(url)
        self._writer = threading.Lock() if is_sqlite(url) else None
        self._path = path
        self._file: tuple[int, int] | None = None

    @property
    def sqlite(self) -> bool:
        """Whether this is an SQLite file."""
        return self.engine.dialect.name == "sqlite"

    def must_be_same_file(self) -> None:
        """Raise StoreError("database_replaced") when an SQLite file is not the one that was opened: what is written to
        a file that was deleted or replaced is lost when this process ends, and would be sent again.

        An open connection keeps the file's number, so that no other file can get it. Takes some microseconds.
        """
        if self._path is None:
            return
        present = _read_file_number(self._path)
        if self._file is None and present:
            self._file = present
        elif present != self._file:
            raise StoreError("database_replaced", place=str(self._path))

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """Open a transaction that only reads; it sees one state of the database and never waits for a writer."""
        self.must_be_same_file()
        with self._translate_errors(), self.engine.connect() as plain:
            connection = plain.execution_options(**{_READING: True})
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """Open a transaction that writes; committed at the end, rolled back when anything is raised."""
        if self._writer is None:
            with self._translate_errors(), self.engine.begin() as connection:
                yield connection
            return
        with self._writer, self._translate_errors():
            self.must_be_same_file()
            with self.engine.begin() as connection:
                yield connection

    @contextmanager
    def _translate_errors(self) -> Iterator[None]:
        try:
            yield
        except (sa.exc.OperationalError, sa.exc.InterfaceError) as fault:
            raise StoreError(_get_error_code(fault), note=type(fault.orig).__name__) from fault
        except sa.exc.DatabaseError as fault:
            if type(fault) is not sa.exc.DatabaseError:
                raise
            raise StoreError("database_damaged") from fault

    def close(self) -> None:
        """Give back every connection."""
        self.engine.dispose()


def _read_file_number(path: Path) -> tuple[int, int] | None:
    """Return what identifies a file whatever it is called; None when there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _get_error_code(fault: sa.exc.DBAPIError) -> str:
    words = str(fault.orig).lower()
    if "full" in words and ("disk" in words or "database or disk" in words):
        return "disk_full"
    if "locked" in words or "busy" in words:
        return "database_busy"
    return "database_unreachable"


def migrate(database: Database) -> bool:
    """Bring our tables to the newest revision; return whether anything had to be done.

    Raises StoreError; then the database is as it was.
    """
    if _read_present_revision(database) == _get_newest_revision():
        return False
    with database.writing() as connection:
        if not database.sqlite:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        command.upgrade(_build_config(connection), "head")
    return True


def _build_config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def list_revisions() -> frozenset[str]:
    """Return every revision that our tables have had, the newest among them."""
    return frozenset(each.revision for each in ScriptDirectory.from_config(_build_config()).walk_revisions())


def _get_newest_revision() -> str | None:
    return ScriptDirectory.from_config(_build_config()).get_current_head()


def _read_present_revision(database: Database) -> str | None:
    with database.reading() as connection:
        return MigrationContext.configure(connection).get_current_revision()
