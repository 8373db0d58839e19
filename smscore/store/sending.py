"""The write-ahead: why nobody is ever texted twice.

One conditional UPDATE moves recipients from `queued` to `submitting`, under a fresh call id, and is committed before
the first byte leaves. Whatever an engine does (runs a job twice, recovers one that still runs, wakes a frozen worker)
only one such UPDATE can win a row, and nothing moves a row back to `queued` but an answer to that very call which
proves that nothing left. A crash leaves `submitting`; the next run of the chunk calls it `unknown`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import NamedTuple

import sqlalchemy as sa

from smscore.campaigns import RecipientStatus
from smscore.errors import StoreError
from smscore.store import tables as t
from smscore.store.bulk_insert import insert_rows
from smscore.store.chunks import Chunk

_QUEUED, _SUBMITTING, _UNKNOWN, _ACCEPTED = (
    RecipientStatus.QUEUED.value,
    RecipientStatus.SUBMITTING.value,
    RecipientStatus.UNKNOWN.value,
    RecipientStatus.ACCEPTED.value,
)


class QueuedSpan(NamedTuple):
    """Queued recipients of equal content that one call may take: places from `first` to `last`, `number` of them."""

    content_no: int
    first: int
    last: int
    number: int


@dataclass(frozen=True)
class NextQueued:
    """Recipients that could be sent next, as spans of equal content."""

    spans: tuple[QueuedSpan, ...]

    @property
    def number(self) -> int:
        """How many recipients all spans hold."""
        return sum(span.number for span in self.spans)


@dataclass(frozen=True)
class Claimed:
    """One call about to be made: its id, and the recipients that it alone may text."""

    call_id: str
    content_no: int
    seqs: tuple[int, ...]
    msisdns: tuple[int, ...]


_QUEUED_ROWS = (
    "SELECT seq, content_no FROM recipient WHERE campaign_id = :campaign AND seq >= :lo AND seq < :hi "
    "AND status = 'queued' ORDER BY seq LIMIT :limit"
)

_NEXT = sa.text(_QUEUED_ROWS)

_NEXT_SPANS = sa.text(
    f"SELECT content_no, MIN(seq), MAX(seq), COUNT(*) FROM ({_QUEUED_ROWS}) AS found GROUP BY content_no ORDER BY 2"
)


def find_next_queued(
    connection: sa.Connection, chunk: Chunk, start: int, limit: int, one_by_one: bool, batch_size: int
) -> NextQueued:
    """Return the next queued recipients of `chunk` from `start` on, at most `limit`, in spans of equal content of at
    most `batch_size`. With `one_by_one` every recipient is a span of its own."""
    where = {"campaign": chunk.campaign_id, "lo": start, "hi": chunk.hi, "limit": limit}
    if not one_by_one:
        found = [QueuedSpan(*row) for row in connection.execute(_NEXT_SPANS, where)]
        if all(span.last - span.first + 1 == span.number for span in found):
            return NextQueued(tuple(part for span in found for part in _cut(span, batch_size)))
    rows = [(seq, content_no) for seq, content_no in connection.execute(_NEXT, where)]
    return NextQueued(tuple(_join_neighbours(rows, 1 if one_by_one else batch_size)))


def _join_neighbours(rows: Iterable[tuple[int, int]], size: int) -> list[QueuedSpan]:
    """Join neighbouring rows `(seq, content_no)` of equal content into spans of at most `size` recipients."""
    spans: list[QueuedSpan] = []
    for seq, content_no in rows:
        span = spans[-1] if spans else None
        if span and span.content_no == content_no and span.number < size:
            spans[-1] = QueuedSpan(content_no, span.first, seq, span.number + 1)
        else:
            spans.append(QueuedSpan(content_no, seq, seq, 1))
    return spans


def _cut(span: QueuedSpan, size: int) -> Iterator[QueuedSpan]:
    """Cut a span without gaps into spans of at most `size`."""
    for begin in range(span.first, span.last + 1, size):
        end = min(begin + size - 1, span.last)
        yield QueuedSpan(span.content_no, begin, end, end - begin + 1)


_OPTED_OUT = sa.text(
    "UPDATE recipient SET status = 'opted_out', updated_at = :now WHERE campaign_id = :campaign AND seq >= :first "
    "AND seq <= :last AND status = 'queued' AND msisdn IN (SELECT msisdn FROM opt_out)"
)

# The write-ahead: whatever runs twice, one UPDATE wins, and a run that was paused or replaced meanwhile wins nobody.
_CLAIM = (
    "UPDATE recipient SET status = 'submitting', call_id = {call_id}, submitted_at = :now, updated_at = :now, "
    "attempts = attempts + 1, reason = '', words = '' WHERE campaign_id = :campaign AND seq >= :first "
    "AND seq <= :last AND status = 'queued' AND EXISTS (SELECT 1 FROM campaign WHERE id = :campaign "
    "AND status = 'running' AND run_no = :run)"
)

_CLAIM_SPAN = sa.text(_CLAIM.format(call_id=":call"))

_CLAIM_EACH = sa.text(
    _CLAIM.format(call_id=":token || '-' || CAST(seq AS TEXT)") + " RETURNING seq, msisdn, content_no"
)

# One row however many recipients: SQLite's driver gives up the interpreter before each row and must win it back.
_OF_CALL = (
    "SELECT {join}(CAST(seq AS TEXT), ','), {join}(CAST(msisdn AS TEXT), ','), MIN(content_no), MAX(content_no) "
    "FROM recipient WHERE campaign_id = :campaign AND seq >= :first AND seq <= :last AND call_id = :call"
)

_OF_CALL_BY_DIALECT = {
    "sqlite": sa.text(_OF_CALL.format(join="group_concat")),
    "postgresql": sa.text(_OF_CALL.format(join="string_agg")),
}


def claim(
    connection: sa.Connection, chunk: Chunk, spans: Sequence[QueuedSpan], token: str, now: float
) -> tuple[Claimed, ...]:
    """Take `spans` for sending, one call a span; only recipients named in the answer may be sent, after the commit.

    `token` is fresh, so that its call ids are on no row but those that this very claim wins. Nothing is taken when the
    campaign is not running any more. Those who opted out meanwhile are set aside here.
    """
    if not spans:
        return ()
    where: dict[str, object] = {"campaign": chunk.campaign_id, "now": now, "run": chunk.run_no}
    whole: dict[str, object] = {"first": spans[0].first, "last": spans[-1].last}
    connection.execute(_OPTED_OUT, {"campaign": chunk.campaign_id, "now": now} | whole)
    if all(span.number == 1 for span in spans):
        claimed = _claim_each(connection, where | whole, token)
    else:
        claimed = [each for span in spans for each in _claim_span(connection, where, span, f"{token}-{span.first}")]
    insert_rows(connection, t.call, _CALL_COLUMNS, [_build_call_row(chunk, each, now) for each in claimed])
    return tuple(claimed)


def _claim_each(connection: sa.Connection, where: Mapping[str, object], token: str) -> list[Claimed]:
    """Claim a range of recipients with a call for each."""
    rows = connection.execute(_CLAIM_EACH, {**where, "token": token}).all()
    ordered = sorted(rows, key=itemgetter(0))
    return [Claimed(f"{token}-{seq}", content_no, (seq,), (msisdn,)) for seq, msisdn, content_no in ordered]


def _claim_span(
    connection: sa.Connection, where: Mapping[str, object], span: QueuedSpan, call_id: str
) -> Iterator[Claimed]:
    """Claim a span with one call for all; nothing when nobody in it was won."""
    where = {**where, "first": span.first, "last": span.last, "call": call_id}
    if not connection.execute(_CLAIM_SPAN, where).rowcount:
        return
    found = connection.execute(_OF_CALL_BY_DIALECT[connection.dialect.name], where).one()
    seqs, msisdns = ([int(number) for number in numbers.split(",")] for numbers in found[:2])
    pairs = sorted(zip(seqs, msisdns, strict=True))
    if found[2] != found[3]:
        raise StoreError("mixed_call")
    yield Claimed(call_id, found[2], tuple(seq for seq, _ in pairs), tuple(msisdn for _, msisdn in pairs))


_CALL_COLUMNS = ("id", "campaign_id", "first_seq", "last_seq", "recipients", "submitted_at")


def _build_call_row(chunk: Chunk, claimed: Claimed, now: float) -> tuple[object, ...]:
    return (claimed.call_id, chunk.campaign_id, claimed.seqs[0], claimed.seqs[-1], len(claimed.seqs), now)
