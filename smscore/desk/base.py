"""What every verb of the desk stands on: the settings, the database, the jobs, and the provider when it is needed."""

from __future__ import annotations

import json
import threading
import time
from urllib.parse import urlsplit

from smscore import engine, store
from smscore.config import PROVIDER_URL, Secret, Settings
from smscore.desk.stand import Stand
from smscore.engine import Continuity, Jobs
from smscore.provider import Provider, Wire
from smscore.sandbox import KEY, Faults
from smscore.store import Database


class Base:
    """See the module. Nothing here starts a thread until a message or a check needs the provider."""

    def __init__(self, settings: Settings, database: Database) -> None:
        self.settings = settings
        self.database = database
        self._lock = threading.Lock()
        self._provider: Provider | None = None
        self._jobs: Jobs | None = None
        self._stand: Stand | None = None
        self.continuity = Continuity(
            database, settings.state_dir, settings.database_place, settings.live, settings.zone
        )

    @property
    def live(self) -> bool:
        """Whether messages go to the provider; else they go to the sandbox and leave no computer."""
        return self.settings.live

    @property
    def account(self) -> str:
        """The account whose rate is held: one key, one host, one account. It never holds the key."""
        return urlsplit(self.settings.base_url).netloc if self.live else "sandbox"

    @property
    def jobs(self) -> Jobs:
        """Where durable jobs are recorded."""
        with self._lock:
            if self._jobs is None:
                self._jobs = Jobs(engine.make_client(self.database))
            return self._jobs

    @property
    def provider(self) -> Provider:
        """The provider's client; in the sandbox, that of a stand-in which this process then runs on loopback."""
        with self._lock:
            if self._provider is None:
                self._provider = Provider(self._wire())
            return self._provider

    @property
    def stand(self) -> Stand | None:
        """The built-in sandbox; None when live, or when the base URL names another sandbox."""
        if self.live or not self._own_sandbox:
            return None
        with self._lock:
            return self._started_stand()

    @property
    def _own_sandbox(self) -> bool:
        return self.settings.base_url == PROVIDER_URL

    def _started_stand(self) -> Stand:
        if self._stand is None:
            self._stand = Stand(self._take_report, self._kept_faults())
            self._stand.start()
        return self._stand

    def _kept_faults(self) -> Faults | None:
        kept = store.setting(self.database, "faults")
        return Faults(**json.loads(kept)) if kept else None

    def _take_report(self, channel: str, body: bytes) -> int:
        raise NotImplementedError

    def _wire(self) -> Wire:
        if self.live:
            return Wire(self.settings.base_url, self.settings.api_key)
        if not self._own_sandbox:
            return Wire(self.settings.base_url, Secret(KEY))
        stand = self._started_stand()
        return Wire(stand.base_url, Secret(stand.key))

    def _note(self, actor: str, act: str, campaign_id: int | None = None, note: str = "") -> None:
        with self.database.writing() as connection:
            store.note(connection, actor, act, time.time(), campaign_id, note)

    def close(self) -> None:
        """Give back connections and stop the built-in sandbox; campaigns go on wherever an engine runs."""
        with self._lock:
            for part in (self._provider, self._stand):
                if part is not None:
                    part.close()
            if self._jobs is not None:
                self._jobs.dbos.destroy()
            self._provider = self._stand = self._jobs = None
        self.continuity.close()
        self.database.close()
