"""The noun: a sheet of contacts as plain columns of text, with everything about it that an operator must be told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING
from uuid import uuid4

import pyarrow as pa

from smscore.errors import Notice
from smscore.tables import to_frame

from .problems import Problems
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
class SetAside:
    """The rows that were refused for single cells, in the order of the file: what else stands in them is sound."""

    table: pa.Table
    """Columns as those of `Sheet.table`; the cells that `Sheet.problems` names are not to be used."""
    rows: pa.Array
    """int32: the number of each row."""
    hidden: pa.Array
    """bool: whether Excel hides the row."""


@dataclass(frozen=True)
class Line:
    """One line of a file: its number as Excel shows it, and how it begins."""

    row: int
    text: str


@dataclass(frozen=True)
class Heading:
    """What stands above the rows: title lines, then the header, in the row `row` (0: there is none).

    `titles` are the lines above the header that are no rows, `title_count` says how many there are where they are too
    many to list; `first` are the first filled lines, among which another header may be chosen. `doubtful`: a person
    should look whether the header is one."""

    row: int = 0
    titles: tuple[Line, ...] = ()
    title_count: int = 0
    doubtful: bool = False
    first: tuple[Line, ...] = ()


@dataclass(frozen=True)
class Sheet:
    """What one uploaded file holds. Every row of it is in `table` or in `problems`; blank lines are counted apart."""

    name: str
    """The file's name as it was uploaded."""
    table: pa.Table
    """All columns as text (never null: an empty cell is ""), under unique names."""
    rows: pa.Array
    """int32: the number of each row of `table` as Excel shows it (the header is row 1)."""
    hidden: pa.Array
    """bool: the rows of `table` that Excel hides, by a filter or by hand."""
    problems: Problems
    """Rows that cannot be used as they are, a sequence of `RowProblem`: rows of the file, not of `table`. Either single
    cells are to blame, each with its column (error values, zero bytes …), or, with the column "", the whole line of a
    text file."""
    blank_rows: int
    """Lines without a single filled cell; they are not rows."""
    warnings: tuple[Notice, ...]
    sheet: str | None = None
    """The sheet of the workbook that was read; None for a text file."""
    sheets: tuple[str, ...] = ()
    """All sheets of the workbook, hidden ones last."""
    same_name: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """A header that stands over several columns → the names those columns have here."""
    set_aside: SetAside | None = None
    """The cells of the rows in `problems` that have a column; None where there are none."""
    separator: str = ","
    """What stands between two cells of a text file; of no meaning for a workbook."""
    heading: Heading = Heading()
    """The header and what stands above it."""
    hidden_columns: tuple[str, ...] = ()
    """The columns of `table` that the workbook hides, by hand or in a closed group."""
    encoding: TextEncoding | None = None
    """How the letters of a text file were read, where that was guessed or chosen; None where the file itself says it,
    and for a workbook."""
    reading: str = field(default_factory=lambda: uuid4().hex)
    """Tells one reading of a file from every other: what was made of it may be kept under this name."""

    @property
    def row_count(self) -> int:
        """All rows of the file but the header and the titles above it: those in `table` and those that cannot be
        used."""
        return self.table.num_rows + self.problems.row_count

    @cached_property
    def frame(self) -> pd.DataFrame:
        """Return `table` as a frame: all columns `str`, never missing; the index `row` (int32) as Excel shows it.

        The texts are shared with the table. Hidden rows are in it (see `hidden`), rows in `problems` are not.
        """
        return to_frame(self.table, self.rows)
