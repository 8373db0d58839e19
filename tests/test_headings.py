"""The header and what stands above it: no line of a file goes without a word."""

from __future__ import annotations

import csv
import io
import json

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smscore.command import main
from smscore.contacts import Choice, build_audience
from smscore.errors import SheetError
from smscore.sheets import read_sheet
from smscore.sheets.headers import find_header
from tests.examples import examples

LOST = b"Zed,,\nYan,n/a,Goa\nAmy,9876543210,Pune\nBen,9876543211,Goa\n"


def as_csv(rows: list[list[str]]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\n").writerows(rows)
    return written.getvalue().encode()


def as_xlsx(rows: list[list[str]]) -> bytes:
    workbook = openpyxl.Workbook()
    for row in rows:
        workbook.active.append([cell or None for cell in row])
    written = io.BytesIO()
    workbook.save(written)
    return written.getvalue()


def told(sheet) -> list[str]:
    return [notice.code for notice in sheet.warnings]


def test_no_row_is_lost_above_a_guessed_header():
    sheet = read_sheet(LOST, "lost.csv")
    sums = build_audience(sheet, Choice()).arithmetic()
    assert (sums.rows, sums.contacts, sums.problems) == (4, 2, 2)
    assert sheet.heading.row == 0 and sheet.heading.doubtful and not sheet.heading.titles


BARE = {
    "one filled cell": ["Zed", "", ""],
    "a blank phone": ["Zed", "", "Goa"],
    "a name only": ["Zed Khan", "", ""],
    "not available": ["Zed", "not available", "Pune"],
    "a dash": ["Zed", "-", "Goa"],
    "a short number": ["Zed", "98765", "Goa"],
    "an address": ["zed@example.com", "none", "Delhi"],
}


@pytest.mark.parametrize("written", [as_csv, as_xlsx])
@pytest.mark.parametrize("first", BARE.values(), ids=BARE)
def test_a_sheet_without_a_header_loses_no_contact_whatever_stands_first(first, written):
    rows = [first, ["Amy", "9876543210", "Pune"], ["Ben", "9876543211", "Goa"], ["Cy", "9876543212", "Goa"]]
    sheet = read_sheet(written(rows), "c")
    assert sheet.heading.row == 0 and sheet.row_count == 4 and sheet.rows.to_pylist() == [1, 2, 3, 4]
    sums = build_audience(sheet, Choice(("Column B",))).arithmetic()
    assert (sums.contacts, sums.problems) == (3, 1)


TITLED = {
    "a title": ([["Contacts of March", "", ""]], 1),
    "a title and a blank line": ([["Contacts of March", "", ""], ["", "", ""]], 1),
    "titles": ([["ACME", "", ""], ["Export of 2024-01-05", "", ""], ["", "", ""]], 2),
    "a title of two cells": ([["Report", "March", ""]], 1),
    "groups above the header": ([["Person", "", "Place"]], 1),
    "a blank line": ([["", "", ""]], 0),
}


@pytest.mark.parametrize("written", [as_csv, as_xlsx])
@pytest.mark.parametrize(("above", "titles"), TITLED.values(), ids=TITLED)
def test_titles_are_counted_and_named(above, titles, written):
    header = ["Name", "Phone", "City"]
    sheet = read_sheet(written([*above, header, ["Amy", "9876543210", "Pune"], ["Ben", "9876543211", "Goa"]]), "c")
    assert sheet.table.column_names == header and sheet.heading.row == len(above) + 1
    assert sheet.row_count == 2 and sheet.heading.title_count == len(sheet.heading.titles) == titles
    shown = [notice for notice in sheet.warnings if notice.code in ("title_not_read", "titles_not_read")]
    assert len(shown) == bool(titles) and all(line.text in str(shown[0]) for line in sheet.heading.titles)


def test_two_titles_are_told_with_their_beginnings():
    sheet = read_sheet(b"Contacts\nof March\nname,phone\nAsha,9876543210\n", "c.csv")
    (notice,) = [notice for notice in sheet.warnings if notice.code == "titles_not_read"]
    assert "2 lines above the header were not read: “Contacts”; “of March”." in str(notice)


@pytest.mark.parametrize("written", [as_csv, as_xlsx])
def test_a_row_with_a_number_above_the_header_is_a_row(written):
    rows = [["Amy", "9876543210", "Pune"], ["Name", "Phone", "City"], ["Ben", "9876543211", "Goa"]]
    sheet = read_sheet(written(rows), "c")
    assert sheet.table.column_names == ["Name", "Phone", "City"] and sheet.rows.to_pylist() == [1, 3]
    assert build_audience(sheet, Choice()).tables.contacts.column("row").to_pylist() == [1, 3]
    chosen = read_sheet(written([["Zed", "", ""], *rows]), "c", header=3)
    assert chosen.rows.to_pylist() == [2, 4] and [line.row for line in chosen.heading.titles] == [1]


def test_a_header_that_is_repeated_lower_down_and_a_footer_are_problems():
    header, rows = ["Name", "Phone"], [["Amy", "9876543210"], ["Name", "Phone"], ["Ben", "9876543211"], ["Total", "2"]]
    sums = build_audience(read_sheet(as_csv([header, *rows]), "c"), Choice()).arithmetic()
    assert (sums.rows, sums.contacts, sums.problems) == (4, 2, 2)


def test_a_line_of_units_below_the_header_is_a_problem_and_no_header():
    sheet = read_sheet(b"Name,Phone,Amount\ntext,digits,INR\nAmy,9876543210,12\nBen,9876543211,7\n", "c.csv")
    assert sheet.table.column_names == ["Name", "Phone", "Amount"] and sheet.row_count == 3


def test_a_header_of_unknown_words_is_taken_and_asked_about():
    sheet = read_sheet("பெயர,எண,ஊர\nAmy,9876543210,Pune\nBen,9876543211,Goa\n".encode(), "c.csv")
    assert sheet.heading.row == 1 and sheet.heading.doubtful and told(sheet) == ["header_doubtful"]
    assert "பெயர, எண, ஊர" in str(sheet.warnings[0])


@pytest.mark.parametrize("written", [as_csv, as_xlsx])
def test_the_row_of_the_header_may_be_named(written):
    rows = [["x", "y"], ["Who", "Where to"], ["Amy", "9876543210"]]
    sheet = read_sheet(written(rows), "c", header=2)
    assert sheet.table.column_names == ["Who", "Where to"] and sheet.heading.title_count == 1
    assert read_sheet(written(rows), "c", header=False).row_count == 3
    for row in (9, 1_000):
        with pytest.raises(SheetError) as refused:
            read_sheet(written(rows), "c", header=row)
        assert refused.value.code == "no_such_header_row" or refused.value.code == "no_rows"


def test_a_header_far_below_may_be_named():
    rows = [[f"line {place}", ""] for place in range(200)] + [["Who", "Phone"], ["Amy", "9876543210"]]
    sheet = read_sheet(as_csv(rows), "c", header=201)
    assert sheet.table.column_names == ["Who", "Phone"] and sheet.rows.to_pylist() == [202]
    assert sheet.heading.title_count == 200 and len(sheet.heading.titles) == 100


@pytest.mark.parametrize("header", [["Name", "City", "Phone"], ["who", "where", "mobile"]])
def test_a_header_that_leaves_out_the_names_of_rows_is_moved_over_its_columns(header):
    rows = [["1", "Asha", "Pune", "9876543210"], ["2", "Ravi", "Goa", "9876543211"]]
    sheet = read_sheet(as_csv([header, *rows]), "r.csv")
    assert sheet.table.column_names == ["Row name", *header] and "row_names" in told(sheet)
    assert sheet.table.column(header[0]).to_pylist() == ["Asha", "Ravi"]


def test_a_last_column_without_a_name_moves_nothing_where_the_numbers_fit():
    sheet = read_sheet(b"Id,Phone,City\n7,9876543210,Goa,vip\n8,9876543211,Pune,new\n", "c.csv")
    assert sheet.table.column_names[:3] == ["Id", "Phone", "City"]


NAMES = st.sampled_from(["Amy", "Ben", "Zed Khan", "", "n/a", "Name", "Total 4"])
PHONES = st.sampled_from(["9876543210", "98765 43211", "", "n/a", "-", "Phone", "12345", "call me", "+44 7911 123456"])
CITIES = st.sampled_from(["Goa", "Pune", "", "City", "Contacts of March"])


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(st.tuples(NAMES, PHONES, CITIES), min_size=1, max_size=14), st.sampled_from([None, False, True, 1, 2]))
def test_every_line_of_any_sheet_is_a_title_the_header_or_a_row(rows, asked):
    """Also of sheets that nobody would call one: what is read, and what is named as not read, is what was written."""
    filled = [place for place, row in enumerate(rows) if any(row)]
    first = filled[0] if filled else 0
    place = asked - 1 - first if type(asked) is int else asked
    if type(place) is int and not (0 <= place < len(rows) - first and any(rows[first:][place])):
        return
    table = [list(row) for row in rows[first:]] if filled else []
    header = find_header(table, place)
    above = [at for at in range(max(header.position, 0)) if any(table[at])]
    titles = [at for at in above if at not in header.kept]
    rest = [at for at in range(header.position + 1, len(table)) if any(table[at])] + list(header.kept)
    assert len(filled) == len(titles) + (header.position >= 0) + len(rest)
    assert not [at for at in titles if "9876543210" in table[at] or "98765 43211" in table[at]]


