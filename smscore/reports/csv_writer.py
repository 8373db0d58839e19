"""The CSV report, for machines: UTF-8 with its mark, every cell in quotes, no cell that a spreadsheet would run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pyarrow as pa
from pyarrow import csv

from smscore.campaigns import REPORT_COLUMNS, Shown
from smscore.tables.texts import convert_to_text

from .files import Written, open_tables, split_into_batches, write_atomically
from .formula_guard import guard_cell, guard_column

if TYPE_CHECKING:
    from .files import Table

PHONE_COLUMNS = frozenset(column.name for column in REPORT_COLUMNS if column.shown is Shown.PHONE)
"""Columns that we write in E.164 form ourselves: their plus signs need no guard."""
ROWS_AT_ONCE = 32_768
MARK = b"\xef\xbb\xbf"


def to_csv(tables: Iterable[Table], place: Path | str | BinaryIO) -> Written:
    """Stream tables or frames of the same columns into one CSV file (a path, or an open binary file).

    UTF-8 with byte order mark, comma, every cell quoted, lines ended by CR LF (RFC 4180). Text that starts as a
    formula gets one apostrophe in front (see `guard_cell`); numbers, times and the E.164 numbers of our own columns do
    not.
    Raises ReportError: nothing_to_report, columns_differ, report_not_written; a path is then left as it was.
    """
    schema, tables = open_tables(tables)
    header = pa.schema([(guard_cell(name), pa.string()) for name in schema.names])
    with write_atomically(place) as file:
        file.write(MARK)
        return Written(_write_rows(split_into_batches(tables, ROWS_AT_ONCE), header, file))


def _write_rows(batches: Iterable[pa.RecordBatch], header: pa.Schema, file: BinaryIO) -> int:
    options = csv.WriteOptions(
        batch_size=ROWS_AT_ONCE, quoting_style="all_valid", quoting_header="all_valid", eol="\r\n"
    )
    rows = 0
    with csv.CSVWriter(pa.PythonFile(file, mode="w"), header, write_options=options) as writer:
        for batch in batches:
            writer.write_batch(pa.RecordBatch.from_arrays(_build_cells(batch), schema=header))
            rows += batch.num_rows
    return rows


def _build_cells(batch: pa.RecordBatch) -> list[pa.StringArray]:
    return [_build_column(name, column) for name, column in zip(batch.schema.names, batch.columns, strict=True)]


def _build_column(name: str, column: pa.Array) -> pa.StringArray:
    if _is_typed_by_us(column.type):
        return convert_to_text(column)
    return guard_column(convert_to_text(column), phones=name in PHONE_COLUMNS)


def _is_typed_by_us(kind: pa.DataType) -> bool:
    return pa.types.is_primitive(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind)
