"""The pieces of the frame: sign-in, the desk or why there is none, the operator's name, and the status line."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import cast

import streamlit as st

from pages.ui import parts, session, visitor, watching, words
from smscore import Campaign, CampaignStatus, Desk, DeskError, Entry, SettingsError

WARNED_MINUTES = 5
ENTERED = "visitor_entered"
NAME = "SMS Desk"
TAB_CAMPAIGNS = "tab_campaigns"  # the campaigns whose progress the browser's tab shows


def draw_sign_in(entry: Entry, page: str) -> None:
    """Draw the one page of those who may not enter; `page` is where they wanted to go. Nothing is drawn after it."""
    titles = {Entry.SIGNED_OUT: "SMS Desk", Entry.EXPIRED: "Your sign-in has expired"}
    st.title(titles.get(entry, "You don't have access to SMS Desk"), anchor=False)
    if visitor.load_settings() is None:
        st.error(
            "SMS Desk can't start because its settings are wrong. The log lists each error.", icon=":material/error:"
        )
    elif entry is Entry.SIGNED_OUT:
        st.text("Sign in to send messages and see campaigns.")
    elif entry is Entry.EXPIRED:
        st.text("Sign in again to continue. Campaigns that have started keep sending.")
    else:
        _draw_refusal(entry)
        st.button("Sign out", key="sign_out", icon=":material/logout:", on_click=_sign_out)
        st.stop()
    st.button("Sign in", key="sign_in", type="primary", icon=":material/login:", on_click=visitor.sign_in, args=(page,))
    st.stop()


def note_entry() -> None:
    """Note that this tab shows the pages."""
    session.put(ENTERED, True)


def forget_entry() -> bool:
    """Return whether this tab has shown the pages since it was last loaded or asked."""
    entered = bool(session.get_value(ENTERED))
    session.drop(ENTERED)
    return entered


def _sign_out() -> None:
    forget_entry()  # this tab goes to the identity provider, and nowhere else
    visitor.sign_out()


def _draw_refusal(entry: Entry) -> None:
    settings = visitor.load_settings()
    st.text(f"You are signed in as {visitor.get_claimed_name()}.")
    if entry is Entry.UNVERIFIED:
        st.text("Your identity provider hasn't verified this account's email address.")
    else:
        st.text("This address isn't on the list of people with access.")
    st.text(f"To get access, ask: {', '.join(settings.administrators if settings else ())}")


def open_desk_or_stop() -> Desk:
    """Return the desk; or draw the faults that keep it closed, each as a line, and nothing below."""
    try:
        return session.get_desk()
    except SettingsError as error:
        _draw_faults(error)
    except DeskError as error:
        parts.draw_refusal(error)
    return st.stop()


def _draw_faults(error: SettingsError) -> None:
    st.error("SMS Desk can't start with these settings. Nothing was sent.", icon=":material/error:")
    for fault in cast(Iterable[str], error.facts.get("faults", (error.sentence,))):
        st.text(f"• {fault}")
    parts.draw_note("Fix them in the environment or in .streamlit/secrets.toml, then restart SMS Desk.")


def draw_operator() -> None:
    """Draw who acts, at the foot of the side bar: everything is recorded under this name."""
    with st.sidebar:
        if visitor.must_sign_in():
            st.text(f"Signed in as {session.get_actor()}")
            st.button("Sign out", key="sign_out", on_click=_sign_out, icon=":material/logout:", width="stretch")
            return
        st.text_input(
            "Your name",
            key="actor",
            max_chars=60,
            placeholder="operator",
            persist_state="session",
            help="Saved with every campaign you send and every change you make.",
        )


def draw_status_line(desk: Desk, page: str) -> None:
    """Draw the mode, what is being sent now, and the button that stops everything, above the page at `page`."""
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        # An idle page looks too: a countdown that somebody else has started is there for all to see, and to stop.
        st.fragment(_draw_status_line, run_every="1s" if desk.campaigns.list_under_way() else "2s")(desk)
        watching.place_status(st.container(width="content"), page)


def share_status(campaigns: Iterable[Campaign]) -> None:
    """Write the status line's words anew from the very `campaigns` that a page draws, so that both show one count."""
    active = (CampaignStatus.SCHEDULED, CampaignStatus.RUNNING)
    watching.write_status(_format_status(tuple(each for each in campaigns if each.status in active)))


