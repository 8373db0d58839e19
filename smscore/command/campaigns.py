"""The verbs for campaigns that are recorded: list, steer, report."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import asdict

from smscore.command.desks import actor, opened
from smscore.command.sheets import must_be_writable
from smscore.command.standing import line, standing
from smscore.command.words import DONE, answer, counted, remark, say


def campaigns(options: Namespace) -> int:
    """List the campaigns, newest first."""
    with opened() as desk:
        found = desk.campaigns.list(options.limit)
        if options.json:
            answer([line(each, desk.campaigns.count_calls(each.id)) for each in found])
            return DONE
        for each in found:
            standing(each, desk.campaigns.count_calls(each.id)).tell(each.name)
        if not found:
            say("No campaigns yet.")
    return DONE


def pause(options: Namespace) -> int:
    """Stop one campaign for now."""
    return _steered(options, "pause")


def resume(options: Namespace) -> int:
    """Let one campaign go on."""
    return _steered(options, "resume")


def cancel(options: Namespace) -> int:
    """End one campaign."""
    return _steered(options, "cancel")


def _steered(options: Namespace, verb: str) -> int:
    with opened() as desk:
        controls = {"pause": desk.campaigns.pause, "resume": desk.campaigns.resume, "cancel": desk.campaigns.cancel}
        controls[verb](options.campaign, actor())
        campaign = desk.campaigns.get(options.campaign)
        if options.json:
            answer(line(campaign, desk.campaigns.count_calls(campaign.id)))
        else:
            standing(campaign, desk.campaigns.count_calls(campaign.id)).tell(campaign.name)
        if verb == "resume" and not desk.campaigns.get_progress(campaign.id).engine_alive:
            remark(
                "Nothing is being sent because no engine is running. Start the dashboard or `python -m smscore worker`."
            )
    return DONE


def stop_all(options: Namespace) -> int:
    """Pause every campaign."""
    with opened() as desk:
        paused = desk.campaigns.stop_all(actor())
    if options.json:
        answer({"paused": paused})
    else:
        say(f"Paused: {counted(paused, 'campaign')}. You can resume each one.")
    return DONE


def report(options: Namespace) -> int:
    """Write the delivery report of one campaign."""
    must_be_writable(None, options.out)
    with opened() as desk:
        rows = desk.results.save_report(options.campaign, options.out)
    if options.json:
        answer({"campaign": options.campaign, "out": str(options.out), "rows": rows})
    else:
        say(f"{options.out}: {counted(rows, 'row')}.")
    return DONE


def ledger(options: Namespace) -> int:
    """Write the ledger of one campaign, and say what it proves."""
    must_be_writable(None, options.out)
    with opened() as desk:
        held = desk.results.save_ledger(options.campaign, options.out)
    if options.json:
        answer({"campaign": options.campaign, "out": str(options.out)} | asdict(held))
    else:
        say(
            f"{options.out}: {held.attempts:,} attempts for {held.numbers:,} numbers; "
            f"{held.twice:,} numbers may have been texted more than once."
        )
    return DONE
