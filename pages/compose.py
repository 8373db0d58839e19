"""Compose: one message to a few people whose numbers are typed or pasted, or a one-time code to one."""

from __future__ import annotations

import math
import time

import streamlit as st

from pages.ui import editor, launched, parts, people, phone, review, session, starting, words
from smscore import Audience, Desk, DeskError, Message, OtpReceipt, list_regions, message_faults, problem_frame

PAGE = "compose"
CODE_SECONDS = 60
CODE_KEY = "compose_code"  # begins as the page's own keys do, so that a code goes with the draft that sent it


def draw_recipients(desk: Desk, one: bool) -> tuple[str, str]:
    """Draw the fields of the numbers and of the country for those without a country code; return both."""
    codes = dict(list_regions())
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


def draw_typed_audience(desk: Desk, text: str, region: str) -> Audience | None:
    """Return the audience of the typed numbers with its problems drawn; None while nobody can be texted."""
    if not text.strip():
        st.info("Enter at least one phone number to continue.", icon=":material/dialpad:")
        return None
    audience = session.get_or_make(f"{PAGE}_typed", (text, region), lambda: desk.audiences.read_typed(text, region))
    people.draw_funnel(audience, typed=True)
    if len(audience.problems):
        frame = problem_frame(audience.problems).drop(columns="column").rename(columns=str.capitalize)
        parts.draw_table(frame.rename(columns={"Row": "No."}), "Numbers that can't be texted")
    return audience if audience.people else None


def draw_one_time(desk: Desk, message: Message, text: str, region: str) -> None:
    """Send a one-time code, and show it once."""
    st.header("Send the code", anchor=False)
    faults = message_faults(message)
    parts.draw_faults(faults)
    if not text.strip():
        st.info("Enter the phone number to continue.", icon=":material/dialpad:")
    key = session.get_draft(PAGE).launch_key
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
        receipt = desk.launches.send_otp(message, text, region, session.get_actor(), key)
    except DeskError as error:
        session.refuse(error)
        return
    keep_code(receipt)
    session.change_draft(PAGE, launched=receipt.campaign.id)


def keep_code(receipt: OtpReceipt) -> None:
    """Keep a code, in memory alone, while its sender looks at it."""
    session.put(CODE_KEY, (receipt, time.monotonic() + CODE_SECONDS))


def read_code(campaign: int) -> tuple[OtpReceipt, int] | None:
    """Return the code that `campaign` sent and the seconds for which it is still shown.

    None when its time is over, its sender has noted it, or another campaign sent it; then the code is forgotten.
    """
    receipt, until = session.get_value(CODE_KEY) or (None, 0.0)
    left = math.ceil(until - time.monotonic())
    if receipt is None or left <= 0 or receipt.campaign.id != campaign:
        session.drop(CODE_KEY)
        return None
    return receipt, left


def draw_code(campaign: int) -> None:
    """Draw the code that `campaign` sent, counted down and then removed; nothing where there is none."""
    st.fragment(_draw_code, run_every="1s" if read_code(campaign) else None)(campaign)


def _draw_code(campaign: int) -> None:
    found = read_code(campaign)
    if found is None:
        return
    receipt, left = found
    with st.container(border=True, width=420):
        st.text(f"Your code, shown for {CODE_SECONDS} seconds and not stored:")
        st.code(receipt.code, language=None)
        parts.draw_note(f"It disappears in {words.format_count(left, 'second')}.")
        st.button("I've noted it", on_click=session.drop, args=(CODE_KEY,), key="noted_code")
    if receipt.explanation:
        st.warning(words.format_explanation(receipt.explanation), icon=":material/info:")


desk, draft = session.get_desk(), session.get_draft(PAGE)
parts.draw_title("Compose", "Send a message to a few people, or a one-time code to one.")
if draft.launched is not None:
    draw_code(draft.launched)
    launched.draw_launched(desk, PAGE, draft.launched)
    st.stop()
if starting.draw_progress(PAGE):
    st.stop()
launched.draw_last_campaign(desk, PAGE)
write, read = st.columns([3, 2], gap="large")
with write:
    message = editor.draw_editor(desk, PAGE)
    text, region = draw_recipients(desk, message.one_time)
with read:
    phone.draw_preview(message, {}, typed_in=f"{PAGE}_text")
if message.one_time:
    draw_one_time(desk, message, text, region)
    st.stop()
audience = draw_typed_audience(desk, text, region)
if audience is not None:
    people_count = words.format_count(audience.people, "person", "people")
    review.draw_review(desk, PAGE, message, audience, f"{message.spec.label} to {people_count}")
