"""What the sandbox remembers, within bounds: how often each number would have been texted, and the last requests."""

from __future__ import annotations

import threading
import time
from collections import Counter, OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass

MOST_NUMBERS = 500_000
LAST_REQUESTS = 100
LONGEST_SHOWN = 64 * 1024


@dataclass(frozen=True)
class Seen:
    """One request as it came: Unix seconds, path, body (cut at 64 KiB; never the key), and what it came to."""

    at: float
    path: str
    body: str
    outcome: str


@dataclass(frozen=True)
class Truth:
    """The count: calls made, messages that would have been sent, number → times, and numbers no longer remembered."""

    calls: int
    messages: int
    recipients: dict[str, int]
    forgotten: int

    @property
    def twice(self) -> dict[str, int]:
        """The numbers that would have been texted more than once."""
        return {number: times for number, times in self.recipients.items() if times > 1}


class Ledger:
    """Thread-safe. Beyond half a million numbers the oldest are forgotten, and counted as such."""

    def __init__(self, most: int = MOST_NUMBERS) -> None:
        self._lock = threading.Lock()
        self._most = most
        self._times: OrderedDict[str, int] = OrderedDict()
        self._last: deque[Seen] = deque(maxlen=LAST_REQUESTS)
        self._slowed: Counter[str] = Counter()
        self._calls = self._messages = self._forgotten = 0

    def see(self, path: str, body: bytes, outcome: str) -> None:
        """Remember a request and what it came to."""
        shown = body[:LONGEST_SHOWN].decode("utf-8", "replace")
        with self._lock:
            self._calls += 1
            self._last.append(Seen(time.time(), path, shown, outcome))

    def take(self, numbers: Iterable[str]) -> None:
        """Count numbers as texted."""
        with self._lock:
            for number in numbers:
                self._times[number] = self._times.get(number, 0) + 1
                self._messages += 1
            while len(self._times) > self._most:
                self._times.popitem(last=False)
                self._forgotten += 1

    def is_first_time(self, number: str) -> bool:
        """Return True once for each number, for the fault that happens only once."""
        with self._lock:
            if len(self._slowed) > LAST_REQUESTS * 100:
                self._slowed.clear()
            self._slowed[number] += 1
            return self._slowed[number] == 1

    def truth(self) -> Truth:
        """Return the count as it stands."""
        with self._lock:
            return Truth(self._calls, self._messages, dict(self._times), self._forgotten)

    def last(self) -> tuple[Seen, ...]:
        """Return the last hundred requests, the newest last."""
        with self._lock:
            return tuple(self._last)

    def clear(self) -> None:
        """Forget everything."""
        with self._lock:
            self._times.clear()
            self._last.clear()
            self._slowed.clear()
            self._calls = self._messages = self._forgotten = 0
