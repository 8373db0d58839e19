"""Every row of a sheet ends in exactly one place, and the people a campaign reaches are exactly those it should."""

import io
import random
from collections import Counter
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smscore import reports
from smscore.contacts import Choice, build_audience, build_typed_audience, correct_sheet, list_editable_lines
from smscore.contacts.choosing import rank_header
from smscore.errors import RowProblem, SheetError
from smscore.phones import read_number, read_numbers
from smscore.sheets import Problems, SetAside, Sheet, read_sheet
from tests.examples import examples

A, B, C, D = 919876543210, 919876543211, 918765432109, 917000000001
LANDLINE = "022 2345 6789"


def sheet_of(*, problems=(), rows=None, hidden=None, same_name=None, **columns: list[str]) -> Sheet:
    table = pa.table({name: pa.array(cells, pa.string()) for name, cells in columns.items()})
    return sheet_from(table, problems=problems, rows=rows, hidden=hidden, same_name=same_name)


def sheet_from(table: pa.Table, *, problems=(), rows=None, hidden=None, same_name=None) -> Sheet:
    rows = list(range(2, table.num_rows + 2)) if rows is None else rows
    hidden = [False] * table.num_rows if hidden is None else hidden
    marks = pa.array(rows, pa.int32()), pa.array(hidden, pa.bool_())
    return Sheet("list.csv", table, *marks, Problems.of(problems), 0, (), same_name=same_name or {})


def fates(audience) -> dict[str, list[int]]:
    tables = ("contacts", "duplicates", "problems", "opted_out", "subtracted")
    return {name: getattr(audience.tables, name).column("row").to_pylist() for name in tables}


def listed(*numbers: int) -> np.ndarray:
    return np.array(numbers, np.int64)


# --- one way through


def test_contacts_carry_row_number_and_the_sheets_own_columns():
    sheet = sheet_of(rows=[2, 5], name=["Asha", "Ravi"], phone=["98765 43210", "+918765432109"])
    contacts = build_audience(sheet, Choice()).tables.contacts
    assert contacts.to_pylist() == [
        {"row": 2, "phone": "+919876543210", "msisdn": A, "name": "Asha", "phone (as written)": "98765 43210"},
        {"row": 5, "phone": "+918765432109", "msisdn": C, "name": "Ravi", "phone (as written)": "+918765432109"},
    ]
    assert [str(contacts.schema.field(name).type) for name in ("row", "phone", "msisdn")] == [
        "int32",
        "string",
        "int64",
    ]


def test_every_row_has_one_fate_and_the_arithmetic_says_so():
    sheet = sheet_of(
        name=["a", "b", "c", "d", "e", "f", "g"],
        phone=["9876543210", "+91 98765 43210", "12345", "8765432109", "9876543211", "", "7000000001"],
        hidden=[False] * 6 + [True],
        problems=[RowProblem(9, "city", "#REF!", "cell_error_value"), RowProblem(9, "x", "#N/A", "cell_error_value")],
    )
    audience = build_audience(sheet, Choice(subtract=(listed(C),)), listed(B))
    assert fates(audience) == {
        "contacts": [2],
        "duplicates": [3],
        "problems": [4, 7, 8, 9, 9],
        "opted_out": [6],
        "subtracted": [5],
    }
    sums = audience.arithmetic()
    assert (sums.rows, sums.contacts, sums.duplicates, sums.problems) == (8, 1, 1, 4)
    assert (sums.opted_out, sums.subtracted, sums.extra_contacts, sums.adds_up) == (1, 1, 0, True)
    assert audience.reasons() == {"blank": 1, "cell_error_value": 1, "hidden_row": 1, "too_short": 1}
    assert audience.tables.opted_out.to_pylist() == [{"row": 6, "phone": "+919876543211"}]
    assert audience.tables.subtracted.to_pylist() == [{"row": 5, "phone": "+918765432109"}]


def test_arithmetic_notices_a_row_that_went_missing():
    audience = build_audience(sheet_of(phone=["9876543210", "8765432109"]), Choice())
    assert audience.arithmetic().adds_up
    assert not audience.replace_tables(contacts=audience.tables.contacts.slice(1)).arithmetic().adds_up


def test_problems_say_where_what_why_and_what_may_be_meant():
    sheet = sheet_of(rows=[2, 7], phone=["9876543210", "12025550100"], city=["Pune", "NYC"])
    [problem] = build_audience(sheet, Choice()).tables.problems.to_pylist()
    assert (problem["row"], problem["column"], problem["value"]) == (7, "phone", "12025550100")
    assert problem["code"] == "too_long" and problem["reason"].endswith(".")
    assert "+1 202-555-0100" in problem["suggestion"]


def test_rejected_has_every_suggestion_even_beyond_those_shown_at_once():
    cells = [f"1202555{n:04d}" for n in range(1_100)]
    audience = build_audience(sheet_of(phone=["9876543210", *cells]), Choice(phone=("phone",)))
    assert audience.tables.problems.num_rows == 1_100
    assert audience.tables.problems.column("suggestion").to_pylist()[-1] == ""
    rejected = audience.rejected
    assert [rejected.index.name, *rejected.columns] == ["row", "column", "value", "reason", "suggestion"]
    numbers = read_numbers(cells)
    assert rejected["suggestion"].tolist() == [numbers.suggest(place) for place in range(1_100)]
    assert all(rejected["suggestion"].tolist())


