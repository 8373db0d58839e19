"""Read a text piece by piece: fast where a piece is sound, by the exact rules where it is not.

A piece that Arrow can't be trusted with is cut into small ones, and only the doubtful of these are read exactly. So one
odd record slows down its neighbours, not the file.

A large text is read as two halves at once, each by a thread of its own. The second half begins where a record seems to
begin. Only the first half can tell whether it does: its last record must end there, or the halves are given up.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import islice
from threading import Event, Lock, Thread

import pyarrow as pa

from .exact_reader import PAGE_ENDS, BadRecords, ExactReader
from .fast_parser import FastParseFailed, get_row, is_open, read_piece
from .separators import TITLES, Style
from .source import Source, Whole

LARGE, SMALL = 1 << 20, 32 << 10
TAIL, AHEAD = 16 << 10, 4 << 10
TRIED, LOOKED_AT = 24, 3

Rows = Callable[[pa.RecordBatch], None]
Progress = Callable[[int], None]
LEAST_FOR_TWO = 32 << 20
"""Bytes from which two threads are faster than one."""
TRIED_FOR_MIDDLE = 64
"""Lines at which the second half may begin."""

SendPart = Callable[[pa.RecordBatch, int], None]
"""Takes the next rows of one of the two parts."""


class Stretch:
    """One stretch of a text: all records from one place up to another, sent in order."""

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
        """Take a text. `below`: other records come before the stretch, the header among them; `exactly`: no record is
        read the fast way; `sizes`: of a piece and of a small one, in bytes.
        """
        self._large, self._small = sizes
        self.bad, self.count = bad, 0
        self._source, self._style, self._exactly = source, style, exactly
        self._exact = ExactReader(source, style, bad, heading=not below)
        self._titles = 0 if below else TITLES
        self._small_until = 0

    def read(self, start: int, end: int, send: Rows, progress: Progress, stop: Event | None = None) -> int:
        """Send the rows of all records that begin at `start` or later and before `end`; return where the last one ends.

        `progress` is called with the bytes that each step took. Raises `NotUtf8`, `Refused`.
        """
        while start < end and not (stop and stop.is_set()):
            self._source.forget(start)
            before, start = start, self._read_next(start, end, send)
            progress(start - before)
            if start == before:  # the end of a text of unknown length
                break
        return start

    def _read_next(self, start: int, end: int, send: Rows) -> int:
        size = self._small if start < self._small_until or self._begins_oddly() else self._large
        wanted = min(size, end - start)
        window = self._source.view(start, wanted + AHEAD)
        ends = len(window) <= wanted
        cut = len(window) if ends else self._find_cut(window, wanted)
        if not cut:
            return start if not len(window) else self._read_exactly(start, start + 1, send)
        try:
            return self._read_fast(start, window[:cut], send, ends)
        except FastParseFailed:
            if cut <= self._small:
                return self._read_exactly(start, start + cut, send)
            self._small_until = start + cut
            return self._read_next(start, end, send)

    def _begins_oddly(self) -> bool:
        """Return whether the first records are still to come, and differ from those below."""
        return self._titles > self.count == 0 and not self._style.even

    def _find_cut(self, window: memoryview, size: int) -> int:
        """Return where in a window the last record ends that ends within its first `size` bytes; 0 for none."""
        ends = islice(_find_line_ends(window, size), TRIED)
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
            self._exact.skip([get_row(first, at) for at in range(first.num_rows)], self.count)
        self.count += piece.count
        if piece.rows.num_rows:
            send(piece.rows)
        return start + len(text)

    def _read_exactly(self, start: int, until: int, send: Rows) -> int:
        for start_of_next, count, rows in self._exact.read(start, until, self.count):
            start = start_of_next
            self.count += count
            if rows:
                send(_build_batch(rows))
        return start


def _build_batch(rows: list[list[str]]) -> pa.RecordBatch:
    arrays = [pa.array(column, pa.string()) for column in zip(*rows, strict=True)]
    return pa.record_batch(arrays, names=[f"c{position}" for position in range(len(arrays))])


def _find_line_ends(window: memoryview, size: int) -> Iterator[int]:
    """Yield the places after the line ends within the first `size` bytes of a window, the last first."""
    for start in (max(size - TAIL, 0), 0):
        text = window[start:size].tobytes()
        sign = next((sign for sign in (b"\n", b"\r") if sign in text), None)
        if sign is None:
            continue
        place = len(text)
        while (place := text.rfind(sign, 0, place)) >= 0:
            if sign == b"\n" or window[start + place + 1 : start + place + 2].tobytes() != b"\n":
                yield start + place + 1
        return


def begins_record(text: memoryview, style: Style) -> bool:
    """Return whether a record seems to begin at the start of the text, judged by the cells of the first few records."""
    sample = text[:AHEAD].tobytes().decode("utf-8", "replace")
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=style.separator, strict=True)
    widths: list[int] = []
    with suppress(csv.Error):
        widths += (len(record) if any(record) else style.width for record in islice(reader, LOOKED_AT))
    if len(widths) < LOOKED_AT and len(sample) >= AHEAD // 2:
        widths = widths[:-1]  # the last one is cut
    return not sample or (bool(widths) and set(widths) == {style.width})


def _ends_open(text: memoryview, separator: str) -> bool:
    """Return whether the last line opens a quote, or is nothing but a mark of the end.

    Arrow takes the end of the file for the end of the quoted cell.
    """
    last = text.tobytes().rstrip(b"\r\n")
    last = last[max(last.rfind(b"\n"), last.rfind(b"\r")) + 1 :]
    return not last.strip(PAGE_ENDS.encode()) or is_open(last.decode("utf-8", "replace"), separator)


def read_halves(source: Whole, style: Style, send: SendPart, progress: Progress, bad: BadRecords) -> BadRecords | None:
    """Send all rows in two parts; return the records that are not rows.

    Return None where the halves do not fit together: what was sent must be dropped then.

    Raises `NotUtf8`, `Refused`.
    """
    middle = _find_middle(source, style)
    if middle is None:
        return None
    stop, progress = Event(), _lock_calls(progress)
    first, second = (_Half(source, style, bad.make_empty(), part, send, progress, stop) for part in (0, 1))
    beside = Thread(target=second.read, args=(middle, source.size))
    beside.start()
    first.read(style.start, middle)
    beside.join()
    for half in (first, second):
        if half.fault:
            raise half.fault
    # The second half takes none of its records for a title, so all possible titles must be in the first.
    if first.end != middle or first.rows + len(first.bad.records) < TITLES:
        return None
    return first.bad.append(second.bad, first.rows)


def _find_middle(source: Whole, style: Style) -> int | None:
    """Return where a record seems to begin, near the middle of the text; None where that is not found."""
    place = (style.start + source.size) // 2
    for _ in range(TRIED_FOR_MIDDLE):
        place = source.find_line_end(place)
        if begins_record(source.view(place, source.size), style):
            return place
    return None


def _lock_calls(progress: Progress) -> Progress:
    lock = Lock()

    def add_locked(count: int) -> None:
        with lock:
            progress(count)

    return add_locked


class _Half:
    """One half while it is read: its bad records, the number of its rows, and where its last record ends."""

    def __init__(
        self, source: Whole, style: Style, bad: BadRecords, part: int, send: SendPart, progress: Progress, stop: Event
    ) -> None:
        self.bad, self.rows, self.end = bad, 0, -1
        self.fault: Exception | None = None
        self._stretch = Stretch(source, style, bad, below=part > 0)
        self._part, self._to, self._progress, self._stop = part, send, progress, stop

    def read(self, start: int, end: int) -> None:
        """Read from `start` to `end`; an exception is kept, and stops the other half."""
        try:
            self.end = self._stretch.read(start, end, self._send, self._progress, self._stop)
        except Exception as fault:
            self.fault = fault
        if self.end != end:
            self._stop.set()

    def _send(self, rows: pa.RecordBatch) -> None:
        self.rows += rows.num_rows
        if rows.num_rows:
            self._to(rows, self._part)
