"""Rows that cannot be texted, as one table: where, what, why, and what may have been meant."""

from __future__ import annotations

from functools import cache
from string import Formatter

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.errors import SENTENCES, explain
from smscore.phones import REASON_CODES
from smscore.sheets import Problems, Sheet

from .countries import Evidence
from .reading import RefusedRows, take_rows
from .suggesting import PROBLEMS, Regions, add_suggestions

SUGGESTED_ROWS = 1_000
"""Problems that carry their suggestion at once; `Audience.rejected` has it for all."""


def build_problem_table(
    sheet: Sheet, phone: str, regions: Regions, hidden: np.ndarray, refused: tuple[RefusedRows, ...]
) -> pa.Table:
    """Return all problems of a sheet in row order.

    These are rows it could not read, rows it hides (positions `hidden`, named by the column `phone`), and rows whose
    number cannot be texted. `regions` says in which country each is meant.
    """
    parts = [
        _convert_sheet_problems(sheet.problems),
        _build_hidden_problems(sheet, phone, hidden),
        *(_build_number_problems(sheet, one) for one in refused),
    ]
    table = pa.concat_tables(parts)
    table = table if table.num_rows < 2 else table.take(pc.sort_indices(table.column("row")))
    shown = add_suggestions(table.slice(0, SUGGESTED_ROWS), regions)
    return pa.concat_tables([shown, table.slice(SUGGESTED_ROWS)])


def _convert_sheet_problems(problems: Problems) -> pa.Table:
    table = problems.table.append_column("reason", problems.build_reasons())
    return table.select(PROBLEMS.names).cast(PROBLEMS)


def _build_hidden_problems(sheet: Sheet, phone: str, places: np.ndarray) -> pa.Table:
    return _build_table(sheet, phone, places, pa.array(["hidden_row"]).take(pa.array(np.zeros(len(places), np.int8))))


def _build_number_problems(sheet: Sheet, part: RefusedRows) -> pa.Table:
    codes = pa.array(REASON_CODES, pa.string()).take(pa.array(part.reason))
    table = _build_table(sheet, part.column, part.places, codes)
    if part.evidence is None or not len(part.places):
        return table
    if part.reason[0] in _OF_COUNTRY:
        table = _move_to_country(table, part, part.evidence)
    reasons = _explain_with_country(table, part, part.evidence)
    return table.set_column(PROBLEMS.get_field_index("reason"), PROBLEMS.field("reason"), reasons)


_OF_COUNTRY = [REASON_CODES.index(code) for code in ("country_unclear", "countries_disagree")]


def _move_to_country(table: pa.Table, part: RefusedRows, evidence: Evidence) -> pa.Table:
    """Return the problems moved to the cell that says in which country the number is: that one must be corrected."""
    cells = [evidence.cell(place) for place in part.places.tolist()]
    for name, values in zip(("column", "value"), zip(*cells, strict=True), strict=True):
        table = table.set_column(PROBLEMS.get_field_index(name), PROBLEMS.field(name), pa.array(values, pa.string()))
    return table


def _explain_with_country(table: pa.Table, part: RefusedRows, evidence: Evidence) -> pa.Array:
    """Return the reason of each row with the country as which its number was read, and what says so.

    Rows of one reason and one country share a sentence, which is put into words once.
    """
    places = part.places
    facts = pa.table(
        {
            "code": table.column("code"),
            "reason": table.column("reason"),
            "said": evidence.explain_places(places),
            "country": evidence.names(places),
            "written": pa.array(part.written),
        }
    )
    distinct = facts.group_by(facts.column_names, use_threads=False).aggregate([])
    words = [_build_sentence(**fact) for fact in distinct.to_pylist()]
    place = facts.append_column("place", pa.array(np.arange(len(places))))
    joined = place.join(distinct.append_column("words", pa.array(words, pa.string())), facts.column_names)
    return joined.sort_by("place").column("words").combine_chunks()


def _build_sentence(code: str, reason: str, said: str, country: str, written: int) -> str:
    if not said:
        return reason
    if code in _SAYS_COUNTRY:
        return explain(code, said=said, country=country, written=f"+{written}").sentence
    return f"{reason} {explain('read_as_country', said=said, country=country).sentence}"


_SAYS_COUNTRY = ("country_contradicted", "not_of_named_country", "country_unclear", "countries_disagree")


def _build_table(sheet: Sheet, column: str, places: np.ndarray, codes: pa.Array) -> pa.Table:
    same = pa.array(np.zeros(len(places), np.int8))
    rows = pa.array(sheet.rows.to_numpy()[places], pa.int32())
    values = take_rows(sheet.table.select([column]), places).column(0)
    columns, nothing = pa.array([column]).take(same), pa.array([""]).take(same)
    return pa.table(
        [rows, columns, values, codes, explain_codes(codes, rows, columns, values), nothing], schema=PROBLEMS
    )


def explain_codes(codes: pa.Array, rows: pa.Array, columns: pa.Array, values: pa.Array) -> pa.Array:
    """Return the reason of each row as a sentence, with its own row, column and value where the sentence names them."""
    if not any(_list_facts(code) for code in pc.unique(codes).to_pylist()):
        distinct = codes.dictionary_encode()
        said = pa.array(
            ["" if code in _SAYS_COUNTRY else explain(code).sentence for code in distinct.dictionary.to_pylist()],
            pa.string(),
        )
        return said.take(distinct.indices)
    lines = zip(codes.to_pylist(), rows.to_pylist(), columns.to_pylist(), values.to_pylist(), strict=True)
    said = [explain(code, row=row, column=column, value=value).sentence for code, row, column, value in lines]
    return pa.array(said, pa.string())


@cache
def _list_facts(code: str) -> list[str]:
    sentence = SENTENCES[code][0] if code in SENTENCES and code not in _SAYS_COUNTRY else ""
    return [name for _, name, _, _ in Formatter().parse(sentence) if name]
