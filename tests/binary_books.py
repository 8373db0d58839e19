"""Binary workbooks made by hand, record by record: XLSB ([MS-XLSB]) and XLS ([MS-XLS]), as small as can be read."""

from __future__ import annotations

import io
import struct
import zipfile
from pathlib import Path

KEPT = Path(__file__).parent / "data" / "sheets" / "hidden.xlsb"
FIRST_CUSTOM = 164
"""The number of the first format that a workbook defines itself; the one of style 1, 2, … here is one more each."""

# XLSB


def xlsb_record(kind: int, body: bytes = b"") -> bytes:
    """One record: kind and size in seven bits to a byte, then its content."""
    head = bytes([kind]) if kind < 0x80 else bytes([kind & 0x7F | 0x80, kind >> 7])
    size = len(body)
    while size > 0x7F:
        head, size = head + bytes([size & 0x7F | 0x80]), size >> 7
    return head + bytes([size]) + body


def wide(text: str) -> bytes:
    """A text of an XLSB record."""
    return struct.pack("<I", len(text)) + text.encode("utf-16-le")


def xlsb_styles(codes: list[str | int]) -> bytes:
    """Styles 1, 2, … with these formats: the code of one, or the number of a built-in one."""
    named = [(FIRST_CUSTOM + at, code) for at, code in enumerate(codes, 1) if isinstance(code, str)]
    formats = [0, *(code if isinstance(code, int) else FIRST_CUSTOM + at for at, code in enumerate(codes, 1))]
    return b"".join(
        [
            xlsb_record(278) + xlsb_record(615, struct.pack("<I", len(named))),
            *(xlsb_record(44, struct.pack("<H", number) + wide(code)) for number, code in named),
            xlsb_record(616) + xlsb_record(626, struct.pack("<I", 1)) + xlsb_record(47, bytes(16)) + xlsb_record(627),
            xlsb_record(617, struct.pack("<I", len(formats))),
            *(xlsb_record(47, struct.pack("<HH12x", 0, number)) for number in formats),
            xlsb_record(618) + xlsb_record(279),
        ]
    )


def xlsb_row(row: int, flags: int = 0, height: int = 320) -> bytes:
    """The head of a row counted from 1; `flags` is byte 11 of the record, `height` in twentieths of a point."""
    return xlsb_record(0, struct.pack("<IIHBBBI", row - 1, 0, height, 0, flags, 0, 0))


def xlsb_columns(first: int, last: int, flags: int = 0, width: int = 2560) -> bytes:
    """The look of the columns from the first to the last, counted from 1; `flags` are bytes 16 and 17 of the record,
    `width` is in parts of 256 to a character. It goes before the rows of a sheet, as `default_rows` do."""
    columns = xlsb_record(60, struct.pack("<IIIIH", first - 1, last - 1, width, 0, flags))
    return xlsb_record(390) + columns + xlsb_record(391)


def xlsb_cell(kind: int, column: int, style: int, value: bytes) -> bytes:
    """A cell in a column counted from 1."""
    return xlsb_record(kind, struct.pack("<II", column - 1, style) + value)


def rk(number: int, hundredth: bool = False) -> bytes:
    """A whole number in four bytes, or a hundredth of it."""
    return struct.pack("<i", number << 2 | 2 | hundredth)


def xlsb(records: bytes, codes: list[str | int] = (), default_rows: bytes = b"") -> bytes:
    """A workbook whose sheet Contacts holds these records of rows and cells."""
    sheet = (
        xlsb_record(129)
        + xlsb_record(148, struct.pack("<IIII", 0, 99, 0, 9))
        + default_rows
        + xlsb_record(145)
        + records
        + xlsb_record(146)
        + xlsb_record(130)
    )
    changes = {"xl/worksheets/sheet2.bin": sheet, "xl/styles.bin": xlsb_styles(list(codes))}
    kept = io.BytesIO()
    with zipfile.ZipFile(KEPT) as old, zipfile.ZipFile(kept, "w") as new:
        for part in old.namelist():
            new.writestr(part, changes.get(part) or old.read(part))
    return kept.getvalue()


