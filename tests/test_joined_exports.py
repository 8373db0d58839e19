"""Exports joined to one file: the headers and totals between their rows are named and never texted."""

from __future__ import annotations

import io

import openpyxl
import pytest

from smscore import Choice, build_audience, read_sheet

HEADER, FIRST, SECOND = "name,phone,city\n", "Asha,9876543210,Pune\nRavi,9876543211,Goa\n", "Li,9876543212,Agra\n"
QUOTED = '"name","phone","city"\n'
BOM = "\ufeff"


def audience_of(content: bytes, name: str = "joined.csv"):
    sheet = read_sheet(content, name)
    audience = build_audience(sheet, Choice())
    sums = audience.arithmetic()
    assert sums.adds_up and sums.rows == sheet.row_count
    return sheet, audience


def book(rows: list[list]) -> bytes:
    workbook, stream = openpyxl.Workbook(), io.BytesIO()
    for row in rows:
        workbook.active.append(row)
    workbook.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize(
    "between",
    [HEADER, BOM + HEADER, BOM + QUOTED, "name, phone ,city\n", "name;phone;city\n", "\n\n" + HEADER],
)
def test_a_header_between_the_rows_is_a_problem_of_its_own(between):
    separator = ";" if ";" in between else ","
    text = (HEADER + FIRST).replace(",", separator) + between + SECOND.replace(",", separator)
    sheet, audience = audience_of(text.encode())
    assert audience.tables.contacts.column("phone").to_pylist() == ["+919876543210", "+919876543211", "+919876543212"]
    assert audience.reasons() == {"repeated_header": 1}
    (problem,) = sheet.problems
    assert problem.row == 4 + between.count("\n") - 1
    assert problem.reason == "This row repeats the header, as happens when files are joined."


def test_headers_of_many_joined_exports_are_counted_in_a_large_file():
    street = "Mahatma Gandhi Road " * 10  # the file is read as two halves
    parts = [
        HEADER + "".join(f"{street},98{part:02}{at:06},Pune\n" for at in range(10_000)) + "Total,10000,\n"
        for part in range(18)
    ]
    _, audience = audience_of("".join(parts).encode())
    assert audience.reasons() == {"too_short": 18, "repeated_header": 17}
    assert audience.people == 18 * 10_000


def test_a_header_between_the_rows_of_a_workbook_is_a_problem_as_well():
    rows = [["Name", "Mobile", None], ["Asha", "9876543210", "x"], ["Name", "Mobile", None], ["Li", 9876543211, "y"]]
    sheet, audience = audience_of(book([*rows, ["Total", 2, None]]), "joined.xlsx")
    assert audience.reasons() == {"repeated_header": 1, "too_short": 1}
    assert [problem.row for problem in sheet.problems] == [3]
    assert audience.tables.contacts.column("phone").to_pylist() == ["+919876543210", "+919876543211"]


def test_repeated_names_and_empty_header_cells_are_compared_as_they_are_written():
    header = "name,phone,mail,mail,\n"
    sheet, _ = audience_of((header + "Asha,9876543210,a,b,c\n" * 2 + header).encode())
    assert [(problem.row, problem.code) for problem in sheet.problems] == [(4, "repeated_header")]


@pytest.mark.parametrize("row", ["phone,name,city\n", "name,phone,Pune\n", "name,9876543219,city\n"])
def test_a_row_that_says_something_else_is_read_as_any_other(row):
    sheet, _ = audience_of((HEADER + FIRST + row).encode())
    assert not sheet.problems and sheet.table.num_rows == 3


def test_a_contact_that_was_taken_for_the_header_does_not_hide_its_repetition():
    sheet = read_sheet(b"Asha,9876543210\nLi,9876543211\nAsha,9876543210\n", "c.csv", header=True)
    assert not sheet.problems and sheet.table.num_rows == 2


@pytest.mark.parametrize("footer", ["Total,4,\n", "Total: 4\n", "4 records,,\n", "(4 rows)\n", "--- end ---,,\n"])
def test_a_footer_is_a_problem_and_never_a_contact(footer):
    _, audience = audience_of((HEADER + FIRST + footer).encode())
    assert audience.people == 2 and audience.arithmetic().problems == 1
