"""In a real Chromium: each kind of message is sent from Compose and seen on the wire as the provider describes it.

The provider's stand-in is a process of its own here. The bodies are those of the provider's SMS page, field by field.
"""

from __future__ import annotations

import re
import time
from typing import NamedTuple

import pytest

from tests.server import SandboxServer, Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ONE, TWO, THREE = "919876543210", "919123456789", "919988776655"
TEMPLATE_ID = "1107161234567890123"
SMS, TEMPLATES, WHATSAPP = "/v1/sms", "/v1/sms/template", "/v1/whatsapp"
BASIC = {"sender": "ACMEIN", "to": ONE, "type": "TRANS"}
HI = "नमस्ते, आपका ऑर्डर तैयार है"


class Case(NamedTuple):
    """What is chosen and filled on the page, by label, and the one request that must come of it."""

    kind: str
    fields: dict[str, str]
    path: str
    body: dict
    numbers: str = "98765 43210"
    choices: dict[str, str] = {}


CASES = {
    "single": Case("Text", {"Text": "Hello World!"}, SMS, BASIC | {"text": "Hello World!"}),
    "bulk": Case(
        "Text",
        {"Text": "Hello all"},
        SMS,
        BASIC | {"text": "Hello all", "to": f"{ONE},{TWO},{THREE}"},
        "98765 43210, +91 91234 56789\n099887-76655",
    ),
    "unicode": Case("Text", {"Text": HI}, SMS, BASIC | {"text": HI, "unicode": 1}),
    "flash": Case("Flash", {"Text": "Look now"}, SMS, BASIC | {"text": "Look now", "flash": 1}),
    "template_text": Case(
        "DLT template, full text",
        {"Registered text": "Your order is ready", "DLT template ID": TEMPLATE_ID},
        SMS,
        BASIC | {"text": "Your order is ready", "templateId": TEMPLATE_ID},
    ),
    "template_variables": Case(
        "DLT template, variables",
        {"DLT template ID": TEMPLATE_ID, "Variable 1": "Asha"},
        TEMPLATES,
        BASIC | {"templateId": TEMPLATE_ID, "custom": ["Asha"]},
    ),
    "whatsapp_template": Case(
        "WhatsApp template",
        {
            "From (your WhatsApp number)": "919800000000",
            "Template name": "order_update",
            "Link to the image": "https://example.com/a.png",
        },
        WHATSAPP,
        {
            "from": "+919800000000",
            "to": f"+{ONE}",
            "templateName": "order_update",
            "type": "template",
            "components": {"header": {"type": "image", "image": {"link": "https://example.com/a.png"}}},
        },
        choices={"Header": "image"},
    ),
    "whatsapp_text": Case(
        "WhatsApp reply",
        {"From (your WhatsApp number)": "919800000000", "Text": "We are on our way"},
        WHATSAPP,
        {
            "recipient_type": "individual",
            "from": "+919800000000",
            "to": f"+{ONE}",
            "type": "text",
            "text": {"body": "We are on our way"},
        },
    ),
    "whatsapp_buttons": Case(
        "WhatsApp reply",
        {
            "From (your WhatsApp number)": "919800000000",
            "Text": "Shall we come at five?",
            "Button 1": "Yes",
            "Button 2": "Later",
        },
        WHATSAPP,
        {
            "recipient_type": "individual",
            "from": "+919800000000",
            "to": f"+{ONE}",
            "type": "interactive",
            "interactive": {
                "type": "button",
                "body": {"text": "Shall we come at five?"},
                "action": {
                    "buttons": [
                        {"type": "reply", "reply": {"id": "reply-1", "title": "Yes"}},
                        {"type": "reply", "reply": {"id": "reply-2", "title": "Later"}},
                    ]
                },
            },
        },
        choices={"Content": "Text with reply buttons"},
    ),
}


@pytest.fixture(scope="module")
def provider():
    sandbox = SandboxServer()
    sandbox.start()
    yield sandbox
    sandbox.stop()


@pytest.fixture(scope="module")
def server(provider: SandboxServer, tmp_path_factory: pytest.TempPathFactory):
    server = Server(tmp_path_factory.mktemp("kinds"), BASE_URL=provider.url)
    server.start()
    yield server
    server.stop()


def choose(page, label: str, option: str) -> None:
    box = page.get_by_role("combobox", name=label)
    box.click()
    box.fill(option)
    page.keyboard.press("Enter")
    settle(page)


def fill(page, label: str, text: str) -> None:
    box = page.get_by_role("textbox", name=label, exact=True)
    box.fill(text)
    box.press("Control+Enter")
    settle(page)


def settle(page) -> None:
    """Wait until the page has taken in what was just given to it."""
    page.wait_for_timeout(200)
    page.wait_for_selector('[data-testid="stApp"][data-test-script-state="notRunning"]')


def write(page, server: Server, case: Case, numbers_label: str = "Phone numbers") -> None:
    page.goto(f"{server.url}/compose")
    page.get_by_role("combobox", name="Message type").wait_for()
    settle(page)
    choose(page, "Message type", case.kind)
    if not case.kind.startswith("WhatsApp"):
        choose(page, "Sender (DLT header)", "ACMEIN")
    for label, option in case.choices.items():
        choose(page, label, option)
    for label, text in case.fields.items():
        fill(page, label, text)
    fill(page, numbers_label, case.numbers)


def next_request(provider: SandboxServer, before: int, within: float = 60) -> tuple[str, dict]:
    last = time.monotonic() + within
    while len(provider.requests()) <= before:
        assert time.monotonic() < last, "nothing came over the wire"
        time.sleep(0.2)
    time.sleep(1)
    (request,) = provider.requests()[before:]
    return request


@pytest.mark.parametrize("name", CASES)
def test_a_kind_is_sent_from_the_page_and_seen_on_the_wire(page, server: Server, provider: SandboxServer, name: str):
    case, before = CASES[name], len(provider.requests())
    write(page, server, case)
    page.get_by_role("button", name=re.compile("Send [123] message")).click()
    page.wait_for_selector("text=is saved and sends")
    assert next_request(provider, before) == (case.path, case.body)


def test_a_one_time_code_on_the_wire_is_the_one_shown_once(page, server: Server, provider: SandboxServer):
    before = len(provider.requests())
    case = Case("One-time code", {"Text": "Your code is {code}."}, SMS, {})
    write(page, server, case, "Phone number")
    page.get_by_role("button", name="Send a one-time code").click()
    page.wait_for_selector("text=stored")
    code = page.get_by_test_id("stCode").inner_text().strip()
    assert re.fullmatch(r"\d{6}", code)
    assert next_request(provider, before) == (SMS, BASIC | {"type": "OTP", "text": f"Your code is {code}."})
    page.get_by_role("button", name="I've noted it").click()
    settle(page)
    assert code not in page.content()
