"""The sandbox as an ASGI app: the provider's endpoints, and beside them the truth, the last requests and the faults."""

from __future__ import annotations

import asyncio
import hmac
import json
import random
import socket
import threading
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import asdict, replace
from functools import partial
from typing import Any, TypeAlias

import uvicorn
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smscore.errors import DeskError, ProviderError
from smscore.sandbox.answers import FAULTY, Envelope, answer_normally, build_error
from smscore.sandbox.checks import PATHS, Order, Refusal, check_key, check_request
from smscore.sandbox.delivery import Deliver, Postman, Webhook, choose_fate
from smscore.sandbox.faults import UNSENT, Faults, get_ending
from smscore.sandbox.ledger import Ledger
from smscore.urls import is_loopback

KEY = "sandbox-key"
LARGEST_BODY = 1024 * 1024
_Endpoint: TypeAlias = Callable[[Request], Awaitable[Response]]


class Sandbox:
    """The provider's stand-in. `app` is the ASGI app; `faults` may be set at any time; `close` ends its thread.

    report: a `Webhook`, or a function that takes a channel and a body, or None for no reports · guarded: the truth,
    the requests and the faults ask for the key too, for a sandbox that strangers can reach.
    """

    def __init__(
        self,
        key: str = KEY,
        faults: Faults | None = None,
        report: Webhook | Deliver | None = None,
        guarded: bool = False,
        seed: int | None = None,
    ) -> None:
        self.faults = faults or Faults()
        self.ledger = Ledger()
        self._key, self._guarded = key, guarded
        self._dice = random.Random(seed)
        deliver = report.build_deliverer() if isinstance(report, Webhook) else report
        self._postman = Postman(deliver, self._dice) if deliver else None
        self._lock = threading.Lock()
        self._second, self._this_second = 0, 0
        self.app = Starlette(routes=self._build_routes())
        self.app.state.sandbox = self

    def __repr__(self) -> str:
        return f"Sandbox({self.faults!r})"

    def change(self, **changes: Any) -> Faults:
        """Change some of the faults and return them all. Raises ProviderError (`unknown_fault`, `bad_fault`)."""
        self.faults = self.faults.with_changes(**changes)
        return self.faults

    def close(self) -> None:
        """Stop delivering reports."""
        if self._postman:
            self._postman.close()

    def _build_routes(self) -> list[Route]:
        return [
            *(Route(path, partial(self._take, path), methods=["POST"]) for path in PATHS),
            Route("/truth", self._guard(self._show_truth)),
            Route("/requests", self._guard(self._show_requests)),
            Route("/faults", self._guard(self._serve_faults), methods=["GET", "POST"]),
        ]

    # ------------------------------------------------------------ the provider's endpoints

    async def _take(self, path: str, request: Request) -> Response:
        body = await _read_body(request)
        if body is None:
            return JSONResponse(build_error("Request is too large"), 413)
        faults = self.faults
        if faults.latency:
            await asyncio.sleep(faults.latency)
        try:
            check_key(request.headers.get("apikey", ""), self._key)
            order = check_request(path, body, faults)
        except Refusal as refused:
            self.ledger.see(path, body, refused.words)
            return JSONResponse(build_error(refused.words), faults.error_status)
        fault = self._choose_fault(order)
        self.ledger.see(path, body, fault or "accepted")
        return await self._answer(order, fault, faults)

    def _choose_fault(self, order: Order) -> str:
        for number in order.recipients:
            asked = get_ending(number)
            if asked in FAULTY and (asked != "rate_limited" or self.ledger.is_first_time(number)):
                return asked
        with self._lock:
            return self._check_rate(len(order.recipients)) or self._choose_set_fault()

    def _check_rate(self, recipients: int) -> str:
        """Return "rate_limited" for what exceeds `per_second` in one second; a call that is larger goes alone."""
        limit, second = self.faults.per_second, int(time.monotonic())
        if not limit or second != self._second:
            self._second, self._this_second = second, 0
        if limit and self._this_second and self._this_second + recipients > limit:
            return "rate_limited"
        self._this_second += recipients if limit else 0
        return ""

    def _choose_set_fault(self) -> str:
        faults = self.faults
        if not faults.fault or faults.calls == 0 or self._dice.random() >= faults.share:
            return ""
        if faults.calls is not None:
            self.faults = replace(faults, calls=faults.calls - 1)
        return faults.fault

    async def _answer(self, order: Order, fault: str, faults: Faults) -> Response:
        if fault in UNSENT:
            return FAULTY[fault]({}, faults)
        envelope = self._accept(order, faults)
        if fault == "slow":
            await asyncio.sleep(faults.slow)
        return FAULTY.get(fault, answer_normally)(envelope, faults)

    def _accept(self, order: Order, faults: Faults) -> Envelope:
        call = str(uuid.uuid4())
        entries: list[dict[str, str | None]] = []
        for n, number in enumerate(order.recipients, 1):
            if get_ending(number) == "refused":
                entries.append({"recipient": number, "messageId": None, "error": "Number is on the block list"})
                continue
            entries.append({"recipient": number, "messageId": f"{call}:{n}"})
            self.ledger.take((number,))
            if self._postman:
                end = choose_fate(number, order.mismatched, faults, self._dice)
                self._postman.schedule(order.channel, number, f"{call}:{n}", end, faults)
        envelope: Envelope = {"id": call, "data": entries, "totalCount": len(entries), **order.echo}
        return envelope | {"message": "Message Sent Successfully!", "error": None}

    # ------------------------------------------------------------ the owner's endpoints

    def _guard(self, endpoint: _Endpoint) -> _Endpoint:
        async def guarded(request: Request) -> Response:
            shown = request.headers.get("apikey", "")
            if self._guarded and not hmac.compare_digest(shown.encode(), self._key.encode()):
                return Response(status_code=404)
            return await endpoint(request)

        return guarded

    async def _show_truth(self, _request: Request) -> Response:
        truth = self.ledger.truth()
        reports = {"waiting": 0, "delivered": 0, "lost": 0}
        if self._postman:
            postman = self._postman
            reports = {"waiting": postman.waiting, "delivered": postman.delivered, "lost": postman.lost}
        return JSONResponse(asdict(truth) | {"twice": truth.twice, "reports": reports})

    async def _show_requests(self, _request: Request) -> Response:
        return JSONResponse([asdict(seen) for seen in self.ledger.last()])

    async def _serve_faults(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse(asdict(self.faults))
        try:
            changes = json.loads(await _read_body(request) or b"")
            if not isinstance(changes, dict):
                raise ValueError
            return JSONResponse(asdict(self.change(**changes)))
        except DeskError as error:
            return JSONResponse({"error": error.code, "message": str(error)}, 400)
        except ValueError:
            return JSONResponse({"error": "not_json", "message": "Send an object of faults to change, in JSON."}, 400)


async def _read_body(request: Request) -> bytes | None:
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > LARGEST_BODY:
                return None
    except ClientDisconnect:
        return b""
    return bytes(body)


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
        _AnnouncingServer(settings, f"http://{host}:{listener.getsockname()[1]}", ready).run(sockets=[listener])
    finally:
        sandbox.close()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=512)
    except OSError as error:
        raise ProviderError("port_taken", port=str(port), cause=error.strerror) from None


class _AnnouncingServer(uvicorn.Server):
    def __init__(self, settings: uvicorn.Config, url: str, ready: Callable[[str], None] | None) -> None:
        super().__init__(settings)
        self._url, self._ready = url, ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._ready and self.started:
            self._ready(self._url)
