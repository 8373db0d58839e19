"""Reading an answer: from status and bytes to one `Answer`.

Numbers are matched by value, never by position. Ids that name our numbers are believed whatever the status; a refusal
is believed in the provider's own JSON only. Everything else that is not understood, or contradicts itself, leaves its
recipients unknown.
"""

from __future__ import annotations

import re
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from email.utils import parsedate_to_datetime

from smscore.provider.answer import NUMBER_IN_WORDS, Answer, Facts, Question, build_answer, mask_number
from smscore.provider.cases import CASES, FINDINGS, FOREIGN, REFUSALS, STATUSES, Refusal, Verdict
from smscore.provider.envelope import Entry, Envelope, NotUnderstood, open_envelope, parse_number
from smscore.provider.transport import NoReply, Reply

_SHORTEST_WAIT, _LONGEST_WAIT, _GARBLED_WAIT = 1.0, 900.0, 60.0
_EXCERPT = 1000
_MOST_STRANGERS = 100


def read_answer(reply: Reply | NoReply, question: Question, now: float | None = None) -> Answer:
    """Return the Answer to a call, whatever came back. `now`: Unix seconds, for a Retry-After written as a date."""
    if isinstance(reply, NoReply):
        return build_answer(reply.code, question, http_status=reply.status)
    wait = read_retry_after(reply, now) if reply.status in (429, 503) else None
    return replace(_read_whole(reply, question), http_status=reply.status, retry_after=wait)


def _read_whole(reply: Reply, question: Question) -> Answer:
    try:
        envelope = open_envelope(reply)
    except NotUnderstood:
        return _build_unread_answer(reply, question)
    if _names_recipients(envelope, reply):
        if reply.repeated:
            return build_answer("repeated_answer", question, total=envelope.total)
        return _read_by_number(envelope, reply, question)
    return _read_as_a_whole(envelope, reply, question)


def _names_recipients(envelope: Envelope, reply: Reply) -> bool:
    if any(entry.id for entry in envelope.entries) or (reply.ok and not envelope.failed):
        return True
    known = _find_refusal(envelope, reply)
    return (
        reply.ok and any(entry.reason for entry in envelope.entries) and not (known and known.code != "number_refused")
    )


# ---------------------------------------------------------------- number by number


def _read_by_number(envelope: Envelope, reply: Reply, question: Question) -> Answer:
    asked = frozenset(question.numbers)
    entries = _assign_numbers(envelope.entries, question) if _is_in_order(envelope, question) else envelope.entries
    doubtful = {entry.number for entry in entries if entry.id and entry.reason}
    ids = _find_first_of_each(((entry.number, entry.id) for entry in entries if entry.id), asked - doubtful)
    reasons = ((entry.number, question.clean(entry.reason)) for entry in entries if entry.reason)
    answer = Answer(
        Verdict.ANSWERED,
        ids=ids,
        refused=_find_first_of_each(reasons, asked - doubtful - ids.keys()),
        ambiguous=_find_ambiguous(entries, ids),
        strangers=_find_strangers(entries, asked),
        words=question.clean(envelope.words) if envelope.failed else "",
        asked=len(asked),
        total=envelope.total,
    )
    contradicts = bool(doubtful) or bool(ids) and (envelope.failed or not reply.ok)
    return _judge(answer, entries, contradicts)


def _is_in_order(envelope: Envelope, question: Question) -> bool:
    """Return whether ids without numbers can be read: only where there is one of each, as no order is documented."""
    bare = all(entry.id and not entry.shown for entry in envelope.entries)
    return bare and len(question.numbers) == len(envelope.entries) == 1 and envelope.total in (None, 1)


def _assign_numbers(entries: Sequence[Entry], question: Question) -> tuple[Entry, ...]:
    pairs = zip(entries, question.numbers, strict=True)
    return tuple(entry._replace(number=number, shown=str(number)) for entry, number in pairs)


