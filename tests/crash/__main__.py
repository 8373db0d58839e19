"""The long run: kill engines at named points and at random times, and add the counts to `results.json`.

    python -m tests.crash --kills 2000 [--database both] [--seed 1] [--seconds 3600]    prints the table when it ends
    python -m tests.crash --restores 200 [--database both] [--seconds 3600]     puts backups back instead
    python -m tests.crash --show                                             prints the table of all runs so far

Each campaign survives a row of deaths and is then checked. A kill counts when the engine had begun to send and the
campaign had more to send; others are reported apart. Half of the campaigns take one recipient a call, half take many.
The first fault ends the run; what was counted is kept, the fault among it. SQLite and PostgreSQL
(SMSCORE_TEST_POSTGRES, or a server on 127.0.0.1) are counted apart; on PostgreSQL half of the campaigns have another
worker that goes on sending beside those that die.

With `--restores` a backup is taken amid sending, more is sent, the engine is killed amid sending (or lives on), and the
backup is put back: see `restoring`. They are counted in the same way.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path

from tests.crash.child import POINTS
from tests.crash.driver import ALONE, Nursery, Tally, disturb, launch, random_deaths, scene, survive
from tests.crash.restoring import random_restore
from tests.deskwork import TEXT
from tests.postgres import PostgresServer

RESULTS = Path(__file__).with_name("results.json")
DEATHS = 16
"""Deaths that one campaign survives."""
LEASE = 1.0
"""Seconds of silence after which a worker on PostgreSQL counts as dead here."""


def main() -> int:
    """Run or show; 1 when anything was found."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--kills", type=int, default=2000, help="how many engines to kill")
    asked.add_argument(
        "--database", choices=(*PLACES, "both"), default="sqlite", help="both: half of the kills on each"
    )
    asked.add_argument("--seconds", type=float, default=86_400.0, help="end after so many seconds all the same")
    asked.add_argument("--seed", type=int, default=None)
    asked.add_argument("--restores", type=int, default=0, help="how many backups to put back, instead of kills")
    asked.add_argument("--show", action="store_true", help="print the table and do nothing")
    chosen = asked.parse_args()
    if not chosen.show:
        names = tuple(PLACES) if chosen.database == "both" else (chosen.database,)
        for name in names:
            kind = _campaign if not chosen.restores else random_restore
            wanted = (chosen.restores or chosen.kills) // len(names)
            _run(name, kind, wanted, chosen.seconds / len(names), random.Random(chosen.seed))
    kept = results()
    print(table(kept))
    return 1 if any(total.faults for total in kept.values()) else 0


Kind = Callable[[Nursery, str, random.Random], Tally]
"""One campaign through several deaths or restores."""


def _run(name: str, kind: Kind, kills: int, seconds: float, chance: random.Random) -> None:
    row, what = (name, "kills") if kind is _campaign else (f"{name}_restored", "restores")
    nursery, done, last = Nursery(), 0, time.monotonic() + seconds
    with PLACES[name]() as fresh:
        while done < kills and time.monotonic() < last:
            with fresh() as database:
                tally = kind(nursery, database, chance)
            done += tally.kills
            _keep(row, tally)
            told = f"{tally.aside} not counted, {tally.unknown} unknown of {tally.recipients}"
            print(f"{name}: {done:,} of {kills:,} {what}, {told}", flush=True)
            if tally.faults:
                print("\n".join(tally.faults), file=sys.stderr)
                break
    nursery.close()


Fresh = Callable[[], contextlib.AbstractContextManager[str]]
"""Makes an empty database for one campaign and removes it afterwards; its URL."""


@contextlib.contextmanager
def _sqlite() -> Iterator[Fresh]:
    @contextlib.contextmanager
    def fresh() -> Iterator[str]:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "data").mkdir()
            yield f"sqlite:///{folder}/data/desk.db"

    yield fresh


@contextlib.contextmanager
def _postgres() -> Iterator[Fresh]:
    server = PostgresServer()

    @contextlib.contextmanager
    def fresh() -> Iterator[str]:
        url = server.fresh()
        yield url
        server.drop(url)

    try:
        yield fresh
    finally:
        server.drop_all()


PLACES: Mapping[str, Callable[[], contextlib.AbstractContextManager[Fresh]]] = {
    "sqlite": _sqlite,
    "postgres": _postgres,
}
TITLES = {
    "sqlite": "SQLite, kill -9",
    "postgres": "PostgreSQL, kill -9",
    "sqlite_restored": "SQLite, backup restored",
    "postgres_restored": "PostgreSQL, backup restored",
}


def _campaign(nursery: Nursery, database: str, chance: random.Random) -> Tally:
    alone = chance.random() < 0.5
    people, rate = (chance.randint(900, 1500), chance.choice((60, 120))) if alone else (3000, chance.choice((150, 300)))
    order = {}
    if not database.startswith("sqlite"):
        # Chunks enough for all: a worker takes two at once, and one that has none dies for nothing.
        people, rate = 3000, chance.choice((120, 240))
        order = {"lease": LEASE, "beside": chance.randint(0, 1)}
    with scene(database, BATCH_SIZE=chance.choice((5, 20, 50)), RATE=rate) as (desk, stub):
        stub.latency = chance.choice((0.0, 0.01, 0.05))
        stub.keep_alive = chance.random() < 0.8
        disturb(stub, chance, chance.choice((0.0, 0.02, 0.1)))
        campaign_id = launch(desk, people, ALONE if alone else TEXT)
        return survive(nursery, desk, stub, campaign_id, _deaths(chance), within=120, **order)


def _deaths(chance: random.Random) -> list[dict]:
    points = [point for point in POINTS if point not in ("in_migration", "in_reports", "in_end", "in_launch")]
    named = [{"point": chance.choice(points), "nth": chance.randint(1, 6), "within": 3.0} for _ in range(DEATHS // 2)]
    mixed = named + random_deaths(chance, DEATHS - len(named))
    chance.shuffle(mixed)
    return mixed


def results() -> dict[str, Tally]:
    """What all runs so far came to, by database."""
    kept = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    return {name: Tally(**kept[name]) for name in TITLES if name in kept}


def _keep(name: str, tally: Tally) -> None:
    kept = results()
    kept.setdefault(name, Tally()).add(tally)
    RESULTS.write_text(json.dumps({each: asdict(total) for each, total in kept.items()}, indent=2) + "\n")


def table(kept: Mapping[str, Tally]) -> str:
    """The figures as a table for `docs/benchmarks.md`."""
    head = (
        "| database | amid sending | in calls of one | not counted | recipients | texted twice | lost | unknown |",
        "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: |",
    )
    return "\n".join((*head, *(f"| {TITLES[name]} | {_figures(total)} |" for name, total in kept.items())))


def _figures(total: Tally) -> str:
    counts = (total.kills, total.of_one, total.aside, total.recipients, total.twice, total.lost, total.unknown)
    return " | ".join(f"{count:,}" for count in counts)


if __name__ == "__main__":
    sys.exit(main())
