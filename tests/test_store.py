"""The store: conditional updates that two can race for, the gate, and what is counted."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Thread

import pytest
import sqlalchemy as sa

from smscore import RecipientStatus, StoreError, store
from smscore.store import CallRecord, Chunk, Database, Result
from smscore.store import tables as t
from smscore.store.bulk_insert import insert_new
from smscore.store.draft_rows import pack_table, unpack_table
from tests.deskwork import launch, rows, statuses


def running(desk, recipients: int) -> Chunk:
    """The one chunk of a campaign of so many that runs."""
    campaign_id = launch(desk, recipients)
    with desk.database.writing() as connection:
        store.set_running(connection, campaign_id, 1, time.time())
        return store.find_chunk(connection, campaign_id, 0, 1)


@pytest.fixture
def chunk(desk) -> Chunk:
    """The one chunk of a campaign of six that runs."""
    return running(desk, 6)


def claim(desk, chunk: Chunk, token: str):
    """Claim everything that is queued."""
    with desk.database.writing() as connection:
        runs = store.find_next_queued(connection, chunk, 0, 100, False, 100).spans
        return store.claim(connection, chunk, runs, token, time.time())


def record(desk, chunk: Chunk, call_id: str, *results: Result) -> None:
    """Write down a call's outcome."""
    with desk.database.writing() as connection:
        call = CallRecord(call_id, time.time(), "answered", "", "", 200)
        store.record(connection, chunk.campaign_id, [(call, results)], time.time())


def test_of_many_who_claim_one_gets_each_recipient(desk, chunk):
    with ThreadPoolExecutor(6) as workers:
        taken = list(workers.map(lambda n: claim(desk, chunk, f"w{n}"), range(6)))
    assert sorted(seq for calls in taken for call in calls for seq in call.seqs) == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("missing", [(), (0,), (5,), (2, 3), (1, 2, 4), (0, 1, 2, 3, 4, 5)])
def test_what_is_queued_is_cut_into_calls_whether_or_not_somebody_between_is_gone(desk, chunk, missing):
    with desk.database.writing() as connection:
        gone = t.recipient.c.campaign_id == chunk.campaign_id, t.recipient.c.seq.in_(missing)
        connection.execute(sa.update(t.recipient).where(*gone).values(status="opted_out"))
        runs = store.find_next_queued(connection, chunk, 0, 100, False, 2).spans
        claimed = store.claim(connection, chunk, runs, "all", time.time())
    left = [seq for seq in range(6) if seq not in missing]
    assert [call.seqs for call in claimed] == [tuple(left[at : at + 2]) for at in range(0, len(left), 2)]


def test_nothing_is_claimed_for_a_campaign_that_is_paused_or_runs_anew(desk, chunk):
    with desk.database.writing() as connection:
        store.pause(connection, chunk.campaign_id, time.time(), "paused_by_operator")
    assert claim(desk, chunk, "late") == ()
    with desk.database.writing() as connection:
        assert store.start_again(connection, chunk.campaign_id, time.time()) == 2
        store.set_running(connection, chunk.campaign_id, 2, time.time())
    assert claim(desk, chunk, "older run") == ()
    assert statuses(desk, chunk.campaign_id) == {"queued": 6}


def test_only_the_call_that_submitted_a_recipient_may_write_its_outcome(desk, chunk):
    (call,) = claim(desk, chunk, "mine")
    record(desk, chunk, "another", Result(0, RecipientStatus.ACCEPTED, "x:1"))
    assert statuses(desk, chunk.campaign_id) == {"submitting": 6}
    record(desk, chunk, call.call_id, *[Result(n, RecipientStatus.ACCEPTED, f"x:{n + 1}") for n in range(6)])
    assert [row.message_id for row in rows(desk, chunk.campaign_id)] == [f"x:{n}" for n in range(1, 7)]
    record(desk, chunk, call.call_id, Result(0, RecipientStatus.QUEUED))
    assert statuses(desk, chunk.campaign_id) == {"accepted": 6}


