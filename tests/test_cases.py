"""Every way a call to the provider can end, at the first, a middle and the last call of a campaign: the campaign goes
on or pauses as the table says, goes on when resumed, and nobody is texted twice or lost."""

from __future__ import annotations

import pytest

from smscore import CampaignStatus
from smscore.provider import CASES, Effect
from tests.crash.checker import faults_of
from tests.deskwork import ACTOR, launch, settled, statuses, wait_until
from tests.stub_provider import FAULTS, INTERIM, PROXIES, SURPLUS

LONG = ("drip_headers", "drip_body", "slow", "no_answer")
SLOWING = ("busy_seconds", "busy_date", "busy_garbled", "busy_long", "busy_silent")
"""These wait for seconds to minutes; `busy_silent` stands for them in the tests of the engine."""
ELSEWHERE = {*SURPLUS, *INTERIM, *PROXIES}
"""Answers of doubtful origin have a suite of their own, in which each call has an earlier one on its connection."""
QUICK = [fault for fault in FAULTS if fault not in (*LONG, *SLOWING) and fault not in ELSEWHERE]


@pytest.mark.slow
@pytest.mark.parametrize("call", [1, 3, 5], ids=["first", "middle", "last"])
def test_a_campaign_survives_every_ending_of_a_call(sending, provider, call):
    for fault in QUICK:
        before = provider.count
        provider.calls = {before + call: fault}
        campaign_id = launch(sending, 500)
        _to_the_end(sending, campaign_id)
        assert faults_of(sending, [campaign_id], provider.taken) == [], fault
        counted = statuses(sending, campaign_id)
        assert counted["accepted"] + counted["unknown"] + counted["refused"] == 500, (fault, counted)
        assert counted["accepted"] >= 400, (fault, counted)
        provider.calls = {}


def _to_the_end(desk, campaign_id: int) -> None:
    """Resume as often as trouble pauses it."""
    for _ in range(3):
        if settled(desk, campaign_id).status is not CampaignStatus.PAUSED:
            return
        assert desk.campaigns.get(campaign_id).explanation.next_step
        desk.campaigns.resume(campaign_id, ACTOR)
        wait_until(lambda: desk.campaigns.get(campaign_id).status is not CampaignStatus.PAUSED or True)
    assert settled(desk, campaign_id).ended


@pytest.mark.parametrize("fault", ["page", "unknown_error", "key_in_words", "no_balance", "strangers", "redirect"])
def test_a_case_that_pauses_says_why_and_what_next(sending, provider, fault):
    provider.default = fault
    campaign_id = launch(sending, 10)
    campaign = settled(sending, campaign_id)
    assert campaign.status is CampaignStatus.PAUSED
    assert CASES[campaign.reason].effect is Effect.PAUSE
    assert campaign.explanation.sentence
    assert faults_of(sending, [campaign_id], provider.taken) == []
