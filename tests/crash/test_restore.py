"""Restored backups on both databases, in calls of one and of many, and an engine that does not look: it must fail."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator

import pytest

from tests.crash.driver import Nursery
from tests.crash.restoring import WAYS, Restore
from tests.restoring import copy_into, copy_online, dump
from tests.stub_provider import Stub

pytestmark = pytest.mark.crash


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """Forks engines."""
    running = Nursery()
    yield running
    running.close()


@pytest.fixture
def stub() -> Iterator[Stub]:
    """A provider that keeps the truth."""
    with Stub() as running:
        running.latency = 0.01
        yield running


@pytest.fixture
def sqlite(blank_sqlite, tmp_path) -> str:
    """An empty database in a folder of its own."""
    (tmp_path / "data").mkdir()
    return f"sqlite:///{shutil.copy(blank_sqlite, tmp_path / 'data' / 'desk.db')}"


@pytest.mark.parametrize("alone", [True, False], ids=["one", "many"])
@pytest.mark.parametrize("way", WAYS["sqlite"])
def test_a_restored_file_texts_nobody_twice(nursery, sqlite, stub, way, alone):
    tally = Restore(nursery, sqlite, stub, random.Random(way), alone=alone).run(WAYS["sqlite"][way])
    assert (tally.faults, tally.twice, tally.lost) == ([], 0, 0)
    assert tally.kills == 2, "a kill did not fall amid sending"


@pytest.mark.postgres
@pytest.mark.parametrize("alone", [True, False], ids=["one", "many"])
@pytest.mark.parametrize("way", WAYS["postgres"])
def test_a_restored_server_texts_nobody_twice(nursery, postgres, stub, way, alone):
    run = Restore(nursery, postgres.fresh(), stub, random.Random(way), alone=alone)
    tally = run.run(WAYS["postgres"][way], times=1)
    assert (tally.faults, tally.twice, tally.lost) == ([], 0, 0)
    assert tally.kills == 1, "the kill did not fall amid sending"


@pytest.mark.parametrize("alone", [True, False], ids=["one", "many"])
def test_a_file_restored_under_a_living_engine_texts_nobody_twice(nursery, sqlite, stub, alone):
    run = Restore(nursery, sqlite, stub, random.Random(7), alone=alone, living=True)
    tally = run.run(copy_into)
    assert (tally.faults, tally.twice, tally.lost) == ([], 0, 0)
    assert tally.kills == 2


@pytest.mark.postgres
def test_a_server_restored_under_a_living_engine_texts_nobody_twice(nursery, postgres, stub):
    run = Restore(nursery, postgres.fresh(), stub, random.Random(8), alone=True, living=True)
    tally = run.run(dump, times=1)
    assert (tally.faults, tally.twice, tally.lost) == ([], 0, 0)


# ---------------------------------------------------------------- the check itself


@pytest.mark.parametrize("alone", [True, False], ids=["one", "many"])
def test_an_engine_that_does_not_look_is_caught_on_a_file(nursery, sqlite, stub, alone):
    tally = Restore(nursery, sqlite, stub, random.Random(9), alone=alone, blind=True).run(copy_online, times=1)
    assert tally.twice > 10
    assert sum("was texted 2 times" in fault for fault in tally.faults) == tally.twice


@pytest.mark.postgres
def test_an_engine_that_does_not_look_is_caught_on_a_server(nursery, postgres, stub):
    tally = Restore(nursery, postgres.fresh(), stub, random.Random(9), blind=True).run(dump, times=1)
    assert tally.twice > 10


def test_an_engine_that_does_not_look_is_caught_under_its_feet(nursery, sqlite, stub):
    run = Restore(nursery, sqlite, stub, random.Random(9), blind=True, living=True)
    assert run.run(copy_into, times=1).twice > 10
