"""The audience: where every row of the sheet went, what is wrong with the rest, and putting it right in place."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from zlib import crc32

import pandas as pd
import streamlit as st

from pages.ui import parts, session, words
from smscore import Audience, line_to_edit, problem_frame, reason_frame

EDITED = 500
WHOLE = 8
"""Rows up to which a table is drawn without a scroll bar of its own."""
EDITOR = ("Row", "Column", "Value", "Corrected", "Suggestion", "Reason")
SHOWN = 1_000
ASKED = ("title_not_read", "titles_not_read", "header_doubtful", "opt_out_undecided")  # drawn as questions
HELPS = {
    "Contacts": "People who will be texted, once each.",
    "Duplicates": "The same number again, however it's written. The first one counts unless you choose otherwise.",
    "Problems": "Rows that can't be texted. Each one is listed below with the reason.",
    "Opted out": "On the opt-out list.",
    "Left out": "In an earlier campaign or another sheet you chose to leave out.",
}


def draw_funnel(audience: Audience, typed: bool = False) -> None:
    """Every row of the sheet in exactly one figure, and the sum written out."""
    one = "number" if typed else "row"
    st.subheader("Number breakdown" if typed else "Row breakdown", anchor=False)
    if not typed:
        st.text(f"Phone numbers from: {words.clean(words.listed(audience.phone))}")
    tally = audience.arithmetic()
    figures = {
        f"{one.capitalize()}s": tally.rows,
        "Contacts": tally.contacts,
        "Duplicates": tally.duplicates,
        "Problems": tally.problems,
        "Opted out": tally.opted_out,
    }
    figures |= {"Left out": tally.subtracted} if tally.subtracted else {}
    parts.figures(figures, HELPS)
    ends = " + ".join(_counted(name, count) for name, count in list(figures.items())[1:])
    parts.note(f"{words.counted(tally.rows, one)} = {ends}")
    if tally.extra_contacts:
        parts.note(f"Cells with several numbers add {words.counted(tally.extra_contacts, 'person', 'people')}.")
    _draw_heading(audience)
    parts.notices((notice for notice in audience.warnings if notice.code not in ASKED), st.info)


def _draw_heading(audience: Audience) -> None:
    """Where the file's lines went that are no rows."""
    if audience.country:
        st.text(f"Countries from: {words.clean(words.listed(audience.country))}")
    if titles := audience.heading.title_count:
        rows = audience.sheet_rows
        ends = f"{words.counted(titles, 'title line')} + 1 header + {words.counted(rows, 'row')}"
        parts.note(f"{words.counted(titles + 1 + rows, 'line')} in the file = {ends}")


def _counted(name: str, count: int) -> str:
    word = name.lower()
    return words.counted(count, word.removesuffix("s"), word)


def draw_problems(page: str, audience: Audience) -> None:
    """The rows that cannot be used: reasons, a table to correct them in, and downloads."""
    if audience.problems.empty:
        return
    st.subheader("Problems", anchor=False)
    count = len(audience.problems)
    listed = audience.problems.head(EDITED)
    frame = problem_frame(listed)
    _draw_reasons(audience)
    shown = _editable(frame, line_to_edit(listed))
    key = _editor_key(page, shown)
    _draw_editor(shown, key)
    if count > EDITED:
        parts.note(f"Showing the first {words.number(EDITED)} of {words.number(count)}. The download has all of them.")
    _draw_problem_actions(page, audience, frame, key)


def _draw_editor(shown: pd.DataFrame, key: str) -> None:
    parts.note("Type the fix under Corrected, then select Apply corrections.")
    widths = {"Column": 110, "Value": 170, "Corrected": 140, "Suggestion": 255, "Reason": 360}
    lines = any(shown["Corrected"])
    if lines:
        parts.note("If a whole row couldn't be read, its line is already filled in. Edit it until it's right.")
        widths = {"Value": 160, "Corrected": 270, "Suggestion": 140, "Reason": 320}
    st.data_editor(
        shown,
        key=key,
        hide_index=True,
        width="stretch",
        height="content" if len(shown) <= WHOLE else "auto",
        row_height=parts.TWO_LINES if lines else None,
        column_order=[*EDITOR],
        column_config={name: st.column_config.TextColumn(width=width) for name, width in widths.items()},
        disabled=[name for name in shown.columns if name != "Corrected"],
        alt="Rows with problems",
        placeholder="",
    )


def _editor_key(page: str, shown: pd.DataFrame) -> str:
    # What was typed belongs to these very rows: on others of the same number it would correct the wrong people.
    rows = repr(shown[["Row", "Column", "Value"]].to_numpy().tolist())
    return f"{page}_problems_{session.draft(page).launch_key}_{crc32(rows.encode('utf-8', 'replace')):08x}"


