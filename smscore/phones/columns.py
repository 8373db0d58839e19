"""Many numbers at once, as the parser reads them: the same answers as `scalar.judge`, about a hundred times sooner.

`judge_plain` takes one pass over the bytes: the digits are kept and counted, and rows with nothing but digits, plain
punctuation and at most one leading plus sign go through the automaton right away. `judge_parsed` looks again at the
rest, each test seeing only what is still open: what stands around a number is dropped, letters are dropped or turned
into the digits of a keypad, extensions are cut off. What needs more than that is answered ASK.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.tables.texts import Texts, digit_counts, matches, rewrite_some, table_of, take, texts_from

from .automaton import LONGEST_INTEGER, UNDECIDED, Automaton
from .repair import ONE_NUMBER, PARSER_ONLY
from .rulebook import ASK
from .types import REASON

ODD = -101  # not judged yet
LONGEST_TEXT = 250  # the parser refuses longer texts, counted in characters

_PLUS, _MINUS, _SPACE = ord("+"), ord("-"), ord(" ")
_LETTERS = b"abcdefghijklmnopqrstuvwxyz"
_KEYPAD = bytes.maketrans(_LETTERS + _LETTERS.upper(), b"22233344455566677778889999" * 2)


# Inside a number the parser passes over all of this; in a cell, a point may be a decimal one, a slash may part two.
PARSER_PLAIN = table_of(b"0123456789 -.()[]/*", inside=False)
CELL_PLAIN = table_of(b"0123456789 -()[]*", inside=False)
_LETTERS_PLAIN = table_of(b"0123456789 -.()[]/*" + _LETTERS + _LETTERS.upper(), inside=False)


@dataclass(frozen=True)
class Judgements:
    """By row: the answer (a kind, a negative reason index, ASK or ODD), the E.164 number as an integer (0 where not
    valid), and whether letters or an extension were part of the text, so that a valid number is still doubtful."""

    answer: np.ndarray
    number: np.ndarray
    doubtful: np.ndarray

    def slice(self, start: int, stop: int | None = None) -> Judgements:
        """Return some of the rows."""
        return Judgements(self.answer[start:stop], self.number[start:stop], self.doubtful[start:stop])

    def replace(self, rows: np.ndarray, by: Judgements) -> None:
        """Put the answers `by` in place of those of `rows`."""
        self.answer[rows], self.number[rows], self.doubtful[rows] = by.answer, by.number, by.doubtful

    def refuse(self, rows: np.ndarray, answer: int | np.ndarray) -> None:
        """Give `rows` (a mask or places) an answer without a number."""
        self.answer[rows], self.number[rows] = answer, 0


def judge_plain(array: pa.Array, rules: Automaton, strange: bytes) -> Judgements:
    """Judge the texts that hold no `strange` byte and no plus sign but at their beginning; all others are ODD.

    Cells (CELL_PLAIN) are odd as well when they may be negative, blank to the eye, or more than one number.
    """
    texts = Texts.of(array)
    digits, first, byte = texts.digits, texts.first_digits, texts.firsts
    count, plus = first[1:] - first[:-1], byte == _PLUS
    odd = (texts.how_many(strange) > plus) | (texts.lengths > LONGEST_TEXT)
    if strange is CELL_PLAIN:
        odd |= (byte == _MINUS) | (byte == _SPACE) | (count > ONE_NUMBER) | ((count == 0) & (texts.lengths > 0))
    answer = np.full(len(odd), ODD, np.int8)
    np.putmask(answer, ~odd, UNDECIDED)
    np.putmask(answer, ~odd & (count < 3), -REASON["too_short"])
    np.putmask(answer, ~odd & (count == 0), -REASON["no_digits"])
    number = rules.judge(answer, digits, first, _parse_integers(first, digits, count), plus)
    return Judgements(answer, number, np.zeros(len(answer), bool))


def _parse_integers(first: np.ndarray, digits: np.ndarray, count: np.ndarray) -> np.ndarray:
    fits = (count > 0) & (count <= LONGEST_INTEGER)
    numbers = texts_from(first, digits, fits).cast(pa.int64())
    return np.where(fits, np.frombuffer(numbers.buffers()[1], np.int64, len(fits)), 0)


_TEL_PARAMETERS = r";(?:phone-context|isub)="
_TEL_SIGN, _ONLY_PARSER = table_of(b";"), table_of(bytes([PARSER_ONLY]))
_HEAD = bytes(byte for byte in range(1, 128) if byte not in b"0123456789+").decode()
_TAIL = "".join(chr(byte) for byte in range(2, 128) if not chr(byte).isalnum() and chr(byte) != "#")


def judge_parsed(array: pa.Array, rules: Automaton) -> Judgements:
    """Judge texts of stand-in bytes (see `repair.build_parser_bytes`) as the parser would."""
    judged = _judge_bare(array, rules)
    judged.refuse(_find_parser_only(array), ASK)
    return judged


def _find_parser_only(array: pa.Array) -> np.ndarray:
    texts = Texts.of(array)
    asked = texts.with_any(_ONLY_PARSER) | (texts.lengths > LONGEST_TEXT)
    signed = np.flatnonzero(texts.with_any(_TEL_SIGN))
    asked[signed] |= matches(take(array, signed), _TEL_PARAMETERS)
    return asked


def _judge_bare(array: pa.Array, rules: Automaton) -> Judgements:
    """Judge texts without what stands before the first digit or plus sign, and behind the last letter, digit or #."""
    bare = pc.ascii_rtrim(pc.ascii_ltrim(array, _HEAD), _TAIL)
    judged = judge_plain(bare, rules, PARSER_PLAIN)
    odd = np.flatnonzero(judged.answer == ODD)
    if len(odd):
        one_plus = pc.replace_substring_regex(take(bare, odd), r"^\++", "+")
        judged.replace(odd, _judge_signs(one_plus, rules))
    return judged


