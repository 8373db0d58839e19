"""pandas in, pandas out: any column gives a verdict for each row, the same as `build_audience` gives."""

from __future__ import annotations

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smscore import Choice, Sheet, SheetError, build_audience, dedupe, read_sheet, to_csv, to_xlsx, validate
from smscore.sheets import Problems
from smscore.tables import find_free_name, to_frame, to_table
from tests.number_texts import examples

ASHA, RAVI = 919876543210, 919876543211
DTYPES = {"msisdn": "Int64", "kind": "category", "reason": "category", "suggestion": "str"}


def sheet_of(table: pa.Table, rows: list[int]) -> Sheet:
    """Return a sheet of these rows, none of them hidden."""
    hidden = pa.array(np.zeros(len(rows), np.bool_))
    return Sheet("people.csv", table, pa.array(rows, pa.int32()), hidden, Problems.of(()), 0, ())


def read_one(value: object, kind: object = None) -> tuple[int | None, str | None]:
    """Return the number and the reason that one cell of a column gets."""
    (row,) = validate(pd.Series([value], dtype=kind)).itertuples()
    return tuple(None if pd.isna(each) else each for each in (row.msisdn, row.reason))


# --- the sheet as a frame


def test_a_sheet_gives_its_frame_with_the_rows_that_excel_shows():
    sheet = read_sheet(b"Name,Phone\n\nAsha,98765 43210\nRavi,\n", "people.csv")
    frame = sheet.frame
    assert frame.index.tolist() == [3, 4] and (frame.index.name, frame.index.dtype) == ("row", "int32")
    assert frame.dtypes.astype(str).to_dict() == {"Name": "str", "Phone": "str"}
    assert frame.to_dict("list") == {"Name": ["Asha", "Ravi"], "Phone": ["98765 43210", ""]}


def test_a_frame_shares_its_texts_with_the_sheet():
    sheet = sheet_of(pa.table({"Name": ["Asha", "Ravi"]}), [2, 3])
    held = pa.chunked_array(pa.array(sheet.frame["Name"]))
    assert held.chunk(0).buffers()[2].address == sheet.table["Name"].chunk(0).buffers()[2].address


def test_a_column_called_row_stays_beside_the_index_of_that_name():
    sheet = sheet_of(pa.table({"row": ["K", "L"], "Phone": ["9876543210", "9876543211"]}), [2, 3])
    assert sheet.frame["row"].loc[3] == "L" and sheet.frame.index.name == "row"
    contacts = build_audience(sheet, Choice()).contacts
    assert contacts["row (as written)"].tolist() == ["K", "L"] and contacts.index.tolist() == [2, 3]


def test_an_audience_gives_frames_of_documented_types():
    cells = ["9876543210", "98765 43210", "12", "9876543211", "9876543212"]
    sheet = sheet_of(pa.table({"Phone": cells, "City": list("abcde")}), [2, 3, 4, 5, 9])
    choice = Choice(subtract=(np.array([919876543212]),))
    audience = build_audience(sheet, choice, np.array([RAVI]))
    frames = {name: getattr(audience, name) for name in vars(audience.tables)}
    assert {name: frame.index.tolist() for name, frame in frames.items()} == {
        "contacts": [2],
        "problems": [4],
        "duplicates": [3],
        "opted_out": [5],
        "subtracted": [9],
    }
    assert {name: frame.dtypes.astype(str).to_dict() for name, frame in frames.items()} == {
        "contacts": {"phone": "str", "msisdn": "int64", "Phone": "str", "City": "str"},
        "problems": dict.fromkeys(["column", "value", "code", "reason", "suggestion"], "str"),
        "duplicates": {"phone": "str", "repeats_row": "int32"},
        "opted_out": {"phone": "str"},
        "subtracted": {"phone": "str"},
    }
    assert all(frame.index.name == "row" and frame.index.dtype == "int32" for frame in frames.values())
    assert audience.people == len(audience.contacts) == 1


@pytest.mark.parametrize("write", [to_csv, to_xlsx])
def test_a_frame_is_written_and_read_back(write, tmp_path):
    frame = pd.DataFrame({"Phone": ["+919876543210", "=1+1"], 7: pd.Categorical(["a", "b"])}, index=[5, 9])
    path = tmp_path / f"report.{write.__name__[3:]}"
    assert write([frame.rename_axis("row")], path).rows == 2
    assert read_sheet(path, path.name).table.to_pydict() == {
        "row": ["5", "9"],
        "Phone": ["+919876543210", "=1+1"],
        "7": ["a", "b"],
    }
    write([frame], path)
    assert read_sheet(path, path.name).table.column_names == ["Phone", "7"], "an index without a name is no column"


def test_whole_numbers_stay_whole_beside_a_missing_one():
    frame = to_frame(pa.table({"calls": pa.array([12, None], pa.int32()), "segments": pa.array([1, 2], pa.int32())}))
    assert frame.dtypes.astype(str).to_dict() == {"calls": "Int64", "segments": "int32"}
    assert frame["calls"].tolist() == [12, pd.NA]
    assert to_table(frame)["calls"].to_pylist() == [12, None]


