"""Numbers typed or pasted by hand, read as a sheet of one column."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa

from smscore.sheets import Problems, Sheet

from .audience import Audience, Choice
from .building import build_audience

NAME = "Typed numbers"


def typed_audience(text: str, region: str = "IN", opted_out: np.ndarray | None = None) -> Audience:
    """Numbers written one a line, or several a line between commas, semicolons, tabs or bars, as an audience.

    Rows are the lines, from 1; when a line holds several numbers, rows count the numbers instead. Blank lines are
    no rows. The column is called "phone". Raises SheetError("unknown_region").
    """
    rows, cells = _cells(text)
    table = pa.table({"phone": pa.array(cells, pa.string())})
    hidden = pa.array(np.zeros(len(cells), np.bool_))
    sheet = Sheet(NAME, table, pa.array(rows, pa.int32()), hidden, Problems.of(()), 0, ())
    return build_audience(sheet, Choice(("phone",), region, several="all"), opted_out)


def _cells(text: str) -> tuple[list[int], list[str]]:
    lines = [[cell for cell in re.split(r"[,;\t|]", line) if cell.strip()] for line in text.splitlines()]
    cells = [cell.strip() for line in lines for cell in line]
    if all(len(line) <= 1 for line in lines):
        return [number for number, line in enumerate(lines, 1) if line], cells
    return list(range(1, len(cells) + 1)), cells
