"""Connections that know whether anything left, and that no dripping server outlives.

- **Proof that nothing left.** Only a failure inside `connect()`, where no byte of a request has been written, is such
  a proof. It is marked there (`NothingLeft`), so that a TLS handshake that stalls, which surfaces as a read timeout,
  is told apart from an answer that never comes.
- **One deadline.** A timeout of the library is a limit per read, which a server that drips a byte a second outlives
  for ever. Every read of a status line, a header or a body gets what is left of the call's one deadline (`ENDS_AT`).
- **No private address by way of a name.** Before a byte is written, the address that was reached is looked at.
"""

from __future__ import annotations

import http.client
import io
import ipaddress
import ssl
import time
from contextvars import ContextVar

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError

from smscore.provider.wire import is_loopback

ENDS_AT: ContextVar[float] = ContextVar("ends_at")
"""When the call under way in this thread must end: seconds of the monotonic clock."""


READ_AT_ONCE = 64 << 10
"""Bytes: after every read the interpreter must be won back from other threads, and a bulk answer has 40 KB."""


class NothingLeft(NewConnectionError):
    """The connection failed before any byte of a request was written. `code` is the key of its case."""

    def __init__(self, connection: HTTPConnection, code: str) -> None:
        super().__init__(connection, code)
        self.code = code


def _left() -> float:
    seconds = ENDS_AT.get() - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("the deadline of the call has passed")
    return seconds


class _TimedReader(io.RawIOBase):
    """A socket's bytes, each read waiting no longer than what is left of the call's deadline."""

    def __init__(self, raw: io.RawIOBase, sock) -> None:
        self._raw, self._sock = raw, sock

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int | None:
        self._sock.settimeout(_left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class _TimedResponse(http.client.HTTPResponse):
    def __init__(self, sock, *args, **options) -> None:
        super().__init__(sock, *args, **options)
        self.fp = io.BufferedReader(_TimedReader(self.fp.detach(), sock), READ_AT_ONCE)


class _Proving:
    """A connection that tells "nothing left" from everything else, and meets no private address by way of a name."""

    response_class = _TimedResponse

    def connect(self) -> None:
        try:
            super().connect()
            self._check_peer()
            self.sock.settimeout(_left())
        except NothingLeft:
            self.close()
            raise
        except (HTTPError, OSError, ValueError) as error:
            self.close()
            raise NothingLeft(self, _why_not_connected(error)) from error

    def _check_peer(self) -> None:
        address = ipaddress.ip_address(self.sock.getpeername()[0].partition("%")[0])
        if not is_loopback(self.host) and not (getattr(address, "ipv4_mapped", None) or address).is_global:
            raise NothingLeft(self, "private_address")


def _why_not_connected(error: BaseException) -> str:
    causes = (error, error.__cause__, error.__context__, *error.args)
    return "bad_certificate" if any(isinstance(cause, ssl.CertificateError) for cause in causes) else "unreachable"


class _Plain(_Proving, HTTPConnection):
    pass


class _Secure(_Proving, HTTPSConnection):
    pass


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = _Plain


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = _Secure


class ProvingAdapter(HTTPAdapter):
    """The adapter of requests over these connections."""

    def init_poolmanager(self, *args, **options) -> None:
        """Make connections that tell when they are made."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
