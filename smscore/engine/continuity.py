"""Whether the database still holds all that was sent from it: asked at the start, at every heartbeat, at every claim.

A backup that is put back knows nothing of what was sent since, and would send it again. What was sent is therefore
also noted in a journal outside the database. Where the journal, the database's own identity or this process's memory
shows that the database is older than it was, nothing is sent: every campaign that was active is paused, and a person
decides about each.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from pathlib import Path

import sqlalchemy as sa

from smscore import store
from smscore.engine import gap, policy
from smscore.engine.gap import Finding, JournalSigns
from smscore.engine.journal import Entry, Heartbeat, Journal, build_spans, hash_key
from smscore.engine.state_folder import KnownPlaces, read_journal_id
from smscore.errors import CampaignError, StoreError
from smscore.store import Claimed, Database, DeskState

log = logging.getLogger(__name__)

BROKEN = ("database_restored", "stood_still", "journal_unwritable")
"""Why a claim is refused although the campaign runs."""


class Continuity:
    """One database and its journal, as this process knows them. Thread-safe.

    `state_folder` is where journals are kept; `place` is the database's address without a password; `live` says whether
    messages leave this computer; in `zone` moments are told.
    """

    def __init__(
        self, database: Database, state_folder: Path, place: str, live: bool = False, zone: tzinfo = UTC
    ) -> None:
        self.database, self.state_folder, self.place = database, state_folder, place
        self.live, self.zone = live, zone
        self._lock = threading.RLock()
        self._seen: DeskState | None = None
        self._journal: Journal | None = None

    @cached_property
    def _journal_id(self) -> str:
        return read_journal_id(self.state_folder)

    def _require_known(self) -> tuple[Journal, DeskState]:
        """Return the journal and the desk as this process saw it last; `begin` or `check` come before."""
        if self._journal is None or self._seen is None:
            raise RuntimeError("the database was not compared with its journal")
        return self._journal, self._seen

    def begin(self) -> None:
        """Compare the database with the journal and with itself, before an engine sends anything.

        Raises StoreError("journal_unwritable"), and then nothing may be sent.
        """
        with self._lock:
            self._check(starts=True)
            self._require_known()[0].tidy(time.time())

    def check(self) -> None:
        """Compare the database with the journal, before something is launched, resumed or sent at once."""
        with self._lock:
            self._check(starts=False)

    def _check(self, starts: bool) -> None:
        was_named, journal = self._open_journal()
        # Read before the database: what is written meanwhile is committed there first, so the database is never behind.
        signs = JournalSigns(journal.find_latest(), journal.read_heartbeat(), self._journal_id)
        asks_if_unsure = starts and was_named and not (self._is_unsure_now(signs) and self._is_another_alive())
        with self.database.writing() as connection:
            state = store.read_desk_state(connection, lock=True)
            place = store.read_place(connection)
            found = self._find_restore(journal, state, signs, place, asks_if_unsure)
            begun = self._ask(connection, state, signs, found) if found is not None else None
            if starts:
                self._ask_after_standstill(connection, state)
            if starts or (found is not None and place):
                store.sign_desk(connection, signs.journal_id, place)
            self._seen = seen = store.read_desk_state(connection)
        own = self.database.sqlite and state.journal_id == self._journal_id
        void = gap.build_void_entry(state, signs.latest) if starts and found is None and own else None
        for entry in filter(None, (begun, void)):
            journal.append(entry)
        if starts or found is not None:
            journal.write_heartbeat(Heartbeat(seen.timeline, seen.beats, seen.timeline_key))
            KnownPlaces(self.state_folder).remember(self.place, seen.desk_id, self.live)

    def _open_journal(self) -> tuple[bool, Journal]:
        """Return whether the database had a desk's id before, and that desk's journal."""
        with self.database.writing() as connection:
            was_named = bool(store.read_desk_state(connection).desk_id)
            desk_id = store.name_desk(connection)
        if self._journal is None or self._journal.folder.name != desk_id:
            self._journal = Journal(self.state_folder, desk_id)
        return was_named, self._journal

    # what tells that it was restored

    def _find_restore(
        self, journal: Journal, state: DeskState, signs: JournalSigns, place: str, asks_if_unsure: bool
    ) -> Finding | None:
        """Return why the database must be taken for an older one; None when nothing says so."""
        found = self._find_other_database(state) or self._find_older_database(journal, state, signs)
        moved = bool(place and state.place and place != state.place)
        if found is None and (moved or (asks_if_unsure and self._is_unsure(state, signs))):
            return Finding()
        return found

    def _find_other_database(self, state: DeskState) -> Finding | None:
        """Find another desk's database in this place before, from which messages were sent."""
        known = KnownPlaces(self.state_folder).find_desk(self.place)
        if known is None or known[0] == state.desk_id:
            return None
        entries = [entry for entry in Journal(self.state_folder, known[0]).read_entries() if entry.spans]
        return Finding(entries, other_desk=known[0], other_live=known[1]) if entries else None

    def _find_older_database(self, journal: Journal, state: DeskState, signs: JournalSigns) -> Finding | None:
        """Find whether the journal has more than the database, or this process has seen more."""
        latest, heartbeat, seen = signs.latest, signs.heartbeat, self._seen
        ahead = latest is not None and gap.is_ahead(
            latest.timeline, latest.timeline_key, latest.end, state, state.claimed
        )
        lives = heartbeat is not None and gap.is_ahead(
            heartbeat.timeline, heartbeat.timeline_key, heartbeat.beats, state, state.beats
        )
        remembers = seen is not None and seen.desk_id == state.desk_id and state.is_older_than(seen)
        if not (ahead or lives or remembers):
            return None
        beyond = [entry for entry in journal.read_entries() if gap.is_beyond(entry, state)]
        # PostgreSQL may have been sent from by other computers, whose journals are not here.
        own = self.database.sqlite and state.journal_id in ("", signs.journal_id)
        newest = max(each.timeline for each in (latest, heartbeat, state) if each)
        exact = own and gap.covers(beyond, state.timeline, state.timeline_key, state.claimed, newest)
        return Finding(beyond, exact)

    def _is_unsure_now(self, signs: JournalSigns) -> bool:
        with self.database.reading() as connection:
            return self._is_unsure(store.read_desk_state(connection), signs)

    def _is_unsure(self, state: DeskState, signs: JournalSigns) -> bool:
        """Return whether something was sent from this database and this computer's journal cannot say how much."""
        elsewhere = self.database.sqlite and state.journal_id not in ("", signs.journal_id)
        return state.claimed > 0 and (elsewhere or (signs.latest is None and signs.heartbeat is None))

    def _is_another_alive(self) -> bool:
        """Return whether another engine's heart beats in this database while we look: what is alive was not just
        restored."""
        with self.database.reading() as connection:
            first = store.read_desk_state(connection)
        if first.seen_at is None or first.now - first.seen_at > policy.VOUCH_SECONDS:
            return False
        until = time.monotonic() + policy.VOUCH_SECONDS
        while time.monotonic() < until:
            time.sleep(0.2)
            with self.database.reading() as connection:
                if store.read_desk_state(connection).beats > first.beats:
                    return True
        return False

    # what follows from it

    def _ask(self, connection: sa.Connection, state: DeskState, signs: JournalSigns, found: Finding) -> Entry:
        """Pause what was active, and begin a new timeline; return its first entry for the journal."""
        now = time.time()
        by_campaign, lost = gap.sort_by_campaign(found.entries, store.read_launch_keys(connection))
        store.keep_lost(connection, lost)
        since = self._format_moment(store.find_last_sign(connection))
        active = store.list_active_campaigns(connection)
        for campaign in active:
            if campaign.one_time:
                store.doubt_one_time(connection, campaign.id, now)
            else:
                store.ask_about(connection, campaign.id, by_campaign.get(campaign.id, ()), found.exact, since, now)
        if found.other_desk and found.other_live and not state.gone:
            store.note_gone(connection, self._format_moment(max(entry.at for entry in found.entries)))
        log.warning("the database is older than what was sent; campaigns that wait for a decision: %d", len(active))
        return self._begin_timeline(connection, state, signs, now)

    def _begin_timeline(self, connection: sa.Connection, state: DeskState, signs: JournalSigns, now: float) -> Entry:
        """Begin a timeline after every one that is known, with counters that nothing known is beyond."""
        timeline, claimed, beats = gap.find_next_timeline(state, signs, self._seen)
        store.begin_timeline(connection, timeline, claimed, beats)
        return Entry(timeline, store.read_desk_state(connection).timeline_key, claimed, claimed, now)

    def _ask_after_standstill(self, connection: sa.Connection, state: DeskState) -> None:
        if state.seen_at is not None and state.now - state.seen_at > policy.STANDSTILL:
            store.pause_after_standstill(connection, time.time(), self._format_moment(state.seen_at))

    def _format_moment(self, moment: float | None) -> str:
        """Return a moment as the sentences tell it."""
        if moment is None:
            return "an unknown time"
        return datetime.fromtimestamp(moment, self.zone).strftime("%H:%M on %d %b %Y")

    # while it runs

    def heartbeat(self) -> None:
        """Note that an engine of this process is alive, and ask the same questions as at a claim."""
        with self._lock:
            journal, known = self._require_known()
            with self.database.writing() as connection:
                beats = store.count_heartbeat(connection, known, policy.STANDSTILL)
                seen = store.read_desk_state(connection)
            if beats is None:
                self.recheck()
            else:
                self._seen = seen
                journal.write_heartbeat(Heartbeat(seen.timeline, seen.beats, seen.timeline_key))

    def count(
        self, connection: sa.Connection, campaign: store.Orders, claimed: Sequence[Claimed], alive: bool = True
    ) -> Entry | None:
        """Count a claim inside its transaction; the entry to `keep` once that is committed, None for an empty claim.

        With `alive` an engine must have been alive in this database lately. Raises StoreError("database_restored");
        then the claim must be rolled back, and `recheck` finds out why.
        """
        people = sum(len(each.seqs) for each in claimed)
        if not people:
            return None
        _, seen = self._require_known()
        standstill = {"standstill": policy.STANDSTILL} if alive else {}
        end = store.count_claims(connection, seen, people, self._journal_id, **standstill)
        if end is None:
            raise StoreError("database_restored")
        spans = build_spans(sorted(seq for each in claimed for seq in each.seqs))
        return Entry(
            seen.timeline,
            seen.timeline_key,
            end - people,
            end,
            time.time(),
            campaign.campaign_id,
            hash_key(campaign.launch_key),
            hash_key(campaign.content_key),
            spans,
        )

    def keep(self, entry: Entry) -> None:
        """Write an entry into the journal, before any of its calls leaves. Raises StoreError("journal_unwritable")."""
        self._require_known()[0].append(entry)
        with self._lock:
            _, seen = self._require_known()
            if seen.timeline_key == entry.timeline_key and entry.end > seen.claimed:
                self._seen = replace(seen, claimed=entry.end)

    def recheck(self) -> None:
        """Pause what stood still, or ask as at a start: a claim or a heartbeat found another database than it knew."""
        with self._lock:
            _, seen = self._require_known()
            with self.database.writing() as connection:
                state = store.read_desk_state(connection, lock=True)
                older = state.is_older_than(seen)
                if not older:
                    self._ask_after_standstill(connection, state)
                    store.sign_desk(connection, state.journal_id, state.place)
                    if state.timeline == seen.timeline:
                        self._seen = store.read_desk_state(connection)
            if older or state.timeline != seen.timeline:
                self._check(starts=False)

    # campaigns that are not here any more

    def must_be_new(self, launch_key: str) -> None:
        """Raise CampaignError("sent_before_restore") when a campaign of this launch key was sent and then lost with a
        database, ("database_is_new") while nobody has said to begin with the database that is here."""
        with self.database.reading() as connection:
            lost, gone = store.find_lost(connection, hash_key(launch_key)), store.read_desk_state(connection).gone
        if lost is not None:
            raise CampaignError("sent_before_restore", people=lost.people, since=self._format_moment(lost.first_at))
        if gone:
            raise CampaignError("database_is_new", since=gone)

    def must_not_repeat(self, content_key: str) -> None:
        """Raise CampaignError("same_words_lost") while a campaign of the same words, which was lost with a database, is
        one that nobody has taken note of: whom it reached is not known here."""
        with self.database.reading() as connection:
            said = [each for each in store.list_lost_campaigns(connection) if each.words_hash == hash_key(content_key)]
        if said:
            people, since = sum(each.people for each in said), min(each.first_at for each in said)
            raise CampaignError("same_words_lost", people=people, since=self._format_moment(since))

    def close(self) -> None:
        """Close this process's file of the journal."""
        if self._journal is not None:
            self._journal.close()
