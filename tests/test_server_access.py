"""What the network can ask of the server: from where, by whom, and how much."""

from __future__ import annotations

import http.client
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg

from pages.server.request_paths import PAGES, is_public
from pages.server.sign_in_guard import strip_actions
from tests.identity_provider import Person, identity_provider, secrets_for
from tests.server import ROOT, Server, free_port
from tests.tabs import XSRF, Tab, is_refused, signed_in

pytestmark = pytest.mark.slow
BOSS = "boss@example.com"
MEGABYTE = 1024 * 1024
KEPT_SECONDS = 3
"""How long the state of a closed tab is kept for a tab that is opened again."""
STRANGERS = ("http://localhost:3000", "http://127.0.0.1:3000")


@pytest.fixture(scope="module")
def shut(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A desk with sign-in, on its sandbox."""
    with identity_provider(Person(BOSS), Person("eve@evil.example")) as provider:
        server = Server(tmp_path_factory.mktemp("shut"), ADMINISTRATORS=BOSS, WEBHOOK_TOKEN="token-canary-0123456789")
        server.with_secrets(secrets_for(server.url, provider)).start()
        yield server
        server.stop()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A desk without sign-in, on its sandbox, that forgets a closed tab after seconds instead of a minute."""
    server = Server(tmp_path_factory.mktemp("plain"))
    server.options = ["--server.disconnectedSessionTTL", str(KEPT_SECONDS)]
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def boss(shut: Server) -> str:
    """The cookie of the administrator."""
    return signed_in(shut, BOSS)


def ask(server: Server, path: str, method: str = "GET", body: bytes | None = None, **headers: str) -> tuple[int, bytes]:
    """The status and the body that a path answers with; no redirect is followed."""
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
    line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = line.getresponse()
    return answer.status, answer.read()


# Origins


def test_only_pages_of_the_desk_itself_open_its_socket(plain: Server):
    assert not is_refused(plain)
    for origin in (
        "http://localhost:3000",
        "http://127.0.0.1:3000",
        "http://localhost",
        "https://evil.example",
        "null",
    ):
        assert is_refused(plain, origin=origin), origin
    assert is_refused(plain, origin=f"http://localhost:{plain.port}"), "another name of this computer"
    assert is_refused(plain, origin=None), "a program that names no origin"


def test_a_page_of_another_port_can_neither_upload_nor_change(plain: Server):
    with Tab(plain) as tab:
        tab.draw("bulk_upload")
        place = tab.upload_place()
        strange = {"Origin": "http://localhost:3000", "X_Xsrftoken": XSRF, "Cookie": f"_streamlit_xsrf={XSRF}"}
        assert put(plain, place, b"x", **strange) == 403
        assert ask(plain, place, "DELETE", **strange)[0] == 403
        assert ask(plain, "/sandbox/faults", "POST", b"{}", Origin="http://localhost:3000")[0] == 403
        assert put(plain, place, b"x", Origin=plain.url) == 204


def test_a_wrong_host_gets_nothing(plain: Server):
    for path in ("/", "/compose", "/_stcore/host-config", "/static/index.html"):
        assert ask(plain, path, Host="evil.example")[0] == 421
    assert is_refused(plain, Host=f"evil.example:{plain.port}", origin=f"http://evil.example:{plain.port}")


def test_a_page_elsewhere_cannot_sign_anybody_out(shut: Server):
    cookie = signed_in(shut, BOSS)
    assert ask(shut, "/auth/logout", Cookie=cookie, Sec_Fetch_Site="cross-site")[0] == 403
    with Tab(shut, cookie) as tab:
        tab.draw()
        assert any(BOSS in words for words in tab.words)


# Anonymous visitors


def routes() -> list[tuple[str, str]]:
    """(method, path) of every route of the whole application, with something put into each parameter."""
    program = (
        "import app\n"
        "built = app.app._build_starlette_app()\n"
        "for route in built.routes:\n"
        "    for method in sorted(getattr(route, 'methods', None) or ['GET']):\n"
        "        print(method, route.path)\n"
    )
    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    found = [line.split(" ", 1) for line in ran.stdout.splitlines() if line.count(" ") == 1]
    return [(method, re.sub(r"\{[^}]*\}", "something", path) or "/") for method, path in found]


def test_every_route_is_closed_to_an_anonymous_visitor(shut: Server, boss: str):
    found = routes()
    assert len(found) > 30 and ("PUT", "/_stcore/upload_file/something/something") in found
    allowed = {"/auth/login", "/auth/logout", "/oauth2callback", "/_stcore/host-config", "/_stcore/stream"}
    allowed |= {"/health", "/_stcore/health", "/"}
    for method, path in found:
        status, body = ask(shut, path, method, Origin=shut.url)
        if path in allowed or path.startswith("/static"):
            continue
        assert status in (404, 405), f"{method} {path} answers {status}: {body[:80]!r}"
        assert body in (b"", b"Not Found", b"Method Not Allowed", b'{"detail":"Not Found"}'), f"{method} {path}"
    for method, path in found:
        status, body = ask(shut, path, method, Host="evil.example")
        assert status in (421, 404, 405, 503) or path in ("/health", "/_stcore/health"), f"{method} {path} {status}"


def test_deep_paths_and_files_are_closed_too(shut: Server):
    for path in (
        "/sandbox/truth",
        "/sandbox/requests",
        "/media/x.png",
        "/component/a/b.js",
        "/app/static/x",
        "/nothing",
    ):
        assert ask(shut, path)[0] == 404
    for path in ("//sandbox/truth", "/static/../sandbox/truth", "/%2e%2e/sandbox/truth", "/./sandbox/truth"):
        status, body = ask(shut, path)
        assert status >= 400 or b"<title>" in body, path
        assert b"messages" not in body


def test_the_sign_in_page_says_nothing_of_the_desk(shut: Server):
    with Tab(shut) as tab:
        for page in ("", *PAGES):
            tab.draw(page)
        words = "".join(tab.words)
    assert set(tab.widgets) == {"sign_in"}
    assert "Sandbox" not in words and BOSS not in words


def test_who_has_signed_in_gets_what_anonymous_visitors_do_not(shut: Server, boss: str):
    # Streamlit answers a path that it does not know with its page.
    assert ask(shut, "/not-a-page", Cookie=boss)[0] == 200
    for other in ("", boss.replace("=", "=x", 1), boss.split(";")[0][:-3], signed_in(shut, "eve@evil.example")):
        assert ask(shut, "/not-a-page", Cookie=other)[0] == 404, other


def test_callbacks_keep_their_own_token(shut: Server):
    body = b'{"messageId": "a:1", "recipient": "919876543210", "status": "DELIVRD"}'
    assert ask(shut, "/webhooks/delivery", "POST", body)[0] == 404
    assert ask(shut, "/webhooks/delivery", "POST", body, X_Webhook_Token="token-canary-0123456789")[0] == 200


def test_the_pages_are_those_of_the_navigation():
    listed = re.findall(r'st\.Page\("([a-z_]+)\.py"', (ROOT / "pages/navigation.py").read_text())
    assert set(listed) == set(PAGES)
    assert is_public("/compose") and not is_public("/compose/x") and not is_public("/media/x")


# Tabs that stay open


def test_a_button_pressed_after_the_sign_in_ended_does_nothing(shut: Server):
    cookie = signed_in(shut, BOSS)
    with Tab(shut, cookie) as tab:
        tab.draw("settings")
        assert "add_sender" in tab.widgets, tab.widgets
        tab.press("add_sender", new_sender="BEFORE")
        tab.finish()
        ask(shut, "/auth/logout", Cookie=cookie)
        tab.words.clear()
        tab.press("add_sender", new_sender="AFTERW")
        tab.finish()
        assert tab.upload_place(1.0) == ""
        assert not any("Senders" in words for words in tab.words)
    with Tab(shut, signed_in(shut, BOSS)) as again:
        again.draw("settings")
        words = "".join(again.words)
    assert "BEFORE" in words and "AFTERW" not in words


def test_what_is_left_of_a_message_without_the_right_to_enter():
    asked = BackMsg()
    asked.rerun_script.fragment_id = "f"
    asked.rerun_script.page_script_hash = "p"
    for key in ("sign_in", "stop_all", "sign_in_x"):
        asked.rerun_script.widget_states.widgets.add(id=f"$$ID-0a-{key}").trigger_value = True
    kept = BackMsg.FromString(strip_actions(asked.SerializeToString())).rerun_script
    assert [each.id for each in kept.widget_states.widgets] == ["$$ID-0a-sign_in"]
    assert (kept.fragment_id, kept.page_script_hash) == ("", "p")
    for name, value in {"clear_cache": True, "stop_script": True, "load_git_info": True}.items():
        assert strip_actions(BackMsg(**{name: value}).SerializeToString()) is None


# Uploads


def put(server: Server, place: str, content: bytes, **headers: str) -> int:
    """Put a file as the browser does; the status."""
    body = (
        b'--b\r\nContent-Disposition: form-data; name="f"; filename="people.csv"\r\n\r\n' + content + b"\r\n--b--\r\n"
    )
    about = {"Content-Type": "multipart/form-data; boundary=b", "X-Xsrftoken": XSRF, "Origin": server.url}
    about |= {"Cookie": f"_streamlit_xsrf={XSRF}"} | headers
    line = http.client.HTTPConnection("127.0.0.1", server.port, timeout=120)
    try:
        line.request("PUT", place, body, about)
        return line.getresponse().status
    except (BrokenPipeError, ConnectionResetError):
        return 0  # refused while the body was still on its way
    finally:
        line.close()


def memory(server: Server) -> float:
    """The resident megabytes of the server."""
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
    return pages * resource.getpagesize() / MEGABYTE


def settled_memory(server: Server) -> float:
    """Return the resident megabytes of the server once they have not fallen for as long as closed tabs are kept, and
    until the server looks for them again."""
    least, since = memory(server), time.monotonic()
    while time.monotonic() < since + KEPT_SECONDS + 7:
        time.sleep(0.5)
        if memory(server) < least - 1:
            least, since = memory(server), time.monotonic()
    return memory(server)


def test_a_file_needs_a_page_that_asks_for_it(plain: Server):
    before = memory(plain)
    with Tab(plain) as tab:
        tab.draw("overview")
        large = b"x" * (190 * MEGABYTE)
        for name in range(4):
            assert put(plain, f"/_stcore/upload_file/{tab.session}/made-up-{name}", large) in (0, 403)
        assert put(plain, tab.upload_place(), b"x") == 403
        tab.draw("bulk_upload")
        place = tab.upload_place()
        assert put(plain, place, b"phone\n9876543210\n") == 204
        assert put(plain, place, b"again") == 403
    print(f"\nfour uploads of 190 MB to made-up ids: {before:.0f} -> {memory(plain):.0f} MB")
    assert memory(plain) < before + 60


def test_uploads_of_a_tab_are_bounded_and_given_back(plain: Server):
    before = memory(plain)
    with Tab(plain) as tab:
        tab.draw("bulk_upload")
        statuses = [put(plain, tab.upload_place(), b"x" * (190 * MEGABYTE)) for _ in range(4)]
        assert statuses[:2] == [204, 204] and all(each in (0, 403) for each in statuses[2:])
        held = memory(plain)
        assert held < before + 2 * 190 + 260
        assert put(plain, tab.upload_place(), b"x" * (201 * MEGABYTE)) in (0, 413)
    wait_until(lambda: memory(plain) < before + 80, 90, lambda: f"{memory(plain):.0f} MB of {before:.0f}")
    print(f"\ntwo of four uploads taken: {before:.0f} -> {held:.0f} MB, after the tab closed {memory(plain):.0f} MB")


def test_sheets_of_closed_tabs_are_given_back(plain: Server):
    lines = "".join(f"98{number:08d},Person {number},Pune\n" for number in range(50_000))
    content = f"Phone,Name,City\n{lines}".encode()

    def read_in_tabs(count: int) -> float:
        tabs = [Tab(plain) for _ in range(count)]
        for tab in tabs:
            tab.draw("bulk_upload")
            place = tab.upload_place()
            assert put(plain, place, content) == 204
            tab.drop("bulk_upload", "bulk_file", place, len(content))
            assert "50,000" in "".join(tab.words)
        held = memory(plain)
        for tab in tabs:
            tab.socket.close()
        return held

    read_in_tabs(1)  # what the first sheet loads stays
    before = settled_memory(plain)
    held = read_in_tabs(8)
    wait_until(lambda: memory(plain) < before + 40, 120, lambda: f"{before:.0f}, {held:.0f}, {memory(plain):.0f} MB")
    print(f"\neight tabs with 50,000 rows: {before:.0f} -> {held:.0f} MB, after they closed {memory(plain):.0f} MB")


def test_many_small_files_are_bounded_in_number(plain: Server):
    with Tab(plain) as tab:
        tab.draw("bulk_upload")
        statuses = [put(plain, tab.upload_place(), b"x") for _ in range(9)]
    assert statuses.count(204) == 6


def test_an_upload_must_say_how_long_it_is(plain: Server):
    with Tab(plain) as tab:
        tab.draw("bulk_upload")
        line = http.client.HTTPConnection("127.0.0.1", plain.port, timeout=30)
        line.request("PUT", tab.upload_place(), iter([b"x"]), {"Origin": plain.url}, encode_chunked=True)
        assert line.getresponse().status == 411


def wait_until(fits, within: float, told) -> None:
    last = time.monotonic() + within
    while not fits():
        assert time.monotonic() < last, told()
        time.sleep(0.5)


# The start


def started(folder: Path, command: list[str], address: str = "127.0.0.1", **settings: str) -> tuple[int | None, str]:
    """(exit code, what was printed) of a live desk; None for one that listens after a while."""
    for part in ("app.py", "pages", "smscore"):
        (shutil.copy if part.endswith(".py") else shutil.copytree)(ROOT / part, folder / part)
    (folder / ".streamlit").mkdir()
    config = (ROOT / ".streamlit/config.toml").read_text().replace('address = "127.0.0.1"', f'address = "{address}"')
    (folder / ".streamlit/config.toml").write_text(config)
    kept = {name: text for name, text in os.environ.items() if not name.startswith("SMSCORE_")}
    own = {"SMSCORE_API_KEY": "canary-key-8f31", "SMSCORE_BASE_URL": "http://127.0.0.1:9"}
    own |= {"SMSCORE_DATABASE_URL": f"sqlite:///{folder / 'desk.db'}"}
    own |= {f"SMSCORE_{name}": text for name, text in settings.items()}
    output = (folder / "out").open("w+")
    process = subprocess.Popen([sys.executable, *command], cwd=folder, env=kept | own, stdout=output, stderr=output)
    try:
        code = process.wait(1) if listens_within(process, int(command[-1]), 45) else process.wait(20)
    except subprocess.TimeoutExpired:
        code = None
        process.send_signal(signal.SIGTERM)
        process.wait(60)
    output.seek(0)
    return code, output.read()


def listens_within(process: subprocess.Popen, port: int, seconds: float) -> bool:
    last = time.monotonic() + seconds
    while process.poll() is None and time.monotonic() < last:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2) as answer:
                return answer.status == 200
        except OSError:
            time.sleep(0.2)
    return False


