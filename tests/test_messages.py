"""What each contact will read, how it travels and how many segments it takes."""

import json
import random
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smscore.errors import SENTENCES, MessageError, explain
from smscore.messages import (
    Charset,
    Kind,
    Message,
    Route,
    Slot,
    WhatsApp,
    check_message,
    count,
    count_column,
    count_unicode_characters,
    escape_braces,
    faults,
    filling,
    list_unicode_characters,
    measure_saving,
    merge,
    otp_content,
    otp_text,
    parse,
    placeholder_names,
    preview,
    simplify_punctuation,
    warnings,
)
from smscore.messages.alphabet import BASIC, EXTENSION
from tests.examples import examples

ORACLE = json.loads((Path(__file__).parent / "data" / "segments_smsutil.json").read_text(encoding="utf-8"))["cases"]
ID = "1107161234567890123"


def contacts(**columns):
    """A table of contacts as an audience has it, with the sheet's own columns."""
    size = len(next(iter(columns.values())))
    own = {name.replace("_", " "): pa.array(values, pa.string()) for name, values in columns.items()}
    rows = pa.array(range(2, size + 2), pa.int32())
    numbers = [919876543210 + at for at in range(size)]
    phone = pa.array([f"+{number}" for number in numbers], pa.string())
    names = ["row", "phone", "msisdn", *own]
    return pa.Table.from_arrays([rows, phone, pa.array(numbers, pa.int64()), *own.values()], names=names)


def text(words, **more):
    return Message(**({"kind": Kind.TEXT, "sender": "ACMECO", "text": words} | more))


def codes(notices):
    return [notice.code for notice in notices]


def refusal(call, *arguments):
    with pytest.raises(MessageError) as caught:
        call(*arguments)
    return caught.value


# segments


def written_out(recipe):
    return "".join(character * times for character, times in recipe)


def test_segments_agree_with_another_library_on_every_kind_of_text():
    texts = [written_out(recipe) for recipe, _, _ in ORACLE]
    told = [(charset, segments) for _, charset, segments in ORACLE]
    assert [(count(each).charset, count(each).segments) for each in texts] == told
    column = count_column(pa.array(texts))
    assert list(zip(column.charset.tolist(), column.segments.tolist(), strict=True)) == told


@pytest.mark.parametrize(
    ("words", "charset", "units", "segments", "left"),
    [
        ("", 0, 0, 0, 160),
        ("a" * 160, 0, 160, 1, 0),
        ("a" * 161, 0, 161, 2, 145),
        ("a" * 306, 0, 306, 2, 0),
        ("a" * 307, 0, 307, 3, 152),
        ("€" * 80, 0, 160, 1, 0),
        ("€" * 81, 0, 162, 2, 143),
        ("a" * 152 + "€" + "a" * 8, 0, 162, 2, 143),  # the escape pair moves whole to the second part
        ("a" * 151 + "€" + "a" * 153, 0, 306, 2, 0),
        ("a" * 152 + "€" + "a" * 152, 0, 306, 3, 152),
        ("अ" * 70, 1, 70, 1, 0),
        ("अ" * 71, 1, 71, 2, 63),
        ("अ" * 66 + "😀" + "अ" * 66, 1, 134, 3, 66),  # the surrogate pair moves whole to the second part
        ("अ" * 65 + "😀" + "अ" * 67, 1, 134, 2, 0),
        ("कि" * 67, 1, 134, 2, 0),
        ("a\r\nb", 0, 4, 1, 156),
        ("ç", 1, 1, 1, 69),
        ("Ç", 0, 1, 1, 159),
        ("`", 1, 1, 1, 69),
        ("\t", 1, 1, 1, 69),
        ("अ]", 1, 2, 1, 68),  # an extension character is one unit in a UCS-2 text
    ],
)
def test_borders(words, charset, units, segments, left):
    counted = count(words)
    assert (counted.charset, counted.units, counted.segments, counted.left) == (charset, units, segments, left)
    assert counted.characters == len(words)
    column = count_column(pa.array([words]))
    assert (column.charset[0], column.units[0], column.segments[0]) == (charset, units, segments)


