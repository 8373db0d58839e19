"""The careful way through a delimited file, for the files that the fast parser cannot be trusted with.

Every record is read by the rules of RFC 4180. A quote that is never closed, which lets other readers swallow all the
rows after it into one cell, costs only its own line here: the line is reported and reading goes on with the next one.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from .encodings import Feed
from .style import TITLES, Style

BATCH = 32_768
MOST_LINES, MOST_LETTERS = 1_000, 262_144
LINE_KEPT, START_KEPT = 8_192, 120
"""How many characters of a line are kept: enough to put it right, or enough to know it again."""
ROOM_FOR_LINES, ROOM_FOR_STARTS = 16 << 20, 32 << 20
"""How many bytes the lines of one file take on their way to the parent, and after that the starts of lines."""
PHONE_LIKE = re.compile(r"\d[\d ()-]{8,}\d")
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
    _taken: int = 0

    def add(self, number: int, bad: Bad) -> None:
        """Keep the record `number` of the file, and as much of its text as there is room for."""
        most = LINE_KEPT if self._taken < ROOM_FOR_LINES else START_KEPT
        kept = bad.text[:most] if self._taken < ROOM_FOR_LINES + ROOM_FOR_STARTS else ""
        self._taken += len(json.dumps(kept))
        self.told.append((number, bad.cells, kept, len(kept) < len(bad.text), bad.code))

    def followed_by(self, others: BadRecords, rows: int) -> BadRecords:
        """Those of a stretch of the file that holds `rows` rows besides, and behind them those of the next."""
        before = rows + len(self.told)
        return BadRecords(self.told + [(number + before, *rest) for number, *rest in others.told])


class _Lines:
    """Lines with their ends (\\n, \\r\\n or \\r), which can be put back."""

    def __init__(self, feed: Feed) -> None:
        self._lines = iter(
            io.TextIOWrapper(io.BufferedReader(Raw(feed)), encoding="utf-8", errors="replace", newline="")
        )
        self._back: list[str] = []

    def next(self) -> str | None:
        return self._back.pop() if self._back else next(self._lines, None)

    def put_back(self, lines: list[str]) -> None:
        self._back.extend(reversed(lines))


class Raw(io.RawIOBase):
    """A feed seen as a raw file."""

    def __init__(self, feed: Feed) -> None:
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


def careful_batches(feed: Feed, style: Style, bad: BadRecords) -> Iterator[list[tuple[str, ...]]]:
    """Columns of up to 32,768 rows at a time; records that are no rows are added to `bad`."""
    rows: list[list[str]] = []
    heading = True
    for number, (text, cells) in enumerate(_records(_Lines(feed), style.separator, style.width), start=1):
        heading = heading and number <= TITLES and _is_heading(cells, number)
        row = _fitted(cells, text, style.width, 0 if heading else style.least)
        if isinstance(row, Bad):
            bad.add(number, row)
        else:
            rows.append(row)
        if len(rows) == BATCH:
            yield list(zip(*rows, strict=True))
            rows = []
    if rows:
        yield list(zip(*rows, strict=True))


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
    if len(cells) > width and not any(cells[width:]):
        return cells[:width]
    if len(cells) < width and (len(cells) >= least or not any(cells)):
        return cells + [""] * (width - len(cells))
    if len(cells) != width:
        return Bad(len(cells), text, "ragged_row")
    return cells


def _records(lines: _Lines, separator: str, width: int) -> Iterator[tuple[str, list[str] | None]]:
    """Each record as it is written and its cells; None for the cells of a line whose quote is never closed."""
    while (line := lines.next()) is not None:
        if '"' in line:
            yield _quoted_record(line, lines, separator, width)
        else:
            line = line.rstrip("\r\n")
            yield line, line.split(separator)


def _quoted_record(line: str, lines: _Lines, separator: str, width: int) -> tuple[str, list[str] | None]:
    """One record that has quotes, over as many lines as its quoted cells take; or the one line whose quote is open."""
    taken = [line]
    cells = strict_cells(line, separator)
    while cells is None:
        following = lines.next()
        if following is None or len(taken) > MOST_LINES or sum(map(len, taken)) > MOST_LETTERS:
            return _left_open(taken if following is None else [*taken, following], lines)
        taken.append(following)
        if '"' in following:
            cells = strict_cells("".join(taken), separator)
    if len(taken) > 1 and _swallows_rows(cells, separator, width):
        return _left_open(taken, lines)
    return "".join(taken).rstrip("\r\n"), cells or lenient_cells(line, separator)


def _left_open(taken: list[str], lines: _Lines) -> tuple[str, None]:
    lines.put_back(taken[1:])
    return taken[0].rstrip("\r\n"), None


def strict_cells(text: str, separator: str) -> list[str] | None:
    """The cells of exactly one record; [] where the text breaks the rules, None where a quote is still open."""
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        return None if OPEN_QUOTE in str(error) else []
    return records[0] if len(records) == 1 else []


def lenient_cells(line: str, separator: str) -> list[str]:
    """The cells of one line that breaks the rules, as far as they can be told apart."""
    records = list(csv.reader(io.StringIO(line, newline=""), delimiter=separator))
    return records[0] if records else []


def holds_others(text: str, separator: str, width: int) -> bool:
    """Whether a record over several lines is none, but several records behind a quote that was never closed."""
    return _swallows_rows(strict_cells(text, separator), separator, width)


def _swallows_rows(cells: list[str] | None, separator: str, width: int) -> bool:
    """Whether a cell holds whole lines that are rows themselves: all the cells, and a number among them."""
    return not cells or any(_is_row(line, separator, width) for cell in cells for line in cell.splitlines()[1:-1])


def _is_row(line: str, separator: str, width: int) -> bool:
    return width > 1 and line.count(separator) >= width - 1 and PHONE_LIKE.search(line) is not None
