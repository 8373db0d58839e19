"""Text in columns of fixed width: without a separator, each cell padded with blanks up to the next column."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise

from .separators import NUMBERS, RARE, write_line

LEAST_LINES, LEAST_GAP = 3, 2
HALF = 0.5
CALLING_CODE = re.compile(r"\+\d{1,4}")
"""A cell that must not be separated from the number after it."""


def detect_fixed_width(lines: list[str], separators: tuple[str, ...]) -> tuple[str, Callable[[str], str]] | None:
    """Return the dialect of a file whose first lines all have blanks at the same places: its code, and what rewrites a
    line as CSV. None where a separator leaves phone numbers alone in their cells, or where no column holds any.
    """
    rows = [line.expandtabs() for line in lines if not _is_ruler(line)]
    if len(rows) < LEAST_LINES or not any("  " in row.strip() for row in rows):
        return None
    if any(have_numbers([row.split(separator) for row in rows]) for separator in (*separators, *RARE)):
        return None
    cuts = _find_gaps(rows)
    cells = [_split_at(row, [end for _, end in cuts]) for row in rows]
    begin = [
        all(row[end : end + 1] != " " or not cell[at] for row, cell in zip(rows, cells, strict=True))
        for at, (_, end) in enumerate(cuts, 1)
    ]
    if not cuts or not have_numbers(cells) or any(map(CALLING_CODE.fullmatch, (cell for row in cells for cell in row))):
        return None

    def rewrite(line: str) -> str:
        if _is_ruler(line):
            return ""
        line = line.expandtabs()
        places = [_find_cut(line, start, end, begins) for (start, end), begins in zip(cuts, begin, strict=True)]
        return write_line(_split_at(line, places) if None not in places or not line.strip() else [line])

    return "fixed_width", rewrite


def _is_ruler(line: str) -> bool:
    return "--" in line and not line.strip(" =-")


def have_numbers(rows: list[list[str]]) -> bool:
    """Return whether most rows have a cell of phone numbers beside others."""
    found = sum(1 for row in rows if len(row) > 1 and any(NUMBERS.fullmatch(cell.strip()) for cell in row))
    return found >= HALF * len(rows)


def _find_gaps(rows: list[str]) -> list[tuple[int, int]]:
    """Return the gaps between the columns as (start, end).

    A gap is blank in all rows and has a part of the first row on either side, so that a blank within every number is
    not one.
    """
    width = max(map(len, rows))
    blank = [all(row[at : at + 1] in ("", " ") for row in rows) for at in range(width)]
    edges = [at for at in range(1, width) if blank[at] != blank[at - 1]]
    gaps = [(start, end) for start, end in pairwise(edges) if blank[start]]
    kept: list[tuple[int, int]] = []
    followed_by = [*(start for start, _ in gaps), width][1:]
    for (start, end), following in zip(gaps, followed_by, strict=True):
        head = rows[0].ljust(width)
        named = head[end:following].strip() and head[kept[-1][1] if kept else 0 : start].strip()
        apart = end - start >= LEAST_GAP or _measure_gap(head, start, end) >= LEAST_GAP
        if named and apart:
            kept.append((start, end))
    return kept


def _measure_gap(head: str, start: int, end: int) -> int:
    before, behind = head[:start], head[end:]
    return end - start + len(before) - len(before.rstrip()) + len(behind) - len(behind.lstrip())


def _find_cut(line: str, start: int, end: int, begins: bool) -> int | None:
    """Return where a line is cut in the gap from `start` to `end`; None where that is not clear.

    Words longer than those of the first lines may reach into the gap: from the left, and from the right unless the next
    column `begins` at its end.
    """
    gap = line[start:end]
    words = gap.split()
    from_left = bool(words) and gap[0] != " " and line[start - 1] != " "
    from_right = bool(words) and not begins and gap[-1] != " " and line[end : end + 1].strip() != ""
    if len(words) != from_left + from_right or (" " not in gap and len(line) > end and words):
        return None
    return end - len(words[-1]) if from_right else end


def _split_at(line: str, places: list[int | None]) -> list[str]:
    """Return the cells of a line that is cut at `places`."""
    return [line[start:end].strip() for start, end in pairwise([0, *places, None])]
