"""Rows that nobody sees although nothing in them says "hidden": no height, or none by default."""

from __future__ import annotations

import re

import pytest

from smscore.sheets import Sheet, read_sheet
from tests import binary_books as binary
from tests.test_sheets import (
    SMALL,
    cells,
    content_of,
    open_content,
    open_row,
    open_table,
    repacked,
    sheet_xml,
    workbook,
)

UNSYNCED_XLSB, UNSYNCED_XLS = 0x20, 0x40


def changed(change) -> Sheet:
    """The small workbook with its sheet's XML changed."""
    raw = workbook(SMALL)
    return read_sheet(repacked(raw, {"xl/worksheets/sheet1.xml": change(sheet_xml(raw)).encode()}), "c.xlsx")


@pytest.mark.parametrize(
    ("said", "hidden"),
    [
        ('ht="0" customHeight="1"', True),
        ("ht='0.0'", True),
        ('ht = "0"', True),
        ('ht="0.75" customHeight="1"', False),
        ('ht="15" customHeight="0"', False),
        ('hidden="true"', True),
        ('hidden="0"', False),
    ],
)
def test_a_row_without_height_is_hidden(said, hidden):
    sheet = changed(lambda xml: xml.replace('<row r="3"', f'<row r="3" {said}'))
    assert (cells(sheet), sheet.hidden.to_pylist()) == (SMALL[1:], [False, hidden, False])


def test_rows_that_a_sheet_writes_are_shown_although_its_rows_are_hidden_by_default():
    def hide_all_others(xml: str) -> str:
        xml = re.sub(r"<sheetFormatPr[^>]*>", '<sheetFormatPr defaultRowHeight="15" zeroHeight="1"/>', xml)
        return xml.replace('<row r="3"', '<row r="3" hidden="1"').replace('<row r="4"', '<row r="4" ht="20"')

    sheet = changed(hide_all_others)
    assert (cells(sheet), sheet.hidden.to_pylist()) == (SMALL[1:], [False, True, False])


def test_rows_that_are_hidden_by_default_or_without_height_in_a_binary_workbook():
    default = binary.xlsb_record(0x1E5, bytes([0xFF] * 4 + [8, 0, 0x2C, 1, 3, 0, 0, 0]))
    rows = [(1, 0, 300), (2, 0, 300), (3, UNSYNCED_XLSB, 0), (4, 0x10, 300), (5, UNSYNCED_XLSB, 300), (6, 0, 0)]
    records = b"".join(
        binary.xlsb_row(row, flags, height) + binary.xlsb_cell(6, 1, 0, binary.wide(f"x{row}"))
        for row, flags, height in rows
    )
    sheet = read_sheet(binary.xlsb(records, default_rows=default), "c.xlsb", sheet="Contacts")
    assert (sheet.rows.to_pylist(), sheet.hidden.to_pylist()) == ([2, 3, 4, 5, 6], [False, True, True, False, False])


@pytest.mark.parametrize("default", [0, 2])
def test_rows_of_an_old_workbook_without_a_record_of_their_own_are_hidden_where_such_rows_are(default):
    records = binary.xls_record(0x0225, bytes([default, 0, 0xFF, 0]))
    records += binary.xls_row(1) + binary.xls_row(3) + binary.xls_row(4, UNSYNCED_XLS, 0) + binary.xls_row(5, 0x20)
    records += b"".join(binary.xls_text(row, 1, f"x{row}") for row in range(1, 7))
    sheet = read_sheet(binary.xls(records), "c.xls")
    assert sheet.rows.to_pylist() == [2, 3, 4, 5, 6]
    assert sheet.hidden.to_pylist() == [bool(default), False, True, True, bool(default)]


def test_rows_without_height_in_an_open_document_sheet_are_hidden():
    height = "<style:style style:name='{}' style:family='table-row'><style:table-row-properties {}/></style:style>"
    styles = height.format("none", "style:row-height='0cm'") + height.format("low", "style:row-height='0.4cm'")
    styles += height.format("best", "style:use-optimal-row-height='true'")
    rows = ["", "none", "low", "best", "none"]
    page = "".join(open_row(f"x{at}", f"table:style-name='{style}'" if style else "") for at, style in enumerate(rows))
    content = content_of(open_table(page))
    content = content.replace("xmlns:", 'xmlns:style="urn:oasis:names:tc:opendocument:xmlns:style:1.0" xmlns:', 1)
    content = content.replace(
        "<office:body>", f"<office:automatic-styles>{styles}</office:automatic-styles><office:body>"
    )
    sheet = read_sheet(open_content(content), "c.ods")
    assert sheet.hidden.to_pylist() == [True, False, False, True]
