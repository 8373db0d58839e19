"""Whose answer it is: surplus, late and interim answers, answers of proxies, and refusals that are believed or not."""

from __future__ import annotations

import contextlib
import json
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from smscore.config import Secret
from smscore.messages import Content, Kind, Message, Route
from smscore.provider import CASES, Answer, Effect, Fate, Provider, ProviderConfig, Verdict
from tests.stub_provider import FAULTS, INTERIM, PROXIES, SURPLUS, Stub, failure, http, success

TEXT = "Namaste, your table is ready"
MESSAGE = Message(Kind.TEXT, "ABCDEF", Route.TRANS, TEXT)
TLS = Path(__file__).parent / "data" / "tls"
FIRST, SECOND = (919876543210, 919876543211, 919876543212), (919876543310, 919876543311, 919876543312)
ACCEPTED, REFUSED, QUEUED, UNKNOWN = Fate.ACCEPTED, Fate.REFUSED, Fate.QUEUED, Fate.UNKNOWN
HONEST = {
    # an honest refusal of the stub: code, fate of the numbers of a call of three
    "busy_silent": ("rate_limited", QUEUED),
    "unauthorised": ("key_refused", QUEUED),
    "forbidden": ("key_refused", QUEUED),
    "key_in_words": ("key_refused", QUEUED),
    "key_in_words_200": ("key_refused", QUEUED),
    "no_balance": ("no_balance", QUEUED),
    "no_balance_200": ("no_balance", QUEUED),
    "bad_template": ("template_refused", QUEUED),
    "bad_sender": ("sender_refused", QUEUED),
    "bad_request": ("whole_refused", REFUSED),
    "unprocessable": ("whole_refused", REFUSED),
    "interim_429": ("rate_limited", QUEUED),
}


