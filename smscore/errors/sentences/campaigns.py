"""What campaigns refuse, and why campaigns and recipients are in their status."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    # campaigns
    "no_contacts": ("There is nobody to send to.", "Choose a sheet, or enter numbers that can be texted."),
    "no_name": ("The campaign has no name.", "Give it a name you will recognise later."),
    "start_in_the_past": ("The start time is in the past.", "Choose a later time, or start now."),
    "empty_window": ("Start and end hours must differ.", "Choose a later end, or send at any hour."),
    "hours_beyond_rule": (
        "These hours go beyond {opens} to {closes} ({zone}), the hours allowed for promotional messages.",
        "Narrow them, unless you know your messages are allowed outside those hours ({source}).",
    ),
    "bad_canary": (
        "The test batch settings aren't valid.",
        "Set its size to a number of recipients and the share of failures between 0 and 1.",
    ),
    "not_ready": ("This can't be sent yet: {faults}", "Fix it and try again. Nothing was saved or sent."),
    "same_list": (
        "{overlap} of these {of} people got the same message within the last {hours} h, most of them in campaign "
        "{campaign} “{name}”.",
        "Send to the rest only, or confirm that everyone should get it again.",
    ),
    "same_list_now": (
        "Someone else just started campaign {campaign} with the same message. Nothing was saved or sent here.",
        "Look at that campaign, then start again. You will see how many people are on both lists.",
    ),
    "text_not_registered": (
        "The text differs from the registered template “{template}”, first in row {row}. Messages that differ: {rows}.",
        "Use the registered text exactly, or the template's own variables. Operators drop messages that differ.",
    ),
    "no_such_campaign": ("There is no campaign {campaign}.", "Look for it under Campaigns."),
    "wrong_status": (
        "Campaign {campaign} is {status} and can't be {wanted}.",
        "Check its current status; it may have changed.",
    ),
    "unknown_changed": (
        "Some of the unknown messages in campaign {campaign} have been settled since. Nothing was sent again.",
        "Check the ones that are left, then decide again.",
    ),
    "nothing_to_retry": (
        "Nobody is left to resend campaign {campaign} to.",
        "Choose other recipients, or look at later campaigns created from this one.",
    ),
    "bad_retry": (
        "You can't resend to these recipients.",
        "Choose from refused, cancelled, undelivered and expired. Decide about unknown messages separately.",
    ),
    "retry_changed": (
        "Someone else has already resent campaign {campaign} to {messaged} of these {of} people. Nothing was sent "
        "here.",
        "Start this resend again. It leaves those people out.",
    ),
    "nothing_left_out": ("Nobody was left out of this campaign for that reason.", "There is nothing to download."),
    "bad_decision": ("“{decision}” isn't a valid decision about unknown messages.", "Choose “sent” or “again”."),
    "report_format": ("{name} isn't a supported report format.", "Use a name that ends in .csv or .xlsx."),
    "otp_already_sent": ("This code was already sent.", "Create a new one. No code is sent twice."),
    "otp_opted_out": (
        "This number is on the opt-out list, so no code was sent.",
        "If the person wants messages again, remove the number from the list under Settings.",
    ),
    "otp_one_number": ("A one-time code goes to exactly one number. {faults}", "Enter one number."),
    "otp_needs_its_own_way": ("A one-time code can't be sent as a campaign.", "Send it from Compose."),
    "rate_full": ("The account is busy. The next message can go out in {seconds:second|seconds}.", "Try again then."),
    "no_such_audience": ("There is no saved audience “{name}”.", "Choose one from the list."),
    "no_number": ("“{value}” isn't a number that can be texted.", "Enter it with its country code."),
    "no_such_template": ("This template no longer exists.", "Choose another."),
    "template_without_name": ("The template has no name.", "Give it a name."),
    "sender_not_header": (
        "“{sender}” isn't a DLT header.",
        "Use six letters (service, transactional) or six digits (promotional), without prefix or suffix.",
    ),
    # the command line
    "no_such_folder": ("The folder for {name} doesn't exist. Nothing was done.", "Create it, or choose another place."),
    "would_overwrite": (
        "Writing {name} would overwrite another file of this command. Nothing was done.",
        "Choose another name.",
    ),
    "bad_time": ("“{text}” isn't a time.", "Use 2026-05-01T10:00 ({zone}) or 2026-05-01T10:00+05:30."),
    "bad_window": ("“{text}” isn't a range of hours.", "Use a range such as 10:00-18:30."),
    "database_file": ("The database ({place}) can't be opened or created: {cause}.", "Check SMSCORE_DATABASE_URL."),
    "not_a_database": ("The database file ({place}) isn't an SQLite file.", "Check SMSCORE_DATABASE_URL."),
    "opt_outs_unread": (
        "The opt-out list couldn't be read, so it wasn't applied here: {cause}",
        "It is applied when the messages are sent.",
    ),
    "recorded_earlier": (
        "This was already saved as campaign {campaign} “{name}”, which isn't finished.",
        "It continues from where it was. Nobody is texted twice.",
    ),
    "left_out_earlier": ("{overlap} of {of} people got the same message earlier.", "They are left out."),
    "stopped_here": (
        "Campaign {campaign} “{name}” stopped here with {left} still queued. Nothing is lost.",
        "To continue, run the same command or `python -m smscore worker`, or start the dashboard.",
    ),
    # why a campaign is in its status
    "paused_by_operator": ("Paused by {note}.", "Resume it to send to the rest, or cancel it."),
    "stopped_all": ("{note} stopped all campaigns.", "Resume each campaign that should continue."),
    "other_account": (
        "This campaign was planned for {note}, but SMS Desk now sends from another account. Nothing more was sent.",
        "Cancel it and send it again, or go back to the settings it was planned with.",
    ),
    "late_start": (
        "It missed its start time because SMS Desk wasn't running.",
        "Resume it if it should still go out, or cancel it.",
    ),
    "journal_paused": (
        "The journal of sent messages can't be written. Nothing more was sent.",
        "Free some disk space, or set SMSCORE_STATE_DIR to a folder that can be written to, then resume.",
    ),
    "standstill": (
        "Sending stood still from {note}: SMS Desk wasn't running, or this computer was asleep.",
        "Resume it if the rest should still go out, or cancel it.",
    ),
    "restored": (
        "This database was restored from about {note} may have been sent since. Nothing is sent until you decide.",
        "Send to everyone queued, mark those people as unknown and send to the rest, or cancel.",
    ),
    "restored_unsure": (
        "This database was restored or moved here. It was last used at {note} may have been sent since, and it isn't "
        "known which. Nothing is sent until you decide.",
        "Send to everyone queued, mark them all as unknown, or cancel.",
    ),
    "outside_hours": ("It is outside its sending hours.", "It continues automatically."),
    "canary_waiting": ("The test batch was sent. The rest waits for your approval.", "Check the results, then resume."),
    "canary_watched": (
        "The test batch was sent. SMS Desk is waiting for its results.",
        "It continues automatically, or pauses and says why.",
    ),
    "canary_failed": ("Too much of the test batch failed: {note}.", "Find out why, then resume or cancel."),
    "too_many_refused": (
        "The provider refused too many messages: {note}.",
        "Check the reasons in the report, then resume.",
    ),
    "too_many_unknown": (
        "Too many messages are unknown: {note}.",
        "Ask the provider what happened, then resume or cancel.",
    ),
    "given_back": ("Sending stopped before this message left.", "It is queued again."),
    "our_fault": (
        "An error inside SMS Desk interrupted a call. It isn't known what was sent.",
        "Tell your SMS Desk administrator. The recipients are marked as unknown and aren't sent to again.",
    ),
    "slowed": (
        "The provider slowed us down: {rate} of {full} messages per second, and none for another "
        "{seconds:second|seconds}.",
        "The rate recovers by a tenth each minute.",
    ),
    "slower": (
        "The provider slowed us down: {rate} of {full} messages per second.",
        "The rate recovers by a tenth each minute.",
    ),
    # why a recipient is in its status
    "interrupted": (
        "SMS Desk stopped while this was being sent. It may have been sent.",
        "A delivery report may settle it. Otherwise decide yourself.",
    ),
    "before_restore": (
        "It may have been sent before the database was restored from a backup.",
        "A delivery report may settle it. Otherwise decide yourself.",
    ),
    "not_named": (
        "The provider's answer doesn't mention this recipient. The message may have been sent.",
        "A delivery report may settle it. Otherwise decide yourself.",
    ),
    "refused_by_provider": ("The provider refused this recipient.", "Read its reason, fix the cause and send again."),
    "decided_sent": ("Someone marked this as sent.", "There is nothing to do."),
    "decided_again": ("Someone chose to send this again in another campaign.", "There is nothing to do."),
    # delivery reports
    "report_too_large": ("A delivery report is larger than {limit} bytes, so it was ignored.", "Send a smaller one."),
    "report_unreadable": ("A delivery report can't be read, so it was ignored.", "Check the format of the callback."),
    "too_many_reports": ("A request has more than {limit} delivery reports.", "Send fewer reports per request."),
    "no_report_columns": (
        "This file has no message ID column or no status column. It has: {columns}.",
        "Export the delivery report from the provider's portal and upload it unchanged.",
    ),
    "no_message_id": ("The row has no message ID.", "Export the file again with message IDs."),
    "unknown_report_word": ("“{value}” isn't a known status.", "The row changes nothing."),
}