# XLS


def xls_record(kind: int, body: bytes = b"") -> bytes:
    """One record: kind, size, content."""
    return struct.pack("<HH", kind, len(body)) + body


def xls_cell(kind: int, row: int, column: int, style: int, value: bytes) -> bytes:
    """A cell in a row and a column counted from 1."""
    return xls_record(kind, struct.pack("<HHH", row - 1, column - 1, style) + value)


def xls_text(row: int, column: int, text: str) -> bytes:
    """A cell of plain text."""
    return xls_cell(0x0204, row, column, 0, struct.pack("<HB", len(text), 0) + text.encode("latin-1"))


def xls_row(row: int, flags: int = 0, height: int = 255) -> bytes:
    """The head of a row counted from 1; `flags` is byte 12 of the record, `height` in twentieths of a point."""
    return xls_record(0x0208, struct.pack("<HHHHHHBBH", row - 1, 0, 9, height, 0, 0, flags, 1, 0x0F))


def xls_columns(first: int, last: int, flags: int = 0, width: int = 2560) -> bytes:
    """The look of the columns from the first to the last, counted from 1; `flags` are bytes 8 and 9 of the record."""
    return xls_record(0x007D, struct.pack("<HHHHHH", first - 1, last - 1, width, 0x0F, flags, 0))


def xls(records: bytes, codes: list[str | int] = (), further: bytes = b"") -> bytes:
    """A workbook whose one sheet Contacts holds these records, with styles 1, 2, … in these formats and `further`
    records of the workbook itself."""
    named = [(FIRST_CUSTOM + at, code) for at, code in enumerate(codes, 1) if isinstance(code, str)]
    formats = [0, *(code if isinstance(code, int) else FIRST_CUSTOM + at for at, code in enumerate(codes, 1))]
    head = b"".join(
        [
            xls_record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0005, 0, 0x07CC, 0, 6)),
            xls_record(0x0042, struct.pack("<H", 1200)) + further,
            *(
                xls_record(0x041E, struct.pack("<HHB", number, len(code), 0) + code.encode("latin-1"))
                for number, code in named
            ),
            *(xls_record(0x00E0, struct.pack("<HH16x", 0, number)) for number in formats),
        ]
    )
    place = len(head) + 4 + 16 + 4
    boundary = xls_record(0x0085, struct.pack("<IBBBB", place, 0, 0, 8, 0) + b"Contacts")
    sheet = xls_record(0x0809, struct.pack("<HHHHII", 0x0600, 0x0010, 0, 0x07CC, 0, 6)) + records + xls_record(0x000A)
    return compound(head + boundary + xls_record(0x000A) + sheet)


def compound(stream: bytes) -> bytes:
    """A compound file ([MS-CFB]) that holds one stream, called Workbook."""
    free, end, table = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
    stream = stream.ljust(-(-max(len(stream), 4096) // 512) * 512, b"\0")
    sectors = len(stream) // 512
    fat = [table, end, *range(3, sectors + 2), end]
    assert len(fat) <= 128, "one sector of the table must do"
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(16) + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
    header += struct.pack("<IIIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0, 0) + struct.pack("<108I", *[free] * 108)
    places = struct.pack("<128I", *fat, *[free] * (128 - len(fat)))
    directory = _entry("Root Entry", 5, end, 0, 1) + _entry("Workbook", 2, 2, len(stream), free) + bytes(256)
    return header + places + directory + stream


def _entry(name: str, kind: int, start: int, size: int, child: int) -> bytes:
    text = f"{name}\0".encode("utf-16-le")
    tail = struct.pack("<HBBIII36xIQ", len(text), kind, 1, 0xFFFFFFFF, 0xFFFFFFFF, child, start, size)
    return text.ljust(64, b"\0") + tail
