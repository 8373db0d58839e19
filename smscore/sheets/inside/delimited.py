"""CSV and its kin, read whole: the fast way for sound files, the careful way for the others.

The fast way is Arrow's parser with every column as text. It numbers the records it cannot use, keeps blank lines as
rows of empty cells, and so keeps every row number. Where it stumbles, or where the parent finds a cell that looks as if
an unclosed quote had swallowed other rows, the file is read again by `records`, which is slower and exact.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

import pyarrow as pa
from pyarrow import csv

from .encodings import Encoding, Feed, encoding_of, looked_over
from .frames import Talker
from .kinds import path_of
from .records import Bad, BadRecords, careful_batches, holds_others, strict_cells
from .style import Style, style_of

BLOCK = 512 << 10
TAIL = 64 << 10
LINE_END = re.compile(r"[\r\n]")


class _Stumbled(Exception):
    """This way of reading cannot be trusted with this file."""


class _NeedsCare(_Stumbled):
    """Nothing but the careful way can be trusted with this file."""


@dataclass(frozen=True)
class _Text:
    """An open text file with all that is known of how to read it."""

    source: BinaryIO
    size: int
    encoding: Encoding
    style: Style
    talker: Talker

    def feed(self) -> Feed:
        """The file's text as UTF-8 from its first row on."""
        return Feed(self.source, self.encoding, self.style.start, self.read_so_far)

    def read_so_far(self, count: int) -> None:
        """Tell the parent that `count` bytes of the file were read."""
        self.talker.progress(min(count / self.size, 1.0), "Reading the rows")


@dataclass
class _Judge:
    """Hears of every record with a wrong number of cells."""

    separator: str
    bad: BadRecords = field(default_factory=BadRecords)
    needs_care: bool = False

    def __call__(self, row) -> str:
        if self._is_doubtful(row):
            self.needs_care = True
            return "error"
        code = "unclosed_quote" if _is_open(row.text, self.separator) else "ragged_row"
        self.bad.add(row.number, Bad(row.actual_columns, row.text, code))
        return "skip"

    def _is_doubtful(self, row) -> bool:
        """Whether the surplus may be blank, or the record may hold others behind a quote that was never closed."""
        surplus = row.actual_columns - row.expected_columns
        if surplus > 0 and not row.text.strip().rpartition(self.separator)[2].strip('"'):
            return True
        return bool(LINE_END.search(row.text)) and holds_others(row.text, self.separator, row.expected_columns)


def read_text(source: BinaryIO, size: int, talker: Talker, max_columns: int, careful: bool) -> None:
    """Send a delimited text file to the parent: rows and last word; `careful` at once. Raises `Refused`."""
    encoding = encoding_of(source)
    encoding = looked_over(encoding, source) if careful else encoding
    ways = [_careful] if careful else [_quick, _whole, _careful]
    while ways:
        way = ways.pop(0)
        text = _Text(source, size, encoding, style_of(source, encoding, max_columns), talker)
        talker.begin("text", text.style.width, text.style.separator)
        try:
            return _last_word(text, way(text))
        except _Stumbled as stumbled:
            ways = ways[-1:] if isinstance(stumbled, _NeedsCare) else ways
            encoding = looked_over(encoding, source)
    raise AssertionError("the careful way reads everything")


def _last_word(text: _Text, bad: BadRecords) -> None:
    text.talker.done(
        encoding=text.encoding.codec,
        guessed=text.encoding.guessed,
        separator=text.style.separator,
        bad=bad.told,
    )


def _quick(text: _Text) -> BadRecords:
    """Blocks are cut at any line end: should one lie within a cell, Arrow falls out of step and says so."""
    return _by_arrow(text, newlines_in_values=False)


def _whole(text: _Text) -> BadRecords:
    """Blocks are cut between records, which takes Arrow a second look at every byte."""
    return _by_arrow(text, newlines_in_values=True)


def _by_arrow(text: _Text, newlines_in_values: bool) -> BadRecords:
    if not text.style.even:
        raise _Stumbled
    judge = _Judge(text.style.separator)
    stream, tell = _stream(text)
    try:
        for batch in _batches(stream, text.style, judge, newlines_in_values):
            text.talker.rows(batch)
            tell()
    except pa.ArrowInvalid:
        raise (_NeedsCare if judge.needs_care else _Stumbled) from None
    if judge.needs_care or _ends_open(text):
        raise _NeedsCare
    return judge.bad


def _ends_open(text: _Text) -> bool:
    """Whether the last line opens a quote: its cell ends with the file then, and Arrow takes it for a whole one."""
    text.source.seek(max(text.style.start, (text.size - TAIL) // 4 * 4))  # UTF-16 and UTF-32 are cut between characters
    tail = text.source.read().decode(text.encoding.codec, "replace").rstrip("\r\n")
    return _is_open(LINE_END.split(tail)[-1], text.style.separator)


def _is_open(line: str, separator: str) -> bool:
    return '"' in line and strict_cells(line, separator) is None


def _stream(text: _Text) -> tuple[pa.NativeFile, Callable[[], None]]:
    """The text for Arrow, straight from the file where it is UTF-8 already; and how to tell how far it was read."""
    if text.encoding.codec != "utf-8" or text.encoding.guessed:
        return pa.PythonFile(text.feed(), mode="r"), lambda: None
    file = pa.OSFile(path_of(text.source.fileno()))
    file.seek(text.style.start)
    return file, lambda: text.read_so_far(file.tell())


def _batches(stream: pa.NativeFile, style: Style, judge: _Judge, newlines_in_values: bool) -> Iterator[pa.RecordBatch]:
    names = [f"c{position}" for position in range(style.width)]
    return csv.open_csv(
        stream,
        read_options=csv.ReadOptions(block_size=BLOCK, column_names=names, use_threads=False),
        parse_options=csv.ParseOptions(
            delimiter=style.separator,
            newlines_in_values=newlines_in_values,
            ignore_empty_lines=False,
            invalid_row_handler=judge,
        ),
        convert_options=csv.ConvertOptions(
            column_types={name: pa.string() for name in names},
            strings_can_be_null=False,
            quoted_strings_can_be_null=False,
        ),
    )


def _careful(text: _Text) -> BadRecords:
    bad = BadRecords()
    names = [f"c{position}" for position in range(text.style.width)]
    for columns in careful_batches(text.feed(), text.style, bad):
        text.talker.rows(pa.record_batch([pa.array(column, pa.string()) for column in columns], names=names))
    return bad
