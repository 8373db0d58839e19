"""What an operator may have meant: words to show beside a refused number. Never used without being chosen."""

from __future__ import annotations

import re

from phonenumbers import PhoneNumberFormat, format_number, parse

from .metadata import calling_code
from .repair import repaired
from .scalar import read_number

_SEVERAL, _EXTENSION = "several_numbers", "has_extension"
_HOPELESS = frozenset({"", "blank", "no_digits", "damaged_by_spreadsheet", "landline", "not_mobile"})


def suggest(text: str, code: str, region: str, numbers: tuple[str, ...] = ()) -> str:
    """Words such as "looks like +91 98765 43210" for a cell refused with `code`; "" where nothing is likely."""
    if code in _HOPELESS:
        return ""
    if code == _SEVERAL:
        return " or ".join(map(shown, numbers))
    return next((f"{words} {shown(number)}" for words, number in _candidates(text, region) if number), "")


def shown(e164: str) -> str:
    """A number in its country's international form, for reading: +91 98765 43210."""
    return format_number(parse(e164), PhoneNumberFormat.INTERNATIONAL)


def _candidates(text: str, region: str):
    """Likely meanings, the likeliest first: (words, E.164 or "")."""
    cell, own = repaired(text), str(calling_code(region))
    digits = re.sub(r"[^0-9]", "", cell)
    for run in _runs(cell):
        yield "looks like", read_number(run, region).e164
    if "+" not in cell:
        yield "missing leading +?", read_number("+" + digits, region).e164
    yield f"missing leading +{own}?", read_number(f"+{own}{digits.lstrip('0')}", region).e164
    yield "digits before it?", _last_digits(digits, own, region)


def _runs(cell: str) -> list[str]:
    """The stretches of a cell that could be numbers by themselves: what stands before letters, or between them."""
    runs = re.findall(r"\+?[0-9][0-9 ().-]{6,}[0-9]", cell)
    return runs if [run for run in runs if run != cell] else []


def _last_digits(digits: str, own: str, region: str) -> str:
    """A national number behind a calling code that was written twice, or behind zeros."""
    rest = digits.lstrip("0")
    while rest.startswith(own):
        rest = rest[len(own) :].lstrip("0")
        if number := read_number(f"+{own}{rest}", region).e164:
            return number
    return ""
