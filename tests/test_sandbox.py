"""The sandbox as the provider's client and a webhook meet it: over HTTP, alone, and mounted beside the pages."""

from __future__ import annotations

import json
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Mount

from smscore.config import Secret
from smscore.errors import ProviderError
from smscore.messages import Content, Kind, Message, Route, Slot, WhatsApp
from smscore.provider import CASES, Fate, Provider, ProviderConfig, Verdict
from smscore.sandbox import ENDINGS, KEY, MEANINGS, MODES, Faults, Sandbox, Webhook
from smscore.sandbox.checks import Refusal, check_request
from smscore.sandbox.delivery import choose_fate
from smscore.sandbox.ledger import Ledger
from tests.server import free_port

ROOT = Path(__file__).parents[1]
NUMBERS = (919876543210, 919876543211, 919876543212)
HELLO = Message(Kind.TEXT, "ABCDEF", text="Hello World!")
ACCEPTED, REFUSED, QUEUED, UNKNOWN = Fate.ACCEPTED, Fate.REFUSED, Fate.QUEUED, Fate.UNKNOWN


class Served:
    """An ASGI app on a port of loopback, in a thread."""

    def __init__(self, app) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=128)
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._server = uvicorn.Server(uvicorn.Config(app, access_log=False, log_level="critical", lifespan="off"))
        self._thread = threading.Thread(target=self._server.run, args=([self._socket],), daemon=True)

    def __enter__(self) -> Served:
        self._thread.start()
        while not self._server.started:
            time.sleep(0.01)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(5)


@pytest.fixture(scope="module")
def shared():
    """One sandbox for all tests that only ask it something."""
    sandbox = Sandbox()
    with Served(sandbox.app) as served:
        yield sandbox, served.url


@pytest.fixture
def sandbox(shared):
    running, _ = shared
    running.faults = Faults()
    running.ledger.clear()
    return running


@pytest.fixture
def url(shared) -> str:
    return shared[1]


def send(url: str, numbers=NUMBERS, message=HELLO, values=(), key=KEY, **changes: object):
    wire = ProviderConfig(url, Secret(key), **{"deadline": 3.0} | changes)
    return Provider(wire).send(message, Content(message.text, tuple(values)), numbers)


NO_FAULTS = Faults()


def refused_words(fields: dict, faults: Faults = NO_FAULTS, path: str = "/v1/sms", now=None) -> str:
    with pytest.raises(Refusal) as refused:
        check_request(path, json.dumps(fields).encode(), faults, now)
    return refused.value.words


# ---------------------------------------------------------------- as the page has it


def test_the_answer_is_that_of_the_page(sandbox, url):
    asked = {"sender": "ABCDEF", "to": "919876543210, 919876543211", "text": "Hi", "type": "TRANS"}
    answer = requests.post(f"{url}/v1/sms", json=asked, headers={"apiKey": KEY}, timeout=5)
    told = answer.json()
    assert (answer.status_code, list(told)) == (200, ["id", "data", "totalCount", "message", "error"])
    assert told["data"] == [
        {"recipient": "919876543210", "messageId": f"{told['id']}:1"},
        {"recipient": "919876543211", "messageId": f"{told['id']}:2"},
    ]
    assert (told["totalCount"], told["message"], told["error"]) == (2, "Message Sent Successfully!", None)


def test_flash_and_unicode_are_echoed(sandbox, url):
    for flag in ("flash", "unicode"):
        asked = {"sender": "ABCDEF", "to": "919876543210", "text": "Hi", "type": "TRANS", flag: 1}
        assert requests.post(f"{url}/v1/sms", json=asked, headers={"apikey": KEY}, timeout=5).json()[flag] == 1


