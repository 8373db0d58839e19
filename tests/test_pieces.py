"""Text files read piece by piece: whatever stands in a piece, the fast way and the exact way read the same."""

from __future__ import annotations

import csv
import io
import os
import random
import sys

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from smscore.errors import SheetError
from smscore.sheets import read_sheet
from smscore.sheets.reader.exact_reader import BadRecords
from smscore.sheets.reader.fast_parser import is_well_formed
from smscore.sheets.reader.pieces import Stretch, read_halves
from smscore.sheets.reader.separators import TITLES, Style
from smscore.sheets.reader.source import Whole
from tests.examples import examples

TINY = (96, 32)
"""Sizes of pieces so small that every few records meet a border."""
PATIENT = {"deadline": None, "suppress_health_check": list(HealthCheck)}


def read_in_pieces(raw: bytes, width: int, separator: str = ",", **how) -> tuple[list, list, int]:
    """The rows, the bad records and the number of records of a text."""
    bad, rows = BadRecords(), []
    style = Style(separator, width, width, 0, True)
    stretch = Stretch(Whole(raw), style, bad, **how)
    end = stretch.read(0, len(raw), lambda batch: rows.extend(tuple(row.values()) for row in batch.to_pylist()), abs)
    assert end == len(raw)
    return rows, bad.records, stretch.count


def read_in_halves(raw: bytes, width: int) -> tuple[list, list] | None:
    """As `read_in_pieces`, two halves at once; None where they do not fit together."""
    parts: tuple[list, list] = ([], [])
    style = Style(",", width, width, 0, True)

    def take(batch, part) -> None:
        parts[part].extend(tuple(row.values()) for row in batch.to_pylist())

    bad = read_halves(Whole(raw), style, take, abs, BadRecords())
    return None if bad is None else (parts[0] + parts[1], bad.records)


CELLS = st.sampled_from(
    [
        "Asha",
        "9876543210",
        "",
        " ",
        '"12, MG Road\nPune"',
        '"12, MG Road\r\nPune, 411001"',
        '"The ""Old"" House\nPune"',
        '"a\n\nb"',
        '"\n"',
        '"two\rlines"',
        '"Flat 2\nPh: 98765 43210\nPune"',
        '"9876543210\n9876543211"',
        '"Ravi,9876543219,Goa\nLi"',
        '"x\nRavi,9876543219,Goa\nLi"',
        '"open',
        'closed"',
        'TV 5"',
        '"Asha" Rao',
        '"a"",b"',
        '"',
        '""',
        "José",
        "एशा",
        '"९८७६५४३२१०\nx"',
        '"\x0b9876543210\n9876543211"',
    ]
)
ROWS = st.lists(st.lists(CELLS, min_size=2, max_size=4), min_size=1, max_size=24)
ENDS = st.sampled_from(["\n", "\r\n", "\r"])


def text_of(rows: list[list[str]], ends: list[str]) -> bytes:
    written = "".join(",".join(row) + ends[at % len(ends)] for at, row in enumerate(rows))
    return written.encode()


@settings(max_examples=examples(400), **PATIENT)
@given(
    ROWS, st.lists(ENDS, min_size=1, max_size=3), st.booleans(), st.sampled_from([TINY, (400, 64), (1 << 20, 1 << 15)])
)
def test_pieces_of_any_size_read_what_the_exact_rules_read(rows, ends, cut, sizes):
    raw = text_of(rows, ends)
    raw = raw.rstrip(b"\r\n") if cut else raw
    assert read_in_pieces(raw, 3, sizes=sizes) == read_in_pieces(raw, 3, exactly=True)


@settings(max_examples=examples(150), **PATIENT)
@given(ROWS, st.lists(ENDS, min_size=1, max_size=3))
def test_two_halves_read_what_the_exact_rules_read_or_are_given_up(rows, ends):
    titles_end = [["Asha", "9876543210", "Goa"]] * TITLES
    raw = text_of([*titles_end, *rows, *titles_end], ends)
    both = read_in_halves(raw, 3)
    assert both is None or both == read_in_pieces(raw, 3, exactly=True)[:2]


