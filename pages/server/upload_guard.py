"""How much may be brought in: files are taken only where a page asked for one, and never more than memory bears.

A browser first asks, through its tab, where to put a file; Streamlit then makes an id. Here that id becomes a ticket,
given only while the tab's page shows a file chooser, good for one file and for a while. A file without a ticket is
refused before its first byte is read.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config, runtime
from streamlit.runtime import memory_uploaded_file_manager as theirs
from streamlit.runtime.uploaded_file_manager import UploadedFileRec, UploadFileUrlInfo

from pages.server.request_paths import UPLOAD, read_path

MEGABYTE = 1024 * 1024
FILES_OF_A_TAB = 6
BYTES_OF_A_TAB = 410 * MEGABYTE
"""Two files of the largest size: one that is there, and the one that takes its place."""
BYTES_OF_ALL = 820 * MEGABYTE
TICKETS_OF_A_TAB = 4
TICKET_SECONDS = 600.0
UNUSED_SECONDS = 120.0
"""How long a file is kept that no page has taken."""
SLOWEST_SECONDS = 900.0
"""How long one upload may take: 200 MB at 2 Mbit/s."""
SILENT_SECONDS = 30.0
"""How long an upload may bring nothing."""


@dataclass
class _Tab:
    """What is known of one session: its tickets by file id, with their last moment, and bytes still arriving."""

    shows_chooser: bool = False
    draws_chooser: bool = False
    tickets: dict[str, float] = field(default_factory=dict)
    arriving: dict[str, int] = field(default_factory=dict)
    unused: dict[str, float] = field(default_factory=dict)
    read_last: dict[str, float] = field(default_factory=dict)
    page_began: float = 0.0


class BoundedUploadStore(theirs.MemoryUploadedFileManager):
    """Streamlit's store of uploaded files, with tickets and bounds."""

    def __init__(self, upload_endpoint: str) -> None:
        super().__init__(upload_endpoint)
        self._tabs: dict[str, _Tab] = {}
        self._guard = threading.RLock()

    def expect(self, session: str) -> None:
        """Note that the page being drawn for a session has a file chooser."""
        with self._guard:
            tab = self._tabs.setdefault(session, _Tab())
            tab.shows_chooser = tab.draws_chooser = True

    def begin_page(self, session: str) -> None:
        """Note that the whole page of a session is being drawn; the chooser of the last one counts until it is."""
        with self._guard:
            tab = self._tabs.setdefault(session, _Tab())
            tab.draws_chooser, tab.page_began = False, time.monotonic()

    def end_page(self, session: str, kept: Iterable[str] | None) -> None:
        """Note that the page of a session is drawn: where it had no file chooser, no ticket is given any more.

        Files that it did not read, and that are not `kept` for another page, are dropped. None drops nothing: the page
        was broken off, perhaps above its chooser.
        """
        with self._guard:
            tab = self._tabs.setdefault(session, _Tab())
            tab.shows_chooser = tab.draws_chooser
            left = set() if kept is None else self._find_unread(session) - set(kept) - set(tab.unused)
        for file in left:
            self.remove_file(session, file)

    def _find_unread(self, session: str) -> set[str]:
        tab = self._tabs[session]
        return {each for each in self._get_sizes(session) if tab.read_last.get(each, 0.0) < tab.page_began}

    def get_upload_urls(self, session_id: str, file_names: Sequence[str]) -> list[UploadFileUrlInfo]:
        """Make ids for files, as Streamlit does, and give a ticket for each as far as the tab may have more."""
        places = super().get_upload_urls(session_id, file_names[:TICKETS_OF_A_TAB])
        with self._guard:
            tab = self._tabs.get(session_id)
            if tab is not None and tab.shows_chooser:
                now = time.monotonic()
                tab.tickets = {each: until for each, until in tab.tickets.items() if until > now}
                for place in places[: TICKETS_OF_A_TAB - len(tab.tickets)]:
                    tab.tickets[place.file_id] = now + TICKET_SECONDS
        return places

    def reserve(self, session: str, file: str, size: int) -> str:
        """Take the ticket of a file of `size` bytes and set the room aside; return "" or why the file is refused."""
        with self._guard:
            tab = self._tabs.get(session)
            if tab is None or tab.tickets.pop(file, 0.0) < time.monotonic():
                return "No page of this tab asked for this file."
            if len(self._get_sizes(session)) + len(tab.arriving) >= FILES_OF_A_TAB:
                return "This tab holds too many files. Reload the page, then upload the file again."
            if self._count_bytes(session) + size > BYTES_OF_A_TAB:
                return "This tab holds too much. Reload the page, then upload the file again."
            if sum(self._count_bytes(each) for each in self._tabs) + size > BYTES_OF_ALL:
                return "SMS Desk holds as many uploaded files as it can. Try again in a few minutes."
            tab.arriving[file] = size
            return ""

    def release(self, session: str, file: str) -> None:
        """Give back the room that was set aside for a file: it is kept now, or it did not come."""
        with self._guard:
            if session in self._tabs:
                self._tabs[session].arriving.pop(file, None)

    def add_file(self, session_id: str, file: UploadedFileRec) -> None:
        """Keep a file whose room was set aside; drop it when its session has ended meanwhile."""
        with self._guard:
            tab = self._tabs.get(session_id)
            if tab is not None and file.file_id in tab.arriving:
                tab.unused[file.file_id] = time.monotonic() + UNUSED_SECONDS
                super().add_file(session_id, file)

    def get_files(self, session_id: str, file_ids: Sequence[str]) -> list[UploadedFileRec]:
        """Return the files of a page that reads them; from then on they stay until the page lets them go."""
        with self._guard:
            tab = self._tabs.get(session_id)
            if tab is not None:
                for file in {*file_ids} & {*self._get_sizes(session_id)}:
                    tab.unused.pop(file, None)
                    tab.read_last[file] = time.monotonic()
        return super().get_files(session_id, file_ids)

    def remove_file(self, session_id: str, file_id: str) -> None:
        """Forget a file."""
        with self._guard:
            tab = self._tabs.get(session_id)
            for known in (tab.unused, tab.read_last) if tab else ():
                known.pop(file_id, None)
        super().remove_file(session_id, file_id)

    def remove_session_files(self, session_id: str) -> None:
        """Forget a session that has ended, with its files and tickets."""
        with self._guard:
            self._tabs.pop(session_id, None)
        super().remove_session_files(session_id)

    def drop_unused(self, living: Iterable[str]) -> None:
        """Drop files that no page has taken for a while, and everything of sessions that do not live any more."""
        with self._guard:
            living, now = set(living), time.monotonic()
            tabs = self._tabs.items()
            late = [(each, file) for each, tab in tabs for file, until in tab.unused.items() if until < now]
            gone = [each for each in {*self._tabs, *self.file_storage} if each not in living]
        for session, file in late:
            self.remove_file(session, file)
        for session in gone:
            self.remove_session_files(session)

    def _get_sizes(self, session: str) -> dict[str, int]:
        return {each: len(kept.data) for each, kept in self.file_storage.get(session, {}).items()}

    def _count_bytes(self, session: str) -> int:
        return sum(self._get_sizes(session).values()) + sum(self._tabs[session].arriving.values())


