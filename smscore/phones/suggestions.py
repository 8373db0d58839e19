"""What an operator may have meant: words to show beside a refused number, applied only when a person chooses them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from phonenumbers import PhoneNumberFormat, format_number, parse

from .metadata import get_calling_code
from .repair import repair_text
from .scalar import read_number

_SEVERAL = "several_numbers"
_HOPELESS = frozenset(
    {"", "blank", "no_digits", "damaged_by_spreadsheet", "not_whole_number", "landline", "not_mobile", _SEVERAL}
)
_COMPUTED = re.compile(
    r"""
      -\s*\d[\d\s,.]*                                     # a number below zero
    | [+-]?\d+[.,]\d*(?:E[+-]?\d+)?                       # a fraction
    | [+-]?\d+E[+-]?\d+
    | \d{4}-\d\d-\d\d(?:[ T]\d\d:\d\d(?::\d\d)?(?:\.\d+)?)?   # a date
    | -?\d+:\d\d(?::\d\d)?(?:\.\d+)?                      # a time
    """,
    re.VERBOSE | re.IGNORECASE,
)
"""What a spreadsheet makes of a number that it took for a formula, a quantity or a date: `+91-98765…` is a difference.
Its digits are no longer those that were typed, so they say nothing of what was meant."""


def suggest(text: str, code: str, region: str, numbers: tuple[str, ...] = ()) -> str:
    """Return words such as "looks like +91 98765 43210" for a cell refused with `code`; "" where nothing is likely.

    `numbers` are those of a cell that holds several.
    """
    if code == _SEVERAL:
        return offer_either(numbers)
    if not is_hopeful(code):
        return ""
    return find_first_good((words, read_number(meant, region).e164) for words, meant in list_meanings(text, region))


def is_hopeful(code: str) -> bool:
    """Return whether one other number may have been meant by a cell refused with `code`."""
    return code not in _HOPELESS


def offer_either(numbers: tuple[str, ...]) -> str:
    """Return several E.164 numbers as words to choose from."""
    return " or ".join(map(format_international, numbers))


def find_first_good(tried: Iterable[tuple[str, str | None]]) -> str:
    """Return the first of (words, E.164 or nothing) that has a number, in words; "" where none has."""
    return next((f"{words} {format_international(number)}" for words, number in tried if number), "")


def format_international(e164: str) -> str:
    """Return a number in its country's international form, for reading: +91 98765 43210."""
    return format_number(parse(e164), PhoneNumberFormat.INTERNATIONAL)


def list_meanings(text: str, region: str) -> Iterator[tuple[str, str]]:
    """Yield what may have been meant, the likeliest first: words for it, and the number to be read."""
    cell, own = repair_text(text), str(get_calling_code(region))
    if _COMPUTED.fullmatch(cell):
        return
    digits = re.sub(r"[^0-9]", "", cell)
    for run in _list_runs(cell):
        yield "looks like", run
    if "+" not in cell:
        yield "missing leading +?", f"+{digits}"
    yield f"missing leading +{own}?", f"+{own}{digits.lstrip('0')}"
    for national in _list_last_digits(digits, own):
        yield "digits before it?", f"+{own}{national}"


def _list_runs(cell: str) -> list[str]:
    """Return the parts of a cell that could be numbers by themselves: before letters, or between them."""
    runs = re.findall(r"\+?[0-9][0-9 ().-]{6,}[0-9]", cell)
    return runs if [run for run in runs if run != cell] else []


def _list_last_digits(digits: str, own: str) -> Iterator[str]:
    """Yield what follows a calling code that was written twice, or zeros."""
    rest = digits.lstrip("0")
    while rest.startswith(own):
        rest = rest[len(own) :].lstrip("0")
        yield rest
