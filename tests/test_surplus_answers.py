"""Campaigns over one connection whose provider answers twice, late, in advance or through a proxy: whatever a person
does afterwards, nobody is texted twice, and one fault costs the doubt about one call."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa

import smscore
from smscore import CampaignStatus
from smscore.engine import policy
from smscore.store import tables as t
from tests.crash.checker import faults_of
from tests.crash.driver import ALONE
from tests.deskwork import ACTOR, TEXT, QuickDesk, launch, open_quick, paused, settled, statuses
from tests.stub_provider import INTERIM, PROXIES, SURPLUS, Stub

BATCH = 10
SIZES = {"alone": (ALONE, 1), "batches": (TEXT, BATCH)}
CALLS = 6
PAGES = [fault for fault in PROXIES if not fault.startswith("foreign")] + ["foreign_403_0", "foreign_429_1"]


@pytest.fixture(scope="module")
def one_desk(fresh_database: Callable[[], str], one_provider: Stub) -> Iterator[QuickDesk]:
    """A desk whose engine makes all its calls on one connection, so that each call has an earlier one before it."""
    opened = open_quick(fresh_database(), one_provider.url, CONNECTIONS=1, BATCH_SIZE=BATCH)
    assert smscore.start_engine(opened), "another engine runs in this process"
    yield opened
    smscore.stop_engine()
    opened.close()


@pytest.fixture(autouse=True)
def short_rests(monkeypatch: pytest.MonkeyPatch, provider: Stub) -> Iterator[None]:
    """Let the account rest for a moment only after a 429."""
    monkeypatch.setattr(policy, "SLOWED_SECONDS", 0.05)
    yield
    provider.keep_alive = True


def send_with(desk: QuickDesk, provider: Stub, fault: str, call: int, size: str) -> int:
    """A campaign of six calls of which one ends in `fault`, resumed by a person as often as it pauses; its id."""
    with desk.database.writing() as connection:
        connection.execute(sa.update(t.rate_gate).values(rate=2000.0, full_rate=2000.0, next_at=0, closed_until=0))
    message, people = SIZES[size]
    provider.calls = {provider.count + call: fault}
    campaign_id = launch(desk, people * CALLS, message)
    for _ in range(4):
        if settled(desk, campaign_id).status is not CampaignStatus.PAUSED:
            break
        assert desk.campaigns.get(campaign_id).explanation.sentence
        desk.campaigns.resume(campaign_id, ACTOR)
    assert settled(desk, campaign_id).ended
    return campaign_id


def check(desk: QuickDesk, provider: Stub, campaign_id: int, size: str, fault: str) -> None:
    """Nobody twice, nobody lost, and no more than one call in doubt."""
    assert faults_of(desk, [campaign_id], provider.taken) == [], fault
    counted = statuses(desk, campaign_id)
    people = SIZES[size][1]
    assert counted["accepted"] + counted["unknown"] == people * CALLS, (fault, counted)
    assert counted["unknown"] <= people, (fault, counted)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("fault", ["then_late_400", "then_late_429", "then_401", "page_401"])
def test_a_provider_that_answers_twice_texts_nobody_twice_after_a_resume(sending, provider, fault, size):
    check(sending, provider, send_with(sending, provider, fault, 3, size), size, fault)


@pytest.mark.slow
@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("call", [1, 3, CALLS], ids=["first", "middle", "last"])
@pytest.mark.parametrize("kind", ["surplus", "surplus_closed", "interim", "interim_closed", "proxies"])
def test_every_answer_of_doubtful_origin_at_every_place(sending, provider, kind, call, size):
    faults = {"surplus": SURPLUS, "interim": INTERIM, "proxies": PAGES}[kind.removesuffix("_closed")]
    provider.keep_alive = not kind.endswith("_closed")
    for fault in faults:
        check(sending, provider, send_with(sending, provider, fault, call, size), size, fault)


def test_a_429_of_a_gateway_slows_and_then_pauses_instead_of_leaving_everybody_unknown(sending, provider):
    provider.default = "empty_429"
    campaign = paused(sending, launch(sending, 40 * BATCH))
    assert campaign.reason == "foreign_busy" and "gateway" in campaign.explanation.sentence
    assert 3 * BATCH <= statuses(sending, campaign.id)["unknown"] <= 10 * BATCH
    provider.default = ""
    sending.campaigns.resume(campaign.id, ACTOR)
    assert settled(sending, campaign.id).ended
    assert faults_of(sending, [campaign.id], provider.taken) == []


def test_an_honest_429_on_a_kept_connection_leaves_nobody_unknown(sending, provider):
    campaign_id = send_with(sending, provider, "busy_silent", 3, "batches")
    assert statuses(sending, campaign_id) == {"accepted": 60}
    assert faults_of(sending, [campaign_id], provider.taken) == []
