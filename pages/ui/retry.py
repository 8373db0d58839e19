"""Sending a campaign again to those who did not get it: the choice of people, and the review before the launch."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.ui import parts, people, phone, review, session, starting, words
from smscore import TEXTED_BEFORE, Audience, Campaign, Desk, DeskError, RecipientStatus

PAGE = "retry"
"""The prefix of the keys, as "bulk" and "compose" are for the other drafts."""


def draw_offer(desk: Desk, campaign: Campaign) -> None:
    """Draw how many people did not get the message, and the button that opens the review. Nothing is sent."""
    key = (campaign.totals, tuple((each.id, each.totals) for each in desk.campaigns.list() if each.retry_of))
    offered = session.get_or_make(f"offer_{campaign.id}", key, lambda: desk.retries.count_by_status(campaign.id))
    if not offered or session.get_draft(PAGE).retry_of == campaign.id:
        return
    st.subheader("Not received", anchor=False)
    st.text(f"{_format_offer(offered)}. People messaged by a later retry aren't counted.")
    st.button(
        f"Create a campaign for these {words.format_number(sum(offered.values()))}",
        key=f"offer_{campaign.id}",
        icon=":material/replay:",
        on_click=_begin,
        args=(campaign.id, offered),
        help="Opens a review. Nothing is sent until you select Send there.",
    )


def _format_offer(offered: Mapping[RecipientStatus, int]) -> str:
    told = words.join_words(
        f"{words.format_number(count)} {words.RECIPIENT[status].word}" for status, count in offered.items()
    )
    return told[0].upper() + told[1:]


def _begin(campaign: int, offered: Mapping[RecipientStatus, int]) -> None:
    session.request_redraw()
    session.new_draft(PAGE, retry_of=campaign, repeats=(campaign,))
    session.put(f"{PAGE}_statuses", [status for status in offered if status not in TEXTED_BEFORE])


def draw_review(desk: Desk, campaign: Campaign) -> None:
    """Draw the review of a retry: people, message, start and countdown, and the button that launches it."""
    if session.get_draft(PAGE).retry_of != campaign.id:
        return
    if starting.draw_progress(PAGE):
        return
    with st.container(border=True):
        st.header(f"Resend campaign {campaign.id}", anchor=False)
        st.button("Close without sending", key=f"{PAGE}_close", icon=":material/close:", on_click=_close)
        audience = _draw_audience(desk, campaign)
        if audience is None:
            return
        people.draw_funnel(audience, typed=True)
        _draw_message(campaign, audience)
        review.draw_review(desk, PAGE, campaign.message, audience, f"{campaign.name}: resend"[:120])


def _close() -> None:
    session.new_draft(PAGE)


def _draw_audience(desk: Desk, campaign: Campaign) -> Audience | None:
    offered = desk.retries.count_by_status(campaign.id)
    statuses = st.pills(
        "Send to",
        list(offered),
        selection_mode="multi",
        format_func=lambda status: f"{words.RECIPIENT[status].word} ({words.format_number(offered[status])})",
        key=f"{PAGE}_statuses",
    )
    twice = sum(offered[status] for status in statuses if status in TEXTED_BEFORE)
    if twice:
        st.warning(
            f"{words.format_count(twice, 'person', 'people')} will be texted a second time. "
            "The first message was sent, but the network reported that it didn't arrive. Such reports can be wrong.",
            icon=":material/repeat:",
        )
    if not statuses:
        st.info("Choose who gets the message.", icon=":material/group:")
        return None
    key = (campaign.id, tuple(statuses), tuple(offered.items()), desk.opt_outs.get_revision())
    try:
        return session.get_or_make(f"{PAGE}_audience", key, lambda: desk.retries.build_audience(campaign.id, statuses))
    except DeskError as error:
        parts.draw_refusal(error)
        return None


def _draw_message(campaign: Campaign, audience: Audience) -> None:
    st.subheader("Message", anchor=False)
    parts.draw_note("The message of the original campaign, unchanged. To write a new one, use Bulk upload.")
    person = audience.contacts.iloc[0]
    fields = {str(name): str(cell) for name, cell in person.items() if name != "msisdn"}
    phone.draw_preview(campaign.message, fields, f"To {fields['phone']}, the first recipient")


def open_launched() -> None:
    """Open the campaign that the review's draft has become, and say so. Call it before the page is drawn."""
    launched = session.get_draft(PAGE).launched
    if launched is None:
        return
    session.new_draft(PAGE)
    session.open_campaign(launched)
    session.tell(f"Campaign {launched} is saved and sends in the background. You can close this page.")
