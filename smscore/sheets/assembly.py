"""Batches of text from the child, put together to a `Sheet`: header, row numbers, blank rows, problems, warnings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pyarrow as pa

from smscore.errors import SheetError

from . import columns as text
from .cell_problems import cell_problems, rows_set_aside
from .headers import UNSEEN, Header, find_header
from .lines import line_problems
from .notices import sheet_notices
from .problems import Problems
from .repeats import repeated_headers
from .row_numbers import RowNumbers, are_among
from .sheet import Heading, Limits, Sheet
from .text_encodings import told_encoding

LOOKED_AT = 64
FIRST_LINES, TITLES_LISTED, TITLE_SHOWN = 12, 100, 60
"""How many of the first lines are kept, among which a header is chosen; how many title lines are listed; and how many
characters are shown of each."""
BLANK_ALLOWANCE = 8


class NoHeaderYet(Exception):
    """The first half of a file holds no row, so that the header stands in the second: it must be read as one."""


class NotUtf8(Exception):
    """A cell is no UTF-8: the file is not in the encoding that its beginning suggests."""


@dataclass
class Assembly:
    """Grows while batches arrive; `sheet` closes it."""

    limits: Limits
    kind: str
    asked_header: bool | int | None
    """Whether there is a header, or in which row; None: told by the content."""
    header: Header | None = None
    _batches: list[list[pa.StringArray]] = field(default_factory=list)
    _records: list[np.ndarray] = field(default_factory=list)
    _blank: list[np.ndarray] = field(default_factory=list)
    _odd: list[text.Oddities] = field(default_factory=list)
    _seen: int = 0
    _kept: int = 0
    _cleaned: int = 0
    _header_at: int = 0
    _kept_above: list[int] = field(default_factory=list)
    """The records above the header that are rows all the same."""
    _first: dict[int, str] = field(default_factory=dict)
    """The first filled records, and how each begins."""
    _titles: dict[int, str] = field(default_factory=dict)
    """The filled records above the header that are no rows, those that are listed."""
    _title_count: int = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Take the next rows of the file; raises `SheetError("too_many_rows")` as soon as there are too many."""
        columns = [column.fill_null("") if column.null_count else column for column in batch.columns]
        cells = [text.Cells.of(column) for column in columns]
        if not all(map(text.is_utf8, cells)):
            raise NotUtf8
        filled = _filled(cells, batch.num_rows)
        records = np.arange(self._seen + 1, self._seen + batch.num_rows + 1, dtype=np.int32)
        if self.header is None and filled.any():
            self._note_first(columns, filled, records)
            self._find_header(columns, filled)
        self._seen += batch.num_rows
        below = records > self._header_at
        if not below.all():
            self._note_titles(columns, filled & ~below, records)
            below |= np.isin(records, self._kept_above)
        self._blank.append(records[below & ~filled])
        self._keep(cells, below & filled, records)

    def _find_header(self, columns: list[pa.StringArray], filled: np.ndarray) -> None:
        first = int(np.argmax(filled))
        asked = self.asked_header
        if isinstance(asked, int) and not isinstance(asked, bool):
            self._take_header(columns, filled, asked)
            return
        self._settle(find_header(self._rows_of(columns, first), asked), first)

    def _take_header(self, columns: list[pa.StringArray], filled: np.ndarray, row: int) -> None:
        """Take the row that the operator named; where it is not in these batches yet, they are above it."""
        place = row - 1 - self._seen
        if place >= len(filled):
            self._header_at = row
            return
        if place < 0 or not filled[place]:
            raise SheetError("no_such_header_row", row=row)
        first = max(int(np.argmax(filled)), place - LOOKED_AT // 2)
        self._settle(find_header(self._rows_of(columns, first), place - first), first)

    def _rows_of(self, columns: list[pa.StringArray], first: int) -> list[list[str]]:
        shown = [column.slice(first, LOOKED_AT) for column in columns]
        shown = [text.remove_guards(text.Cells.of(column)).column for column in shown] if self.kind == "text" else shown
        return [list(row) for row in zip(*(column.to_pylist() for column in shown), strict=True)]

    def _settle(self, header: Header, first: int) -> None:
        self.header = header
        self._header_at = self._seen + first + header.position + 1
        self._kept_above = [self._seen + first + at + 1 for at in header.kept]

    def _note_first(self, columns: list[pa.StringArray], filled: np.ndarray, records: np.ndarray) -> None:
        for place in np.flatnonzero(filled)[: FIRST_LINES - len(self._first)].tolist():
            self._first[int(records[place])] = _beginning(columns, place)

    def _note_titles(self, columns: list[pa.StringArray], above: np.ndarray, records: np.ndarray) -> None:
        above = above & (records != self._header_at) & ~np.isin(records, self._kept_above)
        self._title_count += int(np.count_nonzero(above))
        for place in np.flatnonzero(above)[: TITLES_LISTED - len(self._titles)].tolist():
            self._titles[int(records[place])] = _beginning(columns, place)

    def _keep(self, columns: list[text.Cells], wanted: np.ndarray, records: np.ndarray) -> None:
        if not wanted.all():
            mask = pa.array(wanted)
            columns = [text.Cells.of(cells.column.filter(mask)) for cells in columns]
            records = records[wanted]
        self._kept += len(records)
        self._check_limits()
        first = self._kept - len(records)
        self._odd += [_further_down(odd, first) for odd in text.find_oddities(columns, self.limits.cell)]
        self._batches.append([self._clean(cells) for cells in columns])
        self._records.append(records)

    def _check_limits(self) -> None:
        if not self._kept and self._seen > self.limits.rows * BLANK_ALLOWANCE:
            raise SheetError("no_rows")
        if self._kept > self.limits.rows or self._seen > self.limits.rows * BLANK_ALLOWANCE:
            raise SheetError("too_many_rows", limit=self.limits.rows)

    def further(self) -> Assembly:
        """An assembly for rows that stand further down in the same file; see `append`."""
        return Assembly(self.limits, self.kind, self.asked_header, header=Header((), -1, {}, ()))

    def append(self, further: Assembly) -> None:
        """Take over all rows of `further`, which stand right behind those here. Raises `SheetError("too_many_rows")`,
        or `NoHeaderYet` where the header was still to come."""
        if self.header is None:
            raise NoHeaderYet
        self._records += [records + self._seen for records in further._records]
        self._blank += [records + self._seen for records in further._blank]
        self._odd += [_further_down(odd, self._kept) for odd in further._odd]
        self._batches += further._batches
        self._seen += further._seen
        self._kept += further._kept
        self._cleaned += further._cleaned
        self._check_limits()

    def sheet(self, name: str, facts: Mapping, unusable: pa.Table) -> Sheet:
        """The finished sheet; `facts` is the child's last word, `unusable` what it could not use (see
        `framing.UNUSABLE_SHAPE`). Raises `SheetError` where no row is left."""
        header = self.header or find_header([], None)
        none = unusable.slice(0, 0)
        lines, cells = (unusable, none) if self.kind == "text" else (none, unusable)
        numbers = RowNumbers(self._seen, lines.column("row").to_numpy())
        rows = numbers.of(self._kept_records())
        if lines.num_rows + self._kept > self.limits.rows * 2:
            raise SheetError("too_many_rows", limit=self.limits.rows)
        heading = self._heading(header, numbers)
        kept = numbers.of(np.array(self._kept_above, np.int32)).tolist()
        table = self._table(header)
        self._odd += repeated_headers(table, header)
        problems = Problems.joined(
            cell_problems(cells, self._above(numbers), rows, self._odd, header.names, kept=kept),
            line_problems(lines, lines.column("row"), len(header.names), facts.get("separator", ",")),
        )
        if not len(rows) and not problems:
            raise SheetError("no_rows")
        refused = are_among(rows, problems.rows)
        usable = ~refused if refused.any() else None
        hidden = are_among(rows, facts.get("hidden") or [])
        blank = numbers.of(_joined(self._blank))
        return Sheet(
            name=name,
            table=table if usable is None else table.filter(pa.array(usable)),
            rows=pa.array(rows if usable is None else rows[usable]),
            hidden=pa.array(hidden if usable is None else hidden[usable]),
            problems=problems,
            blank_rows=int(np.count_nonzero(~are_among(blank, problems.rows))),
            warnings=tuple(sheet_notices(name, self.kind, header, heading, problems.counts(), facts, self._cleaned)),
            sheet=facts.get("sheet"),
            sheets=tuple(facts.get("sheets", ())),
            same_name=header.same_name,
            set_aside=rows_set_aside(table, rows, problems, facts.get("hidden") or []),
            separator=facts.get("separator", ","),
            heading=heading,
            encoding=told_encoding(facts),
            hidden_columns=_names_at(header.names, facts.get("hidden_columns") or []),
        )

    def _above(self, numbers: RowNumbers) -> int:
        """The number of the last row that is not below the header."""
        return int(numbers.of(np.array([self._header_at]))[0]) if self._header_at else 0

    def _heading(self, header: Header, numbers: RowNumbers) -> Heading:
        row = self._above(numbers) if header.position >= 0 else 0
        asked = self.asked_header
        if isinstance(asked, int) and not isinstance(asked, bool) and row != asked:
            raise SheetError("no_such_header_row", row=asked)
        return Heading(row, numbers.lines(self._titles), self._title_count, header.doubtful, numbers.lines(self._first))

    def _kept_records(self) -> np.ndarray:
        if not self._kept_above and self._kept == self._seen - self._header_at:
            return np.arange(self._header_at + 1, self._seen + 1, dtype=np.int32)
        return _joined(self._records)

    def _table(self, header: Header) -> pa.Table:
        columns = zip(*self._batches, strict=True) if self._batches else [()] * len(header.names)
        return pa.table([pa.chunked_array(column, pa.string()) for column in columns], names=list(header.names))

    def _clean(self, cells: text.Cells) -> pa.StringArray:
        column, touched = text.remove_unseen(text.remove_guards(cells) if self.kind == "text" else cells)
        self._cleaned += touched
        return column


def _beginning(columns: list[pa.StringArray], place: int) -> str:
    """How a line begins: its filled cells, without signs that nobody sees."""
    cells = (" ".join(UNSEEN.sub(" ", column[place].as_py()).split()) for column in columns)
    shown = ", ".join(cell for cell in cells if cell)
    return shown if len(shown) <= TITLE_SHOWN else f"{shown[:TITLE_SHOWN]} …"


def _names_at(names: Sequence[str], positions: Iterable[int]) -> tuple[str, ...]:
    return tuple(names[position] for position in positions if position < len(names))


def _filled(columns: list[text.Cells], count: int) -> np.ndarray:
    """For each of `count` rows whether any of its cells is filled."""
    filled = np.zeros(count, np.bool_)
    for cells in columns:
        filled |= cells.lengths > 0
        if filled.all():
            break
    return filled


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(0, np.int32), *parts])


def _further_down(odd: text.Oddities, rows: int) -> text.Oddities:
    return replace(odd, rows=odd.rows + rows)
