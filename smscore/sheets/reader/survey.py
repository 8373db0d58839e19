"""What a sheet's own file says beyond what the fast reader tells of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import pyarrow as pa

from .formats import Format


@dataclass
class Survey:
    """Rows and columns are counted from 1.

    `hidden` are the numbers of the hidden rows, None where they cannot be told, `hidden_columns` the stretches of
    hidden columns, which may reach past the last filled one. `problems` are cells that cannot be
    used, as (row, column, what stands there, code). `shown` are the texts of numbers whose formats are followed: column
    → row → text. `worded` are the cells of texts to which their formats add something: column → row → format."""

    hidden: list[int] | None = field(default_factory=list)
    problems: list[tuple[int, int, str, str]] = field(default_factory=list)
    shown: dict[int, dict[int, str]] = field(default_factory=dict)
    worded: dict[int, dict[int, Format]] = field(default_factory=dict)
    hidden_columns: list[range] = field(default_factory=list)

    def show(self, row: int, column: int, number: float, form: Format) -> None:
        """Note a number that is to be read in its format; what is no number is left to the fast reader."""
        try:
            text = form.shown(number)
        except (ValueError, OverflowError):
            return
        self.shown.setdefault(column, {})[row] = text

    def word(self, row: int, column: int, form: Format) -> None:
        """Note a text that is to be read in its format."""
        if form.words_texts:
            self.worded.setdefault(column, {})[row] = form


def positions_within(stretches: Iterable[range], first: int, width: int) -> list[int]:
    """The positions, in a table of `width` columns that begins at column `first`, of the columns in `stretches`."""
    inside = (range(max(each.start, first), min(each.stop, first + width)) for each in stretches)
    return sorted({column - first for each in inside for column in each})


def with_texts(columns: list[pa.Array], texts: Mapping[int, Mapping[int, str]]) -> list[pa.Array]:
    """The columns with other texts in some cells: position of the column → row from 1 → text."""
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


def with_words(columns: list[pa.Array], worded: Mapping[int, Mapping[int, Format]]) -> list[pa.Array]:
    """The columns with the texts of some cells as their formats show them: position → row from 1 → format."""
    texts: dict[int, dict[int, str]] = {}
    for position, found in worded.items():
        if 0 <= position < len(columns):
            cells = columns[position].to_pylist()
            filled = {row: form for row, form in found.items() if row <= len(cells) and cells[row - 1]}
            texts[position] = {row: form.worded(cells[row - 1]) for row, form in filled.items()}
    return with_texts(columns, texts)
