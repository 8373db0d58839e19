"""The reading child's rights: no connection, no program, no file changed, whatever a file makes of its parser."""

from __future__ import annotations

import importlib.util
import io
import os
import socket
import subprocess
import sys
from pathlib import Path

import openpyxl
import pytest

from smscore.sheets import prepare, read_sheet, reader_process
from smscore.sheets.reader.isolation import REFUSED
from tests.deskwork import wait_until

pytestmark = [
    pytest.mark.usefixtures("fresh_readers"),
    pytest.mark.skipif(
        sys.platform != "linux" or os.uname().machine not in REFUSED, reason="no filter of system calls on this system"
    ),
]
TRY = """
import os, socket, subprocess, sys, threading
from smscore.sheets.reader.isolation import isolate
file, port = sys.argv[1], int(sys.argv[2])
before = socket.socket()
deeds = {
    "new socket": socket.socket,
    "connection": lambda: before.connect(("127.0.0.1", port)),
    "program": lambda: subprocess.run([sys.executable, "-c", "pass"]),
    "other process": lambda: os.execv(sys.executable, [sys.executable, "-c", "pass"]),
    "removal": lambda: os.unlink(file),
    "renaming": lambda: os.rename(file, file + "2"),
    "shortening": lambda: os.truncate(file, 0),
    "folder": lambda: os.mkdir(file + "3"),
    "reading": lambda: open(file).read(),
}
assert isolate()
def tried(deed):
    try:
        deed()
    except PermissionError:
        return "refused"
    return "done"
for name in deeds:
    print(name, tried(deeds[name]), sep=": ")
beside = threading.Thread(target=lambda: print("connection of another thread:", tried(deeds["connection"])))
beside.start()
beside.join()
"""


def test_what_was_given_up_is_refused_and_the_rest_still_done(tmp_path):
    file = tmp_path / "contacts.csv"
    file.write_text("name,phone\n")
    with socket.create_server(("127.0.0.1", 0)) as server:
        command = [sys.executable, "-c", TRY, str(file), str(server.getsockname()[1])]
        told = subprocess.run(command, capture_output=True, text=True, timeout=30)
        server.settimeout(0.2)
        with pytest.raises(TimeoutError):
            server.accept()
    outcomes = dict(line.split(": ") for line in told.stdout.splitlines())
    assert outcomes.pop("reading") == "done"
    assert set(outcomes.values()) == {"refused"} and len(outcomes) == 9, told
    assert [path.name for path in tmp_path.iterdir()] == ["contacts.csv"]
    assert file.read_text() == "name,phone\n"


def test_the_child_has_given_up_its_rights_before_it_sees_a_file():
    prepare()
    waiting = reader_process._waiting[0].process.pid
    during = []
    raw = b"name,phone\n" + b"Asha,9876543210\n" * 200_000
    read_sheet(raw, "c.csv", progress=lambda *_: during.append(Path(f"/proc/{waiting}/status").read_text()))
    assert during and all("\nSeccomp:\t2\n" in status for status in during)


def test_reading_leaves_nothing_in_the_installation():
    folder = reader_process.PACKAGE / "reader"
    workbook, raw = openpyxl.Workbook(), io.BytesIO()
    for row in (["name", "phone"], ["Asha", "9876543210"]):
        workbook.active.append(row)
    workbook.save(raw)
    read_sheet(b"name,phone\nAsha,9876543210\n", "c.csv")
    compiled = {Path(importlib.util.cache_from_source(module)) for module in folder.glob("*.py")}
    assert compiled <= set((folder / "__pycache__").iterdir())
    before = files_under(folder)
    read_sheet(b"name,phone\nAsha,9876543210\n", "c.csv")
    read_sheet(raw.getvalue(), "c.xlsx")
    # Another run of the tests may be compiling just now: what is left over stays.
    wait_until(lambda: files_under(folder) <= before)


def files_under(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))
