"""What became of recipients: delivery reports as they come in, and results as tables and files."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from smscore import delivery, store
from smscore.campaigns import RecipientStatus
from smscore.errors import CampaignError, RowProblem
from smscore.reports import build_report, format_moments, to_csv, to_xlsx
from smscore.sheets import Sheet
from smscore.store import Database


@dataclass(frozen=True)
class Ledger:
    """What a campaign's ledger holds: lines, numbers, attempts to submit one, and how many numbers have more than one
    attempt that may have reached them (0, or never twice is broken)."""

    rows: int
    numbers: int
    attempts: int
    twice: int


@dataclass(frozen=True)
class Imported:
    """A portal's report file taken in: reports that found their recipient, those that found none (yet), bad rows."""

    matched: int
    unmatched: int
    problems: tuple[RowProblem, ...]


class Results:
    """Reading what became of recipients. Times are in `zone`."""

    def __init__(self, database: Database, zone: ZoneInfo) -> None:
        self._database = database
        self._zone = zone

    def read_page(
        self,
        campaign_id: int,
        statuses: Sequence[RecipientStatus | str] = (),
        phone: str = "",
        offset: int = 0,
        limit: int = 1000,
    ) -> pd.DataFrame:
        """Return a page of the delivery report, at most `limit` recipients from `offset` on: those in `statuses` whose
        number holds the digits of `phone`. Columns as `save_report`. Raises CampaignError("no_such_campaign")."""
        store.get_campaign(self._database, campaign_id)
        wanted = tuple(RecipientStatus(s) for s in statuses)
        page = store.read_result_page(self._database, campaign_id, wanted, _keep_digits(phone), offset, limit)
        return build_report(page, self._zone).to_pandas()

    def count(self, campaign_id: int, statuses: Sequence[RecipientStatus | str] = (), phone: str = "") -> int:
        """Return how many recipients all pages of `read_page` hold. Raises CampaignError("no_such_campaign")."""
        store.get_campaign(self._database, campaign_id)
        wanted = tuple(RecipientStatus(s) for s in statuses)
        return store.count_results(self._database, campaign_id, wanted, _keep_digits(phone))

    def save_report(self, campaign_id: int, path: Path, statuses: Sequence[RecipientStatus | str] = ()) -> int:
        """Write the delivery report to `path` (.csv or .xlsx); how many recipients it holds.

        Its columns are those of `REPORT_COLUMNS`, then the sheet's own.

        Raises CampaignError("no_such_campaign"), DeskError("report_format"), ReportError.
        """
        store.get_campaign(self._database, campaign_id)
        wanted = tuple(RecipientStatus(s) for s in statuses)
        batches = store.read_result_batches(self._database, campaign_id, wanted)
        return _write_tables((build_report(batch, self._zone) for batch in batches), path)

    def save_left_out(self, campaign_id: int, part: str, path: Path) -> int:
        """Write what a campaign did not address; how many rows. `part`: problems, duplicates, opted_out, subtracted.

        Raises CampaignError("nothing_left_out").
        """
        table = store.read_left_out(self._database, campaign_id, part)
        if table is None:
            raise CampaignError("nothing_left_out", part=part)
        return _write_tables(iter([table]), path)

    def save_ledger(self, campaign_id: int, path: Path) -> Ledger:
        """Write the ledger, one line an attempt with its time, call, batch and outcome; what it proves.

        `texted` says whether the attempt may have reached its person: of the lines of a number at most one is not
        "no". Raises CampaignError("no_such_campaign"), DeskError("report_format"), ReportError.
        """
        store.get_campaign(self._database, campaign_id)
        sums: Counter[str] = Counter()
        _write_tables(
            (self._count_and_format(sums, batch) for batch in store.read_ledger(self._database, campaign_id)), path
        )
        return Ledger(sums["rows"], sums["numbers"], sums["attempts"], sums["twice"])

    def _count_and_format(self, sums: Counter[str], batch: pa.Table) -> pa.Table:
        """Add a batch of the ledger to `sums`, and return it as it is written."""
        # All lines of a number stand in one batch.
        times = Counter(batch.filter(pc.not_equal(batch["texted"], "no"))["phone"].to_pylist())
        sums.update(
            rows=batch.num_rows,
            numbers=pc.count_distinct(batch["phone"]).as_py(),
            attempts=pc.sum(pc.greater(batch["attempt"], 0)).as_py() or 0,
            twice=sum(1 for often in times.values() if often > 1),
        )
        return self._format_times(batch)

    def _format_times(self, raw: pa.Table) -> pa.Table:
        """Return a batch of the ledger with its times as text."""
        for name in ("submitted_at", "answered_at"):
            place = raw.column_names.index(name)
            raw = raw.set_column(place, name, format_moments(raw.column(name), self._zone))
        return raw

    def read_msisdns(self, campaign_id: int) -> np.ndarray:
        """Return the MSISDNs of a campaign, int64, to subtract from another audience."""
        store.get_campaign(self._database, campaign_id)
        return store.read_msisdns(self._database, campaign_id)


class DeliveryReports:
    """Storing delivery reports. The engine's janitor applies those of callbacks to their recipients."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def store_callback(self, channel: str, body: bytes) -> int:
        """Store the reports in the body of a callback of `channel` ("sms" or "whatsapp"); how many are new.

        Raises DeskError on a body that cannot be read, StoreError when it could not be kept.
        """
        events = delivery.read_reports(channel, body)
        with self._database.writing() as connection:
            return store.store_events(connection, events, time.time())

    def import_file(self, sheet: Sheet, actor: str) -> Imported:
        """Store a portal's report file and apply it at once. Raises DeskError("no_report_columns")."""
        read = delivery.read_portal_file(sheet.table, sheet.rows.to_pylist())
        with self._database.writing() as connection:
            stored = store.store_events(connection, read.events, time.time())
            store.record_activity(connection, actor, "delivery_file", time.time(), note=f"new reports: {stored:,}")
        matched = self._apply_waiting()
        return Imported(matched, max(0, stored - matched), (*sheet.problems, *read.problems))

    def _apply_waiting(self) -> int:
        """Apply every report that waits, a block at a time; how many found their recipient."""
        matched = 0
        while True:
            with self._database.writing() as connection:
                settled = store.apply_waiting(connection, time.time())
            if not settled:
                return matched
            matched += settled


def _write_tables(tables: Iterator[pa.Table], path: Path) -> int:
    """Write tables as one file by its ending; how many rows. Raises CampaignError("report_format"), ReportError."""
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise CampaignError("report_format", name=path.name)
    write = to_csv if path.suffix.lower() == ".csv" else to_xlsx
    return write(tables, path).rows


def _keep_digits(phone: str) -> str:
    return "".join(sign for sign in phone if sign.isdigit())
