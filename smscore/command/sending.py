"""`send`: a sheet and a message become a recorded campaign, and this process sends it or watches it being sent."""

from __future__ import annotations

import csv
import hashlib
import time
from argparse import Namespace
from dataclasses import asdict, replace
from datetime import UTC, datetime
from datetime import time as clock
from itertools import count

from smscore import (
    Campaign,
    CampaignError,
    CampaignStatus,
    Canary,
    Desk,
    DeskError,
    Kind,
    Message,
    Plan,
    Route,
    Settings,
    Slot,
    Timing,
    Window,
    load_settings,
    plan_warnings,
)
from smscore.command.campaigns import build_standing, choose_exit_code, print_reason
from smscore.command.console import (
    DONE,
    NO_ENGINE,
    WRONG_INPUT,
    Stop,
    describe_refusal,
    format_count,
    format_fault,
    format_notice,
    get_actor,
    open_desk,
    print_json,
    print_remark,
)
from smscore.command.sheets import check_decided, check_outputs, format_name, read_choice, read_named_sheet
from smscore.command.watching import Watch, show_recording
from smscore.errors import explain

RECORDING_SECONDS = 60.0
"""Recording a million contacts takes a fraction of this: an older draft was left by a process that died."""


def send(options: Namespace) -> int:
    """Record a campaign and see it through; the exit code of the module's help."""
    settings = load_settings()
    check_outputs(options.file, options.report)
    timing = build_timing(options, settings)
    with open_desk(settings) as desk:
        plan = Plan(
            name=options.name or format_name(options.file),
            message=build_message(options, desk),
            # The sheet itself is let go here: its audience holds what is sent.
            audience=desk.audiences.build(read_named_sheet(options), read_choice(options, settings)),
            timing=timing,
            canary=build_canary(options),
        )
        check_decided(plan.audience)
        _print_audience(plan)
        for notice in plan_warnings(plan, datetime.now(UTC)):
            print_remark(f"Note: {notice}")
        with Stop() as stop:
            campaign_id = record_campaign(desk, plan, options)
            del plan
            if options.detach:
                return _leave_to_others(desk, campaign_id, options)
            return _watch_to_end(desk, campaign_id, options, stop)


def build_message(options: Namespace, desk: Desk) -> Message:
    """Return the message: a text, flash or not, a text with a template's id, or a template filled from columns."""
    # Names of columns stand between commas; one that holds a comma stands in quotes, as in CSV.
    columns = [name.strip() for name in next(csv.reader([options.custom], skipinitialspace=True), [])]
    slots = tuple(Slot("custom", f"{{{name}}}") for name in columns)
    text = options.text if options.text is not None else _find_registered_body(options.template_id, desk)
    sender, template_id = options.sender.strip(), options.template_id.strip()
    return Message(_choose_kind(options), sender, Route(options.route), text, template_id, slots)


def _choose_kind(options: Namespace) -> Kind:
    if options.flash:
        return Kind.FLASH
    if options.text is None:
        return Kind.VARIABLES
    return Kind.TEMPLATE if options.template_id else Kind.TEXT


def _find_registered_body(template_id: str, desk: Desk) -> str:
    """Return the template's body when it is known here, so that lengths can be checked; "" when it is not."""
    known = (each.body for each in desk.templates.list() if each.template_id == template_id.strip())
    return next(known, "")


def build_timing(options: Namespace, settings: Settings) -> Timing:
    """Return when it sends. Raises CampaignError("bad_time", "bad_window")."""
    start_at = _read_moment(options.at, settings) if options.at else None
    return Timing(start_at, _read_window(options.window, settings) if options.window else None, options.countdown)


def _read_moment(written: str, settings: Settings) -> datetime:
    try:
        moment = datetime.fromisoformat(written.strip())
    except ValueError:
        raise CampaignError("bad_time", text=written[:40], zone=settings.timezone) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=settings.zone)


def _read_window(written: str, settings: Settings) -> Window:
    opens, _, closes = written.partition("-")
    try:
        times = [clock.fromisoformat(part.strip()) for part in (opens, closes)]
    except ValueError:
        raise CampaignError("bad_window", text=written[:40]) from None
    if times[0] == times[1]:
        raise CampaignError("bad_window", text=written[:40])
    return Window(f"{times[0]:%H:%M}", f"{times[1]:%H:%M}", settings.timezone, "set on the command line")


def build_canary(options: Namespace) -> Canary:
    """Return who goes first, and by what the rest follows."""
    wait = Canary().wait if options.canary_wait is None else options.canary_wait
    return Canary(options.canary, options.canary_share, wait)


def _print_audience(plan: Plan) -> None:
    sums = plan.audience.arithmetic()
    extra = f" (and {format_count(sums.extra_contacts, 'more person', 'more people')})" if sums.extra_contacts else ""
    parts = (
        format_count(sums.contacts, "contact") + extra,
        format_count(sums.duplicates, "duplicate"),
        format_count(sums.problems, "problem"),
        f"{sums.opted_out:,} opted out",
    )
    print_remark(f"{plan.audience.name}: {format_count(sums.rows, 'row')} = {' + '.join(parts)}")
    for notice in plan.audience.warnings:
        print_remark(format_notice(notice))


