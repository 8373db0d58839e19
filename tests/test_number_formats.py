"""Workbooks of every kind: a number reads as Excel shows it in its format, where a reader would miss what that adds."""

from __future__ import annotations

import pytest

from smscore.sheets import read_sheet
from tests.test_sheets import cells, open_table, with_far_cell, workbook

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
    (7123456, r"00000\-00000", "0007123456"),
    (791112345, '"Tel. "0000 000000', "0791112345"),
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
