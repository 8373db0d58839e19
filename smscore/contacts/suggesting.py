"""What may have been meant by numbers that cannot be texted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.phones import REASON_CODES, get_calling_code, read_numbers

PROBLEMS = pa.schema(
    [("row", pa.int32())] + [(name, pa.string()) for name in ("column", "value", "code", "reason", "suggestion")]
)
_ABOUT_COUNTRY = ("country_contradicted", "not_of_named_country", "country_unclear", "countries_disagree")
_ASKED = pa.array([code for code in REASON_CODES if code not in _ABOUT_COUNTRY])


@dataclass(frozen=True)
class Regions:
    """In which region the number of a row is meant: `home`, but for the rows of the sheet in `rows` (int32, ascending),
    whose own stand beside them in `of_row`."""

    home: str
    rows: np.ndarray = field(default_factory=lambda: np.zeros(0, np.int32))
    of_row: pa.StringArray = field(default_factory=lambda: pa.array([], pa.string()))

    @classmethod
    def join(cls, home: str, parts: Sequence[tuple[np.ndarray, pa.StringArray]]) -> Regions:
        """Join rows and the region of each, "" where it is not known."""
        rows = np.concatenate([np.zeros(0, np.int32), *(rows for rows, _ in parts)]).astype(np.int32)
        of_row = pa.concat_arrays([pa.array([], pa.string()), *(regions for _, regions in parts)])
        order = np.argsort(rows, kind="stable")
        return cls(home, rows[order], of_row.take(pa.array(order)))

    def look_up(self, rows: np.ndarray) -> tuple[pa.StringArray, np.ndarray]:
        """Return the region of each of some rows, and whether the row itself says so (bool)."""
        if not len(self.rows):
            return pa.array([self.home]).take(pa.array(np.zeros(len(rows), np.int8))), np.zeros(len(rows), np.bool_)
        places = np.minimum(np.searchsorted(self.rows, rows), len(self.rows) - 1)
        own = self.of_row.take(pa.array(places))
        said = (self.rows[places] == rows) & pc.not_equal(own, "").to_numpy(zero_copy_only=False)
        return pc.if_else(pa.array(said), own, self.home), said


def add_suggestions(problems: pa.Table, regions: Regions) -> pa.Table:
    """Return the problems, each number with what may have been meant by it, where something is likely.

    A number of a row whose country is known is never taken for one of another country. Slow beside all else (some ten
    thousand distinct cells a second), so only asked for the rows that somebody will see.
    """
    asked = pc.and_(pc.is_in(problems.column("code"), _ASKED), pc.equal(problems.column("suggestion"), ""))
    values = pc.if_else(asked, problems.column("value"), "").combine_chunks()
    of_row, said = regions.look_up(problems.column("row").to_numpy())
    found = problems.column("suggestion").combine_chunks()
    for region in pc.unique(of_row).to_pylist():
        for only in np.unique(said).tolist():
            mine = pc.and_(pc.and_(pc.equal(of_row, region), pa.array(said == only)), asked.combine_chunks())
            if pc.any(mine).as_py():
                found = pc.if_else(mine, _suggest_words(pc.if_else(mine, values, ""), region, only), found)
    return problems.set_column(problems.schema.get_field_index("suggestion"), PROBLEMS.field("suggestion"), found)


def _suggest_words(values: pa.StringArray, region: str, only: bool) -> pa.StringArray:
    distinct = values.dictionary_encode()
    words = read_numbers(distinct.dictionary, region).list_suggestions()
    if only:
        code = f"+{get_calling_code(region)} "
        words = [word if code in word else "" for word in words]
    return pa.array(words, pa.string()).take(distinct.indices)
