"""Watching campaigns, and their results as tables and files."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from smscore import store
from smscore.campaigns import REPORT_COLUMNS, Campaign, Progress, RecipientStatus, seconds_left
from smscore.desk.base import Base
from smscore.desk.views import Ledger
from smscore.errors import CampaignError, Explanation, explain
from smscore.reports import build_report, format_moments, to_csv, to_xlsx

ENGINE_SILENCE = 15.0
"""Seconds after which an engine that has not been heard of counts as gone."""


class Results(Base):
    """Reading what became of campaigns."""

    def campaigns(self, limit: int = 200) -> tuple[Campaign, ...]:
        """The newest campaigns and all that have not ended, newest first."""
        return store.campaigns(self.database, limit)

    def under_way(self) -> tuple[Campaign, ...]:
        """The campaigns that send or will, newest first; cheap enough to be asked for every second by many."""
        return store.under_way(self.database)

    def campaign(self, campaign_id: int) -> Campaign:
        """One campaign. Raises CampaignError("no_such_campaign")."""
        return store.campaign(self.database, campaign_id)

    def progress(self, campaign_id: int) -> Progress:
        """A snapshot of a campaign that sends; cheap enough to be asked for every second by many.

        Raises CampaignError("no_such_campaign").
        """
        campaign = store.campaign(self.database, campaign_id)
        pace = store.recent_pace(self.database, campaign_id, time.time())
        with self.database.reading() as connection:
            alive = store.engine_seen(connection, ENGINE_SILENCE)
            gate = store.pace(connection, self.account)
        slowed = None if campaign.ended else self._slowed(gate)
        return Progress(campaign, pace, seconds_left(campaign.totals.waiting, pace), slowed, alive)

    def _slowed(self, gate: store.Pace | None) -> Explanation | None:
        if gate is None or not gate.slowed:
            return None
        wait = max(0, round(gate.closed_until - time.time()))
        facts = {"rate": f"{gate.rate:.1f}", "full": f"{gate.full_rate:.1f}", "seconds": wait}
        return explain("slowed" if wait else "slower", **facts)

    def calls_made(self, campaign_id: int) -> int:
        """How many calls to the provider a campaign has made so far."""
        return store.calls_made(self.database, campaign_id)

    def results(
        self,
        campaign_id: int,
        statuses: Sequence[RecipientStatus | str] = (),
        phone: str = "",
        offset: int = 0,
        limit: int = 1000,
    ) -> pd.DataFrame:
        """A page of the delivery report, at most `limit` recipients from `offset` on: those in `statuses` whose
        number holds the digits of `phone`. Columns as `save_report`. Raises CampaignError("no_such_campaign")."""
        self.campaign(campaign_id)
        digits = "".join(c for c in phone if c.isdigit())
        wanted = tuple(RecipientStatus(s) for s in statuses)
        page = store.result_page(self.database, campaign_id, wanted, digits, offset, limit)
        return build_report(page, self.settings.zone).to_pandas()

    def save_report(self, campaign_id: int, path: Path, statuses: Sequence[RecipientStatus | str] = ()) -> int:
        """Write the delivery report to `path` (.csv or .xlsx): the columns of `REPORT_COLUMNS`, then the sheet's own;
        how many recipients it holds.

        Raises CampaignError("no_such_campaign"), DeskError("report_format"), ReportError.
        """
        self.campaign(campaign_id)
        wanted = tuple(RecipientStatus(s) for s in statuses)
        batches = store.result_batches(self.database, campaign_id, wanted)
        return _written((build_report(batch, self.settings.zone) for batch in batches), path)

    def save_left_out(self, campaign_id: int, part: str, path: Path) -> int:
        """Write what a campaign did not address: `part` is problems, duplicates, opted_out or subtracted; the rows.

        Raises CampaignError("nothing_left_out").
        """
        table = store.left_out(self.database, campaign_id, part)
        if table is None:
            raise CampaignError("nothing_left_out", part=part)
        return _written(iter([table]), path)

    def save_ledger(self, campaign_id: int, path: Path) -> Ledger:
        """Write the ledger: one line an attempt with its time, call, batch and outcome; what it proves.

        `texted` says whether the attempt may have reached its person: of the lines of a number at most one is not
        "no". Raises CampaignError("no_such_campaign"), DeskError("report_format"), ReportError.
        """
        self.campaign(campaign_id)
        sums: Counter[str] = Counter()
        _written((self._counted(sums, batch) for batch in store.ledger_batches(self.database, campaign_id)), path)
        return Ledger(sums["rows"], sums["numbers"], sums["attempts"], sums["twice"])

    def _counted(self, sums: Counter[str], batch: pa.Table) -> pa.Table:
        # All lines of a number stand in one batch.
        times = Counter(batch.filter(pc.not_equal(batch["texted"], "no"))["phone"].to_pylist())
        sums.update(
            rows=batch.num_rows,
            numbers=pc.count_distinct(batch["phone"]).as_py(),
            attempts=pc.sum(pc.greater(batch["attempt"], 0)).as_py() or 0,
            twice=sum(1 for often in times.values() if often > 1),
        )
        return self._ledger(batch)

    def _ledger(self, raw: pa.Table) -> pa.Table:
        for name in ("submitted_at", "answered_at"):
            place = raw.column_names.index(name)
            raw = raw.set_column(place, name, format_moments(raw.column(name), self.settings.zone))
        return raw

    def unknown(self, campaign_id: int, limit: int = 1000) -> pd.DataFrame:
        """The unknown that nobody has decided about, with `seq` to name them by: seq, row, phone, reason,
        submitted_at, and the sheet's own columns."""
        page = store.result_page(self.database, campaign_id, (RecipientStatus.UNKNOWN,), "", 0, limit, store.DECIDED)
        left_out = [column.name for column in REPORT_COLUMNS if not column.of_unknown]
        shown = build_report(page, self.settings.zone).to_pandas().drop(columns=left_out)
        shown.insert(0, "seq", page.column("seq").to_pandas().to_numpy())
        return shown

    def unknown_count(self, campaign_id: int) -> int:
        """How many of the unknown nobody has decided about."""
        with self.database.reading() as connection:
            return store.count_unknown(connection, campaign_id)

    def recipients_of(self, campaign_id: int) -> np.ndarray:
        """The MSISDNs of a campaign, int64, to subtract from another audience."""
        self.campaign(campaign_id)
        return store.msisdns_of(self.database, campaign_id)


def _written(tables: Iterator[pa.Table], path: Path) -> int:
    if path.suffix.lower() not in (".csv", ".xlsx"):
        raise CampaignError("report_format", name=path.name)
    write = to_csv if path.suffix.lower() == ".csv" else to_xlsx
    return write(tables, path).rows
