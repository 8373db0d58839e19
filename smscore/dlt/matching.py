"""Whether a text is one of a registered body's: equal outside its variables, to the last space.

Operators compare every message with the registered body and reject what differs (their code 633), so the first
difference is worth showing. The search goes through the constants between the variables and keeps every place where
each may end; it cannot run away on hostile bodies as a backtracking pattern can.
"""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from smscore.dlt.tags import RULES, Variable, check_value, split_constants, variables
from smscore.errors import Notice

_BREAK = re.compile(r"\r\n|\r|\n|<br\s*/?>", re.IGNORECASE)
_SHOWN = 12


@dataclass(frozen=True)
class Match:
    """How a text compares with a registered body.

    ok: they agree. values: one a variable, when the constants agree. code: "" or `text_differs`, or the reason code of
    the value at fault, whose `variable` is given. position: of the first difference in the text, counted from 0 (-1
    when ok); expected and found: what the body has there and what the text has, at most twelve characters each.
    """

    ok: bool
    values: tuple[str, ...] = field(default=(), repr=False)
    code: str = ""
    position: int = -1
    expected: str = ""
    found: str = field(default="", repr=False)
    variable: Variable | None = None

    @property
    def notice(self) -> Notice | None:
        """The difference as sentences, None when there is none. It names one character of the text at most."""
        if self.ok:
            return None
        if self.variable:
            facts = {"column": self.variable.tag, "tag": self.variable.tag, "limit": self.variable.limit}
            return Notice(self.code, facts)
        facts = {"position": self.position + 1, "expected": self.expected, "found": _name_character(self.found[:1])}
        return Notice(self.code if self.expected else "text_goes_on", facts)


def _name_character(character: str) -> str:
    """Name a character so that look-alikes can be told apart."""
    if not character:
        return "the end of the text"
    if character.isascii() and character.isprintable() and character != " ":
        return character
    return f"{unicodedata.name(character, f'character {ord(character)}').lower()}"


def unify_breaks(text: str) -> str:
    """Return `text` with every way of writing a line break (CR LF, CR, LF, `<br/>`) as one LF."""
    return _BREAK.sub("\n", text)


def match(body: str, text: str, any_break: bool = True) -> Match:
    """Compare `text` with a registered `body`.

    Variables take at least one character and at most their limit; neighbours share theirs. `any_break` lets every way
    of writing a line break stand for every other: which of them operators accept is not documented.
    """
    if any_break:
        body, text = unify_breaks(body), unify_breaks(text)
    strict = _walk(body, text, True)
    # A text that agrees but for what fills it is better told of the value at fault.
    for trail in (strict, _walk(body, text, False)):
        if trail.complete:
            return _judge(text, trail)
    return _find_difference(text, strict)


def match_column(body: str, texts: pa.Array | pa.ChunkedArray, any_break: bool = True) -> np.ndarray:
    """Return which rows of a column `match` the registered body in characters and lengths, as booleans."""
    if any_break:
        body, texts = unify_breaks(body), pc.replace_substring_regex(texts, f"(?i:{_BREAK.pattern})", "\n")
    pattern = "".join(gap.pattern + _quote(gap.constant) for gap in _list_gaps(body))
    return pc.match_substring_regex(texts, f"^(?:{pattern})$").to_numpy(zero_copy_only=False)


def _quote(constant: str) -> str:
    return "".join(f"\\x{{{ord(character):x}}}" for character in constant)


@dataclass(frozen=True)
class _Gap:
    """A run of neighbouring variables and the constant after them; the first gap of a body has no variables."""

    tags: tuple[Variable, ...]
    constant: str

    @property
    def limit(self) -> int | None:
        """The most characters the run takes together; None: no limit known."""
        limits = [tag.limit for tag in self.tags if tag.limit is not None]
        return sum(limits) if len(limits) == len(self.tags) else None

    @property
    def mixed(self) -> bool:
        """Whether kinds differ, so that where one value ends cannot be known: only their length together is judged."""
        return len({tag.kind for tag in self.tags}) > 1

    @property
    def letters(self) -> str:
        """The characters that the run takes, as a pattern for one of them."""
        return RULES["text" if self.mixed else self.tags[0].kind].letters

    @property
    def pattern(self) -> str:
        """The run as RE2 knows it: one character at least, and no more than its variables take together."""
        most = ["" if tag.limit is None else str(tag.limit) for tag in self.tags]
        return "".join(f"{self.letters}{{{int(first == 0)},{limit}}}" for first, limit in enumerate(most))


def _list_gaps(body: str) -> list[_Gap]:
    around = split_constants(body)
    gaps, run = [_Gap((), around[0])], []
    for tag, constant in zip(variables(body), around[1:], strict=True):
        run.append(tag)
        if constant:
            gaps.append(_Gap(tuple(run), constant))
            run = []
    return [*gaps, _Gap(tuple(run), "")] if run else gaps


