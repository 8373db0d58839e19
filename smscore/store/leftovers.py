"""What an engine that died leaves behind where no run of a chunk would find it: calls of campaigns that do not run."""

from __future__ import annotations

import sqlalchemy as sa

from smscore.campaigns import CampaignStatus, RecipientStatus
from smscore.messages import Message
from smscore.store import tables as t
from smscore.store.sending import Chunk, doubt_interrupted, finish_if_done, recount
from smscore.store.steering import cancel, sweep_cancelled

_AT_REST = (CampaignStatus.PAUSED.value, CampaignStatus.SCHEDULED.value, CampaignStatus.CANCELLED.value)


def resting_chunks(connection: sa.Connection, changed_after: float) -> list[Chunk]:
    """The open chunks of campaigns that do not run and came to rest after `changed_after` (seconds since 1970); not
    one-time passwords, which any process may be sending."""
    c, k = t.campaign.c, t.chunk.c
    found = connection.execute(
        sa.select(k.campaign_id, k.no, k.lo, k.hi, c.run_no, c.message)
        .join(t.campaign, c.id == k.campaign_id)
        .where(c.status.in_(_AT_REST), c.started_at.is_not(None), c.since >= changed_after, k.done == 0)
    )
    return [Chunk(*row) for *row, message in found if not is_one_time(message)]


def doubt_resting(connection: sa.Connection, chunk: Chunk, now: float, before: float) -> int:
    """Recipients of such a chunk whose call was claimed before `before` and never written down → unknown; how many."""
    doubted = doubt_interrupted(connection, chunk, now, (), before)
    if doubted:
        recount(connection, chunk)
    return doubted


def is_one_time(message: str) -> bool:
    """Whether a stored message is a one-time password, whose code no job can know."""
    return Message.from_json(message).one_time


def abandon_one_time(connection: sa.Connection, campaign_id: int, now: float) -> None:
    """End a one-time password whose sender is gone: what may have left is unknown, what did not is cancelled."""
    k = t.chunk.c
    for no, lo, hi in connection.execute(sa.select(k.no, k.lo, k.hi).where(k.campaign_id == campaign_id)).all():
        chunk = Chunk(campaign_id, no, lo, hi, 0)
        doubt_interrupted(connection, chunk, now)
        counts = recount(connection, chunk)
        if counts[RecipientStatus.QUEUED.value]:
            cancel(connection, campaign_id, now)
        sweep_cancelled(connection, campaign_id, no, lo, hi, now)
        recount(connection, chunk)
    finish_if_done(connection, campaign_id, now)
    cancel(connection, campaign_id, now)
