"""Reports open in a spreadsheet with every cell as it was, and none that runs."""

import csv
import io
import zipfile
from datetime import UTC, datetime
from unicodedata import category

import openpyxl
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape

from smscore import Choice, build_audience, read_sheet, reports
from smscore.campaigns import REPORT_COLUMNS
from smscore.errors import SENTENCES, ReportError
from smscore.reports import GUARDED
from smscore.sheets.text_columns import GUARD
from smscore.tables import to_frame
from tests.examples import examples

HARD = [
    *("=1+1", "+919876543210", "-5", "@sum", "\tq", "\rq", "\nq", " =1", "\u00a0=1", "'=1", "''=1", "'hello"),
    *("\uff1d1+1", "\u200b=1", "\u202e=1", "a\rb", "a\r\nb", "_x0041_", "_x0041_x0042_", "_xZZ_", "a&b<c>]]>"),
    *(" lead", "trail ", "", "नमस्ते", "😀", '"q"', "a,b", "007", "1E5", "NA", "9" * 19, "0919876543210", "\u2028"),
]
# What XML and the spreadsheets' own readers bring back: no lone surrogates, no U+FFFE/F, no C0 control characters.
ALPHABET = st.characters(exclude_categories=("Cs",), exclude_characters="\ufffe\uffff\x00")
CELLS = st.one_of(
    st.text(ALPHABET, max_size=12),
    st.sampled_from(HARD),
    st.text(st.sampled_from("'=+-@ \t\r\n\u200b\uff1d_x0041&<\"9a"), max_size=8),
)
TABLES = st.integers(1, 4).flatmap(lambda width: st.lists(st.lists(CELLS, min_size=width, max_size=width), max_size=8))


BLANK = ("Cc", "Cf", "Zs", "Zl", "Zp")
# Format characters that print a sign of their own around the digits after them, so nothing looks past them.
PREFIX_MARKS = "\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2"


def table_of(rows: list[list[str]], width: int | None = None) -> pa.Table:
    width = len(rows[0]) if rows else (width or 1)
    return pa.table({f"column {place}": pa.array([row[place] for row in rows], pa.string()) for place in range(width)})


def csv_rows(tables: list[pa.Table]) -> list[list[str]]:
    written = io.BytesIO()
    reports.to_csv(tables, written)
    text = written.getvalue().decode("utf-8-sig")
    return list(csv.reader(io.StringIO(text, newline="")))


def xlsx_book(tables: list[pa.Table], **options) -> openpyxl.Workbook:
    written = io.BytesIO()
    reports.to_xlsx(tables, written, **options)
    return openpyxl.load_workbook(io.BytesIO(written.getvalue()))


def cells_of(sheet) -> list[list]:
    shown = [[cell.value for cell in row] for row in sheet.iter_rows()]
    return [
        [unescape(value) if isinstance(value, str) else "" if value is None else value for value in r] for r in shown
    ]


def is_formula_to_a_spreadsheet(text: str) -> bool:
    # Written apart from the product: what OWASP lists, after everything blank or invisible of the BMP is gone.
    seen = "".join(c for c in text if c in "\t\r\n" or category(c) not in BLANK or c in PREFIX_MARKS or c > "\uffff")
    folded = seen.translate(str.maketrans("＝＋－＠", "=+-@"))
    return folded[:1] in tuple("=+-@\t\r\n")


@pytest.mark.parametrize("value", HARD)
def test_a_neutral_text_never_starts_as_a_formula_and_comes_back(value):
    assert not is_formula_to_a_spreadsheet(reports.guard_cell(value))
    assert reports.unguard_cell(reports.guard_cell(value)) == value


def test_harmless_texts_are_left_alone():
    for value in ("Asha", "O'Brien", "'hello", "007", "", "नमस्ते", "a=b", "1-2"):
        assert reports.guard_cell(value) == value == reports.unguard_cell(value)


@given(st.text(max_size=20))
@settings(max_examples=examples(1500))
def test_every_text_comes_back_from_neutral(value):
    assert reports.unguard_cell(reports.guard_cell(value)) == value
    assert not is_formula_to_a_spreadsheet(reports.guard_cell(value))


@given(TABLES)
@settings(max_examples=examples(300), deadline=None)
def test_a_csv_report_comes_back_cell_for_cell(rows):
    header, *lines = csv_rows([table_of(rows)])
    assert [[reports.unguard_cell(cell) for cell in line] for line in lines] == rows
    assert not any(is_formula_to_a_spreadsheet(cell) for line in [header, *lines] for cell in line)


@given(TABLES)
@settings(max_examples=examples(60), deadline=None)
def test_an_xlsx_report_comes_back_cell_for_cell_as_text(rows):
    sheet = xlsx_book([table_of(rows)]).active
    assert cells_of(sheet)[1:] == rows
    for row in sheet.iter_rows():
        for cell in row:
            assert cell.number_format == "@"
            assert cell.data_type in "sn" and (cell.data_type == "s" or cell.value is None)


