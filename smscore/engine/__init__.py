"""The engine: durable jobs that take waiting recipients, keep the rate, record intent and outcome, pause on trouble."""

from smscore.engine.jobs import Jobs, client, migrate
from smscore.engine.once import send_once
from smscore.engine.runtime import Means, running, start, stop
