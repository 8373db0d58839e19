"""A power cut on SQLite: what the disk may hold afterwards, as hundreds of images of the database and its torn log.

Every commit is written to the log and flushed (`synchronous=FULL`) before it is told as done. So what a power cut may
take is what was written after the last flush: any part of it, in sectors, in any order. Here the length of the log is
noted at each flush, and at each call how much of it was safe when the call left. An image keeps a prefix of the log and
tears what follows. A call that left when no more than this prefix was safe has been received by the provider, so nobody
in it may be queued in the image: they would be texted again.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa

import smscore
from smscore.provider import Provider
from smscore.store import Database
from smscore.store import tables as t
from tests.crash.driver import ALONE, launch, scene
from tests.crash.test_controls import claim_then_send, running, send_then_mark
from tests.deskwork import finished

pytestmark = pytest.mark.crash

SECTOR = 512
PEOPLE = 60
IMAGES = 400


@dataclass
class Disk:
    """What a power cut would leave of one database: the log's length at the last flush, and the calls that left."""

    path: Path
    safe: int = 0
    calls: list[tuple[int, tuple[int, ...]]] = field(default_factory=list)
    turn: threading.Lock = field(default_factory=threading.Lock)

    @property
    def log(self) -> Path:
        return self.path.with_name(self.path.name + "-wal")

    def __enter__(self) -> None:
        """Takes the place of the lock on which the writers of a process queue."""
        self.turn.acquire()

    def __exit__(self, *_: object) -> None:
        """The writer has committed: with SQLite's own lock in hand nobody writes, so all that is there is flushed."""
        with closing(sqlite3.connect(self.path, timeout=30, isolation_level=None)) as mine:
            mine.execute("BEGIN IMMEDIATE")
            self.safe = self.log.stat().st_size
            mine.execute("ROLLBACK")
        self.turn.release()

    def received(self, prefix: int) -> set[int]:
        """Everybody in a call that left when no more than `prefix` bytes of the log were safe."""
        return {number for safe, numbers in self.calls if safe <= prefix for number in numbers}


@pytest.fixture
def disk(blank_sqlite, tmp_path, monkeypatch) -> Iterator[tuple[object, Disk]]:
    """A desk on a database whose log only grows, and what is known of its disk."""
    path = tmp_path / "desk.db"
    shutil.copy(blank_sqlite, path)
    with scene(f"sqlite:///{path}", RATE=60) as (desk, stub), closing(sqlite3.connect(path)) as reader:
        watched, desk.stub = Disk(path), stub
        real = Provider.ask

        def ask(self, message, content, msisdns):
            watched.calls.append((watched.safe, tuple(msisdns)))
            return real(self, message, content, msisdns)

        monkeypatch.setattr(Provider, "ask", ask)
        desk.database._writer = watched
        with desk.database.writing() as connection:
            assert connection.exec_driver_sql("PRAGMA synchronous").scalar_one() == 2, "FULL"
        # Somebody reads from the first page on: nothing is copied from the log into the file, which stays as it is.
        reader.execute("BEGIN")
        reader.execute("SELECT COUNT(*) FROM campaign").fetchone()
        yield desk, watched


def truncated(tail: bytes, _chance: random.Random) -> bytes:
    return tail[:0]


def zeroed(tail: bytes, _chance: random.Random) -> bytes:
    return bytes(len(tail))


def garbled(tail: bytes, chance: random.Random) -> bytes:
    return chance.randbytes(len(tail))


def in_sectors(tail: bytes, chance: random.Random) -> bytes:
    """Half of the sectors arrived, whichever."""
    pieces = [tail[at : at + SECTOR] for at in range(0, len(tail), SECTOR)]
    return b"".join(piece if chance.random() < 0.5 else bytes(len(piece)) for piece in pieces)


TEARS: tuple[Callable[[bytes, random.Random], bytes], ...] = (truncated, zeroed, garbled, in_sectors)


def queued_in(folder: Path, file: bytes, log: bytes) -> set[int]:
    """Who is queued in an image, which must open and be whole."""
    path = folder / "image.db"
    for stale in folder.glob("image.db*"):
        stale.unlink()
    path.write_bytes(file)
    path.with_name("image.db-wal").write_bytes(log)
    database = Database(f"sqlite:///{path}")
    try:
        with database.reading() as connection:
            assert connection.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
            found = sa.select(t.recipient.c.msisdn).where(t.recipient.c.status == "queued")
            return set(connection.scalars(found))
    finally:
        database.close()


def images(disk: Disk, chance: random.Random, count: int) -> Iterator[tuple[int, bytes]]:
    """`(prefix, log)`: at every length that was ever flushed, a byte before and after it, and anywhere between."""
    log, flushed = disk.log.read_bytes(), sorted({safe for safe, _ in disk.calls})
    edges = [edge for safe in flushed for edge in (safe - 1, safe, safe + 1)]
    anywhere = [chance.randrange(flushed[0], len(log)) for _ in range(max(0, count - len(edges)))]
    for prefix in (*edges, *anywhere):
        yield prefix, log[:prefix] + chance.choice(TEARS)(log[prefix:], chance)


def queued_again(disk: Disk, folder: Path, count: int) -> set[int]:
    """Everybody who would be texted again after one of `count` power cuts."""
    chance, file = random.Random(5), disk.path.read_bytes()
    found = (disk.received(prefix) & queued_in(folder, file, log) for prefix, log in images(disk, chance, count))
    return set().union(*found)


def test_no_power_cut_queues_anybody_whom_the_provider_has_received(disk, tmp_path):
    desk, watched = disk
    assert smscore.start_engine(desk)
    try:
        finished(desk, launch(desk, PEOPLE, ALONE))
    finally:
        smscore.stop_engine()
    assert len(watched.calls) == len(desk.stub.taken) == PEOPLE
    assert len({safe for safe, _ in watched.calls}) > 5, "the calls were spread over several flushes"
    assert queued_again(watched, tmp_path, IMAGES) == set()


def test_without_the_flush_before_a_call_power_cuts_queue_the_received(disk, tmp_path):
    """Were the last commit before a call not flushed, as with `synchronous=NORMAL`, the same images would show it."""
    desk, watched = disk
    chunk = running(desk, 20)
    before = watched.safe
    claim_then_send(desk, chunk, "only")
    assert queued_again(watched, tmp_path, 20) == set()
    watched.calls = [(before, numbers) for _, numbers in watched.calls]
    assert queued_again(watched, tmp_path, 20) == set(desk.stub.taken)


def test_a_sender_that_sends_and_then_marks_is_caught_by_the_images(disk, tmp_path):
    desk, watched = disk
    send_then_mark(desk, running(desk, 20), "only")
    assert queued_again(watched, tmp_path, 20) == set(desk.stub.taken)
