"""What the metadata of `phonenumbers` says of regions, calling codes and lengths.

Its look-ups answer None for what they do not know. Whoever asks here knows the region or the code from the library's
own lists, so None would be a fault of ours and is raised as KeyError.
"""

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


def get_calling_code(region: str) -> int:
    """Return the calling code of a region of `phonenumbers.SUPPORTED_REGIONS`."""
    code = get_region_metadata(region).country_code
    if code is None:
        raise KeyError(region)
    return code


def get_region_metadata(region: str) -> PhoneMetadata:
    """Return the metadata of a region of `phonenumbers.SUPPORTED_REGIONS`."""
    found = PhoneMetadata.metadata_for_region(region, None)
    if found is None:
        raise KeyError(region)
    return found


def get_metadata(code: int, region: str) -> PhoneMetadata:
    """Return the metadata of a region, or of a calling code that belongs to no country."""
    if region in SUPPORTED_REGIONS:
        return get_region_metadata(region)
    found = PhoneMetadata.metadata_for_nongeo_region(code, None)
    if found is None:
        raise KeyError(code)
    return found


def explain_length(code: int, length: int) -> int:
    """Return why a national number of this length, parsed but of no plan, is refused: a negative reason index."""
    if length < 2:
        return TOO_SHORT
    if length > LONGEST_NATIONAL:
        return TOO_LONG
    return explain_impossible(PhoneNumber(country_code=code, national_number=10 ** (length - 1)))


_LENGTH_REASONS = {
    ValidationResult.TOO_SHORT: TOO_SHORT,
    ValidationResult.IS_POSSIBLE_LOCAL_ONLY: TOO_SHORT,
    ValidationResult.TOO_LONG: TOO_LONG,
}


def explain_impossible(number: PhoneNumber) -> int:
    """Return why a number that was parsed and is not valid is refused, by the lengths of its country's mobiles."""
    result = is_possible_number_for_type_with_reason(number, PhoneNumberType.MOBILE)
    return _LENGTH_REASONS.get(result, NOT_OF_COUNTRY)
