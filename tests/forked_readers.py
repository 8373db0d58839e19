"""Reading processes at a tenth of the cost: forked from one that has loaded the reader, and not started afresh.

Nine tenths of what a test of a small sheet costs is Python and Arrow being loaded by its reading process. Here one
process of each test run loads them, and forks for each sheet. All else is as it always is: a process for each sheet,
its limits, its rights given up before it sees the file, the file read by the same code. Tests of the process itself
start it afresh, as the desk does (`fresh_readers`), and so does the slow one that reads all difficult files.
"""

from __future__ import annotations

import os
import select
import signal
import socket
import struct
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest

from smscore.sheets import reader_process

PROGRAM = """
import gc, os, signal, socket, struct, sys
sys.path[:0] = sys.argv[1:2]
sys.path += sys.argv[2:]
from reader.__main__ import main, skip_costly_imports
skip_costly_imports()
import pyarrow.compute
from reader import delimited, file_formats, framing, workbook

def fork_reader(theirs, status):
    reader = os.fork()
    if not reader:
        os.setsid()
        os.dup2(theirs, 0)
        os.close(theirs)
        os.close(status)
        main()
        os._exit(0)
    os.close(theirs)
    os.write(status, struct.pack("i", reader))
    os.write(status, struct.pack("i", os.waitpid(reader, 0)[1]))
    os._exit(0)

gc.freeze()
signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever waits for a reader is never waited for
orders = socket.socket(fileno=os.dup(0))
while True:
    said, descriptors, _, _ = socket.recv_fds(orders, 1, 2)
    if not said:
        break
    if not os.fork():
        orders.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        try:
            fork_reader(*descriptors)
        finally:
            os._exit(1)
    for each in descriptors:
        os.close(each)
"""
start_afresh = reader_process._start


class ForkedProcess:
    """What `reader_process` asks of a `subprocess.Popen`, for a process that is no child of ours."""

    def __init__(self, status: int) -> None:
        """`status` is a pipe that says the process's number, and once it has ended its status."""
        self._status = status
        self.returncode: int | None = None
        self.pid = self._read_number()

    def _read_number(self) -> int:
        (number,) = struct.unpack("i", os.read(self._status, 4))
        return number

    def poll(self) -> int | None:
        """Return how the process ended, None while it runs."""
        with suppress(subprocess.TimeoutExpired):
            self.wait(0)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Return how the process ended, negative for a signal."""
        if self.returncode is None:
            if not select.select([self._status], [], [], timeout)[0]:
                raise subprocess.TimeoutExpired("reader", timeout)
            self.returncode = os.waitstatus_to_exitcode(self._read_number())
            os.close(self._status)
        return self.returncode

    def kill(self) -> None:
        """kill -9."""
        if self.poll() is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGKILL)


class ReaderForker:
    """The process that has loaded the reader."""

    def __init__(self) -> None:
        reader_process._compile_reader()
        self._start()

    def _start(self) -> None:
        self._orders, theirs = socket.socketpair()
        command = [sys.executable, "-I", "-B", "-c", PROGRAM, str(reader_process.PACKAGE), *filter(None, sys.path)]
        with theirs:
            self._process = subprocess.Popen(command, stdin=theirs, env=reader_process.ENVIRONMENT)

    def start_reader(self) -> reader_process.ReaderProcess:
        """Fork a reader, in the place of `reader_process._start`."""
        try:
            return self._fork()
        except (BrokenPipeError, struct.error):  # a test has killed all children of this process
            self.stop()
            self._start()
            return self._fork()

    def _fork(self) -> reader_process.ReaderProcess:
        ours, theirs = socket.socketpair()
        status, write = os.pipe()
        with theirs:
            socket.send_fds(self._orders, [b"\0"], [theirs.fileno(), write])
        os.close(write)
        return reader_process.ReaderProcess(ForkedProcess(status), ours)

    def stop(self) -> None:
        """End the process; readers that wait go when their line is closed."""
        self._orders.close()
        self._process.wait(30)


@contextmanager
def starting_readers_afresh() -> Iterator[None]:
    """Start readers as the desk does, none of them ahead of the first file."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader_process, "_start", start_afresh)
        end_waiting_readers()
        yield
        end_waiting_readers()


def end_waiting_readers() -> None:
    """End the readers that were started ahead of a file."""
    while reader_process._waiting:
        reader_process._waiting.pop().end()
