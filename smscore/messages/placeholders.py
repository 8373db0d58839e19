"""`{column}` placeholders: read once into constants and fields, and matched with the columns of a sheet.

Nothing an operator writes is evaluated: a placeholder is a name, looked up among the columns there are.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from smscore.errors import MessageError


@dataclass(frozen=True)
class Field:
    """One placeholder: the column's name, the text for rows that leave it blank (None: there is none), and the whole
    as written between the braces, because a column's own name may hold a bar."""

    name: str
    default: str | None
    written: str


Pattern = tuple[str | Field, ...]

_SHOWN = 30
_TOKEN = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


@lru_cache(maxsize=512)
def parse(text: str) -> Pattern:
    """Read `text` into constants and fields.

    Raises MessageError: `lone_brace` (a brace that opens or closes nothing; `{{` is a literal one) and
    `empty_placeholder`, both with the `position` of the character, counted from 1.
    """
    parts: list[str | Field] = []
    end = 0
    for token in _TOKEN.finditer(text):
        parts += [text[end : token.start()], _read_token(token)]
        end = token.end()
    return join_parts([*parts, text[end:]])


def _read_token(token: re.Match[str]) -> str | Field:
    written = token[1]
    if written is None:
        if len(token[0]) == 1:
            raise MessageError("lone_brace", brace=token[0], position=token.start() + 1)
        return token[0][0]
    name, bar, default = written.partition("|")
    if not name.strip():
        raise MessageError("empty_placeholder", position=token.start() + 1)
    return Field(name.strip(), default if bar else None, written.strip())


def join_parts(parts: Sequence[str | Field]) -> Pattern:
    """Return `parts` with neighbouring constants made one and empty ones left out."""
    whole: list[str | Field] = []
    for part in parts:
        if isinstance(part, str) and whole and isinstance(whole[-1], str):
            whole[-1] += part
        elif part != "":
            whole.append(part)
    return tuple(whole)


def list_names(pattern: Pattern) -> tuple[str, ...]:
    """Return the column names of a pattern, in order, as often as they stand there."""
    return tuple(part.name for part in pattern if isinstance(part, Field))


def escape_braces(text: str) -> str:
    """Return `text` with its braces doubled, so that `parse` gives it back as one constant."""
    return text.replace("{", "{{").replace("}", "}}")


@dataclass(frozen=True)
class Column:
    """Where a field takes its values: the column's place among `columns`, its name, and the default for blank rows."""

    place: int
    name: str
    default: str | None


def resolve(field: Field, columns: Sequence[str], own: Sequence[str] | None = None) -> Column:
    """Find the column a placeholder means: written exactly so, else the same but for case and spaces.

    An error lists those of the sheet's `own` (None: all), for it may not have the others.

    Raises MessageError: `unknown_placeholder` (facts: placeholder, columns, choices, hint) and
    `ambiguous_placeholder` when several columns differ from it only by case or spaces.
    """
    for name, default in ((field.written, None), (field.name, field.default)):
        found = _find_places(name, columns)
        if len(found) > 1:
            shown = ", ".join(columns[place] for place in found)
            raise MessageError("ambiguous_placeholder", placeholder=name, columns=shown)
        if found:
            return Column(found[0], columns[found[0]], default)
    raise MessageError("unknown_placeholder", **_describe_unknown(field.name, columns if own is None else own))


def _find_places(name: str, columns: Sequence[str]) -> list[int]:
    exact = [place for place, column in enumerate(columns) if column == name]
    return exact[:1] or [place for place, column in enumerate(columns) if _fold(column) == _fold(name)]


def _fold(name: str) -> str:
    return " ".join(name.casefold().split())


def _describe_unknown(name: str, columns: Sequence[str]) -> dict[str, object]:
    close = difflib.get_close_matches(_fold(name), [_fold(column) for column in columns], n=1)
    near = [column for column in columns if close and _fold(column) == close[0]]
    hint = f"Did you mean {{{near[0]}}}? " if near else ""
    more = f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else ""
    shown = ", ".join(columns[:_SHOWN]) + more if columns else "none"
    return {"placeholder": name, "columns": shown, "choices": tuple(columns), "hint": hint}
