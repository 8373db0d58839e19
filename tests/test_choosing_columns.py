"""Whose number is read, and who has opted out by the sheet's own word."""

from __future__ import annotations

import json

import numpy as np
import pytest

from smscore.command import main
from smscore.contacts import Choice, build_audience
from smscore.contacts.choosing import judge_owner
from smscore.contacts.marks import read_polarity
from smscore.errors import SheetError
from tests.test_contacts import A, B, fates, listed, sheet_of

OWN = ["9876543210", "9876543211", "9876543212"]
OTHERS = ["9000000001", "9000000002", "9000000003"]


def codes(audience) -> list[str]:
    return [notice.code for notice in audience.warnings]


NOT_THEIRS = ["Emergency contact phone", "Old phone", "Alternate mobile", "Alt phone", "altphone", "Secondary phone"]
NOT_THEIRS += ["Home phone", "Work mobile", "Office mobile", "Father's mobile", "Father’s Mobile", "fathersMobile"]
NOT_THEIRS += ["Guardian contact no", "Spouse mobile", "Reference mobile", "Nominee mobile", "Agent phone", "Phone 2"]
NOT_THEIRS += ["Manager mobile", "Support number", "Previous phone", "Mobile2", "2nd mobile", "Emergency Mobile Number"]
NOT_THEIRS += ["पिता का मोबाइल", "Next of kin phone", "Referrer phone", "Parent Phone Number", "Landline", "Fax"]
THEIRS = ["Phone", "Mobile", "Mobile number", "Mob", "Cell", "WhatsApp", "Contact no", "मोबाइल", "Phone No.", "Phone 1"]


@pytest.mark.parametrize("theirs", THEIRS)
@pytest.mark.slow
def test_the_persons_own_column_wins_wherever_it_stands(theirs):
    for other in NOT_THEIRS:
        audience = build_audience(sheet_of(**{"Name": ["A", "B", "C"], other: OTHERS, theirs: OWN}), Choice())
        assert audience.phone == (theirs,), other
        named = other not in ("Landline", "Fax")
        assert ("other_phone_columns" in codes(audience)) is named
        again = build_audience(sheet_of(**{theirs: OWN, other: OTHERS}), Choice())
        assert again.phone == (theirs,), other


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Phone", "Phone number"),
        ("Mobile", "Mobile No"),
        ("Father's mobile", "Mother's mobile"),
        ("Home phone", "Work phone"),
        ("Customer phone", "Applicant phone"),
    ],
)
def test_two_columns_that_are_close_are_asked_about(first, second):
    with pytest.raises(SheetError) as refused:
        build_audience(sheet_of(**{"Name": ["A", "B", "C"], first: OTHERS, second: OWN}), Choice())
    assert refused.value.code == "which_phone_column" and refused.value.facts["choices"] == (first, second)


@pytest.mark.parametrize("own", [["", "", ""], ["n/a", "12", ""]])
def test_somebody_elses_number_is_not_taken_because_the_own_one_is_missing(own):
    with pytest.raises(SheetError) as refused:
        build_audience(sheet_of(**{"Phone": own, "Emergency contact phone": OTHERS}), Choice())
    assert set(refused.value.facts["choices"]) == {"Phone", "Emergency contact phone"}


def test_a_lone_column_of_somebody_elses_numbers_is_used_with_a_word():
    audience = build_audience(sheet_of(**{"Name": ["A", "B", "C"], "Emergency contact phone": OTHERS}), Choice())
    assert audience.phone == ("Emergency contact phone",) and "phone_of_somebody_else" in codes(audience)
    assert "phone_of_somebody_else" not in codes(build_audience(sheet_of(**{"Work phone": OTHERS}), Choice()))


def test_the_table_tells_own_numbers_from_second_ones_and_others():
    assert [judge_owner(name) for name in ("Primary phone", "Phone", "Phone 2", "Wife's phone")] == [0, 1, 2, 3]
    assert judge_owner("Phone (10 digits)") == judge_owner("Phone 2024") == judge_owner("Altaf's phone") == 1


# --- who has opted out by the sheet's own word

SAYS = {
    # header: cells, whether each is out (None: says neither)
    "Opt out": (["no", "STOP", "yes"], [False, True, True]),
    "opted_out": (["FALSE", "TRUE", "0"], [False, True, False]),
    "Unsubscribed at": (["", "2024-03-01 10:00", "1 May 2024"], [False, True, True]),
    "DND": (["N", "Y", ""], [False, True, False]),
    "Do not contact": (["x", "", "no"], [True, False, False]),
    "Consent": (["yes", "no", "withdrawn"], [False, True, True]),
    "marketing_opt_in": (["true", "false", "1.0"], [False, True, False]),
    "SMS consent": (["granted", "denied", "maybe"], [False, True, None]),
    "Subscription status": (["subscribed", "unsubscribed", "Opted-out"], [False, True, True]),
    "सहमति": (["हाँ", "नहीं", "जी नहीं"], [False, True, True]),
    "Status": (["Active", "STOP", "Opted out"], [False, True, True]),
    "Last reply": (["ok", "Stop.", "thanks"], [False, True, False]),
    "Remarks": (["do not contact", "vip", ""], [True, False, False]),
    "Reply": (["_STOP_", "note 1, stop", "“opt out”"], [True, False, True]),
    "Answer": (["S.T.O.P.", "O'Brien", "Don Bosco"], [True, False, False]),
    "जवाब": (["ऑप्ट आउट", "डीएनडी", "सुनीता"], [True, True, False]),
}


