"""The sandbox as an ASGI app: the provider's endpoints, and beside them the truth, the last requests and the faults."""

from __future__ import annotations

import asyncio
import hmac
import json
import random
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import asdict, replace
from functools import partial

from h11 import LocalProtocolError
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from smscore.errors import DeskError
from smscore.sandbox.checks import PATHS, Order, Refused, check, check_key
from smscore.sandbox.delivery import Deliver, Postman, Webhook, fortune
from smscore.sandbox.faults import UNSENT, Faults, ending
from smscore.sandbox.ledger import Ledger

KEY = "sandbox-key"
LARGEST_BODY = 1024 * 1024
_PAGE = "<!doctype html><title>Gateway</title><h1>The service is being maintained</h1>"


class Cut(Response):
    """No answer at all: the connection closes.

    ASGI knows no way to say this. A server that has been told of a response whose headers cannot be written has
    written nothing, cannot say 500 any more, and closes the connection.
    """

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Make the server close."""
        try:
            await send({"type": "http.response.start", "status": 200, "headers": [(b"\x00", b"")]})
            await send({"type": "http.response.body", "body": b" "})
        except (LocalProtocolError, RuntimeError):
            return


class Half(JSONResponse):
    """The first half of an answer whose length was announced in full; then the connection closes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send half and stop."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = self.body[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})


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
        deliver = report.deliverer() if isinstance(report, Webhook) else report
        self._postman = Postman(deliver, self._dice) if deliver else None
        self._lock = threading.Lock()
        self._second, self._this_second = 0, 0
        self.app = Starlette(routes=self._routes())
        self.app.state.sandbox = self

    def __repr__(self) -> str:
        return f"Sandbox({self.faults!r})"

    def change(self, **changes: object) -> Faults:
        """Change some of the faults and return them all. Raises ProviderError (`unknown_fault`, `bad_fault`)."""
        self.faults = self.faults.changed(**changes)
        return self.faults

    def close(self) -> None:
        """Stop delivering reports."""
        if self._postman:
            self._postman.close()

    def _routes(self) -> list[Route]:
        return [
            *(Route(path, partial(self._take, path), methods=["POST"]) for path in PATHS),
            Route("/truth", self._for_owner(self._truth)),
            Route("/requests", self._for_owner(self._requests)),
            Route("/faults", self._for_owner(self._faults), methods=["GET", "POST"]),
        ]

    # ------------------------------------------------------------ the provider's endpoints

    async def _take(self, path: str, request: Request) -> Response:
        body = await _body(request)
        if body is None:
            return JSONResponse(_error("Request is too large"), 413)
        faults = self.faults
        if faults.latency:
            await asyncio.sleep(faults.latency)
        try:
            check_key(request.headers.get("apikey", ""), self._key)
            order = check(path, body, faults)
        except Refused as refused:
            self.ledger.see(path, body, refused.words)
            return JSONResponse(_error(refused.words), faults.error_status)
        fault = self._fault_of(order)
        self.ledger.see(path, body, fault or "accepted")
        return await self._answer(order, fault, faults)

    def _fault_of(self, order: Order) -> str:
        for number in order.recipients:
            asked = ending(number)
            if asked in FAULTY and (asked != "rate_limited" or self.ledger.first_time(number)):
                return asked
        with self._lock:
            return self._over_the_rate(len(order.recipients)) or self._chosen()

    def _over_the_rate(self, recipients: int) -> str:
        """429 for what exceeds `per_second` in one second of the clock; a call that is larger goes alone."""
        limit, second = self.faults.per_second, int(time.monotonic())
        if not limit or second != self._second:
            self._second, self._this_second = second, 0
        if limit and self._this_second and self._this_second + recipients > limit:
            return "rate_limited"
        self._this_second += recipients if limit else 0
        return ""

    def _chosen(self) -> str:
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
        return FAULTY.get(fault, _as_it_should)(envelope, faults)

    def _accept(self, order: Order, faults: Faults) -> dict[str, object]:
        call, entries = str(uuid.uuid4()), []
        for n, number in enumerate(order.recipients, 1):
            if ending(number) == "refused":
                entries.append({"recipient": number, "messageId": None, "error": "Number is on the block list"})
                continue
            entries.append({"recipient": number, "messageId": f"{call}:{n}"})
            self.ledger.take((number,))
            if self._postman:
                end = fortune(number, order.mismatched, faults, self._dice)
                self._postman.schedule(order.channel, number, f"{call}:{n}", end, faults)
        envelope = {"id": call, "data": entries, "totalCount": len(entries), **order.echo}
        return envelope | {"message": "Message Sent Successfully!", "error": None}

    # ------------------------------------------------------------ the owner's endpoints

    def _for_owner(self, endpoint: Callable) -> Callable:
        async def guarded(request: Request) -> Response:
            shown = request.headers.get("apikey", "")
            if self._guarded and not hmac.compare_digest(shown.encode(), self._key.encode()):
                return Response(status_code=404)
            return await endpoint(request)

        return guarded

    async def _truth(self, _request: Request) -> Response:
        truth = self.ledger.truth()
        reports = {"waiting": 0, "delivered": 0, "lost": 0}
        if self._postman:
            postman = self._postman
            reports = {"waiting": postman.waiting, "delivered": postman.delivered, "lost": postman.lost}
        return JSONResponse(asdict(truth) | {"twice": truth.twice, "reports": reports})

    async def _requests(self, _request: Request) -> Response:
        return JSONResponse([asdict(seen) for seen in self.ledger.last()])

    async def _faults(self, request: Request) -> Response:
        if request.method == "GET":
            return JSONResponse(asdict(self.faults))
        try:
            changes = json.loads(await _body(request) or b"")
            if not isinstance(changes, dict):
                raise ValueError
            return JSONResponse(asdict(self.change(**changes)))
        except DeskError as error:
            return JSONResponse({"error": error.code, "message": str(error)}, 400)
        except ValueError:
            return JSONResponse({"error": "not_json", "message": "Send an object of faults to change, in JSON."}, 400)


