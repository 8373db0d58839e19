"""What the engine must know of campaigns to send them."""

from __future__ import annotations

from dataclasses import dataclass, fields

import sqlalchemy as sa

from smscore.campaigns import ROUTE_WINDOWS, CampaignStatus, RecipientStatus, Window
from smscore.errors import CampaignError
from smscore.messages import Message
from smscore.store import tables as t
from smscore.store.records import parse_timing


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


_COLUMNS = (t.campaign.c.id.label("campaign_id"), *(t.campaign.c[each.name] for each in fields(Orders)[1:]))


def read_orders(connection: sa.Connection, campaign_id: int) -> Orders:
    """Return the campaign's orders. Raises CampaignError("no_such_campaign")."""
    row = connection.execute(sa.select(*_COLUMNS).where(t.campaign.c.id == campaign_id)).first()
    if row is None:
        raise CampaignError("no_such_campaign", campaign=campaign_id)
    return Orders(**row._asdict() | {"status": CampaignStatus(row.status)})


def get_window(campaign: Orders) -> Window | None:
    """Return the hours that bind a campaign: the operator's own, else those of its route."""
    message = Message.from_json(campaign.message)
    return parse_timing(campaign.timing).window or ROUTE_WINDOWS.get(message.route)


def find_campaigns_with_status(
    connection: sa.Connection, *statuses: CampaignStatus, account: str | None = None
) -> list[int]:
    """Return the ids of the campaigns in any of `statuses`, of one account when named."""
    query = sa.select(t.campaign.c.id).where(t.campaign.c.status.in_([s.value for s in statuses]))
    if account is not None:
        query = query.where(t.campaign.c.account == account)
    return list(connection.scalars(query.order_by(t.campaign.c.id)))


def find_sending_campaigns(connection: sa.Connection, account: str) -> list[int]:
    """Return the ids of the account's campaigns that send or will."""
    return find_campaigns_with_status(connection, CampaignStatus.SCHEDULED, CampaignStatus.RUNNING, account=account)


def find_campaigns_ended_before(connection: sa.Connection, moment: float, limit: int = 50) -> list[int]:
    """Return the ids of campaigns that ended before `moment` (seconds since 1970), newest first."""
    c = t.campaign.c
    return list(
        connection.scalars(sa.select(c.id).where(c.finished_at < moment).order_by(c.finished_at.desc()).limit(limit))
    )


def find_launched(connection: sa.Connection, launch_key: str) -> int | None:
    """Return the id of the campaign that was started with `launch_key`."""
    c = t.campaign.c
    return connection.execute(
        sa.select(c.id).where(c.launch_key == launch_key, c.status != CampaignStatus.DRAFT.value)
    ).scalar()


@dataclass(frozen=True)
class Tally:
    """Recipients ended, refused and unknown since the campaign was last started by a person."""

    ended: int
    refused: int
    unknown: int


def read_tally(connection: sa.Connection, campaign_id: int) -> Tally:
    """Return what the policy on too many refusals and unknowns judges by."""
    c, k = t.campaign.c, t.chunk.c
    row = connection.execute(
        sa.select(
            sa.func.sum(sum_ended()) - c.base_ended,
            sa.func.sum(k.refused) - c.base_refused,
            sa.func.sum(k.unknown) - c.base_unknown,
        )
        .join(t.chunk, k.campaign_id == c.id)
        .where(c.id == campaign_id)
        .group_by(c.id)
    ).first()
    return Tally(*(max(0, int(n or 0)) for n in row)) if row else Tally(0, 0, 0)


def sum_ended() -> sa.ColumnElement[int]:
    """Return the sum of a chunk's counters over every status in which nothing is left to send."""
    ended = [s for s in RecipientStatus if s not in (RecipientStatus.QUEUED, RecipientStatus.SUBMITTING)]
    total: sa.ColumnElement[int] = t.chunk.c[ended[0].value]
    for status in ended[1:]:
        total = total + t.chunk.c[status.value]
    return total
