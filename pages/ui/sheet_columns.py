"""The columns of a sheet that hold the numbers and their countries, and the question that a doubtful one asks.

`page` prefixes every key, as in `sheet_file`.
"""

from __future__ import annotations

import streamlit as st

from pages.ui import parts, session, words
from smscore import Sheet, SheetError, phone_choices

NO_COUNTRY = "\0none"
"""Stands for no column of countries among the names of columns."""


def draw_columns(page: str, sheet: Sheet) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    """Return the columns of the numbers and of their countries, as `Choice.phone` and `Choice.country` take them."""
    left, right = st.columns(2)
    with left:
        phone = draw_phone_column(page, sheet)
    with right:
        return phone, draw_country_column(page, sheet)


def draw_phone_column(page: str, sheet: Sheet) -> tuple[str, ...]:
    """Return the columns chosen to hold the numbers, in order of preference; () leaves it to their content."""
    # The choice stays when the same file is read anew, and is asked for again when it is another one.
    key = f"{page}_phone_{session.get_value(f'{page}_file')}_{sheet.sheet or ''}"
    return tuple(
        st.multiselect(
            "Phone column",
            phone_choices(sheet),
            key=key,
            persist_state="session",
            format_func=words.shorten,
            placeholder="Detected automatically",
            help="If you choose several, each row uses the first one with a usable number.",
        )
    )


def draw_refusal(page: str, sheet: Sheet, error: SheetError) -> None:
    """Say why a sheet makes no audience yet, with two presses where a column may say in which country numbers are."""
    parts.draw_refusal(error)
    if error.code in ("which_country_column", "country_column_doubtful"):
        _draw_country_question(page, sheet, str(error.facts["column"]))


def _draw_country_question(page: str, sheet: Sheet, column: str) -> None:
    key = _make_country_key(page, sheet)
    with st.container(horizontal=True):
        label = f"Use {words.shorten(column, limit=40)}"
        st.button(label, key=f"{page}_country_used", on_click=session.put, args=(key, [column]))
        st.button("Use one country for all", key=f"{page}_country_none", on_click=session.put, args=(key, [NO_COUNTRY]))


def _make_country_key(page: str, sheet: Sheet) -> str:
    return f"{page}_country_{session.get_value(f'{page}_file')}_{sheet.sheet or ''}"


def draw_country_column(page: str, sheet: Sheet) -> tuple[str, ...] | None:
    """Return the columns chosen to name the numbers' country; () for none, None leaves it to their content."""
    key = _make_country_key(page, sheet)
    chosen = st.multiselect(
        "Country column",
        (NO_COUNTRY, *phone_choices(sheet)),
        key=key,
        persist_state="session",
        format_func=lambda name: "none (one country for all)" if name == NO_COUNTRY else words.shorten(name),
        placeholder="Detected automatically",
        help="Countries or country codes, such as India, IN, +91 or 91, for numbers written without one.",
    )
    if NO_COUNTRY in chosen:
        return ()
    return tuple(chosen) or None
