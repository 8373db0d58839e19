"""The ledger: every attempt to submit every recipient, read back from the recipients and the calls.

A recipient names its last call only, and how often it was submitted. The calls before it are those that cover its place
and came earlier. Nothing but proof that nothing left may queue a recipient again, so each of them must have given
somebody back; an attempt for which no such call is found is shown as one that may have reached its person.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from operator import attrgetter
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from smscore.campaigns import NEVER_LEFT, TAKEN, RecipientStatus
from smscore.store import tables as t
from smscore.store.database import Database
from smscore.store.unknowns import DECIDED

_SCHEMA = pa.schema(
    [
        ("phone", pa.string()),
        ("row", pa.int32()),
        ("attempt", pa.int32()),
        ("call_id", pa.string()),
        ("batch", pa.int32()),
        ("submitted_at", pa.float64()),
        ("answered_at", pa.float64()),
        ("verdict", pa.string()),
        ("code", pa.string()),
        ("http_status", pa.int32()),
        ("texted", pa.string()),
        ("status", pa.string()),
        ("message_id", pa.string()),
    ]
)
_TEXTED = dict.fromkeys((s.value for s in TAKEN), "yes") | dict.fromkeys(
    (s.value for s in (*NEVER_LEFT, RecipientStatus.OPTED_OUT)), "no"
)


def count_calls(database: Database, campaign_id: int) -> int:
    """Return how many calls to the provider a campaign has made."""
    with database.reading() as connection:
        return connection.execute(
            sa.select(sa.func.count()).select_from(t.call).where(t.call.c.campaign_id == campaign_id)
        ).scalar_one()


def read_ledger(database: Database, campaign_id: int) -> Iterator[pa.Table]:
    """Yield one line an attempt, in the order of the sheet's contents and then of time, a chunk at a time.

    phone with its plus · row of the sheet · attempt from 1, 0 for who was never submitted · call_id and how many
    recipients the call held (batch) · submitted_at, answered_at in seconds since 1970 · the call's verdict, code and
    HTTP status · texted: yes, no, or maybe (unknown, under way, counted as sent by a person) · the status and message
    id that it led to. All lines of a recipient stand in one table.
    """
    k = t.chunk.c
    with database.reading() as connection:
        chunks = connection.execute(sa.select(k.lo, k.hi).where(k.campaign_id == campaign_id).order_by(k.lo)).all()
    for lo, hi in chunks:
        with database.reading() as connection:
            recipients = connection.execute(_query_recipients(campaign_id, lo, hi)).all()
            earlier = _find_covering_calls(
                connection, campaign_id, lo, hi, {r.seq for r in recipients if r.attempts > 1}
            )
        lines = [line for r in recipients for line in _build_lines(r, earlier.get(r.seq, ()))]
        columns = zip(*lines, strict=True) if lines else ((),) * len(_SCHEMA)
        yield pa.table([pa.array(c, field.type) for c, field in zip(columns, _SCHEMA, strict=True)], schema=_SCHEMA)


def _query_recipients(campaign_id: int, lo: int, hi: int) -> sa.Select[Any]:
    r, c = t.recipient.c, t.call.c
    asked = (r.seq, r.msisdn, r.row, r.attempts, r.call_id, r.submitted_at, r.status, r.reason, r.message_id)
    of_call = (c.recipients, c.answered_at, c.verdict, c.code, c.http_status)
    return (
        sa.select(*asked, *of_call)
        .join(t.call, c.id == r.call_id, isouter=True)
        .where(r.campaign_id == campaign_id, r.seq >= lo, r.seq < hi)
        .order_by(r.seq)
    )


def _find_covering_calls(
    connection: sa.Connection, campaign_id: int, lo: int, hi: int, wanted: set[int]
) -> dict[int, list[sa.Row[Any]]]:
    """Return the calls that cover each `seq` in `wanted`. No call crosses a chunk."""
    c = t.call.c
    found: dict[int, list[sa.Row[Any]]] = {}
    if not wanted:
        return found
    calls = sa.select(t.call).where(c.campaign_id == campaign_id, c.first_seq >= lo, c.first_seq < hi)
    for call in connection.execute(calls):
        for seq in wanted.intersection(range(call.first_seq, call.last_seq + 1)):
            found.setdefault(seq, []).append(call)
    return found


def _build_lines(recipient: sa.Row[Any], covering: Sequence[sa.Row[Any]]) -> Iterator[tuple[object, ...]]:
    who, before = (f"+{recipient.msisdn}", recipient.row), recipient.attempts - 1
    held = _find_earlier_calls(recipient, covering, before)
    for attempt, call in enumerate(held, 1):
        texted = "no" if call.not_sent else "maybe"
        yield (*who, attempt, call.id, call.recipients, call.submitted_at, *_get_answer(call), texted, "queued", None)
    for attempt in range(len(held) + 1, before + 1):
        yield (*who, attempt, *(None,) * 7, "maybe", "queued", None)
    last = (recipient.attempts, recipient.call_id, recipient.recipients, recipient.submitted_at)
    texted = _get_texted_word(recipient)
    yield (*who, *last, *_get_answer(recipient), texted, recipient.status, recipient.message_id)


def _find_earlier_calls(recipient: sa.Row[Any], covering: Sequence[sa.Row[Any]], count: int) -> list[sa.Row[Any]]:
    """Return the `count` calls that held a recipient before its last, oldest first.

    A call over places with gaps covers some that it did not hold, so those that gave back and held every place that
    they cover are taken first.
    """
    earlier = [c for c in covering if c.id != recipient.call_id and c.submitted_at <= recipient.submitted_at]
    earlier.sort(key=lambda call: (not call.not_sent, call.recipients != call.last_seq - call.first_seq + 1))
    return sorted(earlier[:count], key=attrgetter("submitted_at"))


def _get_answer(call: sa.Row[Any]) -> tuple[object, ...]:
    return call.answered_at, call.verdict, call.code, call.http_status


def _get_texted_word(recipient: sa.Row[Any]) -> str:
    return "maybe" if recipient.reason in DECIDED else _TEXTED.get(recipient.status, "maybe")
