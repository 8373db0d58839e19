"""Sheets: whatever the file, every row is read exactly or named with a reason, and hostile files cost nothing."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
import re
import subprocess
import threading
import time
import zipfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import date, datetime
from datetime import time as clock
from pathlib import Path

import openpyxl
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from openpyxl.cell import WriteOnlyCell

from smscore.errors import SENTENCES, SheetError
from smscore.reports import guard_cell
from smscore.sheets import LIMITS, NotOneRow, Sheet, parse_row, prepare, read_sheet, reader_process
from smscore.sheets.reader.framing import WHOLE_ROW, limit_bad_cells
from tests.examples import examples
from tests.forked_readers import starting_readers_afresh

DIFFICULT = Path(__file__).parent.parent.parent / "shared" / "sheets"
INDEX = DIFFICULT / "index.json"
FILES = json.loads(INDEX.read_text())["files"] if INDEX.exists() else []
PASSES_TOO = {"51_path_traversal.xlsx": "unsafe_workbook"}
ACCEPTED_ALTHOUGH_OLD = ("62_legacy.xls", "63_legacy_named.xlsx")
JUDGED_WITH_THE_NUMBERS = ("21_scientific_phone.csv", "23_phone_forms.csv", "55_numeric_phones.xlsx")


def outcome(raw: bytes, name: str, **asked) -> Sheet | SheetError:
    """What becomes of a file: the sheet, or the refusal itself."""
    try:
        return read_sheet(raw, name, **asked)
    except SheetError as refusal:
        return refusal


def refused(raw: bytes, name: str = "contacts.xlsx", **asked) -> SheetError:
    """The refusal of a file that must be refused, with both sentences filled in."""
    with pytest.raises(SheetError) as caught:
        read_sheet(raw, name, **asked)
    assert caught.value.code in SENTENCES
    assert caught.value.next_step and "…" not in str(caught.value)
    return caught.value


def cells(sheet: Sheet) -> list[list[str]]:
    return [list(row.values()) for row in sheet.table.to_pylist()]


def codes(sheet: Sheet) -> list[str]:
    return [notice.code for notice in sheet.warnings]


def problems(sheet: Sheet) -> list[tuple[int, str, str]]:
    return [(problem.row, problem.column, problem.code) for problem in sheet.problems]


# The collection of difficult files


def difficult(case: dict) -> bytes:
    raw = (DIFFICULT / case["file"]).read_bytes()
    return gzip.decompress(raw) if case.get("unpack") == "gzip" else raw


@pytest.fixture(scope="module")
def outcomes() -> dict[str, Sheet | SheetError]:
    """The outcome of every difficult file, several read at once as on a busy server."""
    with starting_readers_afresh(), ThreadPoolExecutor(3) as readers:
        ends = readers.map(lambda case: outcome(difficult(case), case["file"].removesuffix(".gz")), FILES)
        return dict(zip((case["file"] for case in FILES), ends, strict=True))


@pytest.mark.slow  # test_shared_sheets reads each of them in the fast part, one at a time
@pytest.mark.skipif(not FILES, reason="the collection of difficult files is not beside this checkout")
@pytest.mark.parametrize("case", FILES, ids=[case["file"] for case in FILES])
def test_every_difficult_file_ends_as_its_index_says(case, outcomes):
    end = outcomes[case["file"]]
    if (case["outcome"] == "reject" and case["file"] not in ACCEPTED_ALTHOUGH_OLD) or case["file"] in PASSES_TOO:
        assert isinstance(end, SheetError)
        assert end.code == PASSES_TOO.get(case["file"], case.get("error"))
        assert end.code in SENTENCES and end.next_step
        return
    assert isinstance(end, Sheet), end
    wanted = (3, 0) if case["file"] in ACCEPTED_ALTHOUGH_OLD else (case["rows_ok"], case["rows_bad"])
    if case["file"] in JUDGED_WITH_THE_NUMBERS:
        wanted = (sum(wanted), 0)
    assert (end.table.num_rows, len({problem.row for problem in end.problems})) == wanted
    if "warning" in case and case["warning"] != "phone_cleaned":
        assert case["warning"] in codes(end)
    if case["outcome"] == "salvage" and "error" in case and end.problems:
        assert {problem.code for problem in end.problems} == {case["error"]}


@pytest.mark.skipif(not FILES, reason="the collection of difficult files is not beside this checkout")
def test_the_control_file_is_read_word_for_word():
    with (DIFFICULT / "01_control.csv").open(newline="") as source:
        header, *rows = csv.reader(source)
    sheet = read_sheet((DIFFICULT / "01_control.csv").read_bytes(), "01_control.csv")
    assert sheet.table.column_names == header
    assert cells(sheet) == rows
    assert sheet.rows.to_pylist() == list(range(2, 12))


# Text files


@pytest.mark.parametrize("late", ['"two\nlines"', '"open'])
@pytest.mark.slow
def test_a_large_file_that_is_read_anew_near_its_end_is_read_right(late):
    rows = [[f"name {at}", f"{9876500000 + at}", "x" * 200] for at in range(60_000)]
    text = "name,phone,note\n" + "".join(f"{name},{phone},{note}\n" for name, phone, note in rows)
    sheet = read_sheet(f"{text}{late},9123456789,z\n".encode(), "c.csv")
    whole = late.endswith('s"')
    assert cells(sheet) == rows + ([["two\nlines", "9123456789", "z"]] if whole else [])
    assert [row for row, *_ in problems(sheet)] == ([] if whole else [60_002])


def test_the_guard_of_a_header_in_csv_is_taken_off_as_that_of_a_cell_is():
    raw = b"'=name,'-phone,'s note\n'=Asha,'+919876543210,'s\n"
    sheet = read_sheet(raw, "c.csv")
    assert sheet.table.column_names == ["=name", "-phone", "'s note"]
    assert cells(sheet) == [["=Asha", "+919876543210", "'s"]]


def test_row_numbers_count_blank_lines_and_records_as_excel_does():
    raw = b'name,phone\n\nAsha,9876543210\n"Ravi\nKumar",9876543211\n,\n\nMeera,9876543212,surplus\nLi,9876543213\n'
    sheet = read_sheet(raw, "c.csv")
    assert cells(sheet) == [["Asha", "9876543210"], ["Ravi\nKumar", "9876543211"], ["Li", "9876543213"]]
    assert sheet.rows.to_pylist() == [3, 4, 8]
    assert problems(sheet) == [(7, "", "ragged_row")]
    assert (sheet.blank_rows, sheet.row_count) == (3, 4)


def test_an_unclosed_quote_costs_its_own_line_and_no_other():
    raw = b'name,phone\nAsha,9876543210\n"Ravi,9876543211\nMeera,9876543212\n"Li",9876543213\nTV 5",9876543214\n'
    sheet = read_sheet(raw, "c.csv")
    assert [row[0] for row in cells(sheet)] == ["Asha", "Meera", "Li", 'TV 5"']
    assert problems(sheet) == [(3, "", "unclosed_quote")]
    assert sheet.rows.to_pylist() == [2, 4, 5, 6]


def test_an_unclosed_quote_that_closes_far_below_swallows_no_contact():
    lines = [
        b"name,phone",
        b'"Asha,9876543210',
        *(b"Ravi,98765432%02d" % each for each in range(50)),
        b'Li",9876543299',
    ]
    sheet = read_sheet(b"\n".join(lines), "c.csv")
    assert sheet.row_count == 52
    assert problems(sheet)[0] == (2, "", "unclosed_quote")


@pytest.mark.parametrize("closes", ["", '"Li,9876543299,Goa', 'Li,9876543299,"Goa'])
def test_an_unclosed_quote_in_a_rows_first_cell_swallows_no_contact(closes):
    lines = ["name,phone,city", *(f"Ravi,98765432{each:02},Pune" for each in range(90)), closes or "Li,9876543299,Goa"]
    lines[41] = f'"{lines[41]}'
    sheet = read_sheet("\n".join(lines).encode(), "c.csv")
    assert sheet.row_count == 91
    assert [row for row, *_ in problems(sheet)] == ([42, 92] if closes else [42])


LATE_QUOTES = ['"open,9123456789,z', '"open,9123456789,z\n', 'Li,9123456789,"open', 'Li,9123456789,"open\n']


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
@pytest.mark.parametrize("late", LATE_QUOTES)
def test_a_quote_left_open_in_the_very_last_line_is_named_as_such(late, encoding):
    text = "".join(f"José {at},{9876500000 + at},{'x' * 200}\n" for at in range(5_000))
    sheet = read_sheet(f"name,phone,note\n{text}{late}".encode(encoding), "c.csv")
    assert problems(sheet) == [(5_002, "", "unclosed_quote")]
    assert sheet.problems[0].value == late.rstrip()
    assert sheet.table.num_rows == 5_000


def test_a_row_whose_last_cell_closes_its_quote_is_no_open_one():
    sheet = read_sheet(b'name,note,phone\nAsha,"12, MG Road\n",9876543210\n9876543211,Li,"two\n"", lines"', "c.csv")
    assert cells(sheet) == [["Asha", "12, MG Road\n", "9876543210"], ["9876543211", "Li", 'two\n", lines']]


@pytest.mark.parametrize("end", ["Li", 'Li",9876543219,x,more'])
def test_a_quote_left_open_takes_no_other_row_along_when_its_own_row_has_another_number_of_cells(end):
    rows = "".join(f"Ravi,98765432{at},Goa\n" for at in range(10, 16))
    sheet = read_sheet(f'name,phone,city\nAsha,9876543200,Goa\n"open,9876543209,Goa\n{rows}{end}\n'.encode(), "c.csv")
    assert [row[0] for row in cells(sheet)] == ["Asha", *["Ravi"] * 6]
    assert problems(sheet) == [(3, "", "unclosed_quote"), (10, "", "ragged_row")]


# Rows that are refused, and what is kept of them


def test_a_line_that_is_no_row_is_kept_as_it_is_written_up_to_a_limit():
    line = 'Ravi,"12, ""MG"" Road",9876543211,surplus'
    long = "x" * 9_000 + ",1,2,3"
    raw = f'name,address,phone\nAsha,"a\nb",9876543210\n{line}\nLi,9876543212\n{long}\n'
    for careful in ("", '"open,1,2\n'):
        sheet = read_sheet(f"{raw}{careful}".encode(), "c.csv")
        assert [problem.value for problem in sheet.problems[:3]] == [line, "Li,9876543212", "x" * 8_192]
        assert [problem.code for problem in sheet.problems[:3]] == ["ragged_row", "ragged_row", "long_ragged_row"]
        assert "It has 4 cells; the sheet has 3 columns" in sheet.problems[0].reason
        assert sheet.separator == ","


def test_the_lines_that_are_kept_of_one_file_are_limited_together():
    line = "ü" * 4_000 + ",1,2"
    sound = "name,phone\n" + "Asha,9876543210\n" * 5_000
    sheet = read_sheet((sound + f"{line}\n" * 2_000).encode(), "c.csv")
    kept = [problem.value for problem in sheet.problems]
    assert (len(kept), kept[0]) == (2_000, line)
    assert kept[-1] == line[:120] and sheet.problems[-1].code == "long_ragged_row"
    assert sum(map(len, kept)) < 4 << 20


def test_rows_refused_for_single_cells_keep_their_other_cells():
    sheet = read_sheet(b"name,phone,city\nAsha,1,Goa\nR\0vi,2,\nLi,3,Pune\nMeera,4,A\0gra\n", "c.csv")
    assert (cells(sheet), sheet.rows.to_pylist()) == ([["Asha", "1", "Goa"], ["Li", "3", "Pune"]], [2, 4])
    aside = sheet.set_aside
    assert (aside.rows.to_pylist(), aside.hidden.to_pylist()) == ([3, 5], [False, False])
    assert [row["phone"] for row in aside.table.to_pylist()] == ["2", "4"]
    assert aside.table.schema == sheet.table.schema
    assert read_sheet(b"name,phone\nAsha,1\n", "c.csv").set_aside is None


def test_rows_with_error_values_keep_whether_they_are_hidden_even_where_nothing_else_stands():
    book = openpyxl.Workbook()
    page = book.active
    for row in (["name", "phone"], ["#N/A", None], ["Asha", 919876543210], ["#REF!", 919876543211]):
        page.append(row)
    page.row_dimensions[2].hidden = True
    kept = io.BytesIO()
    book.save(kept)
    sheet = read_sheet(kept.getvalue(), "c.xlsx")
    assert problems(sheet) == [(2, "name", "cell_error_value"), (4, "name", "cell_error_value")]
    assert (sheet.rows.to_pylist(), sheet.row_count, sheet.blank_rows) == ([3], 3, 0)
    assert sheet.set_aside.table.to_pylist() == [{"name": "", "phone": ""}, {"name": "", "phone": "919876543211"}]
    assert (sheet.set_aside.rows.to_pylist(), sheet.set_aside.hidden.to_pylist()) == ([2, 4], [True, False])


def test_where_too_many_cells_are_bad_those_of_one_row_are_listed_together():
    cells = [(2, 0, "#N/A", "cell_error_value"), (3, 0, "#N/A", "cell_error_value"), (3, 4, "a␀", "nul_byte")]
    assert limit_bad_cells(cells, most=3) == cells
    assert limit_bad_cells(cells, most=2) == [cells[0], (3, WHOLE_ROW, "2 cells", "many_bad_cells")]


@pytest.mark.slow
def test_more_bad_cells_than_rows_are_no_reason_to_refuse_a_sheet():
    raw = b"a,b,c,phone\n" + b"\0,\0,\0,9876543210\n" * 750_000 + b"x,y,z,9876543211\n\0,,,9876543212\n"
    sheet = read_sheet(raw, "c.csv")
    assert (sheet.row_count, sheet.table.num_rows, len(sheet.problems)) == (750_002, 1, 750_001)
    assert problems(sheet)[0] == (2, "", "many_bad_cells") and problems(sheet)[-1] == (750_003, "a", "nul_byte")
    assert sheet.set_aside.rows.to_pylist() == [750_003]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "\x1f"])
def test_a_line_is_shown_with_a_separator_that_can_be_seen_and_read_again_by_the_rules_of_the_file(separator):
    lines = ["name,phone,city", *["Asha,1,Goa"] * 20, "Li,3", "Meera,4,Pune"]
    sheet = read_sheet("\n".join(line.replace(",", separator) for line in lines).encode(), "c.csv")
    (problem,) = sheet.problems
    assert problem.value.isprintable()
    between = problem.value[2:-1]
    third = f"New {separator} Town".replace("\x1f", "")  # as in the file, nothing unseen stays within a cell
    assert parse_row(f'{problem.value}{between}"New {between} Town"', sheet.separator, 3) == ["Li", "3", third]


@pytest.mark.parametrize(
    ("written", "width", "code", "count"),
    [
        ("a,b,c", 2, "ragged_row", 3),
        ("a", 2, "ragged_row", 1),
        ('a,"b', 2, "unclosed_quote", 1),
        ("a,b\nc,d", 2, "several_rows", 1),
        ("a,b␀", 2, "nul_byte", 1),
        ("a,#REF!", 2, "cell_error_value", 1),
        ("a," + "b" * 50_000, 2, "cell_too_long", 1),
    ],
)
def test_a_written_line_that_is_no_row_is_told_apart(written, width, code, count):
    with pytest.raises(NotOneRow) as wrong:
        parse_row(written, ",", width)
    assert (wrong.value.code, wrong.value.cells) == (code, count) and code in SENTENCES


def test_a_written_line_is_read_as_the_file_is():
    assert parse_row("'=Asha,\u202e9876543210,", ",", 2) == ["=Asha", "9876543210"]
    assert parse_row('"two\nlines",TV 5"', ",", 2) == ["two\nlines", 'TV 5"']
    assert parse_row(r"Asha\t9876543210", "\t", 2) == ["Asha", "9876543210"]
    assert parse_row(r"C:\temp,1", ",", 2) == [r"C:\temp", "1"]


def test_addresses_over_several_lines_stay_whole():
    raw = b'name,address,phone\nAsha,"12, MG Road\nIndiranagar, Bengaluru\n560001",9876543210\n'
    assert cells(read_sheet(raw, "c.csv")) == [["Asha", "12, MG Road\nIndiranagar, Bengaluru\n560001", "9876543210"]]


@pytest.mark.parametrize("separator", [",", ";", "\t", "|", "^", "~"])
def test_any_separator_is_found(separator):
    lines = ["name,phone,city", "Asha,9876543210,Pune", "Ravi,9876543211,Goa"]
    sheet = read_sheet("\n".join(line.replace(",", separator) for line in lines).encode(), "c.csv")
    assert sheet.table.column_names == ["name", "phone", "city"]
    assert cells(sheet) == [line.split(",") for line in lines[1:]]


@pytest.mark.parametrize(
    "lines",
    [
        ["Surname, Name;Phone", "Doe, John;9876543210", "Roe, Jane;9876543211"],
        ["Price, EUR;Phone", "1,50;+91 98765 43210", "2,50;9876543211"],
        ["9876543210;1,50", "9876543211;2,50", "9876543212;12"],
        ["Asha;9876543210;12, MG Road, Pune", "Ravi;9876543211;7, Fort, Mumbai"],
    ],
)
def test_a_comma_in_every_row_does_not_hide_the_semicolon_beside_the_numbers(lines):
    sheet = read_sheet("\n".join(lines).encode(), "c.csv")
    shown = cells(sheet) if "no_header" in codes(sheet) else [sheet.table.column_names, *cells(sheet)]
    assert shown == [line.split(";") for line in lines]


def test_numbers_beside_each_other_in_a_cell_do_not_part_the_cell():
    sheet = read_sheet(b"id,phone\n1,9876543210;9876543211\n2,9876543212;9876543213\n", "c.csv")
    assert cells(sheet) == [["1", "9876543210;9876543211"], ["2", "9876543212;9876543213"]]


def test_excels_own_separator_line_is_no_row():
    sheet = read_sheet(b"sep=;\r\nname;phone\r\nA,B;9876543210\r\n", "c.csv")
    assert cells(sheet) == [["A,B", "9876543210"]]
    assert sheet.rows.to_pylist() == [2]


@pytest.mark.parametrize(
    ("codec", "mark", "warned"),
    [
        ("utf-8", b"", False),
        ("utf-8-sig", b"", False),
        ("utf-16", b"", False),
        ("utf-16-be", b"\xfe\xff", False),
        ("utf-16-le", b"", True),
        ("utf-16-be", b"", True),
        ("cp1252", b"", True),
    ],
)
def test_every_encoding_is_told_by_its_bytes(codec, mark, warned):
    text = "name,phone\nJosé Ñandú,9876543210\nZoë “Z”,9876543211\n"
    sheet = read_sheet(mark + text.encode(codec), "c.csv")
    assert sheet.table.column("name").to_pylist() == ["José Ñandú", "Zoë “Z”"]
    assert ("encoding_guessed" in codes(sheet)) is warned


def test_windows_letters_far_below_are_still_noticed():
    raw = b"name,phone\n" + b"Asha,9876543210\n" * 400_000 + "José,9876543211\n".encode("cp1252")
    sheet = read_sheet(raw, "c.csv")
    assert sheet.table.num_rows == 400_001
    assert sheet.table.column("name")[400_000].as_py() == "José"
    assert codes(sheet) == ["encoding_guessed"]


def test_windows_letters_far_below_are_noticed_beside_an_unclosed_quote_too():
    lines = ["name,phone,city", *["Asha,9876543210,Pune"] * 100_000, "José,9876543211,Málaga"]
    lines[50] = lines[60] = 'Ravi,9876543212,"Goa'
    sheet = read_sheet("\n".join(lines).encode("cp1252"), "c.csv")
    assert cells(sheet)[-1] == ["José", "9876543211", "Málaga"]
    assert [row for row, *_ in problems(sheet)] == [51, 61]
    assert codes(sheet) == ["encoding_guessed"]


@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("rows", [1, 200_000])
def test_a_stray_windows_letter_spoils_no_text_in_utf8(mark, rows):
    raw = f"{mark}name,phone\n{'आशा,9876543210' + chr(10)}".encode() + b"Asha,9876543210\n" * rows
    sheet = read_sheet(raw + b"Jos\xe9,9876543211\n", "c.csv")
    assert sheet.table.column_names == ["name", "phone"]
    assert (cells(sheet)[0][0], cells(sheet)[-1][0]) == ("आशा", "José")
    assert codes(sheet) == ["encoding_guessed"] and "UTF-8, and Windows-1252" in str(sheet.warnings[0])


def test_a_first_row_with_a_number_is_a_contact():
    sheet = read_sheet(b"Asha,+91 98765 43210\nRavi,9876543211\n", "c.csv")
    assert sheet.table.column_names == ["Column A", "Column B"]
    assert sheet.rows.to_pylist() == [1, 2]
    assert codes(sheet) == ["no_header"]


@pytest.mark.parametrize(
    ("first", "below"),
    [
        ("9876543210;9876543211", "9876543212"),
        ("9876543210 / 9876543211", "9876543212"),
        ('="9876543210"', "9876543212"),
        ("9.19876543210E+11", "9876543212"),
        ("\u202a+91 98765 43210\u202c", "9876543212"),
        ("91234567", "81234567"),
        ("98765", "9876543212"),
    ],
)
def test_a_first_row_with_a_number_in_any_form_is_a_contact(first, below):
    raw = io.StringIO()
    csv.writer(raw).writerows([["Asha", first], ["Ravi", below], ["Li", below]])
    sheet = read_sheet(raw.getvalue().encode(), "c.csv")
    assert sheet.rows.to_pylist() == [1, 2, 3]
    assert codes(sheet)[0] == "no_header"


@pytest.mark.parametrize("header", ["name,20240131", "name,Amount 2024", "name,phone (10 digits)", "2023,2024", "id,1"])
def test_a_header_with_digits_is_no_contact(header):
    sheet = read_sheet(f"{header}\nAsha,15\nRavi,9\nLi,9876543210\n".encode(), "c.csv")
    assert sheet.table.column_names == header.split(",")


def test_the_operator_may_say_whether_there_is_a_header():
    raw = b"first,second\nAsha,9876543210\n"
    assert read_sheet(raw, "c.csv", header=False).table.num_rows == 2
    assert read_sheet(b"1,9876543210\nAsha,9876543211\n", "c.csv", header=True).table.column_names == [
        "1",
        "9876543210",
    ]


def test_titles_above_the_header_are_passed_over():
    sheet = read_sheet(b"Contacts of March,\n,\nname,phone\nAsha,9876543210\n", "c.csv")
    assert sheet.table.column_names == ["name", "phone"]
    assert sheet.rows.to_pylist() == [4]
    assert sheet.row_count == 1


@pytest.mark.parametrize("titles", ["Contacts\nof March\n\n", "\nContacts\n", "Contacts\n"])
def test_titles_without_separators_are_no_rows(titles):
    sheet = read_sheet(f"{titles}name,phone,city\nAsha,9876543210,Pune\nRavi,9876543211,Goa\n".encode(), "c.csv")
    assert sheet.table.column_names == ["name", "phone", "city"]
    assert sheet.rows.to_pylist() == [titles.count("\n") + 2, titles.count("\n") + 3]
    assert not sheet.problems


def test_as_many_titles_as_rows_do_not_hide_the_columns():
    sheet = read_sheet(b"Contacts\nof March\nname,phone\nAsha,9876543210\n", "c.csv")
    assert sheet.table.to_pylist() == [{"name": "Asha", "phone": "9876543210"}]


@pytest.mark.parametrize("titles", ["", "Contacts\n\n"])
def test_a_header_stands_though_all_rows_leave_out_their_last_cells(titles):
    raw = f"{titles}name,phone,city,note\nAsha,9876543210\nRavi,9876543211\nLi,9876543212\nTom\n".encode()
    sheet = read_sheet(raw, "c.csv")
    assert sheet.table.column_names == ["name", "phone", "city", "note"]
    assert [row[1:] for row in cells(sheet)] == [["9876543210", "", ""], ["9876543211", "", ""], ["9876543212", "", ""]]
    assert problems(sheet) == [(titles.count("\n") + 5, "", "ragged_row")]


def test_columns_of_one_name_are_told_apart_and_recorded():
    sheet = read_sheet(b"phone,name,phone,phone (2),\n1,2,3,4,5\n", "c.csv")
    assert sheet.table.column_names == ["phone", "name", "phone (3)", "phone (2)", "Column E"]
    assert sheet.same_name == {"phone": ("phone", "phone (3)")}


def test_trailing_separators_are_no_extra_cells():
    sheet = read_sheet(b"name,phone\nAsha,9876543210,\nRavi,9876543211,,\n", "c.csv")
    assert sheet.table.num_rows == 2 and not sheet.problems


def test_of_all_characters_only_those_that_hide_or_turn_text_are_taken_out():
    unseen = {*range(1, 9), 11, 12, *range(14, 32), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A)}
    unseen.add(0xFEFF)
    written = [code for code in (*range(1, 0x3000), *range(0xFE00, 0x10000), 0x1F600) if chr(code) not in '\r\n",']
    lines = "".join(f"{code},a{chr(code)}b{chr(code)}\r\n" for code in written)
    sheet = read_sheet(f"code,text\r\n{lines}".encode(), "contacts.csv")
    assert cells(sheet) == [[str(code), "ab" if code in unseen else f"a{chr(code)}b{chr(code)}"] for code in written]
    assert [notice.facts for notice in sheet.warnings] == [{"count": len(unseen)}]


def test_an_apostrophe_that_guards_a_formula_is_taken_off_once():
    written = ["=1+1", "'=1+1", "+919876543210", "-5", "@x", "'quoted'", "O'Brien", " =x", "＝1", "\t=x", "plain"]
    raw = io.StringIO()
    csv.writer(raw, quoting=csv.QUOTE_ALL).writerows([["text", "n"], *([guard_cell(text), "1"] for text in written)])
    sheet = read_sheet(raw.getvalue().encode("utf-8-sig"), "c.csv")
    assert sheet.table.column("text").to_pylist() == written


def test_signs_that_nobody_sees_are_taken_out_and_joiners_stay():
    family = "👩\u200d👧"
    raw = f"name,phone\nA\u202egnp\u2066,9876543210\n{family},9876543211\nB\x07\x7f\u0085C,9876543212\n"
    sheet = read_sheet(raw.encode(), "c.csv")
    assert sheet.table.column("name").to_pylist() == ["Agnp", family, "BC"]
    assert codes(sheet) == ["control_characters_removed"]


def test_a_cell_longer_than_any_spreadsheet_holds_is_a_problem_of_its_row():
    raw = b"name,phone\nAsha,9876543210\n" + b"x" * 40_000 + b",9876543211\n"
    sheet = read_sheet(raw, "c.csv")
    assert problems(sheet) == [(3, "name", "cell_too_long")]
    assert len(sheet.problems[0].value) < 200


def test_words_that_mean_missing_elsewhere_stay_words():
    words = ["NA", "None", "null", "nan", "#N/A", "007", "1e5", "TRUE", " padded ", "-"]
    raw = "word,phone\n" + "".join(f"{word},9876543210\n" for word in words)
    assert read_sheet(raw.encode(), "c.csv").table.column("word").to_pylist() == words


LETTERS = st.characters(
    exclude_categories=("Cs", "Cc"), exclude_characters="\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\ufeff"
)
NASTY = st.sampled_from(
    ["", " ", '"', '""', "'", "'=", "=1", "+", "a,b", "a;b\tc|d", "x\ny", "x\r\ny", "\n", "NA", "é"]
)
CELLS = st.one_of(NASTY, st.text(LETTERS, max_size=12))


@st.composite
def tables(draw) -> list[list[str]]:
    width = draw(st.integers(2, 6))
    return draw(st.lists(st.lists(CELLS, min_size=width, max_size=width), min_size=1, max_size=30))


def read_back(rows: list[list[str]], separator: str, codec: str, line_end: str, quoting: int) -> None:
    width = len(rows[0])
    header = [f"column {position}" for position in range(width)]
    written = io.StringIO()
    writer = csv.writer(written, delimiter=separator, lineterminator=line_end, quoting=quoting)
    writer.writerow(header)
    writer.writerows([guard_cell(cell) for cell in row] for row in rows)
    assume(any(any(row) for row in rows))
    sheet = read_sheet(written.getvalue().encode(codec), "c.csv")
    filled = [(number, row) for number, row in enumerate(rows, 2) if any(row)]
    assert sheet.table.column_names == header
    assert cells(sheet) == [row for _, row in filled]
    assert sheet.rows.to_pylist() == [number for number, _ in filled]
    assert sheet.blank_rows == len(rows) - len(filled)
    assert not sheet.problems


ANY_WRITING = given(
    tables(),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    st.sampled_from(["\n", "\r\n"]),
    st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL]),
)
PATIENT = {"deadline": None, "suppress_health_check": list(HealthCheck)}


@settings(max_examples=6, **PATIENT)
@ANY_WRITING
def test_any_table_written_as_csv_is_read_back_cell_for_cell(rows, separator, codec, line_end, quoting):
    read_back(rows, separator, codec, line_end, quoting)


@pytest.mark.slow
@settings(max_examples=examples(120), **PATIENT)
@ANY_WRITING
def test_a_great_many_tables_written_as_csv_are_read_back(rows, separator, codec, line_end, quoting):
    read_back(rows, separator, codec, line_end, quoting)


# Workbooks


def workbook(rows: list[list], title: str = "Contacts", change=None) -> bytes:
    book = openpyxl.Workbook()
    book.active.title = title
    for row in rows:
        book.active.append(row)
    if change:
        change(book)
    kept = io.BytesIO()
    book.save(kept)
    return kept.getvalue()


def repacked(raw: bytes, changes: dict[str, bytes]) -> bytes:
    """A workbook with some of its parts replaced or added."""
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(part, changes.pop(part, None) or old.read(part))
        for part, content in changes.items():
            new.writestr(part, content)
    return kept.getvalue()


def sheet_xml(raw: bytes) -> str:
    return zipfile.ZipFile(io.BytesIO(raw)).read("xl/worksheets/sheet1.xml").decode()


SMALL = [["name", "phone"], ["Asha", "+919876543210"], ["Ravi", "+919876543211"], ["Meera", "+919876543212"]]


def test_cells_of_every_type_read_as_excel_shows_them():
    shown = {
        919876543210: "919876543210",
        9876543210.0: "9876543210",
        0.1 + 0.2: "0.3",
        1234.5: "1234.5",
        -0.0000001: "-0.0000001",
        98765432109876543: "9.87654321098765E+16",
        True: "TRUE",
        date(2026, 3, 4): "2026-03-04",
        datetime(2026, 3, 4, 10, 30): "2026-03-04 10:30:00",
        datetime(2026, 3, 4, 10, 30, 15, 250_000): "2026-03-04 10:30:15",
        clock(9, 5): "09:05:00",
        "007": "007",
        "true": "true",
        "2026-03-04 00:00:00": "2026-03-04 00:00:00",
        "98765432109876543": "98765432109876543",
        "0.30000000000000004": "0.30000000000000004",
        "NA": "NA",
        " padded ": " padded ",
    }
    sheet = read_sheet(workbook([["cell", "name"], *([cell, "x"] for cell in shown)]), "c.xlsx")
    assert sheet.table.column("cell").to_pylist() == list(shown.values())


def test_a_number_that_is_too_large_for_its_date_format_is_read_as_the_number_it_is():
    def format_as_dates(book):
        for row in (2, 3):
            book.active.cell(row, 2).number_format = "yyyy-mm-dd"

    rows = [["name", "phone"], ["Asha", 919876543210], ["Ravi", 9876543211], ["Meera", "=NA()"]]
    raw = workbook(rows, change=format_as_dates)
    sheet = read_sheet(raw, "c.xlsx")
    assert cells(sheet) == cells(read_sheet(with_far_cell(raw), "c.xlsx"))
    assert cells(sheet) == [["Asha", "919876543210"], ["Ravi", "9876543211"]]
    assert problems(sheet) == [(4, "phone", "cell_error_value")]


@pytest.mark.parametrize("left", [0, 2])
def test_zeros_that_only_a_format_shows_are_read_as_excel_shows_them(left):
    def zeros(book):
        page = book.active
        for row, code in enumerate(("000", "0000000000", "000000;-000000", "000", "0", "000", "000"), 2):
            page.cell(row, 2).number_format = code
        page.cell(99, 2).number_format = "000"
        page.move_range("A1:B99", cols=left)

    given = [7, 9876543210, -42, "7", 7, True, 1.5]
    raw = workbook([["phone", "code"], *(["9876543210", cell] for cell in given)], change=zeros)
    for found in (read_sheet(raw, "c.xlsx"), read_sheet(with_far_cell(raw), "c.xlsx")):
        shown = ["007", "9876543210", "-000042", "7", "7", "TRUE", "1.5"]
        assert found.table.column("code").to_pylist() == shown


@pytest.mark.parametrize("left", [1, 2, 3, 9])
def test_cells_of_every_type_are_read_alike_wherever_the_sheet_begins(left):
    given = [["name", "when", "paid", "order"], ["Asha", date(2026, 3, 4), True, 98765432109876543]]
    sheet = read_sheet(workbook(given, change=lambda book: book.active.move_range("A1:D2", cols=left)), "c.xlsx")
    assert cells(sheet) == [["Asha", "2026-03-04", "TRUE", "9.87654321098765E+16"]]


def test_a_sheet_that_starts_in_the_middle_keeps_its_row_numbers():
    def shift(book):
        book.active.insert_rows(1, 4)
        book.active.insert_cols(1, 2)
        book.active.insert_rows(7)

    sheet = read_sheet(workbook(SMALL, change=shift), "c.xlsx")
    assert sheet.rows.to_pylist() == [6, 8, 9]
    assert cells(sheet) == SMALL[1:]
    assert sheet.blank_rows == 1


def test_hidden_rows_are_marked():
    def hide(book):
        book.active.row_dimensions[3].hidden = True

    sheet = read_sheet(workbook(SMALL, change=hide), "c.xlsx")
    assert sheet.hidden.to_pylist() == [False, True, False]
    assert codes(sheet) == []


def test_hidden_rows_are_seen_under_a_namespace_prefix_and_single_quotes():
    xml = sheet_xml(workbook(SMALL)).replace('<row r="3"', "<row r='3' hidden='1'")
    xml = re.sub(r"<(/?)(worksheet|sheetData|row|c|v|is|t)\b", r"<\1x:\2", xml)
    xml = xml.replace("xmlns=", "xmlns:x=", 1)
    sheet = read_sheet(repacked(workbook(SMALL), {"xl/worksheets/sheet1.xml": xml.encode()}), "c.xlsx")
    assert sheet.hidden.to_pylist() == [False, True, False]


@pytest.mark.parametrize("cut", [2, 5, 7])
def test_a_hidden_row_is_seen_where_two_pieces_of_the_sheet_meet(cut):
    raw = workbook(SMALL, change=lambda book: setattr(book.active.row_dimensions[3], "hidden", True))
    xml = sheet_xml(raw)
    padding = " " * ((4 << 20) - xml.index("hidden=") - cut)
    padded = xml.replace("<sheetData>", f"{padding}<sheetData>").encode()
    assert read_sheet(repacked(raw, {"xl/worksheets/sheet1.xml": padded}), "c.xlsx").hidden.to_pylist()[1]


def test_a_hidden_row_is_seen_with_spaces_around_the_sign():
    raw = workbook(SMALL, change=lambda book: setattr(book.active.row_dimensions[3], "hidden", True))
    xml = sheet_xml(raw).replace('hidden="1"', 'hidden = "1"').encode()
    assert read_sheet(repacked(raw, {"xl/worksheets/sheet1.xml": xml}), "c.xlsx").hidden.to_pylist()[1]


def test_error_cells_and_formulas_never_calculated_are_problems_of_their_rows():
    def spoil(book):
        book.active["A2"] = "#REF!"
        book.active["A2"].data_type = "e"
        book.active["B4"] = "=1+1"

    sheet = read_sheet(workbook(SMALL, change=spoil), "c.xlsx")
    assert problems(sheet) == [(2, "name", "cell_error_value"), (4, "phone", "cell_error_value")]
    assert [problem.value for problem in sheet.problems] == ["#REF!", "=1+1"]
    assert cells(sheet) == [SMALL[2]]
    assert sheet.row_count == 3


def test_a_formula_whose_stored_value_is_empty_text_is_an_empty_cell():
    raw = workbook(SMALL)
    xml = re.sub(r'<c r="A3"[^>]*>.*?</c>', '<c r="A3" t="str"><f>IF(1,"")</f><v></v></c>', sheet_xml(raw))
    sheet = read_sheet(repacked(raw, {"xl/worksheets/sheet1.xml": xml.encode()}), "c.xlsx")
    assert not sheet.problems
    assert cells(sheet)[1] == ["", "+919876543211"]


def several_sheets(book) -> None:
    book.create_sheet("Empty")
    secret = book.create_sheet("Archive", 0)
    secret.append(["name", "phone"])
    secret.append(["Old", "9876543299"])
    secret.sheet_state = "hidden"


def test_one_sheet_with_contents_is_chosen_and_hidden_sheets_come_last():
    sheet = read_sheet(workbook(SMALL, change=several_sheets), "c.xlsx")
    assert sheet.sheet == "Contacts"
    assert sheet.sheets == ("Contacts", "Empty", "Archive")


def test_several_sheets_with_contents_are_for_the_operator_to_choose():
    raw = workbook(SMALL, change=lambda book: book.copy_worksheet(book.active))
    refusal = refused(raw)
    assert refusal.code == "choose_sheet"
    assert refusal.facts["choices"] == ("Contacts", "Contacts Copy")
    assert read_sheet(raw, "c.xlsx", sheet="Contacts Copy").sheet == "Contacts Copy"
    assert refused(raw, sheet="Elsewhere").code == "no_such_sheet"


def kept(name: str) -> bytes:
    return (Path(__file__).parent / "data" / "sheets" / name).read_bytes()


def test_the_old_binary_workbook_is_read():
    sheet = read_sheet(kept("legacy.xls"), "old.xls")
    assert cells(sheet) == [[f"Asha {each}", f"+91987654320{each}", "Pune"] for each in range(3)]
    assert codes(sheet) == []


@pytest.mark.parametrize("name", ["hidden.xls", "hidden.xlsb"])
def test_rows_hidden_in_a_binary_workbook_are_marked(name):
    # Rows 4 and 7 are hidden; row 1 is empty, and row 1 of the other sheet is hidden too.
    assert refused(kept(name), name).facts["choices"] == ("Read me", "Contacts")
    sheet = read_sheet(kept(name), name, sheet="Contacts")
    assert cells(sheet) == [
        [person, f"91987654321{at}"] for at, person in enumerate(("Asha", "Ravi", "Meera", "Li", "José"))
    ]
    assert (sheet.rows.to_pylist(), sheet.hidden.to_pylist()) == ([3, 4, 5, 7, 8], [False, True, False, True, False])
    assert codes(sheet) == []


def test_a_binary_workbook_with_cells_that_would_be_passed_over_is_refused():
    assert refused(kept("short_cells.xlsb"), "c.xlsb", sheet="Contacts").code == "cells_not_read"


def test_an_old_workbook_whose_rows_cannot_be_walked_through_is_read_with_a_warning():
    raw = bytearray(kept("hidden.xls"))
    raw[72] ^= 1  # it names one more sector of its own directory than it has; the reader of cells does not mind
    sheet = read_sheet(bytes(raw), "c.xls", sheet="Contacts")
    assert (cells(sheet), codes(sheet)) == (
        cells(read_sheet(kept("hidden.xls"), "c.xls", sheet="Contacts")),
        ["hidden_rows_unseen"],
    )


@pytest.mark.parametrize("cuts", [4, pytest.param(24, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", ["hidden.xls", "hidden.xlsb"])
def test_a_binary_workbook_cut_off_anywhere_is_refused_or_read_whole(name, cuts):
    raw = kept(name)
    whole = read_sheet(raw, name, sheet="Contacts")
    for size in range(64, len(raw), len(raw) // cuts):
        end = outcome(raw[:size], name, sheet="Contacts")
        assert isinstance(end, SheetError) or (cells(end), end.hidden) == (cells(whole), whole.hidden)


def open_document(rows: list[list[str]]) -> bytes:
    cell = "<table:table-cell office:value-type='string'><text:p>{}</text:p></table:table-cell>"
    return open_table("".join(f"<table:table-row>{''.join(map(cell.format, row))}</table:table-row>" for row in rows))


def open_table(page: str) -> bytes:
    space = 'xmlns:{0}="urn:oasis:names:tc:opendocument:xmlns:{0}:1.0"'
    spaces = " ".join(map(space.format, ("office", "table", "text")))
    content = f"<office:document-content {spaces}><office:body><office:spreadsheet><table:table table:name='One'>{page}"
    content += "</table:table></office:spreadsheet></office:body></office:document-content>"
    return open_content(content)


def open_content(content: str) -> bytes:
    """An open document with this content.xml, stored as it is."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", "<manifest/>")
        archive.writestr("content.xml", content)
    return kept.getvalue()


