"""Rows of a table, by their positions."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pyarrow as pa

THREADS = 2


def rows_at(table: pa.Table, places: np.ndarray) -> pa.Table:
    """The rows of `table` at `places` (positions, any integers), in their order.

    Where each is wanted once at most, in the order of the table, Arrow reads the columns straight on.
    """
    if (np.diff(places) <= 0).any():
        return table.take(pa.array(places, pa.int64()))
    wanted = np.zeros(table.num_rows, np.bool_)
    wanted[places] = True
    if wanted.all():
        return table
    mask = pa.array(wanted)
    return pa.table(side_by_side(lambda column: column.filter(mask), table.columns), schema=table.schema)


def side_by_side(work: Callable, parts: Iterable) -> list:
    """`work` on each of `parts`, in order; Arrow's work on one lets that on another go on."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, parts))
