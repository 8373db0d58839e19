"""What the command line says, and where: results to stdout, remarks and refusals to stderr, no control characters."""

from __future__ import annotations

import json
import sys

from smscore.errors import DeskError, Explanation, Notice

DONE, WRONG_INPUT, NOT_FINISHED = 0, 2, 3

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


def note(notice: Notice) -> str:
    """A notice as a line, with the option that answers it."""
    return " ".join(part for part in (f"Note: {notice}", _OPTIONS.get(notice.code, "")) if part)


def counted(count: int, one: str, many: str = "") -> str:
    """(1, "message") → "1 message"; (1204, "message") → "1,204 messages"."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def say(text: str) -> None:
    """One line of a result, for people."""
    print(shown(text), flush=True)


def answer(document: object) -> None:
    """The result as the one JSON document on stdout."""
    print(json.dumps(document, indent=2, default=str), flush=True)


def remark(text: str | Explanation) -> None:
    """One line beside the result."""
    print(shown(str(text)), file=sys.stderr, flush=True)


def refuse(fault: DeskError, as_json: bool) -> None:
    """A refusal: its sentences on stderr, and its code, sentences and choices as JSON when that was asked for."""
    remark(message(fault))
    if as_json:
        answer(refusal(fault))


def refusal(fault: DeskError) -> dict[str, object]:
    """The JSON keys of a refusal: `error`, `message`, and `choices` when there is something to choose from."""
    choices = fault.facts.get("choices")
    return {"error": fault.code, "message": message(fault)} | ({"choices": list(choices)} if choices else {})


def message(fault: DeskError) -> str:
    """Both sentences of a refusal, and the option that answers it."""
    return " ".join(part for part in (str(fault), _WAY_OUT.get(fault.code, "")) if part)


def shown(text: str) -> str:
    """`text` as it may be printed: what comes from sheets and the provider cannot steer the terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
