"""Written numbers: every row as `phonenumbers` says, the column the same as the cell, a reason for every refusal."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor

import pandas as pd
import phonenumbers
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import re_util

from smscore.errors import SENTENCES, SheetError
from smscore.phones import (
    NO_KIND,
    REASON_CODES,
    NumberKind,
    list_regions,
    measure_numbers_share,
    read_number,
    read_numbers,
    validate_numbers,
)
from tests.examples import examples
from tests.number_texts import REGIONS, many

ASHA = "+919876543210"


def by_the_book(text: str, region: str) -> tuple[int, str | None]:
    """(kind, E.164) by the library's public functions alone."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return NO_KIND, None
    if not phonenumbers.is_valid_number(number):
        return NO_KIND, None
    e164 = phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
    return phonenumbers.number_type(number), e164


def differing_from_the_book(texts: list[str], region: str) -> list[tuple]:
    found = validate_numbers(texts, region)
    rows = zip(texts, found.kind.tolist(), found.e164.to_pylist(), strict=True)
    return [(text, kind, e164) for text, kind, e164 in rows if (kind, e164) != by_the_book(text, region)]


def differing_from_the_twin(texts: list[str], region: str, several: str = "ask") -> list[tuple]:
    found = read_numbers(texts, region, several=several)
    e164, differing = found.e164.to_pylist(), []
    for row, text in enumerate(texts):
        column = (e164[row] or "", found.kind[row], found.get_code(row), found.extra.get(row, ()))
        if column != read_number(text, region, several) or found.msisdn[row] != int((e164[row] or "+0")[1:]):
            differing.append((text, column))
    return differing


@pytest.mark.parametrize("region", REGIONS[:5])
def test_columns_say_what_the_library_says(region):
    assert differing_from_the_book(many(2_000, region, seed=1), region) == []


@pytest.mark.parametrize("region", REGIONS[:5])
def test_columns_read_as_single_cells_do(region):
    assert differing_from_the_twin(many(2_000, region, seed=2), region) == []


@pytest.mark.parametrize("several", ["first", "all"])
def test_columns_read_several_numbers_as_single_cells_do(several):
    assert differing_from_the_twin(many(2_000, "IN", seed=3), "IN", several) == []


cells = st.one_of(
    st.text(max_size=30),
    st.from_regex(r"[+0-9 ()./,;xX#~\-\u00a0\u200b\u0660-\u0669\uff10-\uff19A-F]{0,24}", fullmatch=True),
    st.from_regex(
        r"(\+|00|0)?(91|1|44|39)?[ -]?0?[1-9][0-9]{3,5}[ .\-/]?[0-9]{3,6}( ?(ext|x|;|,|/) ?[0-9]+)?", fullmatch=True
    ),
)


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(cells, min_size=1, max_size=40), st.sampled_from(REGIONS[:5]), st.sampled_from(["ask", "first", "all"]))
def test_any_cells_read_alike_alone_and_in_a_column(texts, region, several):
    assert differing_from_the_book(texts, region) == []
    assert differing_from_the_twin(texts, region, several) == []


def differing_in_bulk(region: str, seed: int) -> tuple[int, list, list]:
    """Compare one lot of hostile texts with the library, and every fourth of them with the twin."""
    re_util.enable_pattern_cache()
    texts = many(BULK, region, seed)
    return len(texts), differing_from_the_book(texts, region), differing_from_the_twin(texts[::4], region)


BULK, LOTS = 20_000, 100


@pytest.mark.slow
def test_two_million_hostile_texts_read_as_the_library_says():
    lots = [(REGIONS[lot % len(REGIONS)], 1_000 + lot) for lot in range(LOTS)]
    with ProcessPoolExecutor(2) as pool:
        found = list(pool.map(differing_in_bulk, *zip(*lots, strict=True)))
    assert sum(count for count, _, _ in found) == 2_000_000
    assert [texts for _, book, twin in found for texts in book + twin] == []


@pytest.mark.slow
def test_every_region_of_the_world_reads_as_the_library_says():
    differing = {region: differing_from_the_book(many(500, region, seed=5), region) for region, _ in list_regions()}
    assert {region: rows for region, rows in differing.items() if rows} == {}


def test_a_column_longer_than_a_chunk_keeps_its_rows():
    texts = ["9876543210", "12345", "9876543210 / 9876543211"] * 100_000
    one, two = read_numbers(texts, threads=1, several="all"), read_numbers(pd.Series(texts), threads=2, several="all")
    assert one.e164.equals(two.e164)
    assert one.reason.tolist() == two.reason.tolist() == [0, REASON_CODES.index("too_short"), 0] * 100_000
    assert len(two.extra) == 100_000
    assert two.extra[299_999] == (ASHA, "+919876543211")
    assert 299_998 not in two.extra


