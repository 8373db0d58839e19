"""One process of the engine's benchmark: it records a campaign, sends it, or both, and prints what it took as JSON."""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from uuid import uuid4

import numpy as np
import pyarrow as pa
import sqlalchemy as sa

from smscore import (
    Choice,
    Desk,
    Kind,
    Message,
    Plan,
    Route,
    engine,
    load_settings,
    open_desk,
    read_number,
    read_sheet,
    stop_engine,
)
from smscore.provider import Answer, Verdict
from smscore.store import tables as t

FREE_RATE = 1e7
"""Messages per second: the gate is asked at every claim and never has to wait."""


@dataclass(frozen=True)
class Took:
    """Figures of one campaign: seconds from the press to the end, from the press to the first accepted call, and from
    the first claim to the last answer; CPU seconds; memory in MB at the start, in the middle and at the end."""

    recipients: int
    ended: str
    wall: float
    first: float
    sending: float
    cpu: float
    memory: tuple[float, float, float]

    @property
    def rate(self) -> float:
        """Recipients per second between the first claim and the last answer."""
        return self.recipients / self.sending


class NullProvider:
    """Accepts everybody at once, without a network."""

    def ask(self, message, content, msisdns) -> Callable[[], Answer]:
        """Everybody accepted, with ids as the provider writes them."""
        call = uuid4()
        answer = Answer(Verdict.ANSWERED, ids={n: f"{call}:{i}" for i, n in enumerate(msisdns, 1)}, http_status=200)
        return lambda: answer


def opened(url: str, connections: int, provider: str = "") -> Desk:
    """A desk on the database `url`, whose calls go to the stand-in at `provider`."""
    words = {"DATABASE_URL": url, "RATE": "10000", "BATCH_SIZE": "500", "CONNECTIONS": str(connections)}
    if provider:
        words["BASE_URL"] = provider
    return open_desk(load_settings({f"SMSCORE_{name}": value for name, value in words.items()}, None))


def record(desk: Desk, recipients: int, personal: bool) -> int:
    """Record and start a campaign to `recipients` people; with `personal` each reads a text of their own."""
    numbers = np.arange(recipients) + 9_100_000_000
    lines = pa.array(numbers).cast(pa.string()).to_pylist()
    sheet = read_sheet(("name,phone\n" + "".join(f"N{n},{n}\n" for n in lines)).encode(), "sheet.csv")
    text = "Hello {name}" if personal else "Hello there"
    message = Message(Kind.TEXT, "ABCDEF", Route.TRANS, text)
    plan = Plan("Benchmark", message, desk.audiences.build(sheet, Choice()))
    return desk.launches.launch(plan, "benchmark")


def send(desk: Desk, null: bool) -> None:
    """Start the engine of this process."""
    provider = NullProvider() if null else desk.resources.provider
    engine.start(replace(desk.build_engine_config(), provider=lambda: provider, rate=FREE_RATE))


def megabytes() -> float:
    """What this process holds in memory now."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line.split()[1] for line in lines if line.startswith("VmRSS"))) / 1024


def watch(desk: Desk, campaign_id: int, pressed: float, patience: float) -> Took:
    """Wait for the campaign's end, at most `patience` seconds; `pressed` is when it was launched (Unix seconds)."""
    cpu, start, middle = time.process_time(), megabytes(), 0.0
    while time.time() - pressed < patience:
        seen = desk.campaigns.get_progress(campaign_id).campaign
        if not middle and seen.totals.taken * 2 >= seen.recipients:
            middle = megabytes()
        if seen.ended or seen.status == "paused":
            break
        time.sleep(0.25)
    first, claimed, answered = _times(desk, campaign_id)
    return Took(
        seen.totals.accepted,
        str(seen.status),
        time.time() - pressed,
        first - pressed,
        answered - claimed,
        time.process_time() - cpu,
        (start, middle, megabytes()),
    )


def _times(desk: Desk, campaign_id: int) -> tuple[float, float, float]:
    c = t.call.c
    wanted = sa.select(sa.func.min(c.answered_at), sa.func.min(c.submitted_at), sa.func.max(c.answered_at))
    with desk.database.reading() as connection:
        return tuple(connection.execute(wanted.where(c.campaign_id == campaign_id, c.accepted > 0)).one())


def main(argv: list[str]) -> int:
    """Do what the options say and print it."""
    options = _options(argv)
    desk = opened(options.url, options.connections, options.provider)
    read_number("0", "IN")  # as the running server has long done
    campaign_id, pressed = options.campaign, time.time()
    if not options.launch_only:
        send(desk, not options.provider)
    if not campaign_id:
        campaign_id = record(desk, options.recipients, options.personal)
        pressed = desk.campaigns.get(campaign_id).created_at.timestamp()
    if options.launch_only:
        print(campaign_id, flush=True)
        return 0
    took = watch(desk, campaign_id, pressed, options.patience)
    stop_engine()
    print(json.dumps(asdict(took)), flush=True)
    desk.close()
    return 0


def _options(argv: list[str]) -> argparse.Namespace:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--url", required=True)
    asked.add_argument("--provider", default="", help="address of a stand-in; without one calls meet a null provider")
    asked.add_argument("--recipients", type=int, default=0)
    asked.add_argument("--personal", action="store_true")
    asked.add_argument("--connections", type=int, default=16)
    asked.add_argument("--campaign", type=int, default=0, help="send this one instead of recording another")
    asked.add_argument("--launch-only", action="store_true")
    asked.add_argument("--patience", type=float, default=300.0)
    return asked.parse_args(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
