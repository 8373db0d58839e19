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

RETURN, SPACE, APOSTROPHE, DELETE = 13, 32, 39, 127
_MAY_BEGIN_UNSEEN = np.isin(np.arange(256), [*range(1, 9), 11, 12, *range(14, 32), DELETE, 0xC2, 0xE2, 0xEF])
"""For each byte whether it begins, in UTF-8, any character that `UNSEEN` names."""


@dataclass(frozen=True)
class Oddity:
    """A cell that makes its row unusable: the position of its row, the position of its column, and the reason."""

    row: int
    column: int
    value: str
    code: str


@dataclass(frozen=True)
class Cells:
    """A column of text, and what one look at its bytes tells: `letters` are all bytes, those of row i from `begin[i]`
    to `begin[i + 1]`; `lowest` and `highest` are the least and the greatest of them (of none, those of a space)."""

    column: pa.StringArray
    begin: np.ndarray
    letters: np.ndarray
    lowest: int
    highest: int

    @classmethod
    def of(cls, column: pa.StringArray) -> Cells:
        """Look at a column without nulls."""
        _, places, content = column.buffers()
        begin = np.zeros(1, np.int32)
        if places:
            begin = np.frombuffer(places, np.int32)[column.offset : column.offset + len(column) + 1]
        if content is None or begin[0] == begin[-1]:
            return cls(column, begin - begin[0], np.zeros(0, np.uint8), SPACE, SPACE)
        letters = np.frombuffer(content, np.uint8)[begin[0] : begin[-1]]
        return cls(column, begin - begin[0] if begin[0] else begin, letters, int(letters.min()), int(letters.max()))

    @property
    def lengths(self) -> np.ndarray:
        """The length of each text in bytes."""
        return self.begin[1:] - self.begin[:-1]


def is_utf8(cells: Cells) -> bool:
    """Whether all texts are UTF-8. Whoever made the column may have left that open."""
    if cells.highest < 0x80:
        return True
    try:
        cells.column.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def swallowed_rows(cells: Cells, separator: str) -> bool:
    """Whether a cell holds a line end together with a quote or a separator, as after a quote that was never closed."""
    if cells.lowest > RETURN:
        return False
    broken = cells.column.filter(pc.match_substring_regex(cells.column, r"[\r\n]")).to_pylist()
    return any('"' in cell or separator in cell or cell.endswith(("\n", "\r")) for cell in broken)


def without_guard(cells: Cells) -> Cells:
    """The column without the one apostrophe that a CSV writer set before a formula's first sign."""
    if cells.lowest > APOSTROPHE or not (cells.letters == APOSTROPHE).any():
        return cells
    filled = np.flatnonzero(cells.lengths)
    guarded = filled[cells.letters[cells.begin[filled]] == APOSTROPHE]
    return Cells.of(_rewritten(cells.column, guarded, GUARD, r"\1")) if len(guarded) else cells


def without_unseen(cells: Cells) -> tuple[pa.StringArray, int]:
    """The column without characters that hide or turn text around, and how many cells held any."""
    if cells.lowest >= SPACE and cells.highest < DELETE:
        return cells.column, 0
    places = _unseen_places(cells.letters)
    if not len(places):
        return cells.column, 0
    rows = np.unique(np.searchsorted(cells.begin, places, side="right") - 1)
    return _rewritten(cells.column, rows, UNSEEN, ""), len(rows)


def _unseen_places(letters: np.ndarray) -> np.ndarray:
    """Where the characters of `UNSEEN` begin: a pattern over the whole column would take ten times as long."""
    places = np.flatnonzero(_MAY_BEGIN_UNSEEN.take(letters))
    if not len(places):
        return places
    last = len(letters) - 1
    lead, second, third = (letters[np.minimum(places + step, last)] for step in range(3))
    return places[
        (lead <= DELETE)
        | ((lead == 0xC2) & (second <= 0x9F))
        | ((lead == 0xE2) & (second == 0x80) & (third >= 0xAA) & (third <= 0xAE))
        | ((lead == 0xE2) & (second == 0x81) & (third >= 0xA6) & (third <= 0xA9))
        | ((lead == 0xEF) & (second == 0xBB) & (third == 0xBF))
    ]


def _rewritten(column: pa.StringArray, rows: np.ndarray, pattern: str, by: str) -> pa.StringArray:
    """The column with `pattern` replaced in the cells of `rows`, ascending."""
    mask = np.zeros(len(column), np.bool_)
    mask[rows] = True
    cells = pc.replace_substring_regex(column.take(pa.array(rows)), pattern, by)
    return pc.replace_with_mask(column, pa.array(mask), cells)


def oddities(columns: list[Cells], longest: int) -> list[Oddity]:
    """Cells with NUL bytes, and cells longer than `longest` characters."""
    found: list[Oddity] = []
    for position, cells in enumerate(columns):
        if not cells.lowest:
            found += _named(cells.column, position, pc.match_substring(cells.column, "\0"), "nul_byte")
        if len(cells.letters) > longest and cells.lengths.max() > longest:
            too_long = pc.greater(pc.utf8_length(cells.column), longest)
            found += _named(cells.column, position, too_long, "cell_too_long")
    return found


def _named(column: pa.StringArray, position: int, mask: pa.Array, code: str) -> list[Oddity]:
    rows = np.flatnonzero(mask.to_numpy(zero_copy_only=False))
    return [Oddity(int(row), position, column[row].as_py().replace("\0", "␀"), code) for row in rows]
