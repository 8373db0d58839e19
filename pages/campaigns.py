"""Campaigns: the list, one campaign live, what became unknown, and what may be tried again."""

from __future__ import annotations

import streamlit as st

from pages.ui import facts, launched, parts, session, words
from smscore import Campaign, Desk

WATCHED = "2s"


def draw_list(desk: Desk) -> None:
    """All campaigns, as they are now; choosing a row opens it. A new campaign makes it a new list, nothing chosen."""
    session.draw_all_if_asked()
    campaigns = desk.campaigns()
    key = f"list_{campaigns[0].id}"
    st.dataframe(
        parts.campaign_frame(desk.settings.zone, campaigns),
        key=key,
        hide_index=True,
        on_select=lambda: _open(campaigns, key),
        selection_mode="single-row",
        column_config=parts.campaign_columns(),
        alt="Campaigns, newest first",
        width="stretch",
        height=min(38 + 35 * len(campaigns), 320),
    )
    if session.opened_campaign() is None:
        parts.choose_row("open the campaign")


def _open(campaigns: tuple[Campaign, ...], key: str) -> None:
    rows = session.chosen(key)["selection"]["rows"]
    if rows:
        session.open_campaign(campaigns[rows[0]].id)
        session.draw_all_anew()


def draw_campaign(desk: Desk, campaign: Campaign) -> None:
    """One campaign: its progress and buttons, its message, and what can be done now."""
    st.header(f"Campaign {campaign.id} · {words.escaped(campaign.name, 120)}", anchor=False)
    launched.draw_progress(desk, campaign.id)
    draw_unknown(desk, campaign)
    draw_retry(desk, campaign)
    facts.draw_facts(desk, campaign)
    facts.draw_files(desk, campaign)


def draw_unknown(desk: Desk, campaign: Campaign) -> None:
    """Those who may or may not have been texted, and the two decisions that close them."""
    open_ones = desk.unknown_count(campaign.id) if campaign.totals.unknown else 0
    if not open_ones:
        return
    frame = desk.unknown(campaign.id)
    st.subheader("Unknown", anchor=False)
    st.warning(
        f"{words.counted(open_ones, 'message')} may have gone out: the provider's answer was lost or "
        "unreadable. Delivery reports may still clear this up. Nothing is sent again by itself.",
        icon=":material/help:",
    )
    chosen = st.dataframe(
        frame,
        key=f"unknown_{campaign.id}",
        hide_index=True,
        on_select="rerun",
        selection_mode="multi-row",
        alt="Recipients whose outcome is unknown",
        width="stretch",
        height=min(38 + 35 * len(frame), 260),
        column_order=[name for name in frame.columns if name != "seq"],
        column_config=parts.recipient_columns(),
    )
    rows = chosen["selection"]["rows"]
    seqs = tuple(int(seq) for seq in frame["seq"].iloc[rows]) if rows else None
    count = len(rows) or open_ones
    _decision(desk, campaign, seqs, "sent", f"Count {words.number(count)} as sent", ":material/done:")
    agreed = st.checkbox("I accept that these people may get the message twice.", key=f"twice_{campaign.id}")
    _decision(desk, campaign, seqs, "again", f"Send {words.number(count)} again", ":material/replay:", not agreed)


def _decision(
    desk: Desk, campaign: Campaign, seqs: tuple | None, decision: str, label: str, icon: str, disabled: bool = False
) -> None:
    st.button(
        label,
        key=f"{decision}_{campaign.id}",
        icon=icon,
        disabled=disabled,
        on_click=_decide,
        args=(desk, campaign.id, seqs, decision),
    )


def _decide(desk: Desk, campaign: int, seqs: tuple | None, decision: str) -> None:
    closed = session.attempt(lambda: desk.decide_unknown(campaign, seqs, decision, session.actor()))
    if closed is not None:
        session.tell(f"{words.counted(closed, 'decision')} recorded under the name {words.escaped(session.actor())}.")
        session.put(f"twice_{campaign}", False)


def draw_retry(desk: Desk, campaign: Campaign) -> None:
    """A new campaign of those to whom provably nothing went."""
    failed = campaign.totals.refused + campaign.totals.cancelled
    if not campaign.ended or not failed:
        return
    st.subheader("Not sent", anchor=False)
    st.text(f"Nothing went to {words.counted(failed, 'recipient')}: refused by the provider, or cancelled before.")
    st.button(
        f"Make a campaign of these {words.number(failed)}",
        key=f"retry_{campaign.id}",
        icon=":material/replay:",
        on_click=_retry,
        args=(desk, campaign.id),
    )


def _retry(desk: Desk, campaign: int) -> None:
    fresh = session.attempt(lambda: desk.retry_failed(campaign, session.actor()))
    if fresh is not None:
        session.open_campaign(fresh)
        session.tell(f"Campaign {fresh} is made of those who did not get campaign {campaign}.")


desk = session.desk()
parts.title("Campaigns", "Every campaign, live. Sending goes on whether or not this page is open.")
if not desk.campaigns(limit=1):
    parts.empty(
        "No campaign yet. Each one will stand here with its progress, its results and what to do about trouble.",
        "bulk_upload.py",
        "Upload a sheet",
        ":material/campaign:",
    )
    st.stop()
st.fragment(draw_list, run_every=WATCHED if desk.under_way() else None)(desk)
opened = session.opened_campaign()
if opened is not None:
    draw_campaign(desk, desk.campaign(opened))
