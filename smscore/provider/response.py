"""Answers that are read within one deadline, after any interim answers, and that know whether more came behind them."""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from contextvars import ContextVar
from typing import Any

from urllib3.util.wait import wait_for_read

ENDS_AT: ContextVar[float] = ContextVar("ends_at")
"""When the call under way in this thread must end: seconds of the monotonic clock."""

READ_AT_ONCE = 64 << 10
"""Bytes: after every read the interpreter must be won back from other threads, and a bulk answer has 40 KB."""

_MOST_INTERIM = 100


def get_seconds_left() -> float:
    """Return the seconds left of the call under way. Raises TimeoutError when there are none."""
    seconds = ENDS_AT.get() - time.monotonic()
    if seconds <= 0:
        raise TimeoutError("the deadline of the call has passed")
    return seconds


def read_arrived(sock: socket.socket) -> bytes | None:
    """Return what has arrived on a socket without waiting: None for nothing, b"" when the peer closed or reset it.

    It takes a byte of what arrived, so a connection that gives anything but None must not be used again. On TLS this
    also takes in session tickets, which are no answer, and finds bytes that were decrypted earlier.
    """
    decrypted = getattr(sock, "pending", None)
    if not (decrypted and decrypted()) and not wait_for_read(sock, timeout=0.0):
        return None
    timeout = sock.gettimeout()
    sock.settimeout(0)
    try:
        return sock.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return None
    except OSError:
        return b""
    finally:
        sock.settimeout(timeout)


class _TimedReader(io.RawIOBase):
    """A socket's bytes, each read waiting no longer than what is left of the call's deadline."""

    def __init__(self, raw: io.RawIOBase, sock: socket.socket) -> None:
        self._raw, self._sock = raw, sock
        self.sealed = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        if self.sealed:
            return 0
        self._sock.settimeout(get_seconds_left())
        return self._raw.readinto(buffer)

    def close(self) -> None:
        self._raw.close()
        super().close()


class TimedResponse(http.client.HTTPResponse):
    """One answer on a connection.

    surplus: bytes behind the answer came along with it, so the next answer of the connection could be anybody's ·
    says_close: the server announced that it answers nothing after this.
    """

    surplus = False
    says_close = False

    def __init__(self, sock: socket.socket, *args: Any, **options: Any) -> None:
        super().__init__(sock, *args, **options)
        self._reader = _TimedReader(self.fp.detach(), sock)
        self.fp = io.BufferedReader(self._reader, READ_AT_ONCE)

    def begin(self) -> None:
        """Read status and headers. The socket stays with the connection, which still has to look for more bytes."""
        super().begin()
        self.says_close = self.will_close
        if self.chunked or self.length is not None:
            self.will_close = False

    def _read_status(self) -> tuple[str, int, str]:
        # The library passes over 100 only, and takes a 102 or 103 for the answer: the answer itself would then be
        # read as that of the next call.
        for _ in range(_MOST_INTERIM):
            version, status, reason = super()._read_status()  # type: ignore[misc]  # not in the types, as it is private
            if status == http.HTTPStatus.SWITCHING_PROTOCOLS:
                break
            if not 100 <= status < 200:
                return version, status, reason
            http.client.parse_headers(self.fp)
        raise http.client.HTTPException("no final answer")

    def _close_conn(self) -> None:
        # One read takes up to 64 KB, and with it the beginning of what follows the answer; closing would forget it.
        if self.fp is not None and not self.fp.closed:
            self._reader.sealed = True
            self.surplus = bool(self.fp.peek(1))
        super()._close_conn()  # type: ignore[misc]  # the same