@settings(max_examples=examples(25), deadline=None)
@given(st.lists(st.tuples(NAMES, PHONES, CITIES), min_size=2, max_size=10), st.sampled_from([as_csv, as_xlsx]))
def test_the_lines_of_a_file_add_up(rows, written):
    content = written([list(row) for row in rows])
    filled = sum(any(row) for row in rows)
    try:
        sheet = read_sheet(content, "c")
    except SheetError as refused:
        assert refused.code in ("no_rows", "empty_file", "not_a_sheet")
        return
    assert filled == sheet.heading.title_count + bool(sheet.heading.row) + sheet.row_count
    assert [line.row for line in sheet.heading.first] == [at + 1 for at, row in enumerate(rows) if any(row)][:12]


def test_check_reports_the_lines_that_were_not_read(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SMSCORE_DATABASE_URL", f"sqlite:///{tmp_path / 'none.db'}")
    (tmp_path / "t.csv").write_bytes(b"ACME,,\n\nName,Phone,City\nAmy,9876543210,Goa\n")
    assert main(["check", "t.csv", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["rows"], found["header_row"], found["title_lines"]) == (1, 3, 1)
    assert found["titles"] == [{"row": 1, "text": "ACME"}] and found["warnings"] == ["title_not_read"]
    assert main(["check", "t.csv", "--json", "--header", "none"]) == 0
    assert json.loads(capsys.readouterr().out)["rows"] == 3
    assert main(["check", "t.csv"]) == 0
    assert "Row 1 above the header was not read: ACME" in (said := capsys.readouterr().out)
    assert "--header ROW|none" in said
    assert main(["check", "t.csv", "--json", "--header", "2"]) == 2
    assert json.loads(capsys.readouterr().out)["error"] == "no_such_header_row"


def test_a_row_with_words_of_headers_far_down_does_not_become_the_header():
    rows = [["a", "b", "c"], ["7", "x", "y"], ["8", "No. 123456", "State Bank"], ["9", "Name", "z"]]
    sheet = read_sheet(as_csv(rows), "c.csv")
    assert sheet.table.column_names == ["a", "b", "c"] and sheet.row_count == 3
