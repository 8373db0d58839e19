"""Arrow tables as pandas frames and back, and how their columns are called."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import pyarrow as pa

if TYPE_CHECKING:  # pandas loads with the first frame: files are written without it
    import pandas as pd

AS_WRITTEN = " (as written)"
INDEX = "row"
"""The index of a frame whose lines are rows of a sheet, and the column of that name in its table."""


def to_frame(table: pa.Table, rows: pa.Array | None = None) -> pd.DataFrame:
    """Return a table as a frame whose index, called `row`, is `rows`; without `rows`, the table's column `row`.

    Text is `str` and shares its bytes with the table, so a million rows of eight columns take some 50 ms. Integers
    keep their width, and become nullable (`Int64`) where a value is missing.
    """
    import pandas as pd

    # pandas would turn integers beside a missing one into floats, 12 into 12.0.
    holed = [name for name in table.column_names if _has_missing_integers(table.column(name))]
    frame = table.to_pandas(integer_object_nulls=bool(holed)).astype(dict.fromkeys(holed, "Int64"))
    if rows is not None:
        return frame.set_axis(pd.Index(rows.to_numpy(), name=INDEX), axis=0)
    return frame.set_index(INDEX) if INDEX in table.column_names else frame


def _has_missing_integers(column: pa.ChunkedArray) -> bool:
    return bool(pa.types.is_integer(column.type) and column.null_count)


def to_table(frame: pd.DataFrame) -> pa.Table:
    """Return a frame as a table; an index with a name becomes the first column, one without is left out.

    Column names become text. Categories become plain text.
    """
    named = frame.reset_index() if frame.index.name is not None else frame
    table = pa.Table.from_pandas(named.rename(columns=str), preserve_index=False).replace_schema_metadata(None)
    plain = [_decode(column) for column in table.columns]
    return pa.table(plain, names=table.column_names)


def _decode(column: pa.ChunkedArray) -> pa.ChunkedArray:
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    wanted = pa.string() if pa.types.is_large_string(kind) else kind
    return column if column.type == wanted else column.cast(wanted)


def find_free_name(name: str, taken: Collection[str]) -> str:
    """Return `name`, with " (as written)" behind it as often as it takes to be none of `taken`."""
    while name in taken:
        name += AS_WRITTEN
    return name
