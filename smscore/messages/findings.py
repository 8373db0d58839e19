"""Rows that would read wrong: found column by column, listed one line a row, each with its sentence."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.dlt import Variable, find_too_long, find_wrong_form, variables
from smscore.dlt.tags import RULES
from smscore.errors import Notice, explain
from smscore.messages.filling import Columns
from smscore.messages.kinds import TextRole
from smscore.messages.message import Message
from smscore.messages.placeholders import list_names, parse
from smscore.messages.segments import LARGEST, Counts

PROBLEMS = pa.schema(
    [("row", pa.int32())] + [(name, pa.string()) for name in ("column", "value", "code", "reason", "suggestion")]
)
_LINK = r"^(?i:https?)://[^ \t\r\n\f\v]+$"


@dataclass(frozen=True)
class Finding:
    """One fault found in a whole column: which rows have it, the column and values to show, and its code and facts."""

    bad: np.ndarray
    column: str
    values: pa.Array
    code: str
    facts: Mapping[str, object] = field(default_factory=dict)
    suggestion: str = ""


def find_blanks(columns: Columns) -> Iterator[Finding]:
    """Find rows that leave a placeholder blank for which there is no default."""
    # A problem and not an empty text: a hole in a sentence cannot be called back once it is sent.
    for placeholder, filled in columns.filled.items():
        if filled.required and filled.blank.any():
            hint = f"{{{placeholder.name}|…}}"
            yield Finding(filled.blank, filled.column, filled.written, "missing_value", {}, hint)


def find_bad_values(message: Message, values: Sequence[pa.Array]) -> Iterator[Finding]:
    """Find rows with a value that the registered body's variable does not take."""
    for place, variable in enumerate(_list_variables(message, values)):
        column, code = name_slot_column(message, place), RULES[variable.kind].code
        facts = {"tag": variable.tag, "limit": variable.limit}
        yield Finding(find_too_long(variable, values[place]), column, values[place], "value_too_long", facts)
        yield Finding(find_wrong_form(variable, values[place]), column, values[place], code, facts)


def find_long_values(message: Message, values: Sequence[pa.Array]) -> Iterator[Notice]:
    """Find values that some operators take and others refuse for their length."""
    for place, variable in enumerate(_list_variables(message, values)):
        if variable.safe == variable.limit:
            continue
        rows = int(np.count_nonzero(find_too_long(variable, values[place], safe=True)))
        if rows:
            facts = {
                "rows": rows,
                "tag": variable.tag,
                "limit": variable.safe,
                "column": name_slot_column(message, place),
            }
            yield Notice("value_long_for_some", facts)


def _list_variables(message: Message, values: Sequence[pa.Array]) -> Sequence[Variable]:
    return variables(message.text)[: len(values)] if message.registered else ()


def name_slot_column(message: Message, place: int) -> str:
    """Return the column a slot is filled from; the whole pattern when it is not one column alone."""
    pattern = message.slots[place].pattern
    found = list_names(parse(pattern))
    return found[0] if len(found) == 1 else pattern


def find_bad_texts(message: Message, texts: pa.Array, counts: Counts) -> Iterator[Finding]:
    """Find rows whose whole text cannot be sent: blank, or longer than any message may be."""
    if message.spec.text is TextRole.PREVIEW or message.body_unknown:
        return
    if not message.media_only:
        blank = pc.equal(pc.utf8_trim_whitespace(texts), "").to_numpy(zero_copy_only=False)
        yield Finding(blank, "", texts, "text_blank")
    if message.spec.text_limit is None:
        yield Finding(counts.segments > LARGEST, "", texts, "text_too_long", {"limit": LARGEST})
    else:
        yield _find_longer(texts, message.spec.text_limit, "", "whatsapp_text_long")


def find_bad_places(message: Message, values: Sequence[pa.Array]) -> Iterator[Finding]:
    """Find rows whose value does not fit its place: a link that is none, a caption or title too long."""
    for number, slot in enumerate(message.slots):
        place = message.spec.places.get(slot.place)
        if place is None:
            continue
        column, value = name_slot_column(message, number), values[number]
        if place.web_address:
            yield Finding(~_find_matches(value, _LINK), column, value, "value_not_web_address")
        if place.longest is not None:
            yield _find_longer(value, place.longest, column, place.too_long)


def _find_matches(values: pa.Array, pattern: str) -> np.ndarray:
    return pc.match_substring_regex(values, pattern).to_numpy(zero_copy_only=False)


def _find_longer(values: pa.Array, limit: int, column: str, code: str) -> Finding:
    bad = pc.greater(pc.utf8_length(values), limit).to_numpy(zero_copy_only=False)
    return Finding(bad, column, values, code, {"limit": limit})


def list_first_problems(rows: pa.Array, findings: Sequence[Finding]) -> tuple[pa.Table, np.ndarray]:
    """Return the problems of a table by row, the first one of each row, and which rows have none."""
    kept = np.ones(len(rows), bool)
    places, tables = [], []
    for finding in findings:
        new = np.flatnonzero(finding.bad & kept)
        kept[new] = False
        if len(new):
            places.append(new)
            tables.append(_build_lines(rows, finding, new))
    if not tables:
        return PROBLEMS.empty_table(), kept
    order = np.argsort(np.concatenate(places), kind="stable")
    return pa.concat_tables(tables).take(pa.array(order)), kept


def _build_lines(rows: pa.Array, finding: Finding, places: np.ndarray) -> pa.Table:
    reason = explain(finding.code, column=finding.column, **finding.facts).sentence
    same = [finding.column, finding.code, reason, finding.suggestion]
    column, code, reasons, suggestion = (pa.repeat(pa.scalar(text), len(places)) for text in same)
    at = pa.array(places)
    value = finding.values.take(at).cast(pa.string())
    return pa.Table.from_arrays([rows.take(at), column, value, code, reasons, suggestion], schema=PROBLEMS)
