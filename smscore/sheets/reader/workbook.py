"""Workbooks of every kind (XLSX, XLSM, XLSB, XLS, ODS), read as columns of text by calamine through fastexcel."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO

import fastexcel
import pyarrow as pa

from . import markup
from .archive import Archive, SheetPart
from .bad_cells import listed
from .cells import as_shown, unwritten
from .epoch import FROM_1904, epoch_of
from .file_formats import ZIP
from .file_kinds import path_of
from .formats import formats_of_xlsx
from .framing import FrameWriter, Refused
from .open_formats import survey_ods
from .opendocument import OpenDocument, open_document
from .order import Order
from .packages import Package, open_package, plain_document
from .salvage import salvage
from .survey import Survey, positions_within, with_texts, with_words
from .xls import is_encrypted, old_counts_from_1904, other_sheets, survey_xls
from .xlsb import epoch_of_xlsb, survey_xlsb
from .xml_scan import XmlScan

SLICE = 65_536
ENCRYPTED = ("EncryptedPackage".encode("utf-16-le"), "EncryptionInfo".encode("utf-16-le"))
OLD_STREAMS = ("Workbook".encode("utf-16-le"), "Book".encode("utf-16-le"))
ERROR_TEXTS = {
    "Div0": "#DIV/0!",
    "NA": "#N/A",
    "Name": "#NAME?",
    "Null": "#NULL!",
    "Num": "#NUM!",
    "Ref": "#REF!",
    "Value": "#VALUE!",
    "GettingData": "#GETTING_DATA",
}


@dataclass(frozen=True)
class _Book:
    """An opened workbook: how it is packed, what kind it is, and its sheets in the order of the tabs."""

    source: BinaryIO
    archive: Archive | None
    form: str
    reader: fastexcel.ExcelReader
    sheets: list[SheetPart]
    document: OpenDocument | None
    package: Package
    unread: list[str] = field(default_factory=list)
    """The sheets that hold rows which cannot be read, as far as they were looked at."""


@dataclass(frozen=True)
class _Loaded:
    """What the fast reader tells of a sheet: its columns, the number of the first of them in the workbook (A = 1), and
    its error cells as (row, position, value, code)."""

    columns: list[pa.Array]
    problems: list[tuple[int, int, str, str]]
    first: int

    def with_survey(self, survey: Survey) -> _Found:
        """The same with what the sheet's own file says besides."""
        texts = {column - self.first: found for column, found in survey.shown.items()}
        others = [(row, max(column - self.first, 0), value, code) for row, column, value, code in survey.problems]
        worded = {column - self.first: found for column, found in survey.worded.items()}
        columns = with_texts(with_words(self.columns, worded), texts)
        unseen = positions_within(survey.hidden_columns, self.first, len(columns))
        return _Found(columns, self.problems + others, survey.hidden, hidden_columns=unseen)


@dataclass(frozen=True)
class _Found:
    """What one sheet holds; problems are (row, position, value, code); `hidden` are rows by number, None where it
    cannot be seen, `hidden_columns` are positions."""

    columns: list[pa.Array]
    problems: list[tuple[int, int, str, str]]
    hidden: list[int] | None
    strays: int = 0
    hidden_columns: list[int] = field(default_factory=list)


def read(source: BinaryIO, writer: FrameWriter, order: Order) -> None:
    """Send one sheet of a workbook to the parent, rows and last word; where `order` is careful, cell by cell.

    Raises `Refused`.
    """
    archive, package = _opened(source) if _is_zipped(source) else (None, Package())
    form = _form(archive, source)
    document = open_document(archive) if form == "ods" else None
    plain = (document.plain if document else None) or package.copy
    try:
        reader = fastexcel.read_excel(plain or path_of(source.fileno()))
        other = package.other or _others(source, reader, form)
        sheets = _sheets(reader, archive, form, other)
        book = _Book(source, archive, form, reader, sheets, document, package)
        sheet = _chosen(book, order.sheet)
        width = order.max_columns
        found = _saved(book, sheet, width) if order.careful else _read(book, sheet, writer, width)
    except fastexcel.FastExcelError as error:
        raise Refused("password_protected" if "password" in str(error).lower() else "damaged_workbook") from None
    _tell(book, sheet, found, writer)


def _is_zipped(source: BinaryIO) -> bool:
    begins = source.read(len(ZIP)) == ZIP
    source.seek(0)
    return begins


