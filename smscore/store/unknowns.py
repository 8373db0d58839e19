"""The unknown: recipients whose message may have left. Only a delivery report or a person closes them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from smscore.campaigns import RecipientStatus
from smscore.store import tables as t

DECIDED = ("decided_sent", "decided_again")
"""Reasons that record a person's decision."""


def open_unknown(connection: sa.Connection, campaign_id: int, seqs: Sequence[int] | None) -> tuple[int, ...]:
    """The `seq` of recipients that are unknown and undecided, ascending; of those in `seqs` when given."""
    r = t.recipient.c
    found = connection.scalars(
        sa.select(r.seq)
        .where(r.campaign_id == campaign_id, r.status == RecipientStatus.UNKNOWN.value, r.reason.not_in(DECIDED))
        .order_by(r.seq)
    )
    wanted = None if seqs is None else set(seqs)
    return tuple(seq for seq in found if wanted is None or seq in wanted)


def count_unknown(connection: sa.Connection, campaign_id: int) -> int:
    """How many recipients are unknown and undecided. Their rows are counted: ask it for a page, not for each second."""
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
