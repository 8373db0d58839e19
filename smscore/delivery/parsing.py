"""Reads delivery reports of any shape by two tables, one of field names and one of status words.

The provider documents no payload for SMS reports, so field names and words are matched against all spellings that are
usual on Indian routes (SMPP words among them). Its WhatsApp webhook was seen live: one object a post, the status in
`statuses`. Whatever fits neither is refused as a whole, so that the sender tries again or is noticed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from smscore.campaigns import RecipientStatus
from smscore.errors import DeskError, RowProblem
from smscore.store import Event

LARGEST_BODY = 64 * 1024
MOST_REPORTS = 1_000
_DEEPEST = 32

FIELDS: Mapping[str, tuple[str, ...]] = {
    "message_id": ("messageid", "msgid", "id", "smsid", "mid", "referenceid"),
    "msisdn": ("recipient", "msisdn", "mobile", "to", "number", "phone", "destination", "mobileno", "mobilenumber"),
    "status": ("status", "deliverystatus", "dlrstatus", "state", "response", "statusresponse"),
    "reason": ("errorcode", "error", "reason", "err", "errordescription", "cause", "description"),
    "happened_at": ("doneat", "donedate", "deliveredat", "timestamp", "time", "date", "deliverytime"),
}
"""Our field → its spellings, after removing case and everything but letters; the first that is present counts."""

WORDS: Mapping[str, RecipientStatus] = {
    **dict.fromkeys(("delivrd", "delivered", "read", "seen", "success"), RecipientStatus.DELIVERED),
    **dict.fromkeys(("sent", "enroute", "acceptd", "accepted", "submitted", "dispatched"), RecipientStatus.SENT),
    **dict.fromkeys(
        ("undeliv", "undelivered", "undeliverable", "rejectd", "rejected", "failed", "failure", "deleted", "blocked"),
        RecipientStatus.UNDELIVERED,
    ),
    **dict.fromkeys(("expired", "expire"), RecipientStatus.EXPIRED),
}
"""A provider's word for a status → ours. `UNKNOWN` and words not listed say nothing and change nothing."""


def read_reports(channel: str, body: bytes, mapping: Mapping[str, tuple[str, ...]] = FIELDS) -> tuple[Event, ...]:
    """Read the reports in the body of one post of `channel` ("sms" or "whatsapp"); those that say nothing are left out.

    Raises DeskError("report_too_large" | "report_unreadable" | "too_many_reports").
    """
    if len(body) > LARGEST_BODY:
        raise DeskError("report_too_large", limit=LARGEST_BODY)
    entries = list(_find_entries(_parse(body)))
    if len(entries) > MOST_REPORTS:
        raise DeskError("too_many_reports", limit=MOST_REPORTS)
    found = (
        _read_event(channel, _flatten_whatsapp(each) if channel == "whatsapp" else each, mapping) for each in entries
    )
    return tuple(each for each in found if each is not None)


def _parse(body: bytes) -> object:
    depth = deepest = 0
    for byte in body:
        depth += (byte in b"[{") - (byte in b"]}")
        deepest = max(deepest, depth)
    if deepest > _DEEPEST:
        raise DeskError("report_unreadable")
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as fault:
        raise DeskError("report_unreadable") from fault


def _find_entries(parsed: object) -> Iterator[dict[str, Any]]:
    """Find the objects that are reports: the body itself, a list, or the first list of objects inside it."""
    if isinstance(parsed, dict):
        inner = next((v for v in parsed.values() if isinstance(v, list) and v and isinstance(v[0], dict)), None)
        yield from _find_entries(inner) if inner is not None else iter([parsed])
    elif isinstance(parsed, list) and all(isinstance(each, dict) for each in parsed):
        yield from parsed
    else:
        raise DeskError("report_unreadable")


