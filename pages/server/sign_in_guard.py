"""The guard in front of Streamlit: what somebody who may not enter can ask for, by HTTP and through an open tab.

The frame of the pages checks it too, so that no page is drawn. Callbacks of widgets run before the frame does,
downloads and uploads do not go through it, and a tab stays open when its sign-in ends: those are stopped here.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ClientState_pb2 import ClientState

from pages.server import identity
from pages.server.request_paths import BLOCKED_PATHS, PAGES, SIGN_IN, SIGN_OUT, SIGNED_IN, is_public, read_path
from pages.server.sign_in_states import keep_sign_ins_apart

BUTTONS = re.compile(r"\$\$ID-[0-9a-f]+-(sign_in|sign_out)")
"""The widgets of the sign-in page, by the id that Streamlit makes of their keys."""
KEPT_OF_A_VISIT = ("query_string", "page_script_hash", "page_name", "is_history_navigation")
SIGN_IN_MINUTES = 15
MOST_PENDING = 1_000


class SignInGuard:
    """ASGI middleware: with sign-in set up, only those who may enter come past the sign-in page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass on what this visitor may ask for; answer 404 to the rest, as if it were not there."""
        if scope["type"] == "http" and read_path(scope).startswith(BLOCKED_PATHS):
            await PlainTextResponse("Not Found", status_code=404)(scope, receive, send)
        elif scope["type"] not in ("http", "websocket") or not identity.is_sign_in_on(identity.read_settings()):
            await self.app(scope, receive, send)
        elif scope["type"] == "websocket":
            await self.app(scope, _Tab(identity.read_claims(scope), receive).receive, send)
        else:
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = read_path(scope)
        claims = identity.read_claims(scope)
        if path == SIGN_OUT:
            identity.sign_out(claims)
        if not is_public(path) and not identity.may_enter(claims):
            await PlainTextResponse("Not Found", status_code=404)(scope, receive, send)
            return
        send = _lead_to_page(scope, path, send)
        if path in (SIGN_IN, SIGNED_IN):
            scope, send = keep_sign_ins_apart(scope, path, send)
        await self.app(scope, receive, send)


class _Tab:
    """The messages of an open tab. Without the right to enter, it can only draw the frame and press its two buttons."""

    def __init__(self, claims: Mapping[str, object], receive: Receive) -> None:
        self._claims = claims
        self._receive = receive

    async def receive(self) -> Message:
        while True:
            message = await self._receive()
            if message["type"] != "websocket.receive" or identity.may_enter(self._claims):
                return message
            stripped = strip_actions(message.get("bytes") or b"")
            if stripped is not None:
                return {**message, "bytes": stripped}


def strip_actions(raw: bytes) -> bytes | None:
    """Return a tab's message without anything that acts or asks for more than the frame; None to pass nothing on."""
    asked, kept = BackMsg(), BackMsg()
    try:
        asked.ParseFromString(raw)
    except Exception:  # protobuf raises more than its own errors; Streamlit closes the tab for such a message
        return raw if len(raw) < 1_000 else None
    kind = asked.WhichOneof("type")
    if kind == "app_heartbeat":
        return raw
    if kind != "rerun_script":
        return None
    kept.rerun_script.CopyFrom(_strip_request(asked.rerun_script))
    return kept.SerializeToString()


def _strip_request(asked: ClientState) -> ClientState:
    kept = ClientState(**{name: getattr(asked, name) for name in KEPT_OF_A_VISIT})
    kept.context_info.CopyFrom(asked.context_info)
    pressed = [each for each in asked.widget_states.widgets if BUTTONS.fullmatch(each.id)]
    kept.widget_states.widgets.extend(pressed)
    return kept


_pages_by_state: dict[str, tuple[float, str]] = {}


def _lead_to_page(scope: Scope, path: str, send: Send) -> Send:
    """Lead whoever comes back from the identity provider to the page that was asked for."""
    query = parse_qs(scope["query_string"].decode("latin-1"))
    if path not in (SIGN_IN, SIGNED_IN):
        return send

    async def redirect(message: Message) -> None:
        if message["type"] == "http.response.start" and 300 <= message["status"] < 400:
            headers = dict(message["headers"])
            place = headers.get(b"location", b"").decode("latin-1")
            if path == SIGN_IN:
                _remember_page(parse_qs(urlsplit(place).query).get("state", [""])[0], query.get("page", [""])[0])
            else:
                page = _take_page(query.get("state", [""])[0])
                message = {**message, "headers": _replace_location(message["headers"], place, page)}
        await send(message)

    return redirect


def _remember_page(state: str, page: str) -> None:
    now = time.monotonic()
    for old in [each for each, (until, _) in _pages_by_state.items() if until < now]:
        del _pages_by_state[old]
    if state and page in PAGES and len(_pages_by_state) < MOST_PENDING:
        _pages_by_state[state] = (now + SIGN_IN_MINUTES * 60, page)


def _take_page(state: str) -> str:
    until, page = _pages_by_state.pop(state, (0.0, ""))
    return page if until > time.monotonic() else ""


def _replace_location(headers: list[tuple[bytes, bytes]], place: str, page: str) -> list[tuple[bytes, bytes]]:
    # A sign-in that failed goes to the start, with the page forgotten: asking again comes back here.
    target = f"{place.rstrip('/')}/{page}" if page and urlsplit(place).netloc == "" else place
    return [(name, target.encode() if name == b"location" else value) for name, value in headers]
