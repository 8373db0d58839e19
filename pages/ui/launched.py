"""What a page shows once its draft has become a campaign, and the live progress of any campaign."""

from __future__ import annotations

from datetime import UTC, datetime

import streamlit as st

from pages.ui import parts, session, words
from smscore import Campaign, CampaignStatus, Desk, Explanation, Progress, RecipientStatus

WATCHED = "1s"
CALM = ("paused_by_operator", "stopped_all")
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
    """The campaign that this draft has become, live, and the way to the next one."""
    st.success(f"Campaign {campaign} is recorded. You may close this page.", icon=":material/check_circle:")
    draw_progress(desk, campaign)
    with st.container(horizontal=True):
        if st.button("Open the campaign", key=f"{page}_open", icon=":material/campaign:"):
            session.open_campaign(campaign)
            st.switch_page("campaigns.py")
        st.button(
            "Prepare another", key=f"{page}_another", on_click=session.new_draft, args=(page,), icon=":material/add:"
        )


def draw_progress(desk: Desk, campaign: int) -> None:
    """A campaign's progress, drawn again each second until it has ended."""
    ended = desk.campaign(campaign).ended
    st.fragment(_progress, run_every=None if ended else WATCHED)(desk, campaign, ended)


def _progress(desk: Desk, campaign: int, was_ended: bool) -> None:
    session.draw_all_if_asked()
    now = desk.progress(campaign)
    if now.campaign.ended and not was_ended:
        st.rerun()
    _draw_head(desk, now.campaign)
    _draw_buttons(desk, now.campaign)  # above all that comes and goes, so that they stay where they are
    _draw_state(desk, now)
    _draw_bar(now)
    _draw_totals(now)


def _draw_head(desk: Desk, campaign: Campaign) -> None:
    with st.container(horizontal=True, vertical_alignment="center"):
        parts.status_badge(campaign)
        since = words.moment(campaign.since, desk.settings.zone)
        st.text(since if campaign.ended else f"since {since}")


def _draw_state(desk: Desk, now: Progress) -> None:
    campaign = now.campaign
    if campaign.status is CampaignStatus.SCHEDULED and campaign.start_at:
        soon = words.countdown((campaign.start_at - datetime.now(UTC)).total_seconds())
        leaves = words.moment(campaign.start_at, desk.settings.zone)
        st.info(f"The first message leaves {soon}, at {leaves}.", icon=":material/timer:")
    if campaign.explanation:
        draw = st.error if campaign.status is CampaignStatus.PAUSED and campaign.reason not in CALM else st.info
        draw(words.told(campaign.explanation), icon=":material/info:")
    if now.slowed:
        st.warning(words.told(now.slowed), icon=":material/speed:")
    if not now.engine_alive and not campaign.ended:
        asleep = "No engine is running, so nothing is being sent."
        st.warning(words.told(Explanation(asleep, "Start SMS Desk or a worker; the campaign goes on by itself.")))


def _draw_bar(now: Progress) -> None:
    totals = now.totals
    done = f"{words.number(totals.ended)} of {words.number(totals.recipients)}"
    moving = now.per_second and now.campaign.status is CampaignStatus.RUNNING
    pace = f", {words.number(now.per_second)} a second, {words.span(now.seconds_left)} left" if moving else ""
    st.progress(now.share, text=f"{done} recipients are through{pace}")


def _draw_totals(now: Progress) -> None:
    figures, helps = {}, {}
    for status in SHOWN:
        badge = words.RECIPIENT[status]
        counted = now.totals.of(status)
        counted += now.totals.submitting if status is RecipientStatus.QUEUED else 0
        counted += now.totals.sent if status is RecipientStatus.ACCEPTED else 0
        if counted or status in SHOWN[:3]:
            figures[badge.word.capitalize()], helps[badge.word.capitalize()] = counted, badge.meaning
    parts.figures(figures, helps)


def _draw_buttons(desk: Desk, campaign: Campaign) -> None:
    verbs = {
        CampaignStatus.SCHEDULED: ("Stop before it starts", "pause", ":material/pause:"),
        CampaignStatus.RUNNING: ("Pause", "pause", ":material/pause:"),
        CampaignStatus.PAUSED: ("Resume", "resume", ":material/play_arrow:"),
    }
    if campaign.status not in verbs:
        return
    label, verb, icon = verbs[campaign.status]
    with st.container(horizontal=True):
        _draw_button(desk, campaign, label, verb, icon, "primary" if verb == "resume" else "secondary")
        with st.popover("Cancel", icon=":material/cancel:", key=f"ask_cancel_{campaign.id}"):
            st.text("Whoever still waits gets no message, and the campaign cannot be resumed.")
            _draw_button(desk, campaign, "Cancel this campaign", "cancel", ":material/cancel:", "primary")


def _draw_button(desk: Desk, campaign: Campaign, label: str, verb: str, icon: str, look: str) -> None:
    st.button(
        label,
        key=f"{verb}_{campaign.id}",
        icon=icon,
        type=look,
        on_click=_act,
        args=(desk, campaign.id, verb),
    )


def _act(desk: Desk, campaign: int, verb: str) -> None:
    session.draw_all_anew()
    verbs = {"pause": desk.pause, "resume": desk.resume, "cancel": desk.cancel}
    session.attempt(lambda: verbs[verb](campaign, session.actor()))
