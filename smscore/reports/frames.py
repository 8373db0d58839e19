"""Tables that people read: the problems of a sheet, and the columns of a delivery report."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import tzinfo
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from smscore.campaigns import REPORT_COLUMNS, ReportColumn, Shown
from smscore.errors import explain
from smscore.tables import find_free_name

if TYPE_CHECKING:  # pandas loads with the first frame: files are written without it
    import pandas as pd

Way = Callable[[pa.Table, ReportColumn, tzinfo], pa.Array | pa.ChunkedArray]
"""Shows one column of the stored results; times are in the zone."""
OWN = "own:"
"""Stands before the names of the sheet's own columns in the stored results."""


def build_report(stored: pa.Table, zone: tzinfo) -> pa.Table:
    """Return stored results as a delivery report: `REPORT_COLUMNS` as people read them, then the sheet's own columns.

    `stored` has `words`, the columns of `REPORT_COLUMNS`, and the sheet's own named `own:…`; others are left out.
    """
    own = [name for name in stored.column_names if name.startswith(OWN)]
    shown = [WAYS[column.shown](stored, column, zone) for column in REPORT_COLUMNS]
    names = name_columns(name.removeprefix(OWN) for name in own)
    return pa.table([*shown, *map(stored.column, own)], names=list(names))


def _show_as_stored(stored: pa.Table, column: ReportColumn, _zone: tzinfo) -> pa.ChunkedArray:
    return stored.column(column.name)


def _show_text(stored: pa.Table, column: ReportColumn, _zone: tzinfo) -> pa.ChunkedArray:
    return pc.fill_null(stored.column(column.name), "")


def _show_reason(stored: pa.Table, column: ReportColumn, _zone: tzinfo) -> pa.Array:
    # Few reasons fill many rows: each pair of code and words becomes a sentence once.
    pairs = list(zip(stored.column(column.name).to_pylist(), stored.column("words").to_pylist(), strict=True))
    sentences = {pair: explain_reason(*pair) for pair in set(pairs)}
    return pa.array([sentences[pair] for pair in pairs], pa.string())


def _show_moment(stored: pa.Table, column: ReportColumn, zone: tzinfo) -> pa.Array:
    return format_moments(stored.column(column.name), zone)


WAYS: Mapping[Shown, Way] = {
    Shown.AS_STORED: _show_as_stored,
    Shown.TEXT: _show_text,
    Shown.PHONE: _show_as_stored,
    Shown.REASON: _show_reason,
    Shown.MOMENT: _show_moment,
}


def format_moments(seconds: pa.ChunkedArray, zone: tzinfo) -> pa.Array:
    """Return seconds since 1970 as `2026-03-04 14:05:06+05:30` in `zone`; "" for null."""
    import pandas as pd

    times = pd.to_datetime(pd.Series(seconds.to_numpy()), unit="s", utc=True).dt.tz_convert(zone)
    text = times.dt.strftime("%Y-%m-%d %H:%M:%S%z").fillna("")
    return pa.array([f"{each[:-2]}:{each[-2:]}" if each else "" for each in text], pa.string())


def explain_reason(code: str, words: str) -> str:
    """Return why a recipient has its status: a sentence of ours, then the provider's words in quotes.

    A reason that came with a delivery report is the provider's own and is shown as it is.
    """
    if not code:
        return f"“{words}”" if words else ""
    said = explain(code, words=words, note=words).sentence
    if said.startswith("Something went wrong"):
        return code
    return f"{said} “{words}”" if words and words not in said else said


def name_columns(own: Iterable[str]) -> tuple[str, ...]:
    """Return the header of a delivery report: ours, then the sheet's `own` columns, renamed where a name is taken.

    An own column "status" becomes "status (as written)", so that no name stands twice.
    """
    names = [column.name for column in REPORT_COLUMNS]
    for name in own:
        names.append(find_free_name(name, names))
    return tuple(names)


def problem_frame(problems: pd.DataFrame) -> pd.DataFrame:
    """Return problems (`Audience.problems`) as people read them, one line each, in the same order.

    Columns: row int32, then column, value, reason, what to do and suggestion, all str; the index counts from 0.
    """
    steps = {code: explain(code).next_step for code in problems["code"].unique()}
    shown = problems[["column", "value", "reason"]].reset_index()
    shown["what to do"] = problems["code"].map(steps).astype("str").array
    shown["suggestion"] = problems["suggestion"].array
    return shown


def reason_frame(problems: pd.DataFrame) -> pd.DataFrame:
    """Count how often each reason occurs: code, rows, reason, what to do; the most frequent first.

    `rows` is int64, all else str.
    """
    counted = problems["code"].value_counts().rename_axis("code").reset_index(name="rows")
    counted = counted.sort_values(["rows", "code"], ascending=[False, True], ignore_index=True)
    said = [explain(code) for code in counted["code"]]
    counted["reason"] = [explanation.sentence for explanation in said]
    counted["what to do"] = [explanation.next_step for explanation in said]
    return counted.astype({"reason": "str", "what to do": "str"})
