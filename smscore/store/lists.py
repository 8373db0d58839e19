"""What operators keep beside campaigns: opt-outs, senders, templates, saved audiences, activity, small settings."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import sqlalchemy as sa

from smscore.errors import TemplateError
from smscore.messages import Route
from smscore.store import tables as t
from smscore.store.connect import Database
from smscore.store.records import moment
from smscore.store.writing import insert_new


@dataclass(frozen=True)
class Template:
    """A template in one of its versions. `headers` are the senders it is registered for; times are aware, in UTC."""

    id: int
    version: int
    name: str
    body: str
    template_id: str
    headers: tuple[str, ...]
    route: Route
    category: str
    status: str
    actor: str
    created_at: datetime


@dataclass(frozen=True)
class SavedAudience:
    """An audience kept by name."""

    name: str
    contacts: int
    actor: str
    saved_at: datetime


# opt-outs


def opted_out(database: Database) -> np.ndarray:
    """Every MSISDN that opted out, int64, ascending."""
    with database.reading() as connection:
        rows = connection.execute(sa.select(t.opt_out.c.msisdn).order_by(t.opt_out.c.msisdn))
        return np.fromiter((row[0] for row in rows), dtype=np.int64)


def opt_outs_changed(database: Database) -> int:
    """The number of the latest change of the opt-out list, 0 where nobody ever changed it: for telling two apart."""
    c = t.activity.c
    changes = sa.select(c.id).where(c.act.in_(("opt_out_added", "opt_out_removed"))).order_by(c.id.desc()).limit(1)
    with database.reading() as connection:
        return connection.execute(changes).scalar() or 0


def opt_out_page(database: Database, digits: str, limit: int) -> list[sa.Row]:
    """`(msisdn, added_at, actor, source)`, newest first, of numbers that hold `digits`."""
    query = sa.select(t.opt_out).order_by(t.opt_out.c.added_at.desc(), t.opt_out.c.msisdn).limit(limit)
    if digits:
        query = query.where(sa.cast(t.opt_out.c.msisdn, sa.Text).contains(digits))
    with database.reading() as connection:
        return list(connection.execute(query))


def opt_out_count(database: Database) -> int:
    """How many numbers opted out."""
    with database.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(t.opt_out)).scalar_one()


def add_opt_outs(database: Database, msisdns: Iterable[int], actor: str, source: str, now: float) -> int:
    """Add MSISDNs; how many were new."""
    rows = [{"msisdn": int(m), "added_at": now, "actor": actor, "source": source} for m in msisdns]
    with database.writing() as connection:
        new = insert_new(connection, t.opt_out, rows)
        note(connection, actor, "opt_out_added", now, note=f"new numbers: {new:,}, {source}")
    return new


def remove_opt_out(database: Database, msisdn: int, actor: str, now: float) -> bool:
    """Take one MSISDN off the list; whether it was on it."""
    listed = t.opt_out.c.msisdn == msisdn
    with database.writing() as connection:
        gone = connection.execute(sa.select(t.opt_out.c.actor, t.opt_out.c.source).where(listed)).first()
        if gone:
            connection.execute(sa.delete(t.opt_out).where(listed))
            which = f"the number ending in {msisdn % 10_000:04}, put on it by {gone.actor}: {gone.source}"
            note(connection, actor, "opt_out_removed", now, note=which)
    return gone is not None


# senders


def senders(database: Database) -> tuple[str, ...]:
    """The senders (DLT headers) that operators may pick, in alphabetical order."""
    with database.reading() as connection:
        return tuple(connection.scalars(sa.select(t.sender.c.name).order_by(t.sender.c.name)))


def add_sender(database: Database, name: str, actor: str, now: float) -> bool:
    """Add a sender; whether it was new."""
    with database.writing() as connection:
        new = bool(insert_new(connection, t.sender, [{"name": name, "actor": actor, "added_at": now}]))
        if new:
            note(connection, actor, "sender_added", now, note=name)
    return new


def remove_sender(database: Database, name: str, actor: str, now: float) -> None:
    """Remove a sender from the picker; campaigns keep theirs."""
    with database.writing() as connection:
        connection.execute(sa.delete(t.sender).where(t.sender.c.name == name))
        note(connection, actor, "sender_removed", now, note=name)


# templates


def templates(database: Database, template: int | None = None) -> tuple[Template, ...]:
    """The latest version of every template by name; or all versions of one, newest first."""
    c = t.template.c
    query = sa.select(t.template)
    if template is None:
        query = query.where(c.latest == 1, c.status != "retired").order_by(sa.func.lower(c.name), c.id)
    else:
        query = query.where(c.id == template).order_by(c.version.desc())
    with database.reading() as connection:
        return tuple(_template(row) for row in connection.execute(query))


def _template(row: sa.Row) -> Template:
    return Template(
        row.id,
        row.version,
        row.name,
        row.body,
        row.template_id,
        tuple(json.loads(row.headers)),
        Route(row.route),
        row.category,
        row.status,
        row.actor,
        moment(row.created_at),
    )


@dataclass(frozen=True)
class TemplateText:
    """What an operator writes of a template."""

    name: str
    body: str
    template_id: str = ""
    headers: tuple[str, ...] = ()
    route: Route = Route.TRANS
    category: str = ""
    status: str = "active"


def save_template(
    database: Database, text: TemplateText, actor: str, now: float, template: int | None = None
) -> Template:
    """Keep `text` as a new template, or as the next version of `template`; older versions stay as they were.

    Raises TemplateError("no_such_template").
    """
    with database.writing() as connection:
        return _save_template(connection, text, actor, now, template)


def save_templates(
    database: Database, texts: Sequence[tuple[TemplateText, int | None]], known: Versions, actor: str, now: float
) -> None:
    """Keep many templates, each with the template it is the next version of (None: a new one), in one commit.

    Raises TemplateError("templates_changed") when the templates in use are no longer those `known`.
    """
    with database.writing() as connection:
        if template_versions(connection) != known:
            raise TemplateError("templates_changed")
        for text, template in texts:
            _save_template(connection, text, actor, now, template)


Versions = tuple[tuple[int, int], ...]
"""The `(id, version)` of every template in use, by id."""


def template_versions(connection: sa.Connection) -> Versions:
    """The newest version of every template in use."""
    c = t.template.c
    query = sa.select(c.id, c.version).where(c.latest == 1, c.status != "retired").order_by(c.id)
    return tuple((template, version) for template, version in connection.execute(query))


def _save_template(
    connection: sa.Connection, text: TemplateText, actor: str, now: float, template: int | None
) -> Template:
    c = t.template.c
    if template is None:
        version = 1
        template = (connection.execute(sa.select(sa.func.max(c.id))).scalar() or 0) + 1
    else:
        version = connection.execute(sa.select(sa.func.max(c.version)).where(c.id == template)).scalar()
        if version is None:
            raise TemplateError("no_such_template", template=template)
        version += 1
        connection.execute(sa.update(t.template).where(c.id == template).values(latest=0))
    connection.execute(sa.insert(t.template).values(_template_row(text, template, version, actor, now)))
    note(connection, actor, "template_saved", now, note=f"{text.name} (version {version})")
    row = connection.execute(sa.select(t.template).where(c.id == template, c.version == version)).one()
    return _template(row)


def _template_row(text: TemplateText, template: int, version: int, actor: str, now: float) -> dict:
    return {
        "id": template,
        "version": version,
        "latest": 1,
        "name": text.name,
        "body": text.body,
        "template_id": text.template_id,
        "headers": json.dumps(list(text.headers)),
        "route": text.route.value,
        "category": text.category,
        "status": text.status,
        "actor": actor,
        "created_at": now,
    }


# audiences


def save_audience(database: Database, name: str, contacts: int, arrow: bytes, actor: str, now: float) -> None:
    """Keep an audience by name; one of the same name is replaced."""
    with database.writing() as connection:
        connection.execute(sa.delete(t.saved_audience).where(t.saved_audience.c.name == name))
        connection.execute(
            sa.insert(t.saved_audience).values(name=name, contacts=contacts, actor=actor, saved_at=now, arrow=arrow)
        )
        note(connection, actor, "audience_saved", now, note=name)


def saved_audiences(database: Database) -> tuple[SavedAudience, ...]:
    """All audiences kept, by name."""
    c = t.saved_audience.c
    with database.reading() as connection:
        rows = connection.execute(sa.select(c.name, c.contacts, c.actor, c.saved_at).order_by(c.name)).all()
    return tuple(SavedAudience(name, contacts, actor, moment(at)) for name, contacts, actor, at in rows)


def saved_audience(database: Database, name: str) -> bytes | None:
    """The Arrow bytes of a saved audience; None when there is none of that name."""
    with database.reading() as connection:
        return connection.execute(sa.select(t.saved_audience.c.arrow).where(t.saved_audience.c.name == name)).scalar()


def delete_audience(database: Database, name: str, actor: str, now: float) -> None:
    """Forget a saved audience."""
    with database.writing() as connection:
        connection.execute(sa.delete(t.saved_audience).where(t.saved_audience.c.name == name))
        note(connection, actor, "audience_deleted", now, note=name)


# activity and settings


def note(
    connection: sa.Connection, actor: str, act: str, now: float, campaign_id: int | None = None, note: str = ""
) -> None:
    """Write down who did what, when; never a full number or a message's text."""
    connection.execute(sa.insert(t.activity).values(at=now, actor=actor, act=act, campaign_id=campaign_id, note=note))


def activity(database: Database, limit: int) -> list[sa.Row]:
    """`(at, actor, act, campaign_id, note)`, newest first."""
    c = t.activity.c
    with database.reading() as connection:
        return list(
            connection.execute(
                sa.select(c.at, c.actor, c.act, c.campaign_id, c.note).order_by(c.id.desc()).limit(limit)
            )
        )


def setting(database: Database, name: str) -> str | None:
    """A small setting kept in the store, such as the sandbox's faults."""
    with database.reading() as connection:
        return connection.execute(sa.select(t.setting.c.value).where(t.setting.c.name == name)).scalar()


def set_setting(database: Database, name: str, value: str) -> None:
    """Keep a small setting."""
    with database.writing() as connection:
        connection.execute(sa.delete(t.setting).where(t.setting.c.name == name))
        connection.execute(sa.insert(t.setting).values(name=name, value=value))
