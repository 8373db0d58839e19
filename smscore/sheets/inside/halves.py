"""A large text file read as two halves at once, each by a thread of its own.

The second half begins with a line, but that line may stand within a cell, in quotes. A line of our own that is read
right behind the first half proves that it does not: in quotes it would become part of that cell.
"""

from __future__ import annotations

import mmap
import os
import threading
from collections.abc import Callable

import pyarrow as pa

from .frames import Refused, Talker
from .quick import Judge, Stumbled, batches
from .records import BadRecords
from .style import Style

LEAST = 32 << 20
"""Bytes from which two threads pay."""
LONGEST_LINE = 1 << 20
AHEAD, PATIENCE = 4, 0.1
"""How many blocks Arrow may read before the rows of the first are taken (by itself it reads 32, all of them into memory
that was never touched before), and for how many seconds it is held up for that."""


class Halves:
    """The two halves of an open file whose text is taken as UTF-8."""

    def __init__(self, file: int, size: int, style: Style, talker: Talker, heard: Callable[[int], None]) -> None:
        """`file` is a descriptor; `heard` is told how many bytes were read. Raises `Stumbled` for a file that has no
        line end near its middle."""
        middle = _middle(file, style.start, size)
        text = memoryview(mmap.mmap(file, size, access=mmap.ACCESS_READ))
        self._heard, self._read_so_far, self._lock = heard, style.start, threading.Lock()
        self._stop = threading.Event()
        sign = os.urandom(8).hex()
        end = style.separator.join([sign] * style.width).encode() + b"\n"
        self.first = _Half(_Stretch(text[style.start : middle], end, self._count), style, sign)
        self.second = _Half(_Stretch(text[middle:], b"", self._count), style)
        self._talker = talker

    def read(self) -> BadRecords:
        """Send all rows; the records that are none. Raises `Stumbled` where the file must be read otherwise."""
        beside = threading.Thread(target=self.second.read, args=(self._say(1), self._stop))
        beside.start()
        self.first.read(self._say(0), self._stop)
        beside.join()
        for half in (self.first, self.second):
            if half.fault is not None and not isinstance(half.fault, pa.ArrowInvalid):
                raise half.fault
        if not (self.first.whole and self.second.whole):
            raise Stumbled
        return self.first.judge.bad.followed_by(self.second.judge.bad, self.first.rows)

    def _say(self, part: int) -> Callable[[pa.RecordBatch], None]:
        return lambda batch: self._talker.rows(batch, part)

    def _count(self, read: int) -> None:
        with self._lock:
            self._read_so_far += read
            self._heard(self._read_so_far)


def _middle(file: int, start: int, size: int) -> int:
    """Where a line begins, near the middle of the text."""
    middle = (start + size) // 2
    line = os.pread(file, LONGEST_LINE, middle).find(b"\n")
    if line < 0:
        raise Stumbled
    return middle + line + 1


class _Stretch:
    """A stretch of text and then `more`, as Arrow reads a file; none of the text is copied for it."""

    def __init__(self, text: memoryview, more: bytes, heard: Callable[[int], None]) -> None:
        self.closed = False
        self.wanted = threading.Semaphore(AHEAD)
        self._text, self._more, self._heard = text, more, heard

    def read(self, size: int) -> memoryview | bytes:
        self.wanted.acquire(timeout=PATIENCE)
        piece, self._text = self._text[:size], self._text[size:]
        self._heard(len(piece))
        if len(piece):
            return piece
        last, self._more = self._more, b""
        return last

    def readable(self) -> bool:
        return True

    def close(self) -> None:
        self.closed = True


class _Half:
    """One half being read: its rows, and whether it was read to its end. `sign` fills the line that must come last."""

    def __init__(self, stretch: _Stretch, style: Style, sign: str = "") -> None:
        self.judge, self.rows = Judge(style.separator), 0
        self.fault: Exception | None = None
        self.whole = False
        self._stretch, self._style, self._sign = stretch, style, sign

    def read(self, say: Callable[[pa.RecordBatch], None], stop: threading.Event) -> None:
        """Say each batch, until the end, a fault, or the other half's fault."""
        try:
            self.whole = self._read(say, stop) and not self.judge.needs_care
        except (pa.ArrowInvalid, MemoryError, Refused) as fault:
            self.fault = fault
        if not self.whole:
            stop.set()

    def _read(self, say: Callable[[pa.RecordBatch], None], stop: threading.Event) -> bool:
        last = None
        for batch in batches(pa.PythonFile(self._stretch, mode="r"), self._style, self.judge, newlines_in_values=False):
            if stop.is_set():
                return False
            self._stretch.wanted.release()
            if batch.num_rows:
                self._say(say, last)
                last = batch
        if self._sign:
            if last is None or set(last.slice(last.num_rows - 1).to_pylist()[0].values()) != {self._sign}:
                return False
            last = last.slice(0, last.num_rows - 1)
        self._say(say, last)
        return True

    def _say(self, say: Callable[[pa.RecordBatch], None], batch: pa.RecordBatch | None) -> None:
        if batch is not None and batch.num_rows:
            self.rows += batch.num_rows
            say(batch)
