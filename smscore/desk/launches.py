"""From a plan to a stored campaign: the guards before it, and the one commit that starts it."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from smscore import engine, store
from smscore.campaigns import Campaign, Plan, Prepared, RegisteredText, check_readiness, find_unregistered, prepare
from smscore.contacts import Audience, build_typed_audience
from smscore.desk.repeats import Repeats
from smscore.desk.resources import Resources
from smscore.desk.templates import Templates
from smscore.errors import CampaignError, Explanation, MessageError, Notice, explain
from smscore.messages import Message, faults, otp_content
from smscore.store import Connection, Launch
from smscore.store.launching import delete_draft


@dataclass(frozen=True)
class OtpReceipt:
    """A one-time password that was sent, or not: the code is here and nowhere else, once."""

    code: str = field(repr=False)
    campaign: Campaign
    status: str
    explanation: Explanation | None


class Launches:
    """Preparing, judging and launching campaigns, and sending one-time passwords."""

    def __init__(self, resources: Resources, templates: Templates, repeats: Repeats) -> None:
        self._resources = resources
        self._database = resources.database
        self._templates = templates
        self._repeats = repeats

    def prepare(self, message: Message, audience: Audience) -> Prepared:
        """Merge `message` with `audience` once: what a page shows, `find_faults` judges and `launch` takes.

        Raises MessageError.
        """
        return prepare(
            message,
            audience,
            batch_size=self._resources.settings.batch_size,
            rate=self._resources.settings.rate,
            price=self._resources.settings.price,
            currency=self._resources.settings.currency,
            registered=self.find_registered_text(message),
        )

    def find_registered_text(self, message: Message) -> RegisteredText | None:
        """Return the kept template whose body the texts of `message` must equal outside the variables, if any."""
        if not message.template_id or message.registered or message.kind.whatsapp:
            return None
        known = {each.template_id: each for each in self._templates.list() if each.template_id}
        kept = known.get(message.template_id)
        return None if kept is None else RegisteredText(kept.name, kept.body)

    def find_faults(self, plan: Plan, prepared: Prepared | None = None) -> tuple[Notice, ...]:
        """Return every fault that keeps `plan` from being launched now; empty when it may go.

        With what was `prepared` of the plan's message and audience nothing is merged.
        """
        return self._judge(plan, prepared)[1]

    def _judge(self, plan: Plan, prepared: Prepared | None) -> tuple[Prepared | None, tuple[Notice, ...]]:
        """Return what is to be launched and its faults; nothing to launch when the message cannot be merged."""
        now = datetime.now(UTC)
        if found := faults(plan.message):
            return None, (*found, *check_readiness(plan, now))
        try:
            prepared = self._reuse_or_prepare(plan, prepared)
        except MessageError as fault:
            return None, (Notice(fault.code, fault.facts),)
        return prepared, (
            *self._find_unregistered(prepared),
            *check_readiness(replace(plan, audience=prepared.audience), now),
        )

    def _reuse_or_prepare(self, plan: Plan, prepared: Prepared | None) -> Prepared:
        """Return `prepared`, unless there is none or it was made of something else."""
        if prepared is not None and prepared.is_for(plan.message, plan.audience, self._resources.settings.batch_size):
            return prepared
        return self.prepare(plan.message, plan.audience)

    def _find_unregistered(self, prepared: Prepared) -> tuple[Notice, ...]:
        # Somebody may have changed the template since: then the texts are compared again, without a merge.
        registered = self.find_registered_text(prepared.message)
        if registered == prepared.registered:
            return prepared.findings
        return find_unregistered(registered, prepared.audience, prepared.merged)

    def launch(
        self,
        plan: Plan,
        actor: str,
        prepared: Prepared | None = None,
        progress: store.OnProgress = store.ignore_progress,
    ) -> int:
        """Record `plan` as a campaign and start it; its id. The same launch key gives the same id, however often.

        `prepared` is what `prepare` made of the plan's message and audience; without it that is done here. `progress`
        is called in this thread with the recipients written and their total, and must not raise.
        Raises MessageError or CampaignError("not_ready", "same_list", ...); then nothing was recorded.
        """
        return self.launch_with(plan, actor, self._resources.jobs.launch, prepared, progress)

    def launch_with(
        self,
        plan: Plan,
        actor: str,
        enqueue: store.Enqueue,
        prepared: Prepared | None = None,
        progress: store.OnProgress = store.ignore_progress,
    ) -> int:
        """Launch `plan` as `launch` does, with `enqueue` in the commit that starts it, in the place of its job."""
        known = self.find_launched(plan.launch_key)
        if known is not None:
            return known
        if plan.message.one_time:
            raise CampaignError("otp_needs_its_own_way")
        self._check_new(plan.launch_key)
        prepared = self._check_ready(plan, prepared)
        if not plan.allow_repeat:
            self._resources.continuity.must_not_repeat(store.compute_content_key(plan.message))
            enqueue = self._repeats.guard_commit(plan, enqueue)
            self._repeats.check(plan)
        return self.record(plan, prepared, actor, enqueue, progress)

    def _check_ready(self, plan: Plan, prepared: Prepared | None) -> Prepared:
        """Return what is to be launched. Raises CampaignError("not_ready")."""
        prepared, found = self._judge(plan, prepared)
        if prepared is None or found:
            raise CampaignError("not_ready", faults=" ".join(str(each.explanation) for each in found), found=found)
        return prepared

    def _check_new(self, launch_key: str) -> None:
        """Refuse to launch in a restored database before that was noticed, and what was sent and then lost."""
        self._resources.continuity.check()
        self._resources.continuity.must_be_new(launch_key)

    def find_launched(self, launch_key: str) -> int | None:
        """Return the id of the campaign that was started with `launch_key`, if one was."""
        with self._database.reading() as connection:
            return store.find_launched(connection, launch_key)

    def delete_draft(self, campaign_id: int) -> None:
        """Delete a campaign that somebody began to record and left; never one that was started."""
        delete_draft(self._database, campaign_id)

    def record(
        self,
        plan: Plan,
        prepared: Prepared,
        actor: str,
        enqueue: store.Enqueue,
        progress: store.OnProgress = store.ignore_progress,
    ) -> int:
        """Store a plan that was judged already, and its job by `enqueue`; the campaign's id. Asks nothing."""
        launch = Launch(
            actor,
            time.time(),
            self._resources.account,
            prepared.batch_size,
            self._resources.settings.rate,
            self._resources.settings.price,
            self._resources.settings.currency,
        )
        campaign_id = store.launch(self._database, plan, prepared, launch, enqueue, progress)
        audience = prepared.audience
        note = f"recipients: {audience.people:,}{_describe_ignored(audience)}"
        self._resources.record_act(actor, "launched", campaign_id, note)
        return campaign_id

    def send_otp(self, message: Message, phone_text: str, region: str, actor: str, launch_key: str) -> OtpReceipt:
        """Make a code, send it to one number at once, and show it once: it is kept nowhere.

        Raises CampaignError("otp_already_sent") for a launch key that was used, ("otp_opted_out"), ("otp_one_number")
        unless exactly one number is written; MessageError. In doubt the receipt says unknown and nothing is sent again:
        a new press makes a new code.
        """
        if self.find_launched(launch_key) is not None:
            raise CampaignError("otp_already_sent")
        self._check_new(launch_key)
        audience = build_typed_audience(phone_text, region, store.read_opted_out(self._database))
        if audience.tables.opted_out.num_rows and not audience.people:
            raise CampaignError("otp_opted_out")
        if audience.people != 1 or audience.tables.problems.num_rows:
            raise CampaignError("otp_one_number", faults=" ".join(audience.problems["reason"]))
        plan = Plan(name="One-time code", message=message, audience=audience, launch_key=launch_key)
        prepared = self._check_ready(plan, None)
        self._set_rate()
        code = f"{secrets.randbelow(10**6):06d}"
        content = otp_content(message, code, {"phone": audience.tables.contacts.column("phone")[0].as_py()})
        campaign_id = self.record(plan, prepared, actor, enqueue_nothing)
        shared = self._resources
        engine.send_one_time(self._database, shared.provider, shared.continuity, campaign_id, lambda _: content)
        return self._read_receipt(campaign_id, code)

    def _set_rate(self) -> None:
        """Set the account's rate where no engine ever ran: nobody has said yet how fast it may send."""
        account = self._resources.account
        with self._database.writing() as connection:
            if store.read_account_rate(connection, account) is None:
                store.set_rate(connection, account, self._resources.settings.rate)

    def _read_receipt(self, campaign_id: int, code: str) -> OtpReceipt:
        campaign = store.get_campaign(self._database, campaign_id)
        (row,) = store.read_result_page(self._database, campaign_id, (), "", 0, 1).to_pylist()
        explanation = explain(row["reason"], note=row["words"]) if row["reason"] else None
        return OtpReceipt(code, campaign, row["status"], explanation)


def enqueue_nothing(_connection: Connection, _campaign_id: int, _run_no: int, _delay: float) -> None:
    """Enqueue no job: the code of a one-time password lives only in the call that made it."""


def _describe_ignored(audience: Audience) -> str:
    """Return, for the record, the columns that mark people as opted out and were ignored."""
    marks = [each for each in audience.marks if each.applied is False and each.rows]
    return "".join(f"; ignored {each.rows:,} opted out by the column {each.column[:40]}" for each in marks)
