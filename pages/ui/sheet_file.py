"""The file that an operator drops: reading it, and choosing the sheet, the header and the encoding in it.

`page` prefixes every key; a second file on one page has a prefix of its own.
"""

from __future__ import annotations

from typing import Any, cast

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.ui import chooser, parts, session, words
from smscore import (
    ENCODINGS,
    SHEET_SUFFIXES,
    Desk,
    Sheet,
    SheetError,
    prepare_reading,
    read_sheet,
)

BY_CONTENT, NO_HEADER = "by content", "none"
TITLES_SHOWN, ROWS_OFFERED = 5, 4


def draw_upload(desk: Desk, page: str) -> Sheet | None:
    """Draw the file chooser and return the sheet that was dropped; None while there is none or it is refused."""
    source = choose_file(
        page,
        page,
        "Contacts (CSV or Excel)",
        "Up to 200 MB and 1,048,576 rows. Everything is read as text, so numbers and dates stay as they are.",
    )
    parts.draw_note("Your file stays here until you send. Reloading the page clears it.")
    sheet = None if source is None else read_source(page, source)
    if source is not None and sheet is not None:
        session.forget_other_corrections(page, (source.file_id, sheet.sheet))
    return sheet


def choose_file(page: str, place: str, label: str, about: str) -> UploadedFile | None:
    """Return the file dropped at `place` of the draft of `page`, now or before another page was looked at."""
    dropped = chooser.choose(
        label,
        type=SHEET_SUFFIXES,
        key=f"{place}_file_{session.get_draft(page).launch_key}",
        help=about,
        on_change=session.forget_file,
        args=(place,),
    )
    source = session.keep_file(place, dropped)
    if source is not None and dropped is None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"{words.clean(source.name)} is still loaded.")
            st.button("Remove", key=f"{place}_let_go", on_click=session.forget_file, args=(place,))
    return source


def read_source(page: str, source: UploadedFile) -> Sheet | None:
    """Return the sheet in an uploaded file; None when it is refused, or one of its sheets must be chosen first."""
    session.begin_file(page, source.file_id)
    try:
        asked = {"sheet": session.get_value(f"{page}_sheet"), "header": _get_chosen_header(page)}
        return _read(page, source, asked | {"encoding": session.get_value(f"{page}_encoding")})
    except SheetError as error:
        if error.code != "choose_sheet":
            parts.draw_refusal(error)
            _offer_other_encoding(page)
            return None
        _draw_sheet_picker(page, cast(tuple[str, ...], error.facts["choices"]))
        return None


def _get_chosen_header(page: str) -> int | bool | None:
    chosen = session.get_value(f"{page}_header") or BY_CONTENT
    if chosen == NO_HEADER:
        return False
    return int(chosen) if chosen.isdecimal() else None


def draw_heading(page: str, sheet: Sheet) -> None:
    """Draw what was not read above the header, with buttons to read it otherwise; nothing where all is plain."""
    heading = sheet.heading
    if not (heading.title_count or heading.doubtful):
        return
    with st.container(border=True):
        st.text(_describe_heading(sheet))
        for line in heading.titles[:TITLES_SHOWN]:
            st.text(words.clean(f"Row {line.row:,}: {line.text}"))
        with st.container(horizontal=True):
            for value, label in _list_headers(sheet):
                key = f"{page}_header_is_{value}"
                st.button(label, key=key, on_click=session.put, args=(f"{page}_header", value))


def _describe_heading(sheet: Sheet) -> str:
    heading = sheet.heading
    if heading.title_count:
        were = "line above the header was" if heading.title_count == 1 else "lines above the header were"
        return f"{words.format_number(heading.title_count)} {were} not read:"
    if heading.row:
        line = next((line.text for line in heading.first if line.row == heading.row), "")
        return words.clean(f"Is row {heading.row:,} the header? It was read as the header: {line}")
    line = heading.first[0].text if heading.first else ""
    return words.clean(f"Is there a header? The first line was read as a contact: {line}")


def _list_headers(sheet: Sheet) -> list[tuple[str, str]]:
    """Return the other choices of a header, each with the label of its button."""
    offered = [(NO_HEADER, "No header row")] if sheet.heading.row else []
    rows = [line.row for line in sheet.heading.first if line.row != sheet.heading.row]
    return offered + [(str(row), f"Row {row:,} is the header") for row in rows[:ROWS_OFFERED]]


def draw_header_choice(page: str, sheet: Sheet) -> None:
    """Draw which row names the columns, to be changed."""
    lines = {str(line.row): f"row {line.row:,}: {line.text}" for line in sheet.heading.first}
    told = {BY_CONTENT: "detect automatically", NO_HEADER: "no header row"} | lines
    st.selectbox(
        "Header row",
        list(told),
        key=f"{page}_header",
        persist_state="session",
        format_func=lambda value: words.shorten(told[value], limit=80),
    )


def draw_encoding(page: str, sheet: Sheet) -> None:
    """Draw in which encoding a text file was read, to be changed; nothing where the file itself says it."""
    if (used := sheet.encoding) is None:
        return
    names = dict(ENCODINGS) | {used.codec: used.name or "not detected"}
    session.put(f"{page}_encoding_shown", used.codec)
    st.selectbox(
        "Encoding",
        list(names),
        key=f"{page}_encoding_shown",
        format_func=names.__getitem__,
        on_change=lambda: session.put(f"{page}_encoding", session.get_value(f"{page}_encoding_shown")),
        help="The file doesn't state its encoding. If names look wrong, choose another one to read the file again.",
    )


def _offer_other_encoding(page: str) -> None:
    """Draw a button that gives up the chosen encoding, in which the file could not be read."""
    key = f"{page}_encoding"
    if session.get_value(key):
        st.button("Detect the encoding instead", key=f"{key}_dropped", on_click=session.drop, args=(key,))


def _read(page: str, source: UploadedFile, asked: dict[str, Any]) -> Sheet:
    bar = st.empty()

    def show(share: float, doing: str) -> None:
        bar.progress(min(max(share, 0.0), 1.0), text=words.escape(doing) or "Reading the sheet")

    def read() -> Sheet:
        show(0.0, "Reading the sheet")
        source.seek(0)
        try:
            return read_sheet(source, source.name, **asked, progress=show)
        finally:
            prepare_reading()

    try:
        return session.get_or_make(f"{page}_sheet_read", (source.file_id, *asked.values()), read)
    finally:
        bar.empty()


def _draw_sheet_picker(page: str, choices: tuple[str, ...]) -> None:
    st.selectbox(
        "This workbook has several sheets. Which one has your contacts?",
        choices,
        index=None,
        key=f"{page}_sheet",
        persist_state="session",
        format_func=words.shorten,
        placeholder="Choose a sheet",
    )


def draw_other_sheets(page: str, sheet: Sheet) -> None:
    """Draw which sheet of a workbook is read, to be changed."""
    at = sheet.sheets.index(sheet.sheet) if sheet.sheet in sheet.sheets else 0
    st.selectbox(
        "Sheet", sheet.sheets, index=at, key=f"{page}_sheet", persist_state="session", format_func=words.shorten
    )
