"""The careful way through a delimited file, for the files that the fast parser cannot be trusted with.

Every record is read by the rules of RFC 4180. A quote that is never closed, which lets other readers swallow all the
rows after it into one cell, costs only its own line here: the line is reported and reading goes on with the next one.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass

from .encodings import Feed
from .style import TITLES, Style

BATCH = 32_768
MOST_LINES, MOST_LETTERS = 1_000, 262_144
TEXT_KEPT = 120
PHONE_LIKE = re.compile(r"\d[\d ()-]{8,}\d")
OPEN_QUOTE = "unexpected end of data"


@dataclass(frozen=True)
class Bad:
    """A record that is no row: its number, how many cells it has, the start of its text, and the reason's code."""

    number: int
    cells: int
    text: str
    code: str


class _Lines:
    """Lines with their ends (\\n, \\r\\n or \\r), which can be put back."""

    def __init__(self, feed: Feed) -> None:
        self._lines = iter(
            io.TextIOWrapper(io.BufferedReader(_Raw(feed)), encoding="utf-8", errors="replace", newline="")
        )
        self._back: list[str] = []

    def next(self) -> str | None:
        return self._back.pop() if self._back else next(self._lines, None)

    def put_back(self, lines: list[str]) -> None:
        self._back.extend(reversed(lines))


class _Raw(io.RawIOBase):
    """A feed seen as a raw file."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, space) -> int:
        if not self._left:
            self._left = memoryview(self._feed.read())
        count = min(len(space), len(self._left))
        space[:count] = self._left[:count]
        self._left = self._left[count:]
        return count


def careful_batches(feed: Feed, style: Style, bad: list[Bad]) -> Iterator[list[tuple[str, ...]]]:
    """Columns of up to 32,768 rows at a time; records that are no rows are added to `bad`."""
    rows: list[list[str]] = []
    heading = True
    for number, record in enumerate(_records(_Lines(feed), style.separator, style.width), start=1):
        heading = heading and number <= TITLES and _is_heading(record, number)
        row = record if isinstance(record, Bad) else _fitted(record, style.width, 0 if heading else style.least)
        if isinstance(row, Bad):
            bad.append(Bad(number, row.cells, row.text, row.code))
        else:
            rows.append(row)
        if len(rows) == BATCH:
            yield list(zip(*rows, strict=True))
            rows = []
    if rows:
        yield list(zip(*rows, strict=True))


def _is_heading(record: list[str] | Bad, number: int) -> bool:
    """Whether a record may be the header or a title above it."""
    if isinstance(record, Bad):
        return False
    return number == 1 or not any(map(PHONE_LIKE.search, record))


def _fitted(cells: list[str], width: int, least: int) -> list[str] | Bad:
    """A record of exactly `width` cells. Empty surplus cells are cut; blank lines, and records of `least` cells or
    more, are filled up."""
    if len(cells) > width and not any(cells[width:]):
        return cells[:width]
    if len(cells) < width and (len(cells) >= least or not any(cells)):
        return cells + [""] * (width - len(cells))
    if len(cells) != width:
        return Bad(0, len(cells), ",".join(cells)[:TEXT_KEPT], "ragged_row")
    return cells


def _records(lines: _Lines, separator: str, width: int) -> Iterator[list[str] | Bad]:
    while (line := lines.next()) is not None:
        if '"' in line:
            yield _quoted_record(line, lines, separator, width)
        else:
            yield line.rstrip("\r\n").split(separator)


def _quoted_record(line: str, lines: _Lines, separator: str, width: int) -> list[str] | Bad:
    """One record that has quotes, over as many lines as its quoted cells take; or the one line whose quote is open."""
    taken = [line]
    cells = _strictly(line, separator)
    while cells is None:
        following = lines.next()
        if following is None or len(taken) > MOST_LINES or sum(map(len, taken)) > MOST_LETTERS:
            return _left_open(taken if following is None else [*taken, following], lines)
        taken.append(following)
        if '"' in following:
            cells = _strictly("".join(taken), separator)
    if len(taken) > 1 and (not cells or _swallows_rows(cells, separator, width)):
        return _left_open(taken, lines)
    return cells or _leniently(line, separator)


def _left_open(taken: list[str], lines: _Lines) -> Bad:
    lines.put_back(taken[1:])
    return Bad(0, 1, taken[0].rstrip("\r\n")[:TEXT_KEPT], "unclosed_quote")


def _strictly(text: str, separator: str) -> list[str] | None:
    """The cells of exactly one record; [] where the text breaks the rules, None where a quote is still open."""
    try:
        records = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True))
    except csv.Error as error:
        return None if OPEN_QUOTE in str(error) else []
    return records[0] if len(records) == 1 else []


def _leniently(line: str, separator: str) -> list[str]:
    records = list(csv.reader(io.StringIO(line, newline=""), delimiter=separator))
    return records[0] if records else []


def _swallows_rows(cells: list[str], separator: str, width: int) -> bool:
    """Whether a cell holds whole lines that are rows themselves: all the cells, and a number among them."""
    return any(_is_row(line, separator, width) for cell in cells for line in cell.splitlines()[1:-1])


def _is_row(line: str, separator: str, width: int) -> bool:
    return width > 1 and line.count(separator) >= width - 1 and PHONE_LIKE.search(line) is not None
