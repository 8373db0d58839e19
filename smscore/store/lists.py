"""The lists that a desk keeps: opt-outs, senders, audiences, its activity, and settings that the pages change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np
import sqlalchemy as sa

from smscore.store import tables as t
from smscore.store.bulk_insert import insert_new
from smscore.store.database import Database
from smscore.store.records import to_datetime


def read_opted_out(database: Database) -> np.ndarray:
    """Return every MSISDN that opted out, int64, ascending."""
    with database.reading() as connection:
        rows = connection.execute(sa.select(t.opt_out.c.msisdn).order_by(t.opt_out.c.msisdn))
        return np.fromiter((row[0] for row in rows), dtype=np.int64)


def read_opt_out_revision(database: Database) -> int:
    """Return the number of the latest change of the opt-out list, 0 where nobody ever changed it."""
    c = t.activity.c
    changes = sa.select(c.id).where(c.act.in_(("opt_out_added", "opt_out_removed"))).order_by(c.id.desc()).limit(1)
    with database.reading() as connection:
        return connection.execute(changes).scalar() or 0


def read_opt_out_page(database: Database, digits: str, limit: int) -> list[sa.Row[Any]]:
    """Return `(msisdn, added_at, actor, source)`, newest first, of numbers that hold `digits`."""
    query = sa.select(t.opt_out).order_by(t.opt_out.c.added_at.desc(), t.opt_out.c.msisdn).limit(limit)
    if digits:
        query = query.where(sa.cast(t.opt_out.c.msisdn, sa.Text).contains(digits))
    with database.reading() as connection:
        return list(connection.execute(query))


def count_opt_outs(database: Database) -> int:
    """Return how many numbers opted out."""
    with database.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(t.opt_out)).scalar_one()


def add_opt_outs(database: Database, msisdns: Iterable[int], actor: str, source: str, now: float) -> int:
    """Add MSISDNs; return how many were new."""
    rows = [{"msisdn": int(m), "added_at": now, "actor": actor, "source": source} for m in msisdns]
    with database.writing() as connection:
        new = insert_new(connection, t.opt_out, rows)
        record_activity(connection, actor, "opt_out_added", now, note=f"new numbers: {new:,}, {source}")
    return new


def remove_opt_out(database: Database, msisdn: int, actor: str, now: float) -> bool:
    """Take one MSISDN off the list; return whether it was on it."""
    listed = t.opt_out.c.msisdn == msisdn
    with database.writing() as connection:
        gone = connection.execute(sa.select(t.opt_out.c.actor, t.opt_out.c.source).where(listed)).first()
        if gone:
            connection.execute(sa.delete(t.opt_out).where(listed))
            which = f"the number ending in {msisdn % 10_000:04}, put on it by {gone.actor}: {gone.source}"
            record_activity(connection, actor, "opt_out_removed", now, note=which)
    return gone is not None


def list_senders(database: Database) -> tuple[str, ...]:
    """Return the senders (DLT headers) that operators may pick, in alphabetical order."""
    with database.reading() as connection:
        return tuple(connection.scalars(sa.select(t.sender.c.name).order_by(t.sender.c.name)))


def add_sender(database: Database, name: str, actor: str, now: float) -> bool:
    """Add a sender; return whether it was new."""
    with database.writing() as connection:
        new = bool(insert_new(connection, t.sender, [{"name": name, "actor": actor, "added_at": now}]))
        if new:
            record_activity(connection, actor, "sender_added", now, note=name)
    return new


def remove_sender(database: Database, name: str, actor: str, now: float) -> None:
    """Remove a sender from the picker; campaigns keep theirs."""
    with database.writing() as connection:
        connection.execute(sa.delete(t.sender).where(t.sender.c.name == name))
        record_activity(connection, actor, "sender_removed", now, note=name)


@dataclass(frozen=True)
class SavedAudience:
    """An audience kept by name."""

    name: str
    contacts: int
    actor: str
    saved_at: datetime


def save_audience(database: Database, name: str, contacts: int, arrow: bytes, actor: str, now: float) -> None:
    """Keep an audience by name; one of the same name is replaced."""
    with database.writing() as connection:
        connection.execute(sa.delete(t.saved_audience).where(t.saved_audience.c.name == name))
        connection.execute(
            sa.insert(t.saved_audience).values(name=name, contacts=contacts, actor=actor, saved_at=now, arrow=arrow)
        )
        record_activity(connection, actor, "audience_saved", now, note=name)


def list_saved_audiences(database: Database) -> tuple[SavedAudience, ...]:
    """Return all audiences kept, by name."""
    c = t.saved_audience.c
    with database.reading() as connection:
        rows = connection.execute(sa.select(c.name, c.contacts, c.actor, c.saved_at).order_by(c.name)).all()
    return tuple(SavedAudience(name, contacts, actor, to_datetime(at)) for name, contacts, actor, at in rows)


def read_saved_audience(database: Database, name: str) -> bytes | None:
    """Return the Arrow bytes of a saved audience; None when there is none of that name."""
    with database.reading() as connection:
        return connection.execute(sa.select(t.saved_audience.c.arrow).where(t.saved_audience.c.name == name)).scalar()


def delete_audience(database: Database, name: str, actor: str, now: float) -> None:
    """Forget a saved audience."""
    with database.writing() as connection:
        connection.execute(sa.delete(t.saved_audience).where(t.saved_audience.c.name == name))
        record_activity(connection, actor, "audience_deleted", now, note=name)


def record_activity(
    connection: sa.Connection, actor: str, act: str, now: float, campaign_id: int | None = None, note: str = ""
) -> None:
    """Write down who did what, when; never a full number or a message's text."""
    connection.execute(sa.insert(t.activity).values(at=now, actor=actor, act=act, campaign_id=campaign_id, note=note))


def read_activity(database: Database, limit: int) -> list[sa.Row[Any]]:
    """Return `(at, actor, act, campaign_id, note)`, newest first."""
    c = t.activity.c
    with database.reading() as connection:
        return list(
            connection.execute(
                sa.select(c.at, c.actor, c.act, c.campaign_id, c.note).order_by(c.id.desc()).limit(limit)
            )
        )


def read_setting(database: Database, name: str) -> str | None:
    """Return a small setting kept in the store, such as the sandbox's faults."""
    with database.reading() as connection:
        return connection.execute(sa.select(t.setting.c.value).where(t.setting.c.name == name)).scalar()


def set_setting(database: Database, name: str, value: str) -> None:
    """Keep a small setting."""
    with database.writing() as connection:
        connection.execute(sa.delete(t.setting).where(t.setting.c.name == name))
        connection.execute(sa.insert(t.setting).values(name=name, value=value))
