"""The people of another sheet, whom a campaign leaves out: a second file beside the contacts."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import streamlit as st

from pages.ui import problem_table, session, sheet_columns, sheet_file, words
from smscore import Audience, Choice, Sheet, SheetError, build_audience


# Compared by identity: an array has no single answer to "equal?".
@dataclass(frozen=True, eq=False)
class OtherSheet:
    """`msisdns`: int64, whom to leave out, nobody without a file; `key`: what they came from, for comparing."""

    msisdns: np.ndarray = field(default_factory=lambda: np.empty(0, np.int64))
    key: tuple[object, ...] = ()


def draw_other_sheet(page: str, region: str) -> OtherSheet | None:
    """Draw the second file chooser and return whom its file names.

    None while the dropped file cannot be used, so that nobody who should be left out is texted.
    """
    with st.expander("Leave out people from another sheet", icon=":material/group_remove:"):
        place = f"{page}_other"
        source = sheet_file.choose_file(
            page,
            place,
            "People to leave out (CSV or Excel)",
            "Nobody whose number is in this file gets the message, however the number is written.",
        )
        if source is None:
            return OtherSheet()
        sheet = sheet_file.read_source(place, source)
        others = None if sheet is None else _read_others(place, sheet, region)
    if others is None:
        st.warning(
            "Nobody is left out yet. Finish setting up the other sheet, or remove it.", icon=":material/group_remove:"
        )
    return others


def _read_others(place: str, sheet: Sheet, region: str) -> OtherSheet | None:
    sheet_file.draw_heading(place, sheet)
    sheet_file.draw_encoding(place, sheet)
    phone, country = sheet_columns.draw_columns(place, sheet)
    key = (sheet.reading, phone, country, region)
    # Without the opt-out list: who is taken off it later must still be left out.
    choice = Choice.of_everybody(phone, region, country)
    try:
        audience = session.get_or_make(f"{place}_audience", key, lambda: build_audience(sheet, choice))
    except SheetError as error:
        sheet_columns.draw_refusal(place, sheet, error)
        return None
    _draw_summary(audience)
    return OtherSheet(audience.contacts["msisdn"].to_numpy(), key)


def _draw_summary(audience: Audience) -> None:
    people = words.format_count(audience.people, "person", "people")
    unread = audience.arithmetic().problems
    st.text(f"{people} in {words.clean(audience.name)}, numbers from: {words.clean(words.join_words(audience.phone))}")
    if audience.country:
        st.text(f"Countries from: {words.clean(words.join_words(audience.country))}")
    if unread:
        st.warning(
            f"{words.format_count(unread, 'row')} without a readable number. Nobody is left out because of them.",
            icon=":material/warning:",
        )
        problem_table.draw_unread_rows(audience.problems, "Rows of the other sheet that couldn't be read")
