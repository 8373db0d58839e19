"""What the command line says, and where: results to stdout, remarks and refusals to stderr, no control characters."""

from __future__ import annotations

import json
import sys

from smscore.errors import DeskError, Explanation

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
}


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
