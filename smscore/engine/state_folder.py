"""The state folder, outside the data: this computer keeps there what a restored backup must not bring back."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from smscore.durable_files import atomic_write, make_private_folder
from smscore.errors import StoreError


class KnownPlaces:
    """Which desk's database lies in which place, so that one put in the place of another is noticed."""

    def __init__(self, state_folder: Path) -> None:
        self.folder = state_folder / "places"

    def find_desk(self, place: str) -> tuple[str, bool] | None:
        """Return the id of the desk that was last seen at a place, and whether it sent for real."""
        try:
            known = json.loads(self._get_path(place).read_bytes())
            return known["desk"], bool(known["live"])
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def remember(self, place: str, desk_id: str, live: bool) -> None:
        """Note that the desk is at this place. Raises StoreError("journal_unwritable")."""
        known = self.find_desk(place)
        live = live or bool(known and known[0] == desk_id and known[1])
        if known == (desk_id, live):
            return
        try:
            make_private_folder(self.folder)
            atomic_write(self._get_path(place), json.dumps({"desk": desk_id, "live": live, "place": place}).encode())
        except OSError as fault:
            raise StoreError("journal_unwritable", place=str(self.folder), cause=fault.strerror) from None

    def _get_path(self, place: str) -> Path:
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
