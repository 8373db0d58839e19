"""A line of a text file as an operator sees it, and as it is read again once they have corrected it.

A correction must keep to the rules of the file: its separator, its quotes, and what no cell may hold.
"""

from __future__ import annotations

import re
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from smscore.errors import RowProblem, explain

from . import text_columns as text
from .problem_table import build_problem_table, repeat_word
from .reader.exact_reader import LINE_KEPT, parse_leniently, parse_strictly
from .sheet import LIMITS

VISIBLE = {"\t": "⇥", "\x1f": "␟", "\x1e": "␞", "\x01": "␁"}
"""What is shown, and may be typed, for an invisible separator."""
NUL = "␀"
NAMES = {",": "a comma", ";": "a semicolon", "|": "a bar ( | )", ":": "a colon", "\t": r"a tab (shown as ⇥; write \t)"}
ERROR_VALUE = re.compile(r"#(DIV/0!|N/A|NAME\?|NULL!|NUM!|REF!|VALUE!|GETTING_DATA)")
LINE_END = re.compile(r"[\r\n]")


class NotOneRow(Exception):
    """What an operator typed is not one row of the file: the code of the reason, and how many cells it has."""

    def __init__(self, code: str, cells: int = 1) -> None:
        super().__init__(code)
        self.code, self.cells = code, cells


def build_line_problem(row: int, line: str, code: str, cells: int, width: int, separator: str) -> RowProblem:
    """Return the problem of a whole line of `cells` cells in a sheet of `width` columns; `line` is as it is shown."""
    detail = _explain_cell_count(cells, width, separator) if code == "ragged_row" else ""
    return RowProblem(row, "", line, code, detail=detail)


def build_line_problems(lines: pa.Table, rows: pa.Array, width: int, separator: str) -> pa.Table:
    """Return the problems of whole lines as a table of `problem_table.SHAPE`; lines that are cut have their own codes.

    `lines` is a table of `framing.UNUSABLE_SHAPE`, `rows` has the number of each.
    """
    cut = pc.if_else(lines.column("cut"), "long_", "")
    codes = pc.binary_join_element_wise(cut, lines.column("code"), "").combine_chunks().dictionary_encode()
    cells = lines.column("cell").combine_chunks().dictionary_encode()
    details = pa.array(
        [_explain_cell_count(count, width, separator) for count in cells.dictionary.to_pylist()] + [""], pa.string()
    )
    ragged = pc.equal(codes.cast(pa.string()), "ragged_row")
    detail = pa.DictionaryArray.from_arrays(
        pc.if_else(ragged, cells.indices, len(details) - 1).cast(pa.int32()), details
    )
    whole = repeat_word("", len(rows))
    return build_problem_table(
        rows, whole, _show_separators(lines.column("text").combine_chunks(), separator), codes, detail
    )


def _show_separators(lines: pa.StringArray, separator: str) -> pa.StringArray:
    lines = pc.replace_substring(lines, "\0", NUL)
    return pc.replace_substring(lines, separator, VISIBLE[separator]) if separator in VISIBLE else lines


@cache
def _explain_cell_count(cells: int, width: int, separator: str) -> str:
    name = NAMES.get(separator) or VISIBLE.get(separator, separator)
    return explain("cells_counted", cells=cells, columns=width, separator=name).sentence


def parse_row(written: str, separator: str, width: int) -> list[str]:
    """Return the `width` cells of a line that an operator typed, read as a line of the file. Raises `NotOneRow`."""
    line = _restore_separators(written, separator).rstrip("\r\n")
    if len(line) > LINE_KEPT * 2:
        raise NotOneRow("cell_too_long")
    cells = parse_strictly(line, separator)
    if cells is None:
        raise NotOneRow("unclosed_quote")
    if not cells and LINE_END.search(line):
        raise NotOneRow("several_rows")
    cells = cells or parse_leniently(line, separator)
    if len(cells) > width and not any(cells[width:]):
        cells = cells[:width]
    if len(cells) != width:
        raise NotOneRow("ragged_row", len(cells))
    if fault := next(filter(None, map(find_cell_fault, cells)), ""):
        raise NotOneRow(fault)
    return [_clean_cell(cell) for cell in cells]


def find_cell_fault(cell: str) -> str:
    """Return the code of what makes a cell unusable (zero bytes, its length, an error value of Excel), or ""."""
    if "\0" in cell or NUL in cell:
        return "nul_byte"
    if len(cell) > LIMITS.cell:
        return "cell_too_long"
    return "cell_error_value" if ERROR_VALUE.fullmatch(cell.strip()) else ""


def _restore_separators(written: str, separator: str) -> str:
    if separator not in VISIBLE:
        return written
    written = written.replace(VISIBLE[separator], separator)
    return written.replace("\\t", separator) if separator == "\t" else written


def _clean_cell(cell: str) -> str:
    column = pa.array([cell], pa.string())
    return text.remove_unseen(text.remove_guards(text.Cells.of(column)))[0][0].as_py()
