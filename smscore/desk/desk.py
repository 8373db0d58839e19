"""Opening the desk, and starting the engine beside it."""

from __future__ import annotations

from smscore import engine, store
from smscore.config import Role, Settings, load_settings
from smscore.desk.again import Again
from smscore.desk.lists import Lists
from smscore.desk.results import Results
from smscore.desk.steering import Steering
from smscore.desk.template_imports import TemplateImports
from smscore.engine import EngineConfig
from smscore.errors import StoreError
from smscore.store import Database


class Desk(Again, Steering, Results, TemplateImports, Lists):
    """What an operator can do. Thread-safe: one desk serves all pages of a process."""

    def handle_delivery(self, channel: str, body: bytes) -> int:
        """Store the delivery reports in the body of a callback of `channel` ("sms" or "whatsapp"); how many are new.

        Raises DeskError on a body that cannot be read, StoreError when it could not be kept.
        """
        return self._take_report(channel, body)

    def means(self) -> EngineConfig:
        """What an engine needs to send for this desk."""
        return EngineConfig(
            database=self.database,
            provider=lambda: self.provider,
            account=self.account,
            rate=self.settings.rate,
            connections=self.settings.connections,
            continuity=self.continuity,
        )


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
    return engine.start(desk.means())


def engine_fault() -> StoreError | None:
    """Why the engine of this process stopped by itself; None while it runs or when it was told to stop."""
    return engine.fault()


def stop_engine() -> None:
    """Stop in good order: calls under way end and are written down, nothing is left in doubt."""
    engine.stop()
