"""Tables that people read: the problems of a sheet, and the columns of a delivery report."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from smscore.errors import explain

if TYPE_CHECKING:  # pandas loads with the first frame: files are written without it
    import pandas as pd

DELIVERY_COLUMNS = ("row", "phone", "status", "reason", "message_id", "segments", "submitted_at", "updated_at")
"""What a delivery report tells of each recipient, before the sheet's own columns."""


def report_columns(own: Iterable[str]) -> tuple[str, ...]:
    """The header of a delivery report: ours, then the sheet's `own` columns, told apart where the names are the same.

    An own column "status" becomes "status (as written)", so that no name stands twice.
    """
    names = list(DELIVERY_COLUMNS)
    for name in own:
        names.append(_free_name(name, names))
    return tuple(names)


def _free_name(name: str, taken: list[str]) -> str:
    free, count = name, 1
    while free in taken:
        free = f"{name} (as written)" if count == 1 else f"{name} (as written {count})"
        count += 1
    return free


def problem_frame(problems: pa.Table) -> pd.DataFrame:
    """A table of problems (row, column, value, code, reason, suggestion) as people read it.

    Columns: row, column, value, reason, what to do, suggestion; one line per problem, in the same order. `row` is an
    integer when the table's is; all else is text.
    """
    codes = problems.column("code").combine_chunks().dictionary_encode()
    steps = pa.array([explain(code).next_step for code in codes.dictionary.to_pylist()], pa.string())
    shown = problems.select(["row", "column", "value", "reason"])
    shown = shown.append_column("what to do", pc.take(steps, codes.indices))
    return shown.append_column("suggestion", problems.column("suggestion")).to_pandas()


def reason_frame(problems: pa.Table) -> pd.DataFrame:
    """How often each reason occurs: code, rows, reason, what to do; the most frequent first."""
    counted = problems.group_by("code").aggregate([([], "count_all")]).to_pandas()
    counted = counted.rename(columns={"count_all": "rows"}).sort_values(["rows", "code"], ascending=[False, True])
    said = [explain(code) for code in counted["code"]]
    counted["reason"] = [explanation.sentence for explanation in said]
    counted["what to do"] = [explanation.next_step for explanation in said]
    return counted[["code", "rows", "reason", "what to do"]].reset_index(drop=True)