def test_open_document_sheets_are_read():
    sheet = read_sheet(open_document([["name", "phone"], ["Asha", "+919876543210"], ["true", "007"]]), "c.ods")
    assert cells(sheet) == [["Asha", "+919876543210"], ["true", "007"]]
    assert (sheet.sheet, codes(sheet)) == ("One", [])


def open_row(text: str, said: str = "") -> str:
    cells = "".join(
        f"<table:table-cell office:value-type='string'><text:p>{text} {n}</text:p></table:table-cell>" for n in "ab"
    )
    return f"<table:table-row {said}>{cells}</table:table-row>"


def test_times_and_dates_of_an_open_document_sheet_read_as_those_of_excel():
    def typed(kind: str, said: str) -> str:
        cell = f'<table:table-cell office:value-type="{kind}" office:{kind}-value="{said}"><text:p>shown</text:p>'
        return f"<table:table-row>{cell}</table:table-cell></table:table-row>"

    cell = "<table:table-cell office:value-type='string'><text:p>{}</text:p></table:table-cell>"
    text = f"<table:table-row>{cell}</table:table-row>"
    given = [
        ("time", "PT09H05M07S"),
        ("time", "PT36H00M00.5S"),
        ("date", "2026-03-04T10:30:00"),
        ("date", "2026-03-04"),
    ]
    rows = [text.format("when"), *(typed(kind, said) for kind, said in given), text.format("2026-03-04T10:30:00")]
    shown = ["09:05:07", "36:00:00", "2026-03-04 10:30:00", "2026-03-04", "2026-03-04T10:30:00"]
    assert cells(read_sheet(open_table("".join(rows)), "c.ods")) == [[text] for text in shown]


