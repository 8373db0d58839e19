"""Bulk upload: from a sheet to a campaign, on one page."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.ui import (
    editor,
    launched,
    parts,
    people,
    phone,
    problem_table,
    review,
    session,
    sheet_file,
    starting,
    upload,
)
from smscore import SAMPLE, Audience, Desk, Kind, Message, placeholder_names, write_sample

PAGE = "bulk"
UPLOAD, SAVED = "Upload a sheet", "Saved audience"
KINDS = tuple(kind for kind in Kind if kind.spec.in_bulk)


def draw_people(desk: Desk) -> Audience | None:
    """Draw the choice of a sheet or a saved audience, with the arithmetic and the problems."""
    source = st.segmented_control(
        "Contacts from", (UPLOAD, SAVED), default=UPLOAD, required=True, key=f"{PAGE}_source", persist_state="session"
    )
    if source == SAVED:
        audience = upload.draw_saved(desk, PAGE)
        if audience:
            people.draw_funnel(audience)
        return audience
    sheet = sheet_file.draw_upload(desk, PAGE)
    if sheet is None:
        draw_example()
        return None
    audience = upload.draw_choices(desk, PAGE, sheet)
    if audience is None:
        parts.draw_notices(sheet.warnings, st.info)
        return None
    people.draw_funnel(audience)
    people.draw_opt_out_question(PAGE, audience)
    problem_table.draw_problems(PAGE, audience)
    problem_table.draw_corrections(PAGE)
    people.draw_contacts(PAGE, audience)
    upload.draw_sheet_downloads(desk, PAGE, sheet, audience)
    return audience


def draw_example() -> None:
    """Draw an example sheet, for whoever makes one for the first time."""
    st.subheader("Example sheet", anchor=False)
    parts.draw_note(
        "Use one row per person and one column of phone numbers. You can use any other column in your message."
    )
    header, *rows = SAMPLE
    parts.draw_table(pd.DataFrame(rows, columns=header), "Example sheet", width=480)
    parts.draw_download("Example as XLSX", "example.xlsx", write_sample, f"{PAGE}_example")


def draw_message(desk: Desk, audience: Audience) -> Message:
    """Draw the message's fields on the left and the preview of any row on the right."""
    st.header("Message", anchor=False)
    write, read = st.columns([3, 2], gap="large")
    with write:
        message = editor.draw_editor(desk, PAGE, placeholder_names(audience.fields), KINDS)
    with read:
        last = audience.people
        turn = st.number_input(
            "Preview contact", 1, last, 1, key=f"{PAGE}_preview", persist_state="session", help=f"1 to {last:,}"
        )
        person = audience.contacts.iloc[turn - 1]
        whose = f"Row {person.name:,} of the sheet"
        values = {str(name): str(cell) for name, cell in person.items() if name != "msisdn"}
        phone.draw_preview(message, values, whose, typed_in=f"{PAGE}_text")
    return message


desk, draft = session.get_desk(), session.get_draft(PAGE)
parts.draw_title(
    "Bulk upload", "Send one message to everyone in a sheet. Every row is accounted for before anything is sent."
)
if draft.launched is not None:
    launched.draw_launched(desk, PAGE, draft.launched)
    st.stop()
if starting.draw_progress(PAGE):
    st.stop()
launched.draw_last_campaign(desk, PAGE)
audience = draw_people(desk)
if audience is None:
    st.stop()
if not audience.people:
    st.error("No row in this sheet can be texted. Fix the problems above, or choose another phone column or sheet.")
    st.stop()
message = draw_message(desk, audience)
review.draw_review(desk, PAGE, message, audience, audience.name.rsplit(".", 1)[0])
