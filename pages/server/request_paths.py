"""Which path is which: what anybody may ask for, and what is only for those who have signed in."""

from __future__ import annotations

from starlette.types import Scope

STREAM = "/_stcore/stream"
UPLOAD = "/_stcore/upload_file/"
SIGN_IN, SIGN_OUT, SIGNED_IN = "/auth/login", "/auth/logout", "/oauth2callback"
BLOCKED_PATHS = ("/_stcore/agent", "/_stcore/metrics")
"""AppState of Streamlit that SMS Desk does not need; nobody may use them."""
PROBES = ("/health", "/_stcore/health")
CALLBACKS = "/webhooks/"
PAGES = ("overview", "bulk_upload", "compose", "templates", "campaigns", "reports", "settings")
"""The pages by the path under which a browser asks for them; a test compares them with the navigation."""
PUBLIC_PATHS = {
    "/",
    "/index.html",
    "/favicon.png",
    "/_stcore/host-config",
    *PROBES,
    STREAM,
    SIGN_IN,
    SIGN_OUT,
    SIGNED_IN,
}
PUBLIC_PATHS |= {f"/{page}" for page in PAGES}


def read_path(scope: Scope) -> str:
    """Return the path of a request as the routes see it, without the prefix of a proxy.

    `server.baseUrlPath` is refused at the start, so there is none of its own.
    """
    return scope["path"].removeprefix(scope.get("root_path", "").rstrip("/")) or "/"


def is_page(path: str) -> bool:
    """Tell whether a browser asks for the document of a page."""
    return path in ("/", "/index.html") or path.removeprefix("/") in PAGES


def is_public(path: str) -> bool:
    """Tell whether a visitor who has not signed in may ask for a path: the sign-in page and what it is made of.

    Callbacks are among them because they show a token of their own.
    """
    return path in PUBLIC_PATHS or path.startswith(("/static/", CALLBACKS))
