"""One section of a number format's code: places for digits and literal texts, and how a number fills them."""

from __future__ import annotations

import operator
import re
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cached_property

from .cell_texts import EXACT_DIGITS, format_general

TEXT, DIGIT, POINT, GENERAL, CELL = "text", "digit", "point", "general", "cell"
LONGEST_CODE = 1_000
EXACTLY = Context(prec=5_000)
"""Room for all digits that a code of that length can ask for."""
STAND_IN = 0xF0000
"""The first of the characters that stand for digits while their places are found; no code has a use for them."""
_STAND_INS = re.compile(f"([{chr(STAND_IN)}-{chr(STAND_IN + LONGEST_CODE)}]+)")
_OPERATORS = {
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge, "=": operator.eq, "<>": operator.ne,
}  # fmt: skip


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
        places = "".join(content for kind, content in self._get_whole_pieces() if kind == DIGIT)
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

    def meets_condition(self, number: float) -> bool:
        """Return whether a number meets the condition; True where there is none."""
        return self.condition is None or _OPERATORS[self.condition[0]](number, self.condition[1])

    def show(self, number: float) -> str:
        """Return a number of no sign as the section shows it."""
        if self.unfollowed or not any(kind == DIGIT for kind, _ in self.pieces):
            return self._surround(format_general(number))
        if self.is_amount or number != int(number):
            return "".join(self._fill(*self._split(number)))
        digits = str(int(number)).lstrip("0")
        places = self._places_of.get(len(digits)) or self._place_digits(len(digits))
        return "".join(digits[piece] if isinstance(piece, slice) else piece for piece in places)

    @cached_property
    def _places_of(self) -> dict[int, list[str | slice]]:
        """What whole numbers of so many digits show: texts, and stretches of their digits."""
        return {}

    def _place_digits(self, count: int) -> list[str | slice]:
        digits = "".join(chr(STAND_IN + at) for at in range(count))
        pieces = _STAND_INS.split("".join(self._fill(digits, "")))
        found = [
            slice(ord(piece[0]) - STAND_IN, ord(piece[-1]) - STAND_IN + 1) if at % 2 else piece
            for at, piece in enumerate(pieces)
        ]
        self._places_of[count] = found
        return found

    def _surround(self, number: str) -> str:
        """Return the number between the texts before and after it."""
        places = [at for at, (kind, _) in enumerate(self.pieces) if kind != TEXT]
        if not places:
            return self.literal
        before, after = self.pieces[: places[0]], self.pieces[places[-1] + 1 :]
        return "".join(text for _, text in before) + number + "".join(text for _, text in after)

    def word(self, text: str) -> str:
        """Return a text as the section shows it."""
        return "".join(text if kind == CELL else content for kind, content in self.pieces if kind in (CELL, TEXT))

    def _get_whole_pieces(self) -> tuple[tuple[str, str], ...]:
        at = next((at for at, (kind, _) in enumerate(self.pieces) if kind == POINT), len(self.pieces))
        return self.pieces[:at]

    def _split(self, number: float) -> tuple[str, str]:
        """Return the digits before and after the point, rounded to the available places."""
        places = sum(kind == DIGIT for kind, _ in self.pieces[len(self._get_whole_pieces()) :])
        exact = Decimal(f"{number:.{EXACT_DIGITS}g}") * 100**self.percents / 1000**self.thousandths
        text = format(exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP, EXACTLY), "f")
        whole, _, decimals = text.partition(".")
        return whole.lstrip("0"), decimals

    def _fill(self, whole: str, decimals: str) -> Iterator[str]:
        before = self._get_whole_pieces()
        yield from self._fill_whole(before, whole)
        at = 0
        for kind, content in self.pieces[len(before) :]:
            if kind == DIGIT:
                rest, at = decimals[at:], at + 1
                yield rest[0] if content == "0" or rest.strip("0") else " " if content == "?" else ""
            else:
                yield content

    def _fill_whole(self, pieces: tuple[tuple[str, str], ...], whole: str) -> Iterator[str]:
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
            yield self._group(here, left)
            left -= 1

    def _group(self, digits: str, left: int) -> str:
        """Return digits with their thousands separators; `left` - 1 more digits follow them."""
        if not self.thousands:
            return digits
        places = range(left + len(digits) - 1, left - 1, -1)
        signs = (
            "," if digit.isdecimal() and place % 3 == 1 and place > 1 else ""
            for digit, place in zip(digits, places, strict=True)
        )
        return "".join(map(operator.add, digits, signs))
