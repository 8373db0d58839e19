"""Search and clean columns of text: page breaks, formula guards, oversized cells, invisible characters.

All of it works on Arrow's buffers: a column that holds nothing odd costs one look at its bytes.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.tables.texts import get_bytes, get_offsets

_BLANKS = (
    r"\x{00}-\x{08}\x{0B}\x{0C}\x{0E}-\x{20}\x{7F}-\x{A0}\x{AD}\x{061C}\x{1680}\x{180E}\x{2000}-\x{200F}"
    r"\x{2028}-\x{202F}\x{205F}-\x{206F}\x{3000}\x{FEFF}\x{FFF9}-\x{FFFB}"
)
_TRIGGERS = r"=+\-@\t\r\n\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}\x{FE62}\x{FE63}\x{FE66}\x{FE6B}\x{2212}"
GUARD = rf"^'('*[{_BLANKS}]*[{_TRIGGERS}])"
"""RE2: a cell that a CSV writer guarded from being run as a formula (OWASP, "CSV Injection"): an apostrophe first."""

TOGETHER = 64
VALUE_SHOWN, LONG_VALUE_SHOWN = 500, 120
"""How many characters are shown of a cell that cannot be used, and of one that is too long."""
PAGE_BREAK = 0x0C
"""What printers write between pages (form feed)."""
TAB, RETURN, SPACE, APOSTROPHE, LETTER, DELETE = 9, 13, 32, 39, 65, 127
_IS_TRIGGER, _MAY_PRECEDE_TRIGGER = (np.zeros(256, np.bool_) for _ in range(2))
_IS_TRIGGER[list(b"=+-@\t\r\n")] = True
_MAY_PRECEDE_TRIGGER[[*range(SPACE + 1), APOSTROPHE, *range(DELETE, 256)]] = True
_MAY_FOLLOW_GUARD = _IS_TRIGGER | _MAY_PRECEDE_TRIGGER
_MAY_BEGIN_UNSEEN = np.isin(np.arange(256), [*range(1, 9), 11, 12, *range(14, 32), DELETE, 0xC2, 0xE2, 0xEF])
"""For each byte whether it begins, in UTF-8, any invisible character: control characters but tab and line ends,
bidirectional overrides and isolates, the byte order mark."""


@dataclass(frozen=True)
class Oddities:
    """Cells of one column that make their rows unusable, all for one reason: the positions of their rows, the position
    of the column, what is shown of each cell, and the reason's code."""

    rows: np.ndarray
    column: int
    values: pa.StringArray
    code: str


@dataclass(frozen=True)
class Cells:
    """A column of text as bytes: `letters` are all bytes, those of row i from `begin[i]` to `begin[i + 1]`; `lowest`
    and `highest` are the least and the greatest of them (of none, those of a space).
    """

    column: pa.StringArray
    begin: np.ndarray
    letters: np.ndarray
    lowest: int
    highest: int

    @classmethod
    def of(cls, column: pa.StringArray) -> Cells:
        """Look at a column without nulls."""
        begin, letters = get_offsets(column), get_bytes(column)
        if not len(letters):
            return cls(column, begin, letters, SPACE, SPACE)
        return cls(column, begin, letters, int(letters.min()), int(letters.max()))

    @property
    def lengths(self) -> np.ndarray:
        """The length of each text in bytes."""
        return self.begin[1:] - self.begin[:-1]


def find_page_breaks(columns: list[Cells], count: int) -> np.ndarray:
    """Return which of `count` rows are nothing but page breaks, in a sheet of one column: bool.

    Of several columns none is: the child reads such a line as a blank one.
    """
    found = np.zeros(count, np.bool_)
    if len(columns) != 1 or columns[0].lowest > PAGE_BREAK:
        return found
    cells = columns[0]
    short = np.flatnonzero((cells.lengths > 0) & (cells.lengths < 4))
    short = short[cells.letters[cells.begin[short]] == PAGE_BREAK]
    texts = cells.column.take(pa.array(short))
    found[short] = pc.match_substring_regex(texts, r"^\x0c+$").to_numpy(zero_copy_only=False)
    return found


def is_utf8(cells: Cells) -> bool:
    """Return whether all texts are UTF-8, which the child did not check."""
    if cells.highest < 0x80:
        return True
    first = cells.letters[cells.begin[: np.searchsorted(cells.begin, len(cells.letters))]]
    if (first & 0xC0 == 0x80).any():  # the second byte of a character, which the text before it lacks
        return False
    joined = [None, pa.array([0, len(cells.letters)], pa.int32()).buffers()[1], pa.py_buffer(cells.letters)]
    try:
        pa.Array.from_buffers(pa.string(), 1, joined).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


def remove_guards(cells: Cells) -> Cells:
    """Return the column without the one apostrophe that a CSV writer set before a formula's first sign."""
    if cells.lowest > APOSTROPHE or not _may_hold_guard(cells.letters):
        return cells
    filled = np.flatnonzero(cells.lengths)
    quoted = filled[cells.letters[cells.begin[filled]] == APOSTROPHE]
    guarded = quoted[_is_guard(cells, quoted)]
    return _remove(cells, cells.begin[guarded], guarded) if len(guarded) else cells


def _may_hold_guard(letters: np.ndarray) -> bool:
    """Return whether anywhere an apostrophe precedes a sign that a guard may precede."""
    doubtful = letters[1:] - np.uint8(LETTER) >= DELETE - LETTER
    doubtful &= letters[:-1] == APOSTROPHE
    if not doubtful.any():
        return False
    return bool(_MAY_FOLLOW_GUARD[letters[np.flatnonzero(doubtful) + 1]].any())


