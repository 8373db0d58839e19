"""The built-in sandbox: the provider's stand-in and our own webhook, on a free loopback port of this process.

The engine reaches it as it would reach the provider, over HTTP, and its delivery reports come back the same way.
"""

from __future__ import annotations

import secrets
import socket
import threading
from collections.abc import Callable

import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from smscore.delivery import webhook_routes
from smscore.errors import ProviderError
from smscore.sandbox import Faults, Sandbox, Webhook

_START_SECONDS = 10.0


class Stand:
    """See the module. `sandbox.app` may be mounted beside the pages as well."""

    def __init__(self, receive: Callable[[str, bytes], int], faults: Faults | None = None) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port = self._socket.getsockname()[1]
        token = secrets.token_urlsafe(32)
        # The truth and the requests hold numbers and texts, so the stand-in beside the pages has a key nobody knows.
        self.key = secrets.token_urlsafe(32)
        reports = Webhook(f"{self._url}/webhooks/delivery", f"{self._url}/webhooks/whatsapp", token)
        self.sandbox = Sandbox(self.key, faults, reports, guarded=True)
        routes = [*webhook_routes(lambda: token, receive), Mount("/sandbox", self.sandbox.app)]
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