def test_csv_has_the_mark_quotes_everything_and_guards_the_header():
    written = io.BytesIO()
    table = pa.table({"row": pa.array([2], pa.int32()), "=cmd()": ["x"]})
    assert reports.to_csv([table], written) == reports.Written(rows=1)
    assert written.getvalue() == b'\xef\xbb\xbf"row","\'=cmd()"\r\n"2","x"\r\n'


def test_csv_keeps_our_phones_bare_and_guards_other_columns():
    phones = ["+919876543210", "+14155550123", "+0919876543210", "+9198", "=1", "+91 98765 43210"]
    header, *lines = csv_rows([pa.table({"phone": phones, "whatsapp": phones})])
    assert header == ["phone", "whatsapp"]
    assert [line[0] for line in lines] == [*phones[:2], *("'" + text for text in phones[2:])]
    assert [line[1] for line in lines] == ["'" + text for text in phones]


def test_a_column_of_good_phones_of_any_slice_stays_bare():
    table = pa.table({"phone": ["=evil()", "+919876543210", "+447400123456"]})
    assert [line[0] for line in csv_rows([table.slice(1)])[1:]] == ["+919876543210", "+447400123456"]
    assert [line[0] for line in csv_rows([table])[1:]] == ["'=evil()", "+919876543210", "+447400123456"]


def test_typed_columns_are_written_as_they_are():
    when = datetime(2026, 3, 4, 5, 0, tzinfo=UTC)
    table = pa.table(
        {
            "change": pa.array([-3, None], pa.int32()),
            "at": pa.array([when, None], pa.timestamp("us", "Asia/Kolkata")),
            "kind": pa.array(["=a", None]).dictionary_encode(),
            "msisdn": pa.array([919876543210, None], pa.int64()),
        }
    )
    assert csv_rows([table])[1:] == [["-3", "2026-03-04T10:30:00+05:30", "'=a", "919876543210"], [""] * 4]
    assert cells_of(xlsx_book([table]).active)[1:] == [
        [-3, "2026-03-04T10:30:00+05:30", "=a", "919876543210"],
        [""] * 4,
    ]


def test_counts_can_be_summed_in_xlsx_and_long_numbers_stay_text():
    table = pa.table({"segments": pa.array([2, 3], pa.int32()), "message_id": ["1107169876543210987", "007"]})
    assert cells_of(xlsx_book([table]).active)[1:] == [[2, "1107169876543210987"], [3, "007"]]


def test_xlsx_header_is_bold_in_view_and_filterable():
    sheet = xlsx_book([pa.table({"=head & <b>": ["1", "2"]})]).active
    head = sheet["A1"]
    assert (head.value, head.font.bold, head.data_type) == ("=head & <b>", True, "s")
    assert (sheet.freeze_panes, sheet.auto_filter.ref) == ("A2", "A1:A3")
    assert sheet.column_dimensions["A"].width >= len("=head & <b>")


def test_xlsx_goes_on_in_further_sheets_at_the_last_row():
    parts = [pa.table({"n": [str(n) for n in range(start, start + 7)]}) for start in (0, 7, 14)]
    written = io.BytesIO()
    assert reports.to_xlsx(parts, written, sheet="Diwali", sheet_rows=11) == reports.Written(rows=21, sheets=3)
    book = openpyxl.load_workbook(io.BytesIO(written.getvalue()))
    assert book.sheetnames == ["Diwali", "Diwali 2", "Diwali 3"]
    assert [cells_of(sheet)[0] for sheet in book] == [["n"]] * 3
    assert [value for sheet in book for [value] in cells_of(sheet)[1:]] == [str(n) for n in range(21)]


def test_xlsx_full_to_the_last_row_has_no_empty_sheet_after_it():
    assert xlsx_book([table_of([["a"], ["b"]])], sheet_rows=3).sheetnames == ["Report"]


@pytest.mark.parametrize("name", ["a/b:c*?[x]\\y", "x" * 50, "", "'", "History", '<&">'])
def test_xlsx_takes_any_sheet_name(name):
    [shown] = xlsx_book([table_of([["a"]])], sheet=name).sheetnames
    assert 0 < len(shown) <= 31 and not set(shown) & set("[]:*?/\\") and shown.casefold() != "history"


def test_xlsx_cuts_what_no_cell_can_hold_and_says_so():
    long = "x" * 32_766 + "😀😀"
    written = io.BytesIO()
    report = reports.to_xlsx([pa.table({"text": [long, "x" * 32_767, "y"]})], written)
    texts = [row[0] for row in cells_of(openpyxl.load_workbook(io.BytesIO(written.getvalue())).active)[1:]]
    assert report.shortened == 1
    assert texts == ["x" * 32_766 + "…", "x" * 32_767, "y"]


def test_a_report_without_rows_still_has_its_header():
    empty = pa.table({"row": pa.array([], pa.int32()), "phone": pa.array([], pa.string())})
    assert csv_rows([empty]) == [["row", "phone"]]
    assert cells_of(xlsx_book([empty]).active) == [["row", "phone"]]


