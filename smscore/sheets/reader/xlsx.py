"""The XML of one XLSX sheet, split into rows and cells without an XML parser, a few megabytes at a time.

It is searched for what the fast reader does not return: hidden rows and columns, formulas that were never calculated,
and what the number formats of some cells show.

Hidden rows, ECMA-376 part 1, 18.3.1.73 row: hidden, or a height (ht) of zero. That rows are hidden by default
(18.3.1.81 sheetFormatPr, zeroHeight) concerns only rows that the sheet does not write, and so none that holds a cell.
Hidden columns, 18.3.1.13 col: hidden, or a width of zero, from the column min to the column max. The columns of a
closed group are marked so too; `collapsed` marks the column beside them, which is visible.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from html import unescape
from operator import lt

from .archive import Archive
from .framing import BadCell, Refused
from .number_formats import Format, Survey
from .xml_parts import parse_attributes, remove_comments

LONGEST_ROW = 64 << 20
PREFIX = re.compile(rb"<(\w+:)?sheetData\b")
USUAL_ROW = re.compile(rb'<row r="(\d+)"')
TRUE = ("1", "true")
PREFIXED_FORMULA = re.compile(rb":f[\s>]")
FLAT = re.compile(rb""" ht\s*=\s*["'][0.]""")
NO_HEIGHT = re.compile(r"\s*0*\.?0*\s*")
COLUMNS = re.compile(rb"<(?:\w+:)?col\s([^<>]*)>")
PLACE = re.compile(r"[0-9]{1,5}")
HEAD, LONGEST_HEAD = 16 << 10, 4 << 20
"""Bytes of a sheet's XML that are unpacked at once to find its columns, and the most that stand before its rows: all
16,384 columns, each described by itself, take half of that."""
ESCAPED = re.compile(r"_x([0-9A-Fa-f]{4})_")
WORKBOOK = "xl/workbook.xml"
WHEN_OPENED = re.compile(rb"""<(?:\w+:)?calcPr\s[^>]*\bfullCalcOnLoad\s*=\s*["'](?:1|true)["']""")
"""The mark of a workbook whose formulas must be calculated when it is opened, 18.2.2 calcPr. Programs that can't
calculate set it, and some write a 0 in place of every value; Excel removes it when it saves the workbook."""
VALUE = re.compile(rb"<(?:\w+:)?v\b[^>/]*>([^<]*)<")
ASIDE_IN_VALUE = re.compile(rb"<(?:\w+:)?v\b[^<>]*>[^<]*<!")
STYLE = re.compile(rb"""\ss=["'](\d+)["']""")
USUAL = "0"
"""The style of a cell that names none, 18.3.1.4 c."""
NO_NUMBER = re.compile(rb"""\st=["'](?!n["'])(\w*)""")
TEXTS = (b"s", b"str", b"inlineStr")
"""The types of cells that hold text, 18.18.11 ST_CellType."""
FORMULA = re.compile(rb"<(?:\w+:)?f\b[^>]*?(?:/>|>([^<]*)<)")


@dataclass(frozen=True)
class Row:
    """A row's number as Excel shows it, whether it is hidden, and its cells as raw XML after `<c`."""

    number: int
    hidden: bool
    cells: list[bytes]


def is_odd(chunk: bytes) -> bool:
    """Return whether a piece of a sheet's XML may hold a hidden row or a formula."""
    if b"hidden" in chunk or b"<f" in chunk:
        return True
    # Searching for a fixed text is faster than matching a pattern.
    return (b":f" in chunk and bool(PREFIXED_FORMULA.search(chunk))) or (b" ht" in chunk and bool(FLAT.search(chunk)))


def is_cut_short(chunk: bytes) -> bool:
    """Return whether a piece of a sheet's XML holds a value with a comment or CDATA in it: the fast reader loses that
    part.
    """
    # Few sheets hold a "!" at all, and a single byte is searched fastest.
    return b"!" in chunk and b"<!" in chunk and bool(ASIDE_IN_VALUE.search(chunk))


def find_last_row(chunk: bytes, last: int) -> int:
    """Return the number of the last row that begins in a piece of a sheet's XML whose rows before ended with `last`; -1
    where they do not ascend. Rows written in an unusual way are skipped.
    """
    numbers = [last, *map(int, USUAL_ROW.findall(chunk))]
    return numbers[-1] if all(map(lt, numbers, numbers[1:])) else -1


def refuse_repeated_rows(archive: Archive, part: str) -> None:
    """Raise `Refused` where two rows of a sheet have one number: the fast reader keeps only the last of them."""
    seen: set[int] = set()
    for row in read_rows(archive, part):
        if row.number in seen:
            raise Refused("row_twice", row=row.number)
        seen.add(row.number)


def survey_xlsx(archive: Archive, part: str, formats: Mapping[str, Format]) -> Survey:
    """Find hidden rows, formulas that were never calculated, and the numbers in styles whose `formats` are followed."""
    search = _Search(formats)
    matters = _build_cell_test(formats)
    for row in read_rows(archive, part):
        if row.hidden:
            search.found.hide((row.number,))
        column, passed = 0, b""
        for cell in row.cells:
            # Most cells are skipped unread; the column of one is parsed only when the next needs it.
            if cell.startswith(b' r="') and not matters(cell):
                column, passed = 0, cell
                continue
            column = parse_column(cell) or (column or parse_column(passed)) + 1
            search.visit(row.number, column, cell)
    if not search.calculated and WHEN_OPENED.search(archive.read_whole(WORKBOOK)):
        search.found.problems += search.zeros
    return search.found


