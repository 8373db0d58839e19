"""Written numbers in, numbers that can be texted out, or a reason for each that cannot.

The rules are those of the installed `phonenumbers`, row for row, after repairing what spreadsheets do to numbers.
Read `scalar` first: it says what happens to one cell. `columns` does the same to a million at once, walking the
`automaton` that `rulebook` puts together, from the library's metadata, as the digit diagrams of `dfa`.
"""

from phonenumbers import SUPPORTED_REGIONS

from .by_country import DEFAULT, NumbersByCountry, read_numbers_by_country
from .countries import Country, find_country_in_header, read_country
from .metadata import get_calling_code
from .reading import Numbers, Validation, format_e164, measure_numbers_share, read_numbers, validate_numbers
from .scalar import read_number
from .types import NO_KIND, REASON_CODES, NumberKind, NumberRead


def list_regions() -> tuple[tuple[str, int], ...]:
    """Return every region that numbers can be read for, two letters and its calling code: (("AC", 247), …)."""
    return tuple((region, get_calling_code(region)) for region in sorted(SUPPORTED_REGIONS))


__all__ = [
    "DEFAULT",
    "NO_KIND",
    "REASON_CODES",
    "Country",
    "NumberKind",
    "NumberRead",
    "Numbers",
    "NumbersByCountry",
    "Validated",
    "as_e164",
    "calling_code",
    "country_in_header",
    "number_like",
    "read_country",
    "read_number",
    "read_numbers",
    "read_numbers_by_country",
    "validate_numbers",
]
