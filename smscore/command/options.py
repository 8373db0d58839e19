"""The verbs of the command line and their options; only the parser is imported, so that help comes at once."""

from __future__ import annotations

from argparse import ArgumentParser, ArgumentTypeError, RawDescriptionHelpFormatter, _SubParsersAction
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn, TypeAlias

_SEND_HELP = """\
Saves a campaign, sends it with a progress bar on stderr, and ends when it is finished or paused. If another process
already sends from the same database, it only watches. You can stop or kill it: nothing is lost and nobody is texted
twice. The same command, a worker or the dashboard continues.

--json keys: campaign, status, reason, recipients, accepted, refused, not_sent, unknown, calls, where
recipients = accepted + refused + not_sent + unknown.
  accepted   accepted by the provider, delivered or not
  refused    refused by the provider
  not_sent   queued, cancelled or opted out
  unknown    may have been sent: no answer yet, or an unreadable one; never resent automatically

Exit codes: 0 finished, 2 wrong input, 3 paused or cancelled (with the reason), 130/143 stopped by a signal."""


_AFTER_RESTORE_HELP = """\
A restored backup doesn't know what was sent after it was made. Campaigns that were active in it send nothing until
you decide about each one:
  unknown    mark people who may have been texted since as unknown, and send to the rest
  continue   send to everyone queued; some of them may be texted twice
  cancel     mark people as with unknown, and end the campaign
Without a campaign, it shows which campaigns need a decision."""


_OPT_OUT_HELP = """\
Adds everybody in a sheet to the opt-out list: hidden rows, second numbers of a cell and further phone columns too.

--json keys: added, already, repeated, problems, country_columns

Exit codes: 0 every row was read, 2 wrong input (nobody was added), 3 some rows couldn't be read and added nobody."""


A_DAY, MOST = 86_400, 2**31 - 1  # seconds; the largest number that every database takes for an id


class WrongUsage(Exception):
    """Raised for arguments that do not fit; holds what is wrong and the parser of the verb that says so."""

    def __init__(self, parser: ArgumentParser, message: str) -> None:
        super().__init__(message)
        self.parser, self.message = parser, message


