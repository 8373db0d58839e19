"""A backup that is put back: nobody is texted again before a person has decided."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

import smscore
from smscore import CampaignError, CampaignStatus, Kind, Message, Route, StoreError, store
from smscore.desk.launches import enqueue_nothing
from smscore.engine import policy
from smscore.store import tables as t
from tests.crash.checker import faults_of
from tests.deskwork import ACTOR, finished, launch, open_quick, paused, plan, rows, statuses, wait_until
from tests.restoring import copy_into, copy_online, dump, file_of, remove

OTP = Message(Kind.OTP, "ABCDEF", Route.OTP, "Your code is {code}")


@pytest.fixture
def place(fresh_database, tmp_path, provider, monkeypatch):
    """A database, its way of being copied, and desks on it."""
    monkeypatch.setattr(policy, "VOUCH_SECONDS", 1.2)
    opened = []

    class Place:
        url = fresh_database()
        copy = staticmethod(copy_online if url.startswith("sqlite") else dump)
        folder = tmp_path

        def open(self, **changes):
            """Another start of SMS Desk: a desk that knows nothing of the last one."""
            opened.append(open_quick(self.url, provider.url, STATE_DIR=tmp_path / "state", **changes))
            return opened[-1]

        def close(self):
            smscore.stop_engine()
            while opened:
                opened.pop().close()

    here = Place()
    yield here
    here.close()


@pytest.fixture
def restored(place, provider):
    """A desk on a backup of mid-campaign that was put back after the campaign had ended; no engine runs.

    Its campaign of 600 had 100 or more left to send when the backup was made."""
    provider.latency = 0.05
    desk = place.open(RATE=400, BATCH_SIZE=20)
    campaign_id = launch(desk, 600)
    assert smscore.start_engine(desk)
    wait_until(lambda: sum(provider.taken.values()) >= 60)
    put_back = place.copy(place.url, place.folder)
    provider.latency = 0.0
    finished(desk, campaign_id)
    assert sum(provider.taken.values()) == 600
    place.close()
    put_back()
    desk = place.open(RATE=2000, BATCH_SIZE=20)
    assert statuses(desk, campaign_id)["queued"] >= 100
    assert smscore.start_engine(desk)
    desk.mine = campaign_id
    return desk


def question(desk):
    """The one open question."""
    (asked,) = desk.restores.find_undecided().questions
    return asked


def test_nothing_is_sent_from_a_restored_database_before_a_person_decides(restored, provider):
    campaign = restored.campaigns.get(restored.mine)
    assert campaign.status is CampaignStatus.PAUSED and campaign.reason in store.RESTORED
    assert "restored" in str(campaign.explanation) and "messages may have been sent since" in str(campaign.explanation)
    with pytest.raises(CampaignError, match="backed up") as refused:
        restored.campaigns.resume(restored.mine, ACTOR)
    assert refused.value.code == "restored_undecided"
    time.sleep(0.5)
    assert sum(provider.taken.values()) == 600


def test_those_of_the_gap_become_unknown_and_the_rest_goes_on(restored, provider):
    asked = question(restored)
    assert asked.exact is restored.database.sqlite
    assert asked.people == asked.queued == statuses(restored, restored.mine)["queued"]
    restored.restores.decide(restored.mine, "unknown", ACTOR)
    campaign = finished(restored, restored.mine)
    assert set(provider.taken.values()) == {1} and len(provider.taken) == 600
    assert campaign.totals.unknown >= asked.people and not restored.restores.find_undecided()
    assert faults_of(restored, [restored.mine], provider.taken) == []
    note = restored.read_activity().iloc[0]
    assert (note.actor, note.act, note.campaign) == (ACTOR, "restored_unknown", restored.mine)


def test_a_person_may_send_to_everybody_all_the_same(restored, provider):
    waiting = question(restored).queued
    restored.restores.decide(restored.mine, "continue", ACTOR)
    finished(restored, restored.mine)
    assert sum(provider.taken.values()) == 600 + waiting


def test_after_cancel_nobody_of_the_gap_can_be_retried(restored, provider):
    restored.campaigns.cancel(restored.mine, ACTOR)
    assert statuses(restored, restored.mine)["cancelled"] == 0
    assert not any(restored.retries.count_by_status(restored.mine).values())
    assert sum(provider.taken.values()) == 600


def test_of_two_who_decide_one_wins(restored, provider):
    restored.restores.decide(restored.mine, "unknown", ACTOR)
    with pytest.raises(CampaignError) as second:
        restored.restores.decide(restored.mine, "continue", ACTOR)
    assert second.value.code == "nothing_to_decide"
    finished(restored, restored.mine)
    assert set(provider.taken.values()) == {1}


def test_the_question_is_asked_once_and_outlives_restarts(restored, place, provider):
    first = question(restored)
    for _ in range(2):
        place.close()
        desk = place.open()
        assert smscore.start_engine(desk)
        assert question(desk) == first
    desk.restores.decide(restored.mine, "unknown", ACTOR)
    finished(desk, restored.mine)
    place.close()
    desk = place.open()
    assert smscore.start_engine(desk)
    assert desk.restores.find_undecided() is None
    assert set(provider.taken.values()) == {1}


def test_a_campaign_launched_after_the_backup_is_named_and_not_sent_again(place, provider):
    desk = place.open()
    assert smscore.start_engine(desk)
    finished(desk, launch(desk, 5))
    put_back = place.copy(place.url, place.folder)
    later = plan(30)
    finished(desk, desk.launches.launch(later, ACTOR))
    place.close()
    put_back()
    desk = place.open()
    with pytest.raises(CampaignError) as refused:
        desk.launches.launch(later, ACTOR)
    assert refused.value.code == "sent_before_restore" and "30 messages" in str(refused.value)
    assert smscore.start_engine(desk)
    (lost,) = desk.restores.find_undecided().lost
    assert lost.people == 30
    time.sleep(0.3)
    assert sum(provider.taken.values()) == 35
    with pytest.raises(CampaignError, match="lost, so it isn't known who they are"):
        launch(desk, 4, allow_repeat=False)
    desk.restores.note_lost(ACTOR)
    assert desk.restores.find_undecided() is None
    with pytest.raises(CampaignError, match="a database that is gone"):
        desk.launches.launch(later, ACTOR)


def test_a_restored_one_time_password_is_unknown_and_never_cancelled(place, provider):
    desk = place.open()
    assert smscore.start_engine(desk)
    finished(desk, launch(desk, 3))
    smscore.stop_engine()
    wanted = plan(1, OTP)
    prepared = desk.launches.prepare(wanted.message, wanted.audience)
    campaign_id = desk.launches.record(wanted, prepared, ACTOR, enqueue_nothing)
    put_back = place.copy(place.url, place.folder)
    assert smscore.start_engine(desk)
    finished(desk, launch(desk, 3))
    place.close()
    put_back()
    desk = place.open()
    assert smscore.start_engine(desk)
    assert statuses(desk, campaign_id) == {"unknown": 1}
    assert desk.campaigns.get(campaign_id).status is CampaignStatus.FINISHED


@pytest.mark.slow
def test_an_unchanged_database_asks_nothing_however_often_it_is_started_and_killed(place, provider):
    desk = place.open(RATE=100, BATCH_SIZE=5)
    campaign_id = launch(desk, 60)
    for _ in range(3):
        assert smscore.start_engine(desk)
        time.sleep(0.15)
        place.close()
        desk = place.open(RATE=100, BATCH_SIZE=5)
    assert smscore.start_engine(desk)
    finished(desk, campaign_id)
    assert desk.restores.find_undecided() is None
    assert set(provider.taken.values()) == {1}


def test_without_a_journal_a_desk_that_was_sending_asks(place, provider):
    desk = place.open(RATE=100, BATCH_SIZE=5)
    campaign_id = launch(desk, 60)
    assert smscore.start_engine(desk)
    wait_until(lambda: provider.taken)
    place.close()
    shutil.rmtree(place.folder / "state")
    desk = place.open()
    assert smscore.start_engine(desk)
    campaign = paused(desk, campaign_id)
    assert campaign.reason == "restored_unsure"
    waiting = statuses(desk, campaign_id)["queued"]
    assert question(desk).people == waiting
    desk.restores.decide(campaign_id, "continue", ACTOR)
    assert finished(desk, campaign_id).totals.accepted == 60
    assert set(provider.taken.values()) == {1}


def test_a_journal_that_cannot_be_written_keeps_the_engine_from_starting(fresh_database, provider, tmp_path):
    (tmp_path / "file").write_text("")
    desk = open_quick(fresh_database(), provider.url, STATE_DIR=tmp_path / "file" / "state")
    launching = pytest.raises(StoreError, match="can't be written")
    with launching as refused:
        smscore.start_engine(desk)
    assert refused.value.code == "journal_unwritable"
    desk.close()
    assert not provider.taken


def test_a_running_campaign_that_stood_still_asks_and_plain_resume_answers(place, provider, monkeypatch):
    desk = place.open(RATE=50, BATCH_SIZE=5)
    campaign_id = launch(desk, 40)
    assert smscore.start_engine(desk)
    wait_until(lambda: provider.taken)
    place.close()
    sent = sum(provider.taken.values())
    desk = place.open()
    with desk.database.writing() as connection:
        connection.execute(sa.update(t.desk_state).values(seen_at=t.desk_state.c.seen_at - policy.STANDSTILL - 60))
    assert smscore.start_engine(desk)
    campaign = paused(desk, campaign_id)
    assert campaign.reason == "standstill" and "stood still from" in str(campaign.explanation)
    assert sum(provider.taken.values()) == sent
    desk.campaigns.resume(campaign_id, ACTOR)
    assert finished(desk, campaign_id).totals.accepted == 40
    assert set(provider.taken.values()) == {1}


@pytest.mark.slow
def test_a_computer_that_slept_asks_before_it_sends_on(place, provider):
    provider.latency = 0.02
    desk = place.open(RATE=60, BATCH_SIZE=5)
    campaign_id = launch(desk, 200)
    assert smscore.start_engine(desk)
    wait_until(lambda: provider.taken)
    with desk.database.writing() as connection:
        connection.execute(sa.update(t.desk_state).values(seen_at=t.desk_state.c.seen_at - policy.STANDSTILL - 60))
    campaign = paused(desk, campaign_id)
    assert campaign.reason == "standstill"
    assert statuses(desk, campaign_id)["queued"] > 0
    desk.campaigns.resume(campaign_id, ACTOR)
    finished(desk, campaign_id)
    assert set(provider.taken.values()) == {1}


# ---------------------------------------------------------------- under a running engine


@pytest.fixture
def sqlite_place(place):
    """The same on SQLite only."""
    if not place.url.startswith("sqlite"):
        pytest.skip("files are SQLite's")
    return place


@pytest.mark.parametrize("replaced", [False, True])
def test_a_database_file_that_is_deleted_or_replaced_stops_the_engine_within_a_second(sqlite_place, provider, replaced):
    desk = sqlite_place.open(RATE=100, BATCH_SIZE=5)
    later = plan(500)
    desk.launches.launch(later, ACTOR)
    assert smscore.start_engine(desk)
    wait_until(lambda: provider.taken)
    put_back = copy_online(sqlite_place.url, sqlite_place.folder)
    seen = sum(provider.taken.values())
    wait_until(lambda: sum(provider.taken.values()) > seen + 20)
    if replaced:
        put_back()
    else:
        remove(file_of(sqlite_place.url))
    time.sleep(1.0)
    sent = sum(provider.taken.values())
    assert smscore.get_engine_fault().code == "database_replaced"
    time.sleep(0.5)
    assert sum(provider.taken.values()) == sent < 300
    with pytest.raises(StoreError, match="deleted or replaced"):
        desk.campaigns.list()
    sqlite_place.close()
    desk = sqlite_place.open(RATE=2000)
    if replaced:
        assert smscore.start_engine(desk)
        assert question(desk).people >= 20
    else:
        with pytest.raises(CampaignError, match="a database that is gone"):
            desk.launches.launch(later, ACTOR)
        with pytest.raises(CampaignError, match="Messages were sent from another database"):
            launch(desk, 3)
        desk.restores.begin_anew(ACTOR)
        assert smscore.start_engine(desk)
        finished(desk, launch(desk, 3))
    assert sum(provider.taken.values()) == sent + (0 if replaced else 3)
    assert set(provider.taken.values()) == {1}


@pytest.mark.slow
def test_a_copy_that_is_restored_into_the_open_file_stops_the_campaign_and_asks(sqlite_place, provider):
    desk = sqlite_place.open(RATE=200, BATCH_SIZE=5)
    campaign_id = launch(desk, 600)
    assert smscore.start_engine(desk)
    wait_until(lambda: sum(provider.taken.values()) > 30)
    put_back = copy_into(sqlite_place.url, sqlite_place.folder)
    seen = sum(provider.taken.values())
    wait_until(lambda: sum(provider.taken.values()) > seen + 60)
    put_back()
    # Calls that were under way when the copy was made are doubted later, or with the decision.
    wait_until(lambda: desk.campaigns.get(campaign_id).reason in store.RESTORED)
    desk.restores.decide(campaign_id, "unknown", ACTOR)
    finished(desk, campaign_id)
    assert set(provider.taken.values()) == {1}
    assert faults_of(desk, [campaign_id], provider.taken) == []


# ---------------------------------------------------------------- files


def test_files_are_for_their_owner_alone_whatever_the_umask(provider, tmp_path):
    before = os.umask(0)
    try:
        desk = open_quick(f"sqlite:///{tmp_path}/made/desk.db", provider.url, STATE_DIR=tmp_path / "state")
        assert smscore.start_engine(desk)
        finished(desk, launch(desk, 3))
        found = [path for path in (*(tmp_path / "made").iterdir(), *(tmp_path / "state").rglob("*")) if path.is_file()]
        assert {path.stat().st_mode & 0o777 for path in found} == {0o600}, found
        assert {"desk.db", "desk.db-wal", "desk.db-shm", "desk.db.engine.lock", "beat"} <= {path.name for path in found}
        smscore.stop_engine()
        desk.close()
    finally:
        os.umask(before)


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="can't be opened or created") as refused:
        open_quick(f"sqlite:///{tmp_path}/file/desk.db", "http://127.0.0.1:9")
    assert refused.value.code == "database_file"
    assert "Not a directory" in str(refused.value)


def test_the_journal_holds_no_number_and_no_text(place, provider):
    desk = place.open()
    assert smscore.start_engine(desk)
    campaign_id = finished(desk, launch(desk, 20)).id
    journal = b"".join(path.read_bytes() for path in Path(place.folder / "state").rglob("*") if path.is_file())
    assert journal.count(b"\n") >= 1
    for row in rows(desk, campaign_id):
        assert str(row.msisdn).encode() not in journal
    assert b"Your table" not in journal
