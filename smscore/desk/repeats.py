"""Whom an earlier campaign told the same, and the guards that keep anybody from being told it twice by mistake."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np

from smscore import store
from smscore.campaigns import NEVER_LEFT, Plan, RecipientStatus, SameList
from smscore.errors import CampaignError
from smscore.store import Connection, Database

SAME_LIST_SHARE = 0.2
"""The same words to this share of a plan's people, within the time that is set, asks first."""

MAY_HAVE_REACHED = tuple(s for s in RecipientStatus if s not in NEVER_LEFT[1:] and s is not RecipientStatus.OPTED_OUT)


class Repeats:
    """Comparing a plan with what was sent before. `hours` is for how long the same words to the same people ask."""

    def __init__(self, database: Database, hours: float) -> None:
        self._database = database
        self._hours = hours

    def find_same_list(self, plan: Plan) -> SameList | None:
        """Return the earlier campaigns that said the same, within the time that is set, to a fifth or more of these
        people together: whatever the file was called, whoever sent it, and in however many parts."""
        messaged = self._find_messaged(plan)
        overlap, people = int(np.any([*messaged.values()], axis=0).sum()), plan.audience.people
        if not overlap or overlap < SAME_LIST_SHARE * people:
            return None
        most = max(messaged, key=lambda campaign_id: int(messaged[campaign_id].sum()))
        campaigns = tuple(campaign_id for campaign_id, theirs in messaged.items() if theirs.any())
        return SameList(store.get_campaign(self._database, most), overlap, people, campaigns)

    def leave_out(self, plan: Plan) -> Plan:
        """Return the plan for the rest: without those to whom any campaign said the same within the time that is set,
        or may have, or is about to. A campaign that is launched after this is asked about all the same."""
        messaged = self._find_messaged(plan)
        if not messaged:
            return plan
        msisdns = plan.audience.tables.contacts.column("msisdn").to_numpy()
        return replace(plan.without(msisdns[np.any([*messaged.values()], axis=0)]), launch_key=plan.launch_key)

    def _find_messaged(self, plan: Plan) -> dict[int, np.ndarray]:
        """Return which of the plan's contacts were told the same, a boolean each, by campaign.

        Campaigns that the plan repeats on purpose are not among them.
        """
        msisdns = plan.audience.tables.contacts.column("msisdn").to_numpy()
        since = time.time() - 3600.0 * self._hours
        found = store.find_campaigns_with_content(
            self._database, store.compute_content_key(plan.message), since, plan.launch_key
        )
        return {
            each: np.isin(msisdns, store.find_messaged(self._database, each, MAY_HAVE_REACHED, since))
            for each in found
            if each not in plan.repeats
        }

    def find_retried(self, campaign_id: int) -> np.ndarray:
        """Return the MSISDNs, int64, of those to whom a later retry of the campaign sent something, or is about to."""
        later = store.find_retries(self._database, campaign_id)
        found = [store.read_msisdns(self._database, each, MAY_HAVE_REACHED) for each in later]
        return np.concatenate([np.zeros(0, dtype=np.int64), *found])

    def check(self, plan: Plan) -> None:
        """Refuse a plan that repeats what was sent. Raises CampaignError("retry_changed"), ("same_list")."""
        self._check_retried(plan)
        same = self.find_same_list(plan)
        if same is not None:
            facts = {"overlap": same.overlap, "of": same.of, "campaign": same.campaign.id, "name": same.campaign.name}
            raise CampaignError("same_list", same=same, hours=f"{self._hours:g}", **facts)

    def _check_retried(self, plan: Plan) -> None:
        """Refuse a retry when somebody launched one of the same campaign while this one was being reviewed."""
        if plan.retry_of is None:
            return
        msisdns = plan.audience.tables.contacts.column("msisdn").to_numpy()
        messaged = int(np.isin(msisdns, self.find_retried(plan.retry_of)).sum())
        if messaged:
            raise CampaignError("retry_changed", campaign=plan.retry_of, messaged=messaged, of=len(msisdns))

    def guard_commit(self, plan: Plan, enqueue: store.Enqueue) -> store.Enqueue:
        """Return `enqueue` with a last look, in the commit that starts the campaign.

        Two people may launch the same list at one moment, and neither sees the other's while it is a draft.
        """
        key = store.compute_content_key(plan.message)
        seen = store.find_campaigns_with_content(self._database, key, 0.0, plan.launch_key)

        def look_and_enqueue(connection: Connection, campaign_id: int, run_no: int, delay: float) -> None:
            other = store.find_concurrent_launch(connection, key, seen, campaign_id)
            if other is not None:
                raise CampaignError("same_list_now", campaign=other)
            enqueue(connection, campaign_id, run_no, delay)

        return look_and_enqueue
