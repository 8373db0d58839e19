"""What an operator can do, beside sending: guards, retries and decisions."""

from __future__ import annotations

import csv
import time
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event

import pytest
import sqlalchemy as sa

from smscore import CampaignError, CampaignStatus, Canary, Kind, Message, Plan, RecipientStatus, Route, WhatsApp, store
from smscore.desk.repeats import Repeats
from smscore.desk.retries import recount_changed
from smscore.store import tables as t
from smscore.store.records import query_campaigns
from tests.deskwork import ACTOR, TEXT, audience, launch, numbers, people, plan, rows, statuses

OTHER = Message(Kind.TEXT, "ABCDEF", Route.TRANS, "Other words")


def ended(desk, campaign_id: int, *outcome: str, ago: float = 1.0) -> None:
    """The campaign has finished with these statuses, in order, so many seconds ago."""
    at = time.time() - ago
    with desk.database.writing() as connection:
        for seq, status in enumerate(outcome):
            here = (t.recipient.c.campaign_id == campaign_id, t.recipient.c.seq == seq)
            connection.execute(sa.update(t.recipient).where(*here).values(status=status, submitted_at=at))
        connection.execute(
            sa.update(t.campaign).where(t.campaign.c.id == campaign_id).values(status="finished", finished_at=at)
        )


def test_the_same_words_to_the_same_people_ask_first(desk):
    mine = numbers(10)
    first = launch(desk, audience(mine))
    with pytest.raises(CampaignError) as asked:
        desk.launches.launch(plan(audience([*mine[:3], *numbers(7)]), allow_repeat=False), "ravi")
    assert asked.value.code == "same_list"
    assert (asked.value.facts["same"].campaign.id, asked.value.facts["same"].overlap) == (first, 3)
    assert desk.repeats.find_same_list(plan(audience([mine[0], *numbers(9)]), allow_repeat=False)) is None
    assert desk.repeats.find_same_list(plan(audience(mine), OTHER, allow_repeat=False)) is None


def test_a_list_that_was_told_in_parts_asks_first_and_the_rest_leaves_out_all_of_them(desk):
    mine = numbers(10)
    for part in (mine[:1], mine[1:2], mine[2:5]):
        ended(desk, launch(desk, audience(part)), *["delivered"] * len(part))
    wanted = plan(audience(mine), allow_repeat=False)
    same = desk.repeats.find_same_list(wanted)
    assert (same.overlap, same.of, same.campaign.recipients, same.others) == (5, 10, 3, 2)
    rest = desk.repeats.leave_out(wanted)
    assert rest.audience.tables.contacts.column("msisdn").to_pylist() == mine[5:]
    assert desk.launches.launch(rest, ACTOR)
    assert desk.repeats.find_same_list(plan(audience([mine[0], mine[1], *numbers(8)]))).overlap == 2, (
        "a tenth each, a fifth together"
    )


@pytest.mark.parametrize(("ago", "asks"), [(3600 * 23, True), (3600 * 25, False)])
def test_what_was_told_longer_ago_than_is_set_does_not_ask(desk, ago, asks):
    mine = numbers(5)
    ended(desk, launch(desk, audience(mine)), *["delivered"] * 5, ago=ago)
    assert bool(desk.repeats.find_same_list(plan(audience(mine)))) is asks
    assert Repeats(desk.database, 24.5 + 24 * (not asks)).find_same_list(plan(audience(mine)))


def test_what_was_recorded_long_ago_and_is_told_only_now_asks(desk):
    mine = numbers(5)
    first = launch(desk, audience(mine))
    with desk.database.writing() as connection:
        connection.execute(sa.update(t.campaign).where(t.campaign.c.id == first).values(created_at=1.0))
    assert desk.repeats.find_same_list(plan(audience(mine))).overlap == 5


def test_of_two_who_send_to_the_rest_the_second_is_asked(desk):
    mine = numbers(10)
    launch(desk, audience(mine[:5]))
    first, second = (desk.repeats.leave_out(plan(audience(mine), allow_repeat=False)) for _ in range(2))
    desk.launches.launch(first, ACTOR)
    with pytest.raises(CampaignError) as asked:
        desk.launches.launch(second, "ravi")
    assert (asked.value.code, asked.value.facts["overlap"]) == ("same_list", 5)


