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
from smscore.store import Chunk, Claimed, QueuedSpan

READ = 1000
"""Queued recipients read in one query."""


class Prefetch:
    """The queued recipients of one chunk as spans of equal content, and what they will read."""

    def __init__(self, chunk: Chunk, one_by_one: bool, batch_size: int) -> None:
        self.chunk, self.one_by_one, self.batch_size = chunk, one_by_one, batch_size
        self._spans: deque[QueuedSpan] = deque()
        self._contents: dict[int, Content] = {}
        self._cursor = chunk.lo

    def choose_next(self, connection: sa.Connection, calls: int, recipients: int) -> list[QueuedSpan]:
        """Return the spans to claim next, at most `calls` of them: the first whole, more while all together are at
        most `recipients`; [] at the end.

        The same spans come again until they are passed over.
        """
        if not self._spans:
            self._read(connection)
        chosen: list[QueuedSpan] = []
        count = 0
        for span in islice(self._spans, calls):
            # The first is never cut to the rate: that would make more calls than the operator was shown. The gate
            # spaces large calls further apart.
            if chosen and count + span.number > recipients:
                break
            chosen.append(span)
            count += span.number
        return chosen

    def pass_over(self, spans: Sequence[QueuedSpan]) -> None:
        """Take note that a claim of these spans, the first that `choose_next` gave, is committed."""
        for _ in spans:
            self._spans.popleft()

    def start_over(self) -> None:
        """Look from the beginning of the chunk: recipients that were passed are queued again."""
        self._spans.clear()
        self._cursor = self.chunk.lo

    def get_contents(self, connection: sa.Connection, claimed: Sequence[Claimed]) -> list[Content]:
        """Return what the recipients of each call will read."""
        self._read_contents(connection, {each.content_no for each in claimed})
        return [self._contents[each.content_no] for each in claimed]

    def _read(self, connection: sa.Connection) -> None:
        limit = max(READ, 2 * self.batch_size)
        found = store.find_next_queued(connection, self.chunk, self._cursor, limit, self.one_by_one, self.batch_size)
        spans = list(found.spans)
        if found.number == limit and len(spans) > 1 and spans[-1].number < self.batch_size:
            spans.pop()  # it may go on behind what was read
        if spans:
            self._spans.extend(spans)
            self._cursor = spans[-1].last + 1
            numbers = {span.content_no for span in spans}
            self._contents = {no: content for no, content in self._contents.items() if no in numbers}
            self._read_contents(connection, numbers)

    def _read_contents(self, connection: sa.Connection, numbers: set[int]) -> None:
        missing = numbers - self._contents.keys()
        if missing:
            texts = store.read_contents(connection, self.chunk.campaign_id, tuple(missing))
            self._contents |= {no: read_content(*text) for no, text in texts.items()}


def read_content(text: str, variables: str) -> Content:
    """Return what is sent, from a text and a JSON list of values as the store keeps them."""
    return Content(text, tuple(json.loads(variables)))
