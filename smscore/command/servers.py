"""The verbs that run until they are stopped (`worker`, `sandbox`), and `migrate`, which comes before them."""

from __future__ import annotations

import logging
from argparse import Namespace
from typing import TYPE_CHECKING

import smscore
from smscore import Role, load_settings
from smscore.command.desks import opened
from smscore.command.signals import Stop
from smscore.command.words import DONE, answer, remark, say
from smscore.sandbox import KEY, Webhook, serve

if TYPE_CHECKING:  # the sandbox needs no desk
    from smscore import Desk

STAND_BY_SECONDS = 2.0
LOOK_SECONDS = 0.3
"""Between two looks whether the engine has stopped by itself."""


def worker(options: Namespace) -> int:
    """Run the engine until SIGTERM or Ctrl-C; then calls under way end and are written down.

    On SQLite one process sends at a time: a second worker stands by and takes over when the first is gone.
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = load_settings().model_copy(update={"role": Role.WORKER})
    with opened(settings) as desk, Stop() as stop:
        if _started(desk, stop):
            _say_running(desk, options.json)
            try:
                while not stop.wait(LOOK_SECONDS):
                    if (fault := smscore.engine_fault()) is not None:
                        raise fault
                remark("Stopping after the calls in progress.")
            finally:
                smscore.stop_engine()
    return DONE


def _started(desk: Desk, stop: Stop) -> bool:
    told = False
    while not stop.asked:
        if smscore.start_engine(desk):
            return True
        if not told:
            remark("Another process is sending from this database. This one takes over when it ends.")
            told = True
        stop.wait(STAND_BY_SECONDS)
    return False


def _say_running(desk: Desk, as_json: bool) -> None:
    where = desk.settings.host if desk.live else "sandbox: nothing leaves this computer"
    if as_json:
        answer({"engine": "running", "live": desk.live, "database": desk.settings.database_shown})
    remark(f"The engine is running ({where}; {desk.settings.database_shown}). Press Ctrl-C to stop.")


def sandbox(options: Namespace) -> int:
    """Serve the provider's stand-in until SIGTERM or Ctrl-C."""
    key = options.key or KEY

    def ready(url: str) -> None:
        if options.json:
            answer({"url": url, "key": key})
        else:
            say(f"The sandbox is listening on {url} with the key {key}. What it received: {url}/truth")

    reports = Webhook(options.webhook, options.whatsapp_webhook, options.token) if options.webhook else None
    with Stop():
        serve(options.port, options.host, key, report=reports, ready=ready)
    return DONE


def migrate(options: Namespace) -> int:
    """Bring the database to the present form."""
    with opened() as desk:
        place = desk.settings.database_shown
    if options.json:
        answer({"database": place, "migrated": True})
    else:
        say(f"The database is up to date ({place}).")
    return DONE
