"""Cells that hold several numbers: one answer for each, and the numbers kept by row."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from .types import NO_KIND, REASON


@dataclass(frozen=True)
class Extra(Mapping[int, tuple[str, ...]]):
    """Row to the E.164 numbers of its cell, each once: {5: ("+919876543210", "+919876543211")}.

    Kept as integers and made into texts when asked for, because a million cells may hold several numbers and few are
    looked at. `numbers[begin[i]:begin[i + 1]]` belong to `rows[i]`, rows ascending.
    """

    rows: np.ndarray
    begin: np.ndarray
    numbers: np.ndarray

    @classmethod
    def group(cls, rows: np.ndarray, numbers: np.ndarray) -> Extra:
        """Group numbers by the row of each; those of one row keep their order."""
        order = np.argsort(rows, kind="stable")
        rows, numbers = rows[order], numbers[order]
        begin = np.flatnonzero(np.diff(rows, prepend=-1))
        return cls(rows[begin], np.append(begin, len(rows)), numbers)

    @classmethod
    def join(cls, parts: Sequence[tuple[int, Extra]]) -> Extra:
        """Join those of several columns that follow each other, each with the number of its first row."""
        sizes = np.cumsum([0] + [len(extra.numbers) for _, extra in parts])
        begins = [extra.begin[:-1] + size for size, (_, extra) in zip(sizes, parts, strict=False)]
        return cls(
            np.concatenate([extra.rows + first for first, extra in parts]),
            np.append(np.concatenate(begins), sizes[-1]),
            np.concatenate([extra.numbers for _, extra in parts]),
        )

    def __getitem__(self, row: int) -> tuple[str, ...]:
        place = np.searchsorted(self.rows, row)
        if place == len(self.rows) or self.rows[place] != row:
            raise KeyError(row)
        numbers = self.numbers[self.begin[place] : self.begin[place + 1]].tolist()
        return tuple(f"+{number}" for number in dict.fromkeys(numbers))

    def __iter__(self) -> Iterator[int]:
        return iter(self.rows.tolist())

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Parts:
    """The parts of cells that hold several numbers, in order: `owner` ascending from 0, kind, reason, E.164 integer."""

    owner: np.ndarray
    kind: np.ndarray
    reason: np.ndarray
    number: np.ndarray

    def combine(self, several: str) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        """Return one answer for each cell, as `scalar.combine_reads` does.

        These are (kind, reason, number) by cell, and by part whether it is one of the numbers to be named.
        """
        places = np.arange(len(self.owner))
        begin = np.flatnonzero(np.diff(self.owner, prepend=-1))
        usable = self.reason == 0
        first = np.minimum.reduceat(np.where(usable, places, len(places)), begin)
        lead = np.where(first < len(places), first, begin)
        other = ~usable | (self.number != self.number[lead][self.owner])
        mixed = np.logical_or.reduceat(other, begin) & (first < len(places))
        kind, reason, number = self.kind[lead], self.reason[lead], self.number[lead]
        if several == "ask":
            kind, number = np.where(mixed, NO_KIND, kind), np.where(mixed, 0, number)
            reason = np.where(mixed, REASON["several_numbers"], reason)
        return kind, reason, number, usable & mixed[self.owner] & (several != "first")
