"""Overview, Campaigns, Reports, Templates, Settings, and the frame around them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import openpyxl
import pytest
import sqlalchemy as sa

from pages.server.request_paths import PAGES
from smscore import CampaignStatus, Canary, Kind, Message, Plan, RecipientStatus, Timing
from tests.front import Front, figures, front, labels, press, sending, shown, sound, wait_until

__all__ = ["front", "sending"]

FAR = Timing(start_at=datetime.now(UTC) + timedelta(days=300))
TEN = "\n".join(f"98765432{number:02d}" for number in range(10))


def shown_labels(test) -> set[str]:
    return {each.label for each in test.selectbox}


def launch(front: Front, numbers: str = TEN, name: str = "Diwali", **more) -> int:
    message = Message(Kind.TEXT, "ACMEIN", text=f"Hello from {name}")
    crowd = front.desk.audiences.read_typed(numbers, "IN")
    return front.desk.launches.launch(Plan(name, message, crowd, allow_repeat=True, **more), "test")


@pytest.mark.parametrize("page", PAGES)
def test_every_page_opens_on_an_empty_desk_under_the_sandbox_banner(front: Front, page: str):
    test = front.open(page)
    assert "Sandbox: nothing leaves this computer" in shown(test) and len(test.title) == 1


def test_a_live_desk_names_the_host_it_sends_through(front: Front, monkeypatch):
    monkeypatch.setenv("SMSCORE_API_KEY", "canary-key-1")
    monkeypatch.setenv("SMSCORE_DATABASE_URL", f"sqlite:///{front.folder / 'live.db'}")
    for page in ("overview", "settings"):
        words = shown(front.open(page))
        assert "Live: sending real messages through api.aoc-portal.com" in words and "canary-key-1" not in words


def test_wrong_settings_are_listed_and_nothing_else_is_drawn(front: Front, monkeypatch):
    monkeypatch.setenv("SMSCORE_RATE", "fast")
    monkeypatch.setenv("SMSCORE_REGION", "ZZ")
    test = front.open("overview")
    assert "SMSCORE_RATE must be" in shown(test) and "SMSCORE_REGION must be" in shown(test)
    assert not test.title


def test_the_empty_pages_say_what_they_will_show(front: Front):
    assert "Nothing sent yet" in shown(front.open("overview"))
    assert "No campaigns yet" in shown(front.open("campaigns"))
    assert "No results yet" in shown(front.open("reports"))
    assert "No templates yet" in shown(front.open("templates"))


def listed(test) -> list[str]:
    """The names in the list of campaigns, as it stands on the page."""
    return list(test.dataframe[0].value["Name"])


def test_the_list_is_searched_by_name_number_sender_and_operator(front: Front):
    for name in ("Diwali offer", "Holi offer", "Diwali 50%_off"):
        launch(front, name=name, timing=FAR)
    test = front.open("campaigns")
    assert listed(test) == ["Diwali 50%_off", "Holi offer", "Diwali offer"]
    for text, found in {
        "diwali": ["Diwali 50%_off", "Diwali offer"],
        "%_": ["Diwali 50%_off"],
        "2": ["Holi offer"],
        "acme": ["Diwali 50%_off", "Holi offer", "Diwali offer"],
        "TEST": ["Diwali 50%_off", "Holi offer", "Diwali offer"],
    }.items():
        assert listed(sound(test.text_input(key="campaign_search").set_value(text).run())) == found, text
    test = sound(test.text_input(key="campaign_search").set_value("Hello").run())
    assert "No campaigns match these filters" in shown(test) and not test.dataframe


def test_the_list_is_filtered_by_status_and_time(front: Front):
    launch(front, name="Old", timing=FAR)
    launch(front, name="New", timing=FAR)
    front.desk.campaigns.cancel(2, "test")
    with front.desk.database.writing() as connection:
        connection.execute(sa.text("update campaign set created_at = created_at - 864000 where id = 1"))
    test = front.open("campaigns")
    assert listed(sound(test.multiselect(key="campaign_statuses").set_value([CampaignStatus.CANCELLED]).run())) == [
        "New"
    ]
    test = sound(test.multiselect(key="campaign_statuses").set_value([]).run())
    assert listed(sound(test.selectbox(key="campaign_period").set_value(7).run())) == ["New"]
    assert listed(sound(test.selectbox(key="campaign_period").set_value(30).run())) == ["New", "Old"]


def test_a_link_opens_its_campaign_and_the_address_names_the_one_that_is_open(front: Front):
    launch(front, name="First", timing=FAR)
    launch(front, name="Second", timing=FAR)
    test = front.open("campaigns")
    assert "campaign" not in test.query_params
    test.query_params["campaign"] = "1"
    test = sound(test.run())
    assert "Campaign 1 · First" in shown(test) and listed(test) == ["Second", "▸ First"]
    test.session_state["open_campaign"] = 2
    test = sound(test.run())
    assert "Campaign 2 · Second" in shown(test) and test.query_params["campaign"] == "2"
    del test.query_params["campaign"]
    assert "Campaign 2 · Second" not in shown(sound(test.run())), "going back did not close it"


@pytest.mark.parametrize("page", ["campaigns", "reports"])
@pytest.mark.parametrize("named", ["99", "abc", "1 or 1=1", "9" * 30, "-1"])
def test_a_link_to_no_campaign_says_so(front: Front, page: str, named: str):
    launch(front, timing=FAR)
    test = front.open(page)
    test.query_params["campaign"] = named
    assert f"There is no campaign {named[:19]}" in shown(sound(test.run()))


def test_a_report_is_reached_by_link(front: Front):
    launch(front, name="First", timing=FAR)
    launch(front, name="Second", timing=FAR)
    test = front.open("reports")
    assert test.selectbox(key="report_campaign").value == 2
    test.query_params["campaign"] = "1"
    test = sound(test.run())
    assert test.selectbox(key="report_campaign").value == 1
    test = sound(test.selectbox(key="report_campaign").set_value(2).run())
    assert test.query_params["campaign"] == "2"


def test_the_kill_switch_on_any_page_stops_everything(front: Front):
    launch(front)
    test = press(front.open("settings"), "Stop all")
    assert front.desk.campaigns.get(1).status is CampaignStatus.PAUSED
    assert "Stopped: 1 campaign paused" in shown(test) and len(test.toast) == 1


def test_the_overview_tells_what_runs_from_what_is_planned(front: Front):
    launch(front)
    test = front.open("overview")
    assert figures(test) | {"Running": "0", "Scheduled": "1", "Paused": "0"} == figures(test)
    assert "1 campaign scheduled, 10 messages queued" in shown(test)


def test_pause_resume_and_cancel_stand_under_the_name_of_who_pressed(front: Front):
    launch(front)
    test = front.open("overview")
    test = sound(test.text_input(key="actor").set_value("Priya").run())
    test = sound(test.switch_page("campaigns.py").run())
    test.session_state["open_campaign"] = 1
    test = press(sound(test.run()), "Stop before it starts")
    test = press(test, "Resume")
    press(test, "Cancel")
    acts = front.desk.read_activity()
    assert list(acts["act"][:3]) == ["cancelled", "resumed", "paused"] and set(acts["actor"][:3]) == {"Priya"}


@pytest.mark.slow
def test_an_opened_campaign_shows_where_every_row_went(sending: Front):
    sending.ended(launch(sending, TEN + "\n12345"))
    test = sending.open("campaigns")
    test.session_state["open_campaign"] = 1
    test = sound(test.run())
    assert "11 = 10 recipients + 0 duplicates + 1 problem + " in shown(test)
    assert figures(test)["Queued"] == "0"
    assert "Hello from Diwali" in [each.value for each in test.code]
    assert {"Problems", "Report as XLSX", "Ledger (every attempt)"} <= {
        each.label for each in test.get("download_button")
    }


@pytest.mark.slow
def test_a_canary_waits_for_a_press(sending: Front):
    launch(sending, canary=Canary(3))
    wait_until(lambda: sending.desk.campaigns.get(1).status is CampaignStatus.PAUSED, 30)
    assert sending.desk.sandbox.server.sandbox.ledger.truth().messages == 3
    test = sending.open("campaigns")
    test.session_state["open_campaign"] = 1
    test = sound(test.run())
    assert test.get("progress")[0].proto.text == "3 of 10 processed, 7 queued", "no pace while it is paused"
    press(test, "Resume")
    assert sending.ended(1).totals.taken == 10


def test_the_unknown_are_listed_and_closed_by_a_recorded_decision(sending: Front):
    sending.desk.sandbox.set_faults(report_from=900.0, report_to=900.0)
    sending.ended(launch(sending, "9876990002"))
    test = sending.open("campaigns")
    test.session_state["open_campaign"] = 1
    test = sound(test.run())
    assert "1 message may have been sent" in shown(test)
    assert next(each for each in test.button if each.label == "Send 1 again").disabled
    test = press(test, "Mark 1 as sent")
    assert "1 decision saved" in shown(test) and "may have been sent" not in shown(test)
    wait_until(lambda: sending.desk.campaigns.get(1).totals.accepted == 1, 30)
    assert sending.desk.campaigns.get(1).totals.unknown == 0
    assert sending.desk.sandbox.server.sandbox.ledger.truth().messages == 1


@pytest.mark.slow
def test_a_provider_that_asks_to_slow_down_is_told_on_the_page(sending: Front):
    sending.desk.sandbox.set_faults(fault="rate_limited", calls=1, retry_after=8)
    launch(sending)
    wait_until(lambda: sending.desk.campaigns.get_progress(1).slowed, 30)
    test = sending.open("campaigns")
    test.session_state["open_campaign"] = 1
    said = shown(sound(test.run()))
    assert "The provider slowed us down: 50.0 of 100.0 messages per second, and none for another" in said
    assert sending.desk.sandbox.server.sandbox.ledger.truth().messages == 0
    assert sending.ended(1).totals.taken == 10
    assert sending.desk.campaigns.get_progress(1).slowed is None, "what has ended is not slowed"
    launch(sending, "9123456789", "Holi")
    assert "per second. The rate recovers" in str(sending.desk.campaigns.get_progress(2).slowed)


@pytest.mark.slow
def test_only_those_who_got_nothing_are_tried_again(sending: Front):
    sending.ended(launch(sending, TEN + "\n9876990010"))
    test = sending.open("campaigns")
    test.session_state["open_campaign"] = 1
    test = press(sound(test.run()), "Create a campaign for these 1")
    assert len(sending.desk.campaigns.list()) == 1, "the button only opens a review"
    assert "Hello from Diwali" in shown(test) and "Countdown before the first message" in shown_labels(test)
    assert "1 number = 1 contact" in shown(test)
    test = press(test, "Send 1 message")
    assert sending.desk.campaigns.get(2).recipients == 1 and sending.desk.campaigns.get(2).retry_of == 1
    assert "Campaign 2 is saved" in shown(test)
    sending.ended(2)
    assert sending.desk.campaigns.get(2).timing.countdown == 10


@pytest.mark.slow
def test_results_are_filtered_by_status_and_number(sending: Front):
    sending.ended(launch(sending, TEN + "\n9876990010"))
    test = sending.open("reports")
    assert len(test.dataframe[0].value) == 11
    test = sound(test.text_input(key="report_phone").set_value("43205").run())
    assert list(test.dataframe[0].value["phone"]) == ["+919876543205"]
    test.text_input(key="report_phone").set_value("")
    test = sound(test.pills(key="report_statuses").set_value(["refused"]).run())
    assert list(test.dataframe[0].value["status"]) == ["refused"]


def test_a_search_from_a_later_page_of_results_begins_at_the_first(front: Front):
    numbers = "\n".join(f"98{number:08d}" for number in range(2_500))
    campaign = launch(front, numbers, timing=FAR)
    test = front.open("reports")
    (pages,) = test.get("pagination")
    test.session_state[pages.key] = 3
    test = sound(test.run())
    assert len(test.dataframe[0].value) == 500 and "2,500 recipients, 1,000 per page" in shown(test)
    test = sound(test.text_input(key="report_phone").set_value("98 0000 0005").run())
    assert list(test.dataframe[0].value["phone"]) == ["+919800000005"]
    test = sound(test.text_input(key="report_phone").set_value("98000").run())
    assert "2,500 recipients" in shown(test) and len(test.dataframe[0].value) == 1_000
    assert front.desk.results.count(campaign, phone="980000000") == 10
    assert front.desk.results.count(campaign, [RecipientStatus.DELIVERED]) == 0


def test_a_template_is_added_changed_and_used(front: Front):
    test = front.open("templates")
    fill_template(test, "template_form_new", "Order ready", "Dear {#var#}, your order is ready.")
    test = press(test, "Add template")
    (template,) = front.desk.templates.list()
    assert (template.name, template.headers, template.version) == ("Order ready", ("ACMEIN",), 1)
    compose = front.open("compose")
    compose = sound(compose.selectbox(key="compose_kind").set_value(Kind.TEMPLATE).run())
    compose = sound(compose.selectbox(key="compose_template").select_index(0).run())
    compose.text_input(key="compose_custom_1").set_value("Asha")
    compose = sound(compose.run())
    assert "Dear Asha, your order is ready." in [each.value for each in compose.text]
    assert compose.text_input(key="compose_template_id").value == "1107161234567890123"


def fill_template(test, form: str, name: str, body: str) -> None:
    test.text_input(key=f"{form}_name").set_value(name)
    test.text_input(key=f"{form}_id").set_value("1107161234567890123")
    test.text_input(key=f"{form}_headers").set_value("ACMEIN")
    test.text_area(key=f"{form}_body").set_value(body)


def test_a_template_that_cannot_be_one_is_refused_in_a_sentence(front: Front):
    test = front.open("templates")
    fill_template(test, "template_form_new", "", "Dear {#var#}")
    assert press(test, "Add template").error and not front.desk.templates.list()


EXPORT = (
    "TEMPLATE_ID,TEMPLATE_NAME,TEMPLATE_CONTENT,HEADER\n"
    "1107161234567890123,Order,Dear {#var#},ACMEIN\n1.10716E+18,Lost,Hello,ACMEIN\n110716,Short,Hi,ACMEIN\n"
)


def test_a_portals_export_is_shown_first_and_written_on_the_second_press(front: Front):
    test = front.open("templates")
    test.file_uploader[0].set_value(("export.csv", EXPORT.encode(), "text/csv"))
    test = sound(test.run())
    assert front.desk.templates.list() == (), "the drop writes nothing"
    assert {"To add": "1", "To confirm": "1", "Refused": "1"}.items() <= figures(test).items()
    (preview,) = [each.value for each in test.dataframe if "What" in each.value.columns]
    assert preview[["Row", "What", "Template ID"]].to_numpy().tolist() == [
        [3, "refused", "1.10716E+18"],
        [4, "to confirm", "110716"],
        [2, "to add", "1107161234567890123"],
    ], "first what needs a decision or a look"
    assert "lost digits" in preview["Detail"].iloc[0] and "19 digits" in preview["Detail"].iloc[1]
    test = press(test, "Import: add 1")
    assert [each.template_id for each in front.desk.templates.list()] == ["1107161234567890123"]
    assert "1 template imported" in shown(test)
    test = sound(test.checkbox(key="import_unusual").set_value(True).run())
    press(test, "Import: add confirmed 1")
    assert {each.template_id for each in front.desk.templates.list()} == {"1107161234567890123", "110716"}


def test_an_id_without_19_digits_is_saved_only_when_somebody_has_compared_it(front: Front):
    test = front.open("templates")
    fill_template(test, "template_form_new", "Short", "Dear {#var#}")
    test.text_input(key="template_form_new_id").set_value("110716")
    test = press(test, "Add template")
    assert "doesn't have the usual 19 digits" in shown(test) and not front.desk.templates.list()
    test.checkbox(key="template_form_new_compared").set_value(True)
    press(test, "Add template")
    assert [each.template_id for each in front.desk.templates.list()] == ["110716"]


def test_opt_outs_are_added_searched_and_taken_off(front: Front):
    test = front.open("settings")
    test.text_area(key="opt_out_text").set_value("98765 43210, 91234 56789, 123")
    test = press(test, "Add to list")
    assert front.desk.opt_outs.count() == 2 and "2 numbers added" in shown(test)
    test = sound(test.text_input(key="opt_out_search").set_value("43210").run())
    assert [len(frame.value) for frame in test.dataframe if "source" in frame.value.columns] == [1]


def test_everybody_in_a_sheet_of_opt_outs_is_put_on_the_list(front: Front):
    book = openpyxl.Workbook()
    rows = [
        ["phone", "other phone"],
        ["98765 43210 / 9876543211", ""],
        ["9876543212", "9876543213"],
        ["9876543214", ""],
    ]
    for row in rows:
        book.active.append(row)
    book.active.row_dimensions[4].hidden = True
    book.save(front.folder / "outs.xlsx")
    test = front.open("settings")
    uploader = next(each for each in test.file_uploader if each.label == "Or upload a sheet of numbers")
    uploader.set_value(("outs.xlsx", (front.folder / "outs.xlsx").read_bytes(), ""))
    assert "5 numbers added" in shown(sound(test.run()))
    assert set(front.desk.opt_outs.search("")["phone"]) == {f"+91987654321{last}" for last in range(5)}


def test_a_sheet_of_opt_outs_counts_at_once_and_names_the_rows_that_failed(front: Front):
    rows = "name,phone\nAsha,98765 43210\nRavi,12345\nAsha again,+919876543210\nMeera,98765 43211\n"
    test = front.open("settings")
    uploader = next(each for each in test.file_uploader if each.label == "Or upload a sheet of numbers")
    uploader.set_value(("outs.csv", rows.encode(), "text/csv"))
    test = sound(test.run())
    assert figures(test)["Numbers on the list"] == "2", "above a list of two"
    assert "2 numbers added, 0 already on the list, 1 repeat. 1 row couldn't be read" in shown(test)
    (unread,) = [each.value for each in test.dataframe if "Reason" in each.value.columns]
    assert unread[["Row", "Value"]].to_numpy().tolist() == [[3, "12345"]] and unread["Reason"][0]
    front.desk.opt_outs.remove("98765 43210", "test")
    test = sound(test.run())
    assert front.desk.opt_outs.count() == 1 and figures(test)["Numbers on the list"] == "1", "a look adds nobody again"


def test_opt_outs_abroad_are_read_in_the_country_of_their_row(front: Front):
    rows = "Country,Mobile\nUK,7911 123456\nIndia,98765 43210\nUK,+91 98765 43211\nAtlantis,98765 43212\n"
    test = front.open("settings")
    uploader = next(each for each in test.file_uploader if each.label == "Or upload a sheet of numbers")
    test = sound(uploader.set_value(("outs.csv", rows.encode(), "text/csv")).run())
    assert set(front.desk.opt_outs.search("")["phone"]) == {"+447911123456", "+919876543210"}
    assert "Countries from: Country" in shown(test) and "2 rows couldn't be read" in shown(test)
    (unread,) = [each.value for each in test.dataframe if "Reason" in each.value.columns]
    assert unread["Row"].tolist() == [4, 5] and "+91" in unread["Reason"][0] and "Atlantis" in unread["Reason"][1]


def test_nobody_opts_out_before_a_doubtful_country_column_is_decided(front: Front):
    rows = "Region,Mobile\nCA,98765 43210\nIN,98765 43211\n"
    test = front.open("settings")
    uploader = next(each for each in test.file_uploader if each.label == "Or upload a sheet of numbers")
    test = sound(uploader.set_value(("outs.csv", rows.encode(), "text/csv")).run())
    assert front.desk.opt_outs.count() == 0 and "The column Region may say" in shown(test)
    test = press(test, "Use one country for all")
    assert front.desk.opt_outs.count() == 2 and "2 numbers added" in shown(test)


def test_senders_are_kept_and_a_wrong_one_is_refused(front: Front):
    test = front.open("settings")
    test.text_input(key="new_sender").set_value("SHOPIN")
    test = press(test, "Add sender")
    assert set(front.desk.senders.list()) == {"ACMEIN", "SHOPIN"}
    test.text_input(key="new_sender").set_value("XY-ACME1")
    assert press(test, "Add sender").error


def test_the_connection_is_checked_without_sending(front: Front):
    test = press(front.open("settings"), "Check connection")
    assert test.success and front.desk.sandbox.server.sandbox.ledger.truth().messages == 0


@pytest.mark.slow
def test_the_sandbox_is_made_to_fail_from_the_page(sending: Front):
    test = sending.open("settings")
    test.selectbox(key="fault_mode").set_value("no_balance")
    press(test, "Apply to sandbox")
    launch(sending)
    assert sending.paused(1).totals.queued == 10
    assert "no_balance" in sending.desk.campaigns.get(1).reason
    test = sending.open("overview")
    assert "Needs attention" in shown(test)
    assert [label for label in labels(test) if label == "Open"]
