"""A text as UTF-8 bytes, in memory or decoded while it is read: viewed from any place on, or read line by line."""

from __future__ import annotations

import io
import mmap
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from .encodings import Feed
from .framing import Refused

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

STEP = 1 << 20
MOST_LINES, MOST_LETTERS = 32_768, 262_144
"""The most lines and letters of one record."""
MOST_IN_VAIN = 192 << 20
"""Letters that may be read again because a quote seemed to be closed far below: as many as the largest file has, which
a file with single stray quotes may need. Only a file in which most quotes are never closed needs more."""
LONGEST_LINE = 4 << 20
"""Letters from which a line is not parsed: a line end is missing, or a quote."""


class Source(Protocol):
    """Bytes of UTF-8 text; places are counted in them from 0."""

    def view(self, start: int, size: int) -> memoryview:
        """Return the `size` bytes from `start` on, or fewer at the end of the text."""

    def forget(self, place: int) -> None:
        """Allow the text before `place` to be dropped: it is not viewed again."""

    def find_line_end(self, place: int) -> int:
        """Return the place after the next line end at `place` or later, or the end of the text."""


class _LineFinder:
    """The search for line ends in any source."""

    def find_line_end(self: Source, place: int) -> int:
        """Return the place after the next line end at `place` or later, or the end of the text."""
        while piece := self.view(place, STEP).tobytes():
            found = [at for at in (piece.find(b"\n"), piece.find(b"\r")) if at >= 0]
            if found:
                place += min(found) + 1
                follows = self.view(place - 1, 2).tobytes()
                return place + (follows == b"\r\n")
            place += len(piece)
            self.forget(place)
        return place


class Whole(_LineFinder):
    """A text in memory, or in a file that is mapped into it."""

    def __init__(self, text: bytes | memoryview | mmap.mmap) -> None:
        self._text = memoryview(text)
        self.size = len(self._text)

    def view(self, start: int, size: int) -> memoryview:
        """Return the `size` bytes from `start` on, or fewer at the end of the text."""
        return self._text[start : start + size]

    def forget(self, place: int) -> None:
        """Do nothing: the text costs no further memory."""


class Streamed(_LineFinder):
    """A text that is decoded while it is read; only what was not yet forgotten is kept."""

    def __init__(self, feed: Feed) -> None:
        self._feed, self._kept, self._before = feed, b"", 0

    def view(self, start: int, size: int) -> memoryview:
        """Return the `size` bytes from `start` on, or fewer at the end of the text."""
        start -= self._before
        missing, pieces = start + size - len(self._kept), []
        while missing > 0 and (piece := self._feed.read()):
            pieces.append(piece)
            missing -= len(piece)
        if pieces:
            self._kept = b"".join([self._kept, *pieces])
        return memoryview(self._kept)[start : start + size]

    def forget(self, place: int) -> None:
        """Drop the text before `place`."""
        if place - self._before >= STEP:
            self._kept = self._kept[place - self._before :]
            self._before = place


class Lines:
    """Lines of a text with their ends (\\n, \\r\\n or \\r), which can be put back."""

    def __init__(self, source: Source, start: int, in_vain: int = 0) -> None:
        raw = io.BufferedReader(Raw(_Reader(source, start)))
        self._text = io.TextIOWrapper(raw, encoding="utf-8", errors="surrogateescape", newline="")
        self._passed: deque[str] = deque()
        self._back: deque[str] = deque()
        self._letters_passed = 0
        self.in_vain = in_vain

    def charge(self, letters: int) -> None:
        """Count letters that were read as one record in vain. Raises `Refused` where the file would be read over and
        over.
        """
        self.in_vain += letters
        if self.in_vain > MOST_IN_VAIN:
            raise Refused("quotes_everywhere")

    def read_line(self) -> str | None:
        """Return the next line (of an endless one the first `LONGEST_LINE` letters); None after the last."""
        if self._passed:
            line = self._passed.popleft()
            self._letters_passed -= len(line)
            return line
        return self._back.popleft() if self._back else self._text.readline(LONGEST_LINE) or None

    def put_back(self, lines: list[str]) -> None:
        """Put back the lines that `read_to_closing` returned; all but the last are known to close nothing."""
        self._passed.extend(lines[:-1])
        self._letters_passed = sum(map(len, lines[:-1]))
        self._back.appendleft(lines[-1])

    def read_to_closing(self, closes: Callable[[str], bool], letters: int) -> list[str]:
        """Return the next lines up to the first that `closes` a quote; [] where none of the same record does.

        `letters` is the length of the first line of the record. The lines searched in vain are remembered: else a file
        in which each line opens a quote would be read once for each of its lines.
        """
        while letters + self._letters_passed <= MOST_LETTERS and len(self._passed) < MOST_LINES:
            line = self._back.popleft() if self._back else self._text.readline(LONGEST_LINE)
            if not line:
                return []
            if closes(line):
                lines = [*self._passed, line]
                self._passed.clear()
                self._letters_passed = 0
                return lines
            self._passed.append(line)
            self._letters_passed += len(line)
        return []


class _Reader:
    """A text from a place on, in chunks as from a feed."""

    def __init__(self, source: Source, start: int) -> None:
        self._source, self._at = source, start

    def read(self) -> memoryview:
        piece = self._source.view(self._at, io.DEFAULT_BUFFER_SIZE)
        self._at += len(piece)
        return piece


class Raw(io.RawIOBase):
    """A feed as a raw file."""

    def __init__(self, feed: Feed | _Reader) -> None:
        self._feed = feed
        self._left = memoryview(b"")

    def readable(self) -> bool:
        """Return True, as any file that is read."""
        return True

    def readinto(self, space: WriteableBuffer) -> int:
        """Fill `space` as far as there is text; return how many bytes were written."""
        target = memoryview(space)
        if not self._left:
            self._left = memoryview(self._feed.read())
        count = min(len(target), len(self._left))
        target[:count] = self._left[:count]
        self._left = self._left[count:]
        return count
