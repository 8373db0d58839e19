"""The sandbox's faults: how the stand-in of the provider misbehaves, chosen here or by the end of a number."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.ui import parts, session
from smscore import FAULT_ENDINGS, FAULT_MEANINGS, FAULT_MODES, Desk, Faults


def draw_faults(desk: Desk) -> None:
    """Draw the switches, and the endings that choose a fault for one number."""
    present = desk.sandbox.get_faults()
    if present is None:
        st.info("SMS Desk is live, so there's no sandbox to set up.", icon=":material/cell_tower:")
        return
    parts.draw_note("The sandbox stands in for the provider. Make it misbehave to see how SMS Desk reacts.")
    _draw_switches(desk, present)
    st.subheader("Test numbers", anchor=False)
    parts.draw_note("Numbers with these endings always behave as shown, whatever you set above.")
    endings = [{"Ends in": ending, "What happens": FAULT_MEANINGS[mode]} for ending, mode in FAULT_ENDINGS.items()]
    parts.draw_table(pd.DataFrame(endings), "Faults by the last six digits of a number")


def _draw_switches(desk: Desk, present: Faults) -> None:
    with st.form("faults_form"):
        modes = list(FAULT_MODES)
        st.selectbox(
            "Provider behaviour",
            modes,
            index=modes.index(present.fault),
            format_func=lambda mode: f"{mode.replace('_', ' ') or 'works'}: {FAULT_MODES[mode]}",
            key="fault_mode",
        )
        left, right = st.columns(2)
        with left:
            _draw_percent("API calls affected (%)", "fault_share", present.share)
            st.number_input(
                "Delay before each answer (seconds)", 0.0, 60.0, float(present.latency), key="fault_latency"
            )
        with right:
            _draw_percent("Reported undelivered (%)", "fault_undelivered", present.undelivered)
            _draw_percent("Reported expired (%)", "fault_expired", present.expired)
        st.form_submit_button("Apply to sandbox", on_click=_apply, args=(desk,))


def _draw_percent(label: str, key: str, share: float) -> None:
    st.number_input(label, 0, 100, round(100 * share), key=key)


def _apply(desk: Desk) -> None:
    changes = {
        "fault": session.get_value("fault_mode"),
        "latency": session.get_value("fault_latency"),
        "share": session.get_value("fault_share") / 100,
        "undelivered": session.get_value("fault_undelivered") / 100,
        "expired": session.get_value("fault_expired") / 100,
    }
    if session.attempt(lambda: desk.sandbox.set_faults(**changes)) is not None:
        session.tell("Sandbox updated.")
