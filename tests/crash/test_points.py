"""kill -9 at each point of the way, five times each, and at random times: nobody twice, nobody lost."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import time
from collections.abc import Iterator

import pytest

from tests.crash.child import POINTS
from tests.crash.driver import ALONE, Nursery, launch, random_deaths, scene, survive
from tests.deskwork import TEXT, rows, statuses, wait_until

pytestmark = pytest.mark.crash


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """Forks engines."""
    running = Nursery()
    yield running
    running.close()


@pytest.fixture
def database(blank_sqlite, tmp_path) -> str:
    """An empty database."""
    return f"sqlite:///{shutil.copy(blank_sqlite, tmp_path / 'desk.db')}"


ELSEWHERE = ("in_recovery", "in_reports", "in_migration")
ONCE = ("in_end", "in_launch", "after_launch")
"""Points that an engine passes once: each must die at the first time."""


@pytest.mark.parametrize("point", [point for point in POINTS if point not in ELSEWHERE])
def test_a_death_at_a_point_texts_nobody_twice_and_loses_nobody(nursery, database, point):
    """Five deaths: two of a campaign of bulk calls, three of one with a call for each."""
    for message, times in ((TEXT, (1, 2)), (ALONE, (1, 2, 3))):
        with scene(database, BATCH_SIZE=10) as (desk, stub):
            stub.latency = 0.01
            campaign_id = launch(desk, 120, message)
            deaths = [{"point": point, "nth": 1 if point in ONCE else nth} for nth in times]
            tally = survive(nursery, desk, stub, campaign_id, deaths)
            assert tally.faults == []
            assert tally.kills + tally.aside == len(times), "the campaign outran a death: the point was not reached"


def test_a_death_while_another_death_is_recovered_from(nursery, database):
    with scene(database, BATCH_SIZE=10) as (desk, stub):
        campaign_id = launch(desk, 120, ALONE)
        deaths = [{"point": point, "nth": 1} for point in ("before_send", *["in_recovery"] * 5)]
        tally = survive(nursery, desk, stub, campaign_id, deaths)
        assert tally.faults == []
        assert tally.kills + tally.aside == 6


def test_a_death_while_reports_are_applied_loses_no_report(nursery, database):
    with scene(database, BATCH_SIZE=10) as (desk, stub):
        campaign_id = launch(desk, 50)
        assert survive(nursery, desk, stub, campaign_id, []).faults == []
        reports = [
            {"messageId": row.message_id, "recipient": str(row.msisdn), "status": "DELIVRD"}
            for row in rows(desk, campaign_id)
        ]
        assert desk.delivery.store_callback("sms", json.dumps(reports).encode()) == 50
        order = {"database": desk.settings.database_url, "provider": stub.url}
        for nth in (1, 1, 1, 1, 1):
            assert nursery.wait(nursery.start(**order, point="in_reports", nth=nth)) == -signal.SIGKILL
        pid = nursery.start(**order)
        wait_until(lambda: desk.campaigns.get(campaign_id).totals.delivered == 50)
        os.kill(pid, signal.SIGTERM)
        assert nursery.wait(pid) == 0


def test_a_death_in_migration_leaves_a_database_that_migrates(nursery, tmp_path):
    url = f"sqlite:///{tmp_path / 'new.db'}"
    for _ in range(5):
        pid = nursery.start(database=url, provider="http://127.0.0.1:9", point="in_migration", nth=1)
        assert nursery.wait(pid) == -signal.SIGKILL
    with scene(url) as (desk, stub):
        assert survive(nursery, desk, stub, launch(desk, 20), []).faults == []


def test_an_orderly_stop_leaves_nobody_in_doubt(nursery, database):
    with scene(database, RATE=200) as (desk, stub):
        stub.latency = 0.05
        campaign_id = launch(desk, 500, ALONE)
        order = {"database": desk.settings.database_url, "provider": stub.url, "settings": {"RATE": 200}}
        for _ in range(3):
            seen = sum(stub.taken.values())
            pid = nursery.start(**order)
            wait_until(lambda seen=seen: sum(stub.taken.values()) > seen)
            os.kill(pid, signal.SIGTERM)
            assert nursery.wait(pid) == 0
            assert not statuses(desk, campaign_id)["submitting"]
        tally = survive(nursery, desk, stub, campaign_id, [])
        assert (tally.faults, tally.unknown) == ([], 0)


def test_a_full_disk_stops_sending_before_it_texts_anybody_unrecorded(nursery, database):
    with scene(database, BATCH_SIZE=10) as (desk, stub):
        campaign_id = launch(desk, 2000, ALONE)
        with desk.database.reading() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        order = {"database": desk.settings.database_url, "provider": stub.url, "max_pages": pages + 12}
        pid = nursery.start(**order)
        wait_until(lambda: stub.count)
        time.sleep(3)
        sent = stub.count
        time.sleep(1)
        assert stub.count == sent < 2000
        os.kill(pid, signal.SIGKILL)
        nursery.wait(pid)
        tally = survive(nursery, desk, stub, campaign_id, [])
        assert tally.faults == []


def test_deaths_at_random_times(nursery, database):
    chance = random.Random(4)
    with scene(database, BATCH_SIZE=10, RATE=150) as (desk, stub):
        campaign_id = launch(desk, 400, ALONE)
        tally = survive(nursery, desk, stub, campaign_id, random_deaths(chance, 8))
        assert tally.faults == []
        assert tally.kills >= 3


def test_only_deaths_amid_sending_are_counted(nursery, database):
    with scene(database, BATCH_SIZE=10) as (desk, stub):
        campaign_id = launch(desk, 60, ALONE)
        early = [{"point": "in_launch", "nth": 1}, {"point": "in_claim", "nth": 1}]
        tally = survive(nursery, desk, stub, campaign_id, [*early, {"point": "half_sent", "nth": 2}])
        assert (tally.kills, tally.of_one, tally.aside) == (1, 1, 2)
        assert survive(nursery, desk, stub, campaign_id, [{"seconds": 0.3}]).kills == 0
    with scene(database, BATCH_SIZE=10) as (desk, stub):
        tally = survive(nursery, desk, stub, launch(desk, 60, TEXT), [{"point": "half_sent", "nth": 2}])
        assert (tally.faults, tally.kills, tally.of_one) == ([], 1, 0)
