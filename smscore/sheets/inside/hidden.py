"""Which rows a binary workbook hides: the fast reader does not say, so their files are walked through.

XLSB, [MS-XLSB] 2.4.744 BrtRowHdr: fDyZero, the fifth bit of byte 11, hides the row. XLS, [MS-XLS] 2.4.221 Row: fDyZero,
the sixth bit of byte 12. A filter hides rows in the same ways as a hand does.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import BinaryIO

import olefile

from .archive import RELATION_TAG, Archive, attributes, resolved
from .frames import Refused

LONGEST_RECORD = 64 << 20

ROW_HEADER, END_OF_ROWS, SHEET_ENTRY = 0, 146, 156
SHORT_CELLS = range(12, 19)
"""XLSB cells without a column of their own ([MS-XLSB] 2.4.780 and on): the fast reader passes over them."""

OLD_ROW, OLD_SHEET, OLD_END = 0x0208, 0x0085, 0x000A
OLD_BEGINS = (0x0809, 0x0409, 0x0209, 0x0009)
OLD_ROW_SIZE = 16


def hidden_in_xlsb(archive: Archive, sheet: str) -> list[int] | None:
    """The numbers of the rows that a sheet of an XLSB workbook hides, or None where its part is not found.

    Raises `Refused` where cells are stored in a way that is not read.
    """
    part = _xlsb_part(archive, sheet)
    if part not in archive.names:
        return None
    hidden = []
    for kind, body in _xlsb_records(archive, part, {ROW_HEADER, END_OF_ROWS, *SHORT_CELLS}):
        if kind == END_OF_ROWS:
            break
        if kind in SHORT_CELLS:
            raise Refused("cells_not_read")
        if body[11:12] and body[11] & 0x10:
            hidden.append(int.from_bytes(body[:4], "little") + 1)
    return hidden


def _xlsb_part(archive: Archive, sheet: str) -> str:
    relations = RELATION_TAG.finditer(archive.whole("xl/_rels/workbook.bin.rels"))
    targets = {said.get("Id"): resolved(said.get("Target", "")) for said in (attributes(tag[1]) for tag in relations)}
    for _, body in _xlsb_records(archive, "xl/workbook.bin", {SHEET_ENTRY}):
        relation, rest = _wide_string(body[8:])
        if _wide_string(rest)[0] == sheet:
            return targets.get(relation, "")
    return ""


def _wide_string(data: bytes) -> tuple[str, bytes]:
    end = 4 + 2 * int.from_bytes(data[:4], "little")
    return data[4:end].decode("utf-16-le", "replace"), data[end:]


def _xlsb_records(archive: Archive, part: str, wanted: set[int]) -> Iterator[tuple[int, bytes]]:
    """Kind and content of the records of the `wanted` kinds."""
    data, at = b"", 0
    for chunk in archive.chunks(part):
        data, at = data[at:] + chunk, 0
        while True:
            try:
                kind, size, start = data[at], data[at + 1], at + 2
                if kind > 0x7F or size > 0x7F:
                    kind, size, start = _long_head(data, at)
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


def _long_head(data: bytes, at: int) -> tuple[int, int, int]:
    """Kind and size of the record at `at`, seven bits to a byte ([MS-XLSB] 2.1.4), and where its content begins."""
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


def hidden_in_xls(source: BinaryIO, position: int, sheets: int) -> list[int] | None:
    """The numbers of the rows that the sheet at `position` of the `sheets` of an XLS workbook hides, or None where the
    file is not built as usual; the fast reader has read its cells all the same."""
    stream = _old_stream(source)
    begins = [
        int.from_bytes(stream[at : at + 4], "little") for kind, at, _ in _old_records(stream, 0) if kind == OLD_SHEET
    ]
    if len(begins) != sheets:
        return None
    hidden, depth = [], 0
    for kind, at, size in _old_records(stream, begins[position]):
        # A chart within the sheet has a beginning and an end of its own.
        depth += (kind in OLD_BEGINS) - (kind == OLD_END)
        if not depth:
            return hidden
        if kind == OLD_ROW and depth == 1 and size >= OLD_ROW_SIZE and stream[at + 12] & 0x20:
            hidden.append(int.from_bytes(stream[at : at + 2], "little") + 1)
    return None


def _old_stream(source: BinaryIO) -> bytes:
    source.seek(0)
    try:
        with olefile.OleFileIO(source) as office:
            name = next(name for name in ("Workbook", "Book") if office.exists(name))
            return office.openstream(name).read()
    except (OSError, ValueError, IndexError, StopIteration, struct.error):
        return b""


def _old_records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Kind, place and size of the records of a stream from `at` on."""
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        at += 4
        if at + size > len(stream):
            return
        yield kind, at, size
        at += size
