"""Campaigns: the list, one campaign live, what became unknown, and what may be tried again."""

from __future__ import annotations

import streamlit as st

from pages.ui import facts, launched, parts, retry, session, unknown, watching, words
from smscore import Campaign, Desk

WATCHED, IDLE = "2s", "10s"


def draw_list(desk: Desk) -> None:
    """All campaigns, as they are now; choosing a row opens it. A new campaign makes it a new list, nothing chosen."""
    session.redraw_if_requested()
    campaigns = desk.campaigns.list()
    key = f"list_{campaigns[0].id}"
    st.dataframe(
        parts.build_campaign_frame(desk.settings.zone, campaigns),
        key=key,
        hide_index=True,
        on_select=lambda: _open(campaigns, key),
        selection_mode="single-row",
        column_config=parts.configure_campaign_columns(),
        alt="Campaigns, newest first",
        width="stretch",
        height=min(38 + 35 * len(campaigns), 320),
    )
    if session.get_opened_campaign() is None:
        parts.draw_row_hint("open the campaign")


def _open(campaigns: tuple[Campaign, ...], key: str) -> None:
    rows = session.get_value(key)["selection"]["rows"]
    if rows:
        session.open_campaign(campaigns[rows[0]].id)
        session.request_redraw()


def draw_campaign(desk: Desk, campaign: Campaign) -> None:
    """One campaign: its progress and buttons, its message, and what can be done now."""
    st.header(f"Campaign {campaign.id} · {words.escape(campaign.name, 120)}", anchor=False)
    launched.draw_progress(desk, campaign.id)
    st.fragment(draw_follow_up, run_every=watching.get_refresh_interval([campaign]))(desk, campaign.id)
    retry.draw_review(desk, campaign)
    facts.draw_facts(desk, campaign)
    facts.draw_files(desk, campaign)


def draw_follow_up(desk: Desk, campaign_id: int) -> None:
    """What became unknown and what may be sent again, drawn anew as delivery reports come."""
    session.redraw_if_requested()
    campaign = desk.campaigns.get(campaign_id)
    unknown.draw_unknown(desk, campaign)
    retry.draw_offer(desk, campaign)


desk = session.get_desk()
retry.open_launched()
parts.draw_title("Campaigns", "Follow every campaign live. Sending continues even if you close this page.")
if not desk.campaigns.list(limit=1):
    parts.draw_empty_state(
        "No campaigns yet. Each one appears here with its progress, its results and anything that needs attention.",
        "bulk_upload.py",
        "Upload a sheet",
        ":material/campaign:",
    )
    st.stop()
st.fragment(draw_list, run_every=WATCHED if watching.get_refresh_interval(desk.campaigns.list()) else IDLE)(desk)
opened = session.get_opened_campaign()
if opened is not None:
    draw_campaign(desk, desk.campaigns.get(opened))
