"""kill -9 while the provider answers twice, late, after interim answers or through a proxy: nobody twice or lost."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

import pytest

from tests.crash.driver import ALONE, Nursery, disturb, launch, random_deaths, scene, survive
from tests.deskwork import TEXT

pytestmark = pytest.mark.crash


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    """Forks engines."""
    running = Nursery()
    yield running
    running.close()


@pytest.mark.parametrize(("message", "people"), [(ALONE, 150), (TEXT, 600)], ids=["alone", "batches"])
@pytest.mark.parametrize("keep_alive", [True, False], ids=["kept", "closed"])
def test_deaths_while_a_provider_answers_twice_text_nobody_twice(
    nursery, fresh_database: Callable[[], str], message, people, keep_alive
):
    chance = random.Random(people + keep_alive)
    with scene(fresh_database(), BATCH_SIZE=5, RATE=people // 3) as (desk, stub):
        stub.keep_alive, stub.latency = keep_alive, 0.01
        disturb(stub, chance, share=0.2)
        campaign_id = launch(desk, people, message)
        tally = survive(nursery, desk, stub, campaign_id, random_deaths(chance, 3), within=90, lease=1.0)
        assert tally.faults == []
        assert tally.twice == 0 and tally.kills
