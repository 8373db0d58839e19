"""Workbooks of every kind: a number reads as Excel shows it in its format, where a reader would miss what that adds."""

from __future__ import annotations

import io
import struct
import zipfile

import pytest

from smscore.sheets import Sheet, read_sheet
from tests import binary_books as binary
from tests.test_sheets import (
    cells,
    content_of,
    indented,
    open_content,
    open_table,
    repacked,
    sheet_xml,
    with_far_cell,
    workbook,
)

SPANS = [
    (1.5, "[h]:mm:ss", "36:00:00"),
    (0.5, "[h]:mm:ss", "12:00:00"),
    (0, "[h]:mm:ss", "00:00:00"),
    (2, "[hh]:mm", "48:00:00"),
    (100.000011574, "[mm]:ss", "2400:00:01"),
    (1 / 86_400, "[s]", "00:00:01"),
    (-1.5, "[h]:mm", "-36:00:00"),
    (1.5, '[Red][h]"h" mm;@', "36:00:00"),
    (3e6, "[H]:MM:SS", "72000000:00:00"),
    (0.99999999999, "[h]:mm:ss.00", "24:00:00"),
]
NO_SPANS = [
    (45000.5, "yyyy-mm-dd hh:mm", "2023-03-15 12:00:00"),
    (0.25, "h:mm:ss", "06:00:00"),
    (1.5, '"[h]"0.0', "1.5"),
    (1.5, "[$-409]h:mm", "1900-01-01 12:00:00"),
    (1.5, "[>1]0.0", "1.5"),
]
ZEROS = [
    (7, "000", "007"),
    (9876543210, "0000000000", "9876543210"),
    (-42, "000000;-000000", "-000042"),
    (7123456, r"00000\-00000", "00071-23456"),
    (791112345, '"Tel. "0000 000000', "Tel. 0791 112345"),
    (7, "[$-409]00000", "00007"),
    (7, "[Blue]000_ ", "007"),
    (1.5, "000", "1.5"),
    (7, "0", "7"),
    (7, "000.00", "7"),
    (7, "0,000", "7"),
    (7, "000%", "7"),
]
ALL = [*SPANS, *NO_SPANS, *ZEROS]


def formatted(given: list[tuple[float, str, str]], left: int = 0) -> bytes:
    """An XLSX workbook of numbers in these formats."""

    def change(book) -> None:
        for row, (_, code, _) in enumerate(given, 2):
            book.active.cell(row, 2).number_format = code
        book.active.move_range(f"A1:B{len(given) + 1}", cols=left)

    return workbook([["name", "number"], *(["x", number] for number, *_ in given)], change=change)


@pytest.mark.parametrize("left", [0, 3])
def test_numbers_of_a_workbook_read_as_their_formats_show_them(left):
    raw = formatted(ALL, left)
    for found in (read_sheet(raw, "c.xlsx"), read_sheet(with_far_cell(raw), "c.xlsx")):
        assert found.table.column("number").to_pylist() == [shown for *_, shown in ALL]
        assert not found.problems


def number_of(number: float) -> bytes:
    return struct.pack("<d", number)


def from_xlsb(given: list[tuple[int, bytes, int]], codes: list[str | int]) -> Sheet:
    """The sheet of an XLSB workbook from the kind, the content and the style of each cell below the header."""
    records = binary.xlsb_row(1) + binary.xlsb_cell(6, 3, 0, binary.wide("number"))
    for row, (kind, value, style) in enumerate(given, 2):
        records += binary.xlsb_row(row) + binary.xlsb_cell(kind, 3, style, value)
    return read_sheet(binary.xlsb(records, codes), "c.xlsb", sheet="Contacts")


def from_xls(given: list[tuple[int, bytes, int]], codes: list[str | int]) -> Sheet:
    """The same of an XLS workbook."""
    records = b"".join(binary.xls_row(row) for row in range(1, len(given) + 2)) + binary.xls_text(1, 3, "number")
    for row, (kind, value, style) in enumerate(given, 2):
        records += binary.xls_cell(kind, row, 3, style, value)
    return read_sheet(binary.xls(records, codes), "c.xls")


@pytest.mark.parametrize(("read", "number"), [(from_xlsb, 5), (from_xls, 0x0203)])
def test_numbers_of_a_binary_workbook_read_as_their_formats_show_them(read, number):
    given = [(number, number_of(value), style) for style, (value, *_) in enumerate(ALL, 1)]
    sheet = read(given, [code for _, code, _ in ALL])
    assert sheet.table.column("number").to_pylist() == [shown for *_, shown in ALL]
    assert not sheet.problems and not sheet.warnings


