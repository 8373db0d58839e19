"""The calls of one run, made on the connections that all runs of the process share."""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from smscore.engine.context import RunControl, SendContext
from smscore.errors import ProviderError
from smscore.messages import Content, Message
from smscore.provider import Answer, Effect, Fate, Verdict
from smscore.store import Claimed

ReadyCall = tuple[Claimed, Content]
"""A call that is claimed and journalled, with what its recipients will read: it may leave."""

OUR_FAULT = Answer(verdict=Verdict.UNKNOWN, code="our_fault", effect=Effect.PAUSE)
"""An answer that could not be read for a fault of ours: its message may have been sent."""

_ReadAnswer = Callable[[], Answer]


def _return_our_fault() -> Answer:
    return OUR_FAULT


class CallPool:
    """See the module.

    under_way: calls that are claimed and whose answers were not collected · held: no further call begins, because an
    answer that waits to be recorded may pause or slow the campaign.
    """

    def __init__(self, context: SendContext, message: Message, control: RunControl) -> None:
        self.context, self.message, self.control = context, message, control
        self.under_way = 0
        self.held = False
        self._answers: queue.SimpleQueue[tuple[Claimed, _ReadAnswer]] = queue.SimpleQueue()
        self._lock = threading.Lock()
        # The rest is guarded by the lock.
        self._ready: deque[ReadyCall] = deque()
        self._used = self._beginning = 0

    def add(self, calls: Sequence[ReadyCall]) -> None:
        """Add calls that may leave."""
        self.under_way += len(calls)
        with self._lock:
            self._ready.extend(calls)

    def begin_calls(self) -> None:
        """Let calls begin on free connections, within the run's share of them."""
        with self._lock:
            free = not self.control.halted and not self.held
            while free and len(self._ready) > self._beginning and self._used < self.context.share:
                self._used, self._beginning = self._used + 1, self._beginning + 1
                self.context.pool.submit(self._use_connection)

    def take_back(self) -> list[Claimed]:
        """Return the claims that no connection has taken, which are not made any more."""
        with self._lock:
            back = [claimed for claimed, _ in self._ready]
            self._ready.clear()
        self.under_way -= len(back)
        return back

    def collect(self, patience: float) -> Iterator[tuple[Claimed, Answer]]:
        """Yield the answers that have come, after waiting up to `patience` seconds for the first."""
        try:
            came = self._answers.get(timeout=patience) if patience else self._answers.get_nowait()
            while True:
                yield self._read(*came)
                came = self._answers.get_nowait()
        except queue.Empty:
            return

    def _read(self, claimed: Claimed, read: _ReadAnswer) -> tuple[Claimed, Answer]:
        # Read here, while the connection that brought it makes the next call already. What cannot be read may have been
        # sent: whatever the fault is, its people are unknown, and the run goes on to record that.
        try:
            answer = read()
        except Exception:
            answer = OUR_FAULT
        # Else calls that are claimed already would leave while this answer waits to be recorded.
        self.held |= answer.effect in (Effect.SLOW_DOWN, Effect.PAUSE)
        self.under_way -= 1
        return claimed, answer

    def _use_connection(self) -> None:
        """Make one call after the other for as long as the run has any and keeps to its share."""
        with self._lock:
            self._beginning -= 1
        try:
            while (call := self._take_next_call()) is not None:
                self._make_call(*call)
        except BaseException:
            with self._lock:
                self._used -= 1
            raise

    def _take_next_call(self) -> ReadyCall | None:
        with self._lock:
            over = self.control.halted or self.context.stopping.is_set() or self._used > self.context.share
            if over or self.held or not self._ready:
                self._used -= 1
                return None
            return self._ready.popleft()

    def _make_call(self, claimed: Claimed, content: Content) -> None:
        # Until the provider's client has spoken, what left is not known: a fault of ours must not look like an answer.
        read: _ReadAnswer = _return_our_fault
        begun = time.monotonic()
        try:
            read = self.context.provider.ask(self.message, content, claimed.msisdns)
        except ProviderError as fault:
            read = partial(Answer, Verdict.NOT_SENT, fault.code, Effect.PAUSE, rest=Fate.QUEUED)
        finally:
            self.context.call_seconds = time.monotonic() - begun
            self._answers.put((claimed, read))
