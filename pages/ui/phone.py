"""The preview, as one person reads it on a phone, and how long the message is."""

from __future__ import annotations

from collections.abc import Mapping

import streamlit as st

from pages.ui import live_preview, parts, words
from smscore import (
    Charset,
    Content,
    DeskError,
    Message,
    TextRole,
    count,
    list_unicode_characters,
    measure_saving,
    preview,
    simplify_punctuation,
)

CHARSETS = (
    "Plain text (GSM-7) fits 160 characters in one segment, or 153 in each of several. One emoji or letter of another "
    "alphabet makes the whole message Unicode (UCS-2): 70 characters, or 67 in each of several."
)
PLACES = {
    "header": "Header",
    "button": "Button",
    "link": "Link",
    "caption": "Caption",
    "custom": "Value",
    "body": "Value",
}


def draw_preview(message: Message, person: Mapping[str, str], whose: str = "", typed_in: str = "") -> None:
    """Draw what `person` (column → value) would read, or why nobody can read it yet.

    `typed_in` is the key of the text area in which the text is written, which the preview then follows.
    """
    st.subheader("Preview", anchor=False)
    if typed_in and _is_typed(message):
        _draw_typed(message, person, whose, typed_in)
        return
    content = _read_content(message, person)
    if content is None:
        return
    with st.container(border=True, width=380):
        st.text(words.clean(message.sender) or "Sender")
        with st.container(border=True):
            st.text(words.clean(content.text) or _explain_empty(message))
        _draw_values(message, content)
        if whose:
            parts.draw_note(whose)
    if message.spec.counts_segments and (content.text or not _is_filled_by_provider(message)):
        _draw_length(content.text)


def _is_typed(message: Message) -> bool:
    """Whether the operator writes the words that people read, rather than values of a registered text."""
    if message.registered or message.spec.text is not TextRole.PATTERN:
        return False
    return message.whatsapp is None or not message.whatsapp.session_type or bool(message.text)


def _draw_typed(message: Message, person: Mapping[str, str], whose: str, typed_in: str) -> None:
    empty = _explain_empty(message)
    live_preview.draw_live_preview(message, person, typed_in, empty=empty, charsets=CHARSETS, note=whose)
    content = _read_content(message, person)
    if content is not None:
        _draw_values(message, content)


def _read_content(message: Message, person: Mapping[str, str]) -> Content | None:
    """What `person` reads; None, with the reason drawn, where nobody can read it."""
    try:
        return preview(message, person)
    except DeskError as error:
        parts.draw_refusal(error)
        return None


def _explain_empty(message: Message) -> str:
    return "The provider fills in the registered text." if _is_filled_by_provider(message) else "Nothing written yet"


def _is_filled_by_provider(message: Message) -> bool:
    return message.spec.text is TextRole.REGISTERED


def _draw_values(message: Message, content: Content) -> None:
    for slot, value in zip(message.slots, content.values, strict=False):
        if message.kind.whatsapp or not content.text:
            st.text(f"{PLACES.get(slot.place, slot.place)}: {words.clean(value)}")


def _draw_length(text: str) -> None:
    size = count(text)
    unicode = size.charset is Charset.UCS2
    with st.container(horizontal=True, gap="xsmall"):
        st.badge(words.format_count(size.characters, "character"), color="gray")
        st.badge(words.format_count(size.segments, "segment"), color="gray", help="What the network charges for.")
        st.badge(f"{words.format_number(size.left)} left in this segment", color="gray")
        colour: words.Colour = "orange" if unicode else "gray"
        st.badge(size.charset.label, icon=":material/translate:", color=colour, help=CHARSETS)
    if unicode:
        _draw_unicode_reasons(text)


def _draw_unicode_reasons(text: str) -> None:
    parts.draw_note("These characters make it Unicode, with 70 instead of 160 characters in a segment:")
    st.code(" ".join(words.clean(sign) or ascii(sign) for sign in list_unicode_characters(text)[:20]), language=None)
    saved = measure_saving(text).segments
    if saved:
        st.info(
            f"Plain punctuation would save {words.format_count(saved, 'segment')} per message.",
            icon=":material/savings:",
        )
    elif simplify_punctuation(text) != text:
        parts.draw_note("Plain punctuation would replace some of them.")
