"""The careful way through a delimited file, for the files that the fast parser cannot be trusted with.

Every record is read by the rules of RFC 4180. A quote that is never closed, which lets other readers swallow all the
rows after it into one cell, costs only its own line here: the line is reported and reading goes on with the next one.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cache

from .encodings import Feed
from .framing import NOT_UTF8, Refused
from .separators import NUMBERS, TITLES, Style
from .source import Source

BATCH = 32_768
MOST_LINES, MOST_LETTERS = 32_768, 262_144
MOST_IN_VAIN = 192 << 20
"""Letters read again because a quote seemed to be closed far below: about the largest file once over, as a file with a
single stray quote in each stretch may need; only one in which most quotes are never closed needs more."""
MOST_UNCLOSED, MOSTLY = 250_000, 0.9
"""How many quotes may be left open, where they are in more than that part of all records."""
LINES = re.compile(r"\r\n|\r|\n")
LINE_KEPT, START_KEPT = 8_192, 120
"""How many characters of a line are kept: enough to put it right, or enough to know it again."""
ROOM_FOR_LINES, ROOM_FOR_STARTS = 16 << 20, 32 << 20
"""How many bytes the lines of one file take on their way to the parent, and after that the starts of lines."""
LONGEST_LINE = 4 << 20
"""Letters from which a line is not looked into: a line end is missing, or a quote."""
PHONE_LIKE = re.compile(r"\d[\d ()-]{8,}\d")
PAGE_ENDS = "\x0c\x1a"
"""What printers write between pages, and DOS behind a text (Ctrl-Z): alone on a line it is nothing."""
OPEN_QUOTE = "unexpected end of data"


@dataclass(frozen=True)
class Bad:
    """A record that is no row: how many cells it has, its text as it is written, and the reason's code."""

    cells: int
    text: str
    code: str


@dataclass
class BadRecords:
    """The records of one file that are no rows, as they are told to the parent: number, cells, text, whether the text
    is cut, code. So many may come that their texts must be cut, or left out."""

    told: list[tuple[int, int, str, bool, str]] = field(default_factory=list)
    most: int = 1 << 31
    """How many rows a sheet may have; of bad records twice as many are too many."""
    _taken: int = 0

    def add(self, number: int, bad: Bad) -> None:
        """Keep the record `number` of the file, and as much of its text as there is room for. Raises `Refused`."""
        if len(self.told) >= self.most * 2:
            raise Refused("too_many_rows", limit=self.most)
        most = LINE_KEPT if self._taken < ROOM_FOR_LINES else START_KEPT
        kept = bad.text[:most] if self._taken < ROOM_FOR_LINES + ROOM_FOR_STARTS else ""
        self._taken += len(json.dumps(kept))
        self.told.append((number, bad.cells, kept, len(kept) < len(bad.text), bad.code))

    def empty(self) -> BadRecords:
        """None yet, and as many allowed."""
        return BadRecords(most=self.most)

    def followed_by(self, others: BadRecords, rows: int) -> BadRecords:
        """Those of a stretch of the file that holds `rows` rows besides, and behind them those of the next."""
        before = rows + len(self.told)
        return BadRecords(self.told + [(number + before, *rest) for number, *rest in others.told], self.most)


class NotUtf8(Refused):
    """A text that was taken for UTF-8 is none: the parent asks again."""

    def __init__(self) -> None:
        super().__init__(NOT_UTF8)


