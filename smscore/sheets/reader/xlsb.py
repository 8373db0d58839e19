"""XLSB workbooks, searched record by record for what the fast reader does not return, or returns wrongly.

[MS-XLSB] 2.4.744 BrtRowHdr: fDyZero, the fifth bit of byte 11, hides the row, by hand or by a filter; so does a height
of zero that was set (fUnsynced, the sixth). 2.4.323 BrtColInfo: fHidden, the first bit of byte 16, or a width of zero,
hides the columns from the first to the last. Of cells, the fast reader drops the errors that formulas end in
(BrtFmlaError), and the formats of whole numbers in four bytes (2.5.122 RkNumber), as which Excel stores dates.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator, Mapping
from datetime import datetime

from .archive import RELATION_TAG, SMALL_PART, Archive, resolve_target
from .framing import Refused
from .number_formats import FROM_1900, FROM_1904, Format, Survey, select_followed
from .xml_parts import parse_attributes

LONGEST_RECORD = 64 << 20
STYLES, WORKBOOK = "xl/styles.bin", "xl/workbook.bin"

ROW_HEADER, COLUMNS, END_OF_ROWS, SHEET_ENTRY, PROPERTIES = 0, 60, 146, 156, 153
FORMAT, CELL_FORMATS, END_OF_CELL_FORMATS, CELL_FORMAT = 44, 617, 618, 47
RK, REAL, FORMULA_NUMBER, FORMULA_ERROR = 2, 5, 9, 11
TEXTS = frozenset((6, 7, 8))
"""Cells with a text of their own or a shared one, and formulas whose value is a text."""
SHORT_CELLS = range(12, 19)
"""Cells without a column of their own (2.4.780 and on): the fast reader skips them."""
ERRORS = {
    0x00: "#NULL!",
    0x07: "#DIV/0!",
    0x0F: "#VALUE!",
    0x17: "#REF!",
    0x1D: "#NAME?",
    0x24: "#NUM!",
    0x2A: "#N/A",
    0x2B: "#GETTING_DATA",
}


def survey_xlsb(archive: Archive, sheet: str) -> Survey:
    """Return the hidden rows and columns of a sheet, the errors that its formulas end in, and the numbers whose formats
    are followed.

    Raises `Refused` where cells are stored in a way that is not read.
    """
    part = _find_part(archive, sheet)
    if part not in archive.names:
        return Survey(None)
    found, row = Survey(), 0
    formats = read_xlsb_formats(archive)
    numbers = {RK, REAL, FORMULA_NUMBER, *TEXTS} if formats else set()
    wanted = {ROW_HEADER, COLUMNS, END_OF_ROWS, FORMULA_ERROR, *SHORT_CELLS, *numbers}
    for kind, body in _read_records(archive, part, wanted):
        if kind == END_OF_ROWS:
            break
        if kind in SHORT_CELLS:  # a sheet that loses its phone column silently is worse than one that is refused
            raise Refused("cells_not_read")
        if kind == ROW_HEADER:
            row = int.from_bytes(body[:4], "little") + 1
            if _is_hidden(body):
                found.hide((row,))
        elif kind == COLUMNS:
            found.hidden_columns += _find_hidden_columns(body)
        else:
            _inspect_cell(found, row, kind, body, formats)
    return found


def _is_hidden(row: bytes) -> bool:
    flags = row[11] if len(row) > 11 else 0
    return bool(flags & 0x10 or (flags & 0x20 and row[8:10] == b"\0\0"))


def _find_hidden_columns(columns: bytes) -> list[range]:
    if len(columns) < 18:
        return []
    first, last, width = struct.unpack_from("<III", columns)
    return [range(first + 1, last + 2)] if columns[16] & 1 or not width else []


def _inspect_cell(found: Survey, row: int, kind: int, cell: bytes, formats: Mapping[int, Format]) -> None:
    column = int.from_bytes(cell[:4], "little") + 1
    if kind == FORMULA_ERROR:
        found.problems.append((row, column, ERRORS.get(int.from_bytes(cell[8:9]), "#ERROR!"), "cell_error_value"))
    elif not (form := formats.get(int.from_bytes(cell[4:7], "little"))):
        return
    elif kind in TEXTS:
        found.word(row, column, form)
    elif len(cell) >= (12 if kind == RK else 16):
        if form.epoch and not (kind == RK and cell[8] & 3 == 2):
            return  # the fast reader knows all dates except those in whole numbers
        number = decode_rk_number(cell[8:12]) if kind == RK else struct.unpack_from("<d", cell, 8)[0]
        found.show(row, column, number, form)


def decode_rk_number(raw: bytes) -> float:
    """Return the number in four bytes: a whole one or the upper half of a floating one, or a hundredth of either."""
    bits = int.from_bytes(raw, "little", signed=True)
    halved = struct.pack("<ii", 0, bits & ~3)
    number = bits >> 2 if bits & 2 else struct.unpack("<d", halved)[0]
    return number / 100 if bits & 1 else number


def read_xlsb_formats(archive: Archive) -> dict[int, Format]:
    """Return the styles of an XLSB workbook whose formats are followed, dates among them; see `select_followed`."""
    if STYLES not in archive.names or archive.get_size(STYLES) > SMALL_PART:
        return {}
    codes: dict[int, str] = {}
    used: list[int] = []
    inside = False
    for kind, body in _read_records(archive, STYLES, {FORMAT, CELL_FORMATS, END_OF_CELL_FORMATS, CELL_FORMAT}):
        if kind == FORMAT:
            codes[int.from_bytes(body[:2], "little")] = _split_wide_string(body[2:])[0]
        elif kind == CELL_FORMAT and inside:
            used.append(int.from_bytes(body[2:4], "little"))
        inside = kind == CELL_FORMATS or (inside and kind != END_OF_CELL_FORMATS)
    return select_followed(codes, used, read_xlsb_epoch(archive))


def read_xlsb_epoch(archive: Archive) -> datetime:
    """Return day 0 of an XLSB workbook: BrtWbProp, f1904."""
    from_1904 = any(body[:1] and body[0] & 1 for _, body in _read_records(archive, WORKBOOK, {PROPERTIES}))
    return FROM_1904 if from_1904 else FROM_1900


def _find_part(archive: Archive, sheet: str) -> str:
    relations = RELATION_TAG.finditer(archive.read_whole("xl/_rels/workbook.bin.rels"))
    targets = {
        attributes.get("Id"): resolve_target(attributes.get("Target", ""))
        for attributes in (parse_attributes(tag[1]) for tag in relations)
    }
    for _, body in _read_records(archive, WORKBOOK, {SHEET_ENTRY}):
        relation, rest = _split_wide_string(body[8:])
        if _split_wide_string(rest)[0] == sheet:
            return targets.get(relation, "")
    return ""


def _split_wide_string(data: bytes) -> tuple[str, bytes]:
    end = 4 + 2 * int.from_bytes(data[:4], "little")
    return data[4:end].decode("utf-16-le", "replace"), data[end:]


def _read_records(archive: Archive, part: str, wanted: set[int]) -> Iterator[tuple[int, bytes]]:
    """Yield the kind and the content of the records of the `wanted` kinds."""
    data, at = b"", 0
    for chunk in archive.read_chunks(part):
        data, at = data[at:] + chunk, 0
        while True:
            try:
                kind, size, start = data[at], data[at + 1], at + 2
                if kind > 0x7F or size > 0x7F:
                    kind, size, start = _read_long_head(data, at)
            except IndexError:
                break
            if start + size > len(data):
                break
            if kind in wanted:
                yield kind, data[start : start + size]
            at = start + size
        if len(data) - at > LONGEST_RECORD:
            break
    if at < len(data):
        raise Refused("damaged_workbook")


def _read_long_head(data: bytes, at: int) -> tuple[int, int, int]:
    """Return kind, size and start of the record at `at`, whose head has seven bits to a byte ([MS-XLSB] 2.1.4)."""
    kind, at = data[at], at + 1
    if kind > 0x7F:
        kind, at = kind & 0x7F | (data[at] & 0x7F) << 7, at + 1
    size = 0
    for shift in (0, 7, 14, 21):
        size |= (data[at] & 0x7F) << shift
        at += 1
        if data[at - 1] < 0x80:
            break
    return kind, size, at
