"""What the sandbox does wrong when asked to, and the switches for what the provider's page leaves open.

A fault is chosen for all calls (`Faults.fault`), or by a recipient whose number ends in one of `ENDINGS`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

from smscore.errors import ProviderError

MODES: dict[str, str] = {
    # fault: what the provider does
    "": "nothing wrong",
    "slow": "answers late",
    "server_error": "fails with HTTP 500 and sends nothing",
    "rate_limited": "answers HTTP 429 with Retry-After and sends nothing",
    "cut": "accepts the messages and closes the connection without answering",
    "half": "accepts the messages and breaks off in the middle of its answer",
    "page": "accepts the messages and answers with an HTML page",
    "gateway": "accepts the messages and answers HTTP 403 with a gateway's page",
    "missing": "accepts the messages but leaves the last recipient out of its answer",
    "wrong_count": "accepts the messages but gives a total that is three too high",
    "no_balance": "answers HTTP 402 (no balance) and sends nothing",
    "key_refused": "answers that the API key isn't found and sends nothing",
}
UNSENT = frozenset({"server_error", "rate_limited", "no_balance", "key_refused"})

# The last six digits of a recipient's number choose what happens to it, whatever the settings say.
ENDINGS: dict[str, str] = {
    "990001": "slow",
    "990002": "cut",
    "990003": "half",
    "990004": "page",
    "990005": "missing",
    "990006": "wrong_count",
    "990007": "gateway",
    "990401": "key_refused",
    "990402": "no_balance",
    "990429": "rate_limited",  # the first time; then it is accepted
    "990500": "server_error",
    "990010": "refused",  # this number alone is refused, the rest of the call is accepted
    "990021": "undelivered",
    "990022": "blocked",  # undelivered because the person asked not to be disturbed
    "990023": "expired",
    "990024": "silent",  # accepted, and no report ever comes
}
# What every fault means, those of single numbers included.
MEANINGS: dict[str, str] = MODES | {
    "refused": "refuses only this number",
    "undelivered": "accepts the message and reports it undelivered",
    "blocked": "accepts the message and reports it blocked (do not disturb)",
    "expired": "accepts the message and reports it expired",
    "silent": "accepts the message and never reports",
}
_CHOICES = {
    "fault": tuple(MODES),
    "number_forms": ("strict", "lenient"),
    "bad_numbers": ("refuse", "drop", "accept"),
    "duplicates": ("keep", "remove"),
    "mismatch": ("refuse", "report"),
    "promotional": ("any hour", "in hours"),
}
_SHARES = ("share", "undelivered", "expired", "repeated")


@dataclass(frozen=True)
class Faults:
    """The switches of the sandbox. Times are seconds, shares are 0 to 1.

    fault, share, calls: one of MODES for that share of the calls, for so many calls (None = until changed) · latency:
    before every answer · retry_after: of the fault rate_limited, None = no header · per_second: recipients a second,
    more are answered 429, 0 = no limit · undelivered, expired: shares of the reports · report_from, report_to: when
    a report comes · repeated: share of reports sent twice · number_forms: strict takes country code and number without
    a plus, lenient any form · bad_numbers: what a call with a bad number comes to ·
    duplicates: whether a number twice in a call is texted twice · most_recipients: in one call · templates: the
    registered ids (or WhatsApp names) and their number of variables, empty = any · template_required: for every SMS ·
    mismatch: whether a wrong number of values is refused at once or fails in the report · promotional: whether PROMO
    is refused outside 10:00–21:00 IST · error_status: the HTTP status of refusals, 400 or 200.
    """

    fault: str = ""
    share: float = 1.0
    calls: int | None = None
    latency: float = 0.0
    slow: float = 10.0
    retry_after: int | None = 5
    per_second: int = 0
    undelivered: float = 0.04
    expired: float = 0.01
    report_from: float = 2.0
    report_to: float = 6.0
    repeated: float = 0.0
    number_forms: str = "strict"
    bad_numbers: str = "refuse"
    duplicates: str = "keep"
    most_recipients: int = 1000
    templates: Mapping[str, int] = field(default_factory=dict)
    template_required: bool = False
    mismatch: str = "refuse"
    promotional: str = "any hour"
    error_status: int = 400

    def __post_init__(self) -> None:
        wrong = next(_find_wrong(self), None)
        if wrong:
            raise ProviderError("bad_fault", name=wrong, value=str(getattr(self, wrong))[:40])

    def with_changes(self, **changes: Any) -> Faults:
        """Return these faults with `changes`. Raises ProviderError: `unknown_fault` (a name), `bad_fault` (a value)."""
        known = {one.name for one in fields(self)}
        for name in changes:
            if name not in known:
                raise ProviderError("unknown_fault", name=name, known=", ".join(sorted(known)))
        return replace(self, **changes)


_TIMES = ("latency", "slow", "report_from", "report_to")
_COUNTS = {"per_second": (0, 10**6), "most_recipients": (1, 10**6), "calls": (0, 10**9), "retry_after": (0, 10**6)}
_OPTIONAL = ("calls", "retry_after")


def _find_wrong(faults: Faults) -> Iterator[str]:
    """Yield the names of the switches whose value is not allowed."""
    for name, (low, high) in _COUNTS.items():
        value = getattr(faults, name)
        if not (_is_whole(value, low, high) or (value is None and name in _OPTIONAL)):
            yield name
    yield from (name for name, allowed in _CHOICES.items() if getattr(faults, name) not in allowed)
    yield from (name for name in _SHARES if not _is_number(getattr(faults, name), 0, 1))
    yield from (name for name in _TIMES if not _is_number(getattr(faults, name), 0, 3600))
    yield from (name for name in ("template_required",) if not isinstance(faults.template_required, bool))
    if faults.error_status not in (200, 400):
        yield "error_status"
    if not _is_registered(faults.templates):
        yield "templates"
    if faults.report_to < faults.report_from:
        yield "report_to"


def _is_registered(templates: object) -> bool:
    return isinstance(templates, Mapping) and all(
        isinstance(name, str) and _is_whole(count, 0, 100) for name, count in templates.items()
    )


def _is_number(value: object, low: float, high: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high


def _is_whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and _is_number(value, low, high)


def get_ending(number: str) -> str:
    """Return what a recipient's number asks for by its last six digits, "" for nothing."""
    return ENDINGS.get(number[-6:], "")
