"""Build a `Sheet` from the batches of the child: header, row numbers, blank rows, problems and warnings.

A record is any line of a text file, or any row of a workbook, counted from 1 as the child sends them; a row is counted
as Excel shows it. The two differ in text files with lines that are not rows, which the child reports separately.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from smscore.errors import SheetError

from . import text_columns as text
from .headers import UNSEEN, Header, find_header, find_repeated_headers
from .lines import build_line_problems
from .notices import build_notices
from .problem_table import Problems, Rows, are_among, build_cell_problems, collect_set_aside
from .sheet import Heading, Limits, RowNumbers, Sheet
from .text_encodings import build_text_encoding

Mask = npt.NDArray[np.bool_]
"""One flag per row of a batch."""
Facts = Mapping[str, Any]

LOOKED_AT = 64
"""How many rows from the first filled one are searched for a header."""
FIRST_LINES, TITLES_LISTED, TITLE_SHOWN = 12, 100, 60
"""How many of the first lines are kept, among which a header is chosen; how many title lines are listed; and how many
characters are shown of each."""
BLANK_ALLOWANCE = 8
"""How many times as many rows as the limit a file may have, if the rest is blank."""


class NoHeaderYet(Exception):
    """The first half of a file holds no filled row, so the header is in the second: it must be read as one."""


class NotUtf8(Exception):
    """A cell is not UTF-8: the file is not in the encoding that its beginning suggests."""


@dataclass
class Assembly:
    """Collects batches while they arrive; `build_sheet` finishes the sheet."""

    limits: Limits
    kind: str
    asked_header: bool | int | None
    """Whether there is a header, or its row number; None lets the content decide."""
    header: Header | None = None
    _batches: list[list[pa.StringArray]] = field(default_factory=list)
    _records: list[Rows] = field(default_factory=list)
    _blank: list[Rows] = field(default_factory=list)
    _odd: list[text.Oddities] = field(default_factory=list)
    _seen: int = 0
    _kept: int = 0
    _cleaned: int = 0
    _page_breaks: int = 0
    _header_at: int = 0
    _kept_above: list[int] = field(default_factory=list)
    """The records above the header that are contacts."""
    _first: dict[int, str] = field(default_factory=dict)
    """The first filled records, each with its beginning."""
    _titles: dict[int, str] = field(default_factory=dict)
    """The filled records above the header that are titles, as far as they are listed."""
    _title_count: int = 0

    def add(self, batch: pa.RecordBatch) -> None:
        """Add the next rows of the file. Raises `NotUtf8`, or `SheetError` as soon as there are too many rows."""
        columns = [column.fill_null("") if column.null_count else column for column in batch.columns]
        cells = [text.Cells.of(column) for column in columns]
        if not all(map(text.is_utf8, cells)):
            raise NotUtf8
        breaks = text.find_page_breaks(cells, batch.num_rows)
        filled = _find_filled(cells, batch.num_rows) & ~breaks
        self._page_breaks += int(np.count_nonzero(breaks))
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

    def _find_header(self, columns: list[pa.StringArray], filled: Mask) -> None:
        first = int(np.argmax(filled))
        asked = self.asked_header
        if isinstance(asked, int) and not isinstance(asked, bool):
            self._take_header(columns, filled, asked)
            return
        self._settle_header(find_header(self._read_first_rows(columns, first), asked), first)

    def _take_header(self, columns: list[pa.StringArray], filled: Mask, row: int) -> None:
        """Take the row that the operator named as header; a batch above it holds titles only."""
        place = row - 1 - self._seen
        if place >= len(filled):
            self._header_at = row
            return
        if place < 0 or not filled[place]:
            raise SheetError("no_such_header_row", row=row)
        first = max(int(np.argmax(filled)), place - LOOKED_AT // 2)
        self._settle_header(find_header(self._read_first_rows(columns, first), place - first), first)

    def _read_first_rows(self, columns: list[pa.StringArray], first: int) -> list[list[str]]:
        shown = [column.slice(first, LOOKED_AT) for column in columns]
        shown = [text.remove_guards(text.Cells.of(column)).column for column in shown] if self.kind == "text" else shown
        return [list(row) for row in zip(*(column.to_pylist() for column in shown), strict=True)]

    def _settle_header(self, header: Header, first: int) -> None:
        self.header = header
        self._header_at = self._seen + first + header.position + 1
        self._kept_above = [self._seen + first + at + 1 for at in header.kept]

    def _note_first(self, columns: list[pa.StringArray], filled: Mask, records: Rows) -> None:
        for place in np.flatnonzero(filled)[: FIRST_LINES - len(self._first)].tolist():
            self._first[int(records[place])] = _shorten_row(columns, place)

    def _note_titles(self, columns: list[pa.StringArray], above: Mask, records: Rows) -> None:
        above = above & (records != self._header_at) & ~np.isin(records, self._kept_above)
        self._title_count += int(np.count_nonzero(above))
        for place in np.flatnonzero(above)[: TITLES_LISTED - len(self._titles)].tolist():
            self._titles[int(records[place])] = _shorten_row(columns, place)

    def _keep(self, columns: list[text.Cells], wanted: Mask, records: Rows) -> None:
        if not wanted.all():
            mask = pa.array(wanted)
            columns = [text.Cells.of(cells.column.filter(mask)) for cells in columns]
            records = records[wanted]
        self._kept += len(records)
        self._check_limits()
        first = self._kept - len(records)
        self._odd += [_shift_rows(odd, first) for odd in text.find_oddities(columns, self.limits.cell)]
        self._batches.append([self._clean(cells) for cells in columns])
        self._records.append(records)

    def _check_limits(self) -> None:
        if not self._kept and self._seen > self.limits.rows * BLANK_ALLOWANCE:
            raise SheetError("no_rows")
        if self._kept > self.limits.rows or self._seen > self.limits.rows * BLANK_ALLOWANCE:
            raise SheetError("too_many_rows", limit=self.limits.rows)

    def start_next_part(self) -> Assembly:
        """Return an assembly for rows further down in the same file; see `append`."""
        return Assembly(self.limits, self.kind, self.asked_header, header=Header((), -1, {}, ()))

    def append(self, further: Assembly) -> None:
        """Add all rows of `further`, which follow those here.

        Raises `SheetError("too_many_rows")`, or `NoHeaderYet` where the header was not found yet.
        """
        if self.header is None:
            raise NoHeaderYet
        self._records += [records + self._seen for records in further._records]
        self._blank += [records + self._seen for records in further._blank]
        self._odd += [_shift_rows(odd, self._kept) for odd in further._odd]
        self._batches += further._batches
        self._seen += further._seen
        self._kept += further._kept
        self._cleaned += further._cleaned
        self._page_breaks += further._page_breaks
        self._check_limits()

    def build_sheet(self, name: str, facts: Facts, unusable: pa.Table) -> Sheet:
        """Return the finished sheet. Raises `SheetError` where no row is left.

        `facts` are those of the child's last frame, `unusable` what it could not use (`framing.UNUSABLE_SHAPE`).
        """
        header = self.header or find_header([], None)
        none = unusable.slice(0, 0)
        lines, cells = (unusable, none) if self.kind == "text" else (none, unusable)
        numbers = RowNumbers(self._seen, lines.column("row").to_numpy())
        rows = numbers.look_up(self._collect_records())
        if lines.num_rows + self._kept > self.limits.rows * 2:
            raise SheetError("too_many_rows", limit=self.limits.rows)
        heading = self._build_heading(header, numbers)
        table = self._build_table(header)
        self._odd += find_repeated_headers(table, header)
        problems = Problems.join(
            self._build_cell_problems(cells, rows, header, numbers),
            build_line_problems(lines, lines.column("row"), len(header.names), facts.get("separator", ",")),
        )
        if not len(rows) and not problems:
            raise SheetError("no_rows")
        hidden = facts.get("hidden") or []
        blank = numbers.look_up(_concatenate(self._blank))
        ignored = {"control_characters_removed": self._cleaned, "page_breaks": self._page_breaks}
        return Sheet(
            name=name,
            **_select_usable(table, rows, hidden, problems),
            problems=problems,
            blank_rows=int(np.count_nonzero(~are_among(blank, problems.rows))),
            warnings=tuple(build_notices(name, self.kind, header, heading, problems.count_codes(), facts, ignored)),
            sheet=facts.get("sheet"),
            sheets=tuple(facts.get("sheets", ())),
            same_name=header.same_name,
            set_aside=collect_set_aside(table, rows, problems, hidden),
            separator=facts.get("separator", ","),
            heading=heading,
            encoding=build_text_encoding(facts),
            hidden_columns=_select_names(header.names, facts.get("hidden_columns") or []),
        )

    def _build_cell_problems(self, cells: pa.Table, rows: Rows, header: Header, numbers: RowNumbers) -> pa.Table:
        kept = numbers.look_up(np.array(self._kept_above, np.int32)).tolist()
        above = self._find_last_row_above(numbers)
        return build_cell_problems(cells, above, rows, self._odd, header.names, kept=kept)

    def _find_last_row_above(self, numbers: RowNumbers) -> int:
        """Return the number of the last row that is not below the header; 0 where there is none."""
        return int(numbers.look_up(np.array([self._header_at]))[0]) if self._header_at else 0

    def _build_heading(self, header: Header, numbers: RowNumbers) -> Heading:
        row = self._find_last_row_above(numbers) if header.position >= 0 else 0
        asked = self.asked_header
        if isinstance(asked, int) and not isinstance(asked, bool) and row != asked:
            raise SheetError("no_such_header_row", row=asked)
        return Heading(
            row, numbers.build_lines(self._titles), self._title_count, header.doubtful, numbers.build_lines(self._first)
        )

    def _collect_records(self) -> Rows:
        if not self._kept_above and self._kept == self._seen - self._header_at:
            return np.arange(self._header_at + 1, self._seen + 1, dtype=np.int32)
        return _concatenate(self._records)

    def _build_table(self, header: Header) -> pa.Table:
        columns = zip(*self._batches, strict=True) if self._batches else [()] * len(header.names)
        return pa.table([pa.chunked_array(column, pa.string()) for column in columns], names=list(header.names))

    def _clean(self, cells: text.Cells) -> pa.StringArray:
        column, touched = text.remove_unseen(text.remove_guards(cells) if self.kind == "text" else cells)
        self._cleaned += touched
        return column


def _select_usable(table: pa.Table, rows: Rows, hidden: list[int], problems: Problems) -> dict[str, Any]:
    """Return the fields of `Sheet` that hold the rows without a problem; what is whole is not copied."""
    are_hidden = are_among(rows, hidden)
    refused = are_among(rows, problems.rows)
    if refused.any():
        table, rows, are_hidden = table.filter(pa.array(~refused)), rows[~refused], are_hidden[~refused]
    return {"table": table, "rows": pa.array(rows), "hidden": pa.array(are_hidden)}


def _shorten_row(columns: list[pa.StringArray], place: int) -> str:
    """Return the beginning of a row: its filled cells without invisible characters, cut to `TITLE_SHOWN`."""
    cells = (" ".join(UNSEEN.sub(" ", column[place].as_py()).split()) for column in columns)
    shown = ", ".join(cell for cell in cells if cell)
    return shown if len(shown) <= TITLE_SHOWN else f"{shown[:TITLE_SHOWN]} …"


def _select_names(names: Sequence[str], positions: Iterable[int]) -> tuple[str, ...]:
    return tuple(names[position] for position in positions if position < len(names))


def _find_filled(columns: list[text.Cells], count: int) -> Mask:
    """Return for each of `count` rows whether any of its cells is filled."""
    filled = np.zeros(count, np.bool_)
    for cells in columns:
        filled |= cells.lengths > 0
        if filled.all():
            break
    return filled


def _concatenate(parts: list[Rows]) -> Rows:
    return np.concatenate([np.zeros(0, np.int32), *parts])


def _shift_rows(odd: text.Oddities, rows: int) -> text.Oddities:
    return replace(odd, rows=odd.rows + rows)
