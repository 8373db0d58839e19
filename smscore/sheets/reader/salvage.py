"""What can be saved of an XLSX sheet that the fast reader cannot open: each cell read by itself from the sheet's XML.

Two kinds of workbook come here: those with a cell in the far corner, for which the fast reader would make room for
billions of empty cells, and those where a cell points to a text that does not exist. The sound rows are read exactly,
the others are reported.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape, unescape

import pyarrow as pa

from . import markup
from .archive import Archive, attributes
from .cells import general
from .epoch import epoch_of
from .formats import Format, formats_of_xlsx
from .framing import Refused

LAST_ROW = 1_048_576
MOST_STRAYS = 1_000
TEXT = re.compile(rb"<(?:\w+:)?t(?:\s[^>]*)?>([^<]*)<")
PHONETIC = re.compile(rb"<(?:\w+:)?rPh\b.*?</(?:\w+:)?rPh>", re.DOTALL)
STRING = re.compile(rb"<(?:\w+:)?si\b[^>]*?(?:/>|>(.*?)</(?:\w+:)?si>)", re.DOTALL)
CHARACTER_DATA = re.compile(rb"<!\[CDATA\[(.*?)\]\]>", re.DOTALL)
ERROR_CODE = "cell_error_value"


@dataclass
class Salvage:
    """The sheet as far as it was saved; positions count from column A."""

    columns: list[pa.Array] = field(default_factory=list)
    hidden: list[int] = field(default_factory=list)
    problems: list[tuple[int, int, str, str]] = field(default_factory=list)
    strays: int = 0


@dataclass(frozen=True)
class _Book:
    """What the cells of all sheets refer to."""

    strings: list[str]
    formats: dict[str, Format]


class _Unusable(Exception):
    """A cell that has no text: `value` is what stands in its place, `code` says why."""

    def __init__(self, value: str, code: str) -> None:
        super().__init__(code)
        self.value, self.code = value, code


def salvage(archive: Archive, part: str, max_columns: int) -> Salvage:
    """Read a sheet cell by cell. Raises `Refused` where its XML is not whole, or it is wide throughout."""
    book = _book(archive)
    saved = Salvage()
    grid: list[list[str]] = []
    for row in markup.rows(archive, part):
        if not len(grid) < row.number <= LAST_ROW:
            raise Refused("damaged_workbook")
        cells = _row(row, book, saved, max_columns)
        if row.hidden:
            saved.hidden.append(row.number)
        if cells:
            grid.extend([] for _ in range(row.number - len(grid) - 1))
            grid.append(cells)
    width = max(map(len, grid), default=0)
    if not width:
        raise Refused("no_rows")
    filled = [row + [""] * (width - len(row)) for row in grid]
    saved.columns = [pa.array(column, pa.string()) for column in zip(*filled, strict=True)]
    return saved


def _row(row: markup.Row, book: _Book, saved: Salvage, max_columns: int) -> list[str]:
    """The texts of one row up to its last filled cell; cells past `max_columns` are counted as strays."""
    texts: list[str] = []
    column = 0
    for cell in row.cells:
        column = markup.column_of(cell) or column + 1
        text = _text_or_problem(row.number, column, cell, book, saved)
        if text and column > max_columns:
            saved.strays += 1
        elif text:
            texts += [""] * (column - len(texts) - 1) + [text]
    if saved.strays > MOST_STRAYS:
        raise Refused("too_many_columns", columns=column, limit=max_columns)
    return texts


def _text_or_problem(row: int, column: int, cell: bytes, book: _Book, saved: Salvage) -> str:
    try:
        return _cell_text(cell, book)
    except _Unusable as unusable:
        saved.problems.append((row, column - 1, unusable.value, unusable.code))
        return unusable.value


def _cell_text(cell: bytes, book: _Book) -> str:
    tag, _, body = cell.partition(b">")
    said = attributes(tag)
    kind = said.get("t", "n")
    style = said.get("s", markup.USUAL)
    if kind == "inlineStr":
        return _worded(_plain(body), style, book)
    value = markup.VALUE.search(body)
    if not value or not value[1]:
        if b"<f" in body and kind != "str":
            raise _Unusable("=", ERROR_CODE)
        return ""
    return _valued(kind, unescape(value[1].decode("utf-8", "replace")), style, book)


def _worded(text: str, style: str, book: _Book) -> str:
    return book.formats[style].worded(text) if style in book.formats else text


def _valued(kind: str, value: str, style: str, book: _Book) -> str:
    if kind == "s":
        if not value.isdecimal() or int(value) >= len(book.strings):
            raise _Unusable(value, "damaged_row")
        return _worded(book.strings[int(value)], style, book)
    if kind == "e":
        raise _Unusable(value, ERROR_CODE)
    if kind == "b":
        return "TRUE" if value == "1" else "FALSE"
    return _number(value, style, book) if kind == "n" else _worded(markup.decode(value), style, book)


def _number(value: str, style: str, book: _Book) -> str:
    try:
        number = float(value)
        return book.formats[style].shown(number) if style in book.formats else general(number)
    except (ValueError, OverflowError):
        raise _Unusable(value, "damaged_row") from None


def _book(archive: Archive) -> _Book:
    strings = [_plain(found[1] or b"") for found in STRING.finditer(archive.whole("xl/sharedStrings.xml"))]
    return _Book(strings, formats_of_xlsx(archive, epoch_of(archive)))


def _plain(rich: bytes) -> str:
    """The text of a string with or without runs of formats, without its phonetic reading."""
    rich = CHARACTER_DATA.sub(lambda found: escape(found[1].decode("utf-8", "replace")).encode(), rich)
    return markup.decode(
        "".join(unescape(run.decode("utf-8", "replace")) for run in TEXT.findall(PHONETIC.sub(b"", rich)))
    )
