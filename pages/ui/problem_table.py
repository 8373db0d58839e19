"""The rows of a sheet that cannot be texted: their reasons, a table to correct them in, and the corrections made."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from zlib import crc32

import pandas as pd
import streamlit as st

from pages.ui import parts, session, words
from smscore import Audience, RowProblem, list_editable_lines, problem_frame, reason_frame

EDITED = 500
"""Most rows that the table offers for correction."""
WHOLE = 8
"""Rows up to which a table is drawn without a scroll bar of its own."""
EDITOR = ("Row", "Column", "Value", "Corrected", "Suggestion", "Reason")


def draw_problems(page: str, audience: Audience) -> None:
    """Draw the rows that cannot be used: reasons, a table to correct them in, and downloads."""
    if audience.problems.empty:
        return
    st.subheader("Problems", anchor=False)
    count = len(audience.problems)
    listed = audience.problems.head(EDITED)
    frame = problem_frame(listed)
    _draw_reasons(audience)
    shown = _add_corrected_column(frame, list_editable_lines(listed))
    key = _make_editor_key(page, shown)
    _draw_editor(shown, key)
    if count > EDITED:
        parts.draw_note(
            f"Showing the first {words.format_number(EDITED)} of {words.format_number(count)}. "
            "The download has all of them."
        )
    _draw_problem_actions(page, audience, frame, key)


def _draw_editor(shown: pd.DataFrame, key: str) -> None:
    parts.draw_note("Type the fix under Corrected, then select Apply corrections.")
    widths = {"Column": 110, "Value": 170, "Corrected": 140, "Suggestion": 255, "Reason": 360}
    lines = any(shown["Corrected"])
    if lines:
        parts.draw_note("If a whole row couldn't be read, its line is already filled in. Edit it until it's right.")
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


def _make_editor_key(page: str, shown: pd.DataFrame) -> str:
    # What was typed belongs to these very rows: on others of the same number it would correct the wrong people.
    rows = repr(shown[["Row", "Column", "Value"]].to_numpy().tolist())
    return f"{page}_problems_{session.get_draft(page).launch_key}_{crc32(rows.encode('utf-8', 'replace')):08x}"


def _draw_reasons(audience: Audience) -> None:
    reasons = reason_frame(audience.problems)[["rows", "reason", "what to do"]]
    wide = {"Rows": st.column_config.NumberColumn(width=60)}
    wide |= dict.fromkeys(("Reason", "What to do"), st.column_config.TextColumn(width=400))
    table = reasons.rename(columns=str.capitalize)
    height = "content" if len(table) <= WHOLE else "auto"
    parts.draw_table(table, "Rows by reason", height=height, row_height=parts.TWO_LINES, column_config=wide)


def _add_corrected_column(frame: pd.DataFrame, begun: list[str]) -> pd.DataFrame:
    shown = frame.rename(columns=str.capitalize).astype({"Row": "int64"})
    shown.insert(3, "Corrected", begun)
    return shown


def _draw_problem_actions(page: str, audience: Audience, frame: pd.DataFrame, editor: str) -> None:
    suggested = _filter_single_suggestions(audience, frame)
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
                f"Use {words.format_count(len(suggested), 'suggestion')}",
                key=f"{page}_suggest",
                icon=":material/auto_fix:",
                on_click=_take_suggestions,
                args=(page, suggested),
            )
        _draw_decisions(page, audience.reasons())
        for suffix in (".csv", ".xlsx"):
            name = words.make_file_name(f"{audience.name} problems", suffix)
            label = f"Problems as {suffix[1:].upper()}"
            parts.draw_download(label, name, _make_rejected_writer(audience), f"{page}_problems{suffix}")


def _filter_single_suggestions(audience: Audience, frame: pd.DataFrame) -> pd.DataFrame:
    """Return the shown problems whose suggestion can be used as it is: not one that names several numbers."""
    several = audience.problems["code"].head(EDITED) == "several_numbers"
    return frame[(frame["suggestion"] != "") & ~several.to_numpy(bool)]


def _draw_decisions(page: str, reasons: Mapping[str, int]) -> None:
    """Draw a button for each decision that settles all rows of a kind at once."""
    several, hidden = (reasons.get(code, 0) for code in ("several_numbers", "hidden_row"))
    cells = words.format_count(several, "cell")
    for shown, label, widget, value in (
        (several, f"Use the first number in {cells}", "several", "first"),
        (several, f"Use all numbers in {cells}", "several", "all"),
        (hidden, f"Include {words.format_count(hidden, 'hidden row')}", "hidden", True),
    ):
        if shown:
            st.button(label, key=f"{page}_{widget}_{value}", on_click=session.put, args=(f"{page}_{widget}", value))


def _make_rejected_writer(audience: Audience) -> Callable[[Path], None]:
    # Suggestions for all rows take a while with many problems, so they are looked up when the file is asked for.
    return lambda path: parts.write_table(audience.rejected, path)


def _take_corrections(page: str, frame: pd.DataFrame, editor: str) -> None:
    edited = (session.get_value(editor) or {}).get("edited_rows", {})
    written = {
        (int(frame["row"].iloc[place]), str(frame["column"].iloc[place])): change["Corrected"].strip(" \r\n")
        for place, change in edited.items()
        if (change.get("Corrected") or "").strip()
    }
    _correct(page, written)


def _take_suggestions(page: str, frame: pd.DataFrame) -> None:
    cells = zip(frame["row"].tolist(), frame["column"].tolist(), frame["suggestion"].tolist(), strict=True)
    _correct(page, {(int(row), str(column)): suggestion for row, column, suggestion in cells})


def _correct(page: str, written: dict[tuple[int, str], str]) -> None:
    if not written:
        session.tell("Nothing to apply yet. Type a fix under Corrected first.")
        return
    before = session.get_draft(page).corrections
    session.change_draft(page, corrections={**before, **written})
    session.tell(
        f"{words.format_count(len(written), 'correction')} applied. Rows that are still wrong stay in the table."
    )


def draw_corrections(page: str) -> None:
    """Draw the corrections made so far, to be undone: a corrected row is in no list of problems any more."""
    made = session.get_draft(page).corrections
    if not made:
        return
    with st.expander(f"See {words.format_count(len(made), 'correction')}", icon=":material/undo:"):
        key = f"{page}_take_back_{session.get_draft(page).launch_key}"
        st.multiselect(
            "Corrections to undo", list(made), key=key, format_func=lambda cell: _format_correction(cell, made[cell])
        )
        st.button("Undo", key=f"{page}_take_back", on_click=_take_back, args=(page, key))


def _format_correction(cell: tuple[int, str], value: str) -> str:
    row, column = cell
    return words.shorten(f"Row {row:,}{f', {column}' if column else ''}: {value}", limit=120)


def _take_back(page: str, key: str) -> None:
    gone = set(session.get_value(key) or ())
    left = {cell: value for cell, value in session.get_draft(page).corrections.items() if cell not in gone}
    session.change_draft(page, corrections=left)
    session.put(key, [])
    session.tell(f"{words.format_count(len(gone), 'correction')} undone.")


def draw_problem_list(problems: Sequence[RowProblem]) -> None:
    """Draw the rows of an imported file that could not be used, the first of them each with its reason."""
    lines = [
        {
            "Row": each.row,
            "Column": each.column,
            "Value": each.value,
            "Reason": each.reason,
            "Suggestion": each.suggestion,
        }
        for each in problems[: parts.LISTED]
    ]
    if lines:
        first = f" Showing the first {words.format_number(parts.LISTED)}." if len(problems) > parts.LISTED else ""
        parts.draw_note(f"{words.format_count(len(problems), 'row')} couldn't be used.{first}")
        parts.draw_table(pd.DataFrame(lines), "Rows that couldn't be used", height=min(38 + 35 * len(lines), 300))


def draw_unread_rows(problems: pd.DataFrame, name: str) -> None:
    """Draw the first rows of `Audience.problems`, each with its reason, as a table called `name`."""
    frame = problem_frame(problems.head(parts.LISTED)).rename(columns=str.capitalize)
    wide = dict.fromkeys(("Reason", "What to do"), st.column_config.TextColumn(width=330))
    about = {
        "height": min(38 + parts.TWO_LINES * len(frame), 300),
        "row_height": parts.TWO_LINES,
        "column_config": wide,
    }
    parts.draw_table(frame, name, **about)
    if len(problems) > parts.LISTED:
        parts.draw_note(
            f"Showing the first {words.format_number(parts.LISTED)} of {words.format_number(len(problems))}."
        )
