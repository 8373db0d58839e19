"""The unknown: recipients whose message may have left. How they come about, and who closes them.

What a dead engine left `submitting` becomes unknown, at the next run of its chunk or, where there will be none, by the
janitor. No machine sends an unknown again, because an operator may have sent the message elsewhere meanwhile. Only a
delivery report or a person closes one.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from smscore.campaigns import CampaignStatus, RecipientStatus
from smscore.messages import Message
from smscore.store import tables as t
from smscore.store.campaign_status import cancel
from smscore.store.chunks import ChunkRange, finish_if_done, list_chunk_ranges, recount, sweep_cancelled

DECIDED = ("decided_sent", "decided_again")
"""Reasons that record a person's decision."""

_AT_REST = (CampaignStatus.PAUSED.value, CampaignStatus.SCHEDULED.value, CampaignStatus.CANCELLED.value)


def doubt_interrupted(
    connection: sa.Connection, chunk: ChunkRange, now: float, spare: Iterable[str] = (), before: float | None = None
) -> int:
    """Turn what is `submitting` into `unknown`, at the start of a run: when the last one died it may have left.

    Calls in `spare` are still being made by this process and are left alone; with `before` (seconds since 1970) only
    calls claimed earlier are doubted. Return how many rows were.
    """
    spared = list(spare)
    doubted = connection.execute(
        sa.update(t.recipient)
        .where(
            t.recipient.c.campaign_id == chunk.campaign_id,
            t.recipient.c.seq >= chunk.lo,
            t.recipient.c.seq < chunk.hi,
            t.recipient.c.status == RecipientStatus.SUBMITTING.value,
            *([t.recipient.c.call_id.not_in(spared)] if spared else []),
            *([t.recipient.c.submitted_at < before] if before is not None else []),
        )
        .values(status=RecipientStatus.UNKNOWN.value, reason="interrupted", updated_at=now)
    ).rowcount
    if doubted:
        connection.execute(
            sa.update(t.campaign)
            .where(t.campaign.c.id == chunk.campaign_id)
            .values(base_unknown=t.campaign.c.base_unknown + doubted)
        )
    return doubted


def find_stale_chunks(connection: sa.Connection, changed_after: float) -> list[ChunkRange]:
    """Return open chunks that no run will come to: of campaigns that came to rest after `changed_after` (seconds since
    1970). One-time passwords, which any process may be sending, are not among them."""
    c, k = t.campaign.c, t.chunk.c
    found = connection.execute(
        sa.select(k.campaign_id, k.no, k.lo, k.hi, c.message)
        .join(t.campaign, c.id == k.campaign_id)
        .where(c.status.in_(_AT_REST), c.started_at.is_not(None), c.since >= changed_after, k.done == 0)
    )
    return [ChunkRange(*row) for *row, message in found if not is_one_time(message)]


def doubt_stale_calls(connection: sa.Connection, chunk: ChunkRange, now: float, before: float) -> int:
    """Turn those whose call was claimed before `before` and never recorded into unknown; return how many."""
    doubted = doubt_interrupted(connection, chunk, now, (), before)
    if doubted:
        recount(connection, chunk)
    return doubted


def is_one_time(message: str) -> bool:
    """Return whether a stored message is a one-time password, whose code no job can know."""
    return Message.from_json(message).one_time


def abandon_one_time(connection: sa.Connection, campaign_id: int, now: float) -> None:
    """End a one-time password whose sender is gone: what may have left is unknown, what did not is cancelled."""
    for chunk in list_chunk_ranges(connection, campaign_id):
        doubt_interrupted(connection, chunk, now)
        counts = recount(connection, chunk)
        if counts[RecipientStatus.QUEUED.value]:
            cancel(connection, campaign_id, now)
        sweep_cancelled(connection, chunk, now)
        recount(connection, chunk)
    finish_if_done(connection, campaign_id, now)
    cancel(connection, campaign_id, now)


def find_open_unknown(connection: sa.Connection, campaign_id: int, seqs: Sequence[int] | None) -> tuple[int, ...]:
    """Return the `seq` of recipients that are unknown and undecided, ascending; of those in `seqs` when given."""
    r = t.recipient.c
    found = connection.scalars(
        sa.select(r.seq)
        .where(r.campaign_id == campaign_id, r.status == RecipientStatus.UNKNOWN.value, r.reason.not_in(DECIDED))
        .order_by(r.seq)
    )
    wanted = None if seqs is None else set(seqs)
    return tuple(seq for seq in found if wanted is None or seq in wanted)


def count_unknown(connection: sa.Connection, campaign_id: int) -> int:
    """Return how many recipients are unknown and undecided. It counts their rows: ask for a page, not each second."""
    r = t.recipient.c
    return connection.execute(
        sa.select(sa.func.count())
        .select_from(t.recipient)
        .where(r.campaign_id == campaign_id, r.status == RecipientStatus.UNKNOWN.value, r.reason.not_in(DECIDED))
    ).scalar_one()


def decide_unknown(connection: sa.Connection, campaign_id: int, seqs: Sequence[int], sent: bool, now: float) -> int:
    """Record a decision: counted as sent, they are accepted; sent again elsewhere, they stay unknown here. How many
    of `seqs` were still open: what a report or another person closed meanwhile is left as it is."""
    r, decided = t.recipient.c, 0
    status = RecipientStatus.ACCEPTED if sent else RecipientStatus.UNKNOWN
    for start in range(0, len(seqs), 500):
        decided += connection.execute(
            sa.update(t.recipient)
            .where(
                r.campaign_id == campaign_id,
                r.seq.in_(seqs[start : start + 500]),
                r.status == RecipientStatus.UNKNOWN.value,
                r.reason.not_in(DECIDED),
            )
            .values(status=status.value, reason=DECIDED[0 if sent else 1], updated_at=now)
        ).rowcount
    connection.execute(sa.update(t.chunk).where(t.chunk.c.campaign_id == campaign_id).values(dirty=1))
    return decided