def test_rows_hidden_in_an_open_document_sheet_are_marked():
    group = "<table:table-row-group table:display='{}'>{}</table:table-row-group>"
    page = [
        open_row("head"),
        open_row("one", "table:visibility='filter'"),
        "<table:table-row table:number-rows-repeated='3' table:visibility='collapse'/>",
        open_row("two"),
        group.format("false", open_row("three") + group.format("true", open_row("four"))),
        group.format("true", open_row("five")),
        open_row("six", 'table:style-name="a>b" table:visibility="collapse" table:number-rows-repeated="2"'),
        open_row("seven", "table:visibility='visible'"),
        "<table:table-row table:number-rows-repeated='1048560' table:visibility='collapse'/>",
    ]
    sheet = read_sheet(open_table("".join(page)), "c.ods")
    seen = zip(
        sheet.rows.to_pylist(), [row[0].split()[0] for row in cells(sheet)], sheet.hidden.to_pylist(), strict=True
    )
    assert list(seen) == [
        *((2, "one", True), (6, "two", False), (7, "three", True), (8, "four", True), (9, "five", False)),
        *((10, "six", True), (11, "six", True), (12, "seven", False)),
    ]
    assert codes(sheet) == []


def content_of(raw: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return archive.read("content.xml").decode()


OPEN_PAGE = "".join(
    [
        open_row("head"),
        open_row("<text:span>A</text:span> <text:span>B</text:span> &lt;c&gt;", "table:visibility='filter'"),
        open_row("two", "table:number-rows-repeated='2'"),
        "<table:table-row-group table:display='false'>" + open_row("three") + "</table:table-row-group>",
    ]
)
OPEN_CELLS = [["A B <c> a", "A B <c> b"], ["two a", "two b"], ["two a", "two b"], ["three a", "three b"]]


def indented(content: str) -> str:
    """As a program writes XML for people: each tag on a line of its own, but for those within paragraphs."""
    return re.sub(r"(?<=>)(?=</?(?:table|office):|<text:p)", "\n    ", content)


NOISES = {
    "as spreadsheets write it": lambda content: f'<?xml version="1.0" encoding="UTF-8"?>\n{content}\n',
    "indented": indented,
    "indented in the Windows way": lambda content: indented(content).replace("\n    ", "\r\n\t"),
    "on lines without indentation": lambda content: indented(content).replace("\n    ", "\n"),
    "commented": lambda content: re.sub(
        r"(?<=>)(?=</?table:|<text:p)", "<!-- <table:table-row table:visibility='filter'/> > -- -->", content
    ),
    "commented in a cell": lambda content: content.replace("two", "t<!-- </text:p> -->w<!---->o"),
    "in CDATA": lambda content: content.replace(" &lt;c&gt;", "<![CDATA[ <c>]]>").replace("two", "<![CDATA[two]]>"),
    "CDATA like rows": lambda content: content.replace("&lt;c&gt;", "<![CDATA[<]]><!-- x -->c<![CDATA[>]]>"),
    "instructed": lambda content: re.sub(r"(?<=>)(?=<table:table-)", "<?go <table:table-row/> ?>", content),
    "broken into pages": lambda content: content.replace("<text:p>", "<text:soft-page-break/><text:p>"),
    "paragraphs on lines": lambda content: indented(content).replace("<text:p>", "<text:p>\n ").replace("</t", "\n</t"),
}


@pytest.mark.parametrize("noise", NOISES)
def test_an_open_document_is_read_alike_however_its_xml_is_laid_out(noise):
    content = NOISES[noise](content_of(open_table(OPEN_PAGE)))
    sheet = read_sheet(open_content(content), "c.ods")
    assert cells(sheet) == OPEN_CELLS
    assert (sheet.rows.to_pylist(), sheet.hidden.to_pylist()) == ([2, 3, 4, 5], [True, False, False, True])
    assert codes(sheet) == []


@pytest.mark.parametrize("lay_out", [str, indented], ids=["plain", "indented"])
def test_tabs_line_breaks_and_spaces_in_an_open_document_are_kept(lay_out):
    text = "12<text:tab/>MG<text:s text:c='2'/>Road<text:line-break></text:line-break>Pune <text:span> x</text:span>"
    sheet = read_sheet(open_content(lay_out(content_of(open_table(open_row("head") + open_row(text))))), "c.ods")
    assert cells(sheet)[0][0] == "12\tMG  Road\nPune x a"


@pytest.mark.slow
def test_a_large_open_document_is_laid_out_anew_across_its_pieces():
    rows = "".join(
        open_row(f"<![CDATA[{n}&<]]>", "table:visibility='filter'" if n % 3 == 0 else "") for n in range(30_000)
    )
    sheet = read_sheet(open_content(indented(content_of(open_table(open_row("head") + rows)))), "c.ods")
    assert cells(sheet) == [[f"{n}&< a", f"{n}&< b"] for n in range(30_000)]
    assert sheet.hidden.to_pylist() == [n % 3 == 0 for n in range(30_000)]


def test_hidden_rows_of_the_chosen_sheet_count_and_of_no_other():
    content = content_of(open_table(OPEN_PAGE))
    other = (
        "<table:table table:name='Two'>" + open_row("head") + open_row("x") + open_row("y", HIDDEN) + "</table:table>"
    )
    both = content.replace("</office:spreadsheet>", f"{other}</office:spreadsheet>")
    for lay_out in (str, indented):
        sheet = read_sheet(open_content(lay_out(both)), "c.ods", sheet="Two")
        assert (cells(sheet), sheet.hidden.to_pylist()) == ([["x a", "x b"], ["y a", "y b"]], [False, True])


HIDDEN = "table:visibility='collapse'"
DOCTYPE = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
HOSTILE = {
    "a comment that never ends": (lambda content: content.replace("two", "<!-- two"), "damaged_workbook"),
    "CDATA that never ends": (lambda content: content.replace("two", "<![CDATA[ two"), "damaged_workbook"),
    "entities behind a long comment": (lambda content: f"<!--{'x' * 9_000}-->{DOCTYPE}{content}", "unsafe_workbook"),
    "half a tag": (lambda content: f"<!-- x -->{content[:-20]}", "damaged_workbook"),
    "a table in a cell": (
        lambda content: content.replace("<text:p>two", f"<table:table>{open_row('x')}</table:table><text:p>two"),
        "unsafe_workbook",
    ),
    "comments that begin and begin": (lambda content: content.replace("two", "<!--" * (1 << 20)), "damaged_workbook"),
    "one endless row": (lambda content: content.replace("two", f"two{' x' * (40 << 20)}<!-- -->"), "damaged_workbook"),
}


@pytest.mark.parametrize("attack", HOSTILE)
def test_an_open_document_that_cannot_be_laid_out_anew_is_refused(attack):
    change, code = HOSTILE[attack]
    start = time.monotonic()
    assert refused(open_content(change(content_of(open_table(OPEN_PAGE)))), "c.ods").code == code
    assert time.monotonic() - start < 60


@pytest.mark.parametrize("again", ["<text:p>", "<table:table-row a='", "<text:span> <", "<table:table-cell>  \n"])
@pytest.mark.slow
def test_an_open_document_made_to_be_slow_is_decided_soon(again):
    content = content_of(open_table(OPEN_PAGE)).replace("two", "<!-- --><text:line-break/>" + again * (1 << 18))
    start = time.monotonic()
    outcome(open_content(content), "c.ods")
    assert time.monotonic() - start < 60


def test_an_open_document_with_a_password_is_refused_as_such():
    manifest = '<manifest><manifest:encryption-data manifest:checksum="x"/></manifest>'
    raw = repacked(
        open_table(OPEN_PAGE), {"META-INF/manifest.xml": manifest.encode(), "content.xml": os.urandom(3_000)}
    )
    assert refused(raw, "c.ods").code == "password_protected"


EXCEL_TEXT = st.text(
    st.characters(exclude_categories=("Cs", "Cc", "Co", "Cn"), exclude_characters="\ufeff_"), max_size=15
)
EXCEL_CELLS = st.one_of(
    EXCEL_TEXT.filter(lambda text: not re.search("[\u202a-\u202e\u2066-\u2069]", text)),
    st.integers(-(10**14), 10**14),
    st.decimals(-100_000, 100_000, places=2).map(float),
    st.booleans(),
    st.dates(date(1950, 1, 1), date(2099, 1, 1)),
)


def as_excel_shows(cell) -> str:
    if isinstance(cell, bool):
        return str(cell).upper()
    if isinstance(cell, float):
        return str(int(cell)) if cell == int(cell) else repr(cell)
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def book_read_back(rows: list[list]) -> None:
    book = openpyxl.Workbook(write_only=True)
    page = book.create_sheet("Contacts")
    page.append(["first", "second", "third"])
    for row in rows:
        page.append([text_cell(page, cell) if isinstance(cell, str) else cell for cell in row])
    kept = io.BytesIO()
    book.save(kept)
    filled = [[as_excel_shows(cell) for cell in row] for row in rows]
    numbers = [number for number, row in enumerate(filled, 2) if any(row)]
    assume(numbers)
    sheet = read_sheet(kept.getvalue(), "c.xlsx")
    assert cells(sheet) == [row for row in filled if any(row)]
    assert sheet.rows.to_pylist() == numbers


def text_cell(page, text: str) -> WriteOnlyCell:
    cell = WriteOnlyCell(page, text)
    cell.data_type = "s"
    return cell


ANY_BOOK = given(st.lists(st.lists(EXCEL_CELLS, min_size=3, max_size=3), min_size=1, max_size=30))


@settings(max_examples=4, **PATIENT)
@ANY_BOOK
def test_any_table_written_as_a_workbook_is_read_back_cell_for_cell(rows):
    book_read_back(rows)


@pytest.mark.slow
@settings(max_examples=examples(80), **PATIENT)
@ANY_BOOK
def test_a_great_many_tables_written_as_workbooks_are_read_back(rows):
    book_read_back(rows)


# Hostile files


def test_a_file_larger_than_the_limit_is_refused_before_it_is_read():
    assert refused(b"x" * 2_000_000, "c.csv", limits=replace(LIMITS, file_size=1 << 20)).code == "file_too_large"


def test_one_endless_line_is_refused_cheaply():
    start = time.monotonic()
    assert refused(b"," * 20_000_000, "c.csv").code == "too_many_columns"
    assert refused(b"x" * 20_000_000, "c.csv").code == "line_too_long"
    assert time.monotonic() - start < 10


def test_an_endless_line_below_a_sound_header_harms_no_other_row():
    sheet = read_sheet(b"name,phone\nAsha,9876543210\n" + b"," * 3_000_000 + b"x\nRavi,9876543211\n", "c.csv")
    assert [row[0] for row in cells(sheet)] == ["Asha", "Ravi"]
    assert problems(sheet) == [(3, "", "long_ragged_row")]
    assert sheet.problems[0].value == "," * 8_192 and codes(sheet) == ["ragged_rows"]


def test_more_rows_than_the_limit_are_refused_while_reading():
    raw = b"name,phone\n" + b"Asha,9876543210\n" * 2_000
    assert refused(raw, "c.csv", limits=replace(LIMITS, rows=1_999)).code == "too_many_rows"
    assert read_sheet(raw, "c.csv", limits=replace(LIMITS, rows=2_000)).table.num_rows == 2_000


def test_shared_strings_that_swell_are_refused():
    raw = repacked(workbook(SMALL), {"xl/sharedStrings.xml": b"<sst><si><t>" + b" " * (64 << 20) + b"</t></si></sst>"})
    assert refused(raw).code == "zip_too_large"


def test_a_false_count_of_strings_kills_at_most_the_child():
    count = b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" count="4000000000" '
    raw = repacked(
        workbook(SMALL), {"xl/sharedStrings.xml": count + b'uniqueCount="4000000000"><si><t>x</t></si></sst>'}
    )
    end = outcome(raw, "c.xlsx")
    assert isinstance(end, Sheet) or end.code == "damaged_workbook"


def test_a_false_dimension_makes_no_room_for_cells_that_are_not_there():
    raw = workbook(SMALL)
    xml = re.sub(r'<dimension ref="[^"]*"', '<dimension ref="A1:XFD1048576"', sheet_xml(raw))
    assert cells(read_sheet(repacked(raw, {"xl/worksheets/sheet1.xml": xml.encode()}), "c.xlsx")) == SMALL[1:]


def test_hyperlinks_over_the_whole_sheet_are_not_followed():
    raw = workbook(SMALL)
    link = '<hyperlinks><hyperlink ref="A1:XFD1048576" location="x"/></hyperlinks></worksheet>'
    xml = sheet_xml(raw).replace("</worksheet>", link)
    assert cells(read_sheet(repacked(raw, {"xl/worksheets/sheet1.xml": xml.encode()}), "c.xlsx")) == SMALL[1:]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_parts_of_one_name_are_refused():
    raw = io.BytesIO(workbook(SMALL))
    with zipfile.ZipFile(raw, "a") as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"<worksheet/>")
    assert refused(raw.getvalue()).code == "unsafe_workbook"


