"""Reading campaigns, their recipients and their ledger, in blocks that keep memory flat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from smscore.campaigns import REPORT_COLUMNS, Campaign, CampaignStatus, RecipientStatus, ReportColumn, Shown
from smscore.errors import CampaignError
from smscore.messages import Message
from smscore.store import tables as t
from smscore.store.connect import Database
from smscore.store.launching import BLOCK, unpacked
from smscore.store.records import campaign_of, campaigns_query


def campaigns(database: Database, limit: int) -> tuple[Campaign, ...]:
    """The newest `limit` campaigns and all that have not ended, newest first; drafts being written are among them."""
    newest = sa.select(t.campaign.c.id).order_by(t.campaign.c.id.desc()).limit(limit).subquery()
    return _found(database, t.campaign.c.id.in_(sa.select(newest.c.id)) | _with_status(*UNENDED))


def under_way(database: Database) -> tuple[Campaign, ...]:
    """The campaigns that send or will, newest first."""
    return _found(database, _with_status(CampaignStatus.SCHEDULED, CampaignStatus.RUNNING))


UNENDED = (CampaignStatus.SCHEDULED, CampaignStatus.RUNNING, CampaignStatus.PAUSED)


def _with_status(*statuses: CampaignStatus) -> sa.ColumnElement[bool]:
    return t.campaign.c.status.in_([status.value for status in statuses])


def _found(database: Database, which: sa.ColumnElement[bool]) -> tuple[Campaign, ...]:
    with database.reading() as connection:
        rows = connection.execute(campaigns_query(which)).all()
    return tuple(campaign_of(row) for row in rows)


def campaign(database: Database, campaign_id: int) -> Campaign:
    """One campaign. Raises CampaignError("no_such_campaign")."""
    found = _found(database, t.campaign.c.id == campaign_id)
    if not found:
        raise CampaignError("no_such_campaign", campaign=campaign_id)
    return found[0]


def recent_pace(database: Database, campaign_id: int, now: float, seconds: float = 10.0) -> float:
    """Messages per second over the last `seconds`, from the calls made in them."""
    with database.reading() as connection:
        first, last, sent = connection.execute(
            sa.select(
                sa.func.min(t.call.c.submitted_at), sa.func.max(t.call.c.submitted_at), sa.func.sum(t.call.c.recipients)
            ).where(t.call.c.campaign_id == campaign_id, t.call.c.submitted_at > now - seconds)
        ).one()
    return float(sent) / max(now - first, 1.0) if sent else 0.0


def contents(connection: sa.Connection, campaign_id: int, numbers: Sequence[int]) -> dict[int, tuple[str, str]]:
    """`content_no` → (text, values as a JSON list)."""
    rows = connection.execute(
        sa.select(t.content.c.no, t.content.c.text, t.content.c.variables).where(
            t.content.c.campaign_id == campaign_id, t.content.c.no.in_(list(numbers))
        )
    )
    return {no: (text, variables) for no, text, variables in rows}


def msisdns_of(database: Database, campaign_id: int, statuses: Sequence[RecipientStatus] = ()) -> np.ndarray:
    """The MSISDNs of a campaign's recipients, int64, of those in `statuses` when named."""
    query = sa.select(t.recipient.c.msisdn).where(t.recipient.c.campaign_id == campaign_id)
    if statuses:
        query = query.where(t.recipient.c.status.in_([s.value for s in statuses]))
    with database.reading() as connection:
        return np.fromiter((row[0] for row in connection.execute(query)), dtype=np.int64)


def used_senders(database: Database, limit: int) -> tuple[tuple[str, bool], ...]:
    """Return the (sender, whether of WhatsApp) of the newest `limit` campaigns, each once, most recent first."""
    c = t.campaign.c
    query = sa.select(c.message).where(c.status != CampaignStatus.DRAFT.value).order_by(c.id.desc()).limit(limit)
    with database.reading() as connection:
        messages = [Message.from_json(text) for text in connection.scalars(query)]
    return tuple(dict.fromkeys((message.sender, message.kind.whatsapp) for message in messages if message.sender))


def retries_of(database: Database, campaign_id: int) -> tuple[int, ...]:
    """The campaigns that were made of a campaign's recipients, and of theirs in turn; drafts are not among them."""
    c, found, newest = t.campaign.c, [], [campaign_id]
    with database.reading() as connection:
        while newest:
            query = sa.select(c.id).where(c.retry_of.in_(newest), c.status != CampaignStatus.DRAFT.value)
            newest = [each for each in connection.scalars(query) if each not in found]
            found += newest
    return tuple(found)


def told_since(database: Database, campaign_id: int, statuses: Sequence[RecipientStatus], since: float) -> np.ndarray:
    """The MSISDNs, int64, of a campaign's recipients in `statuses` who were submitted after `since` (seconds since
    1970), or still wait for it."""
    r = t.recipient.c
    waiting = r.status.in_([RecipientStatus.QUEUED.value, RecipientStatus.SUBMITTING.value])
    query = sa.select(r.msisdn).where(
        r.campaign_id == campaign_id, r.status.in_([s.value for s in statuses]), waiting | (r.submitted_at >= since)
    )
    with database.reading() as connection:
        return np.fromiter((row[0] for row in connection.execute(query)), dtype=np.int64)


def same_words(database: Database, content_key: str, since: float, besides: str) -> tuple[int, ...]:
    """Campaigns that say the same and have not ended, or ended after `since` (seconds since 1970), newest first; not
    the one with launch key `besides`."""
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


