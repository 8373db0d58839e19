"""The recipes of docs/recipes.md, followed to the letter in a copy of the code: nothing else has to be touched."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RECIPES = ROOT / "docs/recipes.md"
NOT_COPIED = shutil.ignore_patterns(".git", ".[!s]*_cache", "__pycache__", "*.db", "venv", ".venv")

NEW_KIND = """
from smscore import Kind
from tests.front import Front, front, press, sending, shown, sound

def test_it_is_sent(sending: Front):
    test = sending.open("compose")
    test.selectbox(key="compose_kind").set_value(Kind("silent"))
    sound(test.run())
    test.text_area(key="compose_text").set_value("No sound")
    test.text_area(key="compose_numbers").set_value("98765 43210, 98765 43211")
    test = sound(test.run())
    assert "The phone makes no sound." in shown(test) and "arrives without a sound" in shown(test)
    press(test, "Send 2 messages")
    assert sending.ended(sending.desk.campaigns.list()[0].id).totals.taken == 2
    (seen,) = sending.desk.sandbox.server.sandbox.ledger.last()
    assert '"silent": 1' in str(seen) and "919876543210,919876543211" in str(seen)
"""


NEW_COLUMN = """
from pages.ui import parts
from tests.deskwork import launch
from tests.front import Front, front

def test_it_is_in_the_report_and_on_the_page(front: Front, tmp_path):
    campaign = launch(front.desk, 3)
    front.desk.results.save_report(campaign, tmp_path / "report.csv")
    header, first, *_ = (tmp_path / "report.csv").read_text("utf-8-sig").splitlines()
    assert '"segments","tries","submitted_at"' in header and '"0 ×"' in first
    assert list(front.desk.results.read_page(campaign)["tries"]) == ["0 ×"] * 3
    assert parts.configure_recipient_columns()["tries"]["label"] == "Tries"
"""


NEW_FORMAT = """
from smscore import SHEET_SUFFIXES, read_sheet
from tests.front import Front, figures, front
from tests.test_page_bulk_upload import upload

FILE = b'{"name": "Asha", "phone": "9876543210"}\\n{"name": "Ravi", "phone": "+91 91234 56789", "city": "Pune"}\\n'

def test_it_is_read():
    sheet = read_sheet(FILE, "people.jsonl")
    assert sheet.table.column_names == ["name", "phone", "city"] and sheet.rows.to_pylist() == [2, 3]
    assert sheet.table.column("phone").to_pylist() == ["9876543210", "+91 91234 56789"] and not sheet.warnings
    (notice,) = read_sheet(FILE, "people.xlsx").warnings
    assert notice.code == "wrong_extension" and notice.facts["what"] == "a file of JSON Lines"

def test_the_page_takes_it(front: Front):
    assert "jsonl" in SHEET_SUFFIXES
    assert figures(upload(front, FILE, "people.jsonl"))["Contacts"] == "2"
"""


NEW_SETTING = """
from smscore.config import load_settings
from tests.test_config import load, test_every_setting_is_shown_and_has_its_sentences
from tests.test_config import test_the_example_file_names_every_setting_and_reads
from tests.test_documents import test_every_setting_is_documented

def test_it_is_read(tmp_path):
    assert load_settings({"SMSCORE_COUNTDOWN": "30"}, tmp_path / "none").countdown == 30
"""


NEW_PAGE = """
from tests.front import Front, front, shown
from tests.test_server_access import test_the_pages_are_those_of_the_navigation

def test_it_opens(front: Front):
    front.desk.senders.add("ACMEIN", "test")
    assert "ACMEIN" in shown(front.open("senders"))
"""


@pytest.mark.slow
def test_a_new_setting_is_read_shown_and_documented(tmp_path: Path):
    touched = follow("Add a setting", tmp_path)
    assert len(touched) <= 5
    succeed(tmp_path, NEW_SETTING)


@pytest.mark.slow
def test_a_new_page_opens_and_may_be_asked_for(tmp_path: Path):
    touched = follow("Add a page", tmp_path)
    assert len(touched) <= 3
    succeed(tmp_path, NEW_PAGE)


@pytest.mark.slow
def test_a_new_file_format_is_read_and_offered(tmp_path: Path):
    touched = follow("Add a file format", tmp_path)
    assert len(touched) <= 3
    succeed(tmp_path, NEW_FORMAT)


@pytest.mark.slow
def test_a_new_kind_of_message_goes_from_the_page_to_the_wire(tmp_path: Path):
    touched = follow("Add a kind of message", tmp_path)
    assert len(touched) <= 4
    succeed(tmp_path, NEW_KIND)


@pytest.mark.slow
def test_a_new_report_column_is_in_files_and_on_pages(tmp_path: Path):
    touched = follow("Add a report column", tmp_path)
    assert len(touched) <= 2
    succeed(tmp_path, NEW_COLUMN)


def test_the_recipes_still_fit_the_code():
    for name in recipes():
        for path, before, _ in steps(name):
            assert _fits(ROOT / path, before), f"{name}: correct the step for {path}"


def recipes() -> list[str]:
    """The headings of all recipes."""
    return re.findall(r"^## (.+)$", RECIPES.read_text("utf-8"), re.MULTILINE)


def steps(name: str) -> list[tuple[str, str, str]]:
    """The steps of a recipe: a file, the lines that stand in it, the lines that take their place."""
    (recipe,) = re.findall(rf"^## {name}$(.*?)(?=^## |\Z)", RECIPES.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    path, found = "", []
    for named, diff in re.findall(r"^`([\w./]+)`$|^```diff\n(.*?)^```$", recipe, re.MULTILINE | re.DOTALL):
        path = named or path
        if diff:
            lines = [line or " " for line in diff.splitlines()]
            found.append((path, side(lines, "-"), side(lines, "+")))
    return found


def side(lines: list[str], sign: str) -> str:
    """The lines of a diff as they are before (`-`) or after it (`+`)."""
    return "".join(f"{line[1:]}\n" for line in lines if line[0] in (" ", sign))


def follow(name: str, folder: Path) -> set[str]:
    """Copy the code to `folder` and take the steps of a recipe there; the files that they touch."""
    shutil.copytree(ROOT, folder, ignore=NOT_COPIED, dirs_exist_ok=True)
    for path, before, after in steps(name):
        file = folder / path
        assert _fits(file, before), f"{name}: correct the step for {path}"
        file.write_text(file.read_text("utf-8").replace(before, after) if before else after, "utf-8")
    return {path for path, _, _ in steps(name)}


def _fits(file: Path, before: str) -> bool:
    """Whether the lines to be changed stand in the file once; where there are none, the file is new."""
    return file.read_text("utf-8").count(before) == 1 if before else not file.exists()


def succeed(folder: Path, test: str) -> None:
    """Run a test in a copy of the code."""
    (folder / "tests/test_new.py").write_text(test, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", "tests/test_new.py"]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=120)
    assert ended.returncode == 0, ended.stdout[-4000:]