def test_a_part_whose_bytes_are_damaged_is_refused():
    raw = bytearray(workbook(SMALL * 400))
    at = raw.index(b"xl/worksheets/sheet1.xml") + 200
    raw[at : at + 40] = bytes(40)
    assert refused(bytes(raw)).code == "damaged_workbook"


@pytest.mark.parametrize("damage", ["", "<!-- an aside that the fast reader refuses ]]> -- -->"])
def test_of_two_rows_of_one_number_none_is_lost_without_a_word(damage):
    raw = workbook([*SMALL, ["Om", 919876543219]])
    twins = sheet_xml(raw).replace('r="3"', 'r="2"').replace('"A3"', '"A2"').replace('"B3"', '"B2"')
    refusal = refused(repacked(raw, {"xl/worksheets/sheet1.xml": f"{twins}{damage}".encode()}))
    assert (refusal.code, refusal.facts["row"]) == ("row_twice", 2)


def test_rows_in_another_order_are_read_by_their_numbers():
    raw = workbook([["name", "phone"], ["Asha", 919876543210], ["Om", 919876543219]])
    head, second, third, end = re.split(r'(?=<row r="[23]")|(?=</sheetData>)', sheet_xml(raw))
    mixed = f"{head}{third}{second}{end}".encode()
    sheet = read_sheet(repacked(raw, {"xl/worksheets/sheet1.xml": mixed}), "c.xlsx")
    assert cells(sheet) == [["Asha", "919876543210"], ["Om", "919876543219"]]


