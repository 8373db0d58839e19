"""Bulk upload: every row accounted for, problems put right in place, and one campaign from a sheet."""

from __future__ import annotations

import io

import openpyxl
import pytest

from smscore import read_sheet
from tests.front import Front, figures, front, handed_over, labels, press, sending, shown, sound

__all__ = ["front", "sending"]

SHEET = b"""name,phone,city
Asha,98765 43210,Pune
Ravi,+91 91234 56789,
Asha again,09876543210,Pune
Short,12345,Goa
"Several, two",99887 76655 / 99887 76654,Goa
Meena,9.19877E+11,Agra
"""
CSV = "text/csv"


def upload(front: Front, content: bytes = SHEET, name: str = "people.csv"):
    test = front.open("bulk_upload")
    assert test.file_uploader, f"the page asks for no file: {shown(test)}"
    test.file_uploader[0].set_value((name, content, CSV))
    return sound(test.run())


def people(test) -> list[str]:
    """The numbers that would be texted, as the page lists them."""
    return next(list(each.value["phone"]) for each in test.dataframe if "phone" in each.value.columns)


def write(test, text: str):
    test.selectbox(key="bulk_sender").set_value("ACMEIN")
    test.text_area(key="bulk_text").set_value(text)
    return sound(test.run())


def editor_of(test) -> str:
    return next(str(key) for key in test.session_state.to_dict() if str(key).startswith("bulk_problems_"))


def correct(test, written: dict[int, str]):
    edited = {place: {"Corrected": text} for place, text in written.items()}
    test.session_state[editor_of(test)] = {"edited_rows": edited, "added_rows": [], "deleted_rows": []}
    return press(test, "Apply corrections")


def book(**sheets: list[list[object]]) -> bytes:
    workbook = openpyxl.Workbook()
    workbook.remove(workbook.active)
    for name, rows in sheets.items():
        sheet = workbook.create_sheet(name)
        for row in rows:
            sheet.append(row)
    stream = io.BytesIO()
    workbook.save(stream)
    return stream.getvalue()


def test_before_a_sheet_there_is_only_the_question_for_one(front: Front):
    test = front.open("bulk_upload")
    assert len(test.file_uploader) == 1 and not test.metric and not test.text_area


def test_a_hidden_phone_column_is_used_with_a_word_and_only_where_no_visible_one_is(front: Front):
    rows = [["phone", "mobile"], ["+919876543210", "+919811111111"]]
    for width, used, told in ((2, "mobile", False), (1, "phone", True)):
        stream = io.BytesIO(book(People=[row[:width] for row in rows]))
        hidden = openpyxl.load_workbook(stream)
        hidden.active.column_dimensions["A"].hidden = True
        hidden.save(stream := io.BytesIO())
        words = shown(upload(front, stream.getvalue(), f"{used}.xlsx"))
        assert f"Phone numbers from: {used}" in words
        assert ("The numbers come from a column that is hidden in the workbook: phone" in words) == told


def test_every_row_is_in_exactly_one_figure(front: Front):
    test = upload(front)
    assert figures(test) | {} == {"Rows": "6", "Contacts": "2", "Duplicates": "1", "Problems": "3", "Opted out": "0"}
    assert "Phone numbers from: phone" in shown(test)
    assert "6 rows = 2 contacts + 1 duplicate + 3 problems + 0 opted out" in shown(test)


def test_problems_carry_the_row_as_excel_shows_it_the_column_the_value_and_the_reason(front: Front):
    frame = upload(front).data_editor[0].value
    assert list(frame["Row"]) == [5, 6, 7] and set(frame["Column"]) == {"phone"}
    assert list(frame["Value"]) == ["12345", "99887 76655 / 99887 76654", "9.19877E+11"]
    assert all(frame["Reason"].str.len() > 10)


