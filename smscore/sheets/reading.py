"""`read_sheet`: an uploaded file, whatever it is, to a `Sheet` or to one clear refusal."""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa

from smscore.errors import SheetError

from .assembly import Assembly, NoHeaderYet, NotUtf8
from .memory import unnamed_file
from .reader.framing import BEGIN, NOT_UTF8, PROGRESS, REFUSED, ROWS, UNUSABLE, UNUSABLE_SHAPE
from .reader.order import Order
from .reader_process import FrameReader, ReaderDied
from .sheet import LIMITS, Limits, Sheet
from .text_encodings import encoding_called

Progress = Callable[[float, str], None]
STEP = 8 << 20


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
    """Read a file of contacts: CSV and its kin in any encoding, XLSX, XLSM, XLSB, XLS or ODS, told by its bytes.

    `name` is the file's name as uploaded; it decides nothing. `sheet` names the sheet of a workbook; `header` says
    whether there is a header, or in which row it stands as Excel counts (None: decide by content). `encoding` names how
    the letters of a text file are written, unless its first bytes say it (None: decide by content). `progress` hears a
    fraction from 0 to 1 and what is being done. The file is parsed in a child process within `limits`.
    Raises `SheetError` when the whole file is refused; its code is one of `SENTENCES`, section sheets.
    """
    codec = None if encoding is None else encoding_called(encoding)
    with _descriptor(source) as descriptor:
        size = os.fstat(descriptor).st_size
        if not size:
            raise SheetError("empty_file")
        if size > limits.file_size:
            raise SheetError("file_too_large", megabytes=size >> 20, limit=limits.file_size >> 20)
        bounds = (limits.memory, limits.answer, limits.cpu_seconds, limits.columns, limits.rows)
        order = Order(size, sheet, *bounds, encoding=codec)
        request = _Request(name, header, progress or _silence, limits)
        return _ask_until_read(descriptor, order, request)


@dataclass(frozen=True)
class _Request:
    name: str
    header: bool | int | None
    progress: Progress
    limits: Limits


def _ask_until_read(descriptor: int, order: Order, request: _Request) -> Sheet:
    """Ask once, and again with more care where a child gave up or died: every retry of a file is decided here.

    Raises `SheetError`."""
    while True:
        try:
            return _ask(descriptor, order, request)
        except NotUtf8:
            again = replace(order, doubted=True, careful=order.doubted)
        except (NoHeaderYet, ReaderDied):
            again = replace(order, careful=True)
        if order.careful:
            raise SheetError("damaged_workbook")
        order = again


def _ask(descriptor: int, order: Order, request: _Request) -> Sheet:
    with FrameReader(descriptor, order, request.limits.wall_seconds) as conversation:
        return _receive(conversation, request)


def _receive(conversation: FrameReader, request: _Request) -> Sheet:
    for kind, said in conversation.frames():
        if kind == BEGIN:
            assembly = Assembly(request.limits, said["kind"], request.header)
            parts = [assembly, *(assembly.further() for _ in range(1, said["parts"]))]
            schema = pa.schema([(f"c{position}", pa.string()) for position in range(said["columns"])])
            unusable: list[pa.RecordBatch] = []
        elif kind == ROWS:
            parts[said["part"]].add(conversation.rows(said["start"], said["end"], schema))
        elif kind == UNUSABLE:
            unusable.append(conversation.rows(said["start"], said["end"], UNUSABLE_SHAPE))
        elif kind == PROGRESS:
            request.progress(said["fraction"], said["what"])
        elif kind == REFUSED:
            raise _refusal(said)
    for part in parts[1:]:
        assembly.append(part)
    return assembly.sheet(request.name, said, pa.Table.from_batches(unusable, UNUSABLE_SHAPE))


def _refusal(said: Mapping) -> Exception:
    if said["code"] == NOT_UTF8:
        return NotUtf8()
    facts = {name: tuple(fact) if isinstance(fact, list) else fact for name, fact in said["facts"].items()}
    return SheetError(said["code"], **facts)


def _silence(fraction: float, what: str) -> None:
    """Nobody asked for progress."""


@contextmanager
def _descriptor(source: bytes | Path | BinaryIO) -> Iterator[int]:
    """A descriptor of the file at its beginning, which a child can inherit; bytes are kept in memory, not on disk."""
    if isinstance(source, str | Path):
        with _opened(Path(source)) as opened:
            yield opened.fileno()
        return
    with unnamed_file() as kept:
        for piece in _pieces(source):
            kept.write(piece)
        kept.flush()
        kept.seek(0)
        yield kept.fileno()


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise SheetError("file_unreadable", cause=error.strerror) from None


def _pieces(source: bytes | BinaryIO) -> Iterator[memoryview | bytes]:
    if isinstance(source, bytes | bytearray | memoryview):
        source = io.BytesIO(source)
    source.seek(0)
    while piece := source.read(STEP):
        left = memoryview(piece)
        yield left
