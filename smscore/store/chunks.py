"""Chunks: ranges of a campaign's recipients, each sent by one durable job. Counting, closing and sweeping them."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from smscore.campaigns import CampaignStatus, RecipientStatus
from smscore.store import tables as t


@dataclass(frozen=True)
class ChunkRange:
    """A range of a campaign's `seq`, `lo` included and `hi` excluded, whichever run sends it."""

    campaign_id: int
    no: int
    lo: int
    hi: int


@dataclass(frozen=True)
class Chunk(ChunkRange):
    """The same in one run of the campaign; only the present run can claim."""

    run_no: int


_RANGE = (t.chunk.c.campaign_id, t.chunk.c.no, t.chunk.c.lo, t.chunk.c.hi)


def list_chunk_ranges(connection: sa.Connection, campaign_id: int) -> list[ChunkRange]:
    """Return all chunks of a campaign."""
    return [ChunkRange(*row) for row in connection.execute(sa.select(*_RANGE).where(_RANGE[0] == campaign_id))]


def find_chunk(connection: sa.Connection, campaign_id: int, no: int, run_no: int) -> Chunk | None:
    """Return the chunk, when it is still open and `run_no` is the campaign's present run."""
    row = connection.execute(
        sa.select(t.chunk.c.lo, t.chunk.c.hi)
        .join(t.campaign, t.campaign.c.id == t.chunk.c.campaign_id)
        .where(
            t.chunk.c.campaign_id == campaign_id,
            t.chunk.c.no == no,
            t.chunk.c.done == 0,
            t.campaign.c.run_no == run_no,
            t.campaign.c.status == CampaignStatus.RUNNING.value,
        )
    ).first()
    return Chunk(campaign_id, no, row.lo, row.hi, run_no) if row else None


def list_open_chunks(connection: sa.Connection, campaign_id: int, first_only: bool = False) -> list[tuple[int, float]]:
    """Return `(no, not_before)` of the chunks that still hold recipients to send, in order."""
    query = (
        sa.select(t.chunk.c.no, t.chunk.c.not_before)
        .where(t.chunk.c.campaign_id == campaign_id, t.chunk.c.done == 0)
        .order_by(t.chunk.c.no)
    )
    if first_only:
        query = query.where(t.chunk.c.no == 0)
    return [(no, not_before) for no, not_before in connection.execute(query)]


_RECOUNT = sa.text(
    "SELECT status, COUNT(*) FROM recipient WHERE campaign_id = :campaign AND seq >= :lo AND seq < :hi GROUP BY status"
)


def recount(connection: sa.Connection, chunk: ChunkRange) -> dict[str, int]:
    """Set the counters of `chunk` to what its rows say; return the counts by status."""
    here = t.chunk.c.campaign_id == chunk.campaign_id, t.chunk.c.no == chunk.no
    # Locked before it is counted: what another transaction changes meanwhile marks the chunk again after this one.
    connection.execute(sa.select(t.chunk.c.no).where(*here).with_for_update())
    counts = dict.fromkeys([s.value for s in RecipientStatus], 0)
    where = {"campaign": chunk.campaign_id, "lo": chunk.lo, "hi": chunk.hi}
    for status, count in connection.execute(_RECOUNT, where):
        counts[status] = count
    connection.execute(sa.update(t.chunk).where(*here).values(dirty=0, **counts))
    return counts


def list_dirty_chunks(connection: sa.Connection, limit: int = 50) -> list[ChunkRange]:
    """Return chunks whose rows changed since they were counted."""
    query = sa.select(*_RANGE).where(t.chunk.c.dirty == sa.literal_column("1")).limit(limit)
    return [ChunkRange(*row) for row in connection.execute(query)]


def end_chunk(connection: sa.Connection, chunk: Chunk, now: float) -> bool:
    """Recount `chunk`, close it when nothing in it waits, and finish the campaign with the last one.

    The campaign's row is locked first: two last chunks that end together would each see the other as open.
    Return whether this chunk is closed.
    """
    connection.execute(sa.select(t.campaign.c.id).where(t.campaign.c.id == chunk.campaign_id).with_for_update())
    counts = recount(connection, chunk)
    if counts[RecipientStatus.QUEUED] or counts[RecipientStatus.SUBMITTING]:
        return False
    connection.execute(
        sa.update(t.chunk).where(t.chunk.c.campaign_id == chunk.campaign_id, t.chunk.c.no == chunk.no).values(done=1)
    )
    finish_if_done(connection, chunk.campaign_id, now)
    return True


def finish_if_done(connection: sa.Connection, campaign_id: int, now: float) -> bool:
    """Finish a running campaign whose chunks are all closed; return whether this call did it."""
    still_open = sa.select(t.chunk.c.no).where(t.chunk.c.campaign_id == campaign_id, t.chunk.c.done == 0).exists()
    return bool(
        connection.execute(
            sa.update(t.campaign)
            .where(
                t.campaign.c.id == campaign_id,
                t.campaign.c.status == CampaignStatus.RUNNING.value,
                ~still_open,
            )
            .values(status=CampaignStatus.FINISHED.value, since=now, finished_at=now, reason="", note="")
        ).rowcount
    )


def list_unswept_chunks(connection: sa.Connection, campaign_id: int | None = None, limit: int = 20) -> list[ChunkRange]:
    """Return chunks of cancelled campaigns, or of one, that still hold queued recipients."""
    query = (
        sa.select(*_RANGE)
        .join(t.campaign, t.campaign.c.id == t.chunk.c.campaign_id)
        .where(t.campaign.c.status == CampaignStatus.CANCELLED.value, t.chunk.c.done == 0)
    )
    query = query.limit(limit) if campaign_id is None else query.where(t.chunk.c.campaign_id == campaign_id)
    return [ChunkRange(*row) for row in connection.execute(query)]


def sweep_cancelled(connection: sa.Connection, chunk: ChunkRange, now: float) -> None:
    """Cancel the queued recipients of one chunk of a cancelled campaign. While any is `submitting` the chunk stays
    open: its call may still prove that nothing left. A chunk at a time keeps the transaction short."""
    r = t.recipient.c
    inside = (r.campaign_id == chunk.campaign_id, r.seq >= chunk.lo, r.seq < chunk.hi)
    under_way = sa.select(r.seq).where(*inside, r.status == RecipientStatus.SUBMITTING.value).exists()
    connection.execute(
        sa.update(t.recipient)
        .where(*inside, r.status == RecipientStatus.QUEUED.value)
        .values(status=RecipientStatus.CANCELLED.value, updated_at=now)
    )
    connection.execute(
        sa.update(t.chunk)
        .where(t.chunk.c.campaign_id == chunk.campaign_id, t.chunk.c.no == chunk.no)
        .values(done=sa.case((under_way, 0), else_=1), dirty=1)
    )