@pytest.mark.parametrize(
    "text",
    [
        "+91 98765 43210",
        "(+91) 98765-43210",
        "0091 9876543210",
        "09876543210",
        "98765\u00a043210",
        "\u200e+919876543210\u202c",
        "９８７６５４３２１０",
        "९८७६५४३२१०",
        "'9876543210",
        '="9876543210"',
        "tel:+919876543210",
        "919876543210.0",
        "9.19876543210E+11",
        "9,876,543,210.00",
        "9876543210 or +91 98765 43210",
        "98765.43210",
    ],
)
def test_one_person_in_many_spellings(text):
    assert read_number(text) == (ASHA, NumberKind.MOBILE, "", ())
    assert read_numbers([text]).e164.to_pylist() == [ASHA]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "blank"),
        (" \u00a0\u200b", "blank"),
        ("n/a", "no_digits"),
        ("अआ", "no_digits"),
        ("12345", "too_short"),
        ("98765432101", "too_long"),
        ("091 9876543210", "too_long"),
        ("123456789012345680", "too_long"),
        ("9.19877E+11", "damaged_by_spreadsheet"),
        ("9.198765432E+11", "damaged_by_spreadsheet"),
        ("9876543210.5", "not_whole_number"),
        ("-919876543210", "not_whole_number"),
        (" -919876543210", "not_whole_number"),
        ("2012345678", "not_of_country"),
        ("022 27541234", "landline"),
        ("1800 123 456", "not_mobile"),
        ("+999 123456", "unknown_calling_code"),
        ("+1 202 555 0100 ext 5", "has_extension"),
        ("987654 Ajay", "spelled_in_letters"),
        ("98765 @ 43210", "unreadable"),
        ("9876543210 / 9876543211", "several_numbers"),
        ("+290 51234", "too_short_for_route"),
    ],
)
def test_every_refusal_has_its_reason(text, code):
    read = read_number(text)
    assert (read.code, read.e164) == (code, "")
    numbers = read_numbers([text])
    assert (numbers.get_code(0), numbers.e164.to_pylist(), numbers.msisdn.tolist()) == (code, [None], [0])


def test_every_reason_has_its_sentences():
    assert [code for code in REASON_CODES[1:] if not all(SENTENCES.get(code, ("",)))] == []


def test_several_numbers_are_named_and_used_as_asked():
    cell = "98765 43210 / 98765 43211 / 022 27541234"
    both = (ASHA, "+919876543211")
    assert read_number(cell) == ("", NO_KIND, "several_numbers", both)
    assert read_number(cell, several="first") == (ASHA, NumberKind.MOBILE, "", ())
    assert read_number(cell, several="all") == (ASHA, NumberKind.MOBILE, "", both)


def test_a_column_may_come_in_chunks_slices_and_nulls():
    column = pa.chunked_array([pa.array(["x", "9876543210", None]).slice(1), pa.array([], pa.string()), ["12345"]])
    numbers = read_numbers(column)
    assert numbers.e164.to_pylist() == [ASHA, None, None]
    assert [numbers.get_code(row) for row in range(3)] == ["", "blank", "too_short"]


def test_an_empty_column_reads_as_nothing():
    assert len(read_numbers([])) == 0
    assert len(validate_numbers([]).kind) == 0


def test_the_region_decides_how_national_numbers_read():
    assert read_number("07400 123456", "gb").e164 == "+447400123456"
    with pytest.raises(SheetError, match="XX isn't a country"):
        read_numbers(["1"], "XX")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("447400123456", "missing leading +? +44 7400 123456"),
        ("091 9876543210", "digits before it? +91 98765 43210"),
        ("9876543210 Ramesh", "looks like +91 98765 43210"),
        ("+1 202 555 0100 ext 5", "looks like +1 202-555-0100"),
        ("9876543210;9876543211", "+91 98765 43210 or +91 98765 43211"),
        ("9.19877E+11", ""),
        ("12345", ""),
    ],
)
def test_refusals_suggest_what_was_meant(text, words):
    assert read_numbers([text]).suggest(0) == words


@given(st.lists(st.sampled_from(many(3_000, "IN", seed=6)), max_size=40), st.sampled_from(["ask", "all"]))
@settings(max_examples=examples(40), deadline=None)
def test_a_column_suggests_what_each_of_its_cells_does(texts, several):
    numbers = read_numbers(texts, "IN", several=several)
    assert numbers.list_suggestions() == [numbers.suggest(row) for row in range(len(texts))]


def test_a_phone_column_is_told_from_others():
    assert measure_numbers_share(["98765 43210", "", "9876543211 / 9876543212"]) == 1.0
    assert measure_numbers_share(["Pune", "411001", "27", ""]) == 0.0


def test_regions_are_named_with_their_calling_codes():
    assert ("IN", 91) in list_regions()
    assert len(list_regions()) == len(phonenumbers.SUPPORTED_REGIONS)


@pytest.mark.parametrize(
    "text",
    [
        "-98674",
        "-9876543119",
        "-141884",
        "2054-05-04",
        "9876-05-04 03:02:01",
        "9876543210.5",
        "36:00:00",
        "9.8E+9",
        "98765,5",
    ],
)
def test_digits_that_a_formula_has_destroyed_are_no_ground_for_a_suggestion(text):
    numbers = read_numbers([text])
    assert (numbers.e164[0].as_py(), numbers.suggest(0)) == (None, "")
