"""The folder outside the data in which this computer keeps what a restored backup must not bring back."""

from __future__ import annotations

import hashlib
import json
import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from smscore.errors import StoreError


def write_anew(path: Path, content: bytes) -> None:
    """Put `content` in the place of a file, whole or not at all."""
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


class Places:
    """Which desk's database lies in which place, so that one put in the place of another is noticed."""

    def __init__(self, state_folder: Path) -> None:
        self.folder = state_folder / "places"

    def desk_at(self, place: str) -> tuple[str, bool] | None:
        """The id of the desk that was last seen at a place, and whether it sent for real."""
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
            write_anew(self._path(place), json.dumps({"desk": desk_id, "live": live, "place": place}).encode())
        except OSError as fault:
            raise StoreError("journal_unwritable", place=str(self.folder), cause=fault.strerror) from None

    def _path(self, place: str) -> Path:
        return self.folder / hashlib.sha256(place.encode()).hexdigest()[:32]


def journal_id(state_folder: Path) -> str:
    """The random id of this computer's state folder, made at the first need.

    Raises StoreError("journal_unwritable").
    """
    path = state_folder / "id"
    try:
        if not path.exists():
            make_private_folder(state_folder)
            write_anew(fresh := path.with_name(f"id.{uuid4().hex}"), uuid4().hex.encode())
            # Of two processes that do this at once, one gives the name; a rename would let both.
            with suppress(FileExistsError):
                path.hardlink_to(fresh)
            fresh.unlink()
        return path.read_text()
    except OSError as fault:
        raise StoreError("journal_unwritable", place=str(state_folder), cause=fault.strerror) from None
