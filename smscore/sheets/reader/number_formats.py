"""Number formats, as far as they add to what a number says; and the survey of a sheet, which collects what they show.

7 in the format "000" is 007 to everybody who looks at the sheet, 7700900123 in the format "+44 "0 is a British number,
and 1.5 in the format "[h]:mm:ss" is 36:00:00, not a day of the year 1900. The fast reader returns numbers without their
formats, and a span of time as a date. Workbooks with such a format are searched once more for the cells that use it; of
all others only the styles are read. Formats of amounts are not followed: a cell with decimals, thousands, percent or
currency reads as the plain number, unless its format writes further digits or a "+" beside it.

Format codes: ECMA-376 part 1, 18.8.30 (built-in ones) and 18.8.31; see `format_codes`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

import pyarrow as pa

from .archive import SMALL_PART, Archive
from .cell_texts import format_clock, format_date, format_general, replace_texts
from .format_codes import Code, parse_code
from .framing import BadCell
from .xml_parts import parse_attributes

STYLES = "xl/styles.xml"
FORMAT = re.compile(rb"<(?:\w+:)?numFmt\s([^>]*)>")
CELL_FORMATS = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
CELL_FORMAT = re.compile(rb"<(?:\w+:)?xf\b([^>]*)>")
BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
BUILT_IN_SPAN = 46
"""The built-in format [h]:mm:ss."""
NOT_SHOWN = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE)
"""The parts of a format code that are not instructions: texts, signs, spaces, fillings, colours, conditions,
languages."""
SPAN = re.compile(r"\[[hms]+\]", re.IGNORECASE)
PAST_ALL_DATES = 2_958_466
"""The day number of 1 January 10000, from which Excel shows no dates."""
FROM_1900, FROM_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
"""Day 0 of the two calendars. Days before 1 March 1900 are one later: Excel counts a 29 February 1900."""
SAYS_1904 = re.compile(rb"""\bdate1904\s*=\s*["'](?:1|true)["']""")


@dataclass(frozen=True)
class Format:
    """A number format that is followed: by its code, or as a span of time, or as a date counted from `epoch`."""

    code: Code | None = None
    span: bool = False
    epoch: datetime | None = None

    @property
    def words_texts(self) -> bool:
        """Whether it adds anything to texts."""
        return self.code is not None and self.code.words_texts

    def show(self, number: float) -> str:
        """Return a number as the sheet shows it. Raises `ValueError` or `OverflowError` for infinity or NaN."""
        if self.span:
            return format_span(number)
        if self.epoch and 0 <= number < PAST_ALL_DATES:
            return format_date(number, self.epoch)
        return self.code.show(number) if self.code else format_general(number)

    def word(self, text: str) -> str:
        """Return a text as the sheet shows it."""
        return self.code.word(text) if self.code else text


def select_followed(
    formats: Mapping[int, str], used: Iterable[int], epoch: datetime | None = None
) -> dict[int, Format]:
    """Return the styles whose formats are followed: position of the style → its format.

    `used` are the numbers of the formats of all styles, in order; `formats` the codes that the workbook defines itself.
    Dates are followed only where an `epoch` is given.
    """
    known = {number: _parse_format(code, epoch) for number, code in formats.items()}
    dates = {number: Format(epoch=epoch) for number in BUILT_IN_DATES} if epoch else {}
    known = {**dates, BUILT_IN_SPAN: Format(span=True), **known}
    return {place: found for place, number in enumerate(used) if (found := known.get(number))}


def _parse_format(code: str, epoch: datetime | None) -> Format | None:
    first = NOT_SHOWN.sub("", code).partition(";")[0].strip()
    if SPAN.search(first):
        return Format(span=True)
    if re.search("[ymdhs]", first, re.IGNORECASE):
        return Format(epoch=epoch) if epoch else None
    return build_format(parse_code(code))


def build_format(code: Code) -> Format | None:
    """Return the format with a code; None where it is not followed."""
    return Format(code) if code.is_followed or code.words_texts else None


def read_xlsx_formats(archive: Archive, epoch: datetime | None = None) -> dict[str, Format]:
    """Return the styles of an XLSX workbook whose formats are followed, by the names that cells use."""
    if STYLES not in archive.names or archive.get_size(STYLES) > SMALL_PART:
        return {}
    styles = archive.read_whole(STYLES)
    defined = [parse_attributes(tag[1]) for tag in FORMAT.finditer(styles)]
    codes = {_get_format_number(each): each.get("formatCode", "") for each in defined}
    cells = CELL_FORMATS.search(styles)
    used = [_get_format_number(parse_attributes(tag[1])) for tag in CELL_FORMAT.finditer(cells[0])] if cells else []
    return {str(place): found for place, found in select_followed(codes, used, epoch).items()}


def read_xlsx_epoch(archive: Archive) -> datetime:
    """Return day 0 of an XLSX workbook (ECMA-376 part 1, 18.2.28 workbookPr)."""
    if SAYS_1904.search(archive.read_whole("xl/workbook.xml")):
        return FROM_1904
    return FROM_1900


def _get_format_number(attributes: Mapping[str, str]) -> int:
    number = attributes.get("numFmtId", "")
    return int(number) if number.isdecimal() else -1


def format_span(days: float) -> str:
    """Return a span of time, given in days, as hours, minutes and whole seconds: `36:00:00`.

    All three are written whatever the format shows, as in every time.
    """
    seconds = round(abs(days) * 86_400_000) // 1000
    return ("-" if days < 0 and seconds else "") + format_clock(seconds)


@dataclass
class Survey:
    """What the file of a sheet says beyond what the fast reader returns. Rows and columns are counted from 1."""

    hidden: list[int] | None = field(default_factory=list)
    """The numbers of the hidden rows; None where they can't be known."""
    problems: list[BadCell] = field(default_factory=list)
    """The cells that can't be used, with their columns instead of positions."""
    shown: dict[int, dict[int, str]] = field(default_factory=dict)
    """The numbers whose formats are followed, as they are shown: column → row → text."""
    worded: dict[int, dict[int, Format]] = field(default_factory=dict)
    """The texts to which their formats add something: column → row → format."""
    hidden_columns: list[range] = field(default_factory=list)
    """The hidden columns, which may reach past the last filled one."""

    def hide(self, rows: Iterable[int]) -> None:
        """Add hidden rows."""
        if self.hidden is not None:
            self.hidden.extend(rows)

    def show(self, row: int, column: int, number: float, form: Format) -> None:
        """Add a number that is read in its format; infinity and NaN are left to the fast reader."""
        try:
            text = form.show(number)
        except (ValueError, OverflowError):
            return
        self.shown.setdefault(column, {})[row] = text

    def word(self, row: int, column: int, form: Format) -> None:
        """Add a text that is read in its format."""
        if form.words_texts:
            self.worded.setdefault(column, {})[row] = form


def find_positions(stretches: Iterable[range], first: int, width: int) -> list[int]:
    """Return the positions of the columns in `stretches`, in a table of `width` columns that starts at `first`."""
    inside = (range(max(each.start, first), min(each.stop, first + width)) for each in stretches)
    return sorted({column - first for each in inside for column in each})


def apply_formats(columns: list[pa.Array], worded: Mapping[int, Mapping[int, Format]]) -> list[pa.Array]:
    """Return the columns with some texts as their formats show them: position → row from 1 → format."""
    texts: dict[int, dict[int, str]] = {}
    for position, found in worded.items():
        if 0 <= position < len(columns):
            cells = columns[position].to_pylist()
            filled = {row: form for row, form in found.items() if row <= len(cells) and cells[row - 1]}
            texts[position] = {row: form.word(cells[row - 1]) for row, form in filled.items()}
    return replace_texts(columns, texts)
