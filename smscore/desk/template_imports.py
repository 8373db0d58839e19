"""A DLT portal's export, compared with the templates in use: what taking it in would change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa

from smscore import dlt
from smscore.dlt import RegisteredTemplate
from smscore.errors import Notice, RowProblem
from smscore.messages import Route
from smscore.sheets import Sheet
from smscore.store import Template, TemplateText

CHANGES = ("row", "what", "template_id", "name", "detail")
"""The columns of `TemplateImport.table`."""


@dataclass(frozen=True)
class Changed:
    """A template in use whose registered form is another one now; `fields` names what differs."""

    known: Template
    registered: RegisteredTemplate
    fields: tuple[str, ...]


@dataclass(frozen=True)
class Retired:
    """A template in use that the export no longer shows as approved; `row` is 0 when it does not name it at all."""

    known: Template
    row: int
    status: str


@dataclass(frozen=True)
class TemplateImport:
    """What an export would change; nothing is written yet. Rows of the export = added + changed + unchanged + unusual +
    refused + repeats.

    `unusual` are new or changed and have an id without 19 digits: they are taken in only where a person confirms them.
    `retired` are no longer approved. `missing` are in use and not in the export, which may be that of one header only:
    they are retired only where a person says so. `versions` are the templates that this was compared with.
    """

    added: tuple[RegisteredTemplate, ...]
    changed: tuple[Changed, ...]
    unchanged: tuple[RegisteredTemplate, ...]
    unusual: tuple[RegisteredTemplate, ...]
    retired: tuple[Retired, ...]
    missing: tuple[Retired, ...]
    refused: tuple[RowProblem, ...]
    repeats: tuple[RowProblem, ...]
    warnings: tuple[Notice, ...]
    versions: tuple[tuple[int, int], ...]

    @property
    def table(self) -> pa.Table:
        """One line a row of the export and one for each template missing in it: row, what, template_id, name, detail;
        all but `row` are text."""
        rows = list(zip(*sorted(self._lines(), key=lambda line: line[0]), strict=True)) or [()] * len(CHANGES)
        types = (pa.int32(), *[pa.string()] * (len(CHANGES) - 1))
        return pa.table({name: pa.array(cells, kind) for name, cells, kind in zip(CHANGES, rows, types, strict=True)})

    def _lines(self) -> Iterator[tuple[int, str, str, str, str]]:
        yield from ((each.row, "added", each.template_id, each.name, "") for each in self.added)
        yield from ((each.row, "unchanged", each.template_id, each.name, "") for each in self.unchanged)
        for each in self.unusual:
            why = str(Notice("template_id_unusual", {"value": each.template_id}).explanation)
            yield each.row, "to confirm", each.template_id, each.name, why
        for change in self.changed:
            new, detail = change.registered, f"Changes: {', '.join(change.fields)}"
            yield new.row, "changed", new.template_id, new.name, detail
        for gone in self.retired:
            yield gone.row, "archived", gone.known.template_id, gone.known.name, f"Status in the export: {gone.status}"
        for gone in self.missing:
            yield 0, "not in the export", gone.known.template_id, gone.known.name, ""
        yield from self._problem_lines()

    def _problem_lines(self) -> Iterator[tuple[int, str, str, str, str]]:
        retired = {each.row for each in self.retired}
        refused = [each for each in self.refused if each.row not in retired]
        for what, problems in (("refused", refused), ("repeated", self.repeats)):
            yield from ((each.row, what, _find_id(each), "", each.reason) for each in problems)


def compare_templates(in_use: Sequence[Template], sheet: Sheet) -> TemplateImport:
    """Return what taking in a DLT portal's export would change of the templates in use.

    Raises TemplateError("no_template_columns").
    """
    found = dlt.read_templates(sheet.table, sheet.rows)
    known = {each.template_id: each for each in in_use if each.template_id}
    differing = {each.row: _find_differences(known.get(each.template_id), each) for each in found.templates}
    new = [each for each in found.templates if differing[each.row] is None or differing[each.row]]
    sure = [each for each in new if not each.is_unusual]
    lapsed = {each.template_id: each for each in found.lapsed}
    named = {each.template_id for each in found.templates} | set(lapsed)
    return TemplateImport(
        added=tuple(each for each in sure if each.template_id not in known),
        changed=tuple(
            Changed(known[each.template_id], each, differing[each.row] or ())
            for each in sure
            if each.template_id in known
        ),
        unchanged=tuple(each for each in found.templates if differing[each.row] == ()),
        unusual=tuple(each for each in new if each.is_unusual),
        retired=tuple(Retired(known[i], lapsed[i].row, lapsed[i].status) for i in lapsed if i in known),
        missing=tuple(Retired(each, 0, "") for i, each in known.items() if i not in named),
        refused=(*sheet.problems, *found.problems),
        repeats=found.repeats,
        warnings=found.warnings,
        versions=tuple(sorted((each.id, each.version) for each in in_use)),
    )


Change = tuple[TemplateText, int | None]
"""A text to keep, and the template of which it is a new version; None for a new template."""


def import_changes(
    seen: TemplateImport, in_use: Sequence[Template], unusual: bool, missing: bool
) -> tuple[list[Change], list[Change]]:
    """Return the texts to write and those to retire, each with its template; see `Templates.import_seen`."""
    ids = {each.template_id: each.id for each in in_use if each.template_id}
    written = [*seen.added, *(each.registered for each in seen.changed), *(seen.unusual if unusual else ())]
    gone = [each.known for each in (*seen.retired, *(seen.missing if missing else ()))]
    return (
        [(_build_text(each), ids.get(each.template_id)) for each in written],
        [(_build_retired(each), each.id) for each in gone],
    )


def _find_id(problem: RowProblem) -> str:
    """Return the id that a problem is about; "" where its value is another cell's."""
    about_id = problem.code.startswith("template_id") or problem.code == "template_repeated"
    return problem.value if about_id else ""


def _find_differences(known: Template | None, registered: RegisteredTemplate) -> tuple[str, ...] | None:
    """Return the names of what an import changes of a template, () for nothing; None when it is not known."""
    if known is None:
        return None
    text = _build_text(registered)
    fields = {"text": "body", "name": "name", "senders": "headers", "route": "route", "category": "category"}
    return tuple(shown for shown, field in fields.items() if getattr(known, field) != getattr(text, field))


def _build_text(each: RegisteredTemplate) -> TemplateText:
    name = each.name or each.template_id
    return TemplateText(name, each.body, each.template_id, each.headers, Route(each.route), each.category)


def _build_retired(each: Template) -> TemplateText:
    return TemplateText(each.name, each.body, each.template_id, each.headers, each.route, each.category, "retired")
