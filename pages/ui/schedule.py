"""When a campaign leaves: its start, its countdown, its hours, and whether a few get it first."""

from __future__ import annotations

from datetime import datetime, time, timedelta

import streamlit as st

from pages.ui import parts
from smscore import Canary, Desk, Message, Route, Timing, Window

COUNTDOWNS = {0: "none", 10: "10 seconds", 30: "30 seconds", 60: "1 minute", 300: "5 minutes"}


def draw_timing(desk: Desk, page: str, message: Message) -> Timing:
    """Draw when to send, and return it: now or at a time, after a countdown, within hours of the day."""
    zone = desk.settings.zone
    when = st.segmented_control(
        "Start", ("now", "at a set time"), default="now", required=True, key=f"{page}_when", persist_state="session"
    )
    start = None
    if when == "at a set time":
        soon = (datetime.now(zone) + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0, tzinfo=None)
        chosen = st.datetime_input(
            f"Start at ({desk.settings.timezone})", value=soon, key=f"{page}_start", persist_state="session", step=300
        )
        start = chosen.replace(tzinfo=zone) if chosen else None
    countdown = st.selectbox(
        "Countdown before the first message",
        COUNTDOWNS,
        index=0 if page == "compose" else 1,
        format_func=COUNTDOWNS.__getitem__,
        key=f"{page}_countdown",
        persist_state="session",
        help="Anyone using SMS Desk can stop the campaign during the countdown.",
    )
    return Timing(start, _draw_window(desk, page, message), countdown)


def _draw_window(desk: Desk, page: str, message: Message) -> Window | None:
    promotional = message.route is Route.PROMO and Route.PROMO in message.spec.routes
    if promotional:
        parts.draw_note(
            "Promotional messages go out only between 10:00 and 21:00 IST (a TRAI rule), unless you choose other hours."
        )
    if not st.toggle("Send only between certain hours", key=f"{page}_hours", persist_state="session"):
        return None
    left, right = st.columns(2)
    opens = left.time_input("From", time(10, 0), key=f"{page}_opens", persist_state="session")
    closes = right.time_input("Until", time(21, 0), key=f"{page}_closes", persist_state="session")
    return Window(f"{opens:%H:%M}", f"{closes:%H:%M}", desk.settings.timezone)


def draw_canary(page: str, contacts: int) -> Canary:
    """Draw whether a few get the message first and what decides about the rest; return that."""
    if contacts < 2 or not st.toggle(
        "Send a test batch first",
        key=f"{page}_canary",
        persist_state="session",
        help="A few people get the message first. The rest waits for your approval, or for good results.",
    ):
        return Canary()
    size = st.number_input(
        "Test batch size",
        1,
        max(1, contacts - 1),
        min(10, contacts - 1),
        key=f"{page}_canary_size",
        persist_state="session",
    )
    rule = st.segmented_control(
        "Then",
        ("wait for my approval", "continue automatically"),
        default="wait for my approval",
        required=True,
        key=f"{page}_canary_rule",
        persist_state="session",
    )
    if rule == "wait for my approval":
        return Canary(size)
    share = st.number_input(
        "Continue if at most this share failed (%)", 0, 100, 10, key=f"{page}_canary_share", persist_state="session"
    )
    wait = st.number_input(
        "Seconds to wait for results", 5, 3_600, 120, key=f"{page}_canary_wait", persist_state="session"
    )
    return Canary(size, share / 100, wait)
