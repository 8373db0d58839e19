"""The engine: everybody once, whatever the provider, the operator or the clock do."""

from __future__ import annotations

import csv
import time
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa

import smscore
from smscore import CampaignError, Canary, Kind, Message, Route, Timing, Window, store
from smscore.campaigns import ROUTE_WINDOWS
from smscore.engine import policy
from smscore.store import tables as t
from tests.crash.checker import faults_of
from tests.deskwork import (
    ACTOR,
    CampaignStatus,
    audience,
    finished,
    launch,
    numbers,
    paused,
    rows,
    settled,
    statuses,
    wait_until,
)


@pytest.fixture(autouse=True)
def checked(sending, provider):
    """After every test truth, database and exported report agree."""
    yield
    for campaign in sending.campaigns.list():
        if not campaign.ended:
            sending.campaigns.cancel(campaign.id, "the end of the test")
        settled(sending, campaign.id)
        wait_until(lambda each=campaign.id: not sending.campaigns.get(each).totals.waiting)
    mine = [each.id for each in sending.campaigns.list() if _in_truth(sending, each.id, provider)]
    assert faults_of(sending, mine, provider.taken) == []


def _in_truth(desk, campaign_id, provider) -> bool:
    """Whether the provider still remembers the campaign: its memory begins with the test."""
    return desk.campaigns.get(campaign_id).created_at.timestamp() >= provider.begun


def test_everybody_gets_one_message(sending, provider):
    campaign = finished(sending, launch(sending, 250))
    assert campaign.totals.accepted == 250
    assert sorted(provider.taken) == [row.msisdn for row in rows(sending, campaign.id)]
    assert [len(request.numbers) for request in provider.seen] == [100, 100, 50]


def test_personal_texts_reach_their_person(sending, provider, sheet):
    mine = numbers(30)
    crowd = sending.audiences.build(sheet("name,phone", *[f"N{n},+{n}" for n in mine]), smscore.Choice(("phone",)))
    campaign = finished(sending, launch(sending, crowd, Message(Kind.TEXT, "ABCDEF", Route.TRANS, "Hello {name}")))
    assert campaign.totals.accepted == 30
    assert {request.numbers[0]: request.body["text"] for request in provider.seen} == {n: f"Hello N{n}" for n in mine}


def test_many_presses_start_one_campaign(sending, provider):
    from concurrent.futures import ThreadPoolExecutor

    from tests.deskwork import plan

    one = plan(40)
    with ThreadPoolExecutor(5) as clicks:
        ids = set(clicks.map(lambda _: sending.launches.launch(one, ACTOR), range(5)))
    assert len(ids) == 1
    finished(sending, ids.pop())
    assert sum(provider.taken.values()) == 40


def test_a_fault_of_ours_while_reading_an_answer_leaves_its_people_unknown(sending, provider, monkeypatch):
    monkeypatch.setattr("smscore.provider.client.read_answer", lambda *_: 1 / 0)
    campaign = paused(sending, launch(sending, 20))
    assert (campaign.reason, statuses(sending, campaign.id)) == ("our_fault", {"unknown": 20})
    assert set(provider.taken.values()) == {1} and len(provider.taken) == 20


def test_the_ledger_lists_every_attempt_and_proves_that_each_number_left_once(sending, provider, tmp_path):
    provider.next("key_in_words")
    campaign_id = launch(sending, 30)
    paused(sending, campaign_id)
    sending.campaigns.resume(campaign_id, ACTOR)
    finished(sending, campaign_id)
    held = sending.results.save_ledger(campaign_id, tmp_path / "ledger.csv")
    assert (held.rows, held.numbers, held.attempts, held.twice) == (60, 30, 60, 0)
    with (tmp_path / "ledger.csv").open(encoding="utf-8-sig", newline="") as file:
        lines = list(csv.DictReader(file))
    for first, second in zip(lines[::2], lines[1::2], strict=True):
        assert first["phone"] == second["phone"] and first["call_id"] != second["call_id"]
        assert (first["attempt"], first["batch"], first["texted"], first["code"]) == ("1", "30", "no", "key_refused")
        assert (second["attempt"], second["texted"], second["http_status"]) == ("2", "yes", "200")
        assert first["submitted_at"] <= first["answered_at"] <= second["submitted_at"] and second["message_id"]


