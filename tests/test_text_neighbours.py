"""Text files beside the ordinary: named separators, mixed line ends, signs of other systems within the cells."""

from __future__ import annotations

import pytest

from smscore.errors import SheetError
from smscore.sheets import read_sheet

CASES = {
    "sep": (b"sep=;\nname;phone\nAsha;9876543210\n", [["Asha", "9876543210"]]),
    "quoted-sep": (b'"sep=;"\nname;phone\nAsha;9876543210\n', [["Asha", "9876543210"]]),
    "trailing": (b"name,phone,\nAsha,9876543210,\n", [["Asha", "9876543210", ""]]),
    "quoted-header": (b'"name","phone"\nAsha,9876543210\n', [["Asha", "9876543210"]]),
    "mixed-ends": (b"name,phone\r\nAsha,9876543210\nLi,9876543211\r", [["Asha", "9876543210"], ["Li", "9876543211"]]),
    "separators": ("name,phone\nC\u2028d\u2029e,9876543210\n".encode(), [["C\u2028d\u2029e", "9876543210"]]),
    "nel": ("name,phone\nA\u0085b,9876543210\n".encode(), [["Ab", "9876543210"]]),
    "bom-below": ("name,phone\n\ufeffLi,9876543210\n".encode(), [["Li", "9876543210"]]),
    "form-feed": (b"name,phone\nAs\x0cha,9876543210\n", [["Asha", "9876543210"]]),
    "ctrl-z": (b"name,phone\nAsha,9876543210\x1a", [["Asha", "9876543210"]]),
}


@pytest.mark.parametrize("case", CASES)
def test_a_neighbour_of_plain_csv_is_read_whole(case):
    content, rows = CASES[case]
    sheet = read_sheet(content, "c.csv")
    assert [list(row.values()) for row in sheet.table.to_pylist()] == rows and not sheet.problems


def test_chinese_in_iso_2022_is_refused():
    with pytest.raises(SheetError):
        read_sheet(b'name,phone\n\x1b$)A\x0e0!0"\x0f,9876543210\n', "c.csv")
