"""Campaigns: the list, one campaign live, what became unknown, and what may be tried again."""

from __future__ import annotations

import streamlit as st

from pages.ui import campaign_list, facts, launched, parts, retry, session, unknown, watching, words
from smscore import Campaign, CampaignError, Desk

WATCHED, IDLE = "2s", "10s"


def draw_list(desk: Desk) -> None:
    """Draw the campaigns that fit the filters, as they are now; selecting a row opens it.

    A new campaign, or another filter, clears the selection.
    """
    session.redraw_if_requested()
    wanted = campaign_list.draw_filters(desk)
    campaigns = desk.campaigns.search(*wanted, campaign_list.MOST)
    if not campaigns:
        st.info("No campaigns match these filters.", icon=":material/filter_alt_off:")
        return
    opened = session.get_opened_campaign()
    key = f"list_{campaigns[0].id}_{opened}_{hash(wanted)}"
    st.dataframe(
        campaign_list.build_frame(desk.settings.zone, campaigns, opened),
        key=key,
        hide_index=True,
        on_select=lambda: _open(campaigns, key),
        selection_mode="single-row",
        column_config=campaign_list.configure_columns(),
        alt="Campaigns, newest first",
        width="stretch",
        height=min(38 + 35 * len(campaigns), 320),
    )
    if len(campaigns) == campaign_list.MOST:
        parts.draw_note(f"The {campaign_list.MOST} newest are listed. Search to find an earlier one.")
    elif opened is None:
        parts.draw_row_hint("open the campaign")


def _open(campaigns: tuple[Campaign, ...], key: str) -> None:
    rows = session.get_value(key)["selection"]["rows"]
    if rows:
        session.open_campaign(campaigns[rows[0]].id)
        session.request_redraw()


def draw_campaign(desk: Desk, campaign: Campaign) -> None:
    """Draw one campaign: its progress and buttons, its message, and what can be done now."""
    st.header(f"Campaign {campaign.id} · {words.escape(campaign.name, 120)}", anchor=False)
    launched.draw_progress(desk, campaign.id)
    st.fragment(draw_follow_up, run_every=watching.get_refresh_interval([campaign]))(desk, campaign.id)
    retry.draw_review(desk, campaign)
    facts.draw_facts(desk, campaign)
    facts.draw_files(desk, campaign)


def draw_follow_up(desk: Desk, campaign_id: int) -> None:
    """Draw what became unknown and what may be sent again, anew as delivery reports come."""
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
unknown_link = campaign_list.follow_link()
st.fragment(draw_list, run_every=WATCHED if watching.get_refresh_interval(desk.campaigns.list()) else IDLE)(desk)
opened = session.get_opened_campaign()
if unknown_link:
    parts.draw_refusal(CampaignError("no_such_campaign", campaign=words.shorten(unknown_link, 20)))
elif opened is not None:
    try:
        draw_campaign(desk, desk.campaigns.get(opened))
    except CampaignError as error:
        parts.draw_refusal(error)
