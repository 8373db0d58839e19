"""The verbs `backup`, `restore` and `after-restore`: copies while sending, and a sentence for each failure."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
import sqlalchemy as sa

import smscore
from smscore import StoreError
from smscore.desk.restores import back_up, put_back
from smscore.store import backups
from smscore.store import tables as t
from tests.deskwork import ACTOR, finished, launch, open_quick, statuses, wait_until
from tests.restoring import file_of

ROOT = Path(__file__).parents[1]


@pytest.fixture
def opened(fresh_database, provider, tmp_path):
    """Opens desks on one database, and closes them."""
    url, desks = fresh_database(), []

    def open_one(**changes):
        desks.append(open_quick(url, provider.url, STATE_DIR=tmp_path / "state", **changes))
        return desks[-1]

    def close() -> None:
        smscore.stop_engine()
        while desks:
            desks.pop().close()

    open_one.close = close
    yield open_one
    close()


def lift_rate(desk) -> None:
    """Let the account send as fast as it can from now on."""
    with desk.database.writing() as connection:
        connection.execute(sa.update(t.rate_gate).values(rate=2000.0, full_rate=2000.0, next_at=0.0))


def test_a_backup_made_while_sending_is_whole_and_asks_when_it_is_put_back(opened, provider, tmp_path):
    provider.latency = 0.02
    desk = opened(RATE=40, BATCH_SIZE=10)
    settings, campaign_id = desk.settings, launch(desk, 400)
    assert smscore.start_engine(desk)
    wait_until(lambda: sum(provider.taken.values()) >= 20)
    made = back_up(settings, tmp_path / "desk.backup")
    assert sum(provider.taken.values()) < 400, "the backup was made in the middle of sending"
    lift_rate(desk)
    assert made.size == made.path.stat().st_size > 0 and made.path.stat().st_mode & 0o777 == 0o600
    assert made.campaigns == (1 if desk.database.sqlite else None)
    finished(desk, campaign_id)
    with pytest.raises(StoreError) as refused:
        put_back(settings, made.path)
    assert refused.value.code == "database_in_use"
    assert desk.campaigns.get(campaign_id).totals.accepted == 400
    opened.close()
    kept = put_back(settings, made.path)
    assert kept.exists() and kept.stat().st_mode & 0o777 == 0o600
    assert {path.name for path in tmp_path.iterdir() if path.name.startswith(".")} == set()
    desk = opened()
    assert smscore.start_engine(desk)
    (asked,) = desk.restores.find_undecided().questions
    assert asked.people == statuses(desk, campaign_id)["queued"] > 0
    desk.restores.decide(campaign_id, "unknown", ACTOR)
    finished(desk, campaign_id)
    assert set(provider.taken.values()) == {1}


def test_the_replaced_database_can_be_put_back_again(opened, provider, tmp_path):
    desk = opened()
    settings = desk.settings
    assert smscore.start_engine(desk)
    made = back_up(settings, tmp_path / "empty.backup")
    campaign_id = finished(desk, launch(desk, 5)).id
    opened.close()
    kept = put_back(settings, made.path)
    desk = opened()
    assert not desk.campaigns.list()
    opened.close()
    time.sleep(1.0)  # the next one is kept under the name of its second
    put_back(settings, kept)
    assert opened().campaigns.get(campaign_id).totals.accepted == 5


@pytest.mark.parametrize("how", ["text", "empty", "missing", "folder", "cut", "garbled", "newer", "foreign"])
def test_what_is_no_whole_backup_is_refused_and_changes_nothing(tmp_path, blank_sqlite, how):
    url = f"sqlite:///{shutil.copy(blank_sqlite, tmp_path / 'desk.db')}"
    desk = open_quick(url, "http://127.0.0.1:9", STATE_DIR=tmp_path / "state")
    launch(desk, 400)
    settings, bad = desk.settings, tmp_path / "bad.backup"
    back_up(settings, bad)
    desk.close()
    spoil(bad, how)
    before = file_of(url).read_bytes()
    with pytest.raises(StoreError) as refused:
        put_back(settings, bad)
    assert refused.value.code in ("not_a_backup", "backup_damaged", "backup_newer")
    assert file_of(url).read_bytes() == before
    assert not list(tmp_path.glob("*before-restore*"))


def spoil(path: Path, how: str) -> None:
    whole = path.read_bytes()
    path.unlink()
    if how == "folder":
        path.mkdir()
    elif how in ("text", "empty"):
        path.write_bytes(b"no backup at all" * 9 if how == "text" else b"")
    elif how == "cut":
        path.write_bytes(whole[: len(whole) // 2])
    elif how == "garbled":
        middle = len(whole) // 2
        path.write_bytes(whole[:middle] + os.urandom(40_000) + whole[middle + 40_000 :])
    elif how != "missing":
        if how == "newer":
            path.write_bytes(whole)
        with sqlite3.connect(path) as copy:
            copy.execute("UPDATE alembic_version SET version_num = '9999'" if how == "newer" else "CREATE TABLE x (y)")
        copy.close()


@pytest.mark.parametrize("target", ["desk.db", "letter.txt", "folder", "nowhere/x.backup", "file/x.backup"])
def test_a_backup_overwrites_nothing_but_an_earlier_backup(tmp_path, blank_sqlite, target):
    url = f"sqlite:///{shutil.copy(blank_sqlite, tmp_path / 'desk.db')}"
    (tmp_path / "letter.txt").write_text("Dear Asha")
    (tmp_path / "file").write_text("")
    (tmp_path / "folder").mkdir()
    settings = smscore.load_settings({"SMSCORE_DATABASE_URL": url}, "none")
    before = (tmp_path / "desk.db").read_bytes()
    with pytest.raises(StoreError) as refused:
        back_up(settings, tmp_path / target)
    assert refused.value.code in ("backup_would_overwrite", "backup_unwritten")
    assert (tmp_path / "letter.txt").read_text() == "Dear Asha"
    assert (tmp_path / "desk.db").read_bytes() == before
    for _ in range(2):
        assert back_up(settings, tmp_path / "daily.backup").campaigns == 0


def test_a_damaged_database_can_be_replaced_and_is_kept_with_its_log(tmp_path, blank_sqlite):
    path = Path(shutil.copy(blank_sqlite, tmp_path / "desk.db"))
    settings = smscore.load_settings({"SMSCORE_DATABASE_URL": f"sqlite:///{path}"}, "none")
    back_up(settings, tmp_path / "good.backup")
    path.write_bytes(b"SQLite format 3\0" + os.urandom(20_000))
    Path(f"{path}-wal").write_bytes(b"log")
    kept = put_back(settings, tmp_path / "good.backup")
    assert kept.read_bytes().startswith(b"SQLite format 3\0") and Path(f"{kept}-wal").read_bytes() == b"log"
    assert not Path(f"{path}-wal").exists() and backups.verify_file(path) == 0


def test_a_database_that_is_gone_can_be_put_back(tmp_path, blank_sqlite):
    path = Path(shutil.copy(blank_sqlite, tmp_path / "desk.db"))
    settings = smscore.load_settings({"SMSCORE_DATABASE_URL": f"sqlite:///{path}"}, "none")
    back_up(settings, tmp_path / "good.backup")
    path.unlink()
    with pytest.raises(StoreError) as refused:
        back_up(settings, tmp_path / "second.backup")
    assert refused.value.code == "nothing_to_back_up"
    assert put_back(settings, tmp_path / "good.backup") is None
    assert backups.verify_file(path) == 0


def test_a_page_that_is_open_keeps_a_database_from_being_replaced(tmp_path, blank_sqlite):
    """No engine runs, only pages: their connections would go on with the replaced file."""
    url = f"sqlite:///{shutil.copy(blank_sqlite, tmp_path / 'desk.db')}"
    desk = open_quick(url, "http://127.0.0.1:9", STATE_DIR=tmp_path / "state", ROLE="web")
    desk.campaigns.list()
    back_up(desk.settings, tmp_path / "good.backup")
    with pytest.raises(StoreError) as refused:
        put_back(desk.settings, tmp_path / "good.backup")
    assert refused.value.code == "database_in_use"
    desk.close()


def test_the_programs_of_postgres_get_the_password_in_their_environment_only(tmp_path):
    program, said = tmp_path / "pg_dump", tmp_path / "said"
    program.write_text(f'#!/bin/sh\necho "$@ $PGPASSWORD" > {said}\necho "error: $PGPASSWORD is wrong" >&2\nexit 1\n')
    program.chmod(0o755)
    (tmp_path / "out").mkdir()
    environ = {"PATH": str(tmp_path)}
    with pytest.raises(StoreError, match="error: … is wrong") as refused:
        backups.back_up_server("postgresql://desk:s3cret@db.example/desk", tmp_path / "out/x.dump", environ)
    assert refused.value.code == "postgres_program_failed"
    assert said.read_text().endswith("postgresql://desk@db.example/desk s3cret\n")
    assert said.read_text().count("s3cret") == 1
    assert not list((tmp_path / "out").iterdir())


def test_without_the_programs_of_postgres_a_sentence_says_so(tmp_path):
    with pytest.raises(StoreError, match="pg_dump isn't installed"):
        backups.back_up_server("postgresql://desk@127.0.0.1/desk", tmp_path / "x.dump", {"PATH": str(tmp_path)})
    assert not list(tmp_path.iterdir())


# ---------------------------------------------------------------- the command line


def command(folder: Path, *words: str, **settings: str) -> subprocess.CompletedProcess:
    """`python -m smscore …` on a database of its own."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("SMSCORE_")}
    ours = {
        "SMSCORE_DATABASE_URL": f"sqlite:///{folder}/desk.db",
        "SMSCORE_STATE_DIR": str(folder / "state"),
    } | settings
    order = [sys.executable, "-m", "smscore", *words]
    return subprocess.run(order, cwd=ROOT, env=kept | ours, capture_output=True, text=True, timeout=120)


