"""One cell at a time, in plain Python: the reference that the column kernel is compared with, and the way in for
single typed numbers. Everything a reader must know about what is accepted and refused is on this page."""

from __future__ import annotations

import re

from phonenumbers import (
    SUPPORTED_REGIONS,
    NumberParseException,
    PhoneNumber,
    PhoneNumberFormat,
    PhoneNumberType,
    format_number,
    number_type,
    parse,
)

from ..errors import SheetError
from .metadata import explain_impossible
from .repair import count_digits, repair_text, restore_number, split_numbers
from .types import NO_KIND, REASON, REASON_CODES, NumberRead, find_refusal

SEVERAL = ("ask", "first", "all")


def read_number(text: str, region: str = "IN", several: str = "ask") -> NumberRead:
    """Read one written number as somebody in `region` (two letters) means it.

    `several` says what a cell with more than one number gives: "ask" refuses it and names them, "first" takes the
    first that can be texted, "all" takes it and names all. Raises SheetError("unknown_region").
    """
    region = require_region(region)
    cell = repair_text(text)
    if not cell:
        return NumberRead("", NO_KIND, "blank")
    return combine_reads([_read_one(part, region) for part in split_numbers(cell)], several)


def combine_reads(reads: list[NumberRead], several: str) -> NumberRead:
    """Return one answer for a cell whose parts were read: the same number twice is one number."""
    usable = tuple(dict.fromkeys(read.e164 for read in reads if not read.code))
    if not usable or all(read.e164 == usable[0] for read in reads):
        return reads[0]
    if several == "ask":
        return NumberRead("", NO_KIND, "several_numbers", usable)
    first = next(read for read in reads if not read.code)
    return first._replace(extra=usable if several == "all" else ())


def _read_one(text: str, region: str) -> NumberRead:
    meant, code = restore_number(text)
    if code:
        return NumberRead("", NO_KIND, code)
    answer, e164, parsed = judge(meant, region)
    if parsed is None:
        return NumberRead("", NO_KIND, REASON_CODES[-answer])
    # Extensions and spelled numbers are valid to the library; the message would reach nobody, or a stranger.
    code = find_refusal(answer, len(e164) - 1)
    if not code and parsed.extension:
        code = "has_extension"
    if not code and is_spelled(meant):
        code = "spelled_in_letters"
    # A refused row carries no number, so that no later step can text it by mistake.
    return NumberRead("" if code else e164, answer, code)


def judge(text: str, region: str) -> tuple[int, str, PhoneNumber | None]:
    """Return what `phonenumbers` says of a text as it is: (kind, E.164, parsed number).

    Where it finds no valid number: (negative index of the reason, "", None).
    """
    try:
        number = parse(text, region)
    except NumberParseException as refused:
        return _PARSE_REASONS.get(refused.error_type) or _explain_unviable(text), "", None
    kind = number_type(number)
    if kind == PhoneNumberType.UNKNOWN:
        few = count_digits(text) < 3
        return -REASON["too_short"] if few else explain_impossible(number), "", None
    return kind, format_number(number, PhoneNumberFormat.E164), number


_PARSE_REASONS = {
    NumberParseException.INVALID_COUNTRY_CODE: -REASON["unknown_calling_code"],
    NumberParseException.TOO_SHORT_AFTER_IDD: -REASON["too_short"],
    NumberParseException.TOO_SHORT_NSN: -REASON["too_short"],
    NumberParseException.TOO_LONG: -REASON["too_long"],
}


def _explain_unviable(text: str) -> int:
    digits = count_digits(text)
    if digits < 3:
        return -REASON["too_short" if digits else "no_digits"]
    return -REASON["unreadable"]


_FROM_FIRST_DIGIT = re.compile(r"[0-9].*", re.DOTALL)


def is_spelled(text: str) -> bool:
    """Return whether the parser took letters for digits, as in 1800-FLOWERS: it does so from three letters on.

    Nobody in a customer list spells a number; a name stands beside it, and the number would be a stranger's.
    """
    match = _FROM_FIRST_DIGIT.search(text)
    return match is not None and len(re.findall("[A-Za-z]", match[0])) >= 3


def require_region(region: str) -> str:
    """Return the region in capitals. Raises SheetError("unknown_region")."""
    if str(region).upper() not in SUPPORTED_REGIONS:
        raise SheetError("unknown_region", region=region)
    return str(region).upper()