def test_the_chosen_phone_column_stays_when_the_file_is_read_anew_and_not_for_another_file(front: Front):
    content = b"name,phone,mobile\nAsha,9876543210,9123456780\nRavi,9876543211,9123456781\n"
    test = upload(front, content)
    choice = next(each for each in test.multiselect if each.label == "Phone column")
    choice.set_value(["mobile"])
    sound(test.run())
    test.selectbox(key="bulk_header").set_value("1")
    sound(test.run())
    assert "Phone numbers from: mobile" in shown(test)
    test.file_uploader[0].set_value(("other.csv", content.replace(b"Asha", b"Meera"), CSV))
    sound(test.run())
    assert "Phone numbers from: phone" in shown(test)


@pytest.mark.parametrize(("choice", "number"), [("phone (1)", "+919876543210"), ("phone (2)", "+919111111111")])
def test_of_two_columns_of_one_name_either_can_be_chosen(front: Front, choice: str, number: str):
    test = upload(front, b"name,phone,phone\nAsha,9876543210,9111111111\n")
    assert test.error and "phone (1), phone (2)" in shown(test) and not test.metric
    columns = next(each for each in test.multiselect if each.label == "Phone column")
    columns.set_value([choice])
    assert people(sound(test.run())) == [number]


def test_lines_above_the_header_are_shown_and_one_press_reads_them(front: Front):
    test = upload(front, b"ACME *Ltd*,,\nMarch,,\nName,Phone,City\nAmy,9876543210,Goa\n")
    assert "2 lines above the header were not read:" in shown(test) and "Row 1: ACME *Ltd*" in shown(test)
    assert "4 lines in the file = 2 title lines + 1 header + 1 row" in shown(test)
    test = press(test, "No header row")
    assert figures(test)["Rows"] == "4" and figures(test)["Problems"] == "3"
    assert "were not read" not in shown(test)
    test = sound(test.selectbox(key="bulk_header").set_value("3").run())
    assert figures(test)["Rows"] == "1" and "Row 2: March" in shown(test)


def test_a_doubtful_header_is_asked_about(front: Front):
    test = upload(front, b"Yan,call me,Goa Velha\nAmy,9876543210,Pune\nBen,9876543211,Goa\n")
    assert "Is row 1 the header? It was read as the header: Yan, call me, Goa Velha" in shown(test)
    test = press(test, "No header row")
    assert figures(test)["Rows"] == "3" and figures(test)["Contacts"] == "2"
    test = upload(front, b"Zed,,\nYan,n/a,Goa\nAmy,9876543210,Pune\nBen,9876543211,Goa\n")
    assert "Is there a header? The first line was read as a contact: Zed" in shown(test)
    assert figures(test) | {} == {"Rows": "4", "Contacts": "2", "Duplicates": "0", "Problems": "2", "Opted out": "0"}


def test_the_column_of_countries_is_shown_and_can_be_set_to_none(front: Front):
    test = upload(front, b"Name,Country,Mobile\nAnn,UK,7911123456\nDev,India,9876543210\nEve,Atlantis,9876543211\n")
    assert "Countries from: Country" in shown(test)
    assert people(test) == ["+447911123456", "+919876543210"]
    assert list(test.data_editor[0].value["Column"]) == ["Country"]
    assert people(correct(test, {0: "India"}))[-1] == "+919876543211"
    choice = next(each for each in test.multiselect if each.label == "Country column")
    choice.set_value([choice.options[0]])
    assert "Countries from" not in shown(sound(test.run()))


MARKED = b"Name,Phone,Opt out\nA,9876543210,no\nB,9876543211,STOP\nC,9876543212,yes\n"