@pytest.mark.slow
def test_the_verbs_back_up_restore_and_decide(tmp_path, provider):
    desk = open_quick(f"sqlite:///{tmp_path}/desk.db", provider.url, STATE_DIR=tmp_path / "state", RATE=5, BATCH_SIZE=5)
    campaign_id = launch(desk, 600)
    assert smscore.start_engine(desk)
    wait_until(lambda: provider.taken)
    made = command(tmp_path, "backup", str(tmp_path / "noon.backup"), "--json")
    assert made.returncode == 0 and json.loads(made.stdout)["campaigns"] == 1, made.stderr
    running = command(tmp_path, "restore", str(tmp_path / "noon.backup"))
    assert running.returncode == 2 and "wasn't replaced" in running.stderr
    assert sum(provider.taken.values()) < 600, "the backup was made in the middle of sending"
    lift_rate(desk)
    finished(desk, campaign_id)
    smscore.stop_engine()
    desk.close()
    done = command(tmp_path, "restore", str(tmp_path / "noon.backup"))
    assert done.returncode == 0 and "before-restore" in done.stderr, done.stderr
    refused = command(tmp_path, "resume", str(campaign_id))
    assert refused.returncode == 2, refused.stderr
    shown = command(tmp_path, "after-restore")
    assert shown.returncode == 0 and "may have been texted since" in shown.stdout
    half = command(tmp_path, "after-restore", str(campaign_id))
    assert half.returncode == 2 and "give both the campaign number and the decision" in half.stderr
    decided = command(tmp_path, "after-restore", str(campaign_id), "cancel", "--json")
    assert json.loads(decided.stdout) == {"questions": [], "lost": [], "gone": ""}
    assert "marked as unknown" in decided.stderr
    assert sum(provider.taken.values()) == 600


