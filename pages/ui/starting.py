"""From the press of "Send" to a recorded campaign: written by a thread of its own, followed by the page.

Whatever is pressed meanwhile, and also when the tab is closed, the campaign is recorded whole. A second press cannot
record a second one, because the launch key is the draft's.
"""

from __future__ import annotations

import threading

import streamlit as st

from pages.ui import session, words
from smscore import Desk, DeskError, Plan, Prepared

AT_ONCE = 1.0
"""Seconds that the press itself waits: most campaigns are recorded by then, and nothing needs to be followed."""
LOOK = 0.5
"""Seconds between two looks at how far the others are."""


class Start:
    """The launch of one plan, under way or done. `begin` it once, then look at `written`, `done` and `outcome`."""

    def __init__(self, desk: Desk, plan: Plan, prepared: Prepared, actor: str) -> None:
        self.written, self.total = 0, prepared.audience.people
        self.outcome: int | DeskError | None = None
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._run, args=(desk, plan, prepared, actor), daemon=True)

    def begin(self, wait: float) -> None:
        """Start the launch and wait for it, at most `wait` seconds."""
        self._thread.start()
        self._thread.join(wait)

    @property
    def done(self) -> bool:
        """Whether there is an outcome. Raises what the launch raised, unless it was a refusal."""
        if self._fault is not None:
            raise self._fault
        return self.outcome is not None

    def _run(self, desk: Desk, plan: Plan, prepared: Prepared, actor: str) -> None:
        try:
            self.outcome = desk.launches.launch(plan, actor, prepared, self._note_progress)
        except DeskError as refusal:
            self.outcome = refusal
        except BaseException as fault:  # raised again where the page looks
            self._fault = fault

    def _note_progress(self, written: int, total: int) -> None:
        self.written, self.total = written, total


def press(desk: Desk, page: str, plan: Plan, prepared: Prepared) -> None:
    """Launch the plan of the draft of `page`. For a callback: nothing is drawn here."""
    if session.get_draft(page).start is not None:
        return
    actor = session.attempt(session.get_actor)
    if actor is None:
        return
    start = Start(desk, plan, prepared, actor)
    session.change_draft(page, start=start)
    start.begin(AT_ONCE)
    _settle(page, start)


def _settle(page: str, start: Start) -> bool:
    """Put the outcome in the draft, or keep the refusal to be shown; return whether there was one."""
    try:
        done = start.done
    except BaseException:
        session.change_draft(page, start=None)
        raise
    if not done:
        return False
    if isinstance(start.outcome, DeskError):
        session.change_draft(page, start=None)
        session.refuse(start.outcome)
    else:
        session.change_draft(page, start=None, launched=start.outcome)
    return True


def draw_progress(page: str) -> bool:
    """Draw how far the launch of the draft of `page` is; return False when none is under way."""
    start = session.get_draft(page).start
    if start is None:
        return False
    st.fragment(_draw_progress, run_every=LOOK)(page, start)
    return True


def _draw_progress(page: str, start: Start) -> None:
    # The draft may have been settled by an earlier look, or replaced: then the whole page has something else to show.
    if session.get_draft(page).start is not start or _settle(page, start):
        st.rerun()
    share = start.written / start.total if start.total else 0.0
    of = f"{words.format_number(start.written)} of {words.format_count(start.total, 'recipient')} saved"
    st.progress(min(1.0, share), text=f"Saving the campaign: {of}. Nothing has been sent yet.")
    st.text("You can use other pages. The campaign is saved even if you close this one.")
