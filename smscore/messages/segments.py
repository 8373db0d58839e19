"""How many segments a text takes: exact for one text, and exact and fast for a column of a million.

A single message holds 160 septets of GSM-7 or 70 code units of UCS-2; in a longer one every part gives six octets to
its header and holds 153 or 67 (3GPP TS 23.038 §4 and §6.2, 3GPP TS 23.040 §9.2.3.24.1). A character of two units (an
escaped GSM character, a surrogate pair) is never split: when it would begin on the last unit of a part, it moves to
the next part and that unit stays empty.

The column way works on the bytes of the Arrow buffers. Most rows need only their length and the number of two-unit
characters in them; the exact walk is done only for rows in which such a character begins on the last unit of a part.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.messages.alphabet import BASIC, EXTENSION, GSM, simplify_punctuation
from smscore.tables.texts import get_bytes, get_offsets

SINGLE = (160, 70)
PART = (153, 67)
LARGEST = 255  # 3GPP TS 23.040 §9.2.3.24.1: the number of parts is one octet


class Charset(IntEnum):
    """How a text travels: seven bits a character, or sixteen."""

    GSM7 = 0
    UCS2 = 1

    @property
    def label(self) -> str:
        """The name people know it by."""
        return ("GSM-7", "UCS-2 (Unicode)")[self]


@dataclass(frozen=True)
class Count:
    """One text measured: characters (code points), units (septets or UTF-16 code units), segments, units left over."""

    characters: int
    charset: Charset
    units: int
    segments: int
    left: int


@dataclass(frozen=True)
class Counts:
    """A column measured, one entry a row: charset int8 (a `Charset`), units int32, segments int16."""

    charset: np.ndarray
    units: np.ndarray
    segments: np.ndarray


@dataclass(frozen=True)
class Saving:
    """What plain punctuation would save: segments of the text as written, and with look-alikes."""

    before: int
    after: int

    @property
    def segments(self) -> int:
        """Segments saved per message; never negative."""
        return max(0, self.before - self.after)


def count(text: str) -> Count:
    """Measure one text exactly. An empty text takes no segment; `left` is what its last segment can still take."""
    charset = Charset.GSM7 if GSM.issuperset(text) else Charset.UCS2
    widths = _measure_widths(text, charset)
    units = sum(widths)
    if units <= SINGLE[charset]:
        return Count(len(text), charset, units, min(units, 1), SINGLE[charset] - units)
    parts, used = _fill_parts(widths, PART[charset])
    return Count(len(text), charset, units, parts, PART[charset] - used)


def measure_saving(text: str) -> Saving:
    """Return the segments of `text` as it is, and after `simplify_punctuation`."""
    return Saving(count(text).segments, count(simplify_punctuation(text)).segments)


def count_column(texts: pa.Array | pa.ChunkedArray) -> Counts:
    """Measure every text of a string column; equal to `count` row by row, a null counting as an empty text."""
    counts = _allocate_counts(len(texts))
    chunks = texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]
    end = 0
    for piece in (chunk.slice(at, _PIECE) for chunk in chunks for at in range(0, len(chunk), _PIECE)):
        start, end = end, end + len(piece)
        counted = _count_array(piece.fill_null("") if piece.null_count else piece)
        counts.charset[start:end] = counted.charset
        counts.units[start:end] = counted.units
        counts.segments[start:end] = counted.segments
    return counts


_PIECE = 8_192  # rows at a time: the temporaries stay in the processor's cache and cost no fresh memory


def _allocate_counts(rows: int) -> Counts:
    return Counts(np.empty(rows, np.int8), np.empty(rows, np.int32), np.empty(rows, np.int16))


def _measure_widths(text: str, charset: Charset) -> list[int]:
    if charset is Charset.GSM7:
        return [2 if character in EXTENSION else 1 for character in text]
    return [2 if character > "\uffff" else 1 for character in text]


def _fill_parts(widths: list[int], part: int) -> tuple[int, int]:
    parts, used = 1, 0
    for width in widths:
        if used + width > part:
            parts, used = parts + 1, 0
        used += width
    return parts, used


# One class a byte. ASCII outside GSM-7 and the extension characters are marked; everything beyond ASCII is told apart
# later, on the rows that have any.
_PLAIN, _DOUBLE, _FOREIGN = 0, 1, 2
_ASCII_CLASS = np.array(
    [_DOUBLE if chr(b) in EXTENSION else _PLAIN if chr(b) in GSM else _FOREIGN for b in range(128)] + [_PLAIN] * 128,
    np.uint8,
).tobytes()
_GSM_TEXT = f"^[{re.escape(BASIC + EXTENSION)}]*$"
_EURO_LEAD, _ASTRAL_LEAD = 0xE2, 0xF0  # in a GSM-7 text only the euro sign begins with E2


@dataclass(frozen=True)
class _Bytes:
    """The bytes of a string array and where each row begins; `starts` has one entry more than there are rows."""

    starts: np.ndarray
    content: np.ndarray

    def per_row(self, positions: np.ndarray) -> np.ndarray:
        return np.diff(np.searchsorted(positions, self.starts)).astype(np.int32)

    def row_of(self, positions: np.ndarray) -> np.ndarray:
        return np.repeat(np.arange(len(self.starts) - 1), self.per_row(positions))


def _read_bytes(texts: pa.Array) -> _Bytes:
    return _Bytes(get_offsets(texts), get_bytes(texts))


def _count_array(texts: pa.Array) -> Counts:
    ascii_only = pc.string_is_ascii(texts).to_numpy(zero_copy_only=False)
    if ascii_only.all():
        return _count_ascii(texts)
    if not ascii_only.any():
        return _count_wide(texts)
    return _merge_counts(ascii_only, _count_ascii(texts.filter(ascii_only)), _count_wide(texts.filter(~ascii_only)))


def _merge_counts(first_rows: np.ndarray, first: Counts, second: Counts) -> Counts:
    counts = _allocate_counts(len(first_rows))
    for rows, half in ((np.flatnonzero(first_rows), first), (np.flatnonzero(~first_rows), second)):
        counts.charset[rows], counts.units[rows], counts.segments[rows] = half.charset, half.units, half.segments
    return counts


def _count_ascii(texts: pa.Array) -> Counts:
    held = _read_bytes(texts)
    classes = np.frombuffer(held.content.tobytes().translate(_ASCII_CLASS), np.uint8)
    marked = np.flatnonzero(classes.view(bool))
    foreign = classes[marked] == _FOREIGN
    charset = (held.per_row(marked[foreign]) > 0).astype(np.int8)
    # In a UCS-2 text the extension characters are one unit like any other.
    doubles = marked[~foreign]
    doubles = doubles[charset[held.row_of(doubles)] == Charset.GSM7]
    units = np.diff(held.starts).astype(np.int32) + held.per_row(doubles)
    rows = held.row_of(doubles)
    return _finish_counts(charset, units, rows, doubles - held.starts[rows])


def _count_wide(texts: pa.Array) -> Counts:
    charset = (~pc.match_substring_regex(texts, _GSM_TEXT).to_numpy(zero_copy_only=False)).astype(np.int8)
    held = _read_bytes(texts)
    doubled = held.per_row(_find_doubles(held, charset))
    units = pc.utf8_length(texts).to_numpy(zero_copy_only=False).astype(np.int32) + doubled
    far = np.flatnonzero((doubled > 0) & (units > np.take(SINGLE, charset)))
    rows, places = _find_places(texts.take(pa.array(far)), charset[far])
    return _finish_counts(charset, units, far[rows], places)


def _find_doubles(held: _Bytes, charset: np.ndarray) -> np.ndarray:
    """Find the bytes at which a two-unit character begins, by the rule of each row's charset."""
    classes = np.frombuffer(held.content.tobytes().translate(_WIDE_CLASS), np.uint8)
    marked = np.flatnonzero(classes.view(bool))
    return marked[(classes[marked] == _IN_UCS2) == (charset[held.row_of(marked)] == Charset.UCS2)]


