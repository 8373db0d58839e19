"""A provider on loopback that keeps the truth, and lies, stalls and breaks off on demand.

It speaks HTTP over raw sockets, so that it can do what no HTTP server would. The truth is what reached it: every number
of every whole request, counted before a single byte of an answer, whatever the answer then says. A number is *taken*
when a provider in that place would have texted it: a reset after the request is taken, a documented refusal is not.

In a test:      with Stub() as stub: stub.next("reset_after"); …; assert stub.taken == {919876543210: 1}
As a process:   python -m tests.stub_provider --port 9000 --truth truth.jsonl --faults 3:reset_after,7:no_answer

The truth file has one line of JSON a request: call, at (Unix seconds), path, to, taken, fault. It is written before
the answer, so it outlives a kill of either side; `read_truth` counts it. Over HTTP: GET /truth, POST /faults.
"""

from __future__ import annotations

import argparse
import contextlib
import email.utils
import gzip
import json
import os
import re
import socket
import ssl
import struct
import threading
import time
import uuid
from collections import Counter, deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

_DRIP = 0.05
_HEAD_LIMIT = 64 * 1024
_FINAL = re.compile(rb"HTTP/1\.1 [2-5]\d\d [^\r\n]*\r\n")


@dataclass(frozen=True)
class Request:
    """One whole request: its place in the order of calls from 1, path, headers in lower case, body, numbers."""

    call: int
    path: str
    headers: dict[str, str]
    body: dict
    numbers: tuple[int, ...]
    fault: str = ""


class Conversation:
    """One connection: what the faults write to."""

    def __init__(self, sock: socket.socket, stub: Stub) -> None:
        self.sock, self.stub = sock, stub
        self.surplus = b""
        self._left_over = b""

    def requests(self) -> Iterator[tuple[str, dict[str, str], bytes]]:
        """Each whole request of the connection: request line, headers, body."""
        while head := self._until(b"\r\n\r\n"):
            line, *rest = head.decode("latin-1").split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (one.partition(":") for one in rest if one)}
            yield line, headers, self._exactly(int(headers.get("content-length", 0)))

    def first_byte(self) -> bool:
        """Wait for a request to begin; False when the other side has closed."""
        return bool(self._left_over) or bool(self.sock.recv(1, socket.MSG_PEEK))

    def write(self, piece: bytes) -> None:
        if not self.stub.keep_alive:
            piece = _FINAL.sub(rb"\g<0>Connection: close\r\n", piece)
        self.sock.sendall(piece)

    def write_surplus(self) -> None:
        """Write what an earlier fault kept back: an answer that nobody asked for."""
        kept, self.surplus = self.surplus, b""
        if kept:
            self.write(kept)

    def drip(self, pieces: bytes) -> None:
        for byte in pieces:
            self.sock.sendall(bytes([byte]))
            self.stub.stopping.wait(_DRIP)

    def reset(self) -> None:
        """Close with a TCP reset, as a crashing peer does."""
        self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.sock.close()

    def wait(self) -> None:
        """Say nothing until the other side gives up."""
        self.sock.settimeout(60)
        with contextlib.suppress(OSError):
            self.sock.recv(1)

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._left_over:
            more = self.sock.recv(65536)
            if not more or len(self._left_over) > _HEAD_LIMIT:
                return b""
            self._left_over += more
        head, _, self._left_over = self._left_over.partition(mark)
        return head

    def _exactly(self, size: int) -> bytes:
        while len(self._left_over) < size:
            more = self.sock.recv(65536)
            if not more:
                raise ConnectionError("the request broke off")
            self._left_over += more
        body, self._left_over = self._left_over[:size], self._left_over[size:]
        return body


def http(status: int, body: object, *headers: str, length: int | None = None) -> bytes:
    """A whole HTTP answer; `body` is bytes, or anything else as JSON."""
    written = body if isinstance(body, bytes) else json.dumps(body).encode()
    size = len(written) if length is None else length
    head = [f"HTTP/1.1 {status} Status", "Content-Type: application/json", f"Content-Length: {size}", *headers]
    return ("\r\n".join(head) + "\r\n\r\n").encode() + written


