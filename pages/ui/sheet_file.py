"""The file that an operator drops: reading it, choosing the sheet in it, and the column of numbers.

`page` prefixes every key; a second file on one page has a prefix of its own.
"""

from __future__ import annotations

import io

import streamlit as st

from pages.ui import chooser, parts, session, words
from smscore import Desk, Sheet, SheetError, phone_choices, prepare_reading, read_sheet

TYPES = ["csv", "tsv", "txt", "xlsx", "xlsm", "xls", "xlsb", "ods"]
HEADERS = {"decide by its content": None, "is a header": True, "is already a contact": False}


def draw_upload(desk: Desk, page: str) -> Sheet | None:
    """The file chooser, and the sheet read from what was dropped; None while there is none or it is refused."""
    source = choose_file(
        page,
        page,
        "Contacts: a CSV or Excel file",
        "Up to 200 MB and 1,048,576 rows. It is read as text: no number or date is changed.",
    )
    parts.note("Kept in this tab until it is sent, also while you look at other pages. Reloading the tab begins anew.")
    sheet = None if source is None else read_source(page, source)
    if sheet is not None:
        session.correct_only(page, (source.file_id, sheet.sheet))
    return sheet


def choose_file(page: str, place: str, label: str, about: str) -> io.BytesIO | None:
    """The file dropped at `place` of the draft of `page`, now or before another page was looked at."""
    dropped = chooser.choose(
        label,
        type=TYPES,
        key=f"{place}_file_{session.draft(page).launch_key}",
        help=about,
        on_change=session.let_go_file,
        args=(place,),
    )
    source = session.file_at_hand(place, dropped)
    if source is not None and dropped is None:
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(f"{words.clean(source.name)} is still here.")
            st.button("Let it go", key=f"{place}_let_go", on_click=session.let_go_file, args=(place,))
    return source


def read_source(page: str, source: io.BytesIO) -> Sheet | None:
    """The sheet in an uploaded file; None when it is refused, or when one of its sheets must be chosen first."""
    session.begin_file(page, source.file_id)
    header = HEADERS[session.chosen(f"{page}_header") or "decide by its content"]
    try:
        return _read(page, source, session.chosen(f"{page}_sheet"), header)
    except SheetError as error:
        if error.code != "choose_sheet":
            parts.refused(error)
            return None
        _sheet_picker(page, error.facts["choices"])
        return None


def _read(page: str, source: io.BytesIO, sheet: str | None, header: bool | None) -> Sheet:
    bar = st.empty()

    def show(share: float, doing: str) -> None:
        bar.progress(min(max(share, 0.0), 1.0), text=words.escaped(doing) or "Reading the sheet")

    def read() -> Sheet:
        show(0.0, "Reading the sheet")
        source.seek(0)
        try:
            return read_sheet(source, source.name, sheet=sheet, header=header, progress=show)
        finally:
            prepare_reading()

    try:
        return session.remembered(f"{page}_sheet_read", (source.file_id, sheet, header), read)
    finally:
        bar.empty()


def _sheet_picker(page: str, choices: tuple[str, ...]) -> None:
    st.selectbox(
        "This workbook has several sheets. Which one holds the contacts?",
        choices,
        index=None,
        key=f"{page}_sheet",
        persist_state="session",
        format_func=words.plain,
        placeholder="Choose a sheet",
    )


def draw_other_sheets(page: str, sheet: Sheet) -> None:
    """Which sheet of a workbook is read, to be changed."""
    at = sheet.sheets.index(sheet.sheet) if sheet.sheet in sheet.sheets else 0
    st.selectbox("Sheet", sheet.sheets, index=at, key=f"{page}_sheet", persist_state="session", format_func=words.plain)


def phone_column(page: str, sheet: Sheet) -> tuple[str, ...]:
    """The columns chosen to hold the numbers, in order of preference; () leaves it to their content."""
    # The choice stays when the same file is read anew, and is asked for again when it is another one.
    key = f"{page}_phone_{session.chosen(f'{page}_file')}_{sheet.sheet or ''}"
    return tuple(
        st.multiselect(
            "Phone column",
            phone_choices(sheet),
            key=key,
            persist_state="session",
            format_func=words.plain,
            placeholder="Found by its content; choose to change it",
            help="With several, the first that holds a usable number in a row is used.",
        )
    )
