"""Which engines are alive, by the database's clock."""

from __future__ import annotations

import sqlalchemy as sa

from smscore.store import tables as t
from smscore.store.gate import clock
from smscore.store.writing import insert_new

_TASKS = 0x534D5345  # beside the migration's lock: any constant that only SMS Desk locks on


def beat(connection: sa.Connection, executor_id: str) -> None:
    """This engine is alive."""
    alive = connection.execute(
        sa.update(t.worker).where(t.worker.c.executor_id == executor_id).values(seen_at=clock(connection))
    ).rowcount
    if not alive:
        insert_new(connection, t.worker, [{"executor_id": executor_id, "seen_at": 0.0}])
        connection.execute(
            sa.update(t.worker).where(t.worker.c.executor_id == executor_id).values(seen_at=clock(connection))
        )


def engine_seen(connection: sa.Connection, seconds: float) -> bool:
    """Whether any engine was alive within the last `seconds`."""
    newest = connection.execute(sa.select(sa.func.max(t.worker.c.seen_at), clock(connection))).one()
    return newest[0] is not None and newest[1] - newest[0] <= seconds


def live_workers(connection: sa.Connection, seconds: float) -> set[str]:
    """Engines that were heard of within the last `seconds`."""
    query = sa.select(t.worker.c.executor_id).where(t.worker.c.seen_at >= clock(connection) - seconds)
    return set(connection.scalars(query))


def alone(connection: sa.Connection, task: int) -> bool:
    """Whether this transaction is the only one that does `task` now. On SQLite there is one engine: always."""
    if connection.dialect.name == "sqlite":
        return True
    return connection.execute(sa.select(sa.func.pg_try_advisory_xact_lock(_TASKS, task))).scalar_one()


def forget_silent(connection: sa.Connection, seconds: float) -> int:
    """Drop the rows of engines that have been silent for more than `seconds`; how many."""
    return connection.execute(sa.delete(t.worker).where(t.worker.c.seen_at < clock(connection) - seconds)).rowcount


def forget_worker(connection: sa.Connection, executor_id: str) -> None:
    """An engine that stopped, or whose jobs were put back."""
    connection.execute(sa.delete(t.worker).where(t.worker.c.executor_id == executor_id))