@pytest.mark.parametrize(
    ("read", "rk", "formula"),
    [(from_xlsb, 2, (9, bytes(2))), (from_xls, 0x027E, (0x0006, bytes(8)))],
    ids=["xlsb", "xls"],
)
def test_numbers_that_a_binary_workbook_stores_in_other_ways_read_alike(read, rk, formula):
    kind, end = formula
    half = struct.pack("<I", struct.unpack("<II", number_of(1.5))[1])
    given = [
        ((rk, binary.rk(7), 1), "00007"),
        ((rk, binary.rk(-7), 1), "-00007"),
        ((rk, binary.rk(700, hundredth=True), 1), "00007"),
        ((rk, half, 2), "36:00:00"),
        ((rk, binary.rk(150, hundredth=True), 2), "36:00:00"),
        ((rk, binary.rk(2), 2), "48:00:00"),
        ((rk, binary.rk(45_000), 3), "2023-03-15"),
        ((rk, binary.rk(45_000), 4), "2023-03-15"),
        ((rk, binary.rk(45_000), 0), "45000"),
        ((rk, binary.rk(4_500_050, hundredth=True), 4), "2023-03-15 12:00:00"),
        ((kind, number_of(7) + end, 1), "00007"),
        ((kind, number_of(0.5) + end, 2), "12:00:00"),
        ((kind, number_of(45_000) + end, 4), "2023-03-15"),
    ]
    sheet = read([cell for cell, _ in given], ["00000", 46, 14, "dd/mm/yyyy"])
    assert sheet.table.column("number").to_pylist() == [shown for _, shown in given]


def test_several_numbers_of_a_row_in_one_record_read_alike():
    many = struct.pack("<H", 1) + binary.rk(7) + struct.pack("<H", 0) + binary.rk(7) + struct.pack("<H", 2)
    many += binary.rk(2) + struct.pack("<H", 3)  # the last of the columns
    head = b"".join(binary.xls_text(1, column, name) for column, name in ((2, "a"), (3, "b"), (4, "c")))
    record = binary.xls_record(0x00BD, struct.pack("<HH", 1, 1) + many)
    sheet = read_sheet(binary.xls(head + record, ["000", "[h]:mm"]), "c.xls")
    assert sheet.table.to_pylist() == [{"a": "007", "b": "7", "c": "48:00:00"}]


def test_an_error_that_a_formula_ends_in_is_a_problem_of_its_row_in_a_binary_workbook_too():
    error = bytes([0x2A])
    sheet = from_xlsb([(11, error + bytes(10), 0), (3, error, 0), (5, number_of(7), 0)], [])
    assert [(problem.row, problem.column, problem.value) for problem in sheet.problems] == [
        (2, "number", "#N/A"),
        (3, "number", "#N/A"),
    ]
    value = bytes([2, 0, 0x2A, 0, 0, 0, 0xFF, 0xFF]) + bytes(8)
    sheet = from_xls([(0x0006, value, 0), (0x0205, error + b"\1", 0), (0x0203, number_of(7), 0)], [])
    assert [(problem.row, problem.value) for problem in sheet.problems] == [(2, "#N/A"), (3, "#N/A")]


def test_the_format_of_cells_that_name_no_style_is_followed():
    raw = workbook(
        [["name", "number"], ["x", 7]], change=lambda book: setattr(book.active["C9"], "number_format", "000")
    )
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        styles = archive.read("xl/styles.xml").decode()
    start, cell_formats = styles.split("<cellXfs")
    changed = f"{start}<cellXfs" + cell_formats.replace('numFmtId="0"', 'numFmtId="164"', 1)
    raw = repacked(raw, {"xl/styles.xml": changed.encode()})
    assert ' s="0"' not in sheet_xml(raw)
    for each in (raw, with_far_cell(raw)):
        assert cells(read_sheet(each, "c.xlsx")) == [["x", "007"]]


def test_spans_of_time_read_alike_whether_a_workbook_counts_from_1900_or_1904():
    from openpyxl.utils.datetime import CALENDAR_MAC_1904

    def count_from_1904(book) -> None:
        book.epoch = CALENDAR_MAC_1904
        book.active["B2"].number_format = "[h]:mm:ss"

    raw = workbook([["name", "number"], ["x", 1.5]], change=count_from_1904)
    assert cells(read_sheet(raw, "c.xlsx")) == cells(read_sheet(with_far_cell(raw), "c.xlsx")) == [["x", "36:00:00"]]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("PT36H00M00S", "36:00:00"),
        ("PT36H", "36:00:00"),
        ("PT09H05M07.25S", "09:05:07"),
        ("P1DT12H", "36:00:00"),
        ("PT90M", "01:30:00"),
        ("-PT01H30M00S", "-01:30:00"),
    ],
)
def test_spans_of_time_of_an_open_document_sheet_read_alike_however_they_are_written(written, shown):
    text = "<table:table-row><table:table-cell office:value-type='string'><text:p>when</text:p></table:table-cell>"
    time = f"<table:table-cell office:value-type='time' office:time-value='{written}'><text:p>shown</text:p>"
    row = f"<table:table-row>{time}</table:table-cell></table:table-row>"
    assert cells(read_sheet(open_table(f"{text}</table:table-row>{row}"), "c.ods")) == [[shown]]


