"""The journal of what was sent, kept outside the database, where a restored backup does not bring it back.

Between the commit of a claim and the first byte of its calls, one line is written and flushed to the disk: which
recipients (by their place, never by their number) of which campaign, and between which values of the database's
counter they were claimed. A database whose counter is lower than the journal's last line has been restored, and the
lines beyond its counter name everybody who may have been texted since.

Each process writes a file of its own in the desk's folder; the lines of processes that have ended are gathered in one.
A line that a crash has torn fails its checksum and is passed over; its calls had not left.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from smscore.durable_files import FileLock, atomic_write, flush_folder, make_private_folder
from smscore.errors import StoreError

KEPT_SECONDS = 30 * 86_400.0
"""Lines older than this are dropped when the journal is tidied."""
MOST_BYTES = 64_000_000
"""Beyond this the oldest lines are dropped: about ten million recipients with a call each."""
ROTATE_BYTES = 16_000_000
_TAIL_BYTES = 64_000
_GATHERED = "gathered.sent"

Span = tuple[int, int]
"""Neighbouring recipients of a campaign: the first and the last `seq`."""


@dataclass(frozen=True)
class Entry:
    """Recipients claimed in one commit: the counter went from `begin` to `end` on one timeline.

    An entry without spans says that nobody was texted between `begin` and `end`; where both are equal it is the
    beginning of a timeline.
    """

    timeline: int
    timeline_key: str
    begin: int
    end: int
    at: float
    campaign_id: int = 0
    launch_hash: str = ""
    words_hash: str = ""
    spans: tuple[Span, ...] = ()

    @property
    def people(self) -> int:
        """How many recipients it names."""
        return sum(last - first + 1 for first, last in self.spans)


@dataclass(frozen=True, order=True)
class Heartbeat:
    """The latest heartbeat that this computer has seen committed."""

    timeline: int
    beats: int
    timeline_key: str = ""


def hash_key(key: str) -> str:
    """Return what identifies a campaign by its launch key, even when a restored database gives its number to another
    one, or its words by their key."""
    return hashlib.sha256(key.encode()).hexdigest()[:32]


def build_spans(seqs: Sequence[int]) -> tuple[Span, ...]:
    """Return ascending places as spans of neighbours."""
    if seqs and seqs[-1] - seqs[0] + 1 == len(seqs):
        return ((seqs[0], seqs[-1]),)
    spans: list[list[int]] = []
    for seq in seqs:
        if spans and spans[-1][1] + 1 == seq:
            spans[-1][1] = seq
        else:
            spans.append([seq, seq])
    return tuple((first, last) for first, last in spans)


def _format_line(entry: Entry) -> bytes:
    fields = (
        *(entry.timeline, entry.timeline_key, entry.begin, entry.end, round(entry.at, 3)),
        *(entry.campaign_id, entry.launch_hash, entry.words_hash, entry.spans),
    )
    text = json.dumps(fields, separators=(",", ":")).encode()
    return b"%08x %s\n" % (zlib.crc32(text), text)


def _parse_line(line: bytes) -> Entry | None:
    """Return the entry of a line; None when the line is torn."""
    try:
        if int(line[:8], 16) != zlib.crc32(line[9:]):
            return None
        timeline, key, begin, end, at, campaign_id, launch, words, spans = json.loads(line[9:])
        pairs = tuple((first, last) for first, last in spans)
        return Entry(timeline, key, begin, end, at, campaign_id, launch, words, pairs)
    except (ValueError, TypeError):
        return None


class Journal:
    """The journal of one desk on this computer. Thread-safe; several processes may write at once."""

    def __init__(self, state_folder: Path, desk_id: str) -> None:
        self.folder = state_folder / "desks" / desk_id
        self._waiting: list[bytes] = []
        self._count = self._written = 0
        self._adding, self._writing = threading.Lock(), threading.Lock()
        self._file: int | None = None
        self._path: Path | None = None
        self._lock: FileLock | None = None
        self._size, self._torn = 0, False

    # writing

    def append(self, entry: Entry) -> None:
        """Write an entry and return when it is on the disk. Threads that write at once share one flush.

        Raises StoreError("journal_unwritable"); then nothing of the claim may be sent.
        """
        with self._adding:
            self._waiting.append(_format_line(entry))
            self._count += 1
            mine = self._count
        with self._writing:
            if self._written >= mine:
                return
            with self._adding:
                lines, upto = list(self._waiting), self._count
            try:
                self._write(b"".join(lines))
            except OSError as fault:
                self._torn = True
                raise StoreError("journal_unwritable", place=str(self.folder), cause=fault.strerror) from None
            with self._adding:
                del self._waiting[: len(lines)]
            self._written = upto

    def _write(self, lines: bytes) -> None:
        file = self._file
        if file is None or self._size > ROTATE_BYTES:
            file = self._open()
        rest = memoryview((b"\n" if self._torn else b"") + lines)
        while rest:
            rest = rest[os.write(file, rest) :]
        _flush(file)
        self._size, self._torn = self._size + len(lines), False

    def _open(self) -> int:
        self.close()
        make_private_folder(self.folder)
        name = f"{time.time_ns()}-{os.getpid()}"
        self._lock = FileLock(self.folder / f"{name}.lock")
        self._lock.take()
        self._path = self.folder / f"{name}.sent"
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._size = 0
        flush_folder(self.folder)
        return self._file

    def close(self) -> None:
        """End this process's file; the next who tidies gathers it."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
        if self._lock is not None:
            self._lock.give_back()
            self._lock = None

    def write_heartbeat(self, heartbeat: Heartbeat) -> None:
        """Write down a heartbeat that is committed. It is not flushed: one of many, it outlives the process anyway."""
        line = _add_checksum(f"{heartbeat.timeline} {heartbeat.beats} {heartbeat.timeline_key}")
        try:
            make_private_folder(self.folder)
            file = os.open(self.folder / "beat", os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                os.pwrite(file, line.ljust(120), 0)
            finally:
                os.close(file)
        except OSError as fault:
            raise StoreError("journal_unwritable", place=str(self.folder), cause=fault.strerror) from None

    # reading

    def read_heartbeat(self) -> Heartbeat | None:
        """Return the latest heartbeat; None when there is none that can be read."""
        try:
            stamp, _, text = (self.folder / "beat").read_bytes().rstrip().partition(b" ")
        except OSError:
            return None
        if stamp != b"%08x" % zlib.crc32(text):
            return None
        timeline, beats, key = text.decode().split(" ")
        return Heartbeat(int(timeline), int(beats), key)

    def find_latest(self) -> Entry | None:
        """Return the entry with the highest counter of the latest timeline; only the end of each file is read."""
        found = [entry for path in self._list_files() for entry in _read_entries(path, _TAIL_BYTES)]
        return max(found, key=lambda entry: (entry.timeline, entry.end), default=None)

    def read_entries(self) -> list[Entry]:
        """Return every entry, in no order. Takes about a second for the largest journal."""
        return [entry for path in self._list_files() for entry in _read_entries(path)]

    def _list_files(self) -> list[Path]:
        return sorted(self.folder.glob("*.sent"))

    # keeping it small

    def tidy(self, now: float) -> None:
        """Gather the files of processes that have ended, and drop what is too old or too much."""
        if not self.folder.is_dir():
            return
        tidy_lock = FileLock(self.folder / "tidy.lock")
        if not tidy_lock.take():
            return
        try:
            self._gather(now - KEPT_SECONDS)
        except OSError as fault:
            raise StoreError("journal_unwritable", place=str(self.folder), cause=fault.strerror) from None
        finally:
            tidy_lock.give_back()

    def _gather(self, since: float) -> None:
        ended = [path for path in self._list_files() if path.name != _GATHERED and self._has_ended(path)]
        gathered = self.folder / _GATHERED
        old = _read_first_moment(gathered) < since - 86_400.0
        if not ended and not old:
            return
        parts = [path for path in (gathered, *ended) if path.exists()]
        lines = b"".join(path.read_bytes() + b"\n" for path in parts)
        if old or len(lines) > MOST_BYTES:
            lines = _keep_newest(lines, since)
        atomic_write(gathered, lines)
        for path in ended:
            path.unlink()
            path.with_suffix(".lock").unlink(missing_ok=True)

    def _has_ended(self, path: Path) -> bool:
        if path == self._path and self._file is not None:
            return False
        lock = FileLock(path.with_suffix(".lock"))
        free = lock.take()
        lock.give_back()
        return free


def _keep_newest(lines: bytes, since: float) -> bytes:
    """Return the lines younger than `since` (seconds since 1970), at most three quarters of what may be kept, and
    always the last of all, which holds the counter."""
    entries = sorted(filter(None, map(_parse_line, lines.split(b"\n"))), key=lambda entry: (entry.timeline, entry.end))
    kept: list[bytes] = []
    size = 0
    for entry in reversed(entries):
        line = _format_line(entry)
        if kept and (entry.at < since or size > MOST_BYTES * 3 // 4):
            continue
        kept.append(line)
        size += len(line)
    return b"".join(reversed(kept))


def _read_first_moment(path: Path) -> float:
    """Return when the first line of a file was written; infinite when there is none."""
    if not path.exists():
        return float("inf")
    with path.open("rb") as file:
        first = next(filter(None, map(_parse_line, file.read(4096).split(b"\n"))), None)
    return first.at if first else float("inf")


def _read_entries(path: Path, tail: int = 0) -> Iterator[Entry]:
    """Yield the entries of a file, or of its last `tail` bytes."""
    try:
        with path.open("rb") as file:
            if tail:
                file.seek(max(0, path.stat().st_size - tail))
            lines = file.read().split(b"\n")
    except FileNotFoundError:  # gathered by another process meanwhile
        return
    yield from filter(None, map(_parse_line, lines))


def _flush(file: int) -> None:
    getattr(os, "fdatasync", os.fsync)(file)


def _add_checksum(text: str) -> bytes:
    return b"%08x %s" % (zlib.crc32(text.encode()), text.encode())
