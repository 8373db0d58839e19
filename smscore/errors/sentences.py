"""The one table of sentences: code → what is wrong and where, what to do next. `{name}` is a fact of the error."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    # campaigns
    "no_contacts": ("There is nobody to send to.", "Choose a sheet or type numbers that can be texted."),
    "no_name": ("The name is missing.", "Give it a name by which you will find it again."),
    "start_in_the_past": ("The start lies in the past.", "Choose a later time, or start now."),
    "empty_window": ("The hours of the day close when they open.", "Choose when they close, or send at any hour."),
    "hours_beyond_rule": (
        "These hours go beyond {opens} to {closes} ({zone}), when promotional messages may reach people.",
        "Narrow them, unless you know that your messages may ({source}).",
    ),
    "bad_canary": ("The canary cannot be like this.", "Its size is a number of recipients, its share between 0 and 1."),
    "not_ready": ("This cannot be sent yet: {faults}", "Correct it and start again; nothing was recorded."),
    "same_list": (
        "Of the people here ({of}), {overlap} got the same message within the last {hours} h, most of them in "
        "campaign {campaign} “{name}”.",
        "Send to the rest only, or say that they shall get it again.",
    ),
    "same_list_now": (
        "Somebody started campaign {campaign} with the same message at this very moment; nothing was recorded here.",
        "Look at that campaign, then start again: you will be told how many people are on both lists.",
    ),
    "text_not_registered": (
        "The text differs from the registered template “{template}”, first in row {row}. Messages that differ: {rows}.",
        "Use the registered words exactly, or the template's own variables; operators drop what differs.",
    ),
    "no_such_campaign": ("There is no campaign {campaign}.", "Look it up under Campaigns."),
    "wrong_status": ("Campaign {campaign} is {status} and cannot be {wanted}.", "Look at it again: it has moved on."),
    "unknown_changed": (
        "Some of the unknown of campaign {campaign} were closed meanwhile; nothing was sent again.",
        "Look at those that are left and decide once more.",
    ),
    "nothing_to_retry": (
        "Nobody in campaign {campaign} is left to send to again.",
        "Choose other recipients, or look at the later campaigns made of this one.",
    ),
    "bad_retry": (
        "This choice of recipients cannot be sent to again.",
        "Choose among refused, cancelled, undelivered and expired. The unknown have decisions of their own.",
    ),
    "retry_changed": (
        "Somebody else has sent campaign {campaign} again to {messaged} of these {of} people. Nothing was sent here.",
        "Start this retry again: it leaves those people out.",
    ),
    "nothing_left_out": ("This campaign left nobody out for that reason.", "There is nothing to download."),
    "bad_decision": ("“{decision}” is no decision about the unknown.", "Decide for “sent” or “again”."),
    "report_format": ("A report cannot be written as {name}.", "Use a name that ends in .csv or .xlsx."),
    "otp_already_sent": ("This code was sent already.", "Make a new one: no code is ever sent twice."),
    "otp_one_number": ("A one-time password goes to exactly one number. {faults}", "Write one number."),
    "otp_needs_its_own_way": ("A one-time password cannot be sent as a campaign.", "Send it from Compose."),
    "rate_full": ("The account is busy: the next message could leave in {seconds} seconds.", "Try again later."),
    "no_such_audience": ("There is no saved audience “{name}”.", "Pick one from the list."),
    "no_number": ("“{value}” is not a number that can be texted.", "Write it with its country code."),
    "no_such_template": ("This template is gone.", "Pick another."),
    "template_without_name": ("The template has no name.", "Give it one."),
    "sender_not_header": (
        "“{sender}” is not a DLT header.",
        "A header is six letters (service, transactional) or six digits (promotional), without prefix and suffix.",
    ),
    # the command line
    "no_such_folder": ("The folder of {name} does not exist.", "Make it or choose another place; nothing was done."),
    "would_overwrite": (
        "Writing {name} would overwrite another file of this command.",
        "Choose another name; nothing was done.",
    ),
    "bad_time": ("“{text}” is no time.", "Write it as 2026-05-01T10:00 ({zone}) or 2026-05-01T10:00+05:30."),
    "bad_window": ("“{text}” is no window of hours.", "Write it as 10:00-18:30."),
    "database_file": (
        "The database ({place}) cannot be opened or made: {cause}.",
        "Check what SMSCORE_DATABASE_URL says.",
    ),
    "not_a_database": (
        "The file of the database ({place}) is no SQLite file.",
        "Check what SMSCORE_DATABASE_URL says.",
    ),
    "opt_outs_unread": (
        "The opt-out list could not be read, so it was not applied: {cause}",
        "It is applied again when the messages are sent.",
    ),
    "recorded_earlier": (
        "This was recorded already, as campaign {campaign} “{name}”, and is not finished.",
        "It goes on; nobody is texted twice.",
    ),
    "left_out_earlier": ("Told the same before: {overlap} of {of}.", "They are left out."),
    "stopped_here": (
        "Campaign {campaign} “{name}” stops here with {left} still to go; nothing is lost.",
        "The same command, `python -m smscore worker` or the dashboard goes on.",
    ),
    # why a campaign is in its status
    "paused_by_operator": ("Paused by {note}.", "Resume it to go on with those who wait, or cancel it."),
    "stopped_all": ("All campaigns were stopped by {note}.", "Resume each campaign that shall go on."),
    "other_account": (
        "It was planned for {note}, and the engine now sends by another account.",
        "Nothing more was sent. Cancel it and launch it anew, or go back to the settings it was planned with.",
    ),
    "late_start": (
        "It could not start at its time, because nothing was running here.",
        "Resume it if it shall still go out, or cancel it.",
    ),
    "journal_paused": (
        "The journal of what was sent cannot be written; nothing more was sent.",
        "Free some disk space or set SMSCORE_STATE_DIR to a folder that can be written, then resume.",
    ),
    "standstill": (
        "Sending stood still from {note}: nothing was running here, or this computer slept.",
        "Resume it if the rest shall still go out, or cancel it.",
    ),
    "restored": (
        "This database was restored from about {note} may have left since. Nothing is sent until you decide.",
        "Send to everybody who waits, count those people as unknown and go on with the rest, or cancel.",
    ),
    "restored_unsure": (
        "This database was restored or moved here; its last sign of life is from {note} may have left since, and which "
        "is not known. Nothing is sent until you decide.",
        "Send to everybody who waits, count them all as unknown, or cancel.",
    ),
    "outside_hours": ("It waits for the hours in which it may send.", "It goes on by itself."),
    "canary_waiting": (
        "The first recipients were sent; the rest waits for you.",
        "Look at how they came out, then resume.",
    ),
    "canary_watched": (
        "The first recipients were sent; their outcome is awaited.",
        "It goes on by itself, or says why not.",
    ),
    "canary_failed": (
        "Too many of the first recipients came out badly: {note}.",
        "Find out why, then resume or cancel.",
    ),
    "too_many_refused": ("The provider refused too many: {note}.", "Look at the reasons in the report, then resume."),
    "too_many_unknown": ("Too many are in doubt: {note}.", "Ask the provider what happened, then resume or cancel."),
    "given_back": ("It was about to be sent when sending stopped; nothing left.", "It waits for its turn again."),
    "our_fault": (
        "Sending one call failed inside SMS Desk; what left is not known.",
        "Tell whoever runs SMS Desk; the recipients are shown as unknown and are not sent again.",
    ),
    "slowed": (
        "The provider slowed us: {rate} of {full} messages per second, nothing for another {seconds} seconds.",
        "A tenth of the full rate comes back each minute.",
    ),
    "slower": (
        "The provider slowed us: {rate} of {full} messages per second.",
        "A tenth of the full rate comes back each minute.",
    ),
    # why a recipient is in its status
    "interrupted": (
        "SMS Desk was stopped while this was being sent; it may have left.",
        "A delivery report may clear it up; otherwise decide yourself.",
    ),
    "before_restore": (
        "It may have left before the database was restored from a backup.",
        "A delivery report may clear it up; otherwise decide yourself.",
    ),
    "not_named": (
        "The provider's answer does not name this recipient; it may have been sent.",
        "A delivery report may clear it up; otherwise decide yourself.",
    ),
    "refused_by_provider": ("The provider refused this recipient.", "Read its reason, correct it, and send again."),
    "decided_sent": ("Counted as sent by a person's decision.", "There is nothing to do."),
    "decided_again": ("Sent again in another campaign by a person's decision.", "There is nothing to do."),
    # delivery reports
    "report_too_large": ("A delivery report is larger than {limit} bytes.", "It was not taken."),
    "report_unreadable": ("A delivery report cannot be read.", "It was not taken."),
    "too_many_reports": ("A post holds more than {limit} delivery reports.", "Send them in smaller posts."),
    "no_report_columns": (
        "This file has no column of message ids, or none of statuses. It has: {columns}.",
        "Export the delivery report from the provider's portal and upload it as it is.",
    ),
    "no_message_id": ("The row names no message.", "Export the file again with its message ids."),
    "unknown_report_word": ("“{value}” is not a status that is known.", "The row changes nothing."),
    # store and engine
    "mixed_call": ("Recipients of one call would read different texts.", "Tell whoever runs SMS Desk; nothing left."),
    "disk_full": ("The disk is full; nothing was changed.", "Free some space; campaigns go on by themselves."),
    "database_damaged": (
        "The database file cannot be read: it is damaged, or not a database.",
        "Check what SMSCORE_DATABASE_URL names, or bring back a copy of the file.",
    ),
    "database_replaced": (
        "The database file ({place}) was deleted or replaced while SMS Desk was running. Sending has stopped.",
        "Put the file back, or restore a backup, then start SMS Desk again: it asks before it sends anything.",
    ),
    "database_restored": (
        "The database was restored while SMS Desk was running; nothing more was sent.",
        "Look at the campaigns: each one that was active waits for your decision.",
    ),
    "journal_unwritable": (
        "The journal of what was sent ({place}) cannot be written: {cause}. Nothing was sent.",
        "Make this folder writable, or set SMSCORE_STATE_DIR to another one, outside the folder of the data.",
    ),
    "nothing_to_back_up": ("There is no database at {place}, so no backup was written.", "Check SMSCORE_DATABASE_URL."),
    "backup_unwritten": ("{place} could not be written: {cause}.", "Nothing was changed. Choose another place."),
    "backup_would_overwrite": (
        "{place} exists and is no earlier backup, or is the database itself. Nothing was written.",
        "Choose another name.",
    ),
    "not_a_backup": ("{place} is no backup of SMS Desk. Nothing was changed.", "Choose the file that `backup` wrote."),
    "backup_damaged": ("The backup {place} is damaged. Nothing was changed.", "Restore an earlier one."),
    "backup_newer": (
        "The backup {place} was made by a newer version of SMS Desk. Nothing was changed.",
        "Update SMS Desk, then restore it.",
    ),
    "database_in_use": (
        "SMS Desk is running on this database, so it was not replaced.",
        "Stop the dashboard and every worker, then restore.",
    ),
    "no_postgres_programs": (
        "{program} is not installed here, and it makes and restores the backups of PostgreSQL.",
        "Install PostgreSQL's client programs of the server's version, or make the backup on the server.",
    ),
    "postgres_program_failed": ("{program} failed: {cause}", "Nothing was changed."),
    "bad_restore_decision": (
        "“{decision}” is no decision about a restored campaign.",
        "Decide for “continue”, “unknown” or “cancel”.",
    ),
    "nothing_to_decide": (
        "Campaign {campaign} waits for no decision about a restore.",
        "Look at it again: somebody may have decided already.",
    ),
    "restored_undecided": (
        "Campaign {campaign} was active when this database was backed up, and some of it may have been sent since.",
        "Decide about it first: Campaigns page, or `python -m smscore after-restore`.",
    ),
    "sent_before_restore": (
        "This was sent already: {people} messages of it left from {since} on, and the database of then is gone. "
        "Nothing was recorded.",
        "Restore the latest backup. To send it once more all the same, start it anew.",
    ),
    "same_words_lost": (
        "The same message went to {people} people from {since} on, in a campaign that a restore has lost, so it is not "
        "known here who they are. Nothing was recorded.",
        "Look that campaign up, then take note of the missing ones on the Overview page or with `python -m smscore "
        "after-restore --noted`.",
    ),
    "database_is_new": (
        "Another database was here before, from which messages were sent until {since}; this one knows nothing of "
        "them. Nothing was recorded.",
        "Restore the latest backup, or say on the Overview page or with `python -m smscore after-restore --begin-anew` "
        "that this database is to be used.",
    ),
    "database_busy": ("The database is busy.", "Try again in a moment."),
    "draft_gone": ("The launch took too long and was given up; nothing was sent.", "Launch it again."),
    "database_unreachable": (
        "The database cannot be reached.",
        "Check that it runs and what SMSCORE_DATABASE_URL says.",
    ),
    "no_engine": ("No engine runs in this process.", "Start one with `python -m smscore worker`."),
    "sandbox_not_started": ("The built-in sandbox did not start.", "Start SMS Desk again."),
    "no_sandbox": ("There is no sandbox here: messages go to the provider.", "Faults can only be set in the sandbox."),
    # what the settings mean
    "about_api_key": (
        "The provider's key. With it messages are sent for real; without it they stay in the sandbox.",
        "",
    ),
    "about_base_url": ("Where the provider's API is.", ""),
    "about_database_url": ("Where campaigns are kept.", ""),
    "about_role": ("What this process does: all, web (pages only) or worker (sending only).", ""),
    "about_region": ("The country of numbers that are written without one.", ""),
    "about_rate": ("How fast messages leave, over all campaigns and all workers.", ""),
    "about_batch_size": ("How many people who read the same text go into one call.", ""),
    "about_connections": ("How many calls are under way at once in one process.", ""),
    "about_same_list_hours": ("For how long the same text to largely the same people asks first.", ""),
    "about_state_dir": (
        "Where the journal of what was sent is kept; it must not lie in the folder of the data.",
        "",
    ),
    "about_timezone": ("The zone in which times are shown and planned.", ""),
    "about_price": ("What a segment costs, for the estimate before a launch.", ""),
    "about_webhook_token": (
        "What the provider must show when it reports deliveries; without it no report is taken.",
        "",
    ),
    "about_administrators": ("Who may always enter when sign-in is set up, and whom others ask.", ""),
    "about_allowed_addresses": ("Who else may enter, by e-mail address.", ""),
    "about_allowed_domains": ("Who else may enter, by the domain of their e-mail address.", ""),
    # settings
    "bad_settings": ("SMS Desk cannot start: {faults}", "Correct these settings and start it again."),
    "unknown_setting": ("{name} is not a setting; did you mean {meant}?", "Correct the name."),
    "secrets_not_toml": ("The file {path} is not valid TOML, so none of its settings were read.", "Correct the file."),
    "secrets_unreadable": ("The file {path} cannot be read ({cause}).", "Correct its permissions."),
    "secrets_not_table": ("In the file {path}, smscore must be a table: [smscore].", "Correct the file."),
    "secret_left_behind": ("A secret was asked of a copy of the settings that holds none.", "Load the settings here."),
    "setting_api_key": ("{name} must be one line of letters, digits and signs, without spaces.", ""),
    "setting_base_url": (
        "{name} must be an address such as https://api.example.com: https, or http on this computer only, without "
        "user name, question mark or #.",
        "",
    ),
    "setting_database_url": ("{name} must begin with sqlite:/// or postgresql+psycopg://.", ""),
    "setting_role": ("{name} must be all, web or worker.", ""),
    "setting_region": ("{name} must be a country's two letters, such as IN.", ""),
    "setting_rate": ("{name} must be a number of messages per second, above 0 and at most 10,000.", ""),
    "setting_batch_size": ("{name} must be a whole number of recipients per call, 1 to 1,000.", ""),
    "setting_timezone": ("{name} must be the name of a time zone, such as Asia/Kolkata.", ""),
    "setting_webhook_token": ("{name} must have at least 16 letters, digits and signs, without spaces.", ""),
    "setting_price": ("{name} must be an amount of money per segment, 0 to 1,000, such as 0.18.", ""),
    "setting_currency": ("{name} must be a currency's three capital letters, such as INR.", ""),
    "setting_same_list_hours": ("{name} must be a number of hours, 0 to 8,784.", ""),
    "setting_state_dir": ("{name} must be a folder.", ""),
    "setting_connections": ("{name} must be a whole number of calls at once, 1 to 64.", ""),
    "setting_administrators": ("{name} must be e-mail addresses, separated by commas.", ""),
    "setting_allowed_addresses": ("{name} must be e-mail addresses, separated by commas.", ""),
    "setting_allowed_domains": ("{name} must be domains such as example.com, separated by commas.", ""),
    "setting_sign_in_hours": ("{name} must be a number of hours, above 0 and at most 744.", ""),
    "setting_behind": ("{name} must be proxy or loopback-port.", ""),
    # sign-in
    "auth_not_table": ("In the secrets file, auth must be a table: [auth].", ""),
    "auth_redirect_uri": (
        "[auth] redirect_uri must be the address of SMS Desk that ends in /oauth2callback, such as "
        "https://desk.example.com/oauth2callback: https, or http on this computer only.",
        "",
    ),
    "auth_cookie_secret": ("[auth] cookie_secret must be at least 32 random characters.", ""),
    "auth_client_id": ("[auth] client_id must be the client id from your identity provider.", ""),
    "auth_client_secret": ("[auth] client_secret must be the client secret from your identity provider.", ""),
    "auth_server_metadata_url": (
        "[auth] server_metadata_url must be your own tenant's address that ends in /.well-known/openid-configuration: "
        "https, or http on this computer only, and not one that is common to many tenants.",
        "",
    ),
    "auth_client_kwargs": ('[auth] client_kwargs must be a table whose scope names "openid email".', ""),
    "unknown_auth_setting": ("[auth] {name} is not a setting; did you mean {meant}?", "Correct the name."),
    "no_administrator": (
        "Sign-in is set up, but SMSCORE_ADMINISTRATORS names nobody: name at least one e-mail address.",
        "",
    ),
    "allow_list_without_sign_in": (
        "{name} says who may enter, but sign-in is not set up: add the table [auth] to .streamlit/secrets.toml.",
        "",
    ),
    "sign_in_not_installed": (
        "Sign-in is set up, but Authlib {floor} or newer is not installed: run pip install -r requirements.txt.",
        "",
    ),
    "host_not_allowed": (
        "[auth] redirect_uri names {host}, which server.allowedHosts in .streamlit/config.toml leaves out: add it.",
        "",
    ),
    "live_without_sign_in": (
        "SMSCORE_API_KEY is set and {address} can be reached by others, but nobody has to sign in: set up sign-in "
        "([auth] in .streamlit/secrets.toml), or listen on 127.0.0.1, or state with SMSCORE_BEHIND=proxy that a proxy "
        "signs people in.",
        "",
    ),
    "base_path": (
        "server.baseUrlPath is set, but SMS Desk answers only at the top of an address: remove it, and give SMS Desk a "
        "host name of its own, such as desk.example.com.",
        "",
    ),
    "too_many_visitors": (
        "SMS Desk is busy: too many visitors who are not signed in have it open.",
        "Sign in. Or wait: this page tries again every {seconds} seconds.",
    ),
    "too_many_tabs": (
        "SMS Desk is busy: {limit} tabs are open, the most that it serves.",
        "Close the tabs that you no longer need. This page tries again every {seconds} seconds.",
    ),
    "not_signed_in": ("Nothing was done: you are not signed in any more.", "Sign in, then try again."),
    # reports
    "nothing_to_report": ("There is nothing to write into this report.", "Choose a campaign that has recipients."),
    "columns_differ": (
        "The report's parts have different columns (expected: {expected}; found: {found}), so it was not written.",
        "Ask for the report again; if it happens again, tell whoever runs SMS Desk.",
    ),
    "report_too_wide": (
        "An Excel sheet holds {limit} columns, and this report has {columns}.",
        "Download it as CSV instead.",
    ),
    "report_not_written": (
        "The report could not be written ({cause}); nothing was left behind.",
        "Free some disk space or choose another place, and ask for it again.",
    ),
    # sandbox
    "unknown_fault": ("The sandbox has no switch {name}.", "Use one of {known}."),
    "bad_fault": ("The sandbox's switch {name} cannot be {value}.", "Nothing was changed; choose another value."),
    "port_taken": ("The sandbox cannot listen on port {port} ({cause}).", "Choose another port."),
    # provider
    "unreachable": (
        "The provider cannot be reached; nothing was sent.",
        "Check this computer's connection, then resume.",
    ),
    "bad_certificate": (
        "The provider's certificate is not valid for its address; nothing was sent.",
        "Check the base URL and this computer's clock. If both are right, ask the provider.",
    ),
    "private_address": (
        "The provider's name leads to an address inside a private network; nothing was sent.",
        "Check the base URL and the name server.",
    ),
    "no_answer": (
        "The provider took the request and did not answer in time; it may have been sent.",
        "Delivery reports may clear this up. Decide about the unknown ones before sending again.",
    ),
    "broken_off": (
        "The connection broke before the provider answered; the messages may have been sent.",
        "Delivery reports may clear this up. Decide about the unknown ones before sending again.",
    ),
    "cut_answer": (
        "The provider's answer broke off in the middle; the messages may have been sent.",
        "Delivery reports may clear this up. Decide about the unknown ones, then resume.",
    ),
    "too_long_answer": (
        "The provider's answer was too long to be one; the messages may have been sent.",
        "Ask the provider what it answered before you resume.",
    ),
    "not_understood": (
        "The provider's answer could not be understood; the messages may have been sent.",
        "Its form may have changed: ask the provider before you resume.",
    ),
    "spoke_first": (
        "Whatever answers at the provider's address spoke before it was asked; nothing was sent.",
        "Check the base URL. Sending is tried again by itself.",
    ),
    "repeated_answer": (
        "The provider sent the answer to an earlier request again; the messages may have been sent.",
        "Tell the provider that its answers come twice. Decide about the unknown ones, then resume.",
    ),
    "foreign_refusal": (
        "A proxy or gateway refused the request in the provider's place; the messages may have been sent: {note}",
        "Check the network, the base URL and the API key. Decide about the unknown ones, then resume.",
    ),
    "foreign_busy": (
        "A proxy or gateway asked to slow down in the provider's place; the messages may have been sent.",
        "Lower the rate or ask the provider. Decide about the unknown ones, then resume.",
    ),
    "unproven_refusal": (
        "A refusal arrived that may belong to an earlier request; the messages may have been sent. Its words: {note}",
        "Follow its words if they apply. Decide about the unknown ones, then resume.",
    ),
    "key_refused": ("The provider refused the API key; nothing was sent.", "Set a valid key, start again and resume."),
    "no_balance": (
        "The provider says the balance is used up; nothing was sent.",
        "Add credit in its portal, then resume.",
    ),
    "sender_refused": (
        "The provider refused the sender; nothing was sent. Its words: {note}",
        "Check that this header is registered and approved in its portal.",
    ),
    "template_refused": (
        "The provider refused the template; nothing was sent. Its words: {note}",
        "Check the template id, its approval and its number of variables.",
    ),
    "whole_refused": (
        "The provider refused the request; nothing was sent. Its words: {note}",
        "Correct what it names and send to these recipients again.",
    ),
    "some_numbers_refused": (
        "The provider refused the request because of some of its numbers. Its words: {note}",
        "The other numbers wait and will be sent without them.",
    ),
    "number_refused": (
        "The provider refused this number. Its words: {note}",
        "Correct the number and send to it again.",
    ),
    "unknown_error": (
        "The provider answered with an error that SMS Desk does not know: {note}",
        "The messages may have been sent. Ask the provider before you resume.",
    ),
    "some_refused": ("The provider refused some of the recipients.", "The report names them and the reasons."),
    "same_id": (
        "The provider gave several recipients the same message id.",
        "They were accepted, but their delivery cannot be told apart.",
    ),
    "few_missing": (
        "The provider's answer left out a few recipients.",
        "They are listed as unknown; delivery reports may clear this up.",
    ),
    "many_missing": (
        "The provider's answer left out recipients.",
        "They are listed as unknown. Ask the provider about them before you resume.",
    ),
    "wrong_count": (
        "The numbers in the provider's answer do not add up.",
        "Compare the report with the provider's portal before you resume.",
    ),
    "strangers": (
        "The provider answered for numbers that were not sent to it.",
        "Check the bill in its portal and ask the provider before you resume.",
    ),
    "contradiction": (
        "The provider's answer accepts and refuses recipients at once.",
        "The doubtful ones are listed as unknown. Ask the provider before you resume.",
    ),
    "no_numbers": (
        "The provider's answer does not say which message id belongs to which number.",
        "The recipients are listed as unknown. Ask the provider before you resume.",
    ),
    "rate_limited": ("The provider asked to slow down; nothing is lost.", "Sending goes on more slowly by itself."),
    "server_error": (
        "The provider answered with a failure that does not tell whether it took the request; it may have been sent.",
        "Delivery reports may clear this up. Decide about the unknown ones before sending again.",
    ),
    "moved": (
        "The provider's address answers that it has moved; the key was not sent there.",
        "Ask the provider for its new address and correct the base URL.",
    ),
    "bad_base_url": (
        "The provider's address must begin with https (or http on this computer) and hold no user name, ? or #.",
        "Correct the base URL.",
    ),
    "bad_api_key": ("The API key must be letters, digits and signs without spaces.", "Set it again, then start again."),
    "no_recipient": ("A request needs at least one recipient; nothing was sent.", "Choose recipients."),
    "bad_recipient": (
        "One of the recipients is not a number of 10 to 15 digits; nothing was sent.",
        "Upload the sheet again; if it happens again, tell whoever runs SMS Desk.",
    ),
    "recipient_twice": (
        "A recipient was twice in one request; nothing was sent.",
        "Upload the sheet again; if it happens again, tell whoever runs SMS Desk.",
    ),
    "one_recipient_a_call": (
        "This kind of message goes to one recipient a request; nothing was sent.",
        "Tell whoever runs SMS Desk.",
    ),
    "no_whatsapp_block": (
        "The message does not say which WhatsApp template or content it sends; nothing was sent.",
        "Write the message again.",
    ),
    "connection_good": ("The provider answers and takes the API key.", ""),
    "connection_key_refused": ("The provider answers and refuses the API key.", "Set a valid key and start again."),
    "connection_no_balance": (
        "The provider takes the API key and says the balance is used up.",
        "Add credit in its portal.",
    ),
    "connection_unreachable": ("The provider cannot be reached.", "Check the base URL and this computer's connection."),
    "connection_bad_certificate": (
        "The provider's certificate is not valid for its address.",
        "Check the base URL and this computer's clock.",
    ),
    "connection_private_address": (
        "The provider's name leads to an address inside a private network.",
        "Check the base URL and the name server.",
    ),
    "connection_no_answer": ("The provider does not answer.", "Try again; if it stays so, ask the provider."),
    "connection_moved": ("The provider's address answers that it has moved.", "Correct the base URL."),
    "connection_busy": ("The provider answers that it is busy.", "Try again in a minute."),
    "connection_server_error": (
        "The provider answers with a failure (HTTP {status}).",
        "Try again; then ask the provider.",
    ),
    "connection_unclear": (
        "Something answers, but not as the provider does (HTTP {status}).",
        "Check the base URL, or ask the provider.",
    ),
    # messages
    "message_unreadable": ("The stored message cannot be read.", "Write it again; tell whoever runs SMS Desk."),
    "lone_brace": (
        "The brace {brace} at character {position} of the text belongs to no placeholder.",
        "Write {{{{ or }}}} for a brace that shall be read, or close the placeholder.",
    ),
    "empty_placeholder": (
        "The placeholder at character {position} of the text names no column.",
        "Write a column's name between the braces.",
    ),
    "unknown_placeholder": (
        "The sheet has no column for the placeholder {{{placeholder}}}; its columns are: {columns}.",
        "{hint}Use one of these names, or {{{{ }}}} for braces that shall be read.",
    ),
    "ambiguous_placeholder": (
        "The placeholder {{{placeholder}}} fits several columns: {columns}.",
        "Write the name exactly as the sheet has it.",
    ),
    "missing_value": (
        "{column} is blank in this row, and the message needs it.",
        "Fill the cell, or give the placeholder a default such as {{name|there}}.",
    ),
    "looks_missing": (
        "Rows with a word such as nan, null or N/A in {column}, which would be read as it stands: {rows}.",
        "Correct these rows, or go on if the word is meant.",
    ),
    "value_too_long": (
        "The value from {column} is longer than the {limit} characters that {tag} takes.",
        "Shorten the value: operators reject the message otherwise.",
    ),
    "value_long_for_some": (
        "Values from {column} longer than {limit} characters, which some operators refuse for {tag}: {rows}.",
        "Shorten them to be safe.",
    ),
    "value_not_numeric": ("The value from {column} must be digits only for {tag}.", "Correct the value."),
    "value_not_link": (
        "The value from {column} must be a web address for {tag}.",
        "Write it as https://example.com/page, without spaces; it must be whitelisted on the DLT portal.",
    ),
    "value_not_call_back_number": (
        "The value from {column} must be a phone number for {tag}.",
        "Write digits only; the number must be whitelisted on the DLT portal.",
    ),
    "value_not_email": ("The value from {column} must be an e-mail address for {tag}.", "Correct the value."),
    "value_not_web_address": (
        "The link from {column} is not a web address.",
        "Write it whole, beginning with https://, without spaces.",
    ),
    "text_blank": ("The whole message is blank for this row.", "Fill the cells that the message is made of."),
    "text_too_long": (
        "The message for this row takes more than {limit} segments, more than a phone can join.",
        "Shorten the text or the values in this row.",
    ),
    "whatsapp_text_long": (
        "The WhatsApp text is longer than {limit} characters.",
        "Shorten the text or the values that it is filled with.",
    ),
    "button_title_long": ("The button title {column} is longer than {limit} characters.", "Shorten the title."),
    "otp_without_code": ("The text of a one-time code has no {{code}}.", "Write {{code}} where the code shall stand."),
    "otp_code_form": ("A one-time code must be {digits} digits.", "Make a new code."),
    "otp_route": ("A one-time code goes by the OTP route, not {route}.", "Choose the route OTP."),
    "route_for_otp_only": (
        "The route OTP is for one-time codes alone.",
        "Choose TRANS or PROMO, or make the message a one-time code.",
    ),
    "sender_missing": ("There is no sender.", "Choose or type the header registered for this message."),
    "sender_form": (
        "The sender {sender} is not a header: 6 letters for service messages, 6 digits for promotional ones.",
        "Type the header as it is registered on the DLT portal.",
    ),
    "sender_with_prefix": (
        "The sender {sender} has the letters that operators add on the phone.",
        "Type the header alone: {meant}.",
    ),
    "whatsapp_sender_missing": (
        "The From number is missing.",
        "Type your WhatsApp number with its country code.",
    ),
    "whatsapp_sender": (
        "The sender {sender} is not a WhatsApp number with its country code.",
        "Type it as +919876543210.",
    ),
    "promo_header_letters": (
        "The header {sender} has letters, and promotional headers are 6 digits.",
        "Check the route and the sender: operators may reject the messages.",
    ),
    "header_digits": (
        "The header {sender} has digits, as promotional ones have, and the route is {route}.",
        "Check the route and the sender: operators may reject the messages.",
    ),
    "text_missing": ("There is no text.", "Write the message."),
    "text_control": (
        "Character {position} of the text is a control character that no phone shows.",
        "Delete it; it often comes from copying out of another program.",
    ),
    "typography_costs": (
        "Typographic quotes, dashes or spaces make this text {before} segments; plain ones make it {after}.",
        "Switch to plain punctuation.",
    ),
    "forces_unicode": (
        "These characters are not in the GSM-7 alphabet and make every segment hold 67 characters, not 153: "
        "{characters}.",
        "Write them another way (Rs. for a rupee sign) to send fewer segments.",
    ),
    "unfilled_variable": (
        "The text still holds the template's variable {tag}.",
        "Fill each variable with a column or a value, or write the text out.",
    ),
    "slots_differ": (
        "The template's variables: {expected}; filled: {found}.",
        "Give exactly one value or column for each variable.",
    ),
    "slot_empty": ("Value {number} ({place}) is empty.", "Write a value or a placeholder for it."),
    "slot_place": ("This kind of message has no place {place}.", "Use one of: {places}."),
    "slot_number": (
        "The values in the place {place} must be {expected} in number, and there are {found}.",
        "Add or remove values there.",
    ),
    "body_unknown": (
        "The template's text is not known here, so lengths are not checked and each message counts as one segment.",
        "Add the template's text under Templates to see what will be read.",
    ),
    "template_name_missing": ("There is no WhatsApp template name.", "Type the name of an approved template."),
    "template_name_form": (
        "The WhatsApp template name {name} is not one: lowercase letters, digits and underscores only.",
        "Copy the name from the provider's portal.",
    ),
    "header_type": ("A WhatsApp header cannot be {kind}.", "Choose one of: {kinds}."),
    "session_type": ("A WhatsApp session message cannot be {kind}.", "Choose one of: {kinds}."),
    "button_count": ("A message with buttons has 1 to {limit} of them, and this has {found}.", "Add or remove some."),
    "caption_not_taken": ("A WhatsApp message of the type {kind} takes no such caption.", "Remove the caption."),
    # templates
    "no_template_columns": (
        "This file has no column of template ids or none of template texts; its columns are: {columns}.",
        "Use the export of content templates from the DLT portal, with its header row.",
    ),
    "text_differs": (
        "At character {position} the text differs from the registered template: it has {found}, and the template "
        "goes on with “{expected}”.",
        "Make the text equal to the template outside its variables, to the last space and sign.",
    ),
    "text_goes_on": (
        "The registered template ends before character {position} of the text, which goes on with {found}.",
        "Make the text equal to the template outside its variables, to the last space and sign.",
    ),
    "template_id_missing": ("There is no template id.", "Copy the id from the DLT portal."),
    "template_id_damaged": (
        "The template id {value} has lost digits, as a spreadsheet does with long numbers.",
        "Copy the id from the DLT portal; format the column as text before pasting.",
    ),
    "template_id_malformed": (
        "The template id {value} is not an id.",
        "Copy it from the DLT portal: 19 digits as a rule.",
    ),
    "template_id_rounded": (
        "The template id {value} ends in four zeros, as when a spreadsheet has rounded it.",
        "Compare it with the DLT portal; if it is right, add this template by hand.",
    ),
    "template_id_unusual": (
        "The template id {value} does not have 19 digits.",
        "Compare it with the DLT portal; some ids are shorter or longer.",
    ),
    "template_id_unconfirmed": (
        "The template id {value} is not an id of 19 digits as registered ones are. Nothing was saved.",
        "Compare it with the DLT portal. If it is right, select that you have compared it, and save again.",
    ),
    "templates_changed": (
        "Somebody changed the templates while you looked at this import. Nothing was written.",
        "Look at the import again: it now shows what it would change.",
    ),
    "template_id_conflict": (
        "The template id {value} stands in several rows with different texts.",
        "Keep the row with the text that is registered.",
    ),
    "template_repeated": (
        "The template id {value} is repeated in this row; its headers were added to the first.",
        "",
    ),
    "template_not_approved": (
        "The template is not approved: its status is “{value}”.",
        "Import it again when the DLT portal shows it as approved.",
    ),
    "template_body_missing": ("The template has no text.", "Copy the text from the DLT portal."),
    "template_header_odd": (
        "The template {name} names the header {sender}, which is neither 6 letters nor 6 digits.",
        "Compare it with the DLT portal.",
    ),
    "template_line_breaks": (
        "The text of {name} has line breaks; whether operators take every way of writing one is not documented.",
        "Send one message to yourself first.",
    ),
    "variable_count_differs": (
        "Row {row} gives another number of variables ({told}) than the template's text has ({found}).",
        "Compare the text with the DLT portal; a tag may be damaged.",
    ),
    # numbers: the reasons why a row cannot be texted
    "blank": ("There is no number in this cell.", "Fill it in, or leave the row out."),
    "no_digits": ("There are no digits in this cell.", "Check that the right column is chosen, or correct the cell."),
    "too_short": ("The number has too few digits.", "Look for missing digits in the source and correct the cell."),
    "too_long": (
        "The number has too many digits.",
        "Look for a prefix written twice, or two numbers run together, and correct the cell.",
    ),
    "damaged_by_spreadsheet": (
        "A spreadsheet has rounded this number and its last digits are lost.",
        "Export the source again with the column formatted as text; do not fill the digits up.",
    ),
    "not_of_country": (
        "This is not a number of its country: no range there begins like it.",
        "Check the digits and the country; write numbers from elsewhere with + and the calling code.",
    ),
    "landline": ("This is a landline, which cannot receive the message.", "Use a mobile number instead."),
    "not_mobile": (
        "This is not a mobile number but a special one, such as toll-free, premium or internet telephony.",
        "Use a mobile number instead.",
    ),
    "several_numbers": (
        "There is more than one number in this cell.",
        "Choose whether to use the first or all of them, or correct the cell.",
    ),
    "unknown_calling_code": (
        "No country has the calling code with which this number begins.",
        "Check the digits after the plus sign or the international prefix.",
    ),
    "has_extension": (
        "The number has an extension, which a message cannot reach.",
        "Remove the extension if the number by itself is a mobile.",
    ),
    "not_whole_number": (
        "The cell holds a fraction or a negative quantity, not a phone number.",
        "Check that the right column is chosen, or correct the cell.",
    ),
    "unreadable": (
        "There is something else than one number in this cell.",
        "Leave only the number in the cell.",
    ),
    "spelled_in_letters": (
        "There are letters in the middle of or after the number.",
        "Leave only the number in the cell.",
    ),
    "country_contradicted": (
        "The number is written with {written}, but {said}.",
        "Correct the number or the country. A number corrected with its calling code is taken as you write it.",
    ),
    "not_of_named_country": (
        "The number is not from {country}, but {said}.",
        "Correct the number or the country. A number corrected with its calling code is taken as you write it.",
    ),
    "country_unclear": (
        "No country can be told: {said}.",
        "Write the country as “India”, “IN” or “+91”, or choose another column of countries, or none.",
    ),
    "countries_disagree": (
        "Two different countries are given: {said}.",
        "Correct one of them, or choose which column counts.",
    ),
    "too_short_for_route": (
        "The number is valid in its country, but too short for the provider, which takes 10 to 15 digits with the "
        "calling code.",
        "Reach this person in another way.",
    ),
    "unknown_region": (
        "{region} is not a country that numbers can be read for.",
        "Give the two letters of the country, such as IN.",
    ),
    "not_a_column": (
        "Numbers are read from one column (a pandas Series), but this is a {found}.",
        'Choose a column, as in frame["Phone"]. Where two columns have that name, rename one of them.',
    ),
    "no_msisdn_column": (
        "Repeats are found by the whole numbers in the column msisdn, and this has no such column.",
        "Give the frame that validate returned.",
    ),
    # sheets: the whole file is refused
    "empty_file": (
        "The file is empty: it holds not a single byte.",
        "Save it again from where it came and upload that copy.",
    ),
    "no_rows": ("There are no contacts under the header.", "Add at least one row, or choose the right file or sheet."),
    "file_unreadable": ("The file cannot be opened ({cause}).", "Check its path and who may read it."),
    "file_too_large": (
        "The file has {megabytes} MB; at most {limit} MB are read.",
        "Split the contacts over several files, or remove columns that no message needs.",
    ),
    "too_many_rows": (
        "The sheet has more than {limit} rows.",
        "Split the contacts over several files and upload them one after the other.",
    ),
    "too_many_columns": (
        "The sheet has {columns} columns; at most {limit} are read.",
        "Remove the columns that no message needs and save it again.",
    ),
    "line_too_long": (
        "The first line alone is longer than {megabytes} MB, so this is no sheet with one contact a line.",
        "Check that the file was exported with line ends, or save it as .xlsx.",
    ),
    "encoding_refused": (
        "The text of this file is written in {encoding}, which cannot be read here.",
        "Save it as CSV UTF-8 or .xlsx in the program it comes from.",
    ),
    "not_a_sheet": (
        "This file is no sheet of contacts: it is {what}, whatever its name says.",
        "Open your contacts in Excel or another spreadsheet and save them as .xlsx or .csv.",
    ),
    "damaged_workbook": (
        "The file is damaged or incomplete and cannot be read.",
        "Open it in Excel, save it again as .xlsx, and upload that copy.",
    ),
    "row_twice": (
        "Row {row} stands in this workbook twice, so that one of the two would be lost.",
        "Open it in Excel, save it again as .xlsx, and upload that copy.",
    ),
    "cells_not_read": (
        "Some cells of this binary workbook (XLSB) are stored in a short form that cannot be read here.",
        "Open it in Excel, save it again as .xlsx, and upload that copy.",
    ),
    "unsafe_workbook": (
        "The workbook is refused because {why}. No spreadsheet program writes such a file.",
        "Open it in Excel only if you trust where it came from, save it as a new .xlsx, and upload that copy.",
    ),
    "zip_too_large": (
        "The workbook unpacks to {megabytes} MB of nearly nothing, so it was not opened.",
        "Open it in Excel, delete the empty rows and columns, and save it again.",
    ),
    "too_much_memory": (
        "Reading this file would take more memory than a file may use.",
        "Remove empty rows and columns, split the contacts over several files, or save the sheet as .csv.",
    ),
    "took_too_long": (
        "Reading this file took longer than a file may take, so it was stopped.",
        "Remove empty rows and columns, split the contacts over several files, or save the sheet as .csv.",
    ),
    "part_encoding": (
        "A part of the workbook says that it is written in {encoding}, which is not read here.",
        "Open it in Excel, save it again as .xlsx, and upload that copy.",
    ),
    "password_protected": (
        "The workbook is protected with a password.",
        "Save a copy without the password and upload that.",
    ),
    "choose_sheet": ("The workbook has several sheets with contents: {sheets}.", "Choose one of them."),
    "no_such_sheet": ("The workbook has no sheet named {sheet}. It has: {sheets}.", "Choose one of them."),
    "no_sheets_in_text": (
        "{name} is a text file, which has no sheets to choose from.",
        "Leave out the sheet's name, or name a workbook.",
    ),
    "no_encoding_in_workbook": (
        "{name} is a workbook, which says itself how its letters are written.",
        "Leave out the encoding, or name a text file.",
    ),
    "unknown_encoding": (
        "There is no encoding called {encoding}.",
        "Name one such as windows-1250, iso-8859-2, koi8-r, shift_jis or utf-8.",
    ),
    # sheets: warnings
    "wrong_extension": (
        "This is {what}, although its name ends in {extension}; it was read as what it is.",
        "Nothing to do, if the columns below are right.",
    ),
    "encoding_guessed": (
        "The file does not say how its letters are written; it was read as {encoding}.",
        "Check that the names look right; if not, choose another encoding, or save the file as .xlsx or as CSV UTF-8.",
    ),
    "encoding_unknown": (
        "The letters of this file could not be told, so names and places are probably wrong; digits are right.",
        "Choose the encoding, or save the file as CSV UTF-8 or .xlsx in the program it comes from.",
    ),
    "single_quotes": (
        "The cells of this file stand in single quotes, which were taken off.",
        "Nothing to do, if the columns below are right.",
    ),
    "twice_quoted": (
        "Whole lines of this file stand in quotes, as when CSV is pasted into one column; the cells within were read.",
        "Nothing to do, if the columns below are right.",
    ),
    "long_separator": (
        "Several signs stand between two cells of this file; they were read as one separator.",
        "Nothing to do, if the columns below are right.",
    ),
    "blank_behind": (
        "A blank stands behind each separator of this file; these blanks were taken off.",
        "Nothing to do, if the columns below are right.",
    ),
    "backslash_escapes": (
        "This file marks quotes, separators and empty cells with backslashes, as PHP and MySQL do; it was read so.",
        "Nothing to do, if the columns below are right.",
    ),
    "backslashes_in_doubt": (
        "Some lines of this file mark quotes or separators with backslashes and others do not; all were read as CSV.",
        "Check the rows that have backslashes. If they are wrong, save the file as .xlsx or as CSV UTF-8.",
    ),
    "ruled_table": (
        "This file is a printed table with bars and a ruler; its cells were read without these and their padding.",
        "Nothing to do, if the columns below are right.",
    ),
    "fixed_width": (
        "This file has no separator but columns of fixed width; they were told apart by their blanks.",
        "Check the columns below; if they are cut at the wrong place, save the sheet as .csv or .xlsx.",
    ),
    "no_header": (
        "The first row is a contact, not a header, so the columns are called Column A, Column B and so on.",
        "Add a header row if you want to use the columns by name.",
    ),
    "title_not_read": (
        "1 line above the header was not read: {lines}.",
        "If it is a row, choose another header row, or say that there is no header.",
    ),
    "titles_not_read": (
        "{count} lines above the header were not read: {lines}.",
        "If they are rows, choose another header row, or say that there is no header.",
    ),
    "header_doubtful": (
        "Row {row} was taken as the header, which is not certain: “{line}”.",
        "If it is a contact, say that there is no header; if another row is the header, choose it.",
    ),
    "row_names": (
        "The header has one cell less than the rows, so the first column was taken for the rows' own names.",
        "Check that the columns below fit to their names.",
    ),
    "header_short": (
        "The header has one cell less than the rows; the last column is called {column}.",
        "Check that the columns below fit to their names.",
    ),
    "no_such_header_row": (
        "Row {row} cannot be the header: it is blank, is not in the sheet or could not be read.",
        "Choose another row, or say that there is no header.",
    ),
    "header_shortened": (
        "Very long column names were cut ({count}).",
        "Give these columns short names if the message is to use them.",
    ),
    "control_characters_removed": (
        "Invisible characters that turn or hide text were taken out of cells ({count}).",
        "Nothing to do; the visible text is unchanged.",
    ),
    "ragged_rows": (
        "Some rows have more or fewer cells than the header ({count}); they are listed among the problems.",
        "Correct them there, or in the file: a comma inside a cell needs quotes around the cell.",
    ),
    "nul_bytes": (
        "Cells hold zero bytes, as files do that were damaged on their way ({count}); their rows are listed among the "
        "problems.",
        "Correct them there, or export the file again.",
    ),
    "macros_ignored": ("The workbook holds macros. They were neither run nor kept.", "Nothing to do."),
    "stray_cell": (
        "Cells far to the right of the contacts were left out ({count}).",
        "Check the last columns of the sheet if something is missing.",
    ),
    "sheets_unread": (
        "The workbook is damaged in part: nothing of these sheets could be read: {sheets}. Another sheet was read.",
        "If your contacts are in one of them, open the file in Excel, save it again as .xlsx, and upload that copy.",
    ),
    "hidden_rows_unseen": (
        "In this file it can be seen neither which rows are hidden by a filter nor how numbers are formatted: all rows "
        "were read, and numbers without leading zeros that only a format shows.",
        "If some rows are filtered away on purpose, or codes lack their zeros, save the file as .xlsx and upload that.",
    ),
    # sheets: rows that cannot be used
    "ragged_row": (
        "The row has more or fewer cells than the header.",
        "Correct the whole line here, or in the file: a separator inside a cell needs quotes around the cell, and an "
        "empty cell needs its separator.",
    ),
    "long_ragged_row": (
        "The row has more or fewer cells than the header, and only its beginning is shown.",
        "It is too long to be corrected here. Correct it in the file, where a line end or a quote may be missing, and "
        "upload the file again.",
    ),
    "cells_counted": (
        "Cells in it: {cells}; columns of the sheet: {columns}. Between two cells stands {separator}.",
        "Write exactly as many cells as the sheet has columns.",
    ),
    "unclosed_quote": (
        "A quote is opened in this row and not closed, so its cells cannot be told apart.",
        "Correct the whole line here, or in the file: close the quote, or remove it.",
    ),
    "long_unclosed_quote": (
        "A quote is opened in this row and not closed, so its cells cannot be told apart; only its beginning is shown.",
        "It is too long to be corrected here. Close the quote, or remove it, in the file, and upload the file again.",
    ),
    "long_endless_line": (
        "This line is longer than any row can be, so it was not read; only its beginning is shown.",
        "A line end or a closing quote is probably missing. Correct the file and upload it again.",
    ),
    "quotes_everywhere": (
        "Most lines of this file open a quote that is closed far below or never, so its rows cannot be told apart.",
        "Export the contacts again as CSV UTF-8 or .xlsx, and upload that file.",
    ),
    "repeated_header": (
        "This row repeats the header, as files that were joined have it.",
        "Nothing to do: it is no person. To text it all the same, correct it in the file.",
    ),
    "several_rows": (
        "The corrected line holds more than one row.",
        "Write the cells of this one row only, without line ends outside quotes.",
    ),
    "nul_byte": (
        "A cell holds zero bytes (shown as ␀), so part of its text may be lost.",
        "Write here what the cell should say, or export the file again.",
    ),
    "cell_too_long": (
        "A cell is longer than the 32,767 characters that a spreadsheet cell can hold.",
        "Write a shorter text here, or shorten the cell in the file; often a quote is missing and the cell holds other "
        "rows.",
    ),
    "cell_error_value": (
        "A cell shows an error or a formula that was never calculated: {value}",
        'Write here what the cell should say ("" leaves it empty), or correct the formula in Excel and upload again.',
    ),
    "many_bad_cells": (
        "Several cells of this row show errors or are damaged; the sheet has too many such cells to list each.",
        "Correct the formulas or the damaged columns in the file, or delete columns that no message needs, and upload "
        "it again.",
    ),
    "damaged_row": (
        "A cell of this row points to a text that the workbook does not hold.",
        'Write here what the cell should say ("" leaves it empty), or correct the row in Excel and upload again.',
    ),
    # contacts
    "no_phone_column": (
        "No column of {name} holds phone numbers.",
        "Choose the column that does. The columns are: {columns}.",
    ),
    "which_phone_column": (
        "More than one column of {name} can be the phone column.",
        "Choose one of: {columns}.",
    ),
    "which_country_column": (
        "{columns} seems to say in which country each number is, but hardly any of its cells could be understood.",
        "Choose {column} as the country column to see each such row as a problem, or choose none to use one country "
        "for all.",
    ),
    "no_such_country_column": (
        "The sheet has no column called {column} to take countries from.",
        "Choose one of: {columns}.",
    ),
    "no_such_opt_out_column": (
        "The sheet has no column called {column} that could say who has opted out.",
        "Choose one of: {columns}.",
    ),
    "phone_of_somebody_else": (
        "The numbers are taken from {column}, which may be somebody else's number: no other column holds any.",
        "Check that these are the people you want to text.",
    ),
    "phone_column_hidden": (
        "Numbers are taken from a column that is hidden in the workbook: {columns}.",
        "Check that this is the column you mean, or choose another one.",
    ),
    "countries_taken": (
        "The countries of numbers are taken from {columns}; numbers of another country are listed as problems.",
        "Choose another column of countries, or none, if that is wrong.",
    ),
    "country_taken_from_header": (
        "The numbers in {column} are read as numbers from {country}, because its header says so.",
        "Rename the column if that is wrong.",
    ),
    "countries_unread": (
        "{columns} was not used for the countries of numbers: hardly any of its cells could be understood.",
        "Choose it as the column of countries to see each of them, or write countries as “India”, “IN” or “+91”.",
    ),
    "opt_out_undecided": (
        "The column {column} marks {people} as opted out; nothing was decided about them yet.",
        "Leave them out, or ignore the column. Nothing can be sent before that.",
    ),
    "opt_out_applied": ("The column {column} marks {people} as opted out; they are left out.", ""),
    "opt_out_ignored": (
        "The column {column} marks {people} as opted out; it is ignored, as you chose.",
        "They get the message unless they are on the opt-out list.",
    ),
    "opt_out_unclear": (
        "Words in {column} that say neither that somebody has opted out nor the contrary: {words}.",
        "These people are not left out. Correct the words in the sheet if some of them should be.",
    ),
    "opt_out_column_undecided": (
        "People are marked as opted out by a column of this sheet: {columns}. Nothing was sent or kept.",
        "Say whether they are left out.",
    ),
    "country_in_cell": ("the column {column} says {said}", ""),
    "country_in_header": ("the column is called {said}", ""),
    "read_as_country": ("It was read as a number from {country}, because {said}.", ""),
    "no_such_column": ("The sheet has no column called {column}.", "Choose one of: {columns}."),
    "corrections_unused": (
        "Corrections not used, because the sheet has no such cell or its row could not be read: {count} ({cells}).",
        "Correct these in the file and upload it again.",
    ),
    "hidden_row": (
        "This row is hidden in the sheet, by a filter or by hand.",
        "Leave it out, or include the hidden rows.",
    ),
    "phone_cleaned": (
        "Written with spaces, signs or other digits, and read as numbers all the same: {rows} in {column}.",
        "Nothing needs to be done.",
    ),
    "other_phone_columns": (
        "The numbers are taken from {column}; these columns hold numbers as well: {columns}.",
        "Add them as second choice to reach the rows whose first number cannot be texted.",
    ),
    "column_renamed": (
        "Downloads call the sheet's own column {column} “{shown}”, because SMS Desk has a column of that name there.",
        "In the message, write the name as the sheet has it.",
    ),
}
