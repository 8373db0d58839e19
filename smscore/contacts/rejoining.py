"""Rows that the sheet could not take as they were, put right by the operator and back at their place among the others.

A row refused for single cells joins when each of these cells is corrected, with its other cells as they were read. A
line whose cells could not be told apart is corrected as a whole: what the operator wrote is read by the rules of the
file. What is still wrong stays a problem, with what was written as its value.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from smscore.errors import RowProblem
from smscore.sheets import NotOneRow, Problems, Sheet, build_line_problem, find_cell_fault, parse_row

if TYPE_CHECKING:
    import pandas as pd

Corrections = Mapping[tuple[int, str], str]

NOT_HERE = ("long_ragged_row", "long_unclosed_quote", "many_bad_cells")
"""Whole rows that cannot be corrected where they are listed: what is not shown of them would be lost."""
VALUE_SHOWN = 500


@dataclass
class _Outcome:
    """What became of the rows that were corrected: those that join, by their numbers (cells, whether hidden), the
    problems that remain, and the corrections that were heard, right or wrong."""

    joined: dict[int, tuple[list[str], bool]] = field(default_factory=dict)
    left: list[RowProblem] = field(default_factory=list)
    heard: set[tuple[int, str]] = field(default_factory=set)


def rejoin(sheet: Sheet, corrections: Corrections) -> tuple[Sheet, set[tuple[int, str]]]:
    """Return the sheet with the rows that `corrections` make readable, and the corrections of such rows.

    Corrections: (row, column) → value, where a whole line has the column "".
    """
    outcome = _Outcome()
    touched = _find_touched(sheet, {row for row, _ in corrections})
    for row, problems in touched.items():
        if problems[0].column:
            _correct_cells(outcome, sheet, problems, corrections)
        else:
            _correct_line(outcome, sheet, problems[0], corrections.get((row, "")))
    if not outcome.heard:
        return sheet, outcome.heard
    others = sheet.problems.without_rows(touched.keys())
    left = Problems.join(others.table, Problems.of(outcome.left).table)
    return _insert_rows(replace(sheet, problems=left), outcome.joined), outcome.heard


def list_editable_lines(problems: pd.DataFrame) -> list[str]:
    """Return what an operator starts from to correct each of `Audience.problems`: the line, where all of it counts."""
    lines = zip(*(problems[name] for name in ("column", "value", "code")), strict=True)
    return [value if not column and code not in NOT_HERE else "" for column, value, code in lines]


def _find_touched(sheet: Sheet, rows: set[int]) -> dict[int, list[RowProblem]]:
    found: dict[int, list[RowProblem]] = defaultdict(list)
    for problem in sheet.problems.select_rows(rows):
        found[problem.row].append(problem)
    return found


def _correct_cells(outcome: _Outcome, sheet: Sheet, problems: list[RowProblem], corrections: Corrections) -> None:
    row = problems[0].row
    cells = _find_set_aside(sheet, row)
    if cells is None:
        outcome.left += problems
        return
    left = _list_still_wrong(problems, corrections)
    outcome.left += left
    if not left:
        outcome.joined[row] = cells
    outcome.heard.update((row, problem.column) for problem in problems)


def _list_still_wrong(problems: list[RowProblem], corrections: Corrections) -> list[RowProblem]:
    return [wrong for one in problems if (wrong := _check_corrected(one, corrections.get((one.row, one.column))))]


def _check_corrected(problem: RowProblem, written: str | None) -> RowProblem | None:
    """Return the problem of a cell with what was written there, or None when that is sound."""
    if written is None or written == problem.value:
        return problem
    fault = find_cell_fault(written)
    return replace(problem, value=written[:VALUE_SHOWN], code=fault) if fault else None


def _find_set_aside(sheet: Sheet, row: int) -> tuple[list[str], bool] | None:
    aside = sheet.set_aside
    place = int(np.searchsorted(aside.rows.to_numpy(), row)) if aside else 0
    if aside is None or place == len(aside.rows) or aside.rows[place].as_py() != row:
        return None
    return [column[place].as_py() for column in aside.table.columns], aside.hidden[place].as_py()


def _correct_line(outcome: _Outcome, sheet: Sheet, problem: RowProblem, written: str | None) -> None:
    if written is None or problem.code in NOT_HERE:
        outcome.left.append(problem)
        return
    outcome.heard.add((problem.row, ""))
    width = sheet.table.num_columns
    try:
        outcome.joined[problem.row] = parse_row(written, sheet.separator, width), False
    except NotOneRow as wrong:
        left = build_line_problem(problem.row, written, wrong.code, wrong.cells, width, sheet.separator)
        outcome.left.append(left)


def _insert_rows(sheet: Sheet, joined: Mapping[int, tuple[list[str], bool]]) -> Sheet:
    """Return the sheet with rows inserted where their numbers belong: number → (cells, whether the row is hidden)."""
    if not joined:
        return sheet
    order = sorted(joined)
    places = np.searchsorted(sheet.rows.to_numpy(), order)
    lines = zip(*(joined[row][0] for row in order), strict=True)
    table = pa.table(
        [
            put_cells(column, zip(places.tolist(), cells, strict=True))
            for column, cells in zip(sheet.table.columns, lines, strict=True)
        ],
        schema=sheet.table.schema,
    )
    hidden = np.insert(sheet.hidden.to_numpy(zero_copy_only=False), places, [joined[row][1] for row in order])
    rows = np.insert(sheet.rows.to_numpy(), places, order)
    return replace(sheet, table=table, rows=pa.array(rows, pa.int32()), hidden=pa.array(hidden, pa.bool_()))


def put_cells(column: pa.ChunkedArray, cells: Iterable[tuple[int, str]], taking: int = 0) -> pa.ChunkedArray:
    """Return a column with cells, (place, text) in ascending order, before the cells at these places.

    Each takes the place of the next `taking` cells.
    """
    # The stretches between are shared, not copied: a sheet has millions of cells and few corrections.
    pieces, start = [], 0
    for place, text in cells:
        pieces += [*column.slice(start, place - start).chunks, pa.array([text], column.type)]
        start = place + taking
    return pa.chunked_array([*pieces, *column.slice(start).chunks], column.type)
