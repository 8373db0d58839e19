"""`check`: what a sheet holds, before anything is sent; and what other verbs do with sheets and output files."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
from tqdm import tqdm

from smscore import (
    Audience,
    Choice,
    DeskError,
    Heading,
    Marks,
    Notice,
    Settings,
    Sheet,
    SheetError,
    StoreError,
    build_audience,
    load_settings,
    read_sheet,
    to_csv,
    to_xlsx,
)
from smscore.command.console import (
    DONE,
    WRONG_INPUT,
    describe_refusal,
    format_count,
    format_fault,
    format_notice,
    has_database,
    open_desk,
    print_json,
    print_line,
    print_remark,
)
from smscore.errors import ReportError, explain

EMPTY = {"rows": 0, "contacts": 0, "duplicates": 0, "problems": 0, "opted_out": 0, "phone_column": None}
WRITERS = {".csv": to_csv, ".xlsx": to_xlsx}


@dataclass(frozen=True)
class Finding:
    """What `check` found in a sheet that can be used."""

    audience: Audience

    def to_document(self) -> dict[str, object]:
        """Return the keys of `--json`. `contacts` counts rows.

        Beside these stand, where there is something to say: `extra_contacts`, when cells with several numbers make
        more people than rows; `hidden_phone_columns`, columns with numbers that the workbook hides; `country_columns`;
        `opt_out_columns`; and `header_row`, `title_lines` and `titles`, when lines above the header were not read or
        the header is doubtful.
        """
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
            "opt_out_columns": [_describe_marks(marks) for marks in self.audience.marks],
        }
        beside |= _describe_heading(self.audience.heading)
        return document | {name: found for name, found in beside.items() if found}

    def print(self) -> None:
        """Print the same for people."""
        sums = self.audience.arithmetic()
        used = ", ".join(f"“{column}”" for column in self.audience.phone)
        print_line(f"{self.audience.name}: {format_count(sums.rows, 'row')}, phone column: {used}")
        self._print_heading()
        for name in ("contact", "duplicate", "problem"):
            _print_count(getattr(sums, f"{name}s"), name)
        _print_count(sums.opted_out, "opted out", "opted out")
        if sums.extra_contacts:
            _print_count(sums.extra_contacts, "more person", "more people", ", from cells with several numbers")
        self._print_reasons()
        for notice in self.audience.warnings:
            print_line(format_notice(notice))

    def _print_heading(self) -> None:
        heading = self.audience.heading
        for line in heading.titles:
            print_line(f"Row {line.row:,} above the header was not read: {line.text}")
        if heading.row and heading.titles:
            print_line(f"Row {heading.row:,} is the header.")

    def _print_reasons(self) -> None:
        reasons = self.audience.reasons()
        if reasons:
            print_line("Why rows can't be texted:")
        for code, rows in reasons.items():
            print_line(f"{rows:>12,}  {explain(code, value='…').sentence}")


def _print_count(count: int, one: str, many: str = "", rest: str = "") -> None:
    # Right-aligned figures, two spaces, then what they count.
    figure, _, name = format_count(count, one, many).partition(" ")
    print_line(f"{figure:>12}  {name}{rest}")


def _describe_marks(marks: Marks) -> dict[str, object]:
    return {"column": marks.column, "people": marks.rows, "applied": marks.applied, "unclear": marks.unknown}


def _describe_heading(heading: Heading) -> dict[str, object]:
    if not (heading.title_count or heading.doubtful):
        return {}
    titles = [{"row": line.row, "text": line.text} for line in heading.titles]
    return {"header_row": heading.row or None, "title_lines": heading.title_count, "titles": titles}


def check(options: Namespace) -> int:
    """Print a sheet's arithmetic, and write its contacts and problems where asked; 0, or 2 when it is refused."""
    try:
        check_outputs(options.file, options.valid, options.rejected)
        finding = Finding(_read_audience(options, load_settings()))
        if options.valid:
            write_table(finding.audience.valid, options.valid)
        if options.rejected:
            write_table(finding.audience.rejected, options.rejected)
    except DeskError as fault:
        return _refuse(fault, options.json)
    if options.json:
        print_json(finding.to_document())
    else:
        finding.print()
    return DONE


