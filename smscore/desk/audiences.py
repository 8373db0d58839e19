"""Audiences: built from a sheet or from typed numbers, without those who opted out, and kept by name."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore import store
from smscore.contacts import Audience, Choice, build_audience, build_typed_audience
from smscore.errors import DeskError
from smscore.sheets import Sheet
from smscore.store import Database, SavedAudience


class Audiences:
    """Who is written to. `region` is the country of numbers that are stored without one."""

    def __init__(self, database: Database, region: str) -> None:
        self._database = database
        self._region = region

    def build(self, sheet: Sheet, choice: Choice) -> Audience:
        """Return the audience of a sheet, without those who opted out. Raises SheetError."""
        return build_audience(sheet, choice, store.read_opted_out(self._database))

    def read_typed(self, text: str, region: str) -> Audience:
        """Return the audience of typed or pasted numbers, without those who opted out. Raises SheetError."""
        return build_typed_audience(text, region, store.read_opted_out(self._database))

    def build_from_contacts(self, name: str, contacts: pa.Table) -> Audience:
        """Return the audience of stored contacts (row, phone, msisdn, own columns); who opted out since is left out."""
        empty = build_typed_audience("", self._region, np.zeros(0, dtype=np.int64))
        is_out = np.isin(contacts.column("msisdn").to_numpy(), store.read_opted_out(self._database))
        opted_out = contacts.filter(pa.array(is_out)).select(["row", "phone"]).cast(empty.tables.opted_out.schema)
        # Rows are counted once each: a cell with several numbers made several contacts of one row.
        whole = replace(empty, name=name, sheet_rows=pc.count_distinct(contacts.column("row")).as_py())
        return whole.replace_tables(
            contacts=contacts.filter(pa.array(~is_out)), opted_out=opted_out, problems=empty.tables.problems.slice(0, 0)
        )

    def save(self, name: str, audience: Audience, actor: str) -> None:
        """Keep the contacts of an audience under a name.

        Raises DeskError("no_name"), ("opt_out_column_undecided") because a kept audience could not ask any more.
        """
        if not name.strip():
            raise DeskError("no_name")
        if audience.undecided:
            columns = ", ".join(marks.column[:40] for marks in audience.undecided)
            raise DeskError("opt_out_column_undecided", columns=columns)
        arrow = store.pack_table(audience.tables.contacts)
        store.save_audience(self._database, name.strip(), audience.people, arrow, actor, time.time())

    def list(self) -> tuple[SavedAudience, ...]:
        """Return all kept audiences, by name."""
        return store.list_saved_audiences(self._database)

    def load(self, name: str) -> Audience:
        """Return a kept audience; who opted out since is left out. Raises DeskError("no_such_audience")."""
        arrow = store.read_saved_audience(self._database, name)
        if arrow is None:
            raise DeskError("no_such_audience", name=name)
        return self.build_from_contacts(name, store.unpack_table(arrow))

    def delete(self, name: str, actor: str) -> None:
        """Delete a kept audience."""
        store.delete_audience(self._database, name, actor, time.time())
