"""Read a delimited file record by record, where the fast parser can't be trusted.

Every record is read by the rules of RFC 4180. A quote that is never closed makes other readers swallow all rows after
it into one cell; here it costs only its own line: that is reported, and reading continues with the next one.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache, partial
from typing import TYPE_CHECKING

from .framing import NOT_UTF8, Refused
from .separators import NUMBERS, TITLES, Style
from .source import LONGEST_LINE, Lines, Source

if TYPE_CHECKING:
    from _csv import Dialect

BATCH = 32_768
MOST_UNCLOSED, MOSTLY = 250_000, 0.9
"""How many quotes may be left open, where they are in more than this share of all records."""
LINES = re.compile(r"\r\n|\r|\n")
LINE_KEPT, START_KEPT = 8_192, 120
"""The characters that are kept of a line: enough to correct it, or enough to recognise it."""
ROOM_FOR_LINES, ROOM_FOR_STARTS = 16 << 20, 32 << 20
"""Bytes that the lines of one file may take on their way to the parent, and after that the beginnings of lines."""
PHONE_LIKE = re.compile(r"\d[\d ()-]{8,}\d")
PAGE_ENDS = "\x0c\x1a"
"""What printers write between pages, and DOS after a text (Ctrl-Z): a line of it alone is blank."""
OPEN_QUOTE = "unexpected end of data"


BadRecord = tuple[int, int, str, bool, str]
"""The number of a record, how many cells it has, its text, whether the text is cut, and the code of the reason."""


@dataclass(frozen=True)
class Bad:
    """A record that is not a row: how many cells it has, its text in the file, and the code of the reason."""

    cells: int
    text: str
    code: str


@dataclass
class BadRecords:
    """The records of one file that are not rows, as they are sent to the parent.

    There may be so many that their texts must be cut or left out.
    """

    records: list[BadRecord] = field(default_factory=list)
    most: int = 1 << 31
    """The most rows of a sheet; of bad records twice as many are allowed."""
    _taken: int = 0

    def add(self, number: int, bad: Bad) -> None:
        """Add the record `number` of the file, with as much of its text as there is room for. Raises `Refused`."""
        if len(self.records) >= self.most * 2:
            raise Refused("too_many_rows", limit=self.most)
        most = LINE_KEPT if self._taken < ROOM_FOR_LINES else START_KEPT
        kept = bad.text[:most] if self._taken < ROOM_FOR_LINES + ROOM_FOR_STARTS else ""
        self._taken += len(json.dumps(kept))
        self.records.append((number, bad.cells, kept, len(kept) < len(bad.text), bad.code))

    def make_empty(self) -> BadRecords:
        """Return an empty list of the same limit."""
        return BadRecords(most=self.most)

    def append(self, others: BadRecords, rows: int) -> BadRecords:
        """Return those of a stretch of the file with `rows` rows besides, followed by those of the next stretch."""
        before = rows + len(self.records)
        shifted = [(number + before, cells, text, cut, code) for number, cells, text, cut, code in others.records]
        return BadRecords(self.records + shifted, self.most)


class NotUtf8(Refused):
    """A text that was taken for UTF-8 is not: the parent has it read again."""

    def __init__(self) -> None:
        super().__init__(NOT_UTF8)


class ExactReader:
    """A reader of records by the exact rules, from one place of a text to another."""

    def __init__(self, source: Source, style: Style, bad: BadRecords, *, heading: bool) -> None:
        """Take a text; `heading`: its first records may be titles or a header."""
        self._source, self._style, self._bad = source, style, bad
        self._heading = heading
        self._lines, self._at, self._unclosed = Lines(source, 0), -1, 0

    def read(self, start: int, until: int, before: int) -> Iterator[tuple[int, int, list[list[str]]]]:
        """Read all records that begin at `start` or later and before `until`; there are `before` others ahead of them.

        Yields the place after the last record, the number of records since the last time, and their rows, some
        thousands at a time. Records that are not rows are added to the bad ones. Raises `NotUtf8`.
        """
        rows: list[list[str]] = []
        lines, number = self._get_lines_from(start), before
        while start < until and (line := lines.read_line()) is not None:
            number += 1
            if len(line) >= LONGEST_LINE:
                start = self._source.find_line_end(start + _get_size(line))
                lines = self._get_lines_from(start)
                self._bad.add(number, Bad(1, line[: LINE_KEPT + 1], "endless_line"))
                continue
            taken, cells = _read_record(line, lines, self._style)
            start += _get_size(taken)
            self._keep(number, taken, cells, rows)
            if len(rows) == BATCH:
                yield start, number - before, rows
                before, rows = number, []
        self._at = start
        yield start, number - before, rows

    def _get_lines_from(self, start: int) -> Lines:
        """Return the lines from a place on: the current ones, with what was already searched, where they stop there."""
        if self._at != start:
            self._lines = Lines(self._source, start, self._lines.in_vain)
        self._at = -1
        return self._lines

    def skip(self, records: Sequence[list[str]], before: int) -> None:
        """Note records that were read elsewhere, after `before` others: no titles follow them."""
        for number, cells in enumerate(records, before + 1):
            self._heading = self._heading and number <= TITLES and _is_heading(cells, number)

    def _keep(self, number: int, taken: str, cells: list[str] | None, rows: list[list[str]]) -> None:
        self._heading = self._heading and number <= TITLES and _is_heading(cells, number)
        self._unclosed += cells is None
        if cells is None and self._unclosed > MOST_UNCLOSED and self._unclosed > MOSTLY * number:
            raise Refused("quotes_everywhere")
        text = taken.rstrip("\r\n")
        row = _fit_to_width(cells, text, self._style.width, 0 if self._heading else self._style.least)
        if isinstance(row, Bad):
            self._bad.add(number, row)
        else:
            rows.append(row)


def _get_size(text: str) -> int:
    """Return the size of a text in the file, in bytes. Raises `NotUtf8`."""
    if text.isascii():
        return len(text)
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise NotUtf8 from None


def _is_heading(cells: list[str] | None, number: int) -> bool:
    """Return whether a record may be the header or a title above it."""
    if cells is None:
        return False
    return number == 1 or not any(map(PHONE_LIKE.search, cells))


def _fit_to_width(cells: list[str] | None, text: str, width: int, least: int) -> list[str] | Bad:
    """Return a record of exactly `width` cells, or why there is none.

    Empty surplus cells are cut; blank lines, and records of `least` cells or more, are filled up.
    """
    if cells is None:
        return Bad(1, text, "unclosed_quote")
    if not text.strip(PAGE_ENDS):
        return [""] * width
    if len(cells) > width and not any(cells[width:]):
        return cells[:width]
    if len(cells) < width and (len(cells) >= least or not any(cells)):
        return cells + [""] * (width - len(cells))
    if len(cells) != width:
        return Bad(len(cells), text, "ragged_row")
    return cells


def _read_record(line: str, lines: Lines, style: Style) -> tuple[str, list[str] | None]:
    """Return the text of the record that begins with `line`, and its cells.

    Where a quote is opened that is never closed, return this line alone, and None for the cells.
    """
    if '"' not in line:
        return line, line.rstrip("\r\n").split(style.separator)
    cells = parse_strictly(line, style.separator)
    if cells is not None:
        return line, cells or parse_leniently(line, style.separator)
    following = lines.read_to_closing(partial(_closes_quote, separator=style.separator), len(line))
    if following:
        text = "".join([line, *following])
        cells = parse_strictly(text, style.separator)
        if cells and not holds_rows(cells, style.separator, style.width):
            return text, cells
        lines.put_back(following)
        lines.charge(len(text))
    return line, None


def _closes_quote(line: str, separator: str) -> bool:
    """Return whether a line closes a quote that was left open above it.

    The line is judged by itself, as one whose first cell is open, so that a long cell is not read over and over.
    """
    return len(line) < LONGEST_LINE and '"' in line and parse_strictly(f'"{line}', separator) is not None


def parse_strictly(text: str, separator: str) -> list[str] | None:
    """Return the cells of exactly one record; [] where the text breaks the rules, None where a quote is still open."""
    try:
        records = list(csv.reader(_split_lines(text), _get_rules(separator, strict=True)))
    except csv.Error as error:
        return None if OPEN_QUOTE in str(error) else []
    return records[0] if len(records) == 1 else []


def parse_leniently(line: str, separator: str) -> list[str]:
    """Return the cells of one line that breaks the rules, as far as they can be separated."""
    records = list(csv.reader(_split_lines(line), _get_rules(separator, strict=False)))
    return records[0] if records else []


def _split_lines(text: str) -> Iterable[str]:
    """Return the lines of a text; a single line as it is, because splitting it takes as long as parsing it."""
    bare = text.removesuffix("\n").removesuffix("\r")
    return io.StringIO(text, newline="") if "\n" in bare or "\r" in bare else (text,)


@cache
def _get_rules(separator: str, *, strict: bool) -> Dialect:
    """Return the rules as the parser itself keeps them: building them takes longer than reading a line."""
    return csv.reader((), delimiter=separator, strict=strict).dialect


def holds_rows(cells: list[str], separator: str, width: int) -> bool:
    """Return whether a record over several lines is really several records after a quote that was never closed.

    It is where a line within a cell has all the cells of a row and a number among them, and where its first line and
    its last one would both be rows by themselves, with numbers in the same column.
    """
    parts = {at: LINES.split(cell) for at, cell in enumerate(cells) if "\n" in cell or "\r" in cell}
    if width < 2 or not parts:
        return False
    if any(_is_row(line, separator, width) for lines in parts.values() for line in lines[1:-1]):
        return True
    first, last = min(parts), max(parts)
    above = [*cells[:first], *parts[first][0].split(separator)]
    below = [*parts[last][-1].split(separator), *cells[last + 1 :]]
    return len(above) == len(below) == width and any(
        NUMBERS.fullmatch(one) and NUMBERS.fullmatch(other) for one, other in zip(above, below, strict=True)
    )


def _is_row(line: str, separator: str, width: int) -> bool:
    return line.count(separator) >= width - 1 and PHONE_LIKE.search(line) is not None
