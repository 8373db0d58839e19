"""What the browser tests share: a real Chromium, a server of their own, and a page that may not leave this computer."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.server import Server

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    *("--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"),
    *("--disable-background-networking", "--disable-component-update", "--disable-sync"),
]


@pytest.fixture(scope="module")
def chromium():
    """The browser."""
    if not CHROMIUM.exists():
        assert not os.environ.get("CI"), "Chromium is missing"
        pytest.skip("Chromium is not installed at /usr/bin/chromium")
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    """The whole of SMS Desk on an empty desk, with its own sandbox."""
    server = Server(tmp_path, RATE="200")
    server.start()
    yield server
    server.stop()


@pytest.fixture
def page(chromium, server: Server):
    """A tab of an operator who has just come; fails when it asked for anything outside this computer."""
    context = chromium.new_context(viewport={"width": 1440, "height": 1000}, accept_downloads=True)
    context.set_default_timeout(60_000)
    outside: list[str] = []
    page = context.new_page()
    page.on("request", lambda request: outside.append(request.url) if not _ours(request.url, server) else None)
    yield page
    context.close()
    assert not outside, "the pages asked for something outside this computer"


def _ours(url: str, server: Server) -> bool:
    return url.startswith((server.url, "data:", "blob:", f"ws://127.0.0.1:{server.port}"))
