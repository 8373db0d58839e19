"""How fast campaigns are recorded and sent. `python -m tests.benchmarks engine [--quick] [--only recording,bulk]`

Every figure stands beside what limits it or what is plainly used instead, measured in the same run: one sqlite3
transaction, connections divided by latency, bare `requests`. Each campaign runs in a process of its own, against a null
provider or a stand-in on loopback in another process. PostgreSQL: SMSCORE_TEST_POSTGRES, or a server on 127.0.0.1, in
a database that is made and dropped.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import requests
import sqlalchemy as sa

from smscore import Desk, store
from smscore.campaigns import RecipientStatus
from smscore.store import CallRecord, Chunk, QueuedSpan, Result
from tests.benchmarks._sending import Took, opened, record

LATENCY = 0.02
POSTGRES = os.environ.get("SMSCORE_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/postgres")
MOST_SECONDS = 400.0


@dataclass(frozen=True)
class Sizes:
    """How many recipients each measurement takes, and how often it is made."""

    recorded: int = 100_000
    null: int = 1_000_000
    bulk: int = 100_000
    personal: int = 8_000
    rounds: int = 3


QUICK = Sizes(recorded=20_000, null=50_000, bulk=20_000, personal=2_000, rounds=1)


# databases and processes


@contextmanager
def sqlite_url() -> Iterator[str]:
    """A new SQLite file, removed afterwards."""
    with tempfile.TemporaryDirectory() as folder:
        yield f"sqlite:///{folder}/desk.db"


@contextmanager
def postgres_url() -> Iterator[str]:
    """A new database on the PostgreSQL server, dropped afterwards."""
    url = sa.make_url(store.normalise_url(POSTGRES))
    name = f"benchmark_{os.getpid()}_{time.time_ns()}"
    server = sa.create_engine(url.set(database="postgres"), isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
        try:
            yield url.set(database=name, drivername="postgresql").render_as_string(hide_password=False)
        finally:
            connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    server.dispose()


@contextmanager
def provider(latency: float = LATENCY) -> Iterator[str]:
    """The address of a stand-in for the provider, in a process of its own."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.benchmarks._provider", str(latency)], stdout=subprocess.PIPE, text=True
    )
    try:
        yield process.stdout.readline().strip()
    finally:
        process.kill()
        process.wait()


def begun(url: str, *words: str) -> subprocess.Popen:
    """A sending process on the database `url`."""
    command = [sys.executable, "-m", "tests.benchmarks._sending", "--url", url, *words]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen) -> str:
    """What it printed; fails when it takes too long."""
    try:
        return process.communicate(timeout=MOST_SECONDS)[0]
    finally:
        process.kill()


def sent(url: str, *words: str) -> Took:
    """The figures of one campaign that one process recorded and sent."""
    return Took(**json.loads(ended(begun(url, *words))))


def median(measure: Callable[[], float], rounds: int) -> float:
    """The median of `rounds` measurements."""
    return statistics.median(measure() for _ in range(rounds))


def line(name: str, figure: str, beside: str) -> None:
    """One line of the table."""
    print(f"{name:46} {figure:>16}   {beside}", flush=True)


# recording: the store beside one transaction of sqlite3


def recording(sizes: Sizes) -> None:
    """Results of calls of 500 through the store, each call a commit, beside one executemany in one transaction."""
    with tempfile.TemporaryDirectory() as folder:
        claimed, call_ids = _claimed(Path(folder) / "claimed.db", sizes.recorded)
        ways = {
            "one sqlite3 transaction, executemany": _plainly,
            "our store, ids as the provider numbers them": partial(_through_store, numbered=True),
            "our store, any ids": partial(_through_store, numbered=False),
        }
        seen: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(sizes.rounds):
            for name, way in ways.items():
                seen[name].append(_timed(way, claimed, call_ids))
    plain, *_ = medians = [statistics.median(times) for times in seen.values()]
    for name, seconds in zip(seen, medians, strict=True):
        line(name, f"{seconds / sizes.recorded * 1e6:.2f} us each", f"{seconds / plain:.2f} x one transaction")


