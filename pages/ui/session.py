"""What a page needs between two clicks: the desk, the operator's name and the drafts. `st.session_state` lives here.

A draft is what the operator is preparing. Its launch key is made with it and goes with the launch, so that a draft can
start one campaign only, however often the button is pressed; after a launch a fresh draft takes its place.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar
from uuid import uuid4

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

import smscore
from pages.server import sheet_memory
from pages.ui import chooser, visitor
from smscore import Desk, DeskError

T = TypeVar("T")


@dataclass(frozen=True)
class Draft:
    """A campaign in preparation: its key, and what the operator decided on the way.

    `corrections` maps (row, column) of the sheet `corrected` to the value the operator wrote; `repeats` are the
    campaigns whose people may be texted again, `rest_only` says that they are left out; `launched` is the campaign that
    this draft has become; `retry_of` is the campaign whose people it is for; `start` is its launch, while under way.
    """

    launch_key: str = field(default_factory=lambda: uuid4().hex)
    corrections: Mapping[tuple[int, str], str] = field(default_factory=dict)
    corrected: object = None
    repeats: tuple[int, ...] = ()
    rest_only: bool = False
    launched: int | None = None
    retry_of: int | None = None
    start: Any = None


DRAFTED = {"compose": "compose", "bulk_upload": "bulk"}
"""The paths of the pages that prepare a draft, and what the draft and its widgets are called by."""
LASTING = ("region",)
"""Widgets of a draft, without their page, whose values the next draft begins with. All that is kept under a key that
begins with the page's name belongs to the draft."""

_opening = threading.Lock()
_desks: dict[str, Desk] = {}


def get_desk() -> Desk:
    """Return the one desk of this process, which the server and all pages share; opened at the first need.

    Raises SettingsError or StoreError.
    """
    settings = smscore.load_settings()
    with _opening:
        if settings.database_url not in _desks:
            _desks[settings.database_url] = smscore.open_desk(settings)
        return _desks[settings.database_url]


def get_actor() -> str:
    """Return the signed-in person, or raise DeskError; without sign-in the name written beside the pages."""
    if visitor.must_sign_in():
        return visitor.get_name()
    return st.session_state.get("actor", "").strip()[:60] or "operator"


def get_draft(page: str) -> Draft:
    """Return the draft of `page` ("compose" or "bulk"), a fresh one at the first call."""
    return st.session_state.setdefault(f"draft_{page}", Draft())


def change_draft(page: str, **changes: Any) -> None:
    """Replace fields of the draft of `page`."""
    st.session_state[f"draft_{page}"] = replace(get_draft(page), **changes)


def forget_other_corrections(page: str, sheet: object) -> None:
    """Forget the corrections of `page` that were written for another sheet than `sheet`: they are of other rows."""
    if get_draft(page).corrected != sheet:
        change_draft(page, corrected=sheet, corrections={})


def new_draft(page: str, **begun: Any) -> None:
    """Put a fresh draft with an empty form, a fresh launch key and the fields `begun` in the place of that of `page`.

    What was read for the old draft is let go. The campaign that it became is kept as the page's last one.
    """
    last, drop = get_draft(page).launched, (f"{page}_", f"kept_{page}_")
    lasting = {f"{page}_{name}" for name in LASTING}
    for name in [each for each in st.session_state if str(each).startswith(drop) and each not in lasting]:
        _drop_file(st.session_state.pop(name))
    if last is not None:
        st.session_state[f"last_{page}"] = last
    st.session_state[f"draft_{page}"] = Draft(**begun)


def arrive_at(page: str) -> None:
    """Note that the page at the path `page` is drawn. Whoever comes to it from another page finds an empty form where
    the last draft has become a campaign."""
    if st.session_state.get("page") != page:
        drop("linked_campaign")
        drop("tab_campaigns")
        if (here := DRAFTED.get(page)) and get_draft(here).launched is not None:
            new_draft(here)
    if page != "compose":
        drop("compose_code")
    st.session_state["page"] = page


