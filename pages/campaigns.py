"""Campaigns: the list, one campaign live, what became unknown, and what may be tried again."""

from __future__ import annotations

import streamlit as st

from pages.ui import facts, launched, parts, retry, session, unknown, watching, words
from smscore import Campaign, Desk

WATCHED, IDLE = "2s", "10s"


def draw_list(desk: Desk) -> None:
    """All campaigns, as they are now; choosing a row opens it. A new campaign makes it a new list, nothing chosen."""
    session.draw_all_if_asked()
    campaigns = desk.campaigns.list()
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
    st.fragment(draw_undone, run_every=watching.pace_of([campaign]))(desk, campaign.id)
    retry.draw_review(desk, campaign)
    facts.draw_facts(desk, campaign)
    facts.draw_files(desk, campaign)


def draw_undone(desk: Desk, campaign_id: int) -> None:
    """What became unknown and what may be sent again, drawn anew as delivery reports come."""
    session.draw_all_if_asked()
    campaign = desk.campaigns.get(campaign_id)
    unknown.draw_unknown(desk, campaign)
    retry.draw_offer(desk, campaign)


desk = session.desk()
retry.open_launched()
parts.title("Campaigns", "Follow every campaign live. Sending continues even if you close this page.")
if not desk.campaigns.list(limit=1):
    parts.empty(
        "No campaigns yet. Each one appears here with its progress, its results and anything that needs attention.",
        "bulk_upload.py",
        "Upload a sheet",
        ":material/campaign:",
    )
    st.stop()
st.fragment(draw_list, run_every=WATCHED if watching.pace_of(desk.campaigns.list()) else IDLE)(desk)
opened = session.opened_campaign()
if opened is not None:
    draw_campaign(desk, desk.campaigns.get(opened))
