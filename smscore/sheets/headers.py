"""Which row is the header, what the columns are called, and which lines above it are no rows."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from .header_words import BLANK_WORDS, INDEX_WORDS, PHONE_STEMS, share_of_known_words

LONGEST = 80
TITLES = 10
PHONE_MARKS = re.compile(r"[\s()+.\-/\"'=`\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
SEVERAL = re.compile(r"[,;|&\\]|/(?=\s*\+?\d{6})|(?i: or | and )")
SCIENTIFIC = re.compile(r"\d[.,]\d+E\+?1[0-4]", re.IGNORECASE)
FEWEST_DIGITS, FEWEST_ABOVE_OTHERS = 7, 5
UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x1f\x7f-\x9f]")
ROW_NAME = "Row name"
"""What the first column is called where the header leaves it out, as R writes it."""
OF_DATA = re.compile(r"[^@\s]+@[^@\s]+\.\w+|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:\D.*)?")
"""A cell that stands in rows and in no header: an e-mail address, a date."""


@dataclass(frozen=True)
class Header:
    """The columns' names; at which row of the sheet they stood (-1: nowhere); which headers repeat or were cut.

    `doubtful`: it may as well be a contact, or the first row a header; `kept`: rows above it that are rows like those
    below; `short`: it seems to have one cell less than the rows, and where it is missing cannot be told."""

    names: tuple[str, ...]
    position: int
    same_name: dict[str, tuple[str, ...]]
    shortened: tuple[str, ...]
    doubtful: bool = False
    kept: tuple[int, ...] = ()
    short: bool = False
    indexed: bool = False


def find_header(first_rows: list[list[str]], asked: bool | int | None) -> Header:
    """The header among the first rows of a sheet: `asked` says whether there is one, or its position among these rows;
    None lets the content decide.

    A row that holds a phone number, or a shorter one above others, is a contact and no header. Of the rows above the
    first contact the one with the most words that headers have is the header. Whatever stands above it is a title,
    unless it holds a number or repeats a cell of the rows below: then it is a row as these are.
    """
    width = len(first_rows[0]) if first_rows else 0
    if asked is False or not first_rows:
        return name_columns([""] * width, -1)
    if asked is None:
        position, doubtful = _guessed(first_rows)
    else:
        position, doubtful = _first_full(first_rows) if asked is True else asked, False
    if position < 0:
        return replace(name_columns([""] * width, -1), doubtful=doubtful)
    below = first_rows[position + 1 :]
    kept = tuple(at for at, row in enumerate(first_rows[:position]) if _is_row(row, below))
    return replace(_named(first_rows[position], position, below), doubtful=doubtful, kept=kept)


def _first_full(rows: list[list[str]]) -> int:
    """The first of the rows that fills more than one cell, as no title does; else the first that fills any."""
    full = (at for at, row in enumerate(rows[:TITLES]) if _filled(row) > 1 or (_filled(row) and len(row) == 1))
    return next(full, next((at for at, row in enumerate(rows) if _filled(row)), -1))


def _filled(row: Sequence[str]) -> int:
    return sum(1 for cell in row if cell.strip())


def _guessed(rows: list[list[str]]) -> tuple[int, bool]:
    """The position of the header, -1 where there is none, and whether that is doubtful."""
    first = next((at for at, row in enumerate(rows[:TITLES]) if _is_contact(row, rows[at + 1 :])), len(rows))
    scores = [_score(row) for row in rows[:TITLES]]
    tried = [at for at in range(min(first, len(scores))) if _filled(rows[at]) > 1 or (scores[at] or len(rows[at]) == 1)]
    tried = [at for at in tried if _filled(rows[at])]
    if tried:
        best = _likeliest(rows, scores, tried)
        if scores[best]:
            return best, False
    surely = [at for at in range(first, len(scores)) if scores[at] >= SURE]
    if surely:  # a contact stands above it
        return surely[0], False
    if not tried:
        return -1, any(_filled(row) for row in rows[:first])
    below = rows[best + 1 :]
    if _looks_like_data(rows[best], below):
        return -1, True
    return best, first < len(rows) and not _is_above_amounts(rows[best], below)


def _likeliest(rows: list[list[str]], scores: list[float], tried: list[int]) -> int:
    """Return the header among the rows above the first contact: the first, unless a later one surely is one, or fills
    so many more cells that the first must be a title."""
    most = max(_filled(rows[at]) for at in tried)
    first = next(at for at in tried if _filled(rows[at]) * 2 >= most)
    surest = max(tried, key=lambda at: (scores[at], -at))
    return surest if scores[surest] >= (SURE if surest > first and len(rows[first]) > 1 else 1) else first


SURE = 2.0
"""The score from which a row is a header, though a contact stands above it."""


def _score(row: list[str]) -> float:
    """How many of a row's cells are words that headers have; 0 where that is too few to tell, or a number is among
    them."""
    if not _filled(row) or any(map(_is_phone, row)):
        return 0.0
    exact, partly = share_of_known_words(row)
    enough = exact or partly * 2 >= _filled(row)
    alone = len(row) > 1 and _filled(row) == 1
    return 0.0 if not enough or (alone and not exact) else exact + partly / 4


def _looks_like_data(row: list[str], below: list[list[str]]) -> bool:
    """Whether a row without a single word that headers have is more likely a contact: nothing is written where the
    rows below have their numbers, or a cell stands in these rows as well."""
    columns = _columns(row, below)
    numbered = [at for at, column in enumerate(columns) if column and _holds_numbers(column)]
    if numbered and all(row[at].strip().casefold() in BLANK_WORDS for at in numbered):
        return True
    return _repeats(row, columns) or any(OF_DATA.fullmatch(cell.strip()) for cell in row)


def _repeats(row: list[str], columns: list[tuple[str, ...]]) -> bool:
    return any(cell.strip() and cell in column for cell, column in zip(row, columns, strict=True))


def _is_above_amounts(row: list[str], below: list[list[str]]) -> bool:
    """Whether words stand above a column of amounts or the like. That they stand above phone numbers tells nothing:
    where somebody has none, words may stand as well."""
    return any(map(_heads_amounts, row, _columns(row, below)))


def _heads_amounts(cell: str, column: Sequence[str]) -> bool:
    filled = [each.strip() for each in column if each.strip()]
    if not filled or not cell.strip() or _digits(cell) or _holds_numbers(filled):
        return False
    return all(map(AMOUNT.fullmatch, filled))


AMOUNT = re.compile(r"[^\w\s]?\s?-?\d[\d.,]*%?")


def _is_row(row: list[str], below: list[list[str]]) -> bool:
    """Whether a line above the header is a row as those below: it holds a number, or a cell of one of them."""
    if any(map(_is_phone, row)) or _is_contact(row, below):
        return True
    return not any(share_of_known_words(row)) and _filled(row) > 1 and _repeats(row, _columns(row, below))


def _columns(row: list[str], below: list[list[str]]) -> list[tuple[str, ...]]:
    return list(zip(*below, strict=True)) if below else [()] * len(row)


def _is_contact(row: list[str], below: list[list[str]]) -> bool:
    if any(map(_is_phone, row)):
        return True
    columns = _columns(row, below)
    return any(_digits(cell) >= FEWEST_ABOVE_OTHERS and _holds_numbers(c) for cell, c in zip(row, columns, strict=True))


def _is_phone(cell: str) -> bool:
    if SCIENTIFIC.fullmatch(cell.strip("'\"= ")):
        return True
    return any(10 <= _digits(part) <= 15 for part in SEVERAL.split(cell))


def _digits(cell: str) -> int:
    """How many digits a cell has that holds nothing else but the signs of written numbers; 0 for any other cell."""
    bare = PHONE_MARKS.sub("", cell)
    return len(bare) if bare.isdecimal() else 0


def _holds_numbers(column: Sequence[str]) -> bool:
    """Whether most of the filled cells of a column are as long as a phone number is in any country."""
    filled = [cell for cell in column if cell.strip()]
    return sum(FEWEST_DIGITS <= _digits(cell) <= 15 for cell in filled) * 2 > len(filled)


def _named(cells: list[str], position: int, below: list[list[str]]) -> Header:
    """The header in `cells`; where it has one cell less than the rows below, as R writes it, the first column is that
    of the rows' names, if what stands in the columns fits to that."""
    if not _lacks_one(cells, below):
        return name_columns(cells, position)
    moved = [ROW_NAME, *cells[:-1]]
    if _fits(moved, below) and not _fits(cells, below):
        return replace(name_columns(moved, position), indexed=True)
    return replace(name_columns(cells, position), short=_is_index([row[0] for row in below]))


