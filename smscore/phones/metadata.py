"""What the metadata of `phonenumbers` says of regions, calling codes and lengths."""

from __future__ import annotations

from phonenumbers import (
    SUPPORTED_REGIONS,
    PhoneMetadata,
    PhoneNumber,
    PhoneNumberType,
    ValidationResult,
    is_possible_number_for_type_with_reason,
)

from .types import REASON

LONGEST_NATIONAL = 17  # ITU says 15; phonenumbers allows 17 and refuses more as too long
TOO_SHORT, TOO_LONG, NOT_OF_COUNTRY = -REASON["too_short"], -REASON["too_long"], -REASON["not_of_country"]


def calling_code(region: str) -> int:
    """The calling code of a region of `phonenumbers.SUPPORTED_REGIONS`."""
    return PhoneMetadata.metadata_for_region(region, None).country_code


def metadata_of(code: int, region: str) -> PhoneMetadata:
    """The metadata of a region, or of a calling code that belongs to no country."""
    if region in SUPPORTED_REGIONS:
        return PhoneMetadata.metadata_for_region(region, None)
    return PhoneMetadata.metadata_for_nongeo_region(code, None)


def length_reason(code: int, length: int) -> int:
    """Why a national number of this length, parsed but of no plan, is refused: the negative index of a reason."""
    if length < 2:
        return TOO_SHORT
    if length > LONGEST_NATIONAL:
        return TOO_LONG
    return possible_reason(PhoneNumber(country_code=code, national_number=10 ** (length - 1)))


_LENGTH_REASONS = {
    ValidationResult.TOO_SHORT: TOO_SHORT,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: TOO_SHORT,
    ValidationResult.TOO_LONG: TOO_LONG,
}


def possible_reason(number: PhoneNumber) -> int:
    """Why a number that was parsed and is not valid is refused, judged by the lengths of its country's mobiles."""
    result = is_possible_number_for_type_with_reason(number, PhoneNumberType.MOBILE)
    return _LENGTH_REASONS.get(result, NOT_OF_COUNTRY)
