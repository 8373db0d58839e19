"""Guard text that a spreadsheet would run as a formula, and take the guard off again.

A cell of a CSV file that starts with `=`, `+`, `-`, `@`, a tab or a line end is a formula to a spreadsheet (OWASP, "CSV
Injection"). White space, invisible characters and full-width look-alikes in front do not make it safe. One apostrophe
in front does. So that the way back is exact, a text which already has apostrophes before such a sign gets one more: the
importer takes exactly one off wherever apostrophes stand before such a sign, and every text comes back as it was.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.tables.texts import get_bytes, get_first_bytes, get_offsets

SKIPPED = (
    r"\x{00}-\x{08}\x{0B}\x{0C}\x{0E}-\x{20}\x{7F}-\x{A0}\x{AD}\x{061C}\x{1680}\x{180E}\x{2000}-\x{200F}"
    r"\x{2028}-\x{202F}\x{205F}-\x{206F}\x{3000}\x{FEFF}\x{FFF9}-\x{FFFB}"
)
"""Control characters, spaces and invisible marks: what a spreadsheet may look past."""
TRIGGERS = r"=+\-@\t\r\n\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}\x{FE62}\x{FE63}\x{FE66}\x{FE6B}\x{2212}"
GUARDED = rf"^'*[{SKIPPED}]*[{TRIGGERS}]"
"""RE2 source: the texts that get one apostrophe in front when they are written to CSV."""

OUR_PHONE = r"^\+[1-9][0-9]{6,14}$"
"""A number in E.164 form: it can only ever be a number, so our own phone column keeps it bare."""


def _compile_for_python(pattern: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\x\{([0-9A-F]+)\}", lambda found: f"\\u{int(found[1], 16):04x}", pattern))


_GUARDED = _compile_for_python(GUARDED)
_WRITTEN = _compile_for_python(rf"^'+[{SKIPPED}]*[{TRIGGERS}]")


def _list_suspicious_starts() -> np.ndarray:
    # Signs, blanks, apostrophe, control characters, and the lead bytes of the look-alikes and invisible characters.
    starts = np.zeros(256, np.bool_)
    starts[list(b"=+-@' ")] = True
    starts[:32] = True
    starts[[0x7F, 0xC2, 0xD8, 0xE1, 0xE2, 0xE3, 0xEF]] = True
    return starts


_SUSPICIOUS = _list_suspicious_starts()


def guard_cell(value: str) -> str:
    """Return `value` as it may stand in a CSV cell: behind an apostrophe when a spreadsheet would run it."""
    return f"'{value}" if _GUARDED.match(value) else value


def unguard_cell(value: str) -> str:
    """Return the text behind a CSV cell that `guard_cell` wrote; exactly its inverse."""
    return value[1:] if _WRITTEN.match(value) else value


def guard_column(texts: pa.StringArray, *, phones: bool = False) -> pa.StringArray:
    """Guard every text of a column without nulls as `guard_cell` does; with `phones`, E.164 numbers stay bare."""
    if phones and _holds_only_phones(texts):
        return texts
    suspects = np.flatnonzero(_SUSPICIOUS[get_first_bytes(texts)])
    if not len(suspects):
        return texts
    guarded = np.zeros(len(texts), np.bool_)
    guarded[suspects] = _find_formulas(texts.take(pa.array(suspects)), phones)
    return _add_apostrophes(texts, guarded)


def _find_formulas(texts: pa.StringArray, phones: bool) -> np.ndarray:
    triggers = pc.match_substring_regex(texts, GUARDED)
    if phones:
        triggers = pc.and_not(triggers, pc.match_substring_regex(texts, OUR_PHONE))
    return triggers.to_numpy(zero_copy_only=False)


def _add_apostrophes(texts: pa.StringArray, guarded: np.ndarray) -> pa.StringArray:
    if not guarded.any():
        return texts
    return pc.binary_join_element_wise(pc.if_else(pa.array(guarded), "'", ""), texts, "")


def _holds_only_phones(texts: pa.StringArray) -> bool:
    # A whole column of numbers is told by its bytes: as many signs as rows, each at a start, all else digits.
    lengths = np.diff(get_offsets(texts))
    if not len(texts) or lengths.min() < 8 or lengths.max() > 16:
        return False
    starts = get_offsets(texts)[:-1]
    letters = get_bytes(texts)
    signs = np.count_nonzero((letters - np.uint8(48)) > 9)
    return bool(signs == len(texts) and (letters[starts] == 43).all() and (letters[starts + 1] > 48).all())
