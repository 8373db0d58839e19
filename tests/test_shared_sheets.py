"""The collection of difficult sheets, each through `check`: the outcome is the one that its index names."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from smscore.command import main

ROOT = Path(__file__).parents[1]
COLLECTION = ROOT.parent / "shared" / "sheets"
INDEX = COLLECTION / "index.json"
FILES = json.loads(INDEX.read_text(encoding="utf-8"))["files"] if INDEX.exists() else []
OUR_CODES = {
    # the index's word for why a row is refused: ours
    "phone_scientific": "damaged_by_spreadsheet",
    "phone_not_whole": "not_whole_number",
    "damaged_row": "damaged_row",
    "cell_error_value": "cell_error_value",
}

pytestmark = pytest.mark.skipif(not FILES, reason="the collection of difficult sheets is not beside this checkout")


def written(case: dict, folder: Path) -> Path:
    """The file to check: in its place, or unpacked where the index says so."""
    path = COLLECTION / case["file"]
    if case.get("unpack") != "gzip":
        return path
    unpacked = folder / case["file"].removesuffix(".gz")
    unpacked.write_bytes(gzip.decompress(path.read_bytes()))
    return unpacked


def refusals_that_pass(case: dict) -> set[str]:
    """The codes with which the whole file may be refused, by its outcome or by its note."""
    named = re.search(r"reject with (\w+)(?: or (\w+))? is also a pass", case.get("note", ""))
    also = {code for code in named.groups() if code} if named else set()
    return also | ({case["error"]} if case["outcome"] == "reject" else set())


def acceptance(case: dict) -> tuple[int, int] | None:
    """The good and the bad rows with which the file may be accepted; None when it must be refused."""
    if case["outcome"] != "reject":
        return case["rows_ok"], case["rows_bad"]
    named = re.search(r"accepting (\d+) (?:rows|unique recipient)", case.get("note", ""))
    return (int(named[1]), 0) if named else None


def judge(case: dict, code: int, found: dict) -> None:
    """Fail unless `check` ended in a way that the index allows."""
    if code == 2:
        assert found["error"] in refusals_that_pass(case), found["message"]
        assert found["message"] and found["contacts"] == 0
        return
    assert code == 0 and acceptance(case) is not None
    assert (found["contacts"] + found["duplicates"], found["problems"]) == acceptance(case)
    assert found["rows"] == sum(found[name] for name in ("contacts", "duplicates", "problems", "opted_out"))
    assert sum(found["reasons"].values()) == found["problems"]
    if "warning" in case:
        assert case["warning"] in found["warnings"]
    if case["outcome"] == "salvage" and "error" in case:
        assert OUR_CODES[case["error"]] in found["reasons"]


@pytest.fixture(autouse=True)
def no_database(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SMSCORE_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")


@pytest.mark.parametrize("case", FILES, ids=[case["file"] for case in FILES])
def test_check_says_what_the_index_says(case, tmp_path, capsys):
    before = set(tmp_path.iterdir())
    path = written(case, tmp_path)
    code = main(["check", str(path), "--json"])
    judge(case, code, json.loads(capsys.readouterr().out))
    assert set(tmp_path.iterdir()) - before <= {path}, "checking a sheet must leave nothing behind"


def test_the_phone_forms_come_out_as_one_person(capsys):
    main(["check", str(COLLECTION / "23_phone_forms.csv"), "--json"])
    found = json.loads(capsys.readouterr().out)
    assert (found["contacts"], found["duplicates"], found["problems"]) == (1, 8, 5)


def test_numbers_stored_as_numbers_come_out_whole(tmp_path, capsys):
    for name, people in (("55_numeric_phones.xlsx", ["+919876543210"]), ("21_scientific_phone.csv", None)):
        out = tmp_path / f"{name}.csv"
        assert main(["check", str(COLLECTION / name), "--valid", str(out), "--json"]) == 0
        phones = [line.split(",")[1].strip('"') for line in out.read_text(encoding="utf-8-sig").splitlines()[1:]]
        assert people is None or phones == people
        assert "+919877000000" not in phones, "lost digits are never guessed"
    capsys.readouterr()


@pytest.mark.slow
@pytest.mark.parametrize(
    "name", ["01_control.csv", "23_phone_forms.csv", "35_zipbomb_sheet.xlsx", "40_xxe.xlsx", "61_encrypted.xlsx"]
)
def test_the_command_itself_says_the_same(name, tmp_path):
    (case,) = (each for each in FILES if each["file"] == name)
    command = [sys.executable, "-m", "smscore", "check", str(COLLECTION / name), "--json"]
    ended = subprocess.run(
        command, env=os.environ | {"PYTHONPATH": str(ROOT)}, cwd=tmp_path, capture_output=True, text=True, timeout=120
    )
    judge(case, ended.returncode, json.loads(ended.stdout))
    assert "Traceback" not in ended.stderr
