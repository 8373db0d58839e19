"""Writing a planned campaign into the store: first as a draft, block by block, then started in one commit.

A launch of a million rows must not hold SQLite's single writer for seconds, or a pause of another campaign would
wait. So contacts are written in short transactions under a draft, and one last transaction makes the draft a
scheduled campaign and records its first job. A crash before that leaves a draft that sends nothing.
"""

from __future__ import annotations

import hashlib
import io
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from smscore.campaigns import CampaignStatus, Plan, Prepared, RecipientStatus
from smscore.errors import StoreError
from smscore.messages import Message
from smscore.store import tables as t
from smscore.store.bulk_insert import insert_new, insert_rows, is_run, json_lists, pick, to_strings
from smscore.store.database import Database
from smscore.store.records import canary_text, timing_text

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


Enqueue = Callable[[sa.Connection, int, int, float], None]
"""Records the job `launch(campaign, run_no)` after a delay in seconds, inside the caller's transaction."""


def content_key(message: Message) -> str:
    """Equal for campaigns that say the same: by words, kind, sender and template, whatever the file was called."""
    return hashlib.sha256(message.to_json().encode()).hexdigest()


OnProgress = Callable[[int, int], None]
"""Is told how many recipients are written, and of how many."""


def ignore_progress(_written: int, _total: int) -> None:
    """Show nobody how far a launch is."""


def launch(
    database: Database,
    plan: Plan,
    prepared: Prepared,
    launch: Launch,
    enqueue: Enqueue,
    progress: OnProgress = ignore_progress,
) -> int:
    """Record `plan` as a campaign and its first job; the campaign's id. The same launch key returns the same id.

    What is written is `prepared`: the people who read a whole message, and their texts. `progress` is called after
    each block, outside of any transaction.
    Raises StoreError; then nothing will be sent, and what was written of the draft is removed.
    """
    draft = _Draft(plan, prepared, launch)
    campaign_id, new = _open_draft(database, draft)
    if not new:
        return campaign_id
    try:
        for written, block in draft.blocks():
            with database.writing() as connection:
                _still_mine(connection, campaign_id)
                for table, same, columns, rows in block:
                    insert_rows(connection, table, columns, rows, {"campaign_id": campaign_id, **same})
            progress(written, len(draft.order))
        with database.writing() as connection:
            _start(connection, campaign_id, draft, enqueue)
    except BaseException:
        delete_draft(database, campaign_id)
        raise
    return campaign_id


DRAFT_SILENCE = 30.0
"""A draft that grew no more for so many seconds was left by a crash."""


def _still_mine(connection: sa.Connection, campaign_id: int) -> None:
    """Say that the draft grows. Raises StoreError("draft_gone") when it was taken for a crash's and removed."""
    alive = (
        sa.update(t.campaign)
        .where(t.campaign.c.id == campaign_id, t.campaign.c.status == CampaignStatus.DRAFT.value)
        .values(since=time.time())
    )
    if not connection.execute(alive).rowcount:
        raise StoreError("draft_gone")


def _open_draft(database: Database, draft: _Draft) -> tuple[int, bool]:
    """Return the campaign with the draft's launch key, and whether this call made it.

    Wait while another press is launching it. A draft that a crash left is deleted and made anew.
    """
    # Never twice: one launch key is one campaign, however often a button is pressed.
    while True:
        with database.writing() as connection:
            new = insert_new(connection, t.campaign, [draft.row()])
            found = connection.execute(
                sa.select(t.campaign.c.id, t.campaign.c.status, t.campaign.c.since).where(
                    t.campaign.c.launch_key == draft.plan.launch_key
                )
            ).one()
        if new or found.status != CampaignStatus.DRAFT.value:
            return found.id, bool(new)
        if time.time() - found.since > DRAFT_SILENCE:
            delete_draft(database, found.id)
        else:
            time.sleep(0.2)


def delete_draft(database: Database, campaign_id: int) -> None:
    """Remove a draft that was never started; a campaign that was started is left alone."""
    with database.writing() as connection:
        gone = connection.execute(
            sa.delete(t.campaign).where(t.campaign.c.id == campaign_id, t.campaign.c.status == CampaignStatus.DRAFT)
        )
        if gone.rowcount:
            for table in (t.recipient, t.content, t.chunk, t.sheet_part):
                connection.execute(sa.delete(table).where(table.c.campaign_id == campaign_id))


def delete_old_drafts(database: Database, before: float) -> int:
    """Remove the drafts that a crash left behind, older than `before` (seconds since 1970); return how many."""
    with database.reading() as connection:
        old = connection.scalars(
            sa.select(t.campaign.c.id).where(t.campaign.c.status == CampaignStatus.DRAFT, t.campaign.c.since < before)
        ).all()
    for campaign_id in old:
        delete_draft(database, campaign_id)
    return len(old)


