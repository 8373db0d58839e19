"""Driving engines that die: a nursery that forks them, and one run of a campaign through several deaths."""

from __future__ import annotations

import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from smscore import CampaignStatus, Kind, Message, Route
from smscore.engine.runtime import CHUNKS_A_CAMPAIGN
from tests.crash.checker import faults_of, rate_faults
from tests.deskwork import ACTOR, QuickDesk, launch, open_quick, statuses
from tests.stub_provider import INTERIM, PROXIES, SURPLUS, Stub

ROOT = Path(__file__).parents[2]
ALONE = Message(Kind.VARIABLES, "ABCDEF", Route.TRANS, "", "1107160000000000001")
"""A message that takes one call a recipient."""


class Nursery:
    """A process that has imported everything and forks engines, so that a death costs milliseconds, not seconds."""

    def __init__(self) -> None:
        order = [sys.executable, "-m", "tests.crash.child"]
        self.process = subprocess.Popen(order, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self._answer()

    def start(self, **order: object) -> int:
        """Fork an engine; its process id."""
        return int(self._ask(order))

    def wait(self, pid: int) -> int:
        """Wait for an engine to end; its exit code, negative for a signal."""
        return int(self._ask({"wait": pid}))

    def close(self) -> None:
        self.process.stdin.close()
        self.process.wait(10)

    def _ask(self, order: dict) -> str:
        print(json.dumps(order), file=self.process.stdin, flush=True)
        return self._answer()

    def _answer(self) -> str:
        answer = self.process.stdout.readline().strip()
        if not answer:
            raise RuntimeError("the nursery died")
        return answer


@dataclass
class Tally:
    """What a row of runs came to."""

    kills: int = 0
    recipients: int = 0
    twice: int = 0
    lost: int = 0
    unknown: int = 0
    faults: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take the figures of another row of runs along."""
        self.kills += other.kills
        self.recipients += other.recipients
        self.twice += other.twice
        self.lost += other.lost
        self.unknown += other.unknown
        self.faults += other.faults


@contextlib.contextmanager
def scene(database: str, **settings: object) -> Iterator[tuple[QuickDesk, Stub]]:
    """A provider and a desk without an engine, on a database of its own."""
    with Stub() as stub:
        desk = open_quick(database, stub.url, **settings)
        try:
            yield desk, stub
        finally:
            desk.close()


def survive(
    nursery: Nursery,
    desk: QuickDesk,
    stub: Stub,
    campaign_id: int,
    deaths: list[dict],
    within: float = 40,
    beside: int = 0,
    **order: object,
) -> Tally:
    """Kill one engine after another as `deaths` say (`point` and `nth`, or `seconds`), let a last one finish, and
    check. A death that the campaign outran is not counted. So many engines live `beside` the dying from the beginning
    to the end; `order` is said to every engine."""
    tally = Tally()
    base = {"database": desk.settings.database_url, "provider": stub.url, "until": campaign_id} | order
    base["settings"] = {"RATE": desk.settings.rate}
    others = [nursery.start(**base) for _ in range(beside)]
    for death in deaths:
        tally.kills += _die(nursery, base, death)
    _finish(nursery, desk, base, campaign_id, within, others)
    _count(tally, desk, stub, campaign_id)
    tally.faults += rate_faults(desk, campaign_id, CHUNKS_A_CAMPAIGN * (1 + beside))
    return tally


def _die(nursery: Nursery, base: dict, death: dict) -> int:
    pid = nursery.start(**base, **{name: death[name] for name in ("point", "nth") if name in death})
    if "seconds" in death:
        time.sleep(death["seconds"])
    deadline = time.monotonic() + death.get("within", 6.0)
    while "seconds" not in death and alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    return nursery.wait(pid) == -signal.SIGKILL


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _finish(nursery: Nursery, desk: QuickDesk, base: dict, campaign_id: int, within: float, others: list[int]) -> None:
    last = nursery.start(**base)
    deadline = time.monotonic() + within
    while not desk.campaigns.get(campaign_id).ended and time.monotonic() < deadline:
        if desk.campaigns.get(campaign_id).status is CampaignStatus.PAUSED:
            desk.campaigns.resume(campaign_id, ACTOR)
        time.sleep(0.05)
    for pid in (*others, last):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        nursery.wait(pid)


def _count(tally: Tally, desk: QuickDesk, stub: Stub, campaign_id: int) -> None:
    campaign, counted = desk.campaigns.get(campaign_id), statuses(desk, campaign_id)
    tally.recipients += sum(counted.values())
    tally.unknown += counted["unknown"]
    tally.twice += sum(1 for times in stub.taken.values() if times > 1)
    tally.lost += counted["queued"] + counted["submitting"]
    tally.faults += faults_of(desk, [campaign_id], Counter(stub.taken))
    if not campaign.ended:
        tally.faults.append(f"campaign {campaign_id} did not end: {campaign.status} {campaign.reason} {counted}")


def random_deaths(chance: random.Random, count: int) -> list[dict]:
    """Deaths at random times of the first second or so of an engine's life."""
    return [{"seconds": chance.uniform(0.15, 1.1)} for _ in range(count)]


DISTURBANCES = [
    fault
    for fault in (*SURPLUS, *INTERIM, *PROXIES)
    if "429" not in fault and not fault.endswith(("_only", "late_answer"))
]
"""Answers of doubtful origin that cost neither a rest of the account nor the deadline of a call."""


def disturb(stub: Stub, chance: random.Random, share: float, calls: int = 2000) -> None:
    """Let this share of the provider's calls end in a surplus answer, an interim one or that of a proxy."""
    stub.calls |= {call: chance.choice(DISTURBANCES) for call in range(1, calls) if chance.random() < share}


__all__ = ["ALONE", "Nursery", "Tally", "disturb", "launch", "random_deaths", "scene", "survive"]