def far_cell_sheet() -> bytes:
    return with_far_cell(workbook([*SMALL, [date(2026, 3, 4), 919876543213], [True, 0.1 + 0.2]]))


def with_far_cell(raw: bytes) -> bytes:
    stray = '<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    return repacked(raw, {"xl/worksheets/sheet1.xml": sheet_xml(raw).replace("</sheetData>", stray).encode()})


def test_a_cell_in_the_last_corner_costs_only_itself():
    sheet = read_sheet(far_cell_sheet(), "c.xlsx")
    assert cells(sheet) == [*SMALL[1:], ["2026-03-04", "919876543213"], ["TRUE", "0.3"]]
    assert codes(sheet) == ["stray_cell"]


def test_texts_that_cells_share_are_found_cell_by_cell_as_well():
    strings = (
        b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><si><t>Tom &amp; Co</t></si>'
        b"<si><r><t>As</t></r><r><rPr><b/></rPr><t>ha</t></r><rPh><t>unread</t></rPh></si></sst>"
    )
    raw = far_cell_sheet()
    xml = re.sub(r'<c r="A2"[^>]*>.*?</c>', '<c r="A2" t="s"><v>1</v></c>', sheet_xml(raw))
    xml = re.sub(r'<c r="A3"[^>]*>.*?</c>', '<c r="A3" t="s"><v>0</v></c>', xml)
    parts = {"xl/worksheets/sheet1.xml": xml.encode(), "xl/sharedStrings.xml": strings}
    assert [row[0] for row in cells(read_sheet(repacked(raw, parts), "c.xlsx"))][:2] == ["Asha", "Tom & Co"]