@dataclass(frozen=True)
class _Trail:
    """Where each gap's constant may end in the text, and for each such end where the gap begins."""

    gaps: list[_Gap]
    ends: list[dict[int, int]]
    length: int

    @property
    def complete(self) -> bool:
        return len(self.ends) == len(self.gaps) and self.length in self.ends[-1]

    def spans(self) -> list[tuple[_Gap, int, int]]:
        """Return each gap with its run's begin and end in the text, for a complete trail."""
        spans, end = [], self.length
        for gap, ends in zip(reversed(self.gaps), reversed(self.ends), strict=True):
            spans.append((gap, ends[end], end - len(gap.constant)))
            end = ends[end]
        return spans[::-1]


def _walk(body: str, text: str, strict: bool) -> _Trail:
    trail = _Trail(_list_gaps(body), [], len(text))
    starts = [0]
    for gap in trail.gaps:
        found = _find_ends(gap, starts, text, strict)
        if not found:
            break
        trail.ends.append(found)
        starts = sorted(found)
    return trail


def _find_ends(gap: _Gap, starts: list[int], text: str, strict: bool) -> dict[int, int]:
    if not gap.tags:
        return {len(gap.constant): 0} if text.startswith(gap.constant) else {}
    barriers = [0, *(found.end() for found in re.finditer(f"(?!{gap.letters})(?s:.)", text) if strict)]
    reach = gap.limit if strict and gap.limit is not None else len(text)
    ends = {}
    for place in _find_places(gap.constant, text, starts[0] + 1):
        lowest = max(place - reach, barriers[bisect_right(barriers, place) - 1])
        nearest = bisect_left(starts, lowest)
        if nearest < len(starts) and starts[nearest] < place:
            ends[place + len(gap.constant)] = starts[nearest]
    return ends


def _find_places(constant: str, text: str, start: int) -> Iterator[int]:
    """Yield where a constant stands in the text from `start` on; an empty one, only at the end."""
    place = text.find(constant, start) if constant else len(text)
    while place != -1:
        yield place
        place = text.find(constant, place + 1) if constant else -1


def _judge(text: str, trail: _Trail) -> Match:
    spans = [(gap, begin, _share_out(gap.tags, text[begin:end])) for gap, begin, end in trail.spans()]
    values = tuple(value for _, _, shared in spans for value in shared)
    for gap, begin, shared in spans:
        for variable, value in zip(gap.tags, shared, strict=True):
            code = _find_value_fault(gap, variable, value, sum(map(len, shared)))
            if code:
                return Match(False, values, code, begin, variable.tag, value[:_SHOWN], variable)
            begin += len(value)
    return Match(True, values)


def _find_value_fault(gap: _Gap, variable: Variable, value: str, length: int) -> str:
    if gap.mixed:
        return "value_too_long" if gap.limit is not None and length > gap.limit else ""
    return check_value(variable, value) if value else ""


def _share_out(tags: tuple[Variable, ...], run: str) -> list[str]:
    """Share a run's text out among its neighbouring variables: each takes its fill, the last the rest."""
    values = []
    for tag in tags[:-1]:
        values.append(run[: tag.limit])
        run = run[len(values[-1]) :]
    return [*values, run] if tags else []


def _find_difference(text: str, trail: _Trail) -> Match:
    if len(trail.ends) == len(trail.gaps):
        return _build_difference(text, max(trail.ends[-1]), "")
    gap, starts = trail.gaps[len(trail.ends)], sorted(trail.ends[-1]) if trail.ends else [0]
    if not gap.tags:
        agreed = _count_common(gap.constant, text)
        return _build_difference(text, agreed, gap.constant[agreed:])
    reach = len(text) if gap.limit is None else gap.limit
    tried = range(starts[0] + 1, min(starts[-1] + reach, len(text)) + 1)
    agreed, place = max(
        ((_count_common(gap.constant, text[at : at + len(gap.constant)]), -at) for at in tried), default=(0, 0)
    )
    if agreed:
        return _build_difference(text, agreed - place, gap.constant[agreed:])
    return _build_difference(text, starts[-1], "".join(tag.tag for tag in gap.tags) + gap.constant)


def _count_common(constant: str, text: str) -> int:
    """Count the characters that two texts have in common from their beginning."""
    pairs = enumerate(zip(constant, text, strict=False))
    return next((at for at, (one, other) in pairs if one != other), min(len(constant), len(text)))


def _build_difference(text: str, position: int, expected: str) -> Match:
    end = position + _SHOWN
    return Match(False, (), "text_differs", position, expected[:_SHOWN], text[position:end])