def test_whoever_agrees_to_a_repeat_agrees_to_those_that_were_shown(desk):
    mine = numbers(10)
    first = launch(desk, audience(mine))
    wanted = [plan(audience(mine), allow_repeat=False, repeats=(first,)) for _ in range(2)]
    second = desk.launches.launch(wanted[0], ACTOR)
    with pytest.raises(CampaignError) as asked:
        desk.launches.launch(wanted[1], "ravi")
    assert (asked.value.code, asked.value.facts["campaign"]) == ("same_list", second)


def test_of_people_who_launch_the_same_list_at_one_moment_one_succeeds(desk):
    mine, together = numbers(20), Barrier(4)

    def press(name: str) -> str:
        wanted = plan(audience(mine), allow_repeat=False)
        together.wait(10)
        try:
            desk.launches.launch(wanted, name)
        except CampaignError as refused:
            return refused.code
        return "launched"

    with ThreadPoolExecutor(4) as pool:
        outcomes = list(pool.map(press, ("asha", "ravi", "mina", "john")))
    assert outcomes.count("launched") == 1, outcomes
    assert set(outcomes) <= {"launched", "same_list", "same_list_now"}
    assert len(desk.campaigns.list()) == 1


def test_send_to_the_rest_leaves_out_whoever_may_have_been_reached(desk):
    mine = numbers(5)
    first = launch(desk, audience(mine))
    ended(desk, first, "accepted", "refused", "unknown", "cancelled", "delivered")
    rest = desk.repeats.leave_out(plan(audience(mine)))
    assert rest.audience.tables.contacts.column("msisdn").to_pylist() == [mine[1], mine[3]]
    assert rest.audience.tables.subtracted.num_rows == 3
    assert rest.audience.arithmetic().adds_up


def test_the_senders_offered_are_those_used_and_of_the_templates_most_recent_first(desk):
    def sent(sender: str, kind: Kind = Kind.TEXT, route: Route = Route.TRANS) -> None:
        about = {"whatsapp": WhatsApp(session_type="text")} if kind.whatsapp else {}
        launch(desk, 1, Message(kind, sender, route, "Hello", **about))

    assert desk.senders.list_offered() == ()
    desk.senders.add("LISTED", ACTOR)
    desk.templates.add("One", "Hello", "1107161234567890123", ("TEMPLA", "654321"), actor=ACTOR)
    sent("SHOPIN")
    sent("123456", route=Route.PROMO)
    sent("ACMEIN")
    sent("SHOPIN")
    sent("919876543210", Kind.WHATSAPP_SESSION)
    assert desk.senders.list_offered() == ("SHOPIN", "ACMEIN", "TEMPLA", "LISTED", "123456", "654321")
    assert desk.senders.list_offered(route=Route.PROMO)[:3] == ("123456", "654321", "SHOPIN")
    assert desk.senders.list_offered(whatsapp=True) == ("919876543210",)
    assert desk.senders.list() == ("LISTED",), "the list itself is kept by hand"


def recount(desk, campaign_id: int) -> None:
    """The campaign's totals follow the statuses that `ended` wrote."""
    with desk.database.writing() as connection:
        connection.execute(sa.update(t.chunk).where(t.chunk.c.campaign_id == campaign_id).values(dirty=1))
    recount_changed(desk.database, campaign_id)


ALL_RETRIED = ("refused", "cancelled", "undelivered", "expired")


def retry(desk, campaign_id: int, *statuses: str, **changes: object) -> Plan:
    """The plan that the review of a retry makes."""
    crowd = desk.retries.build_audience(campaign_id, [RecipientStatus(each) for each in statuses])
    about = {"allow_repeat": False, "repeats": (campaign_id,), "retry_of": campaign_id}
    return plan(crowd, desk.campaigns.get(campaign_id).message, **(about | changes))


