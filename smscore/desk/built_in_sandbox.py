"""The built-in sandbox: the provider's stand-in and our own webhook, on a free loopback port of this process.

The engine reaches it as it would reach the provider, over HTTP, and its delivery reports come back the same way.
"""

from __future__ import annotations

import json
import secrets
import socket
import threading
from collections.abc import Callable
from dataclasses import asdict

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from smscore import store
from smscore.config import PROVIDER_URL, Settings
from smscore.delivery import build_webhook_routes
from smscore.errors import DeskError, ProviderError
from smscore.sandbox import Faults, Sandbox, Webhook
from smscore.store import Database

_START_SECONDS = 10.0
ReceiveReports = Callable[[str, bytes], int]
"""Stores the reports in the body of a callback of a channel; how many are new."""


class BuiltInSandbox:
    """The sandbox of one desk: started when it is first needed, with the faults that were set last."""

    def __init__(self, settings: Settings, database: Database, receive: ReceiveReports) -> None:
        self._database = database
        self._receive = receive
        self._is_used = not settings.live and settings.base_url == PROVIDER_URL
        self._lock = threading.Lock()
        self._server: SandboxServer | None = None

    @property
    def server(self) -> SandboxServer | None:
        """The running server; None when the desk is live, or when the base URL names another sandbox.

        Raises ProviderError("sandbox_not_started").
        """
        if not self._is_used:
            return None
        with self._lock:
            if self._server is None:
                server = SandboxServer(self._receive, self._load_faults())
                server.start()
                self._server = server
            return self._server

    def get_faults(self) -> Faults | None:
        """Return what the sandbox does wrong; None when there is no built-in sandbox."""
        return self.server.sandbox.faults if self.server else None

    def set_faults(self, **changes: object) -> Faults:
        """Change what the sandbox does wrong, and return all its faults.

        Raises DeskError("no_sandbox"), ProviderError for a fault that there is not.
        """
        if self.server is None:
            raise DeskError("no_sandbox")
        faults = self.server.sandbox.change(**changes)
        store.set_setting(self._database, "faults", json.dumps(asdict(faults)))
        return faults

    def _load_faults(self) -> Faults | None:
        kept = store.read_setting(self._database, "faults")
        return Faults(**json.loads(kept)) if kept else None

    def close(self) -> None:
        """Stop the server if it runs; it starts again when it is needed again."""
        with self._lock:
            if self._server is not None:
                self._server.close()
            self._server = None


class SandboxServer:
    """The sandbox on a port of its own. `sandbox.app` may be mounted beside the pages as well."""

    def __init__(self, receive: ReceiveReports, faults: Faults | None = None) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self._socket.getsockname()[1]
        token = secrets.token_urlsafe(32)
        # The truth and the requests hold numbers and texts, so the stand-in beside the pages has a key nobody knows.
        self.key = secrets.token_urlsafe(32)
        reports = Webhook(f"{self._url}/webhooks/delivery", f"{self._url}/webhooks/whatsapp", token)
        self.sandbox = Sandbox(self.key, faults, reports, guarded=True)
        routes = [*build_webhook_routes(lambda: token, receive), Mount("/sandbox", self.sandbox.app)]
        settings = uvicorn.Config(
            Starlette(routes=routes), access_log=False, log_level="critical", lifespan="off", ws="none"
        )
        self._server = uvicorn.Server(settings)
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), name="sandbox", daemon=True)

    @property
    def _url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def base_url(self) -> str:
        """Where the provider's client finds the stand-in."""
        return f"{self._url}/sandbox"

    def start(self) -> None:
        """Serve, and return once it listens. Raises ProviderError("sandbox_not_started")."""
        self._thread.start()
        waited = threading.Event()
        for _ in range(int(_START_SECONDS * 100)):
            if self._server.started:
                return
            waited.wait(0.01)
        raise ProviderError("sandbox_not_started")

    def close(self) -> None:
        """Stop serving; reports not yet due are dropped."""
        self._server.should_exit = True
        self._thread.join(5.0)
        self.sandbox.close()
        self._socket.close()
