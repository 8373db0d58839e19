"""Written numbers in, numbers that can be texted out, or a reason for each that cannot.

The rules are those of the installed `phonenumbers`, row for row, after repairing what spreadsheets do to numbers.
Read `scalar` first: it says what happens to one cell. `columns` does the same to a million at once, walking the
`automaton` that `rulebook` puts together, as the digit automata of `dfa`, from the library's metadata.
"""

from phonenumbers import SUPPORTED_REGIONS

from .by_country import DEFAULT, NumbersByCountry, read_numbers_by_country
from .countries import Country, country_in_header, read_country
from .metadata import calling_code
from .reading import Numbers, Validated, as_e164, number_like, read_numbers, validate_numbers
from .scalar import read_number
from .types import NO_KIND, REASON_CODES, NumberKind, NumberRead


def regions() -> tuple[tuple[str, int], ...]:
    """Every region that numbers can be read for, by its two letters, with its calling code: (("AC", 247), …)."""
    return tuple((region, calling_code(region)) for region in sorted(SUPPORTED_REGIONS))


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
    "regions",
    "validate_numbers",
]