VARIABLES = Message(Kind.VARIABLES, "ABCDEF", template_id="1507165650000000001", slots=(Slot("custom", "{a}"),))
BUSINESS = "+919812345678"
KINDS = [
    (HELLO, ()),
    (Message(Kind.TEXT, "123456", Route.PROMO, "Sale"), ()),
    (Message(Kind.TEXT, "ABCDEF", text="नमस्ते"), ()),
    (Message(Kind.OTP, "ABCDEF", Route.OTP, "Code 482913"), ()),
    (Message(Kind.FLASH, "ABCDEF", text="Now"), ()),
    (Message(Kind.TEMPLATE, "ABCDEF", text="Hi", template_id="1507165650000000001"), ()),
    (VARIABLES, ("A",)),
    (
        Message(
            Kind.WHATSAPP_TEMPLATE,
            BUSINESS,
            slots=(Slot("header", "x"), Slot("body", "a"), Slot("button", "u")),
            whatsapp=WhatsApp("order_1", "May", header_type="image"),
        ),
        ("https://example.com/i.png", "A", "u/1"),
    ),
    (
        Message(
            Kind.WHATSAPP_TEMPLATE, BUSINESS, slots=(Slot("body", "{code}"),), whatsapp=WhatsApp("otp", language="en")
        ),
        ("482913",),
    ),
    (Message(Kind.WHATSAPP_SESSION, BUSINESS, text="Hi", whatsapp=WhatsApp()), ()),
    (
        Message(
            Kind.WHATSAPP_SESSION, BUSINESS, slots=(Slot("link", "l"),), whatsapp=WhatsApp(session_type="document")
        ),
        ("https://example.com/b.pdf",),
    ),
    (
        Message(
            Kind.WHATSAPP_SESSION,
            BUSINESS,
            text="Coming?",
            slots=(Slot("button", "Yes"),),
            whatsapp=WhatsApp(session_type="interactive"),
        ),
        ("Yes",),
    ),
]


@pytest.mark.parametrize(("message", "values"), KINDS, ids=[message.kind.value for message, _ in KINDS])
def test_every_kind_of_message_is_taken_and_seen(sandbox, url, message, values):
    answer = send(url, NUMBERS[:1], message, values)
    assert (answer.code, list(answer.ids)) == ("", [NUMBERS[0]])
    assert sandbox.ledger.truth().recipients == {"919876543210": 1}
    (seen,) = requests.get(f"{url}/requests", timeout=5).json()
    assert (seen["outcome"], KEY in json.dumps(seen)) == ("accepted", False)
    assert "919876543210" in json.loads(seen["body"])["to"]


GOOD = {"sender": "ABCDEF", "to": "919876543210", "text": "Hi", "type": "TRANS"}
TEMPLATED = {"sender": "ABCDEF", "to": "919876543210", "templateId": "1507", "custom": ["A"], "type": "TRANS"}
WA = {"from": BUSINESS, "to": "+919876543210", "templateName": "order_1", "type": "template"}
BROKEN = [
    ("/v1/sms", GOOD | {"sender": "AB-CDEF"}, "Invalid sender"),
    ("/v1/sms", GOOD | {"sender": "ABCDE1"}, "Invalid sender"),
    ("/v1/sms", GOOD | {"sender": "12345"}, "Invalid sender"),
    ("/v1/sms", GOOD | {"to": "+919876543210"}, "Invalid mobile number"),
    ("/v1/sms", GOOD | {"to": "9876"}, "Invalid mobile number"),
    ("/v1/sms", GOOD | {"to": "919876543210,,919876543211"}, "Invalid mobile number"),
    ("/v1/sms", GOOD | {"to": ""}, "Invalid mobile number"),
    ("/v1/sms", GOOD | {"to": 919876543210}, '"to" must be a string'),
    ("/v1/sms", GOOD | {"text": " "}, '"text" is not allowed to be empty'),
    ("/v1/sms", GOOD | {"type": "trans"}, '"type" must be one of'),
    ("/v1/sms", GOOD | {"unicode": "1"}, '"unicode" must be 1'),
    ("/v1/sms", GOOD | {"flash": True}, '"flash" must be 1'),
    ("/v1/sms", GOOD | {"templateId": "1.10716E+18"}, "Invalid template id"),
    ("/v1/sms", GOOD | {"message": "Hi"}, '"message" is not allowed'),
    ("/v1/sms", {"sender": "ABCDEF"}, '"text" is required'),
    ("/v1/sms", [GOOD], "Request body must be an object"),
    ("/v1/sms/template", TEMPLATED | {"custom": {"1": "A"}}, '"custom" must be an array of strings'),
    ("/v1/sms/template", TEMPLATED | {"custom": [1]}, '"custom" must be an array of strings'),
    ("/v1/sms/template", TEMPLATED | {"text": "Hi"}, '"text" is not allowed'),
    ("/v1/whatsapp", WA, "Template components are missing or incorrectly structured"),
    ("/v1/whatsapp", WA | {"components": [{"type": "body"}]}, "Template components are missing"),
    ("/v1/whatsapp", WA | {"components": {"body": ["A"]}}, "Template components are missing"),
    ("/v1/whatsapp", WA | {"components": {"header": {"type": "image"}}}, "Template components are missing"),
    ("/v1/whatsapp", WA | {"templateName": "Order 1", "components": {}}, '"templateName" must be'),
    ("/v1/whatsapp", WA | {"from": "ABCDEF", "components": {}}, '"from" must be a phone number'),
    ("/v1/whatsapp", {"from": BUSINESS, "to": "+919876543210", "type": "fax"}, '"type" must be one of'),
]


