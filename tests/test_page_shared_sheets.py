"""The collection of difficult sheets, each dropped into Bulk upload: the page says what the index says, and stands."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from smscore.errors import SENTENCES
from tests.front import Front, figures, front, shown
from tests.test_page_bulk_upload import upload
from tests.test_shared_sheets import FILES, acceptance, refusals_that_pass, written

__all__ = ["front"]

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not FILES, reason="the collection of difficult sheets is not beside this checkout"),
]


@pytest.mark.parametrize("case", FILES, ids=[case["file"] for case in FILES])
def test_the_page_says_what_the_index_says(front: Front, case: dict, tmp_path: Path):
    path = written(case, tmp_path)
    test = upload(front, path.read_bytes(), path.name)
    found = {name: int(value.replace(",", "")) for name, value in figures(test).items() if name in FIGURES}
    if not found:
        codes = refusals_that_pass(case)
        assert codes, "the page refuses a file that must be read"
        assert any(_constant(SENTENCES[code][0]) in shown(test) for code in codes)
        assert not test.text_area, "there is nothing to write a message for"
        return
    assert acceptance(case) is not None, "the page reads a file that must be refused"
    assert (found["Contacts"] + found["Duplicates"], found["Problems"]) == acceptance(case)
    assert found["Rows"] == sum(found[name] for name in FIGURES[1:])


FIGURES = ("Rows", "Contacts", "Duplicates", "Problems", "Opted out")


def _constant(sentence: str) -> str:
    """The longest piece of a sentence that no fact changes."""
    return max(re.split(r"{[^}]*}", sentence), key=len).strip()