def test_a_retry_is_made_of_the_chosen_statuses_and_never_of_the_unknown(desk):
    mine = numbers(7)
    first = launch(desk, audience(mine))
    with pytest.raises(CampaignError) as early:
        desk.retries.build_audience(first, [RecipientStatus.REFUSED])
    assert early.value.code == "wrong_status" and desk.retries.count_by_status(first) == {}
    ended(desk, first, "accepted", "refused", "unknown", "cancelled", "undelivered", "expired", "delivered")
    recount(desk, first)
    assert desk.retries.count_by_status(first) == dict.fromkeys(map(RecipientStatus, ALL_RETRIED), 1)
    assert len(desk.campaigns.list()) == 1, "looking at a retry launches nothing"
    for wrong in ([], [RecipientStatus.UNKNOWN], [RecipientStatus.REFUSED, RecipientStatus.DELIVERED]):
        with pytest.raises(CampaignError) as refused:
            desk.retries.build_audience(first, wrong)
        assert refused.value.code == "bad_retry"
    wanted = retry(desk, first, "refused", "cancelled")
    assert wanted.audience.tables.contacts.column("msisdn").to_pylist() == [mine[1], mine[3]]
    again = desk.launches.launch(wanted, ACTOR)
    assert desk.launches.launch(wanted, ACTOR) == again and desk.campaigns.get(again).retry_of == first
    assert [row.msisdn for row in rows(desk, again)] == [mine[1], mine[3]]


def test_whom_a_later_retry_messaged_is_not_offered_again(desk):
    mine = numbers(6)
    first = launch(desk, audience(mine))
    ended(desk, first, "refused", "refused", "refused", "undelivered", "expired", "delivered")
    recount(desk, first)
    second = desk.launches.launch(retry(desk, first, "refused"), ACTOR)
    assert desk.retries.count_by_status(first) == {RecipientStatus.UNDELIVERED: 1, RecipientStatus.EXPIRED: 1}
    ended(desk, second, "delivered", "refused", "refused")
    third = desk.launches.launch(retry(desk, second, "refused"), ACTOR)
    ended(desk, third, "undelivered", "refused")
    assert desk.retries.count_by_status(first)[RecipientStatus.REFUSED] == 1, "the one whom nothing has reached yet"
    left = desk.retries.build_audience(first, [RecipientStatus(each) for each in ALL_RETRIED])
    assert left.tables.contacts.column("msisdn").to_pylist() == mine[2:5] and left.tables.subtracted.num_rows == 2
    assert left.arithmetic().adds_up


def test_of_two_who_retry_the_same_campaign_one_is_told_so(desk):
    mine = numbers(40)
    first = launch(desk, audience(mine))
    ended(desk, first, *["refused"] * 40)
    one, other = retry(desk, first, "refused"), retry(desk, first, "refused")
    few = plan(audience(mine[:2]), TEXT, allow_repeat=False, retry_of=first, repeats=(first,))
    desk.launches.launch(few, "ravi")
    with pytest.raises(CampaignError) as late:
        desk.launches.launch(one, ACTOR)
    assert late.value.code == "retry_changed" and late.value.facts["messaged"] == 2
    assert len(desk.campaigns.list()) == 2 and desk.launches.find_launched(one.launch_key) is None
    both = Barrier(2)

    def race(mine: Plan) -> object:
        both.wait()
        try:
            return desk.launches.launch(mine, ACTOR)
        except CampaignError as refused:
            return refused.code

    plans = [retry(desk, first, "refused"), retry(desk, first, "refused")]
    with ThreadPoolExecutor(2) as pool:
        results = list(pool.map(race, plans))
    assert sum(isinstance(each, int) for each in results) == 1, results
    assert not {each for each in results if isinstance(each, str)} - {"same_list_now", "same_list", "retry_changed"}
    assert other.launch_key not in {None, one.launch_key}


def test_unknowns_counted_as_sent_are_accepted_and_say_who_decided(desk):
    first = launch(desk, 4)
    ended(desk, first, "unknown", "unknown", "unknown", "accepted")
    assert desk.unknowns.decide(first, (1,), "sent", ACTOR) == 1
    assert [(row.status, row.reason) for row in rows(desk, first)][1] == ("accepted", "decided_sent")
    assert desk.unknowns.list(first)["seq"].tolist() == [0, 2]
    assert "unknown_sent" in desk.read_activity()["act"].tolist()