def test_a_column_of_opt_outs_holds_the_start_until_it_is_decided(front: Front):
    test = write(upload(front, MARKED), "Hello")
    assert "Column “Opt out” marks 2 people as opted out. Leave them out?" in shown(test)
    assert not [label for label in labels(test) if label.startswith("Send 3")]
    assert test.button(key="bulk_save_audience").disabled
    left = press(test, "Leave them out")
    assert figures(left)["Contacts"] == "1" and figures(left)["Opted out"] == "2"
    assert "Send 1 message" in labels(left) and "Leave them out?" not in shown(left)
    again = press(press(left, "Change who"), "Ignore the column")
    assert figures(again)["Contacts"] == "3" and "Send 3 messages" in labels(again)
    press(again, "Send 3 messages")
    assert "ignored 2 opted out by the column Opt out" in str(front.desk.read_activity().to_dict("records"))


def test_what_was_decided_of_one_file_is_not_of_the_next(front: Front):
    test = press(upload(front, MARKED), "Ignore the column")
    test.file_uploader[0].set_value(("other.csv", MARKED.replace(b"A,", b"Z,"), CSV))
    assert "Leave them out?" in shown(sound(test.run()))


def test_people_on_the_opt_out_list_are_left_out(front: Front):
    front.desk.opt_outs.add("98765 43210", "IN", "test", "test")
    assert figures(upload(front))["Opted out"] in ("1", "2")


def test_a_corrected_row_is_checked_and_joins(front: Front):
    test = correct(upload(front), {0: "90000 12345"})
    assert figures(test)["Contacts"] == "3" and figures(test)["Problems"] == "2"
    assert "1 correction applied" in shown(test)


UNREAD = b"""name,phone,city
Asha,9876543210,Pune
Ravi,9876543211,Goa,surplus
Li,9876543212
R\0hit,9876543213,Agra
Meera,9876543214,"Goa
Tara,9876543215,Goa
"""


def test_a_row_that_could_not_be_read_is_corrected_as_a_whole_and_joins(front: Front):
    test = upload(front, UNREAD)
    assert figures(test) == {"Rows": "6", "Contacts": "2", "Duplicates": "0", "Problems": "4", "Opted out": "0"}
    frame = test.data_editor[0].value
    lines = ["Ravi,9876543211,Goa,surplus", "Li,9876543212", "", 'Meera,9876543214,"Goa']
    assert list(frame["Row"]) == [3, 4, 5, 6] and list(frame["Corrected"]) == lines
    assert list(frame["Value"]) == [*lines[:2], "R␀hit", lines[3]]
    assert "its line is already filled in" in shown(test)
    test = correct(test, {0: "Ravi,9876543211,Goa", 1: "Li,9876543212,,,x", 2: "Rohit", 3: "Meera,98765,Goa"})
    assert "6 rows = 4 contacts + 0 duplicates + 2 problems + 0 opted out" in shown(test)
    frame = test.data_editor[0].value
    assert list(frame["Row"]) == [4, 6] and list(frame["Corrected"]) == ["Li,9876543212,,,x", ""]
    assert "It has 5 cells; the sheet has 3 columns" in frame["Reason"][0]
    test = correct(test, {0: "Li,9876543212,", 1: "9876543214"})
    assert "6 rows = 6 contacts + 0 duplicates + 0 problems + 0 opted out" in shown(test)
    assert not test.data_editor and "used, because" not in shown(test)


def test_what_was_typed_for_one_row_never_moves_to_another(front: Front):
    test = upload(front)
    before = editor_of(test)
    test = correct(test, {0: "12346"})
    assert list(test.data_editor[0].value["Row"]) == [5, 6, 7] and editor_of(test) != before
    test = sound(test.selectbox(key="bulk_several").set_value("all").run())
    assert list(test.data_editor[0].value["Row"]) == [5, 7]


def test_corrections_are_of_their_file_and_no_other(front: Front):
    test = correct(upload(front), {0: "90000 12345"})
    assert figures(test)["Contacts"] == "3"
    test.file_uploader[0].set_value(("other.csv", SHEET.replace(b"Short,12345", b"Om,9876500000"), CSV))
    test = sound(test.run())
    drawn = "".join(each.value.to_csv() for each in test.dataframe)
    assert figures(test)["Contacts"] == "3" and "+919876500000" in drawn and "90000 12345" not in drawn


