"""What a person may do about recipients who did not go, or who are in doubt: only a person, and always recorded."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterable
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore import store
from smscore.campaigns import RETRIED, Plan, RecipientStatus
from smscore.contacts import Audience, typed_audience
from smscore.desk.launching import MAY_HAVE_REACHED, Launching
from smscore.errors import CampaignError
from smscore.store import Chunk


class Again(Launching):
    """Retrying the failed, deciding about the unknown."""

    def retry_counts(self, campaign_id: int) -> dict[RecipientStatus, int]:
        """Return how many people of an ended campaign a retry can be made of, for each status that has any.

        Whom a later retry has messaged, or is about to, is not counted; the unknown never are. Empty for a campaign
        that has not ended and for a one-time code. Raises CampaignError("no_such_campaign").
        """
        earlier = store.campaign(self.database, campaign_id)
        if not earlier.ended or earlier.message.one_time:
            return {}
        messaged = self._messaged_again(campaign_id)
        offered = {
            status: int(np.isin(store.msisdns_of(self.database, campaign_id, (status,)), messaged, invert=True).sum())
            for status in RETRIED
            if earlier.totals.of(status)
        }
        return {status: count for status, count in offered.items() if count}

    def retry_audience(self, campaign_id: int, statuses: Iterable[RecipientStatus]) -> Audience:
        """Return the people of an ended campaign whose status is among `statuses`, to be reviewed before a retry.

        Those whom a later retry has messaged are in `subtracted`, those who opted out since in `opted_out`.
        Raises CampaignError("wrong_status", "bad_retry", "nothing_to_retry").
        """
        earlier, wanted = store.campaign(self.database, campaign_id), tuple(statuses)
        if not earlier.ended:
            raise CampaignError("wrong_status", campaign=campaign_id, status=str(earlier.status), wanted="retried")
        if not wanted or not set(wanted) <= set(RETRIED):
            raise CampaignError("bad_retry", campaign=campaign_id)
        plan = self._again(campaign_id, wanted, earlier.name, "")
        audience = plan.without(self._messaged_again(campaign_id)).audience
        if not audience.people:
            raise CampaignError("nothing_to_retry", campaign=campaign_id)
        return audience

    def _messaged_again(self, campaign_id: int) -> np.ndarray:
        """The MSISDNs, int64, of those to whom a later retry of the campaign sent something, or is about to."""
        later = store.retries_of(self.database, campaign_id)
        found = [store.msisdns_of(self.database, each, MAY_HAVE_REACHED) for each in later]
        return np.concatenate([np.zeros(0, dtype=np.int64), *found])

    def _again(
        self,
        campaign_id: int,
        statuses: Iterable[RecipientStatus],
        name: str,
        launch_key: str,
        seqs: tuple[int, ...] | None = None,
    ) -> Plan:
        earlier = store.campaign(self.database, campaign_id)
        contacts = _contacts_of(store.result_batches(self.database, campaign_id, tuple(statuses)), seqs)
        if not contacts.num_rows:
            raise CampaignError("nothing_to_retry", campaign=campaign_id)
        audience = self._stored_audience(name, contacts)
        return Plan(name, earlier.message, audience, launch_key=launch_key, allow_repeat=True, retry_of=campaign_id)

    def _stored_audience(self, name: str, contacts: pa.Table) -> Audience:
        # Rows are counted once each: a cell with several numbers made several contacts of one row.
        empty = typed_audience("", self.settings.region, np.zeros(0, dtype=np.int64))
        out = np.isin(contacts.column("msisdn").to_numpy(), store.opted_out(self.database))
        gone = contacts.filter(pa.array(out)).select(["row", "phone"]).cast(empty.tables.opted_out.schema)
        whole = replace(empty, name=name, sheet_rows=pc.count_distinct(contacts.column("row")).as_py())
        return whole.replace_tables(
            contacts=contacts.filter(pa.array(~out)), opted_out=gone, problems=empty.tables.problems.slice(0, 0)
        )

    # unknown

    def decide_unknown(self, campaign_id: int, seqs: tuple[int, ...] | None, decision: str, actor: str) -> int:
        """An operator's recorded decision about unknown recipients (`seqs`, or all): "sent" counts them as accepted;
        "again" makes a new campaign for them, which may reach some of them twice. How many were decided.

        Raises CampaignError("bad_decision", "unknown_changed" when a report or another person was faster).
        """
        if decision not in ("sent", "again"):
            raise CampaignError("bad_decision", decision=decision)
        with self.database.reading() as connection:
            chosen = store.open_unknown(connection, campaign_id, seqs)
        if not chosen:
            return 0
        if decision == "again":
            self._send_unknown_again(campaign_id, chosen, actor)
            return len(chosen)
        with self.database.writing() as connection:
            decided = store.decide_unknown(connection, campaign_id, chosen, True, time.time())
            store.note(connection, actor, "unknown_sent", time.time(), campaign_id, f"{decided:,} recipients")
        self._count_again(campaign_id)
        return decided

    def _count_again(self, campaign_id: int) -> None:
        """Whoever decides sees the new totals at once, also where no engine runs whose janitor would count."""
        with self.database.reading() as connection:
            dirty = [chunk for chunk in store.dirty_chunks(connection) if chunk.campaign_id == campaign_id]
        for chunk in dirty:
            with self.database.writing() as connection:
                store.recount(connection, Chunk(*chunk, 0))

    def _send_unknown_again(self, campaign_id: int, chosen: tuple[int, ...], actor: str) -> None:
        """Decision and new campaign in one commit: a crash leaves both or none, so that nobody gets a third one."""

        def decide_and_enqueue(connection: object, new: int, run_no: int, delay: float) -> None:
            now = time.time()
            if store.decide_unknown(connection, campaign_id, chosen, False, now) != len(chosen):
                raise CampaignError("unknown_changed", campaign=campaign_id)
            store.note(connection, actor, "unknown_again", now, campaign_id, f"{len(chosen):,} recipients")
            self.jobs.launch(connection, new, run_no, delay)

        name = f"{store.campaign(self.database, campaign_id).name}: again for the unknown"
        # The key follows from whom it is for: pressed twice it is one campaign.
        key = f"unknown-{campaign_id}-{hashlib.sha256(repr(chosen).encode()).hexdigest()}"
        self._launch(self._again(campaign_id, (RecipientStatus.UNKNOWN,), name, key, chosen), actor, decide_and_enqueue)


def _contacts_of(batches: Iterable[pa.Table], seqs: tuple[int, ...] | None) -> pa.Table:
    """Report batches as contacts again: row, phone, msisdn, and the sheet's own columns."""
    pieces = []
    for batch in batches:
        if seqs is not None:
            keep = np.isin(batch.column("seq").to_numpy(), np.array(seqs, dtype=np.int64))
            batch = batch.filter(pa.array(keep))
        own = {name.removeprefix("own:"): batch.column(name) for name in batch.column_names if name.startswith("own:")}
        msisdn = pa.array([int(phone[1:]) for phone in batch.column("phone").to_pylist()], pa.int64())
        pieces.append(pa.table({"row": batch.column("row"), "phone": batch.column("phone"), "msisdn": msisdn} | own))
    return pa.concat_tables(pieces)
