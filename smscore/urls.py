"""Which addresses on the web may be trusted with a secret: the one home of checks of URLs and hosts."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit


def is_loopback(host: str | None) -> bool:
    """Return whether a host name or address, as written in a URL, can only be reached from this computer."""
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"


def is_safe_url(value: object, *, query: bool = False) -> bool:
    """Return whether a value is an https URL, or an http URL on this computer, without user, password and fragment.

    Over http anybody on the way could read a key. With `query` a query is allowed. The port must be one.
    """
    try:
        url = urlsplit(value) if isinstance(value, str) else urlsplit("")
        plain = bool(url.hostname) and url.port != 0 and not (url.username or url.password or url.fragment)
    except ValueError:
        return False
    allowed = url.scheme == "https" or (url.scheme == "http" and is_loopback(url.hostname))
    return plain and allowed and (query or not url.query)