def success(numbers: Iterable[object], **changes: object) -> dict[str, object]:
    """The documented answer to these recipients."""
    numbers, call = list(numbers), str(uuid.uuid4())
    entries = [{"recipient": str(number), "messageId": f"{call}:{n}"} for n, number in enumerate(numbers, 1)]
    envelope = {"id": call, "data": entries, "totalCount": len(numbers), "message": "Message Sent Successfully!"}
    return envelope | {"error": None} | changes


def failure(message: str, error: object = True) -> dict[str, object]:
    """The documented shape of an error."""
    return {"error": error, "message": message}


Act = Callable[[Conversation, Request], bool | None]


@dataclass(frozen=True)
class Fault:
    """What the stub does with a request (return False to end the connection), and whom it texts.

    taken: whether any number is texted · spared: how many of the first numbers are not.
    """

    act: Act
    taken: bool = True
    spared: int = 0

    def texted(self, numbers: tuple[int, ...]) -> tuple[int, ...]:
        """Those of `numbers` whom a provider that answers like this would have texted."""
        return numbers[self.spared :] if self.taken else ()


def _say(make: Callable[[Request], bytes], taken: bool = True) -> Fault:
    return Fault(lambda talk, request: talk.write(make(request)), taken)


def _say_and_close(make: Callable[[Request], bytes]) -> Fault:
    def act(talk: Conversation, request: Request) -> bool:
        talk.write(make(request))
        return False

    return Fault(act)


def _answer(change: Callable[[Request], object], status: int = 200, taken: bool = True) -> Fault:
    return _say(lambda request: http(status, change(request)), taken)


def _refuse(status: int, message: str, *headers: str, error: object = True) -> Fault:
    return _say(lambda request: http(status, failure(message, error), *headers), taken=False)


def _reset(talk: Conversation, request: Request) -> bool:
    talk.reset()
    return False


def _without(request: Request, missing: int) -> list[int]:
    return list(request.numbers[: len(request.numbers) - missing])


def _good(request: Request) -> bytes:
    return http(200, success(request.numbers))


def _some_refused(request: Request) -> object:
    first, *others = request.numbers
    answer = success(others)
    answer["data"].insert(0, {"recipient": str(first), "messageId": None, "error": "Number is on the block list"})
    return answer


def _same_id(request: Request) -> object:
    return success([], data=[{"recipient": str(number), "messageId": "same:1"} for number in request.numbers])


def _ids_only(request: Request) -> object:
    answer = success(request.numbers)
    return answer | {"data": [{"messageId": entry["messageId"]} for entry in answer["data"]]}


def _plus_and_spaces(request: Request) -> object:
    return success(f"+{str(number)[:2]} {str(number)[2:7]} {str(number)[7:]}" for number in reversed(request.numbers))


def _date_in(seconds: float) -> str:
    return email.utils.formatdate(time.time() + seconds, usegmt=True)


def _slow(talk: Conversation, request: Request) -> None:
    talk.stub.stopping.wait(talk.stub.slow)
    talk.write(_good(request))


def _then(surplus: bytes) -> Fault:
    """A good answer, and what nobody asked for in the same breath; b"" for the same answer again."""

    def make(request: Request) -> bytes:
        good = _good(request)
        return good + (surplus or good)

    return _say(make)


def _then_late(surplus: bytes) -> Fault:
    """A good answer, and what nobody asked for as soon as the next request of the connection was taken: after that one
    left and before its own answer, which no look at the connection can foresee."""

    def act(talk: Conversation, request: Request) -> None:
        good = _good(request)
        talk.write(good)
        talk.surplus = surplus or good

    return Fault(act)


def _two(first: bytes, pause: float = 0.0) -> Fault:
    """Two answers to one request that was taken: a refusal, and the acceptance behind it."""

    def act(talk: Conversation, request: Request) -> None:
        talk.write(first if pause else first + _good(request))
        if pause:
            time.sleep(pause)
            talk.write(_good(request))

    return Fault(act)


def _interim(*statuses: int) -> bytes:
    return b"".join(f"HTTP/1.1 {status} Interim\r\nLink: </a.css>\r\n\r\n".encode() for status in statuses)


def _chunked(body: object) -> bytes:
    written = json.dumps(body).encode()
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"%x\r\n%b\r\n0\r\nX-Trailer: y\r\n\r\n" % (len(written), written)