class _Lines:
    """Lines of a text with their ends (\\n, \\r\\n or \\r), which can be put back."""

    def __init__(self, source: Source, start: int, in_vain: int = 0) -> None:
        raw = io.BufferedReader(Raw(_From(source, start)))
        self._text = io.TextIOWrapper(raw, encoding="utf-8", errors="surrogateescape", newline="")
        self._passed: deque[str] = deque()
        self._back: deque[str] = deque()
        self._letters_passed = 0
        self.in_vain = in_vain

    def spend(self, letters: int) -> None:
        """Take note of letters that were read as one record and are none. Raises `Refused` where they are so many that
        the file would be read over and over."""
        self.in_vain += letters
        if self.in_vain > MOST_IN_VAIN:
            raise Refused("quotes_everywhere")

    def next(self) -> str | None:
        """The next line, of an endless one its first `LONGEST_LINE` letters; None behind the last."""
        if self._passed:
            line = self._passed.popleft()
            self._letters_passed -= len(line)
            return line
        return self._back.popleft() if self._back else self._text.readline(LONGEST_LINE) or None

    def put_back(self, lines: list[str]) -> None:
        """Have the lines that `up_to_closing` returned come once more; all but the last are known to close nothing."""
        self._passed.extend(lines[:-1])
        self._letters_passed = sum(map(len, lines[:-1]))
        self._back.appendleft(lines[-1])

    def up_to_closing(self, separator: str, letters: int) -> list[str]:
        """Return the next lines up to the first that closes a quote; [] where none of those does that may belong to a
        record whose first line has `letters` letters.

        What was looked through in vain is remembered: a file in which each line opens a quote would else be read once
        for each of its lines.
        """
        while letters + self._letters_passed <= MOST_LETTERS and len(self._passed) < MOST_LINES:
            line = self._back.popleft() if self._back else self._text.readline(LONGEST_LINE)
            if not line:
                return []
            if _closes(line, separator):
                lines = [*self._passed, line]
                self._passed.clear()
                self._letters_passed = 0
                return lines
            self._passed.append(line)
            self._letters_passed += len(line)
        return []


class _From:
    """A text from a place on, in pieces as a feed gives them."""

    def __init__(self, source: Source, start: int) -> None:
        self._source, self._at = source, start

    def read(self) -> memoryview:
        piece = self._source.view(self._at, io.DEFAULT_BUFFER_SIZE)
        self._at += len(piece)
        return piece