def test_unknowns_sent_again_are_one_campaign_and_decided_once(desk):
    mine = numbers(4)
    first = launch(desk, audience(mine))
    ended(desk, first, "unknown", "unknown", "unknown", "accepted")
    assert desk.unknowns.decide(first, (0, 2), "again", ACTOR) == 2
    assert desk.unknowns.decide(first, (0, 2), "again", ACTOR) == 0
    again = desk.campaigns.list()[0].id
    assert [row.msisdn for row in rows(desk, again)] == [mine[0], mine[2]]
    assert statuses(desk, first) == {"unknown": 3, "accepted": 1}
    assert desk.unknowns.list(first)["seq"].tolist() == [1]


def test_a_report_between_the_press_and_the_commit_stops_the_second_text(desk, monkeypatch):
    first = launch(desk, 2)
    ended(desk, first, "unknown", "unknown")
    prepare = desk.launches.prepare

    def report_and_prepare(message, crowd):
        ended(desk, first, "delivered")
        return prepare(message, crowd)

    monkeypatch.setattr(desk.launches, "prepare", report_and_prepare)
    with pytest.raises(CampaignError) as changed:
        desk.unknowns.decide(first, None, "again", ACTOR)
    monkeypatch.undo()
    assert changed.value.code == "unknown_changed"
    assert [campaign.id for campaign in desk.campaigns.list()] == [first]
    assert desk.unknowns.list(first)["seq"].tolist() == [1]


def test_the_undecided_are_found_behind_a_thousand_that_were_decided(desk):
    first = launch(desk, 7)
    ended(desk, first, *["unknown"] * 7)
    assert desk.unknowns.decide(first, (0, 1, 2, 3), "again", ACTOR) == 4
    assert desk.unknowns.list(first, limit=3)["seq"].tolist() == [4, 5, 6]
    assert desk.unknowns.count(first) == 3


def test_a_campaign_that_has_not_ended_is_listed_however_many_came_after_it(desk):
    first, *others = [launch(desk, 1) for _ in range(4)]
    for each in others:
        ended(desk, each, "accepted")
    assert [campaign.id for campaign in desk.campaigns.list(limit=2)] == [others[2], others[1], first]
    assert [campaign.id for campaign in desk.campaigns.list_under_way()] == [first]


