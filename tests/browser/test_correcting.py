"""In a real Chromium: rows that could not be read are put right in the table of problems, and downloaded."""

from __future__ import annotations

from pathlib import Path

import pytest

from smscore import read_sheet
from tests.browser.test_kinds import settle
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SHEET = b"""name,phone,city
Asha,9876543210,Pune
Ravi,9876543211,Goa, Fort
R\0hit,9876543212,Agra
Tara,12345,Delhi
"""
ROW_HEIGHT, HEADER_HEIGHT, INTO_CORRECTED = 66, 36, 380


def rewrite(page, box: dict, row: int, begun: str, text: str) -> None:
    page.mouse.dblclick(box["x"] + INTO_CORRECTED, box["y"] + HEADER_HEIGHT + ROW_HEIGHT * row + ROW_HEIGHT / 2)
    cell = page.locator("#portal textarea")
    assert cell.input_value() == begun
    cell.fill(text)
    cell.press("Enter")
    settle(page)


def test_a_row_that_could_not_be_read_is_put_right_in_the_table_and_is_in_the_corrected_sheet(
    page, server: Server, tmp_path: Path
):
    (tmp_path / "people.csv").write_bytes(SHEET)
    page.goto(f"{server.url}/bulk_upload")
    page.locator("input[type=file]").first.set_input_files(tmp_path / "people.csv")
    page.wait_for_selector("text=4 rows = 1 contact + 0 duplicates + 3 problems")
    settle(page)
    table = page.locator('[data-testid="stDataFrame"]:visible').nth(1)
    table.scroll_into_view_if_needed()
    box = table.locator("canvas").first.bounding_box()
    rewrite(page, box, 0, "Ravi,9876543211,Goa, Fort", 'Ravi,9876543211,"Goa, Fort"')
    rewrite(page, box, 1, "", "Rohit")
    rewrite(page, box, 2, "", "9876543213")
    page.get_by_role("button", name="Apply corrections").click()
    page.wait_for_selector("text=4 rows = 4 contacts + 0 duplicates + 0 problems")
    settle(page)
    page.get_by_text("Download or save these contacts").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Corrected sheet").click()
    download.value.save_as(tmp_path / "corrected.xlsx")
    assert [list(row.values()) for row in read_sheet(tmp_path / "corrected.xlsx", "c.xlsx").table.to_pylist()] == [
        ["Asha", "9876543210", "Pune"],
        ["Ravi", "9876543211", "Goa, Fort"],
        ["Rohit", "9876543212", "Agra"],
        ["Tara", "9876543213", "Delhi"],
    ]
