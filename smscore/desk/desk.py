"""The desk and its parts; opening it, and starting the engine beside it."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from smscore import engine, store
from smscore.config import Role, Settings, load_settings
from smscore.desk.audiences import Audiences
from smscore.desk.built_in_sandbox import BuiltInSandbox
from smscore.desk.campaigns import Campaigns
from smscore.desk.launches import Launches
from smscore.desk.opt_outs import OptOuts
from smscore.desk.repeats import Repeats
from smscore.desk.resources import Resources
from smscore.desk.restores import Restores
from smscore.desk.results import DeliveryReports, Results
from smscore.desk.retries import Retries, Unknowns
from smscore.desk.templates import Senders, Templates
from smscore.engine import EngineConfig
from smscore.errors import StoreError, explain
from smscore.provider import Check
from smscore.store import Database


@dataclass(frozen=True)
class SettingView:
    """One setting as a page may draw it; of a secret only whether it is set."""

    name: str
    shown: str
    source: str
    help: str


class Desk:
    """What an operator can do, part by part. Thread-safe: one desk serves all pages of a process.

    audiences, opt_outs, senders, templates: what operators keep · repeats, launches: before a campaign starts ·
    campaigns: looking at them and stopping them · retries, unknowns, restores: what only a person decides · results,
    delivery: what became of recipients · sandbox: the stand-in of the provider.
    """

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database
        self.delivery = DeliveryReports(database)
        self.sandbox = BuiltInSandbox(settings, database, self.delivery.store_callback)
        self.resources = self.build_resources()
        self.audiences = Audiences(database, settings.region)
        self.opt_outs = OptOuts(database, settings)
        self.templates = Templates(database)
        self.senders = Senders(database, self.templates)
        self.repeats = Repeats(database, settings.same_list_hours)
        self.launches = Launches(self.resources, self.templates, self.repeats)
        self.retries = Retries(database, self.audiences, self.repeats)
        self.unknowns = Unknowns(self.resources, self.launches, self.retries)
        self.restores = Restores(self.resources)
        self.campaigns = Campaigns(self.resources, self.restores)
        self.results = Results(database, settings.zone)

    def build_resources(self) -> Resources:
        """Return what the parts share."""
        return Resources(self.settings, self.database, self.sandbox)

    @property
    def live(self) -> bool:
        """Whether messages go to the provider; else they go to the sandbox and leave no computer."""
        return self.settings.live

    def check_connection(self) -> Check:
        """Ask the provider whether it takes our key, by a request that cannot send anything."""
        return self.resources.provider.check()

    def read_activity(self, limit: int = 200) -> pd.DataFrame:
        """Return who did what, newest first: at (aware), actor, act, campaign, note."""
        frame = pd.DataFrame(
            [tuple(row) for row in store.read_activity(self.database, limit)],
            columns=["at", "actor", "act", "campaign", "note"],
        )
        frame["at"] = pd.to_datetime(frame["at"], unit="s", utc=True).dt.tz_convert(self.settings.zone)
        frame["campaign"] = frame["campaign"].astype("Int64")
        return frame

    def list_settings(self) -> tuple[SettingView, ...]:
        """Return every setting as a page may draw it: of a secret only whether it is set."""
        return tuple(
            SettingView(name, value, f"SMSCORE_{name}", explain(f"about_{name.lower()}").sentence)
            for name, value in _describe_settings(self.settings).items()
        )

    def build_engine_config(self) -> EngineConfig:
        """Return what an engine needs to send for this desk."""
        return EngineConfig(
            database=self.database,
            provider=lambda: self.resources.provider,
            account=self.resources.account,
            rate=self.settings.rate,
            connections=self.settings.connections,
            continuity=self.resources.continuity,
        )

    def close(self) -> None:
        """Close all connections and stop the built-in sandbox; campaigns go on wherever an engine runs."""
        self.resources.close()


def _describe_settings(settings: Settings) -> dict[str, str]:
    """Return each setting's value in words, by its name in the environment; of a secret only whether it is set."""
    return {
        "API_KEY": "set" if settings.live else "not set",
        "BASE_URL": settings.base_url,
        "DATABASE_URL": settings.database_shown,
        "ROLE": settings.role.value,
        "REGION": settings.region,
        "RATE": f"{settings.rate:g} messages per second",
        "BATCH_SIZE": f"{settings.batch_size:,} recipients in a call",
        "CONNECTIONS": f"{settings.connections}",
        "TIMEZONE": settings.timezone,
        "SAME_LIST_HOURS": f"{settings.same_list_hours:g} hours",
        "STATE_DIR": str(settings.state_dir),
        "PRICE": "not set" if settings.price is None else f"{settings.price} {settings.currency} a segment",
        "CURRENCY": settings.currency,
        "WEBHOOK_TOKEN": "set" if settings.webhook_token else "not set",
        "ADMINISTRATORS": ", ".join(settings.administrators) or "not set",
        "ALLOWED_ADDRESSES": f"{len(settings.allowed_addresses):,} addresses",
        "ALLOWED_DOMAINS": ", ".join(settings.allowed_domains) or "not set",
        "SIGN_IN_HOURS": f"{settings.sign_in_hours:g} hours" if settings.sign_in_hours else "not set",
        "BEHIND": settings.behind.value if settings.behind else "not set",
    }


def open_desk(settings: Settings | None = None) -> Desk:
    """Open the database, bring it to the present form, and return the desk. No thread is started, nothing is sent.

    Raises SettingsError (every fault at once) or StoreError.
    """
    settings = settings or load_settings()
    database = Database(settings.database_url)
    store.migrate(database)
    engine.migrate(database)
    return Desk(settings, database)


def start_engine(desk: Desk) -> bool:
    """Begin to send in this process: what was interrupted goes on, schedules fire. False when this process is only to
    show pages (role `web`), or when another process sends from the same SQLite file already.

    Raises StoreError when the database was replaced since it was opened, or the journal cannot be written."""
    if desk.settings.role is Role.WEB:
        return False
    return engine.start(desk.build_engine_config())


def get_engine_fault() -> StoreError | None:
    """Return why the engine of this process stopped by itself; None while it runs or when it was told to stop."""
    return engine.get_fault()


def stop_engine() -> None:
    """Stop in good order: calls under way end and are written down, nothing is left in doubt."""
    engine.stop()
