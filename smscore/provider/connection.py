"""Connections that know whether anything left, whose answer came, and that no dripping server outlives.

- **Proof that nothing left.** Only a failure inside `connect()`, where no byte of a request has been written, is such
  a proof. It is marked there (`NothingLeft`), so that a TLS handshake that stalls, which surfaces as a read timeout,
  is told apart from an answer that never comes.
- **Whose answer.** HTTP/1.1 answers carry no name; they answer in the order of the requests. A server that answers
  twice shifts every later answer by one. A connection on which anything arrived before a request is written is not
  used, and what cannot prove itself by naming our numbers is believed only where `counts_out` holds.
- **One deadline.** A timeout of the library is a limit per read, which a server that drips a byte a second outlives
  for ever. Every read of a status line, a header or a body gets what is left of the call's one deadline (`ENDS_AT`).
- **No private address by way of a name.** Before a byte is written, the address that was reached is looked at.
"""

from __future__ import annotations

import ipaddress
import re
import ssl
import time
from contextvars import ContextVar
from typing import Any, cast

from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.response import HTTPResponse

from smscore.provider.response import TimedResponse, get_seconds_left, read_arrived
from smscore.urls import is_loopback

IN_USE: ContextVar[ProvingConnection | None] = ContextVar("in_use", default=None)
"""The connection that this thread wrote its latest request on."""

_LISTEN_SECONDS = 1.0
"""How long a server that announced to close may take to do so, or to contradict its answer by a second one."""

_COUNT_SECONDS = 10.0
"""How long a server may take to answer the last question."""

_LONGEST_TAIL = 64 << 10

_MOST_REQUESTS = 10_000
"""On one socket; the marks of the answers that came over it are kept as long as it is."""

# The answer to HEAD announces a length and has no body, which no answer to POST looks like.
_HEAD_ONLY = re.compile(rb"HTTP/1\.[01] [2-5][^\n]*\n(?:[^\r\n]+\r?\n)*\r?\n", re.IGNORECASE)
_ANNOUNCES_BODY = re.compile(rb"^(content-length:\s*[1-9]|transfer-encoding:\s*chunked)", re.IGNORECASE | re.MULTILINE)


class NothingLeft(NewConnectionError):
    """The connection failed before any byte of a request was written. `code` is the key of its case."""

    def __init__(self, connection: HTTPConnection, code: str) -> None:
        super().__init__(connection, code)
        self.code = code


