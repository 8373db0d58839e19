"""Words and figures for the pages: pure functions and tables, no Streamlit.

Text that came from a sheet, a template or the provider must pass `escape` before it is put into a label or a heading,
because those render Markdown. The options of a list do not: there `shorten` is right, and `escape` would show its
backslashes.
"""

from __future__ import annotations

import re
import string
from collections.abc import Iterable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from smscore import Campaign, CampaignStatus, Explanation, RecipientStatus, Route

_INVISIBLE = re.compile("[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_PUNCTUATION = str.maketrans({sign: f"\\{sign}" for sign in string.punctuation})
TOTAL_ACCEPTED = "Accepted by the provider, delivered or not. Accepted doesn't mean delivered."
_SYMBOLS = {"INR": "₹", "USD": "$", "EUR": "€", "GBP": "£"}


Colour = Literal["red", "orange", "blue", "green", "gray"]
"""The colours of Streamlit's that statuses have."""


class Badge(NamedTuple):
    """How a status is shown: a word, a colour of Streamlit's, an icon, and what it means in one sentence."""

    word: str
    colour: Colour
    icon: str
    meaning: str


RECIPIENT: Mapping[RecipientStatus, Badge] = {
    RecipientStatus.QUEUED: Badge("queued", "gray", ":material/hourglass_empty:", "Not sent yet."),
    RecipientStatus.SUBMITTING: Badge(
        "submitting", "blue", ":material/outbound:", "Being handed to the provider right now."
    ),
    RecipientStatus.ACCEPTED: Badge(
        "accepted", "blue", ":material/done:", "Accepted by the provider, not yet delivered."
    ),
    RecipientStatus.SENT: Badge("sent", "blue", ":material/forward:", "The provider passed it to the network."),
    RecipientStatus.DELIVERED: Badge("delivered", "green", ":material/done_all:", "Delivered to the phone."),
    RecipientStatus.UNDELIVERED: Badge("undelivered", "red", ":material/error:", "The network couldn't deliver it."),
    RecipientStatus.EXPIRED: Badge(
        "expired", "orange", ":material/timer_off:", "The phone was out of reach for too long."
    ),
    RecipientStatus.REFUSED: Badge("refused", "red", ":material/block:", "The provider refused it. Nothing was sent."),
    RecipientStatus.UNKNOWN: Badge(
        "unknown", "orange", ":material/help:", "It may have been sent. SMS Desk never resends it on its own."
    ),
    RecipientStatus.CANCELLED: Badge("cancelled", "gray", ":material/cancel:", "Cancelled before it was sent."),
    RecipientStatus.OPTED_OUT: Badge(
        "opted out", "gray", ":material/do_not_disturb_on:", "On the opt-out list when it was due to be sent."
    ),
}

CAMPAIGN: Mapping[CampaignStatus, Badge] = {
    CampaignStatus.DRAFT: Badge("draft", "gray", ":material/edit_note:", "Not started."),
    CampaignStatus.AWAITING_APPROVAL: Badge(
        "awaiting approval", "orange", ":material/approval:", "Needs someone else's approval."
    ),
    CampaignStatus.SCHEDULED: Badge(
        "scheduled", "blue", ":material/schedule:", "Starts automatically at the set time."
    ),
    CampaignStatus.RUNNING: Badge("running", "blue", ":material/play_arrow:", "Messages are being sent."),
    CampaignStatus.PAUSED: Badge("paused", "orange", ":material/pause:", "Nothing is sent until someone resumes it."),
    CampaignStatus.FINISHED: Badge("finished", "green", ":material/check_circle:", "Nothing is left to send."),
    CampaignStatus.CANCELLED: Badge("cancelled", "gray", ":material/cancel:", "Stopped for good."),
}

CONTINUING = Badge("continuing", "blue", ":material/schedule:", "Partly sent. The rest continues automatically.")
"""A scheduled campaign of which some messages were sent before it was paused or its hours ended."""

ROUTES: Mapping[Route, str] = {
    Route.TRANS: "Service (TRANS)",
    Route.PROMO: "Promotional (PROMO)",
    Route.OTP: "One-time code (OTP)",
}


def get_campaign_badge(campaign: Campaign) -> Badge:
    """Return how the campaign's status is shown; one that was begun is never shown as if it had not been."""
    continuing = campaign.status is CampaignStatus.SCHEDULED and campaign.part_sent
    return CONTINUING if continuing else CAMPAIGN[campaign.status]


def format_number(count: float) -> str:
    """Return a number with thousands separators: 1204 → "1,204"."""
    return f"{count:,.0f}"


def format_campaigns(first: int, others: int) -> str:
    """Return campaigns in words: `campaign 7`, or `campaign 7 and 2 others`."""
    return f"campaign {first} and {format_count(others, 'other')}" if others else f"campaign {first}"


def format_count(count: int, one: str, many: str = "") -> str:
    """Return a number with its noun: (1, "message") → "1 message"; (1204, "message") → "1,204 messages"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def format_money(amount: Decimal | None, currency: str) -> str:
    """Return an estimate: "about ₹1,204.50"; "no price set" when there is none."""
    if amount is None:
        return "no price set"
    sign = _SYMBOLS.get(currency, f"{currency} ")
    return f"about {sign}{amount:,.2f}"


def format_moment(at: datetime | None, zone: ZoneInfo) -> str:
    """Return an aware time as people read it: "22 Nov 2026, 15:57:09 IST"; a dash for None."""
    return "–" if at is None else at.astimezone(zone).strftime("%-d %b %Y, %H:%M:%S %Z")


def format_minute(at: datetime | None, zone: ZoneInfo) -> str:
    """Return an aware time to the minute, for tables: "22 Nov 2026 15:57 IST"; a dash for None."""
    return "–" if at is None else at.astimezone(zone).strftime("%-d %b %Y %H:%M %Z")


def format_duration(seconds: float | None) -> str:
    """Return a length of time, rounded: "under a minute", "about 12 min", "about 3 h 20 min", "about 5 days"."""
    if seconds is None:
        return "not known yet"
    if seconds < 60:
        return "under a minute"
    minutes = round(seconds / 60)
    hours, rest = divmod(minutes, 60)
    if hours >= 48:
        return f"about {round(hours / 24):,} days"
    return f"about {minutes} min" if not hours else f"about {hours:,} h {rest} min"


def format_countdown(seconds: float) -> str:
    """Return how soon something happens: "now", "in 8 s", "in about 12 min"."""
    if seconds < 1:
        return "now"
    return f"in {seconds:.0f} s" if seconds < 100 else f"in {format_duration(seconds)}"


def format_percent(part: float, whole: float) -> str:
    """Return a share, (1, 3) → "33 %", a dash of nothing; never "100 %" or "0 %" when that is only rounding."""
    if not whole:
        return "–"
    exact = 100 * part / whole
    if 0 < exact < 1:
        return "under 1 %"
    return f"{min(exact, 99) if part < whole else exact:.0f} %"


def clean(text: object) -> str:
    """Return untrusted text without control characters and without marks that turn the reading direction."""
    return _INVISIBLE.sub("", str(text))


def shorten(text: object, limit: int = 80) -> str:
    """Return untrusted text for the options of a list, which show it as it is: one line, at most `limit` characters."""
    line = " ".join(clean(text).split())
    return line if len(line) <= limit else line[: limit - 1] + "…"


def escape(text: object, limit: int = 80) -> str:
    """Return untrusted text safe for a label or heading: one line, at most `limit` characters, no Markdown."""
    return shorten(text, limit).translate(_PUNCTUATION)


def format_explanation(notice: Explanation | None) -> str:
    """Return both sentences of an explanation, safe in a callout; empty for None."""
    return "" if notice is None else escape(str(notice), limit=2_000)


def join_words(names: Iterable[str], most: int = 6) -> str:
    """Return names as a list in words: ("a", "b", "c") → "a, b and c"; a long one ends in "and 12 more"."""
    names = [*names]
    if len(names) > most:
        return ", ".join(names[:most]) + f" and {len(names) - most:,} more"
    return " and ".join(filter(None, [", ".join(names[:-1]), names[-1]])) if names else ""


def make_file_name(name: str, suffix: str) -> str:
    """Return a safe name for a download: ("Diwali / offer", ".xlsx") → "Diwali-offer.xlsx"."""
    stem = re.sub(r"[^\w]+", "-", name).strip("-")[:60]
    return f"{stem or 'report'}{suffix}"
