"""Cells that cannot be used, within bounds: a formula that fails in every row must not fill the memory."""

from __future__ import annotations

from collections import Counter

MOST_LISTED = 1_000_000
WHOLE_ROW = -1
"""The position of a problem that stands for all cells of its row."""

BadCell = tuple[int, int, str, str]
"""Row, position of the column, what is shown of the cell, the reason's code."""


def listed(cells: list[BadCell], most: int = MOST_LISTED) -> list[BadCell]:
    """The same cells, but where they are more than `most`, those of a row with several as one problem of that row."""
    if len(cells) <= most:
        return cells
    counts = Counter(row for row, *_ in cells)
    alone = [cell for cell in cells if counts[cell[0]] == 1]
    several = [(row, count) for row, count in counts.items() if count > 1]
    return alone + [(row, WHOLE_ROW, f"{count:,} cells", "many_bad_cells") for row, count in several]
