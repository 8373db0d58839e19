"""Being asked to stop: SIGINT, SIGTERM and SIGHUP become a wish that the command reads when it is safe to."""

from __future__ import annotations

import signal
import threading
from types import FrameType

_ASKING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


class Stop:
    """While it is entered, these signals end nothing by themselves. One that was ignored stays ignored (`nohup`)."""

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._before: dict[int, object] = {}
        self.signal = 0

    def __enter__(self) -> Stop:
        for number in _ASKING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _ask(self, number: int, _frame: FrameType | None) -> None:
        self.signal = self.signal or number
        self._asked.set()

    @property
    def asked(self) -> bool:
        """Whether a signal came."""
        return self._asked.is_set()

    @property
    def exit_code(self) -> int:
        """128 + the signal's number, as shells have it."""
        return 128 + self.signal

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for a signal, at most `seconds`; whether one came."""
        return self._asked.wait(seconds)
