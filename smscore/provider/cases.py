"""Every way a call to the provider can end, as one table, and the words by which the provider refuses.

The rule behind the table: a number is offered again only on proof that nothing left this computer, or on a refusal of
the whole request in the provider's own JSON that provably answers this call. A missing proof is `unknown`, and no
machine sends an unknown again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum


class Verdict(StrEnum):
    """What one call came to."""

    ANSWERED = "answered"  # the provider named recipients, with ids or with reasons
    REFUSED = "refused"  # the provider turned the whole request down and sent nothing
    NOT_SENT = "not_sent"  # nothing left this computer, or the provider asked to come back later
    UNKNOWN = "unknown"  # it may have been sent


class Fate(StrEnum):
    """What becomes of one recipient; the names are those of the recipient's status."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    QUEUED = "queued"
    UNKNOWN = "unknown"


class Effect(StrEnum):
    """What the campaign should do about it."""

    GO_ON = "go_on"
    SLOW_DOWN = "slow_down"
    PAUSE = "pause"
    PAUSE_IF_REPEATED = "pause_if_repeated"  # pause at `Case.after` calls in a row that end like this


@dataclass(frozen=True)
class Case:
    """One row of the table: verdict, fate of every recipient the answer does not name, and the campaign's reaction.

    after: how many calls in a row that end like this pause the campaign (with SLOW_DOWN: that end so unproven).
    """

    verdict: Verdict
    rest: Fate
    effect: Effect
    after: int = 1


_QUEUED, _UNKNOWN, _REFUSED = Fate.QUEUED, Fate.UNKNOWN, Fate.REFUSED
_PAUSE, _REPEATED = Effect.PAUSE, Effect.PAUSE_IF_REPEATED

CASES: dict[str, Case] = {
    # code                     verdict           the rest  the campaign            when
    # -- nothing left
    "unreachable": Case(Verdict.NOT_SENT, _QUEUED, _REPEATED, 10),  # name not found, refused, connect timeout, no TLS
    "spoke_first": Case(Verdict.NOT_SENT, _QUEUED, _REPEATED, 10),  # bytes on a new connection before our request
    "bad_certificate": Case(Verdict.NOT_SENT, _QUEUED, _PAUSE),  # not valid, or of another host
    "private_address": Case(Verdict.NOT_SENT, _QUEUED, _PAUSE),  # the name leads into a private network
    # -- it may have left, and no answer says so
    "no_answer": Case(Verdict.UNKNOWN, _UNKNOWN, _REPEATED, 3),  # silent, or still dripping, at the deadline
    "broken_off": Case(Verdict.UNKNOWN, _UNKNOWN, _REPEATED, 3),  # reset or closed while sending or before an answer
    # -- an answer that cannot be read
    "cut_answer": Case(Verdict.UNKNOWN, _UNKNOWN, _PAUSE),  # shorter than announced, or broken off
    "too_long_answer": Case(Verdict.UNKNOWN, _UNKNOWN, _PAUSE),
    "not_understood": Case(Verdict.UNKNOWN, _UNKNOWN, _PAUSE),  # a page, NaN, a name twice, too deep, another shape
    "repeated_answer": Case(Verdict.UNKNOWN, _UNKNOWN, _PAUSE),  # ids, in an answer that came before, byte for byte
    # -- a refusal without proof
    "foreign_refusal": Case(Verdict.UNKNOWN, _UNKNOWN, _PAUSE),  # 401, 402, 403, 407 without the provider's own JSON
    "foreign_busy": Case(Verdict.UNKNOWN, _UNKNOWN, Effect.SLOW_DOWN, 3),  # 429 without it
    "unproven_refusal": Case(Verdict.UNKNOWN, _UNKNOWN, _PAUSE),  # may answer another call; effect: the refusal's own
    # -- the whole request refused, in the provider's own JSON
    "key_refused": Case(Verdict.REFUSED, _QUEUED, _PAUSE),  # 401, 403, or the provider's "Api Key not found"
    "no_balance": Case(Verdict.REFUSED, _QUEUED, _PAUSE),  # 402, or words that say so
    "sender_refused": Case(Verdict.REFUSED, _QUEUED, _PAUSE),
    "template_refused": Case(Verdict.REFUSED, _QUEUED, _PAUSE),
    "whole_refused": Case(Verdict.REFUSED, _REFUSED, _REPEATED, 2),  # 400 or 422 for another reason
    "some_numbers_refused": Case(Verdict.REFUSED, _QUEUED, _REPEATED, 2),  # 400 or 422 that names some of the numbers
    "number_refused": Case(Verdict.REFUSED, _REFUSED, Effect.GO_ON),  # the one number of this call
    "unknown_error": Case(Verdict.UNKNOWN, _UNKNOWN, _PAUSE),  # 200 with an error in words not in REFUSALS
    # -- answered, number by number
    "": Case(Verdict.ANSWERED, _UNKNOWN, Effect.GO_ON),  # every number accepted
    "some_refused": Case(Verdict.ANSWERED, _UNKNOWN, Effect.GO_ON),
    "same_id": Case(Verdict.ANSWERED, _UNKNOWN, Effect.GO_ON),  # one id for two numbers: deliveries look alike
    "few_missing": Case(Verdict.ANSWERED, _UNKNOWN, Effect.GO_ON),  # at most one in a hundred not named
    "many_missing": Case(Verdict.ANSWERED, _UNKNOWN, _PAUSE),
    "wrong_count": Case(Verdict.ANSWERED, _UNKNOWN, _PAUSE),  # the total is not that of the list
    "strangers": Case(Verdict.ANSWERED, _UNKNOWN, _PAUSE),  # numbers we did not send
    "contradiction": Case(Verdict.ANSWERED, _UNKNOWN, _PAUSE),  # ids and an error in one answer
    "no_numbers": Case(Verdict.UNKNOWN, _UNKNOWN, _PAUSE),  # ids without numbers
    # -- later, elsewhere, or trouble of theirs
    "rate_limited": Case(Verdict.NOT_SENT, _QUEUED, Effect.SLOW_DOWN, 3),  # 429 in the provider's own JSON
    "server_error": Case(Verdict.UNKNOWN, _UNKNOWN, _REPEATED, 3),  # other 5xx, 408, 409, any status not listed
    "moved": Case(Verdict.UNKNOWN, _UNKNOWN, _PAUSE),  # 3xx: the key follows no redirect
}

