"""Canaries: the first recipients of a campaign, whose outcome decides about the rest."""

from __future__ import annotations

import sqlalchemy as sa

from smscore.campaigns import CampaignStatus, RecipientStatus
from smscore.store import tables as t
from smscore.store.campaign_status import pause
from smscore.store.records import parse_canary

_BAD = (
    RecipientStatus.REFUSED,
    RecipientStatus.UNDELIVERED,
    RecipientStatus.EXPIRED,
    RecipientStatus.UNKNOWN,
)

_OPEN = (RecipientStatus.ACCEPTED, RecipientStatus.SENT)


def set_canary(connection: sa.Connection, campaign_id: int, state: str) -> None:
    """Set the canary's state: off, waiting (not sent yet), watched (its outcome is awaited) or passed."""
    connection.execute(sa.update(t.campaign).where(t.campaign.c.id == campaign_id).values(canary_state=state))


def release_canary(connection: sa.Connection, campaign_id: int) -> None:
    """Release the rest after a person looked at the canary's outcome; a canary that has not been sent stays one."""
    connection.execute(
        sa.update(t.campaign)
        .where(t.campaign.c.id == campaign_id, t.campaign.c.canary_state == "watched")
        .values(canary_state="passed")
    )


def judge_canary(connection: sa.Connection, campaign_id: int, now: float) -> None:
    """Pause a campaign whose canary was sent until its outcome is judged, by a person or by the rule.

    One that was paused meanwhile by a person, or by trouble, is a person's to judge.
    """
    row = connection.execute(sa.select(t.campaign.c.canary).where(t.campaign.c.id == campaign_id)).scalar_one()
    by_rule = parse_canary(row).bad_share is not None
    paused = pause(connection, campaign_id, now, "canary_watched" if by_rule else "canary_waiting")
    set_canary(connection, campaign_id, "watched" if by_rule and paused else "passed")


def judge_sent_canary(connection: sa.Connection, campaign_id: int, now: float) -> None:
    """Call `judge_canary` for a campaign whose first chunk was closed, if that is a canary."""
    state = sa.select(t.campaign.c.canary_state).where(t.campaign.c.id == campaign_id)
    if connection.execute(state).scalar_one() == "waiting":
        judge_canary(connection, campaign_id, now)


def find_waiting_canaries(connection: sa.Connection) -> list[int]:
    """Return campaigns whose canary is to be judged by the rule."""
    return list(connection.scalars(sa.select(t.campaign.c.id).where(*_is_watched())))


def _is_watched() -> tuple[sa.ColumnElement[bool], ...]:
    c = t.campaign.c
    return c.canary_state == "watched", c.status == CampaignStatus.PAUSED.value, c.reason == "canary_watched"


def decide_canary(connection: sa.Connection, campaign_id: int, now: float) -> bool:
    """Judge a canary whose reports are all in, or whose time is over; return whether the rest may go.

    When the canary did badly the campaign stays paused and says so.

    Whether the rule may judge it is asked again here, with the campaign's row locked: a person who has stopped it
    since `find_waiting_canaries` must not be overruled."""
    c, k = t.campaign.c, t.chunk.c
    row = connection.execute(
        sa.select(c.canary, c.since).where(c.id == campaign_id, *_is_watched()).with_for_update()
    ).first()
    if row is None:
        return False
    canary = parse_canary(row.canary)
    counts = connection.execute(
        sa.select(*[k[s.value] for s in (*_BAD, *_OPEN)], (k.hi - k.lo).label("size")).where(
            k.campaign_id == campaign_id, k.no == 0
        )
    ).one()
    bad, still_open = sum(counts[: len(_BAD)]), sum(counts[len(_BAD) : -1])
    if still_open and now - row.since < canary.wait:
        return False
    passed = bad <= (canary.bad_share or 0.0) * counts.size
    set_canary(connection, campaign_id, "passed")
    if not passed:
        connection.execute(
            sa.update(t.campaign)
            .where(c.id == campaign_id)
            .values(reason="canary_failed", note=f"{bad:,} of {counts.size:,}")
        )
    return passed
