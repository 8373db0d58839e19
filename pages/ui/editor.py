"""The message being written: one set of fields for each kind. Used by Compose and Bulk upload alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.ui import fields, parts, words
from smscore import SESSION_CONTENTS, TEMPLATE_HEADERS, Desk, Kind, Message, Route, Slot, WhatsApp, variables


def draw_editor(desk: Desk, page: str, columns: tuple[str, ...] = (), kinds: tuple[Kind, ...] = tuple(Kind)) -> Message:
    """Draw the fields of the chosen kind and return the message they make, faults and all."""
    kind = st.selectbox(
        "Message type",
        kinds,
        format_func=lambda each: each.spec.label,
        key=f"{page}_kind",
        persist_state="session",
    )
    parts.draw_note(kind.spec.help)
    return FORMS[kind.spec.form](desk, page, kind, columns)


def _draw_text(desk: Desk, page: str, kind: Kind, columns: tuple[str, ...]) -> Message:
    sender, route = _draw_sender_and_route(desk, page, kind)
    text = fields.draw_text(page, "Text", columns, kind.spec.hint)
    return Message(kind=kind, sender=sender, route=route, text=text, plain=_draw_punctuation_switch(page))


def _draw_sender_and_route(desk: Desk, page: str, kind: Kind) -> tuple[str, Route]:
    left, right = st.columns(2)
    with left:
        sender = fields.draw_sender(desk, page, kind)
    with right:
        route = fields.draw_route(page, kind)
    return sender, route


def _draw_punctuation_switch(page: str) -> bool:
    return st.toggle(
        "Plain punctuation",
        key=f"{page}_plain",
        persist_state="session",
        help="Uses straight quotes and hyphens. Curly quotes and long dashes turn a message into Unicode.",
    )


def _draw_template(desk: Desk, page: str, kind: Kind, columns: tuple[str, ...]) -> Message:
    registered = fields.draw_template(desk, page)
    template_id = fields.draw_template_id(page)
    sender, route = _draw_sender_and_route(desk, page, kind)
    if registered is None:
        text = fields.draw_text(page, "Registered text", columns, "The registered text with its variables filled in")
        return Message(kind=kind, sender=sender, route=route, text=text, template_id=template_id)
    slots = _draw_registered_slots(page, registered.body, columns)
    return Message(kind, sender, route, text=registered.body, template_id=template_id, slots=slots)


def _draw_variables(desk: Desk, page: str, kind: Kind, columns: tuple[str, ...]) -> Message:
    registered = fields.draw_template(desk, page)
    template_id = fields.draw_template_id(page)
    sender, route = _draw_sender_and_route(desk, page, kind)
    if registered is not None:
        slots = _draw_registered_slots(page, registered.body, columns)
        return Message(kind, sender, route, text=registered.body, template_id=template_id, slots=slots)
    how_many = st.number_input("Number of variables", 0, 20, 1, key=f"{page}_variables", persist_state="session")
    slots = _draw_numbered_slots(page, "custom", "Variable", how_many, columns)
    return Message(kind, sender, route, template_id=template_id, slots=slots)


def _draw_registered_slots(page: str, body: str, columns: tuple[str, ...]) -> tuple[Slot, ...]:
    parts.draw_note("Registered text")
    st.code(words.clean(body), language=None, wrap_lines=True)
    return _draw_numbered_slots(page, "custom", "Variable", len(variables(body)), columns)


def _draw_numbered_slots(
    page: str, place: str, label: str, how_many: int, columns: tuple[str, ...]
) -> tuple[Slot, ...]:
    return tuple(
        Slot(place, fields.draw_variable(page, f"{label} {turn}", f"{place}_{turn}", columns))
        for turn in range(1, how_many + 1)
    )


def _draw_whatsapp_template(desk: Desk, page: str, kind: Kind, columns: tuple[str, ...]) -> Message:
    sender = fields.draw_sender(desk, page, kind)
    name = fields.draw_value(page, "Template name", "wa_name", hint="order_update")
    left, right = st.columns(2)
    with left:
        campaign = fields.draw_value(page, "Campaign name (optional)", "wa_campaign")
    with right:
        language = fields.draw_value(page, "Language (one-time codes only)", "wa_language", hint="en")
    header = st.selectbox("Header", ("none", *TEMPLATE_HEADERS), key=f"{page}_wa_header", persist_state="session")
    slots, filename = _draw_header_slots(page, header, columns)
    text = fields.draw_text(
        page, "Template text for the preview (optional)", (), "Dear {{1}}, your order {{2}} is on its way", "wa_text"
    )
    how_many = st.number_input("Number of values in the text", 0, 20, 0, key=f"{page}_wa_body", persist_state="session")
    slots += _draw_numbered_slots(page, "body", "Value", how_many, columns)
    button = fields.draw_value(page, "End of the button link (optional)", "wa_button", columns)
    slots += (Slot("button", button),) if button else ()
    shape = WhatsApp(name.strip(), campaign.strip(), language.strip(), "" if header == "none" else header, filename)
    return Message(kind, sender, text=text, slots=slots, whatsapp=shape)


def _draw_header_slots(page: str, header: str, columns: tuple[str, ...]) -> tuple[tuple[Slot, ...], str]:
    if header == "none":
        return (), ""
    place, label = ("header", "Header text") if header == "text" else ("link", f"Link to the {header}")
    slot = Slot(place, fields.draw_value(page, label, "wa_header_value", columns))
    return (slot,), _draw_file_name(page) if header == "document" else ""


def _draw_file_name(page: str) -> str:
    return fields.draw_value(page, "File name to show", "wa_filename").strip()


def _draw_whatsapp_session(desk: Desk, page: str, kind: Kind, columns: tuple[str, ...]) -> Message:
    st.warning(
        "WhatsApp delivers this only to people who messaged you in the last 24 hours.", icon=":material/schedule:"
    )
    sender = fields.draw_sender(desk, page, kind)
    content = st.selectbox(
        "Content",
        list(SESSION_CONTENTS),
        format_func=lambda each: SESSION_CONTENTS[each].label,
        key=f"{page}_wa_session",
        persist_state="session",
    )
    holds = SESSION_CONTENTS[content]
    if holds.has_text:
        text = fields.draw_text(page, "Text", columns)
        slots = _draw_reply_buttons(page, columns, holds.most_buttons) if holds.most_buttons else ()
        return Message(kind, sender, text=text, slots=slots, whatsapp=WhatsApp(session_type=content))
    link = [Slot("link", fields.draw_value(page, f"Link to the {content}", "wa_link", columns, "https://"))]
    if holds.takes_caption:
        link.append(Slot("caption", fields.draw_value(page, "Caption (optional)", "wa_caption", columns)))
    filename = _draw_file_name(page) if holds.takes_file_name else ""
    shape = WhatsApp(session_type=content, filename=filename)
    return Message(kind, sender, slots=tuple(link), whatsapp=shape)


def _draw_reply_buttons(page: str, columns: tuple[str, ...], most: int) -> tuple[Slot, ...]:
    parts.draw_note(f"Up to {most} buttons, 20 characters each. People reply with one tap.")
    turns = range(1, most + 1)
    titles = [fields.draw_value(page, f"Button {turn}", f"wa_reply_{turn}", columns, " ") for turn in turns]
    return tuple(Slot("button", title.strip()) for title in titles if title.strip())


FORMS: Mapping[str, Callable[[Desk, str, Kind, tuple[str, ...]], Message]] = {
    "text": _draw_text,
    "template": _draw_template,
    "variables": _draw_variables,
    "whatsapp_template": _draw_whatsapp_template,
    "whatsapp_session": _draw_whatsapp_session,
}
"""The fields that a kind of message needs; the table of kinds names them."""
