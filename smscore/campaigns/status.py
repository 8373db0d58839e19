"""The statuses of campaigns and recipients, and the two tables of what may follow what.

Every change of status in SMS Desk goes along `NEXT_CAMPAIGN` or `NEXT_RECIPIENT`; the store enforces them with
conditional updates, so that two operators, two workers or a crash cannot move anything backwards.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum

from smscore.errors import CampaignError


class CampaignStatus(StrEnum):
    """Where a campaign is. `awaiting_approval` is reserved for maker and checker."""

    DRAFT = "draft"
    AWAITING_APPROVAL = "awaiting_approval"
    SCHEDULED = "scheduled"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class RecipientStatus(StrEnum):
    """Where one recipient is. `accepted` is the provider's word that it took the message, not that it arrived."""

    QUEUED = "queued"
    SUBMITTING = "submitting"
    ACCEPTED = "accepted"
    SENT = "sent"
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    EXPIRED = "expired"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"
    OPTED_OUT = "opted_out"


NEXT_CAMPAIGN: Mapping[CampaignStatus, frozenset[CampaignStatus]] = {
    CampaignStatus.DRAFT: frozenset({CampaignStatus.SCHEDULED, CampaignStatus.CANCELLED}),
    CampaignStatus.AWAITING_APPROVAL: frozenset({CampaignStatus.SCHEDULED, CampaignStatus.CANCELLED}),
    CampaignStatus.SCHEDULED: frozenset(
        {CampaignStatus.RUNNING, CampaignStatus.PAUSED, CampaignStatus.CANCELLED, CampaignStatus.SCHEDULED}
    ),
    CampaignStatus.RUNNING: frozenset(
        {CampaignStatus.PAUSED, CampaignStatus.FINISHED, CampaignStatus.CANCELLED, CampaignStatus.SCHEDULED}
    ),
    CampaignStatus.PAUSED: frozenset({CampaignStatus.SCHEDULED, CampaignStatus.CANCELLED}),
    CampaignStatus.FINISHED: frozenset(),
    CampaignStatus.CANCELLED: frozenset(),
}

_PROVIDERS_WORD = frozenset(
    {RecipientStatus.DELIVERED, RecipientStatus.UNDELIVERED, RecipientStatus.EXPIRED, RecipientStatus.SENT}
)
NEXT_RECIPIENT: Mapping[RecipientStatus, frozenset[RecipientStatus]] = {
    RecipientStatus.QUEUED: frozenset(
        {RecipientStatus.SUBMITTING, RecipientStatus.CANCELLED, RecipientStatus.OPTED_OUT}
    ),
    RecipientStatus.SUBMITTING: frozenset(
        {RecipientStatus.ACCEPTED, RecipientStatus.REFUSED, RecipientStatus.UNKNOWN, RecipientStatus.QUEUED}
    ),
    RecipientStatus.UNKNOWN: _PROVIDERS_WORD | {RecipientStatus.ACCEPTED, RecipientStatus.REFUSED},
    RecipientStatus.ACCEPTED: _PROVIDERS_WORD,
    RecipientStatus.SENT: _PROVIDERS_WORD - {RecipientStatus.SENT},
    RecipientStatus.DELIVERED: frozenset(),
    RecipientStatus.UNDELIVERED: frozenset(),
    RecipientStatus.EXPIRED: frozenset(),
    RecipientStatus.REFUSED: frozenset(),
    RecipientStatus.CANCELLED: frozenset(),
    RecipientStatus.OPTED_OUT: frozenset(),
}

TAKEN = (
    RecipientStatus.ACCEPTED,
    RecipientStatus.SENT,
    RecipientStatus.DELIVERED,
    RecipientStatus.UNDELIVERED,
    RecipientStatus.EXPIRED,
)
"""The provider took the message: it was sent, whatever became of it."""

HANDED_OVER = (*TAKEN, RecipientStatus.REFUSED, RecipientStatus.UNKNOWN)
"""The provider was asked to take the message. Of the unknown it is not known whether it did."""

AWAITING_NEWS = (
    RecipientStatus.SUBMITTING,
    RecipientStatus.ACCEPTED,
    RecipientStatus.SENT,
    RecipientStatus.UNKNOWN,
)
"""A delivery report may still come."""

RETRIED = (
    RecipientStatus.REFUSED,
    RecipientStatus.CANCELLED,
    RecipientStatus.UNDELIVERED,
    RecipientStatus.EXPIRED,
)
"""Whom a person may send the message to again. Never the unknown: they have a decision of their own."""

TEXTED_BEFORE = (RecipientStatus.UNDELIVERED, RecipientStatus.EXPIRED)
"""Of `RETRIED`, those whose message did leave: the network reported that it did not arrive."""

WAITING = (RecipientStatus.QUEUED, RecipientStatus.SUBMITTING)
"""Still ours to send."""

NEVER_LEFT = (RecipientStatus.QUEUED, RecipientStatus.CANCELLED, RecipientStatus.REFUSED)
"""Provably not sent: nothing left, or the provider said no."""


@dataclass(frozen=True)
class Totals:
    """How many recipients of a campaign are in each status; the sum is every recipient."""

    queued: int = 0
    submitting: int = 0
    accepted: int = 0
    sent: int = 0
    delivered: int = 0
    undelivered: int = 0
    expired: int = 0
    refused: int = 0
    unknown: int = 0
    cancelled: int = 0
    opted_out: int = 0

    def of(self, *statuses: RecipientStatus) -> int:
        """Return the recipients in any of `statuses`."""
        return sum(getattr(self, status.value) for status in statuses)

    @property
    def recipients(self) -> int:
        """All of them, each counted once."""
        return sum(getattr(self, each.name) for each in fields(self))

    @property
    def waiting(self) -> int:
        """Still to be sent or being sent."""
        return self.of(*WAITING)

    @property
    def ended(self) -> int:
        """Those for whom nothing is left to send."""
        return self.recipients - self.waiting

    @property
    def taken(self) -> int:
        """Those whose message the provider took, delivered or not."""
        return self.of(*TAKEN)

    @property
    def handed_over(self) -> int:
        """Those whose message was handed to the provider, whatever it answered. Bars and percentages count these:
        whoever was cancelled or opted out has ended too, and was never sent anything."""
        return self.of(*HANDED_OVER)

    @property
    def never_sent(self) -> int:
        """Those who have ended without a call to the provider."""
        return self.of(RecipientStatus.CANCELLED, RecipientStatus.OPTED_OUT)

    @property
    def share_handed_over(self) -> float:
        """From 0 to 1; 0 for a campaign without recipients."""
        return self.handed_over / self.recipients if self.recipients else 0.0

    @property
    def awaiting_news(self) -> int:
        """Those about whom the provider may still report something: the rest is final."""
        return self.of(*AWAITING_NEWS)


def must_be_allowed(campaign: int, present: CampaignStatus, wanted: CampaignStatus) -> None:
    """Raise CampaignError("wrong_status") unless a campaign may go from `present` to `wanted`."""
    if wanted not in NEXT_CAMPAIGN[present]:
        raise CampaignError("wrong_status", campaign=campaign, status=str(present), wanted=str(wanted))
