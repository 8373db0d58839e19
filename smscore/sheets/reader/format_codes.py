"""The codes of number formats, parsed and applied as Excel does.

ECMA-376 part 1, 18.8.31: a code has up to four sections (above zero, below zero, zero, text) or conditions in brackets.
A section is a row of places for digits (0 # ?) and of literal text: in quotes, after a backslash, or any bare sign
that is not an instruction. Digits fill the places from the right; those without a place of their own go to the first.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from functools import cached_property

from .cell_texts import format_general
from .format_sections import DIGIT, LONGEST_CODE, POINT, TEXT, Section

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
"""A currency, and after a dash the number of a language: [$₹-4009], [$-409], [$+44]."""
_MONEY_WORD = re.compile(r"(?:Rs\.?|INR)(?:/-)?|/-", re.IGNORECASE)
_BELOW_ZERO = re.compile(r"-\D*\d{1,6}\D*|-\d+")
"""A negative number that can't be mistaken for a phone number: short, or digits only."""


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

    def show(self, number: float) -> str:
        """Return a number as Excel shows it; as it is where the code shows an amount, or hides it, or would make a
        number below zero look like one above.
        """
        plain = format_general(number)
        place = self._find_section(number)
        if place is None or "E" in plain:
            return plain
        section = self.sections[place]
        if not section.is_followed or (not section.literal and number != int(number)):
            return plain
        sign = "-" if number < 0 and not self._is_only_below_zero(place) else ""
        text = (sign + section.show(abs(number))).strip()
        return text if text and (number >= 0 or _BELOW_ZERO.fullmatch(text)) else plain

    def word(self, text: str) -> str:
        """Return a text as Excel shows it."""
        return (self.text.word(text).strip() or text) if self.text and text else text

    def _find_section(self, number: float) -> int | None:
        """Return the place of the section for a number; None where no section is for it."""
        first, *others = self.sections
        for place, section in enumerate(self.sections[:2]):
            if section.condition and section.meets_condition(number):
                return place
        if not first.condition and (not others or number > 0 or (number == 0 and len(others) == 1)):
            return 0
        if others and not others[0].condition and (number < 0 or len(others) == 1):
            return 1
        return 2 if len(others) > 1 else None

    def _is_only_below_zero(self, place: int) -> bool:
        """Return whether all numbers of a section are below zero, so that it shows them without a sign."""
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
        """Add the next token."""
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

    def build_section(self) -> Section:
        """Return the section, after the end of its code."""
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


def parse_code(text: str) -> Code:
    """Parse the code of a number format."""
    drafts = [_Draft()]
    for token in _TOKEN.finditer(text[:LONGEST_CODE]):
        kind = token.lastgroup
        if kind == "end":
            drafts.append(_Draft())
        elif kind:
            drafts[-1].take(kind, token[kind])
    sections = [draft.build_section() for draft in drafts[:4]]
    if len(sections) == 4 or sections[-1].has_text:
        *numbers, words = sections
        return Code(tuple(numbers or sections), words)
    return Code(tuple(sections))
