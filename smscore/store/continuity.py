"""The desk's own row: what tells that a database is older than what was sent from it.

Every claim adds its recipients to `claimed`, and every heartbeat of an engine adds one to `beats`, in the transaction
that does it. Each such UPDATE is conditional on what its process has seen before, so that in a database that was
restored under a running engine it changes nothing, and nothing is claimed.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import sqlalchemy as sa

from smscore.store import tables as t
from smscore.store.gate import clock

_STATE = t.desk_state.c
_NEVER_STILL = 1e12


@dataclass(frozen=True)
class DeskState:
    """The desk's own row. `seen_at` is the latest heartbeat and `now` the present, by the database's clock."""

    desk_id: str
    timeline: int
    timeline_key: str
    claimed: int
    beats: int
    seen_at: float | None
    journal_id: str
    place: str
    gone: str
    now: float

    def is_older_than(self, seen: DeskState) -> bool:
        """Whether this row comes from before a row that was seen earlier: the database was restored."""
        if self.timeline != seen.timeline:
            return self.timeline < seen.timeline
        lower = self.claimed < seen.claimed or self.beats < seen.beats
        return lower or self.timeline_key != seen.timeline_key


def desk_state(connection: sa.Connection, lock: bool = False) -> DeskState:
    """The desk's own row; with `lock` nobody changes it before this transaction ends."""
    names = ("desk_id", "timeline", "timeline_key", "claimed", "beats", "seen_at", "journal_id", "place", "gone")
    query = sa.select(*(_STATE[name] for name in names), clock(connection))
    return DeskState(*connection.execute(query.with_for_update() if lock else query).one())


def name_desk(connection: sa.Connection) -> str:
    """Give the desk its random id, and its first timeline, at the first need; the id."""
    names = {"desk_id": uuid4().hex, "timeline": 1, "timeline_key": uuid4().hex[:8]}
    connection.execute(sa.update(t.desk_state).where(_STATE.desk_id == "").values(**names))
    return connection.execute(sa.select(_STATE.desk_id)).scalar_one()


def count_claims(
    connection: sa.Connection, seen: DeskState, people: int, journal_id: str, standstill: float = _NEVER_STILL
) -> int | None:
    """Add `people` to the counter of claims; its new value. None, and nothing is changed, when the database is older
    than `seen`, or no engine has been alive in it for `standstill` seconds: then the claim must be rolled back."""
    return connection.execute(
        sa.update(t.desk_state)
        .where(*_same(seen), _alive(connection, standstill))
        .values(claimed=_STATE.claimed + people, journal_id=journal_id)
        .returning(_STATE.claimed)
    ).scalar()


def count_beat(connection: sa.Connection, seen: DeskState, standstill: float) -> int | None:
    """Add a heartbeat; the number of heartbeats. None, and nothing is changed, as in `count_claims`."""
    return connection.execute(
        sa.update(t.desk_state)
        .where(*_same(seen), _alive(connection, standstill))
        .values(beats=_STATE.beats + 1, seen_at=clock(connection))
        .returning(_STATE.beats)
    ).scalar()


def _same(seen: DeskState) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        _STATE.timeline_key == seen.timeline_key,
        _STATE.claimed >= seen.claimed,
        _STATE.beats >= seen.beats,
    )


def _alive(connection: sa.Connection, seconds: float) -> sa.ColumnElement[bool]:
    return sa.or_(_STATE.seen_at.is_(None), _STATE.seen_at >= clock(connection) - seconds)


def sign_desk(connection: sa.Connection, journal_id: str, place: str) -> None:
    """An engine begins: which computer's journal follows this database, and where the database itself is."""
    signed = {"journal_id": journal_id, "place": place, "beats": _STATE.beats + 1, "seen_at": clock(connection)}
    connection.execute(sa.update(t.desk_state).values(**signed))


def begin_timeline(connection: sa.Connection, timeline: int, claimed: int, beats: int) -> None:
    """The database was restored: what is counted from now on belongs to a timeline of its own."""
    connection.execute(
        sa.update(t.desk_state).values(
            timeline=timeline, timeline_key=uuid4().hex[:8], claimed=claimed, beats=beats, seen_at=clock(connection)
        )
    )


def note_gone(connection: sa.Connection, note: str) -> None:
    """Another database was in this place before, which is `note`; "" when a person has said to begin with this one."""
    connection.execute(sa.update(t.desk_state).values(gone=note))


_TABLE = "(SELECT oid FROM pg_database WHERE datname = current_database()) || '/' || CAST('campaign' AS regclass)::oid"
_CLUSTER = (
    "(SELECT system_identifier FROM pg_control_system()) || '/' || (SELECT timeline_id FROM pg_control_checkpoint())"
)


def actual_place(connection: sa.Connection) -> str:
    """What identifies a PostgreSQL database and changes with a restore: system, timeline, database, table. Readable by
    every role, unless a host has forbidden it: then without the system. "" on SQLite, where a copy cannot be told from
    its original."""
    if connection.dialect.name == "sqlite":
        return ""
    try:
        with connection.begin_nested():
            return connection.execute(sa.text(f"SELECT {_CLUSTER} || '/' || {_TABLE}")).scalar_one()
    except sa.exc.ProgrammingError:
        return connection.execute(sa.text(f"SELECT {_TABLE}")).scalar_one()
