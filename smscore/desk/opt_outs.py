"""The opt-out list: numbers that are never texted."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

import pandas as pd

from smscore import store
from smscore.config import Settings
from smscore.contacts import Audience, build_typed_audience
from smscore.errors import DeskError
from smscore.phones import read_number
from smscore.store import Database


@dataclass(frozen=True)
class Added:
    """Numbers added to the opt-out list: how many are new, how many were on it, how many rows could not be read, how
    many only repeat another, and the unread rows themselves (as `Audience.problems`), each with its reason; `country`:
    the columns that said in which country the numbers are."""

    added: int
    already: int
    problems: int
    repeated: int
    unread: pd.DataFrame = field(repr=False, compare=False)
    country: tuple[str, ...] = ()


class OptOuts:
    """Reading and changing the opt-out list."""

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    def search(self, digits: str = "", limit: int = 1000) -> pd.DataFrame:
        """Return the opt-outs whose number holds these digits, newest first: phone, added_at (aware), actor, source."""
        rows = store.read_opt_out_page(self._database, "".join(c for c in digits if c.isdigit()), limit)
        cells = [(f"+{row.msisdn}", row.added_at, row.actor, row.source) for row in rows]
        frame = pd.DataFrame(cells, columns=["phone", "added_at", "actor", "source"])
        frame["added_at"] = pd.to_datetime(frame["added_at"], unit="s", utc=True).dt.tz_convert(self._settings.zone)
        return frame

    def count(self) -> int:
        """Return how many numbers are on the list."""
        return store.count_opt_outs(self._database)

    def get_revision(self) -> int:
        """Return a number that is another one after each change of the list."""
        return store.read_opt_out_revision(self._database)

    def add(self, numbers: Audience | str, region: str, actor: str, source: str) -> Added:
        """Add typed numbers, or the contacts of a sheet. Raises SheetError."""
        audience = build_typed_audience(numbers, region) if isinstance(numbers, str) else numbers
        msisdns = audience.tables.contacts.column("msisdn").to_pylist()
        new = store.add_opt_outs(self._database, msisdns, actor, source, time.time())
        already = len(msisdns) - new + audience.tables.opted_out.num_rows
        problems, repeated = audience.arithmetic().problems, audience.tables.duplicates.num_rows
        return Added(new, already, problems, repeated, audience.problems, audience.country)

    def remove(self, phone: str, actor: str) -> bool:
        """Take one number, in any written form, off the list; whether it was on it. Raises DeskError("no_number")."""
        read = read_number(phone, self._settings.region)
        if not read.e164:
            raise DeskError("no_number", value=phone)
        return store.remove_opt_out(self._database, int(read.e164[1:]), actor, time.time())
