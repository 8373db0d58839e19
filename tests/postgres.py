"""The PostgreSQL server of the tests: databases of one run, copied from one that is migrated, dropped at its end."""

from __future__ import annotations

import itertools
import os

import psycopg
import sqlalchemy as sa

from tests.deskwork import open_quick

POSTGRES = os.environ.get("SMSCORE_TEST_POSTGRES", "postgresql://postgres@127.0.0.1:5432/test")
_counter = itertools.count(1)


class PostgresServer:
    """Databases of this test run on a server; `fresh()` copies one that is migrated already.

    Raises psycopg.OperationalError when the server cannot be reached.
    """

    def __init__(self, url: str = POSTGRES) -> None:
        self.url = url.replace("postgresql+psycopg://", "postgresql://")
        self.made: list[str] = []
        self._order("SELECT 1")
        self.template = self._create("template0")
        open_quick(self.url_of(self.template), "http://127.0.0.1:9").close()

    def _order(self, order: str) -> None:
        with psycopg.connect(self.url, autocommit=True, connect_timeout=5) as connection:
            connection.execute(order)

    def url_of(self, name: str) -> str:
        return sa.make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def _create(self, template: str) -> str:
        name = f"smsdesk_{os.getpid()}_{next(_counter)}"
        self._order(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
        self.made.append(name)
        return name

    def fresh(self) -> str:
        """The URL of a migrated, empty database."""
        return self.url_of(self._create(self.template))

    def drop(self, url: str) -> None:
        """Drop a database that `fresh` made, whoever is still connected."""
        name = sa.make_url(url).database
        self._order(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        self.made.remove(name)

    def drop_all(self) -> None:
        for name in self.made:
            self._order(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
