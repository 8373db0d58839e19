"""Registered templates: their variables, a text compared with one, a portal's export read."""

import re
import time

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smscore.dlt import (
    Identifier,
    RegisteredTemplate,
    check_value,
    choose_route,
    find_too_long,
    find_wrong_form,
    match,
    match_column,
    read_headers,
    read_id,
    read_templates,
    split_constants,
    strip_header,
    template_faults,
    template_warnings,
    variables,
)
from smscore.errors import SENTENCES, TemplateError
from tests.examples import examples

ID, OTHER = "1107161234567890123", "1107161234567890124"


def export(**columns):
    return pa.table({name.replace("_", " "): pa.array(values, pa.string()) for name, values in columns.items()})


def lines(problems):
    return [(problem.row, problem.code, problem.value) for problem in problems]


# variables


def test_tags_are_found_with_their_kinds_and_limits():
    body = "{#var#}{#Numeric#} {#alp#} {#urg#} {#uro#} {#cbn#} {# email #} {#shoe_size#} {var} {#no tag#} {#1#}"
    told = [(each.tag, each.kind, each.limit) for each in variables(body)]
    assert told == [
        ("{#var#}", "text", 30),
        ("{#Numeric#}", "numeric", 30),
        ("{#alp#}", "alphanumeric", 40),
        ("{#urg#}", "url", None),
        ("{#uro#}", "urlott", None),
        ("{#cbn#}", "cbn", None),
        ("{# email #}", "email", None),
        ("{#shoe_size#}", "text", 30),
    ]
    assert split_constants("a{#var#}b{# email #}") == ("a", "b", "")
    assert variables("") == () and split_constants("") == ("",)


@pytest.mark.parametrize(
    ("tag", "value", "code"),
    [
        ("var", "any thing, at all\n", ""),
        ("var", "x" * 30, ""),
        ("var", "x" * 31, "value_too_long"),
        ("var", " \u00a0", "missing_value"),
        ("numeric", "0042", ""),
        ("num", "1,000", "value_not_numeric"),
        ("num", "४२", "value_not_numeric"),
        ("num", "42\n", "value_not_numeric"),
        ("alphanumeric", "x" * 40, ""),
        ("alp", "x" * 41, "value_too_long"),
        ("url", "https://example.com/a?b=c#d", ""),
        ("url", "example.co.in", ""),
        ("url", "example", "value_not_link"),
        ("urlott", "https://example.com/a b", "value_not_link"),
        ("cbn", "1800-123-4567", ""),
        ("cbn", "+919876543210", ""),
        ("cbn", "call us", "value_not_call_back_number"),
        ("email", "a@b.in", ""),
        ("email", "a@b@c.in", "value_not_email"),
        ("anything", "x" * 30, ""),
    ],
)
def test_values(tag, value, code):
    (variable,) = variables(f"{{#{tag}#}}")
    assert check_value(variable, value) == code
    assert not code or code in SENTENCES


some_values = st.one_of(
    st.text(max_size=45),
    st.from_regex(re.compile(r"[0-9+ -]{1,12}\n?", re.ASCII), fullmatch=True),
    st.from_regex(re.compile(r"(http://)?[a-z.@-]{1,9}(/\S?)?", re.ASCII), fullmatch=True),
)


@settings(max_examples=examples(100), deadline=None)
@given(st.sampled_from(["var", "num", "alp", "url", "cbn", "email"]), st.lists(some_values, min_size=1, max_size=8))
def test_a_column_of_values_is_judged_as_each_value_is(tag, values):
    values = [value.encode("utf-8", "ignore").decode() for value in values]
    (variable,) = variables(f"{{#{tag}#}}")
    column = pa.array(values, pa.string())
    bad = find_too_long(variable, column) | find_wrong_form(variable, column)
    for value, refused in zip(values, bad, strict=True):
        if value.strip():
            assert refused == bool(check_value(variable, value)), value


# matching


@pytest.mark.parametrize(
    ("body", "text", "values"),
    [
        ("Hi {#var#}, your {#var#}.", "Hi Asha, your order.", ("Asha", "order")),
        ("Hi {#var#}.", "Hi a. b. c..", ("a. b. c.",)),
        ("{#var#}{#var#}!", "x" * 60 + "!", ("x" * 30, "x" * 30)),
        ("{#var#}{#var#}!", "short!", ("short", "")),
        ("{#num#} {#var#}", "12 13 14", ("12", "13 14")),
        ("{#var#} {#num#}", "12 13 14", ("12 13", "14")),
        ("no variables", "no variables", ()),
        ("a<br/>b<BR>c\r\nd", "a\nb\r\nc\nd", ()),
        ("({#var#}) [a-z]+ \\d $", "(x) [a-z]+ \\d $", ("x",)),
        ("नमस्ते {#var#}!", "नमस्ते आशा!", ("आशा",)),
    ],
)
def test_a_text_of_a_registered_body(body, text, values):
    found = match(body, text)
    assert found.ok and found.notice is None and found.position == -1
    assert found.values == values
    assert match_column(body, pa.array([text])).tolist() == [True]


