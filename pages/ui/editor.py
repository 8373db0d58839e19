"""The message being written: one set of fields for each kind. Used by Compose and Bulk upload alike."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from pages.ui import fields, parts, words
from smscore import SESSION_CONTENTS, TEMPLATE_HEADERS, Desk, Kind, Message, Slot, WhatsApp, variables


def draw_editor(desk: Desk, page: str, columns: tuple[str, ...] = (), kinds: tuple[Kind, ...] = tuple(Kind)) -> Message:
    """Draw the fields of the chosen kind and return the message they make, faults and all."""
    kind = st.selectbox(
        "Message type",
        kinds,
        format_func=lambda each: each.spec.label,
        key=f"{page}_kind",
        persist_state="session",
    )
    parts.note(kind.spec.help)
    return FORMS[kind.spec.form](desk, page, kind, columns)


def _plain(desk: Desk, page: str, kind: Kind, columns: tuple[str, ...]) -> Message:
    sender, route = _sender_and_route(desk, page, kind)
    text = fields.text(page, "Text", columns, kind.spec.hint)
    return Message(kind=kind, sender=sender, route=route, text=text, plain=_plain_punctuation(page))


def _sender_and_route(desk: Desk, page: str, kind: Kind):
    left, right = st.columns(2)
    with left:
        sender = fields.sender(desk, page, kind)
    with right:
        route = fields.route(page, kind)
    return sender, route


def _plain_punctuation(page: str) -> bool:
    return st.toggle(
        "Plain punctuation",
        key=f"{page}_plain",
        persist_state="session",
        help="Uses straight quotes and hyphens. Curly quotes and long dashes turn a message into Unicode.",
    )


def _template(desk: Desk, page: str, kind: Kind, columns: tuple[str, ...]) -> Message:
    registered = fields.template(desk, page)
    template_id = fields.template_id(page)
    sender, route = _sender_and_route(desk, page, kind)
    if registered is None:
        text = fields.text(page, "Registered text", columns, "The registered text with its variables filled in")
        return Message(kind=kind, sender=sender, route=route, text=text, template_id=template_id)
    slots = _registered_slots(page, registered.body, columns)
    return Message(kind, sender, route, text=registered.body, template_id=template_id, slots=slots)


def _variables(desk: Desk, page: str, kind: Kind, columns: tuple[str, ...]) -> Message:
    registered = fields.template(desk, page)
    template_id = fields.template_id(page)
    sender, route = _sender_and_route(desk, page, kind)
    if registered is not None:
        slots = _registered_slots(page, registered.body, columns)
        return Message(kind, sender, route, text=registered.body, template_id=template_id, slots=slots)
    how_many = st.number_input("Number of variables", 0, 20, 1, key=f"{page}_variables", persist_state="session")
    slots = _numbered(page, "custom", "Variable", how_many, columns)
    return Message(kind, sender, route, template_id=template_id, slots=slots)


def _registered_slots(page: str, body: str, columns: tuple[str, ...]) -> tuple[Slot, ...]:
    parts.note("Registered text")
    st.code(words.clean(body), language=None, wrap_lines=True)
    return _numbered(page, "custom", "Variable", len(variables(body)), columns)


def _numbered(page: str, place: str, label: str, how_many: int, columns: tuple[str, ...]) -> tuple[Slot, ...]:
    return tuple(
        Slot(place, fields.variable(page, f"{label} {turn}", f"{place}_{turn}", columns))
        for turn in range(1, how_many + 1)
    )


def _whatsapp_template(desk: Desk, page: str, kind: Kind, columns: tuple[str, ...]) -> Message:
    sender = fields.sender(desk, page, kind)
    name = fields.value(page, "Template name", "wa_name", hint="order_update")
    left, right = st.columns(2)
    with left:
        campaign = fields.value(page, "Campaign name (optional)", "wa_campaign")
    with right:
        language = fields.value(page, "Language (one-time codes only)", "wa_language", hint="en")
    header = st.selectbox("Header", ("none", *TEMPLATE_HEADERS), key=f"{page}_wa_header", persist_state="session")
    slots, filename = _header_slots(page, header, columns)
    text = fields.text(
        page, "Template text for the preview (optional)", (), "Dear {{1}}, your order {{2}} is on its way", "wa_text"
    )
    how_many = st.number_input("Number of values in the text", 0, 20, 0, key=f"{page}_wa_body", persist_state="session")
    slots += _numbered(page, "body", "Value", how_many, columns)
    button = fields.value(page, "End of the button link (optional)", "wa_button", columns)
    slots += (Slot("button", button),) if button else ()
    shape = WhatsApp(name.strip(), campaign.strip(), language.strip(), "" if header == "none" else header, filename)
    return Message(kind, sender, text=text, slots=slots, whatsapp=shape)


def _header_slots(page: str, header: str, columns: tuple[str, ...]) -> tuple[tuple[Slot, ...], str]:
    if header == "none":
        return (), ""
    place, label = ("header", "Header text") if header == "text" else ("link", f"Link to the {header}")
    slot = Slot(place, fields.value(page, label, "wa_header_value", columns))
    return (slot,), _file_name(page) if header == "document" else ""


def _file_name(page: str) -> str:
    return fields.value(page, "File name to show", "wa_filename").strip()


def _whatsapp_session(desk: Desk, page: str, kind: Kind, columns: tuple[str, ...]) -> Message:
    st.warning(
        "WhatsApp delivers this only to people who messaged you in the last 24 hours.", icon=":material/schedule:"
    )
    sender = fields.sender(desk, page, kind)
    content = st.selectbox(
        "Content",
        list(SESSION_CONTENTS),
        format_func=lambda each: SESSION_CONTENTS[each].label,
        key=f"{page}_wa_session",
        persist_state="session",
    )
    holds = SESSION_CONTENTS[content]
    if holds.has_text:
        text = fields.text(page, "Text", columns)
        slots = _reply_buttons(page, columns, holds.most_buttons) if holds.most_buttons else ()
        return Message(kind, sender, text=text, slots=slots, whatsapp=WhatsApp(session_type=content))
    slots = [Slot("link", fields.value(page, f"Link to the {content}", "wa_link", columns, "https://"))]
    if holds.takes_caption:
        slots.append(Slot("caption", fields.value(page, "Caption (optional)", "wa_caption", columns)))
    filename = _file_name(page) if holds.takes_file_name else ""
    shape = WhatsApp(session_type=content, filename=filename)
    return Message(kind, sender, slots=tuple(slots), whatsapp=shape)


def _reply_buttons(page: str, columns: tuple[str, ...], most: int) -> tuple[Slot, ...]:
    parts.note(f"Up to {most} buttons, 20 characters each. People reply with one tap.")
    turns = range(1, most + 1)
    titles = [fields.value(page, f"Button {turn}", f"wa_reply_{turn}", columns, " ") for turn in turns]
    return tuple(Slot("button", title.strip()) for title in titles if title.strip())


FORMS: Mapping[str, Callable[[Desk, str, Kind, tuple[str, ...]], Message]] = {
    "text": _plain,
    "template": _template,
    "variables": _variables,
    "whatsapp_template": _whatsapp_template,
    "whatsapp_session": _whatsapp_session,
}
"""The fields that a kind of message needs; the table of kinds names them."""
