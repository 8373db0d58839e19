"""The long run: kill engines at named points and at random times, and add the counts to `results.json`.

    python -m tests.crash --kills 2000 [--seed 1] [--seconds 3600]      prints the table when it ends
    python -m tests.crash --show                                        prints the table of all runs so far

Each campaign survives a row of deaths and is then checked. The first fault ends the run; what was counted is kept, the
fault among it.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

from tests.crash.child import POINTS
from tests.crash.driver import ALONE, Nursery, Tally, launch, random_deaths, scene, survive
from tests.deskwork import TEXT

RESULTS = Path(__file__).with_name("results.json")
DEATHS = 16
"""Deaths that one campaign survives."""


def main() -> int:
    """Run or show; 1 when anything was found."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--kills", type=int, default=2000, help="how many engines to kill")
    asked.add_argument("--seconds", type=float, default=86_400.0, help="end after so many seconds all the same")
    asked.add_argument("--seed", type=int, default=None)
    asked.add_argument("--show", action="store_true", help="print the table and do nothing")
    chosen = asked.parse_args()
    if not chosen.show:
        _run(chosen.kills, chosen.seconds, random.Random(chosen.seed))
    total = _kept()
    print(table(total))
    return 1 if total.faults else 0


def _run(kills: int, seconds: float, chance: random.Random) -> None:
    nursery, done, last = Nursery(), 0, time.monotonic() + seconds
    while done < kills and time.monotonic() < last:
        with tempfile.TemporaryDirectory() as folder:
            tally = _campaign(nursery, Path(folder), chance)
        done += tally.kills
        _keep(tally)
        print(f"{done:,} of {kills:,} kills, {tally.unknown} unknown of {tally.recipients}", flush=True)
        if tally.faults:
            print("\n".join(tally.faults), file=sys.stderr)
            break
    nursery.close()


def _campaign(nursery: Nursery, folder: Path, chance: random.Random) -> Tally:
    alone = chance.random() < 0.5
    people, rate = (chance.randint(300, 900), chance.choice((60, 120))) if alone else (3000, chance.choice((300, 600)))
    with scene(f"sqlite:///{folder / 'desk.db'}", BATCH_SIZE=chance.choice((5, 20, 50)), RATE=rate) as (desk, stub):
        stub.latency = chance.choice((0.0, 0.01, 0.05))
        campaign_id = launch(desk, people, ALONE if alone else TEXT)
        return survive(nursery, desk, stub, campaign_id, _deaths(chance), within=120)


def _deaths(chance: random.Random) -> list[dict]:
    points = [point for point in POINTS if point not in ("in_migration", "in_reports", "in_end", "in_launch")]
    named = [{"point": chance.choice(points), "nth": chance.randint(1, 6), "within": 1.5} for _ in range(DEATHS // 2)]
    mixed = named + random_deaths(chance, DEATHS - len(named))
    chance.shuffle(mixed)
    return mixed


def _kept() -> Tally:
    return Tally(**json.loads(RESULTS.read_text())) if RESULTS.exists() else Tally()


def _keep(tally: Tally) -> None:
    total = _kept()
    total.add(tally)
    RESULTS.write_text(json.dumps(asdict(total), indent=2) + "\n")


def table(total: Tally) -> str:
    """The figures as a table for the README."""
    return "\n".join(
        (
            "| kill -9 | recipients | texted twice | lost | unknown |",
            "| ---: | ---: | ---: | ---: | ---: |",
            f"| {total.kills:,} | {total.recipients:,} | {total.twice:,} | {total.lost:,} | {total.unknown:,} |",
        )
    )


if __name__ == "__main__":
    sys.exit(main())
