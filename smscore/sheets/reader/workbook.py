"""Workbooks of every kind (XLSX, XLSM, XLSB, XLS, ODS), read as columns of text.

The fast reader is calamine, through fastexcel. It turns cells into text but does not tell hidden rows, formulas without
a value or number formats: the file itself is surveyed for these, by one module per kind of file. What it cannot open is
salvaged cell by cell.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import BinaryIO

import fastexcel
import pyarrow as pa

from . import xlsx
from .archive import Archive, SheetPart
from .cell_texts import build_error_problem, recover_texts, replace_texts, restore_types
from .file_formats import ZIP
from .framing import BadCell, FrameWriter, Order, Refused, limit_bad_cells
from .number_formats import FROM_1904, Survey, apply_formats, find_positions, read_xlsx_epoch, read_xlsx_formats
from .ods import OpenDocument, open_document
from .ods_formats import survey_ods
from .salvage import salvage_sheet
from .xls import check_old_office, counts_from_1904, find_other_sheets, survey_xls
from .xlsb import read_xlsb_epoch, survey_xlsb
from .xlsx_package import Package, open_package, simplify_document
from .xml_scan import XmlScan

SLICE = 65_536
"""Rows that are sent at once."""


@dataclass(frozen=True)
class _Book:
    """An opened workbook: its archive (None for XLS), its kind, and its sheets in the order of the tabs."""

    source: BinaryIO
    archive: Archive | None
    form: str
    reader: fastexcel.ExcelReader
    sheets: list[SheetPart]
    document: OpenDocument | None
    package: Package
    unread: list[str] = field(default_factory=list)
    """The sheets whose rows can't be read, as far as they were examined."""


@dataclass(frozen=True)
class _Loaded:
    """What the fast reader made of a sheet: its columns, its error cells as (row, position, value, code), and the
    number of its first column in the workbook (A = 1).
    """

    columns: list[pa.Array]
    problems: list[BadCell]
    first: int

    def add_survey(self, survey: Survey) -> _Found:
        """Return the same with what the survey of the file found."""
        texts = {column - self.first: found for column, found in survey.shown.items()}
        others = [(row, max(column - self.first, 0), value, code) for row, column, value, code in survey.problems]
        worded = {column - self.first: found for column, found in survey.worded.items()}
        columns = replace_texts(apply_formats(self.columns, worded), texts)
        hidden = find_positions(survey.hidden_columns, self.first, len(columns))
        return _Found(columns, self.problems + others, survey.hidden, hidden_columns=hidden)


@dataclass(frozen=True)
class _Found:
    """The content of one sheet. `problems` are (row, position, value, code), `hidden` the numbers of the hidden rows
    (None where they are not known), `strays` counts the cells past the last allowed column, `hidden_columns` are
    positions.
    """

    columns: list[pa.Array]
    problems: list[BadCell]
    hidden: list[int] | None
    strays: int = 0
    hidden_columns: list[int] = field(default_factory=list)


def read(source: BinaryIO, writer: FrameWriter, order: Order) -> None:
    """Send one sheet of a workbook to the parent; where `order` is careful, read cell by cell. Raises `Refused`."""
    archive, package = _open_archive(source) if _is_zipped(source) else (None, Package())
    form = _detect_form(archive, source)
    document = open_document(archive) if archive and form == "ods" else None
    plain = (document.plain if document else None) or package.copy
    try:
        reader = fastexcel.read_excel(plain or _get_path(source.fileno()))
        other = package.other or _find_other_sheets(source, reader, form)
        sheets = _list_sheets(reader, archive, form, other)
        book = _Book(source, archive, form, reader, sheets, document, package)
        sheet = _choose_sheet(book, order.sheet)
        width = order.max_columns
        found = _salvage_sheet(book, sheet, width) if order.careful else _read(book, sheet, writer, width)
    except fastexcel.FastExcelError as error:
        raise Refused("password_protected" if "password" in str(error).lower() else "damaged_workbook") from None
    _send_sheet(book, sheet, found, writer)


def _get_path(descriptor: int) -> str:
    """Return a path under which this process can open the file of `descriptor` again."""
    return f"/proc/self/fd/{descriptor}" if Path("/proc/self/fd").exists() else f"/dev/fd/{descriptor}"


