"""The sentences for people: every code has one pair, counts agree with their nouns, and the words are plain."""

from __future__ import annotations

import re

import pytest

from smscore.errors import SENTENCES, explain
from smscore.errors.sentences import ROOMS

ODD_WORDS = re.compile(
    r"\b(shall|meanwhile|(?<!-)anew|let it go|lies in|(?<!There )is no (?!longer)|steered|is recorded|was recorded)\b",
    re.I,
)


def test_every_code_has_its_sentence_in_one_room_only():
    assert len(SENTENCES) == sum(len(room.SENTENCES) for room in ROOMS)


@pytest.mark.parametrize(
    ("count", "read"), [(1, "1 row has more"), (1204, "1,204 rows have more"), ("many", "many rows have more")]
)
def test_a_count_agrees_with_its_noun(count, read):
    assert explain("ragged_rows", count=count).sentence.startswith(read)


def test_a_count_that_was_left_out_still_reads():
    assert explain("ragged_rows").sentence.startswith("… rows have more")


def test_sentences_are_whole_and_plain():
    told = {code: " ".join(sentences) for code, sentences in SENTENCES.items()}
    assert not {code for code, text in told.items() if ODD_WORDS.search(text)}
    assert not {code for code, (_, step) in SENTENCES.items() if step and step[-1] not in ".?"}