def _as_it_should(envelope: dict[str, object], faults: Faults) -> Response:
    return JSONResponse(envelope)


def _rate_limited(envelope: dict[str, object], faults: Faults) -> Response:
    headers = {} if faults.retry_after is None else {"Retry-After": str(faults.retry_after)}
    return JSONResponse(_error("Too many requests"), 429, headers)


def _missing(envelope: dict[str, object], faults: Faults) -> Response:
    entries = list(envelope["data"])
    asked = [n for n, entry in enumerate(entries) if ending(entry["recipient"]) == "missing"]
    for n in reversed(asked or [len(entries) - 1]):
        del entries[n]
    return JSONResponse(envelope | {"data": entries, "totalCount": len(entries)})


FAULTY: dict[str, Callable[[dict[str, object], Faults], Response]] = {
    "slow": _as_it_should,
    "server_error": lambda envelope, faults: JSONResponse(_error("Cannot read properties of undefined"), 500),
    "rate_limited": _rate_limited,
    "cut": lambda envelope, faults: Cut(),
    "half": lambda envelope, faults: Half(envelope),
    "page": lambda envelope, faults: HTMLResponse(_PAGE),
    "gateway": lambda envelope, faults: HTMLResponse(_PAGE, 403),
    "missing": _missing,
    "wrong_count": lambda envelope, faults: JSONResponse(envelope | {"totalCount": len(envelope["data"]) + 3}),
    "no_balance": lambda envelope, faults: JSONResponse(_error("Insufficient balance"), 402),
    "key_refused": lambda envelope, faults: JSONResponse(_error("Api Key not found"), faults.error_status),
}


def _error(words: str) -> dict[str, object]:
    return {"error": True, "message": words}


async def _body(request: Request) -> bytes | None:
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > LARGEST_BODY:
                return None
    except ClientDisconnect:
        return b""
    return bytes(body)


def app(
    faults: Faults | None = None,
    key: str = KEY,
    report: Webhook | Deliver | None = None,
    guarded: bool = False,
) -> Starlette:
    """The ASGI app of a new Sandbox, which is its `state.sandbox`."""
    return Sandbox(key, faults, report, guarded).app