def test_a_taken_name_is_called_as_written_as_often_as_it_takes():
    assert find_free_name("phone", {"row"}) == "phone"
    assert find_free_name("row", {"row", "row (as written)"}) == "row (as written) (as written)"


# --- one column


def test_validate_says_what_each_cell_is():
    column = pd.Series(["98765 43210", "022 2754 1234", "12025550100", "", None], index=[2, 3, 5, 7, 11])
    checked = validate(column, "IN")
    assert checked.dtypes.astype(str).to_dict() == DTYPES and checked.index.equals(column.index)
    assert checked["msisdn"].tolist() == [ASHA, pd.NA, pd.NA, pd.NA, pd.NA]
    assert (
        checked["kind"].tolist()[:2] == ["mobile", "fixed_line"] and checked["kind"].isna().tolist()[2:] == [True] * 3
    )
    assert checked["reason"].isna().tolist() == [True, False, False, False, False]
    assert checked["reason"].tolist()[1:] == ["landline", "too_long", "blank", "blank"]
    assert "+1 202-555-0100" in checked["suggestion"][5] and checked["suggestion"].notna().sum() == 1


def test_suggestions_are_looked_for_as_far_as_they_are_asked_for():
    column = pd.Series(["9876543210", *(f"1202555{n:04}" for n in range(20))])
    assert validate(column, suggest=5)["suggestion"].notna().tolist() == [False] + [True] * 5 + [False] * 15
    assert validate(column, suggest=0)["suggestion"].notna().sum() == 0
    assert validate(column, suggest=None)["suggestion"].notna().sum() == 20


@pytest.mark.parametrize(
    ("value", "kind", "expected"),
    [
        (9876543210, None, (ASHA, None)),
        (9876543210.0, "float64", (ASHA, None)),
        (919876543210.0, "float64", (ASHA, None)),
        (9876543210, "Int64", (ASHA, None)),
        (9876543210.0, "Float64", (ASHA, None)),
        (9876543210, "int64[pyarrow]", (ASHA, None)),
        (9876543210.0, "double[pyarrow]", (ASHA, None)),
        ("9876543210", "string[pyarrow]", (ASHA, None)),
        (9876543210.0, object, (ASHA, None)),
        (np.float64(9876543210), object, (ASHA, None)),
        (Decimal("9876543210"), object, (ASHA, None)),
        (b"9876543210", object, (ASHA, None)),
        ("9876543210", "category", (ASHA, None)),
        (9876543210, "category", (ASHA, None)),
        # What a number was before it was rounded cannot be known: it must not become a stranger's.
        (9876543210.0, "float32", (None, "damaged_by_spreadsheet")),
        (np.float32(9876543210), object, (None, "damaged_by_spreadsheet")),
        (1e17, "float64", (None, "damaged_by_spreadsheet")),
        (9876543210.5, "float64", (None, "not_whole_number")),
        (float("inf"), "float64", (None, "no_digits")),
        (float("nan"), "float64", (None, "blank")),
        (None, object, (None, "blank")),
        (pd.NA, "Int64", (None, "blank")),
        (pd.NaT, object, (None, "blank")),
        (None, "category", (None, "blank")),
        (True, None, (None, "no_digits")),
        ([9], object, (None, "too_short")),
        (np.array([1, 2]), object, (None, "too_short")),
        pytest.param(10**5000, object, (None, "no_digits"), id="more digits than Python writes"),
        pytest.param("\ud800", object, (None, "no_digits"), id="half a character"),
        (datetime.date(2026, 1, 1), object, (None, "too_short")),
    ],
)
def test_every_kind_of_cell_is_read_or_refused(value, kind, expected):
    assert read_one(value, kind) == expected


def test_a_column_of_all_kinds_keeps_every_row():
    cells = ["98765 43210", None, 9876543210, 9876543210.0, float("nan"), b"9876543211", Decimal("9876543211"), [1]]
    checked = validate(pd.Series(cells, dtype=object, index=list("aabcdefg")))
    assert checked["msisdn"].tolist() == [ASHA, pd.NA, ASHA, ASHA, pd.NA, RAVI, RAVI, pd.NA]
    assert checked.index.tolist() == list("aabcdefg")


@pytest.mark.parametrize("kind", [object, "str", "float64", "Int64", "category"])
def test_an_empty_column_gives_an_empty_frame_of_the_same_types(kind):
    checked = dedupe(validate(pd.Series([], dtype=kind)))
    assert len(checked) == 0
    assert checked.dtypes.astype(str).to_dict() == DTYPES | {
        "status": "category",
        "repeats_row": "Int64",
        "repeats_position": "Int64",
    }


@pytest.mark.parametrize("value", [["9876543210"], None, pd.DataFrame({"Phone": ["9876543210"]})])
def test_what_is_no_column_is_refused_with_a_sentence(value):
    with pytest.raises(SheetError, match=type(value).__name__) as refused:
        validate(value)
    assert refused.value.code == "not_a_column"


