"""Reading a column of numbers whose rows say in which country each is meant.

The rows of one country are read together, as `read_numbers` reads a column, so a million rows cost what they cost
without countries. A number is then held against its row's country: one that turns out to belong to another is refused
with a reason, because a stranger would be texted otherwise.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from smscore.tables.texts import join_chunks

from .automaton import POWER
from .countries import Country
from .metadata import get_region_metadata
from .reading import Column, Numbers, convert_column, format_e164, read_numbers
from .scalar import read_number, require_region
from .several import Extra
from .types import NO_KIND, REASON

DEFAULT = -1
"""In place of the index of a country: the row says nothing, so the region of the whole column holds."""
FEW = 3_000
"""Distinct texts up to which one country's are read one by one: to put its automaton together takes as long."""
BELONGING = {
    # A country: regions with numbering plans of their own that people count to it, and that share its calling code.
    "AU": ("CC", "CX"),
    "FI": ("AX",),
    "GB": ("GG", "IM", "JE"),
    "GP": ("BL", "MF"),
    "IT": ("VA",),
    "MA": ("EH",),
    "NO": ("SJ",),
    "RE": ("YT",),
    "US": ("AS", "GU", "MP", "PR", "VI"),
}
_CODES = np.array(list(COUNTRY_CODE_TO_REGION_CODE), np.int64)
_CONTRADICTED, _NOT_OF_NAMED = REASON["country_contradicted"], REASON["not_of_named_country"]


@dataclass(frozen=True)
class NumbersByCountry:
    """`numbers` as from `read_numbers`; `written` int16: the calling code of each number that was refused because it
    belongs to another country than its row, else 0."""

    numbers: Numbers
    written: np.ndarray


def read_numbers_by_country(
    column: Column, countries: Sequence[Country], which: np.ndarray, region: str = "IN", *, several: str = "ask"
) -> NumbersByCountry:
    """Read a column of written numbers, row i as somebody in `countries[which[i]]` means it.

    Where `which[i]` is DEFAULT, it is read as in `region`.

    A number of another country than its row's has the reason country_contradicted (another calling code) or
    not_of_named_country (of the countries that share a calling code, another one). Raises SheetError("unknown_region").
    """
    texts, home = convert_column(column), require_region(region)
    regions = [country.region for country in countries]
    distinct = sorted({*regions, home})
    of_country = np.array([distinct.index(each) for each in (*regions, home)], np.int32)  # DEFAULT is the last
    of_row = of_country[which]
    read = _Reading.allocate(len(texts))
    for at in np.unique(of_row):
        places = np.flatnonzero(of_row == at)
        read.take(places, _read(_take(texts, places), distinct[at], at == of_country[-1], several))
    for index, country in enumerate(countries):
        read.refuse_others(np.flatnonzero(which == index), country)
    extra = Extra.group(*read.list_extras())
    return NumbersByCountry(Numbers(read.msisdn, read.kind, read.reason, extra, texts, home), read.written)


def _take(texts: pa.ChunkedArray, places: np.ndarray) -> pa.ChunkedArray:
    return texts if len(places) == len(texts) else texts.take(pa.array(places))


def _read(texts: pa.ChunkedArray, region: str, at_home: bool, several: str) -> Numbers:
    """Read as `read_numbers` does, without building an automaton for few texts.

    Where a region does not dial abroad with 00, a number that begins so is read with a plus instead: lists write it so
    everywhere.
    """
    few = not at_home and _has_few_distinct(texts)
    numbers = _read_singly(texts, region, several) if few else read_numbers(texts, region, several=several)
    again = np.flatnonzero(numbers.reason != 0)
    again = again[_find_leading_zeros(texts, again)]
    if len(again):
        plus = pc.replace_substring_regex(texts.take(pa.array(again)), r"^([^0-9]*)00\s*", r"\1+")
        found = _read_singly(plus, region, several)
        good = found.reason == 0
        for mine, theirs in (
            (numbers.msisdn, found.msisdn),
            (numbers.kind, found.kind),
            (numbers.reason, found.reason),
        ):
            mine[again[good]] = theirs[good]
    return numbers


def _find_leading_zeros(texts: pa.ChunkedArray, places: np.ndarray) -> np.ndarray:
    some = pc.match_substring_regex(texts.take(pa.array(places)), r"^[^0-9+]*00\s*[1-9]")
    return some.to_numpy() if len(places) else np.zeros(0, np.bool_)


def _has_few_distinct(texts: pa.ChunkedArray) -> bool:
    return len(texts) <= FEW or len(pc.unique(texts)) <= FEW


