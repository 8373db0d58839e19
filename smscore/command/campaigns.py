"""The verbs for campaigns that are recorded: list them, pause, resume or cancel them, write their reports."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Callable
from dataclasses import asdict, dataclass, fields

from smscore import Campaign, CampaignStatus, Desk, Totals
from smscore.command.console import (
    DONE,
    NO_ENGINE,
    NOT_FINISHED,
    format_count,
    get_actor,
    open_desk,
    print_json,
    print_line,
    print_remark,
)
from smscore.command.sheets import check_outputs


@dataclass(frozen=True)
class Standing:
    """Where a campaign stands: recipients = accepted + refused + not_sent + unknown, always.

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

    def print(self, name: str) -> None:
        """Print the figures for people, in one line."""
        print_line(
            f"Campaign {self.campaign} “{name}” is {self.status}: {format_count(self.recipients, 'recipient')}, "
            f"{self.accepted:,} accepted by the provider, {self.refused:,} refused, {self.not_sent:,} not sent, "
            f"{self.unknown:,} unknown; {format_count(self.calls, 'call')}."
        )


def build_standing(campaign: Campaign, calls: int) -> Standing:
    """Return where `campaign` stands after `calls` calls to the provider."""
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


def describe_campaign(campaign: Campaign, calls: int) -> dict[str, object]:
    """Return one campaign as a JSON document: its standing, its name, and how many recipients are in each status.

    `accepted` is that of the standing, of which `sent`, `delivered`, `undelivered` and `expired` are parts.
    """
    summary = asdict(build_standing(campaign, calls))
    parts = {each.name: getattr(campaign.totals, each.name) for each in fields(Totals)}
    return {"campaign": campaign.id, "name": campaign.name} | parts | summary


def choose_exit_code(campaign: Campaign) -> int:
    """Return 0 when the campaign is finished, 3 when it stopped before."""
    return DONE if campaign.status is CampaignStatus.FINISHED else NOT_FINISHED


def print_reason(campaign: Campaign) -> None:
    """Print why a campaign is not finished, and what to do about those in doubt."""
    if campaign.explanation:
        print_remark(campaign.explanation)
    if campaign.status is CampaignStatus.PAUSED:
        restored = campaign.reason.startswith("restored")
        verb = f"after-restore {campaign.id} unknown" if restored else f"resume {campaign.id}"
        print_remark(f"`python -m smscore {verb}` continues it, `cancel {campaign.id}` ends it.")
    if campaign.totals.unknown:
        count = campaign.totals.unknown
        print_remark(f"Unknown: {count:,}. They may have been texted. Decide about them in the dashboard.")


def _print_campaign(desk: Desk, campaign: Campaign, as_json: bool) -> None:
    calls = desk.campaigns.count_calls(campaign.id)
    if as_json:
        print_json(describe_campaign(campaign, calls))
    else:
        build_standing(campaign, calls).print(campaign.name)


def list_campaigns(options: Namespace) -> int:
    """Print the campaigns, newest first."""
    with open_desk() as desk:
        found = desk.campaigns.list(options.limit)
        if options.json:
            print_json([describe_campaign(each, desk.campaigns.count_calls(each.id)) for each in found])
            return DONE
        for each in found:
            _print_campaign(desk, each, as_json=False)
        if not found:
            print_line("No campaigns yet.")
    return DONE


def pause(options: Namespace) -> int:
    """Pause one campaign."""
    return _change_campaign(options, lambda desk: desk.campaigns.pause)


def cancel(options: Namespace) -> int:
    """End one campaign."""
    return _change_campaign(options, lambda desk: desk.campaigns.cancel)


def _change_campaign(options: Namespace, choose: Callable[[Desk], Callable[[int, str], object]]) -> int:
    with open_desk() as desk:
        choose(desk)(options.campaign, get_actor())
        _print_campaign(desk, desk.campaigns.get(options.campaign), options.json)
    return DONE


def resume(options: Namespace) -> int:
    """Let one campaign go on."""
    with open_desk() as desk:
        desk.campaigns.resume(options.campaign, get_actor())
        _print_campaign(desk, desk.campaigns.get(options.campaign), options.json)
        if not desk.campaigns.get_progress(options.campaign).engine_alive:
            print_remark(NO_ENGINE)
    return DONE


def stop_all(options: Namespace) -> int:
    """Pause every campaign."""
    with open_desk() as desk:
        paused = desk.campaigns.stop_all(get_actor())
    if options.json:
        print_json({"paused": paused})
    else:
        print_line(f"Paused: {format_count(paused, 'campaign')}. You can resume each one.")
    return DONE


def save_report(options: Namespace) -> int:
    """Write the delivery report of one campaign."""
    check_outputs(None, options.out)
    with open_desk() as desk:
        rows = desk.results.save_report(options.campaign, options.out)
    if options.json:
        print_json({"campaign": options.campaign, "out": str(options.out), "rows": rows})
    else:
        print_line(f"{options.out}: {format_count(rows, 'row')}.")
    return DONE


def save_ledger(options: Namespace) -> int:
    """Write the ledger of one campaign, and print what it proves."""
    check_outputs(None, options.out)
    with open_desk() as desk:
        ledger = desk.results.save_ledger(options.campaign, options.out)
    if options.json:
        print_json({"campaign": options.campaign, "out": str(options.out)} | asdict(ledger))
    else:
        print_line(
            f"{options.out}: {ledger.attempts:,} attempts for {ledger.numbers:,} numbers; "
            f"{ledger.twice:,} numbers may have been texted more than once."
        )
    return DONE
