"""A DLT portal's export is compared with the templates in use, and taken in as it was seen or not at all."""

from __future__ import annotations

import io

import pytest

from smscore import read_sheet
from smscore.errors import TemplateError
from tests.deskwork import ACTOR

ID = "110716123456789{:04d}"


def sheet(*rows: tuple[str, str, str, str]):
    lines = ["TEMPLATE_ID,TEMPLATE_NAME,TEMPLATE_CONTENT,HEADER,STATUS"]
    lines += [f"{template_id},{name},{body},ACMEIN,{status}" for template_id, name, body, status in rows]
    return read_sheet(io.BytesIO("\n".join(lines).encode()), "export.csv")


def in_use(desk) -> dict[str, str]:
    return {each.template_id: each.body for each in desk.templates.list()}


def test_an_export_is_compared_before_anything_is_written(desk):
    first = sheet(*[(ID.format(n), f"T{n}", f"Text {n}", "Approved") for n in range(1, 5)])
    assert desk.templates.import_seen(desk.templates.compare(first), ACTOR) == (4, 0)
    second = sheet(
        (ID.format(1), "T1", "Text 1", "Approved"),
        (ID.format(2), "T2", "Other words", "Approved"),
        (ID.format(3), "T3", "Text 3", "Blacklisted"),
        (ID.format(5), "T5", "Text 5", "Approved"),
        ("110716", "Short", "Text 6", "Approved"),
        ("1.10716E+18", "Lost", "Text 7", "Approved"),
        ("1107161234567890000", "Rounded", "Text 8", "Approved"),
        (ID.format(5), "T5", "Text 5", "Approved"),
        (ID.format(9), "T9", "Text 9", "Pending"),
    )
    seen, before = desk.templates.compare(second), in_use(desk)
    assert [each.row for each in seen.added] == [5] and [each.row for each in seen.unusual] == [6]
    assert [(each.registered.row, each.fields) for each in seen.changed] == [(3, ("text",))]
    assert [(each.row, each.status) for each in seen.retired] == [(4, "Blacklisted")]
    assert [each.row for each in seen.unchanged] == [2] and [each.row for each in seen.repeats] == [9]
    assert [each.row for each in seen.refused] == [4, 7, 8, 10]
    assert [each.known.template_id for each in seen.missing] == [ID.format(4)]
    parts = (seen.added, seen.changed, seen.unchanged, seen.unusual, seen.refused, seen.repeats)
    assert sum(map(len, parts)) == second.row_count == 9
    ids = dict(zip(seen.table["row"].to_pylist(), seen.table["template_id"].to_pylist(), strict=True))
    assert ids[7] == "1.10716E+18" and ids[10] == "", "an id, or nothing: never another cell"
    assert seen.table["row"].to_pylist() == [0, *range(2, 11)] and all(seen.table["what"].to_pylist())
    assert in_use(desk) == before, "looking writes nothing"
    assert desk.templates.import_seen(seen, ACTOR) == (2, 1)
    assert in_use(desk) == {ID.format(1): "Text 1", ID.format(2): "Other words", ID.format(4): "Text 4",
                            ID.format(5): "Text 5"}  # fmt: skip
    again = desk.templates.compare(second)
    assert not again.added and not again.changed and not again.retired and len(again.unchanged) == 3


def test_what_is_to_be_confirmed_and_what_is_missing_is_taken_only_when_asked_for(desk):
    desk.templates.import_seen(desk.templates.compare(sheet((ID.format(1), "T1", "Text 1", "Approved"))), ACTOR)
    seen = desk.templates.compare(sheet(("110716", "Short", "Text 6", "Approved")))
    assert desk.templates.import_seen(seen, ACTOR) == (0, 0) and in_use(desk) == {ID.format(1): "Text 1"}
    assert desk.templates.import_seen(seen, ACTOR, unusual=True, missing=True) == (1, 1)
    assert in_use(desk) == {"110716": "Text 6"}


def test_an_import_that_was_seen_before_somebody_changed_the_templates_writes_nothing(desk):
    seen = desk.templates.compare(sheet((ID.format(1), "T1", "Text 1", "Approved")))
    desk.templates.add("By hand", "Hello", ID.format(2), ("ACMEIN",), actor="ravi")
    with pytest.raises(TemplateError) as late:
        desk.templates.import_seen(seen, ACTOR)
    assert late.value.code == "templates_changed" and in_use(desk) == {ID.format(2): "Hello"}
    assert desk.templates.import_seen(desk.templates.compare(sheet((ID.format(1), "T1", "Text 1", "Approved"))), ACTOR)