def attempt(act: Callable[[], T]) -> T | None:
    """Do `act` from a callback. A refusal is kept for the next drawing of the page, and None is returned."""
    try:
        return act()
    except DeskError as error:
        refuse(error)
        return None


def refuse(error: DeskError) -> None:
    """Keep a refusal to be shown once, on the next drawing of a page."""
    st.session_state["refusal"] = error


def tell(text: str) -> None:
    """Keep a sentence of ours to be shown once, on the next drawing of a page."""
    st.session_state["told"] = text


def warn(text: str) -> None:
    """Keep a warning to be shown once, on the next drawing of a page."""
    st.session_state["warned"] = text


def take_messages() -> tuple[DeskError | None, str, str]:
    """Return, once, what callbacks left to be shown: (the refusal, the warning, the sentence)."""
    state = st.session_state
    return state.pop("refusal", None), state.pop("warned", ""), state.pop("told", "")


def request_redraw() -> None:
    """Ask for the whole page, from a fragment's callback that left a message or changed something elsewhere."""
    st.session_state["draw_all"] = True


def begin_page() -> None:
    """Note that the whole page is being drawn, so nobody needs to ask for it any more."""
    st.session_state.pop("draw_all", None)
    chooser.begin_page()


def redraw_if_requested() -> None:
    """Draw the whole page instead of a fragment, when a callback asked for it. Call it first."""
    if st.session_state.pop("draw_all", False):
        st.rerun()


def open_campaign(campaign: int | None) -> None:
    """Remember which campaign is looked at, across pages."""
    st.session_state["open_campaign"] = campaign


def get_opened_campaign() -> int | None:
    """Return the campaign that is looked at, or None."""
    return st.session_state.get("open_campaign")


def get_value(key: str, otherwise: Any = None) -> Any:
    """Return the value of the widget `key`, for callbacks, which run before the page is drawn."""
    return st.session_state.get(key, otherwise)


def put(key: str, value: object) -> None:
    """Set the widget `key` from a callback."""
    st.session_state[key] = value


def drop(key: str) -> None:
    """Forget what is kept under `key`."""
    st.session_state.pop(key, None)


def begin_file(page: str, file: str) -> None:
    """Note which file `page` reads, and forget what was chosen of another one: sheet, header, who is left out."""
    if st.session_state.get(f"{page}_file") != file:
        for choice in ("sheet", "header", "encoding", "opt_out"):
            st.session_state.pop(f"{page}_{choice}", None)
    st.session_state[f"{page}_file"] = file


def keep_file(place: str, dropped: T | None) -> T | None:
    """Return `dropped`, or the file that was dropped at `place` before the operator looked at another page.

    Streamlit forgets what a file chooser held as soon as its page is left.
    """
    if dropped is not None:
        st.session_state[f"kept_{place}_file"] = dropped
    return st.session_state.get(f"kept_{place}_file")


def forget_file(place: str) -> None:
    """Forget the file that was dropped at `place`."""
    _drop_file(st.session_state.pop(f"kept_{place}_file", None))


def _drop_file(kept: object) -> None:
    if isinstance(kept, UploadedFile):
        chooser.drop_file(kept.file_id)


def list_kept_files() -> tuple[str, ...]:
    """Return the ids of the files that stay while the operator looks at other pages."""
    return tuple(each.file_id for each in st.session_state.values() if isinstance(each, UploadedFile))


def get_or_make(name: str, key: object, make: Callable[[], T]) -> T:
    """Return `make()`, kept for this operator until it is asked for under another `key`: one value a `name`.

    When all tabs together hold too much, the value that was not used for longest is made again at its next use.
    """
    kept_key, owner = st.session_state.get(f"kept_{name}", (None, None))
    value: Any = sheet_memory.sheet_cache.read(owner) if owner is not None and kept_key == key else None
    if value is None:
        value, owner = make(), sheet_memory.CacheOwner()
        sheet_memory.sheet_cache.store(owner, value)
        st.session_state[f"kept_{name}"] = (key, owner)
    return value


def close_desks() -> None:
    """Close every desk of this process; the next need opens one again."""
    with _opening:
        while _desks:
            _desks.popitem()[1].close()
