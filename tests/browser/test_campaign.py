"""In a real Chromium: from a sheet to a downloaded report, and a campaign that survives its tab and its server."""

from __future__ import annotations

import random
import sqlite3
import time
from pathlib import Path

import pyarrow as pa
import pytest

from smscore import read_sheet, to_csv, to_xlsx
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def sheet(rows: int, folder: Path) -> Path:
    """A sheet with names, a twentieth of bad numbers and a twentieth of repeats."""
    chance = random.Random(7)
    lines = ["name,phone,city"]
    numbers = [f"98{chance.randrange(10**8):08d}" for _ in range(rows)]
    for turn, number in enumerate(numbers):
        written = "12345" if turn % 20 == 3 else numbers[turn - 1] if turn % 20 == 7 else number
        lines.append(f'"Asha, no. {turn}",{written},Pune')
    path = folder / f"people-{rows}.csv"
    path.write_text("\n".join(lines))
    return path


def upload(page, server: Server, path: Path, text: str) -> None:
    page.goto(f"{server.url}/bulk_upload")
    page.wait_for_selector("input[type=file]", state="attached")
    page.set_input_files("input[type=file]", path)
    page.wait_for_selector("text=Row breakdown")
    sender = page.get_by_role("combobox", name="Sender (DLT header)")
    sender.click()
    sender.fill("ACMEIN")
    page.keyboard.press("Enter")
    box = page.get_by_role("textbox", name="Text", exact=True)
    box.fill(text)
    box.press("Control+Enter")
    page.wait_for_selector("text=Review and send")


def launch(page) -> None:
    """Press the send button as an impatient person does."""
    button = page.get_by_role("button", name="Send ").filter(has_text="messages")
    button.wait_for()
    page.wait_for_timeout(500)
    button.evaluate("button => { for (let press = 0; press < 5; press++) button.click() }")
    page.wait_for_selector("text=is saved and sends")


def count(server: Server, query: str) -> int:
    with sqlite3.connect(server.folder / "desk.db", timeout=30) as database:
        return database.execute(query).fetchone()[0]


def wait_until(true, within: float = 90) -> None:
    last = time.monotonic() + within
    while not true():
        assert time.monotonic() < last, "it took too long"
        time.sleep(0.3)


def test_a_thousand_rows_from_upload_to_a_downloaded_workbook(page, server: Server):
    upload(page, server, sheet(1_000, server.folder), "Hello {name}, see you in {city}.")
    launch(page)
    wait_until(lambda: count(server, "select count(*) from campaign where status = 'finished'") == 1)
    assert count(server, "select count(*) from campaign") == 1
    page.goto(f"{server.url}/reports")
    with page.expect_download() as download:
        page.get_by_role("button", name="Full report as XLSX").click()
    path = server.folder / "report.xlsx"
    download.value.save_as(path)
    report = read_sheet(path, "report.xlsx").table.to_pylist()
    assert len(report) == 900 and len({line["phone"] for line in report}) == 900
    assert all(line["phone"].startswith("+9198") and line["message_id"] for line in report)


def test_a_campaign_outlives_its_tab_and_its_killed_server(page, server: Server):
    upload(page, server, sheet(3_000, server.folder), "Hello {name}.")
    launch(page)
    page.goto("about:blank")
    taken = "select coalesce(sum(accepted + sent + delivered + undelivered + expired), 0) from chunk"
    wait_until(lambda: count(server, taken) > 50)
    server.kill()
    server.start()
    wait_until(lambda: count(server, "select count(*) from campaign where status = 'finished'") == 1)
    assert count(server, "select count(*) from recipient") == 2_700
    assert count(server, "select count(*) from recipient where status in ('queued', 'submitting')") == 0


def test_a_countdown_is_seen_and_stopped_by_whoever_looks_at_any_page(page, chromium, server: Server):
    onlooker = chromium.new_context().new_page()
    onlooker.goto(f"{server.url}/settings")
    onlooker.wait_for_selector("h1")
    upload(page, server, sheet(200, server.folder), "Hello {name}.")
    countdown = page.get_by_role("combobox", name="Countdown before the first message")
    countdown.click()
    countdown.fill("1 minute")
    page.keyboard.press("Enter")
    assert not onlooker.get_by_role("button", name="Stop all").count()
    launch(page)
    onlooker.wait_for_selector("text=the next one starts in", timeout=10_000)
    onlooker.get_by_role("button", name="Stop all").click()
    onlooker.locator('[data-testid="stMain"]').get_by_text("Stopped: 1 campaign paused").wait_for(timeout=10_000)
    wait_until(lambda: count(server, "select count(*) from campaign where status = 'paused'") == 1, 5)
    assert count(server, "select count(*) from recipient where status = 'queued'") == 180
    onlooker.context.close()


def large(kind: str, rows: int, folder: Path) -> Path:
    """A sheet of eight columns and so many people."""
    path = folder / f"large.{kind}"
    own = {name: pa.array([name] * rows, pa.string()) for name in "abcdef"}
    names = pa.array([f"N{turn}" for turn in range(rows)], pa.string())
    numbers = pa.array([str(9_000_000_000 + turn) for turn in range(rows)], pa.string())
    (to_xlsx if kind == "xlsx" else to_csv)([pa.table({"name": names, "phone": numbers} | own)], path)
    return path


@pytest.mark.parametrize(("kind", "rows"), [("csv", 1_000_000), ("xlsx", 500_000)])
def test_every_page_answers_while_a_large_sheet_is_read(page, chromium, server: Server, kind: str, rows: int):
    path = large(kind, rows, server.folder)
    page.goto(f"{server.url}/bulk_upload")
    page.wait_for_selector("input[type=file]", state="attached")
    page.set_input_files("input[type=file]", path)
    other = chromium.new_context().new_page()
    looks = 0
    while not page.locator("text=Row breakdown").count():
        other.goto(f"{server.url}/settings")
        other.wait_for_selector("h1", timeout=15_000)
        looks += 1
        assert looks < 300, "the sheet is never read"
    assert looks and page.locator(f"text={rows:,} rows = {rows:,} contacts").count()


def test_a_refused_form_keeps_its_tab_open(page, server: Server):
    page.goto(f"{server.url}/templates")
    page.get_by_role("tab", name="Add", exact=True).click()
    page.get_by_role("button", name="Add template").click()
    page.wait_for_selector("text=The template has no name")
    assert page.get_by_role("tab", name="Add", exact=True).get_attribute("aria-selected") == "true"


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_its_window(chromium, server: Server, width: int, scheme: str):
    context = chromium.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    for name in ("", "bulk_upload", "compose", "templates", "campaigns", "reports", "settings"):
        page.goto(f"{server.url}/{name}")
        page.wait_for_selector("h1")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    context.close()
