"""The columns a message takes its values from: found once, cleaned once, and joined with the constants around them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.errors import Notice
from smscore.messages.alphabet import INVISIBLE, PLAIN_MARKS, SPACES, simplify_punctuation
from smscore.messages.placeholders import Field, Pattern, resolve

# What an audience puts before the sheet's own columns.
FIXED = ("row", "phone", "msisdn")
_AS_WRITTEN = " (as written)"
AROUND = " \r\n\f\v" + SPACES + INVISIBLE
_MARKS = f"[{PLAIN_MARKS}]"
WIDEST = 2**31 - 1  # bytes in one string array
LOOKS_MISSING = pa.array(["nan", "NaN", "NAN", "null", "NULL", "None", "NONE", "#N/A", "N/A", "<NA>", "undefined"])


@dataclass(frozen=True)
class Filled:
    """One placeholder for all rows: its column, the values as the sheet has them, as they will be read (spaces around
    them left out, the default for blank ones), and which rows leave it blank."""

    column: str
    written: pa.Array
    values: pa.Array
    blank: np.ndarray
    required: bool


@dataclass(frozen=True)
class Columns:
    """Every placeholder of a message, filled for all rows."""

    rows: int
    filled: Mapping[Field, Filled]

    @classmethod
    def of(cls, contacts: pa.Table, fields: Sequence[Field], plain: bool, holes: bool = False) -> Columns:
        """Fill `fields` from a table of contacts. `plain` makes punctuation plain; with `holes` a blank value without
        default reads as the placeholder itself. Raises MessageError as `resolve` does."""
        names, places = name_columns(contacts)
        found = {field: resolve(field, names, names[: count_own_columns(contacts)]) for field in fields}
        filled = {}
        for field, column in found.items():
            default = f"{{{field.written}}}" if holes and column.default is None else column.default
            filled[field] = _fill_placeholder(column.name, contacts.column(places[column.place]), default, plain)
        return cls(contacts.num_rows, filled)

    def join(self, pattern: Pattern) -> pa.Array:
        """Return the pattern for all rows, as one string array (large_string when it takes 2 GiB or more)."""
        kind = pa.large_string() if self._size(pattern) > WIDEST else pa.string()
        parts = [self.filled[part].values.cast(kind) if isinstance(part, Field) else part for part in pattern]
        if not any(isinstance(part, pa.Array) for part in parts):
            return pa.repeat(pa.scalar("".join(parts), kind), self.rows)
        scalars = [pa.scalar(part, kind) if isinstance(part, str) else part for part in parts]
        return pc.binary_join_element_wise(*scalars, pa.scalar("", kind))

    def _size(self, pattern: Pattern) -> int:
        return sum(
            self.filled[part].values.nbytes if isinstance(part, Field) else len(part.encode()) * self.rows
            for part in pattern
        )

    def warnings(self) -> Iterator[Notice]:
        """Find columns with a word that programs write for a missing value; it would be read as it stands."""
        for filled in {filled.column: filled for filled in self.filled.values()}.values():
            looks = int(pc.sum(pc.is_in(filled.values, LOOKS_MISSING.cast(filled.values.type))).as_py() or 0)
            if looks:
                yield Notice("looks_missing", {"column": filled.column, "rows": looks})


def placeholder_names(own: Sequence[str]) -> tuple[str, ...]:
    """Return what a placeholder calls each of an audience's own columns: as the sheet does.

    An audience calls a sheet's column "phone" "phone (as written)", beside its own "phone". Of several such names of
    one column the longest is that of the sheet's own, as the shorter ones stood in the sheet already.
    """
    renamed: dict[str, str] = {}
    for name in own:
        plain = name
        while plain.endswith(_AS_WRITTEN):
            plain = plain.removesuffix(_AS_WRITTEN)
        if plain != name and plain in FIXED and len(name) > len(renamed.get(plain, "")):
            renamed[plain] = name
    back = {name: plain for plain, name in renamed.items() if plain not in own}
    return tuple(back.get(name, name) for name in own)


def count_own_columns(contacts: pa.Table) -> int:
    """How many columns of `contacts` are the sheet's own."""
    return contacts.num_columns - sum(name in FIXED for name in contacts.column_names[: len(FIXED)])


def name_columns(contacts: pa.Table) -> tuple[list[str], list[int]]:
    """Return the names a placeholder may mean and their places: the sheet's own columns, then the number as E.164, then
    the names under which downloads show columns that are called as ours."""
    all_names = contacts.column_names
    own = [place for place, name in enumerate(all_names) if not (place < len(FIXED) and name in FIXED)]
    names = [*placeholder_names([all_names[place] for place in own])]
    phone = [place for place, name in enumerate(all_names[: len(FIXED)]) if name == "phone"]
    others = [place for place, name in zip(own, names, strict=True) if all_names[place] != name]
    if phone and "phone" not in (name.strip().casefold() for name in names):
        others += phone
    return [*names, *(all_names[place] for place in others)], [*own, *others]


def _fill_placeholder(name: str, column: pa.ChunkedArray, default: str | None, plain: bool) -> Filled:
    written = combine_into_one_array(column)
    values = pc.utf8_trim(written, characters=AROUND)
    values = make_column_plain(values) if plain else values
    blank = pc.equal(values, "").to_numpy(zero_copy_only=False)
    if default is not None and blank.any():
        values = pc.if_else(pa.array(blank), pa.scalar(default, values.type), values)
    return Filled(name, written, values, blank, default is None)


def combine_into_one_array(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one string array without nulls; large_string when it takes 2 GiB or more."""
    kind = pa.large_string() if column.nbytes > WIDEST else pa.string()
    whole = column.cast(kind).combine_chunks()
    return whole.fill_null("") if whole.null_count else whole


def make_column_plain(texts: pa.Array) -> pa.Array:
    """Apply `simplify_punctuation` to every text of an array."""
    marked = pc.match_substring_regex(texts, _MARKS)
    if not pc.any(marked).as_py():
        return texts
    plain = [simplify_punctuation(text) for text in texts.filter(marked).to_pylist()]
    return pc.replace_with_mask(texts, marked, pa.array(plain, texts.type))