def _is_zipped(source: BinaryIO) -> bool:
    begins = source.read(len(ZIP)) == ZIP
    source.seek(0)
    return begins


def _open_archive(source: BinaryIO) -> tuple[Archive, Package]:
    """Open a zipped workbook, or its simplified copy where it needs one."""
    archive = Archive(source)
    is_open = archive.is_open_document()
    package = Package(simplify_document(archive)) if is_open else open_package(archive)
    return (Archive(io.BytesIO(package.copy)) if package.copy else archive), package


def _send_sheet(book: _Book, sheet: SheetPart, found: _Found, writer: FrameWriter) -> None:
    writer.begin(book.form, len(found.columns))
    _send(found.columns, writer)
    writer.finish(
        macros=bool(book.archive and book.archive.has_macros()),
        sheet=sheet.name,
        sheets=[each.name for each in sorted(book.sheets, key=lambda each: each.hidden)],
        hidden=found.hidden,
        hidden_columns=found.hidden_columns,
        problems=limit_bad_cells(found.problems),
        stray=found.strays,
        unread=[*book.package.missing, *book.unread],
    )


def _read(book: _Book, sheet: SheetPart, writer: FrameWriter, max_columns: int) -> _Found:
    """Read a sheet with the fast reader, or cell by cell where that refuses it or loses values."""
    scan = XmlScan(book.archive, sheet.part, writer) if book.archive and sheet.part else None
    try:
        loaded = _load_columns(book, sheet.name, max_columns, partial(_has_no_text_like, scan))
    except fastexcel.FastExcelError:
        return _salvage_sheet(book, sheet, max_columns)
    writer.send_progress(0.6, "Reading the cells")
    if scan and scan.loses_values():
        return _salvage_sheet(book, sheet, max_columns)
    return loaded.add_survey(_survey_sheet(book, sheet, scan, loaded))


def _survey_sheet(book: _Book, sheet: SheetPart, scan: XmlScan | None, loaded: _Loaded) -> Survey:
    """Search the file of a sheet for what the fast reader does not tell."""
    archive = book.archive
    if archive is None:
        names = book.reader.sheet_names
        return survey_xls(book.source, names.index(sheet.name), len(names))
    if scan:
        formats = read_xlsx_formats(archive)
        must_look = scan.wait_for_oddities() or formats
        found = xlsx.survey_xlsx(archive, sheet.part, formats) if must_look else Survey()
        found.hidden_columns = xlsx.find_hidden_columns(archive, sheet.part)
        return found
    if book.form == "xlsb":
        return survey_xlsb(archive, sheet.name)
    if book.document:
        rows, columns = len(loaded.columns[0]), loaded.first + len(loaded.columns) - 1
        return survey_ods(archive, book.document, sheet.name, rows, columns)
    return Survey(None)


def _has_1904_epoch(book: _Book) -> bool:
    """Return whether days are counted from 1904, as in workbooks of old Macs."""
    if book.archive is None:
        return counts_from_1904(book.source)
    if book.form == "xlsb":
        return read_xlsb_epoch(book.archive) == FROM_1904
    return book.form == "xlsx" and read_xlsx_epoch(book.archive) == FROM_1904


def _salvage_sheet(book: _Book, sheet: SheetPart, max_columns: int) -> _Found:
    """Read a sheet cell by cell; only XLSX can be."""
    if not (book.archive and sheet.part):
        raise Refused("damaged_workbook")
    xlsx.refuse_repeated_rows(book.archive, sheet.part)
    saved = salvage_sheet(book.archive, sheet.part, max_columns)
    hidden = find_positions(xlsx.find_hidden_columns(book.archive, sheet.part), 1, len(saved.columns))
    return _Found(saved.columns, saved.problems, saved.hidden, saved.strays, hidden)


def _detect_form(archive: Archive | None, source: BinaryIO) -> str:
    if archive is None:
        check_old_office(source)
        return "xls"
    form = archive.detect_kind()
    archive.check_document_types()
    return form


def _find_other_sheets(source: BinaryIO, reader: fastexcel.ExcelReader, form: str) -> frozenset[str]:
    """Return the names of the sheets of an XLS workbook that are macros, charts or modules."""
    names = dict(enumerate(reader.sheet_names))
    return (
        frozenset(names.get(position, "") for position in find_other_sheets(source)) if form == "xls" else frozenset()
    )


