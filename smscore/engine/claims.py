"""What one run claims next, how much of it at once, and when: the write-ahead as the engine uses it.

`submitting` is committed as late as possible, after the wait for the account's slot, so that a crash while waiting
leaves nobody in doubt. A small group is claimed ahead of the connections, so that none of them waits for a commit.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from uuid import uuid4

import sqlalchemy as sa

from smscore import store
from smscore.engine.call_pool import CallPool, ReadyCall
from smscore.engine.context import RunControl, SendContext
from smscore.engine.journal import Entry
from smscore.engine.prefetch import Prefetch
from smscore.store import Chunk, Orders, QueuedSpan, Slot

GROUP = 20
"""Most recipients of small calls claimed ahead of the connections: a crash would leave them in doubt."""
GROUP_SECONDS = 0.1
"""At most this much of the account's rate is claimed at once, so that a slow account claims one at a time."""
_NOW = 0.002
"""A slot that is this many seconds away is used at once."""


@dataclass
class ClaimLimits:
    """How much is claimed at once: `group` calls, `quota` recipients. `call_size` is how many recipients the largest
    call of the latest claim had."""

    group: int = 1
    quota: int = 1
    call_size: int = 1

    def set_rate(self, rate: float) -> None:
        """Claim no more than the account may send within a moment; `rate` in messages per second."""
        self.quota = max(1, int(rate * GROUP_SECONDS))
        self.group = min(GROUP, self.quota)


class ChunkClaims:
    """The claims of one run over one chunk.

    exhausted: nobody is left behind the cursor · own_calls: claimed by this run and not recorded · entry: the journal's
    entry of the latest claim, until it is written.
    """

    def __init__(
        self, context: SendContext, chunk: Chunk, orders: Orders, calls: CallPool, control: RunControl, one_by_one: bool
    ) -> None:
        self.context, self.chunk, self.orders = context, chunk, orders
        self.calls, self.control = calls, control
        self.limits = ClaimLimits()
        self.exhausted = False
        self.own_calls: set[str] = set()
        self.entry: Entry | None = None
        self.slot_at = 0.0
        self._slot: Slot | None = None
        self._one_by_one = one_by_one
        self._prefetch = Prefetch(chunk, one_by_one, orders.batch_size)
        self._next: list[QueuedSpan] = []

    @property
    def waits_for_slot(self) -> bool:
        """Whether recipients are chosen and wait until the account's rate lets them leave, at `slot_at`."""
        return self._slot is not None

    def wants_more(self) -> bool:
        """Return whether to claim: a connection is free or soon will be, and somebody may be left."""
        wanted = self.context.share + (self._count_calls_ahead() + 1) // 2
        return not self.exhausted and self.control.may_claim() and self.calls.under_way < wanted

    def _count_calls_ahead(self) -> int:
        """Return how many calls to claim beyond the connections: what they take on within a moment, at most a small
        group, and none while the provider is slow, so that nothing claimed waits for long."""
        if not self.context.call_seconds:
            return 0
        within_moment = int(self.context.share * GROUP_SECONDS / self.context.call_seconds)
        return min(within_moment, max(1, self.limits.group // self.limits.call_size))

    def claim(self, connection: sa.Connection) -> list[ReadyCall] | None:
        """Claim the next recipients, or reserve their slot when the account's rate lets them leave only later.

        None when no claim was tried; [] when it won nobody. The calls must not leave before the commit, nor before
        `entry` is in the journal. Raises StoreError("database_restored"), and then the claim must be rolled back.
        """
        if self._slot is None:
            if not self._reserve_slot(connection):
                return None
        elif time.monotonic() < self.slot_at:
            return None
        self._slot = None
        return self._take(connection)

    def _reserve_slot(self, connection: sa.Connection) -> bool:
        """Choose who is next and reserve their slot; return whether it is now."""
        room = self.context.share + self._count_calls_ahead() - self.calls.under_way
        self._next = self._prefetch.choose_next(connection, max(1, min(self.limits.group, room)), self.limits.quota)
        if not self._next:
            self.exhausted = True
            self.leave()  # the other runs may fill the connections while the last calls of this one end
            return False
        slot = store.reserve_slot(connection, self.orders.account, sum(span.number for span in self._next))
        if slot.wait > _NOW:
            self._slot, self.slot_at = slot, time.monotonic() + slot.wait
            return False
        return True

    def _take(self, connection: sa.Connection) -> list[ReadyCall]:
        # Never twice: a fresh token, so that its call ids are on no row but those that this very UPDATE wins.
        claimed = store.claim(connection, self.chunk, self._next, uuid4().hex, time.time())
        self.own_calls.update(each.call_id for each in claimed)
        self.context.in_flight.add(each.call_id for each in claimed)
        self.entry = self.context.continuity.count(connection, self.orders, claimed)
        return list(zip(claimed, self._prefetch.get_contents(connection, claimed), strict=True))

    def note_commit(self, ready: list[ReadyCall]) -> None:
        """Take note that the latest claim is committed, and which of its calls may leave."""
        self.limits.call_size = max([len(claimed.seqs) for claimed, _ in ready], default=1)
        self.context.runs.add(id(self))

    def pass_over(self) -> None:
        """Go on behind the recipients of the latest claim, which is committed."""
        self._prefetch.pass_over(self._next)

    def forget(self, calls: set[str]) -> None:
        """Take note that these calls are recorded."""
        self.context.in_flight.remove(calls)
        self.own_calls -= calls

    def find_returned(self) -> bool:
        """Return whether recipients before the cursor are queued again, by an answer which proved that nothing left;
        the run then looks from the beginning of its chunk."""
        with self.context.database.reading() as connection:
            found = store.find_next_queued(connection, self.chunk, self.chunk.lo, 1, self._one_by_one, 1)
        if found.spans:
            self._prefetch.start_over()
            self.exhausted = False
        return bool(found.spans)

    def give_back_slot(self, connection: sa.Connection) -> None:
        """Give back a slot that nobody will use."""
        if self._slot is not None:
            store.give_back_slot(connection, self._slot)

    def leave(self) -> None:
        """Leave this run's share of the connections to the others."""
        self.context.runs.discard(id(self))