def _late_answer(talk: Conversation, request: Request) -> bool:
    """Answer when the other side has given up; end like a server that did not notice."""
    talk.wait()
    with contextlib.suppress(OSError):
        talk.write(_good(request))
    return False


_PAGE = b"<!doctype html><html><head><title>Gateway</title></head><body>Welcome</body></html>"
_DEEP = b'{"data":' + b"[" * 100_000 + b"]" * 100_000 + b"}"

FAULTS: dict[str, Fault] = {
    "": _say(_good),
    "slow": Fault(_slow),
    # the connection
    "reset_while_sending": Fault(_reset, taken=False),  # done before the request is read
    "no_answer": Fault(lambda talk, request: talk.wait()),
    "close_after": Fault(lambda talk, request: False),
    "reset_after": Fault(_reset),
    "close_idle": _say_and_close(_good),  # a whole answer, then the connection is closed without a word
    # an answer cut short
    "status_cut": _say_and_close(lambda request: b"HTTP/1.1 2"),
    "headers_cut": _say_and_close(lambda request: b"HTTP/1.1 200 OK\r\nContent-Le"),
    "body_short": _say_and_close(lambda request: http(200, _good(request)[:20], length=500)),
    "body_reset": Fault(
        lambda talk, request: talk.write(http(200, b'{"id":', length=500)) or time.sleep(0.05) or _reset(talk, request)
    ),
    "chunk_cut": _say_and_close(
        lambda request: b'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n40\r\n{"id": "half'
    ),
    "drip_headers": Fault(lambda talk, request: talk.drip(b"HTTP/1.1 200 OK\r\n" + b"X-Drip: y\r\n" * 1000)),
    "drip_body": Fault(lambda talk, request: talk.drip(http(200, b" " * 10_000, length=10_000))),
    # an answer that cannot be read
    "empty": _say(lambda request: http(200, b"")),
    "page": _say(lambda request: http(200, _PAGE)),
    "nan": _answer(lambda request: success(request.numbers, totalCount=float("nan"))),
    "deep": _say(lambda request: http(200, _DEEP)),
    "name_twice": _say(lambda request: http(200, b'{"error": true, "data": [], "error": null}')),
    "too_long": _say_and_close(lambda request: http(200, b" " * (6 << 20) + json.dumps(success([])).encode())),
    "gzip": _say(
        lambda request: http(
            200, gzip.compress(json.dumps(success(request.numbers)).encode()), "Content-Encoding: gzip"
        )
    ),
    "not_utf8": _say(lambda request: http(200, b'{"data": [], "message": "\xff\xfe"}')),
    "other_shape": _answer(lambda request: {"status": "ok", "result": list(request.numbers)}),
    "list": _answer(lambda request: [1, 2, 3]),
    # refusals of the whole request
    "key_in_words": _refuse(400, "Api Key not found"),
    "key_in_words_200": _refuse(200, "Api Key not found"),
    "unauthorised": _refuse(401, "Unauthorized"),
    "forbidden": _refuse(403, "Forbidden"),
    "no_balance": _refuse(402, "Payment required"),
    "no_balance_200": _refuse(200, "Insufficient balance"),
    "no_balance_object": _refuse(200, "", error={"code": "E17", "message": "Insufficient credits in your account"}),
    "bad_template": _refuse(400, "Body variables value mis-match: Expected 4 but received 0"),
    "bad_sender": _refuse(400, "Invalid sender"),
    "bad_request": _refuse(400, "Something about the request"),
    "unprocessable": _refuse(422, "Something about the request"),
    "bad_request_page": _say(lambda request: http(400, _PAGE)),
    "bad_number": _refuse(400, "Invalid mobile number"),
    "numbers_named": _say(lambda request: http(400, failure(f"Bad recipients: {request.numbers[0]}")), taken=False),
    "unknown_error": _answer(lambda request: failure("Flux capacitor is cold")),
    "unknown_error_text": _answer(lambda request: success([], error="xyz")),
    # answers number by number
    "plus_and_spaces": _answer(_plus_and_spaces),
    "some_refused": Fault(_answer(_some_refused).act, spared=1),
    "one_missing": _answer(lambda request: success(_without(request, 1))),
    "one_missing_total": _answer(lambda request: success(_without(request, 1), totalCount=len(request.numbers))),
    "nobody": _answer(lambda request: success([])),
    "strangers": _answer(lambda request: success([*request.numbers, 919000000001])),
    "others": _answer(lambda request: success([919000000000 + n for n, _ in enumerate(request.numbers)])),
    "wrong_total": _answer(lambda request: success(request.numbers, totalCount=len(request.numbers) + 3)),
    "named_twice": _answer(lambda request: success([*request.numbers, request.numbers[0]])),
    "same_id": _answer(lambda request: _same_id(request) | {"totalCount": len(request.numbers)}),
    "ids_only": _answer(_ids_only),
    "ids_and_error": _answer(lambda request: success(_without(request, 1), error="Partial failure")),
    "ids_and_500": _answer(lambda request: success(request.numbers), status=500),
    # later, elsewhere, trouble
    "busy_seconds": _refuse(429, "Too many requests", "Retry-After: 7"),
    "busy_date": _say(
        lambda request: http(429, failure("Too many requests"), f"Retry-After: {_date_in(30)}", f"Date: {_date_in(0)}"),
        taken=False,
    ),
    "busy_garbled": _refuse(429, "Too many requests", "Retry-After: soon"),
    "busy_long": _refuse(429, "Too many requests", "Retry-After: 86400"),
    "busy_silent": _refuse(429, "Too many requests"),
    "unavailable": _answer(lambda request: failure("Service Unavailable"), status=503),
    "unavailable_later": _say(lambda request: http(503, _PAGE, "Retry-After: 5")),
    "unavailable_promised": _refuse(503, "Service Unavailable", "Retry-After: 5"),
    "crash": _answer(lambda request: failure("Cannot read properties of undefined (reading 'map')"), status=500),
    "bad_gateway": _say(lambda request: http(502, _PAGE)),
    "timeout_408": _answer(lambda request: failure("Request Timeout"), status=408),
    "conflict": _answer(lambda request: failure("Conflict"), status=409),
    "not_found": _say(lambda request: http(404, _PAGE)),
    "redirect": _say(lambda request: http(302, b"", "Location: http://127.0.0.1:9/elsewhere")),
}

