"""What a child does while it waits: it reads made-up text as it will read a large file.

The system gives a process code and memory only when it first touches them, which is a good part of the time that a
large file takes. A child that has rehearsed has both at hand.
"""

from __future__ import annotations

import sys
import threading

import pyarrow as pa

from .fast_parser import read_piece
from .separators import Style

ROW = b'Sunita Devi,+919876543210,Bengaluru,sunita@example.in,ORD00000001,1234.56,2026-03-04,"1, MG Road\nPune"\n'
SIZE = 4 << 20
"""Bytes of text for each of the two threads: more than Arrow reads ahead of one."""


def warm_up() -> None:
    """Read text of no meaning with two threads, and forget it."""
    import pyarrow.compute  # noqa: F401 - before NumPy, which it would load its own modules for

    from . import workbook  # noqa: F401 - loaded for the file that may be one

    _load_numpy()
    text = ROW * (SIZE // len(ROW))
    beside = threading.Thread(target=_read, args=[text])
    beside.start()
    _read(text)
    beside.join()


def _load_numpy() -> None:
    """Load NumPy, without which a child starts faster that somebody waits for (`skip_costly_imports`)."""
    sys.modules.pop("numpy", None)
    import numpy  # noqa: F401


def _read(text: bytes) -> None:
    style = Style(",", width=8, least=8, start=0, even=True)
    for start in range(0, len(text), len(ROW) * 10_000):
        rows = read_piece(memoryview(text)[start : start + len(ROW) * 10_000], style).rows
        pa.ipc.new_stream(pa.BufferOutputStream(), rows.schema).write_batch(rows)
