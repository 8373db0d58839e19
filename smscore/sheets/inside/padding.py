"""Leading zeros that only a number format shows: 7 in the format "000" is 007 to everybody who looks at the sheet.

The fast reader tells numbers without their formats. Workbooks with such a format are therefore looked through once more
for the cells that use it; others cost one look at their styles. Only formats of zeros alone are followed: a cell with
decimals, percent or currency reads as the plain number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import pyarrow as pa

from .archive import SMALL_PART, Archive, attributes

STYLES = "xl/styles.xml"
FORMAT = re.compile(rb"<(?:\w+:)?numFmt\s([^>]*)>")
CELL_FORMATS = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
CELL_FORMAT = re.compile(rb"<(?:\w+:)?xf\b([^>]*)>")
ONLY_ZEROS = re.compile(r"(0{2,30})(?:;.*)?")


def padded_styles(archive: Archive) -> dict[str, int]:
    """The styles of an XLSX workbook whose number format is zeros alone: the style, as cells name it → its digits."""
    if STYLES not in archive.names or archive.size(STYLES) > SMALL_PART:
        return {}
    styles = archive.whole(STYLES)
    formats = {said.get("numFmtId"): said.get("formatCode", "") for said in map(_said, FORMAT.finditer(styles))}
    digits = {name: len(found[1]) for name, code in formats.items() if (found := ONLY_ZEROS.fullmatch(code))}
    cells = CELL_FORMATS.search(styles) if digits else None
    used = [_said(tag).get("numFmtId") for tag in CELL_FORMAT.finditer(cells[0])] if cells else []
    return {str(at): digits[name] for at, name in enumerate(used) if name in digits}


def _said(tag: re.Match[bytes]) -> dict[str, str]:
    return attributes(tag[1])


def padded(text: str, digits: int) -> str:
    """A whole number with zeros in front, up to so many digits; any other text as it is."""
    sign, bare = ("-", text[1:]) if text.startswith("-") else ("", text)
    return sign + bare.zfill(digits) if bare.isdecimal() else text


def with_zeros(columns: list[pa.Array], cells: Iterable[tuple[int, int, int]]) -> list[pa.Array]:
    """The columns with zeros in front of the numbers of some cells: (row from 1, position of the column, digits)."""
    by_position: dict[int, list[tuple[int, int]]] = {}
    for row, position, digits in cells:
        if 0 <= position < len(columns) and row <= len(columns[position]):
            by_position.setdefault(position, []).append((row - 1, digits))
    columns = list(columns)
    for position, found in by_position.items():
        texts = columns[position].to_pylist()
        for row, digits in found:
            texts[row] = padded(texts[row] or "", digits)
        columns[position] = pa.array(texts, pa.string())
    return columns