def test_a_late_answer_still_lands_on_the_doubted_but_never_queues_them_again(desk, chunk):
    (call,) = claim(desk, chunk, "mine")
    with desk.database.writing() as connection:
        assert store.doubt_interrupted(connection, chunk, time.time(), [call.call_id]) == 0
        assert store.doubt_interrupted(connection, chunk, time.time(), before=1.0) == 0
        assert store.doubt_interrupted(connection, chunk, time.time()) == 6
    record(desk, chunk, call.call_id, Result(0, RecipientStatus.QUEUED), Result(1, RecipientStatus.ACCEPTED, "x:2"))
    record(desk, chunk, call.call_id, *[Result(n, RecipientStatus.ACCEPTED, f"y:{n - 1}") for n in (2, 3)])
    found = [(row.status, row.reason) for row in rows(desk, chunk.campaign_id)]
    assert found == [("unknown", "interrupted"), *[("accepted", "")] * 3, *[("unknown", "interrupted")] * 2]


def set_status(desk, chunk: Chunk, status: str, *seqs: int) -> None:
    """As nothing in the product would do it."""
    with desk.database.writing() as connection:
        here = t.recipient.c.campaign_id == chunk.campaign_id, t.recipient.c.seq.in_(seqs)
        connection.execute(sa.update(t.recipient).where(*here).values(status=status))


def attempts(desk, chunk: Chunk, seq: int) -> list[tuple]:
    """The ledger's lines for one recipient: call, texted."""
    (table,) = store.read_ledger(desk.database, chunk.campaign_id)
    phone = f"+{rows(desk, chunk.campaign_id)[seq].msisdn}"
    return [(line["call_id"], line["texted"]) for line in table.to_pylist() if line["phone"] == phone]


def test_the_ledger_tells_whom_a_call_over_a_gap_held(desk, chunk):
    given_back = [Result(n, RecipientStatus.QUEUED) for n in range(6)]
    (first,) = claim(desk, chunk, "first")
    record(desk, chunk, first.call_id, *given_back)
    set_status(desk, chunk, "opted_out", 2, 3)
    (second,) = claim(desk, chunk, "second")
    record(desk, chunk, second.call_id, *[given_back[n] for n in second.seqs])
    set_status(desk, chunk, "queued", 2, 3)
    (third,) = claim(desk, chunk, "third")
    record(desk, chunk, third.call_id, *[Result(n, RecipientStatus.ACCEPTED, f"x:{n}") for n in range(6)])
    assert attempts(desk, chunk, 2) == [(first.call_id, "no"), (third.call_id, "yes")]
    assert attempts(desk, chunk, 4) == [(first.call_id, "no"), (second.call_id, "no"), (third.call_id, "yes")]


def test_the_ledger_would_show_a_second_text(desk, chunk, tmp_path):
    """Two who were accepted are queued again, and the call of one is forgotten: both stand out."""
    for token in ("first", "second"):
        for call in claim(desk, chunk, token):
            record(desk, chunk, call.call_id, *[Result(n, RecipientStatus.ACCEPTED, f"{token}{n}") for n in call.seqs])
        set_status(desk, chunk, "queued", *((0, 1) if token == "first" else ()))
    assert [texted for _, texted in attempts(desk, chunk, 0)] == ["maybe", "yes"]
    with desk.database.writing() as connection:
        connection.execute(sa.delete(t.call).where(t.call.c.id.startswith("first")))
    assert attempts(desk, chunk, 1)[0] == (None, "maybe")
    assert desk.results.save_ledger(chunk.campaign_id, tmp_path / "ledger.csv").twice == 2


def test_a_late_answer_overrules_no_decision_of_a_person_but_by_the_news_that_it_was_accepted(desk, chunk):
    (call,) = claim(desk, chunk, "mine")
    with desk.database.writing() as connection:
        store.doubt_interrupted(connection, chunk, time.time())
        assert store.decide_unknown(connection, chunk.campaign_id, [0, 1, 2], False, time.time()) == 3
    refused = Result(0, RecipientStatus.REFUSED, None, "refused_by_provider", "barred")
    ambiguous = Result(2, RecipientStatus.ACCEPTED, "x:3", "same_id")
    record(desk, chunk, call.call_id, refused, Result(1, RecipientStatus.ACCEPTED, "x:2"), ambiguous)
    found = [(row.status, row.reason) for row in rows(desk, chunk.campaign_id)]
    assert found[:3] == [("unknown", "decided_again"), ("accepted", ""), ("accepted", "same_id")]