def said_meanwhile(connection: sa.Connection, content_key: str, seen: Sequence[int], mine: int) -> int | None:
    """A campaign that says the same, was launched by somebody else and is not among those `seen`; None when there is
    none. Inside the transaction that launches `mine`: of two at one moment, the second to get here sees the first."""
    if connection.dialect.name != "sqlite":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtext(content_key))))
    c = t.campaign.c
    return connection.scalar(
        sa.select(c.id)
        .where(c.content_key == content_key, c.status != CampaignStatus.DRAFT.value, c.id.not_in([*seen, mine]))
        .limit(1)
    )


def result_batches(
    database: Database, campaign_id: int, statuses: Sequence[RecipientStatus] = ()
) -> Iterator[pa.Table]:
    """The delivery report in blocks of up to 20,000 recipients: `seq`, `words` (the provider's own),
    `REPORT_COLUMNS`, then the sheet's own columns as `own:name`.

    Raw values: `phone` with its plus, `reason` as a code, times as seconds since 1970.
    """
    with database.reading() as connection:
        blocks = connection.execute(
            sa.select(t.sheet_part.c.lo, t.sheet_part.c.hi)
            .where(t.sheet_part.c.campaign_id == campaign_id, t.sheet_part.c.part == "contacts")
            .order_by(t.sheet_part.c.no)
        ).all()
    for lo, hi in blocks:
        yield result_block(database, campaign_id, lo, hi, statuses)


def result_block(
    database: Database, campaign_id: int, lo: int, hi: int, statuses: Sequence[RecipientStatus] = ()
) -> pa.Table:
    """One block of the delivery report, for recipients `lo` (included) to `hi` (excluded)."""
    with database.reading() as connection:
        rows = connection.execute(_results(campaign_id, statuses).where(_between(lo, hi))).all()
        own = connection.execute(
            sa.select(t.sheet_part.c.arrow).where(
                t.sheet_part.c.campaign_id == campaign_id,
                t.sheet_part.c.part == "contacts",
                t.sheet_part.c.no == lo // BLOCK,
            )
        ).scalar_one()
    return _joined(rows, unpacked(own), lo)


def _between(lo: int, hi: int) -> sa.ColumnElement[bool]:
    return sa.and_(t.recipient.c.seq >= lo, t.recipient.c.seq < hi)


def _results(campaign_id: int, statuses: Sequence[RecipientStatus]) -> sa.Select:
    r = t.recipient.c
    columns = (r[column.source].label(column.name) for column in REPORT_COLUMNS)
    query = sa.select(r.seq, r.words, *columns).where(r.campaign_id == campaign_id).order_by(r.seq)
    return query.where(r.status.in_([s.value for s in statuses])) if statuses else query


def _joined(rows: Sequence[sa.Row], own: pa.Table, lo: int) -> pa.Table:
    seq, words, *stored = zip(*rows, strict=True) if rows else ((),) * (2 + len(REPORT_COLUMNS))
    fixed = {"seq": pa.array(seq, pa.int32()), "words": pa.array(words, pa.string())}
    fixed |= {column.name: _array(column, values) for column, values in zip(REPORT_COLUMNS, stored, strict=True)}
    mine = own.take(pa.array([each - lo for each in seq], pa.int64()))
    return pa.table(fixed | {f"own:{name}": mine.column(name) for name in mine.column_names})


def _array(column: ReportColumn, values: Sequence[object]) -> pa.Array:
    if column.shown is Shown.PHONE:
        values = [f"+{number}" for number in values]
    return pa.array(values, column.type)


def result_page(
    database: Database,
    campaign_id: int,
    statuses: Sequence[RecipientStatus],
    msisdn_part: str,
    offset: int,
    limit: int,
    besides: Sequence[str] = (),
) -> pa.Table:
    """A page of the delivery report: recipients in `statuses` whose number holds the digits `msisdn_part` and whose
    reason is none of those `besides`."""
    query = _results(campaign_id, statuses)
    if besides:
        query = query.where(t.recipient.c.reason.not_in(besides))
    if msisdn_part:
        query = query.where(sa.cast(t.recipient.c.msisdn, sa.Text).contains(msisdn_part))
    with database.reading() as connection:
        rows = connection.execute(query.offset(offset).limit(limit)).all()
        by_block: dict[int, list[sa.Row]] = {}
        for row in rows:
            by_block.setdefault(row.seq // BLOCK, []).append(row)
        owns = {no: unpacked(arrow) for no, arrow in _own_blocks(connection, campaign_id, list(by_block) or [0])}
    pieces = [_joined(mine, owns[no], no * BLOCK) for no, mine in by_block.items()]
    # A campaign whose first block is still being written has no columns of its own yet.
    return pa.concat_tables(pieces) if pieces else _joined((), owns.get(0, pa.table({})), 0)


def _own_blocks(connection: sa.Connection, campaign_id: int, numbers: Sequence[int]) -> list[tuple[int, bytes]]:
    found = connection.execute(
        sa.select(t.sheet_part.c.no, t.sheet_part.c.arrow).where(
            t.sheet_part.c.campaign_id == campaign_id,
            t.sheet_part.c.part == "contacts",
            t.sheet_part.c.no.in_(numbers),
        )
    )
    return [tuple(row) for row in found]


def left_out(database: Database, campaign_id: int, part: str) -> pa.Table | None:
    """What was not addressed: `part` is problems, duplicates, opted_out or subtracted. None when there is nothing."""
    with database.reading() as connection:
        arrow = connection.execute(
            sa.select(t.sheet_part.c.arrow).where(
                t.sheet_part.c.campaign_id == campaign_id, t.sheet_part.c.part == part
            )
        ).scalar()
    return unpacked(arrow) if arrow else None
