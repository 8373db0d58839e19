"""Reading campaigns and whom they reached."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import sqlalchemy as sa

from smscore.campaigns import Campaign, CampaignStatus, RecipientStatus
from smscore.errors import CampaignError
from smscore.messages import Message
from smscore.store import tables as t
from smscore.store.database import Database
from smscore.store.records import build_campaign, query_campaigns

UNENDED = (CampaignStatus.SCHEDULED, CampaignStatus.RUNNING, CampaignStatus.PAUSED)


def list_campaigns(database: Database, limit: int) -> tuple[Campaign, ...]:
    """Return the newest `limit` campaigns and all that have not ended, drafts being written too, newest first."""
    newest = sa.select(t.campaign.c.id).order_by(t.campaign.c.id.desc()).limit(limit).subquery()
    return _find(database, t.campaign.c.id.in_(sa.select(newest.c.id)) | _match_status(*UNENDED))


def search_campaigns(
    database: Database, text: str, statuses: Sequence[CampaignStatus], since: float, limit: int
) -> tuple[Campaign, ...]:
    """Return the newest `limit` campaigns that fit, newest first.

    `text` is part of the name or of the operator's name, the beginning of the sender, or the campaign's number; "" fits
    all, and so do no `statuses`. `since` is the Unix time in seconds from which on they were created.
    """
    fits = [t.campaign.c.created_at >= since]
    if statuses:
        fits.append(_match_status(*statuses))
    if text := text.strip():
        fits.append(_holds(text))
    newest = sa.select(t.campaign.c.id).where(*fits).order_by(t.campaign.c.id.desc()).limit(limit).subquery()
    return _find(database, t.campaign.c.id.in_(sa.select(newest.c.id)))


def _holds(text: str) -> sa.ColumnElement[bool]:
    """Whether a campaign has a text in its name, operator or sender, in capitals or not, or is of that number.

    The sender is a value of the message's JSON, which writes its keys in order, so it is found as it is written there.
    """
    sender = json.dumps(text, ensure_ascii=False)[1:-1]
    holds = t.campaign.c.name.icontains(text, autoescape=True) | t.campaign.c.actor.icontains(text, autoescape=True)
    holds |= t.campaign.c.message.icontains(f'"sender": "{sender}', autoescape=True)
    if text.isascii() and text.isdigit() and len(text) < 10:
        holds |= t.campaign.c.id == int(text)
    return holds


def list_under_way(database: Database) -> tuple[Campaign, ...]:
    """Return the campaigns that send or will, newest first."""
    return _find(database, _match_status(CampaignStatus.SCHEDULED, CampaignStatus.RUNNING))


def _match_status(*statuses: CampaignStatus) -> sa.ColumnElement[bool]:
    return t.campaign.c.status.in_([status.value for status in statuses])


def _find(database: Database, which: sa.ColumnElement[bool]) -> tuple[Campaign, ...]:
    with database.reading() as connection:
        rows = connection.execute(query_campaigns(which)).all()
    return tuple(build_campaign(row) for row in rows)


def get_campaign(database: Database, campaign_id: int) -> Campaign:
    """Return one campaign. Raises CampaignError("no_such_campaign")."""
    found = _find(database, t.campaign.c.id == campaign_id)
    if not found:
        raise CampaignError("no_such_campaign", campaign=campaign_id)
    return found[0]


def measure_pace(database: Database, campaign_id: int, now: float, seconds: float = 10.0) -> float:
    """Return the messages per second over the last `seconds`, from the calls made in them."""
    with database.reading() as connection:
        first, last, sent = connection.execute(
            sa.select(
                sa.func.min(t.call.c.submitted_at), sa.func.max(t.call.c.submitted_at), sa.func.sum(t.call.c.recipients)
            ).where(t.call.c.campaign_id == campaign_id, t.call.c.submitted_at > now - seconds)
        ).one()
    return float(sent) / max(now - first, 1.0) if sent else 0.0


def read_contents(connection: sa.Connection, campaign_id: int, numbers: Sequence[int]) -> dict[int, tuple[str, str]]:
    """Return `content_no` → (text, values as a JSON list)."""
    rows = connection.execute(
        sa.select(t.content.c.no, t.content.c.text, t.content.c.variables).where(
            t.content.c.campaign_id == campaign_id, t.content.c.no.in_(list(numbers))
        )
    )
    return {no: (text, variables) for no, text, variables in rows}


def read_msisdns(database: Database, campaign_id: int, statuses: Sequence[RecipientStatus] = ()) -> np.ndarray:
    """Return the MSISDNs of a campaign's recipients, int64, of those in `statuses` when named."""
    query = sa.select(t.recipient.c.msisdn).where(t.recipient.c.campaign_id == campaign_id)
    if statuses:
        query = query.where(t.recipient.c.status.in_([s.value for s in statuses]))
    with database.reading() as connection:
        return np.fromiter((row[0] for row in connection.execute(query)), dtype=np.int64)