def _refuse(fault: DeskError, as_json: bool) -> int:
    print_remark(format_fault(fault))
    if as_json:
        print_json(EMPTY | {"reasons": {}, "warnings": []} | describe_refusal(fault))
    return WRONG_INPUT


def _read_audience(options: Namespace, settings: Settings) -> Audience:
    """Return the audience of a sheet; without a readable database, nobody in it is opted out."""
    sheet, choice = read_named_sheet(options), read_choice(options, settings)
    if not has_database(settings):
        return build_audience(sheet, choice)
    try:
        with open_desk(settings) as desk:
            return desk.audiences.build(sheet, choice)
    except StoreError as fault:
        audience = build_audience(sheet, choice)
        unread = Notice("opt_outs_unread", {"cause": fault.sentence})
        return replace(audience, warnings=(*audience.warnings, unread))


def read_choice(options: Namespace, settings: Settings) -> Choice:
    """Return how the options want the sheet to be read."""
    return Choice(
        phone=tuple(options.phone),
        region=(options.region or settings.region).upper(),
        several=options.several or "ask",
        keep=options.keep,
        include_hidden=options.hidden,
        country=options.country,
        opt_out=options.opt_out_column,
    )


def check_decided(audience: Audience) -> None:
    """Refuse an audience with a column that marks people as opted out, as long as nobody has said whether it counts.

    Raises SheetError("opt_out_column_undecided").
    """
    if audience.undecided:
        columns = [marks.column for marks in audience.undecided]
        told = ", ".join(f"{marks.column[:40]} ({marks.rows:,})" for marks in audience.undecided)
        raise SheetError("opt_out_column_undecided", columns=told, choices=tuple(columns))


def read_named_sheet(options: Namespace) -> Sheet:
    """Return the sheet that the options name, read with a bar when somebody watches. Raises SheetError."""
    name = format_name(options.file)
    with _show_reading(options.file) as progress:
        sheet = read_sheet(
            options.file,
            name,
            sheet=options.sheet,
            header=options.header,
            encoding=options.encoding,
            progress=progress,
        )
    if options.sheet and sheet.sheet is None:
        raise SheetError("no_sheets_in_text", name=name)
    if options.encoding and sheet.sheet is not None:
        raise SheetError("no_encoding_in_workbook", name=name)
    return sheet


def format_name(path: Path) -> str:
    """Return a file's name as text that can be stored: bytes that are no UTF-8 become question marks."""
    return path.name.encode("utf-8", "replace").decode()


@contextmanager
def _show_reading(path: Path) -> Iterator[Callable[[float, str], None]]:
    watched = sys.stderr.isatty()
    form = "{desc} {percentage:3.0f}%|{bar}| {elapsed}"
    with tqdm(total=1.0, desc=f"Reading {path.name}", bar_format=form, leave=False, disable=not watched) as bar:

        def show_progress(fraction: float, _what: str) -> None:
            bar.update(max(0.0, min(1.0, fraction) - bar.n))

        yield show_progress


def check_outputs(source: Path | None, *outputs: Path | None) -> None:
    """Refuse files that cannot be written before anything is done. Raises DeskError.

    A report must end in .csv or .xlsx, lie in a folder that exists, and be neither the sheet nor another report.
    """
    taken = [source] if source else []
    for path in filter(None, outputs):
        if path.suffix.lower() not in WRITERS:
            raise DeskError("report_format", name=format_name(path))
        if not path.parent.is_dir():
            raise ReportError("no_such_folder", name=format_name(path))
        if any(path.absolute() == other.absolute() or _is_same_file(path, other) for other in taken):
            raise ReportError("would_overwrite", name=format_name(path))
        taken.append(path)


def _is_same_file(path: Path, other: Path) -> bool:
    return path.exists() and other.exists() and path.samefile(other)


def write_table(table: pd.DataFrame | pa.Table, path: Path) -> None:
    """Write a table by the file's ending. Raises ReportError; then no half of it is left."""
    WRITERS[path.suffix.lower()]([table], path)
