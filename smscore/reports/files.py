"""The file and the tables of a report: written whole or not at all, in batches that keep memory flat."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeAlias

import pyarrow as pa

from smscore.errors import ReportError
from smscore.tables import to_table

if TYPE_CHECKING:
    import pandas as pd

    Table: TypeAlias = pa.Table | pd.DataFrame

PIECE_BYTES = 8 << 20
"""About how much text is worked on at once: the writers' memory does not grow with the report."""


@dataclass(frozen=True)
class Written:
    """What a written report holds: rows without the header, sheets, and cells that were too long for Excel and cut."""

    rows: int
    sheets: int = 1
    shortened: int = 0


@contextmanager
def write_atomically(place: Path | str | BinaryIO) -> Iterator[BinaryIO]:
    """Open a file to write a report into; at a path it appears only when everything was written.

    An open file is yielded as it is.

    Raises ReportError("report_not_written") when the disk refuses; the unfinished file is gone by then.
    """
    if not isinstance(place, str | Path):
        yield place
        return
    path = Path(place)
    unfinished = path.with_name(path.name + ".part")
    try:
        with unfinished.open("wb") as file:
            yield file
        unfinished.replace(path)
    except OSError as error:
        raise ReportError("report_not_written", cause=error.strerror or type(error).__name__) from error
    finally:
        unfinished.unlink(missing_ok=True)


def open_tables(tables: Iterable[Table]) -> tuple[pa.Schema, Iterator[pa.Table]]:
    """Return the schema of the first table, and all the tables; each later one must have the same columns.

    A frame becomes a table whose first column is its index, where that has a name.

    Raises ReportError("nothing_to_report") without a single table (an empty table has columns, and is fine), and
    ReportError("columns_differ") when a later table has others.
    """
    source = (table if isinstance(table, pa.Table) else to_table(table) for table in tables)
    first = next(source, None)
    if first is None:
        raise ReportError("nothing_to_report")
    return first.schema, (_require_same_columns(first.schema, table) for table in chain([first], source))


def _require_same_columns(schema: pa.Schema, table: pa.Table) -> pa.Table:
    if table.schema.equals(schema):
        return table
    if table.schema.names != schema.names:
        raise ReportError("columns_differ", expected=", ".join(schema.names), found=", ".join(table.schema.names))
    return table.cast(schema)


def split_into_batches(tables: Iterable[pa.Table], rows: int) -> Iterator[pa.RecordBatch]:
    """Cut tables into batches of at most `rows` rows and about PIECE_BYTES of text."""
    for table in tables:
        for batch in table.to_batches(max_chunksize=rows):
            yield from _split_in_half(batch)


def _split_in_half(batch: pa.RecordBatch) -> Iterator[pa.RecordBatch]:
    if batch.num_rows < 2 or batch.nbytes <= PIECE_BYTES:
        yield batch
        return
    half = batch.num_rows // 2
    yield from _split_in_half(batch.slice(0, half))
    yield from _split_in_half(batch.slice(half))