def test_valid_has_row_phone_and_own_columns():
    audience = build_audience(sheet_of(name=["Asha"], mobile=["09876543210"]), Choice())
    assert audience.valid.reset_index().to_dict("records") == [
        {"row": 2, "phone": "+919876543210", "name": "Asha", "mobile": "09876543210"}
    ]
    assert audience.fields == ("name", "mobile")


def test_own_columns_of_our_names_are_told_apart_and_named():
    table = pa.table({"row": ["K"], "mobile": ["9876543210"], "row (as written)": ["x"]})
    audience = build_audience(sheet_from(table), Choice())
    names = ["row", "phone", "msisdn", "row (as written) (as written)", "mobile", "row (as written)"]
    assert audience.tables.contacts.column_names == names
    assert [notice.code for notice in audience.warnings] == ["column_renamed"]


# --- duplicates


@pytest.mark.parametrize(("keep", "kept"), [("first", 2), ("last", 5), ("fullest", 4)])
def test_duplicates_name_the_row_that_was_kept(keep, kept):
    sheet = sheet_of(
        phone=["9876543210", "+91 98765 43210", "0091-9876543210", "(0)98765-43210"],
        name=["", "Asha", "Asha", " "],
        city=["", "", "Pune", "Pune"],
    )
    audience = build_audience(sheet, Choice(phone=("phone",), keep=keep))
    assert audience.tables.contacts.column("row").to_pylist() == [kept]
    assert audience.tables.duplicates.to_pylist() == [
        {"row": row, "phone": "+919876543210", "repeats_row": kept} for row in (2, 3, 4, 5) if row != kept
    ]


def test_of_equally_full_rows_the_first_is_kept():
    sheet = sheet_of(phone=["", "9876543210", "9876543210"], name=["x", "", ""])
    assert fates(build_audience(sheet, Choice(phone=("phone",), keep="fullest")))["contacts"] == [3]


def test_a_repeat_of_an_opted_out_person_is_a_duplicate_of_that_row():
    audience = build_audience(sheet_of(phone=["9876543210", "98765 43210"]), Choice(), listed(A))
    assert fates(audience)["opted_out"] == [2]
    assert audience.tables.duplicates.to_pylist() == [{"row": 3, "phone": "+919876543210", "repeats_row": 2}]


def test_opting_out_comes_before_subtracting_and_lists_need_no_order():
    sheet = sheet_of(phone=["9876543210", "9876543211", "8765432109"])
    audience = build_audience(sheet, Choice(subtract=(listed(C, A), listed(D, A))), listed(D, B, A))
    assert fates(audience)["opted_out"] == [2, 3]
    assert fates(audience)["subtracted"] == [4]
    assert audience.people == 0


# --- several phone columns, several numbers


def test_the_first_column_that_holds_a_number_wins():
    sheet = sheet_of(
        mobile=["9876543210", LANDLINE, "", "", "12"],
        whatsapp=["8765432109", "9876543211", "7000000001", "", ""],
    )
    audience = build_audience(sheet, Choice(phone=("mobile", "whatsapp")))
    assert audience.tables.contacts.column("msisdn").to_pylist() == [A, B, D]
    problems = audience.tables.problems.select(["row", "column", "code"]).to_pylist()
    assert problems == [
        {"row": 5, "column": "mobile", "code": "blank"},
        {"row": 6, "column": "mobile", "code": "too_short"},
    ]
    assert audience.phone == ("mobile", "whatsapp")
    assert audience.arithmetic().adds_up


def test_the_column_that_holds_something_gives_the_reason():
    sheet = sheet_of(mobile=["", "9876543210"], whatsapp=[LANDLINE, ""])
    [problem] = build_audience(sheet, Choice(phone=("mobile", "whatsapp"))).tables.problems.to_pylist()
    assert (problem["column"], problem["code"], problem["value"]) == ("whatsapp", "landline", LANDLINE)


def test_every_column_may_count_where_people_are_to_be_left_out():
    sheet = sheet_of(mobile=["9876543210", LANDLINE, "", "12"], whatsapp=["8765432109", "9876543211", "", "9876543210"])
    for chosen in (("mobile", "whatsapp"), ()):
        audience = build_audience(sheet, Choice(chosen, every_column=True))
        assert sorted(audience.tables.contacts.column("msisdn").to_pylist()) == sorted([A, B, C])
        assert set(audience.phone) == {"mobile", "whatsapp"}
        assert audience.tables.problems.column("row").to_pylist() == [4]
        sums = audience.arithmetic()
        assert (sums.contacts, sums.duplicates, sums.extra_contacts, sums.adds_up) == (2, 1, 1, True)


SEVERAL = {"phone": ["9876543210 / 9876543211", "9876543211", "8765432109"], "name": ["a", "b", "c"]}


def test_several_numbers_in_a_cell_are_asked_about_even_with_another_column():
    sheet = sheet_of(**SEVERAL, whatsapp=["7000000001", "", ""])
    audience = build_audience(sheet, Choice(phone=("phone", "whatsapp")))
    [problem] = audience.tables.problems.to_pylist()
    assert (problem["row"], problem["code"]) == (2, "several_numbers")
    assert "98765 43210" in problem["suggestion"] and "98765 43211" in problem["suggestion"]
    assert audience.tables.contacts.column("msisdn").to_pylist() == [B, C]


