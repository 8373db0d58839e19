"""What several pages draw: the four states, badges, figures, tables and downloads."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pandas as pd
import pyarrow as pa
import streamlit as st

from pages.ui import session, words
from smscore import (
    REPORT_COLUMNS,
    Campaign,
    DeskError,
    Explanation,
    Notice,
    ReportColumn,
    to_csv,
    to_xlsx,
)

TEXT_MIME = {".csv": "text/csv", ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"}
LISTED = 500
"""How many rows of an imported file are listed that could not be used."""
TWO_LINES = 66
"""The height in pixels of a table's row whose cells break their text; lower rows cut it off."""
STILL_BLANK = frozenset(
    {
        "sender_missing",
        "whatsapp_sender_missing",
        "text_missing",
        "template_id_missing",
        "template_name_missing",
        "slot_empty",
        "otp_without_code",
        "no_name",
    }
)
"""Faults of a form that nobody has filled in yet."""


def draw_title(text: str, what_for: str) -> None:
    """Draw the head of a page, followed by the messages that the last press left."""
    st.title(text, anchor=False)
    draw_note(what_for)
    with st.container():  # drawn even when empty: what follows keeps its place, and with it the tab that is open
        _draw_messages(*session.take_messages())


def _draw_messages(refusal: DeskError | None, warned: str, told: str) -> None:
    """Draw messages at the head of the page, and in the corner for whoever pressed a button further down."""
    if refusal:
        draw_refusal(refusal)
        st.toast(
            words.format_explanation(Explanation(refusal.sentence, refusal.next_step)),
            icon=":material/error:",
            duration="long",
        )
    if warned:
        st.warning(warned, icon=":material/warning:")
        st.toast(warned, icon=":material/warning:", duration="long")
    if told:
        st.success(told, icon=":material/check_circle:")
        st.toast(told, icon=":material/check_circle:")


def draw_note(text: str, **options: Any) -> None:
    """Draw a sentence of ours in small print, dark enough for everybody; foreign words in it must be escaped."""
    st.markdown(f":small[:gray[{text}]]", **options)


def draw_row_hint(what_for: str) -> None:
    """Draw what the rows of a table are for, and how a keyboard selects one: the table itself does not say it."""
    draw_note(f"Select a row to {what_for}. With the keyboard, use the arrow keys, then Shift+Space.")


def draw_empty_state(sentence: str, page: str, action: str, icon: str) -> None:
    """Draw what this page will show, and the one action that gets there."""
    with st.container(border=True, horizontal_alignment="center"):
        st.space("small")
        st.markdown(f"### {icon}", text_alignment="center")
        st.markdown(sentence, text_alignment="center")
        st.page_link(page, label=action, icon=":material/arrow_forward:", width="content")
        st.space("small")


def draw_refusal(error: DeskError) -> None:
    """Draw why something was not done, and what to do next."""
    st.error(words.format_explanation(Explanation(error.sentence, error.next_step)), icon=":material/error:")


def draw_notices(found: Iterable[Notice], draw: Callable[..., object] = st.warning) -> None:
    """Draw one callout for each notice."""
    for notice in found:
        draw(words.format_explanation(notice.explanation), icon=":material/info:")


def draw_faults(found: Iterable[Notice]) -> None:
    """Draw what keeps a message from being sent: errors, and calmly what is only not filled in yet."""
    found = tuple(found)
    draw_notices((notice for notice in found if notice.code not in STILL_BLANK), st.error)
    blank = [f"- {words.format_explanation(notice.explanation)}" for notice in found if notice.code in STILL_BLANK]
    if blank:
        st.info("\n".join(("Before this can be sent:", "", *blank)), icon=":material/edit_note:")


def draw_figures(pairs: Mapping[str, str | int], helps: Mapping[str, str] | None = None) -> None:
    """Draw a row of figures with their names; numbers get thousands separators, and narrow screens wrap them."""
    with st.container(horizontal=True, gap="small"):
        for name, value in pairs.items():
            shown, about = words.format_number(value) if isinstance(value, int) else value, (helps or {}).get(name)
            st.metric(name, shown, border=True, width=_compute_width(shown, name, about), help=about)


def _compute_width(shown: str, name: str, about: str | None) -> int:
    return max(100, 14 * len(shown) + 36, 8 * len(name) + (58 if about else 36))


def draw_status_badge(campaign: Campaign) -> None:
    """Draw a campaign's status as a word, an icon and a colour."""
    badge = words.get_campaign_badge(campaign)
    st.badge(badge.word, icon=badge.icon, color=badge.colour, help=badge.meaning)


def draw_table(frame: pd.DataFrame, name: str, **options: Any) -> None:
    """Draw a table whose cells are shown as they are; `name` is what a screen reader calls it."""
    defaults: dict[str, Any] = {"hide_index": True, "width": "stretch", "placeholder": ""}
    st.dataframe(frame, alt=name, **defaults | options)


def draw_download(label: str, name: str, write: Callable[[Path], object], key: str) -> None:
    """Draw a button whose file is made when it is pressed; `write` puts it at the path it is given."""
    suffix = Path(name).suffix
    st.download_button(
        label,
        lambda: _make_file(write, suffix),
        file_name=name,
        mime=TEXT_MIME[suffix],
        key=key,
        on_click="ignore",
        icon=":material/download:",
    )


def write_table(table: pd.DataFrame | pa.Table, path: Path) -> None:
    """Write a table as the path's suffix says; no cell is changed."""
    {".csv": to_csv, ".xlsx": to_xlsx}[path.suffix]([table], path)


def make_writer(table: pd.DataFrame | pa.Table) -> Callable[[Path], None]:
    """Return a function for `draw_download` that writes `table`."""
    return lambda path: write_table(table, path)


def _make_file(write: Callable[[Path], object], suffix: str) -> bytes:
    with TemporaryDirectory(prefix="smsdesk-") as folder:
        path = Path(folder) / f"download{suffix}"
        write(path)
        return path.read_bytes()


def configure_recipient_columns() -> dict[str, Any]:
    """Return headings and widths of a delivery report's columns; a sheet's own columns stay as they are."""
    return {column.name: _configure_column(column) for column in REPORT_COLUMNS}


def _configure_column(column: ReportColumn) -> Any:
    kind = st.column_config.NumberColumn if column.is_count else st.column_config.TextColumn
    return kind(column.heading, width=column.width, help=column.help)
