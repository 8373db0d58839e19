"""The codes of number formats, read and followed as Excel shows numbers by them.

ECMA-376 part 1, 18.8.31: a code has up to four sections (above zero, below zero, zero, text) or conditions in brackets.
A section is a row of places for digits (0 # ?) and of literal text: in quotes, behind a backslash, or any bare sign
that is no instruction. Digits fill the places from the right; those that have no place of their own stand at the first.
"""

from __future__ import annotations

import operator
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cached_property

from .cells import EXACT_DIGITS, general

TEXT, DIGIT, POINT, GENERAL, CELL = "text", "digit", "point", "general", "cell"
LONGEST_CODE = 1_000
EXACTLY = Context(prec=5_000)
"""Room for all digits that a code of that length can ask for."""
_TOKEN = re.compile(
    r"""
      "(?P<quoted>[^"]*)"?
    | \\(?P<escaped>.)
    | (?P<padding>_.)
    | (?P<filling>\*.)
    | \[(?P<bracket>[^\]]*)\]
    | (?P<general>General)
    | (?P<exponent>E[+-])
    | (?P<digit>[0\#?])
    | (?P<point>\.)
    | (?P<comma>,)
    | (?P<percent>%)
    | (?P<cell>@)
    | (?P<end>;)
    | (?P<date>[ymdhs]|AM/PM)
    | (?P<bare>.)
    """,
    re.VERBOSE | re.DOTALL | re.IGNORECASE,
)
_CONDITION = re.compile(r"\s*(<=|>=|<>|<|>|=)\s*(-?\d+(?:\.\d+)?(?:E[+-]?\d+)?)\s*", re.IGNORECASE)
_MONEY = re.compile(r"\$(.*?)(?:-[0-9A-F]*(?:,[0-9A-F]*)?)?", re.IGNORECASE)
"""A currency, and behind a dash the number of a language: [$₹-4009], [$-409], [$+44]."""
_MONEY_WORD = re.compile(r"(?:Rs\.?|INR)(?:/-)?|/-", re.IGNORECASE)
_OPERATORS = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "<>": operator.ne,
}  # fmt: skip
_BELOW_ZERO = re.compile(r"-\D*\d{1,6}\D*|-\d+")
"""A negative number that nobody takes for a phone number: short, or nothing but its digits."""