@pytest.mark.parametrize(
    ("body", "text", "code", "position", "expected"),
    [
        ("Hi {#var#}, your order", "Hi Asha , your  order", "text_differs", 15, "order"),
        ("Hi {#var#}", "hi Asha", "text_differs", 0, "Hi "),
        ("It's {#var#}", "It’s Asha", "text_differs", 2, "'s "),
        ("Hi {#var#}!", "Hi Asha", "text_differs", 3, "{#var#}!"),
        ("Hi {#var#}", "Hi ", "text_differs", 3, "{#var#}"),
        ("Hi", "Hi there", "text_differs", 2, ""),
        ("Hi {#var#}.", "Hi Asha. Bye", "text_differs", 8, ""),
        ("Hi {#var#}!", "Hi " + "x" * 31 + "!", "value_too_long", 3, "{#var#}"),
        ("Pay {#num#} now", "Pay 5.0 now", "value_not_numeric", 4, "{#num#}"),
        ("{#var#}{#var#}", "x" * 61, "value_too_long", 30, "{#var#}"),
        ("", "x", "text_differs", 0, ""),
        ("x", "", "text_differs", 0, "x"),
    ],
)
def test_the_first_difference_is_shown(body, text, code, position, expected):
    found = match(body, text)
    assert not found.ok
    assert (found.code, found.position, found.expected) == (code, position, expected)
    assert "…" not in str(found.notice)
    assert match_column(body, pa.array([text])).tolist() == [False]


def test_look_alikes_are_told_by_name():
    assert "right single quotation mark" in str(match("It's", "It’s").notice)
    assert "no-break space" in str(match("a b", "a\u00a0b").notice)
    assert "continues with !" in str(match("Hi", "Hi!").notice)


def test_line_breaks_can_be_held_to_the_letter():
    assert match("a\r\nb", "a\nb").ok and not match("a\r\nb", "a\nb", any_break=False).ok
    assert match_column("a\r\nb", pa.array(["a\nb", "a\r\nb"])).tolist() == [True, True]
    assert match_column("a\r\nb", pa.array(["a\nb", "a\r\nb"]), any_break=False).tolist() == [False, True]


pieces = st.sampled_from(["{#var#}", "{#num#}", "{#alp#}", " ", "a", "1", "a ", ", ", "'", "€", "\n", "अ", "(", "\\"])
letters = st.text(st.sampled_from("a1 ,€\nअ(\\'"), min_size=1, max_size=12)


@settings(max_examples=examples(80), deadline=None)
@given(st.lists(pieces, max_size=7).map("".join), st.data())
def test_a_filled_body_always_matches_and_columns_agree(body, data):
    given_values = [
        data.draw(st.from_regex("[0-9]{1,9}", fullmatch=True) if each.kind == "numeric" else letters)
        for each in variables(body)
    ]
    around = split_constants(body)
    filled = around[0] + "".join(v + c for v, c in zip(given_values, around[1:], strict=True))
    found = match(body, filled)
    # A value of spaces alone is blank to an operator, and the way a text is cut may leave one.
    assert found.ok or found.code == "missing_value"
    assert match_column(body, pa.array([filled])).tolist() == [True]
    again = around[0] + "".join(v + c for v, c in zip(found.values, around[1:], strict=True))
    assert again == filled.replace("\r\n", "\n")


@settings(max_examples=examples(80), deadline=None)
@given(st.lists(pieces, max_size=6).map("".join), st.text(st.sampled_from("a1 ,€\nअ(\\'"), max_size=40))
def test_one_text_is_judged_as_a_column_is(body, text):
    found = match(body, text)
    # A blank in a variable's place is for the merge to find; of typed variables it is not even a character they take.
    assert found.code == "missing_value" or match_column(body, pa.array([text])).tolist() == [found.ok]
    assert found.ok == (found.code == "") == (found.notice is None)
    assert -1 <= found.position <= len(text)


def test_a_hostile_body_costs_no_time():
    body, text = "{#var#} " * 200, "a " * 2000 + "b"
    begin = time.process_time()
    assert not match(body, text).ok
    assert time.process_time() - begin < 10  # a backtracking pattern would take years


# ids and headers


