"""Columns that a workbook hides: told from every format, beaten by visible ones, and used only with a word."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import openpyxl
import pytest

from smscore import Choice, build_audience
from smscore.command import main
from smscore.errors import SheetError
from smscore.sheets import Sheet, read_sheet
from tests import binary_books as binary
from tests.test_contacts import sheet_of
from tests.test_sheets import content_of, open_content, open_table, repacked, sheet_xml, workbook

OWN, OTHERS, BLANK = ["+919876543210", "+919876543211"], ["+919811111111", "+919822222222"], ["", ""]
PAGE = [["Old", "Name", "Phone", "Mobile"], *([OTHERS[at], "Asha", OWN[at], OTHERS[at]] for at in range(2))]
GROUP = 0x0001 | 0x0100
"""The flags of a column in a closed group, in XLS and XLSB: hidden, one level deep."""


def hidden_columns(raw: bytes, name: str) -> tuple[str, ...]:
    return read_sheet(raw, name).hidden_columns


def with_columns(columns: str) -> bytes:
    """An XLSX workbook whose sheet describes its columns so."""
    raw = workbook(PAGE)
    return repacked(
        raw, {"xl/worksheets/sheet1.xml": sheet_xml(raw).replace("<sheetData>", columns + "<sheetData>").encode()}
    )


@pytest.mark.parametrize(
    ("columns", "hidden"),
    [
        ('<col min="3" max="3" width="9" hidden="1"/>', ("Phone",)),
        ("<col min='3' max='4' hidden = 'true'/>", ("Phone", "Mobile")),
        ('<col min="4" max="16384" hidden="1" />', ("Mobile",)),
        ('<col min="1" max="1" width="0" customWidth="1"/><col min="3" max="3" width="9"/>', ("Old",)),
        ('<col min="3" max="3" hidden="1" outlineLevel="1"/><col min="4" max="4" collapsed="1"/>', ("Phone",)),
        ('<col min="1" max="4" width="0.5" hidden="0"/>', ()),
        ('<!-- <col min="3" max="3" hidden="1"/> --><col max="1" hidden="1"/><col min="x" max="2" hidden="1"/>', ()),
        ('<col min="4" max="3" hidden="1"/><col min="0" max="99999" width="0.0"/>', tuple(PAGE[0])),
    ],
)
def test_hidden_columns_of_a_workbook_are_told(columns, hidden):
    assert hidden_columns(with_columns(f"<cols>{columns}</cols>"), "c.xlsx") == hidden


def test_hidden_columns_are_told_of_xml_with_a_prefix_and_a_long_head():
    raw = with_columns("<cols>" + '<col min="3" max="3" hidden="1"/>' + f"<!--{'x' * 300_000}--></cols>")
    assert hidden_columns(raw, "c.xlsm") == ("Phone",)
    xml = sheet_xml(raw).replace("</", "</x:").replace("<", "<x:").replace("<x:/x:", "</x:").replace("<x:!", "<!")
    xml = xml.replace("<x:?", "<?").replace("xmlns=", "xmlns:x=")
    assert hidden_columns(repacked(raw, {"xl/worksheets/sheet1.xml": xml.encode()}), "c.xlsx") == ("Phone",)


def test_a_closed_group_of_columns_as_a_library_writes_it():
    def close(book: openpyxl.Workbook) -> None:
        book.active.column_dimensions.group("C", "D", hidden=True)

    assert hidden_columns(workbook(PAGE, change=close), "c.xlsx") == ("Phone", "Mobile")


def test_hidden_columns_of_a_sheet_that_begins_further_right():
    book = openpyxl.Workbook()
    for row, cells in enumerate(PAGE, 3):
        for column, cell in enumerate(cells, 4):
            book.active.cell(row, column, cell)
    for letter in "AF":
        book.active.column_dimensions[letter].hidden = True
    kept = io.BytesIO()
    book.save(kept)
    assert hidden_columns(kept.getvalue(), "c.xlsx") == ("Phone",)


def test_hidden_columns_of_a_sheet_that_is_read_cell_by_cell():
    raw = with_columns('<cols><col min="3" max="3" hidden="1"/></cols>')
    stray = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    xml = sheet_xml(raw).replace("</sheetData>", stray)
    sheet = read_sheet(repacked(raw, {"xl/worksheets/sheet1.xml": xml.encode()}), "c.xlsx")
    assert sheet.hidden_columns == ("Phone",) and [each.code for each in sheet.warnings] == ["stray_cell"]


def xlsb(columns: bytes, first: int = 1) -> Sheet:
    records = b"".join(
        binary.xlsb_row(row)
        + b"".join(binary.xlsb_cell(6, at, 0, binary.wide(cell)) for at, cell in enumerate(cells, first))
        for row, cells in enumerate(PAGE, 1)
    )
    return read_sheet(binary.xlsb(records, default_rows=columns), "c.xlsb", sheet="Contacts")


def xls(columns: bytes, first: int = 1) -> Sheet:
    cells = [(row, at, cell) for row, cells in enumerate(PAGE, 1) for at, cell in enumerate(cells, first)]
    return read_sheet(binary.xls(columns + b"".join(binary.xls_text(*cell) for cell in cells)), "c.xls")


@pytest.mark.parametrize(("read", "described"), [(xlsb, binary.xlsb_columns), (xls, binary.xls_columns)])
def test_hidden_columns_of_binary_workbooks_are_told(read, described):
    assert read(described(3, 3, 1)).hidden_columns == ("Phone",)
    assert read(described(3, 4, GROUP)).hidden_columns == ("Phone", "Mobile")
    assert read(described(4, 256, 0, width=0)).hidden_columns == ("Mobile",)
    assert read(described(1, 2) + described(3, 4, 0x1000)).hidden_columns == ()  # collapsed: beside a closed group
    assert read(described(5, 5, 1), first=3).hidden_columns == ("Phone",)


def open_document(columns: str, styles: str = "", page: str = "") -> bytes:
    cell = "<table:table-cell office:value-type='string'><text:p>{}</text:p></table:table-cell>"
    rows = "".join(f"<table:table-row>{''.join(map(cell.format, row))}</table:table-row>" for row in PAGE)
    content = content_of(open_table(columns + rows + page))
    content = content.replace("xmlns:", 'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:', 1)
    styles = f"<office:automatic-styles>{styles}</office:automatic-styles><office:body>"
    return open_content(content.replace("<office:body>", styles))


SHOWN = "<table:table-column/>"


@pytest.mark.parametrize(
    ("columns", "hidden"),
    [
        (SHOWN * 2 + "<table:table-column table:visibility='collapse'/>", ("Phone",)),
        (SHOWN + "<table:table-column table:visibility='filter' table:number-columns-repeated='2'/>",
         ("Name", "Phone")),
        ("<table:table-column table:number-columns-repeated='3'/><table:table-column table:visibility='collapse' "
         "table:number-columns-repeated='16381'/>", ("Mobile",)),
        (SHOWN * 2 + f"<table:table-column-group table:display='false'>{SHOWN * 2}</table:table-column-group>" + SHOWN,
         ("Phone", "Mobile")),
        (f"<table:table-header-columns>{SHOWN}</table:table-header-columns>{SHOWN}<table:table-column "
         "table:style-name='none'/><table:table-column table:style-name='low'/>", ("Phone",)),
        (SHOWN * 4, ()),
    ],
)  # fmt: skip
@pytest.mark.parametrize("page", ["", "<!-- read from a plain copy -->"])
def test_hidden_columns_of_an_open_document_sheet_are_told(columns, hidden, page):
    width = "<style:style style:name='{}' style:family='table-column'><style:table-column-properties {}/></style:style>"
    height = "<style:style style:name='low' style:family='table-row'><style:table-row-properties {}/></style:style>"
    styles = width.format("none", "style:column-width='0cm'") + height.format("style:row-height='0cm'")
    sheet = read_sheet(open_document(columns, styles, page), "c.ods")
    assert sheet.hidden_columns == hidden and not any(sheet.hidden.to_pylist())


# The choice of the phone column


def hiding(*columns: str, **cells: list[str]) -> Sheet:
    return replace(sheet_of(**cells), hidden_columns=columns)


def codes(audience) -> list[str]:
    return [notice.code for notice in audience.warnings]


@pytest.mark.parametrize("seen", ["Phone", "Mobile number", "Contact", "Cell"])
@pytest.mark.parametrize("unseen", ["Primary phone", "Phone number", "Mobile"])
def test_a_visible_column_is_taken_in_place_of_a_hidden_one(seen, unseen):
    for cells in ({seen: OWN, unseen: OTHERS}, {unseen: OTHERS, seen: OWN}):
        audience = build_audience(hiding(unseen, **cells), Choice())
        assert audience.phone == (seen,) and "phone_column_hidden" not in codes(audience)


def test_of_two_columns_of_one_name_the_visible_one_is_taken():
    twins = {"Phone": ("Phone", "Phone (2)")}
    sheet = sheet_of(**{"Phone": OTHERS, "Phone (2)": OWN}, same_name=twins)
    assert build_audience(replace(sheet, hidden_columns=("Phone",)), Choice()).phone == ("Phone (2)",)
    for hidden in ((), ("Phone", "Phone (2)")):
        with pytest.raises(SheetError, match="Phone"):
            build_audience(replace(sheet, hidden_columns=hidden), Choice())


@pytest.mark.parametrize(
    ("seen", "cells"),
    [("Phone", BLANK), ("Phone", ["n/a", "12"]), ("Emergency contact phone", OTHERS), ("Old phone", OTHERS),
     ("Column B", OTHERS), ("Mobile", BLANK)],
)  # fmt: skip
def test_a_hidden_column_is_not_taken_without_asking_while_a_visible_one_may_be_meant(seen, cells):
    with pytest.raises(SheetError) as refused:
        build_audience(hiding("Mobile no", **{"Mobile no": OWN, seen: cells}), Choice())
    assert refused.value.code == "which_phone_column" and set(refused.value.facts["choices"]) == {seen, "Mobile no"}


def test_a_lone_hidden_column_is_used_with_a_word():
    audience = build_audience(hiding("Phone", Name=["Asha", "Ravi"], Phone=OWN), Choice())
    assert audience.phone == audience.phone_hidden == ("Phone",)
    notice = next(notice for notice in audience.warnings if notice.code == "phone_column_hidden")
    assert "hidden in the workbook: Phone." in str(notice)


def test_a_hidden_column_that_was_chosen_is_used_with_a_word():
    audience = build_audience(hiding("Mobile", Phone=OTHERS, Mobile=OWN), Choice(phone=("Phone", "Mobile")))
    assert audience.phone_hidden == ("Mobile",) and "phone_column_hidden" in codes(audience)
    assert not build_audience(hiding("Mobile", Phone=OWN, Mobile=OWN), Choice(phone=("Phone",))).phone_hidden


def test_hidden_columns_of_countries_and_opt_outs_count_like_visible_ones():
    cells = {"Phone": ["7911123456", "9876543210"], "Country": ["United Kingdom", "India"], "DND": ["", "yes"]}
    shown = build_audience(sheet_of(**cells), Choice(opt_out=("DND",)))
    hidden = build_audience(hiding("Country", "DND", **cells), Choice(opt_out=("DND",)))
    assert hidden.country == shown.country == ("Country",) and hidden.arithmetic() == shown.arithmetic()
    assert (
        hidden.tables.contacts.column("phone").to_pylist() == ["+447911123456"]
        and hidden.tables.opted_out.num_rows == 1
    )
    assert [each.column for each in build_audience(hiding("DND", **cells), Choice()).undecided] == ["DND"]


def test_check_names_a_hidden_column(tmp_path, capsys):
    raw = with_columns('<cols><col min="3" max="3" hidden="1"/><col min="1" max="1" hidden="1"/></cols>')
    (tmp_path / "c.xlsx").write_bytes(raw)
    file = str(tmp_path / "c.xlsx")
    assert main(["check", file, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["phone_column"] == "Mobile" and "hidden_phone_columns" not in found
    assert main(["check", file, "--phone", "Phone", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["hidden_phone_columns"] == ["Phone"] and "phone_column_hidden" in found["warnings"]
    assert main(["check", file, "--phone", "Phone"]) == 0
    assert "hidden in the workbook: Phone" in capsys.readouterr().out