@pytest.mark.parametrize(("path", "fields", "words"), BROKEN, ids=[words for *_, words in BROKEN])
def test_what_breaks_the_page_s_rules_is_refused_in_words(path, fields, words):
    assert refused_words(fields, path=path).startswith(words)


def test_the_switches_decide_what_the_page_leaves_open():
    bad = GOOD | {"to": "919876543210,123,919876543210"}
    assert (
        check_request("/v1/sms", json.dumps(bad).encode(), Faults(bad_numbers="drop")).recipients
        == ("919876543210",) * 2
    )
    assert check_request("/v1/sms", json.dumps(bad).encode(), Faults(bad_numbers="accept")).recipients[1] == "123"
    once = Faults(bad_numbers="drop", duplicates="remove")
    assert check_request("/v1/sms", json.dumps(bad).encode(), once).recipients == ("919876543210",)
    lenient = GOOD | {"to": "+91 98765-43210, 9876543211"}
    asked = check_request("/v1/sms", json.dumps(lenient).encode(), Faults(number_forms="lenient"))
    assert asked.recipients == ("919876543210", "919876543211")
    assert "at most 1" in refused_words(GOOD | {"to": "919876543210,919876543211"}, Faults(most_recipients=1))
    assert refused_words(GOOD, Faults(template_required=True)) == '"templateId" is required'


def test_registered_templates_check_the_id_and_the_number_of_values():
    registered = Faults(templates={"1507": 2, "order_1": 4})
    assert refused_words(TEMPLATED | {"templateId": "1508"}, registered, "/v1/sms/template") == "Template not found"
    words = refused_words(TEMPLATED, registered, "/v1/sms/template")
    assert words == "Body variables value mis-match: Expected 2 but received 1"
    words = refused_words(WA | {"components": {}}, registered, "/v1/whatsapp")
    assert words == "Body variables value mis-match: Expected 4 but received 0"
    later = registered.with_changes(mismatch="report")
    assert check_request("/v1/sms/template", json.dumps(TEMPLATED).encode(), later).mismatched


@pytest.mark.parametrize(("hour", "open_"), [("04:29", False), ("04:30", True), ("15:29", True), ("15:30", False)])
def test_promotional_hours_are_ten_to_nine_in_india(hour, open_):
    now = datetime.fromisoformat(f"2026-01-31T{hour}:59+00:00").astimezone(UTC)
    promo, hours = GOOD | {"type": "PROMO"}, Faults(promotional="in hours")
    if open_:
        assert check_request("/v1/sms", json.dumps(promo).encode(), hours, now)
    else:
        assert "between 10:00 and 21:00" in refused_words(promo, hours, now=now)


def test_a_wrong_key_is_refused_in_the_documented_words(sandbox, url):
    answer = send(url, key="not-the-key")
    assert (answer.code, answer.words, answer.http_status) == ("key_refused", "Api Key not found", 400)
    sandbox.change(error_status=200)
    assert send(url, key="not-the-key").http_status == 200
    assert sandbox.ledger.truth().recipients == {}


# ---------------------------------------------------------------- faults

BY_SETTING = [
    # fault, code the client reads, fates of three recipients, were they texted
    ("slow", "no_answer", (UNKNOWN,) * 3, True),
    ("server_error", "server_error", (UNKNOWN,) * 3, False),
    ("rate_limited", "rate_limited", (QUEUED,) * 3, False),
    ("cut", "broken_off", (UNKNOWN,) * 3, True),
    ("half", "cut_answer", (UNKNOWN,) * 3, True),
    ("page", "not_understood", (UNKNOWN,) * 3, True),
    ("gateway", "foreign_refusal", (UNKNOWN,) * 3, True),
    ("missing", "many_missing", (ACCEPTED, ACCEPTED, UNKNOWN), True),
    ("wrong_count", "wrong_count", (ACCEPTED,) * 3, True),
    ("no_balance", "no_balance", (QUEUED,) * 3, False),
    ("key_refused", "key_refused", (QUEUED,) * 3, False),
    ("", "", (ACCEPTED,) * 3, True),
]


