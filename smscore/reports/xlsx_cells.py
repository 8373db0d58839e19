"""Columns of text as the cells of an Excel sheet, in XML.

The file format is ECMA-376 (Office Open XML), part 1, chapter 18. A cell is an inline string in the style "text", so
that no spreadsheet reads a number, date or formula into it; counts (Arrow's integers of up to 32 bits) are numbers, so
that they can be summed. Whole columns are joined at once: the joined array's buffer already is the XML of its rows.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.tables.texts import convert_to_text, get_bytes, get_first_bytes, get_last_bytes, get_offsets

LONGEST_CELL = 32_767
"""UTF-16 units in a cell (Microsoft, "Excel specifications and limits")."""
TEXT_STYLE, COUNT_STYLE, HEADER_STYLE = 1, 2, 3
_BLANKS = np.zeros(256, np.bool_)
_BLANKS[[0x09, 0x0A, 0x0D, 0x20]] = True
_CONTROLS = np.zeros(256, np.bool_)
_CONTROLS[:32] = True
_CONTROLS[[0x09, 0x0A]] = False

Parts = tuple[str | pa.Array, ...]
"""What a cell is joined of, all rows at once: constants, and arrays with one text a row."""


def build_rows(batch: pa.RecordBatch, first_row: int) -> tuple[pa.Buffer, int]:
    """Build the `<row>` elements of a batch, numbered from `first_row` on; also how many cells had to be cut."""
    numbers = pa.array(np.arange(first_row, first_row + batch.num_rows)).cast(pa.string())
    parts, cut = [], 0
    for place, column in enumerate(batch.columns, 1):
        cells, cut_here = _build_cells(column)
        parts += [f'<c r="{name_column(place)}', numbers, *cells]
        cut += cut_here
    rows = pc.binary_join_element_wise('<row r="', numbers, '">', *parts, "</row>", "")
    return pa.py_buffer(get_bytes(rows)), cut


def name_column(place: int) -> str:
    """Return the letters of a column as Excel shows them: 1 is A, 27 is AA."""
    name = ""
    while place:
        place, letter = divmod(place - 1, 26)
        name = chr(65 + letter) + name
    return name


def build_header(names: list[str]) -> bytes:
    """Build the first row: the columns' names, bold."""
    texts = escape(shorten(pa.array(names, pa.string()))[0]).to_pylist()
    cells = (
        f'<c r="{name_column(place)}1" t="inlineStr" s="{HEADER_STYLE}"><is><t xml:space="preserve">{text}</t></is></c>'
        for place, text in enumerate(texts, 1)
    )
    return f'<row r="1">{"".join(cells)}</row>'.encode()


def is_count(kind: pa.DataType) -> bool:
    """Return whether a column of this type is written as numbers: integers that every spreadsheet holds exactly."""
    return pa.types.is_integer(kind) and kind.bit_width <= 32


def _build_cells(column: pa.Array) -> tuple[Parts, int]:
    if is_count(column.type):
        return _join_with_gaps(
            f'" s="{COUNT_STYLE}"><v>', convert_to_text(column), "</v></c>", f'" s="{COUNT_STYLE}"/>'
        ), 0
    texts, cut = shorten(convert_to_text(column))
    kept = ' xml:space="preserve"' if _has_outer_blanks(texts) else ""
    opening = f'" t="inlineStr" s="{TEXT_STYLE}"><is><t{kept}>'
    return _join_with_gaps(opening, escape(texts), "</t></is></c>", f'" s="{TEXT_STYLE}"/>'), cut


def _join_with_gaps(opening: str, texts: pa.StringArray, closing: str, gap: str) -> Parts:
    lengths = np.diff(get_offsets(texts))
    if lengths.all():
        return opening, texts, closing
    if not lengths.any():
        return (gap,)
    empty = pa.array(lengths == 0)
    return (pc.if_else(empty, gap, pc.binary_join_element_wise(opening, texts, closing, "")),)


def _has_outer_blanks(texts: pa.StringArray) -> bool:
    return bool(_BLANKS[get_first_bytes(texts)].any() or _BLANKS[get_last_bytes(texts)].any())


def shorten(texts: pa.StringArray) -> tuple[pa.StringArray, int]:
    """Cut texts to what a cell holds, with an ellipsis at the end; also how many were cut."""
    longest = int(np.diff(get_offsets(texts)).max(initial=0))
    if longest <= LONGEST_CELL:
        return texts, 0
    cut = [_shorten_text(text) for text in texts.to_pylist()]
    return pa.array(cut, pa.string()), int(pc.sum(pc.not_equal(texts, pa.array(cut, pa.string()))).as_py())


def _shorten_text(text: str) -> str:
    units = text.encode("utf-16-le")
    if len(units) <= 2 * LONGEST_CELL:
        return text
    return units[: 2 * (LONGEST_CELL - 1)].decode("utf-16-le", "ignore") + "…"


def escape(texts: pa.StringArray) -> pa.StringArray:
    """Escape texts for XML; what XML cannot hold is written `_xHHHH_` (ECMA-376, 22.9.2.19 ST_Xstring)."""
    letters = get_bytes(texts)
    whole = letters.tobytes()
    if b"_x" in whole:
        texts = pc.replace_substring_regex(texts, "_(x[0-9A-Fa-f]{4})", r"_x005F_\1")
    for sign, entity in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        if sign.encode() in whole:
            texts = pc.replace_substring(texts, sign, entity)
    for code in _find_codes_not_in_xml(letters, whole):
        texts = pc.replace_substring(texts, chr(code), f"_x{code:04X}_")
    return texts


def _find_codes_not_in_xml(letters: np.ndarray, whole: bytes) -> list[int]:
    controls = np.unique(letters[_CONTROLS[letters]]).tolist()
    return controls + [code for code in (0xFFFE, 0xFFFF) if chr(code).encode() in whole]
