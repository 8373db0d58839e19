"""What the pages write: figures, times, money, and untrusted text made harmless."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

pytest.importorskip("streamlit")

from pages.ui import words
from smscore import CampaignStatus, Explanation, RecipientStatus, Route


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (None, "not known yet"),
        (3, "under a minute"),
        (60, "about 1 min"),
        (3599, "about 1 h 0 min"),
        (12_000, "about 3 h 20 min"),
    ],
)
def test_lengths_of_time_read_as_people_say_them(seconds, said):
    assert words.format_duration(seconds) == said


def test_a_moment_is_told_with_its_zone():
    at = datetime(2026, 11, 22, 10, 27, 9, tzinfo=UTC)
    assert words.format_moment(at, ZoneInfo("Asia/Kolkata")) == "22 Nov 2026, 15:57:09 IST"
    assert words.format_minute(at, ZoneInfo("Asia/Kolkata")) == "22 Nov 2026 15:57 IST"
    assert words.format_moment(None, ZoneInfo("UTC")) == words.format_minute(None, ZoneInfo("UTC")) == "–"


def test_money_is_an_estimate_in_its_currency():
    assert words.format_money(Decimal("1204.5"), "INR") == "about ₹1,204.50"
    assert words.format_money(Decimal("2"), "AED") == "about AED 2.00"
    assert words.format_money(None, "INR") == "no price set"


@pytest.mark.parametrize(
    ("part", "whole", "said"),
    [(1, 3, "33 %"), (999, 1000, "99 %"), (1, 1000, "under 1 %"), (0, 10, "0 %"), (10, 10, "100 %"), (0, 0, "–")],
)
def test_a_share_is_never_rounded_to_all_or_nothing(part, whole, said):
    assert words.format_percent(part, whole) == said


def test_counts_take_the_right_form():
    assert [words.format_count(n, "message") for n in (0, 1, 1204)] == ["0 messages", "1 message", "1,204 messages"]
    assert words.format_count(2, "person", "people") == "2 people"


@pytest.mark.parametrize(
    "hostile",
    [
        "![x](http://evil.example/p.png)",
        "[click](javascript:alert(1))",
        ":red[alarm] :material/warning:",
        "**bold** _it_ `code` ~~s~~ $x^2$ <b>x</b>",
        "# heading\n- list",
    ],
)
def test_escaped_text_keeps_no_markdown(hostile):
    shown = words.escape(hostile)
    assert "\n" not in shown
    assert re.sub(r"\\(.)", r"\1", shown) == " ".join(hostile.split())
    assert not re.search(r"(?<!\\)(?:\\\\)*[!\[\]()*_`~$<>#:-]", shown)


def test_days_are_not_counted_in_hours():
    assert words.format_duration(47 * 3600) == "about 47 h 0 min"
    assert words.format_countdown(30 * 24 * 3600) == "in about 30 days"


def test_options_show_text_as_it_is_written():
    assert words.shorten("{first_name} · 5 %,\n(new)") == "{first_name} · 5 %, (new)"


def test_long_and_turned_text_is_cut_and_cleaned():
    assert words.escape("a" * 100, limit=10) == "a" * 9 + "…"
    assert words.clean("abc\u202etxt.exe\u0000\u200b") == "abctxt.exe"
    assert words.clean("line one\nline\ttwo नमस्ते 🙏") == "line one\nline\ttwo नमस्ते 🙏"


def test_an_explanation_is_told_whole():
    said = words.format_explanation(Explanation("Row 7 has no number.", "Write one."))
    assert said.replace("\\", "") == "Row 7 has no number. Write one."
    assert words.format_explanation(None) == ""


def test_lists_are_cut_short():
    assert words.join_words(["a", "b", "c"]) == "a, b and c"
    assert words.join_words("abcdefgh", most=3) == "a, b, c and 5 more"
    assert words.join_words([]) == ""


def test_file_names_are_safe():
    assert words.make_file_name("../Diwali / 50% off", ".xlsx") == "Diwali-50-off.xlsx"
    assert words.make_file_name("///", ".csv") == "report.csv"


def test_every_status_kind_and_route_has_words():
    assert set(words.RECIPIENT) == set(RecipientStatus)
    assert set(words.CAMPAIGN) == set(CampaignStatus)
    assert set(words.ROUTES) == set(Route)


def test_campaigns_are_named_with_how_many_others():
    assert [words.format_campaigns(7, others) for others in (0, 1, 2)] == [
        "campaign 7",
        "campaign 7 and 1 other",
        "campaign 7 and 2 others",
    ]
