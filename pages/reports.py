"""Reports: what became of each recipient, delivery reports from the provider's portal, and who did what."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from pages.ui import campaign_list, chooser, parts, problem_table, session, watching, words
from smscore import Campaign, CampaignError, Desk, DeskError, Imported, RecipientStatus, Totals, read_sheet

SHOWN = 1_000


def draw_totals(desk: Desk, campaign: int, followed: bool) -> None:
    """Draw a figure for each status that has anybody, and the share delivered, as they are now."""
    now = desk.campaigns.get(campaign)
    if followed and not watching.is_followed(now):
        st.rerun()
    totals = now.totals
    figures = {"Recipients": totals.recipients}
    helps = {}
    for status in RecipientStatus:
        badge = words.RECIPIENT[status]
        if totals.of(status):
            figures[badge.word.capitalize()], helps[badge.word.capitalize()] = totals.of(status), badge.meaning
    parts.draw_figures(figures, helps)
    if totals.taken:
        _note_delivered(totals)


def _note_delivered(totals: Totals) -> None:
    parts.draw_note(
        f"{words.format_percent(totals.delivered, totals.taken)} of {words.format_number(totals.taken)} accepted "
        "messages delivered. "
        "Accepted by the provider doesn't mean delivered."
    )


def draw_results(desk: Desk, campaign: Campaign) -> None:
    """Draw one line a recipient, filtered by status and number."""
    st.header("Results", anchor=False)
    left, right = st.columns([2, 1])
    with left:
        statuses = st.pills(
            "Status",
            [status for status in RecipientStatus if campaign.totals.of(status)],
            selection_mode="multi",
            format_func=lambda status: words.RECIPIENT[status].word,
            key="report_statuses",
        )
    with right:
        phone = st.text_input("Phone number contains", key="report_phone", placeholder="98765")
    if phone.strip():
        found = desk.results.count(campaign.id, tuple(statuses), phone)
    else:
        found = campaign.totals.of(*statuses) if statuses else campaign.recipients
    # Another question is answered from its first page on.
    offset = _draw_pagination(found, f"report_page_{campaign.id}_{hash((tuple(statuses), phone))}")
    frame = desk.results.read_page(campaign.id, tuple(statuses), phone, offset, SHOWN)
    if frame.empty:
        st.info("No recipients match these filters.", icon=":material/filter_alt_off:")
    else:
        frame["status"] = [words.RECIPIENT[RecipientStatus(status)].word for status in frame["status"]]
        height = min(38 + 35 * len(frame), 420)
        columns = parts.configure_recipient_columns()
        parts.draw_table(frame, f"Results of campaign {campaign.id}", height=height, column_config=columns)
    if not campaign.ended:
        parts.draw_note("This campaign is still sending. The table shows how things stood when this page loaded.")
    draw_downloads(desk, campaign, tuple(statuses))


def _draw_pagination(found: int, key: str) -> int:
    pages = max(1, -(-found // SHOWN))
    if pages == 1:
        return 0
    parts.draw_note(f"{words.format_count(found, 'recipient')}, {words.format_number(SHOWN)} per page")
    return SHOWN * (st.pagination(pages, key=key) - 1)


def draw_downloads(desk: Desk, campaign: Campaign, statuses: tuple[RecipientStatus, ...]) -> None:
    """Draw the downloads of the whole report, or of what the filter shows; no number is changed in them."""
    with st.container(horizontal=True):
        for suffix in (".xlsx", ".csv"):
            name = words.make_file_name(f"{campaign.name} report", suffix)
            label = f"{'Filtered' if statuses else 'Full'} report as {suffix[1:].upper()}"
            write = partial(desk.results.save_report, campaign.id, statuses=statuses)
            parts.draw_download(label, name, write, f"save_{suffix}")


def draw_import(desk: Desk) -> None:
    """Draw the import of delivery reports that were exported from the provider's portal."""
    with st.expander("Import a delivery report from the provider's portal", icon=":material/upload_file:"):
        source = chooser.choose("Delivery report (CSV or Excel)", type=["csv", "xlsx", "xls"], key="delivery_file")
        if source is None:
            parts.draw_note(
                "Updates accepted and unknown messages, matched by message ID. Importing a file twice changes nothing."
            )
            return
        try:
            _import_once(desk, source)
        except DeskError as error:
            parts.draw_refusal(error)


def _import_once(desk: Desk, source: UploadedFile) -> None:
    def read() -> Imported:
        with st.spinner("Reading the delivery report"):
            return desk.delivery.import_file(read_sheet(source, source.name), session.get_actor())

    imported = session.get_or_make("delivery_import", source.file_id, read)
    parts.draw_figures(
        {"Matched": imported.matched, "Not recognised": imported.unmatched, "Unreadable": len(imported.problems)},
        {"Not recognised": "Message IDs that weren't sent from here."},
    )
    problem_table.draw_problem_list(imported.problems)


def draw_activity(desk: Desk) -> None:
    """Draw who did what, newest first."""
    with st.expander("Activity log", icon=":material/history:"):
        frame = desk.read_activity()
        frame["at"] = [words.format_moment(at, desk.settings.zone) for at in frame["at"]]
        frame["act"] = frame["act"].str.replace("_", " ")
        table = frame.rename(columns={"at": "When", "actor": "Who", "act": "What"}).rename(columns=str.capitalize)
        parts.draw_table(table, "Activity, newest first", height=300)


desk = session.get_desk()
parts.draw_title("Reports", "See what happened to each message, and download reports.")
campaigns = desk.campaigns.list()
if not campaigns:
    parts.draw_empty_state(
        "No results yet. After your first campaign, each recipient's result appears here.",
        "bulk_upload.py",
        "Upload a sheet",
        ":material/table_view:",
    )
    st.stop()
unknown_link = campaign_list.follow_link()
try:
    campaign = campaign_list.draw_picker(desk, campaigns, unknown_link)
except CampaignError as error:
    parts.draw_refusal(error)
    st.stop()
st.fragment(draw_totals, run_every=watching.get_refresh_interval([campaign]))(
    desk, campaign.id, watching.is_followed(campaign)
)
draw_results(desk, campaign)
draw_import(desk)
draw_activity(desk)
