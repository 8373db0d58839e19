"""Sending one chunk: the loop that claims, calls, records, and stops at once when it must.

One round is one commit: it records the answers that came, and claims what may leave next (`claims`). Between rounds
the calls run on a shared pool of connections (`call_pool`); what answers mean for the campaign is in `outcomes`. A
claim that no connection has taken when the run must stop is given back.
"""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from smscore import store
from smscore.campaigns import sends_one_by_one
from smscore.engine import policy
from smscore.engine.call_pool import CallPool, ReadyCall
from smscore.engine.claims import ChunkClaims
from smscore.engine.context import Ending, RunControl, SendContext
from smscore.engine.continuity import BROKEN
from smscore.engine.outcomes import GIVEN_BACK, CampaignReactions, build_call_record, build_results
from smscore.errors import StoreError
from smscore.messages import Message
from smscore.provider import Answer, Effect
from smscore.store import Chunk, Claimed, Orders

CHECK_SECONDS = 0.5
"""How often a run recounts its chunk and asks whether it may go on."""
GATHER_SECONDS = 0.02
"""How long the first answer waits for others, to be recorded in one commit."""


@dataclass
class PendingAnswers:
    """Answers that wait to be recorded; `since` is when the first of them came, in seconds of the monotonic clock."""

    answers: list[tuple[Claimed, Answer]] = field(default_factory=list)
    since: float = 0.0

    def add(self, answers: Iterable[tuple[Claimed, Answer]]) -> None:
        """Add answers that came."""
        if not self.answers:
            self.since = time.monotonic()
        self.answers += answers

    def take_all(self) -> list[tuple[Claimed, Answer]]:
        """Return the answers, which are recorded now; none of them waits any more."""
        taken, self.answers = self.answers, []
        return taken


