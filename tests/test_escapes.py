r"""Text files with backslashes: escapes where a program wrote them, plain signs in paths, a warning in doubt."""

from __future__ import annotations

import pytest

from smscore.sheets import read_sheet

HEADER = "name,phone,note\n"
PHP = (
    '"Asha \\"Ash\\" Rao","9876543210","12, MG Road"\n"Li","9876543211","two\nlines, \\"so\\""\n"Jo","9876543212","x"\n'
)
PLAIN = ['"Asha ""Ash"" Rao",9876543210,C:\\dir\\\n', 'Li,9876543211,"C:\\dir\\"\n', "Jo,9876543212,\\\\server\\N\n"]


def cells(sheet) -> list[list[str]]:
    return [list(row.values()) for row in sheet.table.to_pylist()]


def codes(sheet) -> list[str]:
    return [notice.code for notice in sheet.warnings]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "cp1252"])
def test_quotes_escaped_with_a_backslash_are_read_as_quotes(encoding):
    sheet = read_sheet((HEADER + PHP.replace("Jo", "José")).encode(encoding), "c.csv")
    assert cells(sheet) == [
        ['Asha "Ash" Rao', "9876543210", "12, MG Road"],
        ["Li", "9876543211", 'two\nlines, "so"'],
        ["José", "9876543212", "x"],
    ]
    assert "backslash_escapes" in codes(sheet) and not sheet.problems


def test_an_export_of_mysql_has_empty_cells_separators_and_line_ends_behind_backslashes():
    rows = [
        "Asha\t9876543210\t\\N",
        "Li\t9876543211\ta\\\tb",
        "Jo\t9876543212\ta\\\nb",
        "Mo\t9876543213\tC:\\\\new\\tx",
    ]
    raw = "\n".join(["name\tphone\tnote", *rows, ""])
    sheet = read_sheet(raw.encode(), "c.txt")
    assert [row[2] for row in cells(sheet)] == ["", "a\tb", "a\nb", "C:\\new\tx"]
    assert sheet.rows.to_pylist() == [2, 3, 4, 5]
    assert codes(sheet) == ["backslash_escapes"]
    sheet = read_sheet(b"name,phone,note\nRao\\, Asha,9876543210,\\N\nLi,9876543211,C:\\\\dir\\\\\n", "c.csv")
    assert cells(sheet) == [["Rao, Asha", "9876543210", ""], ["Li", "9876543211", "C:\\dir\\"]]


def test_backslashes_of_paths_stay_as_they_are():
    sheet = read_sheet((HEADER + "".join(PLAIN)).encode(), "c.csv")
    assert cells(sheet) == [
        ['Asha "Ash" Rao', "9876543210", "C:\\dir\\"],
        ["Li", "9876543211", "C:\\dir\\"],
        ["Jo", "9876543212", "\\\\server\\N"],
    ]
    assert not codes(sheet) and not sheet.problems


def test_lines_that_contradict_each_other_are_warned_of():
    sheet = read_sheet((HEADER + PHP + "".join(PLAIN)).encode(), "c.csv")
    assert "backslashes_in_doubt" in codes(sheet)
    assert sheet.row_count >= 6


def test_an_escaped_quote_far_below_is_found_and_a_quote_left_open_costs_its_own_line():
    rows = "".join(f'"Ravi","98765{at:05}","x"\n' for at in range(60_000))
    raw = f'{HEADER}{rows}"Asha \\"Ash\\" Rao","9123456780","y"\n"open,9123456781,y\n"Li","9123456782","a \\"b\\", c"\n'
    sheet = read_sheet(raw.encode(), "c.csv")
    assert cells(sheet)[60_000:] == [['Asha "Ash" Rao', "9123456780", "y"], ["Li", "9123456782", 'a "b", c']]
    assert [(problem.row, problem.code) for problem in sheet.problems] == [(60_003, "unclosed_quote")]
