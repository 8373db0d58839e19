"""The sandbox alone: a server of its own on one port."""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn

from smscore.errors import ProviderError
from smscore.sandbox.delivery import Webhook
from smscore.sandbox.faults import Faults
from smscore.sandbox.service import KEY, Sandbox
from smscore.urls import is_loopback


def serve(
    port: int,
    host: str = "127.0.0.1",
    key: str = KEY,
    faults: Faults | None = None,
    report: Webhook | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Run the sandbox alone until it is ended (SIGINT, SIGTERM); port 0 takes a free one.

    `ready` is called with its URL once it listens. Off loopback, the truth and the faults ask for the key as well.
    Raises ProviderError("port_taken").
    """
    listener = _listen(host, port)
    sandbox = Sandbox(key, faults, report, guarded=not is_loopback(host))
    settings = uvicorn.Config(sandbox.app, access_log=False, log_level="critical", lifespan="off")
    try:
        _Announcing(settings, f"http://{host}:{listener.getsockname()[1]}", ready).run(sockets=[listener])
    finally:
        sandbox.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise ProviderError("port_taken", port=str(port), cause=error.strerror) from None


class _Announcing(uvicorn.Server):
    def __init__(self, settings: uvicorn.Config, url: str, ready: Callable[[str], None] | None) -> None:
        super().__init__(settings)
        self._url, self._ready = url, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._ready and self.started:
            self._ready(self._url)
