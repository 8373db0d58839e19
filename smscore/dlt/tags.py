"""The variables of a registered body: their tags, what a value may be, and how long.

Source: TRAI's DLT rules as the portals apply them. `{#var#}` takes any text of at most 30 characters; typed tags are
compulsory for templates registered after 14 January 2026, and exports often hold their short forms. A tag we do not
know takes any text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

TAG = re.compile(r"\{#\s*([A-Za-z]\w*)\s*#\}")


@dataclass(frozen=True)
class Variable:
    """One tag of a body: as written, its kind ("text" when any text will do), the most characters a value may have
    (None: no limit known), and the most that every operator takes (`safe`, at most `limit`)."""

    tag: str
    kind: str
    limit: int | None
    safe: int | None


@dataclass(frozen=True)
class Rule:
    """What a kind of variable takes: a whole-value pattern, the characters it may hold, limits, and its reason code."""

    form: str
    letters: str
    limit: int | None
    safe: int | None
    code: str


_ANY, _NO_SPACE = r"(?s:.*)", r"[^ \t\r\n\f\v]"
_HOST = r"[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+(?::[0-9]+)?"
_LINK = rf"(?:[Hh][Tt][Tt][Pp][Ss]?://)?{_HOST}(?:[/?#]{_NO_SPACE}*)?"

# Sources differ on {#alphanumeric#}: 30 or 40. The larger is the limit, values over the smaller are pointed out.
RULES: Mapping[str, Rule] = MappingProxyType(
    {
        "text": Rule(_ANY, r"(?s:.)", 30, 30, ""),
        "alphanumeric": Rule(_ANY, r"(?s:.)", 40, 30, ""),
        "numeric": Rule("[0-9]+", "[0-9]", 30, 30, "value_not_numeric"),
        "url": Rule(_LINK, _NO_SPACE, None, None, "value_not_link"),
        "urlott": Rule(_LINK, _NO_SPACE, None, None, "value_not_link"),
        "cbn": Rule(r"\+?[0-9](?:[0-9 -]*[0-9])?", "[0-9 +-]", None, None, "value_not_call_back_number"),
        "email": Rule(r"[^ \t\r\n\f\v@]+@[^ \t\r\n\f\v@]+\.[^ \t\r\n\f\v@]+", _NO_SPACE, None, None, "value_not_email"),
    }
)
KINDS: Mapping[str, str] = MappingProxyType(
    {
        "var": "text",
        "numeric": "numeric",
        "num": "numeric",
        "alphanumeric": "alphanumeric",
        "alp": "alphanumeric",
        "url": "url",
        "urg": "url",
        "urlott": "urlott",
        "uro": "urlott",
        "cbn": "cbn",
        "email": "email",
        "eml": "email",
    }
)


def variables(body: str) -> tuple[Variable, ...]:
    """Return the variables of a registered body, in order; `()` when it has none."""
    return tuple(_build_variable(tag) for tag in TAG.finditer(body))


def _build_variable(tag: re.Match[str]) -> Variable:
    kind = KINDS.get(tag[1].casefold(), "text")
    return Variable(tag[0], kind, RULES[kind].limit, RULES[kind].safe)


def split_constants(body: str) -> tuple[str, ...]:
    """Return the texts before, between and after the variables of a body: one more than there are variables."""
    return tuple(TAG.split(body)[::2])


def check_value(variable: Variable, value: str) -> str:
    """Return "" when `value` may stand for `variable`, else the reason code.

    The codes are `missing_value` (blank), `value_too_long`, `value_not_numeric`, `value_not_link`,
    `value_not_call_back_number` and `value_not_email`.
    """
    rule = RULES[variable.kind]
    if not value.strip():
        return "missing_value"
    if variable.limit is not None and len(value) > variable.limit:
        return "value_too_long"
    return "" if re.fullmatch(rule.form, value) else rule.code


def find_too_long(variable: Variable, values: pa.Array | pa.ChunkedArray, safe: bool = False) -> np.ndarray:
    """Return which rows of a column have more characters than the variable takes, as booleans.

    With `safe`, more than every operator takes.
    """
    limit = variable.safe if safe else variable.limit
    if limit is None:
        return np.zeros(len(values), bool)
    return pc.greater(pc.utf8_length(values), limit).to_numpy(zero_copy_only=False)


def find_wrong_form(variable: Variable, values: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """Return which rows of a column have a value that is not of the variable's kind, as booleans; blank ones are."""
    rule = RULES[variable.kind]
    if not rule.code:
        return np.zeros(len(values), bool)
    return ~pc.match_substring_regex(values, f"^(?:{rule.form})$").to_numpy(zero_copy_only=False)
