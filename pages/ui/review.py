"""The review before a launch: what will go out, when, what it takes and costs, and the one button that starts it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, time, timedelta

import streamlit as st

from pages.ui import parts, session, words
from smscore import (
    Audience,
    CampaignError,
    Canary,
    Desk,
    DeskError,
    Merged,
    Message,
    Plan,
    Route,
    SameList,
    Timing,
    Window,
    message_faults,
    message_warnings,
    plan_warnings,
)

HELPS = {
    "Messages": "One for each person.",
    "Calls": "Requests to the provider.",
    "Segments": "What the network charges for: a message that is too long for one is sent in several.",
    "In Unicode": "Messages with signs outside the plain alphabet: 70 instead of 160 characters in a segment.",
    "Time": "How long sending takes once it has begun.",
    "Cost": "Segments times the price that is set. The provider's bill may differ.",
}
COUNTDOWNS = {0: "none", 10: "10 seconds", 30: "30 seconds", 60: "1 minute", 300: "5 minutes"}


def draw_review(desk: Desk, page: str, message: Message, audience: Audience, name: str) -> None:
    """Everything between a written message and its launch. Draws the send button only when all is ready."""
    st.header("Review and send", anchor=False)
    faults = message_faults(message)
    parts.notices(message_warnings(message))
    if faults:
        parts.faults(faults)
        return
    try:
        plan = _plan(desk, page, message, audience, name)
        merged = session.remembered(
            f"{page}_merged", (message, plan.audience), lambda: desk.merged(message, plan.audience)
        )
        _draw_estimate(desk, page, plan, merged)
        _draw_launch(desk, page, plan, int(merged.kept.sum()))
    except DeskError as error:
        parts.refused(error)


def _plan(desk: Desk, page: str, message: Message, audience: Audience, name: str) -> Plan:
    left, right = st.columns(2)
    with left:
        called = st.text_input("Name of the campaign", value=name, key=f"{page}_name", max_chars=120)
        timing = _timing(desk, page, message)
    with right:
        canary = _canary(page, audience.contacts.num_rows)
    drafted = session.draft(page)
    plan = Plan(
        called.strip(),
        message,
        audience,
        timing,
        canary,
        launch_key=drafted.launch_key,
        repeats=drafted.repeats,
    )
    return _rest(desk, page, plan) if drafted.rest_only else plan


def _rest(desk: Desk, page: str, plan: Plan) -> Plan:
    key = (plan.message, plan.audience, plan.repeats, _newest(desk))
    return replace(plan, audience=session.remembered(f"{page}_rest", key, lambda: desk.rest(plan).audience))


def _timing(desk: Desk, page: str, message: Message) -> Timing:
    zone = desk.settings.zone
    when = st.segmented_control("Start", ("now", "at a time"), default="now", required=True, key=f"{page}_when")
    start = None
    if when == "at a time":
        soon = (datetime.now(zone) + timedelta(hours=1)).replace(minute=0, second=0, microsecond=0, tzinfo=None)
        chosen = st.datetime_input(f"Start at ({desk.settings.timezone})", value=soon, key=f"{page}_start", step=300)
        start = chosen.replace(tzinfo=zone) if chosen else None
    countdown = st.selectbox(
        "Countdown before the first message",
        COUNTDOWNS,
        index=1 if page == "bulk" else 0,
        format_func=COUNTDOWNS.__getitem__,
        key=f"{page}_countdown",
        help="Anybody at the desk can stop the campaign while it counts.",
    )
    return Timing(start, _window(desk, page, message), countdown)


def _window(desk: Desk, page: str, message: Message) -> Window | None:
    promotional = message.route is Route.PROMO and not message.kind.whatsapp
    if promotional:
        parts.note("Promotional messages leave between 10:00 and 21:00 IST only, unless you choose other hours (TRAI).")
    if not st.toggle("Only within hours of the day", key=f"{page}_hours"):
        return None
    left, right = st.columns(2)
    opens = left.time_input("From", time(10, 0), key=f"{page}_opens")
    closes = right.time_input("Until", time(21, 0), key=f"{page}_closes")
    return Window(f"{opens:%H:%M}", f"{closes:%H:%M}", desk.settings.timezone)


def _canary(page: str, contacts: int) -> Canary:
    if contacts < 2 or not st.toggle(
        "Try a few first",
        key=f"{page}_canary",
        help="The first people get it; the rest waits until you, or a rule, say that it went well.",
    ):
        return Canary()
    size = st.number_input("How many first", 1, max(1, contacts - 1), min(10, contacts - 1), key=f"{page}_canary_size")
    rule = st.segmented_control(
        "Then",
        ("wait for my press", "go on by a rule"),
        default="wait for my press",
        required=True,
        key=f"{page}_canary_rule",
    )
    if rule == "wait for my press":
        return Canary(size)
    share = st.number_input("Go on when at most this share failed (%)", 0, 100, 10, key=f"{page}_canary_share")
    wait = st.number_input("Seconds to wait for outcomes", 5, 3_600, 120, key=f"{page}_canary_wait")
    return Canary(size, share / 100, wait)


def _draw_estimate(desk: Desk, page: str, plan: Plan, merged: Merged) -> None:
    message, audience = plan.message, plan.audience
    estimate = session.remembered(f"{page}_estimate", (message, audience), lambda: desk.estimate(message, audience))
    figures = {"Messages": estimate.messages, "Calls": estimate.calls}
    if not message.kind.whatsapp:
        figures |= {"Segments": estimate.segments, "In Unicode": estimate.ucs2}
    figures |= {"Time": words.span(estimate.seconds)}
    figures |= {} if estimate.cost is None else {"Cost": words.money(estimate.cost, estimate.currency)}
    parts.figures(figures, HELPS)
    if estimate.segments > estimate.messages and not message.kind.whatsapp:
        each = estimate.segments / estimate.messages
        parts.note(f"A message takes {each:.1f} segments on average, and each segment is charged.")
    parts.notices(merged.warnings)
    if merged.problems.num_rows:
        left = words.counted(merged.problems.num_rows, "contact")
        st.warning(f"{left} cannot get this message and will be listed among the problems.", icon=":material/warning:")
        parts.table(merged.problems.slice(0, 500).to_pandas(), "Contacts who cannot get this message", height=220)


def _draw_launch(desk: Desk, page: str, plan: Plan, people: int) -> None:
    faults = session.remembered(f"{page}_readiness", plan, lambda: desk.readiness(plan))
    if faults:
        parts.faults(faults)
        return
    parts.notices(plan_warnings(plan, datetime.now(desk.settings.zone)))
    same = _same_list(desk, page, plan)
    if same is not None:
        _draw_same_list(desk, page, same)
        return
    st.button(
        f"{'Send' if plan.timing.start_at is None else 'Schedule'} {words.counted(people, 'message')}",
        key=f"{page}_launch",
        type="primary",
        icon=":material/send:",
        on_click=_launch,
        args=(desk, page, plan),
    )
    parts.note(
        "Sandbox: nobody is texted." if not desk.live else "These are real messages. They cannot be called back."
    )


def _same_list(desk: Desk, page: str, plan: Plan) -> SameList | None:
    key = (plan.message, plan.audience, plan.repeats, _newest(desk))
    return session.remembered(f"{page}_same", key, lambda: desk.same_list(plan))


def _newest(desk: Desk) -> int:
    """Changes when somebody has launched a campaign meanwhile."""
    return next((campaign.id for campaign in desk.campaigns(limit=1)), 0)


def _draw_same_list(desk: Desk, page: str, same: SameList) -> None:
    earlier = words.moment(same.campaign.created_at, desk.settings.zone)
    where = words.campaigns(same.campaign.id, same.others)
    st.warning(
        f"The same text went to {words.number(same.overlap)} of these {words.number(same.of)} people on {earlier}, "
        f"in {where}.",
        icon=":material/repeat:",
    )
    with st.container(horizontal=True):
        if same.of > same.overlap:
            st.button(
                f"Send to the other {words.number(same.of - same.overlap)}",
                key=f"{page}_rest",
                type="primary",
                on_click=session.change_draft,
                args=(page,),
                kwargs={"rest_only": True},
            )
        st.button(
            f"Text all {words.number(same.of)} again",
            key=f"{page}_again",
            on_click=session.change_draft,
            args=(page,),
            kwargs={"repeats": (*session.draft(page).repeats, *same.campaigns)},
        )


def _launch(desk: Desk, page: str, plan: Plan) -> None:
    try:
        with st.spinner(f"Recording {words.counted(plan.audience.contacts.num_rows, 'recipient')}"):
            campaign = desk.launch(plan, session.actor())
    except CampaignError as error:
        session.refuse(error)
        return
    session.change_draft(page, launched=campaign)
