"""The server as it is started: its doors, its headers, its callbacks, and its silence about secrets."""

from __future__ import annotations

import base64
import json
import os
import socket
import urllib.request

import pytest

from tests.server import Server

KEY, TOKEN = "canary-key-8f31", "canary-token-0123456789"
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory):
    server = Server(tmp_path_factory.mktemp("server"), API_KEY=KEY, WEBHOOK_TOKEN=TOKEN, BASE_URL="http://127.0.0.1:9")
    server.start()
    yield server
    server.stop()


def answer(server: Server, path: str) -> urllib.request.addinfourl:
    return urllib.request.urlopen(server.url + path, timeout=10)


def test_pages_health_and_deep_links_are_served(server: Server):
    assert [server.status(path) for path in ("/", "/compose", "/health")] == [200, 200, 200]
    assert json.load(answer(server, "/health")) == {"status": "open", "mode": "live"}


def test_every_answer_carries_the_security_headers(server: Server):
    for path in ("/", "/health", "/_stcore/health"):
        headers = answer(server, path).headers
        assert "default-src 'self'" in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert (headers["x-content-type-options"], headers["referrer-policy"]) == ("nosniff", "no-referrer")


def test_doors_that_nobody_needs_are_shut(server: Server):
    assert [server.status(path) for path in ("/_stcore/metrics", "/_stcore/agent/openapi.json")] == [404, 404]


def test_a_live_desk_has_no_sandbox(server: Server):
    assert server.status("/sandbox/truth") == 404


def test_a_callback_needs_the_token_and_is_stored_once(server: Server):
    report = {"messageId": "abc:1", "recipient": "919876543210", "status": "DELIVRD"}
    body = json.dumps(report).encode()
    strange = {"data": body, "headers": {"X-Webhook-Token": "wrong", "Content-Type": "application/json"}}
    known = {"data": body, "headers": {"X-Webhook-Token": TOKEN, "Content-Type": "application/json"}}
    assert server.status("/webhooks/delivery", **strange) == 404
    assert server.status("/webhooks/delivery", **known) == 200
    assert server.status(f"/webhooks/delivery/{TOKEN}", data=body) == 200
    assert server.status("/webhooks/delivery", data=b"{" * 100_000, headers=known["headers"]) in (400, 413)
    assert server.status("/webhooks/delivery", data=b"not json", headers=known["headers"]) == 400


def test_another_hosts_page_cannot_open_the_socket(server: Server):
    assert websocket_status(server, host=f"127.0.0.1:{server.port}", origin=server.url) == 101
    assert websocket_status(server, host="evil.example", origin="http://evil.example") == 403
    assert websocket_status(server, host=f"127.0.0.1:{server.port}", origin="http://evil.example") == 403


def websocket_status(server: Server, host: str, origin: str) -> int:
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        "GET /_stcore/stream HTTP/1.1",
        f"Host: {host}",
        f"Origin: {origin}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Protocol: streamlit",
    ]
    with socket.create_connection(("127.0.0.1", server.port), timeout=10) as line:
        line.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return int(line.recv(64).split()[1])


def test_the_log_and_the_database_hold_neither_key_nor_token(server: Server):
    files = [server.log, *server.folder.glob("desk.db*")]
    for content in (path.read_bytes() for path in files):
        assert KEY.encode() not in content and TOKEN.encode() not in content
