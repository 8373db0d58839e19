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
from dataclasses import dataclass, replace
from datetime import UTC, datetime, tzinfo
from functools import cached_property
from pathlib import Path

import sqlalchemy as sa

from smscore import store
from smscore.engine import rules
from smscore.engine.gap import covers, is_ahead, is_beyond, sort_out
from smscore.engine.journal import Beat, Entry, Journal, hashed, spans_of
from smscore.engine.state_folder import Places, journal_id
from smscore.errors import CampaignError, StoreError
from smscore.store import Claimed, Database, DeskState

log = logging.getLogger(__name__)

BROKEN = ("database_restored", "stood_still", "journal_unwritable")
"""Why a claim is refused although the campaign runs."""


@dataclass(frozen=True)
class Finding:
    """The database is older than what was sent from it: the entries beyond it, whether they are all that were made,
    and the desk that was in this place before when it is another one."""

    entries: Sequence[Entry] = ()
    exact: bool = False
    other_desk: str = ""
    other_live: bool = False
    latest: Entry | None = None
    beat: Beat | None = None


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
    def _mine(self) -> str:
        return journal_id(self.state_folder)

    def begin(self) -> None:
        """Before an engine sends anything: compare the database with the journal and with itself.

        Raises StoreError("journal_unwritable"), and then nothing may be sent.
        """
        with self._lock:
            self._check(starts=True)
            self._journal.tidy(time.time())

    def check(self) -> None:
        """Before something is launched, resumed or sent at once: compare the database with the journal."""
        with self._lock:
            self._check(starts=False)

    def _check(self, starts: bool) -> None:
        with self.database.writing() as connection:
            was_named = bool(store.desk_state(connection).desk_id)
            desk_id = store.name_desk(connection)
        if self._journal is None or self._journal.folder.name != desk_id:
            self._journal = Journal(self.state_folder, desk_id)
        # Read before the database: what is written meanwhile is committed there first, so the database is never behind.
        latest, beat, vouched = self._journal.latest(), self._journal.beat(), False
        mine = self._mine
        if starts and self._knows_nothing(latest, beat, mine):
            vouched = self._somebody_is_alive()
        with self.database.writing() as connection:
            state = store.desk_state(connection, lock=True)
            place = store.actual_place(connection)
            found = self._other_database(state) or self._restored(state, latest, beat, mine)
            if found is None and place and state.place and place != state.place:
                found = Finding(latest=latest, beat=beat)
            if found is None and starts and was_named and not vouched and self._unsure(state, latest, beat, mine):
                found = Finding(latest=latest, beat=beat)
            begun = self._ask(connection, state, found) if found is not None else None
            if starts:
                self._ask_after_standstill(connection, state)
                store.sign_desk(connection, mine, place)
            elif found is not None and place:
                store.sign_desk(connection, mine, place)
            self._seen = store.desk_state(connection)
        void = self._void(state, latest) if starts and found is None else None
        for entry in filter(None, (begun, void)):
            self._journal.append(entry)
        if starts or found is not None:
            self._journal.keep_beat(Beat(self._seen.timeline, self._seen.beats, self._seen.timeline_key))
            Places(self.state_folder).remember(self.place, desk_id, self.live)

    def _void(self, state: DeskState, latest: Entry | None) -> Entry | None:
        """What was claimed here and is in no entry never left: the process died between the two."""
        own = self.database.sqlite and latest is not None and state.journal_id == self._mine
        if not own or latest.timeline != state.timeline or latest.end >= state.claimed:
            return None
        return Entry(state.timeline, state.timeline_key, latest.end, state.claimed, time.time())

    # what tells that it was restored

    def _other_database(self, state: DeskState) -> Finding | None:
        """Another desk's database was in this place, and messages were sent from it."""
        known = Places(self.state_folder).desk_at(self.place)
        if known is None or known[0] == state.desk_id:
            return None
        entries = [entry for entry in Journal(self.state_folder, known[0]).entries() if entry.spans]
        return Finding(entries, other_desk=known[0], other_live=known[1]) if entries else None

    def _restored(self, state: DeskState, latest: Entry | None, beat: Beat | None, mine: str) -> Finding | None:
        """The journal has more than the database, or this process has seen more."""
        ahead = latest is not None and is_ahead(latest.timeline, latest.timeline_key, latest.end, state, state.claimed)
        lives = beat is not None and is_ahead(beat.timeline, beat.timeline_key, beat.beats, state, state.beats)
        remembers = self._seen is not None and self._seen.desk_id == state.desk_id and state.is_older_than(self._seen)
        if not (ahead or lives or remembers):
            return None
        beyond = [entry for entry in self._journal.entries() if is_beyond(entry, state)]
        # PostgreSQL may have been sent from by other computers, whose journals are not here.
        own = self.database.sqlite and state.journal_id in ("", mine)
        newest = max(each.timeline for each in (latest, beat, state) if each)
        exact = own and covers(beyond, state.timeline, state.timeline_key, state.claimed, newest)
        return Finding(beyond, exact, latest=latest, beat=beat)

    def _knows_nothing(self, latest: Entry | None, beat: Beat | None, mine: str) -> bool:
        with self.database.reading() as connection:
            return self._unsure(store.desk_state(connection), latest, beat, mine)

    def _unsure(self, state: DeskState, latest: Entry | None, beat: Beat | None, mine: str) -> bool:
        """Something was sent from this database, and this computer's journal cannot say how much."""
        elsewhere = self.database.sqlite and state.journal_id not in ("", mine)
        return state.claimed > 0 and (elsewhere or (latest is None and beat is None))

    def _somebody_is_alive(self) -> bool:
        """Whether another engine's heart beats in this database while we look: what is alive was not just restored."""
        with self.database.reading() as connection:
            first = store.desk_state(connection)
        if first.seen_at is None or first.now - first.seen_at > rules.VOUCH_SECONDS:
            return False
        until = time.monotonic() + rules.VOUCH_SECONDS
        while time.monotonic() < until:
            time.sleep(0.2)
            with self.database.reading() as connection:
                if store.desk_state(connection).beats > first.beats:
                    return True
        return False

    # what follows from it

    def _ask(self, connection: sa.Connection, state: DeskState, found: Finding) -> Entry | None:
        """Pause what was active and begin a new timeline; its first entry for the journal."""
        now = time.time()
        by_campaign, lost = sort_out(found.entries, store.launch_keys(connection))
        store.keep_lost(connection, lost)
        since = self._told(store.last_sign(connection))
        active = store.active_campaigns(connection)
        for campaign in active:
            if campaign.one_time:
                store.doubt_one_time(connection, campaign.id, now)
            else:
                store.ask_about(connection, campaign.id, by_campaign.get(campaign.id, ()), found.exact, since, now)
        if found.other_desk and found.other_live and not state.gone:
            store.note_gone(connection, self._told(max(entry.at for entry in found.entries)))
        timeline = max([state.timeline, *(each.timeline for each in (found.latest, found.beat) if each)]) + 1
        claimed = max(state.claimed, found.latest.end if found.latest else 0)
        beats = max(state.beats, found.beat.beats if found.beat else 0)
        if self._seen is not None and self._seen.desk_id == state.desk_id:
            timeline = max(timeline, self._seen.timeline + 1)
            claimed, beats = max(claimed, self._seen.claimed), max(beats, self._seen.beats)
        store.begin_timeline(connection, timeline, claimed, beats)
        log.warning("the database is older than what was sent; campaigns that wait for a decision: %d", len(active))
        return Entry(timeline, store.desk_state(connection).timeline_key, claimed, claimed, now)

    def _ask_after_standstill(self, connection: sa.Connection, state: DeskState) -> None:
        if state.seen_at is not None and state.now - state.seen_at > rules.STANDSTILL:
            store.pause_after_standstill(connection, time.time(), self._told(state.seen_at))

    def _told(self, moment: float | None) -> str:
        """A moment as the sentences tell it."""
        if moment is None:
            return "an unknown time"
        return datetime.fromtimestamp(moment, self.zone).strftime("%H:%M on %d %b %Y")

    # while it runs

    def beat(self) -> None:
        """An engine of this process is alive; the same questions as at a claim."""
        with self._lock:
            with self.database.writing() as connection:
                beats = store.count_beat(connection, self._seen, rules.STANDSTILL)
                seen = store.desk_state(connection)
            if beats is None:
                self.recheck()
            else:
                self._seen = seen
                self._journal.keep_beat(Beat(seen.timeline, seen.beats, seen.timeline_key))

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
        seen = self._seen
        standstill = {"standstill": rules.STANDSTILL} if alive else {}
        end = store.count_claims(connection, seen, people, self._mine, **standstill)
        if end is None:
            raise StoreError("database_restored")
        spans = spans_of(sorted(seq for each in claimed for seq in each.seqs))
        what = (campaign.campaign_id, hashed(campaign.launch_key), hashed(campaign.content_key), spans)
        return Entry(seen.timeline, seen.timeline_key, end - people, end, time.time(), *what)

    def keep(self, entry: Entry) -> None:
        """Write an entry into the journal, before any of its calls leaves. Raises StoreError("journal_unwritable")."""
        self._journal.append(entry)
        with self._lock:
            if self._seen.timeline_key == entry.timeline_key and entry.end > self._seen.claimed:
                self._seen = replace(self._seen, claimed=entry.end)

    def recheck(self) -> None:
        """A claim or a heartbeat found another database than it knew: pause what stood still, or ask as at a start."""
        with self._lock:
            with self.database.writing() as connection:
                state = store.desk_state(connection, lock=True)
                older = state.is_older_than(self._seen)
                if not older:
                    self._ask_after_standstill(connection, state)
                    store.sign_desk(connection, state.journal_id, state.place)
                    if state.timeline == self._seen.timeline:
                        self._seen = store.desk_state(connection)
            if older or state.timeline != self._seen.timeline:
                self._check(starts=False)

    # campaigns that are not here any more

    def must_be_new(self, launch_key: str) -> None:
        """Raise CampaignError("sent_before_restore") when a campaign of this launch key was sent and then lost with a
        database, ("database_is_new") while nobody has said to begin with the database that is here."""
        with self.database.reading() as connection:
            lost, gone = store.find_lost(connection, hashed(launch_key)), store.desk_state(connection).gone
        if lost is not None:
            raise CampaignError("sent_before_restore", people=lost.people, since=self._told(lost.first_at))
        if gone:
            raise CampaignError("database_is_new", since=gone)

    def must_not_repeat(self, content_key: str) -> None:
        """Raise CampaignError("same_words_lost") while a campaign of the same words, which was lost with a database, is
        one that nobody has taken note of: whom it reached is not known here."""
        with self.database.reading() as connection:
            said = [each for each in store.lost_campaigns(connection) if each.words_hash == hashed(content_key)]
        if said:
            people, since = sum(each.people for each in said), min(each.first_at for each in said)
            raise CampaignError("same_words_lost", people=people, since=self._told(since))

    def close(self) -> None:
        """Close this process's file of the journal."""
        if self._journal is not None:
            self._journal.close()