def _claimed(path: Path, recipients: int) -> tuple[Path, list[str]]:
    """A database in which all recipients are submitted in calls of 500, and the ids of the calls."""
    desk = opened(f"sqlite:///{path}", 1)
    campaign_id = record(desk, recipients, personal=False)
    chunk = Chunk(campaign_id, 0, 0, recipients, 1)
    calls = []
    with desk.database.writing() as connection:
        store.set_running(connection, campaign_id, 1, time.time())
        for first in range(0, recipients, 500):
            span = QueuedSpan(0, first, first + 499, 500)
            calls += store.claim(connection, chunk, [span], f"token{first}", time.time())
    desk.close()
    return path, [each.call_id for each in calls]


def _timed(way: Callable[[Path, list[str]], float], claimed: Path, call_ids: list[str]) -> float:
    with tempfile.TemporaryDirectory(dir=claimed.parent) as folder:
        mine = Path(shutil.copy(claimed, folder))
        return way(mine, call_ids)


def _plainly(path: Path, call_ids: list[str]) -> float:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=FULL")
    now = time.time()
    rows = [
        ("accepted", f"{call}:{n + 1}", "", "", now, 1, place * 500 + n)
        for place, call in enumerate(call_ids)
        for n in range(500)
    ]
    begin = time.perf_counter()
    connection.execute("BEGIN IMMEDIATE")
    connection.executemany(
        "UPDATE recipient SET status = ?, message_id = ?, reason = ?, words = ?, updated_at = ? "
        "WHERE campaign_id = ? AND seq = ?",
        rows,
    )
    connection.execute("COMMIT")
    seconds = time.perf_counter() - begin
    connection.close()
    return seconds


def _through_store(path: Path, call_ids: list[str], numbered: bool) -> float:
    database = store.Database(f"sqlite:///{path}")
    now = time.time()
    calls = [
        (CallRecord(call, now, "answered", "", "", 200), _results(place * 500, call, numbered))
        for place, call in enumerate(call_ids)
    ]
    begin = time.perf_counter()
    for call in calls:
        with database.writing() as connection:
            store.record(connection, 1, [call], now)
    seconds = time.perf_counter() - begin
    database.close()
    return seconds


def _results(first: int, call: str, numbered: bool) -> list[Result]:
    mark = ":" if numbered else "-"
    return [Result(first + n, RecipientStatus.ACCEPTED, f"{call}{mark}{n + 1}") for n in range(500)]


# a million recipients without a network


def million(sizes: Sizes) -> None:
    """Everything but the network: claims, texts, recording, counting, on both databases."""
    for name, url_of, goal in (("SQLite", sqlite_url, 8_000), ("PostgreSQL", postgres_url, 6_000)):
        with url_of() as url:
            took = sent(url, "--recipients", str(sizes.null))
        memory = " / ".join(f"{each:.0f}" for each in took.memory)
        line(
            f"{took.recipients:,} recipients, {name}, no network",
            f"{took.rate:,.0f}/s",
            f"goal {goal:,}/s; {took.ended}; CPU {took.cpu / sizes.null * 1e6:.0f} us each; memory {memory} MB",
        )


# against a provider of 20 ms


def bulk(sizes: Sizes) -> None:
    """Calls of 500 over one, two and four connections, beside as many threads of bare `requests`."""
    with provider() as address:
        for connections in (1, 2, 4):
            words = ("--recipients", str(sizes.bulk), "--connections", str(connections), "--provider", address)
            limit, ours, bare = connections * 500 / LATENCY, [], []
            for _ in range(sizes.rounds):
                bare.append(_bare_requests(address, sizes.bulk, connections, 500)[0])
                ours.append(_rate(words))
            for name, rates in (("bare requests", bare), ("calls of 500, 20 ms", ours)):
                rate = statistics.median(rates)
                line(f"{name}, {connections} connections", f"{rate:,.0f}/s", f"{rate / limit:.0%} of {limit:,.0f}")


def _rate(words: Sequence[str]) -> float:
    with sqlite_url() as url:
        return sent(url, *words).rate


def personal(sizes: Sizes) -> None:
    """Calls of one over sixteen connections, beside a loop of bare `requests` over as many threads."""
    with provider() as address:
        words = ("--recipients", str(sizes.personal), "--personal", "--provider", address)
        ours, bare = [], []
        for _ in range(sizes.rounds):
            bare.append(_bare_requests(address, sizes.personal, 16, 1))
            with sqlite_url() as url:
                took = sent(url, *words)
            ours.append((took.rate, took.cpu / sizes.personal))
    limit = 16 / LATENCY
    for name, figures in (("bare requests, 16 threads", bare), ("personalised, 16 connections", ours)):
        rate, cpu = (statistics.median(column) for column in zip(*figures, strict=True))
        line(name, f"{rate:,.0f}/s", f"{rate / limit:.0%} of {limit:,.0f}; CPU {cpu * 1e6:.0f} us a message")


