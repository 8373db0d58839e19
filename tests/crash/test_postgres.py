"""Several workers on PostgreSQL: killed, frozen past their lease and woken, and the server itself stopped hard."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from smscore.engine.claims import GROUP_SECONDS
from smscore.engine.janitor import DEAD_AFTER
from tests.conftest import unavailable
from tests.crash.checker import faults_of
from tests.crash.driver import ALONE, Nursery, launch, scene
from tests.deskwork import rows, settled, statuses, wait_until
from tests.server import free_port

pytestmark = [pytest.mark.crash, pytest.mark.postgres]


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """Forks engines."""
    running = Nursery()
    yield running
    running.close()


def order_for(desk, stub) -> dict:
    """How to start a worker for a desk."""
    return {"database": desk.settings.database_url, "provider": stub.url, "settings": {"RATE": desk.settings.rate}}


def end(nursery: Nursery, *workers: int) -> None:
    """Stop workers in good order."""
    for pid in workers:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        nursery.wait(pid)


def test_a_worker_that_freezes_past_its_lease_and_wakes_texts_nobody_twice(nursery, postgres):
    with scene(postgres.fresh(), RATE=40) as (desk, stub):
        stub.latency = 0.2
        campaign_id = launch(desk, 1600, ALONE)
        frozen, killed, third = (nursery.start(**order_for(desk, stub)) for _ in range(3))
        wait_until(lambda: sum(stub.taken.values()) > 40)
        os.kill(frozen, signal.SIGSTOP)
        os.kill(killed, signal.SIGKILL)
        nursery.wait(killed)
        time.sleep(DEAD_AFTER + 8)
        os.kill(frozen, signal.SIGCONT)
        wait_until(lambda: desk.campaigns.get(campaign_id).ended, 90, lambda: statuses(desk, campaign_id))
        end(nursery, frozen, third)
        assert faults_of(desk, [campaign_id], stub.taken) == []
        assert statuses(desk, campaign_id)["unknown"] < 120
        assert most_in_a_second(desk, campaign_id) <= 40 + 3 * 8


def test_a_worker_that_dies_is_replaced_within_thirty_seconds(nursery, postgres):
    with scene(postgres.fresh(), RATE=20) as (desk, stub):
        campaign_id = launch(desk, 500, ALONE)
        first = nursery.start(**order_for(desk, stub))
        wait_until(lambda: sum(stub.taken.values()) > 20)
        second = nursery.start(**order_for(desk, stub))
        os.kill(first, signal.SIGKILL)
        nursery.wait(first)
        died = time.monotonic()
        time.sleep(0.5)  # what was on its way arrives
        sent = sum(stub.taken.values())
        wait_until(lambda: sum(stub.taken.values()) > sent, died + 30 - time.monotonic())
        assert time.monotonic() - died > 5, "the jobs of the dead were still those of the first"
        desk.campaigns.cancel(campaign_id, "the end of the test")
        end(nursery, second)
        settled(desk, campaign_id)
        assert faults_of(desk, [campaign_id], stub.taken) == []


def test_the_rate_is_held_across_workers_and_campaigns(nursery, postgres):
    """Never faster, by more than one group of claims; a busy machine may fall behind."""
    rate, people = 60, 300
    with scene(postgres.fresh(), RATE=rate) as (desk, stub):
        campaigns = [launch(desk, people, ALONE) for _ in range(3)]
        workers = [nursery.start(**order_for(desk, stub)) for _ in range(3)]
        wait_until(lambda: all(desk.campaigns.get(each).ended for each in campaigns), 90)
        end(nursery, *workers)
        assert faults_of(desk, campaigns, stub.taken) == []
        left = sorted(moment for each in campaigns for moment in submitted(desk, each))
        group = int(rate * GROUP_SECONDS)
        assert (len(left) - 3 * group) / (left[-1] - left[0]) <= rate
        assert len(left) / (left[-1] - left[0]) >= 0.5 * rate
        with desk.database.reading() as connection:
            senders = set(connection.scalars(sa.text("SELECT executor_id FROM dbos.workflow_status")))
        assert len(senders - {None}) > 1, "one worker sent everything"


def submitted(desk, campaign_id: int) -> list[float]:
    """When the campaign's recipients were submitted, in seconds since 1970."""
    return [row.submitted_at for row in rows(desk, campaign_id)]


def most_in_a_second(desk, campaign_id: int) -> int:
    """The largest number of recipients claimed within any one second."""
    with desk.database.reading() as connection:
        moments = sorted(
            connection.scalars(
                sa.text("SELECT submitted_at FROM recipient WHERE campaign_id = :id AND submitted_at IS NOT NULL"),
                {"id": campaign_id},
            )
        )
    return max(sum(1 for each in moments[n : n + 500] if each < moment + 1) for n, moment in enumerate(moments))


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[tuple[str, Callable[[], None]]]:
    """A PostgreSQL of this test alone: its URL, and what stops it as a power cut would and starts it again."""
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not folders or not shutil.which("su"):
        unavailable("no PostgreSQL programs here to make a server of")
    programs, place = folders[-1].parent, Path("/tmp") / f"smsdesk_cluster_{os.getpid()}"
    port = free_port()

    def run(order: str) -> None:
        who = [] if os.geteuid() else ["su", "postgres", "-s", "/bin/sh", "-c"]
        subprocess.run([*(who or ["sh", "-c"]), order], check=True, capture_output=True, cwd="/tmp")

    options = f"-c listen_addresses=127.0.0.1 -c port={port} -c unix_socket_directories={place}"
    start = f"{programs}/pg_ctl -D {place} -l {place}/log -o '{options}' -w start"
    run(f"{programs}/initdb -D {place} -U postgres -A trust")
    run(start)

    def stop_hard() -> None:
        run(f"{programs}/pg_ctl -D {place} -m immediate -w stop")
        time.sleep(2)
        run(start)

    yield f"postgresql://postgres@127.0.0.1:{port}/postgres", stop_hard
    run(f"{programs}/pg_ctl -D {place} -m immediate -w stop")
    shutil.rmtree(place, ignore_errors=True)


def test_a_server_stopped_hard_twice_costs_no_second_text(nursery, cluster):
    url, stop_hard = cluster
    with scene(url, RATE=100) as (desk, stub):
        stub.latency = 0.05
        campaign_id = launch(desk, 1200, ALONE)
        workers = [nursery.start(**order_for(desk, stub)) for _ in range(2)]
        for border in (150, 500):
            wait_until(lambda border=border: sum(stub.taken.values()) > border, 60)
            stop_hard()
        wait_until(lambda: ended(desk, campaign_id), 120, lambda: statuses(desk, campaign_id))
        end(nursery, *workers)
        assert faults_of(desk, [campaign_id], stub.taken) == []


def ended(desk, campaign_id: int) -> bool:
    """Whether the campaign has ended; its server may be away just now."""
    from smscore import StoreError

    with contextlib.suppress(StoreError):
        return desk.campaigns.get(campaign_id).ended
    return False