def _draw_reasons(audience: Audience) -> None:
    reasons = reason_frame(audience.problems)[["rows", "reason", "what to do"]]
    wide = {"Rows": st.column_config.NumberColumn(width=60)}
    wide |= dict.fromkeys(("Reason", "What to do"), st.column_config.TextColumn(width=400))
    table = reasons.rename(columns=str.capitalize)
    height = "content" if len(table) <= WHOLE else "auto"
    parts.table(table, "Rows by reason", height=height, row_height=parts.TWO_LINES, column_config=wide)


def _editable(frame: pd.DataFrame, begun: list[str]) -> pd.DataFrame:
    shown = frame.rename(columns=str.capitalize).astype({"Row": "int64"})
    shown.insert(3, "Corrected", begun)
    return shown


def _draw_problem_actions(page: str, audience: Audience, frame: pd.DataFrame, editor: str) -> None:
    suggested = _with_one_number(audience, frame)
    with st.container(horizontal=True):
        st.button(
            "Apply corrections",
            key=f"{page}_check",
            icon=":material/rule:",
            on_click=_take_corrections,
            args=(page, frame, editor),
        )
        if len(suggested):
            st.button(
                f"Use {words.counted(len(suggested), 'suggestion')}",
                key=f"{page}_suggest",
                icon=":material/auto_fix:",
                on_click=_take_suggestions,
                args=(page, suggested),
            )
        _draw_decisions(page, audience.reasons())
        for suffix in (".csv", ".xlsx"):
            name = words.file_name(f"{audience.name} problems", suffix)
            label = f"Problems as {suffix[1:].upper()}"
            parts.download(label, name, _rejected_writer(audience), f"{page}_problems{suffix}")


def _with_one_number(audience: Audience, frame: pd.DataFrame) -> pd.DataFrame:
    """The shown problems with a suggestion that can be taken as it stands: not one that names several numbers."""
    several = audience.problems["code"].head(EDITED) == "several_numbers"
    return frame[(frame["suggestion"] != "") & ~several.array]


def _draw_decisions(page: str, reasons: Mapping[str, int]) -> None:
    """One press for what one decision puts right in all rows at once."""
    several, hidden = (reasons.get(code, 0) for code in ("several_numbers", "hidden_row"))
    cells = words.counted(several, "cell")
    for shown, label, widget, value in (
        (several, f"Use the first number in {cells}", "several", "first"),
        (several, f"Use all numbers in {cells}", "several", "all"),
        (hidden, f"Include {words.counted(hidden, 'hidden row')}", "hidden", True),
    ):
        if shown:
            st.button(label, key=f"{page}_{widget}_{value}", on_click=session.put, args=(f"{page}_{widget}", value))


def _rejected_writer(audience: Audience) -> Callable[[Path], None]:
    # Suggestions for all rows take a while with many problems, so they are looked up when the file is asked for.
    return lambda path: parts.write_table(audience.rejected, path)


def _take_corrections(page: str, frame: pd.DataFrame, editor: str) -> None:
    edited = (session.chosen(editor) or {}).get("edited_rows", {})
    written = {
        (int(frame["row"].iloc[place]), str(frame["column"].iloc[place])): change["Corrected"].strip(" \r\n")
        for place, change in edited.items()
        if (change.get("Corrected") or "").strip()
    }
    _correct(page, written)


def _take_suggestions(page: str, frame: pd.DataFrame) -> None:
    _correct(page, {(int(row.row), str(row.column)): row.suggestion for row in frame.itertuples()})


def _correct(page: str, written: dict[tuple[int, str], str]) -> None:
    if not written:
        session.tell("Nothing to apply yet. Type a fix under Corrected first.")
        return
    before = session.draft(page).corrections
    session.change_draft(page, corrections={**before, **written})
    session.tell(f"{words.counted(len(written), 'correction')} applied. Rows that are still wrong stay in the table.")


def draw_corrections(page: str) -> None:
    """What was corrected so far, to be taken back: a row that has joined stands in no list of problems any more."""
    made = session.draft(page).corrections
    if not made:
        return
    with st.expander(f"See {words.counted(len(made), 'correction')}", icon=":material/undo:"):
        key = f"{page}_take_back_{session.draft(page).launch_key}"
        st.multiselect("Corrections to undo", list(made), key=key, format_func=lambda cell: _told(cell, made[cell]))
        st.button("Undo", key=f"{page}_take_back", on_click=_take_back, args=(page, key))


def _told(cell: tuple[int, str], value: str) -> str:
    row, column = cell
    return words.plain(f"Row {row:,}{f', {column}' if column else ''}: {value}", limit=120)


def _take_back(page: str, key: str) -> None:
    gone = set(session.chosen(key) or ())
    left = {cell: value for cell, value in session.draft(page).corrections.items() if cell not in gone}
    session.change_draft(page, corrections=left)
    session.put(key, [])
    session.tell(f"{words.counted(len(gone), 'correction')} undone.")


def draw_contacts(page: str, audience: Audience) -> None:
    """The people who will be texted, and the duplicates and opt-outs, on demand."""
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
                parts.table(frame.head(SHOWN).reset_index(), name, height=300)
                if len(frame) > SHOWN:
                    parts.note(f"Showing the first {words.number(SHOWN)}.")