def test_the_first_of_several_numbers():
    audience = build_audience(sheet_of(**SEVERAL), Choice(several="first"))
    assert audience.tables.contacts.column("msisdn").to_pylist() == [A, B, C]
    assert audience.arithmetic().extra_contacts == 0


def test_all_of_several_numbers_count_one_row_and_two_people():
    audience = build_audience(sheet_of(**SEVERAL), Choice(several="all"))
    assert audience.tables.contacts.select(["row", "msisdn", "name"]).to_pylist() == [
        {"row": 2, "msisdn": A, "name": "a"},
        {"row": 2, "msisdn": B, "name": "a"},
        {"row": 4, "msisdn": C, "name": "c"},
    ]
    assert audience.tables.duplicates.to_pylist() == [{"row": 3, "phone": "+919876543211", "repeats_row": 2}]
    sums = audience.arithmetic()
    assert (sums.rows, sums.contacts, sums.duplicates, sums.extra_contacts, sums.adds_up) == (3, 2, 1, 1, True)


def test_a_row_whose_second_number_opted_out_is_still_a_contact():
    audience = build_audience(sheet_of(**SEVERAL), Choice(several="all"), listed(B))
    assert audience.tables.opted_out.to_pylist() == [{"row": 2, "phone": "+919876543211"}]
    sums = audience.arithmetic()
    assert (sums.contacts, sums.opted_out, sums.duplicates, sums.extra_contacts, sums.adds_up) == (2, 0, 1, 0, True)


def test_one_number_twice_in_a_cell_is_one_contact_and_no_duplicate():
    audience = build_audience(sheet_of(phone=["9876543210 / 09876543210"]), Choice(several="all"))
    assert audience.tables.contacts.column("msisdn").to_pylist() == [A]
    assert audience.tables.duplicates.num_rows == 0 and audience.arithmetic().adds_up


# --- hidden rows and corrections


def test_hidden_rows_are_left_out_until_asked_for():
    sheet = sheet_of(phone=["9876543210", "9876543211"], hidden=[True, False])
    left = build_audience(sheet, Choice())
    assert fates(left)["contacts"] == [3]
    assert left.tables.problems.select(["row", "value", "code"]).to_pylist() == [
        {"row": 2, "value": "9876543210", "code": "hidden_row"}
    ]
    assert fates(build_audience(sheet, Choice(include_hidden=True)))["contacts"] == [2, 3]


def test_the_notice_of_a_renamed_column_names_it_as_the_message_must():
    columns = {"mobile": ["9876543210"], "row": ["7"], "row (as written)": ["8"]}
    audience = build_audience(sheet_from(pa.table(columns)), Choice())
    (renamed,) = [notice for notice in audience.warnings if notice.code == "column_renamed"]
    assert renamed.facts["shown"] in audience.fields and audience.tables.contacts[
        renamed.facts["shown"]
    ].to_pylist() == ["7"]


def test_a_corrected_sheet_holds_hidden_rows_only_when_they_were_asked_for():
    # A downloaded sheet hides nothing: read again, it must not text people whom a filter had left out.
    sheet = sheet_of(phone=["9876543210", "9876543211", "12"], hidden=[True, False, False])
    right = {(4, "phone"): "9876543212"}
    choice = Choice(corrections=right)
    assert correct_sheet(sheet, choice)["phone"].to_pylist() == ["9876543211", "9876543212"]
    assert build_audience(sheet, choice).tables.contacts["phone"].to_pylist() == ["+919876543211", "+919876543212"]
    assert correct_sheet(sheet, Choice(corrections=right, include_hidden=True)).num_rows == 3


def test_a_hidden_row_neither_keeps_nor_repeats_a_number():
    sheet = sheet_of(phone=["9876543210", "9876543210"], hidden=[True, False])
    assert fates(build_audience(sheet, Choice()))["contacts"] == [3]


def test_a_corrected_row_is_read_again_and_joins():
    sheet = sheet_of(rows=[2, 4, 9], phone=["9876543210", "98765", "n/a"], name=["a", "b", "c"])
    choice = Choice(corrections={(4, "phone"): "98765 43211", (9, "phone"): "still wrong", (9, "name"): "Zoë"})
    audience = build_audience(sheet, choice)
    assert fates(audience)["contacts"] == [2, 4]
    assert [(line["row"], line["value"]) for line in audience.tables.problems.to_pylist()] == [(9, "still wrong")]
    assert correct_sheet(sheet, choice).to_pylist() == [
        {"phone": "9876543210", "name": "a"},
        {"phone": "98765 43211", "name": "b"},
        {"phone": "still wrong", "name": "Zoë"},
    ]
    assert sheet.table.column("phone").to_pylist() == ["9876543210", "98765", "n/a"]


def test_corrections_of_no_cell_are_named_and_the_rest_is_used():
    unreadable = RowProblem(5, "city", "#REF!", "cell_error_value")
    sheet = sheet_of(rows=[2, 4], phone=["12", "9876543211"], problems=[unreadable])
    wrong = {(3, "phone"): "1", (99, "phone"): "1", (2, "fax"): "1", (1, "phone"): "1", (5, "city"): "Pune"}
    audience = build_audience(sheet, Choice(corrections={(2, "phone"): "9876543210", **wrong}))
    assert fates(audience)["contacts"] == [2, 4] and fates(audience)["problems"] == [5]
    [notice] = [notice for notice in audience.warnings if notice.code == "corrections_unused"]
    assert "5 corrections weren't used" in str(notice) and "couldn't be read: row " in str(notice)
    assert "row 1, phone; row 2, fax; row 3, phone; row 5, city; row 99, phone" in str(notice)
    assert audience.arithmetic().adds_up


