"""Pausing, resuming, cancelling: each is recorded in one commit and takes effect at the next claim."""

from __future__ import annotations

import time

from smscore import store
from smscore.campaigns import CampaignStatus
from smscore.desk.base import Base
from smscore.errors import CampaignError
from smscore.store import Chunk


class Steering(Base):
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
        late start. Raises CampaignError("wrong_status")."""
        with self.database.writing() as connection:
            store.require(connection, campaign_id, CampaignStatus.SCHEDULED)
            run_no = store.start_again(connection, campaign_id, time.time())
            if run_no is None:
                status = str(store.orders(connection, campaign_id).status)
                raise CampaignError("wrong_status", campaign=campaign_id, status=status, wanted="resumed")
            store.release_canary(connection, campaign_id)
            start_at = store.orders(connection, campaign_id).start_at or 0.0
            self.jobs.launch(connection, campaign_id, run_no, max(0.0, start_at - time.time()))
            store.note(connection, actor, "resumed", time.time(), campaign_id)

    def cancel(self, campaign_id: int, actor: str) -> None:
        """End a campaign: what is queued is never sent. Raises CampaignError("wrong_status")."""
        with self.database.writing() as connection:
            store.require(connection, campaign_id, CampaignStatus.CANCELLED)
            run_no = store.orders(connection, campaign_id).run_no
            store.cancel(connection, campaign_id, time.time())
            store.note(connection, actor, "cancelled", time.time(), campaign_id)
        self.jobs.drop_waiting(campaign_id, run_no)
        with self.database.reading() as connection:
            chunks = store.unswept(connection, campaign_id)
        for chunk in chunks:
            with self.database.writing() as connection:
                store.sweep_cancelled(connection, *chunk, time.time())
                store.recount(connection, Chunk(*chunk, 0))

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