def test_several_numbers_in_a_cell_are_used_when_the_operator_says_so(front: Front):
    test = upload(front)
    test = sound(test.selectbox(key="bulk_several").set_value("all").run())
    assert figures(test)["Problems"] == "2" and "add 1 person" in shown(test)


@pytest.mark.parametrize(("label", "contacts"), [("Use the first number in 1 cell", 3), ("Use all numbers in", 4)])
def test_several_numbers_in_a_cell_take_one_press(front: Front, label: str, contacts: int):
    test = press(upload(front), label)
    assert len(people(test)) == contacts and figures(test)["Problems"] == "2"
    assert not [each for each in labels(test) if each.startswith(("Use the first", "Use all"))]


def test_hidden_rows_are_listed_and_take_one_press(front: Front):
    workbook = openpyxl.load_workbook(
        io.BytesIO(book(One=[["name", "phone"], ["A", "9876543210"], ["B", "9123456789"]]))
    )
    workbook.active.row_dimensions[3].hidden = True
    workbook.save(front.folder / "hidden.xlsx")
    test = upload(front, (front.folder / "hidden.xlsx").read_bytes(), "hidden.xlsx")
    assert people(test) == ["+919876543210"] and list(test.data_editor[0].value["Row"]) == [3]
    test = press(test, "Include 1 hidden row")
    assert people(test) == ["+919876543210", "+919123456789"] and test.toggle(key="bulk_hidden").value


def test_only_suggestions_of_one_number_are_taken_by_the_press(front: Front):
    test = upload(front, SHEET + b"Twice,+91 91 98765 43212,Goa\n")
    offered = [label for label in labels(test) if label.startswith("Use ") and "suggestion" in label]
    assert offered == ["Use 1 suggestion"]
    test = press(test, "Use 1 suggestion")
    assert "+919876543212" in people(test) and "1 correction applied" in shown(test)


def test_a_placeholder_that_no_column_has_is_told(front: Front):
    test = write(upload(front), "Hello {nmae}")
    assert "nmae" in shown(test) and test.error
    assert not [label for label in labels(test) if label.startswith("Send")]


def test_a_row_without_a_value_is_counted_and_not_sent(front: Front):
    test = write(upload(front), "Hello {name} in {city}")
    assert "1 contact can't get this message" in shown(test)
    assert "Send 1 message" in labels(test)


def test_the_preview_shows_any_row_and_its_number_in_the_sheet(front: Front):
    test = write(upload(front), "Hello {name}")
    live = handed_over(test)
    assert (live["text"], live["person"]["name"], live["note"]) == ("Hello {name}", "Asha", "Row 2 of the sheet")
    test = sound(test.number_input(key="bulk_preview").set_value(2).run())
    live = handed_over(test)
    assert (live["person"]["name"], live["note"]) == ("Ravi", "Row 3 of the sheet")


def test_a_sheet_is_sent_once_and_reported_whole(sending: Front, tmp_path):
    test = write(upload(sending), "Hello {name}")
    test.selectbox(key="bulk_countdown").set_value(0)
    test = press(sound(test.run()), "Send 2 messages")
    campaign = sending.ended(1)
    assert campaign.totals.taken == 2 and (campaign.rows, campaign.problems, campaign.duplicates) == (6, 3, 1)
    sending.desk.results.save_report(1, tmp_path / "report.xlsx")
    report = read_sheet(tmp_path / "report.xlsx", "report.xlsx").table.to_pylist()
    assert [line["phone"] for line in report] == ["+919876543210", "+919123456789"]


