"""CSV and its kin, read whole, piece by piece (`pieces`); a large file as two halves at once (`halves`)."""

from __future__ import annotations

import io
import mmap
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from .dialects import detect_dialect, rewrite_as_csv
from .encodings import Encoding, Feed, encoding_of, looked_over
from .escapes import Escapes, as_written, detect_escapes, unescape, with_escaped
from .exact_reader import BadRecords
from .framing import FrameWriter
from .halves import LEAST, read_halves
from .order import Order
from .pieces import Stretch
from .separators import Style, detect_style
from .source import Streamed, Whole


@dataclass(frozen=True)
class _Text:
    """An open text file with all that is known of how to read it."""

    source: BinaryIO
    size: int
    encoding: Encoding
    escapes: Escapes | None = None
    """What its signs stand for, where it was written anew because of backslashes."""

    def send(self, writer: FrameWriter) -> Callable[..., None]:
        """Return what takes the next rows, and of several parts which one they belong to."""
        return with_escaped(writer.rows, self.escapes) if self.escapes else writer.rows

    def as_written(self, bad: BadRecords) -> list[tuple[int, int, str, bool, str]]:
        """Return the records that are no rows as they stand in the file."""
        if not (escapes := self.escapes):
            return bad.told
        return [(*at, as_written(line, escapes), cut, code) for *at, line, cut, code in bad.told]

    def whole(self) -> Whole | None:
        """The text as it lies in the file or in memory; None where it must be decoded."""
        if isinstance(self.source, io.BytesIO):
            return Whole(self.source.getbuffer())
        if self.encoding.codec == "utf-8" and not self.encoding.guessed:
            return Whole(mmap.mmap(self.source.fileno(), self.size, access=mmap.ACCESS_READ))
        return None

    def streamed(self, start: int) -> Streamed:
        """The text from byte `start` on, decoded while it is read."""
        return Streamed(Feed(self.source, self.encoding, start, lambda _: None))


def read(source: BinaryIO, writer: FrameWriter, order: Order) -> None:
    """Send a delimited text file to the parent: rows and last word. Raises `NotUtf8`, `Refused`."""
    encoding = encoding_of(source, order.encoding)
    encoding = looked_over(encoding, source) if order.careful or order.doubted else encoding
    text, told = _rewritten(source, order.size, encoding)
    style = detect_style(text.source, text.encoding, order.max_columns)
    bad = _read(text, style, writer, BadRecords(most=order.max_rows), order.careful)
    writer.done(separator=style.separator, bad=text.as_written(bad), **told)


def _rewritten(source: BinaryIO, size: int, encoding: Encoding) -> tuple[_Text, dict[str, object]]:
    """The text as CSV, written anew in memory where it is in another dialect; and what to tell of it."""
    if dialect := detect_dialect(source, encoding):
        encoding = looked_over(encoding, source)
        anew = rewrite_as_csv(source, encoding, dialect)
        return _Text(anew, anew.tell(), Encoding("utf-8")), {"dialect": dialect.code} | _told_of(encoding)
    if not (escapes := detect_escapes(source, encoding)):
        return _Text(source, size, encoding), _told_of(encoding)
    encoding = looked_over(encoding, source)
    told = {"dialect": "backslash_escapes" if escapes.sure else "backslashes_in_doubt"} | _told_of(encoding)
    if not escapes.sure:
        return _Text(source, size, encoding), told
    anew = unescape(source, encoding, escapes)
    return _Text(anew, anew.tell(), Encoding("utf-8"), escapes), told


def _told_of(encoding: Encoding) -> dict[str, object]:
    guessed = encoding.guessed and not encoding.chosen
    return {"encoding": encoding.codec, "guessed": guessed, "chosen": encoding.chosen}


def _read(text: _Text, style: Style, writer: FrameWriter, bad: BadRecords, careful: bool) -> BadRecords:
    """Send all rows; the records that are none. Raises `NotUtf8`, `Refused`."""
    whole, send = text.whole(), text.send(writer)
    heard = _Progress(text.size, writer)
    if whole and not careful and whole.size >= LEAST:
        writer.begin("text", style.width, style.separator, parts=2)
        if (both := read_halves(whole, style, send, heard, bad)) is not None:
            return both
    writer.begin("text", style.width, style.separator)
    start, end = (style.start, whole.size) if whole else (0, sys.maxsize)
    Stretch(whole or text.streamed(style.start), style, bad, exactly=careful).read(start, end, send, heard)
    return bad


class _Progress:
    """Tells the parent how much of a text was read, from how much each step took."""

    def __init__(self, size: int, writer: FrameWriter) -> None:
        self._size, self._talker, self._read = size, writer, 0

    def __call__(self, count: int) -> None:
        """Add `count` bytes."""
        self._read += count
        self._talker.progress(min(self._read / self._size, 1.0), "Reading the rows")
