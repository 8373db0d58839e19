"""Many cells at once, repaired: the same as `repair` says for one, on columns of stand-in bytes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.tables.texts import Texts, digit_counts, matches, rewrite_some, table_of, take

from .automaton import Automaton
from .columns import Judgements, judge_parsed
from .repair import (
    AROUND,
    DECIMAL,
    GROUPED,
    LEAST_PART,
    NEGATIVE,
    ONE_NUMBER,
    SCIENTIFIC,
    SEPARATORS,
    WIDE_SEPARATORS,
)
from .rulebook import ASK
from .types import REASON

_WHOLE = r"^\+?[0-9]{7,}[.,]0*$"
_OF_QUANTITY, _BEYOND_QUANTITY = table_of(b".,eE"), table_of(b"0123456789.,eE+-", inside=False)


def judge_cells(array: pa.Array, rules: Automaton) -> Judgements:
    """Judge texts that hold one number each, as a spreadsheet may have left it (see `repair.restore_number`).

    Numbers that are valid only with letters or with an extension are answered ASK.
    """
    quantities = _find_quantities(Texts.of(array))
    meant, answer = _restore_quantities(array.filter(pa.array(quantities)))
    judged = judge_parsed(pc.replace_with_mask(array, pa.array(quantities), meant), rules)
    judged.refuse(judged.doubtful & (judged.answer >= 0), ASK)
    judged.refuse(np.flatnonzero(quantities)[answer != 0], answer[answer != 0])
    return judged


def _find_quantities(texts: Texts) -> np.ndarray:
    """Return which texts may be quantities of a spreadsheet, by their characters."""
    return ~texts.with_any(_BEYOND_QUANTITY) & (texts.with_any(_OF_QUANTITY) | (texts.firsts == ord("-")))


def _restore_quantities(array: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Return the texts of quantities as they were meant, and ASK or a negative reason where that is unknown, else 0."""
    answer = np.zeros(len(array), np.int8)
    whole, scientific = matches(array, _WHOLE), matches(array, SCIENTIFIC)
    answer[matches(array, f"{DECIMAL}|{NEGATIVE}") & ~whole] = ASK
    meant, answer[scientific] = _expand_scientific(array.filter(pa.array(scientific)))
    array = pc.replace_with_mask(array, pa.array(scientific), meant)
    array = rewrite_some(array, whole, lambda texts: pc.ascii_rtrim(pc.ascii_rtrim(texts, "0"), ".,"))
    grouped = matches(array, GROUPED)
    return rewrite_some(array, grouped, lambda texts: pc.replace_substring_regex(texts, r",|\.0*$", "")), answer


def _expand_scientific(array: pa.Array) -> tuple[pa.Array, np.ndarray]:
    """Return scientific notation as digits, and by row 0, a negative reason or ASK.

    The digits are whole where the fraction has exactly as many as the exponent moves; it is damaged where it has fewer;
    all else is ASK.
    """
    digits = pc.replace_substring_regex(array, r"[.,]|[eE].*$", "")
    fraction = pc.replace_substring_regex(array, r"^[+-]?[0-9]+[.,]?|[eE].*$", "")
    exponent = pc.replace_substring_regex(array, r"^.*[eE]\+?", "").cast(pa.int64())
    missing = pc.subtract(exponent, pc.binary_length(fraction)).to_numpy(zero_copy_only=False)
    asked = (missing < 0) | (Texts.of(array).firsts == ord("-"))
    return digits, np.where(asked, ASK, np.where(missing > 0, -REASON["damaged_by_spreadsheet"], 0))


@dataclass(frozen=True)
class Split:
    """The rows that hold several numbers, and their parts one after the other: part k belongs to `rows[owner[k]]`."""

    rows: np.ndarray
    parts: pa.Array
    owner: np.ndarray


# One of these bytes is in every separator: the signs themselves, the last letters of "or" and "and".
_OF_SEPARATOR = table_of(b"/,;|&\\\nrRdD")


def split_cells(array: pa.Array) -> Split:
    """Find the texts that hold several numbers (see `repair.split_numbers`)."""
    texts = Texts.of(array)
    candidates = np.flatnonzero(texts.with_any(_OF_SEPARATOR))
    narrow = _split_by(array, candidates[matches(take(array, candidates), SEPARATORS)], SEPARATORS)
    long = np.flatnonzero(np.diff(texts.first_digits) > ONE_NUMBER)
    wide = _split_by(array, np.setdiff1d(long, narrow.rows, assume_unique=True), WIDE_SEPARATORS)
    return Split(
        np.concatenate([narrow.rows, wide.rows]),
        pa.concat_arrays([narrow.parts, wide.parts]),
        np.concatenate([narrow.owner, wide.owner + len(narrow.rows)]),
    )


def _split_by(array: pa.Array, rows: np.ndarray, pattern: str) -> Split:
    pieces = pc.split_pattern_regex(take(array, rows), pattern)
    parts = pc.utf8_trim(pieces.flatten(), AROUND)
    owner = np.repeat(np.arange(len(rows)), pieces.value_lengths().to_numpy(zero_copy_only=False))
    counts = digit_counts(parts)
    written = Texts.of(parts).lengths > 0
    short = np.bincount(owner[written & (counts < LEAST_PART)], minlength=len(rows)) > 0
    several = ~short & (np.bincount(owner[written], minlength=len(rows)) > 1)
    kept = written & several[owner]
    return Split(rows[several], parts.filter(pa.array(kept)), (np.cumsum(several) - 1)[owner[kept]])