# ---------------------------------------------------------------- the operator


def test_a_pause_stops_within_two_seconds_and_resume_sends_the_rest(sending, provider):
    provider.latency = 0.05
    campaign_id = launch(sending, 600, Message(Kind.FLASH, "ABCDEF", Route.TRANS, "Now"))
    provider_limit(sending, 60)
    wait_until(lambda: provider.taken)
    sending.campaigns.pause(campaign_id, ACTOR)
    pressed = time.time()
    paused(sending, campaign_id)
    seen = len(provider.taken)
    time.sleep(0.4)
    assert len(provider.taken) == seen
    assert time.time() - pressed < 2.5
    assert 0 < seen < 600
    provider_limit(sending, 2000)
    sending.campaigns.resume(campaign_id, ACTOR)
    assert finished(sending, campaign_id).totals.accepted == 600


def provider_limit(desk, rate: float) -> None:
    """Set the account's rate."""
    with desk.database.writing() as connection:
        connection.execute(sa.update(t.rate_gate).values(rate=rate, full_rate=rate, next_at=0))


def test_resume_right_after_pause_while_the_old_run_still_waits_for_its_turn(sending, provider):
    provider_limit(sending, 40)
    campaign_id = launch(sending, 300)
    wait_until(lambda: provider.taken)
    for _ in range(3):
        sending.campaigns.pause(campaign_id, ACTOR)
        sending.campaigns.resume(campaign_id, ACTOR)
    provider_limit(sending, 2000)
    campaign = finished(sending, campaign_id)
    assert campaign.totals.accepted == 300
    assert campaign.totals.unknown == 0


def test_cancel_leaves_the_rest_unsent_and_says_so(sending, provider):
    provider_limit(sending, 50)
    campaign_id = launch(sending, 500)
    wait_until(lambda: provider.taken)
    sending.campaigns.cancel(campaign_id, ACTOR)
    campaign = settled(sending, campaign_id)
    wait_until(lambda: not statuses(sending, campaign_id)["queued"])
    sent = len(provider.taken)
    assert campaign.status is CampaignStatus.CANCELLED
    assert statuses(sending, campaign_id) == {"accepted": sent, "cancelled": 500 - sent}
    with pytest.raises(CampaignError) as refused:
        sending.campaigns.resume(campaign_id, ACTOR)
    assert refused.value.code == "wrong_status"


@pytest.mark.slow
def test_a_call_that_proves_that_nothing_left_after_the_cancel_leaves_nobody_queued(sending, provider):
    provider.latency, provider.default = 0.7, "busy_silent"
    campaign_id = launch(sending, 50)
    wait_until(lambda: provider.count)
    sending.campaigns.cancel(campaign_id, ACTOR)
    wait_until(lambda: statuses(sending, campaign_id) == {"cancelled": 50}, 8, lambda: statuses(sending, campaign_id))


@pytest.mark.slow
def test_the_kill_switch_stops_all_campaigns(sending, provider):
    provider_limit(sending, 20)
    ids = [launch(sending, 200), launch(sending, 200, Message(Kind.TEXT, "ABCDEF", Route.TRANS, "Other words"))]
    wait_until(lambda: provider.taken)
    assert sending.campaigns.stop_all(ACTOR) == 2
    assert {paused(sending, each).reason for each in ids} == {"stopped_all"}
    seen = sum(provider.taken.values())
    time.sleep(1.0)
    assert sum(provider.taken.values()) == seen


def test_a_campaign_for_later_waits_and_a_resume_keeps_its_time(sending, provider):
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    campaign_id = launch(sending, 5, timing=Timing(start_at=tomorrow))
    sending.campaigns.stop_all(ACTOR)
    sending.campaigns.resume(campaign_id, ACTOR)
    time.sleep(1.0)
    campaign = sending.campaigns.get(campaign_id)
    assert campaign.status is CampaignStatus.SCHEDULED
    assert abs(campaign.start_at - tomorrow) < timedelta(seconds=1)
    assert not provider.taken


