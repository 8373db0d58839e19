"""Template ids and headers as portals and spreadsheets write them: read as text, never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

_EXPONENT = re.compile(r"[0-9]+(?:[.,][0-9]*)?[eE]\+?[0-9]+")
_DECIMAL = re.compile(r"[0-9]+\.[0-9]+")
_LENGTH = 19  # the rule; TRAI's portals have issued shorter and longer ones
_EXACT_IN_A_CELL = 15  # the digits a spreadsheet's number holds
# Operators put XY- before a header and -P, -S, -T or -G behind it; neither is part of it.
_ON_THE_PHONE = re.compile(r"(?:[A-Za-z]{2}-)?(.+?)(?:-[PSTGpstg])?")


class Identifier(StrEnum):
    """What a template id looks like."""

    USUAL = "usual"
    UNUSUAL = "unusual"  # not 19 digits: exceptions exist, and ids that were cut off look the same
    ROUNDED = "rounded"  # every digit past the fifteenth is zero, as a spreadsheet's number leaves it
    DAMAGED = "damaged"  # digits are gone: 1.10716E+18
    MALFORMED = "malformed"  # no id at all: spaces within, signs
    MISSING = "missing"


@dataclass(frozen=True)
class TemplateId:
    """An id as it was meant (`text`, "" when it cannot be known) and what it looks like."""

    text: str
    form: Identifier


def read_id(written: str) -> TemplateId:
    """Read a template id from a cell or a field. A damaged one has no text: its digits cannot be known."""
    text = written.strip().removeprefix("'").strip()
    if not text:
        return TemplateId("", Identifier.MISSING)
    if _EXPONENT.fullmatch(text) or _DECIMAL.fullmatch(text):
        return TemplateId("", Identifier.DAMAGED)
    if not re.fullmatch(r"[A-Za-z0-9_-]{4,64}", text):
        return TemplateId("", Identifier.MALFORMED)
    return TemplateId(text, _classify(text))


def _classify(text: str) -> Identifier:
    if text.isdigit() and len(text) > _EXACT_IN_A_CELL + 1 and not text[_EXACT_IN_A_CELL:].strip("0"):
        return Identifier.ROUNDED
    return Identifier.USUAL if re.fullmatch(f"[0-9]{{{_LENGTH}}}", text) else Identifier.UNUSUAL


def strip_header(written: str) -> str:
    """Return a header without what operators add to it on the phone: `VM-ACMECO-S` is ACMECO. Case is kept."""
    text = written.strip()
    found = _ON_THE_PHONE.fullmatch(text)
    return found[1] if found else text


def read_headers(cell: str) -> tuple[str, ...]:
    """Return the headers in one cell, each once.

    Portals part several with commas, semicolons, bars, slashes or breaks.
    """
    parts = (strip_header(part.strip("[]\"' ")) for part in re.split(r"[,;|/\s]+", cell))
    return tuple(dict.fromkeys(part for part in parts if part))
