"""How many tabs may be open: each is a session of Streamlit, whose memory lasts as long as its websocket.

Visitors who may not enter have places of their own. However many of them come, the places of operators stay free.
"""

from __future__ import annotations

from html import escape

from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit.user_info import generate_login_redirect_url

from pages.server import identity
from pages.server.request_paths import STREAM, is_page, read_path
from pages.server.sheet_memory import get_session_manager
from smscore import Explanation, explain

MOST_STRANGER_TABS = 40
"""Open tabs of visitors who may not enter: those on their way through the sign-in page, or refused there."""
MOST_OPERATOR_TABS = 160
"""Open tabs of those who may enter; without sign-in, of everybody."""
RETRY_SECONDS = 10
BUSY_PAGE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>SMS Desk</title>
<meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark">
<meta http-equiv="refresh" content="{seconds}"><style>body {{ font: 1rem/1.5 sans-serif; max-width: 34rem;
margin: 4rem auto; padding: 0 1rem }}</style></head><body><h1>SMS Desk</h1><p>{what}</p><p>{next}</p>{way_in}
</body></html>"""


class TabLimit:
    """ASGI middleware: answers 503 with a sentence to a tab for which there is no place, and to its page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.strangers = 0
        self.operators = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what has a place, and free it afterwards; answer the rest."""
        tab, page = _asks_for_tab(scope), scope["type"] == "http" and is_page(read_path(scope))
        if not tab and not page:
            await self.app(scope, receive, send)
            return
        stranger = _is_stranger(scope)
        if full := self._explain_full(stranger):
            await (_refuse_tab if tab else _answer_page)(full, scope, receive, send)
        elif page:
            await self.app(scope, receive, send)
        elif stranger:
            await self._serve_stranger(scope, receive, send)
        else:
            await self._serve_operator(scope, receive, send)

    def _explain_full(self, stranger: bool) -> Explanation | None:
        if stranger and self.strangers >= MOST_STRANGER_TABS:
            return explain("too_many_visitors", seconds=RETRY_SECONDS)
        if not stranger and self.operators >= MOST_OPERATOR_TABS:
            return explain("too_many_tabs", limit=MOST_OPERATOR_TABS, seconds=RETRY_SECONDS)
        return None

    async def _serve_stranger(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.strangers += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.strangers -= 1
            drop_closed_strangers()

    async def _serve_operator(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.operators += 1
        try:
            await self.app(scope, receive, send)
        finally:
            self.operators -= 1


def _asks_for_tab(scope: Scope) -> bool:
    return scope["type"] == "websocket" and read_path(scope) == STREAM


def _is_stranger(scope: Scope) -> bool:
    # As they came: who signs in comes anew, and a sign-in that ends leaves its tab where it was counted.
    return identity.is_sign_in_on(identity.read_settings()) and not identity.may_enter(identity.read_claims(scope))


async def _refuse_tab(full: Explanation, scope: Scope, receive: Receive, send: Send) -> None:
    # Servers without the extension close the connection before it is open, which a browser sees as 403.
    if "websocket.http.response" in scope.get("extensions", {}):
        answer = PlainTextResponse(str(full), status_code=503)
        await answer(scope, receive, send)
    else:
        await send({"type": "websocket.close", "code": 1013})


async def _answer_page(full: Explanation, scope: Scope, receive: Receive, send: Send) -> None:
    way_in = ""
    if _is_stranger(scope):
        # Over HTTP, without a tab: whoever may enter gets past any number of strangers.
        page = read_path(scope).strip("/").removesuffix("index.html")
        way_in = f'<p><a href="{escape(generate_login_redirect_url("default"))}&amp;page={page}">Sign in</a></p>'
    text = BUSY_PAGE.format(what=full.sentence, next=full.next_step, seconds=RETRY_SECONDS, way_in=way_in)
    answer: Response = HTMLResponse(text, status_code=503, headers={"Retry-After": str(RETRY_SECONDS)})
    await answer(scope, receive, send)


def drop_closed_strangers() -> None:
    """Forget the sessions of closed tabs whose visitor may not enter.

    Streamlit keeps closed tabs for a while, 128 of them: strangers who come and go would push out those of operators.
    """
    if identity.read_settings() is None:
        return  # nobody may enter now, and operators come back when the settings are right again
    storage = get_session_manager()._session_storage
    for closed in storage.list():
        if not identity.may_enter(closed.session._user_info):
            storage.delete(closed.session.id)
            closed.session.shutdown()