def secure() -> ssl.SSLContext:
    """The server's side of TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / "loopback.pem")
    return context


@pytest.fixture(params=["plain", "tls"])
def stub(request: pytest.FixtureRequest) -> Iterator[Stub]:
    """A provider on loopback, over TCP and over TLS."""
    with Stub(tls=secure() if request.param == "tls" else None) as running:
        yield running


def client(url: str, **changes: object) -> Provider:
    """A client of the provider at `url`."""
    wanted = {"deadline": 2.0, "connect_timeout": 0.5, "ca_file": str(TLS / "authority.pem")} | changes
    return Provider(ProviderConfig(url, Secret("canary-KEY-7f3a"), **wanted))


def send(provider: Provider, numbers: tuple[int, ...] = FIRST) -> Answer:
    """One call to these numbers."""
    return provider.send(MESSAGE, Content(TEXT, ()), numbers)


def fates(answer: Answer, numbers: tuple[int, ...]) -> set[Fate]:
    """The fates of the numbers of a call."""
    return set(answer.fates(numbers).values())


# ---------------------------------------------------------------- answers that nobody asked for


@pytest.mark.parametrize("size", [1, 3])
@pytest.mark.parametrize("keep_alive", [True, False], ids=["kept", "closed"])
@pytest.mark.parametrize("fault", [fault for fault in SURPLUS if fault != "late_answer"])
def test_a_surplus_answer_offers_nobody_again_who_was_texted(stub, fault, keep_alive, size):
    stub.keep_alive = keep_alive
    stub.next("", fault)
    provider = client(stub.url)
    calls = [tuple(number + 10 * n for number in FIRST[:size]) for n in range(5)]
    answers = [send(provider, numbers) for numbers in calls]
    for numbers, answer in zip(calls, answers, strict=True):
        for number, fate in answer.fates(numbers).items():
            assert stub.taken[number] == 1
            assert fate in (ACCEPTED, UNKNOWN), (fault, answer)
    doubtful = [answer for answer in answers if answer.code]
    assert len(doubtful) <= 1, "one call pays for a fault; the calls behind it do not"
    assert not answers[0].code and not answers[-1].code


@pytest.mark.parametrize("fault", ["then_late_429", "then_late_401", "then_late_no_balance", "then_late_400"])
def test_a_late_refusal_keeps_its_effect_and_says_that_it_is_not_proven(stub, fault):
    stub.next(fault)
    provider = client(stub.url)
    assert send(provider).code == ""
    answer = send(provider, SECOND)
    assert (answer.code, answer.verdict, fates(answer, SECOND)) == ("unproven_refusal", Verdict.UNKNOWN, {UNKNOWN})
    assert answer.effect is (Effect.SLOW_DOWN if fault == "then_late_429" else answer.effect)
    assert answer.effect is not Effect.GO_ON


def test_after_a_surplus_answer_every_call_has_a_connection_of_its_own(stub):
    provider = client(stub.url)
    stub.next("then_429")
    for _ in range(3):
        assert send(provider).code == ""
    assert stub.connections == 3
    stub.next("busy_silent")
    assert fates(send(provider), FIRST) == {QUEUED}, "the first answer of a connection is believed"


def test_an_answer_to_an_earlier_request_after_its_timeout_reaches_nobody(stub):
    stub.next("", "late_answer")
    provider = client(stub.url, deadline=0.4)
    codes = [send(provider, (number,)).code for number in (*FIRST, *SECOND)]
    assert codes == ["", "no_answer", "", "", "", ""]
    assert set(stub.taken.values()) == {1}


def test_an_answer_that_came_before_is_no_proof_for_the_same_number(stub):
    stub.next("then_late_same", "bad_request")
    provider = client(stub.url)
    first = send(provider, FIRST[:1])
    again = send(provider, FIRST[:1])
    assert first.ids and not again.ids, "the second call was refused, whatever the first one's answer says twice"
    assert (again.code, fates(again, FIRST[:1])) == ("repeated_answer", {UNKNOWN})


def test_ids_are_believed_on_a_connection_that_held_more(stub):
    stub.next("then_400")
    assert fates(send(client(stub.url)), FIRST) == {ACCEPTED}


# ---------------------------------------------------------------- refusals of an honest provider


@pytest.mark.parametrize("fault", HONEST)
def test_an_honest_refusal_is_believed_on_a_kept_connection(stub, fault):
    provider = client(stub.url)
    assert send(provider).code == ""
    stub.next(fault)
    answer = send(provider, SECOND)
    assert (answer.code, fates(answer, SECOND)) == (HONEST[fault][0], {HONEST[fault][1]})
    assert (answer.effect, answer.verdict) == (CASES[answer.code].effect, CASES[answer.code].verdict)
    assert stub.connections == 1 and not stub.taken[SECOND[0]]
    assert send(provider, SECOND).code == ""


@pytest.mark.parametrize("fault", HONEST)
def test_an_honest_refusal_is_believed_where_connections_are_not_kept(stub, fault):
    stub.keep_alive = False
    provider = client(stub.url)
    stub.next("", fault)
    assert send(provider).code == ""
    answer = send(provider, SECOND)
    assert (answer.code, fates(answer, SECOND)) == (HONEST[fault][0], {HONEST[fault][1]})


def test_a_refusal_that_ends_a_kept_connection_is_unknown_once_and_then_believed(stub):
    closing = http(429, failure("Too many requests"), "Connection: close")
    provider = client(stub.url)
    with fault_of_the_moment(closing):
        stub.next("", "of the moment", "of the moment")
        assert send(provider).code == ""
        once = send(provider, SECOND)
        assert (once.code, fates(once, SECOND), once.effect) == ("unproven_refusal", {UNKNOWN}, Effect.SLOW_DOWN)
        assert fates(send(provider, SECOND), SECOND) == {QUEUED}


@contextlib.contextmanager
def fault_of_the_moment(answer: bytes) -> Iterator[None]:
    """A fault that a test needs alone: this answer, then the connection is closed, and nobody is texted."""
    FAULTS["of the moment"] = type(FAULTS[""])(lambda talk, _: talk.write(answer) or False, taken=False)
    yield
    del FAULTS["of the moment"]


def test_the_proof_takes_one_question_without_the_key_and_no_other_call():
    seen: list[bytes] = []
    with server(lambda sock, head: sock.sendall(_honest(sock, head, seen))) as url:
        assert fates(send(client(url, deadline=0.5)), FIRST) == {QUEUED}
    posts, asked = [head for head in seen if head.startswith(b"POST")], [h for h in seen if h.startswith(b"HEAD")]
    assert (len(posts), len(asked)) == (1, 1)
    assert b"canary" not in asked[0] and b"Host: 127.0.0.1" in asked[0] and b"Connection: close" in asked[0]


def _honest(sock: socket.socket, head: bytes, seen: list[bytes]) -> bytes:
    seen.append(head)
    return http(404, b"", length=9) if head.startswith(b"HEAD") else http(429, failure("Too many requests"))


def test_a_server_that_does_not_answer_the_question_delays_a_call_no_longer_than_its_deadline():
    answers = iter([http(200, success(FIRST)), http(429, failure("Busy"))])

    def act(sock: socket.socket, head: bytes) -> None:
        if head.startswith(b"POST"):
            sock.sendall(next(answers))

    with server(act) as url:
        provider = client(url, deadline=0.8)
        assert send(provider).code == ""
        begun = time.monotonic()
        assert send(provider, SECOND).code == "unproven_refusal"
        assert time.monotonic() - begun < 1.2


def test_a_server_that_speaks_first_is_not_spoken_to():
    received = []
    with server(lambda sock, head: received.append(head), greeting=http(429, failure("Busy"))) as url:
        answers = [send(client(url, deadline=0.3)) for _ in range(5)]
    assert {answer.code for answer in answers} <= {"spoke_first", "unproven_refusal"}
    for answer in answers:
        assert (answer.code == "spoke_first") == (fates(answer, FIRST) == {QUEUED})
    posts = [head for head in received if head.startswith(b"POST")]
    assert len(posts) == len([answer for answer in answers if answer.code != "spoke_first"])


@contextlib.contextmanager
def server(act, greeting: bytes = b"") -> Iterator[str]:
    """A server of one answer a request: `act(socket, head)`; it may greet before it was asked."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def talk(sock: socket.socket) -> None:
            with contextlib.suppress(OSError), sock:
                if greeting:
                    sock.sendall(greeting)
                while head := _read_request(sock):
                    act(sock, head)

        def accept() -> None:
            with contextlib.suppress(OSError):
                while True:
                    threading.Thread(target=talk, args=(listener.accept()[0],), daemon=True).start()

        threading.Thread(target=accept, daemon=True).start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        listener.shutdown(socket.SHUT_RDWR)


