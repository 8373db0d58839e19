"""Settings: what is configured, whether the provider answers, senders, the opt-out list and the sandbox's faults."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.ui import faults, opt_outs, parts, session, words
from smscore import Desk


def draw_configuration(desk: Desk) -> None:
    """Draw every setting as it is, secrets only as set or not set."""
    st.button(
        "Check connection", icon=":material/network_check:", on_click=_check, args=(desk,), key="check_connection"
    )
    views = desk.list_settings()
    frame = pd.DataFrame([{"Setting": v.source, "Value": v.shown, "Description": v.help} for v in views])
    wide = {
        "Setting": st.column_config.TextColumn(width=205),
        "Description": st.column_config.TextColumn(width="large"),
    }
    parts.draw_table(frame, "Settings", height="content", row_height=parts.TWO_LINES, column_config=wide)
    parts.draw_note("Set these in the environment or in .streamlit/secrets.toml, then restart SMS Desk.")


def _check(desk: Desk) -> None:
    checked = session.attempt(desk.check_connection)
    if checked is not None:
        where = "" if desk.live else "This is the sandbox, not the provider. "
        (session.tell if checked.ready else session.warn)(where + words.format_explanation(checked.explanation))


def draw_senders(desk: Desk) -> None:
    """Draw the senders that Compose and Bulk upload offer."""
    parts.draw_note("DLT headers: six letters for service and transactional messages, six digits for promotional ones.")
    for sender in desk.senders.list():
        with st.container(horizontal=True, vertical_alignment="center"):
            st.text(sender, width=140)
            st.button(
                "Remove", key=f"remove_{sender}", icon=":material/delete:", on_click=_remove_sender, args=(desk, sender)
            )
    with st.form("sender_form", clear_on_submit=True, border=False):
        st.text_input("New sender", key="new_sender", max_chars=20, width=280)
        st.form_submit_button("Add sender", on_click=_add_sender, args=(desk,))


def _add_sender(desk: Desk) -> None:
    name = str(session.get_value("new_sender") or "").strip()
    session.attempt(lambda: desk.senders.add(name, session.get_actor()))


def _remove_sender(desk: Desk, name: str) -> None:
    session.attempt(lambda: desk.senders.remove(name, session.get_actor()))


desk = session.get_desk()
parts.draw_title("Settings", "Configuration, senders, the opt-out list and the sandbox.")
configured, senders, opted_out, sandbox = st.tabs(["Configuration", "Senders", "Opt-out list", "Sandbox"])
with configured:
    draw_configuration(desk)
with senders:
    draw_senders(desk)
with opted_out:
    opt_outs.draw_opt_outs(desk)
with sandbox:
    faults.draw_faults(desk)
