"""What a child does while it waits: it reads made-up text as it will read a large file.

The system gives a process code and memory only when it first touches them, which is a good part of the time that a
large file takes. A child that has rehearsed has both at hand.
"""

from __future__ import annotations

import threading

import pyarrow as pa

from .fast_parser import is_well_formed, read_piece
from .separators import Style

ROW = b'Sunita Devi,+919876543210,Bengaluru,sunita@example.in,ORD00000001,1234.56,2026-03-04,"note, 1"\n'
SIZE = 4 << 20
"""Bytes of text for each of the two threads: more than Arrow reads ahead of one."""


def warm_up() -> None:
    """Read text of no meaning with two threads, and forget it."""
    from . import workbook  # noqa: F401 - loaded for the file that may be one

    text = ROW * (SIZE // len(ROW))
    beside = threading.Thread(target=_read, args=[text])
    beside.start()
    _read(text)
    beside.join()


def _read(text: bytes) -> None:
    style = Style(",", width=8, least=8, start=0, even=True)
    for start in range(0, len(text), len(ROW) * 10_000):
        piece = memoryview(text)[start : start + len(ROW) * 10_000]
        is_well_formed(piece, ",")
        rows = read_piece(piece, style).rows
        pa.ipc.new_stream(pa.BufferOutputStream(), rows.schema).write_batch(rows)
