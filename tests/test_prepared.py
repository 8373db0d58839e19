"""A prepared send: merged once for each change of message or people, shown, judged and launched as it is."""

from __future__ import annotations

import json
import sqlite3
import time
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from pages.ui import starting
from smscore import CampaignError, Kind, Message, Plan, RecipientStatus, Route, StoreError, Timing
from smscore.messages import merging
from smscore.store import draft_rows, launching
from smscore.store import tables as t
from smscore.store.bulk_insert import format_json_lists, pick
from tests.deskwork import ACTOR, TEXT, audience, numbers, plan
from tests.front import Front, front, labels, press, sound, wait_until

__all__ = ["front"]

SHEET = b"name,phone,town\nAsha,98765 43210,Pune\nRavi,+91 91234 56789,Goa\nMeena,99887 76655,\n"


@pytest.fixture
def merges(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """The contacts of each merge that was made, whoever asked for it; every merge looks for its problems once."""
    counted, real = [], merging.list_first_problems

    def count(rows: pa.Array, findings: list) -> object:
        counted.append(len(rows))
        return real(rows, findings)

    monkeypatch.setattr(merging, "list_first_problems", count)
    return counted


def drafted(front: Front, text: str = "Hello {name}"):
    test = front.open("bulk_upload")
    test.file_uploader[0].set_value(("people.csv", SHEET, "text/csv"))
    sound(test.run())
    test.selectbox(key="bulk_sender").set_value("ACMEIN")
    test.text_area(key="bulk_text").set_value(text)
    return sound(test.run())


def test_a_page_merges_once_for_each_text_and_never_for_a_name_or_a_press(front: Front, merges):
    test = drafted(front)
    assert merges == [3]
    sound(test.text_area(key="bulk_text").set_value("Hello {name} of {town|somewhere}").run())
    assert merges == [3, 3]
    sound(test.text_input(key="bulk_name").set_value("Another name").run())
    sound(test.run())
    press(test, "Send 3 messages")
    assert merges == [3, 3]
    (campaign,) = front.desk.campaigns.list()
    assert campaign.name == "Another name" and campaign.recipients == 3
    sound(test.run())
    assert merges == [3, 3], "looking on merges nothing"


def test_a_row_that_cannot_be_merged_is_left_out_by_review_and_launch_alike(front: Front, merges):
    test = drafted(front, "Hello {name} of {town}")
    press(test, "Send 2 messages")
    (campaign,) = front.desk.campaigns.list()
    assert (campaign.rows, campaign.recipients, campaign.problems) == (3, 2, 1)
    assert merges == [3]


def test_a_retry_and_a_composed_message_merge_once(front: Front, merges):
    test = front.open("compose")
    test.text_area(key="compose_text").set_value("Hello from the desk")
    test.text_area(key="compose_numbers").set_value("98765 43210\n91234 56789")
    sound(test.run())
    press(test, "Send 2 messages")
    assert merges == [2]
    front.desk.campaigns.cancel(1, ACTOR)
    test = front.open("campaigns")
    test.session_state["open_campaign"] = 1
    sound(test.run())
    press(test, "Create a campaign for these 2")
    assert merges == [2, 2]
    press(test, "Send 2 messages")
    assert merges == [2, 2] and front.desk.campaigns.get(2).retry_of == 1


def test_people_for_whom_the_page_asks_again_are_merged_once(front: Front, merges):
    crowd = front.desk.audiences.read_typed("98765 43210", "IN")
    message = Message(Kind.TEXT, "ACMEIN", Route.TRANS, "Hello from the desk")
    front.desk.launches.launch(Plan("Earlier", message, crowd), ACTOR)
    assert merges == [1]
    test = front.open("compose")
    test.text_area(key="compose_text").set_value("Hello from the desk")
    test.text_area(key="compose_numbers").set_value("98765 43210\n91234 56789")
    sound(test.run())
    press(test, "Send to the other 1")
    press(test, "Send 1 message")
    assert merges == [1, 2, 1] and front.desk.campaigns.get(2).recipients == 1


def test_the_desk_merges_once_with_and_without_what_was_prepared(desk, merges):
    first = plan(3)
    desk.launches.launch(first, ACTOR)
    assert merges == [3], "prepared by the launch itself"
    assert desk.launches.launch(first, ACTOR) == 1 and merges == [3], "the same launch key is the same campaign"
    second = plan(4)
    prepared = desk.launches.prepare(second.message, second.audience)
    assert desk.launches.find_faults(second, prepared) == ()
    renamed = replace(second, name="Another", timing=Timing(countdown=60))
    assert desk.launches.find_faults(renamed, prepared) == ()
    assert desk.campaigns.get(desk.launches.launch(renamed, ACTOR, prepared)).recipients == 4
    assert merges == [3, 4]


def test_what_was_prepared_of_something_else_is_not_sent(desk, merges):
    people = audience(numbers(3))
    prepared = desk.launches.prepare(TEXT, people)
    other = replace(TEXT, text="Other words")
    first = desk.launches.launch(plan(people, other), ACTOR, prepared)
    second = desk.launches.launch(plan(2), ACTOR, prepared)
    assert merges == [3, 3, 2]
    assert (desk.campaigns.get(first).message, desk.campaigns.get(second).recipients) == (other, 2)
    with desk.database.reading() as connection:
        texts = connection.execute(sa.select(t.content.c.text).order_by(t.content.c.campaign_id)).scalars().all()
    assert texts == ["Other words", TEXT.text]


def test_a_template_that_changed_since_is_compared_without_another_merge(desk, merges):
    known = "1107160000000012345"
    kept = desk.templates.add("Greeting", TEXT.text, known, actor=ACTOR)
    wanted = plan(2, Message(Kind.TEMPLATE, "ABCDEF", Route.TRANS, TEXT.text, template_id=known))
    prepared = desk.launches.prepare(wanted.message, wanted.audience)
    assert desk.launches.find_faults(wanted, prepared) == ()
    desk.templates.edit(kept.id, "Greeting", "Registered otherwise", known, actor=ACTOR)
    assert [each.code for each in desk.launches.find_faults(wanted, prepared)][:1] == ["text_not_registered"]
    with pytest.raises(CampaignError) as refused:
        desk.launches.launch(wanted, ACTOR, prepared)
    assert refused.value.code == "not_ready" and not desk.campaigns.list() and merges == [2]


def test_the_guards_ask_again_at_the_launch_of_what_was_prepared(desk):
    people = audience(numbers(4))
    wanted = plan(people, allow_repeat=False)
    prepared = desk.launches.prepare(TEXT, people)
    assert desk.repeats.find_same_list(wanted) is None
    desk.launches.launch(plan(people), "ravi")
    with pytest.raises(CampaignError) as refused:
        desk.launches.launch(wanted, ACTOR, prepared)
    assert refused.value.code == "same_list" and len(desk.campaigns.list()) == 1


def test_progress_is_told_after_each_block_while_others_can_write(desk, monkeypatch):
    monkeypatch.setattr(draft_rows, "BLOCK", 4)
    told = []

    def look(written: int, total: int) -> None:
        with desk.database.writing() as connection:  # would wait for ever within the launch's own transaction
            rows = connection.execute(sa.select(sa.func.count()).select_from(t.recipient)).scalar_one()
        told.append((written, total, rows))

    campaign = desk.launches.launch(plan(10), ACTOR, progress=look)
    assert told == [(4, 10, 4), (8, 10, 8), (10, 10, 10), (10, 10, 10)]
    assert desk.campaigns.get(campaign).totals.of(RecipientStatus.QUEUED) == 10


def test_a_launch_that_breaks_between_two_blocks_leaves_nothing(desk, monkeypatch):
    monkeypatch.setattr(draft_rows, "BLOCK", 4)
    wanted = plan(10)

    def remove_draft(written: int, _total: int) -> None:
        with desk.database.writing() as connection:
            connection.execute(sa.delete(t.campaign))

    with pytest.raises(StoreError):
        desk.launches.launch(wanted, ACTOR, progress=remove_draft)
    assert not desk.campaigns.list()
    assert desk.launches.launch(wanted, ACTOR), "and the same plan can be launched afterwards"


def test_equal_texts_stand_together_with_their_own_people_and_values(desk, monkeypatch):
    monkeypatch.setattr(draft_rows, "BLOCK", 3)
    people = audience(numbers(7))
    towns = ["Pune", 'Go"a', "Pune", "Agra\\", 'Go"a', "Pune", "Línea\nnew"]
    people = people.replace_tables(contacts=people.tables.contacts.append_column("town", pa.array(towns)))
    campaign = desk.launches.launch(plan(people, replace(TEXT, text="From {town}")), ACTOR)
    joined = sa.select(t.recipient.c.msisdn, t.recipient.c.row, t.content.c.text, t.content.c.variables).join(
        t.content, (t.content.c.campaign_id == t.recipient.c.campaign_id) & (t.content.c.no == t.recipient.c.content_no)
    )
    with desk.database.reading() as connection:
        rows = connection.execute(joined.where(t.recipient.c.campaign_id == campaign).order_by(t.recipient.c.seq)).all()
    order = sorted(range(7), key=lambda place: towns.index(towns[place]))
    msisdns = people.tables.contacts.column("msisdn").to_pylist()
    assert rows == [(msisdns[place], place + 2, f"From {towns[place]}", "[]") for place in order]


@settings(deadline=None)
@given(st.lists(st.tuples(st.text(), st.text(), st.text()), max_size=20), st.booleans())
def test_values_are_written_as_json_writes_them(rows: list[tuple[str, str, str]], wide: bool):
    rows = [tuple(text.encode("utf-8", "replace").decode() for text in row) for row in rows]
    kinds = (pa.string(), pa.large_string() if wide else pa.string(), pa.string())
    columns = [pa.array([row[place] for row in rows], kind) for place, kind in enumerate(kinds)]
    assert format_json_lists(columns, len(rows)) == [json.dumps(row, ensure_ascii=False) for row in rows]
    assert format_json_lists([], len(rows)) == ["[]"] * len(rows)


@given(st.lists(st.integers(0, 9), max_size=12))
def test_picked_values_are_those_at_the_places(places: list[int]):
    column = pa.array([f"value {n}" for n in range(10)])
    assert pick(column, np.array(places, dtype=np.int64)).to_pylist() == [f"value {n}" for n in places]


def test_a_launch_that_takes_long_is_followed_and_goes_on_without_its_page(front: Front, monkeypatch):
    monkeypatch.setattr(starting, "AT_ONCE", 0.05)
    test, other = drafted(front), drafted(front, "Other words")
    with sqlite3.connect(front.folder / "desk.db", isolation_level=None) as elsewhere:
        elsewhere.execute("BEGIN IMMEDIATE")  # what keeps a launch waiting: somebody else writes
        press(test, "Send 3 messages")
        press(other, "Send 3 messages")
        for each in (test, other):
            (bar,) = each.get("progress")
            assert "0 of 3 recipients saved" in bar.proto.text and "Nothing has been sent yet" in bar.proto.text
            assert not [label for label in labels(each) if label.startswith("Send")]
        sound(test.run())
        assert front.open("templates").title, "other pages can be used"
        assert not front.desk.campaigns.list()
        elsewhere.execute("ROLLBACK")
    wait_until(lambda: len(front.desk.campaigns.list()) == 2, 10)
    wait_until(lambda: "Open campaign" in labels(sound(test.run())), 5)
    time.sleep(0.1)
    assert len(front.desk.campaigns.list()) == 2, "one for each draft, also for the page nobody looks at any more"


def test_every_page_can_be_opened_before_the_first_block_is_written(front: Front):
    wanted = plan(3)
    prepared = front.desk.launches.prepare(wanted.message, wanted.audience)
    account = draft_rows.Launch("test", time.time(), "sandbox", 100, 100.0, None, "INR")
    launching._open_draft(front.desk.database, draft_rows.Draft(wanted, prepared, account))
    for page in ("overview", "campaigns", "reports", "bulk_upload", "compose"):
        test = front.open(page)
        test.session_state["open_campaign"] = 1
        sound(test.run())


def test_of_two_followed_launches_of_one_list_one_is_refused_and_its_page_says_so(front: Front, monkeypatch):
    monkeypatch.setattr(starting, "AT_ONCE", 0.05)
    pages = [drafted(front), drafted(front)]
    with sqlite3.connect(front.folder / "desk.db", isolation_level=None) as elsewhere:
        elsewhere.execute("BEGIN IMMEDIATE")
        for each in pages:
            press(each, "Send 3 messages")
        elsewhere.execute("ROLLBACK")
    for each in pages:
        wait_until(lambda each=each: not sound(each.run()).get("progress") or "Open campaign" in labels(each), 10)
    told = ["Open campaign" in labels(each) for each in pages]
    assert sorted(told) == [False, True] and len(front.desk.campaigns.list()) == 1
    refused = pages[told.index(False)]
    assert "Send to all 3 again" in labels(refused), "the draft is still there, and nothing of it was sent"
