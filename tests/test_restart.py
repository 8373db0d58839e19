"""Engines that start, stop and start again, each on a database of its own."""

from __future__ import annotations

import threading

import pytest
from dbos._utils import INTERNAL_QUEUE_NAME

import smscore
from smscore.engine import jobs, policy
from smscore.store import Database
from tests.deskwork import TEXT, finished, launch, open_quick, paused, rows, statuses, wait_until


def test_a_campaign_goes_on_where_the_last_engine_stopped(desk, provider):
    provider.latency = 0.05
    assert smscore.start_engine(desk)
    assert not smscore.start_engine(desk), "one engine a process"
    campaign_id = launch(desk, 2000)
    wait_until(lambda: provider.taken)
    smscore.stop_engine()
    left = statuses(desk, campaign_id)
    assert left["submitting"] == left["unknown"] == 0
    assert 0 < left["queued"] < 2000
    assert not desk.campaigns.get_progress(campaign_id).engine_alive
    assert smscore.start_engine(desk)
    assert finished(desk, campaign_id).totals.accepted == 2000
    assert set(provider.taken.values()) == {1}


@pytest.mark.slow
def test_an_unreachable_provider_pauses_after_ten_tries_and_nothing_was_sent(fresh_database, provider, monkeypatch):
    monkeypatch.setattr(policy, "LONGEST_BACK_OFF", 0.01)
    desk = open_quick(fresh_database(), "http://127.0.0.1:9")
    assert smscore.start_engine(desk)
    campaign_id = launch(desk, 30)
    assert paused(desk, campaign_id, 30).reason == "unreachable"
    assert statuses(desk, campaign_id) == {"queued": 30}
    assert {row.attempts for row in rows(desk, campaign_id)} == {10}
    smscore.stop_engine()
    desk.close()


def test_a_new_engine_listens_for_jobs_from_its_first_round(desk):
    """DBOS starts its own listener and ours in one round; a queue that it finds only later would cost a second."""
    assert smscore.start_engine(desk)
    wait_until(lambda: f"queue-worker-{INTERNAL_QUEUE_NAME}" in listeners())
    assert {f"queue-worker-{name}" for name in (jobs.CONTROL_QUEUE, jobs.CHUNK_QUEUE)} <= listeners()


def listeners() -> set[str]:
    return {thread.name for thread in threading.enumerate()}


def test_a_role_that_only_shows_pages_sends_nothing(fresh_database, provider):
    desk = open_quick(fresh_database(), provider.url, ROLE="web")
    assert not smscore.start_engine(desk)
    launch(desk, 3, TEXT)
    assert not provider.taken
    desk.close()


@pytest.mark.slow
def test_answers_are_kept_while_the_database_is_away(desk, provider, monkeypatch):
    """Every commit of the engine fails for a while after the calls have left; nobody becomes unknown."""
    provider.latency = 0.3
    assert smscore.start_engine(desk)
    campaign_id = launch(desk, 100)
    wait_until(lambda: provider.taken)
    real, failed = Database.writing, []

    def away(database):
        if len(failed) < 3:
            failed.append(1)
            raise smscore.StoreError("database_unreachable", note="gone")
        return real(database)

    monkeypatch.setattr(Database, "writing", away)
    wait_until(lambda: len(failed) == 3)
    monkeypatch.undo()
    campaign = finished(desk, campaign_id)
    assert (campaign.totals.accepted, campaign.totals.unknown) == (100, 0)