def find_hidden_columns(archive: Archive, part: str) -> list[range]:
    """Return the stretches of hidden columns of a sheet, counted from 1. Only what stands before its rows is read.
    Raises `Refused` where that is damaged.
    """
    head = b""
    for chunk in remove_comments(archive.read_chunks(part, HEAD)):
        head += chunk
        if (rows := PREFIX.search(head)) or len(head) > LONGEST_HEAD:
            head = head[: rows.start()] if rows else b""
            break
    return [stretch for tag in COLUMNS.finditer(head) if (stretch := _find_hidden_stretch(parse_attributes(tag[1])))]


def _find_hidden_stretch(attributes: Mapping[str, str]) -> range | None:
    first, last = attributes.get("min", ""), attributes.get("max", "")
    is_hidden = attributes.get("hidden", "") in TRUE or bool(NO_HEIGHT.fullmatch(attributes.get("width", "1")))
    if not (is_hidden and PLACE.fullmatch(first) and PLACE.fullmatch(last)):
        return None
    return range(int(first), int(last) + 1)


def _build_cell_test(formats: Mapping[str, Format]) -> Callable[[bytes], object]:
    """Return a test whether the raw XML of a cell may hold a formula, an escaped sign or a style of `formats`."""
    if USUAL in formats:
        return lambda _: True
    styles = "|".join(map(re.escape, formats)).encode()
    styled = rb"""|\ss\s*=\s*["'](?:""" + styles + rb""")["']""" if styles else b""
    return re.compile(rb"<(?:\w+:)?f[\s/>]|_x" + styled).search


@dataclass
class _Search:
    """The search of all cells of a sheet; `zeros` are the formulas with the value 0: problems if all values are 0."""

    formats: Mapping[str, Format]
    found: Survey = field(default_factory=Survey)
    zeros: list[BadCell] = field(default_factory=list)
    calculated: bool = False

    def visit(self, row: int, column: int, cell: bytes) -> None:
        """Examine the next cell, given as raw XML after `<c`."""
        value = VALUE.search(cell)
        formula = FORMULA.search(cell) if b"f" in cell else None
        if formula and self._is_open(row, column, cell, formula, value[1] if value else b""):
            return
        form = _get_format(cell, self.formats) if self.formats else None
        if value and b"_x" in value[1] and b't="str"' in cell:
            text = decode_escapes(unescape(value[1].decode("utf-8", "replace")))
            self.found.shown.setdefault(column, {})[row] = form.word(text) if form else text
        elif form:
            self._apply_format(form, row, column, cell, value)

    def _apply_format(self, form: Format, row: int, column: int, cell: bytes, value: re.Match[bytes] | None) -> None:
        """Add what a format shows of a cell: of a number by its value, of a text by what the fast reader returns."""
        kind = NO_NUMBER.search(cell.partition(b">")[0])
        if kind and kind[1] in TEXTS:
            self.found.word(row, column, form)
        elif value and not kind:
            with suppress(ValueError):
                self.found.show(row, column, float(value[1]), form)

    def _is_open(self, row: int, column: int, cell: bytes, formula: re.Match[bytes], value: bytes) -> bool:
        """Return whether a formula has no value, and add it as a problem; the fast reader reports error values."""
        is_text = b't="str"' in cell
        uncalculated = (row, column, "=" + (formula[1] or b"").decode("utf-8", "replace"), "cell_error_value")
        if not value and not is_text:
            self.found.problems.append(uncalculated)
            return True
        if value == b"0" and not NO_NUMBER.search(cell.partition(b">")[0]):
            self.zeros.append(uncalculated)
        else:
            self.calculated = True
        return False


def decode_escapes(text: str) -> str:
    """Return a text with the signs that XML cannot hold, written as _x000D_ in it (ECMA-376 part 1, 22.9.2.19
    ST_Xstring).
    """
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _get_format(cell: bytes, formats: Mapping[str, Format]) -> Format | None:
    """Return the format of a cell, where it is followed."""
    style = STYLE.search(cell.partition(b">")[0])
    return formats.get(style[1].decode() if style else USUAL)


def read_rows(archive: Archive, part: str) -> Iterator[Row]:
    """Yield the rows of a sheet in file order. Raises `Refused` where the XML stops before the end of its rows."""
    number = 0
    for prefix, piece in _split_rows(archive, part):
        head, *cells = re.split(rb"<" + prefix + rb"c(?=[\s/>])", piece)
        attributes = parse_attributes(head.partition(b">")[0])
        number = int(attributes["r"]) if attributes.get("r", "").isdecimal() else number + 1
        yield Row(
            number, attributes.get("hidden", "") in TRUE or bool(NO_HEIGHT.fullmatch(attributes.get("ht", "1"))), cells
        )


def _split_rows(archive: Archive, part: str) -> Iterator[tuple[bytes, bytes]]:
    """Yield the namespace prefix of the sheet's tags with the XML of each row, without its opening `<row`."""
    rest, prefix, inside = b"", None, False
    for chunk in remove_comments(archive.read_chunks(part)):
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


def parse_column(cell: bytes) -> int:
    """Return the column of a cell's reference (A = 1), from its raw XML; 0 where it has none."""
    start = cell.find(b' r="', 0, 200)
    if start < 0:
        attributes = parse_attributes(cell.partition(b">")[0]).get("r", "") if b"r='" in cell[:200] else ""
    else:
        attributes = cell[start + 4 : start + 14].partition(b'"')[0].decode("ascii", "replace")
    column = 0
    for letter in attributes:
        if not "A" <= letter <= "Z":
            break
        column = column * 26 + ord(letter) - 64
    return column