# What an answer with ids can have wrong with it; the first that applies gives the answer its code.
FINDINGS = (
    "contradiction",
    "strangers",
    "no_numbers",
    "wrong_count",
    "many_missing",
    "few_missing",
    "same_id",
    "some_refused",
    "",
)

# HTTP statuses that settle the case where the body is the provider's own error; 200, 400 and 422 are decided by it.
STATUSES = {401: "key_refused", 403: "key_refused", 402: "no_balance", 429: "rate_limited"}

# The same statuses with any other body: a proxy or gateway speaks, and what the provider did is not known.
FOREIGN = {401: "foreign_refusal", 402: "foreign_refusal", 403: "foreign_refusal", 407: "foreign_refusal"}
FOREIGN |= {429: "foreign_busy"}


@dataclass(frozen=True)
class Refusal:
    """Words by which the provider refuses a whole request; `sure` when they are documented or were seen live."""

    code: str
    words: re.Pattern[str]
    sure: bool = False


def _compile_words(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern, re.IGNORECASE)


# The provider documents the first and its live service said the second; no text is on record for the others, so these
# are the words that Indian gateways use, and they count only where no recipient was given an id.
REFUSALS = (
    Refusal(
        "key_refused", _compile_words(r"api[ _-]?key (is )?(not found|missing|invalid|required|expired|disabled)"), True
    ),
    Refusal("template_refused", _compile_words(r"template components are missing|variables? values? mis-?match"), True),
    Refusal("key_refused", _compile_words(r"(invalid|wrong|unknown) api[ _-]?key|unauthori[sz]ed")),
    Refusal("no_balance", _compile_words(r"(insufficient|not enough|no|low) (\w+ )?(balance|credits?|funds)")),
    Refusal("no_balance", _compile_words(r"(balance|credits?) (is |are )?(insufficient|exhausted|too low|over)")),
    Refusal("sender_refused", _compile_words(r"(invalid|unknown|unregistered) (sender|header)")),
    Refusal(
        "sender_refused",
        _compile_words(r"(sender|header)( ?id)? (is )?(not|invalid|missing|required|blocked|inactive)"),
    ),
    Refusal("template_refused", _compile_words(r"(invalid|unknown|unregistered) (\w+ )?template")),
    Refusal(
        "template_refused",
        _compile_words(r"template( ?id)? (is |does )?(not|invalid|missing|required|blocked|inactive)"),
    ),
    Refusal("number_refused", _compile_words(r"(invalid|wrong|bad) (\w+ )?(mobile|phone|number|msisdn|recipient)")),
)
