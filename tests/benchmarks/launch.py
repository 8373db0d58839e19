"""How long a press of "Send" takes. `python -m tests.benchmarks launch [--rows 1000000] [--rounds 3]`

The launch of a prepared send stands beside one `sqlite3.executemany` for each table with the same rows, in a file with
the same settings, measured in the same run and in turns. Seconds are of this process's CPU and of the wall; with other
work on the machine only the first can be compared.
"""

from __future__ import annotations

import argparse
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np

from smscore import Audience, Choice, Desk, Kind, Message, Plan, Prepared, Route, load_settings, open_desk, read_sheet

TEXTS = {"a text each": "Hello {name}", "a text a town": "Hello {town}", "one text": "Hello there"}
COLUMNS = {
    "content": ("campaign_id", "no", "text", "variables"),
    "recipient": ("campaign_id", "seq", "row", "msisdn", "content_no", "segments", "status"),
    "sheet_part": ("campaign_id", "part", "no", "lo", "hi", "arrow"),
}
Took = tuple[float, float]


@contextmanager
def opened() -> Iterator[tuple[Desk, Path]]:
    """A desk on a new SQLite file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "desk.db")
        settings = {"SMSCORE_DATABASE_URL": f"sqlite:///{path}", "SMSCORE_STATE_DIR": f"{folder}/state"}
        desk = open_desk(load_settings(settings, None))
        yield desk, path
        desk.close()


def people(desk: Desk, rows: int) -> Audience:
    """An audience of `rows` people in 97 towns."""
    numbers = (np.arange(rows) + 9_100_000_000).tolist()
    lines = "".join(f"N{number},{number},Town {number % 97}\n" for number in numbers)
    return desk.audiences.build(read_sheet(f"name,phone,town\n{lines}".encode(), "people.csv"), Choice())


def timed(work: Callable[[], object]) -> Took:
    """The seconds of CPU and of the wall that `work` takes."""
    cpu, wall = time.process_time(), time.perf_counter()
    work()
    return time.process_time() - cpu, time.perf_counter() - wall


def plainly(path: Path) -> Took:
    """Write the campaign that is in the file at `path` once more, into a copy without rows: `executemany`, no more."""
    with sqlite3.connect(path) as whole:
        schema = [sql for (sql,) in whole.execute("SELECT sql FROM sqlite_master WHERE sql NOT NULL") if _is_ours(sql)]
        rows = {
            name: whole.execute(f"SELECT {', '.join(names)} FROM {name}").fetchall() for name, names in COLUMNS.items()
        }
    with tempfile.TemporaryDirectory(dir=path.parent) as folder:
        plain = sqlite3.connect(Path(folder, "plain.db"), isolation_level=None)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "wal_autocheckpoint=8000"):
            plain.execute(f"PRAGMA {pragma}")
        for sql in schema:
            plain.execute(sql)
        took = timed(lambda: _insert(plain, rows))
        plain.close()
    return took


def _is_ours(sql: str) -> bool:
    return any(
        sql.startswith(f"CREATE TABLE {quoted} ") or f" ON {quoted} (" in sql
        for name in COLUMNS
        for quoted in (name, f'"{name}"')
    )


def _insert(plain: sqlite3.Connection, rows: dict[str, list[tuple]]) -> None:
    plain.execute("BEGIN IMMEDIATE")
    for name, names in COLUMNS.items():
        marks = ", ".join("?" * len(names))
        plain.executemany(f"INSERT INTO {name} ({', '.join(names)}) VALUES ({marks})", rows[name])
    plain.execute("COMMIT")


def measured(text: str, rows: int) -> tuple[Took, Took, Took]:
    """What preparing, launching and the plain way took, each (CPU, wall) in seconds."""
    with opened() as (desk, path):
        audience, message = people(desk, rows), Message(Kind.TEXT, "ABCDEF", Route.TRANS, text)
        made: list[Prepared] = []
        preparing = timed(lambda: made.append(desk.launches.prepare(message, audience)))
        plan = Plan("Benchmark", message, audience)
        few = audience.replace_tables(contacts=audience.tables.contacts.slice(0, 1))
        desk.launches.launch(Plan("First", message, few), "benchmark")  # opens what stays open
        with sqlite3.connect(path) as each:
            for name in COLUMNS:
                each.execute(f"DELETE FROM {name}")
        launching = timed(lambda: desk.launches.launch(replace(plan, allow_repeat=True), "benchmark", made[0]))
        return preparing, launching, plainly(path)


def main(argv: list[str]) -> int:
    """Print the table."""
    asked = argparse.ArgumentParser(prog="python -m tests.benchmarks launch", description=__doc__)
    asked.add_argument("--rows", type=int, default=1_000_000)
    asked.add_argument("--rounds", type=int, default=3)
    options = asked.parse_args(argv)
    for name, text in TEXTS.items():
        rounds = [measured(text, options.rows) for _ in range(options.rounds)]
        for at, unit in enumerate(("CPU", "wall")):
            prepared, launched, plain = (
                statistics.median(r[w][at] for r in rounds) * 1e6 / options.rows for w in range(3)
            )
            print(
                f"{name:14} {unit:5} prepare {prepared:6.2f} us  launch {launched:6.2f} us  executemany {plain:6.2f} us"
                f"   {launched / plain:.2f} x",
                flush=True,
            )
    return 0
