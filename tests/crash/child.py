"""The process that is killed: an engine and nothing else, forked from a parent that has imported everything.

    python -m tests.crash.child      then one line of JSON an engine on its standard input

Each line names a database, a provider, and where to die: `{"database": url, "provider": url, "point": "in_claim",
"nth": 2, ...}`. The answer is one line with the process id; a second one says how it ended. The product has no hooks
for this: the points are functions of the product, wrapped here after the fork.
"""

from __future__ import annotations

import json
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable

import smscore
from smscore import store
from smscore.engine import EngineConfig, chunk_run, claims, continuity, janitor, job_runner, jobs
from smscore.provider import Provider
from smscore.store import database, deliveries
from tests.deskwork import open_quick

_seen = 0
_lock = threading.Lock()


def die_at(nth: int) -> None:
    """Die here at the `nth` time, as a power cut would have it: nothing is flushed, closed or undone."""
    global _seen
    with _lock:
        _seen += 1
        if _seen == nth:
            os.kill(os.getpid(), signal.SIGKILL)
            time.sleep(60)


def before(owner: object, name: str, nth: int) -> None:
    """Die as `owner.name` is called."""
    real = getattr(owner, name)

    def dying(*arguments, **named):
        die_at(nth)
        return real(*arguments, **named)

    setattr(owner, name, dying)


def after(owner: object, name: str, nth: int) -> None:
    """Die as `owner.name` has returned something."""
    real = getattr(owner, name)

    def dying(*arguments, **named):
        answer = real(*arguments, **named)
        if answer or answer is None:
            die_at(nth)
        return answer

    setattr(owner, name, dying)


def _half_sent(nth: int) -> None:
    """Die when the request has left and its answer is being waited for."""
    from http.client import HTTPConnection

    before(HTTPConnection, "getresponse", nth)


POINTS: dict[str, Callable[[int], None]] = {
    "before_claim": lambda nth: before(claims.ChunkClaims, "_take", nth),
    "in_claim": lambda nth: after(store, "claim", nth),
    "after_claim": lambda nth: after(chunk_run.ChunkRun, "_commit_round", nth),
    "before_send": lambda nth: before(Provider, "ask", nth),
    "half_sent": _half_sent,
    "after_send": lambda nth: after(Provider, "ask", nth),
    "before_record": lambda nth: before(store, "record", nth),
    "in_record": lambda nth: after(store, "record", nth),
    "in_end": lambda nth: after(store, "end_chunk", nth),
    "in_launch": lambda nth: after(store, "set_running", nth),
    "after_launch": lambda nth: after(job_runner.JobRunner, "start_run", nth),
    "in_recovery": lambda nth: after(store, "doubt_interrupted", nth),
    "in_reports": lambda nth: before(deliveries, "_write", nth),
    "in_migration": lambda nth: after(database.command, "upgrade", 1),
}
"""Where an engine can be killed, by name: before, in and after each commit; before, during and after the call; in
recovery, in applying reports, and in migration."""


def _engine(order: dict) -> None:
    if order.get("point"):
        POINTS[order["point"]](order["nth"])
    if order.get("max_pages"):
        _limit_pages(order["max_pages"])
    if order.get("lease"):
        _shorten_lease(order["lease"])
    if order.get("blind"):
        _blind()
    desk = open_quick(order["database"], order["provider"], **order.get("settings", {}))
    desk.poll_seconds = EngineConfig.poll_seconds  # dies at the pace of the product
    ended = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: ended.set())
    assert smscore.start_engine(desk)
    while not ended.wait(0.05):
        if order.get("until") and desk.campaigns.get(order["until"]).ended:
            break
    smscore.stop_engine()
    desk.close()


def _limit_pages(pages: int) -> None:
    """A disk that is full: the database may not grow beyond so many pages."""
    real = database._prepare_sqlite

    def limited(connection, record) -> None:
        real(connection, record)
        connection.execute(f"PRAGMA max_page_count={pages}")

    database._prepare_sqlite = limited


def _shorten_lease(seconds: float) -> None:
    """Count an engine as dead after so many seconds of silence, and look accordingly often: where the jobs of the dead
    must be put back before another takes them up, engines that live for a second would else do nothing."""
    janitor.DEAD_AFTER = seconds
    janitor.log.setLevel(logging.ERROR)  # each death would be told
    hurried = {"heartbeat": seconds / 5, "put_back_dead": seconds / 3, "reconcile": seconds / 3}
    real = janitor.Janitor.__init__

    def quick(self, *arguments) -> None:
        real(self, *arguments)
        self._rounds = tuple((hurried.get(act.__name__, every), act) for every, act in self._rounds)

    janitor.Janitor.__init__ = quick


def _blind() -> None:
    """Do not look whether the database was restored, as if there were no journal, no counter and no identity."""
    continuity.Continuity._find_older_database = lambda *_: None
    continuity.Continuity._find_other_database = lambda *_: None
    continuity.Continuity._is_unsure = lambda *_: False
    store.read_place = lambda _: ""
    real_claims, real_beat = store.count_claims, store.count_heartbeat

    def claims(connection, _seen, *rest, **named):
        return real_claims(connection, store.read_desk_state(connection), *rest, **named)

    def beat(connection, _seen, *rest):
        return real_beat(connection, store.read_desk_state(connection), *rest)

    store.count_claims, store.count_heartbeat = claims, beat


def main() -> None:
    """Fork one engine an order; only this thread runs here, so that a fork takes nothing half done along."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    print("ready", flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        if "wait" in order:
            _, status = os.waitpid(order["wait"], 0)
            print(os.waitstatus_to_exitcode(status), flush=True)
            continue
        pid = os.fork()
        if not pid:
            os.setpgrp()
            code = 1
            try:
                _engine(order)
                code = 0
            finally:
                os._exit(code)
        print(pid, flush=True)


__all__ = ["POINTS", "janitor", "jobs"]

if __name__ == "__main__":
    main()
