"""The XML of one XLSX sheet, looked at without an XML parser: split into rows and cells, a few megabytes at a time.

It finds what the fast reader does not tell: hidden rows and columns, formulas that were never calculated, and what
the number formats of some cells show.

Hidden rows, ECMA-376 part 1, 18.3.1.73 row: hidden, or a height (ht) of zero. That rows are hidden by default
(18.3.1.81 sheetFormatPr, zeroHeight) concerns only rows that the sheet does not write, and so none that holds a cell.
Hidden columns, 18.3.1.13 col: hidden, or a width of zero, from the column min to the column max. The columns of a
closed group say so too; `collapsed` marks the column beside them, which is seen.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from html import unescape
from operator import lt

from .archive import Archive, attributes
from .formats import Format
from .framing import Refused
from .survey import Survey
from .xml_comments import remove_comments

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
"""The mark of a workbook whose formulas are to be calculated when it is opened, 18.2.2 calcPr. Programs that cannot
calculate set it, and some write a 0 in place of every value; Excel takes it away when it saves the workbook."""
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
    """Whether a piece of a sheet's XML may hold a hidden row or a formula."""
    if b"hidden" in chunk or b"<f" in chunk:
        return True
    # A plain text is found sooner than a pattern is.
    return (b":f" in chunk and bool(PREFIXED_FORMULA.search(chunk))) or (b" ht" in chunk and bool(FLAT.search(chunk)))


def is_cut_short(chunk: bytes) -> bool:
    """Whether a piece of a sheet's XML holds a value with a comment or CDATA in it: the fast reader loses that part."""
    # A single sign that few sheets hold is found at once.
    return b"!" in chunk and b"<!" in chunk and bool(ASIDE_IN_VALUE.search(chunk))


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
    """Hidden rows, formulas that were never calculated, and the numbers in styles whose `formats` are followed."""
    look = _Look(formats)
    matters = _what_matters(formats)
    for row in rows(archive, part):
        if row.hidden:
            look.found.hidden.append(row.number)
        column, passed = 0, b""
        for cell in row.cells:
            # Most cells are passed over unread; where one stands is only told when the next needs it.
            if cell.startswith(b' r="') and not matters(cell):
                column, passed = 0, cell
                continue
            column = column_of(cell) or (column or column_of(passed)) + 1
            look.meet(row.number, column, cell)
    if not look.calculated and WHEN_OPENED.search(archive.whole(WORKBOOK)):
        look.found.problems += look.zeros
    return look.found


def hidden_columns(archive: Archive, part: str) -> list[range]:
    """The stretches of hidden columns of a sheet, counted from 1. Only what stands before its rows is read. Raises
    `Refused` where that is damaged."""
    head = b""
    for chunk in remove_comments(archive.chunks(part, HEAD)):
        head += chunk
        if (rows := PREFIX.search(head)) or len(head) > LONGEST_HEAD:
            head = head[: rows.start()] if rows else b""
            break
    return [stretch for tag in COLUMNS.finditer(head) if (stretch := _hidden_stretch(attributes(tag[1])))]


def _hidden_stretch(said: Mapping[str, str]) -> range | None:
    first, last = said.get("min", ""), said.get("max", "")
    is_hidden = said.get("hidden", "") in TRUE or bool(NO_HEIGHT.fullmatch(said.get("width", "1")))
    if not (is_hidden and PLACE.fullmatch(first) and PLACE.fullmatch(last)):
        return None
    return range(int(first), int(last) + 1)


def _what_matters(formats: Mapping[str, Format]) -> Callable[[bytes], object]:
    """A test of a cell's raw XML: whether it may hold a formula, an escaped sign or a style among the `formats`."""
    if USUAL in formats:
        return lambda _: True
    styles = "|".join(map(re.escape, formats)).encode()
    styled = rb"""|\ss\s*=\s*["'](?:""" + styles + rb""")["']""" if styles else b""
    return re.compile(rb"<(?:\w+:)?f[\s/>]|_x" + styled).search


@dataclass
class _Look:
    """The look at all cells of a sheet; `zeros` are the formulas whose value is 0, problems if there is no other."""

    formats: Mapping[str, Format]
    found: Survey = field(default_factory=Survey)
    zeros: list[tuple[int, int, str, str]] = field(default_factory=list)
    calculated: bool = False

    def meet(self, row: int, column: int, cell: bytes) -> None:
        """Look at the next cell, given as raw XML after `<c`."""
        value = VALUE.search(cell)
        formula = FORMULA.search(cell) if b"f" in cell else None
        if formula and self._is_open(row, column, cell, formula, value[1] if value else b""):
            return
        form = _format(cell, self.formats) if self.formats else None
        if value and b"_x" in value[1] and b't="str"' in cell:
            text = decode(unescape(value[1].decode("utf-8", "replace")))
            self.found.shown.setdefault(column, {})[row] = form.worded(text) if form else text
        elif form:
            self._look_by(form, row, column, cell, value)

    def _look_by(self, form: Format, row: int, column: int, cell: bytes, value: re.Match[bytes] | None) -> None:
        """Note what a format shows of a cell: of a number by its value, of a text by what the fast reader tells."""
        kind = NO_NUMBER.search(cell.partition(b">")[0])
        if kind and kind[1] in TEXTS:
            self.found.word(row, column, form)
        elif value and not kind:
            with suppress(ValueError):
                self.found.show(row, column, float(value[1]), form)

    def _is_open(self, row: int, column: int, cell: bytes, formula: re.Match[bytes], value: bytes) -> bool:
        """Whether a formula has no value. The reader finds errors by itself."""
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


def decode(text: str) -> str:
    """A text with the signs that XML cannot hold, written as _x000D_ in it (ECMA-376 part 1, 22.9.2.19 ST_Xstring)."""
    return ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def _format(cell: bytes, formats: Mapping[str, Format]) -> Format | None:
    """The format of a cell, where it is followed."""
    style = STYLE.search(cell.partition(b">")[0])
    return formats.get(style[1].decode() if style else USUAL)


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
    for chunk in remove_comments(archive.chunks(part)):
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
