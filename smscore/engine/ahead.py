"""What a run of a chunk will claim next, read a thousand recipients at a time instead of at every claim.

It is a hint and no more: the claim itself asks again who is still queued, so what is read here may be out of date.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Sequence
from itertools import islice

import sqlalchemy as sa

from smscore import store
from smscore.messages import Content
from smscore.store import Chunk, Claimed

READ = 1000
"""Queued recipients read in one query."""

Run = tuple[int, int, int, int]
"""Neighbours of equal content: `(content_no, first_seq, last_seq, count)`."""


class Ahead:
    """The queued recipients of one chunk as runs of equal content, and what they will read."""

    def __init__(self, chunk: Chunk, alone: bool, batch_size: int) -> None:
        self.chunk, self.alone, self.batch_size = chunk, alone, batch_size
        self._runs: deque[Run] = deque()
        self._contents: dict[int, Content] = {}
        self._cursor = chunk.lo

    def next(self, connection: sa.Connection, calls: int, recipients: int) -> list[Run]:
        """The runs to claim next, at most `calls` of them: the first whole, more while all together are at most
        `recipients`; [] at the end.

        The same runs come again until they are `passed`.
        """
        if not self._runs:
            self._read(connection)
        taken, count = [], 0
        for run in islice(self._runs, calls):
            if taken and count + run[3] > recipients:
                break
            taken.append(run)
            count += run[3]
        return taken

    def passed(self, runs: Sequence[Run]) -> None:
        """A claim of these runs, the first that `next` gave, is committed."""
        for _ in runs:
            self._runs.popleft()

    def start_over(self) -> None:
        """Recipients that were passed are queued again: look from the beginning of the chunk."""
        self._runs.clear()
        self._cursor = self.chunk.lo

    def contents(self, connection: sa.Connection, claimed: Sequence[Claimed]) -> list[Content]:
        """What the recipients of each call will read."""
        self._know(connection, {each.content_no for each in claimed})
        return [self._contents[each.content_no] for each in claimed]

    def _read(self, connection: sa.Connection) -> None:
        limit = max(READ, 2 * self.batch_size)
        found = store.next_queued(connection, self.chunk, self._cursor, limit, self.alone, self.batch_size)
        runs = list(found.runs)
        if found.count == limit and len(runs) > 1 and runs[-1][3] < self.batch_size:
            runs.pop()  # it may go on behind what was read
        if runs:
            self._runs.extend(runs)
            self._cursor = runs[-1][2] + 1
            numbers = {run[0] for run in runs}
            self._contents = {no: content for no, content in self._contents.items() if no in numbers}
            self._know(connection, numbers)

    def _know(self, connection: sa.Connection, numbers: set[int]) -> None:
        missing = numbers - self._contents.keys()
        if missing:
            texts = store.contents(connection, self.chunk.campaign_id, tuple(missing))
            self._contents |= {no: content_of(*text) for no, text in texts.items()}


def content_of(text: str, variables: str) -> Content:
    """What the store keeps of a content as what is sent."""
    return Content(text, tuple(json.loads(variables)))
