"""How many tabs may be open, with real websockets: strangers fill their own places, never those of operators."""

from __future__ import annotations

import re
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack
from html import unescape
from http.cookiejar import CookieJar

import pytest
import websockets

from pages.server.tab_limit import MOST_OPERATOR_TABS, MOST_STRANGER_TABS
from tests.identity_provider import Person, identity_provider, secrets_for
from tests.server import Server
from tests.tabs import Tab, signed_in
from tests.test_server_access import ask, memory, wait_until

pytestmark = pytest.mark.slow
BOSS = "boss@example.com"


@pytest.fixture(scope="module")
def shut(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A desk with sign-in."""
    with identity_provider(Person(BOSS)) as provider:
        server = Server(tmp_path_factory.mktemp("shut"), ADMINISTRATORS=BOSS)
        server.with_secrets(secrets_for(server.url, provider)).start()
        yield server
        server.stop()


def open_tabs(server: Server, stack: ExitStack, count: int, cookie: str = "") -> list[Tab]:
    tabs = [stack.enter_context(Tab(server, cookie)) for _ in range(count)]
    for tab in tabs:
        tab.draw()
    return tabs


def why_refused(server: Server, cookie: str = "") -> tuple[int, str]:
    with pytest.raises(websockets.exceptions.InvalidStatus) as refused:
        Tab(server, cookie)
    return refused.value.response.status_code, refused.value.response.body.decode()


def test_strangers_fill_their_own_places_and_never_those_of_operators(shut: Server):
    boss = signed_in(shut, BOSS)
    with Tab(shut, boss) as warm:
        warm.draw()
    before = memory(shut)
    with ExitStack() as stack:
        tabs = open_tabs(shut, stack, MOST_STRANGER_TABS)
        print(f"\n{MOST_STRANGER_TABS} tabs of strangers: {before:.0f} -> {memory(shut):.0f} MB")
        status, told = why_refused(shut)
        assert status == 503 and "too many visitors" in told
        status, page = ask(shut, "/compose")
        assert status == 503 and b"Sign in" in page and b"page=compose" in page and b"boss@" not in page
        assert ask(shut, "/health")[0] == 200 and ask(shut, "/compose", Cookie=boss)[0] == 200
        with Tab(shut, boss) as operator:
            operator.draw("settings")
            assert any(BOSS in words for words in operator.words)
        tabs[0].socket.close()
        wait_until(lambda: ask(shut, "/")[0] == 200, 5, lambda: "a place was not given back")
        with Tab(shut) as next_one:
            next_one.draw()
            assert "sign_in" in next_one.widgets


def test_the_way_in_is_open_while_strangers_hold_all_their_places(shut: Server):
    """The page that is answered instead signs in without a tab."""
    jar = CookieJar()
    browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(jar))
    with ExitStack() as stack:
        open_tabs(shut, stack, MOST_STRANGER_TABS)
        with pytest.raises(urllib.error.HTTPError) as full:
            browser.open(f"{shut.url}/settings")
        assert full.value.code == 503 and full.value.headers["Retry-After"]
        link = unescape(re.search('href="([^"]+)"', full.value.read().decode())[1])
        form = browser.open(shut.url + link)
        landed = browser.open(form.url, data=urllib.parse.urlencode({"sub": BOSS}).encode())
        assert (landed.status, landed.url) == (200, f"{shut.url}/settings")


def test_tabs_of_strangers_are_forgotten_when_they_close_and_those_of_operators_are_not(shut: Server):
    boss = signed_in(shut, BOSS)
    with Tab(shut, boss) as mine:
        mine.draw("settings")
        session = mine.session
    for _ in range(140):  # more than the closed tabs that Streamlit keeps
        with Tab(shut) as tab:
            tab.draw()
    with Tab(shut, boss, session=session) as again:
        again.draw("settings")
        assert again.session == session, "the operator's tab was pushed out"


def test_tabs_of_operators_are_bounded_too(shut: Server):
    boss = signed_in(shut, BOSS)
    before = memory(shut)
    with ExitStack() as stack:
        open_tabs(shut, stack, MOST_OPERATOR_TABS, boss)
        print(f"\n{MOST_OPERATOR_TABS} tabs of operators: {before:.0f} -> {memory(shut):.0f} MB")
        status, told = why_refused(shut, boss)
        assert status == 503 and f"{MOST_OPERATOR_TABS} open tabs is reached" in told
        status, page = ask(shut, "/", Cookie=boss)
        assert status == 503 and b"Close tabs" in page and b"auth/login" not in page
        with Tab(shut) as stranger:
            stranger.draw()
    last = time.monotonic() + 10
    while ask(shut, "/", Cookie=boss)[0] != 200:
        assert time.monotonic() < last, "the places were not given back"
        time.sleep(0.1)
