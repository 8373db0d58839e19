"""What tells what a column holds: the words of its header, and a few of its cells; and which column a name means."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from unicodedata import category, normalize

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.errors import SheetError
from smscore.sheets import Sheet

SAMPLE = 500


@lru_cache(maxsize=4096)
def squeeze(header: str) -> str:
    """Return a header without spaces, signs and the dots under letters that Hindi writes or leaves out (फ़ोन, फोन)."""
    plain = normalize("NFKC", header).casefold().replace("\u093c", "")
    # Not by \W, to which the vowel signs of India's scripts are no letters: "नहीं" would be "नह".
    return "".join(sign for sign in plain if category(sign)[0] not in "PSZC")


@lru_cache(maxsize=4096)
def split_words(header: str) -> frozenset[str]:
    """Return the words of a header, also of one written as "customerMobile" or "cust_mobile_1"."""
    apart = re.sub(r"([a-z])([A-Z])", r"\1 \2", normalize("NFKC", header))
    return frozenset(re.split(r"[\s!-/:-@\[-`{-~0-9\u2010-\u201f]+", apart.casefold())) - {""}


def column_choices(sheet: Sheet) -> tuple[str, ...]:
    """Return the names to choose each column of a sheet by: of two columns "phone" the first is "phone (1)"."""
    first = {twins[0]: f"{header} (1)" for header, twins in sheet.same_name.items() if len(twins) > 1}
    names = sheet.table.column_names
    return tuple(first[name] if first.get(name, name) not in names else name for name in names)


def resolve_column(sheet: Sheet, name: str, code: str) -> str:
    """Return the column that an operator means by `name`. Raises SheetError(code) where there is none."""
    names = sheet.table.column_names
    by_choice = dict(zip(column_choices(sheet), names, strict=True))
    if name in by_choice or name in names:
        return by_choice.get(name, name)
    alike = [column for column in names if squeeze(column) == squeeze(name)]
    if len(alike) == 1:
        return alike[0]
    raise build_refusal(code, names, column=name)


def build_refusal(code: str, choices: Iterable[str], **facts: object) -> SheetError:
    """Return a refusal that names the columns to choose from."""
    choices = tuple(choices)
    shown = ", ".join(name[:40] for name in choices[:12]) + (" …" if len(choices) > 12 else "")
    return SheetError(code, choices=choices, columns=shown, **facts)


def take_sample(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return up to 500 filled cells of a column, from all over it."""
    cells = column.take(pa.array(choose_sample_places(column)))
    return cells if len(cells) <= SAMPLE else cells.slice(0, SAMPLE)


def choose_sample_places(column: pa.ChunkedArray) -> np.ndarray:
    """Return the places of up to 500 filled cells, in order: all over a column, or all there are when they are few."""
    places = np.linspace(0, len(column) - 1, num=min(len(column), 4 * SAMPLE), dtype=np.int64)
    found = places[_are_filled(column.take(pa.array(places)))]
    if len(found) < SAMPLE // 10 < len(column):
        found = np.flatnonzero(_are_filled(column))
    return found if len(found) <= SAMPLE else found[np.linspace(0, len(found) - 1, num=SAMPLE, dtype=np.int64)]


def _are_filled(cells: pa.ChunkedArray) -> np.ndarray:
    return pc.not_equal(cells, "").to_numpy()
