"""`read_sheet`: read an uploaded file of any kind to a `Sheet`, or refuse it with one clear reason."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from smscore.errors import SheetError

from .assembly import Assembly, NoHeaderYet, NotUtf8
from .reader.framing import BEGIN, NOT_UTF8, PROGRESS, REFUSED, ROWS, UNUSABLE, UNUSABLE_SHAPE, Order
from .reader_process import FrameReader, ReaderDied, open_unnamed_file
from .sheet import LIMITS, Limits, Sheet
from .text_encodings import find_codec

Progress = Callable[[float, str], None]
STEP = 8 << 20
"""Bytes that are copied at once."""


def read_sheet(
    source: bytes | Path | BinaryIO,
    name: str,
    *,
    sheet: str | None = None,
    header: bool | int | None = None,
    encoding: str | None = None,
    progress: Progress | None = None,
    limits: Limits = LIMITS,
) -> Sheet:
    """Read a file of contacts: delimited text in any encoding, XLSX, XLSM, XLSB, XLS or ODS, recognised by its bytes.

    `name` is the file's name as uploaded; it decides nothing. `sheet` names the sheet of a workbook. `header` says
    whether there is a header, or gives its row number as Excel counts (None: decide by content). `encoding` is that of
    a text file, unless its first bytes say otherwise (None: decide by content). `progress` is called with a fraction
    from 0 to 1 and what is being done. The file is parsed in a child process within `limits`.
    Raises `SheetError` where the whole file is refused; its code is one of `SENTENCES`, section sheets.
    """
    codec = None if encoding is None else find_codec(encoding)
    with _open_descriptor(source) as descriptor:
        size = os.fstat(descriptor).st_size
        if not size:
            raise SheetError("empty_file")
        if size > limits.file_size:
            raise SheetError("file_too_large", megabytes=size >> 20, limit=limits.file_size >> 20)
        bounds = (limits.memory, limits.answer, limits.cpu_seconds, limits.columns, limits.rows)
        order = Order(size, sheet, *bounds, encoding=codec)
        request = _Request(name, header, progress or _ignore_progress, limits)
        return _read_with_retries(descriptor, order, request)


@dataclass(frozen=True)
class _Request:
    name: str
    header: bool | int | None
    progress: Progress
    limits: Limits


def _read_with_retries(descriptor: int, order: Order, request: _Request) -> Sheet:
    """Read the file, and again with more care where a child gave up or died: all retries are decided here.

    Raises `SheetError`.
    """
    while True:
        try:
            return _read_once(descriptor, order, request)
        except NotUtf8:
            again = replace(order, doubted=True, careful=order.doubted)
        except (NoHeaderYet, ReaderDied):
            again = replace(order, careful=True)
        if order.careful:
            raise SheetError("damaged_workbook")
        order = again


def _read_once(descriptor: int, order: Order, request: _Request) -> Sheet:
    with FrameReader(descriptor, order, request.limits.wall_seconds) as frames:
        return _receive_sheet(frames, request)


def _receive_sheet(frames: FrameReader, request: _Request) -> Sheet:
    for kind, facts in frames.receive_frames():
        if kind == BEGIN:
            assembly = Assembly(request.limits, facts["kind"], request.header)
            parts = [assembly, *(assembly.start_next_part() for _ in range(1, facts["parts"]))]
            schema = pa.schema([(f"c{position}", pa.string()) for position in range(facts["columns"])])
            unusable: list[pa.RecordBatch] = []
        elif kind == ROWS:
            parts[facts["part"]].add(frames.take_rows(facts["start"], facts["end"], schema))
        elif kind == UNUSABLE:
            unusable.append(frames.take_rows(facts["start"], facts["end"], UNUSABLE_SHAPE))
        elif kind == PROGRESS:
            request.progress(facts["fraction"], facts["what"])
        elif kind == REFUSED:
            raise _build_refusal(facts)
    for part in parts[1:]:
        assembly.append(part)
    return assembly.build_sheet(request.name, facts, pa.Table.from_batches(unusable, UNUSABLE_SHAPE))


def _build_refusal(facts: Mapping[str, Any]) -> Exception:
    if facts["code"] == NOT_UTF8:
        return NotUtf8()
    filling = {name: tuple(fact) if isinstance(fact, list) else fact for name, fact in facts["facts"].items()}
    return SheetError(facts["code"], **filling)


def _ignore_progress(fraction: float, what: str) -> None:
    """Do nothing: no caller asked for progress."""


@contextmanager
def _open_descriptor(source: bytes | Path | BinaryIO) -> Iterator[int]:
    """Open a descriptor of the file at its beginning, which a child can inherit; bytes stay in memory, not on disk."""
    if isinstance(source, str | Path):
        with _open_path(Path(source)) as opened:
            yield opened.fileno()
        return
    with open_unnamed_file() as kept:
        for piece in _read_pieces(source):
            kept.write(piece)
        kept.flush()
        kept.seek(0)
        yield kept.fileno()


def _open_path(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise SheetError("file_unreadable", cause=error.strerror) from None


def _read_pieces(source: bytes | BinaryIO) -> Iterator[memoryview | bytes]:
    if isinstance(source, bytes | bytearray | memoryview):
        source = io.BytesIO(source)
    source.seek(0)
    while piece := source.read(STEP):
        left = memoryview(piece)
        yield left
