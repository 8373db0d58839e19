"""What the runs of one process share: the provider, a pool of connections, the calls under way, the sign to stop."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import UTC, datetime

from smscore import store
from smscore.engine.continuity import Continuity
from smscore.provider import Provider
from smscore.store import Database, Orders


@dataclass(frozen=True)
class Ending:
    """How a run of a chunk ended: `done`, `stopped` (paused, cancelled, another run), `closed` (outside the campaign's
    hours), or `again` after `delay` seconds because recipients are left."""

    word: str
    delay: float = 0.0


class InFlight:
    """The ids of the calls that this process is making, so that a second run of a chunk leaves them alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: set[str] = set()

    def add(self, calls: Iterable[str]) -> None:
        """These calls are claimed and may be made now."""
        with self._lock:
            self._calls.update(calls)

    def remove(self, calls: Iterable[str]) -> None:
        """The answers to these calls are written."""
        with self._lock:
            self._calls.difference_update(calls)

    def now(self) -> tuple[str, ...]:
        """All of them."""
        with self._lock:
            return tuple(self._calls)


@dataclass
class Line:
    """What all runs of this process share: the provider, a pool with one thread a connection, and the sign to stop.

    `runs` are the runs that claim; `call_seconds` is how long the latest call took, 0 before the first.
    """

    database: Database
    provider: Provider
    pool: Executor
    stopping: threading.Event
    continuity: Continuity
    in_flight: InFlight = field(default_factory=InFlight)
    size: int = 8
    runs: set[int] = field(default_factory=set)
    call_seconds: float = 0.0

    @property
    def share(self) -> int:
        """How many connections a run may use: an equal share, so that a slow campaign does not keep them all."""
        return max(1, self.size // max(1, len(self.runs)))


def in_hours(orders: Orders, now: float) -> bool:
    """Whether the campaign may send at `now` (seconds since 1970), by its own hours or those of its route."""
    window = store.window_of(orders)
    return window is None or window.is_open(datetime.fromtimestamp(now, UTC))
