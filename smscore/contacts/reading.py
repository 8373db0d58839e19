"""Every row's number, out of one or several phone columns, and the rows that have none to text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.phones import REASON_CODES, Numbers, read_numbers
from smscore.sheets import Sheet

from .audience import Choice
from .rows import side_by_side

_BLANK = REASON_CODES.index("blank")
_SEVERAL = REASON_CODES.index("several_numbers")


@dataclass(frozen=True)
class Refused:
    """Rows whose number cannot be texted, all from one phone column: positions in the sheet's table, and the index of
    each one's reason in REASON_CODES."""

    column: str
    places: np.ndarray
    reason: np.ndarray


@dataclass(frozen=True)
class Entries:
    """Numbers to text: `place` (the row's position in the sheet's table) and `msisdn`, side by side, in row order.

    A row has several entries when all numbers of its cell were chosen.
    """

    place: np.ndarray
    msisdn: np.ndarray


class _Search:
    """Goes through the phone columns, each for the rows that the ones before have left open."""

    def __init__(self, sheet: Sheet, choice: Choice, columns: tuple[str, ...], wanted: np.ndarray) -> None:
        self.sheet, self.choice, self.columns = sheet, choice, columns
        self.open = np.flatnonzero(wanted)
        self.found: list[tuple[np.ndarray, np.ndarray]] = []
        self.readings: list[tuple[str, np.ndarray, Numbers]] = []

    def run(self) -> None:
        for column in self.columns:
            if len(self.open):
                self._read(column)

    def _read(self, column: str) -> None:
        places, cells = self.open, self.sheet.table.column(column)
        if len(places) < len(cells):
            cells = cells.take(pa.array(places))
        numbers = read_numbers(cells, self.choice.region, several=self.choice.several)
        good = numbers.reason == 0
        self.found.append((places[good], numbers.msisdn[good]))
        self.found += [_others(places, numbers)] if self.choice.several == "all" else []
        self.readings.append((column, places, numbers))
        if not self.choice.every_column:
            self.open = places[~good & (numbers.reason != _SEVERAL)]

    @cached_property
    def entries(self) -> Entries:
        """All numbers that were found."""
        if len(self.found) == 1:
            return Entries(*self.found[0])
        place = np.concatenate([places for places, _ in self.found] or [np.zeros(0, np.int64)])
        msisdn = np.concatenate([msisdns for _, msisdns in self.found] or [np.zeros(0, np.int64)])
        order = np.argsort(place, kind="stable")
        return Entries(place[order], msisdn[order])

    def refused(self) -> Iterator[Refused]:
        # The first column that holds anything says why; where all are blank, the first column does.
        answered = np.zeros(self.sheet.table.num_rows, np.bool_)
        answered[self.entries.place] = True
        for column, places, numbers in self.readings:
            telling = (numbers.reason != 0) & (numbers.reason != _BLANK) & ~answered[places]
            answered[places[telling]] = True
            yield Refused(column, places[telling], numbers.reason[telling])
        for column, places, numbers in self.readings[:1]:
            blank = (numbers.reason == _BLANK) & ~answered[places]
            yield Refused(column, places[blank], numbers.reason[blank])


def read_rows(
    sheet: Sheet, choice: Choice, columns: tuple[str, ...], wanted: np.ndarray
) -> tuple[Entries, tuple[Refused, ...]]:
    """The numbers of the `wanted` rows (bool, one per row of the table), and the wanted rows without one.

    A row takes its number from the first of `columns` that holds one. A cell with several numbers is not passed over
    for the next column: which of them is meant is the operator's to say.
    """
    search = _Search(sheet, choice, columns, wanted)
    search.run()
    return search.entries, tuple(part for part in search.refused() if len(part.places))


def _others(places: np.ndarray, numbers: Numbers) -> tuple[np.ndarray, np.ndarray]:
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


def written_otherwise(cells: pa.ChunkedArray, places: np.ndarray) -> int:
    """How many of the cells at `places` hold more than digits and a leading plus."""
    among = np.zeros(len(cells), np.bool_)
    among[places] = True
    plain = side_by_side(lambda chunk: pc.match_substring_regex(chunk, r"^(\+?[0-9]+)?$"), cells.chunks)
    return int(np.count_nonzero(among & ~pa.chunked_array(plain, pa.bool_()).to_numpy()))
