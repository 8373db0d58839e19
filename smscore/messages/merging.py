"""What each contact will read: the message merged with a table of contacts, column by column.

A message is compiled once into constants and columns; Arrow joins them for all rows at a time. A row that would read
wrong (a blank value, a value the template does not take, a text too long to be sent) is a problem, never a hole in a
sentence.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.dlt import split_constants
from smscore.errors import MessageError, Notice
from smscore.messages.alphabet import BASIC, EXTENSION, LOOK_ALIKES, simplify_punctuation
from smscore.messages.filling import AROUND, Columns, name_columns
from smscore.messages.findings import (
    find_bad_places,
    find_bad_texts,
    find_bad_values,
    find_blanks,
    find_long_values,
    list_first_problems,
)
from smscore.messages.kinds import TextRole
from smscore.messages.message import Message
from smscore.messages.placeholders import Field, Pattern, join_parts, parse
from smscore.messages.segments import Charset, Counts, count, count_column

OTP_DIGITS = 6
STAND_IN = "0" * OTP_DIGITS
_NO_FIELDS: Mapping[str, str] = MappingProxyType({})
_POSITION = re.compile(r"\{\{\s*(\d+)\s*\}\}")


@dataclass(frozen=True)
class Content:
    """What one recipient reads: the text, and the values in the order of the message's slots."""

    text: str = field(repr=False)
    values: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True)
class Merged:
    """What all contacts read, one entry a contact, in the contacts' order.

    texts: string (large_string from 2 GiB); values: one such array a slot; charset int8 (a `Charset`), units int32,
    segments int16 (a WhatsApp message, and a template whose body is unknown, count as one). kept: False where the row
    has a problem; such a row has empty texts and values and no segments. problems: row int32, column, value, code,
    reason, suggestion: one line for each row that is not kept, so kept rows + problems = contacts. warnings: values
    that look wrong and are kept.
    """

    texts: pa.Array = field(repr=False)
    values: tuple[pa.Array, ...] = field(repr=False)
    charset: np.ndarray
    units: np.ndarray
    segments: np.ndarray
    problems: pa.Table = field(repr=False)
    kept: np.ndarray
    warnings: tuple[Notice, ...] = ()

    def content(self, position: int) -> Content:
        """Return what the contact at `position` (from 0) reads."""
        return Content(self.texts[position].as_py(), tuple(column[position].as_py() for column in self.values))


def merge(message: Message, contacts: pa.Table) -> Merged:
    """Merge `message` with every row of `contacts` (an audience's contacts: row, phone, msisdn, the sheet's columns).

    A placeholder means a column of the sheet, else `phone` (E.164); spaces around a value are left out. A one-time
    code is a stand-in of six digits. Raises MessageError: unknown_placeholder, ambiguous_placeholder, lone_brace,
    empty_placeholder, slots_differ.
    """
    compiled = _compile(message, STAND_IN)
    columns = Columns.of(contacts, compiled.fields, message.plain)
    texts, *values = (columns.join(pattern) for pattern in (compiled.text, *compiled.slots))
    counts = _measure_texts(message, compiled.text, texts)
    findings = [*find_blanks(columns), *find_bad_values(message, values), *find_bad_places(message, values)]
    problems, kept = list_first_problems(_number_rows(contacts), [*findings, *find_bad_texts(message, texts, counts)])
    warnings = (*columns.warnings(), *find_long_values(message, values))
    merged = Merged(texts, tuple(values), counts.charset, counts.units, counts.segments, problems, kept, warnings)
    return merged if kept.all() else _empty_rows_with_problems(merged)


def preview(message: Message, fields: Mapping[str, str] = _NO_FIELDS) -> Content:
    """Return what a recipient with these columns would read; equal to `merge` for a row without problems.

    A blank value without default shows its placeholder, so that the hole is seen. A one-time code is a stand-in.
    Raises MessageError as `merge` does.
    """
    compiled = _compile(message, STAND_IN)
    return _read_content(compiled, Columns.of(_build_row(fields), compiled.fields, message.plain, holes=True))


def name_values(fields: Mapping[str, str]) -> dict[str, str]:
    """Return the value of one recipient under each name that a placeholder may give it, as `preview` finds them.

    fields: column → value, as for `preview`. Where two columns have one name, the first counts.
    """
    row = _build_row(fields)
    names, places = name_columns(row)
    return {name: row.column(place)[0].as_py() for name, place in reversed([*zip(names, places, strict=True)])}


def get_counting_rules() -> dict[str, object]:
    """Return by which signs texts are filled and counted, as plain data for code in another language.

    alphabet: the `basic` and `extension` characters of GSM-7; lookAlikes: sign → plain sign; around: the signs that are
    left out around a value; code: the stand-in for a one-time code.
    """
    alphabet = {"basic": BASIC, "extension": EXTENSION}
    return {"alphabet": alphabet, "lookAlikes": dict(LOOK_ALIKES), "around": AROUND, "code": STAND_IN}


def otp_content(message: Message, code: str, fields: Mapping[str, str] = _NO_FIELDS) -> Content:
    """Return what goes over the wire with a one-time code of six digits; never to be stored or logged.

    Raises MessageError: otp_without_code (the message has no `{code}`), otp_code_form, missing_value, and as `merge`.
    """
    if not re.fullmatch(f"[0-9]{{{OTP_DIGITS}}}", code):
        raise MessageError("otp_code_form", digits=OTP_DIGITS)
    if not holds_code(message):
        raise MessageError("otp_without_code")
    compiled = _compile(message, code)
    columns = Columns.of(_build_row(fields), compiled.fields, message.plain)
    for finding in find_blanks(columns):
        raise MessageError("missing_value", column=finding.column)
    return _read_content(compiled, columns)