def _flatten_whatsapp(entry: dict[str, Any]) -> dict[str, Any]:
    """Flatten a WhatsApp post; its `statuses` is one object: status, recipient, timestamp, error."""
    statuses = entry.get("statuses")
    if entry.get("event") != "message_status" or not isinstance(statuses, dict):
        return {}
    error = statuses.get("error")
    reason = " ".join(str(error[k]) for k in ("code", "title") if error.get(k)) if isinstance(error, dict) else ""
    return {
        "messageId": entry.get("messageId"),
        "recipient": statuses.get("recipient"),
        "status": statuses.get("status"),
        "reason": reason,
        "timestamp": statuses.get("timestamp"),
    }


def _read_event(channel: str, entry: dict[str, Any], mapping: Mapping[str, tuple[str, ...]]) -> Event | None:
    flat = {_keep_letters(str(key)): value for key, value in entry.items()}
    read = {
        ours: next((flat[each] for each in spellings if flat.get(each) not in (None, "")), None)
        for ours, spellings in mapping.items()
    }
    return make_event(channel, **read)


def make_event(
    channel: str, message_id: object, msisdn: object, status: object, reason: object, happened_at: object
) -> Event | None:
    """Make a report of its five values as written; None when they say nothing of any message."""
    word = WORDS.get(_keep_letters(str(status or "")))
    number = read_msisdn(msisdn)
    name = str(message_id or "")[:200]
    if word is None or not (name or number):
        return None
    told = "" if word is RecipientStatus.DELIVERED else str(reason or "")[:200]
    happened = read_seconds(happened_at)
    print_of = hashlib.sha256(f"{channel}|{name}|{number}|{word}|{happened}".encode()).hexdigest()
    return Event(print_of, channel, name, number, word, told, happened)


def _keep_letters(written: str) -> str:
    return re.sub("[^a-z]", "", written.lower())


def read_msisdn(written: object) -> int | None:
    """Return the digits of a written number; None when they cannot be an MSISDN with its country code."""
    digits = re.sub(r"\D", "", str(written or ""))
    return int(digits) if re.fullmatch(r"[1-9]\d{9,14}", digits) else None


def read_seconds(written: object) -> float | None:
    """Read seconds since 1970 from seconds, milliseconds or an ISO time; None when it is none of them."""
    text = str(written or "").strip()
    if re.fullmatch(r"\d{10}(\.\d+)?", text):
        return float(text)
    if re.fullmatch(r"\d{13}", text):
        return int(text) / 1000
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


@dataclass(frozen=True)
class PortalFile:
    """The rows of a portal's report: those that tell of a message, and those that do not, with the reason."""

    events: tuple[Event, ...]
    problems: tuple[RowProblem, ...]


def read_portal_file(table: pa.Table, rows: Sequence[int]) -> PortalFile:
    """Read a table of text columns, found by their headers whatever their case and spacing.

    Raises DeskError("no_report_columns") when no column holds message ids or none holds statuses.
    """
    names = {ours: _find_column(table, spellings) for ours, spellings in FIELDS.items()}
    if not names["message_id"] or not names["status"]:
        raise DeskError("no_report_columns", columns=", ".join(table.column_names[:20]))
    columns = {ours: table.column(name).to_pylist() if name else [""] * table.num_rows for ours, name in names.items()}
    events, problems = [], []
    for row, values in zip(rows, zip(*columns.values(), strict=True), strict=True):
        read = dict(zip(columns, values, strict=True))
        event = make_event("file", **read)
        if event is not None and event.message_id:
            events.append(event)
        else:
            known = _keep_letters(read["status"]) in WORDS
            column, code = ("message_id", "no_message_id") if known else ("status", "unknown_report_word")
            problems.append(RowProblem(int(row), names[column], read[column], code))
    return PortalFile(tuple(events), tuple(problems))


def _find_column(table: pa.Table, spellings: Sequence[str]) -> str:
    plain = {_keep_letters(name): name for name in reversed(table.column_names)}
    return next((plain[each] for each in spellings if each in plain), "")
