"""Every row's number, out of one or several phone columns, and the rows that have none to text."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.phones import DEFAULT, REASON_CODES, Numbers, read_numbers, read_numbers_by_country
from smscore.sheets import Sheet

from .audience import Choice
from .correcting import read_correction
from .countries import DISAGREE, UNCLEAR, Evidence, collect_evidence

Part = TypeVar("Part")
Done = TypeVar("Done")

THREADS = 2
_BLANK = REASON_CODES.index("blank")
_SEVERAL = REASON_CODES.index("several_numbers")
_NO_COUNTRY = {UNCLEAR: REASON_CODES.index("country_unclear"), DISAGREE: REASON_CODES.index("countries_disagree")}


@dataclass(frozen=True)
class RefusedRows:
    """Rows whose number cannot be texted, all from one phone column: positions in the sheet's table, and the index of
    each one's reason in REASON_CODES. `written`: the calling code of a number refused for the country of its row, else
    0; `evidence`: what says in which country each row's number is meant."""

    column: str
    places: np.ndarray
    reason: np.ndarray
    written: np.ndarray
    evidence: Evidence | None = None


@dataclass(frozen=True)
class Entries:
    """Numbers to text: `place` (the row's position in the sheet's table) and `msisdn`, side by side, in row order.

    A row has several entries when all numbers of its cell were chosen.
    """

    place: np.ndarray
    msisdn: np.ndarray


@dataclass(frozen=True)
class _Reading:
    """One phone column, read for some rows."""

    column: str
    places: np.ndarray
    numbers: Numbers
    written: np.ndarray
    evidence: Evidence | None

    def list_refused(self, chosen: np.ndarray) -> RefusedRows:
        """Return those of its rows that `chosen` (bool) marks."""
        return RefusedRows(
            self.column, self.places[chosen], self.numbers.reason[chosen], self.written[chosen], self.evidence
        )


class _Search:
    """Goes through the phone columns, each for the rows that the ones before have left open."""

    def __init__(
        self,
        sheet: Sheet,
        choice: Choice,
        columns: tuple[str, ...],
        wanted: np.ndarray,
        countries: tuple[str, ...],
    ) -> None:
        self.sheet, self.choice, self.columns, self.countries = sheet, choice, columns, countries
        self.open = np.flatnonzero(wanted)
        self.found: list[tuple[np.ndarray, np.ndarray]] = []
        self.readings: list[_Reading] = []
        self.unplaced: list[RefusedRows] = []

    def run(self) -> None:
        for column in self.columns:
            if len(self.open):
                self._read(column)

    def _read(self, column: str) -> None:
        evidence = collect_evidence(self.sheet.table, self.countries, column)
        if evidence:
            evidence = _trust_corrections(evidence, self.sheet, self.choice, column)
            self._set_aside(column, evidence)
        places, cells = self.open, self.sheet.table.column(column)
        if len(places) < len(cells):
            cells = cells.take(pa.array(places))
        numbers, written = self._read_numbers(cells, places, evidence)
        good = numbers.reason == 0
        self.found.append((places[good], numbers.msisdn[good]))
        self.found += [_list_other_numbers(places, numbers)] if self.choice.several == "all" else []
        self.readings.append(_Reading(column, places, numbers, written, evidence))
        if not self.choice.every_column:
            self.open = places[~good & (numbers.reason != _SEVERAL)]

    def _read_numbers(
        self, cells: pa.ChunkedArray, places: np.ndarray, evidence: Evidence | None
    ) -> tuple[Numbers, np.ndarray]:
        choice = self.choice
        if evidence is None:
            return read_numbers(cells, choice.region, several=choice.several), np.zeros(len(places), np.int16)
        which = evidence.which[places]
        read = read_numbers_by_country(cells, evidence.countries, which, choice.region, several=choice.several)
        return read.numbers, read.written

    def _set_aside(self, column: str, evidence: Evidence) -> None:
        """Take the rows out whose country cannot be told: no column must be read as if they said nothing."""
        which = evidence.which[self.open]
        for kind, reason in _NO_COUNTRY.items():
            places = self.open[which == kind]
            nothing = np.zeros(len(places), np.int16)
            self.unplaced.append(RefusedRows(column, places, np.full(len(places), reason, np.int8), nothing, evidence))
        self.open = self.open[which >= -1]

    @cached_property
    def entries(self) -> Entries:
        """All numbers that were found."""
        if len(self.found) == 1:
            return Entries(*self.found[0])
        place = np.concatenate([places for places, _ in self.found] or [np.zeros(0, np.int64)])
        msisdn = np.concatenate([msisdns for _, msisdns in self.found] or [np.zeros(0, np.int64)])
        order = np.argsort(place, kind="stable")
        return Entries(place[order], msisdn[order])

    def list_refused(self) -> Iterator[RefusedRows]:
        # The first column that holds anything says why; where all are blank, the first column does.
        answered = np.zeros(self.sheet.table.num_rows, np.bool_)
        answered[self.entries.place] = True
        for part in self.unplaced:
            fresh = ~answered[part.places]
            answered[part.places] = True
            yield replace(part, **{name: getattr(part, name)[fresh] for name in ("places", "reason", "written")})
        for reading in self.readings:
            reason = reading.numbers.reason
            telling = (reason != 0) & (reason != _BLANK) & ~answered[reading.places]
            answered[reading.places[telling]] = True
            yield reading.list_refused(telling)
        for reading in self.readings[:1]:
            yield reading.list_refused((reading.numbers.reason == _BLANK) & ~answered[reading.places])


