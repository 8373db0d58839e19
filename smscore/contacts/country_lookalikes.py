"""Salutations, answers, states and given names that are codes or names of countries as well: MR is Mauritania, MH the
Marshall Islands, CA Canada, NO Norway. Only under a header that says country are they read as one without asking."""

from __future__ import annotations

from collections.abc import Iterable
from enum import Enum
from functools import cache

import pycountry

from smscore.phones import read_country

from .column_hints import squeeze

SALUTATIONS = frozenset(
    {
        *("mr", "mrs", "ms", "miss", "mx", "master", "dr", "prof", "sir", "madam", "mme", "mlle", "herr", "frau"),
        *("shri", "shree", "sri", "smt", "kum", "kumari", "km", "er", "adv", "ca", "capt", "col", "maj", "lt", "gen"),
        *("fr", "st", "rev", "hon", "pt", "md", "sr", "sra", "srta", "jr", "श्री", "श्रीमती", "सुश्री", "कुमारी", "डॉ"),
    }
)
ANSWERS = frozenset({"yes", "no", "y", "n", "na", "si", "sí", "ja", "nein", "true", "false", "हाँ", "हां", "नहीं"})
GIVEN_NAMES = frozenset({"jordan", "chad", "israel", "kenya", "georgia"})
_TITLES = frozenset({"mr", "ms", "mx"})
"""Alone in a column they are titles, though two are codes: hardly a list names only Mauritania and Montserrat."""
# Those that people write in addresses by their code, as far as the codes are letters.
_STATES_OF = ("IN", "US", "CA", "AU")
_ALSO_IN_INDIA = ("UK", "UA", "UT", "OR", "OD", "TS", "TG", "CG", "CT", "DD", "DN", "DH", "PB", "WB")
"""Codes of number plates, and older ones, which ISO 3166-2 does not have."""


class Look(Enum):
    """What a column of codes looks like."""

    COUNTRIES = "countries"
    DOUBTFUL = "doubtful"
    SOMETHING_ELSE = "something else"


@cache
def _states() -> tuple[frozenset[str], ...]:
    """Return the squeezed codes and names of states: one set for India, one for Australia, one for North America,
    whose sheets mix both countries."""
    listed = {region: set[str]() for region in _STATES_OF}
    for state in pycountry.subdivisions:
        if state.country_code in listed:
            listed[state.country_code] |= {squeeze(state.name), squeeze(state.code.partition("-")[2])}
    listed["IN"] |= {code.casefold() for code in _ALSO_IN_INDIA}
    return frozenset(listed["IN"]), frozenset(listed["AU"]), frozenset(listed["US"] | listed["CA"])


def look_at_codes(cells: Iterable[str]) -> Look:
    """Tell what the filled cells of a column are, whose header does not say country.

    A word that is no country but a salutation, an answer or a state ("Mrs", "Yes", "KA") says that the others of the
    same kind are none either, unless the column names other countries besides. Where every cell may be both, as CA, IN
    and DE may, it is doubtful.
    """
    words = {squeeze(cell) for cell in cells} - {""}
    if words <= _TITLES:
        return Look.SOMETHING_ELSE
    for kind in (SALUTATIONS | ANSWERS, GIVEN_NAMES, *_states()):
        alike = words & kind
        if any(read_country(word) is None for word in alike):
            return Look.DOUBTFUL if any(map(read_country, words - alike)) else Look.SOMETHING_ELSE
        if words and alike == words:
            return Look.DOUBTFUL
    return Look.COUNTRIES
