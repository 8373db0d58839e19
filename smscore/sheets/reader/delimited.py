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
from .exact_reader import BadRecords, NotUtf8
from .framing import FrameWriter
from .halves import LEAST, read_halves
from .pieces import Stretch
from .separators import Style, detect_style
from .source import Streamed, Whole


@dataclass(frozen=True)
class _Text:
    """An open text file with all that is known of how to read it."""

    source: BinaryIO
    size: int
    encoding: Encoding
    style: Style
    writer: FrameWriter
    escapes: Escapes | None = None
    """What its signs stand for, where it was written anew because of backslashes."""

    def send(self) -> Callable[..., None]:
        """Return what takes the next rows, and of several parts which one they belong to."""
        return with_escaped(self.writer.rows, self.escapes) if self.escapes else self.writer.rows

    def whole(self) -> Whole | None:
        """The text as it lies in the file or in memory; None where it must be decoded."""
        if isinstance(self.source, io.BytesIO):
            return Whole(self.source.getbuffer())
        if self.encoding.codec == "utf-8" and not self.encoding.guessed:
            return Whole(mmap.mmap(self.source.fileno(), self.size, access=mmap.ACCESS_READ))
        return None

    def streamed(self) -> Streamed:
        """The text from its first row on, decoded while it is read."""
        return Streamed(Feed(self.source, self.encoding, self.style.start, lambda _: None))


def read_text(
    source: BinaryIO,
    size: int,
    writer: FrameWriter,
    max_columns: int,
    max_rows: int,
    *,
    doubted: bool = False,
    careful: bool = False,
) -> None:
    """Send a delimited text file to the parent: rows and last word. Raises `Refused`.

    `doubted`: it is not wholly in the encoding that its beginning suggests; `careful`: all of it by the exact
    rules.
    """
    encoding = encoding_of(source)
    encoding = looked_over(encoding, source) if careful or doubted else encoding
    told: dict[str, object] = {}
    escapes = None
    if dialect := detect_dialect(source, encoding):
        encoding = looked_over(encoding, source)
        told = {"dialect": dialect.code, "encoding": encoding.codec, "guessed": encoding.guessed}
        source, encoding = rewrite_as_csv(source, encoding, dialect), Encoding("utf-8")
        size = source.tell()
    elif escapes := detect_escapes(source, encoding):
        encoding = looked_over(encoding, source)
        told = {"dialect": "backslash_escapes" if escapes.sure else "backslashes_in_doubt"}
        if escapes.sure:
            told |= {"encoding": encoding.codec, "guessed": encoding.guessed}
            source, encoding = unescape(source, encoding, escapes), Encoding("utf-8")
            size = source.tell()
    escapes = escapes if told.get("dialect") == "backslash_escapes" else None
    while True:
        text = _Text(source, size, encoding, detect_style(source, encoding, max_columns), writer, escapes)
        try:
            bad = _read(text, BadRecords(most=max_rows), careful)
        except NotUtf8:
            encoding = looked_over(encoding, source)
            continue
        lines = (
            [(*at, as_written(line, escapes), cut, code) for *at, line, cut, code in bad.told] if escapes else bad.told
        )
        facts = {"encoding": encoding.codec, "guessed": encoding.guessed} | told
        return writer.done(separator=text.style.separator, bad=lines, **facts)


def _read(text: _Text, bad: BadRecords, careful: bool) -> BadRecords:
    """Send all rows; the records that are none. Raises `NotUtf8`, `Refused`."""
    style, writer, whole = text.style, text.writer, text.whole()
    heard = _Progress(text.size, writer)
    if whole and not careful and whole.size >= LEAST:
        writer.begin("text", style.width, style.separator, parts=2)
        if (both := read_halves(whole, style, text.send(), heard, bad)) is not None:
            return both
    writer.begin("text", style.width, style.separator)
    start, end = (style.start, whole.size) if whole else (0, sys.maxsize)
    Stretch(whole or text.streamed(), style, bad, exactly=careful).read(start, end, text.send(), heard)
    return bad


class _Progress:
    """Tells the parent how much of a text was read, from how much each step took."""

    def __init__(self, size: int, writer: FrameWriter) -> None:
        self._size, self._talker, self._read = size, writer, 0

    def __call__(self, count: int) -> None:
        """Add `count` bytes."""
        self._read += count
        self._talker.progress(min(self._read / self._size, 1.0), "Reading the rows")
