"""Which sign separates the cells of a text file: found by trying the separators on its first records.

The separator is the one that leaves phone numbers alone in their cells. Counting cells is not enough: a comma in every
name or amount fits as well as the semicolon that separates the columns.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import BinaryIO

from .encodings import LOOK, Encoding, Feed
from .framing import Refused

COMMON = (",", ";", "\t", "|")
RARE = ("^", "~", "\x1f", "\x1e", "\x01", ":")
RECORDS = 200
TITLES = 10
LETTERS = 64 << 10
SURE, FAIR = 0.9, 0.5
MAX_WIDTH_TRIED = 1000
NUMBERS = re.compile(r"[\s'\"=+(]*(?:\d[\s().+-]*){7,15}(?:[;,|/&]\s*\+?(?:\d[\s().+-]*){7,15})*['\"]*")
"""A cell of one or more written phone numbers and nothing else."""

csv.field_size_limit(LOOK * 2)


@dataclass(frozen=True)
class Style:
    """How a text file separates its cells, and how many there are."""

    separator: str
    width: int
    """The number of columns."""
    least: int
    """The fewest cells of a row."""
    start: int
    """The offset of the first byte of the first record."""
    even: bool
    """Whether the first record has as many cells as the others."""


def detect_style(source: BinaryIO, encoding: Encoding, max_columns: int) -> Style:
    """Return the style of a text file. Raises `Refused` for too many columns, or for one endless line."""
    feed = Feed(source, encoding, encoding.mark, lambda _: None)
    head = feed.read(LETTERS * 4)
    if not (b"\n" in head or b"\r" in head):
        head += feed.read(LOOK)
    more = bool(feed.read(1))
    if more and not (b"\n" in head or b"\r" in head):
        _refuse_endless(head, max_columns)
    named, text, skipped = split_separator_line(head.decode("utf-8", "replace"))
    found = [_try_separator(text, more, separator) for separator in ([named] if named else COMMON)]
    if not named and max(found, key=_rate).fit < FAIR:
        found += [trial for trial in (_try_separator(text, more, separator) for separator in RARE) if trial.fit >= SURE]
    best = max(found, key=_rate)
    if best.width > max_columns:
        raise Refused("too_many_columns", columns=best.width, limit=max_columns)
    start = encoding.mark + len(skipped.encode(encoding.python_codec))
    width = max(best.width, best.header)
    return Style(best.separator, width, best.width, start, best.first == best.width == width)


@dataclass(frozen=True)
class _Trial:
    """`first`: the cells of the first record; `header`: the most cells, up to the last filled one, of the records that
    may be a header; `width`: the most frequent number of cells; `numbers`: whether most records have a cell of phone
    numbers."""

    separator: str
    first: int
    width: int
    fit: float
    header: int = 0
    numbers: bool = False


def _rate(trial: _Trial) -> tuple[bool, float, int]:
    # A comma in every name or amount fits as well as the semicolon beside it, but leaves no number alone in its cell.
    return trial.numbers and trial.fit >= FAIR, trial.fit, trial.width


def _refuse_endless(head: bytes, max_columns: int) -> None:
    columns = max(head.count(separator.encode()) for separator in COMMON) + 1
    if columns > max_columns:
        raise Refused("too_many_columns", columns=columns, limit=max_columns)
    raise Refused("line_too_long", megabytes=len(head) >> 20)


def split_separator_line(text: str) -> tuple[str, str, str]:
    """Split off Excel's own first line `sep=;`; return the separator that it names, the other text, and the line."""
    first, end, _ = text[:16].partition("\n")
    line = first.rstrip("\r").strip('"')
    if end and len(line) == 5 and line[:4].lower() == "sep=":
        return line[4], text[len(first) + 1 :], first + end
    return "", text, ""


def _try_separator(text: str, more: bool, separator: str) -> _Trial:
    """Return how well one separator fits: the share of records with the most frequent number of cells."""
    records = [record for record in _read_records(text, more, separator) if any(record)]
    widths = [len(record) for record in records]
    if not widths:
        return _Trial(separator, 1, 1, 0.0)
    if widths[0] > MAX_WIDTH_TRIED:
        return _Trial(separator, widths[0], widths[0], 1.0)
    width, count = max(Counter(widths).items(), key=lambda each: (each[1], each[0] > 1))
    if width == 1:
        return _Trial(separator, widths[0], max(widths[0], 1), 0.0)
    agrees = 1.0 if widths[0] == width else 0.7
    numbered = [any(map(NUMBERS.fullmatch, record)) for record in records]
    headings = records[: numbered.index(True)] if any(numbered[:TITLES]) else records[:1]
    header = max((at for record in headings for at, cell in enumerate(record, 1) if cell), default=0)
    fit = round(count / len(widths), 2) * agrees
    return _Trial(separator, widths[0], width, fit, header, sum(numbered) >= FAIR * len(records))


def _read_records(text: str, more: bool, separator: str) -> list[list[str]]:
    sample = text[:LETTERS]
    reader = csv.reader(io.StringIO(sample, newline=""), delimiter=separator)
    records = list(islice(reader, RECORDS))
    cut = (more or len(text) > LETTERS) and len(records) < RECORDS
    return records[:-1] if cut and len(records) > 1 else records


def write_line(cells: list[str], separator: str = ",") -> str:
    """Return a line of CSV."""
    return separator.join(_quote(cell, separator) for cell in cells)


def _quote(cell: str, separator: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if '"' in cell or separator in cell else cell
