"""A campaign as the store has it, and the snapshots that pages watch."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from smscore.campaigns.plan import Canary, Timing
from smscore.campaigns.status import CampaignStatus, Totals
from smscore.errors import Explanation, explain
from smscore.messages import Kind, Message


@dataclass(frozen=True)
class Campaign:
    """A campaign as the store has it now. Times are aware, in UTC; `since` is when it took its present status."""

    id: int
    name: str
    status: CampaignStatus
    reason: str
    note: str
    since: datetime
    actor: str
    message: Message
    created_at: datetime
    start_at: datetime | None
    started_at: datetime | None
    finished_at: datetime | None
    timing: Timing
    canary: Canary
    totals: Totals
    rows: int
    problems: int
    duplicates: int
    opted_out: int
    subtracted: int
    segments: int
    calls: int
    cost: Decimal | None
    currency: str
    retry_of: int | None = None

    @property
    def kind(self) -> Kind:
        """What kind of message it sends."""
        return self.message.kind

    @property
    def recipients(self) -> int:
        """Everyone whom this campaign addresses."""
        return self.totals.recipients

    @property
    def ended(self) -> bool:
        """Nothing more will be sent."""
        return self.status in (CampaignStatus.FINISHED, CampaignStatus.CANCELLED)

    @property
    def part_sent(self) -> bool:
        """Some messages were handed over or are on their way, others wait."""
        totals = self.totals
        return bool(totals.waiting and totals.handed_over + totals.submitting)

    @property
    def expects_news(self) -> bool:
        """Something will or may still change by itself: sending goes on, or delivery reports may come."""
        return not self.ended or bool(self.totals.awaiting_news)

    @property
    def explanation(self) -> Explanation | None:
        """Why it is in this status and what to do next, when there is something to say."""
        return explain(self.reason, note=self.note, since=self.since) if self.reason else None


@dataclass(frozen=True)
class Progress:
    """A snapshot for a page that watches: no row of a campaign is counted to make it."""

    campaign: Campaign
    per_second: float
    seconds_left: float | None
    slowed: Explanation | None
    engine_alive: bool

    @property
    def totals(self) -> Totals:
        """The campaign's recipients by status."""
        return self.campaign.totals

    @property
    def share(self) -> float:
        """From 0 to 1: of all recipients, those whose message was handed to the provider."""
        return self.campaign.totals.share_handed_over


@dataclass(frozen=True)
class SameList:
    """Earlier `campaigns` sent the same words to `overlap` of the `of` people of this plan, `campaign` to most."""

    campaign: Campaign
    overlap: int
    of: int
    campaigns: tuple[int, ...] = ()

    @property
    def others(self) -> int:
        """How many besides the one that told most."""
        return len(self.campaigns) - 1


def estimate_seconds_left(waiting: int, per_second: float) -> float | None:
    """Return how long the rest will take at the present pace; None while there is no pace to judge by."""
    return waiting / per_second if per_second > 0 and math.isfinite(per_second) else None
