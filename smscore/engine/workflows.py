"""The durable jobs as DBOS runs them: two workflows of one step each, thin wrappers over the process's `JobRunner`.

DBOS runs a job at least once; the store's write-ahead makes that never twice for a recipient. The names are stored
with each job: a job that was recorded before an upgrade is found by them afterwards.
"""

from __future__ import annotations

from dbos import DBOS

from smscore.engine.job_runner import JobRunner
from smscore.errors import StoreError

_runner: JobRunner | None = None


def set_runner(runner: JobRunner | None) -> None:
    """Let this runner do the jobs that DBOS starts in this process from now on; None for nobody."""
    global _runner
    _runner = runner


def _require_runner() -> JobRunner:
    if _runner is None:
        raise StoreError("no_engine")
    return _runner


@DBOS.workflow(name="launch_campaign", max_recovery_attempts=None)
def launch_campaign(campaign_id: int, run_no: int) -> str:
    """Durable job: start a run of a campaign."""
    return launch_step(campaign_id, run_no)


@DBOS.step(name="launch_step", retries_allowed=True, max_attempts=5, interval_seconds=1.0, backoff_rate=3.0)
def launch_step(campaign_id: int, run_no: int) -> str:
    """Return the one step of `launch_campaign`."""
    return _require_runner().start_run(campaign_id, run_no)


@DBOS.workflow(name="send_chunk", max_recovery_attempts=None)
def send_chunk(campaign_id: int, no: int, run_no: int, attempt: str) -> str:
    """Durable job: send a chunk."""
    return chunk_step(campaign_id, no, run_no, attempt)


@DBOS.step(name="chunk_step", retries_allowed=True, max_attempts=5, interval_seconds=1.0, backoff_rate=3.0)
def chunk_step(campaign_id: int, no: int, run_no: int, attempt: str) -> str:
    """Return the one step of `send_chunk`."""
    return _require_runner().run_chunk(campaign_id, no, run_no, attempt)
