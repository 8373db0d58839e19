"""XLS workbooks, searched record by record for what the fast reader does not return.

Hidden rows, [MS-XLS] 2.4.221 Row: fDyZero, the sixth bit of byte 12, hides the row, by hand or by a filter; so does a
height of zero that was set (fUnsynced, the seventh). Rows without such a record are hidden where the sheet hides its
undefined rows (2.4.87 DefaultRowHeight, fDyZero). Hidden columns, 2.4.53 ColInfo: fHidden, the first bit of byte 8, or
a width of zero. Number formats: 2.4.126 Format, 2.4.353 XF.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import takewhile
from typing import BinaryIO

import olefile

from .framing import Refused
from .number_formats import Format, Survey, select_followed
from .xlsb import decode_rk_number

ROW, SHEET, END, DEFAULT_ROW = 0x0208, 0x0085, 0x000A, 0x0225
BEGINS = (0x0809, 0x0409, 0x0209, 0x0009)
COLUMNS = 0x007D
ROW_SIZE, COLUMNS_SIZE = 16, 10
FORMAT, CELL_FORMAT, DATES, FILE_PASS = 0x041E, 0x00E0, 0x0022, 0x002F
NUMBER, RK, MANY_RK, FORMULA = 0x0203, 0x027E, 0x00BD, 0x0006
TEXTS = (0x00D6, 0x00FD, 0x0204)
"""The records of cells that hold text; a formula's value is one where its first byte is 0 and its last two are set."""
CELLS = frozenset((NUMBER, RK, MANY_RK, FORMULA, *TEXTS, 0x0205))
"""The records of cells that hold something."""
NO_NUMBER = b"\xff\xff"
"""The last two bytes of a formula's value where it is not a number ([MS-XLS] 2.5.133 FormulaValue)."""
LATEST = 0x0600
"""The version of Excel 97 and later; the one before it writes texts without a sign for their width."""
ENCRYPTED = ("EncryptedPackage".encode("utf-16-le"), "EncryptionInfo".encode("utf-16-le"))
OLD_STREAMS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))


def survey_xls(source: BinaryIO, position: int, sheets: int) -> Survey:
    """Return the hidden rows and columns of the sheet at `position` of the `sheets` of an XLS workbook, and its numbers
    whose formats are followed. Nothing is known of them, and `hidden` is None, where the file is not built as usual;
    the fast reader has read its cells all the same.
    """
    stream = _read_stream(source)
    begins = [
        int.from_bytes(stream[at : at + 4], "little") for kind, at, _ in _read_records(stream, 0) if kind == SHEET
    ]
    if len(begins) != sheets:
        return Survey(None)
    walk, depth = _Walk(stream, _read_formats(stream)), 0
    for kind, at, size in _read_records(stream, begins[position]):
        # A chart within the sheet has a beginning and an end of its own.
        depth += (kind in BEGINS) - (kind == END)
        if not depth:
            return walk.finish()
        if depth == 1:
            walk.visit(kind, at, size)
    return Survey(None)


def check_old_office(source: BinaryIO) -> None:
    """Refuse all kinds of OLE2 file except Excel workbooks without a password."""
    source.seek(0)
    names = source.read()
    if any(name in names for name in ENCRYPTED):
        raise Refused("password_protected")
    if not any(name in names for name in OLD_STREAMS):
        raise Refused("not_a_sheet", what="an old Office document that is no workbook")
    if _is_encrypted(source):
        raise Refused("password_protected")


def _is_encrypted(source: BinaryIO) -> bool:
    """Return whether an XLS workbook is protected with a password ([MS-XLS] 2.4.117 FilePass), in any of its ways."""
    return any(kind == FILE_PASS for kind, _, _ in _read_workbook_records(_read_stream(source)))


def find_other_sheets(source: BinaryIO) -> list[int]:
    """Return the positions of the sheets of an XLS workbook that are macros, charts or modules (2.4.28 BoundSheet8)."""
    stream = _read_stream(source)
    kinds = [stream[at + 5] for kind, at, size in _read_workbook_records(stream) if kind == SHEET and size > 5]
    return [position for position, kind in enumerate(kinds) if kind]


def counts_from_1904(source: BinaryIO) -> bool:
    """Return whether an XLS workbook counts days from 1904 ([MS-XLS] 2.4.77 Date1904)."""
    stream = _read_stream(source)
    return any(kind == DATES and stream[at : at + 1] == b"\1" for kind, at, _ in _read_workbook_records(stream))


