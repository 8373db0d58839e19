"""Compose: every kind of message, typed numbers, one-time codes, and one campaign however often it is pressed."""

from __future__ import annotations

import re

import pytest

from smscore import Kind
from tests.front import Front, figures, front, labels, press, sending, shown, sound

__all__ = ["front", "sending"]

NUMBERS = "98765 43210\n+91 91234 56789, 098765-43210\n12345"


def write(test, numbers=NUMBERS, text="Hello from the desk", sender="ACMEIN", kind=Kind.TEXT):
    test.selectbox(key="compose_kind").set_value(kind)
    sound(test.run())
    if kind.whatsapp:
        test.text_input(key="compose_wa_sender").set_value(sender)
    if text is not None:
        test.text_area(key="compose_text").set_value(text)
    test.text_area(key="compose_numbers").set_value(numbers)
    return sound(test.run())


def test_an_empty_page_says_what_to_do_and_offers_no_send_button(front: Front):
    test = front.open("compose")
    assert "Enter at least one phone number" in shown(test)
    assert not [label for label in labels(test) if label.startswith("Send")]


def test_typed_numbers_are_checked_like_rows(front: Front):
    test = write(front.open("compose"))
    assert {"Numbers": "4", "Contacts": "2", "Duplicates": "1", "Problems": "1"}.items() <= figures(test).items()
    assert "4 numbers = 2 contacts + 1 duplicate + 1 problem + 0 opted out" in shown(test)


def test_the_page_shows_no_docstring_of_its_own_source(front: Front):
    assert "For how long a code is shown" not in shown(front.open("compose"))


def test_what_nobody_has_filled_in_yet_is_no_error(front: Front):
    test = front.open("compose")
    test = sound(test.text_area(key="compose_numbers").set_value("98765 43210").run())
    assert "The message has no text" in shown(test) and not test.error


def test_a_fault_of_the_message_is_told_and_there_is_nothing_to_press(front: Front):
    test = write(front.open("compose"), text="A brace { alone")
    assert test.error and not [label for label in labels(test) if label.startswith("Send")]


def test_a_unicode_text_is_shown_as_such_with_its_segments(front: Front):
    test = write(front.open("compose"), text="नमस्ते " * 12)
    assert figures(test)["Unicode"] == "2" and figures(test)["Segments"] == "4"


def test_five_impatient_presses_start_one_campaign(sending: Front):
    test = write(sending.open("compose"))
    button = next(each for each in test.button if each.label == "Send 2 messages")
    for _ in range(5):
        button.click()
        sound(test.run())
    (campaign,) = sending.desk.campaigns.list()
    assert sending.ended(campaign.id).totals.taken == 2
    truth = sending.desk.sandbox.server.sandbox.ledger.truth()
    assert truth.messages == 2 and not truth.twice
    assert "is saved and sends" in shown(test) and not [label for label in labels(test) if label.startswith("Send ")]


@pytest.mark.slow
def test_after_a_launch_the_next_message_is_a_new_campaign(sending: Front):
    test = press(write(sending.open("compose")), "Send 2 messages")
    test = press(test, "Start another")
    test = press(write(test, text="Another text"), "Send 2 messages")
    assert len(sending.desk.campaigns.list()) == 2


@pytest.mark.slow
def test_the_same_text_to_the_same_people_asks_first(sending: Front):
    test = press(write(sending.open("compose")), "Send 2 messages")
    test = press(test, "Start another")
    test = write(test, numbers="98765 43210, 91234 56789, 99887 76655")
    assert "2 of these 3 people already got this message" in shown(test)
    test = press(press(test, "Send to the other 1"), "Send 1 message")
    newest = sending.ended(sending.desk.campaigns.list()[0].id)
    assert newest.recipients == 1 and newest.subtracted == 2


def test_a_one_time_code_is_shown_once_and_kept_nowhere(sending: Front, tmp_path):
    test = write(sending.open("compose"), "98765 43210", "Your code is {code}.", kind=Kind.OTP)
    test = press(test, "Send a one-time code")
    (code,) = [each.value for each in test.code if re.fullmatch(r"\d{6}", each.value)]
    assert sending.ended(sending.desk.campaigns.list()[0].id).totals.taken == 1
    wire = sending.desk.sandbox.server.sandbox.ledger.last()
    assert code in str(wire)
    test = press(test, "I've noted it")
    assert code not in shown(test) and code not in str(test.session_state.to_dict())
    sending.desk.results.save_report(1, tmp_path / "report.csv")
    stored = b"".join(path.read_bytes() for path in tmp_path.glob("*") if path.is_file())
    assert code.encode() not in stored


def test_a_reply_button_with_a_long_title_is_told_before_anything_is_sent(front: Front):
    test = write(front.open("compose"), "98765 43210", None, "919800000000", Kind.WHATSAPP_SESSION)
    test = sound(test.selectbox(key="compose_wa_session").set_value("interactive").run())
    test.text_area(key="compose_text").set_value("Shall we come at five?")
    test.text_input(key="compose_wa_reply_1").set_value("Yes, please come at five")
    test = sound(test.run())
    assert test.error and not [label for label in labels(test) if label.startswith("Send")]
    test = sound(test.text_input(key="compose_wa_reply_1").set_value("Yes, please").run())
    assert "Button: Yes, please" in shown(test) and "Send 1 message" in labels(test)


@pytest.mark.slow
def test_leaving_the_page_forgets_the_code(sending: Front):
    test = write(sending.open("compose"), "98765 43210", "Your code is {code}.", kind=Kind.OTP)
    test = press(test, "Send a one-time code")
    sound(test.switch_page("overview.py").run())
    test = sound(test.switch_page("compose.py").run())
    assert "shown this once" not in shown(test)


@pytest.mark.slow
def test_every_kind_reaches_the_provider(sending: Front):
    assert set(FILLED) == {kind for kind in Kind if kind.spec.in_bulk}
    test = sending.open("compose")
    for kind, filled in FILLED.items():
        write(test, "98765 43210", None, "919800000000", kind)
        for key, value in filled.items():
            widget = test.text_area if key.endswith("text") else test.text_input
            widget(key=f"compose_{key}").set_value(value)
        test = press(press(sound(test.run()), "Send 1 message"), "Start another")
        campaign = sending.ended(sending.desk.campaigns.list()[0].id)
        assert (campaign.kind, campaign.totals.taken) == (kind, 1)
    paths = [seen.path.rsplit("/sandbox", 1)[-1] for seen in sending.desk.sandbox.server.sandbox.ledger.last()]
    assert sorted(paths) == ["/v1/sms"] * 3 + ["/v1/sms/template"] + ["/v1/whatsapp"] * 2


FILLED = {
    Kind.TEXT: {"text": "नमस्ते"},
    Kind.FLASH: {"text": "Look now"},
    Kind.TEMPLATE: {"text": "Your order is ready", "template_id": "1107161234567890123"},
    Kind.VARIABLES: {"template_id": "1107161234567890123", "custom_1": "Asha"},
    Kind.WHATSAPP_TEMPLATE: {"wa_name": "order_update"},
    Kind.WHATSAPP_SESSION: {"text": "We are on our way"},
}