Rows = list[tuple[object, ...]]
Block = tuple[sa.Table, dict[str, int | str], tuple[str, ...], Rows]
"""A table, the columns that are the same in every row, the other columns, and their rows."""


class _Draft:
    """A plan cut into rows, calls and chunks."""

    def __init__(self, plan: Plan, prepared: Prepared, launch: Launch) -> None:
        self.plan, self.audience, self.merged, self.launch = plan, prepared.audience, prepared.merged, launch
        self.order, self.starts = prepared.order, prepared.starts
        self.number = prepared.numbers[self.order]

    def row(self) -> dict[str, object]:
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
            "content_key": content_key(plan.message),
            "timing": timing_text(plan.timing),
            "canary": canary_text(plan.canary),
            "canary_state": "waiting" if 0 < plan.canary.size < len(self.order) else "off",
            "batch_size": launch.batch_size,
            "created_at": launch.now,
            "start_at": self.start_at(launch.now),
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

    def start_at(self, now: float) -> float:
        """When the first message may leave: the countdown of one that starts at once runs from `now`."""
        timing = self.plan.timing
        planned = timing.start_at.timestamp() if timing.start_at else now
        return planned + timing.countdown

    def blocks(self) -> Iterator[tuple[int, list[Block]]]:
        """Yield, for each transaction, the recipients written after it and its (table, same values, columns, rows).

        Rows are tuples, all made before the block is yielded: the single writer of SQLite is not held for that.
        """
        contacts = self._ordered_contacts()
        first_of = np.flatnonzero(np.diff(self.number, prepend=-1))
        for lo in range(0, len(self.order), BLOCK):
            hi = min(lo + BLOCK, len(self.order))
            firsts = first_of[np.searchsorted(first_of, lo) : np.searchsorted(first_of, hi)]
            part = contacts(lo, hi)
            own = ("contacts", lo // BLOCK, lo, hi, pack_table(_own_columns(part)))
            yield (
                hi,
                [
                    (t.content, {}, _CONTENT, self._contents(firsts)),
                    (t.recipient, _QUEUED, _RECIPIENT, self._recipients(lo, hi, part)),
                    (t.sheet_part, {}, _PART, [own]),
                ],
            )
        yield len(self.order), [(t.sheet_part, {}, _PART, list(self._left_out()))]

    def _ordered_contacts(self) -> Callable[[int, int], pa.Table]:
        """Return what gives the contacts from one place of the order to another, one chunk a column."""
        contacts = self.audience.tables.contacts
        if is_run(self.order):
            return lambda lo, hi: contacts.slice(lo, hi - lo).combine_chunks()
        # Taking from many chunks looks for the chunk of every row.
        whole = contacts.combine_chunks()
        return lambda lo, hi: whole.take(pa.array(self.order[lo:hi]))

    def _contents(self, firsts: np.ndarray) -> Rows:
        places = self.order[firsts]
        texts = to_strings(pick(self.merged.texts, places))
        values = json_lists([pick(column, places) for column in self.merged.values], len(places))
        return list(zip(self.number[firsts].tolist(), texts, values, strict=True))

    def _recipients(self, lo: int, hi: int, part: pa.Table) -> Rows:
        columns = (
            part.column("row").to_numpy().tolist(),
            part.column("msisdn").to_numpy().tolist(),
            self.number[lo:hi].tolist(),
            self.merged.segments[self.order[lo:hi]].tolist(),
        )
        return list(zip(range(lo, hi), *columns, strict=True))

    def _left_out(self) -> Iterator[tuple[object, ...]]:
        for part in ("problems", "duplicates", "opted_out", "subtracted"):
            table = getattr(self.audience.tables, part)
            if table.num_rows:
                yield (part, 0, 0, table.num_rows, pack_table(table))

    def chunks(self, campaign_id: int) -> Rows:
        """Ranges of whole calls, about twenty seconds of work each, or an eighth of the calls where these are many, so
        that several workers share them; the canary is a chunk of its own.

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


def _own_columns(contacts: pa.Table) -> pa.Table:
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


def _start(connection: sa.Connection, campaign_id: int, draft: _Draft, enqueue: Enqueue) -> None:
    _still_mine(connection, campaign_id)
    insert_rows(connection, t.chunk, ("campaign_id", "no", "lo", "hi", "queued"), draft.chunks(campaign_id))
    # Writing a million contacts takes longer than a countdown, which is there for somebody to see.
    now = time.time()
    start_at = draft.start_at(now)
    connection.execute(
        sa.update(t.campaign)
        .where(t.campaign.c.id == campaign_id, t.campaign.c.status == CampaignStatus.DRAFT)
        .values(status=CampaignStatus.SCHEDULED.value, since=now, start_at=start_at, run_no=1)
    )
    enqueue(connection, campaign_id, 1, max(0.0, start_at - now))
