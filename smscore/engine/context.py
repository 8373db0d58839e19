"""What the runs of one process share: the provider, a pool of connections, the calls under way, the sign to stop."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from concurrent.futures import Executor
from dataclasses import dataclass, field
from datetime import UTC, datetime

from smscore import store
from smscore.engine.continuity import Continuity
from smscore.errors import StoreError
from smscore.provider import Provider
from smscore.store import Database, Orders


@dataclass(frozen=True)
class Ending:
    """How a run of a chunk ended: `done`, `stopped` (paused, cancelled, another run), `closed` (outside the campaign's
    hours), or `again` after `delay` seconds because recipients are left."""

    word: str
    delay: float = 0.0


class CallsInFlight:
    """The ids of the calls that this process is making, so that a second run of a chunk leaves them alone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: set[str] = set()

    def add(self, calls: Iterable[str]) -> None:
        """Add calls that are claimed and may be made now."""
        with self._lock:
            self._calls.update(calls)

    def remove(self, calls: Iterable[str]) -> None:
        """Remove calls whose answers are recorded."""
        with self._lock:
            self._calls.difference_update(calls)

    def list_ids(self) -> tuple[str, ...]:
        """Return the ids of all calls under way."""
        with self._lock:
            return tuple(self._calls)


@dataclass
class SendContext:
    """What all runs of this process share: the provider, a pool with one thread a connection, and the sign to stop.

    `runs` are the runs that claim, each by the id of its object; `call_seconds` is how long the latest call took, 0
    before the first; `fault` is why the engine stopped by itself.
    """

    database: Database
    provider: Provider
    pool: Executor
    stopping: threading.Event
    continuity: Continuity
    in_flight: CallsInFlight = field(default_factory=CallsInFlight)
    connections: int = 8
    runs: set[int] = field(default_factory=set)
    call_seconds: float = 0.0
    fault: StoreError | None = None

    @property
    def share(self) -> int:
        """How many connections a run may use: an equal share, so that a slow campaign does not keep them all."""
        return max(1, self.connections // max(1, len(self.runs)))


class RunControl:
    """Whether one run may go on. The first reason to stop stands, unless a later one is that it must not go on."""

    def __init__(self, stopping: threading.Event) -> None:
        self.stopping = stopping
        self.ending: Ending | None = None

    @property
    def halted(self) -> bool:
        """Whether something stopped the run: it claims nothing more, and gives back what has not left."""
        return self.ending is not None

    def halt(self, ending: Ending) -> None:
        """Stop the run; it then ends like this."""
        if self.ending is None or ending.word == "stopped":
            self.ending = ending

    def may_claim(self) -> bool:
        """Return whether the run may claim; when the process is stopping, this halts the run."""
        if self.stopping.is_set() and self.ending is None:
            self.halt(Ending("again"))
        return self.ending is None


def is_in_hours(orders: Orders, now: float) -> bool:
    """Return whether the campaign may send at `now` (seconds since 1970), by its own hours or those of its route."""
    window = store.get_window(orders)
    return window is None or window.is_open(datetime.fromtimestamp(now, UTC))


def find_next_opening(orders: Orders, now: float) -> float:
    """Return when the campaign may send again, in seconds since 1970: `now` when it has no hours."""
    window = store.get_window(orders)
    return window.find_next_opening(datetime.fromtimestamp(now, UTC)).timestamp() if window else now
