"""Backups taken at random moments of a campaign and put back after more of it was sent: nobody may be texted twice."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from smscore import CampaignError, CampaignStatus, StoreError, store
from tests.crash.checker import faults_of
from tests.crash.driver import ALONE, Nursery, Tally, alive
from tests.deskwork import ACTOR, TEXT, QuickDesk, launch, open_quick, statuses, wait_until
from tests.restoring import PutBack, copy_folder, copy_into, copy_online, copy_template, dump
from tests.stub_provider import Stub

WAYS: dict[str, dict[str, Callable[[str, Path], PutBack]]] = {
    "sqlite": {"online": copy_online, "folder": copy_folder, "into": copy_into},
    "postgres": {"dump": dump, "template": copy_template},
}
"""How a backup is taken and put back, by database."""
PATIENCE = 240.0
"""Seconds without any progress after which a run has failed; a busy machine is slow, and that proves nothing."""


@dataclass
class Restore:
    """One run: a campaign that is backed up, sent on, killed, restored and decided about, several times over."""

    nursery: Nursery
    url: str
    stub: Stub
    chance: random.Random
    people: int = 500
    alone: bool = True
    batch: int = 20
    rate: int = 250
    blind: bool = False
    living: bool = False

    def run(self, way: Callable[[str, Path], PutBack], times: int = 2) -> Tally:
        """Restore `times` times, then let the campaign end and check.

        Kills count that fell amid sending, each with a restore after it; others are counted aside. With `blind` the
        engine does not look whether its database was restored; with `living` it is not killed before the backup is put
        back.
        """
        tally, folder = Tally(), Path(tempfile.mkdtemp(prefix="smsdesk_copies_"))
        with self.desk() as desk:
            campaign_id = launch(desk, self.people, ALONE if self.alone else TEXT)
        try:
            for turn in range(times):
                place = folder / str(turn)
                place.mkdir()
                amid = self._once(way, place, campaign_id)
                tally.kills += amid
                tally.aside += not amid
            tally.of_one = tally.kills if self.alone else 0
            self._finish(campaign_id)
            with self.desk() as desk:
                self._count(tally, desk, campaign_id)
        finally:
            shutil.rmtree(folder)
        return tally

    @contextlib.contextmanager
    def desk(self) -> Iterator[QuickDesk]:
        """A desk for a moment, on the database as it is now."""
        opened = open_quick(self.url, self.stub.url, RATE=self.rate, BATCH_SIZE=self.batch)
        try:
            yield opened
        finally:
            opened.close()

    def _start(self) -> int:
        settings = {"RATE": self.rate, "BATCH_SIZE": self.batch}
        order = {"database": self.url, "provider": self.stub.url, "settings": settings}
        return self.nursery.start(**order, lease=1.0, blind=self.blind)

    @property
    def sent(self) -> int:
        """How many messages the provider took so far."""
        return sum(self.stub.taken.values())

    def _once(self, way: Callable[[str, Path], PutBack], place: Path, campaign_id: int) -> int:
        """Back up amid sending, send on, kill, restore, decide; whether the kill fell amid sending."""
        engine = self._start()
        before = self._sends(campaign_id, self.sent + self.chance.randint(10, 60))
        put_back = way(self.url, place)
        after = self._sends(campaign_id, self.sent + self.chance.randint(20, 100))
        time.sleep(self.chance.uniform(0, 0.2))
        if not self.living:
            self._kill(engine)
        put_back()
        if not self.living:
            engine = self._start()
        if not self.blind:
            self._decide(campaign_id, engine)
        self._kill(engine)
        return before and after

    def _sends(self, campaign_id: int, until: int) -> bool:
        """Wait until so many messages were sent; False when the campaign had no more."""
        with self.desk() as desk:
            wait_until(lambda: self.sent >= until or _rests(desk, campaign_id), PATIENCE)
            return not _rests(desk, campaign_id)

    def _kill(self, engine: int) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.kill(engine, signal.SIGKILL)
        self.nursery.wait(engine)

    def _decide(self, campaign_id: int, engine: int) -> None:
        """The engine that found the restored database asks; nothing else than the answer lets the campaign go on."""
        with self.desk() as desk:
            if desk.campaigns.get(campaign_id).ended:
                return
            wait_until(lambda: desk.restores.find_undecided() or not alive(engine), PATIENCE, "the engine did not ask")
            sent = self.sent
            for attempt in (desk.campaigns.resume, self._unasked):
                with contextlib.suppress(CampaignError):
                    attempt(campaign_id, ACTOR)
            time.sleep(0.3)
            if self.sent > sent and not self.living:
                raise AssertionError("something was sent before the question was answered")
            desk.restores.decide(campaign_id, "unknown", ACTOR)

    def _unasked(self, campaign_id: int, _actor: str) -> None:
        """What pages and verbs stand on must not start it either."""
        with self.desk() as desk, desk.database.writing() as connection:
            assert store.start_again(connection, campaign_id, time.time()) is None

    def _finish(self, campaign_id: int) -> None:
        engine, sent, last = self._start(), self.sent, time.monotonic() + PATIENCE
        with self.desk() as desk:
            while not desk.campaigns.get(campaign_id).ended and time.monotonic() < last:
                if self.sent > sent:
                    sent, last = self.sent, time.monotonic() + PATIENCE
                if not self.blind and desk.campaigns.get(campaign_id).status is CampaignStatus.PAUSED:
                    with contextlib.suppress(CampaignError, StoreError):
                        desk.campaigns.resume(campaign_id, ACTOR)
                time.sleep(0.05)
        os.kill(engine, signal.SIGTERM)
        self.nursery.wait(engine)

    def _count(self, tally: Tally, desk: QuickDesk, campaign_id: int) -> None:
        counted = statuses(desk, campaign_id)
        tally.recipients += sum(counted.values())
        tally.unknown += counted["unknown"]
        tally.twice += sum(1 for times in self.stub.taken.values() if times > 1)
        tally.lost += counted["queued"] + counted["submitting"]
        tally.faults += faults_of(desk, [campaign_id], Counter(self.stub.taken))
        if not desk.campaigns.get(campaign_id).ended:
            tally.faults.append(f"campaign {campaign_id} did not end: {counted}")


def _rests(desk: QuickDesk, campaign_id: int) -> bool:
    campaign = desk.campaigns.get(campaign_id)
    return campaign.ended or campaign.status is CampaignStatus.PAUSED


def random_restore(nursery: Nursery, url: str, chance: random.Random) -> Tally:
    """A run as chance has it: calls of one or of many, any way of copying, restored once to three times."""
    name = "sqlite" if url.startswith("sqlite") else "postgres"
    living = name == "sqlite" and chance.random() < 0.3
    with Stub() as stub:
        stub.latency = chance.choice((0.0, 0.01, 0.05))
        run = Restore(nursery, url, stub, chance, chance.randint(600, 1200), alone=chance.random() < 0.5)
        run.batch, run.living = chance.choice((5, 20, 50)), living
        way = copy_into if living else chance.choice(list(WAYS[name].values()))
        # On PostgreSQL everybody who waits becomes unknown, so that nothing is left to be sent and restored again.
        return run.run(way, chance.randint(1, 3) if name == "sqlite" else 1)