def test_two_columns_of_one_name_are_refused_with_a_sentence():
    frame = pd.DataFrame([["9876543210", "1"]], columns=["Phone", "Phone"])
    with pytest.raises(SheetError, match="rename one of them"):
        validate(frame["Phone"])


@pytest.mark.parametrize("region", ["XX", "", None, 91])
def test_an_unknown_region_is_refused_with_a_sentence(region):
    with pytest.raises(SheetError, match="isn't a country"):
        validate(pd.Series(["9876543210"]), region)


# --- repeats


def test_dedupe_keeps_the_first_and_names_it():
    column = pd.Series(["9876543210", "12", "+91 98765 43211", "98765-43210", "09876543211"], index=[2, 3, 5, 8, 13])
    found = dedupe(validate(column))
    assert found["status"].tolist() == ["contact", "problem", "contact", "duplicate", "duplicate"]
    assert found["repeats_row"].tolist() == [pd.NA, pd.NA, pd.NA, 2, 5]
    assert found["repeats_position"].tolist() == [pd.NA, pd.NA, pd.NA, 0, 2]
    assert found.index.equals(column.index) and list(DTYPES) == found.columns.tolist()[:4]


@pytest.mark.parametrize(
    ("index", "label"),
    [
        (pd.Index(["a", "a", "a"]), "a"),
        (pd.Index([True, False, True]), True),
        (pd.Index([1.5, np.nan, 2.5]), 1.5),
        (pd.Index([7, 7, 7], dtype="uint64"), 7),
        (pd.MultiIndex.from_tuples([("a", 1), ("a", 2), ("b", 1)]), ("a", 1)),
        (pd.to_datetime(["2026-01-01", "2026-01-02", "2026-01-03"]), pd.Timestamp("2026-01-01")),
        (pd.CategoricalIndex(["x", "y", "z"]), "x"),
        (pd.RangeIndex(10, 13), 10),
    ],
)
def test_any_index_is_kept_and_its_label_named(index, label):
    found = dedupe(validate(pd.Series(["9876543210", "", "9876543210"], index=index)))
    assert found.index.equals(index) and found["repeats_row"].isna().tolist() == [True, True, False]
    assert found["repeats_row"].iloc[2] == label and found["repeats_position"].iloc[2] == 0


def test_any_frame_with_whole_numbers_can_be_deduped():
    frame = pd.DataFrame({"Name": ["Asha", "Ravi", "Asha"], "msisdn": [ASHA, RAVI, ASHA]})
    assert dedupe(frame)["status"].tolist() == ["contact", "contact", "duplicate"]
    assert dedupe(frame)["Name"].tolist() == ["Asha", "Ravi", "Asha"] and "status" not in frame


@pytest.mark.parametrize(
    "value", [None, pd.Series(["9876543210"]), pd.DataFrame({"a": [1]}), pd.DataFrame({"msisdn": ["9876543210"]})]
)
def test_dedupe_refuses_what_was_not_validated(value):
    with pytest.raises(SheetError, match="validate returned") as refused:
        dedupe(value)
    assert refused.value.code == "no_msisdn_column"


# --- the same verdicts on either way

CELLS = st.one_of(
    st.sampled_from(["9876543210", "+91 98765 43210", "98765-43210", "9876543211", "919876543211", "9876543210.0"]),
    st.sampled_from(
        ["", " ", "n/a", "12", "022 2754 1234", "9876543210 / 9876543211", "9.19877E+11", "+44 7911 123456"]
    ),
    st.sampled_from([number for region in ("US", "GB", "IN") for number in examples(region)[0:1]]).map(str),
    st.text(st.sampled_from("0123456789+- ()/"), max_size=16),
    st.text(max_size=12),
)


@settings(deadline=None)
@given(st.lists(CELLS, max_size=40), st.integers(1, 3), st.sampled_from(["IN", "GB", "US"]))
def test_pandas_gives_the_verdicts_of_the_audience(cells: list[str], step: int, region: str):
    sheet = sheet_of(pa.table({"Phone": pa.array(cells, pa.string())}), list(range(2, 2 + step * len(cells), step)))
    audience = build_audience(sheet, Choice(("Phone",), region, country=(), opt_out=()))
    found = dedupe(validate(sheet.frame["Phone"], region))
    contacts, problems, duplicates = (found[found["status"] == each] for each in ("contact", "problem", "duplicate"))
    assert contacts["msisdn"].astype("int64").to_dict() == audience.contacts["msisdn"].to_dict()
    assert problems["reason"].astype("str").to_dict() == audience.problems["code"].to_dict()
    assert problems["suggestion"].fillna("").to_dict() == audience.problems["suggestion"].to_dict()
    assert duplicates["repeats_row"].astype("int32").to_dict() == audience.duplicates["repeats_row"].to_dict()
    assert len(found) == len(cells) == len(contacts) + len(problems) + len(duplicates)
