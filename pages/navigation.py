"""The frame around every page: what the browser shows as the app, the way between pages, and the status line."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from pages.ui import frame, session

ICON = str(Path(__file__).parent / "ui/icon.png")
st.set_page_config(page_title="SMS Desk", page_icon=ICON, layout="wide", initial_sidebar_state=240)
st.logo(ICON, size="large")

PAGES = {
    "SMS Desk": [st.Page("overview.py", title="Overview", icon=":material/space_dashboard:", default=True)],
    "Send": [
        st.Page("bulk_upload.py", title="Bulk upload", icon=":material/upload_file:"),
        st.Page("compose.py", title="Compose", icon=":material/edit_square:"),
        st.Page("templates.py", title="Templates", icon=":material/article:"),
    ],
    "Follow": [
        st.Page("campaigns.py", title="Campaigns", icon=":material/campaign:"),
        st.Page("reports.py", title="Reports", icon=":material/table_view:"),
    ],
    "Desk": [st.Page("settings.py", title="Settings", icon=":material/settings:")],
}

page = st.navigation(PAGES)
session.whole_page_begins()
frame.sign_in_gate()
if page.url_path != "compose":
    session.drop_receipt()
desk = frame.opened_desk()
frame.draw_operator()
frame.draw_status_line(desk)
page.run()