SUGGESTIBLE = [
    "12025550100",
    "+1 202 555 0100 ext 5",
    "9198765432100",
    "91 91 98765 43211",
    "919876543212 Ravi",
    "0044 7400",
]


def test_each_suggestion_can_be_taken_as_the_correction():
    sheet = sheet_of(phone=[*SUGGESTIBLE, "8765432109"])
    problems = build_audience(sheet, Choice()).tables.problems.to_pylist()
    taken = {(one["row"], one["column"]): one["suggestion"] for one in problems if one["suggestion"]}
    assert len(taken) >= 4
    audience = build_audience(sheet, Choice(corrections=taken))
    assert not {row for row, _ in taken} & set(fates(audience)["problems"])
    assert "+12025550100" in audience.tables.contacts.column("phone").to_pylist()
    assert not [
        cell for cell in audience.tables.contacts.column("phone (as written)").to_pylist() if "looks like" in cell
    ]


# --- rows that could not be read as a whole

UNREAD = b"""name,phone,city
Asha,9876543210,Pune
Ravi,9876543211,Goa,surplus
Li,9876543212
R\0hit,98765,Agra
Meera,9876543213,"Goa
Zo\0,9876543214,\0
Tara,9876543215,Goa
"""


def rows_of(table: pa.Table) -> list[list[str]]:
    return [list(row.values()) for row in table.to_pylist()]


def test_rows_that_could_not_be_read_join_at_their_place_once_they_are_corrected():
    sheet = read_sheet(UNREAD, "c.csv")
    before = build_audience(sheet, Choice())
    assert fates(before)["contacts"] == [2, 8] and fates(before)["problems"] == [3, 4, 5, 6, 7, 7]
    right = {
        (3, ""): '"Ravi, surplus",9876543211,Goa',
        (4, ""): "Li,9876543212,",
        (5, "name"): "Rohit",
        (6, ""): "Meera,9876543213,Goa",
        (7, "name"): "Zoë",
        (7, "city"): '""',
    }
    choice = Choice(corrections=right)
    audience = build_audience(sheet, choice)
    assert fates(audience) == {
        "contacts": [2, 3, 4, 6, 7, 8],
        "duplicates": [],
        "problems": [5],
        "opted_out": [],
        "subtracted": [],
    }
    [problem] = audience.tables.problems.to_pylist()
    assert (problem["column"], problem["value"], problem["code"]) == ("phone", "98765", "too_short")
    assert audience.arithmetic().adds_up and audience.arithmetic().rows == before.arithmetic().rows == 7
    assert rows_of(correct_sheet(sheet, choice)) == [
        ["Asha", "9876543210", "Pune"],
        ["Ravi, surplus", "9876543211", "Goa"],
        ["Li", "9876543212", ""],
        ["Rohit", "98765", "Agra"],
        ["Meera", "9876543213", "Goa"],
        ["Zoë", "9876543214", ""],
        ["Tara", "9876543215", "Goa"],
    ]
    assert not [notice for notice in audience.warnings if notice.code == "corrections_unused"]
    then = build_audience(sheet, Choice(corrections={**right, (5, "phone"): "9876543216", (3, "city"): "Panaji"}))
    assert fates(then)["contacts"] == list(range(2, 9)) and then.arithmetic().adds_up
    assert then.tables.contacts.column("city").to_pylist()[1] == "Panaji"


WRONG_STILL = {
    (3, ""): ("Ravi,9876543211,Goa,surplus", "ragged_row", "It has 4 cells; the sheet has 3 columns"),
    (4, ""): ("Li,9876543212", "ragged_row", "It has 2 cells; the sheet has 3 columns"),
    (5, "name"): ("Ro␀hit", "nul_byte", "zero bytes"),
    (6, ""): ('Meera,"9876543213,Goa', "unclosed_quote", "never closes"),
    (7, "city"): ("#REF!", "cell_error_value", "#REF!"),
}


def test_a_correction_that_is_still_wrong_stays_with_what_was_written_and_why():
    audience = build_audience(
        read_sheet(UNREAD, "c.csv"), Choice(corrections={cell: written for cell, (written, *_) in WRONG_STILL.items()})
    )
    assert fates(audience)["contacts"] == [2, 8] and audience.arithmetic().adds_up
    left = {(one["row"], one["column"]): one for one in audience.tables.problems.to_pylist()}
    for cell, (written, code, said) in WRONG_STILL.items():
        assert (left[cell]["value"], left[cell]["code"]) == (written, code)
        assert said in left[cell]["reason"]
    assert left[(7, "name")]["code"] == "nul_byte"
    assert not [notice for notice in audience.warnings if notice.code == "corrections_unused"]


def test_a_row_with_one_of_two_cells_corrected_waits_for_the_other():
    audience = build_audience(read_sheet(UNREAD, "c.csv"), Choice(corrections={(7, "name"): "Zoë"}))
    assert [(one["row"], one["column"]) for one in audience.tables.problems.to_pylist() if one["row"] == 7] == [
        (7, "city")
    ]
    assert audience.arithmetic().problems == 5 and audience.arithmetic().adds_up


