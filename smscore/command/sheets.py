"""A file and the options beside it, as an audience; and the files that a command writes."""

from __future__ import annotations

import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd
import pyarrow as pa
from tqdm import tqdm

from smscore import Audience, Choice, DeskError, Settings, Sheet, SheetError, read_sheet, to_csv, to_xlsx
from smscore.errors import ReportError

WRITERS = {".csv": to_csv, ".xlsx": to_xlsx}


def choice_of(options: Namespace, settings: Settings) -> Choice:
    """How the options want the sheet to be read."""
    return Choice(
        phone=tuple(options.phone),
        region=(options.region or settings.region).upper(),
        several=options.several or "ask",
        keep=options.keep,
        include_hidden=options.hidden,
        country=options.country,
        opt_out=options.opt_out_column,
    )


def must_be_decided(audience: Audience) -> None:
    """Refuse an audience with a column that marks people as opted out, as long as nobody has said whether it counts.
    Raises SheetError("opt_out_column_undecided")."""
    if audience.undecided:
        columns = [marks.column for marks in audience.undecided]
        told = ", ".join(f"{marks.column[:40]} ({marks.rows:,})" for marks in audience.undecided)
        raise SheetError("opt_out_column_undecided", columns=told, choices=tuple(columns))


def sheet_of(options: Namespace) -> Sheet:
    """The sheet that the options name, read with a bar when somebody watches. Raises SheetError."""
    name = shown_name(options.file)
    asked = {"sheet": options.sheet, "header": options.header, "encoding": options.encoding}
    with _reading(options.file) as progress:
        sheet = read_sheet(options.file, name, progress=progress, **asked)
    if options.sheet and sheet.sheet is None:
        raise SheetError("no_sheets_in_text", name=name)
    if options.encoding and sheet.sheet is not None:
        raise SheetError("no_encoding_in_workbook", name=name)
    return sheet


def shown_name(path: Path) -> str:
    """A file's name as text that can be stored: bytes that are no UTF-8 become question marks."""
    return path.name.encode("utf-8", "replace").decode()


@contextmanager
def _reading(path: Path) -> Iterator[Callable[[float, str], None]]:
    watched = sys.stderr.isatty()
    form = "{desc} {percentage:3.0f}%|{bar}| {elapsed}"
    with tqdm(total=1.0, desc=f"Reading {path.name}", bar_format=form, leave=False, disable=not watched) as bar:

        def progress(fraction: float, _what: str) -> None:
            bar.update(max(0.0, min(1.0, fraction) - bar.n))

        yield progress


def must_be_writable(source: Path | None, *outputs: Path | None) -> None:
    """Refuse files that cannot be written before anything is done. Raises DeskError.

    A report must end in .csv or .xlsx, lie in a folder that exists, and be neither the sheet nor another report.
    """
    taken = [source] if source else []
    for path in filter(None, outputs):
        if path.suffix.lower() not in WRITERS:
            raise DeskError("report_format", name=shown_name(path))
        if not path.parent.is_dir():
            raise ReportError("no_such_folder", name=shown_name(path))
        if any(path.absolute() == other.absolute() or _same(path, other) for other in taken):
            raise ReportError("would_overwrite", name=shown_name(path))
        taken.append(path)


def _same(path: Path, other: Path) -> bool:
    return path.exists() and other.exists() and path.samefile(other)


def write(table: pd.DataFrame | pa.Table, path: Path) -> None:
    """Write a table by the file's ending. Raises ReportError; then no half of it is left."""
    WRITERS[path.suffix.lower()]([table], path)
