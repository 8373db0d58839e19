"""Dialects other than CSV, detected by the first lines of a text file and rewritten as CSV.

A dialect is taken only where the first line and nearly all after it keep to it, so that an ordinary file
is never rewritten. The text is rewritten in memory, line for line, and then read as any CSV; row numbers
stay. A line further down that does not keep to the dialect ends among the problems where its cells do not fit the
others.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from typing import BinaryIO

from .encodings import Encoding, Feed
from .fixed_width import detect_fixed_width, have_numbers
from .separators import COMMON, LETTERS, NUMBERS, RECORDS, SURE, split_separator_line, write_line
from .source import LONGEST_LINE, Raw

LEAST = 2
LINE_END = re.compile(r"\r\n|\r|\n")
RULER_SIGNS = frozenset(" \t|+:=-")
MOST_TRIED = 8
FOOTER = re.compile(r"\s*\(\d+ rows?\)\s*|\s*\d+ rows? in set.*")
LONG_SEPARATOR = re.compile(r"[^\w\s\"'+().\-/\\=<>{}\[\]@?]{2,4}")

Rewrite = Callable[[str], str]
"""Makes a line of CSV of a line."""
Found = tuple[str, Rewrite] | tuple[str, Rewrite, str]
"""The fields of a `Dialect`."""


@dataclass(frozen=True)
class Dialect:
    """A way to write cells: the code of the notice about it, what rewrites a line as CSV, and the separator of the
    rewritten cells ("" where it must still be detected).
    """

    code: str
    rewrite: Rewrite
    separator: str = ","


def detect_dialect(source: BinaryIO, encoding: Encoding) -> Dialect | None:
    """Return the dialect in which a text file is written; None for CSV with any separator."""
    text = Feed(source, encoding, encoding.mark, lambda _: None).read(LETTERS).decode("utf-8", "replace")
    named, text, _ = split_separator_line(text)
    lines = LINE_END.split(text, RECORDS)[:RECORDS]
    if len(lines) < RECORDS and len(text) >= LETTERS // 4:
        lines = lines[:-1]  # it may be cut
    filled = [line for line in lines if line.strip()]
    if len(filled) < LEAST:
        return None
    separators = (named,) if named else COMMON
    finders = (
        _detect_ruled_table,
        _detect_twice_quoted,
        _detect_single_quotes,
        _detect_long_separator,
        _detect_blank_behind,
        detect_fixed_width,
    )
    found = (_build_dialect(finder(filled, separators)) for finder in finders)
    return next((dialect for dialect in found if dialect), None)


def _build_dialect(found: Found | None) -> Dialect | None:
    return Dialect(*found) if found else None


def rewrite_as_csv(source: BinaryIO, encoding: Encoding, dialect: Dialect) -> io.BytesIO:
    """Return the whole text as CSV in UTF-8; its first line names the separator, as Excel does, where it is known."""
    feed = Feed(source, encoding, encoding.mark, lambda _: None)
    text = io.TextIOWrapper(io.BufferedReader(Raw(feed)), "utf-8", "replace")
    kept = io.BytesIO()
    kept.write(f"sep={dialect.separator}\n".encode() if dialect.separator else b"")
    first = text.readline(LONGEST_LINE)
    lines = chain([] if split_separator_line(first)[0] else [first], iter(lambda: text.readline(LONGEST_LINE), ""))
    for line in lines:
        bare = line.removesuffix("\n")
        # A part of an endless line stays as it is: such a line is not parsed.
        written = line if len(bare) >= LONGEST_LINE - 1 else dialect.rewrite(bare) + line[len(bare) :]
        kept.write(written.encode("utf-8", "replace"))
    return kept


def _detect_ruled_table(lines: list[str], _separators: tuple[str, ...]) -> Found | None:
    """Detect a table as databases print it and as in Markdown: bars between padded cells, and a ruler."""
    rulers = set(filter(_is_ruler, lines[:3]))

    def is_row(line: str) -> bool:
        ruler = line in rulers or ("--" in line and RULER_SIGNS.issuperset(line))
        return not (ruler or FOOTER.fullmatch(line))

    rows = [_split_bars(line) for line in lines if is_row(line)]
    if not rulers or not _are_alike(rows):
        return None
    width = len(rows[0])

    def rewrite(line: str) -> str:
        if not is_row(line):
            return ""
        cells = _split_bars(line)
        return write_line(cells) if len(cells) == width or not line.strip() else write_line([line])

    return "ruled_table", rewrite


def _is_ruler(line: str) -> bool:
    between = {"|", "+"} & set(line) and RULER_SIGNS.issuperset(line)
    return bool(between) and ("--" in line or (line[0] == "|" and "-" in line))


def _are_alike(rows: Sequence[Sequence[object] | None]) -> bool:
    """Return whether nearly all rows have as many cells as the first, and more than one."""
    if len(rows) < LEAST or rows[0] is None or len(rows[0]) < LEAST:
        return False
    return sum(row is not None and len(row) == len(rows[0]) for row in rows) >= SURE * len(rows)


def _split_bars(line: str) -> list[str]:
    line = line.strip()
    if len(line) > 1 and line[0] == line[-1] == "|":
        line = line[1:-1]
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line)]


def _unquote_line(line: str) -> str | None:
    """Return the content of a line that is one quoted cell; None for any other line."""
    if len(line) < 2 or not line[0] == line[-1] == '"':
        return None
    inner = line[1:-1]
    return inner.replace('""', '"') if '"' not in inner.replace('""', "") else None


def _detect_twice_quoted(lines: list[str], separators: tuple[str, ...]) -> Found | None:
    """Detect CSV that was written as CSV once more: each line, or each with quotes, is one quoted cell."""
    inner = [_unquote_line(line) for line in lines]
    if not any(each and '"' in each for each in inner) and None in inner:
        return None
    bare = [line if each is None else each for line, each in zip(lines, inner, strict=True)]
    for separator in separators:
        rows = [_parse_line(line, separator) for line in bare]
        if _are_alike(rows) and not all(map(NUMBERS.fullmatch, rows[0])):
            return "twice_quoted", lambda line: line if (each := _unquote_line(line)) is None else each, ""
    return None


def _parse_line(line: str, separator: str, skipinitialspace: bool = False) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=separator, skipinitialspace=skipinitialspace), [])
    except csv.Error:  # a cell that is longer than any can be
        return [line]


def _detect_single_quotes(lines: list[str], separators: tuple[str, ...]) -> Found | None:
    """Detect single quotes where CSV has double ones."""
    if "'" not in lines[0]:
        return None
    for separator in separators:
        at = re.escape(separator)
        cell = re.compile(rf"'((?:[^'\\]|\\.|'(?!{at}|$))*)'(?={at}|$)|([^'{at}]*)(?={at}|$)")
        rows = [_parse_single_quoted(line, cell) for line in lines]
        if not _are_alike(rows):
            continue
        filled = [quoted for row in rows if row for cell_text, quoted in row if cell_text]
        if sum(filled) * 2 > len(filled):
            return "single_quotes", _build_single_quote_rewrite(cell, separator), separator
    return None


def _parse_single_quoted(line: str, cell: re.Pattern[str]) -> list[tuple[str, bool]] | None:
    """Return the cells of a line and whether each is quoted; None where the line is written otherwise."""
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


def _build_single_quote_rewrite(cell: re.Pattern[str], separator: str) -> Rewrite:
    def rewrite(line: str) -> str:
        cells = _parse_single_quoted(line, cell)
        return line if cells is None else write_line([text for text, _ in cells], separator)

    return rewrite


def _detect_long_separator(lines: list[str], _separators: tuple[str, ...]) -> Found | None:
    """Detect a separator of several signs, of which the first never stands within a cell."""
    for separator in islice(dict.fromkeys(LONG_SEPARATOR.findall(lines[0])), MOST_TRIED):
        rows = [line.split(separator) for line in lines]
        apart = sum(not {separator[0], '"'} & set("".join(row)) for row in rows) >= SURE * len(rows)
        if _are_alike(rows) and apart and all(cell.strip() for cell in rows[0]):
            return "long_separator", lambda line, by=separator: write_line(line.split(by))
    return None


def _detect_blank_behind(lines: list[str], separators: tuple[str, ...]) -> Found | None:
    """Detect a blank after each separator, because of which a quote would not count as one."""
    for separator in separators:
        at = re.escape(separator)
        if not re.search(rf"{at} +[^ {at}]", lines[0]):
            continue
        cell = rf'"(?:[^"]|"")*"|[^"{at}]*'
        line_form = re.compile(rf"(?:{cell})(?:{at} +(?! )(?:{cell})|{at}(?={at}|$))*")
        rows = [_split_without_blanks(line, separator) if line_form.fullmatch(line) else None for line in lines]
        if _are_alike(rows) and (re.search(rf'{at} +"', lines[-1]) or have_numbers(list(filter(None, rows)))):
            return "blank_behind", _build_blank_rewrite(line_form, separator), separator
    return None


def _build_blank_rewrite(form: re.Pattern[str], separator: str) -> Rewrite:
    return lambda line: write_line(_split_without_blanks(line, separator), separator) if form.fullmatch(line) else line


def _split_without_blanks(line: str, separator: str) -> list[str]:
    return _parse_line(line, separator, skipinitialspace=True)
