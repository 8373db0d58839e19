"""`check`: what a sheet holds, before anything is sent."""

from __future__ import annotations

from argparse import Namespace
from dataclasses import dataclass, replace

from smscore import Audience, DeskError, Heading, Marks, Notice, Settings, StoreError, build_audience, load_settings
from smscore.command.desks import has_database, opened
from smscore.command.sheets import choice_of, must_be_writable, sheet_of, write
from smscore.command.words import DONE, WRONG_INPUT, answer, counted, message, note, refusal, remark, say
from smscore.errors import explain

EMPTY = {"rows": 0, "contacts": 0, "duplicates": 0, "problems": 0, "opted_out": 0, "phone_column": None}


@dataclass(frozen=True)
class Finding:
    """What `check` found in a sheet that can be used."""

    audience: Audience

    def document(self) -> dict[str, object]:
        """The keys of `--json`. `contacts` counts rows. Beside these stand, where there is something to say:
        `extra_contacts`, when cells with several numbers make more people than rows; `hidden_phone_columns`, columns
        with numbers that the workbook hides; `country_columns`; `opt_out_columns`; and `header_row`, `title_lines` and
        `titles`, when lines above the header were not read or the header is doubtful."""
        sums = self.audience.arithmetic()
        document = {
            "rows": sums.rows,
            "contacts": sums.contacts,
            "duplicates": sums.duplicates,
            "problems": sums.problems,
            "opted_out": sums.opted_out,
            "phone_column": self.audience.phone[0],
            "reasons": self.audience.reasons(),
            "warnings": [notice.code for notice in self.audience.warnings],
            "error": None,
        }
        beside = {
            "extra_contacts": sums.extra_contacts,
            "hidden_phone_columns": list(self.audience.phone_hidden),
            "country_columns": list(self.audience.country),
            "opt_out_columns": [_marked(marks) for marks in self.audience.marks],
        }
        beside |= _heading(self.audience.heading)
        return document | {name: found for name, found in beside.items() if found}

    def tell(self) -> None:
        """The same for people."""
        sums = self.audience.arithmetic()
        used = ", ".join(f"“{column}”" for column in self.audience.phone)
        say(f"{self.audience.name}: {counted(sums.rows, 'row')}, phone column: {used}")
        self._tell_heading()
        for name in ("contact", "duplicate", "problem"):
            self._tell_count(getattr(sums, f"{name}s"), name)
        self._tell_count(sums.opted_out, "opted out", "opted out")
        if sums.extra_contacts:
            self._tell_count(sums.extra_contacts, "more person", "more people", ", from cells with several numbers")
        self._tell_reasons()
        for notice in self.audience.warnings:
            say(note(notice))

    def _tell_heading(self) -> None:
        heading = self.audience.heading
        for line in heading.titles:
            say(f"Row {line.row:,} above the header was not read: {line.text}")
        if heading.row and heading.titles:
            say(f"Row {heading.row:,} is the header.")

    def _tell_count(self, count: int, one: str, many: str = "", rest: str = "") -> None:
        # Right-aligned figures, two spaces, then what they count.
        figure, _, name = counted(count, one, many).partition(" ")
        say(f"{figure:>12}  {name}{rest}")

    def _tell_reasons(self) -> None:
        reasons = self.audience.reasons()
        if reasons:
            say("Why rows can't be texted:")
        for code, rows in reasons.items():
            say(f"{rows:>12,}  {explain(code, value='…').sentence}")


def _marked(marks: Marks) -> dict[str, object]:
    return {"column": marks.column, "people": marks.rows, "applied": marks.applied, "unclear": marks.unknown}


def _heading(heading: Heading) -> dict[str, object]:
    if not (heading.title_count or heading.doubtful):
        return {}
    titles = [{"row": line.row, "text": line.text} for line in heading.titles]
    return {"header_row": heading.row or None, "title_lines": heading.title_count, "titles": titles}


def check(options: Namespace) -> int:
    """Print a sheet's arithmetic, and write its contacts and problems where asked; 0, or 2 when it is refused."""
    try:
        must_be_writable(options.file, options.valid, options.rejected)
        finding = Finding(_audience(options, load_settings()))
        if options.valid:
            write(finding.audience.valid, options.valid)
        if options.rejected:
            write(finding.audience.rejected, options.rejected)
    except DeskError as fault:
        return _refused(fault, options.json)
    if options.json:
        answer(finding.document())
    else:
        finding.tell()
    return DONE


def _refused(fault: DeskError, as_json: bool) -> int:
    remark(message(fault))
    if as_json:
        answer(EMPTY | {"reasons": {}, "warnings": []} | refusal(fault))
    return WRONG_INPUT


def _audience(options: Namespace, settings: Settings) -> Audience:
    sheet, choice = sheet_of(options), choice_of(options, settings)
    if not has_database(settings):
        return build_audience(sheet, choice)
    try:
        with opened(settings) as desk:
            return desk.audiences.build(sheet, choice)
    except StoreError as fault:
        audience = build_audience(sheet, choice)
        unread = Notice("opt_outs_unread", {"cause": fault.sentence})
        return replace(audience, warnings=(*audience.warnings, unread))
