"""Parse one piece of a text file with Arrow: whole lines, about a megabyte of them, every column as text.

Arrow numbers the records it can't use and keeps blank lines as rows of empty cells, so that every row number stays.
Whether the text is UTF-8 is not checked here: the parent checks all bytes anyway, and has the file read again.

Arrow is lenient where a quote is closed within a cell, so that a quote that was never closed may run into the next one
and swallow the rows between them. A piece that holds a cell over several lines is therefore believed only if all of it
keeps to the grammar of RFC 4180, which one pass of RE2 checks, and if no such cell seems to hold rows.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cache

import pyarrow as pa
from pyarrow import csv

from .exact_reader import PAGE_ENDS, Bad, holds_rows, parse_strictly
from .separators import Style
from .source import MOST_LETTERS, MOST_LINES

LINE_END = re.compile(r"[\r\n]")
BLANKS = r"\s\x0b\x1c-\x1f\x{85}\pZ"
"""What Python takes for blanks, for RE2."""
BETWEEN = "\x02"
"""Stands between texts that are searched as one: no blank, digit or line end."""
NEAR = 0.9
"""The part of the most lines or letters of a record from which the exact reader is asked."""


class FastParseFailed(Exception):
    """Arrow can't be trusted with this piece: it must be read by the exact rules."""


@dataclass(frozen=True)
class Piece:
    """The content of a piece of text: its rows, and the records that are not rows, by their number within the piece."""

    rows: pa.RecordBatch
    bad: list[tuple[int, Bad]]

    @property
    def count(self) -> int:
        """How many records the piece has."""
        return self.rows.num_rows + len(self.bad)


@dataclass
class _RecordCheck:
    """Called by Arrow for every record with a wrong number of cells. `titles`: how many of the first may be titles."""

    style: Style
    titles: int
    bad: list[tuple[int, Bad]] = field(default_factory=list)
    several_lines: bool = False

    def __call__(self, row: csv.InvalidRow) -> str:
        """Keep the record as a bad one, or have Arrow stop where only the exact reader can decide."""
        if row.number <= self.titles or self._is_doubtful(row):
            return "error"
        self.bad.append((row.number, Bad(row.actual_columns, row.text, "ragged_row")))
        return "skip"

    def _is_doubtful(self, row: csv.InvalidRow) -> bool:
        """Return whether the surplus may be blank, cells may be filled up, or the record may hold others."""
        separator = self.style.separator
        surplus = row.actual_columns - row.expected_columns
        if surplus > 0 and not row.text.strip().rpartition(separator)[2].strip('"'):
            return True
        if surplus < 0 and (row.actual_columns >= self.style.least or not row.text.strip(f'"{separator}{PAGE_ENDS}')):
            return True
        if '"' not in row.text:
            return False
        # With quotes, Arrow's count proves little: an open quote may hide a cell, or several rows.
        cells = parse_strictly(row.text, separator)
        if not LINE_END.search(row.text):
            return cells is None
        self.several_lines = True
        return not cells or _is_large(row.text) or holds_rows(cells, separator, row.expected_columns)


def read_piece(text: memoryview, style: Style, titles: int = 0) -> Piece:
    """Read a piece of text that begins with a record and ends with one; the first `titles` may be titles or a header.

    Raises `FastParseFailed`.
    """
    judge = _RecordCheck(style, titles)
    rows = _parse(text, style, judge)
    columns = [position for position, column in enumerate(rows.columns) if _has_line_end(column)]
    if (columns or judge.several_lines) and not is_well_formed(text, style.separator):
        raise FastParseFailed
    if columns and _hold_rows(rows, columns, style):
        raise FastParseFailed
    return Piece(rows, judge.bad)


def _parse(text: memoryview, style: Style, judge: _RecordCheck) -> pa.RecordBatch:
    names = _build_names(style.width)
    try:
        table = csv.read_csv(
            pa.BufferReader(text),
            read_options=csv.ReadOptions(block_size=len(text) + 1, column_names=names, use_threads=False),
            parse_options=csv.ParseOptions(
                delimiter=style.separator,
                newlines_in_values=False,  # one block holds the whole piece: none has to be cut between records
                ignore_empty_lines=False,
                invalid_row_handler=judge,
            ),
            convert_options=_build_options(style.width),
        )
    except pa.ArrowInvalid:
        raise FastParseFailed from None
    batches = table.to_batches()
    if len(batches) > 1:
        raise FastParseFailed
    return batches[0] if batches else pa.RecordBatch.from_pylist([], table.schema)


@cache
def _build_names(width: int) -> list[str]:
    return [f"c{position}" for position in range(width)]


@cache
def _build_options(width: int) -> csv.ConvertOptions:
    return csv.ConvertOptions(
        check_utf8=False,
        column_types={name: pa.string() for name in _build_names(width)},
        strings_can_be_null=False,
        quoted_strings_can_be_null=False,
    )


def _has_line_end(column: pa.StringArray) -> bool:
    """Return whether a text of the column holds a line end. The bytes are copied, because only `bytes` are searched
    fast.
    """
    letters = column.buffers()[2]
    if letters is None:
        return False
    letters = letters.to_pybytes()
    return b"\n" in letters or b"\r" in letters


