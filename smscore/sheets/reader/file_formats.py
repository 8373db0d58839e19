"""The registry of file formats, and what a file is by its first bytes: never by its name.

`docs/recipes.md` shows how a format is added.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import BinaryIO

from .encodings import ISO_2022, detect_wide_without_mark
from .framing import Refused

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

CLOSER_LOOK = 64 << 10
HIDDEN_IN_TEXT = bytes(range(0x01, 0x09)) + bytes(range(0x0E, 0x1B))
DOS_END = b"\x1a"
"""Ctrl-Z, with which DOS ends a text."""
MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
PICTURES_AND_ARCHIVES = {
    b"\x89PNG": "a PNG picture",
    b"\xff\xd8\xff": "a JPEG picture",
    b"GIF8": "a GIF picture",
    b"%PDF": "a PDF document",
    b"\x1f\x8b": "a gzip archive",
    b"BZh": "a bzip2 archive",
    b"\xfd7zXZ": "an xz archive",
    b"7z\xbc\xaf": "a 7-Zip archive",
    b"Rar!": "a RAR archive",
    b"\x28\xb5\x2f\xfd": "a Zstandard archive",
    b"{\\rtf": "a rich text document",
    b"\x7fELF": "a program",
    b"MZ\x90": "a program",
    b"SQLite format 3": "a database",
    b"PAR1": "a Parquet file",
    b"ARROW1": "an Arrow file",
    b"RIFF": "a media file",
    b"ID3": "a sound file",
}

_WEB = rb"<(html|!doctype|table|\?xml|head|meta)|<(!--|[a-z]+[ >]).*</?(table|tr|td|div|html)\b"
_JSON = rb"(\[\s*)?\{\s*\"[^\"\n]*\"\s*:|\[\s*\[\s*\""
_CARD = rb"begin:(vcard|vcalendar)\s"
_SQL = rb"(?=--|/\*|#|(insert|create|drop|set|use|begin|start|pragma|lock|alter)\b)"
_SQL += rb".*?(insert\s+into|create\s+table)\s+[^,;]*\("
_MAIL = rb"([a-z-]+: [^\n]*\n([ \t][^\n]*\n)*)*(mime-version|content-type): "
MADE_FOR_PROGRAMS = {
    re.compile(_WEB, re.DOTALL): "a web page or XML document",
    re.compile(_JSON): "JSON, which programs exchange",
    re.compile(_CARD): "a card of an address book or calendar (vCard)",
    re.compile(_SQL, re.DOTALL): "commands for a database (SQL)",
    re.compile(_MAIL): "an e-mail or web archive",
}
"""Texts that no spreadsheet writes, by their beginnings in small letters."""


def find_reader(head: bytes) -> str | None:
    """Return the module that reads a file which begins with `head`; None where no format begins so."""
    return next((each.reader for each in FORMATS.values() if each.begins and head.startswith(each.begins)), None)


def detect_reader(source: BinaryIO) -> str:
    """Return the module that reads an open file, judged by its first 64 KiB.

    Raises `Refused` for what is not a sheet.
    """
    head = source.read(CLOSER_LOOK)
    source.seek(0)
    if reader := find_reader(head):
        return reader
    _refuse_other_formats(head)
    return FORMATS["text"].reader


def _refuse_other_formats(head: bytes) -> None:
    for magic, what in PICTURES_AND_ARCHIVES.items():
        if head.startswith(magic):
            raise Refused("not_a_sheet", what=what)
    # Without its zeros, UTF-16 of Latin letters reads like ASCII.
    start = head.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    for pattern, what in MADE_FOR_PROGRAMS.items():
        if pattern.match(start):
            raise Refused("not_a_sheet", what=what)
    if _looks_binary(head):
        raise Refused("not_a_sheet", what="not text")


def _is_wide_text(head: bytes) -> bool:
    """Return whether it is UTF-16 or UTF-32 without a mark, in which other bytes than letters look like control
    characters.
    """
    if not (codec := detect_wide_without_mark(head)):
        return False
    text = head.decode(codec, "ignore")
    return sum(letter < " " and letter not in "\t\r\n" for letter in text) * 20 <= len(text)


def _looks_binary(head: bytes) -> bool:
    """Return whether more than a twentieth of the bytes are control characters that no sheet holds.

    Zero bytes are judged apart: UTF-16 is full of them, and a damaged CSV may hold a few.
    """
    if head.startswith(MARKS) or _is_wide_text(head) or any(pattern.search(head) for pattern in ISO_2022):
        return False
    head = head.rstrip(DOS_END + b"\r\n")
    odd = len(head) - len(head.translate(None, HIDDEN_IN_TEXT))
    nul = head.count(0)
    return odd * 20 > len(head) or nul * 10 > len(head) * 9
