"""The command line: each verb is a function from the parsed options to an exit code.

`main` reads the options and calls the verb, in `sheets`, `opt_outs`, `sending`, `campaigns` or `serving`; `console` is
what all of them share. Exit codes: 0 done · 2 wrong input, with a sentence · 3 a campaign did not finish (paused,
cancelled) or rows were left, with the reason · 128 + n ended by signal n, in good order. Results go to stdout, as text
or (`--json`) as one JSON document; progress and remarks go to stderr.
"""

from smscore.command.main import main

__all__ = ["main"]