BUSY, KEY_REFUSED = http(429, failure("Too many requests")), http(401, failure("Unauthorized"))
BAD, NO_BALANCE = http(400, failure("Something about the request")), http(200, failure("Insufficient balance"))
_SURPLUS: dict[str, bytes] = {
    "same": b"",
    "429": BUSY,
    "401": KEY_REFUSED,
    "400": BAD,
    "no_balance": NO_BALANCE,
    "bad_number": http(400, failure("Invalid mobile number")),
    "429_page": http(429, _PAGE),
    "garbage": b"\x00\x16GARBAGE\r\nHTTP/1.1",
    "blank_line": b"\r\n",
    "103": _interim(103),
    "408_close": http(408, b"", "Connection: close"),
}
# Answers that nobody asked for, at once and late, and answers behind interim ones.
SURPLUS: dict[str, Fault] = {
    **{f"then_{name}": _then(surplus) for name, surplus in _SURPLUS.items()},
    **{f"then_late_{name}": _then_late(surplus) for name, surplus in _SURPLUS.items()},
    "429_then_good": _two(BUSY),
    "429_then_good_late": _two(BUSY, pause=0.03),
    "401_then_good": _two(KEY_REFUSED),
    "400_then_good_late": _two(BAD, pause=0.03),
    "late_answer": Fault(_late_answer),
    "no_content_with_body": _say(lambda request: http(204, success(request.numbers))),
    "two_lengths": _say(lambda request: http(200, success(request.numbers), "Content-Length: 20", length=40)),
    "chunked_with_more": _say(lambda request: _chunked(success(request.numbers)) + BUSY),
}
INTERIM: dict[str, Fault] = {
    "interim_100": _say(lambda request: _interim(100) + _good(request)),
    "interim_102": _say(lambda request: _interim(102) + _good(request)),
    "interim_103": _say(lambda request: _interim(103) + _good(request)),
    "interim_many": _say(lambda request: _interim(100, 103, 102, 199, 102, 100) + _good(request)),
    "interim_429": _say(lambda request: _interim(102, 103) + BUSY, taken=False),
    "interim_only": Fault(lambda talk, request: talk.write(_interim(100, 102)) or talk.wait()),
    "interim_end": _say_and_close(lambda request: _interim(103)),
    "interim_endless": _say_and_close(lambda request: _interim(*[102] * 500) + _good(request)),
    "switching_101": _say(lambda request: _interim(101)),
}

