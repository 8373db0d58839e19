"""In a real Chromium: what an operator found wrong with the desk, each fault driven as it was seen."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest

from tests.browser.test_campaign import count, upload, wait_until
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

FINAL = {"delivered": "98765 43210", "refused": "98769 90010", "undelivered": "98769 90021", "expired": "98769 90023"}
ENDED = "select count(*) from campaign where status in ('finished', 'cancelled')"
LEFT = "select count(*) from recipient where submitted_at is not null"


def choose(page, label: str, option: str) -> None:
    """Choose or type an option of a list."""
    box = page.get_by_role("combobox", name=label)
    box.click()
    box.fill(option)
    page.keyboard.press("Enter")


def fill(page, label: str, text: str) -> None:
    box = page.get_by_role("textbox", name=label, exact=True)
    box.fill(text)
    box.press("Control+Enter")


def compose(page, numbers: str, text: str, sender: str = "SHOPIN") -> None:
    """Write a text on the Compose page that is open."""
    page.get_by_role("heading", name="Compose").wait_for()
    choose(page, "Sender (DLT header)", sender)
    fill(page, "Text", text)
    fill(page, "Phone numbers", numbers)
    page.get_by_text("Review and send").wait_for()


def send(page, label: str) -> None:
    """Press the one button that sends, once the page has come to rest."""
    button = page.get_by_role("button", name=re.compile(label))
    button.wait_for()
    page.wait_for_timeout(700)
    button.click()


def go(page, name: str) -> None:
    """To another page by the side bar, as a person goes: a typed address begins a new session."""
    page.get_by_test_id("stSidebarNav").get_by_role("link", name=name).click()
    page.get_by_role("heading", name=name, level=1).wait_for()


def figure(page, name: str) -> str:
    """What the figure `name` shows."""
    metric = page.get_by_test_id("stMetric").filter(has=page.get_by_text(name, exact=True))
    return metric.get_by_test_id("stMetricValue").inner_text()


def wait_for_figure(page, name: str, value: str, seconds: float = 30) -> None:
    last = time.monotonic() + seconds
    while figure(page, name) != value:
        assert time.monotonic() < last, f"{name} is {figure(page, name)}, not {value}"
        page.wait_for_timeout(200)


COUNT_DRAWINGS = """async () => {
    const panel = document.querySelector('[data-testid="stProgress"]')
    let changes = 0
    new MutationObserver(seen => { changes += seen.length }).observe(panel, {subtree: true, childList: true,
        characterData: true, attributes: true})
    await new Promise(done => setTimeout(done, 7000))
    return changes
}"""
"""How often the progress bar was touched in seven seconds, two turns of the slower pace."""


def test_the_panel_follows_delivery_reports_after_the_campaign_has_finished(page, server: Server):
    page.goto(f"{server.url}/compose")
    compose(page, ", ".join(FINAL.values()), "Hello there")
    send(page, "Send 4 messages")
    page.wait_for_selector("text=Delivery reports may still arrive for 3 messages", timeout=20_000)
    assert count(server, ENDED) == 1 and figure(page, "Delivered") == "0"
    wait_for_figure(page, "Delivered", "1")
    wait_for_figure(page, "Undelivered", "1")
    wait_for_figure(page, "Expired", "1")
    page.get_by_text("Delivery reports may still arrive").wait_for(state="detached")
    runs = page.evaluate(COUNT_DRAWINGS)
    assert runs == 0, "a page of which nothing more is expected draws its panel no more"


def test_a_retry_opens_a_review_and_sends_only_when_it_is_told_to(page, server: Server):
    page.goto(f"{server.url}/compose")
    compose(page, ", ".join(FINAL.values()), "Hello there")
    send(page, "Send 4 messages")
    wait_for_figure(page, "Expired", "1")
    page.get_by_role("button", name="Open campaign").click()
    page.get_by_role("button", name="Create a campaign for these 3").click()
    page.get_by_role("heading", name="Resend campaign 1").wait_for()
    page.get_by_role("button", name="Send 1 message").wait_for()
    assert count(server, "select count(*) from campaign") == 1 and count(server, LEFT) == 4
    page.get_by_role("button", name="undelivered (1)").click()
    page.wait_for_selector("text=1 person will be texted a second time")
    page.get_by_role("button", name="Send 2 messages").wait_for()
    assert page.get_by_text("unknown (").count() == 0
    page.wait_for_timeout(1_500)
    assert count(server, "select count(*) from campaign") == 1, "nothing is sent by itself"
    page.get_by_role("button", name="Send 2 messages").evaluate(
        "button => { for (let press = 0; press < 5; press++) button.click() }"
    )
    page.wait_for_selector("text=Campaign 2 is saved")
    wait_until(lambda: count(server, ENDED) == 2, 40)
    assert count(server, "select count(*) from campaign where retry_of = 1 and recipients = 2") == 1
    twice = "select count(*) from recipient where msisdn in (919876543210, 919876990023) and campaign_id = 2"
    assert count(server, twice) == 0


def test_taking_one_number_off_the_opt_out_list_chooses_no_other(page, server: Server):
    page.goto(f"{server.url}/settings")
    page.get_by_role("tab", name="Opt-out list").click()
    page.get_by_role("textbox", name="Numbers to add").fill("98765 43210, 98765 43211")
    page.get_by_role("button", name="Add to list").click()
    wait_for_figure(page, "Numbers on the list", "2")
    table = page.get_by_test_id("stDataFrame").filter(visible=True).last
    table.scroll_into_view_if_needed()
    page.wait_for_timeout(700)
    corner = table.bounding_box()
    page.mouse.click(corner["x"] + 16, corner["y"] + 55)
    page.get_by_role("button", name="Remove 1 number").click()
    wait_for_figure(page, "Numbers on the list", "1")
    page.wait_for_timeout(1_000)
    assert page.get_by_role("button", name=re.compile(r"Remove \d")).count() == 0


@pytest.fixture
def slow_server(tmp_path: Path):
    """A desk that sends two messages a second, one in a call, so that a campaign can be caught in the middle."""
    server = Server(tmp_path, RATE="2", BATCH_SIZE="1")
    server.start()
    yield server
    server.stop()


def test_what_was_never_sent_fills_no_bar_and_a_resume_says_what_is_left(chromium, slow_server: Server):
    page = chromium.new_context(viewport={"width": 1440, "height": 1000}).new_page()
    page.goto(f"{slow_server.url}/compose")
    numbers = ", ".join(f"98765{number:05d}" for number in range(40))
    compose(page, numbers, "Hello there")
    send(page, "Send 40 messages")
    wait_until(lambda: count(slow_server, LEFT) >= 4)
    sending = page.title()
    page.get_by_role("button", name="Pause").click()
    resume = page.get_by_role("button", name=re.compile("Resume the remaining"))
    resume.wait_for()
    assert re.fullmatch(r"\d+ % · SMS Desk", sending)
    page.wait_for_function("document.title === 'Paused · SMS Desk'")
    page.wait_for_timeout(1_500)
    sent = count(slow_server, LEFT)
    page.wait_for_selector(f"text={sent} of 40 processed, {40 - sent} queued")
    assert f"remaining {40 - sent}" in resume.inner_text()
    resume.click()
    page.get_by_role("button", name="Pause").wait_for()
    assert page.get_by_text("The first message goes out").count() == 0
    for _ in range(25):
        line, card = page.evaluate(BOTH_COUNTS)
        assert line is None or card is None or line == card, "two counts of one campaign"
        page.wait_for_timeout(150)
    page.get_by_role("button", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Cancel campaign").click()
    page.wait_for_selector("text=cancelled or opted out")
    sent = count(slow_server, LEFT)
    page.wait_for_selector(f"text={sent} of 40 processed, {40 - sent} cancelled or opted out")
    bar = page.get_by_role("progressbar").get_attribute("aria-valuenow")
    assert float(bar) < 70
    page.context.close()


BOTH_COUNTS = """() => {
    const line = /([\\d,]+) messages? queued/.exec(document.querySelector('[data-testid="stMain"]').innerText)
    const card = [...document.querySelectorAll('[data-testid="stMetric"]')]
        .map(each => each.innerText.split('\\n').filter(Boolean)).find(each => each[0].startsWith("Queued"))
    return [line && line[1], card && card[card.length - 1]]
}"""


def test_a_one_time_code_goes_with_its_own_send(page, server: Server):
    page.goto(f"{server.url}/compose")
    choose(page, "Message type", "One-time code")
    choose(page, "Sender (DLT header)", "SHOPIN")
    fill(page, "Text", "Your code is {code}.")
    fill(page, "Phone number", "98765 43210")
    send(page, "Send a one-time code")
    page.wait_for_selector("text=shown for 60 seconds")
    code = page.get_by_test_id("stCode").inner_text().strip()
    assert re.fullmatch(r"\d{6}", code)
    page.get_by_role("button", name="Start another").click()
    page.get_by_text("Your last campaign: 1").wait_for()
    assert code not in page.content()
    compose(page, "91234 56789", "Something else")
    send(page, "Send 1 message")
    page.wait_for_selector("text=is saved and sends")
    page.wait_for_timeout(1_000)
    assert code not in page.content() and page.get_by_text("shown for 60 seconds").count() == 0


def test_a_one_time_code_leaves_the_screen_by_itself(page, server: Server):
    page.goto(f"{server.url}/compose")
    choose(page, "Message type", "One-time code")
    choose(page, "Sender (DLT header)", "SHOPIN")
    fill(page, "Text", "Your code is {code}.")
    fill(page, "Phone number", "98765 43210")
    send(page, "Send a one-time code")
    page.wait_for_selector("text=shown for 60 seconds")
    code = page.get_by_test_id("stCode").inner_text().strip()
    page.get_by_text("shown for 60 seconds").wait_for(state="detached", timeout=70_000)
    page.wait_for_timeout(500)
    assert code not in page.content()


def test_coming_back_to_compose_gives_an_empty_form_with_the_way_to_the_last_campaign(page, server: Server):
    page.goto(f"{server.url}/compose")
    compose(page, "98765 43210", "Hello there")
    send(page, "Send 1 message")
    page.wait_for_selector("text=is saved and sends")
    go(page, "Overview")
    go(page, "Compose")
    page.get_by_text("Your last campaign: 1").wait_for()
    assert page.get_by_role("textbox", name="Text", exact=True).input_value() == ""
    assert page.get_by_role("textbox", name="Phone numbers", exact=True).input_value() == ""
    assert page.get_by_text("is saved and sends").count() == 0
    page.get_by_role("button", name="Open campaign").click()
    page.get_by_role("heading", name="Campaign 1 ·").wait_for()


def test_an_export_is_written_on_the_second_press(page, server: Server):
    path = server.folder / "export.csv"
    path.write_text(
        "TEMPLATE_ID,TEMPLATE_NAME,TEMPLATE_CONTENT,HEADER\n"
        "1107161234567890123,Order,Dear {#var#},ACMEIN\n110716,Short,Hi,ACMEIN\n"
    )
    page.goto(f"{server.url}/templates")
    page.get_by_role("tab", name="Import", exact=True).click()
    page.set_input_files("input[type=file]", path)
    button = page.get_by_role("button", name="Import: add 1")
    button.wait_for()
    assert count(server, "select count(*) from template") == 0
    button.click()
    page.wait_for_selector("text=1 template imported")
    assert count(server, "select count(*) from template") == 1


def test_the_opt_out_count_stands_above_what_was_just_added(page, server: Server):
    path = server.folder / "outs.csv"
    path.write_text("name,phone\nAsha,98765 43210\nRavi,12345\nMeera,98765 43211\n")
    page.goto(f"{server.url}/settings")
    page.get_by_role("tab", name="Opt-out list").click()
    page.locator("input[type=file]").first.set_input_files(path)
    page.wait_for_selector("text=1 row couldn't be read")
    assert figure(page, "Numbers on the list") == "2"
    page.get_by_role("heading", name="Rows that couldn't be read").wait_for()


def test_a_sender_that_was_used_is_offered(page, server: Server):
    page.goto(f"{server.url}/compose")
    compose(page, "98765 43210", "Hello there")
    send(page, "Send 1 message")
    page.wait_for_selector("text=is saved and sends")
    page.get_by_role("button", name="Start another").click()
    page.get_by_text("Your last campaign: 1").wait_for()
    assert page.get_by_role("combobox", name="Sender (DLT header)").input_value() == "SHOPIN"


def test_whatsapp_without_a_from_number_speaks_of_that_number_and_of_no_dlt_header(page, server: Server):
    page.goto(f"{server.url}/compose")
    choose(page, "Message type", "WhatsApp template")
    fill(page, "Template name", "order_update")
    fill(page, "Phone numbers", "98765 43210")
    page.get_by_text("The From number is missing.").wait_for()
    assert page.get_by_test_id("stMain").get_by_text("DLT").count() == 0
    assert page.get_by_role("button", name=re.compile("^Send ")).count() == 0
    assert count(server, "select count(*) from campaign") == 0


def test_placeholders_and_their_buttons_name_columns_as_the_sheet_does(page, server: Server):
    path = server.folder / "people.csv"
    path.write_text("name,phone\nAsha,098765-43210\nRavi,098765-43211\n")
    upload(page, server, path, "Hello {nmae}")
    told = page.get_by_text("The sheet has no column for the placeholder {nmae}").first
    told.wait_for()
    assert "columns are: name, phone." in told.inner_text()
    assert page.get_by_text("as written)").count() == 0
    fill(page, "Text", "Your number")
    page.get_by_role("button", name="{phone}", exact=True).click()
    page.get_by_text("Your number 098765-43210").first.wait_for()
    assert page.get_by_role("textbox", name="Text", exact=True).input_value() == "Your number {phone}"
    assert count(server, "select count(*) from campaign") == 0


def test_a_campaign_is_reached_by_its_address_and_back_goes_back(page, server: Server):
    page.goto(server.url)
    for turn in (1, 2):
        go(page, "Overview")
        go(page, "Compose")
        compose(page, f"98765 4321{turn}", f"Hello {turn}")
        send(page, "^Send 1 message")
        page.get_by_text("1 of 1 processed").wait_for()
    page.goto(f"{server.url}/campaigns?campaign=1")
    page.get_by_role("heading", name="Campaign 1").wait_for()
    table = page.get_by_test_id("stDataFrame").first.bounding_box()
    page.mouse.click(table["x"] + 15, table["y"] + 53)
    page.get_by_role("heading", name="Campaign 2").wait_for()
    page.wait_for_url("**/campaigns?campaign=2")
    page.go_back()
    page.get_by_role("heading", name="Campaign 1").wait_for()
    go(page, "Reports")
    page.wait_for_url("**/reports?campaign=1")
