"""Overview: what is under way, what needs somebody to look at it, and where to begin."""

from __future__ import annotations

import streamlit as st

from pages.ui import campaign_list, frame, parts, restored, session, words
from smscore import Campaign, CampaignStatus, Desk, RecipientStatus

WATCHED, IDLE = "2s", "10s"
LATEST = 10
ACTIVE = (CampaignStatus.SCHEDULED, CampaignStatus.RUNNING)


def draw_start_links() -> None:
    """Draw links to the pages where something begins."""
    with st.container(horizontal=True):
        st.page_link("bulk_upload.py", label="Upload a sheet", icon=":material/upload_file:", width="content")
        st.page_link("compose.py", label="Message a few people", icon=":material/edit_square:", width="content")
        st.page_link("templates.py", label="Import templates", icon=":material/article:", width="content")


def draw_figures(campaigns: tuple[Campaign, ...]) -> None:
    """Draw all campaigns in a row of figures."""
    totals = [campaign.totals for campaign in campaigns]
    statuses = [campaign.status for campaign in campaigns]
    figures = {
        "Running": statuses.count(CampaignStatus.RUNNING),
        "Scheduled": statuses.count(CampaignStatus.SCHEDULED),
        "Paused": statuses.count(CampaignStatus.PAUSED),
        "Queued": sum(each.totals.waiting for each in campaigns if each.status in ACTIVE),
        "Total accepted": sum(total.taken for total in totals),
        "Delivered": sum(total.delivered for total in totals),
        "Unknown": sum(total.unknown for total in totals),
    }
    on_hold = sum(each.totals.waiting for each in campaigns if each.status is CampaignStatus.PAUSED)
    figures |= {"Queued, paused": on_hold} if on_hold else {}
    helps = {
        "Scheduled": "They start automatically, at the set time or after the countdown.",
        "Paused": "They send nothing until someone resumes them.",
        "Queued": "Messages in running and scheduled campaigns that haven't been sent yet.",
        "Queued, paused": "Messages in paused campaigns. They stay queued until someone resumes or cancels it.",
        "Delivered": words.RECIPIENT[RecipientStatus.DELIVERED].meaning,
        "Total accepted": words.TOTAL_ACCEPTED,
        "Unknown": "These may have been sent. SMS Desk never resends them on its own. Decide on the Campaigns page.",
    }
    parts.draw_figures(figures, helps)
    parts.draw_note(f"Across {words.format_count(len(campaigns), 'campaign')}.")


def draw_attention(desk: Desk, campaigns: tuple[Campaign, ...]) -> None:
    """Draw the campaigns that wait for a person, each with why."""
    waiting = [each for each in campaigns if each.status is CampaignStatus.PAUSED or _count_undecided(desk, each)]
    if not waiting:
        return
    st.header("Needs attention", anchor=False)
    for campaign in waiting[:10]:
        with st.container(border=True):
            with st.container(horizontal=True, vertical_alignment="center"):
                parts.draw_status_badge(campaign)
                st.text(f"{campaign.id} · {words.shorten(campaign.name, 120)}")
                if st.button("Open", key=f"open_{campaign.id}", icon=":material/arrow_forward:"):
                    session.open_campaign(campaign.id)
                    st.switch_page("campaigns.py")
            if campaign.status is CampaignStatus.PAUSED and campaign.explanation:
                st.text(str(campaign.explanation))
            if _count_undecided(desk, campaign):
                messages = words.format_count(_count_undecided(desk, campaign), "message")
                st.text(f"{messages} may have been sent. Decide what happens to them.")


def _count_undecided(desk: Desk, campaign: Campaign) -> int:
    return desk.unknowns.count(campaign.id) if campaign.totals.unknown else 0


def draw_latest(desk: Desk, campaigns: tuple[Campaign, ...]) -> None:
    """Draw the latest campaigns as a table; selecting a row opens it."""
    st.header("Latest campaigns", anchor=False)
    latest = campaigns[:LATEST]
    chosen = st.dataframe(
        campaign_list.build_frame(desk.settings.zone, latest),
        key=f"latest_{latest[0].id}",
        hide_index=True,
        on_select="rerun",
        selection_mode="single-row",
        column_config=campaign_list.configure_columns(),
        alt="Latest campaigns",
        height="content",
    )
    rows = chosen["selection"]["rows"]
    if rows:
        session.open_campaign(latest[rows[0]].id)
        st.switch_page("campaigns.py")
    parts.draw_row_hint("open the campaign")


def draw_state(desk: Desk) -> None:
    """Draw what changes while one looks: figures, what waits for a person, the latest campaigns."""
    campaigns = desk.campaigns.list()
    frame.share_status(campaigns)
    draw_figures(campaigns)
    draw_attention(desk, campaigns)
    draw_latest(desk, campaigns)


desk = session.get_desk()
parts.draw_title("Overview", "What's being sent and what needs your attention.")
restored.draw_banner(desk)
if not desk.campaigns.list(limit=1):
    parts.draw_empty_state(
        "Nothing sent yet. Upload a sheet of contacts and write your message. Progress appears here.",
        "bulk_upload.py",
        "Upload a sheet",
        ":material/campaign:",
    )
    st.stop()
draw_start_links()
st.fragment(draw_state, run_every=WATCHED if desk.campaigns.list_under_way() else IDLE)(desk)
