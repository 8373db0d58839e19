"""Which row is the header, what the columns are called, which lines above it are titles, and where it is repeated."""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from .header_hints import (
    BLANK_WORDS,
    FEWEST_ABOVE_OTHERS,
    INDEX_WORDS,
    OF_DATA,
    PHONE_STEMS,
    count_digits,
    count_filled,
    count_known_words,
    get_columns,
    heads_amounts,
    holds_numbers,
    is_index,
    is_phone,
    repeats_cell,
)
from .text_columns import Oddities

LONGEST = 80
"""The most characters of a column's name."""
TITLES = 10
"""The first rows, among which the header is searched."""
UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x1f\x7f-\x9f]")
ROW_NAME = "Row name"
"""What the first column is called where the header leaves it out, as R writes it."""
SURE = 2.0
"""The score from which a row is a header, even below a contact."""
LONG_NUMBER = re.compile(r"(?:\d[ ().+-]*){7}")
AROUND = 4
"""Bytes that may surround a repeated header cell: blanks, and quotes left over after a byte order mark."""


@dataclass(frozen=True)
class Header:
    """The names of the columns, and what an operator must be told about the row they came from."""

    names: tuple[str, ...]
    position: int
    """The position of the header among the rows of the sheet, counted from 0; -1 where there is none."""
    same_name: dict[str, tuple[str, ...]]
    """A header over several columns → the names of those columns."""
    shortened: tuple[str, ...]
    """The headers that were cut to `LONGEST` characters."""
    doubtful: bool = False
    """Whether it may as well be a contact, or, where there is none, the first row may be a header."""
    kept: tuple[int, ...] = ()
    """The positions of the rows above the header that are contacts."""
    short: bool = False
    """Whether it has one cell less than the rows, and it is unknown which one is missing."""
    indexed: bool = False
    """Whether it leaves out the name of the first column, which holds the names of the rows (as R writes it)."""


def find_header(first_rows: list[list[str]], asked: bool | int | None) -> Header:
    """Return the header among the first rows of a sheet.

    `asked` says whether there is one, or its position among these rows; None lets the content decide.

    A row that holds a phone number, or a shorter one above others, is a contact and no header. Of the rows above the
    first contact the one with the most known header words is the header. Whatever stands above it is a title, unless it
    holds a number or repeats a cell of the rows below: then it is a contact as they are.
    """
    width = len(first_rows[0]) if first_rows else 0
    if asked is False or not first_rows:
        return name_columns([""] * width, -1)
    if asked is None:
        position, doubtful = _guess_header(first_rows)
    else:
        position, doubtful = _find_first_full(first_rows) if asked is True else asked, False
    if position < 0:
        return replace(name_columns([""] * width, -1), doubtful=doubtful)
    below = first_rows[position + 1 :]
    kept = tuple(at for at, row in enumerate(first_rows[:position]) if _is_row(row, below))
    return replace(_build_header(first_rows[position], position, below), doubtful=doubtful, kept=kept)


def _find_first_full(rows: list[list[str]]) -> int:
    """Return the position of the first row that fills several cells, as no title does; else of the first filled one."""
    full = (
        at for at, row in enumerate(rows[:TITLES]) if count_filled(row) > 1 or (count_filled(row) and len(row) == 1)
    )
    return next(full, next((at for at, row in enumerate(rows) if count_filled(row)), -1))


def _guess_header(rows: list[list[str]]) -> tuple[int, bool]:
    """Return the position of the header, -1 where there is none, and whether that is doubtful."""
    first = next((at for at, row in enumerate(rows[:TITLES]) if _is_contact(row, rows[at + 1 :])), len(rows))
    scores = [_score_row(row) for row in rows[:TITLES]]
    tried = [
        at for at in range(min(first, len(scores))) if count_filled(rows[at]) > 1 or (scores[at] or len(rows[at]) == 1)
    ]
    tried = [at for at in tried if count_filled(rows[at])]
    if tried:
        best = _choose_likeliest(rows, scores, tried)
        if scores[best]:
            return best, False
    surely = [at for at in range(first, len(scores)) if scores[at] >= SURE]
    if surely:  # a contact stands above it
        return surely[0], False
    if not tried:
        return -1, any(count_filled(row) for row in rows[:first])
    below = rows[best + 1 :]
    if _looks_like_data(rows[best], below):
        return -1, True
    return best, first < len(rows) and not _is_above_amounts(rows[best], below)