@pytest.mark.parametrize("header", SAYS)
def test_marks_are_noticed_with_the_right_polarity_and_never_applied_by_themselves(header):
    cells, out = SAYS[header]
    sheet = sheet_of(**{"Phone": OWN, header: cells})
    (marks,) = (audience := build_audience(sheet, Choice())).marks
    assert marks.out.tolist() == [each is True for each in out] and marks.rows == out.count(True)
    assert [*marks.unknown] == [cell for cell, each in zip(cells, out, strict=True) if each is None]
    assert audience.people == 3 and audience.undecided == (marks,) and "opt_out_undecided" in codes(audience)
    applied = build_audience(sheet, Choice(opt_out=(header,)))
    marked = [row for row, each in enumerate(out, 2) if each]
    assert fates(applied)["opted_out"] == marked and not applied.undecided and applied.arithmetic().adds_up
    ignored = build_audience(sheet, Choice(opt_out=()))
    assert ignored.people == 3 and not ignored.undecided and "opt_out_ignored" in codes(ignored)


@pytest.mark.parametrize(
    ("header", "cells"),
    [
        *(("Opt out", ["no", "", "N"]), ("Consent", ["yes", "Y", "true"]), ("Subscription", ["Gold", "Silver", ""])),
        *(("Loan", ["refused", "approved", "declined"]), ("Name", ["Stopford", "Dnd Ltd.x", "Unsub Kumar"])),
        ("DND", ["", "", ""]),
    ],
)
def test_columns_that_mark_nobody_ask_nothing(header, cells):
    audience = build_audience(sheet_of(**{"Phone": OWN, header: cells}), Choice())
    assert not audience.undecided and "opt_out_undecided" not in codes(audience)


def test_a_number_marked_in_one_row_is_left_out_wherever_it_stands():
    sheet = sheet_of(Phone=[OWN[0], "+91 98765 43210", OWN[1]], Stop=["", "yes", ""])
    audience = build_audience(sheet, Choice(opt_out=("Stop",)), listed(B))
    assert fates(audience)["contacts"] == [] and sorted(fates(audience)["opted_out"]) == [2, 4]
    assert fates(audience)["duplicates"] == [3] and audience.arithmetic().adds_up


def test_a_stop_far_down_in_a_long_column_is_noticed():
    count = 60_000
    remarks = [f"note {place}" for place in range(count)]
    remarks[count - 7] = " Stop "
    phones = [str(A + place)[2:] for place in range(count)]
    (marks,) = build_audience(sheet_of(Phone=phones, Remarks=remarks), Choice()).undecided
    assert np.flatnonzero(marks.out).tolist() == [count - 7]


def test_no_consent_means_out():
    assert [read_polarity(name) for name in ("Opt-out?", "No consent", "Consent", "City")] == [True, True, False, None]


CSV = b"Name,Phone,Opt out\nA,9876543210,no\nB,9876543211,STOP\nC,9876543212,yes\n"


@pytest.fixture
def place(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SMSCORE_DATABASE_URL", f"sqlite:///{tmp_path / 'desk.db'}")
    (tmp_path / "o.csv").write_bytes(CSV)
    return tmp_path


def test_check_warns_with_counts_and_applies_what_is_chosen(place, capsys):
    assert main(["check", "o.csv", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert (found["contacts"], found["opted_out"], found["warnings"]) == (3, 0, ["opt_out_undecided"])
    assert found["opt_out_columns"] == [{"column": "Opt out", "people": 2, "applied": None, "unclear": {}}]
    for option, contacts in (("opt out", 1), ("none", 3)):
        assert main(["check", "o.csv", "--json", "--opt-out-column", option]) == 0
        assert json.loads(capsys.readouterr().out)["contacts"] == contacts
    assert main(["check", "o.csv"]) == 0
    assert "marks 2 people as opted out" in (said := capsys.readouterr().out) and "--opt-out-column" in said


def test_send_refuses_until_it_is_decided_and_records_what_was_ignored(place, capsys):
    import smscore

    command = ["send", "o.csv", "--sender", "ACMEIN", "--text", "Hello", "--detach", "--json"]
    assert main(command) == 2
    refused = json.loads(capsys.readouterr().out)
    assert (refused["error"], refused["choices"]) == ("opt_out_column_undecided", ["Opt out"])
    desk = smscore.open_desk(smscore.load_settings())
    try:
        assert not desk.campaigns.list()
        assert main([*command, "--opt-out-column", "Opt out"]) == 0
        assert json.loads(capsys.readouterr().out)["recipients"] == 1
        assert main([*command, "--opt-out-column", "none", "--again"]) == 0
        assert json.loads(capsys.readouterr().out)["recipients"] == 3
        assert "ignored 2 opted out by the column Opt out" in str(desk.read_activity().to_dict("records"))
    finally:
        desk.close()
