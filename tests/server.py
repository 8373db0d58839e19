"""The whole of SMS Desk as one process on a free loopback port: `streamlit run app.py`, as an operator starts it."""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).parents[1]


class Server:
    """Starts, kills and starts again, on one database under `folder`."""

    def __init__(self, folder: Path, **settings: str) -> None:
        self.folder = folder
        self.port = free_port()
        self.log = folder / "server.log"
        kept = {name: text for name, text in os.environ.items() if not name.startswith("SMSCORE_")}
        ours = {f"SMSCORE_{name}": text for name, text in settings.items()}
        self.environ = kept | {"SMSCORE_DATABASE_URL": f"sqlite:///{folder / 'desk.db'}"} | ours
        self.process: subprocess.Popen | None = None
        self.cwd = ROOT
        self.host = "127.0.0.1"
        self.options: list[str] = []

    @property
    def url(self) -> str:
        """Where the pages are."""
        return f"http://{self.host}:{self.port}"

    def with_secrets(self, secrets: str) -> Server:
        """Start from a folder with a secrets file of its own, beside the configuration that ships."""
        self.cwd = self.folder
        (self.folder / ".streamlit").mkdir(exist_ok=True)
        shutil.copy(ROOT / ".streamlit/config.toml", self.folder / ".streamlit")
        (self.folder / ".streamlit/secrets.toml").write_text(secrets)
        return self

    def start(self, within: float = 90) -> None:
        """Start, and return once the desk is open."""
        command = [sys.executable, "-m", "streamlit", "run", str(ROOT / "app.py"), "--server.port", str(self.port)]
        command += self.options
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, cwd=self.cwd, env=self.environ, stdout=log, stderr=log)
        last = time.monotonic() + within
        while self.status("/health") != 200:
            assert self.process.poll() is None and time.monotonic() < last, self.log.read_text(errors="replace")[-2000:]
            time.sleep(0.2)

    def status(self, path: str, **options) -> int:
        """The HTTP status of a path; 0 when nobody answers."""
        try:
            with urllib.request.urlopen(urllib.request.Request(self.url + path, **options), timeout=10) as answer:
                return answer.status
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0

    def kill(self) -> None:
        """kill -9."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> None:
        """An orderly stop."""
        if self.process and self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(60)
            except subprocess.TimeoutExpired:
                self.kill()


class SandboxServer:
    """The provider's stand-in as a process of its own, which remembers the requests it got."""

    def start(self) -> None:
        """Start, and return once it listens; its address is `url`."""
        command = [sys.executable, "-m", "smscore", "sandbox", "--port", "0", "--json"]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.url = json.loads("".join(iter(self.process.stdout.readline, "}\n")) + "}")["url"]

    def requests(self) -> list[tuple[str, dict]]:
        """The (path, body) of each request, the oldest first."""
        with urllib.request.urlopen(f"{self.url}/requests", timeout=10) as answer:
            return [(seen["path"], json.loads(seen["body"])) for seen in json.load(answer)]

    def stop(self) -> None:
        """An orderly stop."""
        self.process.terminate()
        self.process.wait(30)
        self.process.stdout.close()


def free_port() -> int:
    """Return a port on which nobody listens.

    It lies below those that Linux gives to outgoing connections, or a test beside this one could take it before the
    server does.
    """
    for port in random.SystemRandom().sample(range(20_000, 32_000), 100):
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            return port
    raise OSError("no free port")
