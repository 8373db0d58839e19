"""How a column of the sheet is called in a table that has a column of that name already."""

from __future__ import annotations

from collections.abc import Collection

AS_WRITTEN = " (as written)"


def find_free_name(name: str, taken: Collection[str]) -> str:
    """Return `name`, with " (as written)" behind it as often as it takes to be none of `taken`."""
    while name in taken:
        name += AS_WRITTEN
    return name
