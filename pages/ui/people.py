"""The audience: where every row of the sheet went, whom the sheet marks as opted out, and who will be texted."""

from __future__ import annotations

import streamlit as st

from pages.ui import parts, session, words
from smscore import Audience

SHOWN = 1_000
"""Most rows shown of each part of the audience."""
ASKED = ("title_not_read", "titles_not_read", "header_doubtful", "opt_out_undecided")  # drawn as questions
HELPS = {
    "Contacts": "People who will be texted, once each.",
    "Duplicates": "The same number again, however it's written. The first one counts unless you choose otherwise.",
    "Problems": "Rows that can't be texted. Each one is listed below with the reason.",
    "Opted out": "On the opt-out list.",
    "Left out": "In an earlier campaign or another sheet you chose to leave out.",
}


def draw_funnel(audience: Audience, typed: bool = False) -> None:
    """Draw every row of the sheet in exactly one figure, and the sum written out."""
    one = "number" if typed else "row"
    st.subheader("Number breakdown" if typed else "Row breakdown", anchor=False)
    if not typed:
        st.text(f"Phone numbers from: {words.clean(words.join_words(audience.phone))}")
    tally = audience.arithmetic()
    figures = {
        f"{one.capitalize()}s": tally.rows,
        "Contacts": tally.contacts,
        "Duplicates": tally.duplicates,
        "Problems": tally.problems,
        "Opted out": tally.opted_out,
    }
    figures |= {"Left out": tally.subtracted} if tally.subtracted else {}
    parts.draw_figures(figures, HELPS)
    ends = " + ".join(_format_count(name, count) for name, count in list(figures.items())[1:])
    parts.draw_note(f"{words.format_count(tally.rows, one)} = {ends}")
    if tally.extra_contacts:
        parts.draw_note(
            f"Cells with several numbers add {words.format_count(tally.extra_contacts, 'person', 'people')}."
        )
    _draw_heading(audience)
    parts.draw_notices((notice for notice in audience.warnings if notice.code not in ASKED), st.info)


def _draw_heading(audience: Audience) -> None:
    """Draw which lines of the file are titles or the header and not rows."""
    if audience.country:
        st.text(f"Countries from: {words.clean(words.join_words(audience.country))}")
    if titles := audience.heading.title_count:
        rows = audience.sheet_rows
        ends = f"{words.format_count(titles, 'title line')} + 1 header + {words.format_count(rows, 'row')}"
        parts.draw_note(f"{words.format_count(titles + 1 + rows, 'line')} in the file = {ends}")


def _format_count(name: str, count: int) -> str:
    word = name.lower()
    return words.format_count(count, word.removesuffix("s"), word)


def draw_opt_out_question(page: str, audience: Audience) -> None:
    """Ask whether people whom the sheet itself marks as opted out are left out; once answered, offer to ask anew."""
    decided = f"{page}_opt_out"
    if audience.marks and session.get_value(decided) is not None:
        st.button("Change who has opted out", key=f"{decided}_anew", on_click=session.put, args=(decided, None))
    if not audience.undecided:
        return
    with st.container(border=True):
        for marks in audience.undecided:
            people = words.format_count(marks.rows, "person", "people")
            st.text(words.clean(f"Column “{marks.column}” marks {people} as opted out. Leave them out?"))
            if marks.unknown:
                st.text(words.clean(f"Unclear values: {marks.unclear}. These people stay in."))
        columns = tuple(marks.column for marks in audience.undecided)
        with st.container(horizontal=True):
            for label, name, value in _list_opt_out_answers(columns):
                key = f"{decided}_{name}"
                st.button(words.shorten(label), key=key, on_click=session.put, args=(decided, value))
        parts.draw_note("You can't send until you decide. If you ignore it, the activity log says so.")


def _list_opt_out_answers(columns: tuple[str, ...]) -> list[tuple[str, str, tuple[str, ...]]]:
    """Return the label, the key and the value of each answer."""
    single = len(columns) == 1
    each = (
        []
        if single
        else [(f"Leave out only those in {name}", f"only_{at}", (name,)) for at, name in enumerate(columns)]
    )
    ignore = "Ignore the column" if single else "Ignore these columns"
    return [("Leave them out", "leave", columns), *each, (ignore, "ignore", ())]


def draw_contacts(page: str, audience: Audience) -> None:
    """Draw the people who will be texted, and the duplicates and opt-outs, on demand."""
    tabs = {
        f"Contacts ({audience.people:,})": audience.valid,
        f"Duplicates ({len(audience.duplicates):,})": audience.duplicates,
        f"Opted out ({len(audience.opted_out):,})": audience.opted_out,
    }
    if len(audience.subtracted):
        tabs[f"Left out ({len(audience.subtracted):,})"] = audience.subtracted
    with st.expander("View rows"):
        for tab, (name, frame) in zip(st.tabs(list(tabs)), tabs.items(), strict=True):
            with tab:
                parts.draw_table(frame.head(SHOWN).reset_index(), name, height=300)
                if len(frame) > SHOWN:
                    parts.draw_note(f"Showing the first {words.format_number(SHOWN)}.")
