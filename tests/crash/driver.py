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
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa

from smscore import CampaignStatus, Kind, Message, Route
from smscore.engine.runtime import CHUNKS_A_CAMPAIGN
from smscore.store import tables as t
from tests.crash.checker import faults_of, rate_faults
from tests.deskwork import ACTOR, QuickDesk, launch, open_quick, statuses
from tests.stub_provider import INTERIM, PROXIES, SURPLUS, Stub

ROOT = Path(__file__).parents[2]
ALONE = Message(Kind.VARIABLES, "ABCDEF", Route.TRANS, "", "1107160000000000001")
"""A message that takes one call a recipient."""
ON_THE_WAY = (
    *("before_claim", "in_claim", "after_claim", "before_send"),
    *("half_sent", "after_send", "before_record", "in_record"),
)
"""The points of `child.POINTS` that an engine passes with each call."""


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
        self.process.wait(240)

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
    """What a row of runs came to.

    kills: deaths in the middle of sending · of_one: those of them in campaigns of one recipient a call · aside: deaths
    before the engine had sent, or after the campaign had nothing left to send, which prove little and are not counted.
    """

    kills: int = 0
    of_one: int = 0
    aside: int = 0
    recipients: int = 0
    twice: int = 0
    lost: int = 0
    unknown: int = 0
    faults: list[str] = field(default_factory=list)

    def add(self, other: Tally) -> None:
        """Take the figures of another row of runs along."""
        self.kills += other.kills
        self.of_one += other.of_one
        self.aside += other.aside
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
    """Kill one engine after another as `deaths` say, let a last one finish, and check.

    A death has a `point` and the `nth` time there, or `seconds` of life, which with `sending` begin at the engine's
    first call. Deaths amid sending are counted, others are counted aside, and one that the campaign outran is neither.
    So many engines live `beside` the dying from the beginning to the end; `order` is said to every engine.
    """
    tally = Tally()
    base = {"database": desk.settings.database_url, "provider": stub.url, "until": campaign_id} | order
    base["settings"] = {"RATE": desk.settings.rate}
    others = [nursery.start(**base) for _ in range(beside)]
    for death in deaths:
        _count_death(tally, nursery, base, death, desk, campaign_id)
    tally.of_one = tally.kills if desk.campaigns.get(campaign_id).kind is ALONE.kind else 0
    _finish(nursery, desk, base, campaign_id, within, others)
    _count(tally, desk, stub, campaign_id)
    tally.faults += rate_faults(desk, campaign_id, CHUNKS_A_CAMPAIGN * (1 + beside))
    return tally


def _count_death(tally: Tally, nursery: Nursery, base: dict, death: dict, desk: QuickDesk, campaign_id: int) -> None:
    """Kill an engine and count its death. A campaign that an earlier one has paused would send nothing: it goes on."""
    _resume_paused(desk, campaign_id)
    before = _count_calls(desk, campaign_id)

    def sends() -> bool:
        return _count_calls(desk, campaign_id) > before

    died, at_work = _die(nursery, base, death, sends)
    amid = died and (at_work or sends()) and _is_amid_sending(desk, campaign_id)
    tally.kills += amid
    tally.aside += died and not amid


def _die(nursery: Nursery, base: dict, death: dict, sends: Callable[[], bool]) -> tuple[bool, bool]:
    """Kill an engine; return (it was killed and had not ended before, it died at a point on the way of a call)."""
    pid = nursery.start(**base, **{name: death[name] for name in ("point", "nth") if name in death})
    deadline = time.monotonic() + death.get("within", 6.0)
    while ("point" in death or (death.get("sending") and not sends())) and alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(death.get("seconds", 0.0))
    reached = not alive(pid)
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)
    died = nursery.wait(pid) == -signal.SIGKILL
    return died, died and reached and death.get("point") in ON_THE_WAY


def _count_calls(desk: QuickDesk, campaign_id: int) -> int:
    with desk.database.reading() as connection:
        asked = sa.select(sa.func.count()).where(t.call.c.campaign_id == campaign_id)
        return connection.execute(asked).scalar_one()


def _is_amid_sending(desk: QuickDesk, campaign_id: int) -> bool:
    """Tell whether a campaign has handed over some of its messages, or was about to, and has others left."""
    counted = statuses(desk, campaign_id)
    waiting = counted["queued"] + counted["submitting"]
    return _count_calls(desk, campaign_id) > 0 and waiting > 0 and not desk.campaigns.get(campaign_id).ended


def alive(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not waited for does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def _finish(nursery: Nursery, desk: QuickDesk, base: dict, campaign_id: int, within: float, others: list[int]) -> None:
    """Let a last engine send the rest; give up when no call has begun for `within` seconds."""
    last, calls, deadline = nursery.start(**base), 0, time.monotonic() + within
    while not desk.campaigns.get(campaign_id).ended and time.monotonic() < deadline:
        _resume_paused(desk, campaign_id)
        if (now := _count_calls(desk, campaign_id)) > calls:
            calls, deadline = now, time.monotonic() + within
        time.sleep(0.05)
    for pid in (*others, last):
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)
        nursery.wait(pid)


def _resume_paused(desk: QuickDesk, campaign_id: int) -> None:
    if desk.campaigns.get(campaign_id).status is CampaignStatus.PAUSED:
        desk.campaigns.resume(campaign_id, ACTOR)


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
    """Deaths at random times: one of five in the first second of an engine's life, the others once it sends."""
    early = [chance.random() < 0.2 for _ in range(count)]
    return [{"seconds": chance.uniform(0, 1.1 if each else 0.6), "sending": not each} for each in early]


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
