"""Other dialects of writing cells than CSV's own, told by the first lines of a text file and turned into CSV.

A dialect is taken only where the first line and nearly all of those behind it keep to it, so that an ordinary file
never comes here. What is found is written anew in memory, line for line, and then read as any CSV is; row numbers
stay. A line further down that does not keep to the dialect ends among the problems where its cells do not fit the
others.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain, islice
from typing import BinaryIO

from .encodings import Encoding, Feed
from .exact_reader import LONGEST_LINE, Raw
from .fixed_width import fixed_width, have_numbers
from .separators import COMMON, LETTERS, NUMBERS, RECORDS, SURE, line_of, separator_line

LEAST = 2
LINE_END = re.compile(r"\r\n|\r|\n")
RULER_SIGNS = frozenset(" \t|+:=-")
MOST_TRIED = 8
FOOTER = re.compile(r"\s*\(\d+ rows?\)\s*|\s*\d+ rows? in set.*")
LONG_SEPARATOR = re.compile(r"[^\w\s\"'+().\-/\\=<>{}\[\]@?]{2,4}")

Rewrite = Callable[[str], str]


@dataclass(frozen=True)
class Dialect:
    """How cells are written: the code of the notice that says so, and what makes a line of CSV of a line; the cells of
    that are parted by `separator` ("": still to be found)."""

    code: str
    rewrite: Rewrite
    separator: str = ","


def detect_dialect(source: BinaryIO, encoding: Encoding) -> Dialect | None:
    """The dialect in which a text file is written; None for CSV and its kin."""
    text = Feed(source, encoding, encoding.mark, lambda _: None).read(LETTERS).decode("utf-8", "replace")
    named, text, _ = separator_line(text)
    lines = LINE_END.split(text, RECORDS)[:RECORDS]
    if len(lines) < RECORDS and len(text) >= LETTERS // 4:
        lines = lines[:-1]  # it may be cut
    filled = [line for line in lines if line.strip()]
    if len(filled) < LEAST:
        return None
    separators = (named,) if named else COMMON
    finders = (_ruled_table, _twice_quoted, _single_quotes, _long_separator, _blank_behind, fixed_width)
    found = (_made(finder(filled, separators)) for finder in finders)
    return next((dialect for dialect in found if dialect), None)


def _made(found: tuple | None) -> Dialect | None:
    return Dialect(*found) if found else None


def rewrite_as_csv(source: BinaryIO, encoding: Encoding, dialect: Dialect) -> io.BytesIO:
    """The whole text as CSV in UTF-8; its first line names the separator, as Excel does, where it is known."""
    feed = Feed(source, encoding, encoding.mark, lambda _: None)
    text = io.TextIOWrapper(io.BufferedReader(Raw(feed)), "utf-8", "replace")
    kept = io.BytesIO()
    kept.write(f"sep={dialect.separator}\n".encode() if dialect.separator else b"")
    first = text.readline(LONGEST_LINE)
    lines = chain([] if separator_line(first)[0] else [first], iter(lambda: text.readline(LONGEST_LINE), ""))
    for line in lines:
        bare = line.removesuffix("\n")
        # A part of an endless line stays as it is: what such a line says is not read.
        written = line if len(bare) >= LONGEST_LINE - 1 else dialect.rewrite(bare) + line[len(bare) :]
        kept.write(written.encode("utf-8", "replace"))
    return kept


def _ruled_table(lines: list[str], _separators: tuple[str, ...]) -> tuple | None:
    """A table as databases print it and as Markdown has it: bars between padded cells, and a ruler."""
    rulers = set(filter(_is_ruler, lines[:3]))

    def is_row(line: str) -> bool:
        ruler = line in rulers or ("--" in line and RULER_SIGNS.issuperset(line))
        return not (ruler or FOOTER.fullmatch(line))

    rows = [_bar_cells(line) for line in lines if is_row(line)]
    if not rulers or not _alike(rows):
        return None
    width = len(rows[0])

    def rewrite(line: str) -> str:
        if not is_row(line):
            return ""
        cells = _bar_cells(line)
        return line_of(cells) if len(cells) == width or not line.strip() else line_of([line])

    return "ruled_table", rewrite


def _is_ruler(line: str) -> bool:
    between = {"|", "+"} & set(line) and RULER_SIGNS.issuperset(line)
    return bool(between) and ("--" in line or (line[0] == "|" and "-" in line))


def _alike(rows: list[list | None]) -> bool:
    """Whether nearly all rows have as many cells as the first, several."""
    if len(rows) < LEAST or rows[0] is None or len(rows[0]) < LEAST:
        return False
    return sum(row is not None and len(row) == len(rows[0]) for row in rows) >= SURE * len(rows)


def _bar_cells(line: str) -> list[str]:
    line = line.strip()
    if len(line) > 1 and line[0] == line[-1] == "|":
        line = line[1:-1]
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)]


def _inner(line: str) -> str | None:
    """What stands in a line that is one quoted cell; None for any other line."""
    if len(line) < 2 or not line[0] == line[-1] == '"':
        return None
    inner = line[1:-1]
    return inner.replace('""', '"') if '"' not in inner.replace('""', "") else None


def _twice_quoted(lines: list[str], separators: tuple[str, ...]) -> tuple | None:
    """CSV written as CSV once more: each line with quotes, or each line, is one quoted cell."""
    inner = [_inner(line) for line in lines]
    if not any(each and '"' in each for each in inner) and None in inner:
        return None
    bare = [line if each is None else each for line, each in zip(lines, inner, strict=True)]
    for separator in separators:
        rows = [_cells(line, separator) for line in bare]
        if _alike(rows) and not all(map(NUMBERS.fullmatch, rows[0])):
            return "twice_quoted", lambda line: line if (each := _inner(line)) is None else each, ""
    return None


def _cells(line: str, separator: str, **options: bool) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator, **options), [])
    except csv.Error:  # a cell that is longer than any can be
        return [line]


def _single_quotes(lines: list[str], separators: tuple[str, ...]) -> tuple | None:
    """Single quotes where CSV has double ones."""
    if "'" not in lines[0]:
        return None
    for separator in separators:
        at = re.escape(separator)
        cell = re.compile(rf"'((?:[^'\\]|\\.|'(?!{at}|$))*)'(?={at}|$)|([^'{at}]*)(?={at}|$)")
        rows = [_single_quoted(line, cell) for line in lines]
        if not _alike(rows):
            continue
        filled = [quoted for row in rows if row for cell_text, quoted in row if cell_text]
        if sum(filled) * 2 > len(filled):
            return "single_quotes", _without_single_quotes(cell, separator), separator
    return None


def _single_quoted(line: str, cell: re.Pattern) -> list[tuple[str, bool]] | None:
    """The cells of a line and whether each is quoted; None where the line is written otherwise."""
    found, at = [], 0
    while True:
        match = cell.match(line, at)
        if match is None:
            return None
        quoted = match[1] is not None
        text = match[1].replace("''", "'").replace("\\'", "'") if quoted else match[2]
        found.append((text, quoted))
        at = match.end() + 1
        if at > len(line):
            return found


def _without_single_quotes(cell: re.Pattern, separator: str) -> Rewrite:
    def rewrite(line: str) -> str:
        cells = _single_quoted(line, cell)
        return line if cells is None else line_of([text for text, _ in cells], separator)

    return rewrite


def _long_separator(lines: list[str], _separators: tuple[str, ...]) -> tuple | None:
    """Several signs between two cells, which never stand there by one of them."""
    for separator in islice(dict.fromkeys(LONG_SEPARATOR.findall(lines[0])), MOST_TRIED):
        rows = [line.split(separator) for line in lines]
        apart = sum(not {separator[0], '"'} & set("".join(row)) for row in rows) >= SURE * len(rows)
        if _alike(rows) and apart and all(cell.strip() for cell in rows[0]):
            return "long_separator", lambda line, by=separator: line_of(line.split(by))
    return None


def _blank_behind(lines: list[str], separators: tuple[str, ...]) -> tuple | None:
    """A blank behind each separator, which would keep a quote from being one and stand before each text."""
    for separator in separators:
        at = re.escape(separator)
        if not re.search(rf"{at} +[^ {at}]", lines[0]):
            continue
        cell = rf'"(?:[^"]|"")*"|[^"{at}]*'
        line_form = re.compile(rf"(?:{cell})(?:{at} +(?! )(?:{cell})|{at}(?={at}|$))*")
        rows = [_trim(line, separator) if line_form.fullmatch(line) else None for line in lines]
        if _alike(rows) and (re.search(rf'{at} +"', lines[-1]) or have_numbers(list(filter(None, rows)))):
            return "blank_behind", _without_blanks(line_form, separator), separator
    return None


def _without_blanks(form: re.Pattern, separator: str) -> Rewrite:
    return lambda line: line_of(_trim(line, separator), separator) if form.fullmatch(line) else line


def _trim(line: str, separator: str) -> list[str]:
    return _cells(line, separator, skipinitialspace=True)
