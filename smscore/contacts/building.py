"""Sheet + choice → audience, column by column: no step looks at one row alone.

The rows go through four gates, in this order: can it be texted (else a problem), is it the first of its number (else a
duplicate), has the person opted out, was the number subtracted. What passes all four is a contact. Each gate says which
rows it stopped, so the sheet's rows are always the sum of the five.
"""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.errors import Notice
from smscore.phones import find_country_in_header, format_e164
from smscore.sheets import Problems, Sheet
from smscore.tables import find_free_name

from .audience import DUPLICATES, LEFT_OUT, OURS, Audience, AudienceTables, Choice, make_empty_numbers
from .choosing import OF_SOMEBODY_ELSE, PhoneColumns, find_phone_columns, judge_owner
from .correcting import apply_corrections
from .countries import ask_for_countries, find_country_columns, find_unread_columns
from .marks import Marks, find_marks, list_opt_out_notices
from .problems import build_problem_table
from .reading import Entries, RefusedRows, count_rewritten, read_rows, take_rows
from .suggesting import Regions

TYPED = "Typed numbers"


def build_audience(sheet: Sheet, choice: Choice, opted_out: np.ndarray | None = None) -> Audience:
    """Return whom a sheet would reach, and why it would not reach each other row.

    `opted_out`: int64 MSISDNs, in any order. Every row of the sheet ends as a contact, duplicate, problem, opted out
    or subtracted; see `Audience.arithmetic`. Corrections are read like the sheet's own cells.
    Raises SheetError: no_phone_column, which_phone_column, no_such_column, which_country_column,
    country_column_doubtful, no_such_country_column, no_such_opt_out_column (each with facts["choices"]),
    unknown_region.
    """
    sheet = apply_corrections(sheet, choice.corrections)
    phones, countries = _choose_columns(sheet, choice)
    columns = phones.columns
    left = sheet.hidden.to_numpy(zero_copy_only=False) & (not choice.include_hidden)
    entries, refused = read_rows(sheet, choice, columns, ~left, countries)
    marks = find_marks(sheet, choice.opt_out, (*columns, *countries))
    # Each row is counted once, at the first gate that stops it: a repeat of a number that opted out is a duplicate.
    gates = _Gates(sheet, choice, entries)
    listed = make_empty_numbers() if opted_out is None else opted_out
    stopped_by_list = gates.stop(np.concatenate([listed, *_list_marked(marks, entries)]))
    subtracted = gates.stop(np.concatenate([make_empty_numbers(), *choice.subtract]))
    regions = _collect_regions(sheet, choice.region, refused)
    return Audience(
        name=sheet.name,
        sheet_rows=sheet.row_count,
        phone=columns,
        region=choice.region,
        tables=AudienceTables(
            contacts=gates.build_contacts(),
            problems=build_problem_table(sheet, columns[0], regions, np.flatnonzero(left), refused),
            duplicates=gates.duplicates,
            opted_out=stopped_by_list,
            subtracted=subtracted,
        ),
        warnings=(*_list_warnings(sheet, choice, phones, entries, countries), *list_opt_out_notices(marks)),
        country=countries,
        phone_hidden=_list_hidden(sheet, columns),
        regions=regions,
        marks=marks,
        heading=sheet.heading,
    )


def _choose_columns(sheet: Sheet, choice: Choice) -> tuple[PhoneColumns, tuple[str, ...]]:
    """Return the columns of numbers and those of countries."""
    countries = find_country_columns(sheet, choice.country, choice.phone)
    phones = find_phone_columns(sheet, choice.phone, choice.region, countries)
    if choice.every_column:
        phones = PhoneColumns((*phones.columns, *phones.others))
    if choice.country is None:
        ask_for_countries(sheet, countries, phones.columns, choice.region)
    return phones, countries


def build_typed_audience(text: str, region: str = "IN", opted_out: np.ndarray | None = None) -> Audience:
    """Return the audience of numbers written one a line, or several a line between commas, semicolons, tabs or bars.

    Rows are the lines, from 1; when a line holds several numbers, rows count the numbers instead. Blank lines are
    no rows. The column is called "phone". Raises SheetError("unknown_region").
    """
    rows, cells = _split_typed(text)
    table = pa.table({"phone": pa.array(cells, pa.string())})
    hidden = pa.array(np.zeros(len(cells), np.bool_))
    sheet = Sheet(TYPED, table, pa.array(rows, pa.int32()), hidden, Problems.of(()), 0, ())
    return build_audience(sheet, Choice(("phone",), region, several="all"), opted_out)


def _split_typed(text: str) -> tuple[list[int], list[str]]:
    lines = [[cell for cell in re.split(r"[,;\t|]", line) if cell.strip()] for line in text.splitlines()]
    cells = [cell.strip() for line in lines for cell in line]
    if all(len(line) <= 1 for line in lines):
        return [number for number, line in enumerate(lines, 1) if line], cells
    return list(range(1, len(cells) + 1)), cells


def _list_marked(marks: tuple[Marks, ...], entries: Entries) -> list[np.ndarray]:
    """Return the numbers of the people whom the applied columns mark, wherever else these numbers stand."""
    return [entries.msisdn[each.out[entries.place]] for each in marks if each.applied]


def _collect_regions(sheet: Sheet, home: str, refused: tuple[RefusedRows, ...]) -> Regions:
    rows = sheet.rows.to_numpy()
    parts = [(rows[one.places], one.evidence.regions(one.places)) for one in refused if one.evidence]
    return Regions.join(home, parts)


