"""Columns of text, looked at as bytes: what the two writers share."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.errors import ReportError

PIECE_BYTES = 8 << 20
"""About how much text is worked on at once: the writers' memory does not grow with the report."""


def opened(tables: Iterable[pa.Table]) -> tuple[pa.Schema, Iterator[pa.Table]]:
    """The schema of the first table, and all the tables; each later one must have the same columns.

    Raises ReportError("nothing_to_report") without a single table (an empty table has columns, and is fine), and
    ReportError("columns_differ") when a later table has others.
    """
    source = iter(tables)
    first = next(source, None)
    if first is None:
        raise ReportError("nothing_to_report")
    return first.schema, (_same_columns(first.schema, table) for table in chain([first], source))


def _same_columns(schema: pa.Schema, table: pa.Table) -> pa.Table:
    if table.schema.equals(schema):
        return table
    if table.schema.names != schema.names:
        raise ReportError("columns_differ", expected=", ".join(schema.names), found=", ".join(table.schema.names))
    return table.cast(schema)


def pieces(tables: Iterable[pa.Table], rows: int) -> Iterator[pa.RecordBatch]:
    """The tables cut into batches of at most `rows` rows and about PIECE_BYTES of text."""
    for table in tables:
        for batch in table.to_batches(max_chunksize=rows):
            yield from _halved(batch)


def _halved(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    if batch.num_rows < 2 or batch.nbytes <= PIECE_BYTES:
        yield batch
        return
    half = batch.num_rows // 2
    yield from _halved(batch.slice(0, half))
    yield from _halved(batch.slice(half))


def as_text(column: pa.Array) -> pa.StringArray:
    """Any column as text: times in ISO 8601 with their zone, nothing for null."""
    if pa.types.is_timestamp(column.type):
        column = _iso(column)
    texts = column if column.type == pa.string() else column.cast(pa.string())
    return pc.fill_null(texts, "") if texts.null_count else texts


def _iso(times: pa.Array) -> pa.StringArray:
    zone = times.type.tz
    seconds = times.cast(pa.timestamp("s", zone), safe=False)
    return pc.strftime(seconds, format="%Y-%m-%dT%H:%M:%S%Ez" if zone else "%Y-%m-%dT%H:%M:%S")


def offsets_of(texts: pa.StringArray) -> np.ndarray:
    """Where each text starts in `bytes_of(texts)`, and the end: int32, one more than there are texts."""
    if not len(texts):
        return np.zeros(1, np.int32)
    edges = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return edges - edges[0]


def bytes_of(texts: pa.StringArray) -> np.ndarray:
    """The UTF-8 bytes of all texts in a row, uint8, not copied."""
    if not len(texts) or texts.buffers()[2] is None:
        return np.zeros(0, np.uint8)
    edges = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return np.frombuffer(texts.buffers()[2], np.uint8)[edges[0] : edges[-1]]


def first_bytes(texts: pa.StringArray) -> np.ndarray:
    """The first byte of each text, uint8; 0x41 (a letter) for an empty one."""
    edges, letters = offsets_of(texts), bytes_of(texts)
    if not len(letters):
        return np.full(len(texts), 0x41, np.uint8)
    firsts = letters[np.minimum(edges[:-1], len(letters) - 1)]
    return np.where(np.diff(edges) > 0, firsts, np.uint8(0x41))


def last_bytes(texts: pa.StringArray) -> np.ndarray:
    """The last byte of each text, uint8; 0x41 (a letter) for an empty one."""
    edges, letters = offsets_of(texts), bytes_of(texts)
    if not len(letters):
        return np.full(len(texts), 0x41, np.uint8)
    lasts = letters[np.maximum(edges[1:] - 1, 0)]
    return np.where(np.diff(edges) > 0, lasts, np.uint8(0x41))
