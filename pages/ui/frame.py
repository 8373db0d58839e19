"""The pieces of the frame: sign-in, the desk or why there is none, the operator's name, and the status line."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from pages.ui import parts, session, words
from smscore import Campaign, CampaignStatus, Desk, DeskError, SettingsError


def sign_in_gate() -> None:
    """With sign-in set up (`[auth]` in the secrets) nobody passes who has not signed in; without it everybody does."""
    if not session.sign_in_is_set_up() or st.user.get("is_logged_in", False):
        return
    st.title("SMS Desk", anchor=False)
    st.text("Sign in to send messages and to see campaigns.")
    st.button("Sign in", type="primary", icon=":material/login:", on_click=st.login)
    st.stop()


def opened_desk() -> Desk:
    """The desk; or the faults that keep it shut, each as a line, and nothing below."""
    try:
        return session.desk()
    except SettingsError as error:
        _draw_faults(error)
    except DeskError as error:
        parts.refused(error)
    return st.stop()


def _draw_faults(error: SettingsError) -> None:
    st.error("SMS Desk cannot start with these settings. Nothing was sent.", icon=":material/error:")
    for fault in error.facts.get("faults", (error.sentence,)):
        st.text(f"• {fault}")
    parts.note("Correct them in the environment or in .streamlit/secrets.toml, then start SMS Desk again.")


def draw_operator() -> None:
    """Who acts, at the foot of the side bar: campaigns, decisions and changes are recorded under this name."""
    with st.sidebar:
        if st.user.get("is_logged_in", False):
            st.text(f"Signed in: {session.actor()}")
            st.button("Sign out", on_click=st.logout, icon=":material/logout:", width="stretch")
            return
        st.text_input(
            "Your name",
            key="actor",
            max_chars=60,
            placeholder="operator",
            persist_state="session",
            help="Kept with every campaign, decision and change you make.",
        )


def draw_status_line(desk: Desk) -> None:
    """Live or sandbox, what is being sent now, and the switch that stops everything."""
    # An idle page looks too: a countdown that somebody else has started is there for all to see, and to stop.
    st.fragment(_status_line, run_every="1s" if desk.under_way() else "2s")(desk)


def _status_line(desk: Desk) -> None:
    session.draw_all_if_asked()
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _mode(desk)
        under_way = desk.under_way()
        if under_way:
            # Before the words, whose length changes: a button that moves is missed when it matters.
            st.button(
                "Stop all",
                key="stop_all",
                icon=":material/stop_circle:",
                on_click=_stop_all,
                args=(desk,),
                help="Pauses every campaign within two seconds. Each can be resumed.",
            )
            waiting = sum(campaign.totals.waiting for campaign in under_way)
            st.text(f"{_how_many(under_way)}, {words.counted(waiting, 'message')} waiting{_next_start(under_way)}")


def _how_many(under_way: tuple[Campaign, ...]) -> str:
    planned = sum(each.status is CampaignStatus.SCHEDULED for each in under_way)
    running = len(under_way) - planned
    if not running:
        return f"{words.counted(planned, 'campaign')} planned"
    return f"{words.counted(running, 'campaign')} running" + (f", {words.number(planned)} planned" if planned else "")


def _next_start(under_way: tuple[Campaign, ...]) -> str:
    starts = [each.start_at for each in under_way if each.status is CampaignStatus.SCHEDULED and each.start_at]
    if not starts:
        return ""
    return f"; the next starts {words.countdown((min(starts) - datetime.now(UTC)).total_seconds())}"


def _mode(desk: Desk) -> None:
    if desk.live:
        st.badge(f"Live: messages are sent through {desk.settings.host}", icon=":material/cell_tower:", color="red")
    else:
        st.badge("Sandbox: nothing leaves this computer", icon=":material/science:", color="orange")


def _stop_all(desk: Desk) -> None:
    session.draw_all_anew()
    stopped = session.attempt(lambda: desk.stop_all(session.actor()))
    if stopped is not None:
        session.tell(f"Stopped: {words.counted(stopped, 'campaign')} paused. Resume each on the Campaigns page.")
