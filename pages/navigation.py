"""The frame around every page: what the browser shows as the app, the way between pages, and the status line."""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import Literal

import streamlit as st
from streamlit.runtime.scriptrunner import StopException

from pages.ui import chooser, frame, restored, session, visitor
from smscore import Entry

# In the page itself: a file of its own would be shown to those only who have signed in.
ICON = f"data:image/png;base64,{b64encode((Path(__file__).parent / 'ui/icon.png').read_bytes()).decode()}"
entry = visitor.get_entry()
side_bar: int | Literal["collapsed"] = 240 if entry is Entry.ENTERED else "collapsed"
st.set_page_config(page_title="SMS Desk", page_icon=ICON, layout="wide", initial_sidebar_state=side_bar)
st.logo(ICON, size="large")

PAGES = {
    "SMS Desk": [st.Page("overview.py", title="Overview", icon=":material/space_dashboard:", default=True)],
    "Send": [
        st.Page("bulk_upload.py", title="Bulk upload", icon=":material/upload_file:"),
        st.Page("compose.py", title="Compose", icon=":material/edit_square:"),
        st.Page("templates.py", title="Templates", icon=":material/article:"),
    ],
    "Track": [
        st.Page("campaigns.py", title="Campaigns", icon=":material/campaign:"),
        st.Page("reports.py", title="Reports", icon=":material/table_view:"),
    ],
    "Manage": [st.Page("settings.py", title="Settings", icon=":material/settings:")],
}

page = st.navigation(PAGES, position="sidebar" if entry is Entry.ENTERED else "hidden")
session.begin_page()
try:
    if entry is not Entry.ENTERED:
        if frame.forget_entry():  # or Streamlit would keep the side bar, empty, with the button that opens it
            visitor.send_browser_to(f"/{page.url_path}")
        frame.draw_sign_in(entry, page.url_path)
    frame.note_entry()
    session.arrive_at(page.url_path)
    desk = frame.open_desk_or_stop()
    frame.draw_operator()
    restored.draw_engine_fault()
    frame.draw_status_line(desk, page.url_path)
    page.run()
except StopException:
    chooser.end_page(None)
    raise
chooser.end_page(session.list_kept_files())