STREAMLIT = ["-m", "streamlit", "run", "app.py"]
UVICORN = ["-m", "uvicorn", "app:app"]
SENTENCE = "SMSCORE_API_KEY is set and"


@pytest.mark.parametrize(
    ("command", "address"),
    [
        ([*STREAMLIT, "--server.address", "0.0.0.0", "--server.port"], "127.0.0.1"),
        ([*STREAMLIT, "--server.port"], "0.0.0.0"),
        ([*UVICORN, "--host", "0.0.0.0", "--port"], "127.0.0.1"),
        ([*UVICORN, "--host", "::", "--port"], "127.0.0.1"),
        (["app.py"], "0.0.0.0"),
    ],
    ids=["flag", "configuration", "uvicorn", "uvicorn on IPv6", "python app.py"],
)
def test_a_live_desk_without_sign_in_refuses_to_start_where_others_can_reach_it(tmp_path, command, address):
    code, printed = started(tmp_path, [*command, str(free_port())], address)
    assert code not in (0, None) and SENTENCE in printed
    assert "Traceback" not in printed and "canary" not in printed


def test_a_path_below_which_only_half_the_server_would_move_is_refused(tmp_path):
    code, printed = started(tmp_path, [*STREAMLIT, "--server.baseUrlPath", "desk", "--server.port", str(free_port())])
    assert code not in (0, None) and "server.baseUrlPath is set" in printed and "host name of its own" in printed
    assert "Traceback" not in printed


