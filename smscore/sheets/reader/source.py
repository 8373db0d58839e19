"""A text as UTF-8 bytes that can be viewed from any place on, whether it lies in memory or is still being decoded."""

from __future__ import annotations

import mmap
from typing import Protocol

from .encodings import Feed

STEP = 1 << 20


class Source(Protocol):
    """Bytes of UTF-8 text; places are counted in them from 0."""

    def view(self, start: int, size: int) -> memoryview:
        """The `size` bytes from `start` on, or fewer at the end of the text."""

    def forget(self, place: int) -> None:
        """Say that nothing before `place` will be asked for again."""

    def behind_line(self, place: int) -> int:
        """The place behind the next line end at `place` or later, or the end of the text."""


class _Lines:
    """How line ends are looked for, in whatever can be viewed."""

    def behind_line(self: Source, place: int) -> int:
        """The place behind the next line end at `place` or later, or the end of the text."""
        while piece := self.view(place, STEP).tobytes():
            found = [at for at in (piece.find(b"\n"), piece.find(b"\r")) if at >= 0]
            if found:
                place += min(found) + 1
                follows = self.view(place - 1, 2).tobytes()
                return place + (follows == b"\r\n")
            place += len(piece)
            self.forget(place)
        return place


class Whole(_Lines):
    """A text that lies in memory, or in a file that is mapped into it."""

    def __init__(self, text: bytes | memoryview | mmap.mmap) -> None:
        self._text = memoryview(text)
        self.size = len(self._text)

    def view(self, start: int, size: int) -> memoryview:
        """The `size` bytes from `start` on, or fewer at the end of the text."""
        return self._text[start : start + size]

    def forget(self, place: int) -> None:
        """Do nothing: it is all there at no cost."""


class Streamed(_Lines):
    """A text that is decoded while it is read; only what was not yet forgotten is kept."""

    def __init__(self, feed: Feed) -> None:
        self._feed, self._kept, self._before = feed, b"", 0

    def view(self, start: int, size: int) -> memoryview:
        """The `size` bytes from `start` on, or fewer at the end of the text."""
        start -= self._before
        missing, pieces = start + size - len(self._kept), []
        while missing > 0 and (piece := self._feed.read()):
            pieces.append(piece)
            missing -= len(piece)
        if pieces:
            self._kept = b"".join([self._kept, *pieces])
        return memoryview(self._kept)[start : start + size]

    def forget(self, place: int) -> None:
        """Let go of the text before `place`."""
        if place - self._before >= STEP:
            self._kept = self._kept[place - self._before :]
            self._before = place
