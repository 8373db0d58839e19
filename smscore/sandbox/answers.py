"""What the sandbox answers to a request that passed: as the provider does, or with the fault that was chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from h11 import LocalProtocolError
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.types import Receive, Scope, Send

from smscore.sandbox.faults import Faults, get_ending

Envelope: TypeAlias = dict[str, Any]
"""The provider's answer as a JSON object: `id`, `data` (one entry a recipient), `totalCount`, `message`, `error`."""
_PAGE = "<!doctype html><title>Gateway</title><h1>The service is being maintained</h1>"


class NoAnswer(Response):
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


class HalfAnswer(JSONResponse):
    """The first half of an answer whose length was announced in full; then the connection closes."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send half and stop."""
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        half = self.body[: len(self.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})


def answer_normally(envelope: Envelope, faults: Faults) -> Response:
    """Return the answer without any fault."""
    return JSONResponse(envelope)


def _answer_too_many(envelope: Envelope, faults: Faults) -> Response:
    headers = {} if faults.retry_after is None else {"Retry-After": str(faults.retry_after)}
    return JSONResponse(build_error("Too many requests"), 429, headers)


def _leave_one_out(envelope: Envelope, faults: Faults) -> Response:
    entries = list(envelope["data"])
    asked = [n for n, entry in enumerate(entries) if get_ending(entry["recipient"]) == "missing"]
    for n in reversed(asked or [len(entries) - 1]):
        del entries[n]
    return JSONResponse(envelope | {"data": entries, "totalCount": len(entries)})


FAULTY: dict[str, Callable[[Envelope, Faults], Response]] = {
    "slow": answer_normally,
    "server_error": lambda envelope, faults: JSONResponse(build_error("Cannot read properties of undefined"), 500),
    "rate_limited": _answer_too_many,
    "cut": lambda envelope, faults: NoAnswer(),
    "half": lambda envelope, faults: HalfAnswer(envelope),
    "page": lambda envelope, faults: HTMLResponse(_PAGE),
    "gateway": lambda envelope, faults: HTMLResponse(_PAGE, 403),
    "missing": _leave_one_out,
    "wrong_count": lambda envelope, faults: JSONResponse(envelope | {"totalCount": len(envelope["data"]) + 3}),
    "no_balance": lambda envelope, faults: JSONResponse(build_error("Insufficient balance"), 402),
    "key_refused": lambda envelope, faults: JSONResponse(build_error("Api Key not found"), faults.error_status),
}


def build_error(words: str) -> dict[str, object]:
    """Return the provider's error as a JSON object."""
    return {"error": True, "message": words}
