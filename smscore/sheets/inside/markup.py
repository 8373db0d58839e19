"""The XML of one XLSX sheet, looked at without an XML parser: split into rows and cells, a few megabytes at a time.

It finds what the fast reader does not tell: hidden rows, formulas that were never calculated, and what the number
formats of some cells show.

Hidden rows, ECMA-376 part 1, 18.3.1.73 row: hidden, or a height (ht) of zero. That rows are hidden by default
(18.3.1.81 sheetFormatPr, zeroHeight) concerns only rows that the sheet does not write, and so none that holds a cell.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from operator import lt

from .archive import Archive, attributes
from .formats import Format
from .frames import Refused
from .survey import Survey

LONGEST_ROW = 64 << 20
PREFIX = re.compile(rb"<(\w+:)?sheetData\b")
USUAL_ROW = re.compile(rb'<row r="(\d+)"')
TRUE = ("1", "true")
PREFIXED_FORMULA = re.compile(rb":f[\s>]")
FLAT = re.compile(rb""" ht\s*=\s*["'][0.]""")
NO_HEIGHT = re.compile(r"\s*0*\.?0*\s*")
VALUE = re.compile(rb"<(?:\w+:)?v\b[^>/]*>([^<]*)<")
STYLE = re.compile(rb"""\ss=["'](\d+)["']""")
NO_NUMBER = re.compile(rb"""\st=["'](?!n["'])""")
FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*?(?:/>|>([^<]*)<)")


@dataclass(frozen=True)
class Row:
    """A row's number as Excel shows it, whether it is hidden, and its cells as raw XML after `<c`."""

    number: int
    hidden: bool
    cells: list[bytes]


def is_odd(chunk: bytes) -> bool:
    """Whether a piece of a sheet's XML may hold a hidden row or a formula."""
    if b"hidden" in chunk or b"<f" in chunk:
        return True
    # A plain text is found sooner than a pattern is.
    return (b":f" in chunk and bool(PREFIXED_FORMULA.search(chunk))) or (b" ht" in chunk and bool(FLAT.search(chunk)))


def last_in_order(chunk: bytes, last: int) -> int:
    """The number of the last row that begins in a piece of a sheet's XML whose rows before ended with `last`; -1 where
    they do not ascend. Rows written in an unusual way are passed over."""
    numbers = [last, *map(int, USUAL_ROW.findall(chunk))]
    return numbers[-1] if all(map(lt, numbers, numbers[1:])) else -1


def refuse_twins(archive: Archive, part: str) -> None:
    """Raises `Refused` where two rows of a sheet have one number: the fast reader keeps the last of them only."""
    seen: set[int] = set()
    for row in rows(archive, part):
        if row.number in seen:
            raise Refused("row_twice", row=row.number)
        seen.add(row.number)


def survey(archive: Archive, part: str, formats: Mapping[str, Format]) -> Survey:
    """Hidden rows, formulas without a value, and the numbers in styles whose `formats` are followed."""
    found = Survey()
    for row in rows(archive, part):
        if row.hidden:
            found.hidden.append(row.number)
        column = 0
        for cell in row.cells:
            column = column_of(cell) or column + 1
            _look_at(found, row.number, column, cell, formats)
    return found


def _look_at(found: Survey, row: int, column: int, cell: bytes, formats: Mapping[str, Format]) -> None:
    value = VALUE.search(cell)
    formula = FORMULA.search(cell) if b"f" in cell else None
    if formula and not (value and value[1]) and b't="str"' not in cell:
        text = "=" + (formula[1] or b"").decode("utf-8", "replace")
        found.problems.append((row, column, text, "cell_error_value"))
    elif value and formats and (form := _format(cell, formats)):
        with suppress(ValueError):
            found.show(row, column, float(value[1]), form)


def _format(cell: bytes, formats: Mapping[str, Format]) -> Format | None:
    """The format of a number, where it is followed; None for any other cell."""
    tag = cell.partition(b">")[0]
    style = STYLE.search(tag)
    return formats.get(style[1].decode()) if style and not NO_NUMBER.search(tag) else None


def rows(archive: Archive, part: str) -> Iterator[Row]:
    """The rows of a sheet in file order. Raises `Refused` where the XML stops before the end of its rows."""
    number = 0
    for prefix, piece in _row_pieces(archive, part):
        head, *cells = re.split(rb"<" + prefix + rb"c(?=[\s/>])", piece)
        said = attributes(head.partition(b">")[0])
        number = int(said["r"]) if said.get("r", "").isdecimal() else number + 1
        yield Row(number, said.get("hidden", "") in TRUE or bool(NO_HEIGHT.fullmatch(said.get("ht", "1"))), cells)


def _row_pieces(archive: Archive, part: str) -> Iterator[tuple[bytes, bytes]]:
    """The namespace prefix of the sheet's tags with the XML of each row, without its opening `<row`."""
    rest, prefix, inside = b"", None, False
    for chunk in archive.chunks(part):
        rest += chunk
        if prefix is None and (start := PREFIX.search(rest)):
            prefix, rest = start[1] or b"", rest[start.end() :]
        if prefix is None:
            continue
        rest, closed, _ = rest.partition(b"</" + prefix + b"sheetData")
        pieces = rest.split(b"<" + prefix + b"row")
        rest = b"" if closed else pieces.pop()
        yield from ((prefix, piece) for piece in pieces[0 if inside else 1 :])
        if closed:
            return
        inside = inside or bool(pieces)
        if len(rest) > LONGEST_ROW:
            break
    if prefix is None or not rest.lstrip().startswith(b"/>"):
        raise Refused("damaged_workbook")


def column_of(cell: bytes) -> int:
    """The column of a cell's reference (A = 1), from its raw XML; 0 where it has none."""
    start = cell.find(b' r="', 0, 200)
    if start < 0:
        said = attributes(cell.partition(b">")[0]).get("r", "") if b"r='" in cell[:200] else ""
    else:
        said = cell[start + 4 : start + 14].partition(b'"')[0].decode("ascii", "replace")
    column = 0
    for letter in said:
        if not "A" <= letter <= "Z":
            break
        column = column * 26 + ord(letter) - 64
    return column
