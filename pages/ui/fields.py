"""The small inputs of which messages are written. Their values survive a change of page.

`page` ("compose" or "bulk") prefixes every key; `columns` are the names of the sheet's columns, none in Compose.
"""

from __future__ import annotations

import streamlit as st

from pages.ui import live_preview, parts, session, words
from smscore import Desk, Kind, Route, Template


def draw_sender(desk: Desk, page: str, kind: Kind) -> str:
    """Draw the sender's field, a known DLT header or WhatsApp number or a typed one, and return it."""
    if kind.whatsapp:
        return _draw_whatsapp_number(desk, page)
    known = desk.senders.list_offered(route=session.get_value(f"{page}_route") or Route.TRANS)
    chosen = st.selectbox(
        "Sender (DLT header)",
        known,
        index=0 if known else None,
        key=f"{page}_sender",
        accept_new_options=True,
        placeholder="Type a sender",
        help="Six letters for service and transactional messages, six digits for promotional ones.",
        persist_state="session",
        format_func=words.shorten,
    )
    return (chosen or "").strip()


def _draw_whatsapp_number(desk: Desk, page: str) -> str:
    label, hint = "From (your WhatsApp number)", "919876543210 (with the country code)"
    written = draw_value(page, label, "wa_sender", hint=hint).strip()
    used = [each for each in desk.senders.list_offered(whatsapp=True) if each != written][:5]
    if used:
        with st.container(horizontal=True, gap="xsmall", vertical_alignment="center"):
            parts.draw_note("Used before:", width="content")
            for place, number in enumerate(used):
                key = f"{page}_wa_sender"
                label = words.escape(number, 30)
                st.button(label, key=f"{key}_put_{place}", on_click=session.put, args=(key, number))
    return written


def draw_route(page: str, kind: Kind) -> Route:
    """Draw the choice of the provider's route and return it; a kind that has only one needs no choice."""
    routes = kind.spec.routes
    if len(routes) == 1:
        return routes[0]
    return st.selectbox(
        "Route", routes, format_func=words.ROUTES.__getitem__, key=f"{page}_route", persist_state="session"
    )


def draw_text(page: str, label: str, columns: tuple[str, ...], hint: str = "", key: str = "text") -> str:
    """Draw the text's field with a button for each column that it may name; return the text as written."""
    written = st.text_area(label, key=f"{page}_{key}", height=150, placeholder=hint, persist_state="session")
    if columns:
        live_preview.draw_column_buttons(f"{page}_{key}", _filter_nameable(columns)[:20])
    return written


def _filter_nameable(columns: tuple[str, ...]) -> tuple[str, ...]:
    """Return the columns that a placeholder can name: those with a brace of their own would be refused."""
    return tuple(column for column in columns if not {"{", "}"} & {*column})


def draw_value(page: str, label: str, key: str, columns: tuple[str, ...] = (), hint: str = "") -> str:
    """Draw the field of one value and return it: text, {columns} of the sheet, or both."""
    example = hint or (f"{{{columns[0]}}}" if columns else "")
    return st.text_input(
        label,
        key=f"{page}_{key}",
        placeholder=example,
        help="Text, {columns} from your sheet, or both." if columns else None,
        persist_state="session",
    )


def draw_variable(page: str, label: str, key: str, columns: tuple[str, ...]) -> str:
    """Draw the field of a template's variable and return its value: a column of the sheet, or typed."""
    if not columns:
        return draw_value(page, label, key)
    patterns = tuple(f"{{{column}}}" for column in _filter_nameable(columns))
    chosen = st.selectbox(
        label,
        patterns,
        index=None,
        key=f"{page}_{key}_of",
        accept_new_options=True,
        format_func=words.shorten,
        placeholder="Choose a column or type a value",
        persist_state="session",
    )
    return chosen or ""


def draw_template(desk: Desk, page: str) -> Template | None:
    """Draw the choice of a registered template and return it, or None."""
    known = desk.templates.list()
    if not known:
        st.page_link("templates.py", label="Add or import your registered templates", icon=":material/article:")
        return None
    return st.selectbox(
        "Registered template",
        known,
        index=None,
        format_func=lambda each: words.shorten(f"{each.name} · {each.template_id or 'no ID'}"),
        key=f"{page}_template",
        placeholder="Choose a template or fill in the fields below",
        on_change=_fill_from_template,
        args=(page,),
        persist_state="session",
    )


def _fill_from_template(page: str) -> None:
    chosen = session.get_value(f"{page}_template")
    if chosen is not None:
        session.put(f"{page}_template_id", chosen.template_id)
        if chosen.headers:
            session.put(f"{page}_sender", chosen.headers[0])


def begin_message(page: str, chosen: Template) -> None:
    """Begin a message of `page` with a registered template, on an empty form where the last draft was launched."""
    if session.get_draft(page).launched is not None:
        session.new_draft(page)
    for name, kept in {"kind": Kind.TEMPLATE, "template": chosen, "template_id": chosen.template_id}.items():
        session.put(f"{page}_{name}", kept)
    if chosen.headers:
        session.put(f"{page}_sender", chosen.headers[0])


def draw_template_id(page: str) -> str:
    """Draw the field of the DLT template ID and return it as text."""
    hint = "19 digits, as registered"
    return st.text_input(
        "DLT template ID", key=f"{page}_template_id", placeholder=hint, persist_state="session"
    ).strip()
