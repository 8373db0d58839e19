"""Where a campaign stands, in numbers that add up, as JSON and in words."""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields

from smscore import Campaign, CampaignStatus, Totals
from smscore.command.words import DONE, NOT_FINISHED, counted, remark, say


@dataclass(frozen=True)
class Standing:
    """recipients = accepted + refused + not_sent + unknown, always.

    accepted: the provider took it, delivered or not · not_sent: queued, cancelled or opted out since the launch ·
    unknown: it may have left, calls whose answer is still awaited included.
    """

    campaign: int
    status: str
    reason: str
    recipients: int
    accepted: int
    refused: int
    not_sent: int
    unknown: int
    calls: int

    def tell(self, name: str) -> None:
        """The figures for people, one line."""
        say(
            f"Campaign {self.campaign} “{name}” is {self.status}: {counted(self.recipients, 'recipient')}, "
            f"{self.accepted:,} accepted by the provider, {self.refused:,} refused, {self.not_sent:,} not sent, "
            f"{self.unknown:,} unknown; {counted(self.calls, 'call')}."
        )


def standing(campaign: Campaign, calls: int) -> Standing:
    """Where `campaign` stands after `calls` calls to the provider."""
    totals = campaign.totals
    return Standing(
        campaign=campaign.id,
        status=campaign.status.value,
        reason=campaign.reason,
        recipients=totals.recipients,
        accepted=totals.taken,
        refused=totals.refused,
        not_sent=totals.queued + totals.cancelled + totals.opted_out,
        unknown=totals.unknown + totals.submitting,
        calls=calls,
    )


def line(campaign: Campaign, calls: int) -> dict[str, object]:
    """One campaign of the list: its standing, its name, and how many recipients are in each status; `accepted` is
    that of the standing, of which `sent`, `delivered`, `undelivered` and `expired` are parts."""
    summary = asdict(standing(campaign, calls))
    parts = {each.name: getattr(campaign.totals, each.name) for each in fields(Totals)}
    return {"campaign": campaign.id, "name": campaign.name} | parts | summary


def exit_code(campaign: Campaign) -> int:
    """0 when it is finished, 3 when it stopped before."""
    return DONE if campaign.status is CampaignStatus.FINISHED else NOT_FINISHED


def remark_reason(campaign: Campaign) -> None:
    """Why a campaign is not finished, and what to do about those in doubt."""
    if campaign.explanation:
        remark(campaign.explanation)
    if campaign.status is CampaignStatus.PAUSED:
        restored = campaign.reason.startswith("restored")
        verb = f"after-restore {campaign.id} unknown" if restored else f"resume {campaign.id}"
        remark(f"`python -m smscore {verb}` continues it, `cancel {campaign.id}` ends it.")
    if campaign.totals.unknown:
        remark(f"Unknown: {campaign.totals.unknown:,}. They may have been texted. Decide about them in the dashboard.")