def _list_sheets(
    reader: fastexcel.ExcelReader, archive: Archive | None, form: str, other: frozenset[str]
) -> list[SheetPart]:
    if not reader.sheet_names:
        raise Refused("damaged_workbook")
    if archive and form == "xlsx":
        known = {sheet.name: sheet for sheet in archive.list_sheets()}
        return [known.get(name, SheetPart(name, "", False)) for name in reader.sheet_names if name not in other]
    names = [name for name in reader.sheet_names if name not in other]
    return [SheetPart(name, "", _load_as(reader, name).visible != "visible") for name in names]


def _choose_sheet(book: _Book, wanted: str | None) -> SheetPart:
    """Return the sheet asked for, or the only filled one; hidden ones count only where no other is filled.

    Raises `Refused` where there is no such sheet, or several to choose from.
    """
    names = [sheet.name for sheet in book.sheets]
    if wanted in book.package.missing:
        raise Refused("damaged_workbook")
    if wanted is not None:
        if wanted not in names:
            raise Refused("no_such_sheet", sheet=wanted, choices=names, sheets=", ".join(names))
        return book.sheets[names.index(wanted)]
    filled = [sheet for sheet in book.sheets if _is_filled(sheet, book)]
    choices = [sheet for sheet in filled if not sheet.hidden] or filled
    if not choices:
        raise Refused("damaged_workbook" if book.unread or book.package.missing else "no_rows")
    if len(choices) > 1:
        offered = [sheet.name for sheet in sorted(filled, key=lambda sheet: sheet.hidden)]
        raise Refused("choose_sheet", choices=offered, sheets=", ".join(offered))
    return choices[0]


def _is_filled(sheet: SheetPart, book: _Book) -> bool:
    if book.archive is None or not sheet.part:
        return _load_as(book.reader, sheet.name).height > 0
    is_sheet = False
    for chunk in book.archive.read_chunks(sheet.part):
        if b"v>" in chunk or b"is>" in chunk:
            return True
        is_sheet = is_sheet or b"sheetData" in chunk
    if not is_sheet:
        book.unread.append(sheet.name)
    return False


def _load_as(
    reader: fastexcel.ExcelReader, name: str, kind: fastexcel.DType = "string", columns: list[int] | None = None
) -> fastexcel.ExcelSheet:
    """Load a sheet with every cell as `kind`, from its first row on, so that positions are row numbers."""
    return reader.load_sheet(name, header_row=None, skip_rows=0, dtypes=kind, use_columns=columns)


def _has_no_text_like(scan: XmlScan | None, kind: str) -> bool:
    """Return whether no text of the workbook passes for a date, a truth value or a number; False where not searched."""
    return scan is not None and scan.has_no_text_like(kind)


def _load_columns(book: _Book, name: str, max_columns: int, no_text_like: Callable[[str], bool]) -> _Loaded:
    """Load the columns of a sheet, with their dates, truth values and long numbers as Excel shows them."""
    sheet = _load_as(book.reader, name)
    if sheet.width > max_columns:
        raise Refused("too_many_columns", columns=sheet.width, limit=max_columns)
    if not sheet.height:
        raise Refused("no_rows")
    batch, errors = sheet.to_arrow_with_errors()
    columns = [column.cast(pa.string()) for column in batch.columns]
    columns, odd = recover_texts(columns, errors.errors if errors else [])

    # The reader takes columns by their place in the workbook: a sheet may begin further right than at A.
    places = [column.absolute_index for column in sheet.selected_columns]

    def load_as(kind: fastexcel.DType, positions: list[int]) -> list[pa.Array]:
        return _load_as(book.reader, name, kind, [places[position] for position in positions]).to_arrow().columns

    shown = restore_types(columns, load_as, partial(_has_1904_epoch, book), no_text_like)
    return _Loaded(shown, [build_error_problem(each) for each in odd], places[0] + 1)


def _send(columns: list[pa.Array], writer: FrameWriter) -> None:
    batch = pa.record_batch(columns, names=[f"c{position}" for position in range(len(columns))])
    for start in range(0, batch.num_rows, SLICE):
        writer.send_rows(batch.slice(start, SLICE))
        writer.send_progress(0.6 + 0.4 * start / batch.num_rows, "Reading the cells")
