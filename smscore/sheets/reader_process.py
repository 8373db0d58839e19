"""The child process that reads a file, seen from the parent: started, listened to, ended.

The parent never parses a byte of the file. It waits on a socket, without the interpreter's lock, for word of the next
rows, so that a page of another operator answers while a million rows are read. The rows themselves come through memory
that both share, and are taken from there in one copy.
"""

from __future__ import annotations

import compileall
import contextlib
import json
import mmap
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

import pyarrow as pa

from smscore.errors import SheetError

from .memory import unnamed_file
from .reader.framing import ALIGNED, BEGIN, DONE, HEADER, REFUSED, TURN
from .reader.order import Order

ROOM = Path(__file__).parent
START = (
    "import sys, runpy; sys.path[:0] = sys.argv[1:2]; sys.path += sys.argv[2:]; "
    "runpy.run_module('reader', run_name='__main__')"
)
# Memory costs most when it is touched for the first time: threads share it, and what is free is kept for the next rows.
MEMORY = {
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "1",
    "MALLOC_MMAP_THRESHOLD_": str(32 << 20),
    "MALLOC_TRIM_THRESHOLD_": str(1 << 30),
    "MALLOC_TOP_PAD_": str(16 << 20),
}
ENVIRONMENT = {"LC_ALL": "C.UTF-8"} | MEMORY
MADV_POPULATE_WRITE = 23
"""Linux 5.14, madvise(2): a stretch of memory gets all its pages at once, in less time than at each first touch."""
LONGEST_FRAME = 256 << 20
LAST_WORDS = (DONE, REFUSED)


class ReaderDied(Exception):
    """The child ended without a last word; `status` is its exit status, negative for a signal."""

    def __init__(self, status: int) -> None:
        super().__init__(f"exit status {status}")
        self.status = status


@dataclass(frozen=True)
class ReaderProcess:
    """A reading process that waits for its one order."""

    process: subprocess.Popen
    line: socket.socket

    def end(self) -> None:
        """Make sure that nothing of the child is left."""
        self.process.kill()
        self.line.close()
        self.process.wait()


_waiting: list[ReaderProcess] = []


def prepare() -> None:
    """Start one child ahead of the next file, which then need not wait for it; it goes when this process goes."""
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
    """Compile the reader's modules once, as pip does, where their folder may be written to.

    The reader may neither rename nor remove a file: left to itself it would compile them for every sheet, and leave a
    half-written copy of each.
    """
    compileall.compile_dir(ROOM / "reader", maxlevels=0, quiet=2)


def _start() -> ReaderProcess:
    _compile_reader()
    ours, theirs = socket.socketpair()
    with theirs:
        process = subprocess.Popen(
            [sys.executable, "-I", "-B", "-c", START, str(ROOM), *filter(None, sys.path)],
            stdin=theirs,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=ENVIRONMENT,
            start_new_session=True,
        )
    return ReaderProcess(process, ours)


def _fetch(memory: mmap.mmap, start: int, end: int) -> None:
    """Have the pages of bytes `start` to `end` at hand, where the system can do so."""
    start -= start % mmap.PAGESIZE
    with contextlib.suppress(AttributeError, OSError):
        memory.madvise(MADV_POPULATE_WRITE, start, end - start)


def _room_for(size: int) -> mmap.mmap:
    """Memory of our own, of which only what is written takes room."""
    if not hasattr(mmap, "MAP_PRIVATE"):
        return mmap.mmap(-1, size)
    return mmap.mmap(-1, size, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)


class FrameReader:
    """One file read by one child. Use as a context manager: on leaving it the child is gone, whatever happened."""

    def __init__(self, descriptor: int, order: Order, wall_seconds: float) -> None:
        """`descriptor` is the open file that `order` describes."""
        self._answers = unnamed_file(order.answer)
        self._shared = mmap.mmap(self._answers.fileno(), order.answer)
        self._table = _room_for(order.answer)
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

    def frames(self) -> Iterator[tuple[bytes, dict]]:
        """The kind and facts of each frame up to the child's last word.

        Raises `ReaderDied` where the child ended early, `SheetError("took_too_long")` past its time.
        """
        kind = b""
        while kind not in LAST_WORDS:
            kind, size = HEADER.unpack(self._exactly(HEADER.size))
            facts = json.loads(self._exactly(min(size, LONGEST_FRAME)))
            if kind == TURN:
                with contextlib.suppress(BrokenPipeError):  # a child that died is found out while listening
                    self._child.line.sendall(b"\0")
                continue
            if kind == BEGIN:
                self._taken = 0  # what was taken before is forgotten
            if kind in LAST_WORDS:
                self._child.process.kill()  # it has nothing left to do, and is gone by the time it is waited for
            yield kind, facts

    def rows(self, start: int, end: int, schema: pa.Schema) -> pa.RecordBatch:
        """Take the record batch that the child wrote from byte `start` to `end` of the shared memory.

        Raises `SheetError("too_much_memory")` once all rows together are more than the order allows.
        """
        at, size = self._taken, end - start
        if at + size > self._order.answer:
            raise SheetError("too_much_memory")
        _fetch(self._table, at, at + size)
        self._table[at : at + size] = memoryview(self._shared)[start:end]
        self._taken = -(-(at + size) // ALIGNED) * ALIGNED
        return pa.ipc.read_record_batch(self._rows.slice(at, size), schema)

    def _exactly(self, size: int) -> bytearray:
        space = bytearray(size)
        left = memoryview(space)
        while left.nbytes:
            wait = self._deadline - time.monotonic()
            if wait <= 0 or not select.select([self._child.line], [], [], wait)[0]:
                raise SheetError("took_too_long")
            left = left[self._some(left) :]
        return space

    def _some(self, space: memoryview) -> int:
        with contextlib.suppress(ConnectionResetError):
            if count := self._child.line.recv_into(space):
                return count
        status = self._child.process.wait()
        if status == -signal.SIGXCPU:
            raise SheetError("took_too_long")
        raise ReaderDied(status)
