"""A few cells of a column, by which it is told what the column holds."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

SAMPLE = 500


def sample(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Up to 500 filled cells of a column, from all over it."""
    cells = column.take(pa.array(sample_places(column)))
    return cells if len(cells) <= SAMPLE else cells.slice(0, SAMPLE)


def sample_places(column: pa.ChunkedArray) -> np.ndarray:
    """Where up to 500 filled cells of a column stand, in order: all over it, and in all of it when they are few."""
    places = np.linspace(0, len(column) - 1, num=min(len(column), 4 * SAMPLE), dtype=np.int64)
    found = places[_filled(column.take(pa.array(places)))]
    if len(found) < SAMPLE // 10 < len(column):
        found = np.flatnonzero(_filled(column))
    return found if len(found) <= SAMPLE else found[np.linspace(0, len(found) - 1, num=SAMPLE, dtype=np.int64)]


def _filled(cells: pa.ChunkedArray) -> np.ndarray:
    return pc.not_equal(cells, "").to_numpy()
