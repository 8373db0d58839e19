"""What is looked for and put right in each column of text: blank rows, oversized cells, signs that nobody sees.

All of it works on Arrow's buffers: a column that holds nothing odd costs one look at its bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

UNSEEN = r"[\x01-\x08\x0b\x0c\x0e-\x1f\x7f\x{80}-\x{9f}\x{202a}-\x{202e}\x{2066}-\x{2069}\x{feff}]"
"""RE2: control characters but tab and line ends, bidirectional overrides and isolates, the byte order mark."""

_BLANKS = (
    r"\x{00}-\x{08}\x{0B}\x{0C}\x{0E}-\x{20}\x{7F}-\x{A0}\x{AD}\x{061C}\x{1680}\x{180E}\x{2000}-\x{200F}"
    r"\x{2028}-\x{202F}\x{205F}-\x{206F}\x{3000}\x{FEFF}\x{FFF9}-\x{FFFB}"
)
_TRIGGERS = r"=+\-@\t\r\n\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}\x{FE62}\x{FE63}\x{FE66}\x{FE6B}\x{2212}"
GUARD = rf"^'('*[{_BLANKS}]*[{_TRIGGERS}])"
"""RE2: a cell that a CSV writer guarded from being run as a formula (OWASP, "CSV Injection"): an apostrophe first."""

TAB, LINE_FEED, RETURN, SPACE, APOSTROPHE, DELETE = 9, 10, 13, 32, 39, 127
LEADS = (0xC2, 0xE2, 0xEF)
"""First bytes, in UTF-8, of all that `UNSEEN` names beyond ASCII."""


@dataclass(frozen=True)
class Oddity:
    """A cell that makes its row unusable: the position of its row, the position of its column, and the reason."""

    row: int
    column: int
    value: str
    code: str


def lengths_of(column: pa.StringArray) -> np.ndarray:
    """The length of each text in bytes."""
    return np.diff(_offsets(column))


def _offsets(column: pa.StringArray) -> np.ndarray:
    offsets = np.frombuffer(column.buffers()[1], np.int32) if column.buffers()[1] else np.zeros(1, np.int32)
    return offsets[column.offset : column.offset + len(column) + 1]


def _letters(column: pa.StringArray) -> np.ndarray:
    offsets = _offsets(column)
    if column.buffers()[2] is None:
        return np.zeros(0, np.uint8)
    return np.frombuffer(column.buffers()[2], np.uint8)[offsets[0] : offsets[-1]]


def swallowed_rows(column: pa.StringArray, separator: str) -> bool:
    """Whether a cell holds a line end together with a quote or a separator, as after a quote that was never closed."""
    letters = _letters(column)
    if not len(letters) or letters.min() > RETURN:
        return False
    broken = column.filter(pc.match_substring_regex(column, r"[\r\n]")).to_pylist()
    return any('"' in cell or separator in cell or cell.endswith(("\n", "\r")) for cell in broken)


def without_guard(column: pa.StringArray) -> pa.StringArray:
    """The column without the one apostrophe that a CSV writer set before a formula's first sign."""
    letters = _letters(column)
    if not (letters == APOSTROPHE).any():
        return column
    offsets = _offsets(column)
    starts = (offsets[:-1] - offsets[0])[np.diff(offsets) > 0]
    if not (letters[starts] == APOSTROPHE).any():
        return column
    return pc.replace_substring_regex(column, GUARD, r"\1")


def without_unseen(column: pa.StringArray) -> tuple[pa.StringArray, int]:
    """The column without characters that hide or turn text around, and how many cells held any."""
    if not _may_hold_unseen(_letters(column)):
        return column, 0
    touched = pc.sum(pc.match_substring_regex(column, UNSEEN)).as_py() or 0
    return (pc.replace_substring_regex(column, UNSEEN, ""), touched) if touched else (column, 0)


def _may_hold_unseen(letters: np.ndarray) -> bool:
    if not len(letters):
        return False
    if letters.min() < SPACE:
        kept = sum(np.count_nonzero(letters == sign) for sign in (TAB, LINE_FEED, RETURN))
        if np.count_nonzero(letters < SPACE) > kept:
            return True
    return letters.max() >= DELETE and any((letters == lead).any() for lead in (DELETE, *LEADS))


def oddities(columns: list[pa.StringArray], longest: int) -> list[Oddity]:
    """Cells with NUL bytes, and cells longer than `longest` characters."""
    found: list[Oddity] = []
    for position, column in enumerate(columns):
        letters = _letters(column)
        if len(letters) and not letters.min():
            found += _named(column, position, pc.match_substring(column, "\0"), "nul_byte")
        if len(column) and lengths_of(column).max() > longest:
            found += _named(column, position, pc.greater(pc.utf8_length(column), longest), "cell_too_long")
    return found


def _named(column: pa.StringArray, position: int, mask: pa.Array, code: str) -> list[Oddity]:
    rows = np.flatnonzero(mask.to_numpy(zero_copy_only=False))
    return [Oddity(int(row), position, column[row].as_py().replace("\0", "␀"), code) for row in rows]
