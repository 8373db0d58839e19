"""Opening the desk for a command, and who is using it."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import smscore
from smscore import Settings, StoreError, load_settings

if TYPE_CHECKING:  # the desk stands on everything, and not every command opens it
    from smscore import Desk

_SQLITE = b"SQLite format 3\0"  # how every SQLite file begins: https://www.sqlite.org/fileformat.html


@contextmanager
def opened(settings: Settings | None = None) -> Iterator[Desk]:
    """The desk, for the time of one command. Raises SettingsError, StoreError."""
    settings = settings or load_settings()
    _must_be_database(settings)
    try:
        desk = smscore.open_desk(settings)
    except OSError as fault:
        raise StoreError("database_file", place=settings.database_shown, cause=fault.strerror) from None
    try:
        yield desk
    finally:
        desk.close()


def _must_be_database(settings: Settings) -> None:
    """An SQLite URL that leads to another file must not be written to."""
    path = settings.database_file
    if path is not None and path.is_file() and path.stat().st_size:
        with path.open("rb") as file:
            if file.read(len(_SQLITE)) != _SQLITE:
                raise StoreError("not_a_database", place=settings.database_shown)


def has_database(settings: Settings) -> bool:
    """Whether there is a database to ask: a command that only reads a sheet does not make one."""
    path = settings.database_file
    return path is None or path.exists()


def actor() -> str:
    """Who is at the command line, for the record of who did what."""
    try:
        return f"{getpass.getuser()}, command line"
    except (KeyError, OSError, ImportError):
        return "command line"