@pytest.mark.slow
def test_a_deleted_database_ends_the_command_and_the_same_command_does_not_start_over(tmp_path, provider):
    sheet = tmp_path / "people.csv"
    sheet.write_text("phone\n" + "".join(f"+91987650{n:04}\n" for n in range(800)))
    settings = {"SMSCORE_API_KEY": "test-key-0123456789", "SMSCORE_BASE_URL": provider.url, "SMSCORE_RATE": "100"}
    words = ("send", str(sheet), "--sender", "ABCDEF", "--text", "Hello there")
    kept = {name: text for name, text in os.environ.items() if not name.startswith("SMSCORE_")}
    place = {"SMSCORE_DATABASE_URL": f"sqlite:///{tmp_path}/data/desk.db", "SMSCORE_STATE_DIR": str(tmp_path / "state")}
    order = [sys.executable, "-m", "smscore", *words]
    first = subprocess.Popen(
        order, cwd=ROOT, env=kept | place | settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    wait_until(lambda: sum(provider.taken.values()) > 100, 60)
    shutil.rmtree(tmp_path / "data")
    deleted = time.monotonic()
    seen = sum(provider.taken.values())
    _, said = first.communicate(timeout=30)
    assert first.returncode == 2 and "deleted or replaced" in said
    assert time.monotonic() - deleted < 20
    sent = sum(provider.taken.values())
    assert sent <= seen + 200, "nothing was claimed any more"
    again = command(tmp_path, *words, **settings | {"SMSCORE_DATABASE_URL": place["SMSCORE_DATABASE_URL"]})
    assert again.returncode == 2 and "a database that is gone" in again.stderr, again.stderr
    assert sum(provider.taken.values()) == sent
    assert set(provider.taken.values()) == {1}


@pytest.mark.parametrize("verb", [("campaigns",), ("worker",), ("migrate",), ("resume", "1"), ("after-restore",)])
@pytest.mark.slow
def test_a_place_that_cannot_be_written_is_a_sentence_on_the_command_line(tmp_path, verb):
    (tmp_path / "file").write_text("")
    ended = command(tmp_path, *verb, SMSCORE_DATABASE_URL=f"sqlite:///{tmp_path}/file/desk.db")
    assert ended.returncode == 2 and "can't be opened or created" in ended.stderr and "Traceback" not in ended.stderr


@pytest.mark.slow
def test_a_journal_that_cannot_be_written_is_a_sentence_on_the_command_line(tmp_path):
    (tmp_path / "file").write_text("")
    ended = command(tmp_path, "worker", SMSCORE_STATE_DIR=f"{tmp_path}/file/state")
    assert ended.returncode == 2 and "SMSCORE_STATE_DIR" in ended.stderr and "Traceback" not in ended.stderr
