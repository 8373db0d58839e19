"""CSV and its kin, read whole: the fast way for sound files, the careful way for the others.

The fast way is Arrow's parser (`quick`), for a large file over two halves at once (`halves`). Where it stumbles, or
where the parent finds a cell that looks as if an unclosed quote had swallowed other rows, the file is read again by
`records`, which is slower and exact.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa

from .encodings import Encoding, Feed, encoding_of, looked_over
from .frames import Talker
from .halves import LEAST, Halves
from .kinds import path_of
from .manners import manner_of, rewritten
from .quick import LINE_END, Judge, Stumbled, batches, is_open
from .records import BadRecords, careful_batches
from .style import Style, style_of

TAIL = 64 << 10


class _NeedsCare(Stumbled):
    """Nothing but the careful way can be trusted with this file."""


@dataclass(frozen=True)
class _Text:
    """An open text file with all that is known of how to read it."""

    source: BinaryIO
    size: int
    encoding: Encoding
    style: Style
    talker: Talker
    rewritten: bool = False
    """Whether it stands in memory, because the file is written in another manner than CSV."""

    @property
    def plain(self) -> bool:
        """Whether it is read as it stands in the file."""
        return self.encoding.codec == "utf-8" and not self.encoding.guessed and not self.rewritten

    def feed(self) -> Feed:
        """The file's text as UTF-8 from its first row on."""
        return Feed(self.source, self.encoding, self.style.start, self.read_so_far)

    def read_so_far(self, count: int) -> None:
        """Tell the parent that `count` bytes of the file were read."""
        self.talker.progress(min(count / self.size, 1.0), "Reading the rows")


def read_text(
    source: BinaryIO, size: int, talker: Talker, max_columns: int, *, doubted: bool = False, careful: bool = False
) -> None:
    """Send a delimited text file to the parent: rows and last word. Raises `Refused`.

    `doubted`: it is not wholly in the encoding that its beginning suggests; `careful`: in the careful way at once.
    """
    encoding = encoding_of(source)
    encoding = looked_over(encoding, source) if careful or doubted else encoding
    told: dict[str, object] = {}
    if manner := manner_of(source, encoding):
        encoding = looked_over(encoding, source)
        told = {"manner": manner.code, "encoding": encoding.codec, "guessed": encoding.guessed}
        source, encoding = rewritten(source, encoding, manner), Encoding("utf-8")
        size = source.tell()
    ways = [_careful] if careful else [*[_halves] * (size >= LEAST), _quick, _whole, _careful]
    while ways:
        way = ways.pop(0)
        text = _Text(source, size, encoding, style_of(source, encoding, max_columns), talker, bool(told))
        talker.begin("text", text.style.width, text.style.separator, parts=1 + (way is _halves))
        try:
            return _last_word(text, way(text), told)
        except Stumbled as stumbled:
            ways = ways[-1:] if isinstance(stumbled, _NeedsCare) else ways
            encoding = looked_over(encoding, source)
    raise AssertionError("the careful way reads everything")


def _last_word(text: _Text, bad: BadRecords, told: Mapping[str, object]) -> None:
    facts = {"encoding": text.encoding.codec, "guessed": text.encoding.guessed} | told
    text.talker.done(separator=text.style.separator, bad=bad.told, **facts)


def _halves(text: _Text) -> BadRecords:
    """As `_quick`, two halves at once."""
    if not (text.plain and text.style.even):
        raise Stumbled
    bad = Halves(text.source.fileno(), text.size, text.style, text.talker, text.read_so_far).read()
    if _ends_open(text):
        raise _NeedsCare
    return bad


def _quick(text: _Text) -> BadRecords:
    """Blocks are cut at any line end: should one lie within a cell, Arrow falls out of step and says so."""
    return _by_arrow(text, newlines_in_values=False)


def _whole(text: _Text) -> BadRecords:
    """Blocks are cut between records, which takes Arrow a second look at every byte."""
    return _by_arrow(text, newlines_in_values=True)


def _by_arrow(text: _Text, newlines_in_values: bool) -> BadRecords:
    if not text.style.even:
        raise Stumbled
    judge = Judge(text.style.separator)
    stream, tell = _stream(text)
    try:
        for batch in batches(stream, text.style, judge, newlines_in_values):
            text.talker.rows(batch)
            tell()
    except pa.ArrowInvalid:
        raise (_NeedsCare if judge.needs_care else Stumbled) from None
    if judge.needs_care or _ends_open(text):
        raise _NeedsCare
    return judge.bad


def _ends_open(text: _Text) -> bool:
    """Whether the last line opens a quote: its cell ends with the file then, and Arrow takes it for a whole one."""
    text.source.seek(max(text.style.start, (text.size - TAIL) // 4 * 4))  # UTF-16 and UTF-32 are cut between characters
    tail = text.source.read().decode(text.encoding.codec, "replace").rstrip("\r\n")
    return is_open(LINE_END.split(tail)[-1], text.style.separator)


def _stream(text: _Text) -> tuple[pa.NativeFile, Callable[[], None]]:
    """The text for Arrow, straight from the file where it is UTF-8 already; and how to tell how far it was read."""
    if not text.plain:
        return pa.PythonFile(text.feed(), mode="r"), lambda: None
    file = pa.OSFile(path_of(text.source.fileno()))
    file.seek(text.style.start)
    return file, lambda: text.read_so_far(file.tell())


def _careful(text: _Text) -> BadRecords:
    bad = BadRecords()
    names = [f"c{position}" for position in range(text.style.width)]
    for columns in careful_batches(text.feed(), text.style, bad):
        text.talker.rows(pa.record_batch([pa.array(column, pa.string()) for column in columns], names=names))
    return bad
