"""The language between the child and its parent: framed messages over one socket, always in order.

A frame is one byte of kind, eight bytes of length (little endian) and a JSON object. Rows do not travel: the child
writes them as Arrow record batches into memory that both share, and `ROWS` says where they lie.
"""

from __future__ import annotations

import json
import mmap
import socket
import struct
import threading

import pyarrow as pa

HEADER = struct.Struct("<cQ")
BEGIN, ROWS, PROGRESS, DONE, REFUSED = b"B", b"R", b"P", b"D", b"E"


class Refused(Exception):
    """The file cannot be used: `code` names the sentence, `facts` fill it."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class Talker:
    """Writes frames to the parent; safe for the two threads that a workbook is read with."""

    def __init__(self, line: socket.socket, answers: int, room: int) -> None:
        """`line` leads to the parent; `answers` is the descriptor of the shared memory, `room` its size in bytes."""
        self._line = line
        self._lock = threading.Lock()
        self._memory = pa.py_buffer(mmap.mmap(answers, room))
        self._writer = None

    def begin(self, kind: str, columns: int, separator: str = "") -> None:
        """Announce the kind of file, its separator, and how many columns it has; rows sent before are forgotten."""
        self._sink = pa.FixedSizeBufferWriter(self._memory)
        schema = pa.schema([(f"c{position}", pa.string()) for position in range(columns)])
        self._writer = pa.ipc.new_stream(self._sink, schema)
        self._end = schema.serialize().size  # the stream's head, written together with the first batch
        self._say(BEGIN, {"kind": kind, "separator": separator, "columns": columns})

    def rows(self, batch: pa.RecordBatch) -> None:
        """Hand over the next rows: a batch of as many text columns c0, c1 … as announced."""
        start = self._end
        try:
            self._writer.write_batch(batch)
        except (pa.ArrowInvalid, OSError):
            raise Refused("too_much_memory") from None
        self._end = self._sink.tell()
        self._say(ROWS, {"start": start, "end": self._end})

    def progress(self, fraction: float, what: str) -> None:
        """Say how far the reading is: 0 to 1, and what is being done."""
        self._say(PROGRESS, {"fraction": fraction, "what": what})

    def done(self, **facts: object) -> None:
        """The last word of a file that was read."""
        self._say(DONE, facts)

    def refused(self, refusal: Refused) -> None:
        """The last word of a file that cannot be used."""
        self._say(REFUSED, {"code": refusal.code, "facts": refusal.facts})

    def _say(self, kind: bytes, facts: dict) -> None:
        body = json.dumps(facts).encode()
        with self._lock:
            self._line.sendall(HEADER.pack(kind, len(body)) + body)
