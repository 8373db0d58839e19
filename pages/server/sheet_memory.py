"""Sheets and audiences that tabs hold: bounded over the process, and given back when a tab ends.

Whatever is held here can be made again from the file that the tab still has, so the one not used for longest may go.
"""

from __future__ import annotations

import asyncio
import ctypes
import gc
import itertools
import sys
import threading
import weakref
from collections import OrderedDict, deque
from collections.abc import Iterable
from typing import Any, cast

import pyarrow as pa
from streamlit import runtime
from streamlit.runtime.app_session import AppSession
from streamlit.runtime.websocket_session_manager import WebsocketSessionManager

from pages.server import upload_guard

MOST_CACHED_BYTES = 1024 * 1024 * 1024
"""Of sheets and audiences, over all tabs: about eight of a million rows, or a few hundred of 50,000."""


class CacheOwner:
    """Stands in a tab's state for what is held for it. When the tab's state goes, so does what is held."""

    __slots__ = ("__weakref__", "number")
    _numbers = itertools.count()

    def __init__(self) -> None:
        self.number = next(self._numbers)


class SheetCache:
    """What all tabs hold, the one used last at the end."""

    def __init__(self, limit: int = MOST_CACHED_BYTES) -> None:
        self.limit = limit
        self._kept: OrderedDict[int, tuple[object, int]] = OrderedDict()
        self._ended: deque[int] = deque()
        self._lock = threading.Lock()

    @property
    def size(self) -> int:
        """Bytes held."""
        with self._lock:
            return self._sum_sizes()

    def store(self, owner: CacheOwner, value: object) -> None:
        """Hold a value for as long as `owner` lives, or until room is needed for others."""
        self.drop_ended()
        with self._lock:
            self._kept[owner.number] = (value, estimate_size(value))
            while len(self._kept) > 1 and self._sum_sizes() > self.limit:
                self._kept.popitem(last=False)
        # A finalizer may run anywhere, also in the middle of a change here: it only leaves the number behind.
        weakref.finalize(owner, self._ended.append, owner.number).atexit = False

    def read(self, owner: CacheOwner) -> object | None:
        """Return what is held for an owner, or None when it had to make room."""
        with self._lock:
            if owner.number not in self._kept:
                return None
            self._kept.move_to_end(owner.number)
            return self._kept[owner.number][0]

    def drop_ended(self) -> int:
        """Let go what was held for owners that have ended; return how many there were."""
        count = 0
        while self._ended:
            with self._lock:
                count += self._kept.pop(self._ended.popleft(), None) is not None
        return count

    def _sum_sizes(self) -> int:
        return sum(size for _, size in self._kept.values())


def estimate_size(value: object, deep: int = 3) -> int:
    """Return about how many bytes the tables in a value take, looked for in its fields to a depth of `deep`."""
    if isinstance(value, pa.Table | pa.Array | pa.ChunkedArray):
        return value.nbytes
    if deep == 0:
        return sys.getsizeof(value, 64)
    if isinstance(value, tuple | list) and len(value) < 1_000:
        return sum(estimate_size(each, deep - 1) for each in value)
    fields = getattr(value, "__dict__", None) or {}
    return sys.getsizeof(value, 64) + sum(estimate_size(each, deep - 1) for each in fields.values())


sheet_cache = SheetCache()


async def free_ended_sessions(every: float = 5.0) -> None:
    """Look again and again for sessions that have ended, and give back what they held. Runs until it is cancelled."""
    before: dict[str, weakref.ref[AppSession]] = {}
    while True:
        await asyncio.sleep(every)
        now = find_living_sessions()
        if store := upload_guard.get_upload_store():
            store.drop_unused(now)
        if ended := [before[each] for each in before.keys() - now.keys()]:
            clear_sessions(ended)
            await asyncio.to_thread(release_memory)
        before = now


def find_living_sessions() -> dict[str, weakref.ref[AppSession]]:
    """Return the sessions that are open or may still be taken up again, by id.

    Streamlit lets go of a closed tab only when the next one is closed, and has no name of its own for doing it sooner.
    """
    sessions = get_session_manager()
    cast(Any, sessions._session_storage)._cache.expire()
    return {each.session.id: weakref.ref(each.session) for each in sessions.list_sessions()}


def get_session_manager() -> WebsocketSessionManager:
    """Return Streamlit's manager of sessions, which it does not hand out; the server has this kind of it only."""
    return cast(WebsocketSessionManager, runtime.get_instance()._session_mgr)


def clear_sessions(ended: Iterable[weakref.ref[AppSession]]) -> None:
    """Take its state from each ended session that something still refers to: the last one of a time stays behind."""
    for session in filter(None, (each() for each in ended)):
        session.shutdown()
        session.session_state.clear()


def release_memory() -> None:
    """Return to the system what ended tabs have left: objects in circles, and pages that allocators keep."""
    gc.collect()
    sheet_cache.drop_ended()
    gc.collect()
    pa.default_memory_pool().release_unused()
    try:
        ctypes.CDLL(None).malloc_trim(0)
    except (OSError, AttributeError):
        return  # not the allocator of GNU; nothing to trim
