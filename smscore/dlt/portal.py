"""Registered templates: what is kept of one, and the export of an operator's DLT portal read into many.

Exports differ in their headers, so columns are found by every spelling we have seen and, where two portals use one
word for two things, by the values below it. Every row ends as a template, as a repeat of one, or as a problem.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

import pyarrow as pa

from smscore.dlt.identifiers import Identifier, read_headers, read_id
from smscore.dlt.matching import unify_breaks
from smscore.dlt.tags import Variable, variables
from smscore.errors import Notice, RowProblem, TemplateError

_HEADER = re.compile(r"[A-Za-z]{6}|[0-9]{6}")

# After removing case, spaces and - _ . : from the header of a column.
SPELLINGS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "id": ("templateid", "dlttemplateid", "contenttemplateid", "ctid"),
        "body": ("templatecontent", "content", "message", "templatemessage", "templatetext", "body"),
        "name": ("templatename", "name"),
        "headers": ("header", "senderid", "headername", "headers", "sender"),
        "category": ("templatetype", "category", "contenttype", "templatecategory", "type"),
        "status": ("status", "templatestatus", "approvalstatus"),
        "count": ("variablecount", "noofvariables", "variables"),
    }
)
_CATEGORY = re.compile(r"promo|trans|service|implicit|explicit", re.IGNORECASE)
_APPROVED = frozenset(("approved", "active", "registered", "success", "live", "accepted", "enabled"))


@dataclass(frozen=True)
class RegisteredTemplate:
    """A content template as registered.

    id as text, body with its tags, the headers it may go out under, the DLT category and status as the portal writes
    them, the route ("TRANS" or "PROMO") that follows from the category, and the row of the export that it was read from
    (0 for one written by hand).
    """

    template_id: str
    name: str
    body: str = field(repr=False)
    headers: tuple[str, ...] = ()
    category: str = ""
    status: str = ""
    route: str = "TRANS"
    row: int = field(default=0, compare=False)

    @property
    def is_unusual(self) -> bool:
        """Whether a person must confirm the id: it does not have 19 digits, as some have and cut off ones do."""
        return read_id(self.template_id).form is Identifier.UNUSUAL

    @property
    def variables(self) -> tuple[Variable, ...]:
        """The variables of the body, in order."""
        return variables(self.body)


@dataclass(frozen=True)
class LapsedTemplate:
    """A template that the export names and does not show as approved in any row."""

    row: int
    template_id: str
    status: str


@dataclass(frozen=True)
class Import:
    """An export as it was read: rows = templates + problems + repeats.

    problems: rows that cannot be used · repeats: rows that only repeat a template, whose headers were added to it ·
    warnings: what else is worth knowing · lapsed: templates whose approval has ended; they are among the problems.
    """

    templates: tuple[RegisteredTemplate, ...]
    problems: tuple[RowProblem, ...]
    repeats: tuple[RowProblem, ...] = ()
    warnings: tuple[Notice, ...] = ()
    lapsed: tuple[LapsedTemplate, ...] = ()


@dataclass(frozen=True)
class _Row:
    """One row of the export: its number, and its cell and column header for each field that was found."""

    number: int
    cells: Mapping[str, str]
    columns: Mapping[str, str]

    def get_cell(self, name: str) -> str:
        return self.cells.get(name, "").strip()

    def build_problem(self, name: str, code: str) -> RowProblem:
        return RowProblem(self.number, self.columns.get(name, ""), self.get_cell(name), code)


def read_templates(table: pa.Table, rows: pa.Array | Sequence[int] | None = None) -> Import:
    """Read a portal's export: a table of text columns and the row number of each row (default: 2, 3, …).

    Rows that are not approved, and ids whose digits a spreadsheet has lost, become problems; nothing is guessed.
    Raises TemplateError no_template_columns when there is no column of ids or none of texts.
    """
    found = _find_columns(table)
    read = _read_rows(table, found, rows)
    problems = {row.number: fault for row in read if (fault := _find_fault(row))}
    groups = defaultdict(list)
    for row in read:
        if row.number not in problems:
            groups[read_id(row.get_cell("id")).text].append(row)
    for group in groups.values():
        problems |= {
            row.number: row.build_problem("id", "template_id_conflict") for row in group if _has_two_texts(group)
        }
    kept = [group for group in groups.values() if not _has_two_texts(group)]
    repeats = [row.build_problem("id", "template_repeated") for group in kept for row in group[1:]]
    templates = tuple(_build_template(group) for group in kept)
    in_order = tuple(problems[number] for number in sorted(problems))
    warned, lapsed = tuple(_list_warnings(kept, templates)), _find_lapsed(read, problems, set(groups))
    return Import(templates, in_order, tuple(repeats), warned, lapsed)


def _find_lapsed(
    read: Sequence[_Row], problems: Mapping[int, RowProblem], approved: set[str]
) -> tuple[LapsedTemplate, ...]:
    found: dict[str, LapsedTemplate] = {}
    for row in read:
        template_id = read_id(row.get_cell("id")).text
        refused = problems.get(row.number)
        if template_id not in approved and refused is not None and refused.code == "template_not_approved":
            found.setdefault(template_id, LapsedTemplate(row.number, template_id, row.get_cell("status")))
    return tuple(lapsed for lapsed in found.values() if lapsed.template_id)


def _find_columns(table: pa.Table) -> Mapping[str, str]:
    by_spelling = {re.sub(r"[\s\-_.:]+", "", name).casefold(): name for name in reversed(table.column_names)}
    candidates = {
        field: [by_spelling[word] for word in words if word in by_spelling] for field, words in SPELLINGS.items()
    }
    candidates["category"].sort(key=lambda name: -_measure_category_share(table.column(name)))
    found = {field: names[0] for field, names in candidates.items() if names}
    if "id" not in found or "body" not in found:
        raise TemplateError("no_template_columns", columns=", ".join(table.column_names) or "none")
    if "category" in found and not _measure_category_share(table.column(found["category"])):
        del found["category"]
    if "status" in found and not any(text.strip() for text in _list_texts(table.column(found["status"]))):
        del found["status"]
    return found


def _list_texts(column: pa.ChunkedArray) -> list[str]:
    return [text or "" for text in column.cast(pa.string()).to_pylist()]


def _measure_category_share(column: pa.ChunkedArray) -> float:
    texts = [text for text in _list_texts(column) if text.strip()]
    return sum(bool(_CATEGORY.search(text)) for text in texts) / len(texts) if texts else 0.0


def _read_rows(table: pa.Table, found: Mapping[str, str], rows: pa.Array | Sequence[int] | None) -> list[_Row]:
    if rows is None:
        numbers = list(range(2, table.num_rows + 2))
    else:
        numbers = rows.to_pylist() if isinstance(rows, pa.Array | pa.ChunkedArray) else list(rows)
    columns = [_list_texts(table.column(name)) for name in found.values()]
    lines = zip(*columns, strict=True)
    return [
        _Row(number, dict(zip(found, line, strict=True)), found) for number, line in zip(numbers, lines, strict=True)
    ]


# A rounded id is refused here and only a warning by hand: in an export it was a spreadsheet's work, in every row alike.
_ID_FAULTS = (Identifier.MISSING, Identifier.DAMAGED, Identifier.MALFORMED, Identifier.ROUNDED)


def _find_fault(row: _Row) -> RowProblem | None:
    form = read_id(row.get_cell("id")).form
    if "status" in row.columns and not _is_approved(row.get_cell("status")):
        return row.build_problem("status", "template_not_approved")
    if form in _ID_FAULTS:
        return row.build_problem("id", f"template_id_{form}")
    return None if row.get_cell("body") else row.build_problem("body", "template_body_missing")


def _is_approved(status: str) -> bool:
    return status.strip().casefold() in _APPROVED


def _has_two_texts(group: Sequence[_Row]) -> bool:
    """Return whether one id has two texts: which of them is registered cannot be known."""
    return len({unify_breaks(row.get_cell("body")) for row in group}) > 1


def _build_template(group: Sequence[_Row]) -> RegisteredTemplate:
    first = group[0]
    headers = dict.fromkeys(header for row in group for header in read_headers(row.get_cell("headers")))
    template = RegisteredTemplate(
        template_id=read_id(first.get_cell("id")).text,
        name=first.get_cell("name"),
        body=unify_breaks(first.cells["body"]).strip("\n"),
        headers=tuple(headers),
        category=first.get_cell("category"),
        status=first.get_cell("status"),
        row=first.number,
    )
    return replace(template, route=choose_route(template.category, template.headers))


def choose_route(category: str, headers: Iterable[str]) -> str:
    """Return "PROMO" for a promotional category, or where that is unknown for headers of digits; else "TRANS"."""
    if category.strip():
        return "PROMO" if re.match(r"\s*(promo|p$)", category, re.IGNORECASE) else "TRANS"
    known = list(headers)
    return "PROMO" if known and all(header.isdigit() for header in known) else "TRANS"


def _list_warnings(groups: Sequence[Sequence[_Row]], templates: Sequence[RegisteredTemplate]) -> Iterable[Notice]:
    for group, template in zip(groups, templates, strict=True):
        yield from (Notice(each.code, {**each.facts, "row": group[0].number}) for each in template_warnings(template))
        told = group[0].get_cell("count")
        if told.isdigit() and int(told) != len(template.variables):
            facts = {"row": group[0].number, "told": int(told), "found": len(template.variables)}
            yield Notice("variable_count_differs", facts)


def template_faults(template: RegisteredTemplate) -> tuple[Notice, ...]:
    """Return what must be corrected before a template written by hand can be kept.

    That is: no text, a damaged id, a bad header.

    A template without an id may be kept as a draft; it cannot be sent by id.
    """
    form = read_id(template.template_id).form
    found = [] if template.body.strip() else [Notice("template_body_missing")]
    if form in (Identifier.DAMAGED, Identifier.MALFORMED):
        found.append(Notice(f"template_id_{form}", {"value": template.template_id}))
    bad = [header for header in template.headers if not _HEADER.fullmatch(header)]
    return (*found, *(Notice("sender_form", {"sender": header}) for header in bad))


def template_warnings(template: RegisteredTemplate) -> tuple[Notice, ...]:
    """Return what is unusual about a template and may be right: its id's length, its headers, line breaks."""
    named = {"name": template.name or template.template_id}
    form = read_id(template.template_id).form
    found = []
    if form in (Identifier.UNUSUAL, Identifier.ROUNDED):
        found.append(Notice(f"template_id_{form}", {"value": template.template_id}))
    bad = [header for header in template.headers if not _HEADER.fullmatch(header)]
    found += [Notice("template_header_odd", {**named, "sender": header}) for header in bad]
    if "\n" in unify_breaks(template.body).strip("\n"):
        found.append(Notice("template_line_breaks", named))
    return tuple(found)
