"""Sending one chunk: the loop that claims, calls, records, and stops at once when it must.

One turn is one commit: it writes what came back, and claims what may leave next. Between turns the calls run on a
shared pool of connections. `submitting` is committed as late as possible, after the wait for the account's turn, so
that a crash while waiting leaves nobody in doubt. A small group is claimed ahead of the connections, so that none of
them waits for a commit; a claim that no connection has taken when the run must stop is given back.
"""

from __future__ import annotations

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from uuid import uuid4

import sqlalchemy as sa

from smscore import store
from smscore.campaigns import CampaignStatus, sends_one_by_one
from smscore.engine import rules
from smscore.engine.ahead import Ahead, Run
from smscore.engine.continuity import BROKEN
from smscore.engine.journal import Entry
from smscore.engine.line import Ending, Line, in_hours
from smscore.engine.outcomes import call_record, results
from smscore.errors import ProviderError, StoreError
from smscore.messages import Content, Message
from smscore.provider import Answer, Effect, Fate, Verdict
from smscore.store import Chunk, Claimed, Orders, Turn

GROUP = 20
"""Most recipients of small calls claimed ahead of the connections: a crash would leave them in doubt."""
GROUP_SECONDS = 0.1
"""At most this much of the account's rate is claimed at once, so that a slow account claims one at a time."""
CHECK_SECONDS = 0.5
"""How often a run recounts its chunk and asks whether it may go on."""
GATHER_SECONDS = 0.02
"""How long the first answer waits for others, to be written in one commit."""

OUR_FAULT = Answer(verdict=Verdict.UNKNOWN, code="our_fault", effect=Effect.PAUSE)
GIVEN_BACK = Answer(verdict=Verdict.NOT_SENT, code="given_back", rest=Fate.QUEUED)
"""A claim that no connection took: nothing left, whatever the reason."""

Ready = tuple[Claimed, Content]


def _our_fault() -> Answer:
    return OUR_FAULT


