"""The report file that the provider's portal exports: message id, number and status per row."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import pyarrow as pa

from smscore.delivery.reading import FIELDS, WORDS, event_of
from smscore.errors import DeskError, RowProblem
from smscore.store import Event


@dataclass(frozen=True)
class PortalFile:
    """Rows of a portal's report: those that say something of a message, and those that do not, with the reason."""

    events: tuple[Event, ...]
    problems: tuple[RowProblem, ...]


def read_portal_file(table: pa.Table, rows: Sequence[int]) -> PortalFile:
    """Read a table of text columns, found by their headers whatever their case and spacing.

    Raises DeskError("no_report_columns") when no column holds message ids or none holds statuses.
    """
    names = {ours: _column(table, spellings) for ours, spellings in FIELDS.items()}
    if not names["message_id"] or not names["status"]:
        raise DeskError("no_report_columns", columns=", ".join(table.column_names[:20]))
    columns = {ours: table.column(name).to_pylist() if name else [""] * table.num_rows for ours, name in names.items()}
    events, problems = [], []
    for row, values in zip(rows, zip(*columns.values(), strict=True), strict=True):
        read = dict(zip(columns, values, strict=True))
        event = event_of("file", **read)
        if event is not None and event.message_id:
            events.append(event)
        else:
            known = re.sub("[^a-z]", "", read["status"].lower()) in WORDS
            column, code = ("message_id", "no_message_id") if known else ("status", "unknown_report_word")
            problems.append(RowProblem(int(row), names[column], read[column], code))
    return PortalFile(tuple(events), tuple(problems))


def _column(table: pa.Table, spellings: Sequence[str]) -> str:
    plain = {re.sub("[^a-z]", "", name.lower()): name for name in reversed(table.column_names)}
    return next((plain[each] for each in spellings if each in plain), "")
