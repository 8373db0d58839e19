"""From a sheet to an audience: how its rows are understood, what may be kept of it, and audiences kept before."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import streamlit as st

from pages.ui import leaving_out, parts, session, sheet_columns, sheet_file, words
from smscore import (
    Audience,
    Choice,
    Desk,
    DeskError,
    SavedAudience,
    Sheet,
    SheetError,
    correct_sheet,
    list_regions,
)

SEVERAL = {"ask": "list the row as a problem", "first": "use the first", "all": "use all of them"}
KEEP = {"first": "keep the first", "last": "keep the last", "fullest": "keep the most complete row"}
Columns = tuple[tuple[str, ...], tuple[str, ...] | None]
"""The chosen columns of phone numbers and of countries: see `sheet_file`."""


class ReadingOptions(NamedTuple):
    """How rows are understood; `earlier` are the campaigns whose people are left out."""

    region: str
    several: str
    keep: str
    include_hidden: bool
    earlier: tuple[int, ...]


def draw_choices(desk: Desk, page: str, sheet: Sheet) -> Audience | None:
    """Draw how the rows are understood; return their audience, or None when something must be decided first."""
    sheet_file.draw_heading(page, sheet)
    sheet_file.draw_encoding(page, sheet)
    columns = sheet_columns.draw_columns(page, sheet)
    with st.expander("Reading options", icon=":material/tune:"):
        options = _draw_options(desk, page, sheet)
    others = leaving_out.draw_other_sheet(page, options.region)
    if others is None:
        return None
    try:
        return _build_audience(desk, page, sheet, columns, options, others)
    except SheetError as error:
        sheet_columns.draw_refusal(page, sheet, error)
        return None


def _draw_options(desk: Desk, page: str, sheet: Sheet) -> ReadingOptions:
    left, right = st.columns(2)
    codes = dict(list_regions())
    with left:
        home = desk.settings.region
        region = st.selectbox(
            "Country for numbers without a country code",
            list(codes),
            index=list(codes).index(home) if home in codes else 0,
            format_func=lambda code: f"{code} (+{codes[code]})",
            key=f"{page}_region",
            persist_state="session",
        )
        several = st.selectbox(
            "Cells with several numbers",
            SEVERAL,
            format_func=SEVERAL.__getitem__,
            key=f"{page}_several",
            persist_state="session",
        )
        keep = st.selectbox(
            "Duplicate numbers", KEEP, format_func=KEEP.__getitem__, key=f"{page}_keep", persist_state="session"
        )
    with right:
        sheet_file.draw_header_choice(page, sheet)
        if len(sheet.sheets) > 1:
            sheet_file.draw_other_sheets(page, sheet)
        earlier = _draw_earlier_campaigns(desk, page)
        hidden = st.toggle(
            "Include hidden rows",
            key=f"{page}_hidden",
            persist_state="session",
            help="Rows hidden in Excel, by a filter or by hand.",
        )
    return ReadingOptions(region, several, keep, hidden, earlier)


def _draw_earlier_campaigns(desk: Desk, page: str) -> tuple[int, ...]:
    names = {campaign.id: campaign.name for campaign in desk.campaigns.list()}
    return tuple(
        st.multiselect(
            "Leave out people from earlier campaigns",
            list(names),
            key=f"{page}_earlier",
            persist_state="session",
            format_func=lambda campaign: words.shorten(f"{campaign} · {names[campaign]}"),
        )
    )


def _build_audience(
    desk: Desk, page: str, sheet: Sheet, columns: Columns, options: ReadingOptions, others: leaving_out.OtherSheet
) -> Audience:
    phone, country = columns
    region, several, keep, hidden, earlier = options
    opt_out = session.get_value(f"{page}_opt_out")
    corrections = session.get_draft(page).corrections

    def build() -> Audience:
        with st.spinner(f"Checking {words.format_count(sheet.row_count, 'row')}"):
            left_out = tuple(desk.results.read_msisdns(campaign) for campaign in earlier)
            choice = Choice(phone, region, several, keep, hidden, corrections, (*left_out, others.msisdns))
            return desk.audiences.build(sheet, replace(choice, country=country, opt_out=opt_out))

    key = (sheet.reading, columns, options, others.key, opt_out, *corrections.items(), desk.opt_outs.get_revision())
    return session.get_or_make(f"{page}_audience", key, build)


def draw_sheet_downloads(desk: Desk, page: str, sheet: Sheet, audience: Audience) -> None:
    """Draw the downloads of the contacts and of the corrected sheet, and a name to save the audience under."""
    with st.expander("Download or save these contacts", icon=":material/save:"):
        if "hidden_row" in audience.reasons():
            parts.draw_note("The corrected sheet leaves out hidden rows unless you include them above.")
        if sheet.problems:
            parts.draw_note(
                "The corrected sheet has every row except those that couldn't be read and aren't corrected yet. "
                "Those are in the list of problems."
            )
        row = st.container(horizontal=True, vertical_alignment="bottom")
    with row:
        name = words.make_file_name(f"{audience.name} contacts", ".xlsx")
        parts.draw_download("Contacts as XLSX", name, parts.make_writer(audience.valid), f"{page}_contacts")
        hidden = bool(session.get_value(f"{page}_hidden"))
        choice = Choice(include_hidden=hidden, corrections=session.get_draft(page).corrections)
        name = words.make_file_name(f"{audience.name} corrected", ".xlsx")
        parts.draw_download(
            "Corrected sheet",
            name,
            lambda path: parts.write_table(correct_sheet(sheet, choice), path),
            f"{page}_corrected",
        )
        called = st.text_input("Save this audience as", key=f"{page}_audience_name", max_chars=80, width=260)
        st.button(
            "Save",
            key=f"{page}_save_audience",
            on_click=_save,
            args=(desk, called, audience),
            disabled=not called.strip() or bool(audience.undecided),
        )


def _save(desk: Desk, name: str, audience: Audience) -> None:
    try:
        desk.audiences.save(name.strip(), audience, session.get_actor())
        session.tell("Audience saved. Next time, choose Saved audience.")
    except DeskError as error:
        session.refuse(error)


def draw_saved(desk: Desk, page: str) -> Audience | None:
    """Draw the saved audiences; return the selected one, with the opt-outs of today."""
    saved = desk.audiences.list()
    if not saved:
        st.info("No saved audiences yet. Upload a sheet and save its contacts under a name.", icon=":material/group:")
        return None
    chosen = st.selectbox(
        "Saved audience",
        saved,
        index=None,
        key=f"{page}_saved",
        persist_state="session",
        format_func=lambda each: words.shorten(
            f"{each.name} · {words.format_count(each.contacts, 'contact')} · {each.actor}"
        ),
        placeholder="Choose an audience",
    )
    if chosen is None:
        return None
    st.button(
        "Delete audience",
        key=f"{page}_delete_audience",
        icon=":material/delete:",
        on_click=_delete,
        args=(desk, chosen),
    )
    return session.get_or_make(
        f"{page}_saved_audience", (chosen, desk.opt_outs.get_revision()), lambda: desk.audiences.load(chosen.name)
    )


def _delete(desk: Desk, audience: SavedAudience) -> None:
    desk.audiences.delete(audience.name, session.get_actor())
    session.tell("Audience deleted. Existing campaigns aren't affected.")