def test_the_alphabet_is_the_standards():
    assert len(BASIC) == 127 and len(set(BASIC)) == 127  # 128 places, one of them the escape
    assert sorted(EXTENSION) == sorted("\f^{}\\[~]|€")
    ascii_outside = {chr(c) for c in range(32, 127)} - set(BASIC) - set(EXTENSION)
    assert ascii_outside == {"`"}
    assert {"Δ", "Φ", "Ω", "Ñ", "ß", "¿"} < set(BASIC) and not {"ç", "Á", "á", "í"} & set(BASIC)


alphabet = st.sampled_from(
    ["a", "b ", "é", "ç", "€", "[", "~", "`", "\n", "अ", "कि", "😀", "’", "\u200d", "a" * 30, "न" * 30]
)
some_texts = st.lists(alphabet, max_size=24).map("".join)


@settings(max_examples=examples(80), deadline=None)
@given(st.lists(st.one_of(st.none(), some_texts, st.text(max_size=200)), max_size=30), st.integers(0, 5))
def test_a_column_counts_as_its_texts_do(words, cut):
    words = [None if each is None else each.encode("utf-8", "ignore").decode() for each in words]
    column = pa.array(words, pa.string())
    sliced = pa.chunked_array([column.slice(0, cut), column.slice(cut)])
    for texts in (column, sliced, column.cast(pa.large_string())):
        counted = count_column(texts)
        expected = [count(each or "") for each in words]
        assert counted.charset.tolist() == [each.charset for each in expected]
        assert counted.units.tolist() == [each.units for each in expected]
        assert counted.segments.tolist() == [each.segments for each in expected]


