"""What the parts of the desk share: settings, database, journal, durable jobs, and the client of the provider."""

from __future__ import annotations

import threading
import time
from urllib.parse import urlsplit

from smscore import engine, store
from smscore.config import Secret, Settings
from smscore.desk.built_in_sandbox import BuiltInSandbox
from smscore.engine import Continuity, Jobs
from smscore.provider import Provider, ProviderConfig
from smscore.sandbox import KEY
from smscore.store import Database


class Resources:
    """What is opened once for a desk. Jobs and the provider's client are made when they are first needed.

    Thread-safe. No thread is started before a message or a check needs the provider.
    """

    def __init__(self, settings: Settings, database: Database, sandbox: BuiltInSandbox) -> None:
        self.settings = settings
        self.database = database
        self.sandbox = sandbox
        self.continuity = Continuity(
            database, settings.state_dir, settings.database_place, settings.live, settings.zone
        )
        self._lock = threading.Lock()
        self._provider: Provider | None = None
        self._jobs: Jobs | None = None

    @property
    def account(self) -> str:
        """The account whose rate is held: one key, one host, one account. It never holds the key."""
        return urlsplit(self.settings.base_url).netloc if self.settings.live else "sandbox"

    @property
    def jobs(self) -> Jobs:
        """Where durable jobs are recorded."""
        with self._lock:
            if self._jobs is None:
                self._jobs = Jobs(engine.make_client(self.database))
            return self._jobs

    @property
    def provider(self) -> Provider:
        """The provider's client; without a key, that of the sandbox, which is started for it."""
        with self._lock:
            if self._provider is None:
                self._provider = Provider(self.build_provider_config())
            return self._provider

    def build_provider_config(self) -> ProviderConfig:
        """Return where the provider's client sends to, and with which key."""
        if self.settings.api_key is not None:
            return ProviderConfig(self.settings.base_url, self.settings.api_key)
        server = self.sandbox.server
        if server is None:
            return ProviderConfig(self.settings.base_url, Secret(KEY))
        return ProviderConfig(server.base_url, Secret(server.key))

    def record_act(self, actor: str, act: str, campaign_id: int | None = None, note: str = "") -> None:
        """Record who did what, in a commit of its own."""
        with self.database.writing() as connection:
            store.record_activity(connection, actor, act, time.time(), campaign_id, note)

    def close(self) -> None:
        """Close all connections and stop the built-in sandbox; campaigns go on wherever an engine runs."""
        with self._lock:
            if self._provider is not None:
                self._provider.close()
            self.sandbox.close()
            if self._jobs is not None:
                self._jobs.dbos.destroy()
            self._provider = self._jobs = None
        self.continuity.close()
        self.database.close()