# What a number may look like to the parser, leaving extensions aside: three digits at least, then letters as well.
_VIABLE = r"^\+?(?:[ ().\[\]/*-]*[0-9]){3}[0-9A-Za-z ().\[\]/*-]*$"
_SECOND_NUMBER = r"[\\/] *x"  # where the parser cuts off what follows
_NEVER_IN_NUMBER = table_of(b"0123456789 ().[]/*+#~,:;=\t\\-" + _LETTERS + _LETTERS.upper(), inside=False)
_EXTENSION_SIGN, _EXTENSION_WORD = table_of(b"#~,;xX"), r"(?i)int"
_SPELLED = r"[A-Za-z].*[A-Za-z].*[A-Za-z]"  # from three letters on they stand for digits
# Three frequent texts with signs of an extension, and what they are: behind a semicolon, an extension; behind one
# comma, no extension if it has more than nine digits; a number sign behind the digits alone is none.
_SEMICOLON = r"^\+?(?:[ ().\[\]/*-]*[0-9]){3}[0-9 ().\[\]/*-]*;[ -]*[0-9]{1,15}$"
_NO_EXTENSION = r"^[0-9 +().\[\]/*-]*,[0-9 +().\[\]/*-]*[0-9]{10}$|^\+?[0-9().\[\]/*]+#$"


def _judge_signs(bare: pa.Array, rules: Automaton) -> Judgements:
    """Judge bare texts that hold letters or signs."""
    semicolon = matches(bare, _SEMICOLON)
    bare = rewrite_some(bare, semicolon, lambda texts: pc.replace_substring_regex(texts, ";.*$", ""))
    spelled = matches(bare, _SPELLED)
    judged = judge_plain(rewrite_some(bare, spelled, _dial_letters), rules, _LETTERS_PLAIN)
    judged.doubtful[:] = semicolon | spelled
    judged.refuse(~matches(bare, _VIABLE), -REASON["unreadable"])
    digits = digit_counts(bare)
    judged.refuse(digits < 3, -REASON["too_short"])
    judged.refuse(digits == 0, -REASON["no_digits"])
    texts = Texts.of(bare)
    extension = texts.with_any(_EXTENSION_SIGN) | matches(bare, _EXTENSION_WORD)
    extension &= ~matches(bare, _NO_EXTENSION) & ~texts.with_any(_NEVER_IN_NUMBER)
    judged.refuse(extension | matches(bare, _SECOND_NUMBER), ASK)
    return judged


def _dial_letters(texts: pa.Array) -> pa.Array:
    """Return the texts with each letter replaced by its digit on a telephone's keypad."""
    buffers = Texts.of(texts)
    return texts_from(buffers.begin, buffers.raw.translate(_KEYPAD))