def _read_singly(texts: pa.ChunkedArray, region: str, several: str) -> Numbers:
    words = join_chunks(texts).dictionary_encode()
    reads = [read_number(text, region, several) for text in words.dictionary.to_pylist()]
    of_row = words.indices.to_numpy()
    msisdn = np.array([read.msisdn for read in reads], np.int64)[of_row]
    kind = np.array([read.kind for read in reads], np.int8)[of_row]
    reason = np.array([REASON[read.code] for read in reads], np.int8)[of_row]
    extra = {row: reads[at].extra for row, at in enumerate(of_row.tolist()) if reads[at].extra}
    return Numbers(msisdn, kind, reason, extra, texts, region)


@dataclass(frozen=True)
class _Reading:
    """What was read so far, by row of the whole column; `named` keeps the numbers of cells that hold several."""

    msisdn: np.ndarray
    kind: np.ndarray
    reason: np.ndarray
    written: np.ndarray
    named: dict[int, tuple[str, ...]]

    @classmethod
    def allocate(cls, count: int) -> _Reading:
        """Return one for a column of `count` rows, nothing read."""
        of_byte = (np.zeros(count, np.int8), np.zeros(count, np.int8))
        return cls(np.zeros(count, np.int64), *of_byte, np.zeros(count, np.int16), {})

    def take(self, places: np.ndarray, numbers: Numbers) -> None:
        for mine, theirs in ((self.msisdn, numbers.msisdn), (self.kind, numbers.kind), (self.reason, numbers.reason)):
            mine[places] = theirs
        self.named.update((int(places[row]), extra) for row, extra in numbers.extra.items())

    def refuse_others(self, places: np.ndarray, country: Country) -> None:
        """Refuse those of the rows whose number is none of `country`."""
        good = places[self.reason[places] == 0]
        code, of_country = _judge(self.msisdn[good], country)
        self._refuse(good[~code], _CONTRADICTED)
        self._refuse(good[code & ~of_country], _NOT_OF_NAMED)
        if self.named:
            self._refuse_several(places, country)

    def _refuse_several(self, places: np.ndarray, country: Country) -> None:
        for row in set(places.tolist()) & self.named.keys():
            others = np.array([int(number[1:]) for number in self.named[row]], np.int64)
            code, of_country = _judge(others, country)
            if self.reason[row] == 0 and not (code & of_country).all():
                self.msisdn[row] = others[~(code & of_country)][0]
                self._refuse(np.array([row]), _NOT_OF_NAMED if code.all() else _CONTRADICTED)

    def _refuse(self, places: np.ndarray, reason: int) -> None:
        self.written[places] = _find_calling_codes(self.msisdn[places])
        self.msisdn[places], self.kind[places], self.reason[places] = 0, NO_KIND, reason

    def list_extras(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the row and the number of each of several numbers in a cell."""
        pairs = [(row, int(number[1:])) for row, extra in self.named.items() for number in extra]
        found = np.array(pairs, np.int64).reshape(-1, 2)
        return found[:, 0], found[:, 1]


def _judge(msisdn: np.ndarray, country: Country) -> tuple[np.ndarray, np.ndarray]:
    """Return of each number whether it has the country's calling code, and whether it is a number of that country."""
    code = country.code
    digits = np.searchsorted(POWER, msisdn, side="right")
    same = msisdn // POWER[np.maximum(digits - len(str(code)), 0)] == code
    if not country.named or len(COUNTRY_CODE_TO_REGION_CODE[code]) == 1:
        return same, same.copy()
    national = pc.utf8_slice_codeunits(format_e164(np.where(same, msisdn, 0)), 1 + len(str(code)))
    own = np.zeros(len(msisdn), np.bool_)
    for region in (country.region, *BELONGING.get(country.region, ())):
        found = pc.match_substring_regex(pc.fill_null(national, ""), _build_mobile_pattern(region))
        own |= found.to_numpy(zero_copy_only=False)
    return same, own


def _find_calling_codes(msisdn: np.ndarray) -> np.ndarray:
    """Return the calling code with which each valid number begins: int16."""
    digits = np.searchsorted(POWER, msisdn, side="right")
    codes = np.zeros(len(msisdn), np.int16)
    for length in (3, 2, 1):  # no calling code is the beginning of another
        lead = msisdn // POWER[np.maximum(digits - length, 0)]
        np.copyto(codes, lead.astype(np.int16), where=np.isin(lead, _CODES), casting="unsafe")
    return codes


def _build_mobile_pattern(region: str) -> str:
    """Return RE2 for the national numbers that can be texted in a region."""
    rules = get_region_metadata(region)
    patterns = [each.national_number_pattern for each in (rules.mobile, rules.fixed_line) if each]
    return "^(?:" + "|".join(pattern for pattern in patterns if pattern) + ")$"
