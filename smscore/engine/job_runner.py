"""The two things that durable jobs do: start a run of a campaign, and send one chunk of it.

DBOS runs a job at least once; the store's write-ahead makes that never twice for a recipient. Each job is a workflow of
one step, a thin wrapper over the process's `JobRunner`. The workflows' names are stored with each job: a job that was
recorded before an upgrade is found by them afterwards.
"""

from __future__ import annotations

import time
from collections.abc import Callable

import sqlalchemy as sa
from dbos import DBOS

from smscore import store
from smscore.campaigns import CampaignStatus
from smscore.engine import policy
from smscore.engine.chunk_run import ChunkRun
from smscore.engine.context import Ending, SendContext, find_next_opening, is_in_hours
from smscore.engine.jobs import Jobs
from smscore.errors import StoreError
from smscore.store import Orders

_STARTABLE = (CampaignStatus.SCHEDULED, CampaignStatus.RUNNING)


class JobRunner:
    """Does the jobs of one process, for one account. `fail` stops the engine with a reason."""

    def __init__(self, context: SendContext, jobs: Jobs, account: str, fail: Callable[[StoreError], None]) -> None:
        self.context, self.jobs, self.account, self.fail = context, jobs, account, fail
        self.database = context.database

    def start_run(self, campaign_id: int, run_no: int) -> str:
        """Start a run: the campaign is running, and each of its open chunks has a job. Return in a word what was done.

        Status and jobs are one commit: a crash leaves both or neither.
        """
        now = time.time()
        with self.database.writing() as connection:
            orders = store.read_orders(connection, campaign_id)
            if orders.run_no != run_no or orders.status not in _STARTABLE or store.is_one_time(orders.message):
                return "stale"
            if orders.account != self.account:
                store.pause(connection, campaign_id, now, "other_account", orders.account, run_no=run_no)
                return "foreign"
            if _is_late(orders, now):
                store.pause(connection, campaign_id, now, "late_start", run_no=run_no)
                return "late"
            if not is_in_hours(orders, now):
                self._put_off(connection, orders, now)
                return "closed"
            store.set_running(connection, campaign_id, run_no, now)
            self._record_chunk_jobs(connection, orders, now)
        return "started"

    def _record_chunk_jobs(self, connection: sa.Connection, orders: Orders, now: float) -> None:
        campaign_id = orders.campaign_id
        chunks = store.list_open_chunks(connection, campaign_id, first_only=orders.canary_state == "waiting")
        for no, not_before in chunks:
            self.jobs.send(connection, campaign_id, no, orders.run_no, "0", max(0.0, not_before - now))
        if not chunks:
            store.finish_if_done(connection, campaign_id, now)

    def run_chunk(self, campaign_id: int, no: int, run_no: int, attempt: str) -> str:
        """Send one chunk, then record what must follow. Return in a word how it ended."""
        if self.context.fault is not None:
            return "failed"
        if self.context.stopping.is_set():
            ending = Ending("again")
        else:
            with self.database.reading() as connection:
                chunk = store.find_chunk(connection, campaign_id, no, run_no)
                orders = store.read_orders(connection, campaign_id)
            if chunk is None or store.is_one_time(orders.message):
                return "stale"
            if orders.account != self.account:
                return self._refuse_foreign(orders)
            try:
                ending = ChunkRun(self.context, chunk, orders).run()
            except StoreError as reason:
                if reason.code != "database_replaced":
                    raise
                self.fail(reason)
                return "failed"
        self._follow(campaign_id, no, run_no, attempt, ending)
        return ending.word

    def _refuse_foreign(self, orders: Orders) -> str:
        """Return what was planned for the sandbox must never leave by the provider, nor by another account."""
        with self.database.writing() as connection:
            store.pause(connection, orders.campaign_id, time.time(), "other_account", orders.account)
        return "foreign"

    def _follow(self, campaign_id: int, no: int, run_no: int, attempt: str, ending: Ending) -> None:
        """Record the job that must follow a run of a chunk, if any."""
        now = time.time()
        with self.database.writing() as connection:
            if ending.word == "again":
                self.jobs.send(connection, campaign_id, no, run_no, str(int(attempt) + 1), ending.delay)
                return
            orders = store.read_orders(connection, campaign_id)
            if orders.run_no != run_no:
                return
            if ending.word == "closed" and orders.status is CampaignStatus.RUNNING:
                self._put_off(connection, orders, now)

    def _put_off(self, connection: sa.Connection, orders: Orders, now: float) -> None:
        opening = find_next_opening(orders, now)
        if store.put_off(connection, orders.campaign_id, orders.run_no, opening, now, "outside_hours"):
            self.jobs.launch(connection, orders.campaign_id, orders.run_no + 1, opening - now)


def _is_late(orders: Orders, now: float) -> bool:
    due = orders.start_at if orders.status is CampaignStatus.SCHEDULED else None
    return due is not None and now - due > policy.LATE_START


_runner: JobRunner | None = None


def set_runner(runner: JobRunner | None) -> None:
    """Let this runner do the jobs that DBOS starts in this process from now on; None for nobody."""
    global _runner
    _runner = runner


def _require_runner() -> JobRunner:
    if _runner is None:
        raise StoreError("no_engine")
    return _runner


@DBOS.workflow(name="launch_campaign", max_recovery_attempts=None)
def launch_campaign(campaign_id: int, run_no: int) -> str:
    """Start a run of a campaign, as a durable job."""
    return launch_step(campaign_id, run_no)


@DBOS.step(name="launch_step", retries_allowed=True, max_attempts=5, interval_seconds=1.0, backoff_rate=3.0)
def launch_step(campaign_id: int, run_no: int) -> str:
    """Do the one step of `launch_campaign`."""
    return _require_runner().start_run(campaign_id, run_no)


@DBOS.workflow(name="send_chunk", max_recovery_attempts=None)
def send_chunk(campaign_id: int, no: int, run_no: int, attempt: str) -> str:
    """Send a chunk, as a durable job."""
    return chunk_step(campaign_id, no, run_no, attempt)


@DBOS.step(name="chunk_step", retries_allowed=True, max_attempts=5, interval_seconds=1.0, backoff_rate=3.0)
def chunk_step(campaign_id: int, no: int, run_no: int, attempt: str) -> str:
    """Do the one step of `send_chunk`."""
    return _require_runner().run_chunk(campaign_id, no, run_no, attempt)
