"""What a call needs and what comes back over it: the way to the provider, a whole answer, or none."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from smscore.config import Secret
from smscore.errors import ProviderError

_KEY = re.compile(r"[!-~]{1,512}")


@dataclass(frozen=True)
class Wire:
    """How to reach the provider. Times are seconds, `answer_limit` is bytes.

    Raises ProviderError: `bad_base_url`, `bad_api_key` (a header cannot carry it).

    base_url: https, or http on a loopback address · deadline: from the call to the last byte of the answer ·
    idle: how long an open connection may wait for its next use; servers of this kind close theirs after five ·
    ca_file: certificates to trust instead of the public ones.
    """

    base_url: str
    api_key: Secret = field(repr=False)
    connect_timeout: float = 5.0
    deadline: float = 30.0
    answer_limit: int = 5 * 1024 * 1024
    idle: float = 4.0
    ca_file: str = ""

    def __post_init__(self) -> None:
        if not _is_safe(self.base_url):
            raise ProviderError("bad_base_url")
        if not _KEY.fullmatch(self.api_key.get_secret_value()):
            raise ProviderError("bad_api_key")


def _is_safe(base_url: str) -> bool:
    try:
        url = urlsplit(base_url)
        bare = url.hostname and url.port != 0 and not (url.username or url.password or url.query or url.fragment)
    except ValueError:
        return False
    return bool(bare) and (url.scheme == "https" or (url.scheme == "http" and is_loopback(url.hostname)))


@dataclass(frozen=True)
class Reply:
    """A whole answer: HTTP status, the headers that matter ("" when absent), the body undecoded.

    repeated: an earlier answer on the same connection had the same body, byte for byte.
    """

    status: int
    body: bytes
    retry_after: str = ""
    date: str = ""
    repeated: bool = False

    @property
    def ok(self) -> bool:
        """Whether the status is a success (2xx)."""
        return 200 <= self.status < 300


@dataclass(frozen=True)
class NoReply:
    """No whole answer: the code of the case (a key of CASES), and the HTTP status if one was read."""

    code: str
    status: int | None = None


def is_loopback(host: str | None) -> bool:
    """Whether a host name or address, as written in a URL, is this computer itself."""
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return host == "localhost"