@pytest.mark.parametrize("command", [[*STREAMLIT, "--server.port"], [*UVICORN, "--port"]], ids=["streamlit", "uvicorn"])
def test_a_live_desk_without_sign_in_starts_on_loopback(tmp_path, command):
    code, printed = started(tmp_path, [*command, str(free_port())])
    assert code is None and SENTENCE not in printed


@pytest.mark.parametrize("behind", ["proxy", "loopback-port"])
def test_a_live_desk_starts_elsewhere_when_the_settings_say_what_guards_it(tmp_path, behind):
    code, printed = started(tmp_path, [*UVICORN, "--host", "0.0.0.0", "--port", str(free_port())], BEHIND=behind)
    assert code is None and SENTENCE not in printed


def test_an_allow_list_without_sign_in_is_a_fault(tmp_path):
    code, printed = started(tmp_path, [*UVICORN, "--port", str(free_port())], ALLOWED_DOMAINS="example.com")
    assert code not in (0, None) and "SMSCORE_ALLOWED_DOMAINS limits who has access" in printed


def test_another_server_cannot_open_a_live_desk_to_others(tmp_path):
    """Under a server that the check at the start does not know, each request tells at which address it came in."""
    program = (
        "import asyncio, sys; from pages.server.startup import LoopbackOnly\n"
        "async def app(scope, receive, send): await send({'type': 'passed'})\n"
        "async def ask(address):\n"
        "    told = []\n"
        "    async def send(message): told.append(message.get('status') or message['type'])\n"
        "    scope = {'type': 'http', 'method': 'GET', 'path': '/', 'headers': [], 'server': address}\n"
        "    await LoopbackOnly(app)(scope, None, send); return told[0]\n"
        "for each in (('127.0.0.1', 1), ('::1', 1), ('192.0.2.7', 1), ('/run/desk.sock', None), None):\n"
        "    print(asyncio.run(ask(each)))\n"
    )
    environ = os.environ | {"SMSCORE_API_KEY": "k", "PYTHONPATH": str(ROOT)}
    ran = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, env=environ, capture_output=True, text=True)
    assert ran.stdout.split() == ["passed", "passed", "403", "403", "403"], ran.stderr
