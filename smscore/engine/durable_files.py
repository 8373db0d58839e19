"""Files that a crash leaves whole: locks that end with their process, atomic writes, and the state folder.

The state folder lies outside the data. This computer keeps there what a restored backup must not bring back.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from smscore.errors import StoreError

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class FileLock:
    """An exclusive lock on a file, which the operating system gives back however its process ends.

    With no path (PostgreSQL, which has no file to guard) it is always had.
    """

    def __init__(self, path: Path | None) -> None:
        self.path = path
        self._descriptor: int | None = None

    def take(self) -> bool:
        """Take the lock without waiting; return whether it was free."""
        if self.path is None:
            return True
        self.path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            _lock(descriptor)
        except OSError:
            os.close(descriptor)
            return False
        self._descriptor = descriptor
        return True

    def give_back(self) -> None:
        """Give the lock back; the file stays, because removing it would let two processes lock two files."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def engine_lock_path(database: Path) -> Path:
    """Return the file that the one engine of an SQLite database locks."""
    return database.with_name(database.name + ".engine.lock")


def _lock(descriptor: int) -> None:
    if sys.platform == "win32":
        msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
    else:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)


def atomic_write(path: Path, content: bytes) -> None:
    """Put `content` in the place of a file, whole or not at all, flushed to the disk."""
    fresh = path.with_name(f"{path.name}.{uuid4().hex}")
    file = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        rest = memoryview(content)
        while rest:
            rest = rest[os.write(file, rest) :]
        os.fsync(file)
    finally:
        os.close(file)
    fresh.replace(path)
    flush_folder(path.parent)


def make_private_folder(folder: Path) -> None:
    """Make a folder, and those above it, that only its owner may open."""
    if not folder.is_dir():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def flush_folder(folder: Path) -> None:
    """Bring a folder's list of names to the disk, where the system can."""
    if os.name == "nt":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


class KnownPlaces:
    """Which desk's database lies in which place, so that one put in the place of another is noticed."""

    def __init__(self, state_folder: Path) -> None:
        self.folder = state_folder / "places"

    def desk_at(self, place: str) -> tuple[str, bool] | None:
        """Return the id of the desk that was last seen at a place, and whether it sent for real."""
        try:
            known = json.loads(self._path(place).read_bytes())
            return known["desk"], bool(known["live"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def remember(self, place: str, desk_id: str, live: bool) -> None:
        """Note that the desk is at this place. Raises StoreError("journal_unwritable")."""
        known = self.desk_at(place)
        live = live or bool(known and known[0] == desk_id and known[1])
        if known == (desk_id, live):
            return
        try:
            make_private_folder(self.folder)
            atomic_write(self._path(place), json.dumps({"desk": desk_id, "live": live, "place": place}).encode())
        except OSError as fault:
            raise StoreError("journal_unwritable", place=str(self.folder), cause=fault.strerror) from None

    def _path(self, place: str) -> Path:
        return self.folder / hashlib.sha256(place.encode()).hexdigest()[:32]


def read_journal_id(state_folder: Path) -> str:
    """Return the random id of this computer's state folder, made at the first need.

    Raises StoreError("journal_unwritable").
    """
    path = state_folder / "id"
    try:
        if not path.exists():
            make_private_folder(state_folder)
            atomic_write(fresh := path.with_name(f"id.{uuid4().hex}"), uuid4().hex.encode())
            # Of two processes that do this at once, one gives the name; a rename would let both.
            with suppress(FileExistsError):
                path.hardlink_to(fresh)
            fresh.unlink()
        return path.read_text()
    except OSError as fault:
        raise StoreError("journal_unwritable", place=str(state_folder), cause=fault.strerror) from None