@pytest.mark.parametrize(("fault", "code", "fates", "texted"), BY_SETTING, ids=[fault for fault, *_ in BY_SETTING])
def test_a_fault_chosen_by_setting_reaches_the_client(sandbox, url, fault, code, fates, texted):
    changes = {"fault": fault, "slow": 0.6}
    assert requests.post(f"{url}/faults", json=changes, timeout=5).json()["fault"] == fault
    answer = send(url, deadline=0.3 if fault == "slow" else 3.0)
    assert (answer.code, tuple(answer.fates(NUMBERS).values())) == (code, fates)
    assert sandbox.ledger.truth().recipients == (dict.fromkeys(map(str, NUMBERS), 1) if texted else {})
    assert sandbox.ledger.truth().calls == 1


def test_every_fault_is_tried():
    assert {fault for fault, *_ in BY_SETTING} == set(MODES)
    assert set(ENDINGS.values()) <= set(MEANINGS)


BY_NUMBER = {
    "slow": "", "cut": "broken_off", "half": "cut_answer", "page": "not_understood", "gateway": "foreign_refusal",
    "missing": "many_missing",
    "wrong_count": "wrong_count", "key_refused": "key_refused", "no_balance": "no_balance",
    "rate_limited": "rate_limited", "server_error": "server_error", "refused": "some_refused",
    "undelivered": "", "blocked": "", "expired": "", "silent": "",
}  # fmt: skip


@pytest.mark.parametrize(("digits", "fault"), ENDINGS.items())
def test_the_end_of_a_number_chooses_its_fault(sandbox, url, digits, fault):
    sandbox.faults = Faults(slow=0.05)
    marked = int(f"919876{digits}")
    answer = send(url, (marked, *NUMBERS[:2]))
    assert answer.code == BY_NUMBER[fault]
    if fault in ("missing", "refused"):
        expected = UNKNOWN if fault == "missing" else REFUSED
        assert list(answer.fates((marked, *NUMBERS[:2])).values()) == [expected, ACCEPTED, ACCEPTED]


@pytest.mark.parametrize("fault", ["rate_limited", "key_refused", "no_balance"])
def test_a_refusal_on_a_kept_connection_is_believed(sandbox, url, fault):
    provider = Provider(ProviderConfig(url, Secret(KEY)))
    content = Content(HELLO.text, ())
    assert provider.send(HELLO, content, NUMBERS).code == ""
    sandbox.change(fault=fault, calls=1)
    answer = provider.send(HELLO, content, NUMBERS)
    assert (answer.code, answer.rest) == (fault, QUEUED)


def test_a_number_that_is_slowed_is_taken_the_second_time(sandbox, url):
    first = send(url, (919876990429,))
    assert (first.code, first.retry_after) == ("rate_limited", 5)
    assert send(url, (919876990429,)).code == ""
    assert sandbox.ledger.truth().recipients == {"919876990429": 1}


def test_a_fault_can_be_for_some_calls_only(sandbox, url):
    sandbox.change(fault="server_error", calls=2)
    assert [send(url).code for _ in range(4)] == ["server_error", "server_error", "", ""]
    sandbox.change(fault="server_error", calls=None, share=0.5)
    codes = Counter(send(url).code for _ in range(40))
    assert 5 < codes["server_error"] < 35


def test_more_than_the_rate_is_answered_429_for_a_second(sandbox, url):
    sandbox.change(per_second=3, retry_after=None)
    codes = [send(url).code for _ in range(3)]
    assert codes[0] == "" and "rate_limited" in codes
    time.sleep(1.05)
    assert send(url).code == ""


