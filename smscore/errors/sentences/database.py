"""The database, backups and restores, the engine, report files and the sandbox."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    # store and engine
    "mixed_call": (
        "Recipients in one call would get different texts. Nothing was sent.",
        "Tell your SMS Desk administrator.",
    ),
    "disk_full": ("The disk is full. Nothing was changed.", "Free some space. Campaigns continue automatically."),
    "database_damaged": (
        "The database file can't be read. It is damaged, or it isn't a database.",
        "Check SMSCORE_DATABASE_URL, or restore a backup.",
    ),
    "database_replaced": (
        "The database file ({place}) was deleted or replaced while SMS Desk was running. Sending has stopped.",
        "Put the file back, or restore a backup, then restart SMS Desk. It asks before it sends anything.",
    ),
    "database_restored": (
        "The database was restored while SMS Desk was running. Nothing more was sent.",
        "Open Campaigns. Each active campaign needs your decision.",
    ),
    "journal_unwritable": (
        "The journal of sent messages ({place}) can't be written: {cause}. Nothing was sent.",
        "Make this folder writable, or set SMSCORE_STATE_DIR to a folder outside the data folder.",
    ),
    "nothing_to_back_up": ("There is no database at {place}, so no backup was made.", "Check SMSCORE_DATABASE_URL."),
    "backup_unwritten": ("{place} couldn't be written: {cause}. Nothing was changed.", "Choose another place."),
    "backup_would_overwrite": (
        "{place} already exists and isn't a backup, or it is the database itself. Nothing was written.",
        "Choose another name.",
    ),
    "not_a_backup": ("{place} isn't an SMS Desk backup. Nothing was changed.", "Choose a file created with `backup`."),
    "backup_damaged": ("The backup {place} is damaged. Nothing was changed.", "Restore an earlier one."),
    "backup_newer": (
        "The backup {place} comes from a newer version of SMS Desk. Nothing was changed.",
        "Update SMS Desk, then restore it.",
    ),
    "database_in_use": (
        "SMS Desk is running on this database, so it wasn't replaced.",
        "Stop the dashboard and every worker, then restore.",
    ),
    "no_postgres_programs": (
        "{program} isn't installed. It is needed to back up and restore PostgreSQL.",
        "Install the PostgreSQL client programs in the server's version, or make the backup on the server.",
    ),
    "postgres_program_failed": ("{program} failed: {cause} Nothing was changed.", "Fix the cause, then try again."),
    "bad_restore_decision": (
        "“{decision}” isn't a valid decision about a restored campaign.",
        "Choose “continue”, “unknown” or “cancel”.",
    ),
    "nothing_to_decide": (
        "Campaign {campaign} doesn't need a decision about a restore.",
        "Check it again. Someone may have decided already.",
    ),
    "restored_undecided": (
        "Campaign {campaign} was active when this database was backed up. Some of it may have been sent since.",
        "Decide about it first, on the Campaigns page or with `python -m smscore after-restore`.",
    ),
    "sent_before_restore": (
        "This campaign sent {people:message|messages} from {since} on, using a database that is gone. Nothing was "
        "saved or sent.",
        "Restore the latest backup. To send it again anyway, create it again.",
    ),
    "same_words_lost": (
        "{people:person|people} got the same message from {since} on, in a campaign that a restore has lost, so it "
        "isn't known who they are. Nothing was saved or sent.",
        "Find out about that campaign, then confirm the missing campaigns on the Overview page or with `python -m "
        "smscore after-restore --noted`.",
    ),
    "database_is_new": (
        "Messages were sent from another database until {since}. This database has no trace of them. Nothing was "
        "saved or sent.",
        "Restore the latest backup, or confirm on the Overview page or with `python -m smscore after-restore "
        "--begin-anew` that you want to use this database.",
    ),
    "database_busy": ("The database is busy.", "Try again in a moment."),
    "draft_gone": ("Saving the campaign took too long, so it was abandoned. Nothing was sent.", "Try again."),
    "database_unreachable": (
        "The database can't be reached.",
        "Check that it is running, and check SMSCORE_DATABASE_URL.",
    ),
    "no_engine": ("No engine is running in this process.", "Start one with `python -m smscore worker`."),
    "sandbox_not_started": ("The built-in sandbox didn't start.", "Restart SMS Desk."),
    "no_sandbox": ("There is no sandbox: messages go to the provider.", "You can set faults only in the sandbox."),
    # reports
    "nothing_to_report": ("There is nothing to write to this report.", "Choose a campaign with recipients."),
    "columns_differ": (
        "The parts of the report have different columns (expected: {expected}; found: {found}), so it wasn't written.",
        "Try again. If it keeps happening, tell your SMS Desk administrator.",
    ),
    "report_too_wide": (
        "This report has {columns} columns, and an Excel sheet holds {limit}.",
        "Download it as CSV instead.",
    ),
    "report_not_written": (
        "The report couldn't be written ({cause}). No partial file was left behind.",
        "Free some disk space or choose another place, then try again.",
    ),
    # sandbox
    "unknown_fault": ("The sandbox has no setting {name}.", "Use one of {known}."),
    "bad_fault": ("The sandbox setting {name} can't be {value}. Nothing was changed.", "Choose another value."),
    "port_taken": ("The sandbox can't listen on port {port} ({cause}).", "Choose another port."),
}
