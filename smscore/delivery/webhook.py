"""The addresses at which the provider calls: delivery reports of SMS and WhatsApp, as routes for any ASGI server.

A post must carry the webhook's token, in the header `X-Webhook-Token` or as the last part of the path (kept out of
logs by whoever serves it). A wrong token is answered like a path that does not exist. 200 is said only after the
reports are stored; they are applied later.
"""

from __future__ import annotations

import hmac
from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from smscore.delivery.parsing import LARGEST_BODY
from smscore.errors import DeskError

Receive = Callable[[str, bytes], int]
"""Stores the reports in a body of a channel ("sms" or "whatsapp") and returns how many were new."""


def build_webhook_routes(token: Callable[[], str], receive: Receive) -> list[Route]:
    """Return the routes `/webhooks/delivery` and `/webhooks/whatsapp`, with and without the token in the path.

    `token()` is asked at each call; "" refuses every post.
    """

    async def receive_sms(request: Request) -> Response:
        return await _receive_post(request, "sms", token(), receive)

    async def receive_whatsapp(request: Request) -> Response:
        return await _receive_post(request, "whatsapp", token(), receive)

    return [
        Route(f"/webhooks/{name}{tail}", receive_post, methods=["POST"])
        for name, receive_post in (("delivery", receive_sms), ("whatsapp", receive_whatsapp))
        for tail in ("", "/{token}")
    ]


async def _receive_post(request: Request, channel: str, token: str, receive: Receive) -> Response:
    shown = request.headers.get("x-webhook-token") or request.path_params.get("token") or ""
    if not token or not hmac.compare_digest(shown.encode(), token.encode()):
        return JSONResponse({"detail": "Not Found"}, status_code=404)
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > LARGEST_BODY:
                return JSONResponse({"error": "too large"}, status_code=413)
    except ClientDisconnect:
        return Response(status_code=400)
    try:
        return JSONResponse({"stored": await run_in_threadpool(receive, channel, bytes(body))})
    except DeskError as fault:
        status = 503 if fault.code in ("database_busy", "database_unreachable", "disk_full") else 400
        return JSONResponse({"error": fault.code}, status_code=status)