class ProvingConnection(HTTPConnection):
    """A connection that can prove what it says, and meets no private address by way of a name.

    requests: how many were begun on the present socket · saw_surplus: whether a socket of this connection ever held
    bytes that nobody had asked for (the owner sets it back).
    """

    response_class = TimedResponse
    requests = 0
    saw_surplus = False
    _answer: TimedResponse | None = None
    _cut_off = False

    def connect(self) -> None:
        """Open the socket. Raises NothingLeft."""
        # Proof that nothing left is taken here, before any byte is written: a TLS handshake that stalls would
        # otherwise look like a lost answer.
        try:
            super().connect()
            self._check_peer()
            self.sock.settimeout(get_seconds_left())
        except NothingLeft:
            self.close()
            raise
        except (HTTPError, OSError, ValueError) as error:
            self.close()
            raise NothingLeft(self, _classify_failure(error)) from error
        self.requests, self._answer, self._cut_off = 0, None, False
        self._bodies: set[int] = set()

    @property
    def is_connected(self) -> bool:
        """Whether the socket may be kept: the last answer was read whole and nothing came with it.

        The library asks this when it hands the connection out; `request` looks at the socket itself, later and once.
        """
        if self.sock is None:
            return False
        last = self._answer
        if self.requests and (last is None or not last.isclosed() or last.says_close or last.surplus):
            return False
        return self.requests < _MOST_REQUESTS

    def request(self, *args: Any, **options: Any) -> None:
        """Write a request, on a new socket where the present one is not clean. Raises NothingLeft."""
        if self.sock is not None and (not self.is_connected or self._has_arrived()):
            self.close()
        if self.sock is None:
            self.connect()
            if self._has_arrived():
                self.close()
                raise NothingLeft(self, "spoke_first")
        self.requests, self._answer = self.requests + 1, None
        IN_USE.set(self)
        try:
            super().request(*args, **options)
        except OSError:
            self._cut_off = True  # what is answered to half a request proves nothing
            raise

    def getresponse(self) -> HTTPResponse:  # type: ignore[override]  # as urllib3 itself declares it
        """Read the next answer's status and headers."""
        response = super().getresponse()
        self._answer = cast(TimedResponse, response._original_response)
        return response

    def read_whole(self, body: bytes) -> bool:
        """Take note that the answer was read whole; return whether an earlier one on this socket had the same body."""
        self.saw_surplus |= self._answer is not None and self._answer.surplus
        mark = hash(body)
        known = mark in self._bodies
        self._bodies.add(mark)
        return known

    def close_if_spent(self) -> None:
        """Close a socket that must not be used again, rather than when its next use finds that out."""
        last = self._answer
        if last is None or last.surplus or last.says_close or not last.isclosed():
            self.close()

    def counts_out(self) -> bool:
        """Return whether the last answer can only be that of the last request, and close the connection.

        The server is asked one last question (HEAD, without the key) with the wish to close. It answers in order: what
        it still owes to the request comes before that. So the answer to HEAD must be all that comes, and on a socket
        that was used before it must be seen to be one and be followed by the end. On a new socket nothing else was
        asked: there a server that closes instead, as it may, has said all it had to say.
        """
        last = self._answer
        if self._cut_off or last is None or last.surplus:
            proven = False
        elif self.sock is None:
            proven = self.requests == 1  # the body went to the end of the connection, and nothing can follow that
        elif self.requests == 1:
            proven = self._is_only_answer(last.says_close)
        else:
            proven = not last.says_close and self._is_latest_answer()
        self.close()
        return proven

    def _is_only_answer(self, says_close: bool) -> bool:
        arrived = read_arrived(self.sock)
        if arrived is not None:
            return not arrived
        tail, end = self._read_tail(not says_close, _LISTEN_SECONDS if says_close else _COUNT_SECONDS)
        return _HEAD_ONLY.fullmatch(tail) is not None or (not tail and (says_close or end != "open"))

    def _is_latest_answer(self) -> bool:
        tail, end = self._read_tail(True, _COUNT_SECONDS)
        alone = _HEAD_ONLY.fullmatch(tail) is not None and _ANNOUNCES_BODY.search(tail) is not None
        return end == "closed" and alone

    def _read_tail(self, asking: bool, seconds: float) -> tuple[bytes, str]:
        """Everything that still comes, and how it ended: "closed" in order, "broken", or "open" when time was up."""
        until, tail = time.monotonic() + seconds, b""
        try:
            if asking:
                super().putrequest("HEAD", "/", skip_accept_encoding=True)
                self.putheader("Connection", "close")
                self.endheaders()
            while len(tail) < _LONGEST_TAIL:
                self.sock.settimeout(max(0.001, min(until - time.monotonic(), get_seconds_left())))
                piece = self.sock.recv(_LONGEST_TAIL)
                if not piece:
                    return tail, "closed"
                tail += piece
                if _HEAD_ONLY.fullmatch(tail):
                    until = min(until, time.monotonic() + _LISTEN_SECONDS)
        except TimeoutError:
            return tail, "open"
        except OSError:
            return tail, "broken"
        return tail, "open"

    def _has_arrived(self) -> bool:
        arrived = read_arrived(self.sock)
        self.saw_surplus |= bool(arrived)
        return arrived is not None

    def _check_peer(self) -> None:
        address = ipaddress.ip_address(self.sock.getpeername()[0].partition("%")[0])
        if not is_loopback(self.host) and not (getattr(address, "ipv4_mapped", None) or address).is_global:
            raise NothingLeft(self, "private_address")


def _classify_failure(error: BaseException) -> str:
    causes = (error, error.__cause__, error.__context__, *error.args)
    return "bad_certificate" if any(isinstance(cause, ssl.CertificateError) for cause in causes) else "unreachable"


class SecureProvingConnection(ProvingConnection, HTTPSConnection):
    """The same over TLS: `connect` and `request` reach those of HTTPS through it."""


class _PlainPool(HTTPConnectionPool):
    ConnectionCls = ProvingConnection


class _SecurePool(HTTPSConnectionPool):
    ConnectionCls = SecureProvingConnection


class ProvingAdapter(HTTPAdapter):
    """The adapter of requests over these connections."""

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        """Make connections that tell when they are made."""
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {"http": _PlainPool, "https": _SecurePool}
