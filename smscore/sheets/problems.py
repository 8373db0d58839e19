"""The rows of a file that cannot be used, as columns: a file may hold a million of them, and nobody looks at each."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from functools import cached_property
from string import Formatter
from typing import overload

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.errors import SENTENCES, RowProblem

WORD = pa.dictionary(pa.int32(), pa.string())
"""Words of which many rows share few."""
SHAPE = pa.schema(
    [("row", pa.int32()), ("column", WORD), ("value", pa.string())]
    + [(name, WORD) for name in ("code", "suggestion", "detail")]
)
AT_ONCE = 8_192

Column = pa.Array | pa.ChunkedArray


@dataclass(frozen=True, eq=False)
class Problems(Sequence[RowProblem]):
    """A sequence of `RowProblem` in the order of the file, each of them made when it is asked for.

    `table` holds the same as columns: row int32, column, value, code, suggestion, detail (see `SHAPE`).
    """

    table: pa.Table

    @classmethod
    def of(cls, problems: Iterable[RowProblem]) -> Problems:
        """The given problems, in their order."""
        columns = list(zip(*map(astuple, problems), strict=True)) or [()] * len(SHAPE)
        return cls(pa.table([pa.array(each, field.type) for each, field in zip(columns, SHAPE, strict=True)], SHAPE))

    @classmethod
    def joined(cls, *parts: pa.Table) -> Problems:
        """Tables of `SHAPE` as one, by row; of one row, as they were given."""
        table = pa.concat_tables(parts, promote_options="none").unify_dictionaries()
        rows = table.column("row").to_numpy()
        ordered = (np.diff(rows) >= 0).all()
        return cls(table if ordered else table.take(pa.array(np.argsort(rows, kind="stable"))))

    def __len__(self) -> int:
        return self.table.num_rows

    @overload
    def __getitem__(self, place: int) -> RowProblem: ...
    @overload
    def __getitem__(self, place: slice) -> Problems: ...
    def __getitem__(self, place: int | slice) -> RowProblem | Problems:
        places = range(len(self))[place]
        if isinstance(places, range):
            return Problems(self.table.take(pa.array(places, pa.int64())))
        return next(iter(Problems(self.table.slice(places, 1))))

    def __iter__(self) -> Iterator[RowProblem]:
        for batch in self.table.to_batches(AT_ONCE):
            yield from map(RowProblem, *(column.to_pylist() for column in batch.columns))

    @cached_property
    def rows(self) -> np.ndarray:
        """The row of each problem: int32, in order; one with several problems is there as often."""
        return self.table.column("row").to_numpy()

    @cached_property
    def row_count(self) -> int:
        """How many rows have a problem."""
        return int(np.count_nonzero(np.diff(self.rows))) + 1 if len(self) else 0

    def counts(self) -> dict[str, int]:
        """How many problems have each code."""
        return {each["values"]: each["counts"] for each in self.table.column("code").value_counts().to_pylist()}

    def of_rows(self, rows: Collection[int]) -> Problems:
        """Those of some rows."""
        return Problems(self.table.filter(pa.array(self._are_of(rows))))

    def not_of_rows(self, rows: Collection[int]) -> Problems:
        """Those of all other rows."""
        return Problems(self.table.filter(pa.array(~self._are_of(rows))))

    def _are_of(self, rows: Collection[int]) -> np.ndarray:
        return np.isin(self.rows, np.fromiter(rows, np.int32, len(rows)))

    def reasons(self) -> pa.Array:
        """The reason of each, as `RowProblem.reason` says it: what many share is put into words once."""
        codes = self.table.column("code").combine_chunks()
        places = [np.flatnonzero(codes.indices.to_numpy() == at) for at in range(len(codes.dictionary))]
        parts = [_said(self.table, code, at) for code, at in zip(codes.dictionary.to_pylist(), places, strict=True)]
        said = pa.concat_arrays(parts or [pa.array([], pa.string())])
        order = np.concatenate([np.zeros(0, np.int64), *places])
        if (np.diff(order) > 0).all():
            return said
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        return said.take(pa.array(back))


def the_same(word: str, count: int) -> pa.DictionaryArray:
    """A column of `count` times one word."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([word], pa.string()))


def problem_columns(
    row: Column, column: Column, value: Column, code: Column, detail: pa.Array | None = None
) -> pa.Table:
    """A table of `SHAPE` from its columns, without suggestions."""
    count = len(row)
    detail = the_same("", count) if detail is None else detail
    return pa.table([row, column, value, code, the_same("", count), detail], SHAPE)


def _said(table: pa.Table, code: str, places: np.ndarray) -> pa.Array:
    """The reasons of the problems at `places`, which all have one code."""
    table = table if len(places) == table.num_rows else table.take(pa.array(places))
    index = np.zeros(len(places), np.int64)
    for name in ("detail", *_facts_of(code)):
        words = pc.dictionary_encode(table.column(name).combine_chunks())
        index = index * max(len(words.dictionary), 1) + words.indices.to_numpy()
    distinct = pa.array(index).dictionary_encode()
    of_each, first = distinct.indices.to_numpy(), np.zeros(len(distinct.dictionary), np.int64)
    first[of_each[::-1]] = np.arange(len(places))[::-1]  # of several places, the last one written stays: the first
    said = [problem.reason for problem in Problems(table.take(pa.array(first)))]
    return pa.array(said, pa.string()).take(distinct.indices)


def _facts_of(code: str) -> list[str]:
    """Which columns of a problem the sentence of its code names."""
    named = [name for _, name, _, _ in Formatter().parse(SENTENCES.get(code, ("", ""))[0]) if name]
    return [name for name in named if name in ("row", "column", "value")]