def otp_text(message: Message, code: str, fields: Mapping[str, str] = _NO_FIELDS) -> str:
    """Return the text of `otp_content`."""
    return otp_content(message, code, fields).text


def holds_code(message: Message) -> bool:
    """Return whether a one-time message has `{code}` in it. Raises MessageError when its patterns cannot be read."""
    parts = [part for pattern in message.patterns for part in parse(pattern)]
    return any(isinstance(part, Field) and message.is_code(part.name) for part in parts)


@dataclass(frozen=True)
class _Compiled:
    text: Pattern
    slots: tuple[Pattern, ...]

    @property
    def fields(self) -> tuple[Field, ...]:
        patterns = (self.text, *self.slots)
        return tuple(dict.fromkeys(part for pattern in patterns for part in pattern if isinstance(part, Field)))


def _compile(message: Message, code: str) -> _Compiled:
    slots = tuple(_prepare_pattern(message, parse(slot.pattern), code) for slot in message.slots)
    if message.registered:
        return _Compiled(_fill_body(message.text, slots), slots)
    if message.spec.text is TextRole.PREVIEW:
        in_body = [pattern for pattern, slot in zip(slots, message.slots, strict=True) if slot.place == "body"]
        return _Compiled(_fill_positions(message.text, in_body), slots)
    return _Compiled(_prepare_pattern(message, parse(message.text), code), slots)


def _prepare_pattern(message: Message, pattern: Pattern, code: str) -> Pattern:
    """Return a pattern with the code in its place, and with plain punctuation when that was chosen."""
    parts = [code if isinstance(part, Field) and message.is_code(part.name) else part for part in pattern]
    return join_parts([_make_plain(part) for part in parts] if message.plain else parts)


def _make_plain(part: str | Field) -> str | Field:
    if isinstance(part, str):
        return simplify_punctuation(part)
    return part if part.default is None else replace(part, default=simplify_punctuation(part.default))


def _fill_body(body: str, slots: tuple[Pattern, ...]) -> Pattern:
    """Fill a registered body; the empty pattern when the body is unknown."""
    if not body:
        return ()
    around = split_constants(body)
    if len(around) != len(slots) + 1:
        raise MessageError("slots_differ", expected=len(around) - 1, found=len(slots))
    parts = [part for constant, slot in zip(around, slots, strict=False) for part in (constant, *slot)]
    return join_parts([*parts, around[-1]])


def _fill_positions(body: str, slots: list[Pattern]) -> Pattern:
    """Fill the `{{1}}` of a WhatsApp template's body; a position without a slot stays as it is written."""
    pieces = _POSITION.split(body)
    parts: list[str | Field] = [pieces[0]]
    for number, constant in zip(pieces[1::2], pieces[2::2], strict=True):
        place = int(number) - 1
        parts += [*(slots[place] if 0 <= place < len(slots) else (f"{{{{{number}}}}}",)), constant]
    return join_parts(parts)


def _measure_texts(message: Message, pattern: Pattern, texts: pa.Array) -> Counts:
    rows = len(texts)
    if not message.spec.counts_segments or message.body_unknown:
        units = pc.utf8_length(texts).to_numpy(zero_copy_only=False).astype(np.int32)
        return Counts(np.full(rows, Charset.GSM7, np.int8), units, np.ones(rows, np.int16))
    if any(isinstance(part, Field) for part in pattern):
        return count_column(texts)
    one = count("".join(part for part in pattern if isinstance(part, str)))
    sizes = ((one.charset, np.int8), (one.units, np.int32), (min(one.segments, np.iinfo(np.int16).max), np.int16))
    return Counts(*(np.full(rows, size, kind) for size, kind in sizes))


def _empty_rows_with_problems(merged: Merged) -> Merged:
    keep = pa.array(merged.kept)
    texts, *values = (pc.if_else(keep, column, pa.scalar("", column.type)) for column in (merged.texts, *merged.values))
    charset, units, segments = (
        np.where(merged.kept, column, 0).astype(column.dtype)
        for column in (merged.charset, merged.units, merged.segments)
    )
    return replace(merged, texts=texts, values=tuple(values), charset=charset, units=units, segments=segments)


def _number_rows(contacts: pa.Table) -> pa.Array:
    """Return the row numbers of the contacts' sheet; of a table that has none, its own with a header above."""
    if contacts.column_names[:1] == ["row"] and pa.types.is_integer(contacts.schema.types[0]):
        return contacts.column(0).cast(pa.int32()).combine_chunks()
    return pa.array(np.arange(2, contacts.num_rows + 2, dtype=np.int32))


def _build_row(fields: Mapping[str, str]) -> pa.Table:
    columns = [pa.array([2], pa.int32()), *(pa.array([value], pa.string()) for value in fields.values())]
    return pa.Table.from_arrays(columns, names=["row", *fields])


def _read_content(compiled: _Compiled, columns: Columns) -> Content:
    text, *values = (columns.join(pattern)[0].as_py() for pattern in (compiled.text, *compiled.slots))
    return Content(text, tuple(values))