@pytest.mark.parametrize("write", [reports.to_csv, reports.to_xlsx])
def test_a_failing_report_leaves_no_half_of_it(tmp_path, write):
    place = tmp_path / "report"
    place.write_text("the report of yesterday")

    def parts():
        yield pa.table({"a": ["1"]})
        yield pa.table({"b": ["2"]})

    with pytest.raises(ReportError) as refused:
        write(parts(), place)
    assert refused.value.code == "columns_differ"
    assert [path.name for path in tmp_path.iterdir()] == ["report"]
    assert place.read_text() == "the report of yesterday"


@pytest.mark.parametrize("write", [reports.to_csv, reports.to_xlsx])
def test_what_cannot_be_written_is_said_in_a_sentence(tmp_path, write):
    with pytest.raises(ReportError) as refused:
        write([], tmp_path / "report")
    assert refused.value.code == "nothing_to_report"
    with pytest.raises(ReportError) as refused:
        write([table_of([["a"]])], tmp_path / "no such folder" / "report")
    assert refused.value.code == "report_not_written" and "No such file" in refused.value.sentence


def test_xlsx_refuses_more_columns_than_excel_has(tmp_path):
    wide = pa.table({str(place): ["x"] for place in range(16_385)})
    with pytest.raises(ReportError) as refused:
        reports.to_xlsx([wide], tmp_path / "wide.xlsx")
    assert refused.value.code == "report_too_wide" and "16,385" in refused.value.sentence
    assert not list(tmp_path.iterdir())


def test_the_same_report_is_the_same_bytes():
    once, again = io.BytesIO(), io.BytesIO()
    for place in (once, again):
        reports.to_xlsx([table_of([["a", "b"]])], place)
    assert once.getvalue() == again.getvalue()
    assert zipfile.ZipFile(once).testzip() is None


def test_large_parts_are_cut_small_and_lose_nothing():
    texts = [f"{place} " + "long " * 6_000 for place in range(700)]
    written = io.BytesIO()
    assert reports.to_xlsx([pa.table({"text": texts})], written).rows == 700
    book = openpyxl.load_workbook(io.BytesIO(written.getvalue()), read_only=True)
    assert [row[0].value for row in book.active.iter_rows(min_row=2)] == texts


def test_report_columns_tell_own_columns_from_ours():
    own = ["name", "status", "status (as written)", "phone"]
    columns = reports.name_columns(own)
    ours = len(REPORT_COLUMNS)
    assert columns[:ours] == tuple(column.name for column in REPORT_COLUMNS)
    assert columns[ours:] == ("name", "status (as written)", "status (as written) (as written)", "phone (as written)")
    assert len(set(columns)) == len(columns)


def problem_rows(*codes: str) -> pd.DataFrame:
    """Return problems of rows 2 and on, one for each code, as an audience gives them."""
    table = pa.table(
        {
            "row": pa.array(range(2, 2 + len(codes)), pa.int32()),
            "column": ["phone"] * len(codes),
            "value": ["=1"] * len(codes),
            "code": pa.array(codes, pa.string()),
            "reason": pa.array([SENTENCES[code][0] for code in codes], pa.string()),
            "suggestion": [""] * len(codes),
        }
    )
    return to_frame(table)


def test_problem_frame_says_what_to_do_for_each_row():
    frame = reports.problem_frame(problem_rows("setting_role", "secrets_not_toml"))
    assert list(frame.columns) == ["row", "column", "value", "reason", "what to do", "suggestion"]
    assert frame["row"].tolist() == [2, 3]
    assert frame["what to do"].tolist() == ["", "Fix the file."]
    assert reports.problem_frame(problem_rows()).empty


def test_reason_frame_counts_the_most_frequent_first():
    frame = reports.reason_frame(problem_rows("setting_role", "setting_rate", "setting_rate"))
    assert frame[["code", "rows"]].values.tolist() == [["setting_rate", 2], ["setting_role", 1]]
    assert frame["reason"][0] == SENTENCES["setting_rate"][0].format(name="…")
    assert reports.reason_frame(problem_rows()).empty


def test_what_is_guarded_on_the_way_out_is_what_is_taken_off_on_the_way_in():
    assert "^'(" + GUARDED[1:] + ")" == GUARD


def test_the_example_sheet_keeps_numbers_and_is_read_as_contacts_alone(tmp_path):
    reports.write_sample(tmp_path / "example.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "example.xlsx").active
    assert sheet.column_dimensions["B"].number_format == "@", "numbers typed below stay as they are typed"
    audience = build_audience(read_sheet(tmp_path / "example.xlsx", "example.xlsx"), Choice())
    assert audience.contacts["Phone"].tolist() == [row[1] for row in reports.SAMPLE[1:]]
    assert audience.arithmetic().contacts == audience.sheet_rows == len(reports.SAMPLE) - 1
