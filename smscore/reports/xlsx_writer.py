"""The XLSX report, for people: every text in a text cell without a prefix, so that it comes back digit for digit.

Written without a model of the workbook in memory: rows stream into the compressed sheet part, a new sheet begins
where Excel's last row is reached, and the parts that name the sheets are written last.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO
from zipfile import ZIP_DEFLATED, ZipFile

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.errors import ReportError
from smscore.tables.texts import convert_to_text

from . import xlsx_parts
from .files import Written, open_tables, split_into_batches, write_atomically
from .xlsx_cells import build_header, build_rows

if TYPE_CHECKING:
    from .files import Table

SHEET_ROWS = 1_048_576
SHEET_COLUMNS = 16_384
"""Microsoft, "Excel specifications and limits"."""
SHEET_BYTES = 1_900_000_000
"""A part over 2 GiB needs the ZIP64 form, which not every spreadsheet opens: begin another sheet before."""
ROWS_AT_ONCE = 8_192
_LEVEL = 1


def to_xlsx(
    tables: Iterable[Table], place: Path | str | BinaryIO, *, sheet: str = "Report", sheet_rows: int = SHEET_ROWS
) -> Written:
    """Stream tables or frames of the same columns into one workbook (a path, or an open, seekable binary file).

    Cells are text (number format "@"), counts are numbers; never a formula. The header is bold and stays in view.
    Past `sheet_rows` rows (header included) or about 1.9 GB a further sheet begins, with the header again. Text over
    Excel's 32,767 characters is cut, ends in an ellipsis and is counted in `Written.shortened`.
    Raises ReportError: nothing_to_report, columns_differ, report_too_wide, report_not_written.
    """
    schema, tables = open_tables(tables)
    if len(schema.names) > SHEET_COLUMNS:
        raise ReportError("report_too_wide", columns=len(schema.names), limit=SHEET_COLUMNS)
    with write_atomically(place) as file, ZipFile(file, "w", ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        book = _Book(archive, schema, _Rows(split_into_batches(tables, ROWS_AT_ONCE)), sheet_rows)
        written = book.write_sheets()
        for name, content in xlsx_parts.build_frame(_name_sheets(sheet, written.sheets)):
            _write_part(archive, name, content)
    return written


class _Rows:
    """Hands out batches in smaller portions than they came in."""

    def __init__(self, batches: Iterator[pa.RecordBatch]) -> None:
        self._batches = batches
        self.next: pa.RecordBatch | None = next((batch for batch in batches if batch.num_rows), None)

    def take(self, most: int) -> pa.RecordBatch:
        whole = self.next
        if whole is None:
            raise LookupError("no rows are left")
        batch, left = whole.slice(0, most), whole.slice(most)
        self.next = left if left.num_rows else next((batch for batch in self._batches if batch.num_rows), None)
        return batch


@dataclass
class _Book:
    archive: ZipFile
    schema: pa.Schema
    rows: _Rows
    sheet_rows: int

    def write_sheets(self) -> Written:
        total, shortened, sheets = 0, 0, 0
        while not sheets or self.rows.next is not None:
            sheets += 1
            sheet = self._write_sheet(sheets)
            total, shortened = total + sheet.rows, shortened + sheet.shortened
        return Written(total, sheets, shortened)

    def _write_sheet(self, number: int) -> Written:
        widths = _measure_widths(self.schema.names, self.rows.next)
        row, size, shortened = 1, 0, 0
        with self.archive.open(f"xl/worksheets/sheet{number}.xml", "w") as part:
            part.write(xlsx_parts.build_sheet_head(widths, selected=number == 1) + build_header(self.schema.names))
            while self.rows.next is not None and row < self.sheet_rows and size < SHEET_BYTES:
                batch = self.rows.take(self.sheet_rows - row)
                xml, cut = build_rows(batch, row + 1)
                part.write(xml)
                row, size, shortened = row + batch.num_rows, size + xml.size, shortened + cut
            part.write(xlsx_parts.build_sheet_tail(len(widths), row))
        return Written(row - 1, 1, shortened)


def _write_part(archive: ZipFile, name: str, content: bytes) -> None:
    with archive.open(name, "w") as part:
        part.write(content)


def _measure_widths(names: list[str], sample: pa.RecordBatch | None) -> list[int]:
    columns = sample.slice(0, 200).columns if sample else [pa.array([], pa.string())] * len(names)
    longest = [_measure_longest(column) for column in columns]
    return [min(max(10, len(name) + 3, width + 2), 60) for name, width in zip(names, longest, strict=True)]


def _measure_longest(column: pa.Array) -> int:
    return int(np.max(pc.utf8_length(convert_to_text(column)).to_numpy(zero_copy_only=False), initial=0))


def _name_sheets(name: str, count: int) -> list[str]:
    # Excel forbids these signs in a sheet's name, apostrophes at its ends, more than 31 characters, and "History".
    plain = re.sub(r"[\[\]:*?/\\\x00-\x1f\ufffe\uffff]", " ", name).strip(" '")[:24].strip(" '")
    plain = plain if plain and plain.casefold() != "history" else "Report"
    return [plain] + [f"{plain} {number}" for number in range(2, count + 1)]
