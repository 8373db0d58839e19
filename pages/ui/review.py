"""The review before a launch: what will go out, when, what it takes and costs, and the one button that starts it."""

from __future__ import annotations

import weakref
from dataclasses import replace
from datetime import datetime

import streamlit as st

from pages.ui import parts, schedule, session, starting, words
from smscore import (
    Audience,
    Desk,
    DeskError,
    Message,
    Plan,
    Prepared,
    SameList,
    message_faults,
    message_warnings,
    plan_warnings,
)

HELPS = {
    "Messages": "One per person.",
    "API calls": "Requests to the provider.",
    "Segments": "What the network charges for. A longer message takes several.",
    "Unicode": "Messages with characters outside the plain alphabet: 70 per segment instead of 160.",
    "Time": "How long sending takes once it starts.",
    "Cost": "Segments times the price in Settings. The provider's bill may differ.",
}


def draw_review(desk: Desk, page: str, message: Message, audience: Audience, name: str) -> None:
    """Draw all that lies between a written message and its launch; the send button only when all is ready."""
    st.header("Review and send", anchor=False)
    faults = message_faults(message)
    parts.draw_notices(message_warnings(message))
    if faults:
        parts.draw_faults(faults)
        return
    try:
        plan = _draw_plan(desk, page, message, audience, name)
        prepared = _prepare(desk, page, plan)
        _draw_estimate(prepared)
        _draw_launch(desk, page, plan, prepared)
    except DeskError as error:
        parts.draw_refusal(error)


def _draw_plan(desk: Desk, page: str, message: Message, audience: Audience, name: str) -> Plan:
    left, right = st.columns(2)
    with left:
        called = st.text_input(
            "Campaign name",
            key=f"{page}_name",
            # Not its value: that would stay when another sheet, or one more number, asks for another name.
            placeholder=name,
            persist_state="session",
            max_chars=120,
            help="If you leave this blank, the suggested name is used.",
        )
        timing = schedule.draw_timing(desk, page, message)
    with right:
        canary = schedule.draw_canary(page, audience.people)
    drafted = session.get_draft(page)
    plan = Plan(
        (called.strip() or name)[:120],
        message,
        audience,
        timing,
        canary,
        launch_key=drafted.launch_key,
        repeats=drafted.repeats,
        retry_of=drafted.retry_of,
    )
    return _leave_out_repeats(desk, page, plan) if drafted.rest_only else plan


def _leave_out_repeats(desk: Desk, page: str, plan: Plan) -> Plan:
    key = (plan.message, weakref.ref(plan.audience), plan.repeats, _get_newest_id(desk))
    audience = session.get_or_make(f"{page}_rest", key, lambda: desk.repeats.leave_out(plan).audience)
    return replace(plan, audience=audience)


def _prepare(desk: Desk, page: str, plan: Plan) -> Prepared:
    """Return the merged message, made anew only for other words, other people or another registered text."""
    message, audience = plan.message, plan.audience
    key = (message, weakref.ref(audience), desk.launches.find_registered_text(message))
    return session.get_or_make(f"{page}_prepared", key, lambda: desk.launches.prepare(message, audience))


def _draw_estimate(prepared: Prepared) -> None:
    message, estimate = prepared.message, prepared.estimate
    figures: dict[str, int | str] = {"Messages": estimate.messages, "API calls": estimate.calls}
    if message.spec.counts_segments:
        figures |= {"Segments": estimate.segments, "Unicode": estimate.ucs2}
    figures |= {"Time": words.format_duration(estimate.seconds)}
    figures |= {} if estimate.cost is None else {"Cost": words.format_money(estimate.cost, estimate.currency)}
    parts.draw_figures(figures, HELPS)
    if estimate.segments > estimate.messages and message.spec.counts_segments:
        each = estimate.segments / estimate.messages
        parts.draw_note(f"Each message takes {each:.1f} segments on average. You pay per segment.")
    parts.draw_notices(prepared.merged.warnings)
    if prepared.problems.num_rows:
        left = words.format_count(prepared.problems.num_rows, "contact")
        st.warning(f"{left} can't get this message and will be listed as problems.", icon=":material/warning:")
        parts.draw_table(prepared.problems.slice(0, 500).to_pandas(), "Contacts who can't get this message", height=220)


def _draw_launch(desk: Desk, page: str, plan: Plan, prepared: Prepared) -> None:
    faults = desk.launches.find_faults(plan, prepared)
    if faults:
        parts.draw_faults(faults)
        return
    parts.draw_notices(plan_warnings(plan, datetime.now(desk.settings.zone)))
    same = _find_same_list(desk, page, plan)
    if same is not None:
        _draw_same_list(desk, page, same)
        return
    verb = "Send" if plan.timing.start_at is None else "Schedule"
    st.button(
        f"{verb} {words.format_count(prepared.estimate.messages, 'message')}",
        key=f"{page}_launch",
        type="primary",
        icon=":material/send:",
        on_click=starting.press,
        args=(desk, page, plan, prepared),
    )
    parts.draw_note(
        "Sandbox: nobody is texted." if not desk.live else "These are real messages. You can't unsend them."
    )


def _find_same_list(desk: Desk, page: str, plan: Plan) -> SameList | None:
    key = (plan.message, weakref.ref(plan.audience), plan.repeats, _get_newest_id(desk))
    # In a tuple, because None is what a value is that was never asked for.
    return session.get_or_make(f"{page}_same", key, lambda: (desk.repeats.find_same_list(plan),))[0]


def _get_newest_id(desk: Desk) -> int:
    """Return the newest campaign's id, which changes when somebody has launched one meanwhile."""
    return next((campaign.id for campaign in desk.campaigns.list(limit=1)), 0)


def _draw_same_list(desk: Desk, page: str, same: SameList) -> None:
    earlier = words.format_moment(same.campaign.created_at, desk.settings.zone)
    where = words.format_campaigns(same.campaign.id, same.others)
    st.warning(
        f"{words.format_number(same.overlap)} of these {words.format_number(same.of)} people already got this message "
        f"on {earlier}, in {where}.",
        icon=":material/repeat:",
    )
    with st.container(horizontal=True):
        if same.of > same.overlap:
            st.button(
                f"Send to the other {words.format_number(same.of - same.overlap)}",
                key=f"{page}_rest",
                type="primary",
                on_click=session.change_draft,
                args=(page,),
                kwargs={"rest_only": True},
            )
        st.button(
            f"Send to all {words.format_number(same.of)} again",
            key=f"{page}_again",
            on_click=session.change_draft,
            args=(page,),
            kwargs={"repeats": (*session.get_draft(page).repeats, *same.campaigns)},
        )
