"""Recipients who did not go, or who are in doubt: what a person may do about them. No machine sends them again."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa

from smscore import store
from smscore.campaigns import REPORT_COLUMNS, RETRIED, Plan, RecipientStatus
from smscore.contacts import Audience
from smscore.desk.audiences import Audiences
from smscore.desk.launches import Launches
from smscore.desk.repeats import Repeats
from smscore.desk.resources import Resources
from smscore.errors import CampaignError
from smscore.reports import build_report
from smscore.store import Connection, Database


class Retries:
    """Retries of an ended campaign: for whom one can be made, and their audience to review and launch."""

    def __init__(self, database: Database, audiences: Audiences, repeats: Repeats) -> None:
        self._database = database
        self._audiences = audiences
        self._repeats = repeats

    def count_by_status(self, campaign_id: int) -> dict[RecipientStatus, int]:
        """Return how many people of an ended campaign a retry can be made of, for each status that has any.

        Whom a later retry has messaged, or is about to, is not counted; the unknown never are. Empty for a campaign
        that has not ended and for a one-time code. Raises CampaignError("no_such_campaign").
        """
        earlier = store.get_campaign(self._database, campaign_id)
        if not earlier.ended or earlier.message.one_time:
            return {}
        messaged = self._repeats.find_retried(campaign_id)
        offered = {
            status: int(
                np.isin(store.read_msisdns(self._database, campaign_id, (status,)), messaged, invert=True).sum()
            )
            for status in RETRIED
            if earlier.totals.of(status)
        }
        return {status: count for status, count in offered.items() if count}

    def build_audience(self, campaign_id: int, statuses: Iterable[RecipientStatus]) -> Audience:
        """Return the people of an ended campaign whose status is among `statuses`, to be reviewed before a retry.

        Those whom a later retry has messaged are in `subtracted`, those who opted out since in `opted_out`.
        Raises CampaignError("wrong_status", "bad_retry", "nothing_to_retry").
        """
        earlier, wanted = store.get_campaign(self._database, campaign_id), tuple(statuses)
        if not earlier.ended:
            raise CampaignError("wrong_status", campaign=campaign_id, status=str(earlier.status), wanted="retried")
        if not wanted or not set(wanted) <= set(RETRIED):
            raise CampaignError("bad_retry", campaign=campaign_id)
        plan = self.build_plan(campaign_id, wanted, earlier.name, "")
        audience = plan.without(self._repeats.find_retried(campaign_id)).audience
        if not audience.people:
            raise CampaignError("nothing_to_retry", campaign=campaign_id)
        return audience

    def build_plan(
        self,
        campaign_id: int,
        statuses: Iterable[RecipientStatus],
        name: str,
        launch_key: str,
        seqs: tuple[int, ...] | None = None,
    ) -> Plan:
        """Return a plan that says the same again to the recipients in `statuses`, of those in `seqs` when given.

        Raises CampaignError("nothing_to_retry").
        """
        earlier = store.get_campaign(self._database, campaign_id)
        contacts = _build_contacts(store.read_result_batches(self._database, campaign_id, tuple(statuses)), seqs)
        if not contacts.num_rows:
            raise CampaignError("nothing_to_retry", campaign=campaign_id)
        audience = self._audiences.build_from_contacts(name, contacts)
        return Plan(name, earlier.message, audience, launch_key=launch_key, allow_repeat=True, retry_of=campaign_id)


class Unknowns:
    """Recipients in doubt: the message may have left. Only a delivery report or a person settles it."""

    def __init__(self, resources: Resources, launches: Launches, retries: Retries) -> None:
        self._resources = resources
        self._database = resources.database
        self._launches = launches
        self._retries = retries

    def list(self, campaign_id: int, limit: int = 1000) -> pd.DataFrame:
        """Return the unknown that nobody has decided about, with `seq` to name them by: seq, row, phone, reason,
        submitted_at, and the sheet's own columns."""
        page = store.read_result_page(
            self._database, campaign_id, (RecipientStatus.UNKNOWN,), "", 0, limit, store.DECIDED
        )
        left_out = [column.name for column in REPORT_COLUMNS if not column.of_unknown]
        shown = build_report(page, self._resources.settings.zone).to_pandas().drop(columns=left_out)
        shown.insert(0, "seq", page.column("seq").to_pandas().to_numpy())
        return shown

    def count(self, campaign_id: int) -> int:
        """Return how many of the unknown nobody has decided about."""
        with self._database.reading() as connection:
            return store.count_unknown(connection, campaign_id)

    def decide(self, campaign_id: int, seqs: tuple[int, ...] | None, decision: str, actor: str) -> int:
        """Record a decision about unknown recipients (`seqs`, or all); how many were decided.

        "sent" counts them as accepted; "again" makes a new campaign for them, which may reach some of them twice.
        Raises CampaignError("bad_decision"), ("unknown_changed") when a report or another person was faster.
        """
        if decision not in ("sent", "again"):
            raise CampaignError("bad_decision", decision=decision)
        with self._database.reading() as connection:
            chosen = store.find_open_unknown(connection, campaign_id, seqs)
        if not chosen:
            return 0
        if decision == "again":
            self._send_again(campaign_id, chosen, actor)
            return len(chosen)
        with self._database.writing() as connection:
            decided = store.decide_unknown(connection, campaign_id, chosen, True, time.time())
            store.record_activity(
                connection, actor, "unknown_sent", time.time(), campaign_id, f"{decided:,} recipients"
            )
        recount_changed(self._database, campaign_id)
        return decided

    def _send_again(self, campaign_id: int, chosen: tuple[int, ...], actor: str) -> None:
        """Commit decision and new campaign together: a crash leaves both or none, so that nobody gets a third one."""

        def decide_and_enqueue(connection: Connection, new: int, run_no: int, delay: float) -> None:
            now = time.time()
            if store.decide_unknown(connection, campaign_id, chosen, False, now) != len(chosen):
                raise CampaignError("unknown_changed", campaign=campaign_id)
            store.record_activity(connection, actor, "unknown_again", now, campaign_id, f"{len(chosen):,} recipients")
            self._resources.jobs.launch(connection, new, run_no, delay)

        name = f"{store.get_campaign(self._database, campaign_id).name}: resend to the unknown"
        # The key follows from whom it is for: pressed twice it is one campaign.
        key = f"unknown-{campaign_id}-{hashlib.sha256(repr(chosen).encode()).hexdigest()}"
        plan = self._retries.build_plan(campaign_id, (RecipientStatus.UNKNOWN,), name, key, chosen)
        self._launches.launch_with(plan, actor, decide_and_enqueue)


def recount_changed(database: Database, campaign_id: int) -> None:
    """Count changed chunks at once: whoever decides sees the new totals also where no engine runs to count them."""
    with database.reading() as connection:
        changed = [chunk for chunk in store.list_dirty_chunks(connection) if chunk.campaign_id == campaign_id]
    for chunk in changed:
        with database.writing() as connection:
            store.recount(connection, chunk)


def _build_contacts(batches: Iterable[pa.Table], seqs: tuple[int, ...] | None) -> pa.Table:
    """Return report batches as contacts again: row, phone, msisdn, and the sheet's own columns."""
    pieces = []
    for batch in batches:
        if seqs is not None:
            keep = np.isin(batch.column("seq").to_numpy(), np.array(seqs, dtype=np.int64))
            batch = batch.filter(pa.array(keep))
        own = {name.removeprefix("own:"): batch.column(name) for name in batch.column_names if name.startswith("own:")}
        msisdn = pa.array([int(phone[1:]) for phone in batch.column("phone").to_pylist()], pa.int64())
        pieces.append(pa.table({"row": batch.column("row"), "phone": batch.column("phone"), "msisdn": msisdn} | own))
    return pa.concat_tables(pieces)
