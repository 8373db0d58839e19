"""Who may enter: the `[auth]` table of the secrets, and what the identity provider says about a visitor.

Streamlit signs a visitor in and keeps the claims of the ID token in a signed cookie for 30 days. It checks neither
their expiry nor who they are of, so both are decided here.
"""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import urlsplit

from smscore.errors import explain
from smscore.urls import is_safe_url

LONGEST_HOURS = 8.0
"""How long a sign-in lasts at most when no length is set and the token says more."""
_MANY_TENANTS = ("common", "organizations", "consumers")


@dataclass(frozen=True)
class SignIn:
    """Sign-in as it is set up. Secrets stay in the file, from which Streamlit reads them.

    origin: scheme, host and port at which browsers reach the desk, such as "https://desk.example.com".
    """

    origin: str


class Entry(StrEnum):
    """What a visitor may do: enter, or why not."""

    ENTERED = "entered"
    SIGNED_OUT = "signed out"
    EXPIRED = "expired"
    UNVERIFIED = "unverified"
    NOT_LISTED = "not listed"


@dataclass(frozen=True)
class EntryRules:
    """The allow list, in lower case, and the length of a sign-in; `hours` None follows the token's own expiry."""

    administrators: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    hours: float | None = None

    def decide(self, claims: Mapping[str, object], now: float) -> Entry:
        """Decide whether the person of these ID token claims may enter at `now`, in seconds since 1970."""
        if claims.get("is_logged_in") is not True:
            return Entry.SIGNED_OUT
        if now >= self.compute_end(claims):
            return Entry.EXPIRED
        address = read_address(claims)
        if not address or claims.get("email_verified", True) is not True:
            return Entry.UNVERIFIED
        return Entry.ENTERED if self._allows(address) else Entry.NOT_LISTED

    def compute_end(self, claims: Mapping[str, object]) -> float:
        """Return when this sign-in ends, in seconds since 1970; 0.0 for a token that does not say when it began."""
        begun, ends = _read_seconds(claims.get("iat")), _read_seconds(claims.get("exp"))
        if not begun or (self.hours is None and not ends):
            return 0.0
        return min(ends, begun + LONGEST_HOURS * 3600) if self.hours is None else begun + self.hours * 3600

    def _allows(self, address: str) -> bool:
        named = address in self.administrators or address in self.addresses
        return named or address.rpartition("@")[2] in self.domains


def read_address(claims: Mapping[str, object]) -> str:
    """Return the e-mail address of a visitor in lower case, or "" when there is none that can be compared."""
    written = claims.get("email")
    return normalise_address(written) if isinstance(written, str) else ""


def normalise_address(text: str) -> str:
    """Return an e-mail address in lower case, or "" for anything that is not one.

    Only ASCII is lowered: the sign for Kelvin, in lower case, would become the letter k of another domain.
    """
    text = text.strip()
    text = text.lower() if text.isascii() else text
    name, at, domain = text.rpartition("@")
    fits = name and at and "@" not in name and "." in domain and text.isprintable() and " " not in text
    return text if fits and len(text) <= 254 else ""


def normalise_domain(text: str) -> str:
    """Return a domain in lower case, without a leading @, or "" for anything that is not one."""
    domain = text.strip().removeprefix("@").rstrip(".")
    return normalise_address(f"x@{domain}").removeprefix("x@") if not set(domain) & set("/:*,") else ""


def _read_seconds(value: object) -> float:
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else 0.0


def read_sign_in(table: object) -> tuple[SignIn | None, tuple[str, ...]]:
    """Check the `[auth]` table of the secrets; return (what is set up, one sentence a fault, never with a value)."""
    if table is None:
        return None, ()
    if not isinstance(table, Mapping):
        return None, (explain("auth_not_table").sentence,)
    faults = tuple(_find_faults(table))
    return (None if faults else SignIn(_get_origin(str(table["redirect_uri"])))), faults


def _find_faults(table: Mapping[str, object]) -> Iterator[str]:
    for name, fits in _CHECKS.items():
        if not fits(table.get(name)):
            yield explain(f"auth_{name}").sentence
    for name in table:
        if name not in (*_CHECKS, "expose_tokens"):
            close = difflib.get_close_matches(str(name), _CHECKS, n=1)
            yield explain("unknown_auth_setting", name=name, meant=close[0] if close else "client_id").sentence


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_redirect(value: object) -> bool:
    # Streamlit puts the server's port in the place of {port}.
    whole = value.replace("{port}", "8501") if isinstance(value, str) else ""
    return is_safe_url(whole) and urlsplit(whole).path.endswith("/oauth2callback")


def _is_metadata_url(value: object) -> bool:
    # With one of these addresses anybody's tenant can name an address of any domain as its own.
    return (
        isinstance(value, str)
        and is_safe_url(value, query=True)
        and urlsplit(value).path.strip("/").split("/")[0] not in _MANY_TENANTS
    )


def _is_cookie_secret(value: object) -> bool:
    return isinstance(value, str) and len(value) >= 32 and len(set(value)) >= 8


def _is_client_kwargs(value: object) -> bool:
    if value is None:
        return True
    scope = value.get("scope", "openid email") if isinstance(value, Mapping) else ""
    return isinstance(scope, str) and {"openid", "email"} <= set(scope.split())


def _get_origin(redirect: str) -> str:
    url = urlsplit(redirect)
    return f"{url.scheme}://{url.netloc}".lower()


_CHECKS: dict[str, Callable[[object], bool]] = {
    "redirect_uri": _is_redirect,
    "cookie_secret": _is_cookie_secret,
    "client_id": _is_text,
    "client_secret": _is_text,
    "server_metadata_url": _is_metadata_url,
    "client_kwargs": _is_client_kwargs,
}
