"""The sandbox's delivery reports: what becomes of a message, in what shape it is told, and the thread that tells it.

The provider documents no report for SMS. The sandbox's own shape is one object, or an array of at most a hundred of
them when several are due at once:

    {"messageId": "<id>:1", "recipient": "919876543210", "status": "UNDELIV", "error": "001 ABSENT_SUBSCRIBER",
     "doneAt": "2026-01-31T10:00:00.000+00:00"}

with the SMPP words DELIVRD, UNDELIV and EXPIRED; "error" is null for what was delivered. A WhatsApp report has the
shape seen from the provider: one status a post, `sent`, then `delivered` or `failed`, some later `read`. Every post
carries the token in one static header.
"""

from __future__ import annotations

import heapq
import json
import logging
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime

import requests

from smscore.sandbox.faults import Faults, get_ending

MOST_WAITING = 200_000
MOST_A_POST = 100
TRIES = 5
POST_TIMEOUT = 10.0
UNDELIVERED = (
    # the network's error code or the operator's scrubbing code, and what it stands for
    "001 ABSENT_SUBSCRIBER",
    "011 HANDSET_MEMORY_FULL",
    "005 UNKNOWN_SUBSCRIBER",
    "650 PREFERENCE_NOT_MATCHED",
    "633 TEMPLATE_NOT_MATCHED",
)
VALIDITY_EXPIRED = "034 VALIDITY_EXPIRED"
BLOCKED, MISMATCHED = UNDELIVERED[3], UNDELIVERED[4]
READ_SHARE = 0.5

log = logging.getLogger(__name__)

Deliver = Callable[[str, bytes], object]
"""Takes a channel ("sms" or "whatsapp") and the body of a report; raises when it was not taken."""


@dataclass(frozen=True)
class Webhook:
    """Where reports are posted: a URL a channel, and the static header that proves where they come from."""

    sms: str
    whatsapp: str = ""
    token: str = field(default="", repr=False)
    header: str = "X-Webhook-Token"

    def build_deliverer(self) -> Deliver:
        """Return a function that posts one body and raises requests.RequestException unless it was taken (2xx)."""
        session = requests.Session()
        session.trust_env = False
        headers = {"Content-Type": "application/json"} | ({self.header: self.token} if self.token else {})

        def deliver(channel: str, body: bytes) -> None:
            url = self.whatsapp or self.sms if channel == "whatsapp" else self.sms
            answer = session.post(url, data=body, headers=headers, timeout=POST_TIMEOUT, allow_redirects=False)
            if not 200 <= answer.status_code < 300:
                raise requests.HTTPError(f"the webhook answered {answer.status_code}")

        return deliver


@dataclass(frozen=True, order=True)
class Report:
    """One report that is due: when (monotonic seconds), its place in line, and what it says."""

    due: float
    place: int
    channel: str = field(compare=False)
    message_id: str = field(compare=False)
    recipient: str = field(compare=False)
    status: str = field(compare=False)
    reason: str = field(default="", compare=False)
    tries: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Fate:
    """What becomes of one message: `delivered`, `undelivered`, `expired` or `silent`, with the operator's reason."""

    end: str
    reason: str = ""


def choose_fate(number: str, mismatched: bool, faults: Faults, dice: random.Random) -> Fate:
    """Choose what becomes of a message to `number`: by the end of the number, else by the stated shares."""
    asked = get_ending(number)
    if asked == "blocked":
        return Fate("undelivered", BLOCKED)
    if mismatched:
        return Fate("undelivered", MISMATCHED)
    thrown = dice.random()
    if asked == "undelivered" or (not asked and thrown < faults.undelivered):
        return Fate("undelivered", UNDELIVERED[dice.randrange(4)])
    if asked == "expired" or (not asked and thrown < faults.undelivered + faults.expired):
        return Fate("expired", VALIDITY_EXPIRED)
    return Fate("silent") if asked == "silent" else Fate("delivered")


_SMS_WORDS = {"delivered": "DELIVRD", "undelivered": "UNDELIV", "expired": "EXPIRED"}
_WHATSAPP_STEPS = {"delivered": ("sent", "delivered"), "undelivered": ("failed",), "expired": ("sent",)}


def list_steps(channel: str, end: str, dice: random.Random) -> tuple[str, ...]:
    """Return the statuses in which a fate is reported, in order: one for SMS, one to three for WhatsApp."""
    if channel == "sms":
        return (_SMS_WORDS[end],)
    told = _WHATSAPP_STEPS[end]
    return (*told, "read") if end == "delivered" and dice.random() < READ_SHARE else told