def _opened(source: BinaryIO) -> tuple[Archive, Package]:
    """A zipped workbook, or its plain copy where it needs one."""
    archive = Archive(source)
    is_open = archive.is_open_document()
    package = Package(plain_document(archive)) if is_open else open_package(archive)
    return (Archive(io.BytesIO(package.copy)) if package.copy else archive), package


def _tell(book: _Book, sheet: SheetPart, found: _Found, writer: FrameWriter) -> None:
    writer.begin(book.form, len(found.columns))
    _send(found.columns, writer)
    writer.done(
        macros=bool(book.archive and book.archive.has_macros()),
        sheet=sheet.name,
        sheets=[each.name for each in sorted(book.sheets, key=lambda each: each.hidden)],
        hidden=found.hidden,
        hidden_columns=found.hidden_columns,
        problems=listed(found.problems),
        stray=found.strays,
        unread=[*book.package.missing, *book.unread],
    )


def _read(book: _Book, sheet: SheetPart, writer: FrameWriter, max_columns: int) -> _Found:
    """A sheet the fast way, or cell by cell where the fast reader refuses it."""
    watch = XmlScan(book.archive, sheet.part, writer) if book.archive and sheet.part else None
    try:
        loaded = _loaded(book, sheet.name, max_columns, partial(_no_text_like, watch))
    except fastexcel.FastExcelError:
        return _saved(book, sheet, max_columns)
    writer.progress(0.6, "Reading the cells")
    if watch and watch.loses_values():
        return _saved(book, sheet, max_columns)
    return loaded.with_survey(_surveyed(book, sheet, watch, loaded))


def _surveyed(book: _Book, sheet: SheetPart, watch: XmlScan | None, loaded: _Loaded) -> Survey:
    if watch:
        formats = formats_of_xlsx(book.archive)
        found = markup.survey(book.archive, sheet.part, formats) if watch.verdict() or formats else Survey()
        found.hidden_columns = markup.hidden_columns(book.archive, sheet.part)
        return found
    if book.form == "xlsb":
        return survey_xlsb(book.archive, sheet.name)
    if book.document:
        rows, columns = len(loaded.columns[0]), loaded.first + len(loaded.columns) - 1
        return survey_ods(book.archive, book.document, sheet.name, rows, columns)
    if book.form == "xls":
        names = book.reader.sheet_names
        return survey_xls(book.source, names.index(sheet.name), len(names))
    return Survey(None)


def _counts_from_1904(book: _Book) -> bool:
    """Whether the first of all days is in 1904, as in workbooks of old Macs."""
    if book.form == "xls":
        return old_counts_from_1904(book.source)
    if book.form == "xlsb":
        return epoch_of_xlsb(book.archive) == FROM_1904
    return book.form == "xlsx" and epoch_of(book.archive) == FROM_1904


def _saved(book: _Book, sheet: SheetPart, max_columns: int) -> _Found:
    """A sheet read cell by cell; only XLSX can be."""
    if not (book.archive and sheet.part):
        raise Refused("damaged_workbook")
    markup.refuse_twins(book.archive, sheet.part)
    saved = salvage(book.archive, sheet.part, max_columns)
    unseen = positions_within(markup.hidden_columns(book.archive, sheet.part), 1, len(saved.columns))
    return _Found(saved.columns, saved.problems, saved.hidden, saved.strays, unseen)


def _form(archive: Archive | None, source: BinaryIO) -> str:
    if archive is None:
        _check_old_office(source)
        return "xls"
    form = archive.kind()
    archive.check_document_types()
    return form


def _check_old_office(source: BinaryIO) -> None:
    """Of the many kinds of OLE2 file only the Excel workbook without a password holds a sheet."""
    source.seek(0)
    names = source.read()
    if any(name in names for name in ENCRYPTED):
        raise Refused("password_protected")
    if not any(name in names for name in OLD_STREAMS):
        raise Refused("not_a_sheet", what="an old Office document that is no workbook")
    if is_encrypted(source):
        raise Refused("password_protected")


def _others(source: BinaryIO, reader: fastexcel.ExcelReader, form: str) -> frozenset[str]:
    """The names of the sheets of an XLS workbook that hold no cells for people."""
    names = dict(enumerate(reader.sheet_names))
    return frozenset(names.get(position, "") for position in other_sheets(source)) if form == "xls" else frozenset()


