"""The provider's JSON, decoded strictly: what it says of which number, and nothing guessed.

The documented shape is `{id, data: [{recipient, messageId}], totalCount, message, error}`. Errors were seen as true, a
text or an object. NaN, a name written twice, a bottomless nesting, a list that is no list: all that is `NotUnderstood`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import repeat
from typing import Any, NamedTuple

from smscore.provider.transport import Reply

_LONGEST_ID = 200
_PLAIN_ENTRY = {"recipient", "messageId"}
_OWN_FIELDS = {"id", "data", "totalCount", "message", "error", "unicode", "flash"}
_OWN_ERROR_FIELDS = {"code", "message", "title"}
_PLAIN_LENGTHS = frozenset(range(10, 16))
_NO_ERROR = ("", "null", "none", "false", "0")
_REASONS = ("error", "reason", "errorMessage", "errorCode")
_SIGNS = re.compile(r"[\s+()\-.]")
_NUMBER = re.compile(r"(00)?[1-9][0-9]{9,14}")
_REFUSING = re.compile(r"failed|failure|rejected|refused|invalid|error|blocked", re.IGNORECASE)


class NotUnderstood(ValueError):
    """The answer is not JSON of the shape that the provider documents."""


class Entry(NamedTuple):
    """One entry of the list: its number (0 = none that can be read), as written, the id, the reason it was refused."""

    number: int
    shown: str
    id: str
    reason: str


@dataclass(frozen=True)
class Envelope:
    """A whole answer: the entries that say something, the total, whether it is an error, and the words for people.

    own: it is an error in the provider's own form, which no gateway in between writes.
    """

    entries: tuple[Entry, ...]
    total: int | None
    failed: bool
    words: str
    own: bool = False


def open_envelope(reply: Reply) -> Envelope:
    """Return the envelope in an answer. Raises NotUnderstood."""
    fields = _parse_object(reply)
    listed, error = fields.get("data"), fields.get("error")
    failed = _says_error(error)
    if not isinstance(listed, list | None) or (listed is None and not failed and reply.ok):
        raise NotUnderstood
    entries = _read_plain_entries(listed or ()) or tuple(
        entry for entry in map(_read_entry, listed or ()) if entry.id or entry.shown or entry.reason
    )
    words = _read_words(error) or _read_words(fields.get("message"))
    return Envelope(entries, _read_total(fields.get("totalCount")), failed, words, failed and _is_own_error(fields))


def parse_number(recipient: object) -> int:
    """Return a number as a provider writes it as a whole number: 919876543210, "+91 98765-43210". 0 when it is none."""
    if isinstance(recipient, int) and not isinstance(recipient, bool):
        return recipient if 10**9 <= recipient < 10**15 else 0
    digits = _SIGNS.sub("", recipient) if isinstance(recipient, str) else ""
    return int(digits) if _NUMBER.fullmatch(digits) else 0


def _parse_object(reply: Reply) -> dict[str, object]:
    try:
        text = reply.body.decode("utf-8-sig")
        fields = json.loads(text, parse_constant=_refuse_constant, object_pairs_hook=_refuse_repeated_names)
    except (ValueError, RecursionError):
        raise NotUnderstood from None
    if not isinstance(fields, dict):
        raise NotUnderstood
    return fields


def _refuse_constant(name: str) -> None:
    raise NotUnderstood(name)


def _refuse_repeated_names(pairs: list[tuple[str, object]]) -> dict[str, object]:
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise NotUnderstood
    return fields


def _says_error(error: object) -> bool:
    return bool(error) and not (isinstance(error, str) and error.lower() in _NO_ERROR)


def _is_own_error(fields: Mapping[str, object]) -> bool:
    """Return whether an error has the documented form {error: true, message}.

    Clients of the live service also expect a text or an object as `error`. Gateways write such errors, too, so a text
    counts only inside the whole envelope, an object only with the fields that were seen.
    """
    error = fields["error"]
    if not isinstance(fields.get("message"), str) or not fields.keys() <= _OWN_FIELDS:
        return False
    if isinstance(error, Mapping):
        return bool(error) and error.keys() <= _OWN_ERROR_FIELDS
    return error is True or {"data", "totalCount"} <= fields.keys()


def _read_words(error: object) -> str:
    if isinstance(error, Mapping):
        parts = (error.get("message"), error.get("title"), error.get("code"))
        return " ".join(str(part) for part in parts if part and isinstance(part, str | int))
    return error if isinstance(error, str) and error.lower() not in (*_NO_ERROR, "true") else ""


def _read_total(written: object) -> int | None:
    if isinstance(written, str) and re.fullmatch(r"[0-9]{1,9}", written):
        return int(written)
    return written if isinstance(written, int) and not isinstance(written, bool) else None


def _read_plain_entries(listed: Sequence[object]) -> tuple[Entry, ...]:
    """Return the entries of a list that has nothing but a number in digits and an id in each; () of any other.

    `_read_entry` says the same of each, in eight times the time.
    """
    entries: Sequence[Any] = listed  # whatever else is in the list raises what is caught here
    try:
        numbers = [entry["recipient"] for entry in entries]
        ids = [entry["messageId"] for entry in entries]
        digits, letters = "".join(numbers), "".join(ids)
    except (TypeError, KeyError, IndexError):
        return ()
    plain = (
        set(map(len, entries)) == {2}
        and digits.isascii()
        and digits.isdecimal()
        and _PLAIN_LENGTHS.issuperset(map(len, numbers))
        and not any(number[0] == "0" for number in numbers)
        and letters.isascii()
        and letters.isprintable()
        and " " not in letters
        and all(ids)
        and max(map(len, ids)) <= _LONGEST_ID
    )
    return tuple(map(Entry, map(int, numbers), numbers, ids, repeat(""))) if plain else ()


def _read_entry(entry: object) -> Entry:
    if not isinstance(entry, Mapping):
        raise NotUnderstood
    recipient = entry.get("recipient")
    if not isinstance(recipient, str | int | None):
        raise NotUnderstood
    shown = "" if recipient is None else str(recipient)
    reason = "" if entry.keys() == _PLAIN_ENTRY else _read_reason(entry)
    return Entry(parse_number(recipient), shown, _read_id(entry.get("messageId")), reason)


def _read_id(written: object) -> str:
    if written is None or written == "":
        return ""
    known = isinstance(written, str | int) and not isinstance(written, bool)
    text = str(written).strip()
    if not known or not text or not text.isprintable() or len(text) > _LONGEST_ID:
        raise NotUnderstood
    return text


def _read_reason(entry: Mapping[str, object]) -> str:
    marks = [mark for mark in map(entry.get, _REASONS) if _says_error(mark)]
    status = entry.get("status")
    if isinstance(status, str) and _REFUSING.fullmatch(status):
        marks.append(status)
    if not marks:
        return ""
    return " ".join(filter(None, map(_read_words, marks))) or _read_words(entry.get("message")) or "no reason given"