def _is_guard(cells: Cells, rows: np.ndarray) -> np.ndarray:
    """Return for each of `rows`, which begin with an apostrophe, whether that is a guard.

    The second byte decides, or, where other apostrophes, blanks or full-width signs follow, the pattern.
    """
    second = cells.letters[np.minimum(cells.begin[rows] + 1, len(cells.letters) - 1)]
    longer = cells.lengths[rows] > 1
    found = longer & _IS_TRIGGER[second]
    odd = np.flatnonzero(longer & ~found & _MAY_PRECEDE_TRIGGER[second])
    if len(odd):
        texts = cells.column.take(pa.array(rows[odd]))
        found[odd] = pc.match_substring_regex(texts, GUARD).to_numpy(zero_copy_only=False)
    return found


def remove_unseen(cells: Cells) -> tuple[pa.StringArray, int]:
    """Return the column without characters that hide text or change its direction, and how many cells held any."""
    if not _may_hold_unseen(cells):
        return cells.column, 0
    places, widths = _find_unseen(cells.letters)
    if not len(places):
        return cells.column, 0
    rows = np.searchsorted(cells.begin, places, side="right") - 1
    within = np.arange(widths.sum()) - np.repeat(np.cumsum(widths) - widths, widths)
    bare = _remove(cells, np.repeat(places, widths) + within, np.repeat(rows, widths))
    return bare.column, len(np.unique(rows))


def _may_hold_unseen(cells: Cells) -> bool:
    """Return whether a byte is there that begins an invisible character, or one with the same first byte."""
    letters = cells.letters
    return (
        cells.lowest < TAB
        or (cells.lowest < SPACE and _holds_control(letters))
        or (cells.highest >= DELETE and bool((letters == DELETE).any()))
        or (cells.highest >= 0xC2 and bool((letters & 0xDF == 0xC2).any()))  # 0xC2 and 0xE2
        or (cells.highest >= 0xEF and bool((letters == 0xEF).any()))
    )


def _holds_control(letters: np.ndarray) -> bool:
    """Return whether a control character from the tab on is among the bytes, but for tabs and line ends."""
    return bool(
        (letters - np.uint8(RETURN + 1) < SPACE - RETURN - 1).any() or ((letters == 11) | (letters == 12)).any()
    )


def _find_unseen(letters: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return where the invisible characters begin, and how many bytes each takes."""
    places = np.flatnonzero(letters - np.uint8(SPACE) >= DELETE - SPACE)
    places = places[_MAY_BEGIN_UNSEEN[letters[places]]]
    if not len(places):
        return places, places
    last = len(letters) - 1
    lead, second, third = (letters[np.minimum(places + step, last)] for step in range(3))
    one = lead <= DELETE
    two = (lead == 0xC2) & (second <= 0x9F)
    three = (lead == 0xE2) & (second == 0x80) & (third >= 0xAA) & (third <= 0xAE)
    three |= (lead == 0xE2) & (second == 0x81) & (third >= 0xA6) & (third <= 0xA9)
    three |= (lead == 0xEF) & (second == 0xBB) & (third == 0xBF)
    widths = one + 2 * two + 3 * three
    return places[widths > 0], widths[widths > 0]


def _remove(cells: Cells, places: np.ndarray, rows: np.ndarray) -> Cells:
    """Return the column without the bytes at `places`, each of which belongs to the row beside it in `rows`."""
    kept = np.ones(len(cells.letters), np.bool_)
    kept[places] = False
    dropped = np.bincount(rows + 1, minlength=len(cells.begin)).cumsum(dtype=np.int32)
    buffers = [None, pa.py_buffer(cells.begin - dropped), pa.py_buffer(cells.letters[kept])]
    return Cells.of(pa.Array.from_buffers(pa.string(), len(cells.begin) - 1, buffers))


def find_oddities(columns: list[Cells], longest: int) -> list[Oddities]:
    """Cells with NUL bytes, and cells longer than `longest` characters."""
    found: list[Oddities] = []
    for position, cells in enumerate(columns):
        if not cells.lowest:
            found.append(_build_oddities(cells.column, position, pc.match_substring(cells.column, "\0"), "nul_byte"))
        if _may_be_longer(cells, longest):
            too_long = pc.greater(pc.utf8_length(cells.column), longest)
            found.append(_build_oddities(cells.column, position, too_long, "cell_too_long"))
    return [odd for odd in found if len(odd.rows)]


def _may_be_longer(cells: Cells, longest: int) -> bool:
    """Return whether a text may have more than `longest` bytes, judged by the length of several together."""
    some = cells.begin[::TOGETHER]
    together = max(len(cells.letters) - int(some[-1]), int(np.diff(some).max(initial=0)))
    return together > longest and cells.lengths.max(initial=0) > longest


def _build_oddities(column: pa.StringArray, position: int, mask: pa.Array, code: str) -> Oddities:
    rows = np.flatnonzero(mask.to_numpy(zero_copy_only=False))
    values = _shorten_texts(column.filter(mask), LONG_VALUE_SHOWN if code == "cell_too_long" else VALUE_SHOWN)
    return Oddities(rows, position, pc.replace_substring(values, "\0", "␀"), code)


def _shorten_texts(texts: pa.StringArray, most: int) -> pa.StringArray:
    long = pc.greater(pc.utf8_length(texts), most)
    if not pc.any(long).as_py():
        return texts
    begun = pc.utf8_slice_codeunits(texts.filter(long), 0, most)
    return pc.replace_with_mask(texts, long, pc.binary_join_element_wise(begun, " …", ""))
