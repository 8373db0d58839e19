"""Files that a crash leaves whole: locks that end with their process, atomic writes, and names that reach the disk."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from uuid import uuid4

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
    """Flush a folder's list of names to the disk, where the system can: without it a new file may be gone after a
    power cut, however well its content was flushed."""
    if os.name == "nt":
        return
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
