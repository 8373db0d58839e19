"""Who a visitor is: the signed cookie of Streamlit's sign-in, read again at every request.

Streamlit reads the cookie once, when a tab opens, and never again; it goes on believing it after its expiry and after
a sign-out in another tab.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie
from pathlib import Path

import streamlit as st
from starlette.datastructures import Headers
from starlette.types import Scope
from streamlit.auth_util import get_cookie_with_chunks
from streamlit.errors import StreamlitSecretNotFoundError
from streamlit.web.server.server_util import get_cookie_secret
from streamlit.web.server.starlette.starlette_app_utils import decode_signed_value
from streamlit.web.server.starlette.starlette_server_config import USER_COOKIE_NAME

import smscore
from pages.server import sign_outs
from smscore import Entry, SettingsError

RULES_KEPT = 5.0
"""Seconds for which the settings are not read again, since every message of every open tab is judged by them."""

_settings: tuple[float, smscore.Settings | None] | None = None


def read_settings() -> smscore.Settings | None:
    """Return the settings as they were at most `RULES_KEPT` seconds ago; None while they are wrong."""
    global _settings
    if _settings is None or time.monotonic() - _settings[0] > RULES_KEPT:
        try:
            read = smscore.load_settings()
        except SettingsError:
            read = None
        _settings = (time.monotonic(), read)
    return _settings[1]


def is_sign_in_on(settings: smscore.Settings | None) -> bool:
    """Tell whether visitors must sign in: the table `[auth]` stands in the secrets.

    Streamlit reads the secrets once and the settings are read again and again; whoever finds the table, it counts.
    """
    try:
        return "auth" in st.secrets or bool(settings and settings.sign_in)
    except StreamlitSecretNotFoundError:
        return bool(settings and settings.sign_in)


def read_claims(scope: Scope) -> dict[str, object]:
    """Return the claims in the cookie of a request, or {} when it has none, or none that we signed."""
    cookies = _parse_cookies(Headers(scope=scope).getlist("cookie"))
    secret = get_cookie_secret()

    def read_signed(name: str) -> bytes | None:
        return decode_signed_value(secret, name, cookies[name].encode("latin-1")) if name in cookies else None

    try:
        claims = json.loads(get_cookie_with_chunks(read_signed, USER_COOKIE_NAME) or b"{}")
    except ValueError:
        return {}
    return claims if isinstance(claims, dict) else {}


def _parse_cookies(headers: list[str]) -> dict[str, str]:
    jar = SimpleCookie()
    try:
        for header in headers:
            jar.load(header)
    except CookieError:
        return {}
    return {name: morsel.value for name, morsel in jar.items()}


def decide_entry(claims: Mapping[str, object], rules: smscore.EntryRules) -> Entry:
    """Decide whether the person of `claims` may enter now; whoever has signed out may not, whatever the cookie says."""
    if sign_outs.is_remembered(_compute_fingerprint(claims), _get_state_dir()):
        return Entry.SIGNED_OUT
    return rules.decide(claims, time.time())


def may_enter(claims: Mapping[str, object]) -> bool:
    """Tell whether the person of `claims` may enter now. Nobody may while the settings are wrong."""
    settings = read_settings()
    return settings is not None and decide_entry(claims, settings.entry_rules) is Entry.ENTERED


def sign_out(claims: Mapping[str, object]) -> None:
    """End a sign-in in every tab, and for every copy of its cookie, also after a restart."""
    if claims.get("is_logged_in"):
        sign_outs.remember(_compute_fingerprint(claims), _get_state_dir())


def _get_state_dir() -> Path | None:
    settings = read_settings()
    return settings.state_dir if settings else None


def _compute_fingerprint(claims: Mapping[str, object]) -> str:
    # The nonce is another at every sign-in; the rest tells sign-ins apart where a provider leaves it out.
    told = [str(claims.get(name)) for name in ("iss", "sub", "nonce", "iat", "exp")]
    return hashlib.sha256("\n".join(told).encode()).hexdigest()
