"""Inserting many rows at once, the fastest plain way that each database has, from Arrow columns or from tuples."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

_NOTHING: Mapping[str, int | str] = MappingProxyType({})


def insert_rows(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    rows: Iterable[tuple[object, ...]],
    same: Mapping[str, int | str] = _NOTHING,
) -> None:
    """Insert `rows` (tuples in the order of `columns`) with COPY on PostgreSQL and one prepared statement on SQLite.

    `same` are the columns, and values of our own making, that are the same in every row.
    """
    names = ", ".join(f'"{name}"' for name in (*same, *columns))
    if connection.dialect.name == "sqlite":
        # Written into the statement: binding a value takes about a tenth of inserting a row.
        values = ", ".join([*(_format_literal(value) for value in same.values()), *"?" * len(columns)])
        listed = list(rows)
        if listed:
            connection.exec_driver_sql(f'INSERT INTO "{table.name}" ({names}) VALUES ({values})', listed)
        return
    order, first = f'COPY "{table.name}" ({names}) FROM STDIN', tuple(same.values())
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(order) as copy:
        for row in rows:
            copy.write_row(first + row)


def _format_literal(value: int | str) -> str:
    return str(int(value)) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def insert_new(connection: sa.Connection, table: sa.Table, rows: Sequence[dict[str, Any]]) -> int:
    """Insert those `rows` that no unique key forbids; return how many were new."""
    if not rows:
        return 0
    insert = sqlite.insert if connection.dialect.name == "sqlite" else postgresql.insert
    new = 0
    width = max(1, len(rows[0]))
    for start in range(0, len(rows), 30_000 // width):
        block = rows[start : start + 30_000 // width]
        # Counted by what comes back: PostgreSQL's driver says -1 for the rows of such a statement.
        one: sa.ColumnElement[int] = sa.literal_column("1", sa.Integer)
        added = insert(table).values(block).on_conflict_do_nothing().returning(one)
        new += len(connection.execute(added).all())
    return new


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


def format_json_lists(columns: Sequence[pa.Array], rows: int) -> list[str]:
    """Return each row's values as the JSON list that `json.dumps(values, ensure_ascii=False)` writes.

    `columns` are string arrays of `rows` values without nulls. Column by column, because an encoder for each of a
    million rows takes longer than to insert them.
    """
    if not columns:
        return ["[]"] * rows
    # Arrow joins arrays of one width only, and a column of 2 GiB or more is of the wide one.
    kind = pa.large_string() if any(pa.types.is_large_string(each.type) for each in columns) else pa.string()
    head, between, tail, nothing = (pa.scalar(text, kind) for text in ('["', '", "', '"]', ""))
    first, *others = (_escape_json(column.cast(kind)) for column in columns)
    parts = [head, first, *(part for column in others for part in (between, column)), tail]
    return to_strings(pc.binary_join_element_wise(*parts, nothing))


def _escape_json(column: pa.Array) -> pa.Array:
    if not pc.any(pc.match_substring_regex(column, _NEEDS_ESCAPE)).as_py():
        return column
    column = pc.replace_substring(column, "\\", "\\\\")
    for character, escaped in _ESCAPED.items():
        if pc.any(pc.match_substring(column, character)).as_py():
            column = pc.replace_substring(column, character, escaped)
    return column