def _bare_requests(address: str, recipients: int, threads: int, batch: int) -> tuple[float, float]:
    """Recipients per second and CPU seconds each, of threads that post calls of `batch` and read the answers, no
    more."""
    first, calls = 919_100_000_000, recipients // batch

    def post(turns: range) -> None:
        with requests.Session() as session:
            session.trust_env = False
            for turn in turns:
                numbers = ",".join(str(first + turn * batch + n) for n in range(batch))
                body = {"sender": "ABCDEF", "to": numbers, "text": f"Hello N{turn}", "type": "TRANS"}
                session.post(f"{address}/v1/sms", json=body, timeout=30).json()

    begin, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(post, [range(n, calls, threads) for n in range(threads)]))
    return recipients / (time.perf_counter() - begin), (time.process_time() - cpu) / recipients


def workers(sizes: Sizes) -> None:
    """One campaign of personalised texts over one, two and four processes on PostgreSQL, sixteen connections each."""
    alone = 0.0
    with provider() as address:
        for count in (1, 2, 4):
            with postgres_url() as url:
                rate = _shared(url, count, sizes.personal * 2, address)
            alone = alone or rate
            line(f"personalised, PostgreSQL, {count} processes", f"{rate:,.0f}/s", f"{rate / alone:.2f} x one process")


def _shared(url: str, count: int, recipients: int, address: str) -> float:
    campaign = ended(begun(url, "--recipients", str(recipients), "--personal", "--launch-only")).strip()
    all_words = ("--campaign", campaign, "--provider", address, "--patience", "120")
    processes = [begun(url, *all_words) for _ in range(count)]
    took = [Took(**json.loads(ended(process))) for process in processes]
    return took[0].rate


# waiting


def waiting(sizes: Sizes) -> None:
    """From the press to the first accepted call, and from a restart after kill -9 to the first new call."""
    with provider() as address:
        first = median(partial(_first_call, address), sizes.rounds)
        again = median(partial(_again, address), sizes.rounds)
    line("press to first accepted call, 1,000 recipients", f"{first:.2f} s", "goal under 2 s")
    line("start after kill -9 to first new call", f"{again:.2f} s", "goal under 10 s")


def _first_call(address: str) -> float:
    with sqlite_url() as url:
        return sent(url, "--recipients", "1000", "--provider", address).first


def _again(address: str) -> float:
    words = ("--provider", address, "--connections", "4")
    with sqlite_url() as url:
        first = begun(url, "--recipients", "6000", "--personal", *words)
        desk = opened(url, 1)
        _await_calls(desk, 100, 0.0)
        first.kill()
        first.wait()
        started = time.time()
        second = begun(url, "--campaign", "1", "--patience", "60", *words)
        try:
            _await_calls(desk, 1, started)
            return time.time() - started
        finally:
            second.kill()
            second.wait()
            desk.close()


def _await_calls(desk: Desk, count: int, since: float) -> None:
    made = sa.text("SELECT COUNT(*) FROM call WHERE accepted > 0 AND submitted_at > :since")
    deadline = time.time() + 60
    while time.time() < deadline:
        with desk.database.reading() as connection:
            if connection.execute(made, {"since": since}).scalar_one() >= count:
                return
        time.sleep(0.02)
    raise TimeoutError("no call within a minute")


PARTS = {each.__name__: each for each in (recording, million, bulk, personal, workers, waiting)}


def main(argv: list[str]) -> int:
    """Print the table; `--quick` for small sizes, `--only` for some parts."""
    asked = argparse.ArgumentParser(prog="python -m tests.benchmarks engine", description=__doc__)
    asked.add_argument("--quick", action="store_true")
    asked.add_argument("--only", default=",".join(PARTS), help=f"of {', '.join(PARTS)}")
    options = asked.parse_args(argv)
    for name in options.only.split(","):
        PARTS[name](QUICK if options.quick else Sizes())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
