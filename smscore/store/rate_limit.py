"""The rate of an account, held across all workers by one row: a generic cell rate algorithm (GCRA) in SQL.

`next_at` is when the account may send its next message. Reserving n messages moves it n/rate seconds on, in one
UPDATE, so that however many workers ask, their slots never overlap. A pause leaves no credit: slots start from now.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import sqlalchemy as sa

from smscore.store import tables as t
from smscore.store.bulk_insert import insert_new

RECOVERY = 0.10
"""Share of the full rate that is given back each minute after the provider slowed us."""

SLOWEST = 1 / 64
"""The rate is never halved below this share of the full rate."""


@dataclass(frozen=True)
class AccountRate:
    """An account's rate in messages per second now and in full, and until when (seconds since 1970) it is closed."""

    rate: float
    full_rate: float
    closed_until: float

    @property
    def slowed(self) -> bool:
        """Whether the provider slowed us and the full rate is not back yet."""
        return self.rate < self.full_rate


def get_clock(connection: sa.Connection) -> sa.ColumnElement[float]:
    """Return the database's own clock in seconds since 1970: the one clock that all workers share."""
    return _get_clock(connection.dialect.name)


def _get_clock(dialect: str) -> sa.ColumnElement[float]:
    if dialect == "sqlite":
        return sa.literal_column("(julianday('now') - 2440587.5) * 86400.0", sa.Float)
    return sa.literal_column("extract(epoch from clock_timestamp())::float8", sa.Float)


def set_rate(connection: sa.Connection, account: str, rate: float) -> None:
    """Make the account's row, or give it the configured `rate` (messages per second) when that has changed."""
    known = connection.execute(sa.select(t.rate_gate.c.full_rate).where(t.rate_gate.c.account == account)).scalar()
    if known is None:
        insert_new(connection, t.rate_gate, [{"account": account, "rate": rate, "full_rate": rate, "next_at": 0.0}])
    elif known != rate:
        connection.execute(
            sa.update(t.rate_gate).where(t.rate_gate.c.account == account).values(rate=rate, full_rate=rate)
        )


@dataclass(frozen=True)
class Slot:
    """When an account may send some messages: from `begin` to `end` (seconds since 1970 by the database's clock), which
    is `wait` seconds away (0 or less: it is now)."""

    account: str
    begin: float
    end: float
    wait: float


def reserve_slot(connection: sa.Connection, account: str, messages: int) -> Slot:
    """Take the account's next slot for `messages` messages."""
    row = connection.execute(_build_reservation(connection.dialect.name), {"mine": account, "messages": messages}).one()
    begin = row.next_at - messages / row.rate
    return Slot(account, begin, row.next_at, begin - row.now)


def give_back_slot(connection: sa.Connection, slot: Slot) -> None:
    """Give back a slot that nobody will use, so that others need not wait for its end. Where a later slot was given
    meanwhile it is kept: two slots must never overlap."""
    gate = t.rate_gate.c
    mine = sa.and_(gate.account == slot.account, gate.next_at == slot.end)
    connection.execute(sa.update(t.rate_gate).where(mine).values(next_at=slot.begin))


@cache
def _build_reservation(dialect: str) -> sa.Update:
    now, gate = _get_clock(dialect), t.rate_gate.c
    largest = sa.func.max if dialect == "sqlite" else sa.func.greatest
    begin = largest(gate.next_at, gate.closed_until, now)
    return (
        sa.update(t.rate_gate)
        .where(gate.account == sa.bindparam("mine"))
        .values(next_at=begin + sa.bindparam("messages", type_=sa.Float) / gate.rate)
        .returning(gate.next_at, gate.rate, now.label("now"))
    )


def slow_down(connection: sa.Connection, account: str, seconds: float) -> None:
    """Close the account for `seconds` after a 429, then let it send at half the present rate."""
    now, gate = get_clock(connection), t.rate_gate.c
    lowest = gate.full_rate * SLOWEST
    half = sa.case((gate.rate / 2 > lowest, gate.rate / 2), else_=lowest)
    recent = sa.and_(gate.slowed_at.is_not(None), gate.closed_until > now)
    connection.execute(
        sa.update(t.rate_gate)
        .where(gate.account == account)
        .values(
            rate=sa.case((recent, gate.rate), else_=half),
            closed_until=sa.case((gate.closed_until > now + seconds, gate.closed_until), else_=now + seconds),
            slowed_at=now,
        )
    )


def recover_rate(connection: sa.Connection, account: str, seconds: float) -> None:
    """Give back the share of the full rate that `seconds` without a 429 have earned."""
    now, gate = get_clock(connection), t.rate_gate.c
    more = gate.rate + gate.full_rate * RECOVERY * seconds / 60
    connection.execute(
        sa.update(t.rate_gate)
        .where(gate.account == account, gate.rate < gate.full_rate, gate.closed_until < now)
        .values(
            rate=sa.case((more > gate.full_rate, gate.full_rate), else_=more),
            slowed_at=sa.case((more > gate.full_rate, None), else_=gate.slowed_at),
        )
    )


def read_account_rate(connection: sa.Connection, account: str) -> AccountRate | None:
    """Return the account's pace, None before anything was ever sent."""
    row = connection.execute(
        sa.select(t.rate_gate.c.rate, t.rate_gate.c.full_rate, t.rate_gate.c.closed_until).where(
            t.rate_gate.c.account == account
        )
    ).first()
    return AccountRate(*row) if row else None
