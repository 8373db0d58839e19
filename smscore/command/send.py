"""`send`: a sheet and a message become a recorded campaign, and this process sends it or watches it being sent."""

from __future__ import annotations

import hashlib
import time
from argparse import Namespace
from dataclasses import asdict, replace
from datetime import UTC, datetime
from itertools import count

from smscore import Campaign, CampaignError, CampaignStatus, Desk, DeskError, Plan, load_settings, plan_warnings
from smscore.command.desks import actor, opened
from smscore.command.messages import canary_of, message_of, timing_of
from smscore.command.sheets import choice_of, must_be_decided, must_be_writable, sheet_of, shown_name
from smscore.command.signals import Stop
from smscore.command.standing import exit_code, remark_reason, standing
from smscore.command.watch import Watch, recording
from smscore.command.words import DONE, WRONG_INPUT, answer, counted, message, note, refusal, remark
from smscore.errors import explain
from smscore.store.launching import delete_draft

RECORDING_SECONDS = 60.0
"""Recording a million contacts takes a fraction of this: an older draft was left by a process that died."""


def send(options: Namespace) -> int:
    """Record a campaign and see it through; the exit code of the module's help."""
    settings = load_settings()
    must_be_writable(options.file, options.report)
    timing = timing_of(options, settings)
    with opened(settings) as desk:
        plan = Plan(
            name=options.name or shown_name(options.file),
            message=message_of(options, desk),
            # The sheet itself is let go here: its audience holds what is sent.
            audience=desk.audiences.build(sheet_of(options), choice_of(options, settings)),
            timing=timing,
            canary=canary_of(options),
        )
        must_be_decided(plan.audience)
        _remark_audience(plan)
        for notice in plan_warnings(plan, datetime.now(UTC)):
            remark(f"Note: {notice}")
        with Stop() as stop:
            campaign_id = record(desk, plan, options)
            del plan
            return _detached(desk, campaign_id, options) if options.detach else _seen(desk, campaign_id, options, stop)


def record(desk: Desk, plan: Plan, options: Namespace) -> int:
    """The campaign of this command: a new one, or the unfinished one that the same command recorded earlier today.

    Its launch key follows from the sheet, the message, the timing and the day. So a command that was killed goes on
    when it is started again, and of two started in the same moment one records.
    Raises CampaignError: not_ready, same_list.
    """
    if options.again:
        with recording() as progress:
            return desk.launches.launch(replace(plan, allow_repeat=True), actor(), progress=progress)
    for attempt in count():
        keyed = replace(plan, launch_key=_key(desk, plan, options.rest, attempt))
        earlier = desk.launches.find_launched(keyed.launch_key)
        campaign = _launched(desk, _rest(desk, keyed) if options.rest and earlier is None else keyed)
        if earlier is None:
            return campaign.id
        if not campaign.ended:
            remark(explain("recorded_earlier", campaign=campaign.id, name=campaign.name))
            return campaign.id
        # It has ended: the next key is new, and the same-list guard asks about those who were reached.
    raise AssertionError("there is always a next key")


def _key(desk: Desk, plan: Plan, rest: bool, attempt: int) -> str:
    key = hashlib.sha256()
    for batch in plan.audience.tables.contacts.combine_chunks().to_batches(max_chunksize=65_536):
        key.update(batch.serialize())
    today = datetime.now(desk.settings.zone).date()
    key.update(repr((plan.message.to_json(), plan.timing, plan.canary, today, attempt)).encode())
    key.update(b"rest" if rest else b"")
    return f"command-{key.hexdigest()}"


def _launched(desk: Desk, plan: Plan) -> Campaign:
    """The one campaign of the plan's launch key, recorded by this process or by another one at the same time.

    A draft that nobody finished is removed. Whoever should be recording it all the same cannot start it any more.
    """
    while True:
        with recording() as progress:
            campaign_id = desk.launches.launch(plan, actor(), progress=progress)
        if campaign := _recorded(desk, campaign_id):
            return campaign
        delete_draft(desk.database, campaign_id)


def _recorded(desk: Desk, campaign_id: int) -> Campaign | None:
    """The campaign once it is recorded; None when the process that began to record it must have died."""
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


def _rest(desk: Desk, plan: Plan) -> Plan:
    """The plan without those whom earlier campaigns told the same."""
    rest = desk.repeats.leave_out(plan)
    people = plan.audience.people
    if told := people - rest.audience.people:
        remark(explain("left_out_earlier", overlap=told, of=people))
    return rest


def _remark_audience(plan: Plan) -> None:
    sums = plan.audience.arithmetic()
    extra = f" (and {counted(sums.extra_contacts, 'more person', 'more people')})" if sums.extra_contacts else ""
    parts = (
        counted(sums.contacts, "contact") + extra,
        counted(sums.duplicates, "duplicate"),
        counted(sums.problems, "problem"),
        f"{sums.opted_out:,} opted out",
    )
    remark(f"{plan.audience.name}: {counted(sums.rows, 'row')} = {' + '.join(parts)}")
    for notice in plan.audience.warnings:
        remark(note(notice))


def _detached(desk: Desk, campaign_id: int, options: Namespace) -> int:
    _show(desk, desk.campaigns.get(campaign_id), options)
    if not desk.campaigns.get_progress(campaign_id).engine_alive:
        remark("Nothing is being sent because no engine is running. Start the dashboard or `python -m smscore worker`.")
    return DONE


def _seen(desk: Desk, campaign_id: int, options: Namespace, stop: Stop) -> int:
    campaign = Watch(desk, campaign_id, stop).run()
    unwritten = _report(desk, campaign_id, options)
    _show(desk, campaign, options, unwritten)
    if unwritten:
        return WRONG_INPUT
    code = exit_code(campaign)
    if code == DONE or not stop.asked:
        return code
    left = campaign.totals.queued
    remark(explain("stopped_here", campaign=campaign_id, name=campaign.name, left=left))
    return stop.exit_code


def _report(desk: Desk, campaign_id: int, options: Namespace) -> DeskError | None:
    """Write the report that was asked for; why it could not be written, which must not hide what was sent."""
    if options.report:
        try:
            desk.results.save_report(campaign_id, options.report)
        except DeskError as fault:
            return fault
    return None


def _show(desk: Desk, campaign: Campaign, options: Namespace, unwritten: DeskError | None = None) -> None:
    present = standing(campaign, desk.campaigns.count_calls(campaign.id))
    if options.json:
        answer(asdict(present) | (refusal(unwritten) if unwritten else {}))
    else:
        present.tell(campaign.name)
    remark_reason(campaign)
    if unwritten:
        remark(message(unwritten))
