r"""Text files whose signs are escaped with a backslash, as PHP, MySQL, Spark and PostgreSQL write them.

In these `\"` is a quote within a cell, `\,` a separator within a cell, and `\N` an empty cell; in CSV a backslash is
a sign like any other, as in `C:\lists\`. Only the lines tell which it is: those that have all the cells of the header
when they are read in one way and not in the other. What is escaped is replaced by signs that no text holds until the
cells are split.
"""

from __future__ import annotations

import csv
import io
import mmap
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

import pyarrow as pa

from .encodings import Encoding, Feed
from .separators import COMMON, LETTERS, split_separator_line

MOST_LINES, MOST_SEEN = 500, 200_000
"""The most lines that are judged, and the most backslashes that are examined, of one file."""
MOST_JOINED = 20
SURE = 9
"""How many lines must prove escapes for each that disproves them."""
BACKSLASH = b"\\"
QUOTE, SEPARATOR, ITSELF, LINE_END, TAB = "\ufdd0", "\ufdd1", "\ufdd2", "\ufdd3", "\ufdd4"
"""What stands for escaped signs: characters that Unicode reserves for such uses (noncharacters)."""
LETTERS_OF_CONTROLS = {b"t": TAB, b"n": LINE_END, b"r": "", b"0": "", b"b": "", b"Z": ""}
"""What letters after a backslash mean in files without quotes, as MySQL and PostgreSQL write tabs and line ends."""

Send = Callable[..., None]


@dataclass(frozen=True)
class Escapes:
    """The separator of a file with escapes, and whether letters stand for control characters; `sure` is False where
    some lines speak against it."""

    separator: str
    letters: bool
    sure: bool


def detect_escapes(source: BinaryIO, encoding: Encoding) -> Escapes | None:
    """Return how a text file escapes signs; None where it does not. The file is left at its start."""
    if not _has_backslash(source):
        return None
    feed = Feed(source, encoding, encoding.mark, lambda _: None)
    start = feed.read(LETTERS).decode("utf-8", "replace")
    lines = list(_read_doubtful_lines(Feed(source, encoding, encoding.mark, lambda _: None)))
    named, start, _ = split_separator_line(start)
    header = next((line for line in re.split(r"[\r\n]+", start) if line.strip()), "")
    found = [_judge_lines(lines, header, separator) for separator in ([named] if named else COMMON)]
    for_it, against, separator = max(found, key=lambda each: each[0] - each[1])
    source.seek(0)
    if not for_it:
        return None
    quoted = '"' in start or any('"' in line for line in lines)
    return Escapes(separator, letters=separator == "\t" and not quoted, sure=for_it > SURE * against)


def _has_backslash(source: BinaryIO) -> bool:
    """Return whether any byte of the file is a backslash, in any encoding; most files have none."""
    if isinstance(source, io.BytesIO):
        return BACKSLASH in source.getbuffer().tobytes()
    with mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as text:
        return text.find(BACKSLASH) >= 0


def _read_doubtful_lines(feed: Feed) -> Iterator[str]:
    """Yield lines with a backslash before a sign that it may escape, each up to the line in which it ends."""
    marks, seen, found, rest = b'"N\r\n' + "".join(COMMON).encode(), 0, 0, b""
    while piece := feed.read():
        text, place = rest + piece, 0
        last = text.rfind(b"\n") + 1
        while (place := text.find(BACKSLASH, place, last)) >= 0:
            seen += 1
            if text[place + 1] not in marks:
                place += 2
                continue
            place, line = _find_line(text, place, last)
            found += 1
            yield line
            if found >= MOST_LINES or seen >= MOST_SEEN:
                return
        rest = text[last:]
    if BACKSLASH in rest:
        yield rest.decode("utf-8", "replace")


def _find_line(text: bytes, place: int, last: int) -> tuple[int, str]:
    """Return where the line at `place` ends, and the line, with those that follow an escaped line end."""
    start, end = text.rfind(b"\n", 0, place) + 1, place
    for _ in range(MOST_JOINED):
        end = text.find(b"\n", end, last) + 1 or last
        bare = text[start:end].rstrip(b"\r\n")
        if end >= last or (len(bare) - len(bare.rstrip(BACKSLASH))) % 2 == 0:
            break
    return end, text[start:end].decode("utf-8", "replace")


