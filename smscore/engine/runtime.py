"""One engine in one process: DBOS, the connections to the provider, the janitor, and an orderly stop."""

from __future__ import annotations

import gc
import logging
import os
import socket
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

from smscore import store
from smscore.campaigns import CampaignStatus
from smscore.engine import jobs, rules
from smscore.engine.continuity import Continuity
from smscore.engine.janitor import Janitor
from smscore.engine.line import Ending, Line, in_hours
from smscore.engine.lock import FileLock, lock_beside
from smscore.engine.sender import ChunkRun
from smscore.errors import StoreError
from smscore.provider import Provider
from smscore.store import Database, Orders

CHUNKS_A_CAMPAIGN = 2
"""Jobs of one campaign that a process runs at once; with more slots than that, a slow campaign holds up no other."""
CHUNK_SLOTS = 8
SWITCH_SECONDS = 0.0005
"""How soon a thread that computes lets another go on, a tenth of Python's own: a connection whose answer has come, or
a page, would else stand still while results are made ready for the database."""
STOP_SECONDS = 40
"""How long an orderly stop waits for calls in flight: a little longer than the provider's deadline."""

FILE_SECONDS = 0.3
"""Between two looks at the database's file, beside those at every claim."""

log = logging.getLogger(__name__)

_running: Runtime | None = None
_fault: StoreError | None = None
_changing = threading.RLock()


@dataclass(frozen=True)
class Means:
    """What an engine needs: the database, the provider, the account whose rate (messages per second) is held, how many
    connections to the provider it may use, and what tells that the database was restored."""

    database: Database
    provider: Callable[[], Provider]
    account: str
    rate: float
    connections: int
    continuity: Continuity
    poll_seconds: float = 0.2


def running() -> Runtime:
    """The engine of this process. Raises StoreError("no_engine") when there is none."""
    if _running is None:
        raise StoreError("no_engine")
    return _running


def fault() -> StoreError | None:
    """Why the engine of this process stopped by itself; None while it runs, or when it was told to stop."""
    return _fault


def start(means: Means) -> bool:
    """Start the engine of this process; False when it runs already, or, on SQLite, when another process has it.

    Raises StoreError when the database was replaced, or the journal cannot be written; then nothing is sent.
    """
    global _running, _fault
    with _changing:
        if _running is not None:
            return False
        runtime = Runtime(means)
        if not runtime.lock.take():
            return False
        _running = runtime
        try:
            runtime.start()
        except BaseException as reason:
            _running = None
            runtime.lock.give_back()
            _fault = reason if isinstance(reason, StoreError) else _fault
            raise
        _fault = None
        return True


def stop() -> None:
    """Stop claiming, wait for the calls in flight, write their answers, and end. Nothing is left in doubt."""
    global _running
    with _changing:
        if _running is not None:
            _running.stop()
            _running = None


