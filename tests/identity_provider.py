"""A real OpenID Connect provider on loopback, and the secrets of a desk that signs people in there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

COOKIE_SECRET = "cookie-canary-0123456789abcdef-ghijkl"
CLIENT_SECRET = "client-canary-77"


class Person:
    """Somebody with an account at the provider; `verified` None leaves open whether their address was checked."""

    def __init__(self, email: str, verified: bool | None = True) -> None:
        self.email = email
        self.claims = {"email": email, "name": email.partition("@")[0].title()}
        self.claims |= {} if verified is None else {"email_verified": verified}


@contextmanager
def identity_provider(*people: Person, lasts: timedelta = timedelta(hours=1)) -> Iterator[str]:
    """Run a provider for these people, whose tokens last for `lasts`; yields its address."""
    from oidc_provider_mock import User, run_server_in_thread

    users = [User(sub=each.email, claims=each.claims) for each in people]
    with run_server_in_thread(user_claims=users, access_token_max_age=lasts) as server:
        yield f"http://localhost:{server.server_port}"


def secrets_for(desk: str, provider: str) -> str:
    """Return the secrets of a desk at the address `desk`."""
    return f"""
[auth]
redirect_uri = "{desk}/oauth2callback"
cookie_secret = "{COOKIE_SECRET}"
client_id = "sms-desk"
client_secret = "{CLIENT_SECRET}"
server_metadata_url = "{provider}/.well-known/openid-configuration"
"""
