"""DLT templates and their versions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from smscore.errors import TemplateError
from smscore.messages import Route
from smscore.store import tables as t
from smscore.store.database import Database
from smscore.store.lists import record_activity
from smscore.store.records import to_datetime


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


def list_templates(database: Database, template: int | None = None) -> tuple[Template, ...]:
    """Return the latest version of every template by name; or all versions of one, newest first."""
    c = t.template.c
    query = sa.select(t.template)
    if template is None:
        query = query.where(c.latest == 1, c.status != "retired").order_by(sa.func.lower(c.name), c.id)
    else:
        query = query.where(c.id == template).order_by(c.version.desc())
    with database.reading() as connection:
        return tuple(_build_template(row) for row in connection.execute(query))


def _build_template(row: sa.Row[Any]) -> Template:
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
        to_datetime(row.created_at),
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
        if list_template_versions(connection) != known:
            raise TemplateError("templates_changed")
        for text, template in texts:
            _save_template(connection, text, actor, now, template)


Versions = tuple[tuple[int, int], ...]
"""The `(id, version)` of every template in use, by id."""


def list_template_versions(connection: sa.Connection) -> Versions:
    """Return the newest version of every template in use."""
    c = t.template.c
    query = sa.select(c.id, c.version).where(c.latest == 1, c.status != "retired").order_by(c.id)
    return tuple((template, version) for template, version in connection.execute(query))


def _save_template(
    connection: sa.Connection, text: TemplateText, actor: str, now: float, template: int | None
) -> Template:
    c = t.template.c
    if template is None:
        version = 0
        template = (connection.execute(sa.select(sa.func.max(c.id))).scalar() or 0) + 1
    else:
        found = connection.execute(sa.select(sa.func.max(c.version)).where(c.id == template)).scalar()
        if found is None:
            raise TemplateError("no_such_template", template=template)
        version = found
        connection.execute(sa.update(t.template).where(c.id == template).values(latest=0))
    connection.execute(sa.insert(t.template).values(_build_template_row(text, template, version + 1, actor, now)))
    record_activity(connection, actor, "template_saved", now, note=f"{text.name} (version {version + 1})")
    row = connection.execute(sa.select(t.template).where(c.id == template, c.version == version + 1)).one()
    return _build_template(row)


def _build_template_row(text: TemplateText, template: int, version: int, actor: str, now: float) -> dict[str, object]:
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
