"""What a call came to: one `Answer`, in which each recipient has exactly one fate, and words that betray nothing."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypedDict, Unpack
from urllib.parse import quote

from smscore.provider.cases import CASES, Effect, Fate, Verdict

_WORDS_LIMIT = 300
_SHORTEST_SECRET = 4
NUMBER_IN_WORDS = re.compile(r"\+?\d(?:[ \-]?\d){6,}")
_DIGITS_IN_WORDS = re.compile(r"\d(?:[ \-]?\d){2,}")


@dataclass(frozen=True)
class Answer:
    """What one call came to. Numbers are whole numbers with their country code (919876543210).

    verdict, code, effect: see CASES · pause_after: with `pause_if_repeated`, how many calls in a row (with `slow_down`
    too, where the verdict is unknown) · ids: number →
    message id, accepted · refused: number → the provider's reason · rest: what becomes of every other number of the
    call · ambiguous: accepted numbers whose id cannot tell deliveries apart · strangers: numbers, masked, that the
    provider named and we did not send · words: the provider's own words or the beginning of what could not be read,
    without numbers, texts and key · retry_after: seconds to wait, None when the provider gave none · asked, total:
    numbers in the call, and the provider's own total.
    """

    verdict: Verdict
    code: str = ""
    effect: Effect = Effect.GO_ON
    pause_after: int = 1
    rest: Fate = Fate.UNKNOWN
    ids: Mapping[int, str] = field(default_factory=dict)
    refused: Mapping[int, str] = field(default_factory=dict)
    ambiguous: frozenset[int] = frozenset()
    strangers: tuple[str, ...] = ()
    words: str = ""
    retry_after: float | None = None
    http_status: int | None = None
    asked: int = 0
    total: int | None = None

    def fates(self, msisdns: Iterable[int | str]) -> dict[int, Fate]:
        """Return one fate for each number asked: accepted, refused, queued (may be asked again) or unknown."""
        return {number: self._find_fate(number) for number in map(int, msisdns)}

    def _find_fate(self, number: int) -> Fate:
        if number in self.ids:
            return Fate.ACCEPTED
        return Fate.REFUSED if number in self.refused else self.rest


@dataclass(frozen=True)
class Question:
    """What is needed to read an answer: the numbers asked for, and what its words must not repeat.

    secrets: key, text and values · coded: a one-time code was sent, so that any digits in the words may be the code.
    """

    numbers: tuple[int, ...]
    secrets: tuple[str, ...] = field(default=(), repr=False)
    coded: bool = False

    def clean(self, words: str) -> str:
        """Return the provider's words in one printable line of at most 300 characters, without secrets and numbers."""
        text = _join_lines(words)
        for secret in self.secrets:
            for written in _list_spellings(secret):
                text = text.replace(written, "…")
        digits = _DIGITS_IN_WORDS if self.coded else NUMBER_IN_WORDS
        return digits.sub(lambda found: mask_number(found[0]), text)[:_WORDS_LIMIT]


def _join_lines(words: str) -> str:
    text = " ".join(words.encode("utf-8", "replace").decode().split())
    return "".join(character for character in text if character.isprintable())


def _list_spellings(secret: str) -> set[str]:
    plain = _join_lines(secret)
    written = {plain, json.dumps(plain)[1:-1], html.escape(plain), quote(plain)}
    return written if len(plain) >= _SHORTEST_SECRET else set()


def mask_number(number: object) -> str:
    """Return a number as it may be drawn: `91******3210`; anything shorter than a phone number as stars only."""
    digits = re.sub(r"[^0-9]", "", str(number))
    return f"{digits[:2]}******{digits[-4:]}" if len(digits) >= 10 else "*" * len(digits)


class Facts(TypedDict, total=False):
    """What an answer may say besides what its case says: fields of `Answer`."""

    words: str
    total: int | None
    http_status: int | None


def build_answer(code: str, question: Question, **facts: Unpack[Facts]) -> Answer:
    """Return the Answer that CASES gives for `code`. Where the case refuses the rest, each number gets the words."""
    case = CASES[code]
    answer = Answer(case.verdict, code, case.effect, case.after, case.rest, asked=len(question.numbers), **facts)
    if case.rest is Fate.REFUSED:
        return replace(answer, refused=dict.fromkeys(question.numbers, answer.words))
    return answer


def make_unproven(refusal: Answer, question: Question) -> Answer:
    """Return a refusal as one that may be meant for another call: its numbers unknown, its effect kept."""
    answer = build_answer("unproven_refusal", question, words=refusal.words, total=refusal.total)
    return replace(
        answer,
        effect=refusal.effect,
        pause_after=refusal.pause_after,
        retry_after=refusal.retry_after,
        http_status=refusal.http_status,
    )
