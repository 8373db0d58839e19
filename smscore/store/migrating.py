"""Bringing a database to the present form: our tables by Alembic, the engine's by DBOS, safely side by side.

A kill in the middle leaves the last whole step: our steps run in one transaction on both databases, and DBOS's too.
Several processes may migrate at once; one does it, the others wait.
"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory

from smscore.store.connect import Database

_FOLDER = Path(__file__).resolve().parent.parent / "migrations"
_LOCK = 0x534D5344  # any constant that only SMS Desk locks on: "SMSD"


def migrate(database: Database) -> bool:
    """Bring our tables to the newest revision; whether anything had to be done.

    Raises StoreError; then the database is as it was.
    """
    if _present(database) == _newest():
        return False
    with database.writing() as connection:
        if not database.sqlite:
            connection.execute(sa.text("SELECT pg_advisory_xact_lock(:key)"), {"key": _LOCK})
        command.upgrade(_config(connection), "head")
    return True


def _config(connection: sa.Connection | None = None) -> Config:
    config = Config()
    config.set_main_option("script_location", str(_FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def known_revisions() -> frozenset[str]:
    """Every revision that our tables have had, the newest among them."""
    return frozenset(each.revision for each in ScriptDirectory.from_config(_config()).walk_revisions())


def _newest() -> str | None:
    return ScriptDirectory.from_config(_config()).get_current_head()


def _present(database: Database) -> str | None:
    with database.reading() as connection:
        return MigrationContext.configure(connection).get_current_revision()
