"""What tests of the desk do over and over: people of their own, plans, launches, waiting, reading the outcome."""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import sqlalchemy as sa

from smscore import (
    Audience,
    Campaign,
    CampaignStatus,
    Canary,
    Desk,
    Kind,
    Message,
    Plan,
    RecipientStatus,
    Route,
    Timing,
    engine,
    load_settings,
    store,
)
from smscore.contacts import AudienceTables
from smscore.contacts.audience import DUPLICATES, LEFT_OUT
from smscore.contacts.suggesting import PROBLEMS
from smscore.desk.resources import Resources
from smscore.engine import EngineConfig
from smscore.provider import ProviderConfig
from smscore.store import Database
from smscore.store import tables as t

KEY = "test-key-0123456789"
TEXT = Message(Kind.TEXT, "ABCDEF", Route.TRANS, "Your table is ready")
ACTOR = "asha"
_CONTACTS = pa.schema([("row", pa.int32()), ("phone", pa.string()), ("msisdn", pa.int64())])
_numbers = itertools.count(9_800_000_000)
PATIENCE = 60.0
"""Seconds until a wait has failed. Whoever waits goes on at once when the time has come, so that on a busy machine more
patience costs nothing."""


class QuickResources(Resources):
    """What a desk shares, with calls to the provider that end after two seconds instead of half a minute."""

    def build_provider_config(self) -> ProviderConfig:
        return replace(super().build_provider_config(), deadline=2.0, connect_timeout=1.0)


class QuickDesk(Desk):
    """A desk with quick calls to the provider, whose engine looks for jobs four times as often."""

    poll_seconds = 0.05

    def build_resources(self) -> Resources:
        return QuickResources(self.settings, self.database, self.sandbox)

    def build_engine_config(self) -> EngineConfig:
        return replace(super().build_engine_config(), poll_seconds=self.poll_seconds)


def open_quick(url: str, provider_url: str, **changes: object) -> QuickDesk:
    """A desk on the database `url` that sends to the provider at `provider_url`; `changes` are further settings."""
    wanted = {"API_KEY": KEY, "BASE_URL": provider_url, "DATABASE_URL": url, "RATE": 2000} | changes
    settings = load_settings({f"SMSCORE_{name}": str(value) for name, value in wanted.items()}, Path("no such file"))
    database = Database(settings.database_url)
    store.migrate(database)
    engine.migrate(database)
    return QuickDesk(settings, database)


def numbers(count: int) -> list[int]:
    """So many numbers, country code and all, that no other test of this run has."""
    return [int(f"91{next(_numbers)}") for _ in range(count)]


def people(count: int) -> Audience:
    """An audience of so many people of their own."""
    return audience(numbers(count))


def audience(msisdns: Sequence[int]) -> Audience:
    """An audience of these people, as a sheet of one column would give it."""
    columns = [range(2, len(msisdns) + 2), [f"+{number}" for number in msisdns], list(msisdns)]
    contacts = pa.table(dict(zip(("row", "phone", "msisdn"), columns, strict=True)), schema=_CONTACTS)
    left_out = LEFT_OUT.empty_table()
    empty = (PROBLEMS.empty_table(), DUPLICATES.empty_table(), left_out, left_out)
    return Audience("people.csv", len(msisdns), ("phone",), "IN", AudienceTables(contacts, *empty))


def plan(crowd: Audience | int, message: Message = TEXT, **changes: object) -> Plan:
    """A plan for an audience, or for so many people; repeating earlier words is allowed."""
    crowd = people(crowd) if isinstance(crowd, int) else crowd
    return Plan("A test", message, crowd, **({"allow_repeat": True} | changes))


def launch(desk: Desk, crowd: Audience | int, message: Message = TEXT, **changes: object) -> int:
    """Launch a plan; the campaign's id."""
    return desk.launches.launch(plan(crowd, message, **changes), ACTOR)


def wait_until(true: Callable[[], object], within: float = PATIENCE, what: str = "it took too long") -> None:
    """Return as soon as `true()`; fail after `within` seconds."""
    last = time.monotonic() + within
    while not true():
        assert time.monotonic() < last, what() if callable(what) else what
        time.sleep(0.03)


def settled(desk: Desk, campaign_id: int, within: float = PATIENCE) -> Campaign:
    """The campaign once it has ended or is paused, and no call of it is under way."""
    rest = (CampaignStatus.FINISHED, CampaignStatus.CANCELLED, CampaignStatus.PAUSED)

    def quiet() -> bool:
        return desk.campaigns.get(campaign_id).status in rest and not statuses(desk, campaign_id)["submitting"]

    wait_until(quiet, within, lambda: f"{desk.campaigns.get(campaign_id)} {statuses(desk, campaign_id)}")
    return desk.campaigns.get(campaign_id)


def finished(desk: Desk, campaign_id: int, within: float = PATIENCE) -> Campaign:
    """The campaign once it has finished; fails when it pauses instead."""
    campaign = settled(desk, campaign_id, within)
    assert campaign.status is CampaignStatus.FINISHED, (campaign.status, campaign.reason, campaign.note)
    return campaign


def paused(desk: Desk, campaign_id: int, within: float = PATIENCE) -> Campaign:
    """The campaign once it is paused; fails when it ends instead."""
    campaign = settled(desk, campaign_id, within)
    assert campaign.status is CampaignStatus.PAUSED, (campaign.status, campaign.totals)
    return campaign


def rows(desk: Desk, campaign_id: int) -> list[sa.Row]:
    """The campaign's recipients as the store has them, in order."""
    with desk.database.reading() as connection:
        return list(
            connection.execute(
                sa.select(t.recipient).where(t.recipient.c.campaign_id == campaign_id).order_by(t.recipient.c.seq)
            )
        )


def statuses(desk: Desk, campaign_id: int) -> Counter[str]:
    """How many of the campaign's recipients are in each status, counted row by row."""
    return Counter(row.status for row in rows(desk, campaign_id))


__all__ = [
    "ACTOR",
    "TEXT",
    "CampaignStatus",
    "Canary",
    "QuickDesk",
    "RecipientStatus",
    "Timing",
    "audience",
    "finished",
    "launch",
    "numbers",
    "open_quick",
    "paused",
    "people",
    "plan",
    "rows",
    "settled",
    "statuses",
    "wait_until",
]
