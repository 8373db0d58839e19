"""Changing a campaign's status: always one conditional UPDATE, so that of two who press, one wins."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from smscore.campaigns import (
    NEXT_CAMPAIGN,
    ROUTE_WINDOWS,
    CampaignStatus,
    RecipientStatus,
    Window,
    must_be_allowed,
)
from smscore.errors import CampaignError
from smscore.messages import Message
from smscore.store import tables as t
from smscore.store.records import timing_of

_SCHEDULED, _RUNNING, _PAUSED = (
    CampaignStatus.SCHEDULED.value,
    CampaignStatus.RUNNING.value,
    CampaignStatus.PAUSED.value,
)


RESTORED = ("restored", "restored_unsure")
"""Reasons for which a campaign is paused until a person has decided; nothing else lets it go on."""


@dataclass(frozen=True)
class Orders:
    """What the engine must know of a campaign to send it. Times in seconds since 1970."""

    campaign_id: int
    status: CampaignStatus
    run_no: int
    account: str
    message: str
    timing: str
    canary: str
    canary_state: str
    batch_size: int
    start_at: float | None
    trouble: int
    trouble_since: float | None
    created_at: float
    launch_key: str
    content_key: str


def orders(connection: sa.Connection, campaign_id: int) -> Orders:
    """The campaign's orders. Raises CampaignError("no_such_campaign")."""
    c = t.campaign.c
    row = connection.execute(
        sa.select(
            c.id,
            c.status,
            c.run_no,
            c.account,
            c.message,
            c.timing,
            c.canary,
            c.canary_state,
            c.batch_size,
            c.start_at,
            c.trouble,
            c.trouble_since,
            c.created_at,
            c.launch_key,
            c.content_key,
        ).where(c.id == campaign_id)
    ).first()
    if row is None:
        raise CampaignError("no_such_campaign", campaign=campaign_id)
    return Orders(row[0], CampaignStatus(row[1]), *row[2:])


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
    """scheduled → running, for the present run only."""
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
    """scheduled or running → paused, with the code of the reason; effective at the next claim."""
    guard = () if run_no is None else (t.campaign.c.run_no == run_no,)
    return _move(
        connection, campaign_id, (_SCHEDULED, _RUNNING), CampaignStatus.PAUSED, now, *guard, reason=reason, note=note
    )


def pause_after_standstill(connection: sa.Connection, now: float, note: str) -> int:
    """Pause what was running, or waited for its canary's outcome, when the last engine fell silent; how many."""
    watched = stop_watching(connection, now, "standstill", note)
    running = with_status(connection, CampaignStatus.RUNNING)
    for campaign_id in running:
        pause(connection, campaign_id, now, "standstill", note)
    return watched + len(running)


