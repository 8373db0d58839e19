"""Backups: making one, putting one back, and the three decisions that a person has then.

Making one and putting one back need the settings alone: the database itself may be damaged or gone.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from smscore import store
from smscore.config import Settings, child_environment
from smscore.desk.resources import Resources
from smscore.durable_files import FileLock
from smscore.engine import get_engine_lock_path
from smscore.errors import CampaignError, StoreError
from smscore.store import Connection, Database, LostCampaign, RestoreQuestion, backups
from smscore.store.backups import Backup

DECISIONS = ("continue", "unknown", "cancel")


def back_up(settings: Settings, path: Path) -> Backup:
    """Write a verified copy of the database to `path`, while campaigns are sent or not. Raises StoreError."""
    database = settings.database_file
    backups.must_be_writable_as_backup(path, database)
    if database is not None:
        return backups.back_up_file(database, path)
    return backups.back_up_server(settings.database_url, path, child_environment())


def put_back(settings: Settings, path: Path) -> Path | None:
    """Put a backup in the place of the database; where the replaced database is kept, None when there was none.

    Raises StoreError: while any process uses the database, or when the backup is not whole; then nothing was changed.
    """
    if not path.is_file():
        raise StoreError("not_a_backup", place=str(path))
    now, database = datetime.now(settings.zone), settings.database_file
    if database is None:
        return _put_back_server(settings, path, now)
    database.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(get_engine_lock_path(database))
    if not lock.take():
        raise StoreError("database_in_use")
    try:
        return backups.put_back_file(path, database, now)
    finally:
        lock.give_back()


def _put_back_server(settings: Settings, path: Path, now: datetime) -> Path | None:
    environ, url = child_environment(), settings.database_url
    backups.verify_archive(path, environ)
    kept = path.with_name(f"before-restore-{now:%Y%m%d-%H%M%S}.dump")
    backups.back_up_server(url, kept, environ)
    backups.put_back_server(path, url, environ)
    return kept


@dataclass(frozen=True)
class Restored:
    """What is undecided since the database was restored: a question a campaign, and the campaigns that were sent and
    are not here any more. `gone` tells until when another database was in this place, "" when none was."""

    questions: tuple[RestoreQuestion, ...]
    lost: tuple[LostCampaign, ...]
    gone: str

    @property
    def people(self) -> int:
        """How many messages may have left since the backup, at most."""
        return sum(each.people for each in self.questions) + sum(each.people for each in self.lost)


class Restores:
    """Noticing a restored database, and recording what a person decides about it."""

    def __init__(self, resources: Resources) -> None:
        self._resources = resources
        self._database = resources.database

    def check(self) -> None:
        """Compare the database with the journal of what was sent, as an engine does when it starts."""
        self._resources.continuity.check()

    def find_undecided(self) -> Restored | None:
        """Return what waits for a decision since a restore; None when nothing does."""
        with self._database.reading() as connection:
            questions = store.list_open_questions(connection)
            lost, gone = store.list_lost_campaigns(connection), store.read_desk_state(connection).gone
        return Restored(tuple(questions), tuple(lost), gone) if questions or lost or gone else None

    def get_backup_time(self, question: RestoreQuestion) -> datetime | None:
        """Return when the backup was made, in the desk's zone; None when that is not known."""
        moment = question.restored_from
        return None if moment is None else datetime.fromtimestamp(moment, self._resources.settings.zone)

    def is_undecided(self, connection: Connection, campaign_id: int) -> bool:
        """Return whether a campaign waits for a decision since a restore."""
        return any(each.campaign_id == campaign_id for each in store.list_open_questions(connection))

    def decide(self, campaign_id: int, decision: str, actor: str) -> int:
        """Record a decision about a campaign that was active in a restored backup; how many became unknown.

        "continue" sends to everybody who is queued, and may text some of them twice · "unknown" takes those who may
        have been texted since as unknown and goes on with the rest · "cancel" does the same and ends the campaign.
        Raises CampaignError("bad_restore_decision", "nothing_to_decide").
        """
        if decision not in DECISIONS:
            raise CampaignError("bad_restore_decision", decision=decision)
        now, doubted = time.time(), 0
        with self._database.writing() as connection:
            asked = {each.campaign_id: each for each in store.list_open_questions(connection)}.get(campaign_id)
            if asked is None or not store.close_question(connection, campaign_id, decision, actor, now):
                raise CampaignError("nothing_to_decide", campaign=campaign_id)
            if decision != "continue":
                doubted = store.doubt_restored(connection, asked, now)
            if decision == "cancel":
                store.cancel(connection, campaign_id, now)
            else:
                self._start_again(connection, campaign_id, now)
            store.record_activity(
                connection, actor, f"restored_{decision}", now, campaign_id, f"{doubted:,} became unknown"
            )
        if decision == "cancel":
            cancel_queued(self._database, campaign_id)
        return doubted

    def _start_again(self, connection: Connection, campaign_id: int, now: float) -> None:
        """Record the next run of a paused campaign and its job."""
        run_no = store.start_again(connection, campaign_id, now)
        if run_no is None:  # it is not paused any more, so there is nothing to start
            return
        store.release_canary(connection, campaign_id)
        start_at = store.read_orders(connection, campaign_id).start_at or 0.0
        self._resources.jobs.launch(connection, campaign_id, run_no, max(0.0, start_at - now))

    def note_lost(self, actor: str) -> int:
        """Record that a person has taken note of the campaigns that were lost with a database; how many."""
        with self._database.writing() as connection:
            noted = store.note_lost(connection)
            store.record_activity(connection, actor, "lost_campaigns_noted", time.time(), note=f"{noted:,} campaigns")
        return noted

    def begin_anew(self, actor: str) -> None:
        """Record that this database is to be used, although another one was in its place."""
        with self._database.writing() as connection:
            store.note_gone(connection, "")
            store.note_lost(connection)
            store.record_activity(connection, actor, "began_anew", time.time())


def cancel_queued(database: Database, campaign_id: int) -> None:
    """Cancel what a cancelled campaign still has queued, a chunk a transaction, and count the chunk again."""
    with database.reading() as connection:
        chunks = store.list_unswept_chunks(connection, campaign_id)
    for chunk in chunks:
        with database.writing() as connection:
            store.sweep_cancelled(connection, chunk, time.time())
            store.recount(connection, chunk)
