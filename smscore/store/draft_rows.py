"""A plan cut into the rows that a launch writes: contents, recipients, the sheet's own columns, and chunks."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from smscore.campaigns import CampaignStatus, Plan, Prepared, RecipientStatus
from smscore.messages import Message
from smscore.store import tables as t
from smscore.store.bulk_insert import format_json_lists, is_run, pick, to_strings
from smscore.store.records import format_canary, format_timing

BLOCK = 20_000
"""Contacts written in one transaction: a few tens of milliseconds of the single writer."""


@dataclass(frozen=True)
class Launch:
    """What the store needs besides the plan: who, when (seconds since 1970), on which account, at which size and pace.

    `price` is per segment; `rate` in messages per second decides only how much one job takes on.
    """

    actor: str
    now: float
    account: str
    batch_size: int
    rate: float
    price: Decimal | None
    currency: str


def compute_content_key(message: Message) -> str:
    """Return a key that is equal for campaigns that say the same: by words, kind, sender and template, not by file."""
    return hashlib.sha256(message.to_json().encode()).hexdigest()


Rows = list[tuple[object, ...]]
Block = tuple[sa.Table, dict[str, int | str], tuple[str, ...], Rows]
"""A table, the columns that are the same in every row, the other columns, and their rows."""


class Draft:
    """A plan cut into rows, calls and chunks."""

    def __init__(self, plan: Plan, prepared: Prepared, launch: Launch) -> None:
        self.plan, self.audience, self.merged, self.launch = plan, prepared.audience, prepared.merged, launch
        self.order, self.starts = prepared.order, prepared.starts
        self.number = prepared.numbers[self.order]

    def build_row(self) -> dict[str, object]:
        """Return the row of `campaign`, still a draft."""
        plan, launch, audience = self.plan, self.launch, self.audience
        sums = audience.arithmetic()
        segments = int(self.merged.segments.sum())
        return {
            "launch_key": plan.launch_key,
            "name": plan.name.strip(),
            "status": CampaignStatus.DRAFT.value,
            "since": launch.now,
            "actor": launch.actor,
            "account": launch.account,
            "message": plan.message.to_json(),
            "content_key": compute_content_key(plan.message),
            "timing": format_timing(plan.timing),
            "canary": format_canary(plan.canary),
            "canary_state": "waiting" if 0 < plan.canary.size < len(self.order) else "off",
            "batch_size": launch.batch_size,
            "created_at": launch.now,
            "start_at": self.compute_start(launch.now),
            "rows": sums.rows,
            "recipients": len(self.order),
            "problems": sums.problems,
            "duplicates": sums.duplicates,
            "opted_out": sums.opted_out,
            "subtracted": sums.subtracted,
            "segments": segments,
            "calls": len(self.starts),
            "cost": None if launch.price is None else str(launch.price * segments),
            "currency": launch.currency,
            "retry_of": plan.retry_of,
        }

    def compute_start(self, now: float) -> float:
        """Return when the first message may leave (seconds since 1970).

        The countdown of a campaign that starts at once runs from `now`.
        """
        timing = self.plan.timing
        planned = timing.start_at.timestamp() if timing.start_at else now
        return planned + timing.countdown

    def build_blocks(self) -> Iterator[tuple[int, list[Block]]]:
        """Yield, for each transaction, the recipients written after it and its (table, same values, columns, rows).

        Rows are tuples, all made before the block is yielded: the single writer of SQLite is not held for that.
        """
        contacts = self._order_contacts()
        first_of = np.flatnonzero(np.diff(self.number, prepend=-1))
        for lo in range(0, len(self.order), BLOCK):
            hi = min(lo + BLOCK, len(self.order))
            firsts = first_of[np.searchsorted(first_of, lo) : np.searchsorted(first_of, hi)]
            part = contacts(lo, hi)
            own = ("contacts", lo // BLOCK, lo, hi, pack_table(_select_own_columns(part)))
            yield (
                hi,
                [
                    (t.content, {}, _CONTENT, self._build_contents(firsts)),
                    (t.recipient, _QUEUED, _RECIPIENT, self._build_recipients(lo, hi, part)),
                    (t.sheet_part, {}, _PART, [own]),
                ],
            )
        yield len(self.order), [(t.sheet_part, {}, _PART, list(self._build_left_out()))]

    def _order_contacts(self) -> Callable[[int, int], pa.Table]:
        """Return what gives the contacts from one place of the order to another, one chunk a column."""
        contacts = self.audience.tables.contacts
        if is_run(self.order):
            return lambda lo, hi: contacts.slice(lo, hi - lo).combine_chunks()
        # Taking from many chunks looks for the chunk of every row.
        whole = contacts.combine_chunks()
        return lambda lo, hi: whole.take(pa.array(self.order[lo:hi]))

    def _build_contents(self, firsts: np.ndarray) -> Rows:
        places = self.order[firsts]
        texts = to_strings(pick(self.merged.texts, places))
        values = format_json_lists([pick(column, places) for column in self.merged.values], len(places))
        return list(zip(self.number[firsts].tolist(), texts, values, strict=True))

    def _build_recipients(self, lo: int, hi: int, part: pa.Table) -> Rows:
        columns = (
            part.column("row").to_numpy().tolist(),
            part.column("msisdn").to_numpy().tolist(),
            self.number[lo:hi].tolist(),
            self.merged.segments[self.order[lo:hi]].tolist(),
        )
        return list(zip(range(lo, hi), *columns, strict=True))

    def _build_left_out(self) -> Iterator[tuple[object, ...]]:
        for part in ("problems", "duplicates", "opted_out", "subtracted"):
            table = getattr(self.audience.tables, part)
            if table.num_rows:
                yield (part, 0, 0, table.num_rows, pack_table(table))

    def build_chunks(self, campaign_id: int) -> Rows:
        """Return ranges of whole calls as rows of `chunk`; the canary is a chunk of its own.

        Each is about twenty seconds of work, or an eighth of the calls where these are many, so that several workers
        share them.

        The first is half as long: where two are sent side by side, one goes on while the other's successor begins.
        """
        wanted = int(min(max(self.launch.rate * 20, 500, self.launch.batch_size), 20_000))
        wanted = min(wanted, max(500, len(self.starts) // 8) * len(self.order) // len(self.starts))
        borders = [0]
        canary = self.plan.canary.size
        if 0 < canary < len(self.order):
            borders.append(canary)
        size = (wanted + 1) // 2
        while borders[-1] < len(self.order):
            after = self.starts[np.searchsorted(self.starts, borders[-1] + size) :]
            borders.append(int(after[0]) if len(after) else len(self.order))
            size = wanted
        return [
            (campaign_id, no, lo, hi, hi - lo)
            for no, (lo, hi) in enumerate(zip(borders[:-1], borders[1:], strict=True))
        ]


_CONTENT = ("no", "text", "variables")
_RECIPIENT = ("seq", "row", "msisdn", "content_no", "segments")
_QUEUED: dict[str, int | str] = {"status": RecipientStatus.QUEUED.value}
_PART = ("part", "no", "lo", "hi", "arrow")


def _select_own_columns(contacts: pa.Table) -> pa.Table:
    return contacts.drop_columns(["row", "phone", "msisdn"])


def pack_table(table: pa.Table) -> bytes:
    """Return a table as compressed Arrow."""
    sink = io.BytesIO()
    options = pa.ipc.IpcWriteOptions(compression="zstd")
    with pa.ipc.new_stream(sink, table.schema, options=options) as writer:
        writer.write_table(table)
    return sink.getvalue()


def unpack_table(arrow: bytes) -> pa.Table:
    """Return the table that `pack_table` wrote."""
    return pa.ipc.open_stream(arrow).read_all()