def test_a_line_of_which_only_the_beginning_is_kept_is_not_corrected_here():
    raw = b"name,phone\nAsha,9876543210\n" + b"x" * 9_000 + b",9876543211,surplus\n"
    audience = build_audience(read_sheet(raw, "c.csv"), Choice(corrections={(3, ""): "Ravi,9876543211"}))
    assert fates(audience)["contacts"] == [2] and fates(audience)["problems"] == [3]
    [notice] = [notice for notice in audience.warnings if notice.code == "corrections_unused"]
    assert "row 3" in str(notice)
    assert list_editable_lines(audience.problems) == [""]


def test_a_row_whose_bad_cells_are_not_listed_one_by_one_is_not_corrected_here():
    problem = RowProblem(3, "", "2 cells", "many_bad_cells")
    audience = build_audience(sheet_of(phone=["9876543210"], problems=[problem]), Choice(corrections={(3, ""): "1"}))
    assert fates(audience)["contacts"] == [2] and fates(audience)["problems"] == [3]
    assert [notice.code for notice in audience.warnings] == ["corrections_unused"]
    assert list_editable_lines(audience.problems) == [""]


def test_only_whole_lines_are_begun_for_the_operator():
    problems = build_audience(read_sheet(UNREAD, "c.csv"), Choice()).problems
    assert list_editable_lines(problems) == [
        "Ravi,9876543211,Goa,surplus",
        "Li,9876543212",
        "",
        'Meera,9876543213,"Goa',
        "",
        "",
    ]


def test_a_hidden_row_with_an_error_value_is_no_contact_when_it_is_corrected_until_hidden_rows_are_asked_for():
    aside = SetAside(pa.table({"phone": ["9876543211"], "city": [""]}), pa.array([3], pa.int32()), pa.array([True]))
    sheet = sheet_of(phone=["9876543210"], city=["x"], problems=[RowProblem(3, "city", "#N/A", "cell_error_value")])
    sheet, right = replace(sheet, set_aside=aside), {(3, "city"): "Goa"}
    left = build_audience(sheet, Choice(corrections=right))
    assert left.tables.problems.select(["row", "code"]).to_pylist() == [{"row": 3, "code": "hidden_row"}]
    assert left.arithmetic().adds_up
    assert fates(build_audience(sheet, Choice(corrections=right, include_hidden=True)))["contacts"] == [2, 3]


LINES = st.sampled_from(
    [
        *("Asha,{},Pune", "Ravi,{}", "Li,{},Goa,surplus", 'Meera,{},"Goa', "R\0hit,{},Agra", "\0,\0{},x", "Tara,12,y"),
        *(",,", "", 'Zoë,"{}",', '"two\nlines",{},z'),
    ]
)
WRITTEN = st.sampled_from(
    ["Om,9876500000,Goa", "Om,9876500001", "Om", "9876543299", '""', '"', "#N/A", "a␀", "x" * 40_000]
)


@settings(max_examples=examples(40), deadline=None)
@given(
    st.lists(st.tuples(LINES, st.integers(9876543200, 9876543230)), min_size=1, max_size=25),
    st.dictionaries(
        st.tuples(st.integers(1, 30), st.sampled_from(["", "name", "phone", "city", "none"])), WRITTEN, max_size=40
    ),
)
def test_the_arithmetic_adds_up_whatever_is_corrected(lines, corrections):
    text = "name,phone,city\n" + "Sound,9876543100,Pune\n" * 3 + "".join(f"{line.format(n)}\n" for line, n in lines)
    sheet = read_sheet(text.encode(), "c.csv")
    before = build_audience(sheet, Choice(("phone",)))
    choice = Choice(("phone",), corrections=corrections, subtract=(listed(919876543201),))
    after = build_audience(sheet, choice, listed(919876543202))
    assert before.arithmetic().adds_up and after.arithmetic().adds_up
    assert before.arithmetic().rows == after.arithmetic().rows == sheet.row_count
    for table in (after.tables.contacts, after.tables.problems):
        assert table.column("row").to_pylist() == sorted(table.column("row").to_pylist())
    once = [set(rows) for rows in fates(after).values()]
    assert sum(map(len, once)) == len(set.union(*once)) == sheet.row_count
    refused = set(fates(after)["problems"]) & {problem.row for problem in sheet.problems}
    held = correct_sheet(sheet, choice).num_rows
    assert sheet.row_count - len(refused) <= held <= sheet.row_count


# --- finding the phone column

GOOD = ["9876543210", "+91 87654 32109", "7000000001"]
ORDERS = ["9000000001", "9000000002", "9000000003"]
NAMES = ["Asha", "Ravi", "Zoë"]


def found(**columns: list[str]) -> tuple[str, ...]:
    return build_audience(sheet_of(**columns), Choice()).phone


def test_the_phone_column_is_found_by_its_content():
    assert found(phone=NAMES, x=GOOD) == ("x",)
    assert found(a=NAMES, b=["1", "2", "3"], c=GOOD) == ("c",)