@pytest.mark.slow
def test_a_countdown_can_be_stopped_before_anything_leaves(sending: Front):
    test = write(upload(sending), "Hello {name}")
    test.selectbox(key="bulk_countdown").set_value(300)
    test = press(sound(test.run()), "Send 2 messages")
    assert "The first message goes out in about 5 min" in shown(test) or "The first message goes out in" in shown(test)
    test = press(test, "Stop before it starts")
    assert sending.desk.campaigns.get(1).status == "paused" and sending.desk.campaigns.get(1).totals.queued == 2
    assert sending.desk.sandbox.server.sandbox.ledger.truth().messages == 0


def test_a_choice_made_for_one_workbook_is_asked_again_for_the_next(front: Front):
    people = [["name", "phone"], ["Asha", "9876543210"]]
    test = upload(front, book(Notes=[["what"], ["nothing here"]], People=people), "two.xlsx")
    test = sound(test.selectbox(key="bulk_sheet").set_value("People").run())
    test.selectbox(key="bulk_header").set_value("none")
    test = sound(test.run())
    assert figures(test)["Rows"] == "2"
    test.file_uploader[0].set_value(("next.xlsx", book(Old=people, New=[*people, ["Ravi", "9876543211"]]), CSV))
    picker = sound(test.run()).selectbox(key="bulk_sheet")
    assert (picker.options, picker.value) == (["Old", "New"], None) and not test.error
    assert figures(sound(picker.set_value("New").run()))["Rows"] == "2"


def test_what_is_prepared_survives_a_look_at_another_page_but_not_the_next_draft(front: Front):
    test = write(upload(front), "Hello {name}")
    test.file_uploader[1].set_value(("left out.csv", b"phone\n9876543210\n", CSV))
    test = sound(test.run())
    test.selectbox(key="bulk_several").set_value("all")
    test = sound(test.toggle(key="bulk_hours").set_value(True).run())
    before = figures(test)
    assert before["Left out"] == "1"
    test = sound(test.switch_page("templates.py").run())
    test = sound(test.switch_page("bulk_upload.py").run())
    assert "people.csv is still loaded" in shown(test) and figures(test) == before
    assert test.toggle(key="bulk_hours").value and "Send 3 messages" in labels(test)
    test = press(press(test, "Send 3 messages"), "Start another")
    assert not test.metric and "still loaded" not in shown(test)
    test.file_uploader[0].set_value(("people.csv", SHEET, CSV))
    test = write(sound(test.run()), "Hello {name}")
    assert not test.toggle(key="bulk_hours").value and test.selectbox(key="bulk_several").value == "ask"
    assert "Left out" not in figures(test)


def test_a_campaign_is_called_as_its_own_sheet_or_as_the_operator_says(front: Front):
    test = write(upload(front), "Hello {name}")
    test.file_uploader[0].set_value(("second.csv", SHEET, CSV))
    press(sound(test.run()), "Send 2 messages")
    assert front.desk.campaigns.get(1).name == "second"
    test = write(upload(front), "Hi {name}")
    test.text_input(key="bulk_name").set_value("Diwali")
    test.file_uploader[0].set_value(("third.csv", SHEET, CSV))
    press(sound(test.run()), "Send 2 messages")
    assert front.desk.campaigns.get(2).name == "Diwali"


def test_a_file_that_is_still_here_can_be_let_go(front: Front):
    test = sound(upload(front).switch_page("templates.py").run())
    test = press(sound(test.switch_page("bulk_upload.py").run()), "Remove")
    assert not test.metric and "still loaded" not in shown(test)


def test_each_warning_is_told_once(front: Front):
    test = upload(front, "name,phone\nJosé,9876543210\n".encode("cp1252"))
    assert len([each for each in test.info if "state its encoding" in each.value]) == 1
    test.file_uploader[0].set_value(("none.csv", "name,town\nJosé,Goa\n".encode("cp1252"), CSV))
    assert len([each for each in sound(test.run()).info if "state its encoding" in each.value]) == 1