@pytest.mark.slow
def test_a_countdown_holds_the_first_message_back_and_can_be_stopped(sending, provider):
    campaign_id = launch(sending, 5, timing=Timing(countdown=2))
    time.sleep(0.8)
    assert sending.campaigns.get(campaign_id).status is CampaignStatus.SCHEDULED
    sending.campaigns.cancel(campaign_id, ACTOR)
    time.sleep(1.8)
    assert not provider.taken
    assert statuses(sending, campaign_id) == {"cancelled": 5}


def closed_now() -> Window:
    """A window that opens in two hours."""
    begin = datetime.now(UTC) + timedelta(hours=2)
    return Window(f"{begin:%H:%M}", f"{begin + timedelta(hours=1):%H:%M}", "UTC")


def test_outside_its_hours_a_campaign_waits_for_them(sending, provider):
    window = closed_now()
    campaign_id = launch(sending, 5, timing=Timing(window=window))
    wait_until(lambda: sending.campaigns.get(campaign_id).reason == "outside_hours")
    campaign = sending.campaigns.get(campaign_id)
    assert campaign.status is CampaignStatus.SCHEDULED
    assert campaign.start_at == window.find_next_opening(datetime.now(UTC))
    assert not provider.taken


def test_a_promotional_campaign_waits_for_the_hours_of_its_route_and_others_do_not(sending, provider, monkeypatch):
    monkeypatch.setitem(ROUTE_WINDOWS, Route.PROMO, closed_now())
    promotion = launch(sending, 5, Message(Kind.TEXT, "123456", Route.PROMO, "Half price"))
    assert finished(sending, launch(sending, 5)).totals.accepted == 5
    wait_until(lambda: sending.campaigns.get(promotion).reason == "outside_hours")
    assert statuses(sending, promotion) == {"queued": 5} and len(provider.taken) == 5


@pytest.mark.slow
def test_a_campaign_that_is_late_asks_before_it_sends(sending, provider):
    campaign_id = launch(sending, 5, timing=Timing(start_at=datetime.now(UTC) + timedelta(hours=1)))
    with sending.database.writing() as connection:
        late = time.time() - policy.LATE_START - 60
        connection.execute(sa.update(t.campaign).where(t.campaign.c.id == campaign_id).values(start_at=late))
        sending.resources.jobs.launch(connection, campaign_id, 1, 0.0, "-now")
    assert paused(sending, campaign_id).reason == "late_start"
    assert not provider.taken
    sending.campaigns.resume(campaign_id, ACTOR)
    assert finished(sending, campaign_id).totals.accepted == 5


# ---------------------------------------------------------------- canaries


def test_a_canary_goes_first_and_the_rest_waits_for_a_press(sending, provider):
    campaign_id = launch(sending, 60, canary=Canary(10))
    assert paused(sending, campaign_id).reason == "canary_waiting"
    assert len(provider.taken) == 10
    sending.campaigns.resume(campaign_id, ACTOR)
    assert finished(sending, campaign_id).totals.accepted == 60


def test_a_canary_that_did_well_lets_the_rest_go_by_rule(sending, provider):
    campaign_id = launch(sending, 60, canary=Canary(10, bad_share=0.1, wait=0))
    wait_until(lambda: sending.campaigns.get(campaign_id).ended)
    assert finished(sending, campaign_id).totals.accepted == 60


def test_a_canary_that_did_badly_holds_the_rest(sending, provider):
    provider.next("bad_request")
    campaign_id = launch(sending, 60, canary=Canary(10, bad_share=0.1, wait=0))
    settled(sending, campaign_id)
    smscore.engine.get_running().janitor.judge_canaries()
    assert sending.campaigns.get(campaign_id).reason == "canary_failed"
    assert statuses(sending, campaign_id) == {"refused": 10, "queued": 50}


