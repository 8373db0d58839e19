"""The engine: durable jobs that take waiting recipients, keep the rate, record intent and outcome, pause on trouble."""

from smscore.engine.continuity import Continuity
from smscore.engine.jobs import Jobs, client, migrate
from smscore.engine.lock import FileLock, lock_beside
from smscore.engine.once import send_once
from smscore.engine.runtime import Means, fault, running, start, stop