class ChunkRun:
    """One run over one chunk."""

    def __init__(self, context: SendContext, chunk: Chunk, orders: Orders) -> None:
        self.context, self.chunk, self.orders = context, chunk, orders
        message = Message.from_json(orders.message)
        self.control = RunControl(context.stopping)
        self.calls = CallPool(context, message, self.control)
        self.claims = ChunkClaims(context, chunk, orders, self.calls, self.control, sends_one_by_one(message))
        self.reactions = CampaignReactions(chunk, orders, self.control)
        self.pending = PendingAnswers()
        self._checked_at = 0.0

    def run(self) -> Ending:
        """Send what is queued in the chunk until nothing is left or something stops it."""
        with self.context.database.writing() as connection:
            # Never twice: what an earlier run had in flight when it died may have left, and must not be queued.
            store.doubt_interrupted(connection, self.chunk, time.time(), self.context.in_flight.list_ids())
            pace = store.read_account_rate(connection, self.orders.account)
        if pace is not None:
            self.claims.limits.set_rate(pace.rate)
        try:
            while not self._is_idle() or (self.control.may_claim() and self.claims.find_returned()):
                self._begin_calls()
                self._collect_answers()
                if self._is_round_due():
                    self._run_round()
            return self._close()
        finally:
            # A run that fails leaves its calls to the next one, which must doubt them.
            self.calls.take_back()
            self.context.in_flight.remove(self.claims.own_calls)
            self.claims.leave()

    def _is_idle(self) -> bool:
        sending = self.calls.under_way or self.pending.answers
        return not sending and (self.claims.exhausted or not self.control.may_claim())

    def _begin_calls(self) -> None:
        """Let claimed calls begin on free connections; when the run was stopped, give them back instead."""
        self.calls.begin_calls()
        if self.control.halted:
            self.pending.add([(claimed, GIVEN_BACK) for claimed in self.calls.take_back()])

    def _collect_answers(self) -> None:
        """Take the answers that have come; wait for the next one when there is nothing else to do."""
        patience = self._get_patience()
        if self.calls.under_way:
            self.pending.add(list(self.calls.collect(patience)))
        elif patience and not self._is_idle():
            self.context.stopping.wait(patience)

    def _get_patience(self) -> float:
        """Return the seconds to wait for an answer: none when a round is due, else until one will be."""
        if self._is_round_due():
            return 0.0
        until = [self._checked_at + CHECK_SECONDS]
        if self.pending.answers:
            until.append(self.pending.since + GATHER_SECONDS)
        if self.claims.waits_for_slot:
            until.append(self.claims.slot_at)
        return max(0.001, min(0.2, min(until) - time.monotonic()))

    def _is_round_due(self) -> bool:
        now = time.monotonic()
        if self.calls.held or self._are_answers_due(now) or now - self._checked_at >= CHECK_SECONDS:
            return True
        return self.claims.wants_more() and (not self.claims.waits_for_slot or now >= self.claims.slot_at)

    def _are_answers_due(self, now: float) -> bool:
        waiting = len(self.pending.answers)
        if not waiting:
            return False
        enough = waiting >= self.claims.limits.group or not self.calls.under_way
        return enough or now - self.pending.since >= GATHER_SECONDS

    def _run_round(self) -> None:
        """Commit once. While the database is away answers stay in memory and nothing new is claimed."""
        ready = self._commit_with_patience()
        self.claims.forget({each.call_id for each, _ in self.pending.take_all()})
        self.calls.held = False
        if ready is not None:
            self.claims.pass_over()
            ready = self._write_journal(ready)
            self.claims.note_commit(ready)
            self.calls.add(ready)
            self._begin_calls()

    def _commit_with_patience(self) -> list[ReadyCall] | None:
        deadline = time.monotonic() + policy.DATABASE_PATIENCE
        while True:
            try:
                return self._commit_round()
            except StoreError as fault:
                if fault.code == "database_replaced" or time.monotonic() > deadline:
                    self.control.halt(Ending("stopped"))
                    raise
                if fault.code in BROKEN:
                    # Nothing is claimed from here on; what came back is still recorded.
                    self.control.halt(Ending("stopped"))
                    self.context.continuity.recheck()
                else:
                    time.sleep(1.0)

    def _commit_round(self) -> list[ReadyCall] | None:
        """Return the calls that were claimed; None when no claim was tried."""
        now = time.time()
        outcomes = [
            (build_call_record(each, answer, now), build_results(each, answer)) for each, answer in self.pending.answers
        ]
        with self.context.database.writing() as connection:
            store.record(connection, self.chunk.campaign_id, outcomes, now)
            for _, answer in self.pending.answers:
                self.reactions.react(connection, answer, now)
            if time.monotonic() - self._checked_at >= CHECK_SECONDS:
                self._checked_at = time.monotonic()
                self.reactions.check(connection, now)
            ready = self.claims.claim(connection) if self.claims.wants_more() else None
        if ready is not None and not ready:
            self._checked_at = 0.0  # paused meanwhile, or all opted out: look before the next claim
        return ready

    def _write_journal(self, ready: list[ReadyCall]) -> list[ReadyCall]:
        """Return the calls that may be made: all, once the journal names them, or none.

        A restored backup does not know of them. Without the journal nobody could tell that they may have left.
        """
        entry, self.claims.entry = self.claims.entry, None
        if entry is None:
            return ready
        try:
            self.context.continuity.keep(entry)
            self.context.database.must_be_same_file()
        except StoreError as fault:
            if fault.code == "database_replaced":
                self.control.halt(Ending("stopped"))
                raise
            unsent = replace(GIVEN_BACK, code="journal_paused", effect=Effect.PAUSE)
            self.pending.add([(claimed, unsent) for claimed, _ in ready])
            return []
        return ready

    def _close(self) -> Ending:
        with self.context.database.writing() as connection:
            self.claims.give_back_slot(connection)
            closed = store.end_chunk(connection, self.chunk, time.time())
            if closed and self.chunk.no == 0:
                store.judge_sent_canary(connection, self.chunk.campaign_id, time.time())
        if closed:
            return Ending("done")
        return self.control.ending or Ending("again", 1.0)