def test_a_cut_connection_is_cut_before_a_single_byte(sandbox, url):
    sandbox.change(fault="cut")
    host, port = url.removeprefix("http://").split(":")
    body = json.dumps(GOOD).encode()
    head = f"POST /v1/sms HTTP/1.1\r\nHost: x\r\napikey: {KEY}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
    with socket.create_connection((host, int(port)), timeout=5) as raw:
        raw.sendall(head + body)
        assert raw.recv(100) == b""
    with pytest.raises(requests.ConnectionError):
        requests.post(f"{url}/v1/sms", json=GOOD, headers={"apikey": KEY}, timeout=5)


def test_half_an_answer_is_half(sandbox, url):
    sandbox.change(fault="half")
    with pytest.raises(requests.exceptions.ChunkedEncodingError):
        requests.post(f"{url}/v1/sms", json=GOOD, headers={"apikey": KEY}, timeout=5)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"fault": "earthquake"}, "bad_fault"),
        ({"share": 2}, "bad_fault"),
        ({"slow": "long"}, "bad_fault"),
        ({"calls": 1.5}, "bad_fault"),
        ({"templates": {"1507": "two"}}, "bad_fault"),
        ({"report_from": 9, "report_to": 1}, "bad_fault"),
        ({"error_status": 500}, "bad_fault"),
        ({"gremlins": 1}, "unknown_fault"),
        ([1], "not_json"),
    ],
)
def test_a_fault_that_cannot_be_changes_nothing_and_says_why(sandbox, url, changes, code):
    answer = requests.post(f"{url}/faults", json=changes, timeout=5)
    assert (answer.status_code, answer.json()["error"]) == (400, code)
    assert answer.json()["message"]
    assert sandbox.faults == Faults()


def test_a_check_of_the_connection_sends_nothing(sandbox, url):
    assert Provider(ProviderConfig(url, Secret(KEY))).check().code == "connection_good"
    assert Provider(ProviderConfig(url, Secret("wrong"))).check().code == "connection_key_refused"
    assert sandbox.ledger.truth().recipients == {}


def test_a_request_that_never_ends_in_size_is_turned_away(sandbox, url):
    answer = requests.post(f"{url}/v1/sms", data=b"x" * (2 << 20), headers={"apikey": KEY}, timeout=5)
    assert answer.status_code == 413


# ---------------------------------------------------------------- the truth


def test_the_truth_counts_every_time_a_number_would_be_texted(sandbox, url):
    send(url)
    send(url, NUMBERS[:1])
    truth = requests.get(f"{url}/truth", timeout=5).json()
    assert (truth["calls"], truth["messages"]) == (2, 4)
    assert truth["recipients"] == {"919876543210": 2, "919876543211": 1, "919876543212": 1}
    assert truth["twice"] == {"919876543210": 2}


def test_memory_is_bounded_and_what_is_forgotten_is_counted():
    ledger = Ledger(most=100)
    for n in range(250):
        ledger.take((str(n),))
        ledger.see("/v1/sms", b"x" * 100_000, "accepted")
    assert (len(ledger.truth().recipients), ledger.truth().forgotten, ledger.truth().messages) == (100, 150, 250)
    assert (len(ledger.last()), len(ledger.last()[0].body)) == (100, 64 * 1024)


def test_a_guarded_sandbox_shows_strangers_nothing():
    guarded = Sandbox(guarded=True)
    with Served(guarded.app) as served:
        for path in ("/truth", "/requests", "/faults"):
            assert requests.get(served.url + path, timeout=5).status_code == 404
            assert requests.get(served.url + path, headers={"apikey": KEY}, timeout=5).status_code == 200
        assert requests.post(served.url + "/faults", json={"fault": "cut"}, timeout=5).status_code == 404
    assert guarded.faults.fault == ""


def test_mounted_under_a_prefix_it_is_the_same():
    beside = Sandbox()
    with Served(Starlette(routes=[Mount("/sandbox", beside.app)])) as served:
        assert send(f"{served.url}/sandbox").code == ""
        assert requests.get(f"{served.url}/sandbox/truth", timeout=5).json()["messages"] == 3
        beside.change(fault="cut")
        assert send(f"{served.url}/sandbox").code == "broken_off"


# ---------------------------------------------------------------- delivery reports


