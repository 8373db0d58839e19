"""The list of campaigns: what is searched for, its columns, and the address by which one campaign is reached."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from pages.ui import session, words
from smscore import Campaign, CampaignError, CampaignStatus, Desk

MOST = 200
"""How many campaigns are listed at once."""
PERIODS = {0: "Any time", 1: "Today", 7: "Last 7 days", 30: "Last 30 days", 365: "Last 365 days"}


def draw_filters(desk: Desk) -> tuple[str, tuple[CampaignStatus, ...], float]:
    """What is asked for: a text, statuses, and the time from which on a campaign was created."""
    text, status, period = st.columns([2, 2, 1])
    with text:
        words_wanted = st.text_input(
            "Search campaigns",
            key="campaign_search",
            placeholder="Name, number, sender or operator",
            persist_state="session",
        )
    with status:
        statuses = st.multiselect(
            "Status",
            list(words.CAMPAIGN),
            format_func=lambda each: words.CAMPAIGN[each].word,
            key="campaign_statuses",
            placeholder="Any status",
            persist_state="session",
        )
    with period:
        days = st.selectbox(
            "Created", list(PERIODS), format_func=PERIODS.__getitem__, key="campaign_period", persist_state="session"
        )
    return words_wanted, tuple(statuses), _find_start(days, desk.settings.zone)


def _find_start(days: int, zone: ZoneInfo) -> float:
    """The beginning of the day, in the operator's time zone, that makes `days` days with today; 0: of all time."""
    if not days:
        return 0.0
    today = datetime.now(zone).replace(hour=0, minute=0, second=0, microsecond=0)
    return (today - timedelta(days=days - 1)).timestamp()


def follow_link() -> str:
    """Open the campaign that the address names (`?campaign=12`); else let it name the one that is open, if any.

    Return what the address has as a campaign's number and is none; "" otherwise. Going back in the browser takes the
    name away, or brings an earlier one, and so closes the campaign or opens the other.
    """
    named, opened = st.query_params.get("campaign", ""), session.get_opened_campaign()
    if named == session.get_value("linked_campaign", ""):
        if opened is not None and str(opened) != named:
            st.query_params["campaign"] = str(opened)
            session.put("linked_campaign", str(opened))
        return ""
    session.put("linked_campaign", named)
    known = named.isascii() and named.isdigit() and len(named) < 10
    session.open_campaign(int(named) if known else None)
    return "" if known else named


def draw_picker(desk: Desk, campaigns: tuple[Campaign, ...], unknown_link: str) -> Campaign:
    """Which campaign: the one that the address names or that was opened last, else the newest.

    Raises CampaignError("no_such_campaign").
    """
    if unknown_link:
        raise CampaignError("no_such_campaign", campaign=words.shorten(unknown_link, 20))
    names = {campaign.id: campaign.name for campaign in campaigns}
    opened = session.get_opened_campaign()
    if opened is not None and opened not in names:
        names[opened] = desk.campaigns.get(opened).name
    session.put("report_campaign", next(iter(names)) if opened is None else opened)
    chosen = st.selectbox(
        "Campaign",
        list(names),
        format_func=lambda campaign: words.shorten(f"{campaign} · {names[campaign]}"),
        key="report_campaign",
        on_change=lambda: session.open_campaign(session.get_value("report_campaign")),
    )
    return desk.campaigns.get(chosen)


def build_frame(zone: ZoneInfo, campaigns: Iterable[Campaign], opened: int | None = None) -> pd.DataFrame:
    """One line a campaign, newest first as given; times in `zone`; the name of the `opened` one is marked."""
    return pd.DataFrame(
        [
            {
                "No.": campaign.id,
                "Name": f"{'▸ ' if campaign.id == opened else ''}{words.clean(campaign.name)}",
                "Status": words.get_campaign_badge(campaign).word,
                "Recipients": campaign.recipients,
                "Processed": 100 * campaign.totals.share_handed_over,
                "Total accepted": campaign.totals.taken,
                "Delivered": campaign.totals.delivered,
                "Refused": campaign.totals.refused,
                "Unknown": campaign.totals.unknown,
                "Created": words.format_minute(campaign.created_at, zone),
            }
            for campaign in campaigns
        ]
    )


def configure_columns() -> dict[str, Any]:
    """How the columns of `build_frame` are drawn."""
    whole = st.column_config.NumberColumn(width=75, format="localized")
    return {
        "No.": st.column_config.NumberColumn(width=40),
        "Name": st.column_config.TextColumn(width=140),
        "Status": st.column_config.TextColumn(width=80),
        "Processed": st.column_config.ProgressColumn(
            width=95,
            format="%.0f %%",
            min_value=0,
            max_value=100,
            help="The share of messages handed to the provider. Cancelled and opted-out recipients don't count.",
        ),
        "Created": st.column_config.TextColumn(width=147),
        "Total accepted": st.column_config.NumberColumn(width=105, format="localized", help=words.TOTAL_ACCEPTED),
        "Refused": st.column_config.NumberColumn(width=70, format="localized"),
    } | dict.fromkeys(("Recipients", "Delivered", "Unknown"), whole)
