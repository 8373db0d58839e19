"""Which country a written country or calling code means: "+44", "0044", "(44)", "GBR", "India (+91)", "भारत", 🇬🇧."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple
from unicodedata import normalize

from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, SUPPORTED_REGIONS

from .country_names import get_region_name, load_english_names, load_translated_names, squeeze
from .metadata import get_calling_code, get_region_metadata

LONGEST = 80
"""Characters after which a cell is a text and no country."""
_FLAG_A = 0x1F1E6
_FLAG = re.compile("[\U0001f1e6-\U0001f1ff]{2}")
_CODE = re.compile(r"(?:\+|(?<![\d.])00)?\s*\d[\d\s-]*(?:\.0*(?!\d))?")
_NOT_GIVEN = re.compile(r"(?i)n[/.\\]\s*a\.?")  # and not Namibia, which is "NA"
_NO_NAME = re.compile(r"[\W\d_]*")


class Country(NamedTuple):
    """A region of `phonenumbers`.

    `named` says whether the country itself was named; of a calling code that several countries share, any of them may
    be meant.
    """

    region: str
    named: bool

    @property
    def code(self) -> int:
        """The calling code."""
        return get_calling_code(self.region)

    @property
    def name(self) -> str:
        """What sentences call it: "United Kingdom", or "+44" where only the calling code is known."""
        return get_region_name(self.region) if self.named else f"+{self.code}"


@lru_cache(maxsize=4096)
def read_country(text: str) -> Country | None:
    """Return the country that a cell means; None where it is blank, not understood or names two different ones."""
    plain = normalize("NFKC", text[: LONGEST + 1]).strip(" \t\n'\"`=")
    if not plain or len(plain) > LONGEST or _NOT_GIVEN.fullmatch(plain):
        return None
    named = _read_name(plain)
    return named or _read_parts(plain)


def _read_name(text: str) -> Country | None:
    region = _find_region(text)
    return Country(region, True) if region else None


def _find_region(text: str) -> str | None:
    if _NO_NAME.fullmatch(text):
        return None
    name = squeeze(text)
    # Names come from libraries, because a list of our own would always lack one.
    return load_english_names().get(name) or load_translated_names().get(name)


def _read_parts(text: str) -> Country | None:
    """Return the country that the flags, the calling code and the words of a cell mean, where all of them agree."""
    read = [_read_flag(flag) for flag in _FLAG.findall(text)]
    rest = _FLAG.sub(" ", text)
    read += [_read_code(code) for code in _CODE.findall(rest)]
    words = [
        part for part in re.split(r"[()\[\]/|:,;]|\s[-–—]\s", _CODE.sub(" ", rest)) if not _NO_NAME.fullmatch(part)
    ]
    read += [_read_name(word.strip(" -+.")) for word in words]
    found = [country for country in read if country]
    if not found or len(found) < len(read) or len({country.code for country in found}) > 1:
        return None
    named = {country.region for country in found if country.named}
    return Country(named.pop(), True) if len(named) == 1 else (None if named else found[0])


def _read_flag(flag: str) -> Country | None:
    region = "".join(chr(ord(sign) - _FLAG_A + ord("A")) for sign in flag)
    return Country(region, True) if region in SUPPORTED_REGIONS else None


def _read_code(written: str) -> Country | None:
    """Return the country of a calling code, which first digits of a number may follow ("1-876" is Jamaica's)."""
    digits = "".join(str(int(sign)) for sign in written.partition(".")[0] if sign.isdecimal())
    digits = digits.removeprefix("00") if not written.lstrip().startswith("+") else digits
    for length in (3, 2, 1):
        code = int(digits[:length] or 0)
        if code in COUNTRY_CODE_TO_REGION_CODE and str(code) == digits[:length]:
            return _find_by_digits(code, digits[length:])
    return None


def _find_by_digits(code: int, first: str) -> Country | None:
    regions = COUNTRY_CODE_TO_REGION_CODE[code]
    if not first:
        return Country(regions[0], False) if regions[0] in SUPPORTED_REGIONS else None
    for region in regions:
        leading = get_region_metadata(region).leading_digits if len(regions) > 1 else None
        if leading and re.fullmatch(leading, first):
            return Country(region, True)
    return None


_ABBREVIATED = frozenset({"uk", "u.k.", "usa", "u.s.a.", "uae", "u.a.e.", "ksa"})
_BRACKETED = re.compile(r"[(\[]([^)\]]+)[)\]]")
_A_WORD_TOO = frozenset({"NO", "ID", "PH", "TO", "CC"})
"""Codes of countries that headers hold in brackets in another sense: "Phone (no)"."""


def _read_header_words(words: str) -> Country | None:
    # The names in other languages take a second to load: not for every sheet with a column "City".
    return _read_name(words) if not words.isascii() or squeeze(words) in load_english_names() else None


@lru_cache(maxsize=1024)
def find_country_in_header(header: str) -> Country | None:
    """Return the country that a column's header names beside what the column holds; None for none, or several.

    Examples: "UK mobile", "Mobile (UAE)", "Phone +44", "phone_uk".
    """
    plain = re.sub(r"(?<=[a-z])(?=[A-Z])|_", " ", normalize("NFKC", header[:LONGEST]))
    words = re.findall(r"[^\s()\[\],:;/+-]+", plain)
    tried = [part.strip() for part in _BRACKETED.findall(plain)]
    tried = [part for part in tried if len(part) > 3 or (part.isupper() and part not in _A_WORD_TOO)]
    tried += re.findall(r"\+\s*\d{1,4}", plain) + [word for word in words if word.casefold() in _ABBREVIATED]
    long = [word for word in words if len(word) > 3 and word.isalpha()]
    named = map(_read_header_words, (*long, *map(" ".join, zip(words, words[1:], strict=False)), " ".join(long)))
    found = {country for country in (*map(read_country, tried), *named) if country}
    if len({country.code for country in found}) != 1:
        return None
    return next((country for country in found if country.named), min(found))
