"""Every way in which SMS Desk says no: one tree of errors, one table of sentences.

An error carries a stable `code` for programs, and two sentences for people: what is wrong and where, and what to do
next. Both come from `SENTENCES`, filled with the facts that the place of failure knew. Facts must never hold a key, an
OTP code, a full phone number of a third party or a message text, because sentences are drawn, printed and logged.

    DeskError
    ├── SettingsError     the configuration, all faults at once
    ├── SheetError        the whole file is refused
    ├── MessageError      the text, sender, route or variables cannot be sent
    ├── TemplateError     a template or an import of templates
    ├── CampaignError     a campaign cannot do this now
    ├── ProviderError     the provider cannot be reached or is wrongly set up
    ├── ReportError       a report cannot be written
    └── StoreError        the database
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from smscore.errors.sentences import SENTENCES


class Explanation(NamedTuple):
    """Two sentences for an operator: what is wrong and where, and what to do next."""

    sentence: str
    next_step: str

    def __str__(self) -> str:
        return f"{self.sentence} {self.next_step}".strip()


class DeskError(Exception):
    """The root. `DeskError("too_many_rows", rows=3_000_000, limit=1_048_575)` explains itself from `SENTENCES`."""

    def __init__(self, code: str, **facts: object) -> None:
        self.code = code
        self.facts = facts
        self.sentence, self.next_step = explain(code, **facts)
        super().__init__(str(Explanation(self.sentence, self.next_step)))

    @property
    def message(self) -> str:
        """Both sentences in one line."""
        return str(self)

    def __reduce__(self):
        return _rebuild, (type(self), self.code, self.facts)


def _rebuild(kind: type[DeskError], code: str, facts: dict[str, object]) -> DeskError:
    return kind(code, **facts)


class SettingsError(DeskError):
    """The configuration is wrong; `facts["faults"]` lists every fault as a sentence."""


class SheetError(DeskError):
    """The whole file is refused; nothing of it was used."""


class MessageError(DeskError):
    """A message cannot be sent as it is written."""


class TemplateError(DeskError):
    """A template, or a file of templates, cannot be used."""


class CampaignError(DeskError):
    """A campaign cannot do what was asked of it in its present status."""


class ProviderError(DeskError):
    """The provider cannot be used: wrong key, unreachable, moved."""


class ReportError(DeskError):
    """A report cannot be written; no half of it was left behind."""


class StoreError(DeskError):
    """The database cannot be used."""


@dataclass(frozen=True)
class Notice:
    """A warning about a whole sheet or message: something was repaired or guessed, and nothing was lost."""

    code: str
    facts: Mapping[str, object] = field(default_factory=dict)

    @property
    def explanation(self) -> Explanation:
        """The two sentences of this notice."""
        return explain(self.code, **self.facts)

    def __str__(self) -> str:
        return str(self.explanation)


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One row that cannot be used: its number as Excel shows it (header = 1), the column, the value and the reason.

    `detail` is a sentence about this very row, after that of the code."""

    row: int
    column: str
    value: str
    code: str
    suggestion: str = ""
    detail: str = ""

    @property
    def reason(self) -> str:
        """The sentence that tells an operator why the row cannot be used."""
        sentence = explain(self.code, row=self.row, column=self.column, value=self.value).sentence
        return f"{sentence} {self.detail}" if self.detail else sentence


def explain(code: str, **facts: object) -> Explanation:
    """Return the sentence and the next step of an error, warning or row reason `code`, filled with `facts`.

    An unknown code is a fault of ours and still reads as a sentence; a fact that the sentence names and the caller
    left out is shown as an ellipsis rather than raising, because an error must never hide behind another.
    """
    sentence, step = SENTENCES.get(code, ("Something went wrong ({code}).", "Tell your SMS Desk administrator."))
    known = _Facts({"code": _Fact(code)} | {name: _Fact(value) for name, value in facts.items()})
    return Explanation(sentence.format_map(known), step.format_map(known))


class _Fact:
    """One fact as a sentence shows it; "row|rows" behind its name adds the noun that fits the number."""

    def __init__(self, value: object) -> None:
        self.value = value

    def __format__(self, nouns: str) -> str:
        whole = isinstance(self.value, int) and not isinstance(self.value, bool)
        shown = f"{self.value:,}" if whole else str(self.value)
        one, _, many = nouns.partition("|")
        return f"{shown} {one if whole and self.value == 1 else many}" if nouns else shown


class _Facts(dict[str, _Fact]):
    def __missing__(self, name: str) -> _Fact:
        return _Fact("…")
