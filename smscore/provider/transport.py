"""The line to the provider: one POST, one deadline, one capped answer, and what is known when there is none.

Nothing is retried or redirected. A connection that lay idle longer than servers keep them is not used again; where the
server closes it all the same in the moment of sending, the call is `broken_off`: unknown. Once the provider has sent
what nobody asked for, every call gets a connection of its own for a while.
"""

from __future__ import annotations

import http.client
import threading
import time
import weakref

import requests
from urllib3.exceptions import ConnectTimeoutError, HTTPError, ReadTimeoutError
from urllib3.exceptions import TimeoutError as LibraryTimeout

from smscore.provider.connection import IN_USE, NothingLeft, ProvingAdapter, ProvingConnection
from smscore.provider.response import ENDS_AT
from smscore.provider.wire import NoReply, Reply, Wire

_CHUNK = 64 * 1024

CAREFUL_SECONDS = 900.0
"""How long every call gets a connection of its own after an answer that could not be told from another call's."""


class Line:
    """The way to one provider: thread-safe, one session and one connection a thread."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire
        self._root = wire.base_url.rstrip("/")
        self._mine = threading.local()
        self._sessions: weakref.WeakSet[requests.Session] = weakref.WeakSet()
        self._lock = threading.Lock()
        self._careful_until = 0.0

    def post(self, path: str, body: bytes) -> Reply | NoReply:
        """Send one POST and read its answer within the deadline. Raises nothing: what fails is a NoReply."""
        self._mine.ends_at = time.monotonic() + self._wire.deadline
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
        wire, session = self._wire, self._session()
        try:
            # Not Session.send: given a redirect it reads the whole body, however long, before it returns.
            answer = session.get_adapter(self._root).send(
                self._request(session, path, body),
                stream=True,
                timeout=(min(wire.connect_timeout, wire.deadline), wire.deadline),
                verify=wire.ca_file or True,
            )
        except (requests.RequestException, HTTPError, OSError, ValueError) as error:
            return NoReply(_why_no_answer(error))
        return self._read(answer)

    def _read(self, answer: requests.Response) -> Reply | NoReply:
        limit = self._wire.answer_limit
        with answer:
            try:
                body = _body(answer, limit)
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
        elif (now := time.monotonic()) - mine.used_at > self._wire.idle or now < self._careful_until:
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
                "apikey": self._wire.api_key.get_secret_value(),
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


def _body(answer: requests.Response, limit: int) -> bytes:
    """At most `limit` + 1 bytes of the body, undecoded."""
    pieces, size = [], 0
    while size <= limit and (piece := answer.raw.read(min(_CHUNK, limit + 1 - size))):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)


def _why_no_answer(error: Exception) -> str:
    reason = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(reason, NothingLeft):
        return reason.code
    if isinstance(reason, ConnectTimeoutError):
        return "unreachable"
    late = isinstance(error, requests.Timeout) or isinstance(reason, ReadTimeoutError)
    return "no_answer" if late else "broken_off"
