"""A pandas column of anything as Arrow texts: what a person would read in each cell, "" where there is nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    import pandas as pd

ROWS_AT_ONCE = 1 << 20
"""An Arrow string array holds 2 GB at most; a longer column comes in several."""


def to_texts(column: pd.Series[Any]) -> pa.ChunkedArray:
    """Return a column as Arrow strings without nulls, row by row: None, NaN and NaT are "".

    A float that is a whole number loses its ".0" (9876543210.0 is "9876543210"), which is what pandas makes of numbers
    beside an empty cell. One too large to be exact is written with an exponent, so that it is seen to be damaged.
    """
    if column.dtype == "category":
        return _convert_categories(column)
    if column.dtype.kind == "f":
        return _convert_floats(column)
    try:
        return _convert_array(pa.array(column, from_pandas=True))
    except (pa.ArrowException, UnicodeError, TypeError, ValueError, OverflowError):
        # A column of several types: rare, and a tenth of a second for 100,000 cells.
        return pa.chunked_array([pa.array(list(map(read_cell, column)), pa.string())])


def _convert_array(array: pa.Array | pa.ChunkedArray) -> pa.ChunkedArray:
    whole = array if isinstance(array, pa.ChunkedArray) else pa.chunked_array([array])
    if pa.types.is_floating(whole.type) or pa.types.is_nested(whole.type):
        raise TypeError("the cells of such an object column are read one by one")
    pieces = [whole.slice(at, ROWS_AT_ONCE).cast(pa.string()) for at in range(0, len(whole), ROWS_AT_ONCE)]
    return pc.fill_null(pa.chunked_array([chunk for each in pieces for chunk in each.chunks], pa.string()), "")


def _convert_categories(column: pd.Series[Any]) -> pa.ChunkedArray:
    texts = to_texts(column.cat.categories.to_series())
    codes = column.cat.codes.to_numpy()
    return pc.fill_null(texts.take(pa.array(codes, mask=codes < 0)), "")


def _convert_floats(column: pd.Series[Any]) -> pa.ChunkedArray:
    stored = getattr(column.dtype, "numpy_dtype", column.dtype)
    kind = stored if isinstance(stored, np.dtype) else np.dtype(np.float64)
    values = column.to_numpy(kind, na_value=np.nan)
    whole = (np.abs(values) < _first_inexact(kind)) & (np.floor(values) == values)
    texts = pa.array(np.where(whole, values, 0).astype(np.int64)).cast(pa.string())
    if whole.all():
        return pa.chunked_array([texts])
    words = pa.array(list(map(read_cell, values[~whole])), pa.string())
    return pa.chunked_array([pc.replace_with_mask(texts, pa.array(~whole), words)])


def _first_inexact(kind: np.dtype[Any]) -> float:
    # Up to here every whole number has a float of its own. In float32 that ends below 17 million: a phone number in
    # it has become another one.
    return float(2 ** (np.finfo(kind).nmant + 1))


def read_cell(value: object) -> str:
    """Return the text of one cell of a column that holds values of several types; "" where it holds nothing."""
    import pandas as pd

    if pd.api.types.is_scalar(value) and pd.isna(value):  # type: ignore[call-overload]  # any scalar will do
        return ""
    if isinstance(value, float | np.floating):
        return _write_float(value)
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    try:
        return str(value).encode("utf-8", "replace").decode()
    except ValueError:  # an integer of more digits than Python writes
        return type(value).__name__


def _write_float(value: float | np.floating[Any]) -> str:
    kind = np.dtype(type(value)) if isinstance(value, np.floating) else np.dtype(np.float64)
    number = float(value)
    if not number.is_integer():
        return str(value)
    return str(int(number)) if abs(number) < _first_inexact(kind) else f"{number:.6e}"
