"""Campaigns: what is planned, in which status it is, what it will cost, and what may happen next.

A campaign is one message to one audience. Time always comes in as an argument; nothing here touches the store.
"""

from smscore.campaigns.calls import Estimate, find_call_starts, sends_one_by_one
from smscore.campaigns.campaign import Campaign, Progress, SameList, estimate_seconds_left
from smscore.campaigns.plan import (
    PROMOTIONAL_HOURS,
    ROUTE_WINDOWS,
    Canary,
    Plan,
    Timing,
    Window,
    check_readiness,
    find_warnings,
)
from smscore.campaigns.prepared import Prepared, RegisteredText, find_unregistered, prepare
from smscore.campaigns.report_columns import REPORT_COLUMNS, ReportColumn, Shown
from smscore.campaigns.status import (
    AWAITING_NEWS,
    HANDED_OVER,
    NEVER_LEFT,
    NEXT_CAMPAIGN,
    NEXT_RECIPIENT,
    RETRIED,
    TAKEN,
    TEXTED_BEFORE,
    WAITING,
    CampaignStatus,
    RecipientStatus,
    Totals,
    must_be_allowed,
)

__all__ = [
    "AWAITING_NEWS",
    "HANDED_OVER",
    "NEVER_LEFT",
    "NEXT_CAMPAIGN",
    "NEXT_RECIPIENT",
    "PROMOTIONAL_HOURS",
    "REPORT_COLUMNS",
    "RETRIED",
    "ROUTE_WINDOWS",
    "TAKEN",
    "TEXTED_BEFORE",
    "WAITING",
    "Campaign",
    "CampaignStatus",
    "Canary",
    "Estimate",
    "Plan",
    "Prepared",
    "Progress",
    "RecipientStatus",
    "ReportColumn",
    "RegisteredText",
    "SameList",
    "Shown",
    "Timing",
    "Totals",
    "Window",
    "find_call_starts",
    "find_unregistered",
    "must_be_allowed",
    "prepare",
    "check_readiness",
    "estimate_seconds_left",
    "sends_one_by_one",
    "find_warnings",
]
