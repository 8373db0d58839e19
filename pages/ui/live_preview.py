"""A preview that follows the typing: one person's message and its length, with every key pressed in a text area.

The browser counts, by rules and characters that `smscore` hands over, so that no key waits for the server. The server
is told once the typing pauses, and its figures for all contacts follow.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import streamlit as st

from pages.ui import words
from smscore import Message, get_counting_rules, name_values

FOLDER = Path(__file__).parent
_mount_preview = st.components.v2.component(
    "live_preview",
    css=(FOLDER / "live_preview.css").read_text(encoding="utf-8"),
    js=(FOLDER / "live_preview.js").read_text(encoding="utf-8"),
)
_mount_columns = st.components.v2.component(
    "column_buttons",
    css=(FOLDER / "column_buttons.css").read_text(encoding="utf-8"),
    js=(FOLDER / "column_buttons.js").read_text(encoding="utf-8"),
)


def draw_live_preview(
    message: Message, person: Mapping[str, str], field: str, *, empty: str, charsets: str, note: str = ""
) -> None:
    """Draw what `person` (column → value) reads while the text is typed in the text area of key `field`.

    `empty` stands for a message without text, `charsets` explains the two character sets, `note` says whose preview it
    is.
    """
    rules = get_counting_rules()
    data = {
        **rules,
        "field": field,
        "text": message.text,
        "sender": words.clean(message.sender) or "Sender",
        "person": name_values(person),
        "code": rules["code"] if message.one_time else "",
        "plain": message.plain,
        "measured": message.spec.counts_segments,
        "empty": empty,
        "charsets": charsets,
        "note": note,
    }
    _mount_preview(key=f"{field}_live", data=data)


def draw_column_buttons(field: str, columns: tuple[str, ...]) -> None:
    """Draw a button for each column that puts it at the cursor of the text area of key `field`."""
    labels = [words.shorten(f"{{{column}}}", 30) for column in columns]
    data = {"field": field, "columns": list(columns), "labels": labels}
    _mount_columns(key=f"{field}_columns", data=data)
