"""The columns that say in which country each row's number is meant: found, read, and held against each other."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.errors import SheetError, explain
from smscore.phones import DEFAULT, Country, find_country_in_header, read_country
from smscore.sheets import Sheet
from smscore.tables.texts import join_chunks

from .column_hints import column_choices, resolve_column, split_words, squeeze, take_sample
from .country_lookalikes import Look, look_at_codes

UNCLEAR, DISAGREE = -2, -3
"""In place of the index of a country: the cell cannot be understood; two places name different countries."""
SURE, FAIR = 0.8, 0.3
"""The least share of filled cells that are understood: of a column whose name may mean something else, or says
nothing; of one that is called a country or a calling code, whose other cells are then problems."""

# What a column of countries or calling codes is called. The rule: a header that holds one of SAID, or has one of
# SAID_WORDS among its words, is one; a header that is one of MAY is one where nearly all of its cells are understood;
# one that holds any of NEVER names the country of something else than the phone.
SAID = (
    *("country", "isdcode", "stdisd", "dialcode", "dialingcode", "diallingcode", "callingcode", "phonecode"),
    *("mobilecode", "intlcode", "internationalcode", "countryiso", "ländervorwahl", "landesvorwahl", "indicatif"),
    *("देश", "राष्ट्र", "দেশ", "દેશ", "ਦੇਸ਼", "நாடு", "దేశం", "ದೇಶ", "രാജ്യം", "страна", "国家", "國家"),
)
SAID_WORDS = frozenset({"isd", "nation", "pays", "país", "paese", "negara", "prefijo", "prefisso", "vorwahl", "ملک"})
MAY = frozenset({"cc", "code", "prefix", "iso", "iso2", "iso3", "isocode", "alpha2", "alpha3", "region", "territory"})
MAY |= {"std", "stdcode", "land", "कोड", "dial", "ctry", "cntry", "phoneprefix", "mobileprefix", "areacode", "market"}
# Beside these words, or as one of these, a header says country too weakly for codes that may be something else.
SAYS_LITTLE = frozenset({"prefix", "prefijo", "prefisso", "vorwahl", "state", "province", "title", "salutation"})
SAYS_ISO = frozenset({"cc", "iso", "iso2", "iso3", "isocode", "alpha2", "alpha3", "ctry", "cntry"})
NEVER = (
    *("birth", "born", "nationality", "citizen", "passport", "visa", "origin", "destination", "travel", "bank"),
    *("emergency", "alternate", "currency", "tax", "manufactur", "former", "previous", "shipping", "जन्म"),
)
_NO_NAME = re.compile(r"Column [A-Z]+")
_SURE_FORM = re.compile(r"\W*\+\s*\d{1,3}\W*|[\U0001f1e6-\U0001f1ff]{2}.*|.*\(\s*\+\d{1,3}\s*\)\W*")


@dataclass(frozen=True)
class _Source:
    """One place that names countries: a column of the sheet, or the header of the numbers' own column."""

    column: str
    cells: pa.DictionaryArray
    in_header: bool = False

    def explain_places(self) -> pa.StringArray:
        """Return words for each distinct cell: "the column ISD says 44"; "" for a blank one."""
        code = "country_in_header" if self.in_header else "country_in_cell"
        cells = (cell.strip() for cell in self.cells.dictionary.to_pylist())
        said = [explain(code, column=self.column[:40], said=cell[:40]).sentence if cell else "" for cell in cells]
        return pa.array(said, pa.string())


@dataclass(frozen=True)
class Evidence:
    """In which country the number of each row is meant. `which` (int32, one per row of the sheet's table) is an index
    into `countries`, or DEFAULT, UNCLEAR, DISAGREE; `source` (int8) tells which of `sources` decided it, -1: none."""

    countries: tuple[Country, ...]
    which: np.ndarray
    source: np.ndarray
    sources: tuple[_Source, ...]

    def names(self, places: np.ndarray) -> pa.StringArray:
        """Return what the country of each of some rows is called; "" where none is known."""
        return self._take([country.name for country in self.countries], places)

    def regions(self, places: np.ndarray) -> pa.StringArray:
        """Return the region of each of some rows; "" where none is known."""
        return self._take([country.region for country in self.countries], places)

    def _take(self, words: list[str], places: np.ndarray) -> pa.StringArray:
        which = self.which[places]
        return pa.array([*words, ""], pa.string()).take(pa.array(np.where(which < 0, len(words), which)))

    def explain_places(self, places: np.ndarray) -> pa.StringArray:
        """Return words for what decided each of some rows; where sources disagree, all of them."""
        parts = [source.explain_places().take(source.cells.indices.take(pa.array(places))) for source in self.sources]
        every = self.which[places] == DISAGREE
        shown = [pc.if_else(every | (self.source[places] == at), part, "") for at, part in enumerate(parts)]
        joined = pc.binary_join_element_wise(*shown, ", ") if len(shown) > 1 else shown[0]
        return pc.replace_substring_regex(pc.utf8_trim(joined, ", "), "(, )+", ", ")

    def cell(self, place: int) -> tuple[str, str]:
        """Return the column, and its cell in one row, to correct where no country can be told."""
        source = self.sources[self.source[place]]
        return source.column, source.cells[place].as_py()