@pytest.mark.parametrize(
    ("written", "text", "form"),
    [
        (ID, ID, Identifier.USUAL),
        (f" '{ID} ", ID, Identifier.USUAL),
        ("1.10716E+18", "", Identifier.DAMAGED),
        ("1,10716e18", "", Identifier.DAMAGED),
        ("1107161234567890123.0", "", Identifier.DAMAGED),
        ("1107161234567890000", "1107161234567890000", Identifier.ROUNDED),
        ("110716123456789012", "110716123456789012", Identifier.UNUSUAL),
        ("110716", "110716", Identifier.UNUSUAL),
        ("110716123456789000", "110716123456789000", Identifier.ROUNDED),
        ("11071612345678900000", "11071612345678900000", Identifier.ROUNDED),
        ("11071612345678901234", "11071612345678901234", Identifier.UNUSUAL),
        ("TPL_01", "TPL_01", Identifier.UNUSUAL),
        ("1107 1612", "", Identifier.MALFORMED),
        ("११०७१६१२३४५६७८९०१२३", "", Identifier.MALFORMED),
        ("  ", "", Identifier.MISSING),
    ],
)
def test_ids_are_read_as_text_and_never_guessed(written, text, form):
    read = read_id(written)
    assert (read.text, read.form) == (text, form)


def test_headers_lose_what_operators_add():
    assert [strip_header(each) for each in ("VM-ACMECO-S", "ad-123456-P", " Acmeco ", "ACMECO-T", "VM-")] == [
        "ACMECO",
        "123456",
        "Acmeco",
        "ACMECO",
        "VM-",
    ]
    assert read_headers('ACMECO, FOOBAR;ACMECO|"BAZQUX" / [QUUXES]\nVM-CORGES') == (
        "ACMECO",
        "FOOBAR",
        "BAZQUX",
        "QUUXES",
        "CORGES",
    )
    assert read_headers(" ") == ()


# a portal's export


def test_the_export_of_a_portal_as_it_was_seen():
    table = export(
        HEADER=["ACMECO,FOOBAR", "123456"],
        TEMPLATE_ID=[ID, f"'{OTHER}"],
        TEMPLATE_NAME=["order", "sale"],
        TEMPLATE_CONTENT=["Hi {#var#}<br/>bye", "Sale"],
        VARIABLE_COUNT=["1", "0"],
    )
    first, second = read_templates(table).templates
    assert first == RegisteredTemplate(ID, "order", "Hi {#var#}\nbye", ("ACMECO", "FOOBAR"), "", "", "TRANS")
    assert [each.tag for each in first.variables] == ["{#var#}"]
    assert (second.template_id, second.route) == (OTHER, "PROMO")


@pytest.mark.parametrize("name", ["DLT Template ID", "content-template.id", "CT_ID", "Template  Id:"])
@pytest.mark.parametrize("content", ["Template Content", "MESSAGE", "template_text", "Body"])
def test_columns_are_found_by_every_spelling(name, content):
    table = pa.table({content: ["Hi"], "Sender ID": ["ACMECO"], "Category": ["Promotional"], name: [ID]})
    (template,) = read_templates(table).templates
    assert (template.template_id, template.body, template.headers, template.route) == (ID, "Hi", ("ACMECO",), "PROMO")


@pytest.mark.parametrize("swapped", [False, True])
def test_template_type_and_content_type_are_told_apart_by_their_values(swapped):
    kinds, forms = ["Service Implicit", "Promotional"], ["Text", "Unicode"]
    names = ("Content Type", "Template Type") if swapped else ("Template Type", "Content Type")
    table = pa.table({"Template ID": [ID, OTHER], "Content": ["a", "b"], names[0]: kinds, names[1]: forms})
    templates = read_templates(table).templates
    assert [template.category for template in templates] == kinds
    assert [template.route for template in templates] == ["TRANS", "PROMO"]


def test_every_row_is_a_template_a_repeat_or_a_problem():
    table = export(
        template_id=[
            ID,
            "1.10716E+18",
            OTHER,
            OTHER,
            "",
            "1107161234567890999",
            ID,
            "1107161234567890000",
            "11071612",
            "5 5",
        ],
        content=["Hi", "x", "one", "two", "x", " ", "Hi", "x", "x", "x"],
        header=["ACMECO", "", "", "", "", "", "VM-FOOBAR-T", "", "", ""],
        status=["Approved", "Approved", "Active", "approved", "Approved", "Registered", "APPROVED", "Live", "", "live"],
    )
    read = read_templates(table, pa.array(range(5, 15), pa.int32()))
    assert lines(read.problems) == [
        (6, "template_id_damaged", "1.10716E+18"),
        (7, "template_id_conflict", OTHER),
        (8, "template_id_conflict", OTHER),
        (9, "template_id_missing", ""),
        (10, "template_body_missing", ""),
        (12, "template_id_rounded", "1107161234567890000"),
        (13, "template_not_approved", ""),
        (14, "template_id_malformed", "5 5"),
    ]
    assert lines(read.repeats) == [(11, "template_repeated", ID)]
    assert [(each.template_id, each.headers) for each in read.templates] == [(ID, ("ACMECO", "FOOBAR"))]
    assert len(read.templates) + len(read.problems) + len(read.repeats) == table.num_rows
    assert all("…" not in problem.reason for problem in (*read.problems, *read.repeats))


