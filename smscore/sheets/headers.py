"""Which row is the header, and what the columns are called."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST = 80
TITLES = 10
PHONE_MARKS = re.compile(r"[\s()+.\-/\"'=`\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
SEVERAL = re.compile(r"[,;|&\\]|/(?=\s*\+?\d{6})|(?i: or | and )")
SCIENTIFIC = re.compile(r"\d[.,]\d+E\+?1[0-4]", re.IGNORECASE)
FEWEST_DIGITS, FEWEST_ABOVE_OTHERS = 7, 5
UNSEEN = re.compile("[\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Header:
    """The columns' names; at which row of the sheet they stood (-1: nowhere); which headers repeat or were cut."""

    names: tuple[str, ...]
    position: int
    same_name: dict[str, tuple[str, ...]]
    shortened: tuple[str, ...]


def find_header(first_rows: list[list[str]], asked: bool | None) -> Header:
    """The header among the first rows of a sheet: `asked` says whether there is one, None lets the content decide.

    A row that holds a phone number, or a shorter one above others, is a contact and no header. Rows above the header
    that fill a single cell of several, such as a title, are passed over.
    """
    width = len(first_rows[0]) if first_rows else 0
    if asked is False:
        return name_columns([""] * width, -1)
    for position, row in enumerate(first_rows[:TITLES]):
        if asked is None and _is_contact(row, first_rows[position + 1 :]):
            break
        filled = sum(1 for cell in row if cell.strip())
        if filled > 1 or (filled and width == 1):
            return name_columns(row, position)
    return _without_titles(first_rows, width, asked)


def _without_titles(first_rows: list[list[str]], width: int, asked: bool | None) -> Header:
    filled = ((position, row) for position, row in enumerate(first_rows) if any(cell.strip() for cell in row))
    position, row = next(filled, (-1, []))
    if row and (asked or not _is_contact(row, first_rows[position + 1 :])):
        return name_columns(row, position)
    return name_columns([""] * width, -1)


def _is_contact(row: list[str], below: list[list[str]]) -> bool:
    if any(map(_is_phone, row)):
        return True
    columns = zip(*below, strict=True) if below else [()] * len(row)
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
