"""CSV and other delimited text files: the encoding and the dialect are detected, then the text is read (`pieces`)."""

from __future__ import annotations

import io
import mmap
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, BinaryIO

import pyarrow as pa

from .dialects import detect_dialect, rewrite_as_csv
from .encodings import Encoding, Feed, check_whole_file, detect_encoding
from .escapes import Escapes, detect_escapes, restore_escaped, unescape, write_escaped
from .exact_reader import BadRecord, BadRecords
from .fast_parser import read_piece
from .framing import FrameWriter, Order
from .pieces import LEAST_FOR_TWO, Stretch, read_halves
from .separators import Style, detect_style
from .source import Streamed, Whole

WARM_UP_ROW = (
    b'Sunita Devi,+919876543210,Bengaluru,sunita@example.in,ORD00000001,1234.56,2026-03-04,"1, MG Road\nPune"\n'
)
WARM_UP_SIZE = 4 << 20
"""Bytes of text for each of the two threads: more than Arrow reads ahead of one."""


@dataclass(frozen=True)
class _Text:
    """An open text file, and how to read it."""

    source: BinaryIO
    size: int
    encoding: Encoding
    escapes: Escapes | None = None
    """What the signs stand for, where the text was rewritten because of backslashes."""

    def get_sender(self, writer: FrameWriter) -> Callable[..., None]:
        """Return the function that sends rows, given the rows, and their part where there are several."""
        return restore_escaped(writer.send_rows, self.escapes) if self.escapes else writer.send_rows

    def list_bad_records(self, bad: BadRecords) -> list[BadRecord]:
        """Return the records that are not rows, as they stand in the file."""
        if not (escapes := self.escapes):
            return bad.records
        return [
            (number, cells, write_escaped(line, escapes), cut, code) for number, cells, line, cut, code in bad.records
        ]

    def open_whole(self) -> Whole | None:
        """Return the text where it can be used as it is, in the file or in memory; None where it must be decoded."""
        if isinstance(self.source, io.BytesIO):
            return Whole(self.source.getbuffer())
        if self.encoding.codec == "utf-8" and not self.encoding.guessed:
            return Whole(mmap.mmap(self.source.fileno(), self.size, access=mmap.ACCESS_READ))
        return None

    def open_stream(self, start: int) -> Streamed:
        """Return the text from byte `start` on, decoded while it is read."""
        return Streamed(Feed(self.source, self.encoding, start, lambda _: None))


def read(source: BinaryIO, writer: FrameWriter, order: Order) -> None:
    """Send the rows of a delimited text file to the parent. Raises `NotUtf8`, `Refused`."""
    encoding = detect_encoding(source, order.encoding)
    encoding = check_whole_file(encoding, source) if order.careful or order.doubted else encoding
    text, facts = _rewrite(source, order.size, encoding)
    style = detect_style(text.source, text.encoding, order.max_columns)
    bad = _read(text, style, writer, BadRecords(most=order.max_rows), order.careful)
    writer.finish(separator=style.separator, bad=text.list_bad_records(bad), **facts)


def _rewrite(source: BinaryIO, size: int, encoding: Encoding) -> tuple[_Text, dict[str, Any]]:
    """Return the text as CSV, rewritten in memory where it is in another dialect; and the facts for the parent."""
    if dialect := detect_dialect(source, encoding):
        encoding = check_whole_file(encoding, source)
        rewritten = rewrite_as_csv(source, encoding, dialect)
        return _Text(rewritten, rewritten.tell(), Encoding("utf-8")), {"dialect": dialect.code} | _describe_encoding(
            encoding
        )
    if not (escapes := detect_escapes(source, encoding)):
        return _Text(source, size, encoding), _describe_encoding(encoding)
    encoding = check_whole_file(encoding, source)
    facts = {"dialect": "backslash_escapes" if escapes.sure else "backslashes_in_doubt"} | _describe_encoding(encoding)
    if not escapes.sure:
        return _Text(source, size, encoding), facts
    rewritten = unescape(source, encoding, escapes)
    return _Text(rewritten, rewritten.tell(), Encoding("utf-8"), escapes), facts


def _describe_encoding(encoding: Encoding) -> dict[str, Any]:
    guessed = encoding.guessed and not encoding.chosen
    return {"encoding": encoding.codec, "guessed": guessed, "chosen": encoding.chosen}


def _read(text: _Text, style: Style, writer: FrameWriter, bad: BadRecords, careful: bool) -> BadRecords:
    """Send all rows; return the records that are not rows. Raises `NotUtf8`, `Refused`."""
    whole, send = text.open_whole(), text.get_sender(writer)
    progress = _Progress(text.size, writer)
    if whole and not careful and whole.size >= LEAST_FOR_TWO:
        writer.begin("text", style.width, style.separator, parts=2)
        if (both := read_halves(whole, style, send, progress, bad)) is not None:
            return both
    writer.begin("text", style.width, style.separator)
    start, end = (style.start, whole.size) if whole else (0, sys.maxsize)
    Stretch(whole or text.open_stream(style.start), style, bad, exactly=careful).read(start, end, send, progress)
    return bad


class _Progress:
    """Tells the parent how much of a text was read, given the bytes of each step."""

    def __init__(self, size: int, writer: FrameWriter) -> None:
        self._size, self._writer, self._read = size, writer, 0

    def __call__(self, count: int) -> None:
        """Add `count` bytes."""
        self._read += count
        self._writer.send_progress(min(self._read / self._size, 1.0), "Reading the rows")


def warm_up() -> None:
    """Read made-up text with two threads, as a large file is read, and drop it.

    The system gives a process code and memory only when it first touches them, which is a good part of the time that a
    large file takes. A child that has done this while it waited has both already.
    """
    import pyarrow.compute  # noqa: F401 - before NumPy: after it, this would load more modules

    from . import workbook  # noqa: F401 - loaded for the file that may be one

    _load_numpy()
    text = WARM_UP_ROW * (WARM_UP_SIZE // len(WARM_UP_ROW))
    beside = threading.Thread(target=_rehearse, args=[text])
    beside.start()
    _rehearse(text)
    beside.join()


def _load_numpy() -> None:
    """Load NumPy, which speeds up reading; a child that somebody waits for does without (`skip_costly_imports`)."""
    sys.modules.pop("numpy", None)
    import numpy  # noqa: F401


def _rehearse(text: bytes) -> None:
    style = Style(",", width=8, least=8, start=0, even=True)
    for start in range(0, len(text), len(WARM_UP_ROW) * 10_000):
        rows = read_piece(memoryview(text)[start : start + len(WARM_UP_ROW) * 10_000], style).rows
        pa.ipc.new_stream(pa.BufferOutputStream(), rows.schema).write_batch(rows)