def is_well_formed(text: memoryview, separator: str) -> bool:
    """Return whether a piece of text is whole records as RFC 4180 has them.

    A quote within a cell that begins with none is an ordinary character there. A text after a closed quote is allowed
    where the whole record stands in one line, as it can't have swallowed another one.
    """
    if _encloses_whole_cells(text, separator):
        return True
    import pyarrow.compute as pc

    places = pa.array([0, len(text)], pa.int32()).buffers()[1]
    whole = pa.Array.from_buffers(pa.binary(), 1, [None, places, pa.py_buffer(text)])
    return pc.match_substring_regex(whole, _build_grammar(separator))[0].as_py()


def _encloses_whole_cells(text: memoryview, separator: str) -> bool:
    """Return whether every pair of quotes encloses a whole cell, but for doubled quotes within one.

    Then the text is whole records, which most are. This takes a fifth of the time of the grammar, but works only
    where NumPy is loaded (see `delimited.warm_up`); False means that the grammar must decide.
    """
    np = sys.modules.get("numpy")
    if np is None:
        return False
    letters = np.frombuffer(text, np.uint8)
    quotes = np.flatnonzero(letters == ord('"'))
    if not len(quotes) or len(quotes) % 2:
        return not len(quotes)
    opening, closing = quotes[::2], quotes[1::2]
    ends_cell = np.zeros(256, np.bool_)
    ends_cell[list(f"{separator}\r\n".encode())] = True
    doubled = closing[:-1] + 1 == opening[1:]
    begins, ends = ends_cell[letters[opening - 1]], ends_cell[letters[(closing + 1) % len(letters)]]
    begins[0] |= opening[0] == 0
    ends[-1] |= closing[-1] == len(letters) - 1
    begins[1:] |= doubled
    ends[:-1] |= doubled
    return bool(begins.all() and ends.all())


@cache
def _build_grammar(separator: str) -> str:
    at = re.escape(separator)
    bare = rf'(?:[^"{at}\r\n][^{at}\r\n]*)?'
    strict = rf'(?:"(?:[^"]|"")*"|{bare})'
    loose = rf'(?:"(?:[^"\r\n]|"")*"(?:[^"{at}\r\n][^{at}\r\n]*)?|{bare})'
    record = rf"(?:{strict}(?:{at}{strict})*|{loose}(?:{at}{loose})*)"
    return rf"\A(?:{record}(?:\r\n|\n|\r))*(?:{record})?\z"


def _hold_rows(rows: pa.RecordBatch, columns: Sequence[int], style: Style) -> bool:
    """Return whether a cell of the given columns may hold other rows, or is so large that this can't be told."""
    doubtful: set[int] = set()
    for position in columns:
        column = rows.column(position)
        if _reaches(column, int(MOST_LINES * NEAR) // len(columns)) and any(
            _is_large("".join(get_row(rows, at))) for at in _find_matches(column, r"[\r\n]").to_pylist()
        ):
            return True
        suspect = _build_suspect_pattern(style.separator, ascii_only=_is_ascii(column))
        if _may_match(column, suspect):
            broken = _find_matches(column, r"[\r\n]")
            found = _find_matches(column.take(broken), suspect)
            doubtful.update(broken.take(found).to_pylist())
    return any(holds_rows(get_row(rows, at), style.separator, style.width) for at in sorted(doubtful))


def _is_ascii(column: pa.StringArray) -> bool:
    letters = column.buffers()[2]
    return letters is None or letters.to_pybytes().isascii()


def _may_match(column: pa.StringArray, pattern: str) -> bool:
    """Return whether any text of a column may match: searching all of them as one text, which is
    several times faster.
    """
    import pyarrow.compute as pc

    together = pa.ListArray.from_arrays(pa.array([0, len(column)], pa.int32()), column)
    return pc.match_substring_regex(pc.binary_join(together, BETWEEN), pattern)[0].as_py()


def _find_matches(column: pa.StringArray, pattern: str) -> pa.Array:
    """Return which texts of a column match a pattern of RE2."""
    import pyarrow.compute as pc

    return pc.indices_nonzero(pc.match_substring_regex(column, pattern))


def _reaches(column: pa.StringArray, size: int) -> bool:
    """Return whether a text has `size` bytes or more."""
    import pyarrow.compute as pc

    return pc.max(pc.binary_length(column)).as_py() >= size


def get_row(rows: pa.RecordBatch, at: int) -> list[str]:
    """Return the cells of one row, whether they are UTF-8 or not."""
    return [column[at].as_buffer().to_pybytes().decode("utf-8", "replace") for column in rows.columns]


def _is_large(text: str) -> bool:
    return len(text) > MOST_LETTERS * NEAR or text.count("\n") + text.count("\r") > MOST_LINES * NEAR


@cache
def _build_suspect_pattern(separator: str, *, ascii_only: bool = False) -> str:
    """RE2 that finds every cell over several lines of which `holds_rows` may be true: a number within a middle line, or
    one that stands alone between separators, line ends, or the ends of its cell.

    Arrow compiles it for each column of each piece. Without the digits and blanks outside ASCII that takes a tenth
    of the time, which is more than the search itself."""
    at = re.escape(separator)
    blank, digit = (r"\s\x0b\x1c-\x1f", "0-9") if ascii_only else (BLANKS, r"\p{Nd}")
    one = f"[{digit}]"
    within = rf"[\r\n][^\r\n]*{one}[{digit} ()-]{{8,}}{one}[^\r\n]*[\r\n]"
    alone = rf"""(?:\A|[{at}\r\n{BETWEEN}])[{blank}'"=+(]*(?:{one}[{blank}().+-]*){{7}}"""
    return f"{within}|{alone}"


def is_open(line: str, separator: str) -> bool:
    """Return whether a line opens a quote that it does not close."""
    return '"' in line and parse_strictly(line, separator) is None
