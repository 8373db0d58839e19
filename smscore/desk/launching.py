"""From a plan to a stored campaign: the guards before it, the one commit that starts it, and what becomes of doubt."""

from __future__ import annotations

import secrets
import time
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np

from smscore import engine, store
from smscore.campaigns import (
    NEVER_LEFT,
    Plan,
    Prepared,
    RecipientStatus,
    RegisteredText,
    SameList,
    find_unregistered,
    prepare,
    readiness,
)
from smscore.contacts import Audience, typed_audience
from smscore.desk.base import Base
from smscore.desk.views import OtpReceipt
from smscore.errors import CampaignError, MessageError, Notice, explain
from smscore.messages import Message, faults, otp_content
from smscore.store import Launch

SAME_LIST_SHARE = 0.2
"""The same words to this share of a plan's people, within the time that is set, asks first."""

MAY_HAVE_REACHED = tuple(s for s in RecipientStatus if s not in NEVER_LEFT[1:] and s is not RecipientStatus.OPTED_OUT)


class Launching(Base):
    """Planning and launching."""

    def prepare(self, message: Message, audience: Audience) -> Prepared:
        """Merge `message` with `audience` once: what a page shows, `readiness` judges and `launch` takes.

        Raises MessageError.
        """
        return prepare(
            message,
            audience,
            batch_size=self.settings.batch_size,
            rate=self.settings.rate,
            price=self.settings.price,
            currency=self.settings.currency,
            registered=self.registered_text(message),
        )

    def registered_text(self, message: Message) -> RegisteredText | None:
        """Return the kept template whose body the texts of `message` must equal outside the variables, if any."""
        if not message.template_id or message.registered or message.kind.whatsapp:
            return None
        known = {each.template_id: each for each in self.templates() if each.template_id}
        mine = known.get(message.template_id)
        return None if mine is None else RegisteredText(mine.name, mine.body)

    def readiness(self, plan: Plan, prepared: Prepared | None = None) -> tuple[Notice, ...]:
        """Every fault that keeps `plan` from being launched now; empty when it may go.

        With what was `prepared` of the plan's message and audience nothing is merged.
        """
        return self._judge(plan, prepared)[1]

    def _judge(self, plan: Plan, prepared: Prepared | None) -> tuple[Prepared | None, tuple[Notice, ...]]:
        """Return what is to be launched and its faults; nothing to launch when the message cannot be merged."""
        now = datetime.now(UTC)
        if found := faults(plan.message):
            return None, (*found, *readiness(plan, now))
        try:
            prepared = self._fitting(plan, prepared)
        except MessageError as fault:
            return None, (Notice(fault.code, fault.facts),)
        return prepared, (*self._findings(prepared), *readiness(replace(plan, audience=prepared.audience), now))

    def _fitting(self, plan: Plan, prepared: Prepared | None) -> Prepared:
        """Return `prepared`, unless there is none or it was made of something else."""
        if prepared is not None and prepared.is_for(plan.message, plan.audience, self.settings.batch_size):
            return prepared
        return self.prepare(plan.message, plan.audience)

    def _findings(self, prepared: Prepared) -> tuple[Notice, ...]:
        # Somebody may have changed the template since: then the texts are compared again, without a merge.
        registered = self.registered_text(prepared.message)
        if registered == prepared.registered:
            return prepared.findings
        return find_unregistered(registered, prepared.audience, prepared.merged)

    def same_list(self, plan: Plan) -> SameList | None:
        """The earlier campaigns that said the same, within the time that is set, to a fifth or more of these people
        together: whatever the file was called, whoever sent it, and in however many parts."""
        told = self._told_the_same(plan)
        overlap, people = int(np.any([*told.values()], axis=0).sum()), plan.audience.people
        if not overlap or overlap < SAME_LIST_SHARE * people:
            return None
        most = max(told, key=lambda campaign_id: int(told[campaign_id].sum()))
        campaigns = tuple(campaign_id for campaign_id, theirs in told.items() if theirs.any())
        return SameList(store.campaign(self.database, most), overlap, people, campaigns)

    def rest(self, plan: Plan) -> Plan:
        """The plan for the rest: without those to whom any campaign said the same within the time that is set, or may
        have, or is about to. A campaign that is launched after this is asked about all the same."""
        told = self._told_the_same(plan)
        mine = plan.audience.tables.contacts.column("msisdn").to_numpy()
        return (
            replace(plan.without(mine[np.any([*told.values()], axis=0)]), launch_key=plan.launch_key) if told else plan
        )

    def _told_the_same(self, plan: Plan) -> dict[int, np.ndarray]:
        """Which of the plan's contacts were told the same: a boolean each, by campaign; not by those it repeats."""
        mine = plan.audience.tables.contacts.column("msisdn").to_numpy()
        since = time.time() - 3600.0 * self.settings.same_list_hours
        found = store.same_words(self.database, store.content_key(plan.message), since, plan.launch_key)
        return {
            each: np.isin(mine, store.told_since(self.database, each, MAY_HAVE_REACHED, since))
            for each in found
            if each not in plan.repeats
        }

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
        return self._launch(plan, actor, self.jobs.launch, prepared, progress)

    def _launch(
        self,
        plan: Plan,
        actor: str,
        enqueue: store.Enqueue,
        prepared: Prepared | None = None,
        progress: store.OnProgress = store.ignore_progress,
    ) -> int:
        known = self.launched(plan.launch_key)
        if known is not None:
            return known
        if plan.message.one_time:
            raise CampaignError("otp_needs_its_own_way")
        self._must_be_new(plan.launch_key)
        prepared = self._must_be_ready(plan, prepared)
        if not plan.allow_repeat:
            self.continuity.must_not_repeat(store.content_key(plan.message))
            enqueue = self._unless_said_meanwhile(plan, enqueue)
            self._must_not_be_messaged_again(plan)
            self._ask_about_repeat(plan)
        return self._record(plan, prepared, actor, enqueue, progress)

    def _must_be_ready(self, plan: Plan, prepared: Prepared | None) -> Prepared:
        prepared, found = self._judge(plan, prepared)
        if prepared is None or found:
            raise CampaignError("not_ready", faults=" ".join(str(each.explanation) for each in found), found=found)
        return prepared

    def _must_not_be_messaged_again(self, plan: Plan) -> None:
        """Somebody else may have launched a retry of the same campaign while this one was being reviewed."""
        if plan.retry_of is None:
            return
        mine = plan.audience.tables.contacts.column("msisdn").to_numpy()
        messaged = int(np.isin(mine, self._messaged_again(plan.retry_of)).sum())
        if messaged:
            raise CampaignError("retry_changed", campaign=plan.retry_of, messaged=messaged, of=len(mine))

    def _messaged_again(self, campaign_id: int) -> np.ndarray:
        raise NotImplementedError

    def _unless_said_meanwhile(self, plan: Plan, enqueue: store.Enqueue) -> store.Enqueue:
        """Two people may launch the same list at one moment, and neither sees the other's while it is a draft: so the
        commit that starts a campaign looks again."""
        key = store.content_key(plan.message)
        seen = store.same_words(self.database, key, 0.0, plan.launch_key)

        def guarded(connection: object, campaign_id: int, run_no: int, delay: float) -> None:
            other = store.said_meanwhile(connection, key, seen, campaign_id)
            if other is not None:
                raise CampaignError("same_list_now", campaign=other)
            enqueue(connection, campaign_id, run_no, delay)

        return guarded

    def _must_be_new(self, launch_key: str) -> None:
        """Nothing is launched in a restored database before that was noticed, nor what was sent and then lost."""
        self.continuity.check()
        self.continuity.must_be_new(launch_key)

    def launched(self, launch_key: str) -> int | None:
        """The id of the campaign that was started with `launch_key`, if one was."""
        with self.database.reading() as connection:
            return store.launched(connection, launch_key)

    def _ask_about_repeat(self, plan: Plan) -> None:
        same = self.same_list(plan)
        if same is not None:
            facts = {"overlap": same.overlap, "of": same.of, "campaign": same.campaign.id, "name": same.campaign.name}
            raise CampaignError("same_list", same=same, hours=f"{self.settings.same_list_hours:g}", **facts)

    def _record(
        self,
        plan: Plan,
        prepared: Prepared,
        actor: str,
        enqueue: store.Enqueue,
        progress: store.OnProgress = store.ignore_progress,
    ) -> int:
        launch = Launch(
            actor,
            time.time(),
            self.account,
            prepared.batch_size,
            self.settings.rate,
            self.settings.price,
            self.settings.currency,
        )
        campaign_id = store.launch(self.database, plan, prepared, launch, enqueue, progress)
        audience = prepared.audience
        self._note(actor, "launched", campaign_id, f"recipients: {audience.people:,}{_ignored(audience)}")
        return campaign_id

    def send_otp(self, message: Message, phone_text: str, region: str, actor: str, launch_key: str) -> OtpReceipt:
        """Make a code, send it to one number at once, and show it once: it is kept nowhere.

        Raises CampaignError("otp_already_sent") for a launch key that was used, ("otp_one_number") unless exactly
        one number is written; MessageError. In doubt the receipt says unknown and nothing is sent again: a new press
        makes a new code.
        """
        if self.launched(launch_key) is not None:
            raise CampaignError("otp_already_sent")
        self._must_be_new(launch_key)
        audience = typed_audience(phone_text, region, store.opted_out(self.database))
        if audience.people != 1 or audience.tables.problems.num_rows:
            raise CampaignError("otp_one_number", faults=" ".join(audience.problems["reason"]))
        plan = Plan(name="One-time password", message=message, audience=audience, launch_key=launch_key)
        prepared = self._must_be_ready(plan, None)
        self._open_gate()
        code = f"{secrets.randbelow(10**6):06d}"
        fields = {"phone": audience.tables.contacts.column("phone")[0].as_py()}
        content = otp_content(message, code, fields)
        campaign_id = self._record(plan, prepared, actor, _no_job)
        engine.send_one_time(self.database, self.provider, self.continuity, campaign_id, lambda _: content)
        return self._receipt(campaign_id, code)

    def _open_gate(self) -> None:
        """Where no engine ever ran, nobody has said yet how fast this account may send."""
        with self.database.writing() as connection:
            if store.pace(connection, self.account) is None:
                store.open_gate(connection, self.account, self.settings.rate)

    def _receipt(self, campaign_id: int, code: str) -> OtpReceipt:
        campaign = store.campaign(self.database, campaign_id)
        (row,) = store.result_page(self.database, campaign_id, (), "", 0, 1).to_pylist()
        said = explain(row["reason"], note=row["words"]) if row["reason"] else None
        return OtpReceipt(code, campaign, row["status"], said)


def _no_job(_connection: object, _campaign_id: int, _run_no: int, _delay: float) -> None:
    """A one-time password has no job: its code lives only in this call."""


def _ignored(audience: Audience) -> str:
    """For the record: the columns that mark people as opted out and were ignored."""
    marks = [each for each in audience.marks if each.applied is False and each.rows]
    return "".join(f"; ignored {each.rows:,} opted out by the column {each.column[:40]}" for each in marks)
