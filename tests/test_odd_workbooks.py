"""Workbooks that are valid but unlike those of Excel: no cell is read as something that nobody sees in it."""

from __future__ import annotations

import struct

import pytest
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from smscore.sheets import Sheet, read_sheet
from tests import binary_books as binary
from tests.test_packages import SPACES, packed, relations, with_strings
from tests.test_sheets import (
    SMALL,
    cells,
    content_of,
    open_content,
    open_table,
    problems,
    repacked,
    sheet_xml,
    with_far_cell,
    workbook,
)

HEAD = [["name", "phone"], ["Asha", 919876543210], ["Ravi", 919876543211]]


def with_cell(cell: str, careful: bool = False) -> Sheet:
    """The sheet of a workbook whose cell A2 is given as XML."""
    raw = workbook(HEAD)
    start, _, rest = sheet_xml(raw).partition('<c r="A2"')
    xml = start + cell + rest.partition("</c>")[2]
    raw = repacked(raw, {"xl/worksheets/sheet1.xml": xml.encode()})
    return read_sheet(with_far_cell(raw) if careful else raw, "c.xlsx")


@pytest.mark.parametrize("careful", [False, True])
def test_signs_that_xml_cannot_hold_are_read_in_the_value_of_a_formula_too(careful):
    sheet = with_cell('<c r="A2" t="str"><f>B1&amp;CHAR(13)</f><v>a_x000D_&lt;_x005F_x0041_</v></c>', careful)
    assert cells(sheet)[0] == ["a\r<_x0041_", "919876543210"]


def never_calculated(values: list[str], when_opened: str = "1") -> Sheet:
    """A sheet of formulas with these values, in a workbook that is to be calculated when it is opened, or not."""

    def fill(book) -> None:
        book.calculation.fullCalcOnLoad = when_opened == "1"

    raw = workbook([["name", "phone"], *(["=UPPER(Z1)", 919876543210 + at] for at in range(len(values)))], change=fill)
    xml = sheet_xml(raw)
    for value in values:
        xml = xml.replace("<v></v>", f"<v>{value}</v>", 1).replace("<v />", f"<v>{value}</v>", 1)
        xml = xml.replace("<v/>", f"<v>{value}</v>", 1)
    return read_sheet(repacked(raw, {"xl/worksheets/sheet1.xml": xml.encode()}), "c.xlsx")


def test_zeros_that_stand_for_values_never_calculated_are_problems():
    sheet = never_calculated(["0", "0"])
    assert problems(sheet) == [(2, "name", "cell_error_value"), (3, "name", "cell_error_value")]
    assert [problem.value for problem in sheet.problems] == ["=UPPER(Z1)", "=UPPER(Z1)"]


@pytest.mark.parametrize(("values", "when_opened"), [(["0", "5"], "1"), (["0", "0"], "0"), (["00", "1"], "1")])
def test_zeros_among_other_values_or_in_a_calculated_workbook_are_zeros(values, when_opened):
    sheet = never_calculated(values, when_opened)
    assert not sheet.problems and sheet.table.column("name")[0].as_py() == "0"


@pytest.mark.parametrize(
    "cell",
    [
        '<c r="A2" t="str"><v><![CDATA[Tom & <Co>]]></v></c>',
        '<c r="A2" t="str"><v>Tom <!-- not > read -->&amp; &lt;Co&gt;</v></c>',
        '<c r="A2" t="str"><v>Tom &amp; <![CDATA[<Co]]>&gt;</v></c>',
    ],
)
def test_a_value_with_a_comment_or_character_data_in_it_is_read_whole(cell):
    assert cells(with_cell(cell)) == [["Tom & <Co>", "919876543210"], ["Ravi", "919876543211"]]


def test_rows_within_a_comment_are_no_rows():
    raw = workbook(SMALL)
    aside = '<!-- <row r="3" hidden="1"><c r="A3"><v>1</v></c></row> --></sheetData>'
    xml = sheet_xml(raw).replace("</sheetData>", aside)
    sheet = read_sheet(repacked(raw, {"xl/worksheets/sheet1.xml": xml.encode()}), "c.xlsx")
    assert (cells(sheet), sheet.hidden.to_pylist()) == (SMALL[1:], [False] * 3)


@pytest.mark.parametrize("number", [2_958_466, 91_234_567, 12_345_678.5])
def test_a_number_past_all_dates_is_read_as_the_number_it_is_however_near(number):
    raw = workbook([["n"], [number]], change=lambda book: setattr(book.active["A2"], "number_format", "yyyy-mm-dd"))
    for each in (raw, with_far_cell(raw)):
        assert cells(read_sheet(each, "c.xlsx")) == [[f"{number:.15g}"]]


