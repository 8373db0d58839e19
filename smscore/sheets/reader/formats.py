"""Number formats, as far as a reader of the sheet would miss what they show.

7 in the format "000" is 007 to everybody who looks at the sheet, 7700900123 in the format "+44 "0 is a British number,
and 1.5 in the format "[h]:mm:ss" is 36:00:00, no day of the year 1900. The fast reader tells numbers without their
formats, and a span of time as a date. Workbooks with such a format are looked through once more for the cells that use
it; others cost one look at their styles. Formats of amounts are not followed: a cell with decimals, thousands,
percent or currency reads as the plain number, unless its format writes further digits or a "+" beside it.

Codes of formats: ECMA-376 part 1, 18.8.30 (built-in ones) and 18.8.31; see `format_codes`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from .archive import SMALL_PART, Archive, attributes
from .cells import clock_text, date_text, general
from .format_codes import Code, parse_code

STYLES = "xl/styles.xml"
FORMAT = re.compile(rb"<(?:\w+:)?numFmt\s([^>]*)>")
CELL_FORMATS = re.compile(rb"<(?:\w+:)?cellXfs\b.*?</(?:\w+:)?cellXfs>", re.DOTALL)
CELL_FORMAT = re.compile(rb"<(?:\w+:)?xf\b([^>]*)>")
BUILT_IN_DATES = frozenset((*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)))
BUILT_IN_SPAN = 46
"""The built-in format [h]:mm:ss."""
NOT_SHOWN = re.compile(r'"[^"]*"|\\.|[_*].|\[(?!(?:h+|m+|s+)\])[^\]]*\]', re.IGNORECASE)
"""What of a format is no instruction: texts, signs, spaces, fillings, colours, conditions, languages."""
SPAN = re.compile(r"\[[hms]+\]", re.IGNORECASE)
PAST_ALL_DATES = 2_958_466
"""The day number of 1 January 10000, which Excel shows as no date any more."""


@dataclass(frozen=True)
class Format:
    """What is followed of a number format: its code, or that it is one of a span of time, or of a date counted from
    `epoch`."""

    code: Code | None = None
    span: bool = False
    epoch: datetime | None = None

    @property
    def words_texts(self) -> bool:
        """Whether it adds something to texts."""
        return self.code is not None and self.code.words_texts

    def shown(self, number: float) -> str:
        """A number as a reader of the sheet sees it. Raises `ValueError` or `OverflowError` for what is no number."""
        if self.span:
            return span_text(number)
        if self.epoch and 0 <= number < PAST_ALL_DATES:
            return date_text(number, self.epoch)
        return self.code.shown(number) if self.code else general(number)

    def worded(self, text: str) -> str:
        """A text as a reader of the sheet sees it."""
        return self.code.worded(text) if self.code else text


def followed(formats: Mapping[int, str], used: Iterable[int], epoch: datetime | None = None) -> dict[int, Format]:
    """Of the styles whose formats have the numbers `used`, one after the other, those that are followed: place of the
    style → its format. `formats` are the codes that the workbook defines itself; dates count where there is an `epoch`.
    """
    known = {number: _format(code, epoch) for number, code in formats.items()}
    dates = {number: Format(epoch=epoch) for number in BUILT_IN_DATES} if epoch else {}
    known = {**dates, BUILT_IN_SPAN: Format(span=True), **known}
    return {place: found for place, number in enumerate(used) if (found := known.get(number))}


def _format(code: str, epoch: datetime | None) -> Format | None:
    first = NOT_SHOWN.sub("", code).partition(";")[0].strip()
    if SPAN.search(first):
        return Format(span=True)
    if re.search("[ymdhs]", first, re.IGNORECASE):
        return Format(epoch=epoch) if epoch else None
    return format_by(parse_code(code))


def format_by(code: Code) -> Format | None:
    """The format with a code; None where it is not followed."""
    return Format(code) if code.is_followed or code.words_texts else None


def formats_of_xlsx(archive: Archive, epoch: datetime | None = None) -> dict[str, Format]:
    """The styles of an XLSX workbook whose formats are followed, as cells name them; see `followed`."""
    if STYLES not in archive.names or archive.size(STYLES) > SMALL_PART:
        return {}
    styles = archive.whole(STYLES)
    said = [attributes(tag[1]) for tag in FORMAT.finditer(styles)]
    codes = {_number(each): each.get("formatCode", "") for each in said}
    cells = CELL_FORMATS.search(styles)
    used = [_number(attributes(tag[1])) for tag in CELL_FORMAT.finditer(cells[0])] if cells else []
    return {str(place): found for place, found in followed(codes, used, epoch).items()}


def _number(said: Mapping[str, str]) -> int:
    number = said.get("numFmtId", "")
    return int(number) if number.isdecimal() else -1


def span_text(days: float) -> str:
    """A span of time, given in days, as hours, minutes and whole seconds: `36:00:00`.

    Whatever parts of it the format shows, as every time is written with its seconds."""
    seconds = round(abs(days) * 86_400_000) // 1000
    return ("-" if days < 0 and seconds else "") + clock_text(seconds)
