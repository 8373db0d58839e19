"""The numbers of rows, as Excel shows them, of a text file in which some records are no rows."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from .sheet import Line


class RowNumbers:
    """The row numbers of the usable records, given those of the records that are no rows."""

    def __init__(self, usable: int, bad: np.ndarray) -> None:
        self._numbers = None
        if len(bad):
            is_bad = np.zeros(usable + len(bad), np.bool_)
            is_bad[bad - 1] = True
            self._numbers = np.flatnonzero(~is_bad).astype(np.int32) + np.int32(1)

    def lines(self, records: Mapping[int, str]) -> tuple[Line, ...]:
        """Usable records and their texts as lines."""
        rows = self.of(np.array([*records], np.int32)).tolist()
        return tuple(Line(row, text) for row, text in zip(rows, records.values(), strict=True))

    def of(self, records: np.ndarray) -> np.ndarray:
        """The row numbers of usable records, which are counted from 1."""
        return records if self._numbers is None else self._numbers[records - 1]


def are_among(rows: np.ndarray, some: np.ndarray | list[int]) -> np.ndarray:
    """Return for each of `rows` whether it is one of `some` (bool)."""
    return np.isin(rows, some) if len(some) else np.zeros(len(rows), np.bool_)
