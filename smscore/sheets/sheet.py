"""A sheet of contacts as plain columns of text, with everything about it that an operator must be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import uuid4

import numpy as np
import pyarrow as pa

from smscore.errors import Notice
from smscore.tables import to_frame

from .problem_table import Problems, Rows, SetAside
from .text_encodings import TextEncoding

if TYPE_CHECKING:  # pandas loads with the first frame
    import pandas as pd


@dataclass(frozen=True)
class Limits:
    """How large a file may be and how much its child process may take; sizes in bytes, times in seconds."""

    file_size: int = 200 << 20
    columns: int = 200
    rows: int = 1_048_576
    cell: int = 32_767
    memory: int = 4 << 30
    answer: int = 1 << 30
    cpu_seconds: int = 120
    wall_seconds: float = 240.0


LIMITS = Limits()


@dataclass(frozen=True)
class Line:
    """A line of a file: its row number as Excel shows it, and its beginning."""

    row: int
    text: str


class RowNumbers:
    """The row numbers of the usable records of a text file, in which the records that are not rows count as well."""

    def __init__(self, usable: int, bad: Rows) -> None:
        self._numbers: Rows | None = None
        if len(bad):
            is_bad = np.zeros(usable + len(bad), np.bool_)
            is_bad[bad - 1] = True
            self._numbers = np.flatnonzero(~is_bad).astype(np.int32) + np.int32(1)

    def build_lines(self, records: Mapping[int, str]) -> tuple[Line, ...]:
        """Return usable records and their texts as lines."""
        rows = self.look_up(np.array([*records], np.int32)).tolist()
        return tuple(Line(row, text) for row, text in zip(rows, records.values(), strict=True))

    def look_up(self, records: Rows) -> Rows:
        """Return the row numbers of usable records."""
        return records if self._numbers is None else self._numbers[records - 1]


@dataclass(frozen=True)
class Heading:
    """The header and what stands above it."""

    row: int = 0
    """The row of the header; 0 where there is none."""
    titles: tuple[Line, ...] = ()
    """The lines above the header that are not contacts, as far as they are listed."""
    title_count: int = 0
    """How many such lines there are."""
    doubtful: bool = False
    """Whether a person should check that the header is one."""
    first: tuple[Line, ...] = ()
    """The first filled lines, among which another header may be chosen."""


@dataclass(frozen=True)
class Sheet:
    """The content of one uploaded file. Every row is in `table` or in `problems`; blank lines are counted apart."""

    name: str
    """The file's name as it was uploaded."""
    table: pa.Table
    """All columns as text (never null: an empty cell is ""), under unique names."""
    rows: pa.Array
    """int32: the number of each row of `table` as Excel shows it (the header is row 1)."""
    hidden: pa.Array
    """bool: the rows of `table` that Excel hides, by a filter or by hand."""
    problems: Problems
    """The rows that can't be used as they are, a sequence of `RowProblem`; none of them is in `table`. A problem is
    about a single cell (an error value, a zero byte …), or, with the column "", about a whole line of a text file."""
    blank_rows: int
    """The number of lines without a filled cell; they are not rows."""
    warnings: tuple[Notice, ...]
    sheet: str | None = None
    """The sheet of the workbook that was read; None for a text file."""
    sheets: tuple[str, ...] = ()
    """All sheets of the workbook, hidden ones last."""
    same_name: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """A header over several columns → the names that those columns have in `table`."""
    set_aside: SetAside | None = None
    """The cells of the rows in `problems` that have a column; None where there are none."""
    separator: str = ","
    """The sign between two cells of a text file; without meaning for a workbook."""
    heading: Heading = Heading()
    """The header and what stands above it."""
    hidden_columns: tuple[str, ...] = ()
    """The columns of `table` that the workbook hides, by hand or in a closed group."""
    encoding: TextEncoding | None = None
    """How a text file was decoded, where that was guessed or chosen; None where the file itself says it, and for a
    workbook."""
    reading: str = field(default_factory=lambda: uuid4().hex)
    """A key for caches: it differs each time a file is read. A digest would take a fifth of that time."""

    @property
    def row_count(self) -> int:
        """The number of rows below the header: those in `table` and those that can't be used."""
        return self.table.num_rows + self.problems.row_count

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Return `table` as a frame: all columns `str`, never missing; the index `row` (int32) as Excel shows it.

        The texts are shared with the table. Hidden rows are in it (see `hidden`), rows in `problems` are not.
        """
        return to_frame(self.table, self.rows)
