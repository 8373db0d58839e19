"""A DLT portal's export: what it would change, and the press that takes it in."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from pages.ui import chooser, parts, session, words
from smscore import Desk, DeskError, TemplateImport, read_sheet

SHOWN, WARNED = 500, 5
FIGURES = ("added", "changed", "retired", "unusual", "unchanged", "refused")
HEADINGS = {"row": "Row", "what": "What", "template_id": "Template ID", "name": "Name", "detail": "Detail"}
WHAT = {
    "refused": "refused",
    "to confirm": "to confirm",
    "archived": "to archive",
    "not in the export": "not in the export",
    "changed": "to change",
    "added": "to add",
    "repeated": "repeated",
    "unchanged": "unchanged",
}
"""What becomes of a row, in the order in which rows are listed, and as it is put before anything is saved."""
HELPS = {
    "To add": "New template IDs.",
    "To change": "Known IDs with another text, name, sender, route or category. Campaigns keep the version they used.",
    "To archive": "In use here, but no longer approved in the export.",
    "To confirm": "IDs that aren't 19 digits. Some are right, others were cut off.",
    "Unchanged": "The same here as in the export.",
    "Refused": "Rows that can't be used. Each one is listed below with the reason.",
}


def draw_import(desk: Desk) -> None:
    """Draw what importing the portal's export would change; nothing is written before the button is pressed."""
    source = chooser.choose(
        "Export from the DLT portal (CSV or Excel)", type=["csv", "xlsx", "xls"], key="template_file"
    )
    if source is None:
        parts.draw_note("Columns are matched by name: template ID, name, content, header, category, status.")
        parts.draw_note("You'll see what would change before anything is saved.")
        return

    def read() -> TemplateImport:
        with st.spinner("Reading the templates"):
            return desk.templates.compare(read_sheet(source, source.name))

    versions = tuple((each.id, each.version) for each in desk.templates.list())
    try:
        seen = session.get_or_make("template_import", (source.file_id, versions), read)
    except DeskError as error:
        parts.draw_refusal(error)
        return
    _draw_preview(seen)
    _draw_button(desk, seen)


def _draw_preview(seen: TemplateImport) -> None:
    counts = {name: len(getattr(seen, name)) for name in FIGURES}
    parts.draw_figures(dict(zip(HELPS, counts.values(), strict=True)), HELPS)
    if seen.repeats:
        parts.draw_note(
            f"{words.format_count(len(seen.repeats), 'repeated row')}. Their senders are added to the template."
        )
    parts.draw_notices([each for each in seen.warnings if each.code != "template_id_unusual"][:WARNED])
    table = seen.table
    frame = _list_changes(seen).head(SHOWN)
    wide = {
        "Row": st.column_config.NumberColumn(
            width=55, help="The row in the file; the header is row 1. Blank if it isn't in the file."
        ),
        "What": st.column_config.TextColumn(width=110),
        "Template ID": st.column_config.TextColumn(width=170),
        "Name": st.column_config.TextColumn(width=180),
        "Detail": st.column_config.TextColumn(width=420),
    }
    tall = parts.TWO_LINES if frame["Detail"].any() else 35
    about = {"height": min(38 + tall * len(frame), 400), "row_height": tall}
    parts.draw_table(frame, "What the import would change, row by row", column_config=wide, **about)
    with st.container(horizontal=True, vertical_alignment="center"):
        for suffix in (".csv", ".xlsx"):
            label = f"This list as {suffix[1:].upper()}"
            parts.draw_download(label, f"template-import{suffix}", parts.make_writer(table), f"template_import{suffix}")
        if table.num_rows > SHOWN:
            parts.draw_note(
                f"The first {words.format_number(SHOWN)} of {words.format_number(table.num_rows)} are shown."
            )


def _list_changes(seen: TemplateImport) -> pd.DataFrame:
    """What the import would do, row by row: first what needs a decision or a look, last what stays as it is."""
    frame = seen.table.to_pandas().rename(columns=HEADINGS)
    frame = frame.iloc[frame["What"].map(list(WHAT).index).argsort(kind="stable")]
    frame["Row"] = frame["Row"].astype("Int32").mask(frame["Row"] == 0)
    return frame.assign(What=frame["What"].map(WHAT))


def _draw_button(desk: Desk, seen: TemplateImport) -> None:
    unusual = bool(seen.unusual) and st.checkbox(
        f"I've checked {words.format_count(len(seen.unusual), 'unusual ID')} against the DLT portal. "
        f"Import {'it' if len(seen.unusual) == 1 else 'them'} too.",
        key="import_unusual",
    )
    missing = bool(seen.missing) and st.checkbox(
        f"Also archive {words.format_count(len(seen.missing), 'template')} that this export leaves out",
        key="import_missing",
    )
    counts = {
        "add": len(seen.added),
        "change": len(seen.changed),
        "add confirmed": len(seen.unusual) if unusual else 0,
        "archive": len(seen.retired) + (len(seen.missing) if missing else 0),
    }
    told = words.join_words(f"{verb} {words.format_number(count)}" for verb, count in counts.items() if count)
    if not told:
        st.info("Nothing to import. No template would change.", icon=":material/check:")
        return
    st.button(
        f"Import: {told}",
        key="import_templates",
        type="primary",
        icon=":material/download_done:",
        on_click=_import,
        args=(desk, seen, unusual, missing),
    )
    parts.draw_note("Nothing is saved until you select this.")


def _import(desk: Desk, seen: TemplateImport, unusual: bool, missing: bool) -> None:
    done = session.attempt(lambda: desk.templates.import_seen(seen, session.get_actor(), unusual, missing))
    if done is not None:
        written, retired = done
        session.tell(f"{words.format_count(written, 'template')} imported, {words.format_number(retired)} archived.")
