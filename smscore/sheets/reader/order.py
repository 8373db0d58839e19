"""What the parent asks of its child: the one message that both sides know by this class."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Order:
    """The size of the file, the sheet and the codec that were chosen, and the limits in bytes and seconds.

    `doubted`: the text is not wholly in the encoding that its beginning suggests; `careful`: the fast way failed, so
    that all of the file must be read by the exact rules.
    """

    size: int
    sheet: str | None
    memory: int
    answer: int
    cpu_seconds: int
    max_columns: int
    max_rows: int
    encoding: str | None = None
    doubted: bool = False
    careful: bool = False
