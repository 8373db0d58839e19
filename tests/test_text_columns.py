"""Columns of text put right as bytes: the same as each text put right by itself."""

from __future__ import annotations

import re
from itertools import pairwise

import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from smscore.sheets.text_columns import Cells, find_oddities, is_utf8, remove_guards, remove_unseen
from tests.examples import examples

UNSEEN = re.compile("[\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
BLANK = "\x00-\x08\x0b\x0c\x0e-\x20\x7f-\xa0\xad\u061c\u1680\u180e\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
TRIGGER = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20\ufe62\ufe63\ufe66\ufe6b\u2212"
GUARDED = re.compile(f"'(?='*[{BLANK}]*[{TRIGGER}])")

# Each sign that matters, its neighbours in the code tables, and letters of one to four bytes.
SIGNS = "'''=+-@\t\r\n \xa0\xad\u200b\uff1d\uff0b\u2212\0\x01\x08\x0b\x1f\x7f\x80\x9fé\u2029\u202a\u202e\u202f\u2065"
SIGNS += "\u2066\u2069\u206a\ufefe\ufeff\ufe62😀1aअ\u20aa"
COLUMNS = st.lists(st.text(st.sampled_from(SIGNS), max_size=8) | st.text(max_size=4), min_size=1, max_size=40)


def cells_of(texts: list[str], before: int) -> Cells:
    """The texts as a slice of a longer column, as they come from a batch."""
    return Cells.of(pa.array(["'=x"] * before + texts, pa.string()).slice(before))


@settings(max_examples=examples(400), deadline=None)
@given(COLUMNS, st.integers(0, 3))
def test_a_guard_is_taken_off_as_from_each_text_by_itself(texts, before):
    column = remove_guards(cells_of(texts, before)).column
    column.validate(full=True)
    assert column.to_pylist() == [text[1:] if GUARDED.match(text) else text for text in texts]


@settings(max_examples=examples(400), deadline=None)
@given(COLUMNS, st.integers(0, 3))
def test_unseen_signs_are_taken_out_as_from_each_text_by_itself(texts, before):
    column, touched = remove_unseen(cells_of(texts, before))
    column.validate(full=True)
    bare = [UNSEEN.sub("", text) for text in texts]
    assert (column.to_pylist(), touched) == (bare, sum(map(str.__ne__, texts, bare)))


@given(st.binary(max_size=12), COLUMNS)
def test_a_column_with_a_text_that_is_no_utf8_is_told(odd, texts):
    column = pa.array([odd, *(text.encode() for text in texts)], pa.binary()).view(pa.string())
    try:
        odd.decode()
    except UnicodeDecodeError:
        assert not is_utf8(Cells.of(column))
    else:
        assert is_utf8(Cells.of(column))


@settings(max_examples=examples(300), deadline=None)
@given(st.text(st.sampled_from("aéअ😀"), max_size=12), st.lists(st.integers(0, 48), max_size=6))
def test_letters_cut_between_two_texts_are_no_utf8(text, cuts):
    letters = text.encode()
    places = [0, *sorted(min(cut, len(letters)) for cut in cuts), len(letters)]
    parts = [letters[start:end] for start, end in pairwise(places)]
    whole = all(part.decode(errors="ignore").encode() == part for part in parts)
    assert is_utf8(Cells.of(pa.array(parts, pa.binary()).view(pa.string()))) == whole


@settings(max_examples=examples(200), deadline=None)
@given(st.lists(st.sampled_from(["", "ab", "éé", "abc", "ééé", "abcd", "éééé"]), max_size=200), st.integers(0, 3))
def test_texts_longer_than_allowed_are_named_wherever_they_stand(texts, before):
    found = find_oddities([cells_of(texts, before)], 3)
    assert [
        (row, text, odd.code) for odd in found for row, text in zip(odd.rows, odd.values.to_pylist(), strict=True)
    ] == [(row, text, "cell_too_long") for row, text in enumerate(texts) if len(text) > 3]
