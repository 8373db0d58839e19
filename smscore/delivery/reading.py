"""What a delivery report says, whatever shape it has: two tables, one of field names and one of status words.

The provider documents no payload for SMS reports, so field names and words are matched against all spellings that are
usual on Indian routes (SMPP words among them). Its WhatsApp webhook was seen live: one object a post, the status in
`statuses`. Whatever fits neither is refused as a whole, so that the sender tries again or is noticed.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from smscore.campaigns import RecipientStatus
from smscore.errors import DeskError
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
    """The reports in the body of one post of `channel` ("sms" or "whatsapp"); those that say nothing are left out.

    Raises DeskError("report_too_large" | "report_unreadable" | "too_many_reports").
    """
    if len(body) > LARGEST_BODY:
        raise DeskError("report_too_large", limit=LARGEST_BODY)
    entries = list(_entries(_parsed(body)))
    if len(entries) > MOST_REPORTS:
        raise DeskError("too_many_reports", limit=MOST_REPORTS)
    found = (_event(channel, _whatsapp(each) if channel == "whatsapp" else each, mapping) for each in entries)
    return tuple(each for each in found if each is not None)


def _parsed(body: bytes) -> object:
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


def _entries(parsed: object) -> Iterator[dict]:
    """One object a report: the body itself, a list, or the first list of objects inside it."""
    if isinstance(parsed, dict):
        inner = next((v for v in parsed.values() if isinstance(v, list) and v and isinstance(v[0], dict)), None)
        yield from _entries(inner) if inner is not None else iter([parsed])
    elif isinstance(parsed, list) and all(isinstance(each, dict) for each in parsed):
        yield from parsed
    else:
        raise DeskError("report_unreadable")


def _whatsapp(entry: dict) -> dict:
    """A WhatsApp post as a flat report; its `statuses` is one object: status, recipient, timestamp, error."""
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


def _event(channel: str, entry: dict, mapping: Mapping[str, tuple[str, ...]]) -> Event | None:
    flat = {re.sub("[^a-z]", "", str(key).lower()): value for key, value in entry.items()}
    read = {ours: next((flat[s] for s in spellings if flat.get(s) not in (None, "")), None)
            for ours, spellings in mapping.items()}  # fmt: skip
    return event_of(channel, **read)


def event_of(
    channel: str, message_id: object, msisdn: object, status: object, reason: object, happened_at: object
) -> Event | None:
    """A report from its five values as they were written; None when they say nothing of any message."""
    word = WORDS.get(re.sub("[^a-z]", "", str(status or "").lower()))
    number = msisdn_of(msisdn)
    name = str(message_id or "")[:200]
    if word is None or not (name or number):
        return None
    told = "" if word is RecipientStatus.DELIVERED else str(reason or "")[:200]
    happened = seconds_of(happened_at)
    print_of = hashlib.sha256(f"{channel}|{name}|{number}|{word}|{happened}".encode()).hexdigest()
    return Event(print_of, channel, name, number, word, told, happened)


def msisdn_of(written: object) -> int | None:
    """The digits of a number as the provider writes it, when they can be an MSISDN with its country code."""
    digits = re.sub(r"\D", "", str(written or ""))
    return int(digits) if re.fullmatch(r"[1-9]\d{9,14}", digits) else None


def seconds_of(written: object) -> float | None:
    """Seconds since 1970 from seconds or milliseconds, number or text, or an ISO time; None when it is neither."""
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