def build_body(reports: list[Report]) -> bytes:
    """Return the body of one post: an object, or for several SMS reports an array."""
    told = [_build_whatsapp(one) if one.channel == "whatsapp" else _build_sms(one) for one in reports]
    return json.dumps(told[0] if len(told) == 1 else told).encode()


def _build_sms(report: Report) -> dict[str, object]:
    return {
        "messageId": report.message_id,
        "recipient": report.recipient,
        "status": report.status,
        "error": report.reason or None,
        "doneAt": datetime.now(UTC).isoformat(timespec="milliseconds"),
    }


def _build_whatsapp(report: Report) -> dict[str, object]:
    status = {"status": report.status, "recipient": report.recipient, "timestamp": int(time.time())}
    if report.status == "failed":
        status["error"] = {"code": 131026, "title": report.reason or "Message undeliverable"}
    return {
        "event": "message_status",
        "channel": "whatsapp",
        "messageId": report.message_id,
        "statuses": status,
    }


class Postman:
    """Delivers reports when they are due, from one thread that starts with the first of them.

    A post that is not taken is tried again after 1, 2, 4 and 8 seconds, then given up and counted in `lost`. At most
    200,000 reports wait; more are counted in `lost` as well.
    """

    def __init__(self, deliver: Deliver, dice: random.Random) -> None:
        self._deliver, self._dice = deliver, dice
        self._waiting: list[Report] = []
        self._awake = threading.Condition()
        self._thread: threading.Thread | None = None
        self._place = 0
        self._open = True
        self.delivered = self.lost = 0

    @property
    def waiting(self) -> int:
        """Reports not yet delivered."""
        with self._awake:
            return len(self._waiting)

    def schedule(self, channel: str, number: str, message_id: str, end: Fate, faults: Faults) -> None:
        """Line up the reports of one message."""
        if end.end == "silent":
            return
        due = time.monotonic() + self._dice.uniform(faults.report_from, faults.report_to)
        gap = max(0.2, faults.report_to - faults.report_from)
        for n, word in enumerate(list_steps(channel, end.end, self._dice)):
            for _ in range(2 if self._dice.random() < faults.repeated else 1):
                self._push(Report(due + n * gap, 0, channel, message_id, number, word, end.reason))

    def close(self) -> None:
        """Stop; reports not yet due are dropped."""
        with self._awake:
            self._open = False
            self._awake.notify()
        if self._thread:
            self._thread.join(POST_TIMEOUT)

    def _push(self, report: Report) -> None:
        with self._awake:
            if len(self._waiting) >= MOST_WAITING:
                self.lost += 1
                return
            self._place += 1
            heapq.heappush(self._waiting, Report(**vars(report) | {"place": self._place}))
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="sandbox-reports", daemon=True)
                self._thread.start()
            self._awake.notify()

    def _run(self) -> None:
        with ThreadPoolExecutor(1, thread_name_prefix="sandbox-post") as hands:
            while batch := self._wait_for_batch():
                # A future holds whatever went wrong, so that no fault of the receiver ends this thread.
                fault = hands.submit(self._deliver, batch[0].channel, build_body(batch)).exception()
                if fault is None:
                    self.delivered += len(batch)
                else:
                    log.info("a delivery report was not taken (%s)", type(fault).__name__)
                    self._retry(batch)

    def _wait_for_batch(self) -> list[Report]:
        with self._awake:
            while self._open:
                wait = self._waiting[0].due - time.monotonic() if self._waiting else None
                if wait is not None and wait <= 0:
                    return self._take_due()
                self._awake.wait(wait)
        return []

    def _take_due(self) -> list[Report]:
        first = heapq.heappop(self._waiting)
        batch, now = [first], time.monotonic()
        while first.channel == "sms" and len(batch) < MOST_A_POST and self._can_join(now):
            batch.append(heapq.heappop(self._waiting))
        return batch

    def _can_join(self, now: float) -> bool:
        return bool(self._waiting) and self._waiting[0].due <= now and self._waiting[0].channel == "sms"

    def _retry(self, batch: list[Report]) -> None:
        for report in batch:
            if report.tries + 1 >= TRIES:
                self.lost += 1
            else:
                later = {"tries": report.tries + 1, "due": time.monotonic() + 2.0**report.tries}
                self._push(Report(**vars(report) | later))
