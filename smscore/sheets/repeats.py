"""Rows that repeat the header, as exports joined to one file have them."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .columns import Oddities
from .headers import LONGEST, UNSEEN, Header, letters

NUMBER = re.compile(r"(?:\d[ ().+-]*){7}")
AROUND = 4
"""How many bytes may stand around a repeated header cell: blanks, and quotes behind a byte order mark in the middle."""


def repeated_headers(table: pa.Table, header: Header) -> list[Oddities]:
    """Return the rows of `table` that say in every cell what the header says, as unusable cells of one column.

    Nothing is compared where there is no header, or where a number stands in it: that may be a contact.
    """
    written = _written(header)
    filled = [position for position, cell in enumerate(written) if cell]
    if header.position < 0 or not filled or not table.num_rows or any(map(NUMBER.search, written)):
        return []
    # Of one column all cells are compared, the one whose cells differ most in length; of the others only a few.
    column = min(filled, key=lambda position: len(_near(table.column(position).chunk(0), written[position])))
    rows = _places(table.column(column), written[column])
    if not len(rows):
        return []
    cells = zip(*(each.to_pylist() for each in table.take(pa.array(rows)).columns), strict=True)
    same = np.array([[_plain(cell) for cell in row] == written for row in cells], np.bool_)
    values = table.column(column).take(pa.array(rows[same])).combine_chunks()
    return [Oddities(rows[same], column, values, "repeated_header")] if same.any() else []


def _written(header: Header) -> list[str]:
    """Return what stands in each cell of the header: "" where the column's name is only its letters."""
    first = {name: written for written, names in header.same_name.items() for name in names}
    names = [first.get(name, name) for name in header.names]
    return ["" if name == f"Column {letters(at)}" else _plain(name) for at, name in enumerate(names, 1)]


def _plain(cell: str) -> str:
    return " ".join(UNSEEN.sub(" ", cell).strip(' "').split())[:LONGEST].rstrip()


def _near(texts: pa.StringArray, cell: str) -> np.ndarray:
    """Return the places of the texts that are about as long as `cell`."""
    lengths, least = pc.binary_length(texts).to_numpy(), len(cell.encode())
    return np.flatnonzero((lengths >= least) & ((lengths <= least + AROUND) | (len(cell) == LONGEST)))


def _places(column: pa.ChunkedArray, cell: str) -> np.ndarray:
    """Return the places of the cells that hold the longest word of `cell`."""
    word, places, before = max(cell.split(), key=len), [np.zeros(0, np.int64)], 0
    for chunk in column.chunks:
        near = _near(chunk, cell)
        found = pc.match_substring(chunk.take(pa.array(near)), word).to_numpy(zero_copy_only=False)
        places.append(near[found] + before)
        before += len(chunk)
    return np.concatenate(places)
