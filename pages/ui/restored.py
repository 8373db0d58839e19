"""After a restored backup: what a person must decide, on the Overview page and at each campaign."""

from __future__ import annotations

import streamlit as st

from pages.ui import parts, session, words
from smscore import Campaign, Desk, LostCampaign, RestoreQuestion, get_engine_fault


def draw_engine_fault() -> None:
    """Draw why sending has stopped by itself. With the database gone nothing below could be drawn."""
    fault = get_engine_fault()
    if fault is not None:
        parts.draw_refusal(fault)
        if fault.code == "database_replaced":
            st.stop()


def draw_banner(desk: Desk) -> None:
    """Draw the banner of the Overview page, while anything waits for a decision."""
    restored = desk.restores.find_undecided()
    if restored is None:
        return
    if restored.questions:
        waiting = words.format_count(len(restored.questions), "campaign")
        messages = words.format_count(restored.people, "message")
        st.error(
            f"This database was restored from a backup. Your decision is needed for {waiting}. Up to {messages} may "
            "have been sent since the backup was made. Nothing more is sent until you decide.",
            icon=":material/settings_backup_restore:",
        )
        for question in restored.questions:
            _draw_question(desk, question)
    if restored.lost:
        _draw_lost(desk, restored.lost)
    if restored.gone:
        _draw_gone(desk, restored.gone)


def _draw_question(desk: Desk, question: RestoreQuestion) -> None:
    with st.container(border=True):
        st.text(f"{question.campaign_id} · {words.shorten(question.name, 120)}")
        _draw_decisions(desk, question, "overview")


def draw_decisions(desk: Desk, campaign: Campaign) -> bool:
    """Draw the decisions of a campaign that waits for one, in place of its other buttons; return whether it does."""
    restored = desk.restores.find_undecided()
    questions = restored.questions if restored else ()
    mine = [each for each in questions if each.campaign_id == campaign.id]
    for question in mine:
        _draw_decisions(desk, question, "campaign")
    return bool(mine)


def _draw_decisions(desk: Desk, question: RestoreQuestion, place: str) -> None:
    rest = question.queued - question.people
    doubted, waiting = words.format_number(question.people), words.format_number(question.queued)
    known = f"Mark {doubted} as unknown, send {words.format_number(rest)}"
    labels = {
        "unknown": known if question.exact else f"Mark all {waiting} as unknown",
        "continue": f"Send all {waiting} ({doubted} may get it twice)",
        "cancel": "Cancel campaign",
    }
    icons = {"unknown": ":material/help:", "continue": ":material/play_arrow:", "cancel": ":material/cancel:"}
    with st.container(horizontal=True):
        for decision, label in labels.items():
            st.button(
                label,
                key=f"{place}_{decision}_{question.campaign_id}",
                icon=icons[decision],
                type="primary" if decision == "unknown" else "secondary",
                on_click=_decide,
                args=(desk, question.campaign_id, decision),
            )


def _decide(desk: Desk, campaign: int, decision: str) -> None:
    session.request_redraw()
    doubted = session.attempt(lambda: desk.restores.decide(campaign, decision, session.get_actor()))
    if doubted is not None:
        session.tell(
            f"Decision saved for campaign {campaign}. {words.format_count(doubted, 'recipient')} marked as unknown. "
            "Delivery reports may still settle them."
        )


def _draw_lost(desk: Desk, lost: tuple[LostCampaign, ...]) -> None:
    people = sum(each.people for each in lost)
    st.warning(
        f"Sent since the backup and missing here: {words.format_count(len(lost), 'campaign')}, about "
        f"{words.format_count(people, 'message')}. Check what was sent before you use the same lists again.",
        icon=":material/search_off:",
    )
    st.button("I've noted the missing campaigns", key="note_lost", on_click=_note_lost, args=(desk,))


def _note_lost(desk: Desk) -> None:
    session.request_redraw()
    session.attempt(lambda: desk.restores.note_lost(session.get_actor()))


def _draw_gone(desk: Desk, until: str) -> None:
    st.error(
        f"Messages were sent from another database until {words.escape(until)}. This database has no trace of them, "
        "so you can't send anything yet. Restore the latest backup, or start over with this database.",
        icon=":material/database_off:",
    )
    st.button("Start over with this database", key="begin_anew", on_click=_begin_anew, args=(desk,))


def _begin_anew(desk: Desk) -> None:
    session.request_redraw()
    session.attempt(lambda: desk.restores.begin_anew(session.get_actor()))
