"""The texts of a sheet's cells as Excel shows them: dates, truth values and long numbers corrected.

The fast reader turns every cell into text and forgets its type. Where a text looks like a date, a truth value or a
number with more digits than Excel keeps, the column is read once more as that type: a cell that has a value then was
one, and a text that only looks like one stays exactly as written. Numbers are loaded as truth values, because every
number has one and no text does, while a text of digits would pass for a number.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from functools import partial

import fastexcel
import pyarrow as pa
import pyarrow.compute as pc

from .framing import BadCell

DATE, TRUTH, NUMBER = "date", "truth", "number"
"""The types that a text may be mistaken for."""
DATE_TEXT = r"^\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?$"
ONLY_A_TIME, ONLY_A_TIME_IN_1904 = r"^1899-12-3[01] ", r"^1904-01-01 "
PAST_YEAR_9999 = r"^\+\d{5,6}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)?$"
DAY = 86_400_000
MIDNIGHT = r" 00:00:00$"
LONG_NUMBER = r"^-?(\d{16,}|\d+\.\d+)$"
EXACT_DIGITS = 15
"""The digits that Excel keeps of a number."""
LEAST_DAMAGED = 1e15
PAST_ALL_DATES = re.compile(r"'DateTime\(ExcelDateTime \{ value: (-?\d+(?:\.\d+)?),")
TIME_SPAN = re.compile(
    r"""DurationIso\("(-?)P(?=\d|T\d)(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)(?:[.,]\d*)?S)?)?"\)"""
)
"""The time of an OpenDocument cell (XML Schema part 2, 3.2.6), without years and months, which have no fixed length."""

LoadAs = Callable[[fastexcel.DType, list[int]], list[pa.Array]]
"""Loads the columns at these positions as one type, null where a cell is not of it."""
Find = Callable[[pa.Array], pa.Array | None]
"""Finds the cells of a column that may be of a type: a mask, None where there are none."""
Write = Callable[[pa.Array, pa.Array], pa.Array]
"""Rewrites the texts of such cells, given the texts and the values that they have as that type."""
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


def recover_text(detail: str) -> str | None:
    """Return the text of a sound cell that the fast reader reports as an error; None for any other.

    `detail` is what it reports: a number formatted as a date but too large for one, or a time of an OpenDocument sheet.
    """
    if found := PAST_ALL_DATES.search(detail):
        return format_general(float(found[1]))
    if found := TIME_SPAN.search(detail):
        days, hours, minutes, seconds = (int(part or 0) for part in found.groups()[1:])
        return found[1] + format_clock(((days * 24 + hours) * 60 + minutes) * 60 + seconds)
    return None


def recover_texts(
    columns: list[pa.Array], odd: list[fastexcel.CellError]
) -> tuple[list[pa.Array], list[fastexcel.CellError]]:
    """Return the columns with the texts of all sound cells among the `odd`, and the odd cells that are errors."""
    texts: dict[int, dict[int, str]] = {}
    unsound = []
    for each in odd:
        row, position = each.position
        if (text := recover_text(each.detail)) is None:
            unsound.append(each)
        else:
            texts.setdefault(position, {})[row + 1] = text
    return replace_texts(columns, texts), unsound


def build_error_problem(error: fastexcel.CellError) -> BadCell:
    """Return the problem of a cell that holds an error value such as #N/A."""
    row, position = error.position
    kind = error.detail.rpartition("Error(")[2].rstrip(")'")
    return row + 1, position, ERROR_TEXTS.get(kind, f"#{kind}"), "cell_error_value"


def replace_texts(columns: list[pa.Array], texts: Mapping[int, Mapping[int, str]]) -> list[pa.Array]:
    """Return the columns with other texts in some cells: position of the column → row from 1 → text."""
    columns = list(columns)
    for position, found in texts.items():
        if not 0 <= position < len(columns):
            continue
        cells = columns[position].to_pylist()
        for row, text in found.items():
            if row <= len(cells):
                cells[row - 1] = text
        columns[position] = pa.array(cells, pa.string())
    return columns


def restore_types(
    columns: list[pa.Array], load_as: LoadAs, from_1904: Callable[[], bool], no_text_like: Callable[[str], bool]
) -> list[pa.Array]:
    """Return the columns with their dates, truth values and long numbers as Excel shows them. Null stays null.

    `from_1904` says whether the workbook counts days from 1904, `no_text_like` whether none of its texts passes for a
    date, a truth value or a number; both are called only where that matters.
    """
    shown = list(columns)
    corrections: tuple[tuple[fastexcel.DType, str, Find, Write], ...] = (
        ("duration", "", _find_large_dates, _write_day_numbers),
        ("datetime", DATE, _find_dates, partial(_write_dates, from_1904=from_1904)),
        ("boolean", TRUTH, _find_truth_values, _write_truth_values),
        ("boolean", NUMBER, _find_long_numbers, _write_numbers),
    )
    for kind, look, suspects, write in corrections:
        masks = {at: mask for at, column in enumerate(shown) if (mask := suspects(column)) is not None}
        if not masks:
            continue
        if look and no_text_like(look):
            shown = [
                _replace_cells(column, column, masks[at], write) if at in masks else column
                for at, column in enumerate(shown)
            ]
            continue
        for at, values in zip(masks, load_as(kind, list(masks)), strict=True):
            really = pc.and_(masks[at], pc.is_valid(values))
            shown[at] = _replace_cells(shown[at], values, really, write)
    return shown


