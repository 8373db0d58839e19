"""From the arguments to a verb and its exit code: refusals become sentences, never tracebacks."""

from __future__ import annotations

import importlib
import os
import sys
from argparse import Namespace
from collections.abc import Sequence
from io import TextIOWrapper

from smscore.command.options import parsed
from smscore.command.words import WRONG_INPUT, refuse, remark
from smscore.errors import DeskError

INTERRUPTED, NOBODY_READS = 130, 141


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command (default: that of this process); its exit code. Raises SystemExit for wrong usage or help."""
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding cannot show must not end the command.
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")
    return _run(parsed(sys.argv[1:] if arguments is None else arguments))


def _run(options: Namespace) -> int:
    # The verb's module is loaded only now: help and wrong usage need no table library, no database and no provider.
    room = importlib.import_module(f"smscore.command.{options.room}")
    try:
        code = getattr(room, options.act)(options)
        sys.stdout.flush()
        return code
    except DeskError as fault:
        refuse(fault, options.json)
        return WRONG_INPUT
    except KeyboardInterrupt:
        remark("Interrupted.")
        return INTERRUPTED
    except BrokenPipeError:
        # Whoever read our output has gone; without this, Python would complain once more while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return NOBODY_READS