class Runtime:
    """The engine's parts and the two things that its jobs do."""

    def __init__(self, means: Means) -> None:
        self.means = means
        self.database = means.database
        path = store.sqlite_file(self.database.url) if self.database.sqlite else None
        self.lock = FileLock(lock_beside(path) if path else None)
        self.executor_id = "local" if path else f"{socket.gethostname()}-{os.getpid()}-{time.time_ns()}"
        self.stopping = threading.Event()
        self._watching = threading.Thread(target=self._watch_file, name="database file", daemon=True)

    def start(self) -> None:
        """Migrate, take up what was interrupted, and listen for jobs."""
        sys.setswitchinterval(SWITCH_SECONDS)
        store.migrate(self.database)
        # Before anything can be sent: DBOS takes up interrupted jobs as soon as it is launched.
        self.means.continuity.begin()
        DBOS(config=self._config())
        self.line = Line(
            self.database,
            self.means.provider(),
            ThreadPoolExecutor(self.means.connections, thread_name_prefix="provider"),
            self.stopping,
            self.means.continuity,
            size=self.means.connections,
        )
        with self.database.writing() as connection:
            store.open_gate(connection, self.means.account, self.means.rate)
            store.beat(connection, self.executor_id)
        # Before the launch, which takes up interrupted jobs at once: they record what follows them.
        self.client = jobs.client(self.database)
        self.jobs = jobs.Jobs(self.client)
        # DBOS listens at once to the queues that it finds, and looks for others a second later.
        self._register_queues()
        DBOS.launch()
        self.janitor = Janitor(self.database, self.jobs, self.executor_id, self.means.account, self.means.continuity)
        self.janitor.start()
        self._watching.start()
        # To look through all that is loaded by now for garbage would stop every connection for a tenth of a second.
        gc.freeze()

    def _config(self) -> DBOSConfig:
        return DBOSConfig(
            name=jobs.APPLICATION,
            system_database_url=self.database.url,
            application_version=jobs.VERSION,
            executor_id=self.executor_id,
            serializer=DBOSPortableJSONSerializer(),
            log_level="ERROR",
            sys_db_pool_size=8,
            # A stop waits for the listener's next round. Nothing of ours is told that way, so a round costs nothing.
            notification_listener_polling_interval_sec=self.means.poll_seconds,
        )

    def _register_queues(self) -> None:
        self.client.register_queue(
            jobs.CONTROL_QUEUE,
            worker_concurrency=2,
            polling_interval_sec=self.means.poll_seconds,
            on_conflict="always_update",
        )
        self.client.register_queue(
            jobs.CHUNK_QUEUE,
            worker_concurrency=CHUNK_SLOTS,
            partition_worker_concurrency=CHUNKS_A_CAMPAIGN,
            polling_interval_sec=self.means.poll_seconds,
            on_conflict="always_update",
        )

    def _watch_file(self) -> None:
        """Look several times a second whether the database's file is still the one that was opened."""
        while not self.stopping.wait(FILE_SECONDS):
            try:
                self.database.must_be_same_file()
            except StoreError as replaced:
                self.fail(replaced)

    def fail(self, reason: StoreError) -> None:
        """Stop by itself, with the reason for the pages, the log and the command line; nothing more is sent."""
        global _fault
        if not self.stopping.is_set():
            _fault = reason
            self.stopping.set()
            log.error("sending has stopped: %s", reason)
            threading.Thread(target=stop, name="stopping").start()

    def stop(self) -> None:
        """See `stop`."""
        self.stopping.set()
        self.janitor.stop()
        DBOS.destroy(workflow_completion_timeout_sec=STOP_SECONDS)
        self.line.pool.shutdown(wait=True)
        with suppress(StoreError):  # it may have stopped because the database is gone
            self.means.continuity.beat()
            with self.database.writing() as connection:
                store.forget_worker(connection, self.executor_id)
        self.means.continuity.close()
        self.client.destroy()
        self.lock.give_back()
        gc.unfreeze()

    def fan_out(self, campaign_id: int, run_no: int) -> str:
        """Start a run: the campaign is running, and each of its open chunks has a job. What was done, in a word."""
        now = time.time()
        with self.database.writing() as connection:
            present = store.orders(connection, campaign_id)
            if present.run_no != run_no or present.status not in _STARTABLE or store.is_one_time(present.message):
                return "stale"
            if present.account != self.means.account:
                store.pause(connection, campaign_id, now, "other_account", present.account, run_no=run_no)
                return "foreign"
            if self._late(present, now):
                store.pause(connection, campaign_id, now, "late_start", run_no=run_no)
                return "late"
            if not in_hours(present, now):
                self._put_off(connection, present, now)
                return "closed"
            store.set_running(connection, campaign_id, run_no, now)
            chunks = store.open_chunks(connection, campaign_id, first_only=present.canary_state == "waiting")
            for no, not_before in chunks:
                self.jobs.send(connection, campaign_id, no, run_no, "0", max(0.0, not_before - now))
            if not chunks:
                store.finish_if_done(connection, campaign_id, now)
        return "started"

    def _late(self, present: Orders, now: float) -> bool:
        due = present.start_at if present.status is CampaignStatus.SCHEDULED else None
        return due is not None and now - due > rules.LATE_START

    def _put_off(self, connection, present: Orders, now: float) -> None:
        opening = _next_opening(present, now)
        if store.put_off(connection, present.campaign_id, present.run_no, opening, now, "outside_hours"):
            self.jobs.launch(connection, present.campaign_id, present.run_no + 1, opening - now)

    def run_chunk(self, campaign_id: int, no: int, run_no: int, attempt: str) -> str:
        """Send one chunk, then record what must follow. How it ended, in a word."""
        if _fault is not None:
            return "failed"
        if self.stopping.is_set():
            ending = Ending("again")
        else:
            with self.database.reading() as connection:
                chunk = store.find_chunk(connection, campaign_id, no, run_no)
                present = store.orders(connection, campaign_id)
            if chunk is None or store.is_one_time(present.message):
                return "stale"
            if present.account != self.means.account:
                return self._refuse_foreign(present)
            try:
                ending = ChunkRun(self.line, chunk, present).run()
            except StoreError as reason:
                if reason.code != "database_replaced":
                    raise
                self.fail(reason)
                return "failed"
        self._follow(campaign_id, no, run_no, attempt, ending)
        return ending.word

    def _refuse_foreign(self, present: Orders) -> str:
        """What was planned for the sandbox must never leave by the provider, nor by another account."""
        with self.database.writing() as connection:
            store.pause(connection, present.campaign_id, time.time(), "other_account", present.account)
        return "foreign"

    def _follow(self, campaign_id: int, no: int, run_no: int, attempt: str, ending: Ending) -> None:
        now = time.time()
        with self.database.writing() as connection:
            if ending.word == "again":
                self.jobs.send(connection, campaign_id, no, run_no, str(int(attempt) + 1), ending.delay)
                return
            present = store.orders(connection, campaign_id)
            if present.run_no != run_no:
                return
            if ending.word == "closed" and present.status is CampaignStatus.RUNNING:
                self._put_off(connection, present, now)


_STARTABLE = (CampaignStatus.SCHEDULED, CampaignStatus.RUNNING)


def _next_opening(present: Orders, now: float) -> float:
    window = store.window_of(present)
    return window.next_opening(datetime.fromtimestamp(now, UTC)).timestamp() if window else now
