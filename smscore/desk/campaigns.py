"""Campaigns that are recorded: looking at them, and pausing, resuming or cancelling them.

Each control is recorded in one commit and takes effect at the next claim.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from smscore import store
from smscore.campaigns import Campaign, CampaignStatus, Progress, estimate_seconds_left
from smscore.desk.resources import Resources
from smscore.desk.restores import Restores, cancel_queued
from smscore.errors import CampaignError, Explanation, explain

ENGINE_SILENCE = 15.0
"""Seconds after which an engine that has not been heard of counts as gone."""


class Campaigns:
    """See the module."""

    def __init__(self, resources: Resources, restores: Restores) -> None:
        self._resources = resources
        self._database = resources.database
        self._restores = restores

    def list(self, limit: int = 200) -> tuple[Campaign, ...]:
        """Return the newest campaigns and all that have not ended, newest first."""
        return store.list_campaigns(self._database, limit)

    def search(
        self, text: str = "", statuses: Sequence[CampaignStatus] = (), since: float = 0.0, limit: int = 200
    ) -> tuple[Campaign, ...]:
        """Return the newest campaigns that fit, newest first, at most `limit`.

        `text` is part of the name or of the operator's name, the beginning of the sender, or the campaign's number;
        `since` is the Unix time in seconds from which on they were created.
        """
        return store.search_campaigns(self._database, text, statuses, since, limit)

    def list_under_way(self) -> tuple[Campaign, ...]:
        """Return the campaigns that send or will, newest first; cheap enough to be asked for every second by many."""
        return store.list_under_way(self._database)

    def get(self, campaign_id: int) -> Campaign:
        """Return one campaign. Raises CampaignError("no_such_campaign")."""
        return store.get_campaign(self._database, campaign_id)

    def get_progress(self, campaign_id: int) -> Progress:
        """Return a snapshot of a campaign that sends; cheap enough to be asked for every second by many.

        Raises CampaignError("no_such_campaign").
        """
        campaign = store.get_campaign(self._database, campaign_id)
        pace = store.measure_pace(self._database, campaign_id, time.time())
        with self._database.reading() as connection:
            alive = store.is_engine_alive(connection, ENGINE_SILENCE)
            limit = store.read_account_rate(connection, self._resources.account)
        slowed = None if campaign.ended else _explain_slowness(limit)
        return Progress(campaign, pace, estimate_seconds_left(campaign.totals.waiting, pace), slowed, alive)

    def count_calls(self, campaign_id: int) -> int:
        """Return how many calls to the provider a campaign has made so far."""
        return store.count_calls(self._database, campaign_id)

    def pause(self, campaign_id: int, actor: str) -> None:
        """Stop sending at the next call, within two seconds. Raises CampaignError("wrong_status")."""
        now = time.time()
        with self._database.writing() as connection:
            run_no = store.read_orders(connection, campaign_id).run_no
            watched = store.stop_watching(connection, now, "paused_by_operator", actor, campaign_id)
            if not watched:
                store.must_allow(connection, campaign_id, CampaignStatus.PAUSED)
                store.pause(connection, campaign_id, now, "paused_by_operator", actor)
            store.record_activity(connection, actor, "paused", now, campaign_id)
        self._resources.jobs.drop_waiting(campaign_id, run_no)

    def resume(self, campaign_id: int, actor: str) -> None:
        """Go on with what is queued, or wait again for a start that is still to come; also releases a canary or a
        late start. Raises CampaignError("wrong_status"), ("restored_undecided") where a restore asks for more."""
        self._resources.continuity.check()
        with self._database.writing() as connection:
            store.must_allow(connection, campaign_id, CampaignStatus.SCHEDULED)
            if self._restores.is_undecided(connection, campaign_id):
                raise CampaignError("restored_undecided", campaign=campaign_id)
            run_no = store.start_again(connection, campaign_id, time.time())
            if run_no is None:
                status = str(store.read_orders(connection, campaign_id).status)
                raise CampaignError("wrong_status", campaign=campaign_id, status=status, wanted="resumed")
            store.release_canary(connection, campaign_id)
            start_at = store.read_orders(connection, campaign_id).start_at or 0.0
            self._resources.jobs.launch(connection, campaign_id, run_no, max(0.0, start_at - time.time()))
            store.record_activity(connection, actor, "resumed", time.time(), campaign_id)

    def cancel(self, campaign_id: int, actor: str) -> None:
        """End a campaign: what is queued is never sent. Raises CampaignError("wrong_status")."""
        with self._database.reading() as connection:
            undecided = self._restores.is_undecided(connection, campaign_id)
        if undecided:
            self._restores.decide(campaign_id, "cancel", actor)
            return
        with self._database.writing() as connection:
            store.must_allow(connection, campaign_id, CampaignStatus.CANCELLED)
            run_no = store.read_orders(connection, campaign_id).run_no
            store.cancel(connection, campaign_id, time.time())
            store.record_activity(connection, actor, "cancelled", time.time(), campaign_id)
        self._resources.jobs.drop_waiting(campaign_id, run_no)
        cancel_queued(self._database, campaign_id)

    def stop_all(self, actor: str) -> int:
        """Pause every campaign that sends or will, in one commit; how many."""
        now = time.time()
        with self._database.writing() as connection:
            # The watched first: one that its rule lets go in this very moment is then found among the scheduled.
            watched = store.stop_watching(connection, now, "stopped_all", actor)
            ids = store.find_campaigns_with_status(connection, CampaignStatus.RUNNING, CampaignStatus.SCHEDULED)
            runs = [(campaign_id, store.read_orders(connection, campaign_id).run_no) for campaign_id in ids]
            for campaign_id in ids:
                store.pause(connection, campaign_id, now, "stopped_all", actor)
            stopped = len(ids) + watched
            store.record_activity(
                connection, actor, "stopped_all", now, note=f"{stopped} campaign{'' if stopped == 1 else 's'}"
            )
        for campaign_id, run_no in runs:
            self._resources.jobs.drop_waiting(campaign_id, run_no)
        return stopped


def _explain_slowness(limit: store.AccountRate | None) -> Explanation | None:
    """Return what to say of an account that sends slower than its full rate; None for one that does not."""
    if limit is None or not limit.slowed:
        return None
    wait = max(0, round(limit.closed_until - time.time()))
    facts = {"rate": f"{limit.rate:.1f}", "full": f"{limit.full_rate:.1f}", "seconds": wait}
    return explain("slowed" if wait else "slower", **facts)