@settings(max_examples=examples(100), deadline=None)
@given(some_texts)
def test_a_count_is_that_of_filling_parts_one_by_one(words):
    """An independent reading of the standard: cut the text into the fewest parts that split no character."""
    gsm = all(character in BASIC or character in EXTENSION for character in words)
    sizes = [len(c.encode("utf-16-be")) // 2 if not gsm else 1 + (c in EXTENSION) for c in words]
    single, part = (160, 153) if gsm else (70, 67)
    fewest = [0]
    for end in range(1, len(sizes) + 1):
        begin, used = end, 0
        while begin and used + sizes[begin - 1] <= part:
            begin, used = begin - 1, used + sizes[begin - 1]
        fewest.append(fewest[begin] + 1)
    expected = min(1, len(words)) if sum(sizes) <= single else fewest[-1]
    assert count(words).segments == expected


def test_a_long_column_is_counted_in_pieces_without_a_seam():
    random.seed(7)
    pieces = ["plain", "€", "अ😀", "[x]", "é" * 80]
    words = ["".join(random.choices(pieces, k=random.randint(0, 60))) for _ in range(20_000)]
    counted = count_column(pa.array(words))
    for at in [*range(8_180, 8_200), *range(16_380, 16_390), *random.sample(range(20_000), 400)]:
        assert counted.segments[at] == count(words[at]).segments


@pytest.mark.slow
def test_a_column_is_counted_much_faster_than_text_by_text():
    random.seed(1)
    plain = ["".join(random.choices("abcdefgh ijklmn op.,", k=150)) for _ in range(8_000)]
    other = ["".join(random.choices("अआइ कखग ", k=75)) for _ in range(1_500)]
    other += ["".join(random.choices("abc [é", k=150)) + "€" for _ in range(500)]
    words = plain + other
    column = pa.array(words * 10)
    ratios = []
    for _ in range(5):
        begin = time.process_time()
        one_by_one = [count(each) for each in words]
        middle = time.process_time()
        counted = count_column(column)
        ratios.append((middle - begin) * 10 / (time.process_time() - middle))
    assert counted.segments[: len(words)].tolist() == [each.segments for each in one_by_one]
    assert sorted(ratios)[2] > 10, ratios


# punctuation


def test_plain_punctuation_changes_signs_and_never_letters():
    assert simplify_punctuation("“Asha’s”\u00a0offer – 50%…\u200b") == '"Asha\'s" offer - 50%...'
    assert simplify_punctuation("çÁ नमस्ते क्\u200dष 😀 ₹ •") == "çÁ नमस्ते क्\u200dष 😀 ₹ •"


@given(st.text(max_size=60))
def test_plain_punctuation_is_stable_and_never_costs_a_charset(words):
    plain = simplify_punctuation(words)
    assert simplify_punctuation(plain) == plain
    assert set(list_unicode_characters(plain)) <= set(list_unicode_characters(words))


def test_forcing_names_each_character_once_and_how_often():
    assert list_unicode_characters("₹50 or ₹60 – “yes”") == ("₹", "–", "“", "”")
    assert [(each.character, each.times) for each in count_unicode_characters("₹50 ₹60 ç")] == [("₹", 2), ("ç", 1)]
    assert list_unicode_characters("Hello [€]") == ()


def test_saving_of_plain_punctuation():
    gain = measure_saving("It’s " + "a" * 150)
    assert (gain.before, gain.after, gain.segments) == (3, 1, 2)
    assert measure_saving("plain").segments == 0


# placeholders and merge


def test_a_text_is_merged_with_each_row():
    table = contacts(Name=["Asha", "Ravi"], City_name=["Pune", "नागपुर"])
    merged = merge(text("Hi {Name} of {city  NAME}: {{x}} {name}"), table)
    assert merged.texts.to_pylist() == ["Hi Asha of Pune: {x} Asha", "Hi Ravi of नागपुर: {x} Ravi"]
    assert merged.charset.tolist() == [Charset.GSM7, Charset.UCS2]
    assert merged.kept.all() and merged.problems.num_rows == 0 and merged.values == ()
    assert merged.content(1).text == "Hi Ravi of नागपुर: {x} Ravi"


def test_an_exact_name_comes_before_one_that_only_looks_the_same():
    table = contacts(name=["lower"], Name=["upper"])
    assert merge(text("{Name}{name}"), table).texts.to_pylist() == ["upperlower"]
    fault = refusal(merge, text("{NAME}"), table)
    assert fault.code == "ambiguous_placeholder" and "name, Name" in str(fault)


def test_an_unknown_placeholder_names_the_columns_there_are():
    fault = refusal(merge, text("Hi {nmae}"), contacts(name=["Asha"], city=["Pune"]))
    assert fault.code == "unknown_placeholder"
    assert "{nmae}" in str(fault) and "name, city." in str(fault) and "Did you mean {name}?" in str(fault)
    assert fault.facts["choices"] == ("name", "city"), "the sheet has no column phone"


def test_a_sheet_of_many_columns_names_the_first_of_them():
    fault = refusal(merge, text("{x}"), contacts(**{f"c{at}": ["1"] for at in range(40)}))
    assert "c29 and 10 more" in str(fault) and len(fault.facts["choices"]) == 40
    assert "Its columns are: none." in str(refusal(merge, text("{x}"), contacts(a=["1"]).select([0, 1, 2])))


def test_a_placeholder_names_a_column_as_the_sheet_does():
    own = {"phone (as written)": ["98765 43210"], "row (as written) (as written)": ["K7"], "row (as written)": ["x"]}
    table = contacts(**own)
    assert placeholder_names(tuple(own)) == ("phone", "row", "row (as written)")
    read = merge(text("{phone} {row} {row (as written)} {phone (as written)}"), table).texts.to_pylist()
    assert read == ["98765 43210 K7 x 98765 43210"]
    fault = refusal(merge, text("{nobody}"), table)
    assert fault.facts["choices"] == ("phone", "row", "row (as written)")
    assert merge(text("{phone}"), contacts(name=["Asha"])).texts[0].as_py().startswith("+91"), "no such column: E.164"


def test_a_whatsapp_message_without_a_from_number_speaks_of_that_field():
    message = Message(Kind.WHATSAPP_SESSION, "", text="Hi", whatsapp=WhatsApp(session_type="text"))
    (missing,) = faults(message)
    assert missing.code == "whatsapp_sender_missing"
    assert "From number" in str(missing.explanation) and "header" not in str(missing.explanation)


def test_the_sheets_own_phone_column_comes_before_the_number():
    assert merge(text("{phone}"), contacts(city=["x"])).texts.to_pylist() == ["+919876543210"]
    assert merge(text("{PHONE}"), contacts(Phone=["98765 43210"])).texts.to_pylist() == ["98765 43210"]


@pytest.mark.parametrize("blank", ["", "  ", "\u00a0", "\u200b \t", None])
def test_a_blank_value_is_a_problem_of_its_row_never_a_hole(blank):
    merged = merge(text("Hi {name}, pay {amount}"), contacts(name=["Asha", blank], amount=["10", "20"]))
    assert merged.kept.tolist() == [True, False]
    assert merged.texts.to_pylist() == ["Hi Asha, pay 10", ""]
    assert merged.segments.tolist() == [1, 0]
    (line,) = merged.problems.to_pylist()
    assert (line["row"], line["column"], line["value"]) == (3, "name", blank or "")
    assert line["code"] == "missing_value" and "name is blank" in line["reason"]


def test_a_default_stands_in_for_blank_values():
    merged = merge(text("Hi {name| there }!"), contacts(name=["Asha", " "]))
    assert merged.texts.to_pylist() == ["Hi Asha!", "Hi  there !"]
    assert merged.kept.all()


def test_a_column_whose_name_has_a_bar():
    table = pa.table({"row": pa.array([2], pa.int32()), "first|last": ["Asha"]})
    assert merge(text("Hi {first|last}"), table).texts.to_pylist() == ["Hi Asha"]


def test_each_row_is_kept_or_has_one_problem():
    table = contacts(a=["1", "", "3", ""], b=["", "", "x", "y"])
    merged = merge(text("{a} {b}"), table)
    assert merged.kept.sum() + merged.problems.num_rows == table.num_rows
    assert merged.problems["row"].to_pylist() == [2, 3, 5]
    assert merged.problems["column"].to_pylist() == ["b", "a", "a"]


@pytest.mark.parametrize(
    ("written", "code", "position"),
    [
        ("a {name", "lone_brace", 3),
        ("a } b", "lone_brace", 3),
        ("{}", "empty_placeholder", 1),
        ("{ |x}", "empty_placeholder", 1),
    ],
)
def test_a_brace_that_means_nothing_is_told_with_its_place(written, code, position):
    fault = refusal(parse, written)
    assert (fault.code, fault.facts["position"]) == (code, position)
    assert codes(faults(text(written))) == [code]


@given(st.text(max_size=40))
def test_literal_braces_come_back_as_they_were(words):
    assert "".join(parse(escape_braces(words))) == words


def test_nothing_an_operator_or_a_sheet_writes_is_evaluated():
    table = contacts(name=["{phone}", "%s {0.__class__}", "\\1 $x {{"])
    merged = merge(text("{name}!"), table)
    assert merged.texts.to_pylist() == ["{phone}!", "%s {0.__class__}!", "\\1 $x {{!"]
    assert refusal(merge, text("{name.__class__}"), table).code == "unknown_placeholder"


def test_words_that_programs_write_for_nothing_are_pointed_out():
    merged = merge(text("Hi {name}"), contacts(name=["nan", "NULL", "Asha"]))
    (notice,) = merged.warnings
    assert (
        notice.code == "looks_missing"
        and str(notice).startswith("name has a word such as nan")
        and "Rows: 2." in str(notice)
    )
    assert merged.kept.all()


def test_plain_punctuation_of_text_and_values():
    table = contacts(name=["O’Brien", "Asha"])
    assert merge(text("“Hi” {name|you…}", plain=True), table).texts.to_pylist() == ['"Hi" O\'Brien', '"Hi" Asha']
    assert merge(text("“Hi” {name}"), table).texts[0].as_py() == "“Hi” O’Brien"
    quoted = contacts(**{"Asha’s": ["x"]})
    assert merge(text("{Asha’s}", plain=True), quoted).texts.to_pylist() == ["x"]


def test_a_text_longer_than_a_phone_can_join_is_a_problem():
    merged = merge(text("{a}"), contacts(a=["x" * 153 * 255, "x" * (153 * 255 + 1)]))
    assert merged.kept.tolist() == [True, False] and merged.segments[0] == 255
    assert merged.problems["code"].to_pylist() == ["text_too_long"]


def test_a_text_that_is_blank_for_a_row_is_a_problem():
    merged = merge(text("{a|}"), contacts(a=["", "x"]))
    assert merged.problems["code"].to_pylist() == ["text_blank"] and merged.kept.tolist() == [False, True]


def test_texts_beyond_two_gibibytes_take_the_larger_kind_of_array(monkeypatch):
    """The limit is lowered, because a real case needs many gibibytes; the way is the same."""
    table = contacts(a=["x" * 40, "", "nan"], b=["’", "y", "z"])
    small = merge(text("{a}{b|–}", plain=True), table)
    monkeypatch.setattr(filling, "WIDEST", 50)
    large = merge(text("{a}{b|–}", plain=True), table)
    assert large.texts.type == pa.large_string()
    assert large.texts.to_pylist() == small.texts.to_pylist() == ["x" * 40 + "'", "", "nanz"]
    assert large.problems.equals(small.problems) and large.warnings == small.warnings
    assert large.segments.tolist() == small.segments.tolist()
    assert merge(text("Sale " * 20), table).texts.to_pylist() == ["Sale " * 20] * 3


def test_a_constant_text_for_all():
    merged = merge(text("Sale today"), contacts(a=["1", "2", "3"]))
    assert merged.texts.to_pylist() == ["Sale today"] * 3 and merged.segments.tolist() == [1, 1, 1]
    empty = merge(text("Sale {a}"), contacts(a=["1"]).slice(0, 0))
    assert len(empty.texts) == 0 and empty.problems.num_rows == 0


cells = st.one_of(
    st.sampled_from(["", " ", "Asha", "O’Brien", "{x}"]), st.text(st.characters(codec="utf-8"), max_size=8)
)


@settings(max_examples=examples(120), deadline=None)
@given(st.lists(st.tuples(cells, cells), min_size=1, max_size=12), st.booleans())
def test_merge_says_for_each_row_what_preview_says(rows, plain):
    message = text("Dear {name|friend}, {{{city}}} – bye", plain=plain)
    table = contacts(name=[name for name, _ in rows], city=[city for _, city in rows])
    merged = merge(message, table)
    assert merged.kept.sum() + merged.problems.num_rows == len(rows)
    for at, (name, city) in enumerate(rows):
        if merged.kept[at]:
            read = preview(message, {"name": name, "city": city})
            assert merged.content(at) == read
            assert merged.segments[at] == count(read.text).segments
        else:
            assert merged.texts[at].as_py() == "" and merged.segments[at] == 0


def test_preview_shows_the_hole():
    assert preview(text("Hi {Name}"), {"name": " "}).text == "Hi {Name}"
    assert refusal(preview, text("Hi {name}"), {}).code == "unknown_placeholder"


@pytest.mark.slow
def test_half_a_million_rows_are_merged_much_faster_than_one_by_one():
    size = 500_000
    names, amounts = ["Asha", "Ravi Kumar"] * (size // 2), [str(at) for at in range(size)]
    table = contacts(name=names, amount=amounts)
    message = text("Dear {name}, your bill of Rs {amount} is due on Friday. Pay at any of our stores near you.")
    begin = time.process_time()
    merged = merge(message, table)
    middle = time.process_time()
    formatted = [message.text.format(name=n, amount=a) for n, a in zip(names[:50_000], amounts, strict=False)]
    counted = [count(each).segments for each in formatted]
    assert (middle - begin) * 3 < (time.process_time() - middle) * 10
    assert merged.texts[:50_000].to_pylist() == formatted and merged.segments[:50_000].tolist() == counted


# registered bodies


def registered(body, *patterns, kind=Kind.VARIABLES, **more):
    slots = tuple(Slot("custom", pattern) for pattern in patterns)
    return Message(kind, "ACMECO", text=body, template_id=ID, slots=slots, **more)


def test_variables_are_filled_in_order_and_sent_beside_the_text():
    message = registered("Hi {#var#}, {pay} {#num#} by {#var#}", "{name}", "{amount}", "Friday")
    merged = merge(message, contacts(name=["Asha"], amount=["10"]))
    assert merged.content(0).text == "Hi Asha, {pay} 10 by Friday"
    assert merged.content(0).values == ("Asha", "10", "Friday")
    assert message.placeholders == ("name", "amount")


def test_a_value_that_the_variable_does_not_take_is_a_problem_of_its_row():
    message = registered("{#var#} {#numeric#} {#url#}", "{a}", "{b}", "{c}")
    table = contacts(
        a=["x" * 30, "x" * 31, "x", "x"], b=["1", "1", "1.5", "1"], c=["https://a.in/b", "a.in", "a.in", "no link"]
    )
    merged = merge(message, table)
    lines = [(line["row"], line["column"], line["code"]) for line in merged.problems.to_pylist()]
    assert lines == [(3, "a", "value_too_long"), (4, "b", "value_not_numeric"), (5, "c", "value_not_link")]
    assert "30 characters" in merged.problems["reason"][0].as_py()
    assert merged.values[0].to_pylist() == ["x" * 30, "", "", ""]


def test_values_that_only_some_operators_take_are_kept_and_told():
    merged = merge(registered("{#alp#}", "{a}"), contacts(a=["x" * 31, "x" * 40, "x"]))
    assert merged.kept.all() and codes(merged.warnings) == ["value_long_for_some"]
    assert merged.warnings[0].facts["rows"] == 2
    assert merge(registered("{#alp#}", "{a}"), contacts(a=["x" * 41])).problems["code"].to_pylist() == [
        "value_too_long"
    ]


def test_a_template_whose_text_is_unknown_counts_as_one_segment():
    merged = merge(registered("", "{a}"), contacts(a=["x", ""]))
    assert merged.texts.to_pylist() == ["", ""] and merged.segments.tolist() == [1, 0]
    assert merged.values[0].to_pylist() == ["x", ""]


def test_a_registered_body_is_never_changed():
    message = registered("It’s {#var#} {{now}}", "{a}", kind=Kind.TEMPLATE, plain=True)
    assert merge(message, contacts(a=["O’Brien"])).texts.to_pylist() == ["It’s O'Brien {{now}}"]


def test_as_many_values_as_variables():
    fault = refusal(merge, registered("{#var#}{#var#}", "{a}"), contacts(a=["x"]))
    assert (fault.code, fault.facts) == ("slots_differ", {"expected": 2, "found": 1})
    assert codes(faults(registered("{#var#}{#var#}", "{a}"))) == ["slots_differ"]


# one-time codes

OTP = Message(Kind.OTP, "ACMECO", Route.OTP, "Dear {name|customer}, {code} is your code. {{never}} share {CODE}.")


def test_a_code_is_put_in_at_the_last_moment_alone():
    assert OTP.placeholders == ("name",)
    assert preview(OTP, {"name": "Asha"}).text == "Dear Asha, 000000 is your code. {never} share 000000."
    assert merge(OTP, contacts(name=["Asha"])).texts[0].as_py() == preview(OTP, {"name": "Asha"}).text
    assert otp_text(OTP, "483920", {"name": ""}) == "Dear customer, 483920 is your code. {never} share 483920."
    assert "000000" not in OTP.to_json() and "code" in OTP.to_json()


@pytest.mark.parametrize("code", ["12345", "1234567", "12345a", "१२३४५६", "123456\n", ""])
def test_a_code_that_is_none_is_refused_without_being_named(code):
    fault = refusal(otp_text, OTP, code, {"name": "Asha"})
    assert fault.code == "otp_code_form" and (not code or code not in str(fault))


def test_a_code_without_a_place_is_refused():
    message = Message(Kind.OTP, "ACMECO", Route.OTP, "Your code is 123456")
    assert refusal(otp_text, message, "483920").code == "otp_without_code"
    assert codes(faults(message)) == ["otp_without_code"]
    holey = Message(Kind.OTP, "ACMECO", Route.OTP, "{name} {code}")
    assert refusal(otp_text, holey, "483920", {"name": " "}).code == "missing_value"


def test_code_is_an_ordinary_column_in_other_messages():
    assert merge(text("Coupon {code}"), contacts(code=["SAVE10"])).texts.to_pylist() == ["Coupon SAVE10"]
    assert text("{code}").placeholders == ("code",)


def test_an_otp_of_a_registered_template():
    message = Message(Kind.OTP, "ACMECO", Route.OTP, "{#var#} is your code", ID, (Slot("custom", "{code}"),))
    assert faults(message) == ()
    assert otp_content(message, "483920").text == "483920 is your code"


def test_an_authentication_template_takes_the_code_in_its_value():
    whatsapp = WhatsApp("login_code", language="en")
    message = Message(Kind.WHATSAPP_TEMPLATE, "+919876543210", slots=(Slot("body", "{code}"),), whatsapp=whatsapp)
    assert faults(message) == () and message.placeholders == ()
    assert otp_content(message, "483920").values == ("483920",)


def test_texts_and_values_stay_out_of_representations():
    message = registered("secret {#var#}", "secret")
    shown = repr((message, merge(message, contacts(a=["1"])), preview(message)))
    assert "secret" not in shown


# whatsapp


def test_a_whatsapp_template_shows_its_body_filled():
    slots = (Slot("body", "{name}"), Slot("header", "Hi"), Slot("body", "{city}"), Slot("button", "p/{name}"))
    whatsapp = WhatsApp("order_ready", header_type="text")
    message = Message(Kind.WHATSAPP_TEMPLATE, "919876543210", text="{{2}}: {{1}} {{9}}", slots=slots, whatsapp=whatsapp)
    merged = merge(message, contacts(name=["Asha"], city=["Pune"]))
    assert faults(message) == ()
    assert merged.content(0).text == "Pune: Asha {{9}}"
    assert merged.content(0).values == ("Asha", "Hi", "Pune", "p/Asha")
    assert merged.segments.tolist() == [1]


def session(words="", session_type="text", *slots):
    places = tuple(Slot(place, pattern) for place, pattern in slots)
    whatsapp = WhatsApp(session_type=session_type)
    return Message(Kind.WHATSAPP_SESSION, "+919876543210", text=words, slots=places, whatsapp=whatsapp)


def test_a_session_text_has_at_most_1024_characters():
    merged = merge(session("Hi {a}"), contacts(a=["x" * 1021, "x" * 1022]))
    assert merged.kept.tolist() == [True, False]
    assert merged.problems["code"].to_pylist() == ["whatsapp_text_long"]
    assert codes(faults(session("x" * 1025))) == ["whatsapp_text_long"]


def test_media_need_a_link_and_rows_with_none_are_problems():
    message = session("", "image", ("link", "{url}"), ("caption", "For {name}"))
    assert faults(message) == ()
    table = contacts(url=["https://a.in/1.jpg", "a.in/1.jpg", "HTTP://A.IN/x"], name=["a", "b", "c" * 1021])
    merged = merge(message, table)
    assert merged.problems["code"].to_pylist() == ["value_not_web_address", "whatsapp_text_long"]
    assert codes(faults(session("", "image"))) == ["slot_number"]
    assert codes(faults(session("", "audio", ("link", "https://a.in"), ("caption", "x")))) == ["caption_not_taken"]


def test_buttons_are_one_to_three_with_short_titles():
    buttons = [("button", f"Answer {at}") for at in range(4)]
    assert faults(session("Choose", "interactive", *buttons[:3])) == ()
    assert codes(faults(session("Choose", "interactive", *buttons))) == ["button_count"]
    assert codes(faults(session("Choose", "interactive"))) == ["button_count"]
    assert codes(faults(session("Choose", "interactive", ("button", "x" * 21)))) == ["button_title_long"]
    merged = merge(session("Choose", "interactive", ("button", "{a}")), contacts(a=["x" * 20, "x" * 21]))
    assert merged.kept.tolist() == [True, False]


# faults and warnings


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (text("Hi"), []),
        (text("Hi", sender="123456", route=Route.PROMO), []),
        (text("Hi", sender=""), ["sender_missing"]),
        (text("Hi", sender="ACME"), ["sender_form"]),
        (text("Hi", sender="ACME12"), ["sender_form"]),
        (text("Hi", sender="VM-ACMECO-S"), ["sender_with_prefix"]),
        (text("Hi", sender="ACMECO\n"), ["sender_form"]),
        (text("  "), ["text_missing"]),
        (text("Hi\x00"), ["text_control"]),
        (text("Hi {#var#}"), ["unfilled_variable"]),
        (text("Hi", route=Route.OTP), ["route_for_otp_only"]),
        (Message(Kind.OTP, "ACMECO", Route.TRANS, "{code}"), ["otp_route"]),
        (Message(Kind.TEMPLATE, "ACMECO", text="Hi"), ["template_id_missing"]),
        (Message(Kind.TEMPLATE, "ACMECO", text="Hi", template_id="1.10716E+18"), ["template_id_damaged"]),
        (Message(Kind.TEMPLATE, "ACMECO", text="Hi", template_id="1107 16"), ["template_id_malformed"]),
        (Message(Kind.VARIABLES, "ACMECO", template_id=ID), []),
        (registered("{#num#}", "abc"), ["value_not_numeric"]),
        (registered("{#var#}", " "), ["slot_empty"]),
        (Message(Kind.FLASH, "ACMECO", text="Hi", slots=(Slot("body", "x"),)), ["slot_place", "slots_differ"]),
        (Message(Kind.WHATSAPP_TEMPLATE, "ACMECO"), ["whatsapp_sender", "template_name_missing"]),
        (Message(Kind.WHATSAPP_TEMPLATE, "919876543210", whatsapp=WhatsApp("Bad-Name")), ["template_name_form"]),
        (
            Message(Kind.WHATSAPP_TEMPLATE, "919876543210", whatsapp=WhatsApp("ok", header_type="image")),
            ["slot_number"],
        ),
        (session("", "sticker"), ["session_type"]),
        (session(""), ["text_missing"]),
    ],
)
def test_faults(message, expected):
    assert codes(faults(message)) == expected
    for notice in check_message(message):
        assert "…" not in str(notice) and notice.code in SENTENCES