_STATUSES_OF_PROXIES = (400, 401, 402, 403, 407, 422, 429, 503)
_FOREIGN_JSON = (
    {"message": "Forbidden"},
    {"error": "Too Many Requests"},
    {"error": "Forbidden", "message": "Forbidden resource", "statusCode": 403},
    {"error": {"code": 429, "message": "Quota exceeded", "status": "RESOURCE_EXHAUSTED"}},
    {"error": True, "message": "Limit", "request_id": "8f1c"},
    {"detail": "Request was throttled."},
    ["Unauthorized"],
    "Unauthorized",
    {},
)
# What a proxy or gateway writes in the provider's place, after the provider took the messages.
PROXIES: dict[str, Fault] = {
    **{f"page_{status}": _say(lambda _, s=status: http(s, _PAGE, "Retry-After: 1")) for status in _STATUSES_OF_PROXIES},
    **{f"empty_{status}": _say(lambda _, s=status: http(s, b"", "Retry-After: 1")) for status in _STATUSES_OF_PROXIES},
    **{
        f"foreign_{status}_{n}": _say(lambda _, s=status, b=body: http(s, b))
        for status in (400, 401, 403, 429)
        for n, body in enumerate(_FOREIGN_JSON)
    },
}
FAULTS |= SURPLUS | INTERIM | PROXIES


@dataclass
class Stub:
    """The stub provider. `latency` is seconds before each answer, `slow` those of the fault "slow".

    calls: call number → fault · upcoming: faults of the next calls, used up first · default: fault of all others ·
    keep_alive: whether a connection is kept after an answer, or each says that it closes and does.
    """

    port: int = 0
    truth: Path | None = None
    latency: float = 0.0
    calls: dict[int, str] = field(default_factory=dict)
    default: str = ""
    fsync: bool = False
    tls: ssl.SSLContext | None = None
    slow: float = 1.0
    keep_alive: bool = True
    keep: int = 10_000
    upcoming: deque[str] = field(default_factory=deque)
    seen: deque[Request] = field(default_factory=deque)
    taken: Counter[int] = field(default_factory=Counter)
    received: Counter[int] = field(default_factory=Counter)
    connections: int = 0
    count: int = 0

    def __enter__(self) -> Stub:
        self.stopping, self._lock = threading.Event(), threading.Lock()
        self._talks: set[socket.socket] = set()
        self._record = None
        if self.truth:
            self._record = os.open(self.truth, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._listener = socket.create_server(("127.0.0.1", self.port), backlog=256)
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopping.set()
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for sock in list(self._talks):
            with contextlib.suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        if self._record is not None:
            os.close(self._record)

    @property
    def url(self) -> str:
        """The base URL."""
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self.port}"

    @property
    def last(self) -> Request:
        """The last whole request."""
        return self.seen[-1]

    def next(self, *faults: str) -> None:
        """The faults of the next calls, in order."""
        self.upcoming.extend(faults)

    def _accept(self) -> None:
        while not self.stopping.is_set():
            try:
                sock, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(sock,), daemon=True).start()

    def _talk(self, sock: socket.socket) -> None:
        self._talks.add(sock)
        with contextlib.suppress(OSError), contextlib.closing(sock):
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._converse(Conversation(self.tls.wrap_socket(sock, server_side=True) if self.tls else sock, self))
        self._talks.discard(sock)

    def _converse(self, talk: Conversation) -> None:
        requests = talk.requests()
        while not self.tls and talk.first_byte():
            if self._peek() == "reset_while_sending":
                self._number("reset_while_sending")
                talk.reset()
                return
            if not self._one(talk, next(requests, None)):
                return
        while self.tls and self._one(talk, next(requests, None)):
            pass

    def _one(self, talk: Conversation, read: tuple[str, dict[str, str], bytes] | None) -> bool:
        if read is None:
            return False
        line, headers, body = read
        method, path, _ = line.split(" ", 2)
        if method == "HEAD":
            talk.write_surplus()
            talk.write(http(404, b"", "Connection: close", length=9))
            return False
        if method == "GET" or path == "/faults":
            talk.write(http(200, self._control(path, body)))
            return True
        request = self._received(path, headers, json.loads(body or b"{}"))
        talk.write_surplus()
        self.stopping.wait(self.latency)
        goes_on = FAULTS[request.fault].act(talk, request) is not False
        if goes_on and not self.keep_alive:
            talk.write_surplus()
        return goes_on and self.keep_alive

    def _control(self, path: str, body: bytes) -> object:
        if path == "/faults":
            wanted = json.loads(body)
            self.calls.update({int(call): fault for call, fault in wanted.get("calls", {}).items()})
            self.upcoming.extend(wanted.get("next", ()))
            self.default = wanted.get("default", self.default)
            self.latency = wanted.get("latency", self.latency)
        with self._lock:
            return {"calls": self.count, "taken": dict(self.taken), "received": dict(self.received)}

    def _peek(self) -> str:
        with self._lock:
            return self.upcoming[0] if self.upcoming else self.calls.get(self.count + 1, self.default)

    def _number(self, fault: str | None = None) -> tuple[int, str]:
        with self._lock:
            self.count += 1
            due = self.upcoming.popleft() if self.upcoming else self.calls.get(self.count, self.default)
            return self.count, fault or due

    def _received(self, path: str, headers: dict[str, str], body: dict) -> Request:
        call, fault = self._number()
        numbers = tuple(int(one) for one in str(body.get("to", "")).replace("+", "").split(",") if one.strip())
        request = Request(call, path, headers, body, numbers, fault)
        self._remember(request, FAULTS[fault].texted(numbers))
        return request

    def _remember(self, request: Request, taken: tuple[int, ...]) -> None:
        with self._lock:
            self.received.update(request.numbers)
            self.taken.update(taken)
            self.seen.append(request)
            while len(self.seen) > self.keep:
                self.seen.popleft()
            if self._record is not None:
                os.write(self._record, self._line(request, taken))
                if self.fsync:
                    os.fsync(self._record)

    def _line(self, request: Request, taken: tuple[int, ...]) -> bytes:
        known = {"call": request.call, "at": time.time(), "path": request.path, "to": request.numbers}
        return json.dumps(known | {"taken": taken, "fault": request.fault}).encode() + b"\n"