def _find_first_of_each(pairs: Iterable[tuple[int, str]], among: frozenset[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    for number, text in pairs:
        if number in among:
            found.setdefault(number, text)
    return found


def _find_ambiguous(entries: Iterable[Entry], ids: Mapping[int, str]) -> frozenset[int]:
    pairs = {(entry.id, entry.number) for entry in entries if entry.id}
    by_id = Counter(id_ for id_, _ in pairs)
    by_number = Counter(number for _, number in pairs)
    return frozenset(number for number, id_ in ids.items() if by_id[id_] > 1 or by_number[number] > 1)


def _find_strangers(entries: Iterable[Entry], asked: frozenset[int]) -> tuple[str, ...]:
    shown = (mask_number(entry.shown) for entry in entries if entry.shown and entry.number not in asked)
    return tuple(shown)[:_MOST_STRANGERS]


def _judge(answer: Answer, entries: Sequence[Entry], contradicts: bool) -> Answer:
    missing = answer.asked - len(answer.ids) - len(answer.refused)
    findings = {
        "contradiction": contradicts,
        "strangers": bool(answer.strangers),
        "no_numbers": any(entry.id and not entry.shown for entry in entries),
        "wrong_count": _has_wrong_count(answer, len(entries), missing),
        "many_missing": missing * 100 > answer.asked,
        "few_missing": missing > 0,
        "same_id": bool(answer.ambiguous),
        "some_refused": bool(answer.refused),
        "": True,
    }
    code = next(name for name in FINDINGS if findings[name])
    case = CASES[code]
    verdict = Verdict.ANSWERED if answer.ids or answer.refused else Verdict.UNKNOWN
    return replace(answer, verdict=verdict, code=code, effect=case.effect, pause_after=case.after, rest=case.rest)


def _has_wrong_count(answer: Answer, entries: int, missing: int) -> bool:
    """Return whether the total is wrong.

    A short list whose total is that of the request or its own is `missing`; any other total is a wrong count.
    """
    plausible = {None, answer.asked, len(answer.ids)} | ({entries} if missing else set())
    return entries > answer.asked or answer.total not in plausible


# ---------------------------------------------------------------- as a whole


def _read_as_a_whole(envelope: Envelope, reply: Reply, question: Question) -> Answer:
    if not envelope.own and not reply.ok:
        return _build_unread_answer(reply, question)
    facts: Facts = {"words": question.clean(envelope.words), "total": envelope.total}
    refusal = _find_refusal(envelope, reply)
    if reply.status in STATUSES:
        return build_answer(STATUSES[reply.status], question, **facts)
    if reply.status in (400, 422):
        return _read_client_error(refusal, envelope, question, facts)
    if refusal and refusal.code != "number_refused" and (refusal.sure or reply.ok):
        return build_answer(refusal.code, question, **facts)
    return build_answer("unknown_error" if reply.ok else _choose_trouble_code(reply), question, **facts)


def _find_refusal(envelope: Envelope, reply: Reply) -> Refusal | None:
    if reply.status >= 500 or not envelope.own:
        return None
    return next((refusal for refusal in REFUSALS if refusal.words.search(envelope.words)), None)


def _read_client_error(refusal: Refusal | None, envelope: Envelope, question: Question, facts: Facts) -> Answer:
    if refusal and refusal.code != "number_refused":
        return build_answer(refusal.code, question, **facts)
    named = _find_named(envelope) & set(question.numbers)
    if named and len(named) < len(question.numbers):
        answer = build_answer("some_numbers_refused", question, **facts)
        return replace(answer, refused=dict.fromkeys(named, answer.words))
    alone = (refusal or named) and len(question.numbers) == 1
    return build_answer("number_refused" if alone else "whole_refused", question, **facts)


def _find_named(envelope: Envelope) -> set[int]:
    in_words = {parse_number(found) for found in NUMBER_IN_WORDS.findall(envelope.words)}
    return in_words | {entry.number for entry in envelope.entries if entry.reason}


def _choose_trouble_code(reply: Reply) -> str:
    return "moved" if 300 <= reply.status < 400 else "server_error"


def _build_unread_answer(reply: Reply, question: Question) -> Answer:
    """Return the Answer to what is not the provider's own: whoever wrote it does not know what the provider did."""
    words = question.clean(reply.body[:_EXCERPT].decode("utf-8", "replace"))
    bodied = reply.ok or reply.status in (400, 422)
    code = FOREIGN.get(reply.status) or ("not_understood" if bodied else _choose_trouble_code(reply))
    return build_answer(code, question, words=words)


# ---------------------------------------------------------------- Retry-After


def read_retry_after(reply: Reply, now: float | None = None) -> float | None:
    """Return the seconds to wait: the header in seconds or as a date (RFC 9110 §10.2.3), between 1 s and 15 min.

    None when the header is absent, 60 when it cannot be read. A date is measured against the answer's own Date, so
    that a wrong clock on either side does no harm; without one, against `now` (default: this computer's clock).
    """
    written = reply.retry_after.strip()
    if not written:
        return None
    seconds = float(written) if re.fullmatch(r"[0-9]{1,9}", written) else _count_seconds_until(written, reply.date, now)
    return _GARBLED_WAIT if seconds is None else min(max(seconds, _SHORTEST_WAIT), _LONGEST_WAIT)


def _count_seconds_until(written: str, date: str, now: float | None) -> float | None:
    moment, since = _parse_date(written), _parse_date(date)
    if moment is None:
        return None
    if since is None:
        since = time.time() if now is None else now
    return moment - since


def _parse_date(written: str) -> float | None:
    try:
        return parsedate_to_datetime(written).timestamp()
    except (TypeError, ValueError, OverflowError, IndexError):
        return None
