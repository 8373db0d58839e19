"""What a page shows once its draft has become a campaign, and the live progress of any campaign."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

import streamlit as st

from pages.ui import frame, parts, restored, session, watching, words
from smscore import Campaign, CampaignStatus, Desk, Explanation, Progress, RecipientStatus

CALM = ("paused_by_operator", "stopped_all")
RESTORED = ("restored", "restored_unsure")
"""Reasons that ask for more than a press on Resume."""
SHOWN = (
    RecipientStatus.QUEUED,
    RecipientStatus.ACCEPTED,
    RecipientStatus.DELIVERED,
    RecipientStatus.UNDELIVERED,
    RecipientStatus.EXPIRED,
    RecipientStatus.REFUSED,
    RecipientStatus.UNKNOWN,
    RecipientStatus.CANCELLED,
    RecipientStatus.OPTED_OUT,
)


def draw_launched(desk: Desk, page: str, campaign: int) -> None:
    """Draw the campaign that this draft has become, live, and the way to the next one."""
    st.success(
        f"Campaign {campaign} is saved and sends in the background. You can close this page.",
        icon=":material/check_circle:",
    )
    draw_progress(desk, campaign)
    with st.container(horizontal=True):
        if st.button("Open campaign", key=f"{page}_open", icon=":material/campaign:"):
            session.open_campaign(campaign)
            st.switch_page("campaigns.py")
        st.button(
            "Start another", key=f"{page}_another", on_click=session.new_draft, args=(page,), icon=":material/add:"
        )


def draw_last_campaign(desk: Desk, page: str) -> None:
    """Draw the way to the campaign that was sent from this page before the empty form."""
    last = session.get_value(f"last_{page}")
    if last is None:
        return
    with st.container(horizontal=True, vertical_alignment="center"):
        st.text(f"Your last campaign: {last} · {words.shorten(desk.campaigns.get(last).name, 60)}")
        if st.button("Open campaign", key=f"{page}_last", icon=":material/campaign:"):
            session.open_campaign(last)
            st.switch_page("campaigns.py")


def draw_progress(desk: Desk, campaign: int) -> None:
    """Draw a campaign's progress, again and again until nothing more is expected: see `watching.is_followed`."""
    now = desk.campaigns.get(campaign)
    st.fragment(_draw_card, run_every=watching.get_refresh_interval([now]))(
        desk, campaign, now.ended, watching.is_followed(now)
    )


def _draw_card(desk: Desk, campaign: int, was_ended: bool, followed: bool) -> None:
    session.redraw_if_requested()
    now = desk.campaigns.get_progress(campaign)
    follows = watching.is_followed(now.campaign)
    if (now.campaign.ended and not was_ended) or (followed and not follows):
        st.rerun()
    _draw_head(desk, now.campaign)
    _draw_buttons(desk, now.campaign)  # above all that comes and goes, so that they stay where they are
    _draw_state(desk, now)
    others = [each for each in desk.campaigns.list_under_way() if each.id != campaign]
    # Right before the figures: whatever is drawn between the two shows two counts of one campaign meanwhile.
    frame.share_status((*others, now.campaign))
    _draw_bar(now)
    _draw_totals(now)
    _draw_news(now.campaign, follows)


def _draw_news(campaign: Campaign, follows: bool) -> None:
    """Draw whether delivery reports are still expected, and until when this page looks for them."""
    if not campaign.ended or not campaign.expects_news:
        return
    open_ones = words.format_count(campaign.totals.awaiting_news, "message")
    wait = words.format_duration(watching.FOLLOW_SECONDS).removeprefix("about ")
    if follows:
        parts.draw_note(
            f"Delivery reports may still arrive for {open_ones}. "
            f"This page keeps checking until nothing has changed for {wait}."
        )
        return
    parts.draw_note(
        f"Delivery reports may still arrive for {open_ones}. "
        f"Nothing has changed for {wait}, so this page stopped checking."
    )
    st.button(
        "Check for new reports",
        key=f"follow_{campaign.id}",
        icon=":material/refresh:",
        on_click=_follow_again,
        args=(campaign.id,),
    )


def _follow_again(campaign: int) -> None:
    watching.follow_again(campaign)
    session.request_redraw()


def _draw_head(desk: Desk, campaign: Campaign) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        parts.draw_status_badge(campaign)
        since = words.format_moment(campaign.since, desk.settings.zone)
        st.text(since if campaign.ended else f"since {since}")