@pytest.mark.slow
@pytest.mark.parametrize("stop", ["stop_all", "pause"])
def test_a_person_who_stops_a_watched_canary_stops_it(sending, provider, stop):
    campaign_id = launch(sending, 60, canary=Canary(10, bad_share=0.1, wait=600))
    assert paused(sending, campaign_id).reason == "canary_watched"
    sending.campaigns.stop_all(ACTOR) if stop == "stop_all" else sending.campaigns.pause(campaign_id, ACTOR)
    with sending.database.writing() as connection:
        connection.execute(sa.update(t.campaign).where(t.campaign.c.id == campaign_id).values(since=0.0))
    time.sleep(2.5)
    assert sending.campaigns.get(campaign_id).status is CampaignStatus.PAUSED
    assert len(provider.taken) == 10


# ---------------------------------------------------------------- trouble


def test_a_refused_key_pauses_every_campaign_of_the_account_and_nobody_is_lost(sending, provider):
    other = launch(sending, 5, timing=Timing(start_at=datetime.now(UTC) + timedelta(hours=1)))
    provider.next("key_in_words")
    campaign_id = launch(sending, 30)
    assert paused(sending, campaign_id).reason == "key_refused"
    assert paused(sending, other).reason == "key_refused"
    assert statuses(sending, campaign_id) == {"queued": 30}
    sending.campaigns.resume(campaign_id, ACTOR)
    assert finished(sending, campaign_id).totals.accepted == 30


@pytest.mark.slow
def test_a_provider_that_says_slow_down_is_obeyed_and_the_rate_comes_back(sending, provider):
    provider.next("busy_silent")
    campaign_id = launch(sending, 30)
    wait_until(lambda: sending.campaigns.get_progress(campaign_id).slowed)
    assert statuses(sending, campaign_id)["queued"] == 30
    assert finished(sending, campaign_id).totals.accepted == 30
    with sending.database.writing() as connection:
        slow = store.read_account_rate(connection, sending.resources.account)
        store.recover_rate(connection, sending.resources.account, 60.0)
        faster = store.read_account_rate(connection, sending.resources.account)
        for _ in range(10):
            store.recover_rate(connection, sending.resources.account, 60.0)
        full = store.read_account_rate(connection, sending.resources.account)
    assert 1000 <= slow.rate < 1100, "the engine itself may have given back ten seconds' worth, once or twice"
    assert faster.rate == pytest.approx(slow.rate + 200)
    assert (full.rate, full.slowed) == (2000, False)


@pytest.mark.slow
def test_three_silent_calls_in_a_row_pause_and_leave_the_called_unknown(sending, provider):
    provider.default = "no_answer"
    campaign_id = launch(sending, 1000)
    assert paused(sending, campaign_id).reason == "no_answer"
    outcome = statuses(sending, campaign_id)
    assert outcome["unknown"] >= 300
    assert outcome["unknown"] + outcome["queued"] == 1000


@pytest.mark.slow
def test_too_many_refusals_pause_the_rest(sending, provider):
    provider.default = "bad_number"
    provider_limit(sending, 300)
    alone = Message(Kind.VARIABLES, "ABCDEF", Route.TRANS, "", "1107160000000000001")
    campaign = paused(sending, launch(sending, 500, alone))
    assert campaign.reason == "too_many_refused"
    assert policy.REFUSED_LEAST <= campaign.totals.refused < 500


@pytest.mark.slow
def test_too_many_unknown_pause_the_rest_though_good_answers_stand_between_them(sending, provider):
    provider.calls = {provider.count + n: "reset_after" for n in range(1, 900, 10)}
    provider_limit(sending, 500)
    alone = Message(Kind.VARIABLES, "ABCDEF", Route.TRANS, "", "1107160000000000001")
    campaign = paused(sending, launch(sending, 900, alone))
    assert campaign.reason == "too_many_unknown"
    assert policy.UNKNOWN_LEAST <= campaign.totals.ended < 900
    assert set(provider.taken.values()) == {1}


