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
from pathlib import Path

from dbos import DBOS, DBOSConfig, DBOSPortableJSONSerializer

from smscore import store
from smscore.durable_files import FileLock
from smscore.engine import job_runner, jobs
from smscore.engine.context import SendContext
from smscore.engine.continuity import Continuity
from smscore.engine.janitor import Janitor
from smscore.errors import StoreError
from smscore.provider import Provider
from smscore.store import Database

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
class EngineConfig:
    """What an engine needs: the database, the provider, the account whose rate (messages per second) is held, how many
    connections to the provider it may use, and what tells that the database was restored."""

    database: Database
    provider: Callable[[], Provider]
    account: str
    rate: float
    connections: int
    continuity: Continuity
    poll_seconds: float = 0.2


def get_engine_lock_path(database: Path) -> Path:
    """Return the file that the one engine of an SQLite database locks."""
    return database.with_name(database.name + ".engine.lock")


def get_running() -> Runtime:
    """Return the engine of this process. Raises StoreError("no_engine") when there is none."""
    if _running is None:
        raise StoreError("no_engine")
    return _running


def get_fault() -> StoreError | None:
    """Return why the engine of this process stopped by itself; None while it runs, or when it was told to stop."""
    return _fault


def start(config: EngineConfig) -> bool:
    """Start the engine of this process; False when it runs already, or, on SQLite, when another process has it.

    Raises StoreError when the database was replaced, or the journal cannot be written; then nothing is sent.
    """
    global _running, _fault
    with _changing:
        if _running is not None:
            return False
        runtime = Runtime(config)
        if not runtime.lock.take():
            return False
        _running = runtime
        try:
            runtime.start()
        except BaseException as reason:
            _running = None
            job_runner.set_runner(None)
            runtime.lock.give_back()
            _fault = reason if isinstance(reason, StoreError) else _fault
            raise
        _fault = None
        return True


def stop() -> None:
    """Stop claiming, wait for the calls in flight, record their answers, and end. Nothing is left in doubt."""
    global _fault
    _end()
    _fault = None


def _end() -> None:
    global _running
    with _changing:
        if _running is not None:
            _running.stop()
            _running = None
            job_runner.set_runner(None)


class Runtime:
    """The engine's parts, and the order in which they start and stop."""

    def __init__(self, config: EngineConfig) -> None:
        self.config = config
        self.database = config.database
        path = store.get_sqlite_file(self.database.url) if self.database.sqlite else None
        self.lock = FileLock(get_engine_lock_path(path) if path else None)
        self.executor_id = "local" if path else f"{socket.gethostname()}-{os.getpid()}-{time.time_ns()}"
        self.stopping = threading.Event()
        self._file_watch = threading.Thread(target=self._watch_file, name="database file", daemon=True)

    def start(self) -> None:
        """Migrate, take up what was interrupted, and listen for jobs."""
        sys.setswitchinterval(SWITCH_SECONDS)
        store.migrate(self.database)
        # Before anything can be sent: DBOS takes up interrupted jobs as soon as it is launched.
        self.config.continuity.begin()
        DBOS(config=self._build_dbos_config())
        self.context = self._make_context()
        with self.database.writing() as connection:
            store.set_rate(connection, self.config.account, self.config.rate)
            store.heartbeat(connection, self.executor_id)
        # Before the launch, which takes up interrupted jobs at once: they record what follows them.
        self.client = jobs.make_client(self.database)
        self.jobs = jobs.Jobs(self.client)
        job_runner.set_runner(job_runner.JobRunner(self.context, self.jobs, self.config.account, self.fail))
        # DBOS listens at once to the queues that it finds, and looks for others a second later.
        self._register_queues()
        DBOS.launch()
        self.janitor = Janitor(self.database, self.jobs, self.executor_id, self.config.account, self.config.continuity)
        self.janitor.start()
        self._file_watch.start()
        # To look through all that is loaded by now for garbage would stop every connection for a tenth of a second.
        gc.freeze()

    def _make_context(self) -> SendContext:
        return SendContext(
            self.database,
            self.config.provider(),
            ThreadPoolExecutor(self.config.connections, thread_name_prefix="provider"),
            self.stopping,
            self.config.continuity,
            connections=self.config.connections,
        )

    def _build_dbos_config(self) -> DBOSConfig:
        return DBOSConfig(
            name=jobs.APPLICATION,
            system_database_url=self.database.url,
            application_version=jobs.VERSION,
            executor_id=self.executor_id,
            serializer=DBOSPortableJSONSerializer(),
            log_level="ERROR",
            sys_db_pool_size=8,
            # A stop waits for the listener's next round. Nothing of ours is told that way, so a round costs nothing.
            notification_listener_polling_interval_sec=self.config.poll_seconds,
        )

    def _register_queues(self) -> None:
        self.client.register_queue(
            jobs.CONTROL_QUEUE,
            worker_concurrency=2,
            polling_interval_sec=self.config.poll_seconds,
            on_conflict="always_update",
        )
        self.client.register_queue(
            jobs.CHUNK_QUEUE,
            worker_concurrency=CHUNK_SLOTS,
            partition_worker_concurrency=CHUNKS_A_CAMPAIGN,
            polling_interval_sec=self.config.poll_seconds,
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
            self.context.fault = _fault = reason
            self.stopping.set()
            log.error("sending has stopped: %s", reason)
            threading.Thread(target=_end, name="stopping").start()

    def stop(self) -> None:
        """Stop every part; see the function `stop`."""
        self.stopping.set()
        self.janitor.stop()
        DBOS.destroy(workflow_completion_timeout_sec=STOP_SECONDS)
        self.context.pool.shutdown(wait=True)
        with suppress(StoreError):  # it may have stopped because the database is gone
            self.config.continuity.heartbeat()
            with self.database.writing() as connection:
                store.delete_worker(connection, self.executor_id)
        self.config.continuity.close()
        self.client.destroy()
        self.lock.give_back()
        gc.unfreeze()