def test_a_column_called_phone_comes_before_a_faultless_column_of_order_numbers():
    assert found(order_no=ORDERS, Phone=["9876543210", "12", ""]) == ("Phone",)
    assert found(x=ORDERS, मोबाइल=GOOD) == ("मोबाइल",)


def test_numbers_that_are_all_bad_are_still_found_by_the_columns_name():
    sheet = sheet_of(name=NAMES, mobile=["9.19877E+11", "12", "n/a"])
    audience = build_audience(sheet, Choice())
    assert audience.phone == ("mobile",)
    assert audience.reasons() == {"damaged_by_spreadsheet": 1, "no_digits": 1, "too_short": 1}


def test_sparse_numbers_are_found_in_a_long_sheet():
    cells = [""] * 9_000
    cells[17::1_000] = [f"98765432{n:02d}" for n in range(9)]
    assert found(a=["x"] * 9_000, b=cells) == ("b",)


def test_other_phone_columns_are_mentioned():
    audience = build_audience(sheet_of(whatsapp=GOOD, mobile=GOOD), Choice())
    assert audience.phone == ("mobile",)
    [notice] = [notice for notice in audience.warnings if notice.code == "other_phone_columns"]
    assert "whatsapp" in str(notice)


@pytest.mark.parametrize(
    ("likelier", "other"),
    [("Phone", "Contact"), ("mobileNo", "number"), ("Mob.", "No"), ("phone_1", "whatsapp"), ("फ़ोन नंबर", "नंबर")],
)
def test_header_names_are_ranked(likelier, other):
    assert rank_header(likelier) < rank_header(other)


@pytest.mark.parametrize(
    "name", ["Name", "Order No", "contact id", "Phone model", "Landline phone", "total", "telling"]
)
def test_headers_that_name_no_phone(name):
    assert rank_header(name) is None


@pytest.mark.parametrize(
    "name", ["Customer Phone", "CONTACT NUMBER", "ph", "Tel:", "msisdn", "संपर्क", "CellNo", "மொபைல்"]
)
def test_headers_that_name_phones(name):
    assert rank_header(name) is not None


def test_no_phone_column_names_the_columns_there_are():
    with pytest.raises(SheetError) as refused:
        found(name=NAMES, city=["Pune", "Goa", "Agra"])
    assert refused.value.code == "no_phone_column"
    assert refused.value.facts["choices"] == ("name", "city")
    assert "name, city" in refused.value.next_step


def test_two_nameless_columns_of_numbers_are_asked_about():
    with pytest.raises(SheetError) as refused:
        build_audience(sheet_from(pa.table({"Column A": GOOD, "Column B": GOOD})), Choice())
    assert refused.value.code == "which_phone_column"
    assert refused.value.facts["choices"] == ("Column A", "Column B")


TWINS = sheet_from(
    pa.table({"phone": GOOD, "phone (2)": ["9876543211", "", ""], "name": NAMES}),
    same_name={"phone": ("phone", "phone (2)")},
)


@pytest.mark.parametrize("phone", [(), ("phone",), ("Phone ",)])
def test_two_phone_columns_of_one_name_are_never_picked_silently(phone):
    with pytest.raises(SheetError) as refused:
        build_audience(TWINS, Choice(phone))
    assert refused.value.code == "which_phone_column"
    assert refused.value.facts["choices"] == ("phone (1)", "phone (2)")


def test_each_of_the_choices_can_be_chosen():
    assert build_audience(TWINS, Choice(("phone (1)",))).people == 3
    assert build_audience(TWINS, Choice(("phone (2)",))).tables.contacts.column("msisdn").to_pylist() == [B]
    assert build_audience(TWINS, Choice(("phone", "phone (2)"))).phone == ("phone", "phone (2)")


def test_twins_that_are_no_phones_are_no_question():
    table = pa.table({"name": NAMES, "name (2)": NAMES, "phone": GOOD})
    sheet = sheet_from(table, same_name={"name": ("name", "name (2)")})
    assert build_audience(sheet, Choice()).phone == ("phone",)


def test_a_chosen_column_is_found_in_any_case_and_missing_ones_are_named():
    sheet = sheet_of(Mobile=GOOD, other=NAMES)
    assert build_audience(sheet, Choice(("mobile",))).phone == ("Mobile",)
    with pytest.raises(SheetError) as refused:
        build_audience(sheet, Choice(("fax",)))
    assert refused.value.code == "no_such_column" and refused.value.facts["choices"] == ("Mobile", "other")


@pytest.mark.parametrize("wrong", [{"keep": "best"}, {"several": "some"}])
def test_choices_that_do_not_exist_are_refused(wrong):
    with pytest.raises(ValueError, match="one of"):
        Choice(**wrong)


def test_numbers_without_calling_code_are_meant_in_the_region():
    sheet = sheet_of(phone=["07400 123456", "+919876543210"])
    assert build_audience(sheet, Choice(region="GB")).tables.contacts.column("phone").to_pylist() == [
        "+447400123456",
        "+919876543210",
    ]
    with pytest.raises(SheetError) as refused:
        build_audience(sheet, Choice(region="XX"))
    assert refused.value.code == "unknown_region"


def test_cleaned_numbers_are_counted():
    audience = build_audience(sheet_of(phone=["9876543210", "+919876543211", "87654 32109", "tel", ""]), Choice())
    [notice] = [notice for notice in audience.warnings if notice.code == "phone_cleaned"]
    assert notice.facts["rows"] == 1


