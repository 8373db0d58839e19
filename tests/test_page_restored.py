"""Pages after a restore: the question, its three answers, what is missing, and why sending has stopped."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import pytest
import sqlalchemy as sa

import smscore
from pages.ui import session
from smscore import CampaignStatus
from smscore.engine import policy
from smscore.store import tables as t
from tests.deskwork import launch, statuses
from tests.front import front, labels, press, shown, sound, wait_until
from tests.restoring import copy_online, remove

__all__ = ["front"]


@pytest.fixture
def restored(front, tmp_path, monkeypatch):
    """Pages on a backup of mid-campaign, put back after all was sent; a later campaign is missing. An engine runs."""
    monkeypatch.setattr(policy, "VOUCH_SECONDS", 0.5)
    url = front.desk.settings.database_url
    campaign_id = launch(front.desk, 300)
    desk = front.desk
    assert smscore.start_engine(desk)
    slow(desk, 100)
    wait_until(lambda: 0 < statuses(desk, campaign_id)["queued"] < 300, 20)
    put_back = copy_online(url, tmp_path)
    slow(desk, 5000)
    front.ended(campaign_id)
    front.ended(launch(desk, 40))
    smscore.stop_engine()
    session.close_desks()
    put_back()
    assert smscore.start_engine(front.desk)
    front.campaign_id = campaign_id
    yield front
    smscore.stop_engine()


def slow(desk, rate: float) -> None:
    """Set the account's rate."""
    with desk.database.writing() as connection:
        connection.execute(sa.update(t.rate_gate).values(rate=rate, full_rate=rate, next_at=0))


def test_the_overview_tells_of_the_restore_and_takes_the_decision(restored):
    waiting = restored.desk.restores.find_undecided().questions[0].queued
    page = restored.open()
    assert "This database was restored from a backup" in shown(page)
    assert "Sent since the backup and missing here: 1 campaign, about 40 messages" in shown(page)
    assert f"Mark {waiting} as unknown, send 0" in labels(page)
    assert f"Send all {waiting} ({waiting} may get it twice)" in labels(page)
    page = press(page, "Mark ")
    assert "marked as unknown" in shown(page)
    campaign = restored.ended(restored.campaign_id)
    assert campaign.status is CampaignStatus.FINISHED and campaign.totals.unknown >= waiting
    page = press(page, "I've noted")
    assert "restored from a backup" not in shown(page) and restored.desk.restores.find_undecided() is None


def test_the_campaign_offers_three_decisions_in_the_place_of_resume(restored):
    page = restored.open("campaigns")
    session_state = page.session_state
    session_state["open_campaign"] = restored.campaign_id
    page = sound(page.run())
    assert "Nothing is sent until you decide" in shown(page)
    assert not [label for label in labels(page) if label.startswith("Resume")]
    page = press(page, "Cancel campaign")
    restored.ended(restored.campaign_id)
    assert statuses(restored.desk, restored.campaign_id)["cancelled"] == 0


def test_a_page_tells_that_the_database_is_gone_and_draws_nothing_else(front):
    assert smscore.start_engine(front.desk)
    url = front.desk.settings.database_url
    try:
        remove(front.folder / "desk.db")
        wait_until(lambda: smscore.get_engine_fault() is not None, 2)
        for name in ("overview", "campaigns", "reports", "settings"):
            page = front.open(name)
            assert "was deleted or replaced" in shown(page) and not page.dataframe
    finally:
        smscore.stop_engine()
        session.close_desks()
        with closing(sqlite3.connect(url.removeprefix("sqlite:///"))):
            pass
    assert smscore.get_engine_fault() is None, "an engine that was told to stop still counts as stopped by itself"


def test_a_database_that_cannot_be_made_is_a_sentence_on_every_page(front, monkeypatch):
    (front.folder / "file").write_text("")
    monkeypatch.setenv("SMSCORE_DATABASE_URL", f"sqlite:///{front.folder}/file/desk.db")
    for name in ("overview", "bulk_upload", "campaigns"):
        page = front.open(name)
        assert "can't be opened or created: Not a directory" in shown(page)


def test_a_journal_that_cannot_be_written_is_told_on_every_page(front, monkeypatch):
    session.close_desks()
    (front.folder / "file").write_text("")
    monkeypatch.setenv("SMSCORE_STATE_DIR", f"{front.folder}/file/state")
    with pytest.raises(smscore.StoreError):
        smscore.start_engine(front.desk)
    assert "SMSCORE_STATE_DIR" in shown(front.open())
    monkeypatch.setenv("SMSCORE_STATE_DIR", f"{front.folder}/state")
    session.close_desks()
    assert smscore.start_engine(front.desk)
    assert "SMSCORE_STATE_DIR" not in shown(front.open())
    smscore.stop_engine()
