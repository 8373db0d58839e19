"""What an operator plans: when a campaign sends, to whom first, and whether it may be launched at all."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, time, timedelta
from uuid import uuid4
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa

from smscore.contacts import Audience
from smscore.errors import Notice
from smscore.messages import Merged, Message, Route


@dataclass(frozen=True)
class Window:
    """The hours of a day in which a campaign may send: from `opens` (included) to `closes` (excluded), both HH:MM."""

    opens: str
    closes: str
    zone: str = "Asia/Kolkata"
    source: str = ""

    def is_open(self, now: datetime) -> bool:
        """Return whether the aware moment `now` lies inside the window."""
        here = now.astimezone(ZoneInfo(self.zone)).time().replace(tzinfo=None)
        opens, closes = time.fromisoformat(self.opens), time.fromisoformat(self.closes)
        return opens <= here < closes if opens < closes else here >= opens or here < closes

    def find_next_opening(self, now: datetime) -> datetime:
        """Return the aware moment in UTC at which the window opens next; `now` itself when it is open."""
        if self.is_open(now):
            return now
        here = now.astimezone(ZoneInfo(self.zone))
        opening = datetime.combine(here.date(), time.fromisoformat(self.opens), tzinfo=here.tzinfo)
        return (opening if opening > here else opening + timedelta(days=1)).astimezone(UTC)


PROMOTIONAL_HOURS = Window(
    "10:00",
    "21:00",
    "Asia/Kolkata",
    "TRAI, Telecom Commercial Communications Customer Preference Regulations 2018: "
    "promotional messages reach subscribers between 10:00 and 21:00 by default",
)
ROUTE_WINDOWS: Mapping[Route, Window] = {Route.PROMO: PROMOTIONAL_HOURS}


@dataclass(frozen=True)
class Timing:
    """When a campaign sends: at once or at `start_at` (aware), in a daily `window`, after a `countdown` in seconds."""

    start_at: datetime | None = None
    window: Window | None = None
    countdown: int = 0


@dataclass(frozen=True)
class Canary:
    """The first `size` recipients go first. The rest waits for a press, or, with `bad_share` (0–1), for the rule:
    it goes when at most that share of the canary was refused, undelivered or unknown after `wait` seconds."""

    size: int = 0
    bad_share: float | None = None
    wait: int = 120


@dataclass(frozen=True)
class Plan:
    """All that a launch needs. `launch_key` is made once for a draft, so a plan can only ever start one campaign.

    Whom the campaigns in `repeats` told the same may be told again; with `allow_repeat` whoever any campaign told.
    """

    name: str
    message: Message
    audience: Audience
    timing: Timing = Timing()
    canary: Canary = Canary()
    launch_key: str = field(default_factory=lambda: uuid4().hex)
    allow_repeat: bool = False
    repeats: tuple[int, ...] = ()
    retry_of: int | None = None

    @property
    def window(self) -> Window | None:
        """The hours that bind this plan: the operator's own, else those of its route."""
        return self.timing.window or ROUTE_WINDOWS.get(self.message.route)

    def without(self, msisdns: np.ndarray) -> Plan:
        """Return the plan for the contacts whose MSISDN (int64) is not among `msisdns`; the others are subtracted."""
        tables = self.audience.tables
        leave = np.isin(tables.contacts.column("msisdn").to_numpy(), msisdns)
        away = tables.contacts.filter(pa.array(leave)).select(["row", "phone"]).cast(tables.subtracted.schema)
        rest = self.audience.replace_tables(
            contacts=tables.contacts.filter(pa.array(~leave)),
            subtracted=pa.concat_tables([tables.subtracted, away]),
        )
        return replace(self, audience=rest, launch_key=uuid4().hex)


def check_readiness(plan: Plan, now: datetime) -> tuple[Notice, ...]:
    """Return every fault that keeps a plan from being launched at the aware moment `now`; empty when it may go."""
    found = []
    if plan.audience.people == 0:
        found.append(Notice("no_contacts"))
    if undecided := plan.audience.undecided:
        columns = ", ".join(f"{marks.column[:40]} ({marks.rows:,})" for marks in undecided)
        found.append(Notice("opt_out_column_undecided", {"columns": columns}))
    if not plan.name.strip():
        found.append(Notice("no_name"))
    if plan.timing.start_at and plan.timing.start_at < now - timedelta(minutes=1):
        found.append(Notice("start_in_the_past"))
    if plan.timing.window and plan.timing.window.opens == plan.timing.window.closes:
        found.append(Notice("empty_window"))
    if plan.canary.size < 0 or (plan.canary.bad_share is not None and not 0 <= plan.canary.bad_share <= 1):
        found.append(Notice("bad_canary"))
    return tuple(found)


def find_warnings(plan: Plan, now: datetime) -> tuple[Notice, ...]:
    """Return what to look at before a plan is launched at the aware moment `now`; it may be launched all the same."""
    rule, mine = ROUTE_WINDOWS.get(plan.message.route), plan.timing.window
    if rule is None or mine is None:
        return ()
    day = (now + timedelta(minutes=5 * n) for n in range(24 * 12))
    if not any(mine.is_open(moment) and not rule.is_open(moment) for moment in day):
        return ()
    facts = {"opens": rule.opens, "closes": rule.closes, "zone": rule.zone, "source": rule.source}
    return (Notice("hours_beyond_rule", facts),)


def drop_unmergeable(audience: Audience, merged: Merged) -> tuple[Audience, Merged]:
    """Return those who read a whole message: rows in which the merge found a problem move from contacts to problems.

    Both come back with the same contacts in the same order, and the audience's rows still add up.
    """
    if merged.kept.all():
        return audience, merged
    keep = pa.array(merged.kept)
    contacts, problems = audience.tables.contacts, audience.tables.problems
    found = merged.problems.select(problems.column_names).cast(problems.schema)
    rest = audience.replace_tables(
        contacts=contacts.filter(keep),
        problems=pa.concat_tables([problems, found]),
    )
    kept = replace(
        merged,
        texts=merged.texts.filter(keep),
        values=tuple(values.filter(keep) for values in merged.values),
        charset=merged.charset[merged.kept],
        units=merged.units[merged.kept],
        segments=merged.segments[merged.kept],
        problems=merged.problems.slice(0, 0),
        kept=np.ones(int(merged.kept.sum()), dtype=bool),
    )
    return rest, kept