def test_several_sheets_are_asked_about(front: Front):
    content = book(
        Notes=[["what"], ["nothing here"]], People=[["name", "phone"], ["Asha", "9876543210"], ["Ravi", "9123456789"]]
    )
    test = upload(front, content, "two.xlsx")
    picker = test.selectbox(key="bulk_sheet")
    assert picker.options == ["Notes", "People"] and not test.metric
    assert figures(sound(picker.set_value("People").run()))["Contacts"] == "2"


@pytest.mark.parametrize(
    ("name", "content"),
    [("empty.csv", b""), ("picture.csv", b"\x89PNG\r\n\x1a\n" + b"\0" * 64), ("words.csv", b"a\nb\n")],
)
def test_a_file_that_cannot_be_used_is_refused_in_a_sentence(front: Front, name: str, content: bytes):
    test = upload(front, content, name)
    assert len(test.error) == 1 and not test.metric


def test_an_audience_is_kept_by_name_and_used_again(front: Front):
    test = upload(front)
    test = sound(test.text_input(key="bulk_audience_name").set_value("Pune list").run())
    test = press(test, "Save")
    test = sound(test.segmented_control(key="bulk_source").set_value("Saved audience").run())
    kept = test.selectbox(key="bulk_saved")
    assert "Pune list" in kept.options[0].replace("\\", "")
    test = sound(kept.select_index(0).run())
    assert figures(test)["Contacts"] == "2"
    press(test, "Delete audience")
    assert not front.desk.audiences.list()


def test_the_people_of_another_sheet_are_left_out_and_counted(front: Front):
    test = upload(front)
    other = b"customer,mobile,whatsapp\nAsha,9111111111,+91-98765-43210\nNobody,12,\nStranger,9000011111,\n"
    test.file_uploader[1].set_value(("bought already.csv", other, CSV))
    test = sound(test.run())
    assert figures(test) == {
        "Rows": "6",
        "Contacts": "1",
        "Duplicates": "1",
        "Problems": "3",
        "Opted out": "0",
        "Left out": "1",
    }
    assert "6 rows = 1 contact + 1 duplicate + 3 problems + 0 opted out + 1 left out" in shown(test)
    assert "3 people in bought already.csv, numbers from: whatsapp and mobile" in shown(test)
    assert "1 row without a readable number" in shown(test)


def test_another_sheet_that_cannot_be_read_stops_the_campaign(front: Front):
    test = write(upload(front), "Hello {name}")
    assert "Send 2 messages" in labels(test)
    test.file_uploader[1].set_value(("words.csv", b"a\nb\n", CSV))
    test = sound(test.run())
    assert test.error and "Nobody is left out yet" in shown(test)
    assert not test.metric and not [label for label in labels(test) if label.startswith("Send")]


def test_text_from_a_sheet_is_never_markdown(front: Front):
    hostile = b"**name**,phone\n![x](http://evil.example/x.png),9876543210\n"
    test = write(upload(front, hostile), "Hello {**name**}")
    drawn = [each.value for each in [*test.markdown, *test.success, *test.info, *test.warning, *test.error]]
    assert not [each for each in drawn if "![x]" in each]
    assert handed_over(test)["person"]["**name**"] == "![x](http://evil.example/x.png)"
    assert not [label for label in labels(test) if "**name**" in label]


def test_a_kept_audience_of_cells_with_several_numbers_adds_up_and_follows_the_opt_out_list(front: Front):
    test = upload(front, b"name,phone\nAsha,9876543210/9876543211\nRavi,9876543212\n")
    press(test, "Use all numbers in 1 cell")
    sound(test.text_input(key="bulk_audience_name").set_value("Pairs").run())
    press(test, "Save")
    assert front.desk.audiences.load("Pairs").arithmetic().adds_up
    sound(test.segmented_control(key="bulk_source").set_value("Saved audience").run())
    sound(test.selectbox(key="bulk_saved").select_index(0).run())
    assert "2 rows = 2 contacts + 0 duplicates + 0 problems + 0 opted out" in shown(test)
    front.desk.opt_outs.add("9876543212", "IN", "a colleague", "typed")
    sound(test.run())
    assert "2 rows = 1 contact + 0 duplicates + 0 problems + 1 opted out" in shown(test)