def test_texts_in_parts_and_as_character_data_are_found_cell_by_cell_as_well():
    parts = '<r><rPr><b/><color rgb="FFFF0000"/><charset val="1"/></rPr><t>As</t></r><r><t>ha</t></r>'
    xml = re.sub(
        r'<c r="A2"[^>]*>.*?</c>', f'<c r="A2" t="inlineStr"><is>{parts}</is></c>', sheet_xml(far_cell_sheet())
    )
    given = '<c r="A3" t="inlineStr"><is><t><![CDATA[Tom & <Co>]]></t></is></c>'
    xml = re.sub(r'<c r="A3"[^>]*>.*?</c>', given, xml).encode()
    sheet = read_sheet(repacked(far_cell_sheet(), {"xl/worksheets/sheet1.xml": xml}), "c.xlsx")
    assert [row[0] for row in cells(sheet)][:2] == ["Asha", "Tom & <Co>"]


def test_a_text_that_the_workbook_does_not_hold_costs_only_its_row():
    raw = workbook(SMALL)
    xml = re.sub(r'<c r="A3"[^>]*>.*?</c>', '<c r="A3" t="s"><v>99</v></c>', sheet_xml(raw))
    sheet = read_sheet(repacked(raw, {"xl/worksheets/sheet1.xml": xml.encode()}), "c.xlsx")
    assert problems(sheet) == [(3, "name", "damaged_row")]
    assert cells(sheet) == [SMALL[1], SMALL[3]]


