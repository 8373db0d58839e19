"""The cells of a loaded sheet as Excel would write them: dates, truth values and long numbers put right.

The fast reader turns every cell into text and forgets what it was. Where a text looks like a date, a truth value or a
number with more digits than Excel keeps, the same column is read once more as that type: a cell that has a value there
was one, and a text which only looks like it stays exactly as written. (Numbers are asked for as truth values: every
number has one and no text does, while a text of digits would pass for a number.)
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from .lookalikes import DATE, NUMBER, TRUTH

DATE_TEXT = r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?$"
ONLY_A_TIME, ONLY_A_TIME_IN_1904 = r"^1899-12-3[01] ", r"^1904-01-01 "
PAST_YEAR_9999 = r"^\+\d{5,6}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?$"
DAY = 86_400_000
MIDNIGHT = r" 00:00:00$"
LONG_NUMBER = r"^-?(\d{16,}|\d+\.\d+)$"
EXACT_DIGITS = 15
LEAST_DAMAGED = 1e15

PAST_ALL_DATES = re.compile(r"'DateTime\(ExcelDateTime \{ value: (-?\d+(?:\.\d+)?),")
TIME_SPAN = re.compile(
    r"""DurationIso\("(-?)P(?=\d|T\d)(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,]\d*)?S)?)?"\)"""
)
"""The time of an OpenDocument cell (XML Schema part 2, 3.2.6), but for years and months, which have no fixed length."""

Typed = Callable[[str, list[int]], list[pa.Array]]
"""Reads the columns at these positions as one type ("datetime", "boolean"), null where a cell is not of it."""


def unwritten(said: str) -> str | None:
    """The text of a cell that is sound although the fast reader does not write it, told by what that says of it: a
    number formatted as a date but too large for one, or the time of an OpenDocument sheet. None for any other."""
    if found := PAST_ALL_DATES.search(said):
        return general(float(found[1]))
    if found := TIME_SPAN.search(said):
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
        return found[1] + clock_text(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
    return None


def as_shown(
    columns: list[pa.Array], typed: Typed, from_1904: Callable[[], bool], no_text_like: Callable[[str], bool]
) -> list[pa.Array]:
    """The columns with their dates, truth values and long numbers as Excel writes them. Null stays null.

    `from_1904` says whether the workbook counts its days from 1904, `no_text_like` whether none of its texts passes for
    a date, a truth value or a number; both are asked only where that matters."""
    shown = list(columns)
    for kind, look, suspects, put_right in (
        ("duration", "", _past_all_dates, _day_number),
        ("datetime", DATE, _dates, partial(_date_text, from_1904=from_1904)),
        ("boolean", TRUTH, _truth_values, _truth_text),
        ("boolean", NUMBER, _long_numbers, _number_text),
    ):
        masks = {at: mask for at, column in enumerate(shown) if (mask := suspects(column)) is not None}
        if not masks:
            continue
        if look and no_text_like(look):
            shown = [
                _replaced(column, column, masks[at], put_right) if at in masks else column
                for at, column in enumerate(shown)
            ]
            continue
        for at, values in zip(masks, typed(kind, list(masks)), strict=True):
            really = pc.and_(masks[at], pc.is_valid(values))
            shown[at] = _replaced(shown[at], values, really, put_right)
    return shown


def _replaced(column: pa.Array, values: pa.Array, mask: pa.Array, put_right: Callable) -> pa.Array:
    if not pc.any(mask).as_py():
        return column
    return pc.replace_with_mask(column, mask, put_right(column.filter(mask), values.filter(mask)))


def _any_or_none(mask: pa.Array) -> pa.Array | None:
    mask = pc.fill_null(mask, False)
    return mask if pc.any(mask).as_py() else None


def _of_length(column: pa.Array, least: int, most: int) -> bool:
    length = pc.binary_length(column)
    return bool(pc.any(pc.and_(pc.greater_equal(length, least), pc.less_equal(length, most))).as_py())


def _dates(column: pa.Array) -> pa.Array | None:
    return _any_or_none(pc.match_substring_regex(column, DATE_TEXT)) if _of_length(column, 19, 29) else None


def _truth_values(column: pa.Array) -> pa.Array | None:
    if not _of_length(column, 4, 5):
        return None
    return _any_or_none(pc.is_in(column, value_set=pa.array(["true", "false"], column.type)))


def _long_numbers(column: pa.Array) -> pa.Array | None:
    if not _of_length(column, EXACT_DIGITS + 1, 400):
        return None
    longer = pc.greater(pc.binary_length(column), EXACT_DIGITS)
    return _any_or_none(pc.and_(pc.match_substring_regex(column, LONG_NUMBER), longer))


def _past_all_dates(column: pa.Array) -> pa.Array | None:
    return _any_or_none(pc.match_substring_regex(column, PAST_YEAR_9999)) if _of_length(column, 21, 32) else None


def _day_number(texts: pa.Array, spans: pa.Array) -> pa.Array:
    """A number that is too large for the date its format makes of it."""
    return pa.array([general(span / DAY) for span in spans.cast(pa.int64()).to_pylist()], texts.type)


def _truth_text(texts: pa.Array, _: pa.Array) -> pa.Array:
    return pc.ascii_upper(texts)


def _date_text(texts: pa.Array, _: pa.Array, from_1904: Callable[[], bool]) -> pa.Array:
    """A date alone where the time is midnight, a time alone where there is no date; in whole seconds, as formats show
    them unless they ask for more."""
    texts = pc.replace_substring_regex(texts, r"\.\d+$", "")
    texts = pc.replace_substring_regex(texts, ONLY_A_TIME, "")
    if pc.any(pc.match_substring_regex(texts, ONLY_A_TIME_IN_1904)).as_py() and from_1904():
        texts = pc.replace_substring_regex(texts, ONLY_A_TIME_IN_1904, "")
    texts = pc.replace_substring(texts, "T", " ")
    return pc.replace_substring_regex(texts, MIDNIGHT, "")


def _number_text(texts: pa.Array, _: pa.Array) -> pa.Array:
    return pa.array([general(float(text)) for text in texts.to_pylist()], texts.type)


def general(value: float) -> str:
    """A number as Excel's General format holds it: 15 digits, without exponent.

    From 10^15 on Excel has already rounded the digits away. Such a number is written with an exponent (`9.8765E+16`),
    as a sign that it is damaged: nothing may take it for the digits somebody once typed.
    """
    if abs(value) >= LEAST_DAMAGED:
        mantissa, _, exponent = f"{value:.14E}".partition("E")
        return f"{mantissa.rstrip('0').rstrip('.')}E{exponent}"
    return format(Decimal(f"{value:.15g}"), "f")


def date_text(serial: float, epoch: datetime) -> str:
    """A day number as Excel counts them: the date, with its time only if there is one, or a time alone."""
    moment = epoch + timedelta(days=serial + (serial < 60 and epoch.year == 1899), microseconds=1)
    moment = moment.replace(microsecond=0)
    if 0 <= serial < 1:
        return f"{moment:%H:%M:%S}"
    return f"{moment:%Y-%m-%d %H:%M:%S}".removesuffix(" 00:00:00")


def clock_text(seconds: int) -> str:
    """A number of seconds as hours, minutes and seconds: `36:00:00`."""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