def _draw_status_line(desk: Desk) -> None:
    session.redraw_if_requested()
    if visitor.get_entry() is not Entry.ENTERED:
        st.rerun()
    if (left := visitor.count_minutes_left()) < WARNED_MINUTES:
        st.warning(
            f"You'll be signed out in {words.format_count(max(1, round(left)), 'minute')}. Finish what you're doing."
        )
    under_way = desk.campaigns.list_under_way()
    _name_browser_tab(desk, under_way)
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        _draw_mode(desk)
        if under_way:
            # Before the words, whose length changes: a button that moves is missed when it matters.
            st.button(
                "Stop all",
                key="stop_all",
                icon=":material/stop_circle:",
                on_click=_stop_all,
                args=(desk,),
                help="Pauses every campaign within two seconds. You can resume each one.",
            )
        if under_way and not watching.is_card_writing():
            st.text(_format_status(under_way))


def _name_browser_tab(desk: Desk, under_way: tuple[Campaign, ...]) -> None:
    """Show in the browser's tab how far the sending is, and how it went while nobody looked, until the next page."""
    running = tuple(each for each in under_way if each.status is CampaignStatus.RUNNING)
    known: tuple[int, ...] = session.get_value(TAB_CAMPAIGNS) or ()
    if running:
        session.put(TAB_CAMPAIGNS, tuple(each.id for each in running))
        done = sum(each.totals.handed_over for each in running)
        st.set_page_config(
            page_title=f"{words.format_percent(done, sum(each.recipients for each in running))} · {NAME}"
        )
    elif known:
        ended = all(desk.campaigns.get(campaign).ended for campaign in known)
        st.set_page_config(page_title=f"{'Finished' if ended else 'Paused'} · {NAME}")


def _count_handed_over(campaign: Campaign) -> tuple[int, int]:
    return campaign.totals.handed_over, campaign.recipients


def _format_status(under_way: tuple[Campaign, ...]) -> str:
    if not under_way:
        return ""
    queued = sum(campaign.totals.waiting for campaign in under_way)
    return f"{_format_counts(under_way)}, {words.format_count(queued, 'message')} queued{_format_next_start(under_way)}"


def _format_counts(under_way: tuple[Campaign, ...]) -> str:
    scheduled = sum(_is_scheduled(each) and not each.part_sent for each in under_way)
    continuing = sum(_is_scheduled(each) and each.part_sent for each in under_way)
    counts = {"running": len(under_way) - scheduled - continuing, "scheduled": scheduled, "continuing": continuing}
    first, *others = [(state, count) for state, count in counts.items() if count]
    told = f"{words.format_count(first[1], 'campaign')} {first[0]}"
    return told + "".join(f", {words.format_number(count)} {state}" for state, count in others)


def _is_scheduled(campaign: Campaign) -> bool:
    return campaign.status is CampaignStatus.SCHEDULED


def _format_next_start(under_way: tuple[Campaign, ...]) -> str:
    starts = [(each.start_at, each.part_sent) for each in under_way if _is_scheduled(each) and each.start_at]
    if not starts:
        return ""
    at, continues = min(starts)
    verb = "continues" if continues else "starts"
    return f"; the next one {verb} {words.format_countdown((at - datetime.now(UTC)).total_seconds())}"


def _draw_mode(desk: Desk) -> None:
    if desk.live:
        st.badge(f"Live: sending real messages through {desk.settings.host}", icon=":material/cell_tower:", color="red")
    else:
        st.badge("Sandbox: nothing leaves this computer", icon=":material/science:", color="orange")


def _stop_all(desk: Desk) -> None:
    session.request_redraw()
    stopped = session.attempt(lambda: desk.campaigns.stop_all(session.get_actor()))
    if stopped is not None:
        session.tell(
            f"Stopped: {words.format_count(stopped, 'campaign')} paused. Resume each one on the Campaigns page."
        )
