"""From where a request may come: the names under which the desk is known, and pages of its own only.

Streamlit takes a websocket from any page on localhost, whatever its port, and from programs that name no origin.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send
from streamlit import config
from streamlit.auth_util import get_origin_from_redirect_uri
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from pages.server.request_paths import CALLBACKS, PROBES, SIGN_OUT, STREAM, UPLOAD, read_path

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}


class OriginGuard:
    """ASGI middleware: refuses unknown host names, and whatever another page's script asks for."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 421 to a wrong host and 403 to a foreign origin."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        path, headers = read_path(scope), Headers(scope=scope)
        exempt = path in PROBES or path.startswith(CALLBACKS)
        if not exempt and not _is_known(headers.getlist("host")):
            await _refuse(scope, receive, send, 421, "This name is not one of SMS Desk's: see server.allowedHosts.")
        elif not exempt and not _is_ours(scope, path, headers):
            await _refuse(scope, receive, send, 403, "Only SMS Desk's own pages may ask for this.")
        else:
            await self.app(scope, receive, send)


def _is_known(hosts: list[str]) -> bool:
    # Two names at once are a trick: one would be checked and the other one used.
    return len(hosts) == 1 and is_host_allowed(hosts[0])


async def _refuse(scope: Scope, receive: Receive, send: Send, status: int, reason: str) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
    else:
        await PlainTextResponse(reason, status_code=status)(scope, receive, send)


def _is_ours(scope: Scope, path: str, headers: Headers) -> bool:
    origin = headers.get("origin")
    if scope["type"] == "websocket":
        return _is_own_origin(origin, scope, headers)
    if scope["method"] not in SAFE_METHODS:
        # Browsers name the origin of every such request; programs that call other routes need not.
        return _is_own_origin(origin, scope, headers) if origin or path.startswith(UPLOAD) else True
    if path == SIGN_OUT:
        return headers.get("sec-fetch-site", "none") in ("none", "same-origin")
    return path != STREAM or origin is None or _is_own_origin(origin, scope, headers)


def _is_own_origin(origin: str | None, scope: Scope, headers: Headers) -> bool:
    place = _parse_origin(origin or "")
    if place is None:
        return False
    scheme = scope.get("scheme", "http")
    # A proxy that ends TLS speaks http to us and leaves the host as the browser wrote it.
    hosts = {_parse_origin(f"{each}://{headers.get('host', '')}") for each in (scheme, urlsplit(origin or "").scheme)}
    return place in hosts | {_parse_origin(each) for each in _list_public_origins()}


def _list_public_origins() -> list[str]:
    signed_in = get_origin_from_redirect_uri()
    return [*config.get_option("server.corsAllowedOrigins"), *([signed_in] if signed_in else [])]


def _parse_origin(origin: str) -> tuple[str, int] | None:
    """Return (host, port) of an origin, or None for one that is not a web page's."""
    try:
        url = urlsplit(origin.strip())
        port = url.port or PORTS[url.scheme]
    except (ValueError, KeyError):
        return None
    if not url.hostname or url.path.strip("/") or url.query or url.fragment or url.username is not None:
        return None
    return url.hostname.lower().rstrip("."), port