def test_two_halves_are_given_up_where_titles_may_reach_into_the_second():
    rows = [["Asha", "9876543210", "Goa"], ["Asha", '"12, MG Road\nPune"'], ["Asha"] * 3, ["Asha", '"Asha" Rao']]
    assert read_in_halves(text_of(rows, ["\n"]), 3) is None


@settings(max_examples=examples(150), **PATIENT)
@given(st.lists(st.lists(st.text('a1", \n\r', max_size=8), min_size=3, max_size=3), min_size=1, max_size=30), ENDS)
def test_what_the_csv_module_writes_is_read_as_the_csv_module_reads_it(rows, end):
    written = io.StringIO()
    csv.writer(written, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(rows)
    raw = written.getvalue().encode()
    assert read_in_pieces(raw, 3, sizes=TINY)[0] == [tuple(row) for row in rows]


@settings(max_examples=examples(2000), **PATIENT)
@given(st.text('",\n\ra', max_size=14))
def test_a_text_is_as_well_formed_for_a_reader_with_numpy_as_for_one_without(text):
    raw = memoryview(text.encode())
    with pytest.MonkeyPatch.context() as without:
        without.setitem(sys.modules, "numpy", None)
        by_grammar = is_well_formed(raw, ",")
    assert is_well_formed(raw, ",") is by_grammar


@pytest.mark.parametrize("text", ['"a\nb",c\n', 'a,"b\r\nc"', '"a ""b"" c\n",d\n', '"",""\n', '"""",a\n'])
def test_pairs_of_quotes_around_whole_cells_are_well_formed(text):
    assert is_well_formed(memoryview(text.encode()), ",")


@pytest.mark.parametrize("text", ['"a\nb"c,d\n', 'a,"b\n', '"a\n"b",c\n', '"a, b\nc,"d",e\n', '"a"\n""b\n,"\n'])
def test_a_quote_that_closes_within_a_cell_is_not_well_formed(text):
    assert not is_well_formed(memoryview(text.encode()), ",")


# Large files, from bytes to a sheet


def addresses(count: int, every: int) -> tuple[bytes, list[list[str]]]:
    """A sheet whose n-th address is on two lines, with commas and quotes; and the cells."""
    dice = random.Random(3)
    rows = []
    for at in range(count):
        address = f'{at}, "MG" Road\r\nPune, {at}' if at % every == 0 else f"MG Road {at}"
        rows.append([f"José {at}", f"{dice.randrange(6 * 10**9, 10**10)}", address, "Pune"])
    written = io.StringIO()
    csv.writer(written).writerows([["name", "phone", "address", "city"], *rows])
    return written.getvalue().encode(), rows


def cpu_of(raw: bytes) -> float:
    """Seconds of processor time that this process and the reading child take for a file."""
    used = [os.times()]
    read_sheet(raw, "c.csv")
    used.append(os.times())
    return sum(used[1][:4]) - sum(used[0][:4])


def cells(sheet) -> list[list[str]]:
    return [list(row.values()) for row in sheet.table.to_pylist()]


@pytest.mark.parametrize("every", [1, 2, 9_999])
@pytest.mark.slow
def test_cells_over_several_lines_do_not_slow_the_file(every):
    plain, _ = addresses(100_000, 1 << 30)
    raw, rows = addresses(100_000, every)
    assert cells(read_sheet(raw, "c.csv")) == rows
    assert min(cpu_of(raw) for _ in range(2)) < min(cpu_of(plain) for _ in range(2)) * 2 + 0.3


@pytest.mark.slow
@pytest.mark.parametrize("every", [1, 2, 500_000])
@pytest.mark.parametrize("odd", ["", '"open,9123456789,x,y\r\n', "Li,9123456789,x\r\n"])
def test_large_files_are_read_whole_with_odd_lines_among_them(every, odd):
    raw, rows = addresses(800_000, every)
    lines = raw.splitlines(keepends=True)
    at = next(at for at in range(len(lines) // 2, len(lines)) if lines[at].startswith("José".encode()))
    raw = b"".join([*lines[:at], odd.encode(), *lines[at:]])
    assert len(raw) > 33 << 20
    sheet = read_sheet(raw, "c.csv")
    assert cells(sheet) == rows
    above = int(lines[at].split(b",")[0].split()[1]) + 2
    assert [problem.row for problem in sheet.problems] == ([above] if odd else [])
    assert sheet.rows.to_pylist() == [row for row in range(2, len(rows) + 2 + bool(odd)) if not odd or row != above]


def test_a_quote_left_open_that_a_clean_one_below_closes_swallows_no_contact():
    rows = "".join(f"Ravi,Pune,98765432{at}\n" for at in range(10, 90))
    for opened, closed in [('"12 MG Road', 'TV 5"'), ('"Goa', '""Li""')]:
        raw = f"name,city,phone\n{rows}Asha,{opened},9876543200\nLi,{closed},9876543201\n{rows}".encode()
        sheet = read_sheet(raw, "c.csv")
        assert sheet.row_count == 162
        assert [(problem.row, problem.code) for problem in sheet.problems] == [(82, "unclosed_quote")]
        assert "9876543201" in sheet.table.column("phone").to_pylist()


# Files that no one would write on purpose

HEADER = b"name,phone\nAsha,9876543210\n"
BELOW = b"\nRavi,9876543211\n"
LONG = 60_000_000


@pytest.mark.parametrize(
    ("line", "encoding"),
    [
        (b"x" * LONG, "utf-8"),
        (b'"' + b"x" * LONG + b'",9876543219', "utf-8"),
        (b'"' + b"x" * LONG, "utf-8"),
        (b"," * LONG, "utf-8"),
        (b'"' * LONG, "utf-8"),
        (b"'" * LONG, "utf-8"),
        (b"x" * LONG, "cp1252"),
        (b"x" * (LONG // 2), "utf-16"),
    ],
    ids=["letters", "quoted", "open", "separators", "quotes", "single quotes", "cp1252", "utf-16"],
)
def test_an_endless_line_costs_little_and_no_other_row(line, encoding):
    letter = "é" if encoding == "cp1252" else "e"
    raw = HEADER + line + BELOW.replace(b"Ravi", f"Rav{letter}".encode())
    raw = raw if encoding == "utf-8" else raw.decode().encode(encoding)
    start = os.times()
    sheet = read_sheet(raw, "c.csv")
    end = os.times()
    assert sum(end[:4]) - sum(start[:4]) < 3
    assert cells(sheet) == [["Asha", "9876543210"], [f"Rav{letter}", "9876543211"]]
    assert [(problem.row, problem.code) for problem in sheet.problems] == [(3, "long_endless_line")]
    assert len(sheet.problems[0].value) == 8_192 and "longer than any row" in sheet.problems[0].reason


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"x" * LONG, "line_too_long"),
        (b'"' * LONG, "line_too_long"),
        (b" " * LONG, "line_too_long"),
        (b"," * LONG, "too_many_columns"),
        (b"\0" * LONG, "not_a_sheet"),
        (b"\n" * LONG, "no_rows"),
        (HEADER[:11] + b"\r\n" * (LONG // 2), "no_rows"),
        (b'"\n' * (LONG // 2), "too_many_rows"),
    ],
    ids=["letters", "quotes", "blanks", "separators", "zeros", "line ends", "header and line ends", "lines of a quote"],
)
def test_files_of_one_sign_are_refused_soon(raw, code):
    start = os.times()
    with pytest.raises(SheetError) as refusal:
        read_sheet(raw, "c.csv")
    end = os.times()
    assert refusal.value.code == code
    assert sum(end[:4]) - sum(start[:4]) < 4


@pytest.mark.slow
@pytest.mark.parametrize(
    "line",
    [b'x","a\n', b'"\n', b'"Asha,9876543210,Pune\n', b'x","a\n' * 36_000 + b'a,98765 43210,b\n"\n'],
    ids=["open-and-not-closing", "quotes-alone", "open-rows", "closed-far-below"],
)
def test_a_file_of_open_quotes_is_refused_soon(line):
    raw = b"name,phone,city\n" + b"Asha,9876543210,Pune\n" * 100 + line * ((60 << 20) // len(line))
    before = os.times()
    with pytest.raises(SheetError) as refusal:
        read_sheet(raw, "c.csv")
    after = os.times()
    assert refusal.value.code in ("quotes_everywhere", "too_many_rows")
    assert after.children_user - before.children_user < 20