def _judge_lines(lines: list[str], header: str, separator: str) -> tuple[int, int, str]:
    """Return how many lines prove escapes, how many disprove them, and the separator."""
    width = _count_cells(header, separator)
    if width < 2:
        return 0, 0, separator
    escaped = [_count_cells(line, separator, escapechar="\\") == width for line in lines]
    plain = [all(_count_cells(part, separator) == width for part in line.splitlines(keepends=True)) for line in lines]
    empty = re.compile(rf"(?:^|{re.escape(separator)})\\N(?:{re.escape(separator)}|[\r\n]|$)")
    ways = list(zip(lines, escaped, plain, strict=True))
    for_it = sum(is_escaped and (not is_plain or bool(empty.search(line))) for line, is_escaped, is_plain in ways)
    against = sum(is_plain and not is_escaped for is_escaped, is_plain in zip(escaped, plain, strict=True))
    return for_it, against, separator


def _count_cells(line: str, separator: str, escapechar: str | None = None) -> int:
    """Return how many cells a line has that keeps to the rules of CSV; 0 where it does not."""
    try:
        reader = csv.reader(io.StringIO(line, newline=""), delimiter=separator, strict=True, escapechar=escapechar)
        records = list(reader)
    except csv.Error:
        return 0
    return len(records[0]) if len(records) == 1 else 0


def unescape(source: BinaryIO, encoding: Encoding, escapes: Escapes) -> io.BytesIO:
    """Return the whole text as CSV in UTF-8, in which signs stand for what was escaped; see `restore_escaped`."""
    feed = Feed(source, encoding, encoding.mark, lambda _: None)
    pattern = re.compile(rb"\\(\r\n|.)", re.DOTALL)
    replace, kept, rest, first = _build_replacement(escapes), io.BytesIO(), b"", True
    kept.write(f"sep={escapes.separator}\n".encode())
    while piece := feed.read():
        text = rest + piece
        if first:
            text, first = text[len(split_separator_line(text[:16].decode("utf-8", "replace"))[2].encode()) :], False
        cut = text.rfind(b"\n") + 1
        while cut and text[:cut].rstrip(b"\r\n")[-1:] == BACKSLASH:  # the line end may be escaped
            cut = text.rfind(b"\n", 0, cut - 1) + 1
        kept.write(pattern.sub(replace, text[:cut]))
        rest = text[cut:]
    kept.write(pattern.sub(replace, rest))
    return kept


def _build_replacement(escapes: Escapes) -> Callable[[re.Match[bytes]], bytes]:
    separator = escapes.separator.encode()
    signs = {b'"': QUOTE, separator: SEPARATOR, b"\\": ITSELF, b"\n": LINE_END, b"\r\n": LINE_END, b"\r": LINE_END}
    signs |= LETTERS_OF_CONTROLS if escapes.letters else {}
    known = {sign: stands.encode() for sign, stands in signs.items()}
    edges = {b"", b"\r", b"\n", separator}

    def replace(found: re.Match[bytes]) -> bytes:
        if found[1] == b"N":
            around = (
                found.string[max(found.start() - 1, 0) : found.start()],
                found.string[found.end() : found.end() + 1],
            )
            return b"" if edges.issuperset(around) else found[0]
        return known.get(found[1], found[0])

    return replace


def restore_escaped(send: Send, escapes: Escapes) -> Send:
    """Return a `send` that first replaces the signs in the rows by what was escaped."""
    import pyarrow.compute as pc

    signs = {QUOTE: '"', SEPARATOR: escapes.separator, ITSELF: "\\", LINE_END: "\n", TAB: "\t"}
    mark = QUOTE.encode()[:2]

    def restore(column: pa.StringArray) -> pa.StringArray:
        letters = column.buffers()[2]
        if letters is not None and mark in letters.to_pybytes():
            for sign, meaning in signs.items():
                column = pc.replace_substring(column, sign, meaning)
        return column

    def send_replaced(rows: pa.RecordBatch, *part: int) -> None:
        send(pa.record_batch([restore(column) for column in rows.columns], rows.schema.names), *part)

    return send_replaced


def write_escaped(line: str, escapes: Escapes) -> str:
    """Return a line that is not a row as it would stand in CSV."""
    signs: dict[str, str | int | None] = {
        QUOTE: '""',
        SEPARATOR: f"\\{escapes.separator}",
        ITSELF: "\\",
        LINE_END: "\\n",
        TAB: "\\t",
    }
    return line.translate(str.maketrans(signs))
