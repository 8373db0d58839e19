"""The server: the pages, the provider's callbacks, the sandbox and health, and the engine that sends beside them.

`streamlit run app.py` starts it all. The engine starts with the server, not with the first browser, so that a campaign
that was interrupted goes on by itself after a restart.
"""

from __future__ import annotations

import asyncio
import gc
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Mount, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

import smscore
from pages.server import sheet_memory, startup, upload_guard
from pages.server.origin_guard import OriginGuard
from pages.server.sign_in_guard import SignInGuard
from pages.server.tab_limit import TabLimit
from pages.ui import session
from smscore import Desk, DeskError, SettingsError

POLICY = (
    "default-src 'self'; img-src 'self' data: blob:; style-src 'self' 'unsafe-inline'; "
    "script-src 'self' 'unsafe-inline' 'wasm-unsafe-eval' blob:; connect-src 'self'; font-src 'self' data:; "
    "worker-src 'self' blob:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-src 'none'; "
    "frame-ancestors 'none'"
)
HEADERS = {
    b"content-security-policy": POLICY.encode(),
    b"x-content-type-options": b"nosniff",
    b"x-frame-options": b"DENY",
    b"referrer-policy": b"no-referrer",
    b"permissions-policy": b"camera=(), microphone=(), geolocation=()",
}
log = logging.getLogger("smsdesk")


class SecurityHeaders:
    """ASGI middleware: the headers above on every answer."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, and add to its answer."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [(name, value) for name, value in message["headers"] if name.lower() not in HEADERS]
                message = {**message, "headers": [*kept, *HEADERS.items()]}
            await send(message)

        await self.app(scope, receive, guarded)


class AppState:
    """What the routes share: the desk, once it is open."""

    desk: Desk | None = None
    warming: asyncio.Task[None] | None = None


class QuietCallbacks(logging.Filter):
    """Keeps callbacks out of the access log, because their address may hold the token."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Return False for a line about a callback."""
        return "/webhooks/" not in record.getMessage()


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[None]:
    """Open the desk and start the engine; on the way out, let calls under way finish and stop it.

    With wrong settings the pages still come up, to say what is wrong; a desk that strangers could use does not start.
    """
    logging.getLogger("uvicorn.access").addFilter(QuietCallbacks())
    startup.check_base_path()
    tidying = asyncio.create_task(sheet_memory.free_ended_sessions())
    try:
        startup.check_start(smscore.load_settings())
    except SettingsError as error:
        if error.facts.get("start"):
            raise
    try:
        AppState.desk = await asyncio.to_thread(session.get_desk)
        await asyncio.to_thread(smscore.start_engine, AppState.desk)
        AppState.warming = asyncio.create_task(asyncio.to_thread(warm_up, AppState.desk.settings.region))
    except DeskError as error:
        log.error("%s", error)
    try:
        yield
    finally:
        tidying.cancel()
        await asyncio.to_thread(smscore.stop_engine)


def warm_up(region: str) -> None:
    """Prepare what takes a second or two to put together: nobody's first upload should wait for it."""
    smscore.prepare_reading()
    smscore.read_number("0", region)
    # As the engine does when it starts: a search for garbage through all that is loaded stops every thread for long.
    gc.freeze()


def get_webhook_token() -> str:
    """Return the token that the provider must show; "" refuses every callback."""
    token = AppState.desk.settings.webhook_token if AppState.desk else None
    return token.get_secret_value() if token else ""


def store_reports(channel: str, body: bytes) -> int:
    """Store the delivery reports of a callback; return how many were new."""
    if AppState.desk is None:
        raise RuntimeError("a callback was let in before the desk was open")
    return AppState.desk.delivery.store_callback(channel, body)


async def serve_sandbox(scope: Scope, receive: Receive, send: Send) -> None:
    """Serve the sandbox, when messages go there: the same that the engine sends to."""
    desk = AppState.desk
    stand = await asyncio.to_thread(lambda: desk.sandbox.server) if desk else None
    await (stand.sandbox.app if stand else Response(status_code=404))(scope, receive, send)


async def report_health(_request: Request) -> JSONResponse:
    """Answer 200 with the mode when the desk is open, 503 while it is not."""
    if AppState.desk is None:
        return JSONResponse({"status": "closed"}, status_code=503)
    return JSONResponse({"status": "open", "mode": "live" if AppState.desk.live else "sandbox"})


upload_guard.install_upload_store()
app = st.App(
    Path(__file__).parent / "pages/navigation.py",
    lifespan=lifespan,
    routes=[
        *smscore.build_webhook_routes(get_webhook_token, store_reports),
        Mount("/sandbox", serve_sandbox),
        Route("/health", report_health),
    ],
    middleware=[
        Middleware(startup.PlainRefusal),
        Middleware(SecurityHeaders),
        Middleware(startup.LoopbackOnly),
        Middleware(OriginGuard),
        Middleware(TabLimit),
        Middleware(SignInGuard),
        Middleware(upload_guard.UploadGuard),
    ],
)

if __name__ == "__main__":
    app.run()
