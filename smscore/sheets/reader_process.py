"""Start the child process that reads a file, receive what it sends, and end it.

The parent never parses a byte of the file. It waits on a socket, without the interpreter's lock, for the next
frame, so that the pages of other operators answer while a million rows are read. The rows themselves come through
shared memory, and are copied from there once.
"""

from __future__ import annotations

import compileall
import contextlib
import json
import mmap
import os
import select
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from smscore.errors import SheetError

from .reader.framing import ALIGNED, BEGIN, DONE, HEADER, REFUSED, TURN, Order

PACKAGE = Path(__file__).parent
START = (
    "import sys, runpy; sys.path[:0] = sys.argv[1:2]; sys.path += sys.argv[2:]; "
    "runpy.run_module('reader', run_name='__main__')"
)
# Memory costs most when it is first touched: threads share one arena, and what is freed is kept for the next rows.
MEMORY = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "MALLOC_TOP_PAD_": str(16 << 20),
}
ENVIRONMENT = {"LC_ALL": "C.UTF-8", "OPENBLAS_NUM_THREADS": "1"} | MEMORY
MADV_POPULATE_WRITE = 23
"""Linux 5.14, madvise(2): a stretch of memory gets all its pages at once, in less time than at each first touch."""
LONGEST_FRAME = 256 << 20
LAST_FRAMES = (DONE, REFUSED)


class ReaderDied(Exception):
    """The child ended before its last frame; `status` is its exit status, negative for a signal."""

    def __init__(self, status: int) -> None:
        super().__init__(f"exit status {status}")
        self.status = status


@dataclass(frozen=True)
class ReaderProcess:
    """A child process that waits for its one order."""

    process: subprocess.Popen[bytes]
    line: socket.socket

    def end(self) -> None:
        """Kill the child and wait until it is gone."""
        self.process.kill()
        self.line.close()
        self.process.wait()


_waiting: list[ReaderProcess] = []


def prepare() -> None:
    """Start one child ahead of the next file, which then need not wait for it; it ends when this process ends."""
    if not _waiting:
        _waiting.append(_start())


def _take_waiting_reader() -> ReaderProcess:
    while True:
        try:
            child = _waiting.pop()
        except IndexError:
            return _start()
        if child.process.poll() is None:
            return child
        child.end()


@cache
def _compile_reader() -> None:
    """Compile the modules of `reader` once, as pip does, where their folder is writable.

    The child may neither rename nor remove a file (`reader/isolation.py`): left to itself it would compile them for
    every sheet, and leave a half-written copy of each.
    """
    compileall.compile_dir(PACKAGE / "reader", maxlevels=0, quiet=2)


def _start() -> ReaderProcess:
    _compile_reader()
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-I", "-B", "-c", START, str(PACKAGE), *filter(None, sys.path)],
            stdin=theirs.fileno(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=ENVIRONMENT,
            start_new_session=True,
        )
    return ReaderProcess(process, ours)


def _touch_pages(memory: mmap.mmap, start: int, end: int) -> None:
    """Have the system map the pages of bytes `start` to `end` at once, where it can."""
    start -= start % mmap.PAGESIZE
    with contextlib.suppress(AttributeError, OSError):
        memory.madvise(MADV_POPULATE_WRITE, start, end - start)


def _reserve_memory(size: int) -> mmap.mmap:
    """Return private memory of `size` bytes, of which only what is written takes room."""
    if not hasattr(mmap, "MAP_PRIVATE"):
        return mmap.mmap(-1, size)
    return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


def open_unnamed_file(size: int = 0) -> BinaryIO:
    """Open a file without a name: empty, or of `size` zero bytes, of which only those written to take room.

    It is in memory where the system has such files, else it is an already deleted file on disk.
    """
    if hasattr(os, "memfd_create"):
        kept: BinaryIO = open(os.memfd_create("sheet"), "w+b", buffering=0)  # noqa: PTH123, SIM115 - a descriptor; handed out open
    else:
        kept = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - handed out open
    if size:
        os.truncate(kept.fileno(), size)
    return kept


def use_system_allocator() -> None:
    """Have Arrow use the system's own allocator, with pages of the usual size.

    Its default allocator asks for pages of two megabytes. Where the system must clear or fetch them first, as on most
    virtual machines, an audience of a million rows takes a quarter longer with these.
    """
    pa.set_memory_pool(pa.system_memory_pool())


class FrameReader:
    """One file read by one child. Use as a context manager: on exit the child is always ended."""

    def __init__(self, descriptor: int, order: Order, wall_seconds: float) -> None:
        """`descriptor` is the open file that `order` describes."""
        self._answers = open_unnamed_file(order.answer)
        self._shared = mmap.mmap(self._answers.fileno(), order.answer)
        self._table = _reserve_memory(order.answer)
        self._rows, self._taken = pa.py_buffer(self._table), 0
        self._deadline = time.monotonic() + wall_seconds
        self._child = _take_waiting_reader()
        self._order, self._descriptors = order, [descriptor, self._answers.fileno()]

    def __enter__(self) -> FrameReader:
        with contextlib.suppress(BrokenPipeError):  # a child that died before its order is found out while listening
            socket.send_fds(self._child.line, [json.dumps(asdict(self._order)).encode()], self._descriptors)
        return self

    def __exit__(self, *_: object) -> None:
        self._child.end()
        self._answers.close()

    def receive_frames(self) -> Iterator[tuple[bytes, dict[str, Any]]]:
        """Yield the kind and the facts of each frame, up to the child's last one.

        Raises `ReaderDied` where the child ended early, `SheetError("took_too_long")` after its time is up.
        """
        kind = b""
        while kind not in LAST_FRAMES:
            kind, size = HEADER.unpack(self._receive_exactly(HEADER.size))
            facts = json.loads(self._receive_exactly(min(size, LONGEST_FRAME)))
            if kind == TURN:
                with contextlib.suppress(BrokenPipeError):  # a child that died is found out while listening
                    self._child.line.sendall(b"\0")
                continue
            if kind == BEGIN:
                self._taken = 0  # rows taken before are dropped
            if kind in LAST_FRAMES:
                self._child.process.kill()  # it has nothing left to do: it is gone by the time of `end`
            yield kind, facts

    def take_rows(self, start: int, end: int, schema: pa.Schema) -> pa.RecordBatch:
        """Take the record batch that the child wrote from byte `start` to `end` of the shared memory.

        Raises `SheetError("too_much_memory")` once all rows together are more than the order allows.
        """
        at, size = self._taken, end - start
        if at + size > self._order.answer:
            raise SheetError("too_much_memory")
        _touch_pages(self._table, at, at + size)
        self._table[at : at + size] = memoryview(self._shared)[start:end]
        self._taken = -(-(at + size) // ALIGNED) * ALIGNED
        return pa.ipc.read_record_batch(self._rows.slice(at, size), schema)

    def _receive_exactly(self, size: int) -> bytearray:
        space = bytearray(size)
        left = memoryview(space)
        while left.nbytes:
            wait = self._deadline - time.monotonic()
            if wait <= 0 or not select.select([self._child.line], [], [], wait)[0]:
                raise SheetError("took_too_long")
            left = left[self._receive_some(left) :]
        return space

    def _receive_some(self, space: memoryview) -> int:
        with contextlib.suppress(ConnectionResetError):
            if count := self._child.line.recv_into(space):
                return count
        status = self._child.process.wait()
        if status == -signal.SIGXCPU:
            raise SheetError("took_too_long")
        raise ReaderDied(status)
