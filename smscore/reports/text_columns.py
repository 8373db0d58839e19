"""Arrow columns as text, and the bytes of text columns, which both writers look at directly."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def convert_to_text(column: pa.Array) -> pa.StringArray:
    """Return any column as text: times in ISO 8601 with their zone, "" for null."""
    if pa.types.is_timestamp(column.type):
        column = _format_times(column)
    texts = column if column.type == pa.string() else column.cast(pa.string())
    return pc.fill_null(texts, "") if texts.null_count else texts


def _format_times(times: pa.Array) -> pa.StringArray:
    zone = times.type.tz
    seconds = times.cast(pa.timestamp("s", zone), safe=False)
    return pc.strftime(seconds, format="%Y-%m-%dT%H:%M:%S%Ez" if zone else "%Y-%m-%dT%H:%M:%S")


def get_offsets(texts: pa.StringArray) -> np.ndarray:
    """Return where each text starts in `get_bytes(texts)`, and the end: int32, one more than there are texts."""
    if not len(texts):
        return np.zeros(1, np.int32)
    edges = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return edges - edges[0]


def get_bytes(texts: pa.StringArray) -> np.ndarray:
    """Return the UTF-8 bytes of all texts one after the other, uint8, not copied."""
    if not len(texts) or texts.buffers()[2] is None:
        return np.zeros(0, np.uint8)
    edges = np.frombuffer(texts.buffers()[1], np.int32)[texts.offset : texts.offset + len(texts) + 1]
    return np.frombuffer(texts.buffers()[2], np.uint8)[edges[0] : edges[-1]]


def get_first_bytes(texts: pa.StringArray) -> np.ndarray:
    """Return the first byte of each text, uint8; 0x41 (a letter) for an empty one."""
    edges, letters = get_offsets(texts), get_bytes(texts)
    if not len(letters):
        return np.full(len(texts), 0x41, np.uint8)
    firsts = letters[np.minimum(edges[:-1], len(letters) - 1)]
    return np.where(np.diff(edges) > 0, firsts, np.uint8(0x41))


def get_last_bytes(texts: pa.StringArray) -> np.ndarray:
    """Return the last byte of each text, uint8; 0x41 (a letter) for an empty one."""
    edges, letters = get_offsets(texts), get_bytes(texts)
    if not len(letters):
        return np.full(len(texts), 0x41, np.uint8)
    lasts = letters[np.maximum(edges[1:] - 1, 0)]
    return np.where(np.diff(edges) > 0, lasts, np.uint8(0x41))
