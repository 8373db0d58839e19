"""What a row says of the country of its number beats the country of the whole sheet, and nothing contradicts it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE, PhoneNumberType, example_number_for_type, parse

from smscore.command import main
from smscore.contacts import Choice, build_audience, correct_sheet
from smscore.contacts.countries import is_called_country
from smscore.errors import SheetError
from smscore.phones import find_country_in_header, read_country, read_number, read_numbers_by_country
from smscore.phones.country_names import load_english_names, squeeze
from tests.examples import examples
from tests.test_contacts import fates, sheet_of

DATA = Path(__file__).parent / "data" / "people"
UK, US, INDIA = "7911123456", "9495550123", "9876543210"


def outcome(audience) -> dict[int, str]:
    contacts = audience.tables.contacts.select(["row", "phone"]).to_pylist()
    problems = audience.tables.problems.select(["row", "code"]).to_pylist()
    return {one["row"]: one["phone"] for one in contacts} | {one["row"]: one["code"] for one in problems}


@pytest.mark.parametrize(
    ("written", "region", "named"),
    [
        *((text, "GB", False) for text in ("+44", "44", "0044", "(44)", "'+44", "44.0", "+ 44", " 44 ", "４４", "४४")),
        *((text, "GB", True) for text in ("GB", "gbr", "UK", "U.K.", "United Kingdom", "England", "🇬🇧", "UK (+44)")),
        *((text, "IN", True) for text in ("India (+91)", "IN +91", "91-IN", "भारत", "India / IN", "🇮🇳 +91", "இந்தியா")),
        *((text, "KR", True) for text in ("Korea, Republic of", "South Korea", "한국", "kor")),
        *((text, "DE", True) for text in ("Deutschland", "Allemagne", "Alemania", "+49 Germany")),
        *((text, "JM", True) for text in ("Jamaica", "+1-876", "1876")),
        ("+1", "US", False),
        ("+7 (KZ)", "KZ", True),
        ("संयुक्त अरब अमीरात", "AE", True),
    ],
)
def test_a_country_is_understood_however_it_is_written(written, region, named):
    assert read_country(written) == (region, named)


@pytest.mark.parametrize(
    "written", ["", " ", "n/a", "Atlantis", "12345", "India, UK", "UK (+91)", "+0", "044", "x" * 200]
)
def test_what_is_no_country_is_not_guessed(written):
    assert read_country(written) is None


def test_every_iso_code_and_name_is_the_country_that_the_numbers_library_knows():
    assert {load_english_names()[squeeze(region)] for region in ("gb", "IN", "us")} == {"GB", "IN", "US"}
    for code, regions in COUNTRY_CODE_TO_REGION_CODE.items():
        if regions[0] != "001":
            assert read_country(f"+{code}").code == code == read_country(regions[0]).code


@pytest.mark.parametrize(
    ("header", "region"),
    [
        *(("UK mobile", "GB"), ("Mobile (UAE)", "AE"), ("Phone +44", "GB"), ("phone_uk", "GB"), ("MobileUK", "GB")),
        *(
            ("Singapore mobile no.", "SG"),
            ("फोन (भारत)", "IN"),
            ("Phone (+971)", "AE"),
            ("Mobile - Saudi Arabia", "SA"),
        ),
        *(
            (name, None)
            for name in ("PHONE NO", "Phone (no)", "Mobile", "CONTACT NO", "Phone (10 digits)", "To", "Phone 1")
        ),
    ],
)
def test_a_header_may_name_the_country(header, region):
    found = find_country_in_header(header)
    assert (found and found.region) == region


COLUMN_NAMES = ["Country", "Country Code", "country_code", "CountryCode", "ISD", "STD/ISD", "ISD Code", "Dial code"]
COLUMN_NAMES += ["Dialing Code", "Calling code", "CC", "Nation", "देश", "देश कोड", "Code", "Prefix", "Country/Region"]


@pytest.mark.parametrize("name", COLUMN_NAMES)
@pytest.mark.parametrize("uk", ["+44", "44", "GB", "United Kingdom"])
def test_a_column_of_countries_is_found_by_name_and_content(name, uk):
    audience = build_audience(sheet_of(**{"Name": ["A", "B"], name: [uk, "India"], "Mobile": [UK, INDIA]}), Choice())
    assert audience.country == (name,) and outcome(audience) == {2: "+447911123456", 3: "+919876543210"}
    assert audience.phone == ("Mobile",)


def test_numbers_of_one_foreign_country_are_found_as_numbers():
    audience = build_audience(sheet_of(Name=["A", "B"], ISD=["44", "44"], Number=[UK, "07911 123457"]), Choice())
    assert outcome(audience) == {2: "+447911123456", 3: "+447911123457"}


@pytest.mark.parametrize("name", ["Country of birth", "Nationality", "Passport country", "Pin code", "State", "Age"])
def test_other_columns_say_nothing_of_the_phone(name):
    assert not is_called_country(name)
    audience = build_audience(sheet_of(**{name: ["44", "44"], "Mobile": [INDIA, "9876543211"]}), Choice())
    assert audience.country == () and audience.people == 2


ROWS = {
    # country, number: outcome
    ("United Kingdom", UK): "+447911123456",
    ("UK", "447911123459"): "+447911123459",
    ("44", "0044 7911 123457"): "+447911123457",
    ("United States", US): "+19495550123",
    ("US", "001 949 555 0124"): "+19495550124",
    ("India", INDIA): "+919876543210",
    ("", "9876543211"): "+919876543211",
    ("Atlantis", "9876543212"): "country_unclear",
    ("United Kingdom", "+91 98765 43213"): "country_contradicted",
    ("India", "+44 7911 123458"): "country_contradicted",
    ("United States", "416 555 0123"): "not_of_named_country",
    ("Canada", "416 555 0124"): "+14165550124",
    ("+1", "416 555 0125"): "+14165550125",
    ("United Kingdom", "9876543214"): "not_of_country",
    ("United Kingdom", "020 7946 0018"): "landline",
    ("Singapore", "81234567"): "+6581234567",
}


def sheet_of_rows():
    countries, numbers = zip(*ROWS, strict=True)
    return sheet_of(Country=list(countries), Mobile=list(numbers))


def test_each_row_is_read_in_its_own_country_or_is_a_problem_with_the_reason():
    audience = build_audience(sheet_of_rows(), Choice())
    assert outcome(audience) == dict(enumerate(ROWS.values(), 2)) and audience.arithmetic().adds_up
    reasons = {one["row"]: one["reason"] for one in audience.tables.problems.to_pylist()}
    assert reasons[10] == "The number is written with +91, but the column Country says United Kingdom."
    assert reasons[9] == "The country isn't clear: the column Country says Atlantis."
    assert "It was read as a number from United Kingdom, because the column Country says" in reasons[15]
    assert not any("+91" in words for words in audience.rejected["suggestion"])


def test_no_column_of_countries_can_be_chosen_and_another_one():
    sheet = sheet_of(Country=["United Kingdom"], Code=["1"], Mobile=[US])
    assert outcome(build_audience(sheet, Choice(country=())))[2] == "+919495550123"
    assert outcome(build_audience(sheet, Choice(country=("code",)))) == {2: "+19495550123"}
    with pytest.raises(SheetError) as refused:
        build_audience(sheet, Choice(country=("nation",)))
    assert refused.value.code == "no_such_country_column"


BLOCS = {"Country": ["North bloc", "South bloc", "", "West bloc"] * 2, "Name": list("ABCDEFGH")}


def test_a_column_of_countries_that_is_hardly_understood_is_asked_about():
    sheet = sheet_of(**BLOCS, Mobile=[f"987654321{at}" for at in range(8)])
    with pytest.raises(SheetError) as refused:
        build_audience(sheet, Choice())
    facts = refused.value.facts
    assert (refused.value.code, facts["column"]) == ("which_country_column", "Country")
    assert facts["choices"] == tuple(sheet.table.column_names)
    used = outcome(build_audience(sheet, Choice(country=("Country",))))
    assert [row for row, told in used.items() if told == "country_unclear"] == [2, 3, 5, 6, 7, 9] and len(used) == 8
    assert build_audience(sheet, Choice(country=())).people == 8


@pytest.mark.parametrize(
    "columns",
    [
        {"Mobile": [f"+91 987654321{at}" for at in range(8)]},
        {"Mobile": [f"987654321{at}" for at in range(8)], "ISD": ["91"] * 8},
        {"Mobile": [f"987654321{at}" for at in range(8)], "Country": ["", " "] * 4},
    ],
)
def test_nothing_is_asked_where_no_row_would_be_read_against_its_word(columns):
    audience = build_audience(sheet_of(**BLOCS | columns), Choice())
    assert audience.people == 8


def test_a_list_of_people_to_leave_out_asks_for_its_countries_as_contacts_do():
    sheet = sheet_of(**BLOCS, Mobile=[f"987654321{at}" for at in range(8)])
    with pytest.raises(SheetError) as refused:
        build_audience(sheet, Choice.of_everybody((), "IN", None))
    assert refused.value.code == "which_country_column"
    assert build_audience(sheet, Choice.of_everybody((), "IN", ())).people == 8
    rows = sheet_of(Country=["UK", "UK", "India"], ISD=["44", "91", ""], Mobile=[UK, INDIA, "9876543211"])
    everybody = build_audience(rows, Choice.of_everybody((), "IN", None))
    assert outcome(everybody) == {2: "+447911123456", 3: "countries_disagree", 4: "+919876543211"}


@pytest.mark.parametrize("name", ["Prefix", "Code", "Region", "Title", "Prefijo"])
@pytest.mark.parametrize(
    "cells", [["Mr", "Ms"], ["Mr.", "Ms."], ["Mr", "Mr"], ["Mr", "Dr"], ["Mr", "Mrs"], ["No", "Yes"]]
)
def test_salutations_and_answers_are_no_countries(name, cells):
    sheet = sheet_of(**{name: cells, "Mobile": [INDIA, "9876543211"]})
    try:
        audience = build_audience(sheet, Choice())
    except SheetError as refused:  # Spanish for a calling code: what it says may be one
        assert (name, refused.code) == ("Prefijo", "which_country_column")
        return
    assert audience.country == () and audience.people == 2


@pytest.mark.parametrize(
    "states", [["MH", "KA", "DL", "AP"], ["TX", "CA", "IN", "DE"], ["NSW", "SA"], ["Texas", "Georgia"]]
)
@pytest.mark.parametrize("name", ["Code", "Region", "Territory", "Market"])
def test_states_are_no_countries(name, states):
    numbers = [f"987654321{at}" for at in range(len(states))]
    audience = build_audience(sheet_of(**{name: states, "Mobile": numbers}), Choice())
    assert audience.country == () and audience.people == len(states)


DOUBTFUL = [["CA", "IN", "DE"], ["MH", "GA", "MH"], ["NO", "NO"], ["TX", "CA", "GB", "IN", "CA"], ["UK", "UK"]]


@pytest.mark.parametrize("cells", DOUBTFUL)
@pytest.mark.parametrize("every", [False, True])
def test_codes_of_states_that_may_be_countries_are_asked_about(cells, every):
    sheet = sheet_of(Region=cells, Mobile=[f"987654321{at}" for at in range(len(cells))])
    with pytest.raises(SheetError) as refused:
        build_audience(sheet, Choice(every_column=every))
    assert (refused.value.code, refused.value.facts["column"]) == ("country_column_doubtful", "Region")
    assert cells[0] in str(refused.value)
    assert build_audience(sheet, Choice(country=(), every_column=every)).people == len(cells)
    assert build_audience(sheet, Choice(country=("Region",), every_column=every)).country == ("Region",)


@pytest.mark.parametrize(
    ("name", "cells", "used"),
    [
        ("Region", ["IN", "IN"], False),  # the country of numbers without a code, or Indiana: read alike
        ("Region", ["IN", "GB"], True),
        ("Country", ["CA", "IN"], True),
        ("Country code", ["US", "IN"], True),
        ("ISO", ["CA", "IN"], True),
        ("Prefix", ["+44", "+91"], True),
        ("Code", ["44", "91"], True),
        ("State", ["CA", "IN"], False),
    ],
)
def test_codes_that_can_mean_nothing_else_need_no_question(name, cells, used):
    audience = build_audience(sheet_of(**{name: cells, "Mobile": ["+449876543210", INDIA]}), Choice())
    assert audience.country == ((name,) if used else ())


def test_two_columns_must_agree():
    sheet = sheet_of(Country=["UK", "UK", "India"], ISD=["44", "91", ""], Mobile=[UK, INDIA, "9876543211"])
    audience = build_audience(sheet, Choice())
    assert outcome(audience) == {2: "+447911123456", 3: "countries_disagree", 4: "+919876543211"}
    (problem,) = audience.tables.problems.to_pylist()
    assert "the column Country says UK, the column ISD says 91" in problem["reason"]


def test_the_header_of_the_numbers_is_evidence_too():
    audience = build_audience(sheet_of(**{"Name": ["A", "B"], "UK mobile": [UK, "+919876543210"]}), Choice())
    assert outcome(audience) == {2: "+447911123456", 3: "country_contradicted"}
    assert "country_taken_from_header" in [notice.code for notice in audience.warnings]


def test_corrections_keep_the_country_of_their_row():
    sheet = sheet_of(Country=["United Kingdom", "Atlantis", "United Kingdom"], Mobile=["79111", UK, INDIA])
    corrections = {(2, "Mobile"): "7911 123456", (3, "Country"): "UK", (4, "Mobile"): "+91 98765 43210"}
    audience = build_audience(sheet, Choice(corrections=corrections))
    assert audience.tables.contacts.column("phone").to_pylist() == ["+447911123456", "+919876543210"]
    assert fates(audience)["duplicates"] == [3]  # the same person, whose country was put right
    assert correct_sheet(sheet, Choice(corrections=corrections)).column("Country")[1].as_py() == "UK"


def test_opt_outs_and_second_columns_use_the_number_with_its_country():
    sheet = sheet_of(Country=["UK", "UK"], Mobile=["12", UK], WhatsApp=[UK, "7911123457"])
    out = np.array([447911123456], np.int64)
    audience = build_audience(sheet, Choice(("Mobile", "WhatsApp")), out)
    assert fates(audience)["opted_out"] == [2] and fates(audience)["duplicates"] == [3]
    every = build_audience(sheet, Choice(("Mobile", "WhatsApp"), every_column=True))
    assert sorted(every.tables.contacts.column("phone").to_pylist()) == ["+447911123456", "+447911123457"]


CELLS = ["", "UK", "44", "+1", "United States", "Canada", "India", "Atlantis", "971", "SG"]
NUMBERS = [
    UK,
    US,
    INDIA,
    "+919876543210",
    "+447911123456",
    "0044 7911 123456",
    "501234567",
    "81234567",
    "",
    "x",
    "12345",
]
NUMBERS += ["9876543210 / +447911123456", "14165550123", "919876543210", "9.19876543210E+11"]


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.tuples(st.sampled_from(CELLS), st.sampled_from(NUMBERS)), min_size=1, max_size=9), st.booleans())
def test_no_row_ends_in_another_country_than_it_says(rows, every):
    countries, numbers = zip(*rows, strict=True)
    sheet = sheet_of(Country=list(countries), Mobile=list(numbers))
    audience = build_audience(sheet, Choice(("Mobile",), several="all" if every else "ask", country=("Country",)))
    assert audience.arithmetic().adds_up
    for one in audience.tables.contacts.to_pylist():
        meant = read_country(one["Country"])
        assert (meant.code if meant else 91) == parse(one["phone"]).country_code or not one["Country"]
    reasons = {one["row"]: one["reason"] for one in audience.tables.problems.to_pylist()}
    assert all(reasons[row].strip(". ") for row in reasons)
    assert {*reasons, *fates(audience)["duplicates"], *fates(audience)["contacts"]} == {*range(2, len(rows) + 2)}


def test_a_column_by_country_is_read_as_each_number_alone():
    countries = [read_country(name) for name in ("+44", "+1", "+971", "+65", "+91", "+49")]
    cells, which = [], []
    for at, country in enumerate(countries):
        example = example_number_for_type(country.region, PhoneNumberType.MOBILE).national_number
        cells += [str(example + step) for step in range(700)] + ["x", "", f"+{country.code}{example}"]
        which += [at] * 703
    read = read_numbers_by_country(cells, countries, np.array(which, np.int32)).numbers
    alone = [read_number(cell, countries[at].region) for cell, at in zip(cells, which, strict=True)]
    assert [(read.e164[row].as_py() or "", read.get_code(row)) for row in range(len(cells))] == [
        (one.e164, one.code) for one in alone
    ]


def test_a_large_column_of_one_country_is_read_as_each_number_alone():
    country, cells = read_country("+44"), [str(7_911_000_000 + step * 37) for step in range(9_000)]
    read = read_numbers_by_country(pa.array(cells), [country], np.zeros(9_000, np.int32)).numbers
    for row in range(0, 9_000, 500):
        alone = read_number(cells[row], "GB")
        assert (read.e164[row].as_py() or "", read.get_code(row)) == (alone.e164, alone.code)


EXPECTED = {
    # field file: contacts, problems, phone column, country columns
    "lost_above.csv": (2, 2, "Column B", []),
    "cc_split.csv": (2, 2, "Mobile", ["Country Code"]),
    "cc_split2.csv": (4, 0, "Phone number", ["ISD"]),
    "cc_country.csv": (2, 1, "Mobile", ["Country"]),
    "altphone.csv": (2, 0, "Phone", []),
    "r_index.csv": (2, 0, "Phone", []),
    "optout_column.csv": (3, 0, "Phone", []),
}


@pytest.mark.parametrize("name", EXPECTED)
def test_check_says_of_each_file_what_is_right(name, tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("SMSCORE_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    assert main(["check", str(DATA / name), "--json", "--valid", str(tmp_path / "v.csv")]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["contacts"], found["problems"], found["phone_column"], found.get("country_columns", [])) == EXPECTED[
        name
    ]
    assert "+917700900123" not in (tmp_path / "v.csv").read_text() and found["rows"] == sum(EXPECTED[name][:2])


def test_check_takes_countries_from_the_column_that_is_named(tmp_path, capsys, monkeypatch):
    monkeypatch.setenv("SMSCORE_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    file = str(DATA / "cc_country.csv")
    for option, contacts in (("none", 3), ("country", 2)):
        assert main(["check", file, "--json", "--country", option]) == 0
        assert json.loads(capsys.readouterr().out)["contacts"] == contacts
    assert main(["check", file, "--json", "--country", "nowhere"]) == 2
    assert json.loads(capsys.readouterr().out)["error"] == "no_such_country_column"
