"""Sheets that were once misread, each dropped into Bulk upload: every row is accounted for, nobody is a stranger."""

from __future__ import annotations

from pathlib import Path

import pytest

from smscore.errors import SENTENCES
from tests.front import Front, figures, front, press, shown, sound
from tests.test_page_bulk_upload import upload

__all__ = ["front"]

pytestmark = pytest.mark.slow

DATA = Path(__file__).parent / "data"
FIGURES = ("Rows", "Contacts", "Duplicates", "Problems", "Opted out")
COUNTS = {
    # file: rows, contacts, problems
    "people/lost_above.csv": (4, 2, 2),
    "people/cc_split.csv": (4, 2, 2),
    "people/cc_split2.csv": (4, 4, 0),
    "people/cc_country.csv": (3, 2, 1),
    "people/altphone.csv": (2, 2, 0),
    "people/r_index.csv": (2, 2, 0),
    "people/optout_column.csv": (3, 3, 0),
    "text/php_quotes.csv": (2, 2, 0),
    "text/enc_iso2022_jp.csv": (2, 2, 0),
    "sheets/odd/fmt_plus44.xlsx": (2, 0, 2),
    "sheets/odd/fmt44.ods": (2, 1, 1),
    "sheets/odd/fmt_suffixdigit.xlsx": (2, 0, 2),
    "sheets/odd/utf16.xlsx": (3, 3, 0),
    "sheets/odd/macrosheet.xlsx": (3, 3, 0),
    "sheets/odd/backzip.xlsx": (3, 3, 0),
    "sheets/odd/odd.ods": (7, 7, 0),
}


@pytest.mark.parametrize("file", COUNTS)
def test_the_page_accounts_for_every_row(front: Front, file: str):
    test = upload(front, (DATA / file).read_bytes(), Path(file).name)
    found = {name: int(value.replace(",", "")) for name, value in figures(test).items() if name in FIGURES}
    assert (found["Rows"], found["Contacts"], found["Problems"]) == COUNTS[file]
    assert found["Rows"] == sum(found[name] for name in FIGURES[1:])


@pytest.mark.parametrize(
    ("file", "code"), [("pwtest.xls", "password_protected"), ("Pfand_from_windows_phone.xlsm", "no_phone_column")]
)
def test_the_page_says_why_it_reads_no_contacts(front: Front, file: str, code: str):
    test = upload(front, (DATA / "sheets/odd" / file).read_bytes(), file)
    sentence = SENTENCES[code][0]
    assert max(sentence.replace("}", "{").split("{")[::2], key=len).strip() in shown(test)
    assert not test.text_area, "there is nothing to write a message for"


def test_a_sheet_that_cannot_be_read_hides_behind_no_other(front: Front):
    file = DATA / "sheets/odd/utf16_two.xlsx"
    test = upload(front, file.read_bytes(), file.name)
    assert not test.text_area
    assert ["Main", "Other"] in [box.options for box in test.selectbox]


BLOCS = "Country,Mobile\n" + "".join(f"{at} bloc,987654321{at}\n" for at in range(4))


@pytest.mark.parametrize(("press_on", "contacts"), [("Use Country", 0), ("Use one country for all", 4)])
def test_one_press_answers_what_a_column_of_unknown_countries_means(front: Front, press_on: str, contacts: int):
    test = upload(front, BLOCS.encode(), "blocs.csv")
    assert "hardly any of its cells could be understood" in shown(test) and not test.text_area
    found = figures(press(test, press_on))
    assert (int(found["Contacts"]), int(found["Problems"])) == (contacts, 4 - contacts)


def test_an_encoding_that_was_guessed_is_changed_by_one_press(front: Front):
    test = upload(front, "name,phone\nBéla Győr,9876543210\n".encode("cp1250"), "hu.csv")
    assert "Gyõr" in people_table(test) and "It was read as Windows-1252" in shown(test)
    box = test.selectbox(key="bulk_encoding_shown")
    assert box.value == "cp1252" and "Windows-1250 (Central European)" in box.options
    test = sound(box.set_value("cp1250").run())
    assert "Győr" in people_table(test) and "It was read as" not in shown(test)
    assert test.selectbox(key="bulk_encoding_shown").value == "cp1250"
    test = sound(test.selectbox(key="bulk_encoding_shown").set_value("utf-16-le").run())
    assert not test.text_area, "nothing that can be read is left"
    test = press(test, "Detect the encoding instead")
    assert "Gyõr" in people_table(test)


def test_a_file_that_says_its_encoding_offers_no_other(front: Front):
    test = upload(front, "name,phone\nBéla Győr,9876543210\n".encode(), "hu.csv")
    assert "Győr" in people_table(test) and "Encoding" not in [each.label for each in test.selectbox]


def people_table(test) -> str:
    """The list of contacts, as text."""
    return next(each.value.to_string() for each in test.dataframe if "phone" in each.value.columns)
