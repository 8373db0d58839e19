"""The way to the provider: one POST, one deadline, one capped answer, and what is known when there is none.

Nothing is retried or redirected. A connection that lay idle longer than servers keep them is not used again; where the
server closes it all the same in the moment of sending, the call is `broken_off`: unknown. Once the provider has sent
what nobody asked for, every call gets a connection of its own for a while.
"""

from __future__ import annotations

import http.client
import re
import threading
import time
import weakref
from dataclasses import dataclass, field

import requests
from urllib3.exceptions import ConnectTimeoutError, HTTPError, ReadTimeoutError
from urllib3.exceptions import TimeoutError as LibraryTimeout

from smscore.config import Secret
from smscore.errors import ProviderError
from smscore.provider.connection import IN_USE, NothingLeft, ProvingAdapter, ProvingConnection
from smscore.provider.response import ENDS_AT
from smscore.urls import is_safe_url

_CHUNK = 64 * 1024
_KEY = re.compile(r"[!-~]{1,512}")

CAREFUL_SECONDS = 900.0
"""How long every call gets a connection of its own after an answer that could not be told from another call's."""


@dataclass(frozen=True)
class ProviderConfig:
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
        if not is_safe_url(self.base_url):
            raise ProviderError("bad_base_url")
        if not _KEY.fullmatch(self.api_key.get_secret_value()):
            raise ProviderError("bad_api_key")


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


class HttpTransport:
    """The way to one provider: thread-safe, one session and one connection a thread."""

    def __init__(self, config: ProviderConfig) -> None:
        self._config = config
        self._root = config.base_url.rstrip("/")
        self._mine = threading.local()
        self._sessions: weakref.WeakSet[requests.Session] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._careful_until = 0.0

    def post(self, path: str, body: bytes) -> Reply | NoReply:
        """Send one POST and read its answer within the deadline. Raises nothing: what fails is a NoReply."""
        # A library's timeout is per read, and a server that drips a byte at a time would outlive it.
        self._mine.ends_at = time.monotonic() + self._config.deadline
        mark, before = ENDS_AT.set(self._mine.ends_at), IN_USE.set(None)
        try:
            return self._post(path, body)
        finally:
            self._mine.connection = IN_USE.get()
            self._note_surplus()
            IN_USE.reset(before)
            ENDS_AT.reset(mark)

    def keep_connection(self) -> None:
        """Let this thread's next call use the connection of its last one, if that is clean."""
        if connection := self._connection():
            connection.close_if_spent()

    def drop_connection(self) -> None:
        """Close the connection of this thread's last call."""
        if connection := self._connection():
            connection.close()

    def proves_answer(self) -> bool:
        """Return whether the last answer can only be that of this thread's last call; its connection is closed.

        Takes no longer than what is left of the call's deadline. For an answer that names our numbers this is not
        needed; it is for refusals, which look the same whichever call they answer.
        """
        connection = self._connection()
        if connection is None:
            return False
        mark = ENDS_AT.set(self._mine.ends_at)
        try:
            proven = connection.counts_out()
        finally:
            ENDS_AT.reset(mark)
        if not proven:
            self._careful_until = time.monotonic() + CAREFUL_SECONDS
        return proven

    def _connection(self) -> ProvingConnection | None:
        return getattr(self._mine, "connection", None)

    def _note_surplus(self) -> None:
        connection = self._connection()
        if connection is not None and connection.saw_surplus:
            connection.saw_surplus = False
            self._careful_until = time.monotonic() + CAREFUL_SECONDS

    def close(self) -> None:
        """Close the open connections of all threads; those in the middle of a call close when it ends."""
        with self._lock:
            for session in list(self._sessions):
                session.close()

    def _post(self, path: str, body: bytes) -> Reply | NoReply:
        config, session = self._config, self._session()
        try:
            # Not Session.send: given a redirect it reads the whole body, however long, before it returns.
            answer = session.get_adapter(self._root).send(
                self._request(session, path, body),
                stream=True,
                timeout=(min(config.connect_timeout, config.deadline), config.deadline),
                verify=config.ca_file or True,
            )
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            return NoReply(_classify_error(error))
        return self._read(answer)

    def _read(self, answer: requests.Response) -> Reply | NoReply:
        limit = self._config.answer_limit
        with answer:
            try:
                body = _read_body(answer, limit)
            except (LibraryTimeout, TimeoutError):
                return NoReply("no_answer", answer.status_code)
            except (HTTPError, http.client.HTTPException, OSError, ValueError):
                return NoReply("cut_answer", answer.status_code)
            finally:
                self._mine.used_at = time.monotonic()
        if len(body) > limit:
            return NoReply("too_long_answer", answer.status_code)
        seen, connection = answer.headers, IN_USE.get()
        repeated = connection is not None and connection.read_whole(body)
        return Reply(answer.status_code, body, seen.get("Retry-After", ""), seen.get("Date", ""), repeated)

    def _session(self) -> requests.Session:
        mine = self._mine
        if not hasattr(mine, "session"):
            mine.session, mine.prepared = self._new_session(), {}
        # A server may close a connection just as it is used again; the reset would leave that call unknown.
        elif (now := time.monotonic()) - mine.used_at > self._config.idle or now < self._careful_until:
            mine.session.close()
        mine.used_at = time.monotonic()
        return mine.session

    def _request(self, session: requests.Session, path: str, body: bytes) -> requests.PreparedRequest:
        """This thread's request to `path`, prepared once (that takes longer than the rest of a call) and refilled."""
        prepared = self._mine.prepared.get(path)
        if prepared is None:
            prepared = session.prepare_request(requests.Request("POST", self._root + path))
            self._mine.prepared[path] = prepared
        prepared.body = body
        prepared.headers["Content-Length"] = str(len(body))
        return prepared

    def _new_session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False
        session.headers.clear()
        session.headers.update(
            {
                "apikey": self._config.api_key.get_secret_value(),
                "Content-Type": "application/json",
                "Accept": "application/json",
                "Accept-Encoding": "identity",
                "User-Agent": "sms-desk",
            }
        )
        session.mount(self._root, ProvingAdapter(pool_connections=1, pool_maxsize=1, max_retries=0))
        with self._lock:
            self._sessions.add(session)
        return session


def _read_body(answer: requests.Response, limit: int) -> bytes:
    """Return at most `limit` + 1 bytes of the body, undecoded."""
    pieces: list[bytes] = []
    size = 0
    while size <= limit and (piece := answer.raw.read(min(_CHUNK, limit + 1 - size))):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def _classify_error(error: Exception) -> str:
    """Return the case of a call that brought no answer. Only what failed before a byte was written is "not sent"."""
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(reason, NothingLeft):
        return reason.code
    if isinstance(reason, ConnectTimeoutError):
        return "unreachable"
    late = isinstance(error, requests.Timeout) or isinstance(reason, ReadTimeoutError)
    return "no_answer" if late else "broken_off"