class _Gates:
    """The entries on their way: which still stand, and what each gate stopped."""

    def __init__(self, sheet: Sheet, choice: Choice, entries: Entries) -> None:
        self._sheet, self._entries = sheet, entries
        self._rows = sheet.rows.to_numpy()
        self._kept = find_kept(entries.msisdn, _rank_entries(sheet, choice.keep, entries))
        self._standing = self._kept == np.arange(len(self._kept))
        self.duplicates = self._build_duplicates()

    def _build_duplicates(self) -> pa.Table:
        # A number twice within one cell is no second row.
        mine, kept = self._entries.place, self._entries.place[self._kept]
        dropped = np.flatnonzero(~self._standing & (mine != kept))
        numbers = format_e164(self._entries.msisdn[dropped])
        columns = [self._rows[mine[dropped]], numbers, self._rows[kept[dropped]]]
        return pa.table(columns, schema=DUPLICATES)

    def stop(self, msisdns: np.ndarray) -> pa.Table:
        """Take out what still stands and is among `msisdns`; return it as row, phone."""
        stopped = self._standing & is_among(self._entries.msisdn, msisdns)
        self._standing &= ~stopped
        places, numbers = self._entries.place[stopped], self._entries.msisdn[stopped]
        return pa.table([self._rows[places], format_e164(numbers)], schema=LEFT_OUT)

    def build_contacts(self) -> pa.Table:
        """Return what passed every gate, with the sheet's own columns."""
        places, numbers = self._entries.place[self._standing], self._entries.msisdn[self._standing]
        own = take_rows(self._sheet.table, places)
        own = own.rename_columns(name_own_columns(own.column_names))
        ours = (pa.array(self._rows[places], pa.int32()), format_e164(numbers), pa.array(numbers, pa.int64()))
        table = pa.table(dict(zip(OURS, ours, strict=True)))
        for name, column in zip(own.column_names, own.columns, strict=True):
            table = table.append_column(name, column)
        return table


def find_kept(msisdn: np.ndarray, worth: np.ndarray) -> np.ndarray:
    """Return for each number (int64) the position of the one that is kept: of equal ones that of the highest worth.

    No two of one number may be worth the same.
    """
    order = np.argsort(msisdn)  # a number's entries stand together; which comes first is of no matter
    numbers, worth = msisdn[order], worth[order]
    begin = np.flatnonzero(np.diff(numbers, prepend=-1))
    counts = np.diff(begin, append=len(order))
    best = order[worth == np.repeat(np.maximum.reduceat(worth, begin) if len(begin) else worth, counts)]
    kept = np.empty(len(order), np.int64)
    kept[order] = np.repeat(best, counts)
    return kept


def _rank_entries(sheet: Sheet, keep: str, entries: Entries) -> np.ndarray:
    """Return the rank of each entry among those of its number, no two the same: the highest is kept."""
    positions = np.arange(len(entries.place))
    if keep == "last":
        return positions
    if keep == "first":
        return -positions
    return _count_filled_cells(sheet.table)[entries.place] * np.int64(len(positions)) - positions


def _count_filled_cells(table: pa.Table) -> np.ndarray:
    filled = np.zeros(table.num_rows, np.int16)
    for column in table.columns:
        filled += pc.not_equal(pc.utf8_trim_whitespace(column), "").to_numpy()
    return filled


def is_among(numbers: np.ndarray, listed: np.ndarray) -> np.ndarray:
    """Return which of `numbers` are in `listed` (both int64, `listed` in any order): bool."""
    if not len(listed) or not len(numbers):
        return np.zeros(len(numbers), np.bool_)
    ordered = listed if (np.diff(listed) >= 0).all() else np.sort(listed)
    places = np.minimum(np.searchsorted(ordered, numbers), len(ordered) - 1)
    return ordered[places] == numbers


def name_own_columns(names: list[str]) -> list[str]:
    """Return the sheet's columns as `Audience.contacts` calls them: a name that is ours gets " (as written)"."""
    return [find_free_name(name, {*OURS, *(each for each in names if each != name)}) for name in names]


def _list_warnings(
    sheet: Sheet, choice: Choice, phones: PhoneColumns, entries: Entries, countries: tuple[str, ...]
) -> list[Notice]:
    found, first = [*sheet.warnings], phones.columns[0]
    if cleaned := count_rewritten(sheet.table.column(first), entries.place):
        found.append(Notice("phone_cleaned", {"rows": cleaned, "column": first}))
    if phones.others:
        found.append(Notice("other_phone_columns", {"column": first, "columns": ", ".join(phones.others)}))
    if hidden := _list_hidden(sheet, phones.columns):
        found.append(Notice("phone_column_hidden", {"columns": ", ".join(hidden)}))
    if not choice.phone and judge_owner(first) == OF_SOMEBODY_ELSE:
        found.append(Notice("phone_of_somebody_else", {"column": first}))
    found += _list_country_notices(sheet, choice, first, countries)
    names = sheet.table.column_names
    renamed = zip(names, name_own_columns(names), strict=True)
    clashing = [(name, shown) for name, shown in renamed if name != shown and name not in phones.columns]
    found += [Notice("column_renamed", {"column": name, "shown": shown}) for name, shown in clashing]
    return found


def _list_hidden(sheet: Sheet, columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(column for column in columns if column in sheet.hidden_columns)


def _list_country_notices(sheet: Sheet, choice: Choice, phone: str, countries: tuple[str, ...]) -> list[Notice]:
    if choice.country is not None:
        return []
    used = [Notice("countries_taken", {"columns": ", ".join(countries)})] if countries else []
    if country := find_country_in_header(phone):
        used.append(Notice("country_taken_from_header", {"column": phone, "country": country.name}))
    unread = find_unread_columns(sheet, (*countries, phone))
    return used + ([Notice("countries_unread", {"columns": ", ".join(unread)})] if unread else [])
