"""What is planned: hours, statuses, calls and sums; no database, no clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from smscore import CampaignError, Canary, Kind, Message, Plan, Route, Timing, Totals, Window
from smscore.campaigns import (
    AWAITING_NEWS,
    NEXT_CAMPAIGN,
    NEXT_RECIPIENT,
    PROMOTIONAL_HOURS,
    CampaignStatus,
    RecipientStatus,
    check_readiness,
    find_call_starts,
    find_warnings,
    must_be_allowed,
    sends_one_by_one,
)
from smscore.messages import merge
from tests.deskwork import TEXT, audience, numbers

NOON = datetime(2026, 3, 4, 6, 30, tzinfo=UTC)  # 12:00 in India
ANY_MOMENT = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))
HOURS = st.times().map(lambda moment: f"{moment:%H:%M}")


@pytest.mark.parametrize(
    ("hour", "minute", "open_"), [(9, 59, False), (10, 0, True), (20, 59, True), (21, 0, False), (2, 0, False)]
)
def test_promotional_hours_are_ten_to_nine_in_india(hour, minute, open_):
    moment = datetime(2026, 3, 4, hour, minute, tzinfo=UTC) - timedelta(hours=5, minutes=30)
    assert PROMOTIONAL_HOURS.is_open(moment) is open_
    assert Plan("a", Message(Kind.TEXT, "123456", Route.PROMO, "x"), audience([])).window is PROMOTIONAL_HOURS
    assert Plan("a", TEXT, audience([])).window is None


@pytest.mark.parametrize(
    ("window", "route", "warned"),
    [
        (Window("10:00", "21:00"), Route.PROMO, False),
        (Window("11:00", "12:00"), Route.PROMO, False),
        (Window("10:00", "21:30"), Route.PROMO, True),
        (Window("22:00", "06:00"), Route.PROMO, True),
        (Window("10:00", "21:00", "UTC"), Route.PROMO, True),
        (Window("04:30", "15:30", "UTC"), Route.PROMO, False),
        (Window("00:00", "23:59"), Route.TRANS, False),
        (None, Route.PROMO, False),
    ],
)
def test_hours_beyond_those_of_the_route_are_told(window, route, warned):
    wanted = Plan("a", Message(Kind.TEXT, "123456", route, "x"), audience([]), Timing(window=window))
    assert [notice.code for notice in find_warnings(wanted, NOON)] == ["hours_beyond_rule"] * warned


def test_hours_that_close_when_they_open_are_refused():
    wanted = Plan("a", TEXT, audience(numbers(1)), Timing(window=Window("10:00", "10:00")))
    assert [notice.code for notice in check_readiness(wanted, NOON)] == ["empty_window"]


@given(HOURS, HOURS, ANY_MOMENT, st.sampled_from(["Asia/Kolkata", "Europe/Berlin", "UTC"]))
def test_the_next_opening_is_open_and_within_a_day_or_two(opens, closes, now, zone):
    window = Window(opens, closes, zone)
    opening = window.find_next_opening(now)
    assert now <= opening <= now + timedelta(hours=49)
    if window.is_open(now):
        assert opening == now


def test_nothing_leaves_an_end_and_only_proof_leads_back_to_queued():
    for status in (CampaignStatus.FINISHED, CampaignStatus.CANCELLED):
        assert not NEXT_CAMPAIGN[status]
    assert {s for s, after in NEXT_RECIPIENT.items() if RecipientStatus.QUEUED in after} == {RecipientStatus.SUBMITTING}
    assert {s for s, after in NEXT_RECIPIENT.items() if RecipientStatus.SUBMITTING in after} == {RecipientStatus.QUEUED}
    with pytest.raises(CampaignError) as refused:
        must_be_allowed(7, CampaignStatus.FINISHED, CampaignStatus.SCHEDULED)
    assert refused.value.code == "wrong_status"


@given(st.lists(st.integers(0, 1000), min_size=11, max_size=11))
def test_totals_count_everybody_once(counts):
    totals = Totals(*counts)
    assert totals.recipients == sum(counts) == totals.waiting + totals.ended
    assert totals.ended == totals.handed_over + totals.never_sent
    assert 0 <= totals.share_handed_over <= 1


def test_those_who_were_never_sent_anything_fill_no_bar():
    totals = Totals(accepted=834, cancelled=3_164)
    assert (totals.recipients, totals.ended) == (3_998, 3_998)
    assert totals.handed_over == 834 and totals.never_sent == 3_164
    assert totals.share_handed_over == pytest.approx(834 / 3_998)
    assert Totals().share_handed_over == 0 and Totals(opted_out=2, delivered=2).share_handed_over == 0.5


@pytest.mark.parametrize(
    ("totals", "expected"),
    [
        (Totals(delivered=3, refused=1, cancelled=1), 0),
        (Totals(delivered=3, undelivered=1, expired=1, opted_out=1), 0),
        (Totals(delivered=3, accepted=1, sent=2, unknown=3), 6),
    ],
)
def test_news_is_expected_of_those_whom_a_report_can_still_change(totals: Totals, expected: int):
    assert totals.awaiting_news == expected
    open_ones = {status for status, after in NEXT_RECIPIENT.items() if after} - {RecipientStatus.QUEUED}
    assert set(AWAITING_NEWS) == open_ones


@given(st.integers(1, 60), st.integers(1, 20))
def test_calls_hold_equal_contents_and_at_most_a_batch(people, batch):
    crowd = audience(numbers(people))
    merged = merge(TEXT, crowd.tables.contacts)
    order, starts = find_call_starts(merged, batch, one_by_one=False)
    assert sorted(order) == list(range(people))
    sizes = np.diff(np.append(starts, people))
    assert sizes.max() <= batch
    assert len(starts) == -(-people // batch)
    assert len(find_call_starts(merged, batch, one_by_one=True)[1]) == people


def test_what_takes_a_call_each():
    assert sends_one_by_one(Message(Kind.VARIABLES, "ABCDEF"))
    assert not sends_one_by_one(TEXT)


def test_a_plan_says_every_fault_at_once():
    faulty = Plan(" ", TEXT, audience([]), Timing(NOON - timedelta(hours=1)), Canary(-1))
    found = {notice.code for notice in check_readiness(faulty, NOON)}
    assert found == {"no_contacts", "no_name", "start_in_the_past", "bad_canary"}
    assert check_readiness(Plan("a", TEXT, audience(numbers(1)), Timing(NOON + timedelta(hours=1))), NOON) == ()


def test_a_plan_without_some_people_still_adds_up():
    mine = numbers(4)
    rest = Plan("a", TEXT, audience(mine)).without(np.array(mine[:2], np.int64))
    assert rest.audience.tables.contacts.column("msisdn").to_pylist() == mine[2:]
    assert rest.audience.arithmetic().adds_up
