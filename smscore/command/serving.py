"""The verbs around the database and its servers: worker, sandbox, migrate, backup, restore, after-restore."""

from __future__ import annotations

import logging
from argparse import Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING

import smscore
from smscore.command.console import (
    DONE,
    Stop,
    format_count,
    get_actor,
    open_desk,
    print_json,
    print_line,
    print_remark,
)
from smscore.sandbox import KEY, Webhook, serve

if TYPE_CHECKING:  # the sandbox needs no desk
    from smscore import Desk, Restored

STAND_BY_SECONDS = 2.0
LOOK_SECONDS = 0.3
"""Between two looks whether the engine has stopped by itself."""


def run_worker(options: Namespace) -> int:
    """Run the engine until SIGTERM or Ctrl-C; then calls under way end and are written down.

    On SQLite one process sends at a time: a second worker stands by and takes over when the first is gone.
    """
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = smscore.load_settings().model_copy(update={"role": smscore.Role.WORKER})
    with open_desk(settings) as desk, Stop() as stop:
        if _start_or_stand_by(desk, stop):
            _print_running(desk, options.json)
            try:
                while not stop.wait(LOOK_SECONDS):
                    if (fault := smscore.get_engine_fault()) is not None:
                        raise fault
                print_remark("Stopping after the calls in progress.")
            finally:
                smscore.stop_engine()
    return DONE


def _start_or_stand_by(desk: Desk, stop: Stop) -> bool:
    """Start the engine as soon as no other process has it; False when asked to stop before."""
    told = False
    while not stop.asked:
        if smscore.start_engine(desk):
            return True
        if not told:
            print_remark("Another process is sending from this database. This one takes over when it ends.")
            told = True
        stop.wait(STAND_BY_SECONDS)
    return False


def _print_running(desk: Desk, as_json: bool) -> None:
    where = desk.settings.host if desk.live else "sandbox: nothing leaves this computer"
    if as_json:
        print_json({"engine": "running", "live": desk.live, "database": desk.settings.database_shown})
    print_remark(f"The engine is running ({where}; {desk.settings.database_shown}). Press Ctrl-C to stop.")


def run_sandbox(options: Namespace) -> int:
    """Serve the provider's stand-in until SIGTERM or Ctrl-C."""
    key = options.key or KEY

    def print_ready(url: str) -> None:
        if options.json:
            print_json({"url": url, "key": key})
        else:
            print_line(f"The sandbox is listening on {url} with the key {key}. What it received: {url}/truth")

    reports = Webhook(options.webhook, options.whatsapp_webhook, options.token) if options.webhook else None
    with Stop():
        serve(options.port, options.host, key, report=reports, ready=print_ready)
    return DONE


def migrate(options: Namespace) -> int:
    """Bring the database to the present form."""
    with open_desk() as desk:
        place = desk.settings.database_shown
    if options.json:
        print_json({"database": place, "migrated": True})
    else:
        print_line(f"The database is up to date ({place}).")
    return DONE


def back_up(options: Namespace) -> int:
    """Write a verified copy of the database."""
    made = smscore.back_up(smscore.load_settings(), options.file.absolute())
    if options.json:
        print_json({"backup": str(made.path), "bytes": made.size, "campaigns": made.campaigns})
    else:
        holds = f", {format_count(made.campaigns, 'campaign')}" if made.campaigns is not None else ""
        print_line(f"The backup {made.path} was written and verified ({made.size:,} bytes{holds}).")
    return DONE


def restore(options: Namespace) -> int:
    """Put a backup in the place of the database."""
    kept = smscore.put_back(smscore.load_settings(), options.file.absolute())
    if options.json:
        print_json({"restored": str(options.file), "kept": str(kept) if kept else None})
    else:
        print_line(f"The database was restored from {options.file}.")
    if kept:
        print_remark(f"The replaced database is kept as {kept}.")
    print_remark("Campaigns that were active in the backup need your decision. Start SMS Desk and open Overview.")
    return DONE


def decide_after_restore(options: Namespace) -> int:
    """Record what was decided after a restore, and print what still waits for a decision."""
    with open_desk() as desk:
        desk.restores.check()
        if options.decision:
            doubted = desk.restores.decide(options.campaign, options.decision, get_actor())
            print_remark(
                f"Decision saved for campaign {options.campaign}: {options.decision}. {doubted:,} marked as unknown."
            )
        if options.noted:
            print_remark(f"Noted: {format_count(desk.restores.note_lost(get_actor()), 'missing campaign')}.")
        if options.begin_anew:
            desk.restores.begin_anew(get_actor())
        restored = desk.restores.find_undecided() or smscore.Restored((), (), "")
        if options.json:
            print_json(asdict(restored))
        else:
            _print_undecided(desk, restored)
    return DONE


def _print_undecided(desk: Desk, restored: Restored) -> None:
    if not (restored.questions or restored.lost or restored.gone):
        print_line("Nothing needs a decision.")
    for question in restored.questions:
        made_at = desk.restores.get_backup_time(question)
        since = f"{made_at:%Y-%m-%d %H:%M}" if made_at else "an unknown time"
        which = "it is known which" if question.exact else "it is not known which"
        print_line(
            f"Campaign {question.campaign_id} “{question.name}”: {question.queued:,} queued, of whom "
            f"{question.people:,} may have been texted since {since}; {which}."
        )
        print_line(f"  python -m smscore after-restore {question.campaign_id} unknown    (or continue, or cancel)")
    for lost in restored.lost:
        print_line(
            f"Missing: a campaign that was number {lost.campaign_id}, about {format_count(lost.people, 'message')}."
        )
    if restored.lost:
        print_line("  python -m smscore after-restore --noted    confirms that you've noted the missing campaigns")
    if restored.gone:
        print_line(f"Messages were sent from another database until {restored.gone}. This one can't send yet.")
        print_line("  python -m smscore after-restore --begin-anew    uses this database anyway")