class Raw(io.RawIOBase):
    """A feed seen as a raw file."""

    def __init__(self, feed: Feed | _From) -> None:
        self._feed = feed
        self._left = memoryview(b"")

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, space) -> int:
        """Fill `space` as far as there is text; how many bytes came."""
        if not self._left:
            self._left = memoryview(self._feed.read())
        count = min(len(space), len(self._left))
        space[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


class ExactReader:
    """Reads records by the exact rules, from one place of a text to another."""

    def __init__(self, source: Source, style: Style, bad: BadRecords, *, heading: bool) -> None:
        """`heading`: the first records may be titles or a header."""
        self._source, self._style, self._bad = source, style, bad
        self._heading = heading
        self._lines, self._at, self._unclosed = _Lines(source, 0), -1, 0

    def read(self, start: int, until: int, before: int) -> Iterator[tuple[int, int, list[list[str]]]]:
        """Read all records that begin at `start` or later and before `until`; there are `before` others ahead of them.

        Yields the place behind the last record, how many there were since, and their rows, some thousands at a time.
        Records that are no rows are kept as bad ones. Raises `NotUtf8`.
        """
        lines, number, rows = self._lines_from(start), before, []
        while start < until and (line := lines.next()) is not None:
            number += 1
            if len(line) >= LONGEST_LINE:
                start = self._source.behind_line(start + _size(line))
                lines = self._lines_from(start)
                self._bad.add(number, Bad(1, line[: LINE_KEPT + 1], "endless_line"))
                continue
            taken, cells = _record(line, lines, self._style)
            start += _size(taken)
            self._keep(number, taken, cells, rows)
            if len(rows) == BATCH:
                yield start, number - before, rows
                before, rows = number, []
        self._at = start
        yield start, number - before, rows

    def _lines_from(self, start: int) -> _Lines:
        """Return the lines from a place on: those at hand, with what was looked through, where the last one ended."""
        if self._at != start:
            self._lines = _Lines(self._source, start, self._lines.in_vain)
        self._at = -1
        return self._lines

    def pass_over(self, records: Sequence[list[str]], before: int) -> None:
        """Take note of records that were read by others, behind `before` others: below them no titles stand."""
        for number, cells in enumerate(records, before + 1):
            self._heading = self._heading and number <= TITLES and _is_heading(cells, number)

    def _keep(self, number: int, taken: str, cells: list[str] | None, rows: list[list[str]]) -> None:
        self._heading = self._heading and number <= TITLES and _is_heading(cells, number)
        self._unclosed += cells is None
        if cells is None and self._unclosed > MOST_UNCLOSED and self._unclosed > MOSTLY * number:
            raise Refused("quotes_everywhere")
        text = taken.rstrip("\r\n")
        row = _fitted(cells, text, self._style.width, 0 if self._heading else self._style.least)
        if isinstance(row, Bad):
            self._bad.add(number, row)
        else:
            rows.append(row)


def _size(text: str) -> int:
    """The size of a text in the file, in bytes. Raises `NotUtf8`."""
    if text.isascii():
        return len(text)
    try:
        return len(text.encode())
    except UnicodeEncodeError:
        raise NotUtf8 from None


def _is_heading(cells: list[str] | None, number: int) -> bool:
    """Whether a record may be the header or a title above it."""
    if cells is None:
        return False
    return number == 1 or not any(map(PHONE_LIKE.search, cells))


def _fitted(cells: list[str] | None, text: str, width: int, least: int) -> list[str] | Bad:
    """A record of exactly `width` cells. Empty surplus cells are cut; blank lines, and records of `least` cells or
    more, are filled up."""
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


def _record(line: str, lines: _Lines, style: Style) -> tuple[str, list[str] | None]:
    """The record that begins with `line`, as it is written, and its cells; None for them, and the one line, where a
    quote is opened that is never closed."""
    if '"' not in line:
        return line, line.rstrip("\r\n").split(style.separator)
    cells = strict_cells(line, style.separator)
    if cells is not None:
        return line, cells or lenient_cells(line, style.separator)
    following = lines.up_to_closing(style.separator, len(line))
    if following:
        text = "".join([line, *following])
        cells = strict_cells(text, style.separator)
        if cells and not holds_rows(cells, style.separator, style.width):
            return text, cells
        lines.put_back(following)
        lines.spend(len(text))
    return line, None


def _closes(line: str, separator: str) -> bool:
    """Whether a quote left open above is closed in the line, which is judged by itself, as one whose first cell is
    open, so that a long cell is not read over and over."""
    return len(line) < LONGEST_LINE and '"' in line and strict_cells(f'"{line}', separator) is not None


def strict_cells(text: str, separator: str) -> list[str] | None:
    """The cells of exactly one record; [] where the text breaks the rules, None where a quote is still open."""
    try:
        records = list(csv.reader(_lines_of(text), _rules(separator, strict=True)))
    except csv.Error as error:
        return None if OPEN_QUOTE in str(error) else []
    return records[0] if len(records) == 1 else []


def lenient_cells(line: str, separator: str) -> list[str]:
    """The cells of one line that breaks the rules, as far as they can be told apart."""
    records = list(csv.reader(_lines_of(line), _rules(separator, strict=False)))
    return records[0] if records else []


def _lines_of(text: str) -> Iterable[str]:
    """Return the lines of a text: one line as it is, since to have it parted takes as long as to read it."""
    bare = text.removesuffix("\n").removesuffix("\r")
    return io.StringIO(text, newline="") if "\n" in bare or "\r" in bare else (text,)


@cache
def _rules(separator: str, *, strict: bool) -> csv.Dialect:
    """Return the rules as the parser itself keeps them: to make them anew takes longer than to read a line."""
    return csv.reader((), delimiter=separator, strict=strict).dialect


def holds_rows(cells: list[str], separator: str, width: int) -> bool:
    """Whether a record over several lines is none, but several records behind a quote that was never closed.

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