@dataclass(frozen=True)
class Section:
    """One section of a code: its pieces as (kind, content), its condition as (operator, limit), and whether it shows an
    amount (decimals, thousands, percent, currency) or something that is not followed (dates, fractions, exponents)."""

    pieces: tuple[tuple[str, str], ...] = ()
    condition: tuple[str, float] | None = None
    thousands: bool = False
    thousandths: int = 0
    percents: int = 0
    money: bool = False
    date: bool = False
    unfollowed: bool = False

    @cached_property
    def literal(self) -> str:
        """All text that the section shows beside the number."""
        return "".join(content for kind, content in self.pieces if kind == TEXT)

    @cached_property
    def digits(self) -> int:
        """How many digits it shows at least, before the point."""
        places = "".join(content for kind, content in self._whole_pieces() if kind == DIGIT)
        return len(places) - places.find("0") if "0" in places else 0

    @cached_property
    def has_text(self) -> bool:
        """Whether it is for texts."""
        return any(kind == CELL for kind, _ in self.pieces)

    @cached_property
    def is_amount(self) -> bool:
        """Whether it shows a quantity, whose signs and roundings say nothing that the number does not."""
        decimals = any(kind == POINT for kind, _ in self.pieces)
        return decimals or self.thousands or self.money or self.unfollowed or bool(self.thousandths or self.percents)

    @cached_property
    def adds_digits(self) -> bool:
        """Whether its text may be part of a phone number, as a calling code is."""
        return "+" in self.literal or any(map(str.isdecimal, self.literal))

    @cached_property
    def is_followed(self) -> bool:
        """Whether a reader would miss what the section adds to a number."""
        return self.adds_digits or (
            not self.is_amount and (self.digits > 1 or self.parts_digits or bool(self.literal.strip(" -()")))
        )

    @cached_property
    def parts_digits(self) -> bool:
        """Whether text stands between its digits."""
        places = [at for at, (kind, _) in enumerate(self.pieces) if kind == DIGIT]
        return any(kind == TEXT for kind, _ in self.pieces[places[0] : places[-1]]) if places else False

    def takes(self, number: float) -> bool:
        """Whether a number meets the condition; True where there is none."""
        return self.condition is None or _OPERATORS[self.condition[0]](number, self.condition[1])

    def shown(self, number: float) -> str:
        """A number of no sign as the section shows it."""
        if self.unfollowed or not any(kind == DIGIT for kind, _ in self.pieces):
            return self._around(general(number))
        whole, decimals = self._split(number)
        return "".join(self._filled(whole, decimals))

    def _around(self, number: str) -> str:
        """The number between the texts before and behind it."""
        places = [at for at, (kind, _) in enumerate(self.pieces) if kind != TEXT]
        if not places:
            return self.literal
        before, behind = self.pieces[: places[0]], self.pieces[places[-1] + 1 :]
        return "".join(text for _, text in before) + number + "".join(text for _, text in behind)

    def worded(self, text: str) -> str:
        """A text as the section shows it."""
        return "".join(text if kind == CELL else content for kind, content in self.pieces if kind in (CELL, TEXT))

    def _whole_pieces(self) -> tuple[tuple[str, str], ...]:
        at = next((at for at, (kind, _) in enumerate(self.pieces) if kind == POINT), len(self.pieces))
        return self.pieces[:at]

    def _split(self, number: float) -> tuple[str, str]:
        """The digits before and behind the point, rounded to the places there are."""
        places = sum(kind == DIGIT for kind, _ in self.pieces[len(self._whole_pieces()) :])
        exact = Decimal(f"{number:.{EXACT_DIGITS}g}") * 100**self.percents / 1000**self.thousandths
        text = format(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, EXACTLY), "f")
        whole, _, decimals = text.partition(".")
        return whole.lstrip("0"), decimals

    def _filled(self, whole: str, decimals: str) -> Iterator[str]:
        before = self._whole_pieces()
        yield from self._filled_whole(before, whole)
        at = 0
        for kind, content in self.pieces[len(before) :]:
            if kind == DIGIT:
                rest, at = decimals[at:], at + 1
                yield rest[0] if content == "0" or rest.strip("0") else " " if content == "?" else ""
            else:
                yield content

    def _filled_whole(self, pieces: tuple[tuple[str, str], ...], whole: str) -> Iterator[str]:
        left = sum(kind == DIGIT for kind, _ in pieces)
        least = self.digits
        for kind, content in pieces:
            if kind != DIGIT:
                yield content
                continue
            if len(whole) >= left:
                here, whole = whole[: len(whole) - left + 1], whole[len(whole) - left + 1 :]
            else:
                here = "0" if left <= least else " " if content == "?" else ""
            yield self._grouped(here, left)
            left -= 1

    def _grouped(self, digits: str, left: int) -> str:
        """Digits with their thousands signs; the last of them has `left` - 1 more digits behind it."""
        if not self.thousands:
            return digits
        places = range(left + len(digits) - 1, left - 1, -1)
        signs = (
            "," if digit.isdecimal() and place % 3 == 1 and place > 1 else ""
            for digit, place in zip(digits, places, strict=True)
        )
        return "".join(map(operator.add, digits, signs))


@dataclass(frozen=True)
class Code:
    """A whole code: the sections for numbers in their order, and the one for texts."""

    sections: tuple[Section, ...]
    text: Section | None = None

    @cached_property
    def is_followed(self) -> bool:
        """Whether any number reads otherwise by it than without. What one section shows of an amount (a dash for zero,
        brackets for a debt) belongs to that amount."""
        if any(section.date for section in self.sections):
            return False
        if any(section.is_amount for section in self.sections):
            return any(section.adds_digits for section in self.sections)
        return any(section.is_followed for section in self.sections)

    @cached_property
    def words_texts(self) -> bool:
        """Whether any text reads otherwise by it than without."""
        return self.text is not None and bool(self.text.literal.strip())

    def shown(self, number: float) -> str:
        """A number as Excel shows it; as it is where the code shows an amount, or hides it, or would make a number
        below zero look like one above."""
        plain = general(number)
        place = self._place(number)
        if place is None or "E" in plain:
            return plain
        section = self.sections[place]
        if not section.is_followed or (not section.literal and number != int(number)):
            return plain
        sign = "-" if number < 0 and not self._only_below_zero(place) else ""
        text = (sign + section.shown(abs(number))).strip()
        return text if text and (number >= 0 or _BELOW_ZERO.fullmatch(text)) else plain

    def worded(self, text: str) -> str:
        """A text as Excel shows it."""
        return (self.text.worded(text).strip() or text) if self.text and text else text

    def _place(self, number: float) -> int | None:
        """The place of the section for a number; None where no section is for it."""
        first, *others = self.sections
        for place, section in enumerate(self.sections[:2]):
            if section.condition and section.takes(number):
                return place
        if not first.condition and (not others or number > 0 or (number == 0 and len(others) == 1)):
            return 0
        if others and not others[0].condition and (number < 0 or len(others) == 1):
            return 1
        return 2 if len(others) > 1 else None

    def _only_below_zero(self, place: int) -> bool:
        """Whether all numbers of a section are below zero, so that it shows them without a sign."""
        if own := self.sections[place].condition:
            return (own[0] == "<" and own[1] <= 0) or (own[0] in ("<=", "=") and own[1] < 0)
        earlier = [section.condition or (">=", 0) for section in self.sections[:place]]
        return any(sign in (">", ">=") and limit <= 0 for sign, limit in earlier)


