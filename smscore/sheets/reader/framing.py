"""The language between the child and its parent: framed messages over one socket, always in order.

A frame is one byte of kind, eight bytes of length (little endian) and a JSON object. Rows do not travel with them: the
child writes them as Arrow record batches into memory that both share, and `ROWS` says where they lie, for the parent to
take. The memory has two halves, written in turn. `TURN` ends a half; the parent answers it with one byte when it has
taken all rows before, and only then that half is written again. So a few megabytes, which stay in the processor's
cache, carry a sheet of any size. Rows may come in several parts of the file at once; each part's are in order. What
cannot be used of the file travels the same way, before the last word.
"""

from __future__ import annotations

import json
import mmap
import socket
import struct
import threading
from collections.abc import Sequence

import pyarrow as pa

HEADER = struct.Struct("<cQ")
BEGIN, ROWS, UNUSABLE, TURN, PROGRESS, DONE, REFUSED = b"B", b"R", b"U", b"T", b"P", b"D", b"E"
NOT_UTF8 = "not_utf8"
"""The code of a refusal that is meant for the parent, which asks again; no operator sees it."""
HALF = 4 << 20
"""Bytes after which a half is full; a single batch may be larger."""
ALIGNED = 64
AT_ONCE = 65_536
UNUSABLE_SHAPE = pa.schema(
    [("row", pa.int32()), ("cell", pa.int32()), ("text", pa.string()), ("cut", pa.bool_()), ("code", pa.string())]
)
"""What cannot be used: of a text file, lines that are no rows, by their number with the number of their cells; of a
workbook, single cells by row and position of the column. Then the text, whether it is cut, the reason's code."""


class Refused(Exception):
    """The file cannot be used: `code` names the sentence, `facts` fill it."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class FrameWriter:
    """Writes frames to the parent; safe for the two threads that a large file is read with."""

    def __init__(self, line: socket.socket, answers: int, room: int) -> None:
        """`line` leads to the parent; `answers` is the descriptor of the shared memory, `room` its size in bytes."""
        self._line = line
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._room = room // 2 // ALIGNED * ALIGNED
        memory = memoryview(mmap.mmap(answers, room))
        self._halves = [pa.py_buffer(memory[start:][: self._room]) for start in (0, self._room)]
        self._half = self._unanswered = 0
        self._schema = None

    def begin(self, kind: str, columns: int, separator: str = "", parts: int = 1) -> None:
        """Announce the kind of file, its separator, how many columns it has and in how many parts its rows come; rows
        sent before are forgotten."""
        again = self._schema is not None
        self._schema = pa.schema([(f"c{position}", pa.string()) for position in range(columns)])
        self._turn() if again else self._enter_half()
        self._say(BEGIN, {"kind": kind, "separator": separator, "columns": columns, "parts": parts})

    def rows(self, batch: pa.RecordBatch, part: int = 0) -> None:
        """Hand over the next rows of a part: a batch of as many text columns c0, c1 … as announced."""
        with self._writing:
            self._rows(batch, part)

    def _rows(self, batch: pa.RecordBatch, part: int) -> None:
        start = self._end
        try:
            self._writer.write_batch(batch)
        except (pa.ArrowInvalid, OSError):
            raise Refused("too_much_memory") from None
        self._wrote(ROWS, start, {"part": part})

    def _unusable(self, found: Sequence[tuple[int, int, str, bool, str]]) -> None:
        for start in range(0, len(found), AT_ONCE):
            columns = zip(*found[start : start + AT_ONCE], strict=True)
            arrays = [_array(column, field.type) for column, field in zip(columns, UNUSABLE_SHAPE, strict=True)]
            at = self._sink.tell()
            try:
                self._sink.write(pa.record_batch(arrays, UNUSABLE_SHAPE).serialize())
            except (pa.ArrowInvalid, OSError):
                raise Refused("too_much_memory") from None
            self._wrote(UNUSABLE, at, {})

    def _wrote(self, kind: bytes, start: int, facts: dict) -> None:
        self._end, before = self._sink.tell(), self._half * self._room
        self._say(kind, {"start": before + start, "end": before + self._end} | facts)
        if self._end > HALF:
            self._turn()

    def _turn(self) -> None:
        """Go over to the other half, once the rows that were in it are taken."""
        self._say(TURN, {})
        self._unanswered += 1
        if self._unanswered == 2:
            self._line.recv(1)
            self._unanswered -= 1
        self._half = 1 - self._half
        self._enter_half()

    def _enter_half(self) -> None:
        self._sink = pa.FixedSizeBufferWriter(self._halves[self._half])
        self._writer = pa.ipc.new_stream(self._sink, self._schema)
        self._end = self._schema.serialize().size  # the stream's head, written together with the first batch

    def progress(self, fraction: float, what: str) -> None:
        """Say how far the reading is: 0 to 1, and what is being done."""
        self._say(PROGRESS, {"fraction": fraction, "what": what})

    def done(
        self,
        bad: Sequence[tuple[int, int, str, bool, str]] = (),
        problems: Sequence[tuple[int, int, str, str]] = (),
        **facts: object,
    ) -> None:
        """The last word of a file that was read. `bad`: the lines of a text file that are no rows (number, cells, text,
        whether it is cut, code); `problems`: the cells of a workbook that cannot be used (row, position, text, code).
        """
        self._unusable(bad)
        self._unusable([(row, position, text, False, code) for row, position, text, code in problems])
        self._say(DONE, facts)

    def refused(self, refusal: Refused) -> None:
        """The last word of a file that cannot be used."""
        self._say(REFUSED, {"code": refusal.code, "facts": refusal.facts})

    def _say(self, kind: bytes, facts: dict) -> None:
        body = json.dumps(facts).encode()
        with self._lock:
            self._line.sendall(HEADER.pack(kind, len(body)) + body)


def _array(values: Sequence, kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:  # half a character, which a workbook may spell out
        return pa.array([value.encode("utf-8", "replace").decode() for value in values], kind)