@pytest.mark.usefixtures("fresh_readers")
def test_a_child_without_enough_memory_is_a_refusal_and_no_crash():
    tight = replace(LIMITS, memory=400 << 20, answer=16 << 20)
    raw = b"name,phone\n" + b"Asha,9876543210\n" * 1_000_000
    assert refused(raw, "c.csv", limits=tight).code in ("too_much_memory", "damaged_workbook")


@pytest.mark.usefixtures("fresh_readers")
def test_a_child_that_takes_too_long_is_ended():
    assert refused(workbook(SMALL), limits=replace(LIMITS, wall_seconds=0.001)).code == "took_too_long"


@pytest.mark.usefixtures("fresh_readers")
def test_a_child_that_died_while_it_waited_is_replaced():
    prepare()
    os.kill(reader_process._waiting[0].process.pid, 9)
    assert read_sheet(b"name,phone\nAsha,9876543210\n", "c.csv").table.num_rows == 1


@pytest.mark.usefixtures("fresh_readers")
def test_a_child_that_has_waited_and_rehearsed_reads_only_the_file():
    prepare()
    waiting = reader_process._waiting[0].process
    with pytest.raises(subprocess.TimeoutExpired):
        waiting.wait(1.0)
    sheet = read_sheet(b"name,phone\nAsha,9876543210\n", "c.csv")
    assert sheet.table.to_pylist() == [{"name": "Asha", "phone": "9876543210"}]
    assert waiting.returncode is not None, "another child read the file"


