"""Pausing, resuming, cancelling: each is recorded in one commit and takes effect at the next claim."""

from __future__ import annotations

import time

from smscore import store
from smscore.campaigns import CampaignStatus
from smscore.desk.restoring import Restoring
from smscore.errors import CampaignError


class Steering(Restoring):
    """Stopping and going on."""

    def pause(self, campaign_id: int, actor: str) -> None:
        """Stop sending at the next call, within two seconds. Raises CampaignError("wrong_status")."""
        now = time.time()
        with self.database.writing() as connection:
            run_no = store.orders(connection, campaign_id).run_no
            watched = store.stop_watching(connection, now, "paused_by_operator", actor, campaign_id)
            if not watched:
                store.require(connection, campaign_id, CampaignStatus.PAUSED)
                store.pause(connection, campaign_id, now, "paused_by_operator", actor)
            store.note(connection, actor, "paused", now, campaign_id)
        self.jobs.drop_waiting(campaign_id, run_no)

    def resume(self, campaign_id: int, actor: str) -> None:
        """Go on with what is queued, or wait again for a start that is still to come; also releases a canary or a
        late start. Raises CampaignError("wrong_status"), ("restored_undecided") where a restore asks for more."""
        self.continuity.check()
        with self.database.writing() as connection:
            store.require(connection, campaign_id, CampaignStatus.SCHEDULED)
            self._must_be_decided(connection, campaign_id)
            run_no = store.start_again(connection, campaign_id, time.time())
            if run_no is None:
                status = str(store.orders(connection, campaign_id).status)
                raise CampaignError("wrong_status", campaign=campaign_id, status=status, wanted="resumed")
            store.release_canary(connection, campaign_id)
            start_at = store.orders(connection, campaign_id).start_at or 0.0
            self.jobs.launch(connection, campaign_id, run_no, max(0.0, start_at - time.time()))
            store.note(connection, actor, "resumed", time.time(), campaign_id)

    def _is_undecided(self, campaign_id: int) -> bool:
        with self.database.reading() as connection:
            return any(each.campaign_id == campaign_id for each in store.open_questions(connection))

    def _must_be_decided(self, connection: object, campaign_id: int) -> None:
        if any(each.campaign_id == campaign_id for each in store.open_questions(connection)):
            raise CampaignError("restored_undecided", campaign=campaign_id)

    def cancel(self, campaign_id: int, actor: str) -> None:
        """End a campaign: what is queued is never sent. Raises CampaignError("wrong_status")."""
        if self._is_undecided(campaign_id):
            self.decide_restored(campaign_id, "cancel", actor)
            return
        with self.database.writing() as connection:
            store.require(connection, campaign_id, CampaignStatus.CANCELLED)
            run_no = store.orders(connection, campaign_id).run_no
            store.cancel(connection, campaign_id, time.time())
            store.note(connection, actor, "cancelled", time.time(), campaign_id)
        self.jobs.drop_waiting(campaign_id, run_no)
        self._sweep(campaign_id)

    def stop_all(self, actor: str) -> int:
        """Pause every campaign that sends or will; how many. One press, one commit."""
        now = time.time()
        with self.database.writing() as connection:
            # The watched first: one that its rule lets go in this very moment is then found among the scheduled.
            watched = store.stop_watching(connection, now, "stopped_all", actor)
            ids = store.with_status(connection, CampaignStatus.RUNNING, CampaignStatus.SCHEDULED)
            runs = [(campaign_id, store.orders(connection, campaign_id).run_no) for campaign_id in ids]
            for campaign_id in ids:
                store.pause(connection, campaign_id, now, "stopped_all", actor)
            stopped = len(ids) + watched
            store.note(connection, actor, "stopped_all", now, note=f"{stopped} campaign{'' if stopped == 1 else 's'}")
        for campaign_id, run_no in runs:
            self.jobs.drop_waiting(campaign_id, run_no)
        return stopped
