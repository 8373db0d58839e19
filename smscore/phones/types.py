"""What a written number turns out to be: its kind, or the one reason why it cannot be texted."""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

from phonenumbers import PhoneNumberType


class NumberKind(IntEnum):
    """The kinds of numbers, with the values of `phonenumbers.PhoneNumberType`."""

    FIXED_LINE = PhoneNumberType.FIXED_LINE
    MOBILE = PhoneNumberType.MOBILE
    FIXED_LINE_OR_MOBILE = PhoneNumberType.FIXED_LINE_OR_MOBILE
    TOLL_FREE = PhoneNumberType.TOLL_FREE
    PREMIUM_RATE = PhoneNumberType.PREMIUM_RATE
    SHARED_COST = PhoneNumberType.SHARED_COST
    VOIP = PhoneNumberType.VOIP
    PERSONAL_NUMBER = PhoneNumberType.PERSONAL_NUMBER
    PAGER = PhoneNumberType.PAGER
    UAN = PhoneNumberType.UAN
    VOICEMAIL = PhoneNumberType.VOICEMAIL


NO_KIND = -1
TEXTABLE = frozenset({NumberKind.MOBILE, NumberKind.FIXED_LINE_OR_MOBILE})

REASON_CODES: tuple[str, ...] = (
    "",
    "blank",
    "no_digits",
    "too_short",
    "too_long",
    "damaged_by_spreadsheet",
    "not_of_country",
    "landline",
    "not_mobile",
    "several_numbers",
    "unknown_calling_code",
    "has_extension",
    "not_whole_number",
    "unreadable",
    "spelled_in_letters",
    "too_short_for_route",
    "country_contradicted",
    "not_of_named_country",
    "country_unclear",
    "countries_disagree",
)
"""Every reason, by its index in `Numbers.reason`; the empty one at 0 is a number that can be texted."""

REASON: dict[str, int] = {code: index for index, code in enumerate(REASON_CODES)}

# The provider takes recipients of the form ^[1-9]\d{9,14}$; E.164 itself allows at most 15 digits.
LEAST_DIGITS, MOST_DIGITS = 10, 15


class NumberRead(NamedTuple):
    """One cell, read: the number in E.164 with its plus sign ("" if it cannot be texted), its kind (NO_KIND if it is
    no valid number), the reason code ("" if it can be texted) and, where the cell holds several numbers, those of
    them that can be texted."""

    e164: str
    kind: int
    code: str
    extra: tuple[str, ...] = ()

    @property
    def msisdn(self) -> int:
        """The digits as an integer, 0 where there is no number."""
        return int(self.e164[1:] or 0)


def find_refusal(kind: int, digits: int) -> str:
    """Return why a valid number of this kind and this many digits in E.164 cannot be texted; "" if it can."""
    if kind == NumberKind.FIXED_LINE:
        return "landline"
    if kind not in TEXTABLE:
        return "not_mobile"
    if digits > MOST_DIGITS:
        return "too_long"
    return "too_short_for_route" if digits < LEAST_DIGITS else ""
