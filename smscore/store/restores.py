"""After a restore: what was active is paused until a person has decided about each campaign."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import sqlalchemy as sa

from smscore.campaigns import CampaignStatus, RecipientStatus
from smscore.store import tables as t
from smscore.store.campaign_status import RESTORED
from smscore.store.chunks import finish_if_done, list_chunk_ranges, recount
from smscore.store.unknowns import doubt_interrupted, is_one_time

ACTIVE = (CampaignStatus.SCHEDULED.value, CampaignStatus.RUNNING.value, CampaignStatus.PAUSED.value)
BEFORE_RESTORE = "before_restore"

Span = tuple[int, int]


@dataclass(frozen=True)
class ActiveCampaign:
    """A campaign that could send: its id, its launch key, and whether it is a one-time password."""

    id: int
    launch_key: str
    one_time: bool


@dataclass(frozen=True)
class RestoreQuestion:
    """What a person must decide about one campaign of a restored database.

    `people` may have been texted since the backup, which was made at `restored_from` (seconds since 1970), out of
    `queued`; with `exact` it is known who they are.
    """

    campaign_id: int
    name: str
    restored_from: float | None
    exact: bool
    people: int
    queued: int
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class LostCampaign:
    """A campaign that was sent and is not in this database: its number then, and how many recipients were claimed."""

    launch_hash: str
    words_hash: str
    campaign_id: int
    people: int
    first_at: float
    last_at: float


def list_active_campaigns(connection: sa.Connection) -> list[ActiveCampaign]:
    """Return every campaign that sends, will, or could be resumed."""
    c = t.campaign.c
    found = connection.execute(sa.select(c.id, c.launch_key, c.message).where(c.status.in_(ACTIVE)).order_by(c.id))
    return [ActiveCampaign(row.id, row.launch_key, is_one_time(row.message)) for row in found]


def read_launch_keys(connection: sa.Connection) -> dict[int, str]:
    """Return the launch key of every campaign that was started, by id."""
    c = t.campaign.c
    found = connection.execute(sa.select(c.id, c.launch_key).where(c.status != CampaignStatus.DRAFT.value))
    return {row.id: row.launch_key for row in found}


def find_last_sign(connection: sa.Connection) -> float | None:
    """Return when something was last done in this database, as far as it knows (seconds since 1970)."""
    seen = connection.execute(sa.select(t.desk_state.c.seen_at)).scalar()
    called = connection.execute(sa.select(sa.func.max(t.call.c.submitted_at))).scalar()
    return max((each for each in (seen, called) if each is not None), default=None)


def count_queued(connection: sa.Connection, campaign_id: int, spans: Sequence[Span] | None = None) -> int:
    """Return how many recipients of a campaign are queued; of those in `spans` when given."""
    r = t.recipient.c
    count = sa.select(sa.func.count()).where(r.campaign_id == campaign_id, r.status == RecipientStatus.QUEUED.value)
    if spans is None:
        return connection.execute(count).scalar_one()
    return sum(connection.execute(count.where(r.seq >= first, r.seq <= last)).scalar_one() for first, last in spans)


def ask_about(
    connection: sa.Connection, campaign_id: int, spans: Sequence[Span], exact: bool, note: str, now: float
) -> int:
    """Pause a campaign until a person decides; return how many of it may have been texted.

    `note` says since when, for the sentence. A question that is still open grows by what is known of this restore.
    """
    earlier = _find_open_question(connection, campaign_id)
    exact = exact and (earlier is None or bool(earlier.exact))
    spans = merge_spans([*spans, *(json.loads(earlier.spans) if earlier else [])])
    people = count_queued(connection, campaign_id, spans if exact else None)
    q = t.restore_question
    connection.execute(sa.delete(q).where(q.c.campaign_id == campaign_id))
    row = {
        "campaign_id": campaign_id,
        "asked_at": now,
        "restored_from": find_last_sign(connection),
        "exact": int(exact),
    }
    connection.execute(sa.insert(q).values(**row, people=people, spans=json.dumps(spans)))
    said = f"{note}. Up to {people:,} {'message' if people == 1 else 'messages'}"
    connection.execute(
        sa.update(t.campaign)
        .where(t.campaign.c.id == campaign_id)
        .values(
            status=CampaignStatus.PAUSED.value,
            reason=RESTORED[0] if exact else RESTORED[1],
            note=said,
            since=now,
        )
    )
    return people


def _find_open_question(connection: sa.Connection, campaign_id: int) -> sa.Row[Any] | None:
    q = t.restore_question
    return connection.execute(sa.select(q).where(q.c.campaign_id == campaign_id, q.c.decision == "")).first()


def merge_spans(spans: Iterable[Sequence[int]]) -> list[Span]:
    """Return the same places, ascending, each once."""
    merged: list[Span] = []
    for first, last in sorted(map(tuple, spans)):
        if merged and first <= merged[-1][1] + 1:
            merged[-1] = (merged[-1][0], max(last, merged[-1][1]))
        else:
            merged.append((first, last))
    return merged


def doubt_one_time(connection: sa.Connection, campaign_id: int, now: float) -> None:
    """End a restored database's one-time password as unknown: it may have been sent, nobody can send it again."""
    _doubt_queued(connection, campaign_id, None, now)
    for chunk in list_chunk_ranges(connection, campaign_id):
        doubt_interrupted(connection, chunk, now)
        recount(connection, chunk)
        here = t.chunk.c.campaign_id == campaign_id, t.chunk.c.no == chunk.no
        connection.execute(sa.update(t.chunk).where(*here).values(done=1))
    running = {"status": CampaignStatus.RUNNING.value}
    connection.execute(sa.update(t.campaign).where(t.campaign.c.id == campaign_id).values(**running))
    finish_if_done(connection, campaign_id, now)


