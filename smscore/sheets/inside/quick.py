"""Arrow's parser over a text file or a stretch of one: every column as text, and a judge for what is no row.

It numbers the records it cannot use and keeps blank lines as rows of empty cells, and so keeps every row number.
Whether the text is UTF-8 is not looked at here: the parent looks at all bytes anyway, and asks again where it is not.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

import pyarrow as pa
from pyarrow import csv

from .records import Bad, BadRecords, holds_others, strict_cells
from .style import Style

BLOCK = 1 << 20
LINE_END = re.compile(r"[\r\n]")


class Stumbled(Exception):
    """This way of reading cannot be trusted with this file."""


@dataclass
class Judge:
    """Hears of every record with a wrong number of cells."""

    separator: str
    bad: BadRecords = field(default_factory=BadRecords)
    needs_care: bool = False

    def __call__(self, row) -> str:
        if self._is_doubtful(row):
            self.needs_care = True
            return "error"
        code = "unclosed_quote" if is_open(row.text, self.separator) else "ragged_row"
        self.bad.add(row.number, Bad(row.actual_columns, row.text, code))
        return "skip"

    def _is_doubtful(self, row) -> bool:
        """Whether the surplus may be blank, or the record may hold others behind a quote that was never closed."""
        surplus = row.actual_columns - row.expected_columns
        if surplus > 0 and not row.text.strip().rpartition(self.separator)[2].strip('"'):
            return True
        return bool(LINE_END.search(row.text)) and holds_others(row.text, self.separator, row.expected_columns)


def is_open(line: str, separator: str) -> bool:
    """Whether a line opens a quote that it does not close."""
    return '"' in line and strict_cells(line, separator) is None


def batches(stream: pa.NativeFile, style: Style, judge: Judge, newlines_in_values: bool) -> Iterator[pa.RecordBatch]:
    """The rows of a stream of text, about a megabyte at a time. Raises `pa.ArrowInvalid` where the parser cannot go on,
    or the judge says so."""
    names = [f"c{position}" for position in range(style.width)]
    return csv.open_csv(
        stream,
        read_options=csv.ReadOptions(block_size=BLOCK, column_names=names, use_threads=False),
        parse_options=csv.ParseOptions(
            delimiter=style.separator,
            newlines_in_values=newlines_in_values,
            ignore_empty_lines=False,
            invalid_row_handler=judge,
        ),
        convert_options=csv.ConvertOptions(
            check_utf8=False,
            column_types={name: pa.string() for name in names},
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
        ),
    )