@dataclass(frozen=True)
class Truth:
    """A truth file counted: whole requests, how often each number was received and taken, and when (Unix seconds)."""

    calls: int
    received: Counter[int]
    taken: Counter[int]
    times: tuple[float, ...]

    @property
    def twice(self) -> dict[int, int]:
        """The numbers that would have been texted more than once."""
        return {number: times for number, times in self.taken.items() if times > 1}


def read_truth(path: Path) -> Truth:
    """Count a truth file; a last line that was being written when the stub was killed is not a whole request."""
    received, taken, times = Counter(), Counter(), []
    for line in path.read_bytes().splitlines(keepends=True):
        if line.endswith(b"\n"):
            request = json.loads(line)
            received.update(request["to"])
            taken.update(request["taken"])
            times.append(request["at"])
    return Truth(len(times), received, taken, tuple(times))


def _faults(written: str) -> dict[int, str]:
    pairs = (one.split(":") for one in written.split(",") if one)
    return {int(call): fault for call, fault in pairs}


def main() -> None:
    """Run the stub as a process until it is ended; it prints its address when it listens."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--port", type=int, default=0)
    asked.add_argument("--truth", type=Path)
    asked.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    asked.add_argument("--faults", type=_faults, default={}, help="call:fault,call:fault; see FAULTS")
    asked.add_argument("--default", default="", choices=FAULTS, help="the fault of every other call")
    asked.add_argument("--fsync", action="store_true", help="force the truth onto the disk before each answer")
    chosen = asked.parse_args()
    with Stub(chosen.port, chosen.truth, chosen.latency, chosen.faults, chosen.default, chosen.fsync) as stub:
        print(stub.url, flush=True)
        threading.Event().wait()


if __name__ == "__main__":
    main()