def _lacks_one(cells: list[str], below: list[list[str]]) -> bool:
    rows = [row for row in below if _filled(row)]
    if len(cells) < 2 or cells[-1].strip() or not all(cell.strip() for cell in cells[:-1]) or not rows:
        return False
    firsts = [row[0] for row in rows]
    return all(firsts) and len({*firsts}) == len(firsts) and sum(1 for row in rows if row[-1].strip()) * 2 > len(rows)


def _fits(cells: list[str], below: list[list[str]]) -> bool:
    """Whether columns of these names may hold what stands below: numbers under "phone"; without such a name, an index
    under the name of one."""
    columns = _columns(cells, below)
    phones = [at for at, cell in enumerate(cells) if any(stem in cell.casefold() for stem in PHONE_STEMS)]
    if phones:
        return any(_holds_numbers(columns[at]) for at in phones)
    return not _is_index(columns[0]) or cells[0] == ROW_NAME or cells[0].strip().casefold() in INDEX_WORDS


def _is_index(column: Sequence[str]) -> bool:
    numbers = [int(cell) for cell in column if cell.isdecimal() and len(cell) < 9]
    filled = _filled(column)
    return bool(filled) and len(numbers) == filled and numbers == [*range(numbers[0], numbers[0] + filled)]


def name_columns(cells: list[str], position: int) -> Header:
    """Unique, shown names for header cells: "phone", "phone (2)", and "Column C" where a cell is blank."""
    written = [_tidy(cell) for cell in cells]
    wanted = [text[:LONGEST] or f"Column {letters(at)}" for at, text in enumerate(written, 1)]
    names: list[str] = []
    groups: dict[str, list[str]] = defaultdict(list)
    for name in wanted:
        unique = _free_name(name, names, wanted)
        names.append(unique)
        groups[name].append(unique)
    repeated = {name: tuple(group) for name, group in groups.items() if len(group) > 1}
    cut = tuple(text[:LONGEST] for text in written if len(text) > LONGEST)
    return Header(tuple(names), position, repeated, cut)


def _tidy(cell: str) -> str:
    return " ".join(UNSEEN.sub(" ", cell).split())


def _free_name(name: str, taken: list[str], wanted: list[str]) -> str:
    if name not in taken:
        return name
    number = 2
    while f"{name} ({number})" in taken or f"{name} ({number})" in wanted:
        number += 1
    return f"{name} ({number})"


def letters(number: int) -> str:
    """A column's letters: 1 → A, 27 → AA."""
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(65 + rest) + text
    return text
