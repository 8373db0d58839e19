"""The question that a column of opt-outs in the sheet asks: nothing is sent before it is answered."""

from __future__ import annotations

import streamlit as st

from pages.ui import parts, session, words
from smscore import Audience


def draw_opt_out_question(page: str, audience: Audience) -> None:
    """Ask whether people whom the sheet itself marks as opted out are left out; once answered, offer to ask anew."""
    decided = f"{page}_opt_out"
    if audience.marks and session.chosen(decided) is not None:
        st.button("Change who has opted out", key=f"{decided}_anew", on_click=session.put, args=(decided, None))
    if not audience.undecided:
        return
    with st.container(border=True):
        for marks in audience.undecided:
            people = words.counted(marks.rows, "person", "people")
            st.text(words.clean(f"Column “{marks.column}” marks {people} as opted out. Leave them out?"))
            if marks.unknown:
                st.text(words.clean(f"Unclear values: {marks.unclear}. These people stay in."))
        columns = tuple(marks.column for marks in audience.undecided)
        with st.container(horizontal=True):
            for label, name, value in _opt_out_answers(columns):
                key = f"{decided}_{name}"
                st.button(words.plain(label), key=key, on_click=session.put, args=(decided, value))
        parts.note("You can't send until you decide. If you ignore it, the activity log says so.")


def _opt_out_answers(columns: tuple[str, ...]) -> list[tuple[str, str, tuple[str, ...]]]:
    """The label, the key and the value of each answer."""
    alone = len(columns) == 1
    each = (
        [] if alone else [(f"Leave out only those in {name}", f"only_{at}", (name,)) for at, name in enumerate(columns)]
    )
    ignore = "Ignore the column" if alone else "Ignore these columns"
    return [("Leave them out", "leave", columns), *each, (ignore, "ignore", ())]
