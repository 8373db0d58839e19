"""`python -m smscore`: verbs, options, JSON keys and exit codes, on real processes, a real sandbox and a real database.

What needs one process is told in-process through `main`; what is about processes (killed, stopped, two at once) runs
the command itself.
"""

from __future__ import annotations

import csv
import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import openpyxl
import pytest
import requests

from smscore import Kind, load_settings, open_desk
from smscore.command import main
from smscore.command.campaigns import describe_campaign
from smscore.command.main import parse_options
from smscore.store import launching

ROOT = Path(__file__).parents[1]
SEND_KEYS = ["campaign", "status", "reason", "recipients", "accepted", "refused", "not_sent", "unknown", "calls"]
CHECK_KEYS = ["rows", "contacts", "duplicates", "problems", "opted_out", "phone_column", "reasons", "warnings", "error"]
REPORT_COLUMNS = ["row", "phone", "status", "reason", "message_id", "segments", "submitted_at", "updated_at"]
MOST_SECONDS = 120.0
SIX_DIGITS = iter(range(100_000, 900_000, 10_000))


def hear_signals() -> None:
    """A test run in the background of a shell ignores SIGINT, and so would what it starts."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


class Place:
    """A folder of its own with a database, and the environment that leads a command to it and to a sandbox."""

    def __init__(self, folder: Path, sandbox: str, rate: int = 1000, database: str = "") -> None:
        self.folder, self.sandbox = folder, sandbox
        self.first = 9_876_000_000 + next(SIX_DIGITS)
        kept = {name: text for name, text in os.environ.items() if not name.startswith("SMSCORE_")}
        self.environment = kept | {
            "PYTHONPATH": str(ROOT),
            "SMSCORE_DATABASE_URL": database or f"sqlite:///{folder / 'desk.db'}",
            "SMSCORE_BASE_URL": sandbox,
            "SMSCORE_RATE": str(rate),
        }

    def sheet(self, rows: int, name: str = "people.csv") -> Path:
        """A sheet of so many people of this place, each number written once."""
        lines = [f"Name {n},{self.first + n}" for n in range(rows)]
        path = self.folder / name
        path.write_text("\n".join(["name,phone", *lines]) + "\n", encoding="utf-8")
        return path

    def start(self, *arguments: object) -> subprocess.Popen:
        """The command, running."""
        command = [sys.executable, "-m", "smscore", *map(str, arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(
            command, cwd=self.folder, env=self.environment, text=True, preexec_fn=hear_signals, **pipes
        )

    def run(self, *arguments: object) -> tuple[int, dict | list, str]:
        """The command, run to its end: exit code, the JSON document of stdout, stderr."""
        process = self.start(*arguments, "--json")
        out, err = process.communicate(timeout=MOST_SECONDS)
        return process.returncode, json.loads(out), err

    def truth(self) -> dict[int, int]:
        """How often each number of this place was texted, by the sandbox's word."""
        told = requests.get(f"{self.sandbox}/truth", timeout=10).json()["recipients"]
        mine = range(self.first, self.first + 10_000)
        return {int(number) % 10**10: times for number, times in told.items() if int(number) % 10**10 in mine}

    def wait_for(self, texted: int, by: subprocess.Popen) -> None:
        """Until so many people of this place were texted by a process, which must not end before."""
        latest = time.monotonic() + MOST_SECONDS
        while len(self.truth()) < texted:
            assert by.poll() is None, by.stderr.read()
            assert time.monotonic() < latest, "the campaign does not move"
            time.sleep(0.05)

    def newest(self) -> dict:
        """The newest campaign, as the list has it."""
        desk = open_desk(load_settings(self.environment))
        try:
            campaign = desk.campaigns.list(1)[0]
            return describe_campaign(campaign, desk.campaigns.count_calls(campaign.id))
        finally:
            desk.close()

    def wait_until(self, *statuses: str) -> dict:
        """Until the newest campaign has one of the statuses."""
        latest = time.monotonic() + MOST_SECONDS
        while (newest := self.newest())["status"] not in statuses:
            assert time.monotonic() < latest, newest
            time.sleep(0.2)
        return newest


