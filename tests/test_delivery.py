"""Delivery reports: each once, forward only, and never a guess."""

from __future__ import annotations

import json
import time

import pytest
import sqlalchemy as sa

from smscore import DeskError, store
from smscore.delivery import read_reports
from smscore.store import tables as t
from smscore.store.deliveries import OWN_ANSWER_SECONDS
from tests.deskwork import ACTOR, audience, launch, numbers, rows, statuses


@pytest.fixture
def sent(desk):
    """A campaign of which three were accepted under known ids and two are unknown."""
    campaign_id = launch(desk, 5)
    with desk.database.writing() as connection:
        for seq in range(5):
            known = {"status": "accepted", "message_id": f"m:{seq}"} if seq < 3 else {"status": "unknown"}
            here = (t.recipient.c.campaign_id == campaign_id, t.recipient.c.seq == seq)
            connection.execute(sa.update(t.recipient).where(*here).values(submitted_at=time.time() - 1000, **known))
    return campaign_id


def report(desk, status: str, message_id: str, number: int | None = None) -> int:
    """A report arrives; how many were new."""
    said = {"messageId": message_id, "status": status} | ({"recipient": str(number)} if number else {})
    return desk.delivery.store_callback("sms", json.dumps(said).encode())


def apply(desk, later: float = 0.0) -> int:
    """What the janitor does, `later` seconds from now; how many reports were settled."""
    with desk.database.writing() as connection:
        return store.apply_waiting(connection, time.time() + later)


def fates(desk) -> list[str]:
    """What became of the reports, in order."""
    with desk.database.reading() as connection:
        return list(connection.scalars(sa.select(t.delivery_event.c.fate).order_by(t.delivery_event.c.id)))


def status_of(desk, campaign_id: int, seq: int) -> str:
    return rows(desk, campaign_id)[seq].status


def test_a_report_moves_its_recipient_forward_and_a_replay_changes_nothing(desk, sent):
    assert report(desk, "SUBMITTED", "m:0") == 1
    apply(desk)
    assert status_of(desk, sent, 0) == "sent"
    assert report(desk, "DELIVRD", "m:0") == 1
    assert report(desk, "DELIVRD", "m:0") == 0
    apply(desk)
    assert status_of(desk, sent, 0) == "delivered"
    assert fates(desk) == ["applied", "applied"]


def test_words_out_of_order_or_against_each_other_undo_nothing(desk, sent):
    for status in ("DELIVRD", "SUBMITTED", "UNDELIV"):
        report(desk, status, "m:1")
        apply(desk)
    assert status_of(desk, sent, 1) == "delivered"
    assert fates(desk) == ["applied", "late", "conflict"]


def test_reports_of_one_round_are_applied_in_their_order(desk, sent):
    for status in ("SUBMITTED", "DELIVRD", "UNDELIV"):
        report(desk, status, "m:1")
    apply(desk)
    assert (status_of(desk, sent, 1), fates(desk)) == ("delivered", ["applied", "applied", "conflict"])


def test_a_report_before_our_own_record_waits_for_it(desk, sent):
    (seq, number) = (4, rows(desk, sent)[4].msisdn)
    with desk.database.writing() as connection:
        here = (t.recipient.c.campaign_id == sent, t.recipient.c.seq == seq)
        connection.execute(sa.update(t.recipient).where(*here).values(status="submitting", call_id="c"))
    report(desk, "DELIVRD", "late:1", number)
    assert apply(desk) == 0
    with desk.database.writing() as connection:
        connection.execute(sa.update(t.recipient).where(*here).values(status="accepted", message_id="late:1"))
    assert apply(desk) == 1
    assert status_of(desk, sent, seq) == "delivered"


def test_a_report_for_another_number_or_for_two_recipients_is_no_guess(desk, sent):
    report(desk, "DELIVRD", "m:0", 919811111111)
    with desk.database.writing() as connection:
        connection.execute(sa.update(t.recipient).where(t.recipient.c.message_id == "m:2").values(message_id="m:1"))
    report(desk, "DELIVRD", "m:1")
    apply(desk)
    assert fates(desk) == ["no_match", "no_match"]
    assert statuses(desk, sent) == {"accepted": 3, "unknown": 2}


def test_a_report_closes_the_only_unknown_of_its_number_once_no_call_can_be_meant(desk, sent):
    number = rows(desk, sent)[3].msisdn
    report(desk, "DELIVRD", "never:seen", number)
    assert apply(desk) == 0
    assert apply(desk, OWN_ANSWER_SECONDS + 1) == 1
    row = rows(desk, sent)[3]
    assert (row.status, row.message_id) == ("delivered", "never:seen")


def test_a_report_that_may_mean_two_unknowns_closes_neither(desk, sent):
    number = rows(desk, sent)[3].msisdn
    other = launch(desk, audience([number, *numbers(1)]))
    with desk.database.writing() as connection:
        theirs = (t.recipient.c.campaign_id == other, t.recipient.c.msisdn == number)
        connection.execute(sa.update(t.recipient).where(*theirs).values(status="unknown", submitted_at=1.0))
    report(desk, "DELIVRD", "never:seen", number)
    assert apply(desk, OWN_ANSWER_SECONDS + 1) == 0
    desk.unknowns.decide(other, None, "sent", ACTOR)
    assert apply(desk, OWN_ANSWER_SECONDS + 1) == 0, "counted as sent is not known by its id either"
    assert status_of(desk, sent, 3) == "unknown"


def test_a_report_from_before_the_message_closes_nothing(desk, sent):
    number = rows(desk, sent)[3].msisdn
    report(desk, "DELIVRD", "older", number)
    with desk.database.writing() as connection:
        connection.execute(sa.update(t.delivery_event).values(received_at=1.0))
    assert apply(desk, OWN_ANSWER_SECONDS + 1) == 0


def test_looking_for_unknowns_uses_the_index_made_for_it(desk):
    if not desk.database.sqlite:
        pytest.skip("PostgreSQL plans by the table's size")
    with desk.database.reading() as connection:
        plan = connection.execute(
            sa.text(f"EXPLAIN QUERY PLAN SELECT seq FROM recipient WHERE {t.NAMELESS} AND msisdn = 919800000000")
        ).all()
    assert "recipient_nameless" in str(plan)


@pytest.mark.parametrize("body", [b"", b"[", b"1", b"[1]", b'"text"', b"[" * 100 + b"]" * 100, b"\xff"])
def test_a_body_that_is_no_report_is_refused_as_a_whole(body):
    with pytest.raises(DeskError) as refused:
        read_reports("sms", body)
    assert refused.value.code == "report_unreadable"


def test_words_that_say_nothing_change_nothing():
    assert read_reports("sms", b'[{"messageId": "1", "status": "UNKNOWN"}, {"status": "DELIVRD"}]') == ()
