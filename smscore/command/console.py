"""What every command shares: printing, the desk it opens, who runs it, and signals that ask it to stop.

Results go to stdout, remarks and refusals to stderr; nothing that is printed can steer the terminal.
"""

from __future__ import annotations

import getpass
import json
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING, Any

import smscore
from smscore.errors import DeskError, Explanation, Notice, StoreError

if TYPE_CHECKING:  # the desk stands on everything, and not every command opens it
    from smscore import Desk, Settings

DONE, WRONG_INPUT, NOT_FINISHED = 0, 2, 3
NO_ENGINE = "Nothing is being sent because no engine is running. Start the dashboard or `python -m smscore worker`."

_WAY_OUT = {
    # code of a refusal: the option that answers it
    "same_list": "Add --rest or --again.",
    "sent_before_restore": "Add --again.",
    "choose_sheet": "Add --sheet NAME.",
    "no_such_sheet": "Add --sheet NAME.",
    "which_phone_column": "Add --phone COLUMN.",
    "no_phone_column": "Add --phone COLUMN.",
    "no_such_column": "Add --phone COLUMN.",
    "which_country_column": "Add --country COLUMN, or --country none.",
    "country_column_doubtful": "Add --country COLUMN, or --country none.",
    "no_such_country_column": "Add --country COLUMN, or --country none.",
    "no_such_opt_out_column": "Add --opt-out-column COLUMN, or --opt-out-column none.",
    "opt_out_column_undecided": "Add --opt-out-column COLUMN, or --opt-out-column none to ignore it.",
    "no_such_header_row": "Add --header ROW, or --header none.",
}

_OPTIONS = {
    # code of a notice: the option that changes what it tells
    "title_not_read": "(--header ROW|none)",
    "titles_not_read": "(--header ROW|none)",
    "header_doubtful": "(--header ROW|none)",
    "no_header": "(--header ROW)",
    "encoding_guessed": "(--encoding NAME)",
    "encoding_unknown": "(--encoding NAME)",
    "countries_taken": "(--country COLUMN|none)",
    "countries_unread": "(--country COLUMN|none)",
    "other_phone_columns": "(--phone COLUMN)",
    "phone_of_somebody_else": "(--phone COLUMN)",
    "phone_column_hidden": "(--phone COLUMN)",
    "opt_out_undecided": "(--opt-out-column COLUMN|none)",
}

_SQLITE = b"SQLite format 3\0"  # how every SQLite file begins: https://www.sqlite.org/fileformat.html
_ASKING = tuple(getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name))


def print_line(text: str) -> None:
    """Print one line of a result, for people."""
    print(replace_controls(text), flush=True)


def print_json(document: object) -> None:
    """Print the result as the one JSON document on stdout."""
    print(json.dumps(document, indent=2, default=str), flush=True)


def print_remark(text: str | Explanation) -> None:
    """Print one line beside the result, on stderr."""
    print(replace_controls(str(text)), file=sys.stderr, flush=True)


def print_refusal(fault: DeskError, as_json: bool) -> None:
    """Print the sentences of a refusal on stderr, and its code, sentences and choices as JSON when asked for."""
    print_remark(format_fault(fault))
    if as_json:
        print_json(describe_refusal(fault))


def describe_refusal(fault: DeskError) -> dict[str, object]:
    """Return the JSON keys of a refusal: `error`, `message`, and `choices` when there is something to choose from."""
    choices: Any = fault.facts.get("choices")
    return {"error": fault.code, "message": format_fault(fault)} | ({"choices": list(choices)} if choices else {})


def format_fault(fault: DeskError) -> str:
    """Return both sentences of a refusal, and the option that answers it."""
    return " ".join(part for part in (str(fault), _WAY_OUT.get(fault.code, "")) if part)


def format_notice(notice: Notice) -> str:
    """Return a notice as a line, with the option that answers it."""
    return " ".join(part for part in (f"Note: {notice}", _OPTIONS.get(notice.code, "")) if part)


def format_count(count: int, one: str, many: str = "") -> str:
    """Return a number before its noun: (1, "message") → "1 message"; (1204, "message") → "1,204 messages"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def replace_controls(text: str) -> str:
    """Return `text` as it may be printed: what comes from sheets and the provider cannot steer the terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)


@contextmanager
def open_desk(settings: Settings | None = None) -> Iterator[Desk]:
    """Open the desk for the time of one command. Raises SettingsError, StoreError."""
    settings = settings or smscore.load_settings()
    _check_database(settings)
    try:
        desk = smscore.open_desk(settings)
    except OSError as fault:
        raise StoreError("database_file", place=settings.database_shown, cause=fault.strerror) from None
    try:
        yield desk
    finally:
        desk.close()


def _check_database(settings: Settings) -> None:
    """Refuse an SQLite URL that leads to another file, which must not be written to."""
    path = settings.database_file
    if path is not None and path.is_file() and path.stat().st_size:
        with path.open("rb") as file:
            if file.read(len(_SQLITE)) != _SQLITE:
                raise StoreError("not_a_database", place=settings.database_shown)


def has_database(settings: Settings) -> bool:
    """Return whether there is a database to ask: a command that only reads a sheet does not make one."""
    path = settings.database_file
    return path is None or path.exists()


def get_actor() -> str:
    """Return who is at the command line, for the record of who did what."""
    try:
        return f"{getpass.getuser()}, command line"
    except (KeyError, OSError, ImportError):
        return "command line"


class Stop:
    """While it is entered, signals that ask to stop become a wish that the command reads when it is safe to.

    One that was ignored stays ignored (`nohup`).
    """

    def __init__(self) -> None:
        self._asked = threading.Event()
        self._before: dict[int, Any] = {}
        self.signal = 0

    def __enter__(self) -> Stop:
        for number in _ASKING:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._note_signal)
        return self

    def __exit__(self, *_: object) -> None:
        for number, before in self._before.items():
            signal.signal(number, before)

    def _note_signal(self, number: int, _frame: FrameType | None) -> None:
        self.signal = self.signal or number
        self._asked.set()

    @property
    def asked(self) -> bool:
        """Whether a signal came."""
        return self._asked.is_set()

    @property
    def exit_code(self) -> int:
        """128 + the signal's number, as shells have it."""
        return 128 + self.signal

    def wait(self, seconds: float | None = None) -> bool:
        """Wait for a signal, at most `seconds`; whether one came."""
        return self._asked.wait(seconds)