def _draw_state(desk: Desk, now: Progress) -> None:
    campaign = now.campaign
    if campaign.status is CampaignStatus.SCHEDULED and campaign.start_at:
        soon = words.format_countdown((campaign.start_at - datetime.now(UTC)).total_seconds())
        leaves = words.format_moment(campaign.start_at, desk.settings.zone)
        what = _describe_start(campaign)
        st.info(f"{what} {soon}, at {leaves}.", icon=":material/timer:")
    if campaign.explanation:
        draw = st.error if campaign.status is CampaignStatus.PAUSED and campaign.reason not in CALM else st.info
        draw(words.format_explanation(campaign.explanation), icon=":material/info:")
    if now.slowed:
        st.warning(words.format_explanation(now.slowed), icon=":material/speed:")
    if not now.engine_alive and not campaign.ended:
        asleep = "Nothing is being sent because no engine is running."
        st.warning(
            words.format_explanation(
                Explanation(asleep, "Start SMS Desk or a worker. The campaign continues automatically.")
            )
        )


def _describe_start(campaign: Campaign) -> str:
    totals = campaign.totals
    if not campaign.part_sent:
        return "The first message goes out"
    left, sent = words.format_count(totals.waiting, "message"), words.format_number(totals.handed_over)
    return f"{sent} of {words.format_number(totals.recipients)} processed. The other {left} will continue"


def _draw_bar(now: Progress) -> None:
    totals = now.totals
    done = f"{words.format_number(totals.handed_over)} of {words.format_number(totals.recipients)} processed"
    done += f", {words.format_number(totals.waiting)} queued" if totals.waiting else ""
    done += f", {words.format_number(totals.never_sent)} cancelled or opted out" if totals.never_sent else ""
    moving = now.per_second and now.campaign.status is CampaignStatus.RUNNING
    pace = (
        f". {words.format_number(now.per_second)} per second, {words.format_duration(now.seconds_left)} left"
        if moving
        else ""
    )
    st.progress(now.share, text=f"{done}{pace}")


def _draw_totals(now: Progress) -> None:
    figures, helps = {}, {}
    for status in SHOWN:
        badge = words.RECIPIENT[status]
        counted = now.totals.of(status)
        counted += now.totals.submitting if status is RecipientStatus.QUEUED else 0
        counted += now.totals.sent if status is RecipientStatus.ACCEPTED else 0
        if counted or status in SHOWN[:3]:
            figures[badge.word.capitalize()], helps[badge.word.capitalize()] = counted, badge.meaning
    parts.draw_figures(figures, helps)


def _draw_buttons(desk: Desk, campaign: Campaign) -> None:
    verbs = {
        CampaignStatus.SCHEDULED: ("Stop before it starts", "pause", ":material/pause:"),
        CampaignStatus.RUNNING: ("Pause", "pause", ":material/pause:"),
        CampaignStatus.PAUSED: ("Resume", "resume", ":material/play_arrow:"),
    }
    if campaign.status not in verbs:
        return
    if campaign.reason in RESTORED and restored.draw_decisions(desk, campaign):
        return
    label, verb, icon = verbs[campaign.status]
    if campaign.part_sent:
        label = f"Resume the remaining {words.format_number(campaign.totals.waiting)}" if verb == "resume" else "Pause"
    with st.container(horizontal=True):
        _draw_button(desk, campaign, label, verb, icon, "primary" if verb == "resume" else "secondary")
        with st.popover("Cancel", icon=":material/cancel:", key=f"ask_cancel_{campaign.id}"):
            st.text("Anyone not yet messaged won't be. You can't undo this.")
            _draw_button(desk, campaign, "Cancel campaign", "cancel", ":material/cancel:", "primary")


def _draw_button(
    desk: Desk, campaign: Campaign, label: str, verb: str, icon: str, look: Literal["primary", "secondary"]
) -> None:
    st.button(
        label,
        key=f"{verb}_{campaign.id}",
        icon=icon,
        type=look,
        on_click=_act,
        args=(desk, campaign.id, verb),
    )


def _act(desk: Desk, campaign: int, verb: str) -> None:
    session.request_redraw()
    verbs = {"pause": desk.campaigns.pause, "resume": desk.campaigns.resume, "cancel": desk.campaigns.cancel}
    session.attempt(lambda: verbs[verb](campaign, session.get_actor()))
