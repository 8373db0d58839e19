"""Text files so large that two halves are read at once: the same rows, numbers and problems as when read in one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from smscore.errors import SheetError
from smscore.sheets import LIMITS, Sheet, read_sheet
from smscore.sheets.reader.pieces import LEAST_FOR_TWO

HEADER = "name,phone,note\n"
PAD = "x" * 380
COUNT = 90_000


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """Lines of a file that is read in halves."""
    made = [f"name {at},{9_876_500_000 + at},{PAD}\n" for at in range(COUNT)]
    assert sum(map(len, made)) > LEAST_FOR_TWO
    return made


def read(lines: list[str], encoding: str = "utf-8", **asked) -> Sheet:
    return read_sheet((HEADER + "".join(lines)).encode(encoding), "c.csv", **asked)


def in_the_middle(lines: list[str]) -> int:
    """The index of the line in which the middle of the file lies."""
    half, passed = (len(HEADER) + sum(map(len, lines))) // 2, len(HEADER)
    for at, line in enumerate(lines):
        passed += len(line)
        if passed > half:
            return at
    raise AssertionError("no line there")


def names(sheet: Sheet) -> list[str]:
    return sheet.table.column("name").to_pylist()


def test_rows_problems_and_blank_lines_of_both_halves_keep_their_numbers(lines):
    odd = {10: "Ravi,1\n", 100: "\n", 40_000: f'"Rao, Li","+91 1 2",{PAD}\n', 70_000: "Li,2,3,4\n", 70_001: "\n"}
    odd |= {80_000: f"N\0l,3,{PAD}\n", 80_001: "A,1\n", 89_999: f"Zoë,4,{PAD}\n"}
    sheet = read([odd.get(at, line) for at, line in enumerate(lines)])
    refused = {10: "ragged_row", 70_000: "ragged_row", 80_000: "nul_byte", 80_001: "ragged_row"}
    assert {problem.row - 2: problem.code for problem in sheet.problems} == refused
    kept = [at for at in range(COUNT) if at not in refused and at not in (100, 70_001)]
    assert sheet.rows.to_pylist() == [at + 2 for at in kept]
    assert names(sheet) == [{40_000: "Rao, Li", 89_999: "Zoë"}.get(at, f"name {at}") for at in kept]
    assert (sheet.blank_rows, sheet.row_count) == (2, COUNT - 2)


def test_cells_over_several_lines_around_the_middle_stay_whole(lines):
    cell = "\n".join(["a line without end"] * 1_500)
    at = in_the_middle(lines)
    several = [f'"{cell}",{9_000_000_000 + n},{PAD}\n' for n in range(40)]
    lines = [*lines[: at - 500], *several, *lines[at + 500 :]]
    middle = (len(HEADER) + sum(map(len, lines))) // 2
    text = HEADER + "".join(lines)
    assert text[: text.index("\n", middle)].count('"') % 2, "the middle is not within quotes"
    sheet = read(lines)
    assert names(sheet) == [line[1:].partition('"')[0] if line[0] == '"' else line.split(",")[0] for line in lines]
    assert not sheet.problems


@pytest.mark.parametrize("place", ["end", "begin"])
def test_a_quote_left_open_right_at_the_middle_costs_its_own_line_only(lines, place):
    at = in_the_middle(lines)
    opened = f'open,{at},"{PAD}\n' if place == "end" else f'"open,{at},{PAD}\n'
    sheet = read([*lines[:at], opened, *lines[at + 1 :]])
    assert [(problem.row, problem.code) for problem in sheet.problems] == [(at + 2, "unclosed_quote")]
    assert names(sheet) == [f"name {n}" for n in range(COUNT) if n != at]


@pytest.mark.parametrize("at", [50, 85_000])
def test_windows_letters_of_either_half_are_read_and_told(lines, at):
    sheet = read([*lines[:at], f"José,1,{PAD}\n", *lines[at + 1 :]], "cp1252")
    assert names(sheet) == ["José" if n == at else f"name {n}" for n in range(COUNT)]
    assert [notice.code for notice in sheet.warnings] == ["encoding_guessed"]


def test_rows_of_both_halves_count_towards_the_limit(lines):
    with pytest.raises(SheetError) as refusal:
        read(lines, limits=replace(LIMITS, rows=COUNT - 1))
    assert refusal.value.code == "too_many_rows"
    assert read(lines, limits=replace(LIMITS, rows=COUNT)).row_count == COUNT


def test_progress_goes_on_to_the_end_and_never_back(lines):
    heard = []
    read(lines, progress=lambda fraction, _: heard.append(fraction))
    assert heard == sorted(heard) and heard[0] > 0 and heard[-1] == 1.0 and len(heard) > 20
