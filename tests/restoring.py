"""Backups as operators make them, and how they put them back, without the product's own verbs."""

from __future__ import annotations

import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import psycopg
import sqlalchemy as sa

PutBack = Callable[[], None]
"""Puts a backup in the place of the database from which it was taken; nothing may send from it meanwhile."""


def plain(url: str) -> str:
    """A PostgreSQL URL as its own programs take it."""
    return sa.make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


ATTEMPTS = 10
"""How often a dump is put back before the run has failed."""
END_ALL = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"


def disconnect(url: str) -> None:
    """End every connection to a PostgreSQL database."""
    with psycopg.connect(plain(url), autocommit=True) as connection:
        connection.execute(f"{END_ALL} WHERE datname = current_database() AND pid <> pg_backend_pid()")


def file_of(url: str) -> Path:
    """The file of an SQLite URL."""
    return Path(sa.make_url(url).database)


def remove(path: Path) -> None:
    """Delete an SQLite database with its log."""
    for each in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        each.unlink(missing_ok=True)


def copy_online(url: str, folder: Path) -> PutBack:
    """SQLite's backup API, while it is written to; put back as another file in the same place."""
    path, copy = file_of(url), folder / "online.db"
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)

    def put_back() -> None:
        remove(path)
        shutil.copy(copy, path)

    return put_back


def copy_into(url: str, folder: Path) -> PutBack:
    """The same copy, put back into the very file: `sqlite3 desk.db .restore`."""
    path, copy = file_of(url), folder / "into.db"
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)

    def put_back() -> None:
        with closing(sqlite3.connect(copy)) as source, closing(sqlite3.connect(path, timeout=30)) as target:
            source.backup(target)

    return put_back


def copy_folder(url: str, folder: Path) -> PutBack:
    """The whole folder of the database, copied while no transaction is open, as a snapshot of the disk has it."""
    path, copy = file_of(url), folder / "folder"
    with closing(sqlite3.connect(path, timeout=30, isolation_level=None)) as held:
        held.execute("BEGIN IMMEDIATE")
        shutil.copytree(path.parent, copy)
        held.execute("ROLLBACK")

    def put_back() -> None:
        shutil.rmtree(path.parent)
        shutil.copytree(copy, path.parent)

    return put_back


def dump(url: str, folder: Path) -> PutBack:
    """pg_dump, put back into the same database with pg_restore."""
    copy = folder / "desk.dump"
    subprocess.run(["pg_dump", "-Fc", "-f", copy, plain(url)], check=True, capture_output=True)

    order = ["pg_restore", "--clean", "--if-exists", "--single-transaction", "-d", plain(url), copy]

    def put_back() -> None:
        # An engine that lives connects again at once and may be in a deadlock with pg_restore, of which the server ends
        # either. The transaction of pg_restore is then undone whole, and it is started again, as an operator would.
        said = ""
        for _ in range(ATTEMPTS):
            disconnect(url)
            done = subprocess.run(order, capture_output=True, text=True)
            if not done.returncode:
                return
            said = done.stderr
        raise AssertionError(f"pg_restore failed {ATTEMPTS} times: {said}")

    return put_back


def copy_template(url: str, _folder: Path) -> PutBack:
    """A database made with the other as its template, put back by renaming it. Ends all connections."""
    name = sa.make_url(url).database
    server = sa.make_url(plain(url)).set(database="postgres").render_as_string(hide_password=False)

    def order(*statements: str) -> None:
        with psycopg.connect(server, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement)

    order(f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS false', f"{END_ALL} WHERE datname = '{name}'")
    order(f'CREATE DATABASE "{name}_copy" TEMPLATE "{name}"', f'ALTER DATABASE "{name}" ALLOW_CONNECTIONS true')
    order(f'ALTER DATABASE "{name}_copy" ALLOW_CONNECTIONS true')

    def put_back() -> None:
        order(f'DROP DATABASE "{name}" WITH (FORCE)', f'ALTER DATABASE "{name}_copy" RENAME TO "{name}"')

    return put_back
