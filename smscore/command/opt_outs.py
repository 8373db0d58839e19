"""`opt-out`: the numbers of a sheet go on the list of people who are never texted."""

from __future__ import annotations

from argparse import Namespace

from smscore import Added, Choice, load_settings
from smscore.command.console import (
    DONE,
    NOT_FINISHED,
    format_count,
    format_notice,
    get_actor,
    open_desk,
    print_json,
    print_line,
    print_remark,
)
from smscore.command.sheets import check_outputs, format_name, read_named_sheet, write_table

SHOWN = 20
"""How many rows are printed that could not be read."""


def add(options: Namespace) -> int:
    """Add everybody in a sheet to the opt-out list; not finished where a row could not be read."""
    settings = load_settings()
    check_outputs(options.file, options.rejected)
    region = (options.region or settings.region).upper()
    choice = Choice.of_everybody(tuple(options.phone), region, options.country)
    with open_desk(settings) as desk:
        audience = desk.audiences.build(read_named_sheet(options), choice)
        added = desk.opt_outs.add(audience, region, get_actor(), format_name(options.file))
    for notice in audience.warnings:
        print_remark(format_notice(notice))
    if options.rejected:
        write_table(audience.rejected, options.rejected)
    if options.json:
        print_json(_describe(added))
    else:
        _print(added)
    return NOT_FINISHED if added.problems else DONE


def _describe(added: Added) -> dict[str, object]:
    return {
        "added": added.added,
        "already": added.already,
        "repeated": added.repeated,
        "problems": added.problems,
        "country_columns": list(added.country),
        "error": None,
    }


def _print(added: Added) -> None:
    print_line(f"{format_count(added.added, 'number')} added, {added.already:,} already on the opt-out list.")
    if not added.problems:
        return
    print_line(f"{format_count(added.problems, 'row')} couldn't be read and added nobody:")
    for row, problem in added.unread.head(SHOWN).iterrows():
        print_line(f"  Row {row:,}: {problem['value']} – {problem['reason']}")
    if len(added.unread) > SHOWN:
        print_line("  … Add --rejected OUT.csv to see all of them.")