@pytest.mark.usefixtures("fresh_readers")
def test_a_child_killed_again_and_again_is_a_refusal():
    def kill(fraction: float, what: str) -> None:
        for task in Path("/proc/self/task").iterdir():
            for each in (task / "children").read_text().split():
                os.kill(int(each), 9)

    if not Path("/proc/self/task").exists():
        pytest.skip("this system does not tell a process its children")
    raw = b"name,phone\n" + b"Asha,9876543210\n" * 500_000
    assert refused(raw, "c.csv", progress=kill).code == "damaged_workbook"


@pytest.mark.usefixtures("fresh_readers")
def test_the_child_knows_nothing_of_the_servers_environment(monkeypatch):
    monkeypatch.setenv("SMSCORE_API_KEY", "never-to-be-seen")
    prepare()
    environment = Path(f"/proc/{reader_process._waiting[0].process.pid}/environ")
    if not environment.exists():
        pytest.skip("this system does not show a process's environment")
    assert b"never-to-be-seen" not in environment.read_bytes()


# On the way


def test_bytes_paths_and_open_files_are_read_alike(tmp_path):
    raw = b"name,phone\nAsha,9876543210\n"
    path = tmp_path / "c.csv"
    path.write_bytes(raw)
    kept = [read_sheet(source, "c.csv") for source in (raw, path, io.BytesIO(raw))]
    assert all(sheet.table.equals(kept[0].table) for sheet in kept)
    assert refused(tmp_path / "missing.csv", "missing.csv").code == "file_unreadable"


def test_progress_rises_to_the_end():
    heard: list[float] = []
    raw = b"name,phone\n" + b"Asha,9876543210\n" * 500_000
    read_sheet(raw, "c.csv", progress=lambda fraction, what: heard.append(fraction))
    assert heard == sorted(heard) and heard[-1] == 1.0 and len(heard) > 3


@pytest.mark.slow
def test_another_thread_goes_on_while_a_large_workbook_is_read():
    raw = workbook([["name", "phone"], *([f"name {each}", 919800000000 + each] for each in range(60_000))])
    gaps, ticking = [], threading.Event()

    def tick() -> None:
        last = time.monotonic()
        while not ticking.is_set():
            time.sleep(0.005)
            gaps.append(time.monotonic() - last)
            last = time.monotonic()

    ticker = threading.Thread(target=tick)
    ticker.start()
    assert read_sheet(raw, "c.xlsx").table.num_rows == 60_000
    ticking.set()
    ticker.join()
    assert max(gaps) < 0.5


@pytest.mark.slow
def test_as_many_rows_as_excel_holds_are_read_from_csv(tmp_path):
    path = tmp_path / "million.csv"
    row = b"Asha,+919876543210,Pune,asha@example.in,ORD1,10.50,2026-03-04,note\n"
    path.write_bytes(b"name,phone,city,email,order,amount,day,note\n" + row * 1_048_576)
    sheet = read_sheet(path, "million.csv")
    assert sheet.table.num_rows == 1_048_576
    assert sheet.rows[-1].as_py() == 1_048_577