def list_open_questions(connection: sa.Connection) -> list[RestoreQuestion]:
    """Return the questions that nobody has answered, by campaign."""
    q, c = t.restore_question.c, t.campaign.c
    query = (
        sa.select(q.campaign_id, c.name, q.restored_from, q.exact, q.people, q.spans)
        .join(t.campaign, c.id == q.campaign_id)
        .where(q.decision == "", c.reason.in_(RESTORED), c.status == CampaignStatus.PAUSED.value)
        .order_by(q.campaign_id)
    )
    return [
        RestoreQuestion(
            *(row.campaign_id, row.name, row.restored_from, bool(row.exact), row.people),
            count_queued(connection, row.campaign_id),
            tuple(map(tuple, json.loads(row.spans))),
        )
        for row in connection.execute(query)
    ]


def close_question(connection: sa.Connection, campaign_id: int, decision: str, actor: str, now: float) -> bool:
    """Record a person's decision; False when another person was faster. The campaign is then paused like any other."""
    q, c = t.restore_question, t.campaign.c
    moved = connection.execute(
        sa.update(t.campaign)
        .where(c.id == campaign_id, c.status == CampaignStatus.PAUSED.value, c.reason.in_(RESTORED))
        .values(reason="", note="")
    ).rowcount
    decided = {"decision": decision, "actor": actor, "decided_at": now}
    connection.execute(sa.update(q).where(q.c.campaign_id == campaign_id).values(**decided))
    return bool(moved)


def doubt_restored(connection: sa.Connection, question: RestoreQuestion, now: float) -> int:
    """Make unknown those who may have been texted since the backup: exactly them, or all queued; return how many."""
    doubted = _doubt_queued(connection, question.campaign_id, question.spans if question.exact else None, now)
    for chunk in list_chunk_ranges(connection, question.campaign_id):
        recount(connection, chunk)
    return doubted


def _doubt_queued(connection: sa.Connection, campaign_id: int, spans: Sequence[Span] | None, now: float) -> int:
    r = t.recipient.c
    queued = (
        sa.update(t.recipient)
        .where(r.campaign_id == campaign_id, r.status == RecipientStatus.QUEUED.value)
        .values(status=RecipientStatus.UNKNOWN.value, reason=BEFORE_RESTORE, updated_at=now, submitted_at=now)
    )
    if spans is None:
        return connection.execute(queued).rowcount
    return sum(connection.execute(queued.where(r.seq >= first, r.seq <= last)).rowcount for first, last in spans)


# campaigns that a restore has lost

_LOST = sa.select(*(t.lost_campaign.c[each.name] for each in fields(LostCampaign)))


def keep_lost(connection: sa.Connection, lost: Iterable[LostCampaign]) -> None:
    """Note campaigns that were sent and are not here; what was known of one is replaced."""
    table = t.lost_campaign
    for each in lost:
        connection.execute(sa.delete(table).where(table.c.launch_hash == each.launch_hash))
        connection.execute(sa.insert(table).values(**asdict(each)))


def list_lost_campaigns(connection: sa.Connection) -> list[LostCampaign]:
    """Return the lost campaigns that nobody has taken note of, the oldest first."""
    c = t.lost_campaign.c
    return [LostCampaign(*row) for row in connection.execute(_LOST.where(c.noted == 0).order_by(c.first_at))]


def find_lost(connection: sa.Connection, launch_hash: str) -> LostCampaign | None:
    """Return the lost campaign that was started with a launch key of this hash, noted or not."""
    row = connection.execute(_LOST.where(t.lost_campaign.c.launch_hash == launch_hash)).first()
    return LostCampaign(*row) if row else None


def note_lost(connection: sa.Connection) -> int:
    """Record that a person has taken note of the lost campaigns; return how many."""
    c = t.lost_campaign.c
    return connection.execute(sa.update(t.lost_campaign).where(c.noted == 0).values(noted=1)).rowcount
