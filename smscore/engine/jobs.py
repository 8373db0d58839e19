"""Recording durable jobs. `launch_campaign` turns a scheduled campaign into chunk jobs; `send_chunk` sends one chunk.

Their ids name campaign, run and attempt, so that recording one twice is recording it once. What they do is in
`job_runner`.
"""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from dbos import DBOS, DBOSClient, DBOSPortableJSONSerializer, EnqueueOptions

from smscore.store import Database

VERSION = "smscore-1"
"""Jobs of another version are never taken: raise it when the meaning of a job's arguments changes."""
APPLICATION = "smscore"
CONTROL_QUEUE, CHUNK_QUEUE = "smscore-control", "smscore-chunks"


def make_client(database: Database) -> DBOSClient:
    """Return a client that records jobs and runs none."""
    return DBOSClient(
        system_database_url=database.url,
        application_name=APPLICATION,
        serializer=DBOSPortableJSONSerializer(),
        system_database_pool_size=4,
    )


class Jobs:
    """Records jobs inside the caller's transaction, so that a campaign's status and its jobs are one commit."""

    def __init__(self, dbos: DBOSClient) -> None:
        self.dbos = dbos

    def launch(self, connection: sa.Connection, campaign_id: int, run_no: int, delay: float, attempt: str = "") -> None:
        """Start run `run_no` of a campaign after `delay` seconds."""
        self._record(
            connection,
            "launch_campaign",
            CONTROL_QUEUE,
            f"c{campaign_id}-r{run_no}-launch{attempt}",
            delay,
            None,
            (campaign_id, run_no),
        )

    def send(
        self, connection: sa.Connection, campaign_id: int, no: int, run_no: int, attempt: str, delay: float
    ) -> None:
        """Send chunk `no` after `delay` seconds."""
        self._record(
            connection,
            "send_chunk",
            CHUNK_QUEUE,
            f"c{campaign_id}-r{run_no}-k{no}-a{attempt}",
            delay,
            f"c{campaign_id}",
            (campaign_id, no, run_no, attempt),
        )

    def _record(
        self,
        connection: sa.Connection,
        workflow: str,
        queue: str,
        job_id: str,
        delay: float,
        partition: str | None,
        arguments: Sequence[object],
    ) -> None:
        options: EnqueueOptions = {
            "workflow_name": workflow,
            "queue_name": queue,
            "workflow_id": job_id,
            "app_version": VERSION,
        }
        if partition:
            options["queue_partition_key"] = partition
        if delay > 0:
            options["delay_seconds"] = delay
        self.dbos.enqueue_in_transaction(connection, options, *arguments)

    def find_alive(self, campaign_id: int, run_no: int) -> set[str]:
        """Return the ids of the jobs of a run that wait or run."""
        found = self.dbos.list_workflows(
            status=["ENQUEUED", "DELAYED", "PENDING"],
            workflow_id_prefix=f"c{campaign_id}-r{run_no}-",
            load_input=False,
            load_output=False,
        )
        return {each.workflow_id for each in found}

    def drop_waiting(self, campaign_id: int, run_no: int) -> None:
        """Cancel the jobs of a campaign's run that have not begun; a run that was started since keeps its own. A job
        that runs ends by itself at its next claim."""
        found = self.dbos.list_workflows(
            status=["ENQUEUED", "DELAYED"],
            workflow_id_prefix=f"c{campaign_id}-r{run_no}-",
            load_input=False,
            load_output=False,
        )
        if found:
            self.dbos.cancel_workflows([each.workflow_id for each in found])

    def put_back_dead_jobs(self, live: set[str]) -> int:
        """Give the running jobs of engines that are not among `live` to another; return how many."""
        found = self.dbos.list_workflows(status=["PENDING"], load_input=False, load_output=False)
        orphans = [each for each in found if each.executor_id and each.executor_id not in live]
        by_queue: dict[str, list[str]] = {}
        for each in orphans:
            by_queue.setdefault(each.queue_name or CHUNK_QUEUE, []).append(each.workflow_id)
        for name, ids in by_queue.items():
            self.dbos.resume_workflows(ids, queue_name=name)
        return len(orphans)

    def delete_ended(self, campaign_id: int) -> int:
        """Delete the job records of a campaign that ended; return how many."""
        found = self.dbos.list_workflows(
            workflow_id_prefix=f"c{campaign_id}-", limit=1000, load_input=False, load_output=False
        )
        ids = [each.workflow_id for each in found if each.status not in ("PENDING",)]
        if ids:
            self.dbos.delete_workflows(ids)
        return len(ids)


def migrate(database: Database) -> None:
    """Make or bring up to date the engine's own tables in `database`; quick when nothing is to be done."""
    DBOS.migrate(database.url)
