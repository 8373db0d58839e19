"""Bounds of uploads that no single tab reaches: all tabs together, and time."""

from __future__ import annotations

import time

import pytest
from streamlit.runtime.uploaded_file_manager import UploadedFileRec

from pages.server import upload_guard
from pages.server.upload_guard import BoundedUploadStore

FULL = "SMS Desk holds as many uploaded files as it can. Try again in a few minutes."
NO_TICKET = "No page of this tab asked for this file."


@pytest.fixture
def store(monkeypatch: pytest.MonkeyPatch) -> BoundedUploadStore:
    """A store with room for 1,000 bytes, 400 of them for one tab."""
    monkeypatch.setattr(upload_guard, "BYTES_OF_ALL", 1_000)
    monkeypatch.setattr(upload_guard, "BYTES_OF_A_TAB", 400)
    return BoundedUploadStore("/_stcore/upload_file")


def ticket(store: BoundedUploadStore, session: str) -> str:
    """Ask for a place as the page of a tab with a chooser does; the id of the file."""
    store.begin_page(session)
    store.expect(session)
    store.end_page(session, None)
    return store.get_upload_urls(session, ["people.csv"])[0].file_id


def upload(store: BoundedUploadStore, session: str, size: int) -> str:
    """Upload a file as a browser does; "" or why it was refused."""
    file = ticket(store, session)
    if refused := store.reserve(session, file, size):
        return refused
    store.add_file(session, UploadedFileRec(file, "people.csv", "text/csv", b"x" * size))
    store.release(session, file)
    return ""


def held(store: BoundedUploadStore) -> int:
    return sum(len(file.data) for files in store.file_storage.values() for file in files.values())


def test_all_tabs_together_hold_no_more_than_the_process_may(store: BoundedUploadStore):
    refused = [upload(store, f"tab {number}", 300) for number in range(5)]
    assert refused == ["", "", "", FULL, FULL] and held(store) == 900
    assert upload(store, "tab 4", 100) == "", "what still fits is taken"
    store.remove_session_files("tab 0")
    assert upload(store, "tab 5", 300) == "", "the room of a tab that has ended is free again"


def test_files_that_are_still_arriving_count_for_all_tabs(store: BoundedUploadStore):
    files = {f"tab {number}": ticket(store, f"tab {number}") for number in range(4)}
    assert [store.reserve(tab, file, 300) for tab, file in files.items()] == ["", "", "", FULL]
    assert held(store) == 0
    store.release("tab 0", files["tab 0"])
    assert store.reserve("tab 3", ticket(store, "tab 3"), 300) == "", "a file that did not come leaves its room"


def test_a_ticket_is_good_for_a_while_only(store: BoundedUploadStore, monkeypatch: pytest.MonkeyPatch):
    late, early = ticket(store, "tab"), ticket(store, "tab")
    begun = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: begun + upload_guard.TICKET_SECONDS - 1)
    assert store.reserve("tab", early, 1) == ""
    monkeypatch.setattr(time, "monotonic", lambda: begun + upload_guard.TICKET_SECONDS + 1)
    assert store.reserve("tab", late, 1) == NO_TICKET and held(store) == 0


def test_expired_tickets_make_room_for_new_ones(store: BoundedUploadStore, monkeypatch: pytest.MonkeyPatch):
    for _ in range(upload_guard.TICKETS_OF_A_TAB):
        ticket(store, "tab")
    assert store.reserve("tab", ticket(store, "tab"), 1) == NO_TICKET, "more tickets than a tab may have"
    begun = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: begun + upload_guard.TICKET_SECONDS + 1)
    assert store.reserve("tab", ticket(store, "tab"), 1) == ""


def test_a_ticket_is_good_for_one_file_of_its_own_tab(store: BoundedUploadStore):
    file = ticket(store, "tab")
    ticket(store, "other")
    assert store.reserve("other", file, 1) == NO_TICKET
    assert store.reserve("tab", file, 1) == ""
    assert store.reserve("tab", file, 1) == NO_TICKET


def test_a_file_that_no_page_takes_goes_after_a_while(store: BoundedUploadStore, monkeypatch: pytest.MonkeyPatch):
    assert upload(store, "tab", 300) == ""
    store.drop_unused(["tab"])
    assert held(store) == 300
    begun = time.monotonic()
    monkeypatch.setattr(time, "monotonic", lambda: begun + upload_guard.UNUSED_SECONDS + 1)
    store.drop_unused(["tab"])
    assert held(store) == 0
