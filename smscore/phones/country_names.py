"""Every name of a country that a sheet may hold, squeezed, with the region of `phonenumbers` that it means.

English, official and coded names come from `pycountry` (ISO 3166) and from `phonenumbers`; names in other languages
from the translations that `pycountry` carries. Only what neither has stands in `ALSO_CALLED`.
"""

from __future__ import annotations

import gettext
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from unicodedata import category, normalize

import pycountry
from phonenumbers import SUPPORTED_REGIONS
from phonenumbers.geodata.locale import LOCALE_DATA

# Everyday names and abbreviations that are no ISO code and no name in the libraries.
ALSO_CALLED = {
    "GB": ("UK", "Great Britain", "Britain", "England", "Scotland", "Wales", "Northern Ireland", "ब्रिटेन", "इंग्लैंड"),
    "US": ("America", "United States America", "U.S. of A.", "Amerika", "अमेरिका"),
    "AE": ("UAE", "U.A.E.", "Emirates", "Dubai", "Abu Dhabi", "Sharjah", "यूएई", "दुबई"),
    "SA": ("KSA", "Kingdom Saudi Arabia"),
    "IN": ("Bharat", "Hindustan", "Republic India", "हिन्दुस्तान", "हिंदुस्तान", "भारतवर्ष", "Bharath", "భారతదేశం"),
    "KR": ("South Korea", "Korea", "Republic Korea", "S Korea", "한국"),
    "KP": ("North Korea",),
    "RU": ("Russia",),
    "HK": ("Hong Kong", "Hongkong", "Hong Kong SAR"),
    "MO": ("Macau", "Macao"),
    "MM": ("Burma",),
    "NL": ("Holland", "The Netherlands"),
    "CZ": ("Czech Republic",),
    "CI": ("Ivory Coast",),
    "TR": ("Turkey",),
    "SZ": ("Swaziland",),
    "CV": ("Cape Verde",),
    "MK": ("Macedonia",),
    "PS": ("Palestine",),
    "CD": ("DR Congo", "DRC"),
    "CG": ("Congo Brazzaville", "Republic Congo"),
    "CN": ("PRC", "Mainland China"),
    "LK": ("Srilanka", "Ceylon"),
    "VN": ("Vietnam",),
    "LA": ("Laos",),
    "BN": ("Brunei",),
    "SY": ("Syria",),
    "IR": ("Iran",),
    "VA": ("Vatican", "Vatican City"),
    "NZ": ("Aotearoa",),
    "XK": ("Kosovo",),
}


def squeeze(name: str) -> str:
    """Return a name without spaces, signs, accents over Latin letters, an article or "of", in one case."""
    plain = normalize("NFKD", name).casefold().replace("&", " and ")
    plain = re.sub("[\u0300-\u036f\u093c]", "", plain)  # Hindi writes its dot below, or leaves it out
    # Not by \W, to which the vowel signs of India's scripts are no letters.
    spaced = "".join(" " if category(sign)[0] in "PSZC" else sign for sign in normalize("NFC", plain))
    return "".join(word for word in spaced.split() if word not in ("the", "of", "and"))


@cache
def load_english_names() -> dict[str, str]:
    """Return squeezed codes and names in English → region."""
    names = {squeeze(name): region for region, called in _list_english() for name in called}
    names |= {squeeze(name): region for region, called in ALSO_CALLED.items() for name in called}
    names.pop("", None)
    return names | {region.casefold(): region for region in SUPPORTED_REGIONS}


def _list_english() -> Iterator[tuple[str, list[str]]]:
    for country in pycountry.countries:
        if country.alpha_2 in SUPPORTED_REGIONS:
            yield country.alpha_2, [country.alpha_3, *_list_spellings(country)]
    for region in SUPPORTED_REGIONS:
        own = LOCALE_DATA.get(region, {}).get("aa", "")  # "aa" is the table's entry for English
        yield region, [own] if own and not own.startswith("*") else []


def _list_spellings(country: object) -> list[str]:
    kinds = ("name", "official_name", "common_name")
    return [getattr(country, kind) for kind in kinds if hasattr(country, kind)]


@cache
def load_translated_names() -> dict[str, str]:
    """Return squeezed names in all other languages → region.

    Reading the translations takes a second, so these are asked for last.

    A name that is two countries in two languages stands for neither.
    """
    meant: dict[str, set[str]] = defaultdict(set)
    for name, region in _list_translations():
        meant[squeeze(name)].add(region)
    return {name: min(regions) for name, regions in meant.items() if len(regions) == 1}


def _list_translations() -> Iterator[tuple[str, str]]:
    countries = [country for country in pycountry.countries if country.alpha_2 in SUPPORTED_REGIONS]
    for locale in sorted(path.name for path in Path(pycountry.LOCALES_DIR).iterdir() if path.is_dir()):
        read = gettext.translation("iso3166-1", pycountry.LOCALES_DIR, languages=[locale], fallback=True).gettext
        for country in countries:
            yield from ((read(name), country.alpha_2) for name in _list_spellings(country))
    for region in SUPPORTED_REGIONS:
        names = LOCALE_DATA.get(region, {}).values()
        yield from ((name, region) for name in names if not name.startswith("*"))


def get_region_name(region: str) -> str:
    """Return what a region is called in English, for sentences; its two letters where no name is known."""
    country = pycountry.countries.get(alpha_2=region)
    return getattr(country, "common_name", country.name) if country else region