class _Parser(ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Raise what `parse_options` reports, as text or as JSON."""
        raise WrongUsage(self, message)


_Verbs: TypeAlias = "_SubParsersAction[_Parser]"


def _read_filled(written: str) -> str:
    """Return a value that is not blank: an unset variable of a script must not mean "at once" or "at any hour"."""
    if not written.strip():
        raise ArgumentTypeError("the value is blank; give one, or leave out the option")
    return written


def _read_header_row(written: str) -> int | bool:
    """Return the row of the header; False for "none"."""
    if written.strip().casefold() == "none":
        return False
    if not written.strip().isdecimal() or not 1 <= int(written) <= MOST:
        raise ArgumentTypeError(f"{written!r} is neither a row number nor “none”; if it is the file, put it first")
    return int(written)


def _whole_number(least: int, most: int = MOST) -> Callable[[str], int]:
    """Return a reader of whole numbers from `least` to `most`."""

    def read_number(written: str) -> int:
        if not least <= int(written) <= most:
            raise ArgumentTypeError(f"{written} must be from {least} to {most}")
        return int(written)

    read_number.__name__ = "whole number"  # as the parser calls it when `written` is none
    return read_number


def build_parser() -> ArgumentParser:
    """Return the parser of the whole command line; a verb's options name the function that carries it out."""
    parser = _Parser(prog="python -m smscore", description="SMS Desk without a browser.")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    _add_check(verbs)
    _add_send(verbs)
    _add_opt_out(verbs)
    _add_controls(verbs)
    _add_reports(verbs)
    _add_servers(verbs)
    _add_backups(verbs)
    return parser


def _add_verb(verbs: _Verbs, name: str, function: str, help: str, description: str = "") -> ArgumentParser:
    """Add a verb; `function` is its module within this package and its name there, with a dot between."""
    verb = verbs.add_parser(
        name, help=help, description=description or help, formatter_class=RawDescriptionHelpFormatter
    )
    module, _, called = function.partition(".")
    verb.set_defaults(module=f"smscore.command.{module}", function=called)
    verb.add_argument("--json", action="store_true", help="print one JSON document on stdout and nothing else")
    return verb


def _add_check(verbs: _Verbs) -> None:
    check = _add_verb(
        verbs, "check", "sheets.check", "show what a sheet holds: contacts, duplicates, problems, opted out"
    )
    _add_sheet_options(check)
    check.add_argument("--valid", type=Path, metavar="OUT.csv", help="write the contacts: row, phone, own columns")
    check.add_argument(
        "--rejected", type=Path, metavar="OUT.csv", help="write the problems: row, column, value, reason, suggestion"
    )


def _add_opt_out(verbs: _Verbs) -> None:
    brief = "add the numbers of a sheet to the opt-out list"
    opt_out = _add_verb(verbs, "opt-out", "opt_outs.add", brief, description=_OPT_OUT_HELP)
    _add_file_options(opt_out)
    opt_out.add_argument("--rejected", type=Path, metavar="OUT.csv", help="write the rows that couldn't be read")


def _add_sheet_options(verb: ArgumentParser) -> None:
    _add_file_options(verb)
    verb.add_argument(
        "--opt-out-column",
        action="append",
        type=_read_filled,
        metavar="COL|none",
        help="leave out people marked as opted out in this column; none: ignore all such columns",
    )
    verb.add_argument("--hidden", action="store_true", help="include rows hidden in the sheet")
    verb.add_argument(
        "--several",
        choices=("first", "all"),
        help="which numbers of a cell with several to use (default: list the row as a problem)",
    )
    verb.add_argument(
        "--keep", choices=("first", "last", "fullest"), default="first", help="which row of a duplicate number to keep"
    )


def _add_file_options(verb: ArgumentParser) -> None:
    """Add the file and how its columns are found."""
    _add_number_options(verb)
    _add_reading_options(verb)
    verb.add_argument(
        "--country",
        action="append",
        type=_read_filled,
        metavar="COL|none",
        help="the column of countries or country codes (default: detected); none: one country for all",
    )


def _add_number_options(verb: ArgumentParser) -> None:
    verb.add_argument("file", type=Path, metavar="FILE", help="a text file such as CSV, or a workbook")
    verb.add_argument(
        "--phone",
        action="append",
        type=_read_filled,
        default=[],
        metavar="COL",
        help="the phone column (default: detected); repeat it for a second choice",
    )
    verb.add_argument(
        "--region",
        type=_read_filled,
        metavar="IN",
        help="country of numbers without a country code (default: SMSCORE_REGION)",
    )


def _add_reading_options(verb: ArgumentParser) -> None:
    verb.add_argument("--sheet", type=_read_filled, metavar="NAME", help="which sheet of a workbook")
    verb.add_argument(
        "--encoding",
        type=_read_filled,
        metavar="NAME",
        help="how the letters of a text file are written, e.g. windows-1250 (default: told by its bytes)",
    )
    header = verb.add_mutually_exclusive_group()
    header.add_argument(
        "--header",
        type=_read_header_row,
        nargs="?",
        const=True,
        metavar="ROW|none",
        help="the row with the column names, numbered as in Excel (default: detected); none: there is no header row; "
        "without ROW: the first row that isn't a title",
    )
    header.add_argument(
        "--no-header", dest="header", action="store_const", const=False, help="the same as --header none"
    )


def _add_send(verbs: _Verbs) -> None:
    brief = "send a message to the contacts of a sheet"
    send = _add_verb(verbs, "send", "sending.send", brief, description=_SEND_HELP)
    _add_sheet_options(send)
    send.add_argument("--sender", required=True, metavar="S", help="the DLT header: six letters, or six digits")
    send.add_argument("--text", metavar="T", help="the text; {column} inserts a cell, {{ and }} show braces")
    send.add_argument("--template-id", type=_read_filled, metavar="ID", help="the registered template's ID")
    send.add_argument("--custom", type=_read_filled, metavar="COL,COL", help="the columns for its variables, in order")
    send.add_argument("--route", type=str.upper, choices=("TRANS", "PROMO"), default="TRANS")
    send.add_argument("--flash", action="store_true", help="show it on the phone's screen right away")
    send.add_argument("--name", type=_read_filled, metavar="N", help="the campaign's name (default: the file's)")
    send.add_argument("--report", type=Path, metavar="OUT", help="write the report at the end (.csv or .xlsx)")
    send.add_argument("--detach", action="store_true", help="only save it; the dashboard or a worker sends it")
    send.add_argument("--at", type=_read_filled, metavar="TIME", help="start time: 2026-05-01T10:00 or …T10:00+05:30")
    send.add_argument("--window", type=_read_filled, metavar="HH:MM-HH:MM", help="send only between these hours")
    send.add_argument(
        "--countdown", type=_whole_number(0, A_DAY), default=0, metavar="SECONDS", help="wait before the first message"
    )
    send.add_argument(
        "--canary",
        type=_whole_number(0),
        default=0,
        metavar="N",
        help="send a test batch of N first, then wait for `resume`",
    )
    send.add_argument(
        "--canary-share", type=float, metavar="0.05", help="continue if at most this share of the test batch failed"
    )
    send.add_argument(
        "--canary-wait", type=_whole_number(0), metavar="SECONDS", help="how long to wait for the test batch's results"
    )
    repeat = send.add_mutually_exclusive_group()
    repeat.add_argument("--rest", action="store_true", help="leave out people who already got the same message")
    repeat.add_argument("--again", action="store_true", help="send even to people who already got the same message")


def _add_controls(verbs: _Verbs) -> None:
    listing = _add_verb(verbs, "campaigns", "campaigns.list_campaigns", "list the campaigns, newest first")
    listing.add_argument("--limit", type=_whole_number(1), default=200, metavar="N")
    for name, help in (
        ("pause", "stop sending, within two seconds"),
        ("resume", "send to the rest; also approves a test batch or a late start"),
        ("cancel", "end it; anyone not yet messaged won't be"),
    ):
        _add_campaign(_add_verb(verbs, name, f"campaigns.{name}", help))
    _add_after_restore(verbs)
    _add_verb(verbs, "stop-all", "campaigns.stop_all", "pause every running or scheduled campaign")


def _add_after_restore(verbs: _Verbs) -> None:
    brief = "show or decide what happens to campaigns that were active in a restored backup"
    verb = _add_verb(verbs, "after-restore", "serving.decide_after_restore", brief, description=_AFTER_RESTORE_HELP)
    verb.add_argument("campaign", type=_whole_number(1), nargs="?", metavar="ID", help="the campaign's number")
    verb.add_argument("decision", nargs="?", choices=("continue", "unknown", "cancel"), help="see above")
    verb.add_argument("--noted", action="store_true", help="confirm that you've noted the missing campaigns")
    verb.add_argument(
        "--begin-anew", action="store_true", help="use this database, although messages were sent from another one"
    )


def _add_campaign(verb: ArgumentParser) -> None:
    verb.add_argument("campaign", type=_whole_number(1), metavar="ID", help="the campaign's number")


def _add_reports(verbs: _Verbs) -> None:
    for name, help in (
        ("report", "write what happened to each recipient"),
        ("ledger", "write every attempt with its time, call and outcome"),
    ):
        verb = _add_verb(verbs, name, f"campaigns.save_{name}", help)
        _add_campaign(verb)
        verb.add_argument("--out", type=Path, required=True, metavar="F.csv|F.xlsx")


def _add_backups(verbs: _Verbs) -> None:
    for name, function, help in (
        ("backup", "serving.back_up", "write a verified copy of the database, even while campaigns are sending"),
        ("restore", "serving.restore", "replace the database with a backup, while SMS Desk is stopped"),
    ):
        _add_verb(verbs, name, function, help).add_argument("file", type=Path, metavar="FILE")


def _add_servers(verbs: _Verbs) -> None:
    _add_verb(verbs, "worker", "serving.run_worker", "send saved campaigns, without pages, until stopped")
    sandbox = _add_verb(verbs, "sandbox", "serving.run_sandbox", "run the sandbox provider on this computer")
    sandbox.add_argument("--port", type=int, default=8900, metavar="N", help="default 8900; 0 uses any free port")
    sandbox.add_argument("--host", default="127.0.0.1")
    sandbox.add_argument("--key", help="the API key it asks for")
    sandbox.add_argument("--webhook", default="", metavar="URL", help="where to post SMS delivery reports")
    sandbox.add_argument("--whatsapp-webhook", default="", metavar="URL", help="where to post WhatsApp reports")
    sandbox.add_argument("--token", default="", metavar="T", help="the token to send there, in X-Webhook-Token")
    _add_verb(verbs, "migrate", "serving.migrate", "bring the database up to date")