def _sheets(
    reader: fastexcel.ExcelReader, archive: Archive | None, form: str, other: frozenset[str]
) -> list[SheetPart]:
    if not reader.sheet_names:
        raise Refused("damaged_workbook")
    if form == "xlsx":
        known = {sheet.name: sheet for sheet in archive.sheet_parts()}
        return [known.get(name, SheetPart(name, "", False)) for name in reader.sheet_names if name not in other]
    names = [name for name in reader.sheet_names if name not in other]
    return [SheetPart(name, "", _load(reader, name).visible != "visible") for name in names]


def _chosen(book: _Book, wanted: str | None) -> SheetPart:
    """The sheet asked for, or the only one that holds something; hidden ones count only where no other does."""
    names = [sheet.name for sheet in book.sheets]
    if wanted in book.package.missing:
        raise Refused("damaged_workbook")
    if wanted is not None:
        if wanted not in names:
            raise Refused("no_such_sheet", sheet=wanted, choices=names, sheets=", ".join(names))
        return book.sheets[names.index(wanted)]
    filled = [sheet for sheet in book.sheets if _holds_something(sheet, book)]
    choices = [sheet for sheet in filled if not sheet.hidden] or filled
    if not choices:
        raise Refused("damaged_workbook" if book.unread or book.package.missing else "no_rows")
    if len(choices) > 1:
        offered = [sheet.name for sheet in sorted(filled, key=lambda sheet: sheet.hidden)]
        raise Refused("choose_sheet", choices=offered, sheets=", ".join(offered))
    return choices[0]


def _holds_something(sheet: SheetPart, book: _Book) -> bool:
    if book.archive is None or not sheet.part:
        return _load(book.reader, sheet.name).height > 0
    is_sheet = False
    for chunk in book.archive.chunks(sheet.part):
        if b"v>" in chunk or b"is>" in chunk:
            return True
        is_sheet = is_sheet or b"sheetData" in chunk
    if not is_sheet:
        book.unread.append(sheet.name)
    return False


def _load(reader: fastexcel.ExcelReader, name: str, kind: str = "string", columns: list[int] | None = None):
    """A sheet from its first row on, so that positions are row numbers; every cell as `kind`."""
    return reader.load_sheet(name, header_row=None, skip_rows=0, dtypes=kind, use_columns=columns)


def _no_text_like(watch: XmlScan | None, kind: str) -> bool:
    """Whether no text of the workbook passes for a date, a truth value or a number; False where nobody looked."""
    return watch is not None and watch.no_text_like(kind)


def _loaded(book: _Book, name: str, max_columns: int, no_text_like: Callable[[str], bool]) -> _Loaded:
    """The columns of a sheet with their dates, truth values and long numbers as Excel shows them."""
    sheet = _load(book.reader, name)
    if sheet.width > max_columns:
        raise Refused("too_many_columns", columns=sheet.width, limit=max_columns)
    if not sheet.height:
        raise Refused("no_rows")
    batch, errors = sheet.to_arrow_with_errors()
    columns = [column.cast(pa.string()) for column in batch.columns]
    columns, odd = _written(columns, errors.errors if errors else [])

    # Columns are asked for by their place in the workbook: a sheet may begin further right than at A.
    places = [column.absolute_index for column in sheet.selected_columns]

    def typed(kind: str, positions: list[int]) -> list[pa.Array]:
        return _load(book.reader, name, kind, [places[position] for position in positions]).to_arrow().columns

    shown = as_shown(columns, typed, partial(_counts_from_1904, book), no_text_like)
    return _Loaded(shown, [_error_cell(each) for each in odd], places[0] + 1)


def _written(columns: list[pa.Array], odd: list[fastexcel.CellError]) -> tuple[list[pa.Array], list]:
    """The columns with the texts of all sound cells among the `odd`, and those of the odd that are not sound."""
    texts: dict[int, dict[int, str]] = {}
    unsound = []
    for each in odd:
        row, position = each.position
        if (text := unwritten(each.detail)) is None:
            unsound.append(each)
        else:
            texts.setdefault(position, {})[row + 1] = text
    return with_texts(columns, texts), unsound


def _error_cell(error: fastexcel.CellError) -> tuple[int, int, str, str]:
    row, position = error.position
    said = error.detail.rpartition("Error(")[2].rstrip(")'")
    return row + 1, position, ERROR_TEXTS.get(said, f"#{said}"), "cell_error_value"


def _send(columns: list[pa.Array], writer: FrameWriter) -> None:
    batch = pa.record_batch(columns, names=[f"c{position}" for position in range(len(columns))])
    for start in range(0, batch.num_rows, SLICE):
        writer.rows(batch.slice(start, SLICE))
        writer.progress(0.6 + 0.4 * start / batch.num_rows, "Reading the cells")
