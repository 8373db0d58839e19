"""Text files that part their cells in other ways than CSV: read right, or refused with a sentence, never as garbage."""

from __future__ import annotations

import io
import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smscore.contacts import Choice, build_audience
from smscore.errors import SENTENCES, SheetError
from smscore.sheets import parse_row, read_sheet
from smscore.sheets.reader.dialects import detect_dialect, rewrite_as_csv
from smscore.sheets.reader.encodings import Encoding
from tests.examples import examples

HEADER = ("name", "phone", "city")
PEOPLE = [
    ("Asha Rao", "+91 98765 43210", "Pune"),
    ("Ravi, Jr", "9876543211", "New Delhi"),
    ("Meera O'Neil", "098765 43212", ""),
    ("Zoë “Z” Li", "98765 43213", "Goa"),
]
ROWS = [HEADER, *PEOPLE]


def csv_line(cells) -> str:
    return ",".join('"' + cell.replace('"', '""') + '"' if "," in cell else cell for cell in cells)


def lines(between: str, shown=str, end: str = "\n") -> str:
    return "".join(between.join(map(shown, row)) + end for row in ROWS)


def printed(outer: bool) -> str:
    rows = [" | ".join(cell.ljust(15) for cell in row) for row in ROWS]
    ruler = "-|-".join(["-" * 15] * 3)
    if outer:
        ruler, rows = f"+-{ruler.replace('|', '+')}-+", [f"| {row} |" for row in rows]
        return "\n".join([ruler, rows[0], ruler, *rows[1:], ruler, ""])
    return "\n".join([rows[0], ruler.replace("|", "+"), *rows[1:], f"({len(PEOPLE)} rows)", ""])


def single(cell: str) -> str:
    return "'" + cell.replace("'", "''") + "'"


def twice(line: str) -> str:
    return '"' + line.replace('"', '""') + '"'


TEXTS = {
    "single_quotes": [lines(",", single), lines(";", single, "\r\n"), "sep=;\n" + lines(";", single)],
    "twice_quoted": ["".join(twice(csv_line(row)) + "\n" for row in ROWS)],
    "long_separator": [lines("||"), lines("~~"), lines("|^|"), lines("::"), lines(";;")],
    "blank_behind": [lines(", ", '"{}"'.format), lines("; ", end="\r\n")],
    "ruled_table": [
        *(printed(False), printed(True)),
        "| " + lines(" | ", end=" |\n| ").rstrip("| ").replace("|\n", "|\n|---|:---:|--:|\n", 1),
    ],
    "fixed_width": [
        "".join("".join(cell.ljust(18) for cell in row).rstrip() + "\n" for row in ROWS),
        "".join(f"{row[0]:<15}{row[1]:>18}  {row[2]}\r\n" for row in ROWS),
    ],
}
CASES = [(code, text) for code, texts in TEXTS.items() for text in texts]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
@pytest.mark.parametrize(("code", "text"), CASES, ids=[f"{code}-{at}" for at, (code, _) in enumerate(CASES)])
def test_every_manner_of_writing_gives_the_same_people(code, text, encoding):
    sheet = read_sheet(text.encode(encoding), "c.txt")
    assert sheet.table.column_names == list(HEADER)
    assert [tuple(row.values()) for row in sheet.table.to_pylist()] == PEOPLE
    assert code in [notice.code for notice in sheet.warnings] and code in SENTENCES
    assert not sheet.problems
    assert build_audience(sheet, Choice()).arithmetic().contacts == len(PEOPLE)


@pytest.mark.parametrize(("code", "text"), [case for case in CASES if case[0] != "ruled_table"])
def test_a_line_further_down_that_is_written_otherwise_is_no_silent_loss(code, text):
    more = text + "\n".join(text.splitlines()[1:] * 60) + "\nno such row; 1 | 2, \"3' 4 '5\n"
    audience = build_audience(read_sheet(more.encode(), "c.csv"), Choice(("phone",)))
    assert audience.arithmetic().adds_up
    assert audience.arithmetic().contacts == len(PEOPLE)
    assert audience.tables.problems.column("row").to_pylist()[-1] == more.count("\n") - text.startswith("sep=")


@pytest.mark.parametrize("form", ["{:<12}{:<16}{}\n", "{:<12}{:>16}  {}\n"])
def test_words_of_fixed_width_that_are_longer_further_down_stay_whole(form):
    people = [
        (f"Asha{at}", f"{9_876_000_000 + at}" if at < 900 else f"+91{9_876_000_000 + at}", "Pune")
        for at in range(1_100)
    ]
    text = form.format("name", "phone", "city") + "".join(form.format(*each) for each in people)
    sheet = read_sheet(text.encode(), "c.txt")
    assert [tuple(row.values()) for row in sheet.table.to_pylist()] == people
    assert not sheet.problems


@pytest.mark.parametrize(
    "odd", ["Asha Rao  9876543219  Pune", "Asha      987654321 9   Pune", "Asha Rao Li 9876543219"]
)
def test_a_line_of_fixed_width_whose_columns_stand_elsewhere_is_a_problem(odd):
    form = "{:<12}{:<16}{}\n"
    text = form.format("name", "phone", "city") + form.format("Asha", "9876543210", "Pune") * 300 + odd + "\n"
    sheet = read_sheet(text.encode(), "c.txt")
    assert ([problem.row for problem in sheet.problems], sheet.table.num_rows) == ([302], 300)


