"""The rows of a file that can't be used, as columns: a file may hold a million of them, and nobody looks at each.

A problem is about a single cell, or, with the column "", about a whole row. Those of single cells come from the child,
which reports them while it reads, and from the columns that came of its answer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import astuple, dataclass
from functools import cached_property
from string import Formatter
from typing import TypeAlias, overload

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from smscore.errors import SENTENCES, RowProblem

from .reader.framing import MOST_LISTED, WHOLE_ROW
from .text_columns import Oddities

WORD = pa.dictionary(pa.int32(), pa.string())
"""The type of a column with few distinct words."""
SHAPE = pa.schema(
    [("row", pa.int32()), ("column", WORD), ("value", pa.string())]
    + [(name, WORD) for name in ("code", "suggestion", "detail")]
)
AT_ONCE = 8_192
"""Problems that are made into Python objects at once while a sequence is walked through."""

Column: TypeAlias = pa.Array | pa.ChunkedArray
Rows = npt.NDArray[np.int32]
"""Numbers of rows, or of records, counted from 1."""
Positions = npt.NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Problems(Sequence[RowProblem]):
    """A sequence of `RowProblem` in the order of the file, each of them made when it is asked for.

    `table` holds the same as columns: row int32, column, value, code, suggestion, detail (see `SHAPE`).
    """

    table: pa.Table

    @classmethod
    def of(cls, problems: Iterable[RowProblem]) -> Problems:
        """Return the given problems as a sequence, in their order."""
        columns = list(zip(*map(astuple, problems), strict=True)) or [()] * len(SHAPE)
        return cls(pa.table([pa.array(each, field.type) for each, field in zip(columns, SHAPE, strict=True)], SHAPE))

    @classmethod
    def join(cls, *parts: pa.Table) -> Problems:
        """Return tables of `SHAPE` as one sequence, sorted by row; those of one row stay in their order."""
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
    def rows(self) -> Rows:
        """The row of each problem, int32, ascending; a row with several problems is repeated."""
        return self.table.column("row").to_numpy()

    @cached_property
    def row_count(self) -> int:
        """The number of rows that have a problem."""
        return int(np.count_nonzero(np.diff(self.rows))) + 1 if len(self) else 0

    def count_codes(self) -> dict[str, int]:
        """Return how many problems have each code."""
        return {each["values"]: each["counts"] for each in self.table.column("code").value_counts().to_pylist()}

    def select_rows(self, rows: Collection[int]) -> Problems:
        """Return the problems of some rows."""
        return Problems(self.table.filter(pa.array(self._is_of(rows))))

    def without_rows(self, rows: Collection[int]) -> Problems:
        """Return the problems of all other rows."""
        return Problems(self.table.filter(pa.array(~self._is_of(rows))))

    def _is_of(self, rows: Collection[int]) -> npt.NDArray[np.bool_]:
        return np.isin(self.rows, np.fromiter(rows, np.int32, len(rows)))

    def build_reasons(self) -> pa.Array:
        """Return the reason of each problem, as `RowProblem.reason` does; a reason that many share is built once."""
        codes = self.table.column("code").combine_chunks()
        places = [np.flatnonzero(codes.indices.to_numpy() == at) for at in range(len(codes.dictionary))]
        parts = [
            _build_reasons(self.table, code, at) for code, at in zip(codes.dictionary.to_pylist(), places, strict=True)
        ]
        reasons = pa.concat_arrays(parts or [pa.array([], pa.string())])
        order = np.concatenate([np.zeros(0, np.int64), *places])
        if (np.diff(order) > 0).all():
            return reasons
        back = np.empty(len(order), np.int64)
        back[order] = np.arange(len(order))
        return reasons.take(pa.array(back))


@dataclass(frozen=True)
class SetAside:
    """The rows refused for single cells, in the order of the file: their other cells are sound."""

    table: pa.Table
    """The columns of `Sheet.table`; the cells named in `Sheet.problems` must not be used."""
    rows: pa.Array
    """int32: the number of each row."""
    hidden: pa.Array
    """bool: whether Excel hides the row."""


def repeat_word(word: str, count: int) -> pa.DictionaryArray:
    """Return a column of `count` times one word."""
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(count, np.int32)), pa.array([word], pa.string()))


def build_problem_table(
    row: Column, column: Column, value: Column, code: Column, detail: pa.Array | None = None
) -> pa.Table:
    """Return a table of `SHAPE` from its columns, without suggestions."""
    count = len(row)
    detail = repeat_word("", count) if detail is None else detail
    return pa.table([row, column, value, code, repeat_word("", count), detail], SHAPE)


def _build_reasons(table: pa.Table, code: str, places: Positions) -> pa.Array:
    """Return the reasons of the problems at `places`, which all have one code."""
    table = table if len(places) == table.num_rows else table.take(pa.array(places))
    index = np.zeros(len(places), np.int64)
    for name in ("detail", *_list_named_facts(code)):
        words = pc.dictionary_encode(table.column(name).combine_chunks())
        index = index * max(len(words.dictionary), 1) + words.indices.to_numpy()
    distinct = pa.array(index).dictionary_encode()
    of_each, first = distinct.indices.to_numpy(), np.zeros(len(distinct.dictionary), np.int64)
    first[of_each[::-1]] = np.arange(len(places))[::-1]  # numpy keeps the last of several writes: the first place
    reasons = [problem.reason for problem in Problems(table.take(pa.array(first)))]
    return pa.array(reasons, pa.string()).take(distinct.indices)


def _list_named_facts(code: str) -> list[str]:
    """Return the columns of a problem that the sentence of its code names."""
    named = [name for _, name, _, _ in Formatter().parse(SENTENCES.get(code, ("", ""))[0]) if name]
    return [name for name in named if name in ("row", "column", "value")]


def build_cell_problems(
    reported: pa.Table,
    above: int,
    rows: Rows,
    odd: list[Oddities],
    names: Sequence[str],
    most: int = MOST_LISTED,
    kept: Sequence[int] = (),
) -> pa.Table:
    """Return the problems of single cells as a table of `SHAPE`, not sorted.

    `reported` are the child's (`framing.UNUSABLE_SHAPE`); those in the first `above` rows, except the rows in `kept`,
    and those right of the last column are dropped, as they are not part of the sheet. `odd` are cells of the rows
    numbered `rows`. Where there are more than `most`, several of one row become one problem of that row.
    """
    in_rows = pc.or_(
        pc.greater(reported.column("row"), above), pc.is_in(reported.column("row"), pa.array(kept, pa.int32()))
    )
    reported = reported.filter(pc.and_(in_rows, pc.less(reported.column("cell"), len(names))))
    found = pa.concat_tables([reported.drop_columns(["cut"]), *(_build_table(each, rows) for each in odd)])
    found = found if found.num_rows <= most else _merge_cells_of_rows(found)
    position = found.column("cell").to_numpy()
    position = np.where(position == WHOLE_ROW, len(names), position).astype(np.int32)
    columns = pa.DictionaryArray.from_arrays(pa.array(position), pa.array([*names, ""], pa.string()))
    codes = found.column("code").combine_chunks().dictionary_encode()
    return build_problem_table(found.column("row"), columns, found.column("text"), codes)


def _build_table(odd: Oddities, rows: Rows) -> pa.Table:
    of_all = np.zeros(len(odd.rows), np.int8)
    cell, code = pa.array([odd.column], pa.int32()).take(of_all), pa.array([odd.code]).take(of_all)
    return pa.table({"row": rows[odd.rows], "cell": cell, "text": odd.values, "code": code})


def _merge_cells_of_rows(found: pa.Table) -> pa.Table:
    """Return the same cells, but several of one row as one problem of that row (see `framing.limit_bad_cells`)."""
    rows, of_each, counts = np.unique(found.column("row").to_numpy(), return_inverse=True, return_counts=True)
    several = counts > 1
    single = found.filter(pa.array(~several[of_each]))
    of_all = np.zeros(np.count_nonzero(several), np.int8)
    counted = pa.array([f"{count:,} cells" for count in counts[several].tolist()], pa.string())
    cell, code = pa.array([WHOLE_ROW], pa.int32()).take(of_all), pa.array(["many_bad_cells"]).take(of_all)
    whole = pa.table({"row": rows[several], "cell": cell, "text": counted, "code": code})
    return pa.concat_tables([single, whole])


def collect_set_aside(table: pa.Table, rows: Rows, problems: Problems, hidden: list[int]) -> SetAside | None:
    """Return all cells of the rows with problems in single cells, blank where a row held nothing else; None if none."""
    in_cells = pc.not_equal(problems.table.column("column").cast(pa.string()), "").to_numpy()
    wanted = problems.rows[in_cells]
    wanted = wanted[np.diff(wanted, prepend=-1) > 0]
    if not len(wanted):
        return None
    places = np.searchsorted(rows, wanted)
    blank = places == len(rows)
    blank[~blank] = rows[places[~blank]] != wanted[~blank]
    cells = table.take(pa.array(places, mask=blank))
    cells = pa.table([column.fill_null("") for column in cells.columns], names=cells.column_names)
    return SetAside(cells, pa.array(wanted), pa.array(are_among(wanted, hidden)))


def are_among(rows: Rows, some: Rows | list[int]) -> npt.NDArray[np.bool_]:
    """Return for each of `rows` whether it is one of `some`."""
    return np.isin(rows, some) if len(some) else np.zeros(len(rows), np.bool_)