class Receiver:
    """A webhook on loopback that keeps what it is told and refuses the first `refuse` posts."""

    def __init__(self, refuse: int = 0) -> None:
        self.posts: list[tuple[str, dict[str, str], object]] = []
        self.refuse = refuse
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                taken = receiver.refuse <= 0
                receiver.refuse -= 1
                if taken:
                    receiver.posts.append((self.path, dict(self.headers), json.loads(body)))
                self.send_response(200 if taken else 503)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_: object) -> None:
                return

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Receiver:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()

    def reports(self) -> list[dict]:
        told = [post if isinstance(post, list) else [post] for _, _, post in list(self.posts)]
        return [report for post in told for report in post]

    def wait_for(self, count: int) -> list[dict]:
        ends = time.monotonic() + 8
        while len(self.reports()) < count and time.monotonic() < ends:
            time.sleep(0.01)
        return self.reports()


def reporting(receiver: Receiver, **faults: object) -> Sandbox:
    quick = Faults(**{"report_from": 0.05, "report_to": 0.1, "undelivered": 0.0, "expired": 0.0} | faults)
    hook = Webhook(f"{receiver.url}/sms", f"{receiver.url}/whatsapp", "hook-token")
    return Sandbox(faults=quick, report=hook, seed=7)


def test_reports_follow_with_the_token_and_the_ids_of_the_answer():
    with Receiver() as receiver:
        telling = reporting(receiver)
        with Served(telling.app) as served:
            answer = send(served.url, (*NUMBERS, 919876990021, 919876990022, 919876990023, 919876990024))
        reports = {int(report["recipient"]): report for report in receiver.wait_for(6)}
        telling.close()
    assert all(report["messageId"] == answer.ids[number] for number, report in reports.items())
    assert [reports[number]["status"] for number in NUMBERS] == ["DELIVRD"] * 3
    assert reports[919876990021]["status"] == "UNDELIV" and reports[919876990021]["error"]
    assert reports[919876990022]["error"] == "650 PREFERENCE_NOT_MATCHED"
    assert reports[919876990023]["status"] == "EXPIRED"
    assert 919876990024 not in reports
    assert {headers["X-Webhook-Token"] for _, headers, _ in receiver.posts} == {"hook-token"}
    assert {path for path, *_ in receiver.posts} == {"/sms"}


def test_messages_whose_answer_was_lost_are_reported_as_well():
    with Receiver() as receiver:
        telling = reporting(receiver, fault="cut")
        with Served(telling.app) as served:
            assert send(served.url).verdict is Verdict.UNKNOWN
        told = {report["recipient"] for report in receiver.wait_for(3)}
        telling.close()
    assert told == {str(number) for number in NUMBERS}


def test_a_whatsapp_message_is_told_step_by_step_in_its_own_shape():
    message = Message(Kind.WHATSAPP_SESSION, BUSINESS, text="Hi", whatsapp=WhatsApp())
    with Receiver() as receiver:
        telling = reporting(receiver)
        with Served(telling.app) as served:
            answer = send(served.url, NUMBERS[:1], message)
            send(served.url, (919876990021,), message)
        posts = receiver.wait_for(3)
        telling.close()
    good = [post for post in posts if post["messageId"] == answer.ids[NUMBERS[0]]]
    assert [post["statuses"]["status"] for post in good][:2] == ["sent", "delivered"]
    assert all((post["event"], post["channel"]) == ("message_status", "whatsapp") for post in posts)
    (failed,) = [post for post in posts if post["statuses"]["status"] == "failed"]
    assert failed["statuses"]["recipient"] == "919876990021" and failed["statuses"]["error"]["code"]
    assert {path for path, *_ in receiver.posts} == {"/whatsapp"}


def test_a_webhook_that_is_down_is_tried_again():
    with Receiver(refuse=1) as receiver:
        telling = reporting(receiver)
        with Served(telling.app) as served:
            send(served.url, NUMBERS[:1])
        assert len(receiver.wait_for(1)) == 1
        telling.close()


def test_reports_can_come_twice():
    with Receiver() as receiver:
        telling = reporting(receiver, repeated=1.0)
        with Served(telling.app) as served:
            send(served.url, NUMBERS[:1])
        assert len(receiver.wait_for(2)) == 2
        telling.close()


def test_reports_may_go_to_a_function_instead():
    told: list[tuple[str, dict]] = []
    quick = Faults(report_from=0.0, report_to=0.01, undelivered=0.0, expired=0.0)
    telling = Sandbox(faults=quick, report=lambda channel, body: told.append((channel, json.loads(body))))
    with Served(telling.app) as served:
        send(served.url, NUMBERS[:1])
        ends = time.monotonic() + 5
        while not told and time.monotonic() < ends:
            time.sleep(0.01)
    telling.close()
    assert [(channel, report["status"]) for channel, report in told] == [("sms", "DELIVRD")]


