"""Delivery reports: stored first, answered, then applied, each once, forward only.

A report can arrive before our own response to the call is committed, twice, out of order, or for a message that is
not ours. So every report is a row of `delivery_event`, unique by fingerprint; its fate says what became of it:
waiting, applied, late (an older word than what we have), conflict (another end than the one we have), no_match.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from smscore.campaigns import NEXT_RECIPIENT, RecipientStatus
from smscore.store import tables as t
from smscore.store.bulk_insert import insert_new

QUARANTINE_SECONDS = 7 * 86_400
"""How long a report for an unknown message waits for its message."""

QUARANTINE_LIMIT = 100_000
"""How many of those are kept at most; a flood of forged ones must not fill the disk."""

OWN_ANSWER_SECONDS = 180.0
"""A report for an id that we do not know may be about a call of ours that is not recorded yet. It closes an unknown
recipient only after this long, when every call that was under way has been recorded or doubted."""

_WAITING: sa.ColumnElement[str] = sa.literal_column("'waiting'")


@dataclass(frozen=True)
class Event:
    """One delivery report: the message's id, the MSISDN it names (None when it names none), the status it gives,
    the provider's reason, and when that happened (seconds since 1970, None when not said)."""

    fingerprint: str
    channel: str
    message_id: str
    msisdn: int | None
    status: RecipientStatus
    reason: str
    happened_at: float | None


def store_events(connection: sa.Connection, events: Sequence[Event], now: float) -> int:
    """Keep `events`; return how many were new. One that was stored before is a replay and changes nothing."""
    rows = {
        event.fingerprint: {
            "fingerprint": event.fingerprint,
            "channel": event.channel,
            "message_id": event.message_id,
            "msisdn": event.msisdn,
            "status": event.status.value,
            "reason": event.reason,
            "happened_at": event.happened_at,
            "received_at": now,
        }
        for event in events
    }
    return insert_new(connection, t.delivery_event, list(rows.values()))


@dataclass
class _Ledger:
    """What a round decided, to be written with few statements."""

    fates: list[tuple[str, int]]
    reports: list[tuple[object, ...]]
    touched: set[tuple[int, int]]
    present: dict[tuple[int, int], RecipientStatus]

    def apply(self, event_id: int, where: tuple[int, int], status: RecipientStatus, row: tuple[object, ...]) -> None:
        """Take a report as its recipient's newest word."""
        self.fates.append(("applied", event_id))
        self.reports.append(row)
        self.touched.add(where)
        self.present[where] = status


def apply_waiting(connection: sa.Connection, now: float, since: float = 0.0, limit: int = 2_000) -> int:
    """Apply reports that wait, received after `since` (seconds since 1970), whose message is known by now, oldest
    first; return how many were settled. Only status, reason and time change, and a status only goes forward."""
    e, r = t.delivery_event.c, t.recipient.c
    matched = connection.execute(
        sa.select(e.id, e.status, e.reason, e.msisdn, r.campaign_id, r.seq, r.status.label("present"),
                  r.msisdn.label("mine"))
        .join(t.recipient, r.message_id == e.message_id)
        .where(e.fate == _WAITING, e.message_id != "", e.received_at >= since)
        .order_by(e.id)
        .limit(limit)
    ).all()  # fmt: skip
    ledger = _Ledger([], [], set(), {})
    for rows in _group_by_event(matched):
        _settle(ledger, rows, now)
    _write(connection, ledger)
    return len(ledger.fates) + _close_unknown(connection, now, since, limit)


def _group_by_event(rows: Iterable[Any]) -> Iterable[list[Any]]:
    """Return the matched rows of each report, in the order of the reports."""
    by_event: dict[int, list[Any]] = {}
    for row in rows:
        by_event.setdefault(row.id, []).append(row)
    return by_event.values()


def _settle(ledger: _Ledger, rows: list[Any], now: float) -> None:
    named = [row for row in rows if row.msisdn is None or row.msisdn == row.mine]
    if len(named) != 1:
        # The same id on several recipients, or a number that is not the message's: never a guess.
        ledger.fates.append(("no_match", rows[0].id))
        return
    row = named[0]
    where = (row.campaign_id, row.seq)
    status, wanted = ledger.present.get(where, RecipientStatus(row.present)), RecipientStatus(row.status)
    if wanted in NEXT_RECIPIENT[status]:
        ledger.apply(row.id, where, wanted, (wanted.value, row.reason, now, *where, wanted.value))
    elif status not in (RecipientStatus.QUEUED, RecipientStatus.SUBMITTING):
        ended = not NEXT_RECIPIENT[status] and not NEXT_RECIPIENT[wanted] and wanted is not status
        ledger.fates.append(("conflict" if ended else "late", row.id))


