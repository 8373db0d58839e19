"""The rule book of one region, flattened into arrays: a walk along the digits of many numbers at once.

`step[state + digit]` is the next state; states are multiples of ten, so a step is one addition and one look-up. The
walk ends in a verdict: the answer, and how the digits divide into prefix, calling code and national number.

Most rows of a real column are mobiles of one country in a few forms (bare, 0…, 91…, 0091…, +91…). For these the walk
is not needed: where every form of a number gives the same answer whatever its last four digits are, that answer stands
in a table by the first six (`Frequent`). The table is computed from the automaton, so it cannot disagree with it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from phonenumbers import PhoneNumberType, example_number_for_type, national_significant_number

from .dfa import Diagrams
from .metadata import get_calling_code, get_metadata
from .rulebook import ASK, build_rulebook

POWER = 10 ** np.arange(19, dtype=np.int64)
LONGEST_INTEGER = 18  # digits that always fit a 64-bit integer
HEAD = 6  # digits by which `Frequent` is indexed
LONGEST_WALK = 40  # prefix, calling code, national prefix and number: further digits change no answer
DIGIT_ZERO = np.uint8(ord("0"))
UNDECIDED = -128


@dataclass(frozen=True)
class Frequent:
    """The frequent forms of a region's mobiles.

    `lead[form]` is what stands before the last `length` digits, as an integer (-1: not a frequent form), where form =
    digit count + 32 if there is a plus sign.
    """

    length: int
    lead: np.ndarray
    answers: np.ndarray


@dataclass(frozen=True)
class Automaton:
    """The parser of one region as arrays.

    `local` and `plus` are the first states of digits without and after a plus sign; `verdict[state // 10]` indexes
    `answer`, `skip`, `calling` and `trunk` (see `rulebook.Verdict`).
    """

    code: int
    local: int
    plus: int
    step: np.ndarray
    verdict: np.ndarray
    answer: np.ndarray
    skip: np.ndarray
    calling: np.ndarray
    trunk: np.ndarray
    frequent: Frequent | None = None

    def judge(
        self, answer: np.ndarray, digits: np.ndarray, first: np.ndarray, value: np.ndarray, plus: np.ndarray
    ) -> np.ndarray:
        """Judge the numbers whose `answer` (int8) is UNDECIDED, in place; return E.164 as int64, 0 where not valid.

        `digits`: ASCII digits of all of them; `first`: where each begins, and at the end their number; `value`: each as
        an integer (0 where longer than 18 digits); `plus`: whether a plus sign stands before.
        """
        count = first[1:] - first[:-1]
        number = self._judge_frequent(answer, count, value, plus)
        rest = np.flatnonzero(answer == UNDECIDED)
        if len(rest):
            verdict = self.walk(digits, first[rest], count[rest], np.where(plus[rest], self.plus, self.local))
            answer[rest], number[rest] = self._divide(verdict, count[rest], value[rest])
        return number

    def _judge_frequent(self, answer: np.ndarray, count: np.ndarray, value: np.ndarray, plus: np.ndarray) -> np.ndarray:
        if self.frequent is None:
            return np.zeros(len(count), np.int64)
        unit = POWER[self.frequent.length]
        lead = value // unit
        national = value - lead * unit
        form = np.minimum(count, 31) + 32 * plus
        known = (self.frequent.lead.take(form) == lead) & (answer == UNDECIDED)
        np.copyto(answer, self.frequent.answers.take(national // POWER[self.frequent.length - HEAD]), where=known)
        return np.where(known & (answer >= 0), national + self.code * unit, 0)

    def walk(self, digits: np.ndarray, first: np.ndarray, count: np.ndarray, state: np.ndarray) -> np.ndarray:
        """Return the verdict index of each number: all are walked one digit at a time, the shortest dropping out."""
        order = np.argsort(np.minimum(count, LONGEST_WALK).astype(np.uint8), kind="stable")
        count, place, state = count[order], first[order].astype(np.int64), state[order].astype(np.int64)
        longest = min(int(count[-1]), LONGEST_WALK)
        for step, start in enumerate(np.searchsorted(np.minimum(count, LONGEST_WALK), np.arange(1, longest + 1))):
            state[start:] = self.step[state[start:] + (digits[place[start:] + step] - DIGIT_ZERO)]
        verdict = np.empty(len(count), np.int64)
        verdict[order] = self.verdict[state // 10]
        return verdict

    def _divide(self, verdict: np.ndarray, count: np.ndarray, value: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        answer, calling = self.answer[verdict], self.calling[verdict]
        answer[(answer >= 0) & (count > LONGEST_INTEGER)] = ASK
        length = np.where(answer >= 0, count - self.skip[verdict] - calling - self.trunk[verdict], 0)
        written = value // POWER[length + self.trunk[verdict]] % POWER[calling]
        code = np.where(calling > 0, written, self.code)
        return answer, np.where(answer >= 0, code * POWER[length] + value % POWER[length], 0)


@lru_cache(maxsize=16)
def build_automaton(region: str) -> Automaton:
    """Return the automaton of a region of `phonenumbers.SUPPORTED_REGIONS`.

    Built in about a third of a second and kept, a few megabytes each, for the regions last used.
    """
    # Built at first use and kept in memory: a file of tables would need a place, a version and a way to fail.
    book = build_rulebook().copy_for_region()
    local, plus = book.build_local(region), book.build_after_plus(region)
    states = {node: number * 10 for number, node in enumerate(_find_reachable(book.store, local, plus))}
    followers = [[states[below] for below in book.store.followers[node]] for node in states]
    labels = [book.store.labels[node] for node in states]
    verdicts = {verdict: number for number, verdict in enumerate(dict.fromkeys(labels))}
    plain = Automaton(
        get_calling_code(region),
        states[local],
        states[plus],
        np.array(followers, np.int32).reshape(-1),
        np.array([verdicts[label] for label in labels], np.int16),
        *np.array(list(verdicts), np.int8).T,
    )
    return _add_frequent(plain, region)


def _find_reachable(store: Diagrams, *nodes: int) -> list[int]:
    followers, found, open_ = store.followers, set(nodes), list(nodes)
    while open_:
        new = set(followers[open_.pop()]) - found
        found |= new
        open_ += new
    return sorted(found)


def _add_frequent(plain: Automaton, region: str) -> Automaton:
    example = example_number_for_type(region, PhoneNumberType.MOBILE)
    length = len(national_significant_number(example)) if example is not None else 0
    if length < HEAD:
        return plain
    lead = np.full(64, -1, np.int64)
    forms = _list_forms(plain.code, region)
    found = [
        _find_answers_by_head(plain, plain.plus if plus else plain.local, written, length - HEAD)
        for plus, written in forms
    ]
    # One table serves all forms, so an answer counts only where every form gives the same.
    answers = np.where(np.equal(found, found[0]).all(axis=0), found[0], np.int8(UNDECIDED))
    for plus, written in forms:
        lead[len(written) + length + 32 * plus] = int(written or 0)
    return replace(plain, frequent=Frequent(length, lead, answers))


def _list_forms(code: int, region: str) -> set[tuple[bool, str]]:
    """Return the frequent ways to write a national number: (plus sign, digits before it)."""
    metadata, calling = get_metadata(code, region), str(code)
    forms = {(True, calling), (False, ""), (False, calling)}
    national, international = metadata.national_prefix or "", metadata.international_prefix or ""
    if national.isdigit():
        forms.add((False, national))
    if international.isdigit():
        forms.add((False, international + calling))
    return forms


def _find_answers_by_head(plain: Automaton, state: int, written: str, more: int) -> np.ndarray:
    """Return the answer for each six digits after `written`, int8, or UNDECIDED.

    It is decided where it is the same for any `more` digits that follow, and where all of `written`, no more and no
    less, stands before the national number.
    """
    for digit in written:
        state = plain.step[state + int(digit)]
    states = np.array([state])
    for _ in range(HEAD):
        states = plain.step[(states[:, None] + np.arange(10))].reshape(-1)
    return _settle(plain, more, written)[states // 10]


def _settle(plain: Automaton, more: int, written: str) -> np.ndarray:
    prefix_only = plain.skip + plain.calling + plain.trunk == len(written)
    own = (plain.calling == 0) | (plain.calling == len(str(plain.code)))
    known = np.where(plain.answer >= 0, prefix_only & own, plain.answer != ASK)
    settled = np.where(known, plain.answer, np.int8(UNDECIDED))[plain.verdict]
    followers = plain.step.reshape(-1, 10) // 10
    for _ in range(more):
        below = settled[followers]
        settled = np.where((below == below[:, :1]).all(axis=1), below[:, 0], np.int8(UNDECIDED))
    return settled
