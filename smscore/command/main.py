"""The way from the arguments to a verb and its exit code.

Nothing is imported here but the parser, so that help comes at once.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable, Sequence
from io import TextIOWrapper

from smscore.command.options import WrongUsage, build_parser

INTERRUPTED, NOBODY_READS = 130, 141  # exit codes


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command (default: that of this process) and return its exit code.

    Raises SystemExit for wrong usage or help.
    """
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding cannot show must not end the command.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    return _run(parse_options(sys.argv[1:] if arguments is None else arguments))


def _run(options: Namespace) -> int:
    """Run the verb that was chosen: refusals become sentences, never tracebacks."""
    # The verb's module is loaded only now: help and wrong usage need no table library, no database and no provider.
    from smscore.command import console
    from smscore.errors import DeskError

    try:
        verb: Callable[[Namespace], int] = getattr(importlib.import_module(options.module), options.function)
        code = verb(options)
        sys.stdout.flush()
        return code
    except DeskError as fault:
        console.print_refusal(fault, options.json)
        return console.WRONG_INPUT
    except KeyboardInterrupt:
        console.print_remark("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; without this, Python would complain once more while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOBODY_READS


def parse_options(arguments: Sequence[str]) -> Namespace:
    """Return the options of one command; `module` and `function` name what carries it out.

    Raises SystemExit: 0 after help, 2 for wrong usage.
    """
    parser = build_parser()
    try:
        options = parser.parse_args(arguments)
        _check_text(parser, options)
        _replace_none(parser, options)
        if options.verb == "send":
            _check_send(parser, options)
        if options.verb == "after-restore" and (options.campaign is None) != (options.decision is None):
            parser.error("give both the campaign number and the decision, or neither")
        return options
    except WrongUsage as fault:
        if "--json" in arguments:
            print(json.dumps({"error": "usage", "message": fault.message}), flush=True)
        fault.parser.print_usage(sys.stderr)
        fault.parser.exit(2, f"{fault.parser.prog}: error: {fault.message}\n")


def _check_text(parser: ArgumentParser, options: Namespace) -> None:
    """Refuse bytes that are no UTF-8; as lone surrogates they could be sent to nobody and stored nowhere."""
    for name, value in vars(options).items():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str) and any("\ud800" <= letter <= "\udfff" for letter in text):
                parser.error(f"argument --{name}: this text can't be read; write it in UTF-8")


def _replace_none(parser: ArgumentParser, options: Namespace) -> None:
    """Put the columns in place of "none": (), and None where the option is not given."""
    for name in ("country", "opt_out_column"):
        written = getattr(options, name, None)
        if written is None:
            continue
        columns = tuple(each for each in written if each.casefold() != "none")
        if columns and len(columns) < len(written):
            parser.error(f"argument --{name.replace('_', '-')}: give columns, or none, not both")
        setattr(options, name, columns)


def _check_send(parser: ArgumentParser, options: Namespace) -> None:
    """Refuse options of `send` that do not go together."""
    options.template_id, options.custom = options.template_id or "", options.custom or ""
    if options.text is None and not options.template_id:
        parser.error("give --text, or --template-id with --custom")
    if options.custom and not options.template_id:
        parser.error("--custom fills the variables of a template: give --template-id too")
    if options.flash and options.text is None:
        parser.error("--flash needs --text")
    if options.flash and options.custom:
        parser.error("--flash and --custom can't be combined")
    if (options.canary_share is not None or options.canary_wait is not None) and not options.canary:
        parser.error("--canary-share and --canary-wait need --canary")
