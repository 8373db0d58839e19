"""The engine: durable jobs that take waiting recipients, keep the rate, record intent and outcome, pause on trouble.

Read it in this order: policy, outcomes, claims, call_pool, chunk_run, job_runner, runtime, janitor; then
journal, gap and continuity, which notice a restored database.
"""

from smscore.engine.continuity import Continuity
from smscore.engine.jobs import Jobs, make_client, migrate
from smscore.engine.one_time import send_one_time
from smscore.engine.runtime import EngineConfig, get_engine_lock_path, get_fault, get_running, start, stop