def test_a_sheet_of_unusable_rows_only():
    sheet = sheet_of(phone=[], problems=[RowProblem(2, "", "", "ragged_row"), RowProblem(3, "", "", "ragged_row")])
    audience = build_audience(sheet, Choice())
    assert audience.arithmetic().problems == 2 and audience.arithmetic().adds_up
    assert audience.tables.contacts.column_names == ["row", "phone", "msisdn", "phone (as written)"]


# --- typed numbers


def test_typed_numbers_one_a_line_count_lines():
    audience = build_typed_audience("9876543210\n\n12345\r\n +91 98765-43211 \n", "IN", listed(B))
    assert fates(audience) == {"contacts": [1], "duplicates": [], "problems": [3], "opted_out": [4], "subtracted": []}
    assert audience.arithmetic().rows == 3 and audience.arithmetic().adds_up
    assert audience.tables.problems.column("column").to_pylist() == ["phone"]


def test_typed_numbers_between_commas_count_numbers():
    audience = build_typed_audience("98765 43210, 9876543211; +91 87654 32109\t9876543210 | 7000000001", "IN")
    assert audience.tables.contacts.column("msisdn").to_pylist() == [A, B, C, D]
    assert audience.tables.duplicates.select(["row", "repeats_row"]).to_pylist() == [{"row": 4, "repeats_row": 1}]


def test_typed_slash_is_two_people():
    assert build_typed_audience("9876543210 / 9876543211").tables.contacts.column("msisdn").to_pylist() == [A, B]


@pytest.mark.parametrize("text", ["", " \n ", ",;,", "\u2028"])
def test_nothing_typed_is_nobody(text):
    assert build_typed_audience(text).arithmetic().rows == 0


@given(st.text(max_size=60))
@settings(max_examples=examples(40), deadline=None)
def test_any_typed_text_adds_up(text):
    audience = build_typed_audience(text)
    assert audience.arithmetic().adds_up


# --- random sheets against a reading row by row

FORMS = ["{n}", "+91{n}", "0{n}", "91 {n}", "+91-{n}", " {n}", "0091{n}", "{n}.0"]
PEOPLE = ["9876543210", "9876543211", "8765432109", "7000000001"]
NUMBERS = st.builds(lambda form, n: form.format(n=n), st.sampled_from(FORMS), st.sampled_from(PEOPLE))
ODD_CELLS = st.sampled_from(["", "n/a", "12345", LANDLINE, "9.19877E+11", "+1 202 555 0100 ext 5", "+91"])
PAIRS = st.builds("{} / {}".format, st.sampled_from(PEOPLE), st.sampled_from(PEOPLE))
PHONES = st.one_of(NUMBERS, NUMBERS, ODD_CELLS, PAIRS)
ROWS = st.lists(st.tuples(PHONES, PHONES, st.sampled_from(["", "x", " "]), st.booleans()), max_size=12)
MSISDNS = st.lists(st.sampled_from([A, B, C, D]), max_size=3).map(lambda numbers: listed(*numbers))


def numbers_of(cells: tuple[str, ...], several: str) -> tuple[str, ...] | None:
    """The numbers of a row, as the words of the specification have it; None for a problem."""
    for cell in cells:
        read = read_number(cell, "IN", several)
        if read.code == "several_numbers":
            return None
        if not read.code:
            return tuple(dict.fromkeys((read.e164, *(read.extra if several == "all" else ()))))
    return None


def row_by_row(rows, choice: Choice, opted_out) -> dict[str, list]:
    """The same audience by plain loops: (row, number) of each contact, and the rows of each other fate."""
    entries, problems = [], []
    for number, (first, second, name, hidden) in enumerate(rows, 2):
        texted = None if hidden and not choice.include_hidden else numbers_of((first, second), choice.several)
        problems += [number] if texted is None else []
        filled = sum(bool(cell.strip()) for cell in (first, second, name))
        entries += [(number, int(one[1:]), filled) for one in texted or ()]
    best = {}
    for place, (_, msisdn, filled) in enumerate(entries):
        rank = {"first": -place, "last": place, "fullest": (filled, -place)}[choice.keep]
        best[msisdn] = max(best.get(msisdn, (rank, place)), (rank, place))
    kept = [entries[place] for place in sorted(place for _, place in best.values())]
    away = set(np.concatenate([listed(), *choice.subtract]).tolist())
    listed_out = [row for row, msisdn, _ in kept if msisdn in opted_out]
    taken = [row for row, msisdn, _ in kept if msisdn not in opted_out and msisdn in away]
    reached = [(row, msisdn) for row, msisdn, _ in kept if msisdn not in opted_out and msisdn not in away]
    owner = {msisdn: row for row, msisdn, _ in kept}
    again = [(row, owner[msisdn]) for row, msisdn, _ in entries if owner[msisdn] != row]
    return {"contacts": reached, "problems": problems, "duplicates": again, "opted_out": listed_out, "away": taken}