def install_upload_store() -> None:
    """Have Streamlit keep uploads in `BoundedUploadStore`. It makes its store when the application is first called."""
    vars(theirs)["MemoryUploadedFileManager"] = BoundedUploadStore


def get_upload_store() -> BoundedUploadStore | None:
    """Return the store of this process's uploads; None where pages run without a server, as in tests of a page."""
    store = runtime.get_instance().uploaded_file_mgr if runtime.exists() else None
    return store if isinstance(store, BoundedUploadStore) else None


class UploadGuard:
    """ASGI middleware in front of Streamlit's upload route: ticket, size and time, before a byte is read."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what is not an upload, and uploads within the bounds; refuse the rest."""
        path = read_path(scope) if scope["type"] == "http" else ""
        store = get_upload_store()
        if not path.startswith(UPLOAD) or scope["method"] != "PUT" or store is None:
            await self.app(scope, receive, send)
            return
        session, _, file = path.removeprefix(UPLOAD).partition("/")
        refused, size = _check_length(Headers(scope=scope).get("content-length"))
        refused = refused or (403, store.reserve(session, file, size))
        if refused[1]:
            await PlainTextResponse(refused[1], status_code=refused[0])(scope, receive, send)
            return
        try:
            await self.app(scope, limit_body(receive, SLOWEST_SECONDS, SILENT_SECONDS), send)
        finally:
            store.release(session, file)


def _check_length(written: str | None) -> tuple[tuple[int, str] | None, int]:
    """Return (what is wrong with the announced length, the length); browsers always announce it."""
    if written is None or not written.isascii() or not written.isdigit():
        return (411, "An upload must say how long it is."), 0
    if int(written) > config.get_option("server.maxUploadSize") * MEGABYTE + 64 * 1024:
        return (413, "The file is too large."), 0
    return None, int(written)


def limit_body(receive: Receive, slowest: float, silent: float) -> Receive:
    """Return a `receive` that breaks a body off after `slowest` seconds, or when nothing comes for `silent` seconds."""
    last = time.monotonic() + slowest

    async def receive_in_time() -> Message:
        # A client that falls silent must not hold its room until somebody restarts the server.
        try:
            return await asyncio.wait_for(receive(), max(0.0, min(silent, last - time.monotonic())))
        except TimeoutError:
            return {"type": "http.disconnect"}

    return receive_in_time