def _replace_cells(
    column: pa.Array, values: pa.Array, mask: pa.Array, write: Callable[[pa.Array, pa.Array], pa.Array]
) -> pa.Array:
    if not pc.any(mask).as_py():
        return column
    return pc.replace_with_mask(column, mask, write(column.filter(mask), values.filter(mask)))


def _drop_empty_mask(mask: pa.Array) -> pa.Array | None:
    mask = pc.fill_null(mask, False)
    return mask if pc.any(mask).as_py() else None


def _has_length(column: pa.Array, least: int, most: int) -> bool:
    length = pc.binary_length(column)
    return bool(pc.any(pc.and_(pc.greater_equal(length, least), pc.less_equal(length, most))).as_py())


def _find_dates(column: pa.Array) -> pa.Array | None:
    return _drop_empty_mask(pc.match_substring_regex(column, DATE_TEXT)) if _has_length(column, 19, 29) else None


def _find_truth_values(column: pa.Array) -> pa.Array | None:
    if not _has_length(column, 4, 5):
        return None
    return _drop_empty_mask(pc.is_in(column, value_set=pa.array(["true", "false"], column.type)))


def _find_long_numbers(column: pa.Array) -> pa.Array | None:
    if not _has_length(column, EXACT_DIGITS + 1, 400):
        return None
    longer = pc.greater(pc.binary_length(column), EXACT_DIGITS)
    return _drop_empty_mask(pc.and_(pc.match_substring_regex(column, LONG_NUMBER), longer))


def _find_large_dates(column: pa.Array) -> pa.Array | None:
    return _drop_empty_mask(pc.match_substring_regex(column, PAST_YEAR_9999)) if _has_length(column, 21, 32) else None


def _write_day_numbers(texts: pa.Array, spans: pa.Array) -> pa.Array:
    """Write the numbers that are too large for the dates that their formats make of them."""
    return pa.array([format_general(span / DAY) for span in spans.cast(pa.int64()).to_pylist()], texts.type)


def _write_truth_values(texts: pa.Array, _: pa.Array) -> pa.Array:
    return pc.ascii_upper(texts)


def _write_dates(texts: pa.Array, _: pa.Array, from_1904: Callable[[], bool]) -> pa.Array:
    """Write dates without a time where that is midnight, times without a date where there is none, in whole seconds."""
    texts = pc.replace_substring_regex(texts, r"\.\d+$", "")
    texts = pc.replace_substring_regex(texts, ONLY_A_TIME, "")
    if pc.any(pc.match_substring_regex(texts, ONLY_A_TIME_IN_1904)).as_py() and from_1904():
        texts = pc.replace_substring_regex(texts, ONLY_A_TIME_IN_1904, "")
    texts = pc.replace_substring(texts, "T", " ")
    return pc.replace_substring_regex(texts, MIDNIGHT, "")


def _write_numbers(texts: pa.Array, _: pa.Array) -> pa.Array:
    return pa.array([format_general(float(text)) for text in texts.to_pylist()], texts.type)


def format_general(value: float) -> str:
    """Return a number as Excel's General format holds it: 15 digits, without exponent.

    From 10^15 on Excel has already rounded digits away. Such a number gets an exponent (`9.8765E+16`) as a sign that it
    is damaged: nothing may take it for the digits that somebody once typed.
    """
    if abs(value) >= LEAST_DAMAGED:
        mantissa, _, exponent = f"{value:.14E}".partition("E")
        return f"{mantissa.rstrip('0').rstrip('.')}E{exponent}"
    return format(Decimal(f"{value:.15g}"), "f")


def format_date(serial: float, epoch: datetime) -> str:
    """Return the date of a day number as Excel counts them, with its time only if it has one, or a time alone."""
    moment = epoch + timedelta(days=serial + (serial < 60 and epoch.year == 1899), microseconds=1)
    moment = moment.replace(microsecond=0)
    if 0 <= serial < 1:
        return f"{moment:%H:%M:%S}"
    return f"{moment:%Y-%m-%d %H:%M:%S}".removesuffix(" 00:00:00")


def format_clock(seconds: int) -> str:
    """Return a number of seconds as hours, minutes and seconds: `36:00:00`."""
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
