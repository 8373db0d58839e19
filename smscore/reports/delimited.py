"""The CSV report: for machines. UTF-8 with its mark, every cell in quotes, no cell that a spreadsheet would run."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
from pyarrow import csv

from smscore.campaigns import REPORT_COLUMNS, Shown

from .columns import as_text, opened, pieces
from .guard import neutral, neutral_column
from .places import whole_file

PHONE_COLUMNS = frozenset(column.name for column in REPORT_COLUMNS if column.shown is Shown.PHONE)
"""Columns typed by us as numbers in E.164 form: these stay bare."""
ROWS_AT_ONCE = 32_768
MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True)
class Written:
    """What a report holds: its rows (without the header), its sheets, and the cells too long for Excel and cut."""

    rows: int
    sheets: int = 1
    shortened: int = 0


def to_csv(tables: Iterable[pa.Table], place: Path | str | BinaryIO) -> Written:
    """Stream tables of the same columns into one CSV file (a path, or an open binary file).

    UTF-8 with byte order mark, comma, every cell quoted, lines ended by CR LF (RFC 4180). Text that starts as a
    formula gets one apostrophe in front (see `neutral`); numbers, times and E.164 phones of the column "phone" do not.
    Raises ReportError: nothing_to_report, columns_differ, report_not_written; a path is then left as it was.
    """
    schema, tables = opened(tables)
    header = pa.schema([(neutral(name), pa.string()) for name in schema.names])
    with whole_file(place) as file:
        file.write(MARK)
        return Written(_write_rows(pieces(tables, ROWS_AT_ONCE), header, file))


def _write_rows(batches: Iterable[pa.RecordBatch], header: pa.Schema, file: BinaryIO) -> int:
    options = csv.WriteOptions(
        batch_size=ROWS_AT_ONCE, quoting_style="all_valid", quoting_header="all_valid", eol="\r\n"
    )
    rows = 0
    with csv.CSVWriter(pa.PythonFile(file, mode="w"), header, write_options=options) as writer:
        for batch in batches:
            writer.write_batch(pa.RecordBatch.from_arrays(_cells(batch), schema=header))
            rows += batch.num_rows
    return rows


def _cells(batch: pa.RecordBatch) -> list[pa.StringArray]:
    return [_column(name, column) for name, column in zip(batch.schema.names, batch.columns, strict=True)]


def _column(name: str, column: pa.Array) -> pa.StringArray:
    if _typed_by_us(column.type):
        return as_text(column)
    return neutral_column(as_text(column), phones=name in PHONE_COLUMNS)


def _typed_by_us(kind: pa.DataType) -> bool:
    return pa.types.is_primitive(kind) or pa.types.is_decimal(kind) or pa.types.is_null(kind)