def _choose_likeliest(rows: list[list[str]], scores: list[float], tried: list[int]) -> int:
    """Return the position of the header among the rows above the first contact.

    It is the first of them, unless a later one surely is a header, or fills so many more cells that the first must be a
    title."""
    most = max(count_filled(rows[at]) for at in tried)
    first = next(at for at in tried if count_filled(rows[at]) * 2 >= most)
    surest = max(tried, key=lambda at: (scores[at], -at))
    return surest if scores[surest] >= (SURE if surest > first and len(rows[first]) > 1 else 1) else first


def _score_row(row: list[str]) -> float:
    """Return how many cells of a row are known header words; 0 where they are too few, or a number is among them."""
    if not count_filled(row) or any(map(is_phone, row)):
        return 0.0
    exact, partly = count_known_words(row)
    enough = exact or partly * 2 >= count_filled(row)
    alone = len(row) > 1 and count_filled(row) == 1
    return 0.0 if not enough or (alone and not exact) else exact + partly / 4


def _looks_like_data(row: list[str], below: list[list[str]]) -> bool:
    """Return whether a row without a known header word is more likely a contact.

    It is where nothing is written above the numbers of the rows below, or one of its cells stands in them as well."""
    columns = get_columns(row, below)
    numbered = [at for at, column in enumerate(columns) if column and holds_numbers(column)]
    if numbered and all(row[at].strip().casefold() in BLANK_WORDS for at in numbered):
        return True
    return repeats_cell(row, columns) or any(OF_DATA.fullmatch(cell.strip()) for cell in row)


def _is_above_amounts(row: list[str], below: list[list[str]]) -> bool:
    """Return whether words stand above a column of amounts.

    Words above phone numbers prove nothing: a contact without a number may have words there as well.
    """
    return any(map(heads_amounts, row, get_columns(row, below)))


def _is_row(row: list[str], below: list[list[str]]) -> bool:
    """Return whether a line above the header is a contact: it holds a number, or repeats a cell of the rows below."""
    if any(map(is_phone, row)) or _is_contact(row, below):
        return True
    return not any(count_known_words(row)) and count_filled(row) > 1 and repeats_cell(row, get_columns(row, below))


def _is_contact(row: list[str], below: list[list[str]]) -> bool:
    if any(map(is_phone, row)):
        return True
    columns = get_columns(row, below)
    return any(
        count_digits(cell) >= FEWEST_ABOVE_OTHERS and holds_numbers(c) for cell, c in zip(row, columns, strict=True)
    )


def _build_header(cells: list[str], position: int, below: list[list[str]]) -> Header:
    """Return the header in `cells`.

    Where it has one cell less than the rows below, as R writes it, the first column holds the names of the rows, if the
    content of the columns fits to that."""
    if not _lacks_one(cells, below):
        return name_columns(cells, position)
    moved = [ROW_NAME, *cells[:-1]]
    if _fits_columns(moved, below) and not _fits_columns(cells, below):
        return replace(name_columns(moved, position), indexed=True)
    return replace(name_columns(cells, position), short=is_index([row[0] for row in below]))


def _lacks_one(cells: list[str], below: list[list[str]]) -> bool:
    rows = [row for row in below if count_filled(row)]
    if len(cells) < 2 or cells[-1].strip() or not all(cell.strip() for cell in cells[:-1]) or not rows:
        return False
    firsts = [row[0] for row in rows]
    return all(firsts) and len({*firsts}) == len(firsts) and sum(1 for row in rows if row[-1].strip()) * 2 > len(rows)


