"""The opt-out list: add by hand or from a sheet, search, remove."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.ui import chooser, parts, problem_table, session, sheet_columns, sheet_file, words
from smscore import SHEET_SUFFIXES, Added, Choice, Desk, DeskError, SheetError

PLACE = "opt_outs"
"""The prefix of the keys of the uploaded list."""
COLUMNS = {
    "phone": st.column_config.TextColumn("Phone", width=150),
    "added_at": st.column_config.DatetimeColumn("Added", width=150, format="YYYY-MM-DD HH:mm"),
    "actor": st.column_config.TextColumn("Added by", width=150),
    "source": st.column_config.TextColumn("Source"),
}
ADDED = "opt_outs_added"
"""What the last press or file added, and of which sheet (None: typed)."""


def draw_opt_outs(desk: Desk) -> None:
    """Draw the opt-out list: add by hand or from a sheet, search, remove."""
    count = st.container()  # drawn last: a sheet that is dropped adds to it
    parts.draw_note("People on this list are left out when you upload a sheet, and again when messages are sent.")
    left, right = st.columns(2)
    with left, st.form("opt_out_form", clear_on_submit=True):
        st.text_area("Numbers to add", key="opt_out_text", placeholder="98765 43210, +91 91234 56789")
        st.form_submit_button("Add to list", on_click=_add_typed, args=(desk,))
    with right:
        source = chooser.choose("Or upload a sheet of numbers", type=SHEET_SUFFIXES, key="opt_out_file")
        if source is not None:
            _add_sheet(desk, source)
    _draw_unread(session.get_value(ADDED))
    with count:
        st.metric("Numbers on the list", words.format_number(desk.opt_outs.count()), border=True, width=220)
    draw_opt_out_list(desk)


def _add_typed(desk: Desk) -> None:
    text = str(session.get_value("opt_out_text") or "")
    added = session.attempt(lambda: desk.opt_outs.add(text, desk.settings.region, session.get_actor(), "typed"))
    if added is not None:
        session.put(ADDED, (None, added))
        session.tell(_describe_added(added))


def _draw_unread(kept: tuple[object, Added] | None) -> None:
    """Draw the rows of the last added list that put nobody on the list, each with why."""
    if kept is None or kept[1].unread.empty:
        return
    unread = kept[1].unread
    st.subheader("Rows that couldn't be read", anchor=False)
    parts.draw_note("These rows added nobody to the opt-out list. Correct them, then add them again.")
    problem_table.draw_unread_rows(unread, "Rows of the opt-out list that couldn't be read")
    parts.draw_download("These rows as CSV", "opt-outs-unread.csv", parts.make_writer(unread), "opt_out_unread")


def _describe_added(added: Added) -> str:
    told = (
        f"{words.format_count(added.added, 'number')} added, {words.format_number(added.already)} already on the list"
    )
    repeated = f", {words.format_count(added.repeated, 'repeat')}" if added.repeated else ""
    unread = f". {words.format_count(added.problems, 'row')} couldn't be read. See below." if added.problems else "."
    return told + repeated + unread


def _add_sheet(desk: Desk, source: UploadedFile) -> None:
    sheet = sheet_file.read_source(PLACE, source)
    if sheet is None:
        return
    if len(sheet.sheets) > 1:
        sheet_file.draw_other_sheets(PLACE, sheet)
    sheet_file.draw_heading(PLACE, sheet)
    sheet_file.draw_encoding(PLACE, sheet)
    phone, country = sheet_columns.draw_columns(PLACE, sheet)

    # Not `get_or_make`: what is made again after a while would put back a number that was taken off the list since.
    key = (sheet.reading, phone, country)
    last: tuple[object, Added] | None = session.get_value(ADDED)
    try:
        if last is None or last[0] != key:
            with st.spinner("Reading the numbers"):
                choice = Choice.of_everybody(phone, desk.settings.region, country)
                audience = desk.audiences.build(sheet, choice)
                added = desk.opt_outs.add(audience, desk.settings.region, session.get_actor(), source.name)
            last = (key, added)
            session.put(ADDED, last)
        added = last[1]
        if added.problems:
            st.warning(_describe_added(added), icon=":material/warning:")
        else:
            st.success(_describe_added(added))
        if added.country:
            st.text(f"Countries from: {words.clean(words.join_words(added.country))}")
    except SheetError as error:
        sheet_columns.draw_refusal(PLACE, sheet, error)
    except DeskError as error:
        parts.draw_refusal(error)


def draw_opt_out_list(desk: Desk) -> None:
    """Draw the list, searched by a part of the number."""
    search = st.text_input("Search by number", key="opt_out_search", placeholder="98765")
    frame = desk.opt_outs.search(search.strip())
    if frame.empty:
        parts.draw_note("No matching numbers." if search else "The list is empty.")
        return
    parts.draw_row_hint("take its number off the list")
    chosen = st.dataframe(
        frame,
        column_config=COLUMNS,
        key=f"opt_out_list_{desk.opt_outs.get_revision()}",  # or the next one would be chosen where one was removed
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        alt="Opt-out list",
        height=min(38 + 35 * len(frame), 280),
    )
    phones = [str(frame["phone"].iloc[row]) for row in chosen["selection"]["rows"]]
    if phones:
        label = f"Remove {words.format_count(len(phones), 'number')}"
        st.button(label, key="opt_out_remove", on_click=_remove, args=(desk, phones), icon=":material/person_remove:")


def _remove(desk: Desk, phones: list[str]) -> None:
    for phone in phones:
        session.attempt(partial(_remove_one, desk, phone))
    session.tell(f"{words.format_count(len(phones), 'number')} removed. The activity log shows your name.")


def _remove_one(desk: Desk, phone: str) -> None:
    desk.opt_outs.remove(phone, session.get_actor())