@pytest.mark.parametrize(
    ("message", "expected"),
    [
        (text("Hi", route=Route.PROMO), ["promo_header_letters"]),
        (text("Hi", sender="123456"), ["header_digits"]),
        (Message(Kind.TEMPLATE, "ACMECO", text="Hi", template_id="110716"), ["template_id_unusual"]),
        (Message(Kind.TEMPLATE, "ACMECO", text="Hi", template_id="1107161234567890000"), ["template_id_rounded"]),
        (Message(Kind.VARIABLES, "ACMECO", template_id=ID), ["body_unknown"]),
        (text("It’s " + "a" * 150), ["typography_costs", "forces_unicode"]),
        (text("₹" + "a" * 150), ["forces_unicode"]),
        (text("नमस्ते " * 20), []),
        (text("₹5"), []),
    ],
)
def test_warnings_do_not_stop_a_message(message, expected):
    assert codes(warnings(message)) == expected and faults(message) == ()
    assert codes(check_message(message)) == expected
    assert all("…" not in str(notice) for notice in warnings(message))


@settings(max_examples=examples(80), deadline=None)
@given(
    kind=st.sampled_from(list(Kind)),
    sender=st.text(max_size=8),
    words=st.one_of(st.text(max_size=40), st.sampled_from(["{code}", "{#var#}", "{", "{{1}}"])),
    slots=st.lists(
        st.builds(Slot, st.sampled_from(["custom", "body", "link", "odd"]), st.text(max_size=8)), max_size=3
    ),
    whatsapp=st.one_of(st.none(), st.builds(WhatsApp, *[st.sampled_from(["", "text", "image", "é"])] * 6)),
)
def test_checking_never_raises_and_a_sound_message_merges(kind, sender, words, slots, whatsapp):
    message = Message(kind, sender, Route.TRANS, words, ID, tuple(slots), whatsapp)
    check_message(message)
    if not faults(message) and not message.placeholders:
        assert len(merge(message, contacts(a=["x"])).texts) == 1