@pytest.mark.parametrize(
    "status", ["Rejected", "Pending", "Not approved", "Inactive", "Blacklisted", "Unapproved", "Expired"]
)
def test_what_is_not_approved_is_listed(status):
    read = read_templates(export(template_id=[ID], body=["Hi"], approval_status=[status]))
    assert read.templates == () and lines(read.problems) == [(2, "template_not_approved", status)]


def test_a_rejected_draft_does_not_stand_against_the_approved_text():
    read = read_templates(export(template_id=[ID, ID], body=["old", "new"], status=["Rejected", "Approved"]))
    assert [template.body for template in read.templates] == ["new"] and len(read.problems) == 1


def test_an_empty_status_column_says_nothing():
    assert len(read_templates(export(template_id=[ID], body=["Hi"], status=[""])).templates) == 1


def test_what_is_unusual_is_told_and_kept():
    table = export(
        template_id=[ID, "11071612"], content=["a{#var#}", "a\nb"], header=["ACME", "ACMECO"], variable_count=["2", ""]
    )
    read = read_templates(table)
    assert [(each.code, each.facts["row"]) for each in read.warnings] == [
        ("template_header_odd", 2),
        ("variable_count_differs", 2),
        ("template_id_unusual", 3),
        ("template_line_breaks", 3),
    ]
    assert len(read.templates) == 2 and all("…" not in str(each) for each in read.warnings)


def test_a_file_without_ids_or_texts_is_refused_with_its_columns():
    with pytest.raises(TemplateError) as caught:
        read_templates(export(name=["x"], body=["y"]))
    assert caught.value.code == "no_template_columns" and "name, body" in str(caught.value)


cell = st.sampled_from(["", ID, OTHER, "1.1E+18", "Hi {#var#}", "Approved", "x", "Promotional", "ACMECO"])


@settings(max_examples=examples(80), deadline=None)
@given(st.lists(st.tuples(cell, cell, cell, cell), max_size=8))
def test_no_row_of_an_export_is_ever_lost(rows):
    names = ("Template Id", "Message", "Status", "Sender")
    table = pa.table({name: pa.array([row[at] for row in rows], pa.string()) for at, name in enumerate(names)})
    read = read_templates(table)
    told = [problem.row for problem in (*read.problems, *read.repeats)]
    assert len(set(told)) == len(told)
    assert len(read.templates) + len(told) == len(rows)
    assert len({template.template_id for template in read.templates}) == len(read.templates)


# templates written by hand


def codes(notices):
    return [notice.code for notice in notices]


def test_faults_of_a_template_written_by_hand():
    assert template_faults(RegisteredTemplate(ID, "order", "Hi", ("ACMECO",))) == ()
    assert template_faults(RegisteredTemplate("", "draft", "Hi")) == ()
    assert codes(template_faults(RegisteredTemplate("1.1E+18", "", " ", ("ACME",)))) == [
        "template_body_missing",
        "template_id_damaged",
        "sender_form",
    ]


def test_warnings_of_a_template_written_by_hand():
    assert template_warnings(RegisteredTemplate(ID, "order", "Hi", ("ACMECO",))) == ()
    assert codes(template_warnings(RegisteredTemplate("12345", "order", "a<br>b"))) == [
        "template_id_unusual",
        "template_line_breaks",
    ]
    assert codes(template_warnings(RegisteredTemplate("1107161234567890000", "x", "a"))) == ["template_id_rounded"]


@pytest.mark.parametrize(
    ("category", "headers", "route"),
    [
        ("Promotional", ("ACMECO",), "PROMO"),
        ("P", (), "PROMO"),
        ("Service Explicit", ("123456",), "TRANS"),
        ("Transactional", (), "TRANS"),
        ("", ("123456",), "PROMO"),
        ("", ("ACMECO", "123456"), "TRANS"),
        ("", (), "TRANS"),
    ],
)
def test_the_route_follows_from_the_category_then_the_headers(category, headers, route):
    assert choose_route(category, headers) == route
