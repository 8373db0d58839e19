"""Read an XLSX sheet that the fast reader cannot open, cell by cell from the XML of the sheet.

It is needed for workbooks with a cell in the far corner, for which the fast reader would reserve billions of empty
cells, and for those where a cell refers to a text that does not exist. Sound rows are read exactly, the others are
reported.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape, unescape

import pyarrow as pa

from . import xlsx
from .archive import Archive
from .cell_texts import format_general
from .framing import BadCell, Refused
from .number_formats import Format, read_xlsx_epoch, read_xlsx_formats
from .xml_parts import parse_attributes

LAST_ROW = 1_048_576
MOST_STRAYS = 1_000
TEXT = re.compile(rb"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)<")
PHONETIC = re.compile(rb"<(?:\w+:)?rPh\b.*?</(?:\w+:)?rPh>", re.DOTALL)
STRING = re.compile(rb"<(?:\w+:)?si\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?si>)", re.DOTALL)
CHARACTER_DATA = re.compile(rb"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
ERROR_CODE = "cell_error_value"


@dataclass
class Salvage:
    """The sheet as far as it could be read; positions count from column A."""

    columns: list[pa.Array] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    problems: list[BadCell] = field(default_factory=list)
    strays: int = 0


@dataclass(frozen=True)
class _Book:
    """The shared texts and the formats that cells refer to."""

    strings: list[str]
    formats: dict[str, Format]


class _Unusable(Exception):
    """A cell without a text: `value` is shown in its place, `code` is that of the reason."""

    def __init__(self, value: str, code: str) -> None:
        super().__init__(code)
        self.value, self.code = value, code


def salvage_sheet(archive: Archive, part: str, max_columns: int) -> Salvage:
    """Read a sheet cell by cell. Raises `Refused` where its XML is not whole, or it is wide throughout."""
    book = _read_book(archive)
    salvage = Salvage()
    grid: list[list[str]] = []
    for row in xlsx.read_rows(archive, part):
        if not len(grid) < row.number <= LAST_ROW:
            raise Refused("damaged_workbook")
        cells = _read_row(row, book, salvage, max_columns)
        if row.hidden:
            salvage.hidden.append(row.number)
        if cells:
            grid.extend([] for _ in range(row.number - len(grid) - 1))
            grid.append(cells)
    width = max(map(len, grid), default=0)
    if not width:
        raise Refused("no_rows")
    filled = [row + [""] * (width - len(row)) for row in grid]
    salvage.columns = [pa.array(column, pa.string()) for column in zip(*filled, strict=True)]
    return salvage


def _read_row(row: xlsx.Row, book: _Book, salvage: Salvage, max_columns: int) -> list[str]:
    """Return the texts of one row up to its last filled cell; cells past `max_columns` are counted as strays."""
    texts: list[str] = []
    column = 0
    for cell in row.cells:
        column = xlsx.parse_column(cell) or column + 1
        text = _read_text_or_problem(row.number, column, cell, book, salvage)
        if text and column > max_columns:
            salvage.strays += 1
        elif text:
            texts += [""] * (column - len(texts) - 1) + [text]
    if salvage.strays > MOST_STRAYS:
        raise Refused("too_many_columns", columns=column, limit=max_columns)
    return texts


def _read_text_or_problem(row: int, column: int, cell: bytes, book: _Book, salvage: Salvage) -> str:
    try:
        return _read_text(cell, book)
    except _Unusable as unusable:
        salvage.problems.append((row, column - 1, unusable.value, unusable.code))
        return unusable.value


def _read_text(cell: bytes, book: _Book) -> str:
    tag, _, body = cell.partition(b">")
    attributes = parse_attributes(tag)
    kind = attributes.get("t", "n")
    style = attributes.get("s", xlsx.USUAL)
    if kind == "inlineStr":
        return _apply_format(_join_runs(body), style, book)
    value = xlsx.VALUE.search(body)
    if not value or not value[1]:
        if b"<f" in body and kind != "str":
            raise _Unusable("=", ERROR_CODE)
        return ""
    return _read_value(kind, unescape(value[1].decode("utf-8", "replace")), style, book)


def _apply_format(text: str, style: str, book: _Book) -> str:
    return book.formats[style].word(text) if style in book.formats else text


def _read_value(kind: str, value: str, style: str, book: _Book) -> str:
    if kind == "s":
        if not value.isdecimal() or int(value) >= len(book.strings):
            raise _Unusable(value, "damaged_row")
        return _apply_format(book.strings[int(value)], style, book)
    if kind == "e":
        raise _Unusable(value, ERROR_CODE)
    if kind == "b":
        return "TRUE" if value == "1" else "FALSE"
    return _read_number(value, style, book) if kind == "n" else _apply_format(xlsx.decode_escapes(value), style, book)


def _read_number(value: str, style: str, book: _Book) -> str:
    try:
        number = float(value)
        return book.formats[style].show(number) if style in book.formats else format_general(number)
    except (ValueError, OverflowError):
        raise _Unusable(value, "damaged_row") from None


def _read_book(archive: Archive) -> _Book:
    strings = [_join_runs(found[1] or b"") for found in STRING.finditer(archive.read_whole("xl/sharedStrings.xml"))]
    return _Book(strings, read_xlsx_formats(archive, read_xlsx_epoch(archive)))


def _join_runs(rich: bytes) -> str:
    """Return the text of a string, its formatted runs joined, without its phonetic reading."""
    rich = CHARACTER_DATA.sub(lambda found: escape(found[1].decode("utf-8", "replace")).encode(), rich)
    return xlsx.decode_escapes(
        "".join(unescape(run.decode("utf-8", "replace")) for run in TEXT.findall(PHONETIC.sub(b"", rich)))
    )