@dataclass
class _Draft:
    """A section while its code is read."""

    pieces: list[tuple[str, str]] = field(default_factory=list)
    condition: tuple[str, float] | None = None
    commas: list[int] = field(default_factory=list)
    percents: int = 0
    money: bool = False
    date: bool = False
    unfollowed: bool = False
    divides: bool = False
    is_fraction: bool = False

    def take(self, kind: str, content: str) -> None:
        """Read the next token."""
        divided, self.divides = self.divides, kind == "bare" and content == "/" and self._has_digit()
        if divided and (kind == "digit" or content.isdecimal()) and kind != "quoted":
            self.unfollowed = self.is_fraction = True
        if kind in ("quoted", "escaped", "bare"):
            self._add_text(content, bare=kind == "bare")
        elif kind == "bracket":
            self._take_bracket(content)
        elif kind == "comma":
            self.commas.append(len(self.pieces))
        elif kind == "percent":
            self.percents += 1
            self.pieces.append((TEXT, "%"))
        elif kind in ("digit", "point", "general", "cell", "padding"):
            self._add_place(kind, content)
        self.unfollowed = self.unfollowed or kind == "exponent"
        self.date = self.date or kind == "date"

    def _add_place(self, kind: str, content: str) -> None:
        if kind == "padding" or (kind == "point" and (POINT, ".") in self.pieces):
            self.pieces.append((TEXT, " " if kind == "padding" else "."))
        else:
            self.pieces.append((kind, content))

    def _has_digit(self) -> bool:
        return any(kind == DIGIT for kind, _ in self.pieces)

    def _add_text(self, text: str, bare: bool) -> None:
        if bare and self.is_fraction and text.isdecimal():
            return  # a part of the denominator
        sign = text.strip()
        if sign and (_MONEY_WORD.fullmatch(sign) or all(unicodedata.category(each) == "Sc" for each in sign)):
            self.money = True
        self.pieces.append((TEXT, text))

    def _take_bracket(self, content: str) -> None:
        if condition := _CONDITION.fullmatch(content):
            self.condition = condition[1], float(condition[2])
        elif money := _MONEY.fullmatch(content):
            self.money = self.money or bool(money[1])
            self.pieces.append((TEXT, money[1]))
        elif re.fullmatch("h+|m+|s+", content, re.IGNORECASE):
            self.date = True

    def section(self) -> Section:
        """The section, once its code has ended."""
        places = [at for at, (kind, _) in enumerate(self.pieces) if kind == DIGIT]
        between = self.pieces[places[0] : places[-1]] if places else []
        point = next((at for at, (kind, _) in enumerate(self.pieces) if kind == POINT), len(self.pieces))
        whole = [at for at in places if at < point]
        return Section(
            pieces=tuple(piece for piece in self.pieces if piece[1]),
            condition=self.condition,
            thousands=any(whole[0] < at <= whole[-1] for at in self.commas) if whole else False,
            thousandths=sum(at == whole[-1] + 1 for at in self.commas) if whole else 0,
            percents=self.percents,
            money=self.money or (TEXT, ",") in between,
            date=self.date,
            unfollowed=self.unfollowed,
        )


def code_of(text: str) -> Code:
    """Read the code of a number format."""
    drafts = [_Draft()]
    for token in _TOKEN.finditer(text[:LONGEST_CODE]):
        kind = token.lastgroup
        if kind == "end":
            drafts.append(_Draft())
        elif kind:
            drafts[-1].take(kind, token[kind])
    sections = [draft.section() for draft in drafts[:4]]
    if len(sections) == 4 or sections[-1].has_text:
        *numbers, words = sections
        return Code(tuple(numbers or sections), words)
    return Code(tuple(sections))
