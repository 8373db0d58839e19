"""The protocol between the child and its parent: framed messages over one socket, always in order.

A frame is one byte of kind, eight bytes of length (little endian) and a JSON object. Rows are not in them: the child
writes rows as Arrow record batches into shared memory, and `ROWS` says where they are, for the parent to take. The
memory has two halves, written in turn. `TURN` ends a half; the parent answers it with one byte when it has taken all
rows before, and only then that half is written again. So a few megabytes, which stay in the processor's cache, carry a
sheet of any size. Rows may come in several parts of the file at once; those of each part are in order. What can't be
used of the file is sent the same way, before the last frame.
"""

from __future__ import annotations

import json
import mmap
import socket
import struct
import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

HEADER = struct.Struct("<cQ")
BEGIN, ROWS, UNUSABLE, TURN, PROGRESS, DONE, REFUSED = b"B", b"R", b"U", b"T", b"P", b"D", b"E"
NOT_UTF8 = "not_utf8"
"""The code of a refusal that is for the parent only, which has the file read again; no operator sees it."""
HALF = 4 << 20
"""Bytes after which a half is full; a single batch may be larger. Both halves stay in the processor's cache: memory as
large as the sheet, written once, was slower."""
ALIGNED = 64
AT_ONCE = 65_536
UNUSABLE_SHAPE = pa.schema(
    [("row", pa.int32()), ("cell", pa.int32()), ("text", pa.string()), ("cut", pa.bool_()), ("code", pa.string())]
)
"""What can't be used: of a text file, lines that are not rows, by their number with the number of their cells; of a
workbook, single cells by row and position of the column. Then the text, whether it is cut, the code of the reason."""
MOST_LISTED = 1_000_000
"""Single cells that are reported of one file: a formula that fails in every row must not fill the memory."""
WHOLE_ROW = -1
"""The position of a problem that stands for all cells of its row."""

BadCell = tuple[int, int, str, str]
"""A row number, the position of a column, what is shown of the cell, and the code of the reason."""


@dataclass(frozen=True)
class Order:
    """What the parent asks of its child: the one message that goes that way. Sizes in bytes."""

    size: int
    """The size of the file."""
    sheet: str | None
    """The sheet that was chosen."""
    memory: int
    answer: int
    """The size of the shared memory; all rows together may not be larger."""
    cpu_seconds: int
    max_columns: int
    max_rows: int
    encoding: str | None = None
    """The codec that was chosen."""
    doubted: bool = False
    """Whether the text is not wholly in the encoding that its beginning suggests."""
    careful: bool = False
    """Whether the fast way failed, so that all of the file must be read by the exact rules."""


class Refused(Exception):
    """The file can't be used: `code` names the sentence, `facts` fill it."""

    def __init__(self, code: str, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


class FrameWriter:
    """Sends frames to the parent; safe for the two threads that read a large file."""

    def __init__(self, line: socket.socket, answers: int, room: int) -> None:
        """Take the socket to the parent, and the descriptor of the shared memory with its size in bytes."""
        self._line = line
        self._lock, self._writing = threading.Lock(), threading.Lock()
        self._room = room // 2 // ALIGNED * ALIGNED
        memory = memoryview(mmap.mmap(answers, room))
        self._halves = [pa.py_buffer(memory[start:][: self._room]) for start in (0, self._room)]
        self._half = self._unanswered = 0
        self._schema: Any = None

    def begin(self, kind: str, columns: int, separator: str = "", parts: int = 1) -> None:
        """Announce the kind of file, its separator, how many columns it has and in how many parts its rows come; rows
        sent before are dropped.
        """
        again = self._schema is not None
        self._schema = pa.schema([(f"c{position}", pa.string()) for position in range(columns)])
        self._turn() if again else self._enter_half()
        self._send_frame(BEGIN, {"kind": kind, "separator": separator, "columns": columns, "parts": parts})

    def send_rows(self, batch: pa.RecordBatch, part: int = 0) -> None:
        """Send the next rows of a part: a batch of as many text columns c0, c1 … as announced."""
        with self._writing:
            self._write_rows(batch, part)

    def _write_rows(self, batch: pa.RecordBatch, part: int) -> None:
        start = self._end
        try:
            self._writer.write_batch(batch)
        except (pa.ArrowInvalid, OSError):
            raise Refused("too_much_memory") from None
        self._announce(ROWS, start, {"part": part})

    def _write_unusable(self, found: Sequence[tuple[int, int, str, bool, str]]) -> None:
        for start in range(0, len(found), AT_ONCE):
            columns = zip(*found[start : start + AT_ONCE], strict=True)
            arrays = [_build_array(column, field.type) for column, field in zip(columns, UNUSABLE_SHAPE, strict=True)]
            at = self._sink.tell()
            try:
                self._sink.write(pa.record_batch(arrays, UNUSABLE_SHAPE).serialize())
            except (pa.ArrowInvalid, OSError):
                raise Refused("too_much_memory") from None
            self._announce(UNUSABLE, at, {})

    def _announce(self, kind: bytes, start: int, facts: dict[str, Any]) -> None:
        self._end, before = self._sink.tell(), self._half * self._room
        self._send_frame(kind, {"start": before + start, "end": before + self._end} | facts)
        if self._end > HALF:
            self._turn()

    def _turn(self) -> None:
        """Turn to the other half, after the rows in it were taken."""
        self._send_frame(TURN, {})
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

    def send_progress(self, fraction: float, what: str) -> None:
        """Send how far the reading is, 0 to 1, and what is being done."""
        self._send_frame(PROGRESS, {"fraction": fraction, "what": what})

    def finish(
        self,
        bad: Sequence[tuple[int, int, str, bool, str]] = (),
        problems: Sequence[BadCell] = (),
        **facts: object,
    ) -> None:
        """Send the last frame of a file that was read.

        `bad`: the lines of a text file that are not rows (number, cells, text, whether it is cut, code); `problems`:
        the cells of a workbook that can't be used.
        """
        self._write_unusable(bad)
        self._write_unusable([(row, position, text, False, code) for row, position, text, code in problems])
        self._send_frame(DONE, facts)

    def refuse(self, refusal: Refused) -> None:
        """Send the last frame of a file that can't be used."""
        self._send_frame(REFUSED, {"code": refusal.code, "facts": refusal.facts})

    def _send_frame(self, kind: bytes, facts: dict[str, Any]) -> None:
        body = json.dumps(facts).encode()
        with self._lock:
            self._line.sendall(HEADER.pack(kind, len(body)) + body)


def _build_array(values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:  # half of a surrogate pair, which a workbook may hold
        return pa.array([value.encode("utf-8", "replace").decode() for value in values], kind)


def limit_bad_cells(cells: list[BadCell], most: int = MOST_LISTED) -> list[BadCell]:
    """Return the same cells; where they are more than `most`, several of one row become one problem of that row."""
    if len(cells) <= most:
        return cells
    counts = Counter(row for row, *_ in cells)
    single = [cell for cell in cells if counts[cell[0]] == 1]
    several = [(row, count) for row, count in counts.items() if count > 1]
    return single + [(row, WHOLE_ROW, f"{count:,} cells", "many_bad_cells") for row, count in several]