def test_a_look_at_a_campaign_costs_the_same_whatever_was_sent_before(desk):
    """Watching touches the chunks of the watched only: of two thousand others' it reads none."""
    campaign_id = launch(desk, 3)
    with desk.database.writing() as connection:
        mine = dict(connection.execute(sa.select(t.chunk)).one()._mapping)
        others = [mine | {"campaign_id": 1000 + n // 50, "no": n % 50} for n in range(2000)]
        connection.execute(sa.insert(t.chunk), others)
        if not desk.database.sqlite:
            connection.execute(sa.text("ANALYZE chunk"))
    asked = query_campaigns(t.campaign.c.id == campaign_id).compile(
        desk.database.engine, compile_kwargs={"literal_binds": True}
    )
    with desk.database.reading() as connection:
        plan = str(connection.exec_driver_sql(f"EXPLAIN {'QUERY PLAN ' if desk.database.sqlite else ''}{asked}").all())
    assert "SCAN chunk" not in plan and "Seq Scan on chunk" not in plan, plan
    assert desk.campaigns.get(campaign_id).totals.queued == 3


def watched_canary(desk) -> int:
    """A campaign whose canary went well and is about to be judged by the rule."""
    campaign_id = launch(desk, 3, canary=Canary(1, bad_share=0.5, wait=0))
    ended(desk, campaign_id, "delivered")
    watched = {"status": "paused", "reason": "canary_watched", "canary_state": "watched", "finished_at": None}
    with desk.database.writing() as connection:
        connection.execute(sa.update(t.campaign).where(t.campaign.c.id == campaign_id).values(watched))
    return campaign_id


def judge(desk, campaign_id: int, judged: Event | None = None, go_on: Event | None = None) -> None:
    """What the janitor does with a canary that it found waiting a moment ago."""
    with desk.database.writing() as connection:
        if store.decide_canary(connection, campaign_id, time.time()):
            store.start_again(connection, campaign_id, time.time())
        if judged and go_on:
            judged.set()
            go_on.wait(5)


@pytest.mark.parametrize(
    "stop", [lambda desk, _: desk.campaigns.stop_all(ACTOR), lambda desk, each: desk.campaigns.pause(each, ACTOR)]
)
def test_a_rule_does_not_overrule_a_person_who_was_faster(desk, stop):
    campaign_id = watched_canary(desk)
    stop(desk, campaign_id)
    judge(desk, campaign_id)
    assert desk.campaigns.get(campaign_id).status is CampaignStatus.PAUSED


def test_the_kill_switch_stops_a_campaign_that_its_rule_lets_go_in_this_very_moment(desk):
    campaign_id = watched_canary(desk)
    judged, go_on = Event(), Event()
    with ThreadPoolExecutor(2) as both:
        rule = both.submit(judge, desk, campaign_id, judged, go_on)
        judged.wait(5)
        switch = both.submit(desk.campaigns.stop_all, ACTOR)
        time.sleep(0.3)
        go_on.set()
        rule.result(5)
        assert switch.result(5) == 1
    assert desk.campaigns.get(campaign_id).status is CampaignStatus.PAUSED


def test_a_draft_that_a_crash_left_does_not_hold_its_launch_key(desk):
    one = plan(3)
    launch_id = launch(desk, people(1))
    with desk.database.writing() as connection:
        connection.execute(
            sa.update(t.campaign)
            .where(t.campaign.c.id == launch_id)
            .values(launch_key=one.launch_key, status="draft", since=1.0)
        )
    campaign_id = desk.launches.launch(one, ACTOR)
    assert campaign_id != launch_id
    assert statuses(desk, campaign_id) == {"queued": 3}
    assert [campaign.id for campaign in desk.campaigns.list()] == [campaign_id]


def test_a_plan_with_nobody_or_no_name_is_not_ready(desk):
    found = {notice.code for notice in desk.launches.find_faults(Plan(" ", TEXT, audience([])))}
    assert found == {"no_contacts", "no_name"}


def test_a_report_lists_every_recipient_with_a_reason_in_words(desk, tmp_path):
    first = launch(desk, 3)
    ended(desk, first, "accepted", "refused", "unknown")
    path = tmp_path / "report.csv"
    assert desk.results.save_report(first, path) == 3
    with path.open(encoding="utf-8-sig", newline="") as file:
        assert [line["status"] for line in csv.DictReader(file)] == ["accepted", "refused", "unknown"]
    with pytest.raises(CampaignError) as missing:
        desk.results.save_report(999_999, path)
    assert missing.value.code == "no_such_campaign"


def test_the_opt_out_list_says_who_put_a_number_on_it_and_who_took_it_off(desk):
    desk.opt_outs.add("98765 43210\n+919876543211", "IN", "asha", "by phone")
    listed = desk.opt_outs.search("")
    assert set(listed["phone"]) == {"+919876543210", "+919876543211"} and set(listed["actor"]) == {"asha"}
    assert desk.opt_outs.remove("098765-43210", "ravi")
    assert list(desk.opt_outs.search("")["phone"]) == ["+919876543211"]
    last = desk.read_activity(1).iloc[0]
    assert (last["actor"], last["act"]) == ("ravi", "opt_out_removed") and last["at"].tzinfo
    assert last["note"] == "the number ending in 3210, put on it by asha: by phone"
    assert not desk.opt_outs.remove("098765-43210", "ravi") and desk.read_activity(1).iloc[0]["at"] == last["at"]


VARIABLES = Message(Kind.VARIABLES, "ABCDEF", Route.TRANS, "", "1107160000000000001")


@pytest.mark.parametrize(
    ("message", "borders"),
    [(VARIABLES, [0, 500, *range(1_500, 8_000, 1_000), 8_000]), (TEXT, [0, 8_000])],
    ids=["a call each", "calls of many"],
)
def test_many_calls_are_cut_into_chunks_that_several_workers_can_share(desk, message, borders):
    campaign_id = launch(desk, 8_000, message)
    with desk.database.reading() as connection:
        mine = sa.select(t.chunk.c.lo, t.chunk.c.hi).where(t.chunk.c.campaign_id == campaign_id)
        found = connection.execute(mine.order_by(t.chunk.c.no)).all()
    assert [tuple(row) for row in found] == list(zip(borders[:-1], borders[1:], strict=True))