def test_times_of_a_workbook_that_counts_from_1904_have_no_date():
    shown = {0.25: "06:00:00", 0.75: "18:00:00", 1.5: "1904-01-02 12:00:00", 45_000: "2027-03-16"}

    def count_from_1904(book) -> None:
        book.epoch = CALENDAR_MAC_1904
        for row in range(2, len(shown) + 2):
            book.active.cell(row, 1).number_format = "hh:mm"

    raw = workbook([["when"], *([number] for number in shown)], change=count_from_1904)
    for each in (raw, with_far_cell(raw)):
        assert [row for (row,) in cells(read_sheet(each, "c.xlsx"))] == list(shown.values())
    mode = binary.xls_record(0x0022, b"\1\0")
    numbers = b"".join(
        binary.xls_cell(0x0203, row, 1, 1, struct.pack("<d", number)) for row, number in enumerate(shown, 2)
    )
    old = binary.xls(binary.xls_text(1, 1, "when") + numbers, [20], further=mode)
    assert [row for (row,) in cells(read_sheet(old, "c.xls"))] == list(shown.values())
    usual = binary.xls(
        binary.xls_text(1, 1, "when") + binary.xls_cell(0x0203, 2, 1, 1, struct.pack("<d", 1462.5)), [22]
    )
    assert cells(read_sheet(usual, "c.xls")) == [["1904-01-01 12:00:00"]]


def open_cells(*given: str) -> Sheet:
    """An OpenDocument sheet of one column with these cells below its header, each beside a text."""
    text = "<table:table-cell office:value-type='string'><text:p>{}</text:p></table:table-cell>"
    row = f"<table:table-row>{{}}{text}</table:table-row>"
    rows = [row.format(text.format("name"), "note"), *(row.format(cell, "x") for cell in given)]
    content = content_of(open_table("".join(rows)))
    space = 'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0"'
    return read_sheet(open_content(content.replace("xmlns:", f"{space} xmlns:", 1)), "c.ods")


def test_formulas_of_an_open_document_that_have_no_value_are_problems():
    error = "<table:table-cell table:formula='of:=NA()' office:value-type='{}' calcext:value-type='error'>"
    sheet = open_cells(
        error.format("string' office:string-value='") + "<text:p>#N/A</text:p></table:table-cell>",
        error.format("float' office:value='0") + "<text:p>#DIV/0!</text:p></table:table-cell>",
        "<table:table-cell table:formula='of:=UPPER([.A1])'/>",
        "<table:table-cell table:formula='of:=1+1' office:value-type='float' office:value='2'/>",
    )
    assert problems(sheet) == [(row, "name", "cell_error_value") for row in (2, 3, 4)]
    assert [problem.value for problem in sheet.problems] == ["=NA()", "=NA()", "=UPPER([.A1])"]
    assert cells(sheet) == [["2", "x"]]


def test_texts_of_cells_that_do_not_say_what_they_hold_are_read():
    sheet = open_cells(
        "<table:table-cell><text:p>Asha</text:p></table:table-cell>",
        "<table:table-cell table:style-name='a>b'><text:p>Ravi <text:span>K</text:span></text:p></table:table-cell>",
        "<table:table-cell/>",
        "<table:table-cell table:style-name='/' office:value-type='float' office:value='7'><text:p>7.0</text:p>"
        "</table:table-cell>",
    )
    assert [name for name, _ in cells(sheet)] == ["Asha", "Ravi K", "", "7"]


def with_shared(texts: list[str], values: list[str], write=str) -> Sheet:
    """The sheet of a workbook with a column of shared texts beside a column of cells that are given as XML."""
    parts = with_strings("")
    listed = "".join(f"<si>{write(f'<t>{text}</t>')}</si>" for text in ["text", "value", *texts])
    rows = "".join(
        f'<row r="{at + 2}"><c r="A{at + 2}" t="s"><v>{at + 2}</v></c><c r="B{at + 2}" {value}</c></row>'
        for at, value in enumerate(values)
    )
    head = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    styles = '<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/></cellXfs>'
    change = {
        "xl/sharedStrings.xml": f"<sst {SPACES}>{listed}</sst>",
        "xl/worksheets/sheet1.xml": f"<worksheet {SPACES}><sheetData>{head}{rows}</sheetData></worksheet>",
        "xl/styles.xml": f"<styleSheet {SPACES}>{styles}</styleSheet>",
        "xl/_rels/workbook.xml.rels": relations(
            ("rId1", "worksheet", "worksheets/sheet1.xml"),
            ("rId2", "sharedStrings", "sharedStrings.xml"),
            ("rId3", "styles", "styles.xml"),
        ),
    }
    return read_sheet(packed(parts | change), "c.xlsx")


VALUES = ['s="1"><v>45000</v>', 't="b"><v>1</v>', "><v>1234567890.1234567</v>"]
READ = ["2023-03-15", "TRUE", "1234567890.12346"]
ALIKE = ["2023-03-15 00:00:00", "true", "1234567890.1234567"]


@pytest.mark.parametrize(
    "write",
    [
        str,
        lambda text: text.replace("<t>", '<t xml:space="preserve">'),
        lambda text: f"<r>{text[:7]}</t></r><r><t>{text[7:]}</r>",
        lambda text: text.replace("<t>2", "<t>&#50;").replace("<t>t", "<t>&#116;").replace("<t>1", "<t>&#49;"),
    ],
    ids=["plain", "preserved", "in runs", "escaped"],
)
@pytest.mark.parametrize("texts", [ALIKE, ["Asha", "Ravi", "Meera"]], ids=["alike", "unlike"])
def test_texts_stay_as_written_and_values_read_as_shown_however_texts_are_kept(texts, write):
    sheet = with_shared(texts, VALUES, write)
    assert sheet.table.column("text").to_pylist() == texts
    assert sheet.table.column("value").to_pylist() == READ
