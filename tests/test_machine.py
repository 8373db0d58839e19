"""A machine that does what operators, workers and the provider do, in any order: launch, claim, call, answer, crash,
pause, resume, cancel, opt out, report. After every step nobody was texted twice and everybody has one status."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from pathlib import Path
from tempfile import mkdtemp

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from smscore import CampaignError, RecipientStatus, store
from smscore.store import CallRecord, Chunk, Event, Result
from tests.crash.checker import faults_of
from tests.deskwork import ACTOR, audience, launch, numbers, open_quick, rows, statuses
from tests.examples import examples

PEOPLE = 8
FATES = (RecipientStatus.ACCEPTED, RecipientStatus.REFUSED, RecipientStatus.UNKNOWN, RecipientStatus.QUEUED)


class Campaigns(RuleBasedStateMachine):
    """One campaign after another on one database; workers are claims that are held, answered or lost."""

    blank: Path

    @initialize()
    def upload(self) -> None:
        self.folder = Path(mkdtemp())
        shutil.copy(self.blank, self.folder / "desk.db")
        self.desk = open_quick(f"sqlite:///{self.folder / 'desk.db'}", "http://127.0.0.1:9")
        self.truth: Counter[int] = Counter()
        self.held: list = []
        self.crowd, self.calls = numbers(PEOPLE), 0
        self.campaign = launch(self.desk, audience(self.crowd))
        self.begin()

    def begin(self) -> None:
        """What the job of a launch does."""
        with self.desk.database.writing() as connection:
            run_no = store.read_orders(connection, self.campaign).run_no
            store.set_running(connection, self.campaign, run_no, time.time())
        self.chunk = Chunk(self.campaign, 0, 0, PEOPLE, run_no)

    @rule(size=st.integers(1, 5))
    def claim(self, size: int) -> None:
        self.calls += 1
        with self.desk.database.writing() as connection:
            runs = store.find_next_queued(connection, self.chunk, 0, size, False, size).spans
            self.held += store.claim(connection, self.chunk, runs, f"t{self.calls}", time.time())

    @precondition(lambda self: self.held)
    @rule(fate=st.sampled_from(FATES), written=st.booleans())
    def call(self, fate: RecipientStatus, written: bool) -> None:
        """A call is made; what came of it is written down, or the worker dies first."""
        held = self.held.pop(0)
        if fate in (RecipientStatus.ACCEPTED, RecipientStatus.UNKNOWN):
            self.truth.update(held.msisdns)
        if not written:
            return
        accepted = fate is RecipientStatus.ACCEPTED
        results = [Result(seq, fate, f"{held.call_id}:{n}" if accepted else None) for n, seq in enumerate(held.seqs, 1)]
        with self.desk.database.writing() as connection:
            record = CallRecord(held.call_id, time.time(), "", "", "", None)
            store.record(connection, self.campaign, [(record, results)], time.time())

    @rule()
    def recover(self) -> None:
        """A new run of the chunk doubts whatever is under way, dead or only slow."""
        with self.desk.database.writing() as connection:
            store.doubt_interrupted(connection, self.chunk, time.time())
            store.end_chunk(connection, self.chunk, time.time())

    @rule(act=st.sampled_from(["pause", "resume", "cancel", "stop_all"]))
    def steer(self, act: str) -> None:
        try:
            control = getattr(self.desk.campaigns, act)
            control(ACTOR) if act == "stop_all" else control(self.campaign, ACTOR)
        except CampaignError as refused:
            assert refused.code == "wrong_status"  # noqa: PT017 - the only refusal there may be
            return
        if act == "resume":
            self.begin()

    @rule(who=st.integers(0, PEOPLE - 1))
    def opt_out(self, who: int) -> None:
        self.desk.opt_outs.add(audience([self.crowd[who]]), "IN", ACTOR, "asked")

    @rule(who=st.integers(0, PEOPLE - 1), status=st.sampled_from(["sent", "delivered", "undelivered"]))
    def report(self, who: int, status: str) -> None:
        """The provider reports of a message that it sent."""
        row = rows(self.desk, self.campaign)[who]
        if not self.truth[row.msisdn] or not row.message_id:
            return
        event = Event(f"{row.msisdn}{status}", "sms", row.message_id, row.msisdn, RecipientStatus(status), "", None)
        with self.desk.database.writing() as connection:
            store.store_events(connection, [event], time.time())
            store.apply_waiting(connection, time.time())

    @invariant()
    def holds(self) -> None:
        if not hasattr(self, "desk"):
            return
        assert max(self.truth.values(), default=0) <= 1
        counted = statuses(self.desk, self.campaign)
        assert sum(counted.values()) == PEOPLE
        for row in rows(self.desk, self.campaign):
            if self.truth[row.msisdn]:
                assert row.status not in ("queued", "refused", "cancelled", "opted_out"), row

    def teardown(self) -> None:
        if not hasattr(self, "desk"):
            return
        self.recover()
        with self.desk.database.reading() as connection:
            chunks = store.list_unswept_chunks(connection, self.campaign)
        for chunk in chunks:
            with self.desk.database.writing() as connection:
                store.sweep_cancelled(connection, chunk, time.time())
        with self.desk.database.writing() as connection:
            store.recount(connection, self.chunk)
        assert faults_of(self.desk, [self.campaign], self.truth) == []
        self.desk.close()
        shutil.rmtree(self.folder)


@pytest.mark.slow
def test_any_order_of_events_texts_nobody_twice(blank_sqlite):
    Campaigns.blank = blank_sqlite
    quiet = settings(
        max_examples=examples(40),
        stateful_step_count=25,
        deadline=None,
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    run_state_machine_as_test(Campaigns, settings=quiet)