@pytest.mark.slow
def test_somebody_who_opts_out_before_their_turn_is_not_texted(sending, provider):
    mine = numbers(40)
    sending.audiences.read_typed("9876543210", "IN")  # the first number ever read takes longer than the countdown
    campaign_id = launch(sending, audience(mine), timing=Timing(countdown=1))
    sending.opt_outs.add(f"+{mine[7]}\n+{mine[8]}", "IN", ACTOR, "by phone")
    campaign = finished(sending, campaign_id)
    assert (campaign.totals.accepted, campaign.totals.opted_out) == (38, 2)
    assert not {mine[7], mine[8]} & set(provider.taken)


@pytest.mark.slow
def test_the_rate_is_held(sending, provider):
    provider_limit(sending, 100)
    campaign_id = launch(sending, 300, Message(Kind.VARIABLES, "ABCDEF", Route.TRANS, "", "1107160000000000001"))
    finished(sending, campaign_id)
    left = sorted(row.submitted_at for row in rows(sending, campaign_id))
    assert 300 / (left[-1] - left[0] + 0.1) < 102


def test_a_campaign_paused_while_it_waits_for_its_turn_gives_the_turn_back(sending, provider):
    provider_limit(sending, 20)
    first = launch(sending, 200)  # each call of a hundred takes five seconds of the account's rate
    wait_until(lambda: len(provider.seen) == 1)
    time.sleep(0.3)
    sending.campaigns.pause(first, ACTOR)
    paused(sending, first)
    wait_until(lambda: _next_turn(sending) < time.time() + 5.2, 2, "the turn was kept")
    assert len(provider.seen) == 1


def _next_turn(desk) -> float:
    with desk.database.reading() as connection:
        return connection.execute(sa.select(sa.func.max(t.rate_gate.c.next_at))).scalar_one()


@pytest.mark.slow
def test_a_slow_campaign_does_not_hold_up_a_fast_one(sending, provider):
    provider.latency = 0.6
    slow = launch(sending, 200, Message(Kind.VARIABLES, "ABCDEF", Route.TRANS, "", "1107160000000000001"))
    wait_until(lambda: provider.taken)
    quick = launch(sending, 10)
    assert finished(sending, quick, 6)
    assert sending.campaigns.get(slow).status is CampaignStatus.RUNNING
    provider.latency = 0.0


# ---------------------------------------------------------------- one-time passwords and other accounts


OTP = Message(Kind.OTP, "ABCDEF", Route.OTP, "Your code is {code}")


def test_a_one_time_password_leaves_once_and_its_code_is_kept_nowhere(sending, provider):
    (number,) = numbers(1)
    receipt = sending.launches.send_otp(OTP, f"+{number}", "IN", ACTOR, f"key-{number}")
    assert receipt.status == "accepted"
    assert receipt.code in provider.last.body["text"]
    assert provider.taken == {number: 1}
    with pytest.raises(CampaignError) as again:
        sending.launches.send_otp(OTP, f"+{number}", "IN", ACTOR, f"key-{number}")
    assert again.value.code == "otp_already_sent"
    with sending.database.reading() as connection:
        texts = connection.scalars(sa.select(t.content.c.text)).all()
    assert not [text for text in texts if receipt.code in text]


def test_a_one_time_password_to_somebody_who_opted_out_says_so_and_is_not_sent(sending, provider):
    (number,) = numbers(1)
    sending.opt_outs.add(f"+{number}", "IN", ACTOR, "by phone")
    with pytest.raises(CampaignError) as refused:
        sending.launches.send_otp(OTP, f"+{number}", "IN", ACTOR, f"key-{number}")
    assert refused.value.code == "otp_opted_out" and provider.taken == {}


def test_a_one_time_password_that_meets_too_many_requests_slows_the_account_and_is_cancelled(sending, provider):
    (number,) = numbers(1)
    provider.next("busy_seconds")
    receipt = sending.launches.send_otp(OTP, f"+{number}", "IN", ACTOR, f"key-{number}")
    with sending.database.writing() as connection:
        slowed = store.read_account_rate(connection, sending.resources.account).slowed
        as_before = {"rate": t.rate_gate.c.full_rate, "closed_until": 0, "slowed_at": None}
        connection.execute(sa.update(t.rate_gate).values(as_before))
    assert (receipt.status, slowed, len(provider.seen), provider.taken) == ("cancelled", True, 1, {})