def list_used_senders(database: Database, limit: int) -> tuple[tuple[str, bool], ...]:
    """Return the (sender, whether of WhatsApp) of the newest `limit` campaigns, each once, most recent first."""
    c = t.campaign.c
    query = sa.select(c.message).where(c.status != CampaignStatus.DRAFT.value).order_by(c.id.desc()).limit(limit)
    with database.reading() as connection:
        messages = [Message.from_json(text) for text in connection.scalars(query)]
    return tuple(dict.fromkeys((message.sender, message.kind.whatsapp) for message in messages if message.sender))


def find_retries(database: Database, campaign_id: int) -> tuple[int, ...]:
    """Return the campaigns that were made of a campaign's recipients, and of theirs in turn, without drafts."""
    c, found, newest = t.campaign.c, [], [campaign_id]
    with database.reading() as connection:
        while newest:
            query = sa.select(c.id).where(c.retry_of.in_(newest), c.status != CampaignStatus.DRAFT.value)
            newest = [each for each in connection.scalars(query) if each not in found]
            found += newest
    return tuple(found)


def find_messaged(
    database: Database, campaign_id: int, statuses: Sequence[RecipientStatus], since: float
) -> np.ndarray:
    """Return the MSISDNs, int64, of a campaign's recipients in `statuses` who were submitted after `since` (seconds
    since 1970), or still wait for it."""
    r = t.recipient.c
    waiting = r.status.in_([RecipientStatus.QUEUED.value, RecipientStatus.SUBMITTING.value])
    query = sa.select(r.msisdn).where(
        r.campaign_id == campaign_id, r.status.in_([s.value for s in statuses]), waiting | (r.submitted_at >= since)
    )
    with database.reading() as connection:
        return np.fromiter((row[0] for row in connection.execute(query)), dtype=np.int64)


def find_campaigns_with_content(database: Database, content_key: str, since: float, besides: str) -> tuple[int, ...]:
    """Return campaigns that say the same and have not ended, or ended after `since` (seconds since 1970), newest
    first; not the one with launch key `besides`."""
    c = t.campaign.c
    with database.reading() as connection:
        return tuple(
            connection.scalars(
                sa.select(c.id)
                .where(
                    c.content_key == content_key,
                    c.finished_at.is_(None) | (c.finished_at >= since),
                    c.launch_key != besides,
                    c.status != CampaignStatus.DRAFT.value,
                )
                .order_by(c.id.desc())
            )
        )


def find_concurrent_launch(connection: sa.Connection, content_key: str, seen: Sequence[int], mine: int) -> int | None:
    """Return a campaign that says the same, was launched by somebody else and is not among those `seen`, or None.

    Call it inside the transaction that launches `mine`: of two at one moment, the second to get here sees the first.
    """
    if connection.dialect.name != "sqlite":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(content_key))))
    c = t.campaign.c
    return connection.scalar(
        sa.select(c.id)
        .where(c.content_key == content_key, c.status != CampaignStatus.DRAFT.value, c.id.not_in([*seen, mine]))
        .limit(1)
    )
