"""One campaign's facts: what was sent, where every row of its sheet went, and all of it as files."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

import streamlit as st

from pages.ui import parts, words
from smscore import Campaign, Desk

LEFT_OUT = {"problems": "Problems", "duplicates": "Duplicates", "opted_out": "Opted out", "subtracted": "Left out"}


def draw_facts(desk: Desk, campaign: Campaign) -> None:
    """Draw what was sent, and where every row of its sheet went."""
    zone = desk.settings.zone
    with st.expander("Message and sheet", icon=":material/description:"):
        st.code(
            words.clean(campaign.message.text) or "(no text: the provider fills in the template)",
            language=None,
            wrap_lines=True,
        )
        facts = {
            "Sender": campaign.message.sender,
            "Message type": campaign.kind.spec.label,
            "Created": f"{words.format_moment(campaign.created_at, zone)}, by {campaign.actor}",
            "Started": words.format_moment(campaign.started_at, zone),
            "Ended": words.format_moment(campaign.finished_at, zone),
            "Rows": _format_rows(campaign),
            "Segments": words.format_number(campaign.segments),
            "API calls": words.format_number(campaign.calls),
            "Cost": words.format_money(campaign.cost, campaign.currency),
        }
        for name, fact in facts.items():
            st.text(f"{name}: {words.clean(fact)}")


def _format_rows(campaign: Campaign) -> str:
    """Return the sum in words. Cells with several numbers add recipients, which stand beside the rows."""
    ends = (
        words.format_count(campaign.recipients, "recipient"),
        words.format_count(campaign.duplicates, "duplicate"),
        words.format_count(campaign.problems, "problem"),
        f"{words.format_number(campaign.opted_out)} opted out",
        f"{words.format_number(campaign.subtracted)} left out",
    )
    parts = (campaign.recipients, campaign.duplicates, campaign.problems, campaign.opted_out, campaign.subtracted)
    more = sum(parts) - campaign.rows
    second = f" + {words.format_count(more, 'extra number')} from cells with several" if more else ""
    return f"{words.format_number(campaign.rows)}{second} = {' + '.join(ends)}"


def draw_files(desk: Desk, campaign: Campaign) -> None:
    """Draw the downloads of the report, the ledger and the rows that were left out."""
    with st.container(horizontal=True):
        for suffix in (".xlsx", ".csv"):
            name = words.make_file_name(f"{campaign.name} report", suffix)
            label = f"Report as {suffix[1:].upper()}"
            parts.draw_download(
                label, name, lambda path: desk.results.save_report(campaign.id, path), f"report_{suffix}"
            )
        name = words.make_file_name(f"{campaign.name} ledger", ".csv")
        parts.draw_download("Ledger (every attempt)", name, partial(desk.results.save_ledger, campaign.id), "ledger")
        for part, label in LEFT_OUT.items():
            if getattr(campaign, part):
                name = words.make_file_name(f"{campaign.name} {label}", ".xlsx")
                parts.draw_download(label, name, _writer(desk, campaign.id, part), f"left_out_{part}")


def _writer(desk: Desk, campaign: int, part: str) -> Callable[[Path], object]:
    return lambda path: desk.results.save_left_out(campaign, part, path)
