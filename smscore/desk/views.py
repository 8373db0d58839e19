"""What the desk answers with, where the modules below have no noun for it."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from smscore.campaigns import Campaign
from smscore.errors import Explanation, RowProblem


@dataclass(frozen=True)
class OtpReceipt:
    """A one-time password that was sent, or not: the code is here and nowhere else, once."""

    code: str = field(repr=False)
    campaign: Campaign
    status: str
    explanation: Explanation | None


@dataclass(frozen=True)
class Added:
    """Numbers added to the opt-out list: how many are new, how many were on it, how many rows could not be read, how
    many only repeat another, and the unread rows themselves (as `Audience.problems`), each with its reason."""

    added: int
    already: int
    problems: int
    repeated: int
    unread: pd.DataFrame = field(repr=False, compare=False)


@dataclass(frozen=True)
class Ledger:
    """What a campaign's ledger holds: lines, numbers, attempts to submit one, and how many numbers have more than one
    attempt that may have reached them (0, or never twice is broken)."""

    rows: int
    numbers: int
    attempts: int
    twice: int


@dataclass(frozen=True)
class Imported:
    """A portal's report file taken in: reports that found their recipient, those that found none (yet), bad rows."""

    matched: int
    unmatched: int
    problems: tuple[RowProblem, ...]


@dataclass(frozen=True)
class SettingView:
    """One setting as a page may draw it; of a secret only whether it is set."""

    name: str
    shown: str
    source: str
    help: str
