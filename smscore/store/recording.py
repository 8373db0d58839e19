"""Recording the outcome of calls: one result for each recipient of the very call, and nothing for anybody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import sqlalchemy as sa

from smscore.campaigns import RecipientStatus
from smscore.store.unknowns import DECIDED


class Result(NamedTuple):
    """How one recipient of a call came out."""

    seq: int
    status: RecipientStatus
    message_id: str | None = None
    reason: str = ""
    words: str = ""


@dataclass(frozen=True)
class CallRecord:
    """How one call came out, for the ledger. Times in seconds since 1970."""

    call_id: str
    answered_at: float
    verdict: str
    code: str
    words: str
    http_status: int | None


_RECORD = (
    "UPDATE recipient SET status = {0}, message_id = {0}, reason = {0}, words = {0}, updated_at = {0} "
    "WHERE campaign_id = {0} AND seq = {0} AND call_id = {0} AND (status = 'submitting' OR (status = 'unknown' "
    f"AND ({{0}} = 'accepted' OR ({{0}} <> 'queued' AND reason NOT IN {DECIDED}))))"
)
_ACCEPT = (
    "UPDATE recipient SET status = 'accepted', message_id = {0}, reason = '', words = '', updated_at = {0} "
    "WHERE campaign_id = {0} AND seq = {0} AND call_id = {0} AND status IN ('submitting', 'unknown')"
)
_MANY = 20
"""From so many accepted recipients of one call on, one statement over their range takes less than one for each."""
# One value and not one for each row: between values SQLite's driver gives up the interpreter and must win it back.
# The ids of a range, filled up with spaces to one width and set side by side, blank where there is none.
_ACCEPT_RANGE = (
    "UPDATE recipient SET status = 'accepted', message_id = {id}, reason = '', words = '', updated_at = :now "
    "WHERE campaign_id = :campaign AND seq >= :first AND seq <= :last AND call_id = :call "
    "AND status IN ('submitting', 'unknown') AND {id} <> ''"
)
_ID_OF = {
    "sqlite": "rtrim(CAST(substr(:ids, (seq - :first) * :width + 1, :width) AS TEXT))",
    "postgresql": "rtrim(convert_from(substr(CAST(:ids AS bytea), (seq - :first) * :width + 1, :width), 'UTF8'))",
}
_ACCEPT_RANGE_BY_DIALECT = {name: sa.text(_ACCEPT_RANGE.format(id=id_of)) for name, id_of in _ID_OF.items()}
_CALL_ENDED = (
    "UPDATE call SET answered_at = {0}, verdict = {0}, code = {0}, words = {0}, http_status = {0}, accepted = {0}, "
    "refused = {0}, unknown = {0}, not_sent = {0} WHERE id = {0}"
)


def record(
    connection: sa.Connection, campaign_id: int, calls: Sequence[tuple[CallRecord, Sequence[Result]]], now: float
) -> None:
    """Write the outcomes of calls. Only rows that the very call submitted are touched, so a late answer of a worker
    that was thought dead still lands right, and never undoes what came after it. What was doubted meanwhile is never
    queued again, even by proof that nothing left: an operator may have sent it again elsewhere. Where an operator has
    decided so, only the news that it was accepted is written: a refusal would let a retry send it once more."""
    mark = "?" if connection.dialect.name == "sqlite" else "%s"
    accepted, others = [], []
    for call, results in calls:
        plain = [r for r in results if _is_plainly_accepted(r)]
        if len(plain) >= _MANY:
            _accept_range(connection, campaign_id, call.call_id, plain, now)
        else:
            accepted += [(r.message_id, now, campaign_id, r.seq, call.call_id) for r in plain]
        if len(plain) < len(results):
            rest = [r for r in results if not _is_plainly_accepted(r)]
            others += [_build_result_row(r, (now, campaign_id, r.seq, call.call_id)) for r in rest]
    if accepted:
        connection.exec_driver_sql(_ACCEPT.format(mark), accepted)
    if others:
        connection.exec_driver_sql(_RECORD.format(mark), others)
    if calls:
        connection.exec_driver_sql(_CALL_ENDED.format(mark), [_build_call_row(*each) for each in calls])


def _is_plainly_accepted(result: Result) -> bool:
    return result.status is RecipientStatus.ACCEPTED and bool(result.message_id) and not result.reason


def _build_result_row(result: Result, place: tuple[object, ...]) -> tuple[object, ...]:
    status = result.status.value
    return (status, result.message_id, result.reason, result.words, *place, status, status)


def _accept_range(
    connection: sa.Connection, campaign_id: int, call_id: str, results: Sequence[Result], now: float
) -> None:
    ids = {result.seq: (result.message_id or "").encode() for result in results}
    first, last, width = min(ids), max(ids), max(map(len, ids.values()))
    packed = b"".join(ids.get(seq, b"").ljust(width) for seq in range(first, last + 1))
    where = {"campaign": campaign_id, "first": first, "last": last, "call": call_id}
    statement = _ACCEPT_RANGE_BY_DIALECT[connection.dialect.name]
    connection.execute(statement, where | {"ids": packed, "width": width, "now": now})


def _build_call_row(call: CallRecord, results: Sequence[Result]) -> tuple[object, ...]:
    said = (call.answered_at, call.verdict, call.code, call.words, call.http_status)
    return (*said, *_count_statuses(results), call.call_id)


_COUNTED = (RecipientStatus.ACCEPTED, RecipientStatus.REFUSED, RecipientStatus.UNKNOWN, RecipientStatus.QUEUED)


def _count_statuses(results: Sequence[Result]) -> tuple[int, ...]:
    by_status = [result.status for result in results]
    return tuple(by_status.count(status) for status in _COUNTED)