_FORWARD = "WHERE campaign_id = {0} AND seq = {0} AND status IN ('unknown', 'accepted', 'sent') AND status <> {0}"

_REPORT = "UPDATE recipient SET status = {0}, reason = {0}, words = '', updated_at = {0} " + _FORWARD

_REPORT_NAMELESS = (
    "UPDATE recipient SET status = {0}, reason = {0}, words = '', updated_at = {0}, message_id = {0} "
    + _FORWARD
    + " AND message_id IS NULL"
)

_FATE = "UPDATE delivery_event SET fate = {0} WHERE id = {0}"

_DIRTY = "UPDATE chunk SET dirty = 1 WHERE campaign_id = {0} AND no = {0}"


def _write(connection: sa.Connection, ledger: _Ledger, report: str = _REPORT) -> None:
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    dirty = _find_chunks(connection, ledger.touched)
    for statement, rows in ((report, ledger.reports), (_DIRTY, dirty), (_FATE, ledger.fates)):
        if rows:
            connection.exec_driver_sql(statement.format(mark), rows)


def _find_chunks(connection: sa.Connection, recipients: set[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return `(campaign_id, no)` of the chunks that hold these `(campaign_id, seq)`."""
    k, found = t.chunk.c, set()
    for campaign_id in {each for each, _ in recipients}:
        seqs = [seq for each, seq in recipients if each == campaign_id]
        chunks = connection.execute(
            sa.select(k.no, k.lo, k.hi).where(k.campaign_id == campaign_id, k.hi > min(seqs), k.lo <= max(seqs))
        ).all()
        found |= {(campaign_id, no) for no, lo, hi in chunks if any(lo <= seq < hi for seq in seqs)}
    return sorted(found)


def _close_unknown(connection: sa.Connection, now: float, since: float, limit: int) -> int:
    """Close unknown recipients by reports for messages whose id we never learned, when it can only be that one.

    Of all recipients in all campaigns whose message has no known id (the unknown, and those a person counted as sent)
    it must be the only one with this number, submitted before the report came.
    """
    e, r = t.delivery_event.c, t.recipient.c
    named = t.recipient.alias()
    known = sa.select(named.c.seq).where(named.c.message_id == e.message_id).exists()
    rows = connection.execute(
        sa.select(e.id, e.status, e.reason, e.message_id, e.received_at, r.campaign_id, r.seq, r.submitted_at)
        .join(t.recipient, sa.and_(r.msisdn == e.msisdn, sa.text(t.NAMELESS)))
        .where(e.fate == _WAITING, e.received_at >= since, e.received_at <= now - OWN_ANSWER_SECONDS)
        .where(e.message_id != "", ~known)
        .order_by(e.id)
        .limit(limit)
    ).all()
    ledger = _Ledger([], [], set(), {})
    for row in (only[0] for only in _group_by_event(rows) if len(only) == 1):
        where = (row.campaign_id, row.seq)
        if (row.submitted_at or 0) <= row.received_at and where not in ledger.present:
            said = (row.status, row.reason, now, row.message_id, *where, row.status)
            ledger.apply(row.id, where, RecipientStatus(row.status), said)
    _write(connection, ledger, _REPORT_NAMELESS)
    return len(ledger.fates)


def delete_strangers(connection: sa.Connection, now: float) -> int:
    """Delete the reports that waited too long, and the oldest of too many; return how many."""
    e = t.delivery_event.c
    old = connection.execute(
        sa.delete(t.delivery_event).where(e.fate == _WAITING, e.received_at < now - QUARANTINE_SECONDS)
    ).rowcount
    newest = sa.select(e.id).where(e.fate == _WAITING).order_by(e.id.desc()).offset(QUARANTINE_LIMIT).limit(1)
    border = connection.execute(newest).scalar()
    if border is None:
        return old
    return old + connection.execute(sa.delete(t.delivery_event).where(e.fate == _WAITING, e.id <= border)).rowcount


def has_waiting_reports(connection: sa.Connection, since: float = 0.0) -> bool:
    """Return whether any report received after `since` has not been settled; a cheap look before the writer's turn."""
    e = t.delivery_event.c
    query = sa.select(e.id).where(e.fate == _WAITING, e.received_at >= since).limit(1)
    return connection.execute(query).first() is not None
