"""The desk's own row, which tells that a database is older than what was sent from it, and the engines that are alive.

Every claim adds its recipients to `claimed`, and every heartbeat of an engine adds one to `beats`, in the transaction
that does it. Each such UPDATE is conditional on what its process has seen before, so that in a database that was
restored under a running engine it changes nothing, and nothing is claimed.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import uuid4

import sqlalchemy as sa

from smscore.store import tables as t
from smscore.store.bulk_insert import insert_new
from smscore.store.rate_limit import get_clock

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
        """Return whether this row comes from before a row that was seen earlier: the database was restored."""
        if self.timeline != seen.timeline:
            return self.timeline < seen.timeline
        lower = self.claimed < seen.claimed or self.beats < seen.beats
        return lower or self.timeline_key != seen.timeline_key


def read_desk_state(connection: sa.Connection, lock: bool = False) -> DeskState:
    """Return the desk's own row; with `lock` nobody changes it before this transaction ends."""
    names = ("desk_id", "timeline", "timeline_key", "claimed", "beats", "seen_at", "journal_id", "place", "gone")
    query = sa.select(*(_STATE[name] for name in names), get_clock(connection).label("now"))
    return DeskState(**connection.execute(query.with_for_update() if lock else query).one()._asdict())


def name_desk(connection: sa.Connection) -> str:
    """Give the desk its random id, and its first timeline, at the first need; return the id."""
    names = {"desk_id": uuid4().hex, "timeline": 1, "timeline_key": uuid4().hex[:8]}
    connection.execute(sa.update(t.desk_state).where(_STATE.desk_id == "").values(**names))
    return connection.execute(sa.select(_STATE.desk_id)).scalar_one()


def count_claims(
    connection: sa.Connection, seen: DeskState, people: int, journal_id: str, standstill: float = _NEVER_STILL
) -> int | None:
    """Add `people` to the counter of claims; return its new value.

    None, and nothing is changed, when the database is older than `seen`, or no engine has been alive in it for
    `standstill` seconds: then the claim must be rolled back.
    """
    # Conditional on what this process has seen: in a database that was restored under it, nothing can be claimed.
    return connection.execute(
        sa.update(t.desk_state)
        .where(*_match_seen(seen), _match_alive(connection, standstill))
        .values(claimed=_STATE.claimed + people, journal_id=journal_id)
        .returning(_STATE.claimed)
    ).scalar()


def count_heartbeat(connection: sa.Connection, seen: DeskState, standstill: float) -> int | None:
    """Add a heartbeat; return the number of heartbeats. None, and nothing is changed, as in `count_claims`."""
    return connection.execute(
        sa.update(t.desk_state)
        .where(*_match_seen(seen), _match_alive(connection, standstill))
        .values(beats=_STATE.beats + 1, seen_at=get_clock(connection))
        .returning(_STATE.beats)
    ).scalar()


def _match_seen(seen: DeskState) -> tuple[sa.ColumnElement[bool], ...]:
    return (
        _STATE.timeline_key == seen.timeline_key,
        _STATE.claimed >= seen.claimed,
        _STATE.beats >= seen.beats,
    )


def _match_alive(connection: sa.Connection, seconds: float) -> sa.ColumnElement[bool]:
    return sa.or_(_STATE.seen_at.is_(None), _STATE.seen_at >= get_clock(connection) - seconds)


def sign_desk(connection: sa.Connection, journal_id: str, place: str) -> None:
    """Record, as an engine begins, whose journal follows this database and where the database itself is."""
    signed = {"journal_id": journal_id, "place": place, "beats": _STATE.beats + 1, "seen_at": get_clock(connection)}
    connection.execute(sa.update(t.desk_state).values(**signed))


def begin_timeline(connection: sa.Connection, timeline: int, claimed: int, beats: int) -> None:
    """Begin a timeline of its own for all that is counted after a restore."""
    connection.execute(
        sa.update(t.desk_state).values(
            timeline=timeline, timeline_key=uuid4().hex[:8], claimed=claimed, beats=beats, seen_at=get_clock(connection)
        )
    )


def note_gone(connection: sa.Connection, note: str) -> None:
    """Note which database was in this place before; "" when a person has said to begin with this one."""
    connection.execute(sa.update(t.desk_state).values(gone=note))


_TABLE = "(SELECT oid FROM pg_database WHERE datname = current_database()) || '/' || CAST('campaign' AS regclass)::oid"

_CLUSTER = (
    "(SELECT system_identifier FROM pg_control_system()) || '/' || (SELECT timeline_id FROM pg_control_checkpoint())"
)


def read_place(connection: sa.Connection) -> str:
    """Return what identifies a PostgreSQL database and changes with a restore: system, timeline, database, table.

    Every role may read that, unless a host has forbidden it: then without the system. "" on SQLite, where a copy cannot
    be told from its original.
    """
    if connection.dialect.name == "sqlite":
        return ""
    try:
        with connection.begin_nested():
            return connection.execute(sa.text(f"SELECT {_CLUSTER} || '/' || {_TABLE}")).scalar_one()
    except sa.exc.ProgrammingError:
        return connection.execute(sa.text(f"SELECT {_TABLE}")).scalar_one()


_TASKS = 0x534D5345  # beside the migration's lock: any constant that only SMS Desk locks on


def heartbeat(connection: sa.Connection, executor_id: str) -> None:
    """Record that this engine is alive."""
    alive = connection.execute(
        sa.update(t.worker).where(t.worker.c.executor_id == executor_id).values(seen_at=get_clock(connection))
    ).rowcount
    if not alive:
        insert_new(connection, t.worker, [{"executor_id": executor_id, "seen_at": 0.0}])
        connection.execute(
            sa.update(t.worker).where(t.worker.c.executor_id == executor_id).values(seen_at=get_clock(connection))
        )


def is_engine_alive(connection: sa.Connection, seconds: float) -> bool:
    """Return whether any engine was alive within the last `seconds`."""
    newest = connection.execute(sa.select(sa.func.max(t.worker.c.seen_at), get_clock(connection))).one()
    return newest[0] is not None and newest[1] - newest[0] <= seconds


def list_live_workers(connection: sa.Connection, seconds: float) -> set[str]:
    """Return engines that were heard of within the last `seconds`."""
    query = sa.select(t.worker.c.executor_id).where(t.worker.c.seen_at >= get_clock(connection) - seconds)
    return set(connection.scalars(query))


def try_task_lock(connection: sa.Connection, task: int) -> bool:
    """Return whether this transaction is the only one that does `task` now. On SQLite there is one engine: always."""
    if connection.dialect.name == "sqlite":
        return True
    return connection.execute(sa.select(sa.func.pg_try_advisory_xact_lock(_TASKS, task))).scalar_one()


def delete_stale_workers(connection: sa.Connection, seconds: float) -> int:
    """Drop the rows of engines that have been silent for more than `seconds`; return how many."""
    return connection.execute(sa.delete(t.worker).where(t.worker.c.seen_at < get_clock(connection) - seconds)).rowcount


def delete_worker(connection: sa.Connection, executor_id: str) -> None:
    """Delete the row of an engine that stopped, or whose jobs were put back."""
    connection.execute(sa.delete(t.worker).where(t.worker.c.executor_id == executor_id))
