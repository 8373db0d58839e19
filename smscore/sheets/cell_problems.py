"""The single cells that make their rows unusable, put together: those that the reading child names, and those that are
found in the columns that came of it; and what else stands in these rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .columns import Oddities
from .problems import Problems, problem_columns
from .reader.bad_cells import MOST_LISTED, WHOLE_ROW
from .row_numbers import are_among
from .sheet import SetAside


def cell_problems(
    told: pa.Table,
    above: int,
    rows: np.ndarray,
    odd: list[Oddities],
    names: Sequence[str],
    most: int = MOST_LISTED,
    kept: Sequence[int] = (),
) -> pa.Table:
    """The problems of single cells as columns (`problems.SHAPE`), in no order of rows.

    `told`: by the child (`framing.UNUSABLE_SHAPE`); what stands in the first `above` rows, but for those in `kept`, or
    right of the last column is left out, for it is no part of the sheet. `odd`: in rows that are counted among the
    usable ones, whose numbers are `rows`. Where there are more than `most`, those of one row count as one problem of
    that row.
    """
    in_rows = pc.or_(pc.greater(told.column("row"), above), pc.is_in(told.column("row"), pa.array(kept, pa.int32())))
    told = told.filter(pc.and_(in_rows, pc.less(told.column("cell"), len(names))))
    found = pa.concat_tables([told.drop_columns(["cut"]), *(_like_told(each, rows) for each in odd)])
    found = found if found.num_rows <= most else _together(found)
    position = found.column("cell").to_numpy()
    position = np.where(position == WHOLE_ROW, len(names), position).astype(np.int32)
    columns = pa.DictionaryArray.from_arrays(pa.array(position), pa.array([*names, ""], pa.string()))
    codes = found.column("code").combine_chunks().dictionary_encode()
    return problem_columns(found.column("row"), columns, found.column("text"), codes)


def _like_told(odd: Oddities, rows: np.ndarray) -> pa.Table:
    of_all = np.zeros(len(odd.rows), np.int8)
    cell, code = pa.array([odd.column], pa.int32()).take(of_all), pa.array([odd.code]).take(of_all)
    return pa.table({"row": rows[odd.rows], "cell": cell, "text": odd.values, "code": code})


def _together(found: pa.Table) -> pa.Table:
    """The same cells, but those of a row with several as one of that row (see `reader.bad_cells.listed`)."""
    rows, of_each, counts = np.unique(found.column("row").to_numpy(), return_inverse=True, return_counts=True)
    several = counts > 1
    alone = found.filter(pa.array(~several[of_each]))
    of_all = np.zeros(np.count_nonzero(several), np.int8)
    counted = pa.array([f"{count:,} cells" for count in counts[several].tolist()], pa.string())
    cell, code = pa.array([WHOLE_ROW], pa.int32()).take(of_all), pa.array(["many_bad_cells"]).take(of_all)
    whole = pa.table({"row": rows[several], "cell": cell, "text": counted, "code": code})
    return pa.concat_tables([alone, whole])


def rows_set_aside(table: pa.Table, rows: np.ndarray, problems: Problems, hidden: list[int]) -> SetAside | None:
    """Return all cells of the rows that have problems in single cells; blank ones where nothing else stood in a row."""
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
