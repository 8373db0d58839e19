"""Sign-in from end to end: a real browser, a real OpenID Connect provider on loopback, and the whole server."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.identity_provider import CLIENT_SECRET, COOKIE_SECRET, Person, identity_provider, secrets_for
from tests.server import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow]
BOSS, ANN, EVE, BOB = "boss@example.com", "ann@example.org", "eve@evil.example", "bob@example.org"


def start_desk(folder: Path, provider: str) -> Server:
    server = Server(folder, ADMINISTRATORS=BOSS, ALLOWED_DOMAINS="example.org")
    server.with_secrets(secrets_for(server.url, provider)).start()
    return server


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A desk that lets in the administrator and everybody of example.org."""
    people = Person(BOSS), Person(ANN, None), Person(EVE), Person(BOB, False)
    with identity_provider(*people) as provider:
        server = start_desk(tmp_path_factory.mktemp("desk"), provider)
        yield server
        server.stop()


@pytest.fixture
def context(chromium):
    """A browser without cookies."""
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(30_000)
    yield context
    context.close()


def sign_in(page, person: str) -> None:
    """Press Sign in on the desk, and choose an account at the provider."""
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name=person).click()


def heading(page, words: str):
    return page.get_by_role("heading", name=words)


def test_the_page_asked_for_is_reached_and_the_identity_is_the_operator(context, desk: Server):
    page = context.new_page()
    page.goto(f"{desk.url}/campaigns")
    page.get_by_role("button", name="Sign in").wait_for()
    assert page.get_by_text("Bulk upload").count() == 0 and page.get_by_text("Sandbox").count() == 0
    sign_in(page, ANN)
    heading(page, "Campaigns").wait_for()
    assert page.url == f"{desk.url}/campaigns"
    page.get_by_text(f"Signed in as  {ANN}").wait_for()
    assert page.get_by_label("Your name").count() == 0


def pending(context) -> list[str]:
    """The cookies of sign-ins that are under way."""
    return [cookie["name"] for cookie in context.cookies() if cookie["name"].startswith("smsdesk_sign_in_")]


def test_two_tabs_each_come_back_to_their_own_page(context, desk: Server):
    one, other = context.new_page(), context.new_page()
    one.goto(f"{desk.url}/settings")
    other.goto(f"{desk.url}/reports")
    for page in (one, other):
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name=BOSS).wait_for()
    one.get_by_role("button", name=BOSS).click()
    heading(one, "Settings").wait_for()
    assert len(pending(context)) == 1, "one sign-in took the other with it"
    other.get_by_role("button", name=BOSS).click()
    heading(other, "Reports").wait_for()
    assert not pending(context)


def test_many_sign_ins_that_nobody_finished_leave_few_cookies(context, desk: Server):
    for _ in range(9):
        page = context.new_page()
        page.goto(f"{desk.url}/settings")
        page.get_by_role("button", name="Sign in").click()
        page.get_by_role("button", name=BOSS).wait_for()
        assert len(pending(context)) <= 5
    page.get_by_role("button", name=BOSS).click()
    heading(page, "Settings").wait_for()


def test_signing_out_in_one_tab_shuts_the_other_and_every_copy_of_the_cookie(context, desk: Server):
    one, other = context.new_page(), context.new_page()
    one.goto(desk.url)
    sign_in(one, BOSS)
    one.get_by_text(f"Signed in as  {BOSS}").wait_for()
    other.goto(f"{desk.url}/settings")
    heading(other, "Settings").wait_for()
    stolen = context.cookies()
    one.get_by_role("button", name="Sign out").click()
    other.get_by_role("button", name="Sign in").wait_for()
    assert heading(other, "Settings").count() == 0
    one.wait_for_url(re.compile("end_session"))
    one.get_by_role("button").first.click()
    one.get_by_role("button", name="Sign in").wait_for()
    context.add_cookies(stolen)
    again = context.new_page()
    again.goto(f"{desk.url}/settings")
    again.get_by_role("button", name="Sign in").wait_for()
    assert heading(again, "Settings").count() == 0


@pytest.mark.parametrize(
    ("person", "reason"),
    [(EVE, "isn't on the list of people with access"), (BOB, "hasn't verified this account's email address")],
)
def test_who_is_not_allowed_is_told_whom_to_ask_and_may_sign_out(context, desk: Server, person: str, reason: str):
    page = context.new_page()
    page.goto(f"{desk.url}/compose")
    sign_in(page, person)
    heading(page, "You don't have access to SMS Desk").wait_for()
    page.get_by_text(f"You are signed in as {person}.").wait_for()
    assert page.get_by_text(reason).count() == 1 and page.get_by_text(BOSS).count() == 1
    assert page.get_by_text("Sandbox").count() == 0 and page.get_by_role("link", name="Compose").count() == 0
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url(re.compile("end_session"))


def test_a_refusal_at_the_provider_leads_back_to_the_sign_in_page(context, desk: Server):
    page = context.new_page()
    page.goto(desk.url)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Deny").click()
    page.get_by_role("button", name="Sign in").wait_for()


def test_an_open_tab_ends_with_its_sign_in_and_its_buttons_do_nothing(context, tmp_path: Path):
    with identity_provider(Person(ANN), lasts=timedelta(seconds=12)) as provider:
        server = start_desk(tmp_path, provider)
        try:
            page = context.new_page()
            page.goto(f"{server.url}/settings")
            sign_in(page, ANN)
            heading(page, "Settings").wait_for()
            heading(page, "Your sign-in has expired").wait_for()
            assert heading(page, "Settings").count() == 0 and page.get_by_text("Sandbox").count() == 0
            page.wait_for_timeout(2_000)
            assert page.get_by_test_id("stExpandSidebarButton").count() == 0, "there is no side bar to open"
            assert page.get_by_test_id("stSidebar").count() == 0 and page.url == f"{server.url}/settings"
            page.reload()
            heading(page, "Your sign-in has expired").wait_for()
            sign_in(page, ANN)
            heading(page, "Settings").wait_for()
        finally:
            server.stop()


def test_no_secret_of_sign_in_is_in_the_log_or_the_database(desk: Server):
    for content in (path.read_bytes() for path in (desk.log, *desk.folder.glob("desk.db*"))):
        assert COOKIE_SECRET.encode() not in content and CLIENT_SECRET.encode() not in content