def put_off(connection: sa.Connection, campaign_id: int, run_no: int, until: float, now: float, reason: str) -> bool:
    """running or scheduled → scheduled again at `until`: the window is closed. The caller records the new job."""
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
    """paused → scheduled under a new run, at once or at its time when that is still to come; the number of the run,
    None when it was not paused.

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
            ("base_ended", _ended_column()),
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


def _ended_column() -> sa.ColumnElement[int]:
    ended = [s for s in RecipientStatus if s not in (RecipientStatus.QUEUED, RecipientStatus.SUBMITTING)]
    total: sa.ColumnElement[int] = t.chunk.c[ended[0].value]
    for status in ended[1:]:
        total = total + t.chunk.c[status.value]
    return total


def cancel(connection: sa.Connection, campaign_id: int, now: float) -> bool:
    """Anything unfinished → cancelled; effective at the next claim. `sweep_cancelled` then closes what is queued."""
    sources = tuple(s.value for s, after in NEXT_CAMPAIGN.items() if CampaignStatus.CANCELLED in after)
    return _move(connection, campaign_id, sources, CampaignStatus.CANCELLED, now, finished_at=now)


def unswept(connection: sa.Connection, campaign_id: int | None = None, limit: int = 20) -> list[tuple]:
    """Chunks of cancelled campaigns, or of one, that still hold queued recipients: `(campaign_id, no, lo, hi)`."""
    k = t.chunk.c
    query = (
        sa.select(k.campaign_id, k.no, k.lo, k.hi)
        .join(t.campaign, t.campaign.c.id == k.campaign_id)
        .where(t.campaign.c.status == CampaignStatus.CANCELLED.value, k.done == 0)
    )
    query = query.limit(limit) if campaign_id is None else query.where(k.campaign_id == campaign_id)
    return [tuple(row) for row in connection.execute(query)]


def sweep_cancelled(connection: sa.Connection, campaign_id: int, no: int, lo: int, hi: int, now: float) -> None:
    """Queued recipients of one chunk of a cancelled campaign → cancelled. While any is `submitting` the chunk stays
    open: its call may still prove that nothing left. A chunk at a time keeps the transaction short."""
    r = t.recipient.c
    connection.execute(
        sa.update(t.recipient)
        .where(r.campaign_id == campaign_id, r.seq >= lo, r.seq < hi, r.status == RecipientStatus.QUEUED.value)
        .values(status=RecipientStatus.CANCELLED.value, updated_at=now)
    )
    connection.execute(
        sa.update(t.chunk)
        .where(t.chunk.c.campaign_id == campaign_id, t.chunk.c.no == no)
        .values(done=sa.case((_under_way(campaign_id, lo, hi), 0), else_=1), dirty=1)
    )


def _under_way(campaign_id: int, lo: int, hi: int) -> sa.ColumnElement[bool]:
    r = t.recipient.c
    inside = (r.campaign_id == campaign_id, r.seq >= lo, r.seq < hi)
    return sa.select(r.seq).where(*inside, r.status == RecipientStatus.SUBMITTING.value).exists()


def require(connection: sa.Connection, campaign_id: int, wanted: CampaignStatus) -> None:
    """Raise CampaignError("wrong_status") unless the campaign may go to `wanted` now."""
    must_be_allowed(campaign_id, orders(connection, campaign_id).status, wanted)


def note_trouble(connection: sa.Connection, campaign_id: int, now: float) -> int:
    """One more answer in a row that was no answer; how many in a row by now."""
    c = t.campaign.c
    return connection.execute(
        sa.update(t.campaign)
        .where(c.id == campaign_id)
        .values(trouble=c.trouble + 1, trouble_since=sa.func.coalesce(c.trouble_since, now))
        .returning(c.trouble)
    ).scalar_one()


def forget_trouble(connection: sa.Connection, campaign_id: int) -> None:
    """A good answer came: the row of bad ones is over."""
    c = t.campaign.c
    connection.execute(
        sa.update(t.campaign).where(c.id == campaign_id, c.trouble > 0).values(trouble=0, trouble_since=None)
    )


def stop_watching(connection: sa.Connection, now: float, reason: str, note: str, campaign_id: int | None = None) -> int:
    """Campaigns paused until their canary is judged by the rule, or that one: the rule lets the rest go no more, a
    person must. How many."""
    c = t.campaign.c
    watched = sa.update(t.campaign).where(
        c.status == _PAUSED, c.canary_state == "watched", c.reason == "canary_watched"
    )
    if campaign_id is not None:
        watched = watched.where(c.id == campaign_id)
    return connection.execute(watched.values(reason=reason, note=note, since=now)).rowcount


def set_canary(connection: sa.Connection, campaign_id: int, state: str) -> None:
    """Canary states: off, waiting (not sent yet), judged (its outcome is awaited), passed."""
    connection.execute(sa.update(t.campaign).where(t.campaign.c.id == campaign_id).values(canary_state=state))


@dataclass(frozen=True)
class Tally:
    """Recipients ended, refused and unknown since the campaign was last started by a person."""

    ended: int
    refused: int
    unknown: int


def tally(connection: sa.Connection, campaign_id: int) -> Tally:
    """What the rules about too many refusals and unknowns judge by."""
    c, k = t.campaign.c, t.chunk.c
    row = connection.execute(
        sa.select(
            sa.func.sum(_ended_column()) - c.base_ended,
            sa.func.sum(k.refused) - c.base_refused,
            sa.func.sum(k.unknown) - c.base_unknown,
        )
        .join(t.chunk, k.campaign_id == c.id)
        .where(c.id == campaign_id)
        .group_by(c.id)
    ).first()
    return Tally(*(max(0, int(n or 0)) for n in row)) if row else Tally(0, 0, 0)


def open_chunks(connection: sa.Connection, campaign_id: int, first_only: bool = False) -> list[tuple[int, float]]:
    """`(no, not_before)` of the chunks that still hold recipients to send, in order."""
    query = (
        sa.select(t.chunk.c.no, t.chunk.c.not_before)
        .where(t.chunk.c.campaign_id == campaign_id, t.chunk.c.done == 0)
        .order_by(t.chunk.c.no)
    )
    if first_only:
        query = query.where(t.chunk.c.no == 0)
    return [tuple(row) for row in connection.execute(query)]


def with_status(connection: sa.Connection, *statuses: CampaignStatus, account: str | None = None) -> list[int]:
    """The ids of the campaigns in any of `statuses`, of one account when named."""
    query = sa.select(t.campaign.c.id).where(t.campaign.c.status.in_([s.value for s in statuses]))
    if account is not None:
        query = query.where(t.campaign.c.account == account)
    return list(connection.scalars(query.order_by(t.campaign.c.id)))


def sending(connection: sa.Connection, account: str) -> list[int]:
    """The ids of the account's campaigns that send or will."""
    return with_status(connection, CampaignStatus.SCHEDULED, CampaignStatus.RUNNING, account=account)


def window_of(present: Orders) -> Window | None:
    """The hours that bind a campaign: the operator's own, else those of its route."""
    message = Message.from_json(present.message)
    return timing_of(present.timing).window or ROUTE_WINDOWS.get(message.route)


def ended_before(connection: sa.Connection, moment: float, limit: int = 50) -> list[int]:
    """The ids of campaigns that ended before `moment` (seconds since 1970), newest first."""
    c = t.campaign.c
    return list(
        connection.scalars(sa.select(c.id).where(c.finished_at < moment).order_by(c.finished_at.desc()).limit(limit))
    )


def release_canary(connection: sa.Connection, campaign_id: int) -> None:
    """A person looked at the canary's outcome and lets the rest go; a canary that has not been sent stays one."""
    connection.execute(
        sa.update(t.campaign)
        .where(t.campaign.c.id == campaign_id, t.campaign.c.canary_state == "watched")
        .values(canary_state="passed")
    )


def launched(connection: sa.Connection, launch_key: str) -> int | None:
    """The id of the campaign that was started with `launch_key`."""
    c = t.campaign.c
    return connection.execute(
        sa.select(c.id).where(c.launch_key == launch_key, c.status != CampaignStatus.DRAFT.value)
    ).scalar()
