"""When a campaign stops by itself, and how long it waits before it tries again: all numbers in one place.

What one answer means is the table `smscore.provider.CASES`; how long to wait after it is decided here and nowhere else.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from smscore.store import Tally

LATE_START = 15 * 60
"""A scheduled campaign that could not start within this many seconds of its time asks before it does."""

STANDSTILL = 15 * 60
"""A running campaign asks before it goes on when no engine was alive for this many seconds."""

VOUCH_SECONDS = 5.0
"""How long a starting engine watches whether another one is alive in the same database."""

REFUSED_SHARE, REFUSED_LEAST = 0.20, 100
"""Pause when more than this share of those that ended was refused, once this many have ended."""

UNKNOWN_SHARE, UNKNOWN_LEAST = 0.02, 500
"""Pause when more than this share of those that ended is unknown, once this many have ended. What a crash left
unknown does not count: it says nothing about the provider."""

SLOWED_SECONDS = 5.0
"""How long the account rests after a 429 that names no time."""

CALL_SECONDS = 180.0
"""Longer than any call and the recording of its answer take: an older claim is not under way any more."""

ONE_TIME_SECONDS = 300.0
"""A one-time password that has not ended by now has lost the process that knew its code."""

LONGEST_BACK_OFF = 60.0

DATABASE_PATIENCE = 120.0
"""How long an answer is kept in memory while the database is away, before the call's recipients stay in doubt."""


@dataclass(frozen=True)
class Judgement:
    """Why a campaign must pause, with the figures for the sentence; `code` is "" when it may go on."""

    code: str = ""
    note: str = ""


def judge(tally: Tally) -> Judgement:
    """Judge whether too many were refused or are unknown since a person last started the campaign."""
    if tally.ended >= REFUSED_LEAST and tally.refused > REFUSED_SHARE * tally.ended:
        return Judgement("too_many_refused", f"{tally.refused:,} of {tally.ended:,}")
    if tally.ended >= UNKNOWN_LEAST and tally.unknown > UNKNOWN_SHARE * tally.ended:
        return Judgement("too_many_unknown", f"{tally.unknown:,} of {tally.ended:,}")
    return Judgement()


def get_rest_seconds(retry_after: float | None) -> float:
    """Return how long the account rests after a 429: as long as the provider asks, else `SLOWED_SECONDS`."""
    return retry_after or SLOWED_SECONDS


def get_retry_seconds(failures: int, retry_after: float | None) -> float:
    """Return the seconds to wait after the `failures`-th call in a row of which nothing left this computer.

    They are those that the provider asks for, else 1, 2, 4 … 60.
    """
    longest = min(LONGEST_BACK_OFF, 2.0 ** max(0, failures - 1))
    # With jitter, so that workers do not all come back in one moment.
    return retry_after or longest * random.uniform(0.5, 1.0)