@given(
    ROWS,
    st.sampled_from(["first", "last", "fullest"]),
    st.sampled_from(["ask", "first", "all"]),
    st.booleans(),
    MSISDNS,
    MSISDNS,
)
@settings(max_examples=examples(120), deadline=None)
def test_random_sheets_agree_with_a_reading_row_by_row(rows, keep, several, hidden, opted_out, away):
    first, second, names, marks = zip(*rows, strict=True) if rows else ([], [], [], [])
    sheet = sheet_of(mobile=list(first), whatsapp=list(second), name=list(names), hidden=list(marks))
    choice = Choice(("mobile", "whatsapp"), "IN", several, keep, hidden, subtract=(away,))
    audience = build_audience(sheet, choice, opted_out)
    expected = row_by_row(rows, choice, set(opted_out.tolist()))
    contacts = audience.tables.contacts.select(["row", "msisdn"]).to_pylist()
    assert [tuple(line.values()) for line in contacts] == expected["contacts"]
    assert audience.tables.contacts.column("phone").to_pylist() == [f"+{msisdn}" for _, msisdn in expected["contacts"]]
    duplicates = audience.tables.duplicates.select(["row", "repeats_row"]).to_pylist()
    assert [tuple(line.values()) for line in duplicates] == expected["duplicates"]
    assert fates(audience)["problems"] == expected["problems"]
    assert fates(audience)["opted_out"] == expected["opted_out"]
    assert fates(audience)["subtracted"] == expected["away"]
    sums = audience.arithmetic()
    assert sums.adds_up and sums.rows == len(rows)
    assert sums.contacts + sums.extra_contacts == audience.people
    assert max(Counter(audience.tables.contacts.column("msisdn").to_pylist()).values(), default=1) == 1


@given(ROWS, st.dictionaries(st.integers(0, 11), PHONES, max_size=4))
@settings(max_examples=examples(40), deadline=None)
def test_a_corrected_sheet_reads_like_a_sheet_written_so(rows, corrections):
    first, second, names, marks = zip(*rows, strict=True) if rows else ([], [], [], [])
    columns = {"whatsapp": list(second), "name": list(names), "hidden": list(marks)}
    wanted = {(place + 2, "mobile"): cell for place, cell in corrections.items() if place < len(rows)}
    written = [wanted.get((place + 2, "mobile"), cell) for place, cell in enumerate(first)]
    corrected = build_audience(sheet_of(mobile=list(first), **columns), Choice(("mobile",), corrections=wanted))
    direct = build_audience(sheet_of(mobile=written, **columns), Choice(("mobile",)))
    assert corrected.tables.contacts.equals(direct.tables.contacts)
    assert corrected.tables.problems.equals(direct.tables.problems)
    assert corrected.tables.duplicates.equals(direct.tables.duplicates)


# --- the whole way: bytes, sheet, audience, report, and back


HARD_NAMES = [
    "=1+1",
    "+919876543210",
    "'=x",
    "'hello",
    "''@y",
    "a\nb",
    'q"uote',
    "NA",
    "007",
    "ＨＹ",
    "\uff1dx",
    "नमस्ते",
]


@pytest.mark.parametrize("write", [reports.to_csv, reports.to_xlsx])
def test_contacts_written_as_a_report_are_read_back_as_the_same_audience(write):
    phones = [f"98765432{place:02d}" for place in range(len(HARD_NAMES))]
    sheet = sheet_from(pa.table({"name": HARD_NAMES, "mobile": phones}))
    audience = build_audience(sheet, Choice())
    written = io.BytesIO()
    write([audience.valid], written)
    again = read_sheet(written.getvalue(), "valid." + write.__name__[3:])
    assert again.table.column_names == ["row", "phone", "name", "mobile"]
    assert again.table.column("name").to_pylist() == HARD_NAMES
    back = build_audience(again, Choice(("phone",)))
    assert back.tables.contacts.column("msisdn").to_pylist() == audience.tables.contacts.column("msisdn").to_pylist()


SIGNS = "'=+-@ \t\n\u00a0\u200b\u3000\uff1d\uff0b\u2212\"“,;|_x0041&<>/09aZé नमस्ते😀"


@pytest.mark.parametrize(("write", "count"), [(reports.to_csv, 100_000), (reports.to_xlsx, 20_000)])
def test_many_texts_come_back_through_a_report_as_they_were(write, count):
    chance = random.Random(11)
    texts = ["".join(chance.choices(SIGNS, k=chance.randrange(1, 9))) for _ in range(count)]
    table = pa.table({"n": [f"n{place}" for place in range(len(texts))], "text": texts})
    written = io.BytesIO()
    write([table], written)
    again = read_sheet(written.getvalue(), "texts." + write.__name__[3:], header=True)
    assert again.row_count == len(texts)
    wrong = [(a, b) for a, b in zip(texts, again.table.column("text").to_pylist(), strict=True) if a != b]
    assert not wrong


def test_many_rows_keep_their_order_and_add_up():
    rows = 300_000
    chance = np.random.default_rng(3)
    people = 917_000_000_000 + chance.integers(0, 200_000, rows)
    phones = pa.array(people).cast(pa.string())
    sheet = sheet_from(pa.table({"phone": phones, "name": phones}))
    out = np.unique(people[:1_000])
    audience = build_audience(sheet, Choice(keep="last"), out)
    contacts = audience.tables.contacts.column("msisdn").to_numpy()
    assert set(contacts.tolist()) == set(people.tolist()) - set(out.tolist())
    assert (np.diff(audience.tables.contacts.column("row").to_numpy()) > 0).all()
    assert (people[audience.tables.contacts.column("row").to_numpy() - 2] == contacts).all()
    assert audience.arithmetic().adds_up