_IN_GSM, _IN_UCS2 = 1, 2
_WIDE_CLASS = np.array(
    [
        _IN_GSM if b == _EURO_LEAD or (b < 128 and chr(b) in EXTENSION) else _IN_UCS2 if b >= _ASTRAL_LEAD else 0
        for b in range(256)
    ],
    np.uint8,
).tobytes()


def _find_places(texts: pa.Array, charset: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Find the two-unit characters of `texts`: the row of each, and how many characters stand before it."""
    held = _read_bytes(texts)
    positions = _find_doubles(held, charset)
    rows = held.row_of(positions)
    # Bytes that continue a character take no place of their own.
    begun = np.concatenate([[0], np.cumsum((held.content & 0xC0) != 0x80)])
    return rows, begun[positions] - begun[held.starts[rows]]


def _finish_counts(charset: np.ndarray, units: np.ndarray, rows: np.ndarray, places: np.ndarray) -> Counts:
    """Finish the counts of a column whose two-unit characters stand in `rows`, ascending, after `places` characters."""
    part, long = np.take(PART, charset), units > np.take(SINGLE, charset)
    segments = np.where(long, -(-units // part), np.minimum(units, 1))
    begins = places + np.arange(len(rows)) - np.searchsorted(rows, rows)
    split = long[rows] & (begins % part[rows] == part[rows] - 1)
    walked = np.unique(rows[split])
    segments[walked] = _fill_parts_of_rows(walked, _build_keys(rows, begins), part, units)
    return Counts(charset, units, np.minimum(segments, np.iinfo(np.int16).max).astype(np.int16))


def _build_keys(rows: np.ndarray, begins: np.ndarray) -> np.ndarray:
    """Write a unit of a row as one number; ascending when rows are, and units within each."""
    return (rows.astype(np.int64) << 32) | begins


def _fill_parts_of_rows(rows: np.ndarray, doubles: np.ndarray, part: np.ndarray, units: np.ndarray) -> np.ndarray:
    """Fill the parts of each of `rows` one after the other, all rows at once, and return how many there are.

    `doubles` are the keys of the units at which a two-unit character begins.
    """
    parts = np.zeros(len(rows), np.int64)
    going, filled = np.arange(len(rows)), np.zeros(len(rows), np.int64)
    while len(going):
        parts[going] += 1
        row = rows[going]
        end = filled[going] + part[row]
        last = _build_keys(row, end - 1)
        near = np.minimum(np.searchsorted(doubles, last), len(doubles) - 1)
        filled[going] = end - (doubles[near] == last)
        going = going[filled[going] < units[row]]
    return parts
