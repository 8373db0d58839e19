"""Changing a campaign's status: always one conditional UPDATE, so that of two who press, one wins."""

from __future__ import annotations

import sqlalchemy as sa

from smscore.campaigns import NEXT_CAMPAIGN, CampaignStatus, must_be_allowed
from smscore.store import tables as t
from smscore.store.campaign_orders import find_campaigns_with_status, read_orders, sum_ended

_SCHEDULED, _RUNNING, _PAUSED = (
    CampaignStatus.SCHEDULED.value,
    CampaignStatus.RUNNING.value,
    CampaignStatus.PAUSED.value,
)

RESTORED = ("restored", "restored_unsure")
"""Reasons for which a campaign is paused until a person has decided; nothing else lets it go on."""


def _move(
    connection: sa.Connection,
    campaign_id: int,
    sources: tuple[str, ...],
    target: CampaignStatus,
    now: float,
    *extra: sa.ColumnElement[bool],
    **values: object,
) -> bool:
    c = t.campaign.c
    return bool(
        connection.execute(
            sa.update(t.campaign)
            .where(c.id == campaign_id, c.status.in_(sources), *extra)
            .values(**{"status": target.value, "since": now, "reason": "", "note": ""} | values)
        ).rowcount
    )


def set_running(connection: sa.Connection, campaign_id: int, run_no: int, now: float) -> bool:
    """Move a scheduled campaign to running, for the present run only; return whether it moved."""
    c = t.campaign.c
    return _move(
        connection,
        campaign_id,
        (_SCHEDULED,),
        CampaignStatus.RUNNING,
        now,
        c.run_no == run_no,
        started_at=sa.func.coalesce(c.started_at, now),
        trouble=0,
        trouble_since=None,
    )


def pause(
    connection: sa.Connection, campaign_id: int, now: float, reason: str, note: str = "", run_no: int | None = None
) -> bool:
    """Pause a scheduled or running campaign with the code of the reason; effective at the next claim."""
    guard = () if run_no is None else (t.campaign.c.run_no == run_no,)
    return _move(
        connection, campaign_id, (_SCHEDULED, _RUNNING), CampaignStatus.PAUSED, now, *guard, reason=reason, note=note
    )


def pause_after_standstill(connection: sa.Connection, now: float, note: str) -> int:
    """Pause what was running, or waited for its canary's outcome, when the last engine fell silent; return how many."""
    watched = stop_watching(connection, now, "standstill", note)
    running = find_campaigns_with_status(connection, CampaignStatus.RUNNING)
    for campaign_id in running:
        pause(connection, campaign_id, now, "standstill", note)
    return watched + len(running)


def put_off(connection: sa.Connection, campaign_id: int, run_no: int, until: float, now: float, reason: str) -> bool:
    """Schedule a campaign again at `until`, because its hours are over. The caller records the new job."""
    return _move(
        connection,
        campaign_id,
        (_SCHEDULED, _RUNNING),
        CampaignStatus.SCHEDULED,
        now,
        t.campaign.c.run_no == run_no,
        run_no=run_no + 1,
        start_at=until,
        reason=reason,
    )


def start_again(connection: sa.Connection, campaign_id: int, now: float) -> int | None:
    """Schedule a paused campaign under a new run, at once or at its time when that is still to come.

    Return the number of the run; None when it was not paused.

    The trouble counters start afresh, so that what an operator has looked at does not pause the campaign again.
    """
    c = t.campaign.c
    sums = {
        name: sa.select(sa.func.coalesce(sa.func.sum(column), 0))
        .where(t.chunk.c.campaign_id == campaign_id)
        .scalar_subquery()
        for name, column in (
            ("base_refused", t.chunk.c.refused),
            ("base_unknown", t.chunk.c.unknown),
            ("base_ended", sum_ended()),
        )
    }
    moved = _move(
        connection,
        campaign_id,
        (_PAUSED,),
        CampaignStatus.SCHEDULED,
        now,
        c.reason.not_in(RESTORED),  # a person decides about these first: see `restores`
        run_no=c.run_no + 1,
        start_at=sa.case((c.start_at > now, c.start_at), else_=now),
        trouble=0,
        trouble_since=None,
        **sums,
    )
    if not moved:
        return None
    connection.execute(sa.update(t.chunk).where(t.chunk.c.campaign_id == campaign_id).values(not_before=0.0))
    return connection.execute(sa.select(c.run_no).where(c.id == campaign_id)).scalar_one()


def cancel(connection: sa.Connection, campaign_id: int, now: float) -> bool:
    """Cancel an unfinished campaign; effective at the next claim. `sweep_cancelled` then closes what is queued."""
    sources = tuple(s.value for s, after in NEXT_CAMPAIGN.items() if CampaignStatus.CANCELLED in after)
    return _move(connection, campaign_id, sources, CampaignStatus.CANCELLED, now, finished_at=now)


def must_allow(connection: sa.Connection, campaign_id: int, wanted: CampaignStatus) -> None:
    """Raise CampaignError("wrong_status") unless the campaign may go to `wanted` now."""
    must_be_allowed(campaign_id, read_orders(connection, campaign_id).status, wanted)


def count_trouble(connection: sa.Connection, campaign_id: int, now: float) -> int:
    """Count one more failed answer in a row; return how many in a row by now."""
    c = t.campaign.c
    return connection.execute(
        sa.update(t.campaign)
        .where(c.id == campaign_id)
        .values(trouble=c.trouble + 1, trouble_since=sa.func.coalesce(c.trouble_since, now))
        .returning(c.trouble)
    ).scalar_one()


def clear_trouble(connection: sa.Connection, campaign_id: int) -> None:
    """Reset the count of bad answers in a row: a good one came."""
    c = t.campaign.c
    connection.execute(
        sa.update(t.campaign).where(c.id == campaign_id, c.trouble > 0).values(trouble=0, trouble_since=None)
    )


def stop_watching(connection: sa.Connection, now: float, reason: str, note: str, campaign_id: int | None = None) -> int:
    """Take campaigns that are paused until their canary is judged by the rule, or that one, out of the rule's hands: a
    person must let the rest go. Return how many."""
    c = t.campaign.c
    watched = sa.update(t.campaign).where(
        c.status == _PAUSED, c.canary_state == "watched", c.reason == "canary_watched"
    )
    if campaign_id is not None:
        watched = watched.where(c.id == campaign_id)
    return connection.execute(watched.values(reason=reason, note=note, since=now)).rowcount