def test_what_changes_while_a_chunk_is_counted_marks_it_again(desk, chunk):
    if desk.database.sqlite:
        pytest.skip("SQLite lets nobody else write meanwhile")
    (call,) = claim(desk, chunk, "mine")
    record(desk, chunk, call.call_id, *[Result(n, RecipientStatus.ACCEPTED, f"x:{n + 1}") for n in range(6)])
    reports: list[Thread] = []

    def report() -> None:
        with desk.database.writing() as connection:
            one = t.recipient.c.campaign_id == chunk.campaign_id, t.recipient.c.seq == 0
            connection.execute(sa.update(t.recipient).where(*one).values(status="delivered"))
            connection.execute(sa.update(t.chunk).where(t.chunk.c.campaign_id == chunk.campaign_id).values(dirty=1))

    def meanwhile(_connection, _cursor, statement: str, *_) -> None:
        if "GROUP BY status" in statement and not reports:
            reports.append(Thread(target=report))
            reports[0].start()
            reports[0].join(0.5)

    sa.event.listen(desk.database.engine, "after_cursor_execute", meanwhile)
    with desk.database.writing() as connection:
        store.recount(connection, chunk)
    reports[0].join()
    with desk.database.reading() as connection:
        mine = t.chunk.c.campaign_id == chunk.campaign_id
        dirty, delivered = connection.execute(sa.select(t.chunk.c.dirty, t.chunk.c.delivered).where(mine)).one()
    assert (dirty, delivered) == (1, 0) and statuses(desk, chunk.campaign_id)["delivered"] == 1


def test_the_last_chunk_closed_finishes_the_campaign(desk, chunk):
    (call,) = claim(desk, chunk, "mine")
    with desk.database.writing() as connection:
        assert not store.end_chunk(connection, chunk, time.time())
    record(desk, chunk, call.call_id, *[Result(n, RecipientStatus.REFUSED, None, "whole_refused") for n in range(6)])
    with desk.database.writing() as connection:
        assert store.end_chunk(connection, chunk, time.time())
    campaign = desk.campaigns.get(chunk.campaign_id)
    assert (str(campaign.status), campaign.totals.refused) == ("finished", 6)


def test_turns_of_an_account_never_overlap(desk):
    with desk.database.writing() as connection:
        store.set_rate(connection, "acc", 1000.0)

    def turn(_: int) -> float:
        with desk.database.writing() as connection:
            return time.time() + store.reserve_slot(connection, "acc", 50).wait

    with ThreadPoolExecutor(4) as workers:
        turns = sorted(workers.map(turn, range(12)))
    assert turns[-1] - turns[0] > 11 * 0.05 - 0.03


def test_a_turn_given_back_is_the_next_ones_unless_a_later_one_was_given(desk):
    with desk.database.writing() as connection:
        store.set_rate(connection, "acc", 100.0)
        store.set_rate(connection, "other", 100.0)
        first, unused, later = (store.reserve_slot(connection, "acc", 200) for _ in range(3))
        store.give_back_slot(connection, unused)
        after = store.reserve_slot(connection, "acc", 200)
        assert after.begin == pytest.approx(later.end)
        store.give_back_slot(connection, after)
        assert store.reserve_slot(connection, "acc", 200).begin == pytest.approx(later.end)
        assert store.reserve_slot(connection, "other", 1).wait <= 0
    assert first.wait <= 0 < unused.wait


@pytest.fixture
def crowd(desk) -> Chunk:
    """The one chunk of a campaign of sixty that runs."""
    return running(desk, 60)


IDS = {
    "numbered": lambda n: f"call:{n + 1}",
    "of one length": lambda n: f"{n * 7919:08x}",
    "of any length": lambda n: "x" * (n % 13 + 1) + str(n),
    "of any script": lambda n: f"{'संदेश' if n % 2 else 'é'}-{n}",
    "with spaces inside": lambda n: f"a  b {n}",
}


