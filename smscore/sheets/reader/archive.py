"""A zipped workbook, checked before anything parses it: parts, sizes, names, document types.

An honest sheet of a million rows unpacks to half a gigabyte at a ratio of ten to thirty, so a fixed size cannot tell it
from a bomb. The ratio can: nothing honest and large packs better than two hundred to one.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO
from zlib import error as ZlibError

from .framing import Refused
from .xml_parts import parse_attributes

CHUNK = 4 << 20
MOST_PARTS = 20_000
MOST_UNPACKED = 2 << 30
HONEST_RATIO = 200
SMALL_PART = 16 << 20
PROLOG = 8_192
ASIDES = {b"<!--": b"-->", b"<?": b"?>"}
SHEET_TAG = re.compile(rb"<(?:\w+:)?sheet\s([^>]*)>")
RELATION_TAG = re.compile(rb"<(?:\w+:)?Relationship\s([^>]*)>")
OPEN_DOCUMENT = b"application/vnd.oasis.opendocument.spreadsheet"


@dataclass(frozen=True)
class SheetPart:
    """A sheet of a workbook: its name, the part that holds it ("" when unknown), and whether it is hidden."""

    name: str
    part: str
    hidden: bool


class Archive:
    """An opened zip whose directory was found sound. Nothing is ever unpacked to disk."""

    def __init__(self, source: BinaryIO) -> None:
        """Open an archive. Raises `Refused` for a damaged, swollen or misleading one."""
        try:
            self._zip = zipfile.ZipFile(source)
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OSError):
            raise Refused("damaged_workbook") from None
        self._parts = self._zip.infolist()
        self.names = frozenset(part.filename for part in self._parts)
        self._check_names()
        self._check_sizes()

    def _check_names(self) -> None:
        if len(self._parts) > MOST_PARTS:
            raise Refused("unsafe_workbook", why=f"it holds {len(self._parts):,} parts")
        if len(self.names) < len(self._parts):
            raise Refused("unsafe_workbook", why="two of its parts have the same name")
        if any(part.startswith(("/", "\\")) or ".." in re.split(r"[/\\]", part) for part in self.names):
            raise Refused("unsafe_workbook", why="one of its parts is named so as to be written outside the workbook")
        if any(part.flag_bits & 1 for part in self._parts):
            raise Refused("password_protected")

    def _check_sizes(self) -> None:
        total = sum(part.file_size for part in self._parts)
        swollen = any(
            part.file_size > SMALL_PART and part.file_size > HONEST_RATIO * max(part.compress_size, 1)
            for part in self._parts
        )
        if swollen or total > MOST_UNPACKED:
            raise Refused("zip_too_large", megabytes=total >> 20)

    def detect_kind(self) -> str:
        """Return xlsx, xlsb or ods. Raises `Refused` where the archive is not a workbook, or lacks its main part."""
        if "xl/workbook.xml" in self.names:
            return "xlsx"
        if "xl/workbook.bin" in self.names:
            return "xlsb"
        if self.is_open_document():
            return "ods"
        if any(part.startswith("xl/") for part in self.names):
            raise Refused("damaged_workbook")
        raise Refused("not_a_sheet", what="an archive that holds no workbook")

    def is_open_document(self) -> bool:
        """Return whether it declares itself an OpenDocument sheet."""
        return "mimetype" in self.names and self.read_whole("mimetype").startswith(OPEN_DOCUMENT)

    def has_macros(self) -> bool:
        """Return whether the workbook holds a macro project."""
        return any(part.endswith("vbaProject.bin") for part in self.names)

    def check_document_types(self) -> None:
        """Refuse a workbook any part of which starts with a document type: entities are only ever an attack here."""
        for part in self.names:
            if part.lower().endswith((".xml", ".rels")) and self._declares_entities(part):
                raise Refused("unsafe_workbook", why="one of its parts declares entities of its own")

    def _declares_entities(self, part: str) -> bool:
        """Return whether a part has a declaration before its first element."""
        rest = b""
        for chunk in self.read_chunks(part, PROLOG):
            rest, found = _find_first_tag(rest + chunk.replace(b"\0", b""))
            if found:
                return found == b"<!"
        return False

    def get_size(self, part: str) -> int:
        """Return the unpacked size of a part in bytes, as the archive declares it; never more than that is read."""
        return self._zip.getinfo(part).file_size

    def read_chunks(self, part: str, size: int = CHUNK) -> Iterator[bytes]:
        """Yield the unpacked bytes of a part. Raises `Refused` where they are damaged or not as many as declared."""
        try:
            with self._zip.open(part) as stream:
                while chunk := stream.read(size):
                    yield chunk
        except (zipfile.BadZipFile, ZlibError, EOFError, NotImplementedError, OSError):
            raise Refused("damaged_workbook") from None

    def read_whole(self, part: str) -> bytes:
        """Return all bytes of a part that is small in an honest workbook; b"" where there is no such part."""
        if part not in self.names:
            return b""
        if self.get_size(part) > SMALL_PART:
            raise Refused("zip_too_large", megabytes=self.get_size(part) >> 20)
        return b"".join(self.read_chunks(part))

    def list_sheets(self) -> list[SheetPart]:
        """Return the sheets of an XLSX workbook in the order of its tabs."""
        targets = {}
        for tag in RELATION_TAG.finditer(self.read_whole("xl/_rels/workbook.xml.rels")):
            relation = parse_attributes(tag[1])
            targets[relation.get("Id")] = resolve_target(relation.get("Target", ""))
        found = []
        for tag in SHEET_TAG.finditer(self.read_whole("xl/workbook.xml")):
            sheet = parse_attributes(tag[1])
            part = targets.get(next((sheet[name] for name in sheet if name.split(":")[-1] == "id"), ""), "")
            hidden = sheet.get("state", "visible") != "visible"
            found.append(SheetPart(sheet.get("name", ""), part if part in self.names else "", hidden))
        return found


def _find_first_tag(xml: bytes) -> tuple[bytes, bytes]:
    """Return the first bytes of the first tag but comments and instructions; before it, the XML to keep until it comes.

    One of the two is b"".
    """
    at = 0
    while 0 <= (at := xml.find(b"<", at)) < len(xml) - 3:
        start = b"<!--" if xml.startswith(b"<!--", at) else xml[at : at + 2]
        if start not in ASIDES:
            return b"", start
        end = xml.find(ASIDES[start], at + len(start))
        if end < 0:
            return start + xml[max(at + len(start), len(xml) - 2) :], b""
        at = end + len(ASIDES[start])
    return xml[at:] if at >= 0 else b"", b""


def resolve_target(target: str) -> str:
    """Return the name of the part that a relation of the workbook leads to."""
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