# stored form

messages = st.builds(
    Message,
    st.sampled_from(list(Kind)),
    st.text(max_size=10),
    st.sampled_from(list(Route)),
    st.text(max_size=30),
    st.text(max_size=10),
    st.lists(st.builds(Slot, st.text(max_size=5), st.text(max_size=10)), max_size=3).map(tuple),
    st.one_of(st.none(), st.builds(WhatsApp, *[st.text(max_size=5)] * 6)),
    st.booleans(),
)


@settings(deadline=None)
@given(messages)
def test_a_stored_message_comes_back_equal(message):
    again = Message.from_json(message.to_json())
    assert again == message and again.to_json() == message.to_json()
    assert type(again.kind) is Kind and type(again.route) is Route


@pytest.mark.parametrize(
    "change", [{"version": 2}, {"kind": "fax"}, {"text": 5}, {"slots": [{"place": "x"}]}, {"extra": 1}]
)
def test_what_is_not_a_stored_message_is_refused(change):
    stored = json.loads(text("Hi").to_json())
    assert refusal(Message.from_json, json.dumps(stored | change)).code == "message_unreadable"


@pytest.mark.parametrize("stored", ["", "[]", "null", "{}", "not json", "[" * 100_000])
def test_nonsense_is_refused(stored):
    assert refusal(Message.from_json, stored).code == "message_unreadable"


def test_counts_are_of_the_sizes_they_say():
    merged = merge(text("{a}"), contacts(a=["x", "अ"]))
    assert (merged.charset.dtype, merged.units.dtype, merged.segments.dtype) == (np.int8, np.int32, np.int16)
    assert explain("missing_value", column="name").sentence.startswith("name is blank")
