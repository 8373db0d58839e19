"""A large text read as two halves at once, each by a thread of its own.

The second half begins where a record seems to begin. Only the first half can tell whether it does: its last record ends
there, or the halves are given up.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Event, Lock, Thread

import pyarrow as pa

from .exact_reader import BadRecords
from .pieces import Heard, Stretch, begins_record
from .separators import TITLES, Style
from .source import Whole

LEAST = 32 << 20
"""Bytes from which two threads pay."""
TRIED = 64

Send = Callable[[pa.RecordBatch, int], None]
"""Takes the next rows of a part."""


def read_halves(source: Whole, style: Style, send: Send, heard: Heard, bad: BadRecords) -> BadRecords | None:
    """Send all rows in two parts; the records that are none. None where the halves do not fit together: what was sent
    is to be forgotten then.

    Raises `NotUtf8`, `Refused`.
    """
    middle = _middle(source, style)
    if middle is None:
        return None
    stop, heard = Event(), _together(heard)
    first, second = (_Half(source, style, bad.empty(), part, send, heard, stop) for part in (0, 1))
    beside = Thread(target=second.read, args=(middle, source.size))
    beside.start()
    first.read(style.start, middle)
    beside.join()
    for half in (first, second):
        if half.fault:
            raise half.fault
    # The second half takes none of its records for a title, so all that may be titles must stand in the first.
    if first.end != middle or first.rows + len(first.bad.told) < TITLES:
        return None
    return first.bad.followed_by(second.bad, first.rows)


def _middle(source: Whole, style: Style) -> int | None:
    """Where a record seems to begin, near the middle of the text."""
    place = (style.start + source.size) // 2
    for _ in range(TRIED):
        place = source.behind_line(place)
        if begins_record(source.view(place, source.size), style):
            return place
    return None


def _together(heard: Heard) -> Heard:
    lock = Lock()

    def hear(count: int) -> None:
        with lock:
            heard(count)

    return hear


class _Half:
    """One half being read: the records that are no rows, how many are, and where its last one ends."""

    def __init__(
        self, source: Whole, style: Style, bad: BadRecords, part: int, send: Send, heard: Heard, stop: Event
    ) -> None:
        self.bad, self.rows, self.end = bad, 0, -1
        self.fault: Exception | None = None
        self._stretch = Stretch(source, style, bad, below=part > 0)
        self._part, self._to, self._heard, self._stop = part, send, heard, stop

    def read(self, start: int, end: int) -> None:
        """Read from `start` to `end`; a fault is kept, and stops the other half."""
        try:
            self.end = self._stretch.read(start, end, self._send, self._heard, self._stop)
        except Exception as fault:
            self.fault = fault
        if self.end != end:
            self._stop.set()

    def _send(self, rows: pa.RecordBatch) -> None:
        self.rows += rows.num_rows
        if rows.num_rows:
            self._to(rows, self._part)