def find_country_columns(sheet: Sheet, chosen: tuple[str, ...] | None, phone: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the columns chosen, or, where `chosen` is None, those that are called so and hold countries or codes.

    Not among them are those that were chosen to hold the numbers. Raises SheetError("no_such_country_column").
    """
    if chosen is not None:
        return tuple(dict.fromkeys(resolve_column(sheet, name, "no_such_country_column") for name in chosen))
    names = [name for name in sheet.table.column_names if name not in phone]
    return tuple(name for name in names if _look_at_column(name, sheet.table.column(name)) is Look.COUNTRIES)


def find_unread_columns(sheet: Sheet, used: Iterable[str]) -> tuple[str, ...]:
    """Return the columns that are called a country and not used, because hardly a cell of them is understood."""
    names = (name for name in sheet.table.column_names if name not in used and is_called_country(name))
    return tuple(name for name in names if len(take_sample(sheet.table.column(name))))


def ask_for_countries(sheet: Sheet, used: tuple[str, ...], phones: tuple[str, ...], region: str) -> None:
    """Refuse to read a number as one of `region` where an unused column of its row may say another country.

    Raises SheetError: which_country_column (a column is called a country, and hardly a cell of it is understood),
    country_column_doubtful (its cells may be countries, or states, or titles).
    """
    unread = find_unread_columns(sheet, (*used, *phones))
    doubtful = tuple(name for name in _find_doubtful_columns(sheet, region) if name not in (*used, *phones, *unread))
    for code, columns in (("which_country_column", unread), ("country_column_doubtful", doubtful)):
        if columns and _read_without_word(sheet.table, columns, used, phones):
            facts = {"columns": ", ".join(columns), "column": columns[0]}
            cells = take_sample(sheet.table.column(columns[0])).unique().to_pylist()
            said = ", ".join(dict.fromkeys(cell.strip()[:20] for cell in cells if cell.strip()))
            raise SheetError(code, choices=column_choices(sheet), said=said[:80], **facts)


def _find_doubtful_columns(sheet: Sheet, region: str) -> tuple[str, ...]:
    names = [name for name in sheet.table.column_names if _may_be_doubtful(name)]
    doubtful = (name for name in names if _look_at_column(name, sheet.table.column(name)) is Look.DOUBTFUL)
    return tuple(name for name in doubtful if _names_another(sheet.table.column(name), region))


def _may_be_doubtful(name: str) -> bool:
    named = is_called_country(name) or squeeze(name) in MAY or _NO_NAME.fullmatch(name)
    return bool(named) and not _says_country(name)


def _names_another(column: pa.ChunkedArray, region: str) -> bool:
    """Whether a cell of a column may mean another country than `region`."""
    countries = map(read_country, pc.unique(column).to_pylist())
    return any(country.region != region for country in countries if country)


def _read_without_word(
    table: pa.Table, unread: tuple[str, ...], used: tuple[str, ...], phones: tuple[str, ...]
) -> bool:
    """Whether a number without a calling code stands in a row of which only `unread` columns say something."""
    said = _find_filled(table.select(unread)) & ~_find_filled(table.select(used))
    return any((said & _lacks_code(table.column(name))).any() for name in phones)


def _find_filled(table: pa.Table) -> np.ndarray:
    filled = np.zeros(table.num_rows, np.bool_)
    for column in table.columns:
        filled |= pc.match_substring_regex(column, r"\S").to_numpy()
    return filled


def _lacks_code(column: pa.ChunkedArray) -> np.ndarray:
    """Return where a cell holds a digit, and neither a plus sign nor two zeros before the others."""
    has_code = pc.match_substring_regex(column, r"^\P{Nd}*(?:[+\x{ff0b}]|00)").to_numpy()
    return ~has_code & pc.match_substring_regex(column, r"\p{Nd}").to_numpy()


def _look_at_column(name: str, column: pa.ChunkedArray) -> Look:
    called, may = is_called_country(name), squeeze(name) in MAY
    if any(word in squeeze(name) for word in NEVER):
        return Look.SOMETHING_ELSE
    cells = [cell for cell in take_sample(column).to_pylist() if cell.strip()]
    if not cells or not (called or may or _NO_NAME.fullmatch(name) or _SURE_FORM.fullmatch(cells[0])):
        return Look.SOMETHING_ELSE
    understood = sum(read_country(cell) is not None for cell in cells)
    if understood < len(cells) * (FAIR if called else SURE if may else 1):
        return Look.SOMETHING_ELSE
    if not (called or may or (all(map(_is_surely_country, set(cells))) and max(map(len, cells)) > 2)):
        return Look.SOMETHING_ELSE
    return Look.COUNTRIES if _says_country(name) else look_at_codes(cells)


def _says_country(name: str) -> bool:
    """Whether a header leaves no doubt that its column's codes are those of countries."""
    called = is_called_country(name) and not split_words(name) & SAYS_LITTLE
    return called or squeeze(name) in SAYS_ISO


def is_called_country(name: str) -> bool:
    """Return whether a header says that its column holds countries or calling codes."""
    plain = squeeze(name)
    if any(word in plain for word in NEVER):
        return False
    return any(squeeze(word) in plain for word in SAID) or bool(split_words(name) & SAID_WORDS)


def _is_surely_country(cell: str) -> bool:
    plain = cell.strip()
    return bool(_SURE_FORM.fullmatch(cell)) or len(plain) > 3 or plain.casefold() in ("uk", "usa", "uae", "ksa")


def collect_evidence(table: pa.Table, columns: tuple[str, ...], phone: str) -> Evidence | None:
    """Return what `columns` and the header of the column `phone` say about each row; None where nothing does."""
    sources = [_Source(name, join_chunks(table.column(name)).dictionary_encode()) for name in columns if name != phone]
    if find_country_in_header(phone):
        alike = pa.DictionaryArray.from_arrays(pa.array(np.zeros(table.num_rows, np.int32)), pa.array([phone]))
        sources.append(_Source(phone, alike, in_header=True))
    return _combine(tuple(sources), table.num_rows) if sources else None


def _combine(sources: tuple[_Source, ...], count: int) -> Evidence:
    countries: dict[Country, int] = {}
    which, deciding = np.full(count, DEFAULT, np.int32), np.full(count, -1, np.int8)
    for at, source in enumerate(sources):
        found = _read_source(source, countries)
        fresh = (which == DEFAULT) & (found != DEFAULT)
        both = (which >= 0) & (found >= 0)
        unclear = (which >= 0) & (found == UNCLEAR)
        better, apart = _compare(tuple(countries), which, found, both)
        taken = fresh | better | unclear
        which[taken], deciding[taken] = found[taken], at
        which[apart] = DISAGREE
        deciding[apart & (not source.in_header)] = at
    return Evidence(tuple(countries), which, deciding, sources)


def _read_source(source: _Source, countries: dict[Country, int]) -> np.ndarray:
    """Return the country of each row as an index; `countries` grows by those that were not there yet."""
    of_cell = []
    for cell in source.cells.dictionary.to_pylist():
        country = find_country_in_header(cell) if source.in_header else read_country(cell)
        blank = DEFAULT if not cell.strip() else UNCLEAR
        of_cell.append(blank if country is None else countries.setdefault(country, len(countries)))
    return np.array(of_cell, np.int32)[source.cells.indices.to_numpy()] if of_cell else np.zeros(0, np.int32)


def _compare(
    countries: tuple[Country, ...], before: np.ndarray, found: np.ndarray, both: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return, among rows of which two sources name a country, where the second is more exact, and where they differ."""
    better, apart = np.zeros(len(both), np.bool_), np.zeros(len(both), np.bool_)
    pairs = np.unique(np.stack([before[both], found[both]], axis=1), axis=0)
    for first, second in pairs.tolist():
        rows = both & (before == first) & (found == second)
        one, other = countries[first], countries[second]
        apart |= rows & (one.code != other.code or (one.named and other.named and one.region != other.region))
        better |= rows & (one.code == other.code and other.named and not one.named)
    return better, apart
