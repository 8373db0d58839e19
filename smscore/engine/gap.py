"""What lies between a restored database and the journal: who was claimed, of which campaigns, and whether it is all.

Functions over entries of the journal that touch no database; `continuity` asks them.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from smscore import store
from smscore.engine.journal import Entry, Heartbeat, hash_key
from smscore.store import DeskState, LostCampaign


@dataclass(frozen=True)
class JournalSigns:
    """What the journal says last: the entry with the highest counter, the latest heartbeat, and the journal's id."""

    latest: Entry | None
    heartbeat: Heartbeat | None
    journal_id: str


@dataclass(frozen=True)
class Finding:
    """The database is older than what was sent from it: the entries beyond it, whether they are all that were made,
    and the desk that was in this place before when it is another one."""

    entries: Sequence[Entry] = ()
    exact: bool = False
    other_desk: str = ""
    other_live: bool = False


def is_ahead(timeline: int, key: str, count: int, state: DeskState, present: int) -> bool:
    """Return whether what was counted on a timeline comes after the `present` count of the database."""
    if timeline != state.timeline:
        return timeline > state.timeline
    return key != state.timeline_key or count > present


def find_next_timeline(state: DeskState, signs: JournalSigns, seen: DeskState | None) -> tuple[int, int, int]:
    """Return a timeline after every one that is known, with counters that nothing known is beyond.

    They are (timeline, claimed, beats); `seen` is the desk as this process saw it last.
    """
    latest, heartbeat = signs.latest, signs.heartbeat
    timeline = max([state.timeline, *(each.timeline for each in (latest, heartbeat) if each)]) + 1
    claimed = max(state.claimed, latest.end if latest else 0)
    beats = max(state.beats, heartbeat.beats if heartbeat else 0)
    if seen is not None and seen.desk_id == state.desk_id:
        timeline = max(timeline, seen.timeline + 1)
        claimed, beats = max(claimed, seen.claimed), max(beats, seen.beats)
    return timeline, claimed, beats


def build_void_entry(state: DeskState, latest: Entry | None) -> Entry | None:
    """Return the entry for what was claimed and is in no entry of this computer's journal; None when all is.

    It never left: the process died between the claim's commit and the journal.
    """
    if latest is None or latest.timeline != state.timeline or latest.end >= state.claimed:
        return None
    return Entry(state.timeline, state.timeline_key, latest.end, state.claimed, time.time())


def is_beyond(entry: Entry, state: DeskState) -> bool:
    """Return whether the database does not know of an entry of the journal."""
    return is_ahead(entry.timeline, entry.timeline_key, entry.end, state, state.claimed)


def covers(entries: Iterable[Entry], timeline: int, key: str, claimed: int, latest: int) -> bool:
    """Return whether the entries beyond `claimed` of a timeline, and all of later ones up to `latest`, leave no gap.

    Then they name everybody who was claimed since.
    """
    parts: dict[int, list[Entry]] = {}
    for entry in entries:
        parts.setdefault(entry.timeline, []).append(entry)
    if any(entry.timeline_key != key for entry in parts.get(timeline, ())):
        return False
    later = sorted(number for number in parts if number > timeline)
    if later != list(range(timeline + 1, latest + 1)):
        return False
    if not _has_no_gap(parts.get(timeline, ()), claimed):
        return False
    return all(_is_whole(parts[number]) for number in later)


def _is_whole(entries: Sequence[Entry]) -> bool:
    """Return whether a timeline's entries are of one timeline and go on from its beginning without a gap."""
    begins = [entry.begin for entry in entries if entry.begin == entry.end]
    one_key = len({entry.timeline_key for entry in entries}) == 1
    return one_key and bool(begins) and _has_no_gap(entries, min(begins))


def _has_no_gap(entries: Iterable[Entry], reached: int) -> bool:
    for entry in sorted(entries, key=lambda entry: entry.begin):
        if entry.begin > reached:
            return False
        reached = max(reached, entry.end)
    return True


def sort_by_campaign(
    entries: Iterable[Entry], launch_keys: Mapping[int, str]
) -> tuple[dict[int, list[tuple[int, int]]], list[LostCampaign]]:
    """Return the spans by campaign for the campaigns that are here, and the campaigns that are not."""
    here = {(campaign_id, hash_key(key)) for campaign_id, key in launch_keys.items()}
    found: dict[int, list[tuple[int, int]]] = {}
    lost: dict[str, list[Entry]] = {}
    for entry in entries:
        if (entry.campaign_id, entry.launch_hash) in here:
            found.setdefault(entry.campaign_id, []).extend(entry.spans)
        elif entry.spans:
            lost.setdefault(entry.launch_hash, []).append(entry)
    return found, [_build_lost(mine) for mine in lost.values()]


def _build_lost(entries: Sequence[Entry]) -> LostCampaign:
    spans = store.merge_spans(span for entry in entries for span in entry.spans)
    people = sum(last - first + 1 for first, last in spans)
    moments = [entry.at for entry in entries]
    first = entries[0]
    return LostCampaign(first.launch_hash, first.words_hash, first.campaign_id, people, min(moments), max(moments))