def test_no_job_ever_takes_up_a_one_time_password(sending, provider):
    """One whose process died before it was sent, after the claim, or while it was stopped by the kill switch."""
    ids = [_recorded_one_time(sending) for _ in range(3)]
    with sending.database.writing() as connection:
        connection.execute(
            sa.update(t.recipient).where(t.recipient.c.campaign_id == ids[1]).values(status="submitting", call_id="x")
        )
    sending.campaigns.stop_all(ACTOR)
    sending.campaigns.resume(ids[2], ACTOR)
    janitor = smscore.engine.get_running().janitor
    janitor.reconcile()
    time.sleep(0.6)
    assert [statuses(sending, each) for each in ids] == [{"queued": 1}, {"submitting": 1}, {"queued": 1}]
    with sending.database.writing() as connection:
        old = time.time() - policy.ONE_TIME_SECONDS - 1
        connection.execute(sa.update(t.campaign).where(t.campaign.c.id.in_(ids)).values(created_at=old))
    janitor.reconcile()
    assert [statuses(sending, each) for each in ids] == [{"cancelled": 1}, {"unknown": 1}, {"cancelled": 1}]
    assert all(sending.campaigns.get(each).ended for each in ids)
    with sending.database.writing() as connection:
        # The truth of this test begins now, and nothing of it was sent.
        connection.execute(sa.update(t.campaign).where(t.campaign.c.id.in_(ids)).values(created_at=old))
    assert not provider.received


def _recorded_one_time(desk) -> int:
    from smscore.desk.launches import enqueue_nothing
    from tests.deskwork import plan

    wanted = plan(1, OTP)
    return desk.launches.record(wanted, desk.launches.prepare(wanted.message, wanted.audience), ACTOR, enqueue_nothing)


def test_what_was_planned_for_another_account_is_not_sent(sending, provider):
    campaign_id = launch(sending, 5, timing=Timing(countdown=1))
    with sending.database.writing() as connection:
        connection.execute(sa.update(t.campaign).where(t.campaign.c.id == campaign_id).values(account="sandbox"))
    campaign = paused(sending, campaign_id)
    assert (campaign.reason, campaign.note) == ("other_account", "sandbox")
    assert not provider.taken


# ---------------------------------------------------------------- the janitor


def test_a_chunk_whose_job_is_lost_gets_a_new_one(sending, provider):
    provider_limit(sending, 0.5)
    campaign_id = launch(sending, 3, Message(Kind.VARIABLES, "ABCDEF", Route.TRANS, "", "1107160000000000001"))
    wait_until(lambda: provider.taken)
    jobs = sending.resources.jobs
    running = [job for job in jobs.find_alive(campaign_id, 1) if "-k0-" in job]
    jobs.dbos.cancel_workflows(running)
    jobs.dbos.delete_workflows(running)
    provider_limit(sending, 2000)
    smscore.engine.get_running().janitor.reconcile()
    assert finished(sending, campaign_id).totals.accepted == 3


def test_calls_left_behind_by_a_paused_campaign_become_unknown(sending, provider):
    campaign_id = launch(sending, 5, timing=Timing(start_at=datetime.now(UTC) + timedelta(hours=1)))
    old = time.time() - policy.CALL_SECONDS - 1
    with sending.database.writing() as connection:
        connection.execute(
            sa.update(t.recipient)
            .where(t.recipient.c.campaign_id == campaign_id, t.recipient.c.seq == 0)
            .values(status="submitting", call_id="lost", submitted_at=old)
        )
        connection.execute(sa.update(t.campaign).where(t.campaign.c.id == campaign_id).values(started_at=old))
    sending.campaigns.pause(campaign_id, ACTOR)
    smscore.engine.get_running().janitor.doubt_stale_calls()
    assert statuses(sending, campaign_id) == {"unknown": 1, "queued": 4}
    assert sending.campaigns.get(campaign_id).totals.unknown == 1
