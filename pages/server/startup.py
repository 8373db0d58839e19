"""What is looked at once, before the server takes its first request: a desk that others could misuse does not start."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from urllib.parse import urlsplit

import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from streamlit import config
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

import smscore
from pages.server import identity
from smscore import SettingFaults, Settings, SettingsError, explain

AUTHLIB = "1.6.12"
"""The first release without the forgery of tokens, CVE-2026-27962 and CVE-2026-28802, and PYSEC-2026-188."""
LISTS = ("administrators", "allowed_addresses", "allowed_domains")


def check_base_path() -> None:
    """Raise SettingsError when the pages are to be served below a path, whatever the other settings say.

    Streamlit would move its own routes there, and leave those of callbacks, health and the sandbox where they are.
    """
    if config.get_option("server.baseUrlPath").strip("/"):
        raise SettingsError("bad_settings", faults=SettingFaults((explain("base_path").sentence,)), start=True)


def check_start(settings: Settings) -> None:
    """Raise SettingsError with every reason for which this desk must not be served with these settings."""
    faults = tuple(_find_faults(settings))
    if faults:
        raise SettingsError("bad_settings", faults=SettingFaults(faults), start=True)


def _find_faults(settings: Settings) -> Iterator[str]:
    if settings.sign_in:
        yield from _find_sign_in_faults(urlsplit(settings.sign_in.origin).netloc)
        return
    for name in LISTS:
        if getattr(settings, name):
            yield explain("allow_list_without_sign_in", name=f"SMSCORE_{name}".upper()).sentence
    for address in find_listening_addresses():
        if is_unguarded(settings) and not smscore.is_loopback(address):
            yield explain("live_without_sign_in", address=address).sentence


def _find_sign_in_faults(host: str) -> Iterator[str]:
    if not _is_new_enough():
        yield explain("sign_in_not_installed", floor=AUTHLIB).sentence
    if not is_host_allowed(host):
        yield explain("host_not_allowed", host=host).sentence


def _is_new_enough() -> bool:
    try:
        found = version("authlib")
    except PackageNotFoundError:
        return False
    return [int(part) for part in found.split(".")[:3] if part.isdigit()] >= [int(part) for part in AUTHLIB.split(".")]


def is_unguarded(settings: Settings) -> bool:
    """Tell whether this desk sends for real, and neither itself nor anything in front of it signs people in."""
    return settings.live and settings.sign_in is None and settings.behind is None


def find_listening_addresses() -> tuple[str, ...]:
    """Return where the servers of this process listen: addresses, or the path of a socket file.

    There are several ways to start the server, each with several places to set its address, and none hands the
    address to the application; so the server is looked up among the objects of the process.
    """
    configs = [each.config for each in gc.get_objects() if isinstance(each, uvicorn.Server)]
    return tuple(str(each.uds or (f"descriptor {each.fd}" if each.fd is not None else each.host)) for each in configs)


class LoopbackOnly:
    """ASGI middleware: while a live desk stands open, refuses whatever came in at an address that others can reach.

    The check at the start knows uvicorn only; under another server this is what keeps the promise.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 403 with the sentence that says what to set."""
        address = str((scope.get("server") or ("an unknown address",))[0])
        if scope["type"] in ("http", "websocket") and not smscore.is_loopback(address) and _is_open_now():
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
                return
            reason = explain("live_without_sign_in", address=address).sentence
            await PlainTextResponse(reason, status_code=403)(scope, receive, send)
        else:
            await self.app(scope, receive, send)


def _is_open_now() -> bool:
    settings = identity.read_settings()
    return settings is not None and is_unguarded(settings)


class PlainRefusal:
    """ASGI middleware: when the start is refused, the server prints the sentence and not a traceback."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass everything on, with the reason of a refused start in one line."""

        async def shorten(message: Message) -> None:
            if message["type"] == "lifespan.startup.failed":
                _, refused, reason = str(message.get("message", "")).rpartition("SettingsError: ")
                message = {**message, "message": reason.strip()} if refused else message
            await send(message)

        await self.app(scope, receive, shorten if scope["type"] == "lifespan" else send)