def test_a_function_that_fails_is_asked_again():
    told: list[str] = []

    def fail_once(channel: str, _body: bytes) -> None:
        told.append(channel)
        if len(told) == 1:
            raise LookupError("the database is away")

    quick = Faults(report_from=0.0, report_to=0.01, undelivered=0.0, expired=0.0)
    failing = Sandbox(faults=quick, report=fail_once)
    with Served(failing.app) as served:
        send(served.url, NUMBERS[:1])
        ends = time.monotonic() + 5
        while len(told) < 2 and time.monotonic() < ends:
            time.sleep(0.01)
        assert requests.get(f"{served.url}/truth", timeout=5).json()["reports"]["lost"] == 0
    failing.close()
    assert told == ["sms", "sms"]


def test_the_stated_shares_are_kept():
    dice, faults = random.Random(1), Faults(undelivered=0.2, expired=0.1)
    ends = Counter(choose_fate(str(n), False, faults, dice).end for n in range(10_000))
    assert abs(ends["undelivered"] - 2000) < 200 and abs(ends["expired"] - 1000) < 150
    assert choose_fate("919876543210", True, faults, dice).reason == "633 TEMPLATE_NOT_MATCHED"


# ---------------------------------------------------------------- alone, and beside the pages


def test_alone_it_serves_a_port_and_stops_when_told():
    program = "from smscore.sandbox import serve; serve(0, ready=lambda url: print(url, flush=True))"
    with subprocess.Popen([sys.executable, "-c", program], cwd=ROOT, stdout=subprocess.PIPE, text=True) as alone:
        url = alone.stdout.readline().strip()
        assert send(url).code == ""
        assert requests.get(f"{url}/truth", timeout=5).json()["messages"] == 3
        alone.send_signal(signal.SIGTERM)
        assert alone.wait(10) in (0, -signal.SIGTERM)


def test_a_port_that_is_taken_is_said_so():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        program = (
            "from smscore.sandbox import serve; from smscore.errors import ProviderError\n"
            f"try: serve({taken.getsockname()[1]})\nexcept ProviderError as error: print(error.code)"
        )
        ran = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=30)
    assert (ran.stdout.strip(), ran.stderr) == ("port_taken", "")


BESIDE = """
import streamlit as st
from pathlib import Path
from starlette.routing import Mount
from smscore.sandbox import Sandbox

app = st.App(Path(__file__).parent / "page.py", routes=[Mount("/sandbox", Sandbox().app)])
"""


@pytest.mark.slow
def test_beside_the_pages_every_fault_still_reaches_the_client(tmp_path):
    (tmp_path / "app.py").write_text(BESIDE)
    (tmp_path / "page.py").write_text("import streamlit as st\nst.write('hello')\n")
    port = free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.headless=true"]
    command += [f"--server.port={port}", "--server.address=127.0.0.1", "--browser.gatherUsageStats=false"]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    with subprocess.Popen(
        command, cwd=tmp_path, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as pages:
        try:
            _try_every_fault(f"http://127.0.0.1:{port}/sandbox")
            assert requests.get(f"http://127.0.0.1:{port}/", timeout=5).status_code == 200
        finally:
            pages.terminate()


def _try_every_fault(url: str) -> None:
    ends = time.monotonic() + 60
    while Provider(ProviderConfig(url, Secret(KEY))).check().code != "connection_good" and time.monotonic() < ends:
        time.sleep(0.2)
    for fault, code, fates, _ in BY_SETTING:
        requests.post(f"{url}/faults", json={"fault": fault, "slow": 0.6}, timeout=5)
        answer = send(url, deadline=0.3 if fault == "slow" else 3.0)
        assert (answer.code, tuple(answer.fates(NUMBERS).values())) == (code, fates), fault


def test_what_the_client_reads_is_in_its_table():
    assert {code for _, code, *_ in BY_SETTING} | set(BY_NUMBER.values()) <= set(CASES)


def test_a_sandbox_s_switches_are_told_apart():
    with pytest.raises(ProviderError) as unknown:
        Faults().with_changes(gremlins=1)
    assert unknown.value.code == "unknown_fault"