@pytest.mark.parametrize("id_of", IDS.values(), ids=IDS)
def test_everyone_of_a_large_call_gets_the_id_that_the_answer_names_for_them(desk, crowd, id_of):
    (call,) = claim(desk, crowd, "mine")
    record(desk, crowd, call.call_id, *[Result(n, RecipientStatus.ACCEPTED, id_of(n)) for n in reversed(range(60))])
    found = [(row.status, row.message_id, row.reason) for row in rows(desk, crowd.campaign_id)]
    assert found == [("accepted", id_of(n), "") for n in range(60)]


def test_the_refused_the_unnamed_and_those_of_other_calls_are_told_apart_within_a_large_call(desk, crowd):
    with desk.database.writing() as connection:
        elsewhere = t.recipient.c.campaign_id == crowd.campaign_id, t.recipient.c.seq.in_((0, 30, 59))
        connection.execute(sa.update(t.recipient).where(*elsewhere).values(status="submitting", call_id="another"))
    (call,) = claim(desk, crowd, "mine")
    results = [Result(n, RecipientStatus.ACCEPTED, f"id{n}") for n in call.seqs if n not in (5, 6, 7)]
    results += [Result(5, RecipientStatus.REFUSED, None, "refused_by_provider", "barred")]
    results += [Result(6, RecipientStatus.UNKNOWN, None, "not_named")]
    results += [Result(7, RecipientStatus.ACCEPTED, "id7", "same_id")]
    record(desk, crowd, call.call_id, *results)
    found = {row.seq: (row.status, row.message_id, row.reason) for row in rows(desk, crowd.campaign_id)}
    assert [found.pop(n) for n in (0, 30, 59)] == [("submitting", None, "")] * 3
    assert found.pop(5) == ("refused", None, "refused_by_provider")
    assert found.pop(6) == ("unknown", None, "not_named")
    assert found.pop(7) == ("accepted", "id7", "same_id")
    assert found == {n: ("accepted", f"id{n}", "") for n in found} and len(found) == 54


def test_a_large_call_whose_recipients_were_doubted_or_decided_meanwhile_undoes_nothing(desk, crowd):
    (call,) = claim(desk, crowd, "mine")
    with desk.database.writing() as connection:
        mine = t.recipient.c.campaign_id == crowd.campaign_id
        connection.execute(sa.update(t.recipient).where(mine, t.recipient.c.seq < 10).values(status="delivered"))
        assert store.doubt_interrupted(connection, crowd, time.time()) == 50
    record(desk, crowd, call.call_id, *[Result(n, RecipientStatus.ACCEPTED, f"late{n}") for n in range(60)])
    found = [(row.status, row.message_id) for row in rows(desk, crowd.campaign_id)]
    assert found == [("delivered", None)] * 10 + [("accepted", f"late{n}") for n in range(10, 60)]


def test_only_new_rows_are_counted_as_new(desk):
    lines = [{"name": name, "actor": "a", "added_at": 1.0} for name in ("ABCDEF", "GHIJKL")]
    with desk.database.writing() as connection:
        assert insert_new(connection, t.sender, lines) == 2
        assert insert_new(connection, t.sender, [*lines, {"name": "MNOPQR", "actor": "a", "added_at": 1.0}]) == 1


def test_a_write_that_fails_leaves_nothing(desk):
    with pytest.raises(ZeroDivisionError), desk.database.writing() as connection:
        connection.execute(sa.insert(t.sender).values(name="ABCDEF", actor="a", added_at=1.0))
        raise ZeroDivisionError
    assert desk.senders.list() == ()


def test_migrating_again_does_nothing(desk):
    assert store.migrate(desk.database) is False


def test_packed_contacts_come_back_whole(desk):
    from tests.deskwork import people

    contacts = people(5).tables.contacts
    assert unpack_table(pack_table(contacts)).equals(contacts)


def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path):
    path = tmp_path / "desk.db"
    path.write_bytes(b"people.csv, not a database at all\n" * 200)
    before = path.read_bytes()
    with pytest.raises(StoreError) as refused:
        store.migrate(Database(f"sqlite:///{path}"))
    assert refused.value.code == "database_damaged"
    assert path.read_bytes() == before
