"""Those who may or may not have been texted, and the two decisions that close them."""

from __future__ import annotations

from zlib import crc32

import streamlit as st

from pages.ui import parts, session, words
from smscore import Campaign, Desk


def draw_unknown(desk: Desk, campaign: Campaign) -> None:
    """Draw those who may or may not have been texted, and the two decisions that close them."""
    open_ones = desk.unknowns.count(campaign.id) if campaign.totals.unknown else 0
    if not open_ones:
        return
    frame = desk.unknowns.list(campaign.id)
    st.subheader("Unknown", anchor=False)
    st.warning(
        f"{words.format_count(open_ones, 'message')} may have been sent: the provider's answer was lost or unreadable. "
        "Delivery reports may still settle this. SMS Desk never resends them on its own.",
        icon=":material/help:",
    )
    chosen = st.dataframe(
        frame,
        # Rows are chosen by their place: when a report closes one, the others move up, and nobody has chosen them.
        key=f"unknown_{campaign.id}_{crc32(frame['seq'].to_numpy().tobytes())}",
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        alt="Recipients whose outcome is unknown",
        width="stretch",
        height=min(38 + 35 * len(frame), 260),
        column_order=[name for name in frame.columns if name != "seq"],
        column_config=parts.configure_recipient_columns(),
    )
    rows = chosen["selection"]["rows"]
    seqs = tuple(int(seq) for seq in frame["seq"].iloc[rows]) if rows else None
    count = len(rows) or open_ones
    _draw_decision(desk, campaign, seqs, "sent", f"Mark {words.format_number(count)} as sent", ":material/done:")
    agreed = st.checkbox("I accept that these people may get the message twice.", key=f"twice_{campaign.id}")
    _draw_decision(
        desk, campaign, seqs, "again", f"Send {words.format_number(count)} again", ":material/replay:", not agreed
    )


def _draw_decision(
    desk: Desk,
    campaign: Campaign,
    seqs: tuple[int, ...] | None,
    decision: str,
    label: str,
    icon: str,
    disabled: bool = False,
) -> None:
    st.button(
        label,
        key=f"{decision}_{campaign.id}",
        icon=icon,
        disabled=disabled,
        on_click=_decide,
        args=(desk, campaign.id, seqs, decision),
    )


def _decide(desk: Desk, campaign: int, seqs: tuple[int, ...] | None, decision: str) -> None:
    session.request_redraw()
    closed = session.attempt(lambda: desk.unknowns.decide(campaign, seqs, decision, session.get_actor()))
    if closed is not None:
        session.tell(
            f"{words.format_count(closed, 'decision')} saved under the name {words.escape(session.get_actor())}."
        )
        session.put(f"twice_{campaign}", False)
