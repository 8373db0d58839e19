"""From Arrow columns to the values of database rows, a column at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc


def is_run(places: np.ndarray) -> bool:
    """Return whether `places` are one after the other, so that a slice will do."""
    return len(places) > 0 and bool((np.diff(places) == 1).all())


def pick(column: pa.Array, places: np.ndarray) -> pa.Array:
    """Return the values of `column` at `places` (int64), without a copy where they lie one after the other."""
    if is_run(places):
        return column.slice(int(places[0]), len(places))
    return column.take(pa.array(places))


def to_strings(column: pa.Array) -> list[str]:
    """Return a string array without nulls as a list."""
    # Several times as fast as `to_pylist`, which makes a scalar of every value first.
    return column.to_numpy(zero_copy_only=False).tolist()


_ESCAPED = {chr(code): json.dumps(chr(code))[1:-1] for code in (*range(32), ord('"'))}
_NEEDS_ESCAPE = r'["\\\x00-\x1f]'


def json_lists(columns: Sequence[pa.Array], rows: int) -> list[str]:
    """Return each row's values as the JSON list that `json.dumps(values, ensure_ascii=False)` writes.

    `columns` are string arrays of `rows` values without nulls. Column by column, because an encoder for each of a
    million rows takes longer than to insert them.
    """
    if not columns:
        return ["[]"] * rows
    # Arrow joins arrays of one width only, and a column of 2 GiB or more is of the wide one.
    kind = pa.large_string() if any(pa.types.is_large_string(each.type) for each in columns) else pa.string()
    head, between, tail, nothing = (pa.scalar(text, kind) for text in ('["', '", "', '"]', ""))
    first, *others = (_json_escaped(column.cast(kind)) for column in columns)
    parts = [head, first, *(part for column in others for part in (between, column)), tail]
    return to_strings(pc.binary_join_element_wise(*parts, nothing))


def _json_escaped(column: pa.Array) -> pa.Array:
    if not pc.any(pc.match_substring_regex(column, _NEEDS_ESCAPE)).as_py():
        return column
    column = pc.replace_substring(column, "\\", "\\\\")
    for character, escaped in _ESCAPED.items():
        if pc.any(pc.match_substring(column, character)).as_py():
            column = pc.replace_substring(column, character, escaped)
    return column