def record_campaign(desk: Desk, plan: Plan, options: Namespace) -> int:
    """Return the campaign of this command: a new one, or the unfinished one that it recorded earlier today.

    Its launch key follows from the sheet, the message, the timing and the day. So a command that was killed goes on
    when it is started again, and of two started in the same moment one records.
    Raises CampaignError: not_ready, same_list.
    """
    if options.again:
        with show_recording() as progress:
            return desk.launches.launch(replace(plan, allow_repeat=True), get_actor(), progress=progress)
    for attempt in count():
        keyed = replace(plan, launch_key=_build_key(desk, plan, options.rest, attempt))
        earlier = desk.launches.find_launched(keyed.launch_key)
        campaign = _launch_once(desk, _leave_out_earlier(desk, keyed) if options.rest and earlier is None else keyed)
        if earlier is None:
            return campaign.id
        if not campaign.ended:
            print_remark(explain("recorded_earlier", campaign=campaign.id, name=campaign.name))
            return campaign.id
        # It has ended: the next key is new, and the same-list guard asks about those who were reached.
    raise AssertionError("there is always a next key")


def _build_key(desk: Desk, plan: Plan, rest: bool, attempt: int) -> str:
    # Made of what is sent and the day, and not at random: a killed `send` that is started again goes on with its
    # campaign, and a schedule that fires twice sends once.
    key = hashlib.sha256()
    for batch in plan.audience.tables.contacts.combine_chunks().to_batches(max_chunksize=65_536):
        key.update(batch.serialize())
    today = datetime.now(desk.settings.zone).date()
    key.update(repr((plan.message.to_json(), plan.timing, plan.canary, today, attempt)).encode())
    key.update(b"rest" if rest else b"")
    return f"command-{key.hexdigest()}"


def _launch_once(desk: Desk, plan: Plan) -> Campaign:
    """Return the one campaign of the plan's launch key, recorded by this process or another one at the same time.

    A draft that nobody finished is removed. Whoever should be recording it all the same cannot start it any more.
    """
    while True:
        with show_recording() as progress:
            campaign_id = desk.launches.launch(plan, get_actor(), progress=progress)
        if campaign := _await_recorded(desk, campaign_id):
            return campaign
        desk.launches.delete_draft(campaign_id)


def _await_recorded(desk: Desk, campaign_id: int) -> Campaign | None:
    """Return the campaign once it is recorded; None when the process that began to record it must have died."""
    while True:
        try:
            campaign = desk.campaigns.get(campaign_id)
        except CampaignError:
            return None
        if campaign.status is not CampaignStatus.DRAFT:
            return campaign
        if (datetime.now(UTC) - campaign.created_at).total_seconds() > RECORDING_SECONDS:
            return None
        time.sleep(0.2)


def _leave_out_earlier(desk: Desk, plan: Plan) -> Plan:
    """Return the plan without those whom earlier campaigns told the same."""
    rest = desk.repeats.leave_out(plan)
    people = plan.audience.people
    if left_out := people - rest.audience.people:
        print_remark(explain("left_out_earlier", overlap=left_out, of=people))
    return rest


def _leave_to_others(desk: Desk, campaign_id: int, options: Namespace) -> int:
    _print_campaign(desk, desk.campaigns.get(campaign_id), options)
    if not desk.campaigns.get_progress(campaign_id).engine_alive:
        print_remark(NO_ENGINE)
    return DONE


def _watch_to_end(desk: Desk, campaign_id: int, options: Namespace, stop: Stop) -> int:
    campaign = Watch(desk, campaign_id, stop).run()
    unwritten = _write_report(desk, campaign_id, options)
    _print_campaign(desk, campaign, options, unwritten)
    if unwritten:
        return WRONG_INPUT
    code = choose_exit_code(campaign)
    if code == DONE or not stop.asked:
        return code
    left = campaign.totals.queued
    print_remark(explain("stopped_here", campaign=campaign_id, name=campaign.name, left=left))
    return stop.exit_code


def _write_report(desk: Desk, campaign_id: int, options: Namespace) -> DeskError | None:
    """Write the report that was asked for; why it could not be written, which must not hide what was sent."""
    if options.report:
        try:
            desk.results.save_report(campaign_id, options.report)
        except DeskError as fault:
            return fault
    return None


def _print_campaign(desk: Desk, campaign: Campaign, options: Namespace, unwritten: DeskError | None = None) -> None:
    standing = build_standing(campaign, desk.campaigns.count_calls(campaign.id))
    if options.json:
        print_json(asdict(standing) | (describe_refusal(unwritten) if unwritten else {}))
    else:
        standing.print(campaign.name)
    print_reason(campaign)
    if unwritten:
        print_remark(format_fault(unwritten))
