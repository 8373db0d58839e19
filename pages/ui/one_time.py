"""The one-time code that was sent: shown beside its own send for a minute, and kept nowhere else."""

from __future__ import annotations

import math
import time

import streamlit as st

from pages.ui import parts, session, words
from smscore import OtpReceipt

SECONDS = 60
"""For how long a code is shown."""
KEY = "compose_code"
"""Under this name, which begins as the page's own do, a code goes with the draft that sent it."""


def keep(receipt: OtpReceipt) -> None:
    """Keep a code, in memory alone, while its sender looks at it."""
    session.put(KEY, (receipt, time.monotonic() + SECONDS))


def shown(campaign: int) -> tuple[OtpReceipt, int] | None:
    """The code that `campaign` sent and the seconds for which it is still shown.

    None when its time is over, its sender has noted it, or another campaign sent it; then the code is forgotten.
    """
    receipt, until = session.chosen(KEY) or (None, 0.0)
    left = math.ceil(until - time.monotonic())
    if receipt is None or left <= 0 or receipt.campaign.id != campaign:
        session.drop(KEY)
        return None
    return receipt, left


def draw(campaign: int) -> None:
    """The code that `campaign` sent, counted down and then taken off the screen; nothing where there is none."""
    st.fragment(_draw, run_every="1s" if shown(campaign) else None)(campaign)


def _draw(campaign: int) -> None:
    found = shown(campaign)
    if found is None:
        return
    receipt, left = found
    with st.container(border=True, width=420):
        st.text(f"Your code, shown for {SECONDS} seconds and not stored:")
        st.code(receipt.code, language=None)
        parts.note(f"It disappears in {words.counted(left, 'second')}.")
        st.button("I've noted it", on_click=session.drop, args=(KEY,), key="noted_code")
    if receipt.explanation:
        st.warning(words.told(receipt.explanation), icon=":material/info:")
