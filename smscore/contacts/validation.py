"""The two steps of an audience on their own, for a pandas column: is it a number, and is it the first of its number.

`build_audience` asks the same kernels, so a row gets the same answer on either way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from smscore.errors import SheetError
from smscore.phones import REASON_CODES, NumberKind, Numbers, read_numbers
from smscore.tables import to_texts

from .building import find_kept

if TYPE_CHECKING:  # pandas loads with the first frame
    import pandas as pd

SUGGESTED_ROWS = 1_000
KINDS = [kind.name.lower() for kind in NumberKind]
"""The categories of `kind`, in the order of `NumberKind`: fixed_line, mobile, fixed_line_or_mobile …"""
REASONS = REASON_CODES[1:]
"""The categories of `reason`; `smscore.explain(code)` has the sentence of each."""
STATUSES = ("contact", "duplicate", "problem")


def validate(column: pd.Series[Any], region: str = "IN", *, suggest: int | None = SUGGESTED_ROWS) -> pd.DataFrame:
    """Read a column of written numbers, as somebody in `region` (two letters) means them, into one row each.

    The frame has the index of the column, and these columns:

    msisdn       Int64: 919876543210; missing where the number cannot be texted
    kind         category (`KINDS`): what a valid number is, textable or not; missing where it is no valid number
    reason       category (`REASONS`): the code of why it cannot be texted; missing where it can
    suggestion   str: what may have been meant; missing where nothing is likely

    Any column will do: text, integers, floats with NaN, categories, mixed objects. A missing cell is "blank". Looking
    for suggestions is slow (some ten thousand distinct cells a second), so only the first `suggest` of the rows that
    cannot be texted get one; None: all of them.
    Raises SheetError: not_a_column (a frame, or another value that is no Series), unknown_region.
    """
    import pandas as pd

    if not isinstance(column, pd.Series):
        raise SheetError("not_a_column", found=type(column).__name__)
    numbers = read_numbers(to_texts(column), region)
    refused = numbers.reason != 0
    return pd.DataFrame(
        {
            "msisdn": pd.arrays.IntegerArray(numbers.msisdn, refused),
            "kind": pd.Categorical.from_codes(numbers.kind, pd.Index(KINDS)),
            "reason": pd.Categorical.from_codes(numbers.reason - np.int8(1), pd.Index(REASONS)),
            "suggestion": pd.array(_find_suggestions(numbers, np.flatnonzero(refused)[:suggest]), dtype="str"),
        },
        index=column.index,
        copy=False,
    )


def _find_suggestions(numbers: Numbers, rows: np.ndarray) -> pa.ChunkedArray:
    """Return what may have been meant in each of `rows` (positions), as a column of all rows with null elsewhere."""
    distinct = numbers.texts.take(pa.array(rows)).combine_chunks().dictionary_encode()
    words = read_numbers(distinct.dictionary, numbers.region).list_suggestions()
    found = pa.array([word or None for word in words], pa.string())
    place = np.full(len(numbers), -1, np.int32)
    place[rows] = distinct.indices.to_numpy()
    return found.take(pa.array(place, mask=place < 0))


def dedupe(checked: pd.DataFrame) -> pd.DataFrame:
    """Tell of each row of `validate`'s frame whether it is the first of its number; no row goes.

    The frame comes back with three more columns:

    status            category (`STATUSES`): contact (the first of its number), duplicate, or problem (no number)
    repeats_row       the index label of the row that a duplicate repeats, missing elsewhere; Int64 for whole numbers
    repeats_position  Int64: the same row by its position from 0, where labels are not unique

    The first row of a number is kept. Any frame with a whole-number column `msisdn` will do.
    Raises SheetError("no_msisdn_column").
    """
    import pandas as pd

    msisdn = _get_msisdns(checked)
    known = np.flatnonzero(msisdn > 0)
    first = np.full(len(msisdn), -1)
    first[known] = known[find_kept(msisdn[known], -np.arange(len(known)))]
    repeats = (first >= 0) & (first != np.arange(len(first)))
    status = np.where(first < 0, np.int8(2), repeats.astype(np.int8))
    return checked.assign(
        status=pd.Categorical.from_codes(status, pd.Index(STATUSES)),
        repeats_row=_label_rows(checked.index, np.where(repeats, first, -1)),
        repeats_position=pd.arrays.IntegerArray(np.where(repeats, first, 0), ~repeats),
    )


def _get_msisdns(checked: pd.DataFrame) -> np.ndarray:
    """Return the numbers of a frame as int64, 0 where there is none."""
    import pandas as pd

    column = checked.get("msisdn") if isinstance(checked, pd.DataFrame) else None
    if not isinstance(column, pd.Series) or not pd.api.types.is_integer_dtype(column):
        raise SheetError("no_msisdn_column")
    return column.to_numpy(np.int64, na_value=0)


def _label_rows(index: pd.Index[Any], rows: np.ndarray) -> Any:
    """Return the labels of `index` at `rows` (positions) as an array; missing where a position is -1."""
    import pandas as pd

    labels = index.to_flat_index()
    if labels.dtype.kind in "iub":  # the kinds of NumPy that have no missing value
        labels = labels.astype({"i": "Int64", "u": "UInt64", "b": "boolean"}[labels.dtype.kind])
    return pd.api.extensions.take(labels.array, rows, allow_fill=True)