def _read_request(sock: socket.socket) -> bytes:
    seen = b""
    while b"\r\n\r\n" not in seen:
        if not (piece := sock.recv(65536)):
            return b""
        seen += piece
    head, _, body = seen.partition(b"\r\n\r\n")
    length = int(next((line.split(b":")[1] for line in head.split(b"\r\n") if line.startswith(b"Content-Length")), 0))
    while len(body) < length:
        body += sock.recv(65536)
    return head


# ---------------------------------------------------------------- interim answers


@pytest.mark.parametrize("keep_alive", [True, False], ids=["kept", "closed"])
@pytest.mark.parametrize("fault", [fault for fault in INTERIM if fault not in ("interim_only", "interim_429")])
def test_interim_answers_are_passed_over(stub, fault, keep_alive):
    stub.keep_alive = keep_alive
    stub.next("", fault)
    provider = client(stub.url)
    calls = [(number,) for number in (*FIRST, *SECOND)]
    answers = [send(provider, numbers) for numbers in calls]
    good = fault in ("interim_100", "interim_102", "interim_103", "interim_many")
    assert [answer.code for answer in answers] == ["", "" if good else "broken_off", "", "", "", ""]
    assert set(stub.taken.values()) == {1}


def test_an_interim_answer_and_then_silence_is_unknown_at_the_deadline(stub):
    stub.next("interim_only")
    begun = time.monotonic()
    answer = send(client(stub.url, deadline=0.5))
    assert (answer.code, fates(answer, FIRST)) == ("no_answer", {UNKNOWN})
    assert time.monotonic() - begun < 1.2


# ---------------------------------------------------------------- answers in the provider's place


@pytest.mark.parametrize("fault", PROXIES)
def test_what_is_not_the_provider_s_own_json_refuses_nobody(fault):
    with Stub() as stub:
        stub.next(fault)
        answer = send(client(stub.url))
        assert (answer.verdict, fates(answer, FIRST)) == (Verdict.UNKNOWN, {UNKNOWN})
        assert answer.effect is not Effect.GO_ON
        assert stub.taken == dict.fromkeys(FIRST, 1)
        if "429" in fault:
            assert (answer.code, answer.effect) == ("foreign_busy", Effect.SLOW_DOWN)


@pytest.mark.parametrize(
    "error",
    [
        {"error": True, "message": "Unauthorized"},
        {"error": {"code": "E17", "message": "Key"}, "message": ""},
        {"id": "", "data": [], "totalCount": 0, "message": "Unauthorized", "error": "Unauthorized"},
    ],
)
def test_the_provider_s_own_errors_are_told_from_others(error):
    written = http(401, json.dumps(error).encode(), "Connection: close")
    with server(lambda sock, head: sock.sendall(written) or sock.shutdown(socket.SHUT_RDWR)) as url:
        assert send(client(url)).code == "key_refused"
