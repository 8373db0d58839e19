"""What the provider's answer to one call means: a result for each recipient, and what the campaign does about it."""

from __future__ import annotations

from itertools import repeat

import sqlalchemy as sa

from smscore import store
from smscore.campaigns import CampaignStatus, RecipientStatus
from smscore.engine import policy
from smscore.engine.context import Ending, RunControl, is_in_hours
from smscore.provider import Answer, Effect, Fate, Verdict
from smscore.store import CallRecord, Chunk, Claimed, Orders, Result

GIVEN_BACK = Answer(verdict=Verdict.NOT_SENT, code="given_back", rest=Fate.QUEUED)
"""A claim that no connection took: nothing left, whatever the reason."""


def build_results(claimed: Claimed, answer: Answer) -> list[Result]:
    """Return one result for each recipient, in the order of the call: nobody is left out.

    A recipient was named with an id (accepted), with a refusal, or not at all.
    """
    if not (answer.refused or answer.ambiguous) and answer.ids.keys() >= set(claimed.msisdns):
        return list(map(Result, claimed.seqs, repeat(RecipientStatus.ACCEPTED), map(answer.ids.get, claimed.msisdns)))
    return [_build_result(seq, msisdn, answer) for seq, msisdn in zip(claimed.seqs, claimed.msisdns, strict=True)]


def _build_result(seq: int, msisdn: int, answer: Answer) -> Result:
    if msisdn in answer.ids:
        doubtful = "same_id" if msisdn in answer.ambiguous else ""
        return Result(seq, RecipientStatus.ACCEPTED, answer.ids[msisdn], doubtful)
    if msisdn in answer.refused:
        return Result(seq, RecipientStatus.REFUSED, None, "refused_by_provider", answer.refused[msisdn])
    rest = RecipientStatus(answer.rest.value)
    unnamed = answer.verdict is Verdict.ANSWERED and rest is RecipientStatus.UNKNOWN
    return Result(seq, rest, None, "not_named" if unnamed else answer.code, answer.words)


def build_call_record(claimed: Claimed, answer: Answer, now: float) -> CallRecord:
    """Return a call and its answer as the ledger keeps them; `now` in seconds since 1970."""
    return CallRecord(claimed.call_id, now, answer.verdict.value, answer.code, answer.words, answer.http_status)


class CampaignReactions:
    """What a run does to its campaign and to its account, for the sake of answers, of the operator and of the clock."""

    def __init__(self, chunk: Chunk, orders: Orders, control: RunControl) -> None:
        self.chunk, self.orders, self.control = chunk, orders, control
        self._in_trouble = orders.trouble > 0

    def react(self, connection: sa.Connection, answer: Answer, now: float) -> None:
        """Do what the effect of an answer demands, in the transaction that records it."""
        if answer.effect is Effect.GO_ON:
            if self._in_trouble and answer is not GIVEN_BACK:
                store.clear_trouble(connection, self.chunk.campaign_id)
                self._in_trouble = False
        elif answer.effect is Effect.SLOW_DOWN:
            self._slow_down(connection, answer, now)
        elif answer.effect is Effect.PAUSE:
            self._pause(connection, answer.code, answer.words, now)
        else:
            self._count_failure(connection, answer, now)

    def check(self, connection: sa.Connection, now: float) -> None:
        """Recount the chunk, and obey the operator, the hours and the policy on refusals and unknowns."""
        store.recount(connection, self.chunk)
        present = store.read_orders(connection, self.chunk.campaign_id)
        if present.status is not CampaignStatus.RUNNING or present.run_no != self.chunk.run_no:
            self.control.halt(Ending("stopped"))
            return
        judgement = policy.judge(store.read_tally(connection, self.chunk.campaign_id))
        if judgement.code:
            self._pause(connection, judgement.code, judgement.note, now)
        elif not is_in_hours(present, now):
            self.control.halt(Ending("closed"))

    def _slow_down(self, connection: sa.Connection, answer: Answer, now: float) -> None:
        """Let the account rest; pause where each further try would leave more people unknown."""
        seconds = policy.get_rest_seconds(answer.retry_after)
        store.slow_down(connection, self.orders.account, seconds)
        self.control.halt(Ending("again", seconds))
        if answer.verdict is Verdict.UNKNOWN:
            self._in_trouble = True
            if store.count_trouble(connection, self.chunk.campaign_id, now) >= answer.pause_after:
                self._pause(connection, answer.code, answer.words, now)

    def _count_failure(self, connection: sa.Connection, answer: Answer, now: float) -> None:
        nothing_left = answer.verdict is Verdict.NOT_SENT
        if nothing_left and self.control.halted:
            return  # calls that were under way together fail together: that is one failure, not ten in a row
        self._in_trouble = True
        in_a_row = store.count_trouble(connection, self.chunk.campaign_id, now)
        if in_a_row >= answer.pause_after:
            self._pause(connection, answer.code, answer.words, now)
        elif nothing_left:
            self.control.halt(Ending("again", policy.get_retry_seconds(in_a_row, answer.retry_after)))

    def _pause(self, connection: sa.Connection, code: str, words: str, now: float) -> None:
        mine = self.chunk.campaign_id
        # A refused key refuses every campaign of the account: each would find that out with people of its own.
        others = store.find_sending_campaigns(connection, self.orders.account) if code == "key_refused" else []
        for campaign_id in {mine, *others}:
            store.pause(connection, campaign_id, now, code, words)
        self.control.halt(Ending("stopped"))