def test_who_is_put_on_the_opt_out_list_after_the_upload_is_no_contact_on_the_page(front: Front):
    test = upload(front, b"name,phone\nAsha,9876543210\nRavi,9876543212\n")
    front.desk.opt_outs.add("9876543210", "IN", "a colleague", "typed")
    assert people(sound(test.run())) == ["+919876543212"]
    front.desk.opt_outs.remove("9876543210", "a colleague")
    assert people(sound(test.run())) == ["+919876543210", "+919876543212"]


def test_who_is_to_be_left_out_stays_so_when_taken_off_the_opt_out_list(front: Front):
    front.desk.opt_outs.add("9876543210", "IN", "a colleague", "typed")
    test = upload(front, b"name,phone\nAsha,9876543210\nRavi,9876543212\n")
    test.file_uploader[1].set_value(("others.csv", b"phone\n9876543210\n", CSV))
    assert figures(sound(test.run()))["Opted out"] == "1"
    front.desk.opt_outs.remove("9876543210", "a colleague")
    assert people(sound(test.run())) == ["+919876543212"]


def test_the_rows_of_a_campaign_add_up_when_cells_hold_several_numbers(front: Front):
    content = b"name,phone\nAsha,9876543210/9876543211\nRavi,9876543212\n,9876543213\n"
    test = write(press(upload(front, content), "Use all numbers in 1 cell"), "Hello {name}")
    press(test, "Send 3 messages")
    test = front.open("campaigns")
    test.session_state["open_campaign"] = front.desk.campaigns.list()[0].id
    told = shown(sound(test.run()))
    assert "Rows: 3 + 1 extra number from cells with several = 3 recipients + 0 duplicates + 1 problem" in told


def test_a_list_of_opt_outs_may_be_any_sheet_of_a_workbook_and_any_column(front: Front):
    # Refused without a question, the list could not be added at all.
    lists = book(shops=[["phone"], ["9876543210"]], web=[["x", "x"], ["12", "9876543211"], ["13", "9876543212"]])
    test = front.open("settings")
    test.file_uploader[0].set_value(("stops.xlsx", lists, CSV))
    sound(test.run())
    sound(test.selectbox(key="opt_outs_sheet").set_value("shops").run())
    assert "1 number added" in shown(test) and front.desk.opt_outs.count() == 1
    sound(test.selectbox(key="opt_outs_sheet").set_value("web").run())
    columns = next(each for each in test.multiselect if each.label == "Phone column")
    assert front.desk.opt_outs.count() == 1 and columns.options == ["x (1)", "x (2)"]
    columns.set_value(["x (2)"])
    sound(test.run())
    assert "2 numbers added" in shown(test) and front.desk.opt_outs.count() == 3


def test_a_correction_can_be_taken_back(front: Front):
    # A wrong number that is a good one joins, and its row leaves the table in which it could be corrected again.
    test = correct(upload(front), {0: "90000 12345"})
    assert "+919000012345" in people(test)
    made = next(each for each in test.multiselect if each.label == "Corrections to undo")
    assert made.options == ["Row 5, phone: 90000 12345"]
    made.set_value([(5, "phone")])
    test = press(sound(test.run()), "Undo")
    assert "+919000012345" not in people(test) and figures(test)["Problems"] == "3"
    assert "1 correction undone." in shown(test) and "Undo" not in labels(test)


def test_no_button_puts_in_a_column_that_no_placeholder_can_name(front: Front):
    test = upload(front, b"phone,{},a{b}c,city\n9876543210,1,2,Pune\n")
    assert handed_over(test, "column_buttons")["columns"] == ["phone", "city"]
