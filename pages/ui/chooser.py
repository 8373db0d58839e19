"""The one place where pages ask for files: the server takes only what such a question was asked for."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.server import upload_guard


def choose(label: str, **options: Any) -> UploadedFile | None:
    """Draw a file chooser and return the file that was dropped there; `options` are those of `st.file_uploader`."""
    if store := upload_guard.get_upload_store():
        store.expect(_get_session_id())
    return st.file_uploader(label, **options)


def begin_page() -> None:
    """Note that the whole page is being drawn."""
    if store := upload_guard.get_upload_store():
        store.begin_page(_get_session_id())


def end_page(kept: Iterable[str] | None) -> None:
    """Note that the page is drawn: files that neither it nor `kept` names are dropped; None drops nothing."""
    if store := upload_guard.get_upload_store():
        store.end_page(_get_session_id(), kept)


def drop_file(file: str) -> None:
    """Drop a file."""
    if store := upload_guard.get_upload_store():
        store.remove_file(_get_session_id(), file)


def _get_session_id() -> str:
    context = get_script_run_ctx()
    if context is None:
        raise RuntimeError("files are chosen on pages only")
    return context.session_id
