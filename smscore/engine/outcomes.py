"""The provider's answer to one call, as one result for each recipient of that call. Nobody is left out."""

from __future__ import annotations

from itertools import repeat

from smscore.campaigns import RecipientStatus
from smscore.provider import Answer, Verdict
from smscore.store import CallRecord, Claimed, Result


def results(claimed: Claimed, answer: Answer) -> list[Result]:
    """One result a recipient, in the order of the call: named with an id, named with a refusal, or not named."""
    if not (answer.refused or answer.ambiguous) and answer.ids.keys() >= set(claimed.msisdns):
        return list(map(Result, claimed.seqs, repeat(RecipientStatus.ACCEPTED), map(answer.ids.get, claimed.msisdns)))
    return [_result(seq, msisdn, answer) for seq, msisdn in zip(claimed.seqs, claimed.msisdns, strict=True)]


def _result(seq: int, msisdn: int, answer: Answer) -> Result:
    if msisdn in answer.ids:
        doubtful = "same_id" if msisdn in answer.ambiguous else ""
        return Result(seq, RecipientStatus.ACCEPTED, answer.ids[msisdn], doubtful)
    if msisdn in answer.refused:
        return Result(seq, RecipientStatus.REFUSED, None, "refused_by_provider", answer.refused[msisdn])
    rest = RecipientStatus(answer.rest.value)
    unnamed = answer.verdict is Verdict.ANSWERED and rest is RecipientStatus.UNKNOWN
    return Result(seq, rest, None, "not_named" if unnamed else answer.code, answer.words)


def call_record(claimed: Claimed, answer: Answer, now: float) -> CallRecord:
    """A call and its answer as the ledger keeps them; `now` in seconds since 1970."""
    return CallRecord(claimed.call_id, now, answer.verdict.value, answer.code, answer.words, answer.http_status)
