"""Workbooks that are valid but unlike those of Excel: no cell is read as something that nobody sees in it."""

from __future__ import annotations

import pytest

from smscore.sheets import Sheet, read_sheet
from tests.test_sheets import cells, problems, repacked, sheet_xml, with_far_cell, workbook

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