def test_rows_keep_their_numbers_beside_rulers_and_blank_lines():
    sheet = read_sheet(printed(True).encode(), "c.txt")
    assert sheet.rows.to_pylist() == [4, 5, 6, 7]
    assert read_sheet(lines("||", end="\n\n").encode(), "c.txt").rows.to_pylist() == [3, 5, 7, 9]


def test_a_line_of_a_rewritten_file_is_corrected_as_it_is_shown():
    header, _, rows = lines(";", single).partition("\n")
    text = f"{header}\n{rows * 4}'Li; Ann';'9876543219';'Goa';'x'\n"
    sheet = read_sheet(text.encode(), "c.csv")
    (problem,) = sheet.problems
    assert (problem.value, sheet.separator) == ('"Li; Ann";9876543219;Goa;x', ";")
    assert parse_row(problem.value[:-2], sheet.separator, 3) == ["Li; Ann", "9876543219", "Goa"]


@pytest.mark.parametrize(
    "text",
    [
        "name,phone\nAsha,'9876543210\nRavi,'9876543211\n",
        "name,phone\n'Asha' Rao,9876543210\n'Li',9876543211\nRavi,9876543212\n",
        "phone\n98765 43210\n98765 43211\n98765 43212\n",
        "+44  7911 123456\n+44  7911 123457\n+44  7911 123458\n",
        'name,phone\n"Rao, Asha",9876543210\n"Li, Ann",9876543211\n',
        "name,,phone,city\nAsha,,9876543210,Goa\n",
        "name;note;phone\nAsha;a  b  c;9876543210\nRavi;d  e  f;9876543211\n",
        "name,note,phone\nAsha, x,9876543210\nRavi, y,9876543211\n",
        '"phone"\n"98765 43210, 98765 43211"\n"98765 43212, 98765 43213"\n',
        "name|phone\n-|-\nAsha|9876543210\n",
        "[name],[phone]\nAsha,9876543210\n",
    ],
)
def test_what_only_looks_like_another_manner_is_read_as_it_stands(text):
    codes = {notice.code for notice in read_sheet(text.encode(), "c.csv").warnings}
    assert not codes & set(TEXTS)


PROGRAMS = {
    "JSON": [
        *(json.dumps([dict(zip(HEADER, row, strict=True)) for row in PEOPLE], indent=indent) for indent in (None, 2)),
        "".join(json.dumps(dict(zip(HEADER, row, strict=True))) + "\n" for row in PEOPLE),
        json.dumps(ROWS),
    ],
    "web page": [
        "<html><table><tr><td>9876543210</td></tr></table></html>",
        "<style>td{mso-number-format:'@'}</style>\n<div><table><tr><td>1</td></tr></table></div>",
        "\n<!-- export -->\n<TABLE border=1><tr><td>name</td></tr></TABLE>",
    ],
    "vCard": ["".join(f"BEGIN:VCARD\r\nFN:{name}\r\nTEL:{phone}\r\nEND:VCARD\r\n" for name, phone, _ in PEOPLE)],
    "SQL": [
        "-- dump\nDROP TABLE IF EXISTS `c`;\nCREATE TABLE `c` (\n `phone` text\n);\nINSERT INTO `c` VALUES ('1');\n",
        "INSERT INTO c (name, phone) VALUES\n('Asha', '9876543210'),\n('Ravi', '9876543211');\n",
    ],
    "web archive": ["MIME-Version: 1.0\nContent-Type: multipart/related; boundary=x\n\n--x\n<table>1</table>\n"],
}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize(("what", "text"), [(what, text) for what, texts in PROGRAMS.items() for text in texts])
def test_texts_made_for_programs_are_refused_by_their_name(what, text, encoding):
    with pytest.raises(SheetError) as refusal:
        read_sheet(text.encode(encoding), "c.csv")
    assert refusal.value.code == "not_a_sheet" and what in refusal.value.facts["what"]


@pytest.mark.parametrize("between", [",", ";", "\t"])
def test_the_separator_within_quoted_lines_is_found_as_ever(between):
    rows = ["name,phone", "Rao, Asha;9876543210", "Li, Ann;9876543211"] if between == ";" else ["name,phone", "Asha,1"]
    rows = [row.replace(",", between) if between != ";" else row.replace("name,", "name, a;") for row in rows]
    sheet = read_sheet("".join(twice(row) + "\n" for row in rows).encode(), "c.csv")
    assert sheet.separator == between and sheet.table.num_columns == 2


@settings(max_examples=examples(60), deadline=None)
@given(st.lists(st.text("ab1 -|'\",;:~=+\n", max_size=30), min_size=2, max_size=6))
def test_no_text_stops_the_search_for_its_manner(texts):
    source = io.BytesIO("\n".join(texts).encode())
    encoding = Encoding("utf-8")
    dialect = detect_dialect(source, encoding)
    if dialect:
        assert rewrite_as_csv(source, encoding, dialect).getvalue()


def test_long_hostile_lines_take_no_time():
    for line in ("-" * 60_000 + "x", ",  " * 20_000 + '"', "'" * 60_000, "||" * 30_000, "a  " * 20_000, '"' * 60_001):
        source = io.BytesIO(f"{line}\n{line}\n{line}\n".encode()[:190_000])
        start = time.process_time()
        dialect = detect_dialect(source, Encoding("utf-8"))
        if dialect:
            rewrite_as_csv(source, Encoding("utf-8"), dialect)
        assert time.process_time() - start < 2