def _trust_corrections(evidence: Evidence, sheet: Sheet, choice: Choice, column: str) -> Evidence:
    """Return the evidence without the rows where an operator wrote a number with its calling code.

    They saw the row, and say by that in which country the number is.
    """
    written = ((row, read_correction(value)) for (row, of), value in choice.corrections.items() if of == column)
    rows = [row for row, number in written if _has_code(number)]
    if not rows:
        return evidence
    which = evidence.which.copy()
    which[np.isin(sheet.rows.to_numpy(), rows)] = DEFAULT
    return replace(evidence, which=which)


def _has_code(number: str) -> bool:
    return number.strip(" '\"=").startswith(("+", "00"))


def read_rows(
    sheet: Sheet, choice: Choice, columns: tuple[str, ...], wanted: np.ndarray, countries: tuple[str, ...] = ()
) -> tuple[Entries, tuple[RefusedRows, ...]]:
    """Return the numbers of the `wanted` rows (bool, one per row of the table), and the wanted rows without one.

    `countries` are the columns that say in which country a row's number is meant.
    A row takes its number from the first of `columns` that holds one. A cell with several numbers is not passed over
    for the next column: which of them is meant is the operator's to say.
    """
    search = _Search(sheet, choice, columns, wanted, countries)
    search.run()
    return search.entries, tuple(part for part in search.list_refused() if len(part.places))


def _list_other_numbers(places: np.ndarray, numbers: Numbers) -> tuple[np.ndarray, np.ndarray]:
    # A cell's first number stands in the column of numbers already.
    pairs = [
        (places[inside], int(number[1:]))
        for inside, several in numbers.extra.items()
        if numbers.reason[inside] == 0
        for number in several
        if int(number[1:]) != numbers.msisdn[inside]
    ]
    found = np.array(pairs, np.int64).reshape(-1, 2)
    return found[:, 0], found[:, 1]


def count_rewritten(cells: pa.ChunkedArray, places: np.ndarray) -> int:
    """Count the cells at `places` that hold more than digits and a leading plus."""
    among = np.zeros(len(cells), np.bool_)
    among[places] = True
    plain = map_in_threads(lambda chunk: pc.match_substring_regex(chunk, r"^(\+?[0-9]+)?$"), cells.chunks)
    return int(np.count_nonzero(among & ~pa.chunked_array(plain, pa.bool_()).to_numpy()))


def take_rows(table: pa.Table, places: np.ndarray) -> pa.Table:
    """Return the rows of `table` at `places` (positions, any integers), in their order.

    Where each is wanted once at most, in the order of the table, Arrow reads the columns straight on.
    """
    if (np.diff(places) <= 0).any():
        return table.take(pa.array(places, pa.int64()))
    wanted = np.zeros(table.num_rows, np.bool_)
    wanted[places] = True
    if wanted.all():
        return table
    mask = pa.array(wanted)
    return pa.table(map_in_threads(lambda column: column.filter(mask), table.columns), schema=table.schema)


def map_in_threads(work: Callable[[Part], Done], parts: Iterable[Part]) -> list[Done]:
    """Return what `work` makes of each of `parts`, in order; Arrow lets the threads run side by side."""
    with ThreadPoolExecutor(THREADS) as pool:
        return list(pool.map(work, parts))
