"""The provider client against a provider that keeps the truth: every ending, every shape, one deadline, no leak."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import subprocess
import sys
import threading
import time
import traceback
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smscore.config import Secret
from smscore.errors import SENTENCES, ProviderError, explain
from smscore.messages import Content, Kind, Message, Route, Slot, WhatsApp
from smscore.provider import (
    CASES,
    Effect,
    Fate,
    Provider,
    ProviderConfig,
    Question,
    Reply,
    Verdict,
    body,
    mask_number,
    read_answer,
)
from smscore.provider.envelope import NotUnderstood, open_envelope
from tests.examples import examples
from tests.server import free_port
from tests.stub_provider import FAULTS, INTERIM, PROXIES, SURPLUS, Stub, read_truth, success

KEY = "canary-KEY-7f3a"
TEXT = "Namaste, your table is ready"
NUMBERS = (919876543210, 919876543211, 919876543212)
TLS = Path(__file__).parent / "data" / "tls"
MESSAGE = Message(Kind.TEXT, "ABCDEF", Route.TRANS, TEXT)
ACCEPTED, REFUSED, QUEUED, UNKNOWN = Fate.ACCEPTED, Fate.REFUSED, Fate.QUEUED, Fate.UNKNOWN


@pytest.fixture
def stub():
    with Stub() as running:
        yield running


def provider(url: str, **changes: object) -> Provider:
    return Provider(ProviderConfig(url, Secret(KEY), **{"deadline": 2.0, "connect_timeout": 0.3} | changes))


def send(url: str, numbers=NUMBERS, **changes: object):
    return provider(url, **changes).send(MESSAGE, Content(TEXT, ()), numbers)


# ---------------------------------------------------------------- every ending

ENDINGS = [
    # row of the table, fault, code, fate of the three recipients
    ("3", "reset_while_sending", "broken_off", (UNKNOWN,) * 3),
    ("4", "close_after", "broken_off", (UNKNOWN,) * 3),
    ("4", "reset_after", "broken_off", (UNKNOWN,) * 3),
    ("5", "status_cut", "broken_off", (UNKNOWN,) * 3),
    ("5", "headers_cut", "not_understood", (UNKNOWN,) * 3),
    ("5", "body_short", "cut_answer", (UNKNOWN,) * 3),
    ("5", "body_reset", "cut_answer", (UNKNOWN,) * 3),
    ("5", "chunk_cut", "cut_answer", (UNKNOWN,) * 3),
    ("5", "empty", "not_understood", (UNKNOWN,) * 3),
    ("5", "page", "not_understood", (UNKNOWN,) * 3),
    ("5", "nan", "not_understood", (UNKNOWN,) * 3),
    ("5", "deep", "not_understood", (UNKNOWN,) * 3),
    ("5", "name_twice", "not_understood", (UNKNOWN,) * 3),
    ("5", "too_long", "too_long_answer", (UNKNOWN,) * 3),
    ("5", "gzip", "not_understood", (UNKNOWN,) * 3),
    ("5", "not_utf8", "not_understood", (UNKNOWN,) * 3),
    ("5", "other_shape", "not_understood", (UNKNOWN,) * 3),
    ("5", "list", "not_understood", (UNKNOWN,) * 3),
    ("7", "key_in_words_200", "key_refused", (QUEUED,) * 3),
    ("7", "no_balance_200", "no_balance", (QUEUED,) * 3),
    ("7", "no_balance_object", "no_balance", (QUEUED,) * 3),
    ("7", "bad_template", "template_refused", (QUEUED,) * 3),
    ("7", "bad_sender", "sender_refused", (QUEUED,) * 3),
    ("8", "unknown_error", "unknown_error", (UNKNOWN,) * 3),
    ("8", "unknown_error_text", "unknown_error", (UNKNOWN,) * 3),
    ("9", "some_refused", "some_refused", (REFUSED, ACCEPTED, ACCEPTED)),
    ("10", "one_missing", "many_missing", (ACCEPTED, ACCEPTED, UNKNOWN)),
    ("10", "one_missing_total", "many_missing", (ACCEPTED, ACCEPTED, UNKNOWN)),
    ("10", "nobody", "many_missing", (UNKNOWN,) * 3),
    ("11", "strangers", "strangers", (ACCEPTED,) * 3),
    ("11", "others", "strangers", (UNKNOWN,) * 3),
    ("11", "named_twice", "wrong_count", (ACCEPTED,) * 3),
    ("12", "wrong_total", "wrong_count", (ACCEPTED,) * 3),
    ("13", "same_id", "same_id", (ACCEPTED,) * 3),
    ("14", "ids_only", "no_numbers", (UNKNOWN,) * 3),
    ("9", "ids_and_error", "contradiction", (ACCEPTED, ACCEPTED, UNKNOWN)),
    ("9", "ids_and_500", "contradiction", (ACCEPTED,) * 3),
    ("16", "bad_request", "whole_refused", (REFUSED,) * 3),
    ("16", "unprocessable", "whole_refused", (REFUSED,) * 3),
    ("16", "bad_number", "whole_refused", (REFUSED,) * 3),
    ("16", "numbers_named", "some_numbers_refused", (REFUSED, QUEUED, QUEUED)),
    ("5", "bad_request_page", "not_understood", (UNKNOWN,) * 3),
    ("17", "key_in_words", "key_refused", (QUEUED,) * 3),
    ("17", "unauthorised", "key_refused", (QUEUED,) * 3),
    ("17", "forbidden", "key_refused", (QUEUED,) * 3),
    ("18", "no_balance", "no_balance", (QUEUED,) * 3),
    ("19", "busy_seconds", "rate_limited", (QUEUED,) * 3),
    ("19", "busy_date", "rate_limited", (QUEUED,) * 3),
    ("19", "busy_garbled", "rate_limited", (QUEUED,) * 3),
    ("20", "busy_silent", "rate_limited", (QUEUED,) * 3),
    ("21", "unavailable_later", "server_error", (UNKNOWN,) * 3),
    ("22", "unavailable", "server_error", (UNKNOWN,) * 3),
    ("22", "unavailable_promised", "server_error", (UNKNOWN,) * 3),
    ("22", "crash", "server_error", (UNKNOWN,) * 3),
    ("22", "bad_gateway", "server_error", (UNKNOWN,) * 3),
    ("22", "timeout_408", "server_error", (UNKNOWN,) * 3),
    ("22", "conflict", "server_error", (UNKNOWN,) * 3),
    ("22", "not_found", "server_error", (UNKNOWN,) * 3),
    ("22", "redirect", "moved", (UNKNOWN,) * 3),
    ("", "plus_and_spaces", "", (ACCEPTED,) * 3),
    ("", "close_idle", "", (ACCEPTED,) * 3),
    ("", "", "", (ACCEPTED,) * 3),
]


@pytest.mark.parametrize(
    ("row", "fault", "code", "fates"), ENDINGS, ids=[f"{row}-{fault}" for row, fault, *_ in ENDINGS]
)
def test_an_ending_gives_every_recipient_the_fate_of_the_table(stub, row, fault, code, fates):
    stub.next(fault)
    answer = send(stub.url)
    assert (answer.code, tuple(answer.fates(NUMBERS).values())) == (code, fates)
    assert (answer.effect, answer.pause_after) == (CASES[code].effect, CASES[code].after)
    assert stub.count == 1, "one call, whatever happens"
    for number, fate in answer.fates(NUMBERS).items():
        if fate in (QUEUED, REFUSED):
            assert stub.taken[number] == 0
        if fate is ACCEPTED:
            assert stub.taken[number] == 1


def test_every_fault_of_the_stub_is_tried():
    tried = {fault for _, fault, *_ in ENDINGS}
    elsewhere = {"no_answer", "drip_headers", "drip_body", "slow", "busy_long"}
    assert set(FAULTS) - {*SURPLUS, *INTERIM, *PROXIES} == tried | elsewhere


def test_every_case_has_a_sentence_and_the_verdict_of_its_fate():
    for code, case in CASES.items():
        assert code == "" or explain(code).sentence == SENTENCES[code][0].format(note="…")
        if case.rest is QUEUED:
            assert case.verdict in (Verdict.NOT_SENT, Verdict.REFUSED)
        if case.verdict is Verdict.UNKNOWN:
            assert case.rest is UNKNOWN


@pytest.mark.parametrize("fault", ["no_answer", "drip_headers", "drip_body"])
def test_one_deadline_ends_silence_and_dripping(stub, fault):
    stub.next(fault)
    begun = time.monotonic()
    answer = send(stub.url, deadline=0.6)
    assert 0.5 < time.monotonic() - begun < 1.2
    assert (answer.code, answer.verdict) == ("no_answer", Verdict.UNKNOWN)
    assert set(answer.fates(NUMBERS).values()) == {UNKNOWN}
    assert stub.taken[NUMBERS[0]] == 1


def test_a_slow_answer_within_the_deadline_is_read(stub):
    stub.slow = 0.3
    stub.next("slow")
    assert send(stub.url).code == ""


def test_more_than_one_in_a_hundred_missing_pauses_and_less_does_not(stub):
    many = tuple(919800000000 + n for n in range(200))
    stub.next("one_missing")
    answer = send(stub.url, many)
    assert (answer.code, answer.effect, len(answer.ids)) == ("few_missing", Effect.GO_ON, 199)
    assert answer.fates(many)[many[-1]] is UNKNOWN
    stub.next("one_missing")
    assert send(stub.url, many[:99]).effect is Effect.PAUSE


@pytest.mark.parametrize(
    ("fault", "wait"),
    [("busy_seconds", 7), ("busy_date", 30), ("busy_garbled", 60), ("busy_long", 900), ("busy_silent", None)],
)
def test_the_wait_asked_for_is_read_in_every_form(stub, fault, wait):
    stub.next(fault)
    answer = send(stub.url)
    assert (answer.retry_after, answer.effect) == (pytest.approx(wait, abs=1) if wait else None, Effect.SLOW_DOWN)


def test_ids_without_numbers_are_believed_only_for_one_recipient(stub):
    stub.next("ids_only", "ids_only")
    assert list(send(stub.url, NUMBERS[:1]).ids) == [NUMBERS[0]]
    assert not send(stub.url).ids


def test_a_busy_server_may_have_taken_the_call(stub):
    stub.next("unavailable_promised", "unavailable_later")
    for answer in (send(stub.url), send(stub.url)):
        assert (answer.code, answer.rest) == ("server_error", UNKNOWN)


def test_a_number_refused_alone_does_not_stop_the_others(stub):
    stub.next("bad_number")
    answer = send(stub.url, NUMBERS[:1])
    assert (answer.code, answer.effect) == ("number_refused", Effect.GO_ON)
    assert answer.refused == {NUMBERS[0]: "Invalid mobile number"}


def test_ids_shared_by_recipients_are_marked(stub):
    stub.next("same_id", "named_twice")
    assert send(stub.url).ambiguous == frozenset(NUMBERS)
    assert send(stub.url).ambiguous == {NUMBERS[0]}


# ---------------------------------------------------------------- proof that nothing left


def test_a_refused_connection_is_proof_that_nothing_left():
    answer = send(f"http://127.0.0.1:{free_port()}")
    assert (answer.code, answer.verdict, answer.rest, answer.pause_after) == (
        "unreachable",
        Verdict.NOT_SENT,
        QUEUED,
        10,
    )


def test_a_name_that_is_not_found_is_proof_that_nothing_left():
    answer = send("https://no-such-provider.invalid")
    assert (answer.code, answer.verdict) == ("unreachable", Verdict.NOT_SENT)


def test_a_connection_that_is_never_taken_is_proof_that_nothing_left():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen(0)
        fillers = [socket.socket() for _ in range(4)]
        for filler in fillers:
            filler.setblocking(False)
            filler.connect_ex(listener.getsockname())
        answer = send(f"http://127.0.0.1:{listener.getsockname()[1]}", connect_timeout=0.3)
        for filler in fillers:
            filler.close()
    assert (answer.code, answer.verdict) == ("unreachable", Verdict.NOT_SENT)


def test_a_stalled_tls_handshake_is_proof_that_nothing_left():
    with socket.create_server(("127.0.0.1", 0)) as silent:
        begun = time.monotonic()
        answer = send(f"https://127.0.0.1:{silent.getsockname()[1]}", connect_timeout=0.4)
    assert (answer.code, answer.verdict) == ("unreachable", Verdict.NOT_SENT)
    assert time.monotonic() - begun < 1.5


def test_a_tls_handshake_that_fails_is_proof_that_nothing_left(stub):
    answer = send(stub.url.replace("http:", "https:"))
    assert (answer.code, answer.verdict, stub.received.total()) == ("unreachable", Verdict.NOT_SENT, 0)


def secure_stub(certificate: str) -> Stub:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(TLS / certificate)
    return Stub(tls=context)


@pytest.mark.parametrize(
    ("certificate", "trusted"), [("loopback.pem", False), ("elsewhere.pem", True)], ids=["unknown-signer", "other-host"]
)
def test_a_certificate_that_is_not_valid_stops_everything(certificate, trusted):
    with secure_stub(certificate) as stub:
        answer = send(stub.url, ca_file=str(TLS / "authority.pem") if trusted else "")
        assert (answer.code, answer.effect, answer.rest) == ("bad_certificate", Effect.PAUSE, QUEUED)
        assert stub.received.total() == 0


def test_a_valid_certificate_lets_the_message_through():
    with secure_stub("loopback.pem") as stub:
        assert send(stub.url, ca_file=str(TLS / "authority.pem")).code == ""
        assert stub.taken == dict.fromkeys(NUMBERS, 1)


def test_a_deadline_over_tls_covers_dripping():
    with secure_stub("loopback.pem") as stub:
        stub.next("drip_body")
        begun = time.monotonic()
        assert send(stub.url, ca_file=str(TLS / "authority.pem"), deadline=0.6).code == "no_answer"
        assert time.monotonic() - begun < 1.2


@pytest.mark.parametrize("host", ["0.0.0.0", "127.1"])
def test_a_name_that_leads_into_a_private_network_gets_nothing(host):
    with secure_stub("loopback.pem") as stub:
        answer = send(f"https://{host}:{stub.port}", ca_file=str(TLS / "authority.pem"))
        assert answer.code in ("private_address", "bad_certificate")
        assert (answer.verdict, answer.effect, stub.received.total()) == (Verdict.NOT_SENT, Effect.PAUSE, 0)


def test_an_address_that_is_not_this_computer_s_is_told_from_loopback():
    with secure_stub("loopback.pem") as stub:
        assert send(f"https://0.0.0.0:{stub.port}", ca_file=str(TLS / "authority.pem")).code == "private_address"


@pytest.mark.parametrize(
    "url",
    [
        "http://api.example.com",
        "https://user:secret@api.example.com",
        "https://api.example.com?key=1",
        "https://api.example.com/#x",
        "ftp://127.0.0.1",
        "https://",
        "https://[::1",
        "https://api.example.com:99999",
        "api.example.com",
    ],
)
def test_an_address_that_could_leak_the_key_is_refused(url):
    with pytest.raises(ProviderError) as refused:
        ProviderConfig(url, Secret(KEY))
    assert refused.value.code == "bad_base_url"


@pytest.mark.parametrize("key", ["", "two words", "line\nbreak", "ключ"])
def test_a_key_that_no_header_can_carry_is_refused_without_showing_it(key):
    with pytest.raises(ProviderError) as refused:
        ProviderConfig("https://api.example.com", Secret(key))
    assert refused.value.code == "bad_api_key"
    assert not key or key not in str(refused.value)


# ---------------------------------------------------------------- connections


def test_a_connection_is_kept_and_each_thread_has_its_own(stub):
    shared = provider(stub.url)
    for _ in range(3):
        assert shared.send(MESSAGE, Content(TEXT, ()), NUMBERS).code == ""
    assert stub.connections == 1
    threads = [threading.Thread(target=shared.send, args=(MESSAGE, Content(TEXT, ()), NUMBERS)) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (stub.connections, stub.count) == (4, 6)


def test_a_connection_that_lay_idle_is_not_used_again(stub):
    shared = provider(stub.url, idle=0.05)
    shared.send(MESSAGE, Content(TEXT, ()), NUMBERS)
    time.sleep(0.1)
    assert shared.send(MESSAGE, Content(TEXT, ()), NUMBERS).code == ""
    assert stub.connections == 2


def test_a_connection_closed_by_the_server_leads_to_one_send(stub):
    stub.next("close_idle")
    shared = provider(stub.url)
    assert shared.send(MESSAGE, Content(TEXT, ()), NUMBERS).code == ""
    time.sleep(0.1)
    assert shared.send(MESSAGE, Content(TEXT, ()), NUMBERS).code == ""
    assert (stub.count, stub.taken[NUMBERS[0]]) == (2, 2)


def test_a_kept_connection_reset_under_a_request_is_unknown_and_not_sent_again(stub):
    shared = provider(stub.url)
    shared.send(MESSAGE, Content(TEXT, ()), NUMBERS[:1])
    stub.next("reset_after")
    answer = shared.send(MESSAGE, Content(TEXT, ()), NUMBERS[1:2])
    assert (answer.verdict, answer.rest) == (Verdict.UNKNOWN, UNKNOWN)
    assert (stub.count, stub.connections, stub.taken[NUMBERS[1]]) == (2, 1, 1)


def test_after_a_fault_the_next_call_is_clean(stub):
    shared = provider(stub.url)
    for fault in ("body_short", "too_long", "chunk_cut", "body_reset", "redirect", "empty"):
        stub.next(fault, "")
        shared.send(MESSAGE, Content(TEXT, ()), NUMBERS)
        assert shared.send(MESSAGE, Content(TEXT, ()), NUMBERS).code == "", fault


def test_the_environment_s_proxy_is_not_used(stub, monkeypatch):
    with Stub() as proxy:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        assert send(stub.url).code == ""
        assert (proxy.connections, stub.count) == (0, 1)


def test_no_password_is_picked_up_from_this_computer(stub, monkeypatch, tmp_path):
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    assert send(stub.url).code == ""
    assert "authorization" not in stub.last.headers


def test_a_redirect_gets_neither_key_nor_message(stub):
    with Stub() as elsewhere:
        stub.next("redirect")
        assert send(stub.url).effect is Effect.PAUSE
        assert elsewhere.connections == 0
    assert "cookie" not in stub.last.headers


# ---------------------------------------------------------------- requests


def filled(kind: Kind, **fields: object) -> Message:
    return Message(kind, **{"sender": "ABCDEF", "text": "Hello World!"} | fields)


WHATSAPP = "+919812345678"
SHAPED = [
    # the calls of the provider's page, in its order: message, values, path, the request seen on the wire
    (filled(Kind.TEXT), (), "/v1/sms", {"text": "Hello World!", "type": "TRANS"}),
    (filled(Kind.TEXT, route=Route.PROMO), (), "/v1/sms", {"text": "Hello World!", "type": "PROMO"}),
    (filled(Kind.OTP), (), "/v1/sms", {"text": "Hello World!", "type": "OTP"}),
    (filled(Kind.TEXT, text="नमस्ते"), (), "/v1/sms", {"text": "नमस्ते", "type": "TRANS", "unicode": 1}),
    (filled(Kind.FLASH), (), "/v1/sms", {"text": "Hello World!", "type": "TRANS", "flash": 1}),
    (filled(Kind.FLASH, text="ठीक"), (), "/v1/sms", {"text": "ठीक", "type": "TRANS", "unicode": 1, "flash": 1}),
    (
        filled(Kind.TEMPLATE, template_id="1507165650000000001"),
        (),
        "/v1/sms",
        {"text": "Hello World!", "type": "TRANS", "templateId": "1507165650000000001"},
    ),
    (
        filled(Kind.VARIABLES, template_id="1507165650000000001", slots=(Slot("custom", "{a}"), Slot("custom", "{b}"))),
        ("var1", "var2"),
        "/v1/sms/template",
        {"templateId": "1507165650000000001", "custom": ["var1", "var2"], "type": "TRANS"},
    ),
    (
        filled(Kind.VARIABLES, template_id="1507165650000000001"),
        (),
        "/v1/sms/template",
        {"templateId": "1507165650000000001", "custom": [], "type": "TRANS"},
    ),
]


@pytest.mark.parametrize(("message", "values", "path", "expected"), SHAPED)
def test_each_call_of_the_page_goes_out_as_the_page_has_it(stub, message, values, path, expected):
    answer = provider(stub.url).send(message, Content(message.text, values), NUMBERS[:1])
    assert answer.code == ""
    assert (stub.last.path, stub.last.body) == (path, {"sender": "ABCDEF", "to": "919876543210"} | expected)


def test_bulk_joins_numbers_by_commas_alone(stub):
    send(stub.url)
    assert stub.last.body["to"] == "919876543210,919876543211,919876543212"


def test_headers_carry_the_key_and_ask_for_a_plain_answer(stub):
    send(stub.url)
    seen = stub.last.headers
    assert (seen["apikey"], seen["content-type"], seen["accept-encoding"]) == (KEY, "application/json", "identity")


def whatsapp(kind: Kind, slots: tuple[Slot, ...] = (), text: str = "", **fields: str) -> Message:
    return Message(kind, WHATSAPP, text=text, slots=slots, whatsapp=WhatsApp(**fields))


TEMPLATE, SESSION = Kind.WHATSAPP_TEMPLATE, Kind.WHATSAPP_SESSION
SHAPED_WHATSAPP = [
    (
        whatsapp(TEMPLATE, (Slot("body", "{a}"), Slot("body", "{b}")), template_name="order_1", campaign_name="May"),
        ("A", "B"),
        {
            "campaignName": "May",
            "templateName": "order_1",
            "type": "template",
            "components": {"body": {"params": ["A", "B"]}},
        },
    ),
    (
        whatsapp(
            TEMPLATE,
            (Slot("header", "{x}"), Slot("body", "{a}"), Slot("button", "{u}")),
            template_name="order_2",
            header_type="document",
            filename="bill.pdf",
        ),
        ("https://example.com/b.pdf", "A", "u/1"),
        {
            "templateName": "order_2",
            "type": "template",
            "components": {
                "body": {"params": ["A"]},
                "header": {
                    "type": "document",
                    "document": {"link": "https://example.com/b.pdf", "filename": "bill.pdf"},
                },
                "buttons": {"params": ["u/1"]},
            },
        },
    ),
    (
        whatsapp(TEMPLATE, (Slot("header", "{x}"),), template_name="plain", header_type="text"),
        ("Big news",),
        {"templateName": "plain", "type": "template", "components": {"header": {"type": "text", "text": "Big news"}}},
    ),
    (
        whatsapp(TEMPLATE, (Slot("body", "{code}"),), template_name="otp", language="en"),
        ("482913",),
        {"templateName": "otp", "type": "template", "language": {"code": "en"}, "otp": "482913"},
    ),
    (
        whatsapp(SESSION, text="Hi"),
        (),
        {"recipient_type": "individual", "type": "text", "text": {"body": "Hi"}},
    ),
    (
        whatsapp(SESSION, (Slot("link", "l"), Slot("caption", "c")), session_type="image"),
        ("https://example.com/i.png", "Look"),
        {
            "recipient_type": "individual",
            "type": "image",
            "image": {"link": "https://example.com/i.png", "caption": "Look"},
        },
    ),
    (
        whatsapp(SESSION, (Slot("button", "Yes"), Slot("button", "No")), text="Coming?", session_type="interactive"),
        ("Yes", "No"),
        {
            "recipient_type": "individual",
            "type": "interactive",
            "interactive": {
                "type": "button",
                "body": {"text": "Coming?"},
                "action": {
                    "buttons": [
                        {"type": "reply", "reply": {"id": "reply-1", "title": "Yes"}},
                        {"type": "reply", "reply": {"id": "reply-2", "title": "No"}},
                    ]
                },
            },
        },
    ),
]


@pytest.mark.parametrize(("message", "values", "expected"), SHAPED_WHATSAPP)
def test_each_whatsapp_message_goes_out_in_its_shape(stub, message, values, expected):
    answer = provider(stub.url).send(message, Content(message.text, values), NUMBERS[:1])
    assert answer.code == ""
    assert stub.last.path == "/v1/whatsapp"
    assert stub.last.body == {"from": WHATSAPP, "to": "+919876543210"} | expected


@pytest.mark.parametrize(
    "recipient",
    ["919876543210,919876543211", "+919876543210", "91 9876543210", "0919876543210", "987654321", "9198765432101234"]
    + ["९१९८७६५४३२१०", "919876543210\n", "", "91987654321O", 9.19876543210e11, None, True],
)
def test_nothing_but_a_number_can_be_joined_into_a_request(stub, recipient):
    with pytest.raises(ProviderError) as refused:
        send(stub.url, (919876543299, recipient))
    assert refused.value.code == "bad_recipient"
    assert str(recipient) not in str(refused.value) or recipient in ("", None)
    assert stub.connections == 0


@pytest.mark.parametrize(
    ("kind", "numbers", "code"),
    [
        (Kind.TEXT, (), "no_recipient"),
        (Kind.TEXT, (919876543210, "919876543210"), "recipient_twice"),
        (Kind.OTP, NUMBERS, "one_recipient_a_call"),
        (Kind.VARIABLES, NUMBERS, "one_recipient_a_call"),
        (Kind.WHATSAPP_SESSION, NUMBERS, "one_recipient_a_call"),
    ],
)
def test_a_request_names_each_of_its_recipients_once(kind, numbers, code):
    with pytest.raises(ProviderError) as refused:
        body(Message(kind, "ABCDEF", whatsapp=WhatsApp()), Content("Hi", ()), numbers)
    assert refused.value.code == code


@given(st.lists(st.integers(10**9, 10**15 - 1), min_size=1, max_size=50, unique=True))
@settings(max_examples=examples(100), deadline=None)
def test_a_bulk_request_names_exactly_its_recipients(numbers):
    _, request = body(MESSAGE, Content(TEXT, ()), numbers)
    assert request["to"].split(",") == [str(number) for number in numbers]


# ---------------------------------------------------------------- secrets


def test_neither_key_nor_number_nor_text_is_logged_or_drawn(stub, caplog):
    caplog.set_level(logging.DEBUG)
    shared = provider(stub.url)
    drawn = [repr(shared), repr(shared._config)]
    for fault in FAULTS:
        if fault not in ("drip_headers", "drip_body", "no_answer", "slow", "late_answer", "interim_only"):
            stub.next(fault)
            drawn.append(repr(shared.send(MESSAGE, Content(TEXT, ()), NUMBERS).words))
    gone = send(f"http://127.0.0.1:{free_port()}")
    said = "\n".join([caplog.text, *drawn, repr(gone)])
    assert KEY not in said
    assert TEXT not in said
    assert not [number for number in NUMBERS if str(number) in said]


def test_an_error_before_sending_shows_no_key_number_or_text(stub):
    try:
        send(stub.url, (919876543210, "919876543211,919876543212"))
    except ProviderError:
        told = traceback.format_exc()
    assert "919876543211" not in told.replace('"919876543211,919876543212"', "")
    assert KEY not in told


@pytest.mark.parametrize(
    ("words", "cleaned"),
    [
        (f"Key {KEY} is wrong", "Key … is wrong"),
        (f"Cannot send '{TEXT}' to +91 98765 43210", "Cannot send '…' to 91******3210"),
        ("two\nlines\tand \u202eodd\x00 ones", "two lines and odd ones"),
        ("Expected 4 but received 0", "Expected 4 but received 0"),
        ("lone \ud800 surrogate", "lone ? surrogate"),
        ("long " * 200, ("long " * 60)),
    ],
)
def test_the_provider_s_words_are_cleaned_before_anyone_sees_them(words, cleaned):
    assert Question(NUMBERS, (KEY, TEXT, "4")).clean(words) == cleaned


def test_a_one_time_code_never_comes_back_in_words(stub):
    message = Message(Kind.OTP, "ABCDEF", text="Code {code}")
    answer = read_answer(
        Reply(400, b'{"error": true, "message": "Bad text: Code 4829"}'),
        Question(NUMBERS[:1], ("4829",), True),
        provider(stub.url)._config,
    )
    assert "4829" not in answer.words
    stub.next("bad_request")
    assert provider(stub.url).send(message, Content("Code 482913", ()), NUMBERS[:1]).code == "whole_refused"


def test_a_number_is_masked_to_its_ends():
    assert (mask_number(919876543210), mask_number("+91 98765 43210"), mask_number("12345")) == (
        "91******3210",
        "91******3210",
        "*****",
    )


# ---------------------------------------------------------------- reading anything

SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)
ENTRY = st.fixed_dictionaries(
    {},
    optional={
        "recipient": st.sampled_from([*map(str, NUMBERS), "+91 98765 43210", "919000000001"]) | SCALARS,
        "messageId": st.text(max_size=10) | SCALARS,
        "error": SCALARS,
        "status": st.sampled_from(["failed", "sent", "rejected"]) | SCALARS,
    },
)
ENVELOPE = st.fixed_dictionaries(
    {},
    optional={
        "data": st.lists(ENTRY | SCALARS, max_size=5) | SCALARS,
        "totalCount": st.integers(0, 5) | SCALARS,
        "message": st.sampled_from(["Api Key not found", "Insufficient balance", "hm"]) | SCALARS,
        "error": SCALARS | st.dictionaries(st.sampled_from(["message", "code"]), SCALARS),
    },
)


@given(st.sampled_from([200, 201, 204, 302, 400, 401, 402, 404, 408, 422, 429, 500, 503]), ENVELOPE)
@settings(max_examples=examples(200), deadline=None)
def test_any_answer_gives_each_recipient_one_fate_and_accepts_only_what_is_named(status, envelope):
    answer = read_answer(Reply(status, json.dumps(envelope).encode()), Question(NUMBERS, (KEY,)))
    assert set(answer.fates(NUMBERS)) == set(NUMBERS)
    assert not set(answer.ids) & set(answer.refused)
    assert set(answer.ids) | set(answer.refused) <= set(NUMBERS)
    if answer.rest is QUEUED:
        assert not answer.ids, "nothing is offered again beside ids"
    given_ids = {str(entry["messageId"]).strip() for entry in _entries(envelope) if entry.get("messageId")}
    assert set(answer.ids.values()) <= given_ids


ODD_NUMBERS = (
    "+919876543210",
    "0919876543210",
    "00919876543210",
    "98765",
    "9" * 16,
    "९८७६५४३२१०",
    "",
    None,
    919876543211,
)
ODD_IDS = ("", " a:1", "a 1", "x" * 200, "x" * 201, 7, "ä:1", "a\u200b", None)
PLAIN_OR_ODD = st.fixed_dictionaries(
    {
        "recipient": st.just("919876543210") | st.sampled_from(ODD_NUMBERS),
        "messageId": st.just("a:1") | st.sampled_from(ODD_IDS),
    },
    optional={"status": st.sampled_from(["failed", "sent"])},
)


def _read_entries(listed: list[dict]) -> object:
    try:
        return open_envelope(Reply(200, json.dumps({"data": listed}).encode())).entries
    except NotUnderstood:
        return NotUnderstood


@given(st.lists(PLAIN_OR_ODD, max_size=3))
@settings(max_examples=examples(400), deadline=None)
def test_a_list_reads_the_same_with_an_entry_that_says_nothing(listed):
    # Such an entry makes a list one to be read with care; a plain list is read as a whole.
    assert _read_entries(listed) == _read_entries([*listed, {}])


def _entries(envelope: dict) -> list[dict]:
    listed = envelope.get("data")
    return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []


@given(st.binary(max_size=300), st.sampled_from([200, 400, 500]))
@settings(max_examples=examples(200), deadline=None)
def test_any_bytes_are_read_without_an_error(body_bytes, status):
    answer = read_answer(Reply(status, body_bytes), Question(NUMBERS))
    assert set(answer.fates(NUMBERS).values()) <= {UNKNOWN, REFUSED, QUEUED}


@given(st.permutations(NUMBERS), st.integers(0, 3))
def test_ids_are_matched_by_number_in_any_order(order, named):
    envelope = success(order[:named])
    answer = read_answer(Reply(200, json.dumps(envelope).encode()), Question(NUMBERS))
    by_number = {int(entry["recipient"]): entry["messageId"] for entry in envelope["data"]}
    assert answer.ids == by_number
    assert list(answer.fates(NUMBERS).values()).count(UNKNOWN) == 3 - named


def test_an_entry_without_id_or_reason_is_unknown_not_refused():
    envelope = success([], data=[{"recipient": str(NUMBERS[0]), "status": "accepted"}], totalCount=1)
    answer = read_answer(Reply(200, json.dumps(envelope).encode()), Question(NUMBERS[:1]))
    assert answer.fates(NUMBERS[:1]) == {NUMBERS[0]: UNKNOWN}


# ---------------------------------------------------------------- the connection check


@pytest.mark.parametrize(
    ("fault", "code", "ready"),
    [
        ("bad_request", "connection_good", True),
        ("bad_sender", "connection_good", True),
        ("key_in_words", "connection_key_refused", False),
        ("unauthorised", "connection_key_refused", False),
        ("no_balance", "connection_no_balance", False),
        ("busy_seconds", "connection_busy", None),
        ("redirect", "connection_moved", False),
        ("bad_gateway", "connection_server_error", False),
        ("page", "connection_unclear", None),
        ("close_after", "connection_no_answer", False),
    ],
)
def test_a_check_tells_what_is_the_matter_and_sends_nothing(stub, fault, code, ready):
    stub.next(fault)
    check = provider(stub.url).check()
    assert (check.code, check.ready) == (code, ready)
    assert check.explanation.sentence == SENTENCES[code][0].format(status=check.http_status)
    assert (stub.last.body, stub.taken.total()) == ({}, 0)


def test_a_check_of_nobody_says_unreachable():
    check = provider(f"http://127.0.0.1:{free_port()}").check()
    assert (check.code, check.ready, check.http_status) == ("connection_unreachable", False, None)


# ---------------------------------------------------------------- the stub itself


def test_the_stub_s_truth_outlives_it(tmp_path):
    with Stub(truth=tmp_path / "truth.jsonl") as stub:
        stub.next("reset_after", "unauthorised", "")
        for _ in range(3):
            send(stub.url)
    truth = read_truth(tmp_path / "truth.jsonl")
    assert (truth.calls, truth.received[NUMBERS[0]], truth.taken[NUMBERS[0]]) == (3, 3, 2)
    assert truth.twice == dict.fromkeys(NUMBERS, 2)


def test_the_stub_as_a_process_keeps_its_truth_when_killed(tmp_path):
    command = [sys.executable, "-m", "tests.stub_provider", "--truth", str(tmp_path / "truth"), "--faults"]
    command.append("2:close_after")
    with subprocess.Popen(command, cwd=Path(__file__).parents[1], stdout=subprocess.PIPE, text=True) as process:
        url = process.stdout.readline().strip()
        assert [send(url).code for _ in range(3)] == ["", "broken_off", ""]
        process.kill()
    assert read_truth(tmp_path / "truth").taken == dict.fromkeys(NUMBERS, 3)