def _fits_columns(cells: list[str], below: list[list[str]]) -> bool:
    """Return whether columns of these names may hold what stands below.

    There must be numbers under "phone"; without such a name, an index only under the name of one."""
    columns = get_columns(cells, below)
    phones = [at for at, cell in enumerate(cells) if any(stem in cell.casefold() for stem in PHONE_STEMS)]
    if phones:
        return any(holds_numbers(columns[at]) for at in phones)
    return not is_index(columns[0]) or cells[0] == ROW_NAME or cells[0].strip().casefold() in INDEX_WORDS


def name_columns(cells: list[str], position: int) -> Header:
    """Give each header cell a unique name: "phone", "phone (2)", and "Column C" where a cell is blank."""
    written = [_tidy(cell) for cell in cells]
    wanted = [text[:LONGEST] or f"Column {spell_column(at)}" for at, text in enumerate(written, 1)]
    names: list[str] = []
    groups: dict[str, list[str]] = defaultdict(list)
    for name in wanted:
        unique = _find_free_name(name, names, wanted)
        names.append(unique)
        groups[name].append(unique)
    repeated = {name: tuple(group) for name, group in groups.items() if len(group) > 1}
    cut = tuple(text[:LONGEST] for text in written if len(text) > LONGEST)
    return Header(tuple(names), position, repeated, cut)


def _tidy(cell: str) -> str:
    return " ".join(UNSEEN.sub(" ", cell).split())


def _find_free_name(name: str, taken: list[str], wanted: list[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name} ({number})" in taken or f"{name} ({number})" in wanted:
        number += 1
    return f"{name} ({number})"


def spell_column(number: int) -> str:
    """Return the letters of a column: 1 → A, 27 → AA."""
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text


def find_repeated_headers(table: pa.Table, header: Header) -> list[Oddities]:
    """Return the rows of `table` that repeat the header in every cell, as unusable cells of one column.

    Exports joined into one file have such rows. Nothing is compared where there is no header, or where it holds a
    number: it may be a contact.
    """
    written = _list_header_cells(header)
    filled = [position for position, cell in enumerate(written) if cell]
    if header.position < 0 or not filled or not table.num_rows or any(map(LONG_NUMBER.search, written)):
        return []
    # Of one column all cells are compared, the one whose cells differ most in length; of the others only a few.
    column = min(
        filled, key=lambda position: len(_find_near_length(table.column(position).chunk(0), written[position]))
    )
    rows = _find_cells_with_word(table.column(column), written[column])
    if not len(rows):
        return []
    cells = zip(*(each.to_pylist() for each in table.take(pa.array(rows)).columns), strict=True)
    same = np.array([[_simplify(cell) for cell in row] == written for row in cells], np.bool_)
    values = table.column(column).take(pa.array(rows[same])).combine_chunks()
    return [Oddities(rows[same], column, values, "repeated_header")] if same.any() else []


def _list_header_cells(header: Header) -> list[str]:
    """Return the text of each header cell, simplified: "" where the name of the column is only its letters."""
    first = {name: written for written, names in header.same_name.items() for name in names}
    names = [first.get(name, name) for name in header.names]
    return ["" if name == f"Column {spell_column(at)}" else _simplify(name) for at, name in enumerate(names, 1)]


def _simplify(cell: str) -> str:
    return " ".join(UNSEEN.sub(" ", cell).strip(' "').split())[:LONGEST].rstrip()


def _find_near_length(texts: pa.StringArray, cell: str) -> np.ndarray:
    """Return the positions of the texts that are about as long as `cell`."""
    lengths, least = pc.binary_length(texts).to_numpy(), len(cell.encode())
    return np.flatnonzero((lengths >= least) & ((lengths <= least + AROUND) | (len(cell) == LONGEST)))


def _find_cells_with_word(column: pa.ChunkedArray, cell: str) -> np.ndarray:
    """Return the positions of the cells that hold the longest word of `cell`."""
    word, places, before = max(cell.split(), key=len), [np.zeros(0, np.int64)], 0
    for chunk in column.chunks:
        near = _find_near_length(chunk, cell)
        found = pc.match_substring(chunk.take(pa.array(near)), word).to_numpy(zero_copy_only=False)
        places.append(near[found] + before)
        before += len(chunk)
    return np.concatenate(places)
