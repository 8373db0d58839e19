"""For how long a page looks for news, and the status line's words, which a card of a campaign may write too."""

from __future__ import annotations

import time
from collections.abc import Iterable

from streamlit.delta_generator import DeltaGenerator

from pages.ui import session
from smscore import Campaign

FOLLOW_SECONDS = 1_800.0
"""For how long after the last change a page goes on looking for delivery reports."""
SENDING, AFTERWARDS = "1s", "3s"
"""How often a campaign is looked at while it sends, and while delivery reports may still come."""
CARD_SECONDS = 2.5
"""For how long a card's words stand in the status line: a little longer than until its next drawing."""


def is_followed(campaign: Campaign) -> bool:
    """Return whether a page still looks for news of `campaign`: while it sends, and while delivery reports may come.

    It stops when this operator has seen no change for `FOLLOW_SECONDS`.
    """
    if not campaign.ended or not campaign.expects_news:
        return not campaign.ended
    before, changed_at = session.get_value(_make_key(campaign.id)) or (None, 0.0)
    if before != campaign.totals:
        changed_at = time.monotonic()
        session.put(_make_key(campaign.id), (campaign.totals, changed_at))
    return time.monotonic() - changed_at < FOLLOW_SECONDS


def _make_key(campaign: int) -> str:
    return f"seen_totals_{campaign}"


def follow_again(campaign: int) -> None:
    """Look for news of `campaign` for another `FOLLOW_SECONDS`."""
    session.drop(_make_key(campaign))


def get_refresh_interval(campaigns: Iterable[Campaign]) -> str | None:
    """Return how often news of `campaigns` are looked for; None when nothing more is expected of any."""
    campaigns = tuple(campaigns)
    if not all(campaign.ended for campaign in campaigns):
        return SENDING
    return AFTERWARDS if any(is_followed(campaign) for campaign in campaigns) else None


def place_status(place: DeltaGenerator, page: str) -> None:
    """Note `place`, a container of the status line, for the card that the page at the path `page` will draw."""
    cards = {"": True, "campaigns": session.get_opened_campaign() is not None}
    cards |= {path: session.get_draft(name).launched is not None for path, name in session.DRAFTED.items()}
    session.put("status_place", place)
    session.put("card_until", time.monotonic() + CARD_SECONDS if cards.get(page) else 0.0)


def is_card_writing() -> bool:
    """Return whether a card writes the status line: two timers would show two counts of one campaign."""
    return time.monotonic() < (session.get_value("card_until") or 0.0)


def write_status(text: str) -> None:
    """Write the status line's words from a card that draws a campaign; they last until its next drawing is due."""
    session.put("card_until", time.monotonic() + CARD_SECONDS)
    place = session.get_value("status_place")
    if place is not None:
        place.text(text)