class ChunkRun:
    """One run over one chunk."""

    def __init__(self, line: Line, chunk: Chunk, orders: Orders) -> None:
        self.line, self.chunk, self.orders = line, chunk, orders
        self.message = Message.from_json(orders.message)
        self.alone = sends_one_by_one(self.message)
        self.ahead = Ahead(chunk, self.alone, orders.batch_size)
        self.lock = threading.Lock()
        self.ready: deque[Ready] = deque()
        self.used = self.coming = 0
        self.answers: queue.SimpleQueue[tuple[Claimed, Callable[[], Answer]]] = queue.SimpleQueue()
        self.call_size = 1
        self.waiting: list[tuple[Claimed, Answer]] = []
        self.open_calls = 0
        self.exhausted = False
        self.halted: Ending | None = None
        self.held = False
        self.troubled = orders.trouble > 0
        self.checked_at = self.gathered_at = 0.0
        self.group = self.quota = 1
        self.turn: Turn | None = None
        self.turn_at = 0.0
        self.next_runs: list[Run] = []
        self.mine: set[str] = set()
        self.entry: Entry | None = None

    def run(self) -> Ending:
        """Send what is queued in the chunk until nothing is left or something stops it."""
        with self.line.database.writing() as connection:
            store.doubt_interrupted(connection, self.chunk, time.time(), self.line.in_flight.now())
            pace = store.pace(connection, self.orders.account)
        self.quota = max(1, int(pace.rate * GROUP_SECONDS)) if pace else 1
        self.group = min(GROUP, self.quota)
        try:
            while not self._idle() or (self._may_claim() and self._some_came_back()):
                self._hand_over()
                self._collect()
                if self._turn_is_due():
                    self._take_turn()
            return self._close()
        finally:
            # A run that fails leaves its calls to the next one, which must doubt them.
            with self.lock:
                self.ready.clear()
            self.line.in_flight.remove(self.mine)
            self.line.runs.discard(id(self))

    def _idle(self) -> bool:
        sending = self.open_calls or self.waiting
        return not sending and (self.exhausted or not self._may_claim())

    def _may_claim(self) -> bool:
        if self.line.stopping.is_set() and self.halted is None:
            self._halt(Ending("again"))
        return self.halted is None

    # calls

    def _hand_over(self) -> None:
        """Let claimed calls begin on free connections; when the run was stopped, give them back instead."""
        with self.lock:
            free = self.halted is None and not self.held
            while free and len(self.ready) > self.coming and self.used < self.line.share:
                self.used, self.coming = self.used + 1, self.coming + 1
                self.line.pool.submit(self._use_connection)
            if self.halted is not None:
                self.open_calls -= len(self.ready)
                self.waiting += [(claimed, GIVEN_BACK) for claimed, _ in self.ready]
                self.ready.clear()

    def _use_connection(self) -> None:
        """Make one call after the other for as long as the run has any and keeps to its share."""
        with self.lock:
            self.coming -= 1
        try:
            while (call := self._next_call()) is not None:
                self._call(*call)
        except BaseException:
            with self.lock:
                self.used -= 1
            raise

    def _next_call(self) -> Ready | None:
        with self.lock:
            over = self.halted is not None or self.line.stopping.is_set() or self.used > self.line.share
            if over or self.held or not self.ready:
                self.used -= 1
                return None
            return self.ready.popleft()

    def _call(self, claimed: Claimed, content: Content) -> None:
        # Until the provider's client has spoken, what left is not known: a fault of ours must not look like an answer.
        read, begun = _our_fault, time.monotonic()
        try:
            read = self.line.provider.ask(self.message, content, claimed.msisdns)
        except ProviderError as fault:
            read = partial(Answer, Verdict.NOT_SENT, fault.code, Effect.PAUSE, rest=Fate.QUEUED)
        finally:
            self.line.call_seconds = time.monotonic() - begun
            self.answers.put((claimed, read))

    def _collect(self) -> None:
        """Take the answers that have come; wait for the next one when there is nothing else to do."""
        patience = self._patience()
        if not self.open_calls:
            if patience and not self._idle():
                self.line.stopping.wait(patience)
            return
        try:
            self._take_answer(self.answers.get(timeout=patience) if patience else self.answers.get_nowait())
            while True:
                self._take_answer(self.answers.get_nowait())
        except queue.Empty:
            pass

    def _take_answer(self, came: tuple[Claimed, Callable[[], Answer]]) -> None:
        # Read here, while the connection that brought it makes the next call already. What cannot be read may have been
        # sent: whatever the fault is, its people are unknown, and the run goes on to write that down.
        claimed, read = came
        try:
            answer = read()
        except Exception:
            answer = OUR_FAULT
        # Calls that are claimed already would leave while this answer waits to be written down.
        self.held |= answer.effect in (Effect.SLOW_DOWN, Effect.PAUSE)
        self.waiting.append((claimed, answer))
        self.open_calls -= 1

    def _patience(self) -> float:
        """Seconds to wait for an answer: none when a turn is due, else until one will be."""
        if self._turn_is_due():
            return 0.0
        until = [self.checked_at + CHECK_SECONDS]
        if self.waiting:
            until.append(self.gathered_at + GATHER_SECONDS)
        if self.turn is not None:
            until.append(self.turn_at)
        return max(0.001, min(0.2, min(until) - time.monotonic()))

    # turns

    def _turn_is_due(self) -> bool:
        now = time.monotonic()
        if self.held:
            return True
        if self.waiting:
            if not self.gathered_at:
                self.gathered_at = now
            if len(self.waiting) >= self.group or not self.open_calls or now - self.gathered_at >= GATHER_SECONDS:
                return True
        if now - self.checked_at >= CHECK_SECONDS:
            return True
        return self._wants_more() and (self.turn is None or now >= self.turn_at)

    def _wants_more(self) -> bool:
        """Whether to claim: a connection is free or soon will be, and somebody may be left."""
        wanted = self.line.share + (self._allowance() + 1) // 2
        return not self.exhausted and self._may_claim() and self.open_calls < wanted

    def _allowance(self) -> int:
        """How many calls to claim beyond the connections: what they take on within a moment, at most a small group, and
        none while the provider is slow, so that nothing claimed waits for long."""
        if not self.line.call_seconds:
            return 0
        return min(int(self.line.share * GROUP_SECONDS / self.line.call_seconds), max(1, self.group // self.call_size))

    def _take_turn(self) -> None:
        """One commit. While the database is away answers stay in memory and nothing new is claimed."""
        ready = self._turn_with_patience()
        written = {each.call_id for each, _ in self.waiting}
        self.line.in_flight.remove(written)
        self.mine -= written
        self.waiting, self.gathered_at, self.held = [], 0.0, False
        if ready is not None:
            self.ahead.passed(self.next_runs)
            ready = self._kept(ready)
            self.call_size = max([len(claimed.seqs) for claimed, _ in ready], default=1)
            self.open_calls += len(ready)
            self.line.runs.add(id(self))
            with self.lock:
                self.ready.extend(ready)
            self._hand_over()

    def _turn_with_patience(self) -> list[Ready] | None:
        deadline = time.monotonic() + rules.DATABASE_PATIENCE
        while True:
            try:
                return self._turn()
            except StoreError as fault:
                if fault.code == "database_replaced" or time.monotonic() > deadline:
                    self._halt(Ending("stopped"))
                    raise
                if fault.code in BROKEN:
                    # Nothing is claimed from here on; what came back is still written down.
                    self._halt(Ending("stopped"))
                    self.line.continuity.recheck()
                else:
                    time.sleep(1.0)

    def _kept(self, ready: list[Ready]) -> list[Ready]:
        """The calls that may be made: all, once the journal names them, or none."""
        entry, self.entry = self.entry, None
        if entry is None:
            return ready
        try:
            self.line.continuity.keep(entry)
            self.line.database.must_be_same_file()
        except StoreError as fault:
            if fault.code == "database_replaced":
                self._halt(Ending("stopped"))
                raise
            unsent = replace(GIVEN_BACK, code="journal_paused", effect=Effect.PAUSE)
            self.waiting = [(claimed, unsent) for claimed, _ in ready]
            return []
        return ready

    def _turn(self) -> list[Ready] | None:
        """The calls that were claimed; None when no claim was tried."""
        now = time.time()
        outcomes = [(call_record(each, answer, now), results(each, answer)) for each, answer in self.waiting]
        with self.line.database.writing() as connection:
            store.record(connection, self.chunk.campaign_id, outcomes, now)
            for _, answer in self.waiting:
                self._react(connection, answer, now)
            if time.monotonic() - self.checked_at >= CHECK_SECONDS:
                self._check(connection, now)
            return self._claim(connection) if self._wants_more() else None

    def _claim(self, connection: sa.Connection) -> list[Ready] | None:
        """Claim the next recipients, or reserve their turn when the account's rate lets them leave only later."""
        if self.turn is None:
            self.next_runs = self.ahead.next(connection, self._room(), self.quota)
            if not self.next_runs:
                self.exhausted = True
                self.line.runs.discard(id(self))  # the other runs may fill the connections while its last calls end
                return None
            turn = store.reserve(connection, self.orders.account, sum(run[3] for run in self.next_runs))
            if turn.wait > 0.002:
                self.turn, self.turn_at = turn, time.monotonic() + turn.wait
                return None
        elif time.monotonic() < self.turn_at:
            return None
        self.turn = None
        return self._take(connection, self.next_runs)

    def _room(self) -> int:
        """How many calls to claim now."""
        return max(1, min(self.group, self.line.share + self._allowance() - self.open_calls))

    def _take(self, connection: sa.Connection, runs: Sequence[Run]) -> list[Ready]:
        claimed = store.claim(connection, self.chunk, runs, uuid4().hex, time.time())
        if not claimed:
            self.checked_at = 0.0  # paused meanwhile, or all opted out: look before the next claim
        self.mine.update(each.call_id for each in claimed)
        self.line.in_flight.add(each.call_id for each in claimed)
        self.entry = self.line.continuity.count(connection, self.orders, claimed)
        return list(zip(claimed, self.ahead.contents(connection, claimed), strict=True))

    def _some_came_back(self) -> bool:
        """Whether recipients before the cursor are queued again, by an answer that proved that nothing left."""
        with self.line.database.reading() as connection:
            found = store.next_queued(connection, self.chunk, self.chunk.lo, 1, self.alone, 1)
        if found.runs:
            self.ahead.start_over()
            self.exhausted = False
        return bool(found.runs)

    # what answers mean for the campaign

    def _react(self, connection: sa.Connection, answer: Answer, now: float) -> None:
        campaign_id = self.chunk.campaign_id
        if answer.effect is Effect.GO_ON:
            if self.troubled and answer is not GIVEN_BACK:
                store.forget_trouble(connection, campaign_id)
                self.troubled = False
        elif answer.effect is Effect.SLOW_DOWN:
            self._slow_down(connection, answer, now)
        elif answer.effect is Effect.PAUSE:
            self._pause(connection, answer.code, answer.words, now)
        else:
            self._repeated(connection, answer, now)

    def _slow_down(self, connection: sa.Connection, answer: Answer, now: float) -> None:
        """Let the account rest; pause where each further try would leave more people unknown."""
        seconds = answer.retry_after or rules.SLOWED_SECONDS
        store.slow_down(connection, self.orders.account, seconds)
        self._halt(Ending("again", seconds))
        if answer.verdict is Verdict.UNKNOWN:
            self.troubled = True
            if store.note_trouble(connection, self.chunk.campaign_id, now) >= answer.pause_after:
                self._pause(connection, answer.code, answer.words, now)

    def _repeated(self, connection: sa.Connection, answer: Answer, now: float) -> None:
        nothing_left = answer.verdict is Verdict.NOT_SENT
        if nothing_left and self.halted is not None:
            return
        self.troubled = True
        in_a_row = store.note_trouble(connection, self.chunk.campaign_id, now)
        if in_a_row >= answer.pause_after:
            self._pause(connection, answer.code, answer.words, now)
        elif nothing_left:
            self._halt(Ending("again", answer.retry_after or rules.back_off(in_a_row)))

    def _pause(self, connection: sa.Connection, code: str, words: str, now: float) -> None:
        mine = self.chunk.campaign_id
        others = store.sending(connection, self.orders.account) if code == "key_refused" else []
        for campaign_id in {mine, *others}:
            store.pause(connection, campaign_id, now, code, words)
        self._halt(Ending("stopped"))

    def _halt(self, ending: Ending) -> None:
        if self.halted is None or ending.word == "stopped":
            self.halted = ending

    def _check(self, connection: sa.Connection, now: float) -> None:
        """Recount, obey the operator, the hours and the rules about trouble."""
        self.checked_at = time.monotonic()
        store.recount(connection, self.chunk)
        present = store.orders(connection, self.chunk.campaign_id)
        if present.status is not CampaignStatus.RUNNING or present.run_no != self.chunk.run_no:
            self._halt(Ending("stopped"))
            return
        judgement = rules.judge(store.tally(connection, self.chunk.campaign_id))
        if judgement.code:
            self._pause(connection, judgement.code, judgement.note, now)
        elif not in_hours(present, now):
            self._halt(Ending("closed"))

    def _close(self) -> Ending:
        with self.line.database.writing() as connection:
            if self.turn is not None:
                store.give_back(connection, self.turn)
            closed = store.end_chunk(connection, self.chunk, time.time())
            if closed and self.chunk.no == 0:
                store.judge_sent_canary(connection, self.chunk.campaign_id, time.time())
        if closed:
            return Ending("done")
        return self.halted or Ending("again", 1.0)
