"""Sign-ins that are under way in several tabs of one browser, each with a cookie of its own.

Authlib keeps in one session cookie what proves that the identity provider answers a sign-in which this browser began,
and forgets the one before when another begins: of two tabs that sign in at once, the first would come back to the
sign-in page. So that session travels in a cookie named after the sign-in's state, and Authlib finds it in its own
cookie when the state comes back.
"""

from __future__ import annotations

from hashlib import sha256
from urllib.parse import parse_qs, urlsplit

from starlette.types import Message, Scope, Send
from streamlit.web.server.starlette.starlette_server_config import SESSION_COOKIE_NAME

from pages.server.request_paths import SIGN_IN

Headers = list[tuple[bytes, bytes]]
PREFIX = "smsdesk_sign_in_"
MOST = 5
"""How many sign-ins of one browser may be under way; the cookies of more are taken back."""
GONE = "=null; path=/; expires=Thu, 01 Jan 1970 00:00:00 GMT; httponly; samesite=lax"


def keep_sign_ins_apart(scope: Scope, path: str, send: Send) -> tuple[Scope, Send]:
    """Return a request to begin or end a sign-in, and its answer, with that sign-in's own cookie.

    `path` is `SIGN_IN`, where a state is made, or `SIGNED_IN`, where it comes back.
    """
    cookies = _read_cookies(scope)
    if path == SIGN_IN:
        return _replace_cookies(scope, _leave_out_session(cookies)), _name_after_state(cookies, send)
    name = _make_name(parse_qs(scope["query_string"].decode("latin-1")).get("state", [""])[0])
    mine = _leave_out_session(cookies)
    if name in cookies:
        mine[SESSION_COOKIE_NAME] = cookies[name]
    return _replace_cookies(scope, mine), _take_back(name, send)


def _make_name(state: str) -> str:
    return PREFIX + sha256(state.encode("utf-8", "replace")).hexdigest()[:16]


def _read_cookies(scope: Scope) -> dict[str, str]:
    cookies: dict[str, str] = {}
    for name, value in scope["headers"]:
        if name == b"cookie":
            parts = (part.strip().partition("=") for part in value.decode("latin-1").split(";"))
            cookies |= {key: written for key, sign, written in parts if sign}
    return cookies


def _leave_out_session(cookies: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in cookies.items() if name != SESSION_COOKIE_NAME}


def _replace_cookies(scope: Scope, cookies: dict[str, str]) -> Scope:
    headers = [(name, value) for name, value in scope["headers"] if name != b"cookie"]
    whole = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return {**scope, "headers": [*headers, (b"cookie", whole.encode("latin-1"))]}


def _name_after_state(cookies: dict[str, str], send: Send) -> Send:
    old = [name for name in cookies if name.startswith(PREFIX)]

    async def rename(message: Message) -> None:
        if message["type"] == "http.response.start":
            place = dict(message["headers"]).get(b"location", b"").decode("latin-1")
            state = parse_qs(urlsplit(place).query).get("state", [""])[0]
            headers = [_rename(header, _make_name(state)) for header in message["headers"]]
            message = {**message, "headers": headers + [_drop(name) for name in old[: 1 - MOST]]}
        await send(message)

    return rename


def _rename(header: tuple[bytes, bytes], name: str) -> tuple[bytes, bytes]:
    begins = f"{SESSION_COOKIE_NAME}=".encode()
    if header[0].lower() != b"set-cookie" or not header[1].startswith(begins):
        return header
    return header[0], name.encode() + b"=" + header[1].removeprefix(begins)


def _take_back(name: str, send: Send) -> Send:
    async def drop(message: Message) -> None:
        if message["type"] == "http.response.start":
            begins = f"{SESSION_COOKIE_NAME}=".encode()
            kept = [each for each in message["headers"] if not each[1].startswith(begins)]
            message = {**message, "headers": [*kept, _drop(name)]}
        await send(message)

    return drop


def _drop(name: str) -> tuple[bytes, bytes]:
    return b"set-cookie", (name + GONE).encode()
