"""The problems of a sheet: a sequence for people, columns for everything else, and the two say the same."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smscore.errors import RowProblem
from smscore.sheets import Problems, read_sheet
from smscore.sheets.problem_table import build_cell_problems
from smscore.sheets.reader.framing import UNUSABLE_SHAPE
from smscore.sheets.text_columns import Oddities

CODES = ("ragged_row", "cell_error_value", "nul_byte", "no code of ours")
ONES = st.builds(
    RowProblem,
    row=st.integers(2, 9),
    column=st.sampled_from(["", "phone", "city"]),
    value=st.sampled_from(["", "#N/A", "#REF!", "a\u2400"]),
    code=st.sampled_from(CODES),
    suggestion=st.sampled_from(["", "12"]),
    detail=st.sampled_from(["", "Cells in it: 4."]),
)
LISTS = st.lists(ONES, max_size=12)


@given(LISTS, st.integers(-13, 13), st.integers(-13, 13))
def test_problems_are_a_sequence_of_what_they_were_made_of(ones, start, end):
    problems = Problems.of(ones)
    assert list(problems) == ones and len(problems) == len(ones)
    assert list(problems[start:end]) == ones[start:end]
    assert [problems[at] for at in range(-len(ones), len(ones))] == ones + ones
    with pytest.raises(IndexError):
        problems[len(ones)]


@given(LISTS)
def test_the_reasons_are_those_of_each_problem(ones):
    assert Problems.of(ones).build_reasons().to_pylist() == [one.reason for one in ones]


@given(LISTS, LISTS, st.sets(st.integers(2, 9)))
def test_problems_are_joined_by_row_counted_and_parted(ones, others, rows):
    problems = Problems.join(Problems.of(ones).table, Problems.of(others).table)
    wanted = sorted([*ones, *others], key=lambda one: one.row)
    assert list(problems) == wanted
    assert problems.row_count == len({one.row for one in wanted})
    assert problems.count_codes() == {code: n for code in CODES if (n := [one.code for one in wanted].count(code))}
    assert list(problems.select_rows(rows)) == [one for one in wanted if one.row in rows]
    assert list(problems.without_rows(rows)) == [one for one in wanted if one.row not in rows]
    assert list(problems.without_rows(rows)[:2]) == [one for one in wanted if one.row not in rows][:2]


def test_bad_cells_of_the_child_and_of_the_columns_come_together():
    told = [(1, 0, "#N/A", False, "cell_error_value"), (3, 0, "#N/A", False, "cell_error_value")]
    told += [(3, 1, "#REF!", False, "cell_error_value"), (4, 2, "#N/A", False, "cell_error_value")]
    columns = [pa.array(each, field.type) for each, field in zip(zip(*told, strict=True), UNUSABLE_SHAPE, strict=True)]
    odd = Oddities(np.array([0, 2]), 1, pa.array(["a\u2400", "b\u2400"]), "nul_byte")
    given_in = pa.table(columns, UNUSABLE_SHAPE), 1, np.array([2, 3, 4], np.int32), [odd], ("name", "phone")
    found = Problems.join(build_cell_problems(*given_in))
    assert [(one.row, one.column, one.value) for one in found] == [
        *((2, "phone", "a\u2400"), (3, "name", "#N/A"), (3, "phone", "#REF!"), (4, "phone", "b\u2400"))
    ]
    together = Problems.join(build_cell_problems(*given_in, most=3))
    assert [(one.row, one.column, one.value) for one in together] == [
        *((2, "phone", "a\u2400"), (3, "", "2 cells"), (4, "phone", "b\u2400"))
    ]


def test_lines_of_many_kinds_each_say_what_is_wrong_with_them():
    sound = "name,phone\n" + "Asha,9876543210\n" * 300
    sheet = read_sheet(f'{sound}Li,1,2\nRavi,3,4,5\nMeera\n"Zoë,7\n'.encode(), "c.csv")
    assert [(one.row, one.value, one.code, one.detail[:15]) for one in sheet.problems] == [
        (302, "Li,1,2", "ragged_row", "It has 3 cells;"),
        (303, "Ravi,3,4,5", "ragged_row", "It has 4 cells;"),
        (304, "Meera", "ragged_row", "It has 1 cell; "),
        (305, '"Zoë,7', "unclosed_quote", ""),
    ]


@pytest.mark.slow
def test_a_hundred_thousand_problems_are_told_without_a_look_at_each():
    sound = "name,phone\n" + "Asha,9876543210\n" * 300
    sheet = read_sheet((sound + "Li,1,2\n" * 200_000).encode(), "c.csv")
    assert (len(sheet.problems), sheet.row_count) == (200_000, 200_300)
    assert "RowProblem" not in {type(each).__name__ for each in vars(sheet.problems).values()}
    assert sheet.problems[-1].row == 200_301
