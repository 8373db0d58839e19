"""The nouns of the tests: `desk`, `sending`, `sheet`, `provider` and `app`.

Tests that use a database run on SQLite and on PostgreSQL. The server for the latter is named by SMSCORE_TEST_POSTGRES;
each run makes databases of its own there and drops them. Without a server those tests are skipped, and in CI they fail.
"""

from __future__ import annotations

import functools
import os
import shutil
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pyarrow as pa
import pytest
import sqlalchemy as sa
from streamlit.components.v2 import manifest_scanner

import smscore
from smscore import Sheet
from smscore.sheets import Problems, reader_process
from smscore.store import tables as t
from tests.deskwork import QuickDesk, open_quick
from tests.examples import choose_profile
from tests.forked_readers import ReaderForker, end_waiting_readers, starting_readers_afresh
from tests.postgres import POSTGRES, PostgresServer
from tests.scheduling import GroupScheduling, count_processes
from tests.stub_provider import Stub

ROOT = Path(__file__).parents[1]


def pytest_configure(config: pytest.Config) -> None:
    """Settle how many examples are tried, before the tests that ask for them are loaded."""
    choose_profile(config)


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """Run everything on all cores, and named files in this process."""
    return count_processes(config)


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> GroupScheduling:
    """Keep some tests in one process, one after the other."""
    return GroupScheduling(config, log)


def unavailable(reason: str) -> None:
    """Skip the present test and say why; in CI nothing may be skipped for want of a server."""
    (pytest.fail if os.environ.get("CI") == "true" else pytest.skip)(reason)


class BriskClock:
    """Python's `time`, whose sleeps are short."""

    def __getattr__(self, name: str) -> object:
        return getattr(time, name)

    def sleep(self, seconds: float) -> None:
        time.sleep(min(seconds, 0.02))


@pytest.fixture(scope="session", autouse=True)
def engines_stop_at_once() -> Iterator[None]:
    """DBOS sleeps for a second, whatever is the case, before it looks whether a job still runs: a third of the time
    that tests of the engine took. In processes of their own engines stop as they always do."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("dbos._dbos.time", BriskClock())
        yield


@pytest.fixture(scope="session", autouse=True)
def readers_are_forked() -> Iterator[None]:
    """Fork the processes that read sheets from one that has loaded Arrow, where the system can fork."""
    if not hasattr(os, "fork"):
        yield
        return
    forker = ReaderForker()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reader_process, "_start", forker.start_reader)
        yield
        end_waiting_readers()
    forker.stop()


@pytest.fixture(scope="session", autouse=True)
def packages_are_searched_once() -> Iterator[None]:
    """Streamlit looks through all installed packages for components when a server starts, and in tests for each page
    that is opened, which takes longer than to draw it."""
    found = functools.cache(manifest_scanner.scan_component_manifests)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(manifest_scanner, "scan_component_manifests", found)
        yield


@pytest.fixture
def fresh_readers() -> Iterator[None]:
    """Start the processes that read sheets as the desk does, for tests of the process itself."""
    with starting_readers_afresh():
        yield


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """The PostgreSQL server of the tests."""
    try:
        server = PostgresServer(POSTGRES)
    except psycopg.OperationalError as fault:
        unavailable(f"no PostgreSQL at {sa.make_url(POSTGRES).host}: {type(fault).__name__}; set SMSCORE_TEST_POSTGRES")
    yield server
    server.drop_all()


@pytest.fixture(scope="session")
def blank_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file, to be copied."""
    path = tmp_path_factory.mktemp("blank") / "blank.db"
    desk = open_quick(f"sqlite:///{path}", "http://127.0.0.1:9")
    with desk.database.engine.connect() as connection:
        connection.connection.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    desk.close()
    return path


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def fresh_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], str]:
    """Makes the URL of a migrated, empty database of each kind."""
    if request.param == "postgres":
        return request.getfixturevalue("postgres").fresh
    blank = request.getfixturevalue("blank_sqlite")

    def copy() -> str:
        path = tmp_path_factory.mktemp("desk") / "desk.db"
        shutil.copy(blank, path)
        return f"sqlite:///{path}"

    return copy


@pytest.fixture(scope="module")
def one_provider() -> Iterator[Stub]:
    """A provider for all tests of a module, for those that share an engine."""
    with Stub() as stub:
        yield stub


@pytest.fixture
def provider(one_provider: Stub) -> Iterator[Stub]:
    """A provider on loopback that keeps the truth, with no memory of other tests."""
    one_provider.upcoming.clear()
    one_provider.calls.clear()
    one_provider.seen.clear()
    one_provider.taken.clear()
    one_provider.received.clear()
    one_provider.default, one_provider.latency, one_provider.count = "", 0.0, 0
    one_provider.begun = time.time()
    return one_provider


@pytest.fixture
def desk(fresh_database: Callable[[], str], provider: Stub) -> Iterator[QuickDesk]:
    """A desk on a database of its own that sends to `provider`, once an engine is started."""
    opened = open_quick(fresh_database(), provider.url)
    yield opened
    smscore.stop_engine()
    opened.close()


@pytest.fixture(scope="module")
def one_desk(fresh_database: Callable[[], str], one_provider: Stub) -> Iterator[QuickDesk]:
    """A desk with a running engine for all tests of a module."""
    opened = open_quick(fresh_database(), one_provider.url)
    assert smscore.start_engine(opened), "another engine runs in this process"
    yield opened
    smscore.stop_engine()
    opened.close()


@pytest.fixture
def sending(one_desk: QuickDesk, provider: Stub) -> Iterator[QuickDesk]:
    """A desk that sends to `provider`: an engine runs, at full rate, and nothing else is to be sent."""
    with one_desk.database.writing() as connection:
        connection.execute(sa.update(t.rate_gate).values(rate=2000.0, full_rate=2000.0, next_at=0, closed_until=0))
    yield one_desk
    provider.default, provider.latency = "", 0.0
    for campaign in one_desk.campaigns.list():
        if not campaign.ended:
            one_desk.campaigns.cancel(campaign.id, "the end of the test")


@pytest.fixture(scope="session")
def sheet() -> Callable[..., Sheet]:
    """Makes a sheet of lines of comma separated cells, the first of them the header."""

    def make(*lines: str, name: str = "people.csv") -> Sheet:
        header, *cells = [line.split(",") for line in lines]
        columns = [pa.array(column, pa.string()) for column in zip(*cells, strict=True)]
        table = pa.table(columns or [pa.array([], pa.string())] * len(header), names=header)
        rows = pa.array(range(2, len(cells) + 2), pa.int32())
        hidden = pa.array([False] * len(cells), pa.bool_())
        return Sheet(name, table, rows, hidden, Problems.of(()), 0, ())

    return make


@pytest.fixture
def app(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """The dashboard, driven through its frame, on the sandbox and a database of its own."""
    from streamlit.testing.v1 import AppTest

    from pages.ui import session

    for name in [name for name in os.environ if name.startswith("SMSCORE_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("SMSCORE_DATABASE_URL", f"sqlite:///{tmp_path / 'app.db'}")
    monkeypatch.chdir(tmp_path)
    yield AppTest.from_file(str(ROOT / "pages/navigation.py"), default_timeout=60)
    session.close_desks()
