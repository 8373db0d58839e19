"""Compose: one message to a few people whose numbers are typed or pasted, or a one-time code to one."""

from __future__ import annotations

import streamlit as st

from pages.ui import editor, launched, one_time, parts, people, phone, review, session, starting, words
from smscore import Audience, Desk, DeskError, Message, message_faults, problem_frame, regions

PAGE = "compose"


def draw_recipients(desk: Desk, one: bool) -> tuple[str, str]:
    """The numbers as written and the country for those without a country code."""
    codes = dict(regions())
    home = desk.settings.region
    hint = "98765 43210" if one else "98765 43210\n+91 91234 56789, 099887 76655"
    text = st.text_area(
        "Phone number" if one else "Phone numbers",
        key=f"{PAGE}_numbers",
        placeholder=hint,
        persist_state="session",
        height=100,
    )
    region = st.selectbox(
        "Country for numbers without a country code",
        list(codes),
        index=list(codes).index(home) if home in codes else 0,
        format_func=lambda code: f"{code} (+{codes[code]})",
        key=f"{PAGE}_region",
        persist_state="session",
    )
    return text, region


def typed_audience(desk: Desk, text: str, region: str) -> Audience | None:
    """The audience of the typed numbers with its problems drawn; None while nobody can be texted."""
    if not text.strip():
        st.info("Enter at least one phone number to continue.", icon=":material/dialpad:")
        return None
    audience = session.remembered(f"{PAGE}_typed", (text, region), lambda: desk.audiences.read_typed(text, region))
    people.draw_funnel(audience, typed=True)
    if len(audience.problems):
        frame = problem_frame(audience.problems).drop(columns="column").rename(columns=str.capitalize)
        parts.table(frame.rename(columns={"Row": "No."}), "Numbers that can't be texted")
    return audience if audience.people else None


def draw_one_time(desk: Desk, message: Message, text: str, region: str) -> None:
    """Send a one-time code, and show it once."""
    st.header("Send the code", anchor=False)
    faults = message_faults(message)
    parts.faults(faults)
    if not text.strip():
        st.info("Enter the phone number to continue.", icon=":material/dialpad:")
    key = session.draft(PAGE).launch_key
    st.button(
        "Send a one-time code",
        key=f"{PAGE}_otp",
        type="primary",
        icon=":material/password:",
        disabled=bool(faults) or not text.strip(),
        on_click=_send_code,
        args=(desk, message, text, region, key),
    )


def _send_code(desk: Desk, message: Message, text: str, region: str, key: str) -> None:
    try:
        receipt = desk.launches.send_otp(message, text, region, session.actor(), key)
    except DeskError as error:
        session.refuse(error)
        return
    one_time.keep(receipt)
    session.change_draft(PAGE, launched=receipt.campaign.id)


desk, draft = session.desk(), session.draft(PAGE)
parts.title("Compose", "Send a message to a few people, or a one-time code to one.")
if draft.launched is not None:
    one_time.draw(draft.launched)
    launched.draw_launched(desk, PAGE, draft.launched)
    st.stop()
if starting.draw(PAGE):
    st.stop()
launched.draw_last(desk, PAGE)
write, read = st.columns([3, 2], gap="large")
with write:
    message = editor.draw_editor(desk, PAGE)
    text, region = draw_recipients(desk, message.one_time)
with read:
    phone.draw_preview(message, {})
if message.one_time:
    draw_one_time(desk, message, text, region)
    st.stop()
audience = typed_audience(desk, text, region)
if audience is not None:
    people_count = words.counted(audience.people, "person", "people")
    review.draw_review(desk, PAGE, message, audience, f"{message.spec.label} to {people_count}")
