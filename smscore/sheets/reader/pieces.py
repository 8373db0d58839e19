"""A text read piece by piece: fast where a piece is sound, by the exact rules where it is not.

A piece that Arrow cannot be trusted with is cut into small ones, and of these only the doubtful are read exactly. So
one odd record costs itself and its neighbours, not the file.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from threading import Event

import pyarrow as pa

from .exact_reader import PAGE_ENDS, BadRecords, ExactReader
from .fast_parser import FastParseFailed, is_open, read_piece, row_of
from .separators import TITLES, Style
from .source import Source

LARGE, SMALL = 1 << 20, 32 << 10
TAIL, AHEAD = 16 << 10, 4 << 10
TRIED, LOOKED_AT = 24, 3

Rows = Callable[[pa.RecordBatch], None]
Heard = Callable[[int], None]


class Stretch:
    """One stretch of a text: all records from one place on up to another, sent on in order."""

    def __init__(
        self,
        source: Source,
        style: Style,
        bad: BadRecords,
        *,
        below: bool = False,
        exactly: bool = False,
        sizes: tuple[int, int] = (LARGE, SMALL),
    ) -> None:
        """`below`: other records stand above it, the header among them; `exactly`: none is read the fast way; `sizes`
        of a piece and of a small one, in bytes."""
        self._large, self._small = sizes
        self.bad, self.count = bad, 0
        self._source, self._style, self._exactly = source, style, exactly
        self._exact = ExactReader(source, style, bad, heading=not below)
        self._titles = 0 if below else TITLES
        self._small_until = 0

    def read(self, start: int, end: int, send: Rows, heard: Heard, stop: Event | None = None) -> int:
        """Send the rows of all records that begin at `start` or later and before `end`; where the last of them ends.

        `heard` is told how many bytes each step took. Raises `NotUtf8`, `Refused`.
        """
        while start < end and not (stop and stop.is_set()):
            self._source.forget(start)
            before, start = start, self._step(start, end, send)
            heard(start - before)
            if start == before:  # the end of a text that did not say how long it is
                break
        return start

    def _step(self, start: int, end: int, send: Rows) -> int:
        size = self._small if start < self._small_until or self._begins_oddly() else self._large
        wanted = min(size, end - start)
        window = self._source.view(start, wanted + AHEAD)
        ends = len(window) <= wanted
        cut = len(window) if ends else self._cut(window, wanted)
        if not cut:
            return start if not len(window) else self._read_exactly(start, start + 1, send)
        try:
            return self._read_fast(start, window[:cut], send, ends)
        except FastParseFailed:
            if cut <= self._small:
                return self._read_exactly(start, start + cut, send)
            self._small_until = start + cut
            return self._step(start, end, send)

    def _begins_oddly(self) -> bool:
        """Whether the first records are still to come, and are not like those below."""
        return self._titles > self.count == 0 and not self._style.even

    def _cut(self, window: memoryview, size: int) -> int:
        """Where in a window the last record ends that ends within its first `size` bytes; 0: nowhere."""
        ends = islice(_line_ends(window, size), TRIED)
        nearest = next(ends, 0)
        for place in (nearest, *ends):
            if begins_record(window[place:], self._style):
                return place
        return nearest

    def _read_fast(self, start: int, text: memoryview, send: Rows, ends: bool) -> int:
        if self._exactly or self._begins_oddly() or (ends and _ends_open(text, self._style.separator)):
            raise FastParseFailed
        piece = read_piece(text, self._style, self._titles - self.count)
        for number, bad in piece.bad:
            self.bad.add(self.count + number, bad)
        if self.count < self._titles:
            first = piece.rows.slice(0, self._titles - self.count)
            self._exact.pass_over([row_of(first, at) for at in range(first.num_rows)], self.count)
        self.count += piece.count
        if piece.rows.num_rows:
            send(piece.rows)
        return start + len(text)

    def _read_exactly(self, start: int, until: int, send: Rows) -> int:
        for start_of_next, count, rows in self._exact.read(start, until, self.count):
            start = start_of_next
            self.count += count
            if rows:
                send(_batch(rows))
        return start


def _batch(rows: list[list[str]]) -> pa.RecordBatch:
    arrays = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return pa.record_batch(arrays, names=[f"c{position}" for position in range(len(arrays))])


def _line_ends(window: memoryview, size: int) -> Iterator[int]:
    """The places behind the line ends within the first `size` bytes of a window, the last first."""
    for start in (max(size - TAIL, 0), 0):
        text = window[start:size].tobytes()
        sign = next((sign for sign in (b"\n", b"\r") if sign in text), None)
        if sign is None:
            continue
        place = len(text)
        while (place := text.rfind(sign, 0, place)) >= 0:
            if sign == b"\n" or window[start + place + 1 : start + place + 2] != b"\n":
                yield start + place + 1
        return


def begins_record(text: memoryview, style: Style) -> bool:
    """Whether the text looks like a place where a record begins, and not like the inside of a cell: by the number of
    cells in the first few records. Only a hint."""
    sample = text[:AHEAD].tobytes().decode("utf-8", "replace")
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=style.separator, strict=True)
    widths: list[int] = []
    with suppress(csv.Error):
        widths += (len(record) if any(record) else style.width for record in islice(reader, LOOKED_AT))
    if len(widths) < LOOKED_AT and len(sample) >= AHEAD // 2:
        widths = widths[:-1]  # the last one is cut
    return not sample or (bool(widths) and set(widths) == {style.width})


def _ends_open(text: memoryview, separator: str) -> bool:
    """Whether the last line opens a quote, whose cell ends with the file then and which Arrow takes for a whole one; or
    is nothing but a sign of the end."""
    last = text.tobytes().rstrip(b"\r\n")
    last = last[max(last.rfind(b"\n"), last.rfind(b"\r")) + 1 :]
    return not last.strip(PAGE_ENDS.encode()) or is_open(last.decode("utf-8", "replace"), separator)
