"""The janitor: a thread that keeps the engine's promises between jobs. It sends nothing.

Every second it applies delivery reports and recounts what they changed. Every few seconds it says that this engine is
alive, gives the provider's rate back, judges canaries and sweeps cancelled campaigns. Every ten seconds it puts back
the jobs of engines that died, and gives a job to any open chunk of a running campaign that has none.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from smscore import store
from smscore.campaigns import CampaignStatus
from smscore.engine import policy
from smscore.engine.continuity import Continuity
from smscore.engine.jobs import Jobs
from smscore.errors import CampaignError, StoreError
from smscore.store import Database, Orders

log = logging.getLogger(__name__)

DEAD_AFTER = 20.0
"""Seconds of silence after which an engine counts as dead. Putting back the jobs of one that only slept is safe: its
claims and its late answers meet the same conditional updates."""
DRAFT_SECONDS = 3600.0
NEW_SECONDS = 120.0
LOOK_BACK = 600.0
_PUTTING_BACK, _RECONCILING = 1, 2
_UNENDED = (CampaignStatus.RUNNING, CampaignStatus.SCHEDULED, CampaignStatus.PAUSED)


class Janitor:
    """The thread that does the module's rounds, each in a transaction of its own."""

    def __init__(self, database: Database, jobs: Jobs, executor_id: str, account: str, continuity: Continuity) -> None:
        self.database, self.jobs, self.continuity = database, jobs, continuity
        self.executor_id, self.account = executor_id, account
        self._stopping = threading.Event()
        self._at_start = True
        self._rounds: tuple[tuple[float, Callable[[], None]], ...] = (
            (0.5, self.apply_new_reports),
            (60.0, self.apply_reports),
            (0.5, self.recount_dirty),
            (2.0, self.judge_canaries),
            (2.0, self.sweep),
            (1.0, self.heartbeat),
            (10.0, self.recover_rate),
            (10.0, self.put_back_dead),
            (10.0, self.reconcile),
            (60.0, self.doubt_stale_calls),
            (600.0, self.tidy),
        )
        self._thread = threading.Thread(target=self._run, name="janitor", daemon=True)

    def start(self) -> None:
        """Start the thread."""
        self._thread.start()

    def stop(self) -> None:
        """Stop the thread after the round that runs."""
        self._stopping.set()
        self._thread.join(timeout=30)

    def _run(self) -> None:
        due = {act: 0.0 for _, act in self._rounds}
        while not self._stopping.wait(0.1):
            for seconds, act in self._rounds:
                if time.monotonic() >= due[act]:
                    due[act] = time.monotonic() + seconds
                    self._try(act)

    def _try(self, act: Callable[[], None]) -> None:
        try:
            act()
        except (StoreError, CampaignError) as fault:
            log.warning("janitor: %s failed: %s", act.__name__, fault.code)
        except Exception as fault:  # noqa: BLE001 - the janitor must outlive any one round; nothing is sent here
            log.warning("janitor: %s failed: %s", act.__name__, type(fault).__name__)

    def heartbeat(self) -> None:
        """Say that this engine is alive, and ask whether the database is the one that it knows."""
        self.continuity.heartbeat()
        with self.database.writing() as connection:
            store.heartbeat(connection, self.executor_id)

    def apply_new_reports(self) -> None:
        """Apply reports that came a moment ago, whose message is of now. Older ones may wait a minute for theirs, so
        that many reports for unknown messages are not read twice a second."""
        self.apply_reports(time.time() - NEW_SECONDS)

    def apply_reports(self, since: float = 0.0) -> None:
        """Apply delivery reports that wait to their recipients, until no more can be settled."""
        while not self._stopping.is_set():
            with self.database.reading() as connection:
                if not store.has_waiting_reports(connection, since):
                    return
            with self.database.writing() as connection:
                if not store.apply_waiting(connection, time.time(), since):
                    return

    def recount_dirty(self) -> None:
        """Recount the chunks whose recipients changed after they were sent."""
        with self.database.reading() as connection:
            dirty = store.list_dirty_chunks(connection)
        for chunk in dirty:
            with self.database.writing() as connection:
                store.recount(connection, chunk)

    def judge_canaries(self) -> None:
        """Judge the canaries whose outcome is awaited, by the campaign's rule."""
        with self.database.reading() as connection:
            waiting = store.find_waiting_canaries(connection)
        for campaign_id in waiting:
            with self.database.writing() as connection:
                if store.decide_canary(connection, campaign_id, time.time()):
                    run_no = store.start_again(connection, campaign_id, time.time())
                    if run_no is not None:
                        self.jobs.launch(connection, campaign_id, run_no, 0.0)

    def sweep(self) -> None:
        """Cancel the queued recipients of cancelled campaigns."""
        with self.database.reading() as connection:
            chunks = store.list_unswept_chunks(connection)
        for chunk in chunks:
            with self.database.writing() as connection:
                store.sweep_cancelled(connection, chunk, time.time())

    def recover_rate(self) -> None:
        """Give back a tenth of the full rate each minute after the provider slowed us."""
        with self.database.writing() as connection:
            store.recover_rate(connection, self.account, 10.0)

    def put_back_dead(self) -> None:
        """Give the jobs of engines that died, or stopped before their jobs did, to the living. On SQLite there is one
        engine, and DBOS takes up its jobs."""
        if self.database.sqlite:
            return
        with self.database.writing() as connection:
            if not store.try_task_lock(connection, _PUTTING_BACK):
                return
            put_back = self.jobs.put_back_dead_jobs(store.list_live_workers(connection, DEAD_AFTER))
        if put_back:
            log.warning("janitor: %d jobs of engines that are gone were put back", put_back)

    def reconcile(self) -> None:
        """See that every open chunk of a running campaign has a job and every scheduled campaign its launch, and finish
        a campaign that has nothing left."""
        with self.database.reading() as connection:
            ids = store.find_campaigns_with_status(connection, *_UNENDED)
            present = [store.read_orders(connection, campaign_id) for campaign_id in ids]
        for each in present:
            if store.is_one_time(each.message):
                self._end_one_time(each)
            elif each.status is not CampaignStatus.PAUSED:
                self._reconcile(each)

    def _end_one_time(self, present: Orders) -> None:
        """End a one-time password that is too old: only the process that made its code can send it."""
        if time.time() - (present.created_at or 0.0) > policy.ONE_TIME_SECONDS:
            with self.database.writing() as connection:
                store.abandon_one_time(connection, present.campaign_id, time.time())

    def _reconcile(self, present: Orders) -> None:
        campaign_id = present.campaign_id
        alive = self.jobs.find_alive(campaign_id, present.run_no)
        prefix = f"c{campaign_id}-r{present.run_no}-"
        if any(job.startswith(f"{prefix}launch") for job in alive):
            return
        # The attempt's number grows with the clock, so that a chunk given a job again never reuses an ended job's id.
        attempt = str(int(time.time()))
        with self.database.writing() as connection:
            again = store.read_orders(connection, campaign_id)
            if not store.try_task_lock(connection, _RECONCILING):
                return
            if (again.run_no, again.status) != (present.run_no, present.status):
                return
            if present.status is CampaignStatus.SCHEDULED:
                delay = max(0.0, (present.start_at or 0.0) - time.time())
                self.jobs.launch(connection, campaign_id, present.run_no, delay, f"-{attempt}")
                return
            for no, not_before in store.list_open_chunks(connection, campaign_id, present.canary_state == "waiting"):
                if not any(job.startswith(f"{prefix}k{no}-") for job in alive):
                    delay = max(0.0, not_before - time.time())
                    self.jobs.send(connection, campaign_id, no, present.run_no, attempt, delay)
            store.finish_if_done(connection, campaign_id, time.time())

    def doubt_stale_calls(self) -> None:
        """Doubt the calls that a dead engine had under way for campaigns which were then paused, put off or cancelled:
        no run of their chunk will come to doubt them."""
        now = time.time()
        at_start, self._at_start = self._at_start, False
        # On SQLite there is one engine: at its start, whatever is under way was left by one that died.
        only_engine = at_start and self.database.sqlite
        before = now if only_engine else now - policy.CALL_SECONDS
        with self.database.reading() as connection:
            chunks = store.find_stale_chunks(connection, 0.0 if at_start else now - LOOK_BACK)
        for chunk in chunks:
            with self.database.writing() as connection:
                store.doubt_stale_calls(connection, chunk, now, before)

    def tidy(self) -> None:
        """Delete drafts that a crash left, reports for messages that never were ours, and jobs of ended campaigns."""
        now = time.time()
        store.delete_old_drafts(self.database, now - DRAFT_SECONDS)
        with self.database.writing() as connection:
            store.delete_strangers(connection, now)
            store.delete_stale_workers(connection, 86_400)
        with self.database.reading() as connection:
            ended = store.find_campaigns_ended_before(connection, now - 86_400)
        for campaign_id in ended:
            self.jobs.delete_ended(campaign_id)
