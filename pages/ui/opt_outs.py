"""The opt-out list: add by hand or from a sheet, search, remove."""

from __future__ import annotations

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.ui import chooser, leaving_out, parts, session, sheet_file, words
from smscore import Added, Desk, DeskError

PLACE = "opt_outs"
"""The prefix of the keys of the uploaded list."""


def draw_opt_outs(desk: Desk) -> None:
    """Who must never be texted: add by hand or from a sheet, search, remove."""
    st.metric("Numbers on the list", words.number(desk.opt_out_count()), border=True, width=220)
    parts.note("Honoured when a sheet is uploaded, and again at the moment of sending.")
    left, right = st.columns(2)
    with left, st.form("opt_out_form", clear_on_submit=True):
        st.text_area("Numbers to add", key="opt_out_text", placeholder="98765 43210, +91 91234 56789")
        st.form_submit_button("Add to the list", on_click=_add_typed, args=(desk,))
    with right:
        source = chooser.choose("Or a sheet of numbers", type=sheet_file.TYPES, key="opt_out_file")
        if source is not None:
            _add_sheet(desk, source)
    draw_opt_out_list(desk)


def _add_typed(desk: Desk) -> None:
    text = str(session.chosen("opt_out_text") or "")
    added = session.attempt(lambda: desk.add_opt_outs(text, desk.settings.region, session.actor(), "typed"))
    if added is not None:
        session.tell(_what_was_added(added))


def _what_was_added(added: Added) -> str:
    told = f"{words.counted(added.added, 'number')} added, {words.number(added.already)} already on the list"
    wrong = added.problems
    return told + (f", {words.number(wrong)} could not be read." if wrong else ".")


def _add_sheet(desk: Desk, source: UploadedFile) -> None:
    sheet = sheet_file.read_source(PLACE, source)
    if sheet is None:
        return
    if len(sheet.sheets) > 1:
        sheet_file.draw_other_sheets(PLACE, sheet)
    phone = sheet_file.phone_column(PLACE, sheet)

    def add():
        with st.spinner("Reading the numbers"):
            audience = desk.audience(sheet, leaving_out.everybody(phone, desk.settings.region))
            return desk.add_opt_outs(audience, desk.settings.region, session.actor(), source.name)

    try:
        st.success(_what_was_added(session.remembered("opt_out_import", (sheet.reading, phone), add)))
    except DeskError as error:
        parts.refused(error)


def draw_opt_out_list(desk: Desk) -> None:
    """The list, searched by a part of the number."""
    search = st.text_input("Search the list by number", key="opt_out_search", placeholder="98765")
    frame = desk.opt_outs(search.strip())
    if frame.empty:
        parts.note("No number fits." if search else "The list is empty.")
        return
    chosen = st.dataframe(
        frame,
        key="opt_out_list",
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        alt="Opt-out list",
        height=280,
    )
    phones = [str(frame["phone"].iloc[row]) for row in chosen["selection"]["rows"]]
    if phones:
        label = f"Take {words.counted(len(phones), 'number')} off the list"
        st.button(label, key="opt_out_remove", on_click=_remove, args=(desk, phones), icon=":material/person_remove:")


def _remove(desk: Desk, phones: list[str]) -> None:
    for phone in phones:
        session.attempt(lambda phone=phone: desk.remove_opt_out(phone, session.actor()))
    session.tell(f"{words.counted(len(phones), 'number')} taken off the list, and recorded under your name.")
