"""The registry of file formats: what each is called, how its files end and begin, and what reads it.

`docs/recipes.md` shows how a format is added.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

ZIP, OLE2 = b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@dataclass(frozen=True)
class FileFormat:
    """One format that holds a sheet of contacts."""

    what: str
    """What a file of it is, as sentences say it: "an Excel workbook"."""
    suffixes: tuple[str, ...]
    """The endings of its files, without a dot, the usual ones first."""
    reader: str
    """The module of this package that reads it, by its `read(source, writer, order)`."""
    begins: bytes = b""
    """The first bytes of every such file; b"" for text, which is what nothing else is."""


FORMATS: Mapping[str, FileFormat] = {
    "text": FileFormat(
        "a text file (CSV)", ("csv", "tsv", "txt", "tab", "psv", "dat", "prn", "md"), reader="delimited"
    ),
    "xlsx": FileFormat("an Excel workbook", ("xlsx", "xlsm", "xltx", "xltm"), reader="workbook", begins=ZIP),
    "xls": FileFormat("an Excel 97-2003 workbook", ("xls", "xlt"), reader="workbook", begins=OLE2),
    "xlsb": FileFormat("a binary Excel workbook", ("xlsb",), reader="workbook", begins=ZIP),
    "ods": FileFormat("an OpenDocument sheet", ("ods", "ots"), reader="workbook", begins=ZIP),
}


def reader_for(head: bytes) -> str | None:
    """Return the module that reads a file which begins with `head`; None where no format begins so."""
    return next((each.reader for each in FORMATS.values() if each.begins and head.startswith(each.begins)), None)