OPEN_STYLES = """
<number:number-style style:name='N5'><number:number number:decimal-places='0' number:min-integer-digits='5'/>
</number:number-style>
<number:number-style style:name='N3'><number:text>No. </number:text><number:number number:min-integer-digits='3'/>
</number:number-style>
<number:number-style style:name='N2'><number:number number:decimal-places='2' number:min-integer-digits='5'/>
</number:number-style>
<number:number-style style:name='N1'><number:number number:decimal-places='0' number:min-integer-digits='1'/>
</number:number-style>
<style:style style:name='five' style:family='table-cell' style:data-style-name='N5'/>
<style:style style:name='bold' style:family='table-cell' style:parent-style-name='five'><style:text-properties/>
</style:style>
<style:style style:name='three' style:family='table-cell' style:parent-style-name='five' style:data-style-name='N3'/>
<style:style style:name='money' style:family='table-cell' style:data-style-name='N2'/>
<style:style style:name='plain' style:family='table-cell' style:data-style-name='N1'/>
<style:style style:name='round' style:family='table-cell' style:parent-style-name='round'/>
"""


def open_number(number: float, style: str = "", said: str = "") -> str:
    style = style and f"table:style-name='{style}'"
    cell = f"<table:table-cell {style} {said} office:value-type='float' office:value='{number}'>"
    return f"{cell}<text:p>{number}</text:p></table:table-cell>"


def open_numbers(styles: str = OPEN_STYLES) -> str:
    """The content of an OpenDocument workbook of two sheets, whose column D is in the style of five digits."""
    head = "".join(
        f"<table:table-cell office:value-type='string'><text:p>{name}</text:p></table:table-cell>" for name in "abcd"
    )
    rows = [
        f"<table:table-row>{head}</table:table-row>",
        "<table:table-row table:number-rows-repeated='2'>"
        + open_number(7, "five", "table:number-columns-repeated='2'")
        + "<table:covered-table-cell/>"
        + open_number(7)
        + "</table:table-row>",
        f"<table:table-row>{''.join(open_number(7, style) for style in ('bold', 'three', 'money', 'plain'))}"
        "</table:table-row>",
        "<table:table-row table:default-cell-style-name='three'>"
        + "".join([open_number(-7), open_number(1.5), open_number(7, "round"), open_number(123456)])
        + "</table:table-row>",
    ]
    columns = "<table:table-column table:number-columns-repeated='3'/>"
    columns += "<table:table-column table:number-columns-repeated='1021' table:default-cell-style-name='five'/>"
    other = f"<table:table table:name='Two'><table:table-row>{open_number(8, 'five')}</table:table-row></table:table>"
    content = content_of(open_table(columns + "".join(rows)))
    for name in ("number", "style"):
        content = content.replace(
            " xmlns:", f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" xmlns:', 1
        )
    content = content.replace("</office:spreadsheet>", f"{other}</office:spreadsheet>")
    return content.replace("<office:body>", f"<office:automatic-styles>{styles}</office:automatic-styles><office:body>")


OPEN_SHOWN = [
    ["00007", "00007", "", "00007"],
    ["00007", "00007", "", "00007"],
    ["00007", "No. 007", "7", "7"],
    ["-No. 007", "No. 002", "7", "No. 123456"],
]


@pytest.mark.parametrize("lay_out", [lambda content: content.replace("\n", ""), indented], ids=["plain", "indented"])
def test_zeros_that_only_a_format_shows_are_read_from_an_open_document_sheet(lay_out):
    sheet = read_sheet(open_content(lay_out(open_numbers())), "c.ods", sheet="One")
    assert cells(sheet) == OPEN_SHOWN
    assert not sheet.problems


def test_styles_of_an_open_document_may_stand_in_a_part_of_their_own():
    styles = f"<office:document-styles><office:styles>{OPEN_STYLES}</office:styles></office:document-styles>"
    raw = repacked(open_content(open_numbers(styles="")), {"styles.xml": styles.encode()})
    assert cells(read_sheet(raw, "c.ods", sheet="One")) == OPEN_SHOWN


def test_an_open_document_whose_cells_have_no_style_follows_the_one_by_default():
    content = open_numbers().replace(" table:default-cell-style-name='five'", "").replace("'five'", "'Default'")
    assert cells(read_sheet(open_content(content.replace("\n", "")), "c.ods", sheet="One")) == OPEN_SHOWN