@dataclass
class _Walk:
    stream: bytes
    formats: dict[int, Format]
    found: Survey = field(default_factory=Survey)
    _hides_undefined: bool = False
    _defined: set[int] = field(default_factory=set)
    _filled: set[int] = field(default_factory=set)

    def visit(self, kind: int, at: int, size: int) -> None:
        """Examine the next record of the sheet."""
        if kind == ROW and size >= ROW_SIZE:
            row = self._read_short(at) + 1
            self._defined.add(row)
            flags, height = self.stream[at + 12], self._read_short(at + 6) & 0x7FFF
            if flags & 0x20 or (flags & 0x40 and not height):
                self.found.hide((row,))
        elif kind == COLUMNS and size >= COLUMNS_SIZE:
            if self.stream[at + 8] & 1 or not self._read_short(at + 4):
                self.found.hidden_columns.append(range(self._read_short(at) + 1, self._read_short(at + 2) + 2))
        elif kind == DEFAULT_ROW and size >= 2:
            self._hides_undefined = bool(self.stream[at] & 2)
        elif kind in CELLS and size >= 6:
            if self._hides_undefined:
                self._filled.add(self._read_short(at) + 1)
            if self.formats:
                self._inspect_cell(kind, at, size)

    def _inspect_cell(self, kind: int, at: int, size: int) -> None:
        row, column = self._read_short(at) + 1, self._read_short(at + 2) + 1
        raw = self.stream[at + 6 : at + 14]
        if kind == RK and size >= 10:
            self._show(row, column, self._read_short(at + 4), decode_rk_number(raw[:4]))
        elif kind == NUMBER and size >= 14 or kind == FORMULA and size >= 14 and raw[6:] != NO_NUMBER:
            self._show(row, column, self._read_short(at + 4), struct.unpack("<d", raw)[0])
        elif kind in TEXTS or (kind == FORMULA and size >= 14 and raw[0] == 0):
            if form := self.formats.get(self._read_short(at + 4)):
                self.found.word(row, column, form)
        elif kind == MANY_RK:
            for further, place in enumerate(range(at + 4, at + size - 7, 6)):
                number = decode_rk_number(self.stream[place + 2 : place + 6])
                self._show(row, column + further, self._read_short(place), number)

    def _show(self, row: int, column: int, style: int, number: float) -> None:
        if form := self.formats.get(style):
            self.found.show(row, column, number, form)

    def _read_short(self, at: int) -> int:
        return self.stream[at] | self.stream[at + 1] << 8

    def finish(self) -> Survey:
        """Return what was found, after the end of the sheet."""
        self.found.hide(sorted(self._filled - self._defined))
        return self.found


def _read_formats(stream: bytes) -> dict[int, Format]:
    """Return the styles whose formats are followed: all before the end of the workbook's own records."""
    codes: dict[int, str] = {}
    used: list[int] = []
    version = int.from_bytes(stream[4:6], "little")
    for kind, at, size in _read_workbook_records(stream):
        if kind == FORMAT:
            codes[int.from_bytes(stream[at : at + 2], "little")] = _decode_code(stream[at + 2 : at + size], version)
        elif kind == CELL_FORMAT:
            used.append(int.from_bytes(stream[at + 2 : at + 4], "little"))
    return select_followed(codes, used)


def _decode_code(text: bytes, version: int) -> str:
    """Return the code of a format, which follows its length."""
    if version < LATEST:
        return text[1:].decode("latin-1")
    return text[3:].decode("utf-16-le" if text[2:3] == b"\1" else "latin-1", "replace")


def _read_stream(source: BinaryIO) -> bytes:
    source.seek(0)
    try:
        with olefile.OleFileIO(source) as office:
            name = next(name for name in ("Workbook", "Book") if office.exists(name))
            return office.openstream(name).read()
    except (OSError, ValueError, IndexError, StopIteration, struct.error):
        return b""


def _read_workbook_records(stream: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield kind, position and size of the records of the workbook itself, which come before those of its sheets."""
    return takewhile(lambda record: record[0] != END, _read_records(stream, 0))


def _read_records(stream: bytes, at: int) -> Iterator[tuple[int, int, int]]:
    """Yield kind, position and size of the records of a stream from `at` on."""
    while at + 4 <= len(stream):
        kind, size = struct.unpack_from("<HH", stream, at)
        at += 4
        if at + size > len(stream):
            return
        yield kind, at, size
        at += size
