"""Cells that the operator corrected, put into the sheet before it is read again."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.errors import Notice
from smscore.sheets import Sheet

from .audience import Choice
from .rejoining import put_cells, rejoin

SHOWN = 5
EMPTY = '""'
"""What an operator writes to empty a cell, because a blank correction is none."""
_SUGGESTED = re.compile(r"(?:looks like|missing leading \+[0-9]*\?|digits before it\?) (\+[0-9][0-9 ().\-/]*)")


class _Correction(NamedTuple):
    place: int
    value: str


def correct_sheet(sheet: Sheet, choice: Choice) -> pa.Table:
    """Return the sheet's table with the corrections of `choice`, to download: the same columns, in the file's order.

    Rows that could not be read as a whole (`sheet.problems`) are in it once they are corrected; until then the list of
    problems names them. Hidden rows are in it only where `choice` includes them: nothing in the new file would hide
    them, and uploaded again it would text people whom a filter had left out.
    """
    whole = apply_corrections(sheet, choice.corrections)
    return whole.table if choice.include_hidden else whole.table.filter(pc.invert(whole.hidden))


def apply_corrections(sheet: Sheet, corrections: Mapping[tuple[int, str], str]) -> Sheet:
    """Return the sheet with other words in some cells, and with the rows that these words correct.

    A warning names corrections of no cell that it has: of a row that cannot be corrected here, or of an earlier file.
    A suggestion taken as it stands becomes the number in it; `""` leaves a cell empty.
    """
    if not corrections:
        return sheet
    sheet, heard = rejoin(sheet, corrections)
    by_column: dict[str, list[_Correction]] = defaultdict(list)
    unused = []
    for (row, column), value in corrections.items():
        place = _find_place(sheet, row, column)
        if place is not None:
            by_column[column].append(_Correction(place, read_correction(value)))
        elif (row, column) not in heard:
            unused.append((row, column))
    return replace(
        sheet, table=_replace_cells(sheet.table, by_column), warnings=(*sheet.warnings, *_warn_of_unused(unused))
    )


def _find_place(sheet: Sheet, row: int, column: str) -> int | None:
    rows = sheet.rows.to_numpy()
    place = int(np.searchsorted(rows, row))
    known = column in sheet.table.column_names and place < len(rows) and rows[place] == row
    return place if known else None


def read_correction(value: str) -> str:
    """Return what a cell says after a correction.

    A suggestion taken as it stands is the number in it; `""` is nothing.
    """
    if value == EMPTY:
        return ""
    suggestion = _SUGGESTED.fullmatch(value)
    return suggestion[1] if suggestion else value


def _warn_of_unused(cells: list[tuple[int, str]]) -> list[Notice]:
    if not cells:
        return []
    shown = "; ".join(f"row {row}, {column[:40]}" for row, column in sorted(cells)[:SHOWN])
    shown += " …" if len(cells) > SHOWN else ""
    return [Notice("corrections_unused", {"count": len(cells), "cells": shown})]


def _replace_cells(table: pa.Table, by_column: Mapping[str, list[_Correction]]) -> pa.Table:
    for column, cells in by_column.items():
        position = table.column_names.index(column)
        table = table.set_column(
            position, table.field(position), put_cells(table.column(position), sorted(cells), taking=1)
        )
    return table
