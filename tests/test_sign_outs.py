"""Sign-outs last: a cookie that was signed out opens nothing after a restart, and what is kept lets nobody in."""

from __future__ import annotations

import os
import stat
import time
from pathlib import Path

import pytest

from pages.server import sign_outs
from tests.identity_provider import Person, identity_provider, secrets_for
from tests.server import Server
from tests.tabs import signed_in
from tests.test_server_access import ask

BOSS = "boss@example.com"


@pytest.mark.slow
@pytest.mark.parametrize("end", [Server.stop, Server.kill], ids=["stopped", "killed"])
def test_a_cookie_that_was_signed_out_stays_so_after_a_restart(tmp_path: Path, end):
    with identity_provider(Person(BOSS)) as provider:
        server = Server(tmp_path, ADMINISTRATORS=BOSS, STATE_DIR=str(tmp_path / "state"))
        server.with_secrets(secrets_for(server.url, provider)).start()
        try:
            ended, other = signed_in(server, BOSS), signed_in(server, BOSS)
            assert ask(server, "/not-a-page", Cookie=ended)[0] == 200
            ask(server, "/auth/logout", Cookie=ended)
            end(server)
            server.start()
            assert ask(server, "/not-a-page", Cookie=ended)[0] == 404
            assert ask(server, "/not-a-page", Cookie=other)[0] == 200, "another sign-in of the same person goes on"
        finally:
            server.stop()
    (kept,) = (tmp_path / "state/signed-out").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600 and kept.read_bytes() == b""
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    assert kept.name not in ended and BOSS not in kept.name


def test_another_process_of_the_desk_hears_of_a_sign_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    sign_outs.remember("a" * 64, tmp_path)
    monkeypatch.setattr(sign_outs, "_remembered", set())
    assert sign_outs.is_remembered("a" * 64, tmp_path)
    assert not sign_outs.is_remembered("b" * 64, tmp_path)


def test_what_is_older_than_any_cookie_goes(tmp_path: Path):
    sign_outs.remember("a" * 64, tmp_path)
    old = time.time() - sign_outs.KEPT_SECONDS - 1
    os.utime(tmp_path / "signed-out" / ("a" * 64), (old, old))
    sign_outs.remember("b" * 64, tmp_path)
    assert [each.name for each in (tmp_path / "signed-out").iterdir()] == ["b" * 64]


def test_a_folder_that_cannot_be_written_loses_no_sign_out_while_the_process_lives(tmp_path: Path, caplog):
    (tmp_path / "file").write_text("")
    sign_outs.remember("c" * 64, tmp_path / "file")
    assert sign_outs.is_remembered("c" * 64, None)
    assert "forgotten when SMS Desk restarts" in caplog.text