@pytest.fixture(scope="module")
def sandbox(tmp_path_factory) -> str:
    """The URL of a sandbox that the command itself serves."""
    folder = tmp_path_factory.mktemp("sandbox")
    process = Place(folder, "http://127.0.0.1:1").start("sandbox", "--port", "0", "--json")
    said = ""
    while not said.endswith("}\n"):
        line = process.stdout.readline()
        assert line, process.stderr.read()
        said += line
    yield json.loads(said)["url"]
    process.send_signal(signal.SIGTERM)
    assert process.wait(30) == 0
    process.stdout.close()
    process.stderr.close()


@pytest.fixture
def place(tmp_path, sandbox) -> Place:
    return Place(tmp_path, sandbox)


@pytest.fixture
def slow_place(tmp_path, sandbox) -> Place:
    """One where a campaign lasts long enough to be interrupted."""
    return Place(tmp_path, sandbox, rate=60)


@pytest.fixture
def alone(tmp_path, monkeypatch) -> Path:
    """A folder to work in, in-process, with no database yet."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("SMSCORE_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SMSCORE_DATABASE_URL", f"sqlite:///{tmp_path / 'desk.db'}")
    return tmp_path


def told(capsys, *arguments: object) -> tuple[int, dict]:
    """What a command answers in-process, as JSON: nothing else may stand on stdout."""
    code = main([*map(str, arguments), "--json"])
    return code, json.loads(capsys.readouterr().out)


def rows_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


MIXED = """name,phone,city
Asha,98765 43210,Pune
Ravi,+91 9876543211,Agra
Asha again,09876543210,Pune
Meera,12345,Goa
Nobody,,Delhi
Two,9876543212 / 9876543213,Surat
"""

# ---------------------------------------------------------------- check


def test_check_prints_the_arithmetic_and_writes_both_halves(alone, capsys):
    Path("mixed.csv").write_text(MIXED, encoding="utf-8")
    code, found = told(capsys, "check", "mixed.csv", "--valid", "ok.csv", "--rejected", "bad.csv")
    assert (code, list(found)) == (0, CHECK_KEYS)
    assert (found["rows"], found["contacts"], found["duplicates"], found["problems"]) == (6, 2, 1, 3)
    assert found["reasons"] == {"blank": 1, "several_numbers": 1, "too_short": 1}
    assert (found["phone_column"], found["opted_out"], found["error"]) == ("phone", 0, None)
    assert "phone_cleaned" in found["warnings"]
    ok, bad = rows_of(Path("ok.csv")), rows_of(Path("bad.csv"))
    assert [(row["row"], row["phone"], row["name"]) for row in ok] == [
        ("2", "+919876543210", "Asha"),
        ("3", "+919876543211", "Ravi"),
    ]
    assert list(bad[0]) == ["row", "column", "value", "reason", "suggestion"]
    assert [(row["row"], row["value"]) for row in bad] == [("5", "12345"), ("6", ""), ("7", "9876543212 / 9876543213")]
    assert not Path("desk.db").exists(), "reading a sheet must not make a database"


def test_check_says_the_same_to_people(alone, capsys):
    Path("mixed.csv").write_text(MIXED, encoding="utf-8")
    assert main(["check", "mixed.csv"]) == 0
    said = capsys.readouterr().out
    for part in ("6 rows", "2  contacts", "1  duplicate\n", "3  problems", "0  opted out", "too few digits"):
        assert part in said


def test_one_is_no_plural(alone, capsys):
    Path("one.csv").write_text("name,phone\nAsha,9876543210/9876543211\n", encoding="utf-8")
    assert main(["check", "one.csv", "--several", "all"]) == 0
    said = capsys.readouterr().out
    for part in ("one.csv: 1 row, ", "1  contact\n", "0  duplicates", "1  more person, from"):
        assert part in said
    command = ("send", "one.csv", "--sender", "ABCDEF", "--text", "Hi", "--several", "all", "--detach")
    assert main(command) == 0
    streams = capsys.readouterr()
    assert "1 row = 1 contact (and 1 more person) + 0 duplicates + 0 problems + 0 opted out" in streams.err
    assert "2 recipients, " in streams.out and "calls." in streams.out


def test_several_numbers_and_hidden_rows_are_taken_when_asked(alone, capsys):
    Path("mixed.csv").write_text(MIXED, encoding="utf-8")
    assert told(capsys, "check", "mixed.csv", "--several", "first")[1]["contacts"] == 3
    every = told(capsys, "check", "mixed.csv", "--several", "all")[1]
    assert (every["contacts"], every["extra_contacts"]) == (3, 1)
    book = openpyxl.Workbook()
    for cells in (("phone",), ("9876543210",), ("9876543211",)):
        book.active.append(cells)
    book.active.row_dimensions[3].hidden = True
    book.save("hidden.xlsx")
    without, included = told(capsys, "check", "hidden.xlsx")[1], told(capsys, "check", "hidden.xlsx", "--hidden")[1]
    assert (without["contacts"], without["reasons"]) == (1, {"hidden_row": 1})
    assert (included["contacts"], included["problems"]) == (2, 0)


def test_what_cannot_be_told_is_asked_with_the_choices(alone, capsys):
    Path("twins.csv").write_text("phone,phone\n9876543210,9876543211\n", encoding="utf-8")
    code, refused = told(capsys, "check", "twins.csv")
    assert (code, refused["error"], refused["choices"]) == (2, "which_phone_column", ["phone (1)", "phone (2)"])
    assert "--phone" in refused["message"] and refused["rows"] == 0
    assert told(capsys, "check", "twins.csv", "--phone", "phone (2)")[1]["phone_column"] == "phone (2)"
    assert told(capsys, "check", "twins.csv", "--phone", "mobile")[1]["error"] == "no_such_column"


def test_every_column_that_numbers_come_from_is_named(alone, capsys):
    (alone / "two.csv").write_text("mobile,other\n9876543210,\n,9876543211\n")
    assert main(["check", "two.csv", "--phone", "mobile", "--phone", "other"]) == 0
    assert "2 rows, phone column: “mobile”, “other”" in capsys.readouterr().out
    book = openpyxl.Workbook()
    for sheet in (book.active, book.create_sheet("March")):
        sheet.append(("phone",))
        sheet.append(("9876543210",))
    book.save("two.xlsx")
    code, refused = told(capsys, "check", "two.xlsx")
    assert (code, refused["error"], refused["choices"]) == (2, "choose_sheet", ["Sheet", "March"])
    assert told(capsys, "check", "two.xlsx", "--sheet", "March")[1]["contacts"] == 1


def test_the_first_row_is_what_the_options_say(alone, capsys):
    Path("bare.csv").write_text("Asha,9876543210\nRavi,9876543211\n", encoding="utf-8")
    for option, rows in (((), 2), (("--no-header",), 2), (("--header",), 1)):
        assert told(capsys, "check", "bare.csv", *option)[1]["rows"] == rows


def test_a_sheet_of_a_text_file_cannot_be_chosen(alone, capsys):
    Path("bare.csv").write_text("name,phone\nAsha,9876543210\n", encoding="utf-8")
    code, refused = told(capsys, "check", "bare.csv", "--sheet", "March")
    assert (code, refused["error"]) == (2, "no_sheets_in_text") and "bare.csv" in refused["message"]


def test_the_encoding_of_a_text_file_is_told_and_chosen(alone, capsys):
    Path("hu.csv").write_bytes("name,phone\nBéla Győr,9876543210\n".encode("cp1250"))
    assert main(["check", "hu.csv"]) == 0
    assert "It was read as Windows-1252" in (out := capsys.readouterr().out) and "(--encoding NAME)" in out
    code, found = told(capsys, "check", "hu.csv", "--encoding", "windows-1250", "--valid", "out.csv")
    assert code == 0 and not found["warnings"] and "Győr" in Path("out.csv").read_text("utf-8-sig")
    code, refused = told(capsys, "check", "hu.csv", "--encoding", "klingon")
    assert (code, refused["error"]) == (2, "unknown_encoding")
    assert "There is no encoding called klingon." in refused["message"]
    book = openpyxl.Workbook()
    book.active.append(["phone"])
    book.active.append(["9876543210"])
    book.save("book.xlsx")
    code, refused = told(capsys, "check", "book.xlsx", "--encoding", "utf-8")
    assert (code, refused["error"]) == (2, "no_encoding_in_workbook")


def test_a_column_of_unknown_countries_is_asked_about(alone, capsys):
    rows = [f"{at} bloc,987654321{at}" for at in range(4)]
    Path("blocs.csv").write_text("\n".join(["Country,Mobile", *rows]), encoding="utf-8")
    code, refused = told(capsys, "check", "blocs.csv")
    assert (code, refused["error"], refused["contacts"]) == (2, "which_country_column", 0)
    for column, contacts in (("Country", 0), ("none", 4)):
        assert told(capsys, "check", "blocs.csv", "--country", column)[1]["contacts"] == contacts


def test_a_sheet_of_opt_outs_is_read_in_the_countries_of_its_rows(alone, capsys):
    Path("outs.csv").write_text("Region,Mobile\nCA,4165550123\nIN,9876543210\nIN,12\n", encoding="utf-8")
    code, refused = told(capsys, "opt-out", "outs.csv")
    assert (code, refused["error"]) == (2, "country_column_doubtful")
    code, found = told(capsys, "opt-out", "outs.csv", "--country", "Region", "--rejected", "unread.csv")
    assert (code, found["added"], found["problems"], found["country_columns"]) == (3, 2, 1, ["Region"])
    assert "12" in Path("unread.csv").read_text("utf-8-sig")
    desk = open_desk()
    assert set(desk.opt_outs.search("")["phone"]) == {"+14165550123", "+919876543210"}
    desk.close()
    assert main(["opt-out", "outs.csv", "--country", "none"]) == 3
    assert "Row 4: 12" in capsys.readouterr().out


def test_a_refused_file_is_exit_2_with_a_sentence(alone, capsys):
    Path("empty.csv").write_bytes(b"")
    for name, error in (("empty.csv", "empty_file"), ("none.csv", "file_unreadable")):
        code, refused = told(capsys, "check", name)
        assert (code, refused["error"]) == (2, error) and refused["message"].endswith(".")
    assert main(["check", "empty.csv"]) == 2
    streams = capsys.readouterr()
    assert streams.out == "" and "The file is empty" in streams.err


def test_files_that_would_overwrite_or_cannot_be_are_refused_before_anything(alone, capsys):
    sheet = Path("mixed.csv")
    sheet.write_text(MIXED, encoding="utf-8")
    Path("link.csv").symlink_to(sheet)
    for option, error in (
        (("--valid", "mixed.csv"), "would_overwrite"),
        (("--rejected", "link.csv"), "would_overwrite"),
        (("--valid", "a.csv", "--rejected", "a.csv"), "would_overwrite"),
        (("--valid", "nowhere/a.csv"), "no_such_folder"),
        (("--valid", "a.pdf"), "report_format"),
    ):
        code, refused = told(capsys, "check", "mixed.csv", *option)
        assert (code, refused["error"]) == (2, error)
    assert sheet.read_text(encoding="utf-8") == MIXED and not Path("a.csv").exists()


def test_opt_outs_are_honoured_when_there_is_a_database(alone, capsys):
    Path("mixed.csv").write_text(MIXED, encoding="utf-8")
    desk = open_desk()
    desk.opt_outs.add("9876543211", "IN", "tester", "test")
    desk.close()
    found = told(capsys, "check", "mixed.csv")[1]
    assert (found["rows"], found["contacts"], found["opted_out"]) == (6, 1, 1)


def test_a_database_that_is_none_is_refused_and_left_alone(alone, capsys):
    Path("desk.db").write_text("Dear diary", encoding="utf-8")
    assert told(capsys, "campaigns")[1]["error"] == "not_a_database"
    assert Path("desk.db").read_text(encoding="utf-8") == "Dear diary"
    Path("mixed.csv").write_text(MIXED, encoding="utf-8")
    code, found = told(capsys, "check", "mixed.csv")
    assert code == 0 and "opt_outs_unread" in found["warnings"]


def test_nothing_from_a_sheet_can_steer_the_terminal(alone, capsys):
    Path("x.csv").write_text("\x1b[2Jphone\n9876543210\n", encoding="utf-8")
    assert main(["check", "x.csv"]) == 0
    streams = capsys.readouterr()
    assert "\x1b" not in streams.out + streams.err


# ---------------------------------------------------------------- options


@pytest.mark.parametrize(
    "arguments",
    [
        ["send", "x.csv", "--text", "Hi"],
        ["send", "x.csv", "--sender", "ABCDEF"],
        ["send", "x.csv", "--sender", "ABCDEF", "--text", "Hi", "--custom", "name"],
        ["send", "x.csv", "--sender", "ABCDEF", "--template-id", "1", "--flash"],
        ["send", "x.csv", "--sender", "ABCDEF", "--text", "Hi", "--rest", "--again"],
        ["send", "x.csv", "--sender", "ABCDEF", "--text", "\udcff"],
        ["send", "x.csv", "--sender", "ABCDEF", "--text", "Hi", "--canary-share", "0.1"],
        # An unset variable of a script means neither "at once" nor "at any hour" nor "without a template".
        *(
            ["send", "x.csv", "--sender", "ABCDEF", "--text", "Hi", option, " "]
            for option in ("--at", "--window", "--template-id", "--custom", "--name", "--region", "--sheet", "--phone")
        ),
        ["send", "x.csv", "--sender", "ABCDEF", "--text", "Hi", "--countdown", "-3"],
        ["send", "x.csv", "--sender", "ABCDEF", "--text", "Hi", "--countdown", "99999999999999999999"],
        ["send", "x.csv", "--sender", "ABCDEF", "--text", "Hi", "--canary", "5", "--canary-wait", "-3"],
        ["pause", "first"],
        ["cancel", "99999999999999999999"],
        ["campaigns", "--limit", "-1"],
        ["report", "1"],
        ["nonsense"],
    ],
)
def test_wrong_usage_is_exit_2_and_json_when_asked(arguments, capsys):
    with pytest.raises(SystemExit) as ended:
        main([*arguments, "--json"])
    streams = capsys.readouterr()
    assert ended.value.code == 2 and json.loads(streams.out)["error"] == "usage"
    assert streams.err.startswith("usage: python -m smscore")


def test_help_names_every_verb_and_what_the_keys_mean(capsys):
    for arguments, words in (
        (["--help"], ("check", "send", "campaigns", "worker", "sandbox", "migrate", "ledger", "stop-all")),
        (["send", "--help"], (*SEND_KEYS, "Exit codes", "--detach", "--custom", "--canary", "--at")),
    ):
        with pytest.raises(SystemExit) as ended:
            parse_options(arguments)
        said = capsys.readouterr().out
        assert ended.value.code == 0 and all(word in said for word in words)


@pytest.mark.parametrize(
    ("extra", "error"),
    [
        (("--sender", "AB"), "not_ready"),
        (("--text", "Hi {nobody}"), "not_ready"),
        (("--at", "tomorrow"), "bad_time"),
        (("--at", "2020-01-01T10:00"), "not_ready"),
        (("--window", "10-"), "bad_window"),
        (("--region", "XX"), "unknown_region"),
        (("--report", "out.pdf"), "report_format"),
    ],
)
def test_what_cannot_be_sent_is_exit_2_and_records_nothing(alone, capsys, extra, error):
    Path("mixed.csv").write_text(MIXED, encoding="utf-8")
    code, refused = told(capsys, "send", "mixed.csv", "--sender", "ABCDEF", "--text", "Hi", *extra)
    assert (code, refused["error"]) == (2, error) and refused["message"]
    assert told(capsys, "campaigns")[1] == []


def test_a_wrong_setting_is_a_sentence(alone, capsys, monkeypatch):
    monkeypatch.setenv("SMSCORE_RATE", "fast")
    code, refused = told(capsys, "campaigns")
    assert (code, refused["error"]) == (2, "bad_settings") and "SMSCORE_RATE" in refused["message"]


# ---------------------------------------------------------------- recording and steering, in-process


def test_a_detached_campaign_is_recorded_steered_and_reported(alone, capsys):
    Path("mixed.csv").write_text(MIXED, encoding="utf-8")
    words = ("send", "mixed.csv", "--sender", "ABCDEF", "--text", "Hi {name}", "--name", "May", "--detach")
    code, sent = told(capsys, *words)
    assert (code, list(sent), sent["status"]) == (0, SEND_KEYS, "scheduled")
    assert (sent["recipients"], sent["not_sent"], sent["accepted"], sent["unknown"]) == (2, 2, 0, 0)
    assert told(capsys, *words)[1]["campaign"] == sent["campaign"], "the same command goes on with its own campaign"
    ((listed),) = told(capsys, "campaigns")[1]
    assert {"campaign": 1, "name": "May", "status": "scheduled", "queued": 2}.items() <= listed.items()
    assert told(capsys, "pause", "1")[1]["status"] == "paused"
    assert told(capsys, "resume", "1")[1]["status"] == "scheduled"
    assert told(capsys, "stop-all") == (0, {"paused": 1})
    assert told(capsys, "cancel", "1")[1]["cancelled"] == 2
    code, refused = told(capsys, "resume", "1")
    assert (code, refused["error"]) == (2, "wrong_status")
    assert told(capsys, "pause", "9")[1]["error"] == "no_such_campaign"
    assert told(capsys, "report", "1", "--out", "r.csv") == (0, {"campaign": 1, "out": "r.csv", "rows": 2})
    assert list(rows_of(Path("r.csv"))[0]) == [*REPORT_COLUMNS, "name", "phone (as written)", "city"]
    assert told(capsys, *words)[1]["campaign"] == 2, "nobody was texted by the cancelled one: it may be sent anew"


def test_the_same_command_for_the_rest_goes_on_with_its_own_campaign(alone, capsys):
    words = ("--sender", "ABCDEF", "--text", "Hi", "--detach")
    Path("few.csv").write_text("phone\n9876543210\n", encoding="utf-8")
    Path("more.csv").write_text("phone\n9876543210\n9876543211\n", encoding="utf-8")
    assert told(capsys, "send", "few.csv", *words)[1]["campaign"] == 1
    for _ in range(2):
        code, sent = told(capsys, "send", "more.csv", *words, "--rest")
        assert (code, sent["campaign"], sent["recipients"]) == (0, 2, 1)


def test_the_options_of_send_reach_the_campaign(alone, capsys):
    Path("mixed.csv").write_text(MIXED, encoding="utf-8")
    base = ("send", "mixed.csv", "--sender", "ABCDEF", "--detach")
    told(capsys, *base, "--template-id", "1507165650000000001", "--custom", "name,city")
    told(capsys, *base, "--text", "Soon", "--flash", "--at", "2099-01-01T10:00", "--window", "10:00-18:30")
    told(capsys, *base, "--text", "Try", "--template-id", "1507165650000000001", "--canary", "1", "--canary-share", "0")
    desk = open_desk()
    canary, flash, variables = desk.campaigns.list()
    desk.close()
    assert (variables.kind, [slot.pattern for slot in variables.message.slots]) == (
        Kind.VARIABLES,
        ["{name}", "{city}"],
    )
    assert (flash.kind, flash.start_at.isoformat()) == (Kind.FLASH, "2099-01-01T04:30:00+00:00")
    assert (flash.timing.window.opens, flash.timing.window.closes) == ("10:00", "18:30")
    assert (canary.kind, canary.canary.size, canary.canary.bad_share) == (Kind.TEMPLATE, 1, 0.0)
    assert "command line" in canary.actor


# ---------------------------------------------------------------- the command itself


def test_send_sends_and_reports(place):
    sheet = place.sheet(60)
    code, sent, remarks = place.run("send", sheet, "--sender", "ABCDEF", "--text", "Hi {name}", "--report", "r.xlsx")
    assert (code, list(sent), sent["status"]) == (0, SEND_KEYS, "finished"), remarks
    assert (sent["recipients"], sent["accepted"], sent["calls"]) == (60, 60, 60)
    assert place.truth() == {place.first + n: 1 for n in range(60)}
    assert "60 rows = 60 contacts" in remarks and "100%" in remarks
    header, first, *rest = openpyxl.load_workbook(place.folder / "r.xlsx").active.iter_rows(values_only=True)
    assert list(header)[:8] == REPORT_COLUMNS and len(rest) == 59
    assert first[1] == f"+91{place.first}" and first[2] == "accepted" and first[4]


@pytest.mark.slow
def test_the_same_list_is_not_texted_again_unless_it_is_said(place):
    sheet, more = place.sheet(20), ("--sender", "ABCDEF", "--text", "Hello")
    assert place.run("send", sheet, *more)[0] == 0
    code, refused, _ = place.run("send", sheet, *more)
    assert (code, refused["error"]) == (2, "same_list") and "--rest or --again" in refused["message"]
    place.sheet(30)
    code, sent, _ = place.run("send", sheet, *more, "--rest")
    assert (code, sent["recipients"], sent["accepted"]) == (0, 10, 10)
    assert set(place.truth().values()) == {1} and len(place.truth()) == 30
    assert place.run("send", sheet, *more, "--again")[1]["accepted"] == 30
    assert set(place.truth().values()) == {2}


@pytest.mark.slow
def test_a_paused_campaign_is_exit_3_with_its_reason(place):
    sheet = place.sheet(50)
    code, sent, remarks = place.run("send", sheet, "--sender", "ABCDEF", "--text", "Hi {name}", "--canary", "5")
    assert (code, sent["status"], sent["reason"]) == (3, "paused", "canary_waiting")
    assert (sent["accepted"], sent["not_sent"]) == (5, 45) and "resume" in remarks
    assert place.run("resume", sent["campaign"])[0] == 0
    worker = place.start("worker")
    place.wait_for(50, worker)
    assert place.wait_until("finished")["accepted"] == 50
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 0
    assert set(place.truth().values()) == {1}


@pytest.mark.slow
@pytest.mark.crash
def test_killed_in_the_middle_a_worker_goes_on_and_nobody_is_texted_twice(slow_place):
    place = slow_place
    killed = place.start("send", place.sheet(300), "--sender", "ABCDEF", "--text", "Hi {name}")
    place.wait_for(60, killed)
    killed.kill()
    assert killed.wait(10) == -signal.SIGKILL
    worker = place.start("worker")
    finished = place.wait_until("finished")
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 0
    truth = place.truth()
    assert set(truth.values()) == {1}
    assert finished["recipients"] == 300 == finished["accepted"] + finished["unknown"]
    assert finished["accepted"] <= len(truth) <= 300 and finished["unknown"] <= 16


DIES_WHILE_RECORDING = """
import os, sys
from smscore.command import main
from smscore.engine import Jobs
Jobs.launch = lambda *_: os.kill(os.getpid(), 9)
main(sys.argv[1:])
"""


@pytest.mark.slow
@pytest.mark.crash
def test_killed_while_it_recorded_the_same_command_records_anew(place, monkeypatch, capsys):
    words = ["send", str(place.sheet(20)), "--sender", "ABCDEF", "--text", "Hi {name}", "--detach"]
    died = subprocess.run([sys.executable, "-c", DIES_WHILE_RECORDING, *words], env=place.environment, timeout=100)
    assert died.returncode == -signal.SIGKILL and place.newest()["status"] == "draft"
    monkeypatch.setattr(launching, "DRAFT_SILENCE", 0.5)
    for name in ("SMSCORE_DATABASE_URL", "SMSCORE_BASE_URL"):
        monkeypatch.setenv(name, place.environment[name])
    code, sent = told(capsys, *words)
    assert (code, sent["status"], sent["recipients"]) == (0, "scheduled", 20)
    assert len(told(capsys, "campaigns")[1]) == 1


@pytest.mark.slow
@pytest.mark.crash
def test_killed_and_started_again_the_same_command_goes_on(slow_place):
    place = slow_place
    words = ("send", place.sheet(300), "--sender", "ABCDEF", "--text", "Hi {name}")
    killed = place.start(*words)
    place.wait_for(60, killed)
    killed.kill()
    killed.wait(10)
    code, sent, remarks = place.run(*words)
    assert (code, sent["campaign"], sent["status"]) == (0, 1, "finished") and "already saved" in remarks
    assert sent["recipients"] == 300 == sent["accepted"] + sent["unknown"]
    assert set(place.truth().values()) == {1}


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_stopped_by_a_signal_it_leaves_nothing_in_doubt(slow_place, number, code):
    place = slow_place
    process = place.start("send", place.sheet(400), "--sender", "ABCDEF", "--text", "Hi {name}", "--json")
    place.wait_for(40, process)
    process.send_signal(number)
    out, remarks = process.communicate(timeout=60)
    sent = json.loads(out)
    assert process.returncode == code and "stopped here" in remarks and "worker" in remarks
    assert (sent["status"], sent["unknown"]) == ("running", 0)
    assert sent["accepted"] == len(place.truth()) and sent["accepted"] + sent["not_sent"] == 400


@pytest.mark.slow
def test_two_at_once_record_one_campaign_and_one_engine_sends(slow_place):
    place = slow_place
    words = ("send", place.sheet(150), "--sender", "ABCDEF", "--text", "Hi {name}", "--json")
    both = [place.start(*words) for _ in range(2)]
    ends = [(json.loads(process.communicate(timeout=MOST_SECONDS)[0]), process.returncode) for process in both]
    assert [code for _, code in ends] == [0, 0]
    assert {sent["campaign"] for sent, _ in ends} == {1}
    assert all(sent["accepted"] == 150 for sent, _ in ends)
    assert place.truth() == {place.first + n: 1 for n in range(150)}


@pytest.mark.slow
def test_steered_from_another_process(slow_place):
    place = slow_place
    process = place.start("send", place.sheet(3000), "--sender", "ABCDEF", "--text", "Hi {name}", "--json")
    place.wait_for(30, process)
    assert place.run("pause", "1")[1]["status"] == "paused"
    out, remarks = process.communicate(timeout=60)
    sent = json.loads(out)
    assert (process.returncode, sent["status"], sent["reason"]) == (3, "paused", "paused_by_operator")
    texted = len(place.truth())
    assert sent["unknown"] == 0 and texted == sent["accepted"] < 3000 and "Paused by" in remarks
    worker = place.start("worker")
    assert place.run("resume", "1")[0] == 0
    place.wait_for(texted + 20, worker)
    assert place.run("cancel", "1")[1]["status"] == "cancelled"
    worker.send_signal(signal.SIGTERM)
    assert worker.wait(60) == 0
    ended = place.wait_until("cancelled")
    assert ended["unknown"] == ended["queued"] == 0 and ended["accepted"] == len(place.truth())
    assert ended["accepted"] + ended["cancelled"] == 3000
    proof = place.run("ledger", "1", "--out", "ledger.csv")[1]
    assert (proof["numbers"], proof["twice"]) == (3000, 0) and proof["rows"] >= 3000
    texted = [row["phone"].lstrip("'") for row in rows_of(place.folder / "ledger.csv") if row["texted"] == "yes"]
    assert sorted(texted) == sorted(f"+91{number}" for number in place.truth())


@pytest.mark.slow
def test_a_second_worker_stands_by_and_takes_over(slow_place):
    place = slow_place
    assert place.run("migrate")[0] == 0
    first = place.start("worker")
    assert "The engine is running" in first.stderr.readline()
    second = place.start("worker")
    assert "takes over when it ends" in second.stderr.readline()
    code, sent, remarks = place.run("send", place.sheet(200), "--sender", "ABCDEF", "--text", "Hi {name}", "--detach")
    assert (code, sent["status"]) == (0, "scheduled") and "No engine" not in remarks
    place.wait_for(30, first)
    first.kill()
    first.wait(10)
    assert "The engine is running" in second.stderr.readline()
    finished = place.wait_until("finished")
    second.send_signal(signal.SIGTERM)
    assert second.wait(60) == 0
    assert finished["accepted"] + finished["unknown"] == 200 and set(place.truth().values()) == {1}


@pytest.mark.slow
@pytest.mark.crash
@pytest.mark.postgres
def test_of_two_workers_on_postgresql_one_is_killed_and_the_other_finishes(tmp_path, sandbox, postgres):
    place = Place(tmp_path, sandbox, rate=30, database=postgres.fresh())
    workers = [place.start("worker") for _ in range(2)]
    for worker in workers:
        assert "The engine is running" in worker.stderr.readline()
    words = ("--sender", "ABCDEF", "--text", "Hi {name}", "--detach")
    assert place.run("send", place.sheet(600), *words)[1]["status"] == "scheduled"
    place.wait_for(60, workers[0])
    workers[0].kill()
    workers[0].wait(10)
    finished = place.wait_until("finished")
    workers[1].send_signal(signal.SIGTERM)
    assert workers[1].wait(60) == 0
    assert finished["accepted"] + finished["unknown"] == 600 and set(place.truth().values()) == {1}


@pytest.mark.slow
def test_a_report_that_cannot_be_written_does_not_hide_what_was_sent(slow_place):
    place, folder = slow_place, slow_place.folder / "reports"
    folder.mkdir()
    words = ("--sender", "ABCDEF", "--text", "Hi {name}", "--report", "reports/r.csv", "--json")
    process = place.start("send", place.sheet(120), *words)
    place.wait_for(1, process)
    folder.rmdir()
    sent = json.loads(process.communicate(timeout=MOST_SECONDS)[0])
    assert (process.returncode, sent["status"], sent["accepted"]) == (2, "finished", 120)
    assert sent["error"] == "report_not_written" and sent["message"]


@pytest.mark.slow
def test_a_reader_that_goes_away_is_no_traceback(place):
    process = place.start("campaigns")
    process.stdout.close()
    said = process.stderr.read()
    assert process.wait(60) == 141 and "Traceback" not in said and "Exception ignored" not in said
