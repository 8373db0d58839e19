"""The package that an XLSX workbook is, made plain where the fast reader would stumble over it or misread it.

The fast reader expects a workbook at xl/workbook.xml, parts in UTF-8 under the names that its relations spell, and a
sheet behind every entry. ECMA-376 part 2 allows more: any place that the relations lead to, names that differ in case,
UTF-16. Programs write backslashes, entries without a sheet, and counts of shared texts for which no memory would do. A
workbook with any of these is read from a plain copy of its parts, made in memory. Sheets of macros, charts and dialogs
hold no contacts and are left out.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from .archive import MOST_UNPACKED, RELATION_TAG, SHEET_TAG, Archive, attributes
from .framing import Refused
from .part_encodings import HEAD, UTF_8, convert_to_utf_8, encoding_of

ROOT = "_rels/.rels"
WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
STRINGS, STYLES, MACROS = "xl/sharedStrings.xml", "xl/styles.xml", "xl/vbaProject.bin"
NO_SHEETS = ("chartsheet", "dialogsheet", "xlmacrosheet", "xlintlmacrosheet")
"""The kinds of relations that lead to something else than a sheet of cells."""
TOLERATED = ("chartsheet", "dialogsheet")
"""Those that the fast reader passes over by itself."""
OPEN_PARTS = ("META-INF/manifest.xml", "content.xml", "styles.xml")
LEAST_TEXT = len("<si/>")
_SETTINGS = re.compile(rb"<(?:\w+:)?(?:workbookPr|calcPr)\s[^>]*>")
_BACKSLASHES = {"\\"}
_STRINGS_TAG = re.compile(rb"<(?:\w+:)?sst\b([^>]*)>")
_COUNTS = re.compile(rb"(<(?:\w+:)?sst\b[^>]*?)\s(?:uniqueCount|count)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"


@dataclass(frozen=True)
class Entry:
    """A sheet of the workbook's list: its name and state, and the part that holds it, "" where there is none."""

    name: str
    state: str
    part: str


@dataclass(frozen=True)
class Package:
    """A workbook's parts. `copy` is what to read in place of the file, None where the file is plain; `missing` names
    the sheets whose parts are not there, `other` those that are no sheets of cells."""

    copy: bytes | None = None
    missing: tuple[str, ...] = ()
    other: frozenset[str] = frozenset()


@dataclass
class _Parts:
    """The parts of an archive under the names that relations may give them."""

    archive: Archive
    names: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in self.archive.names:
            plain = _plain(name)
            if plain in self.names and plain.endswith((".xml", ".rels")):
                raise Refused("unsafe_workbook", why="two of its parts have the same name")
            self.names[plain] = name

    def named(self, name: str) -> str:
        """The archive's own name of a part; "" where there is none."""
        return self.names.get(_plain(name)) or self.names.get(_plain(unquote(name)), "")

    def encoding(self, name: str) -> str:
        return encoding_of(next(self.archive.chunks(name, HEAD), b""))

    def chunks(self, name: str) -> Iterator[bytes]:
        """The bytes of an XML part in UTF-8."""
        encoding, chunks = self.encoding(name), self.archive.chunks(name)
        return chunks if encoding == UTF_8 else convert_to_utf_8(chunks, encoding)

    def whole(self, name: str) -> bytes:
        """All of a small part in UTF-8; b"" where there is none."""
        if not name:
            return b""
        raw = self.archive.whole(name)
        encoding = encoding_of(raw[:HEAD])
        return raw if encoding == UTF_8 else b"".join(convert_to_utf_8([raw], encoding))

    def relations(self, name: str, folder: str) -> dict[str, tuple[str, str]]:
        """The relations of a part in `folder`: id → (last word of the type in small letters, name of the target)."""
        found = {}
        for tag in RELATION_TAG.finditer(self.whole(self.named(name))):
            said = attributes(tag[1])
            target = said.get("Target", "")
            kind = said.get("Type", "").rpartition("/")[2].lower()
            found[said.get("Id", "")] = kind, target if target.startswith(("/", "\\")) else f"{folder}/{target}"
        return found


def _plain(name: str) -> str:
    """A part's name in small letters, without what says nothing: backslashes, dots, a slash in front."""
    return posixpath.normpath("/" + name.replace("\\", "/")).lstrip("/").lower()


def open_package(archive: Archive) -> Package:
    """Look through the parts of a workbook, and copy them where that is needed. Raises `Refused`."""
    parts = _Parts(archive)
    main = parts.named(_main_part(parts))
    if not main or main.lower().endswith(".bin"):
        return Package(_renamed(archive) if _BACKSLASHES & set("".join(archive.names)) else None)
    folder, file = posixpath.split("/" + main.replace("\\", "/"))
    relations = parts.relations(f"{folder}/_rels/{file}.rels", folder)
    book = _Book(parts, main, relations)
    entries, other, missing = book.entries()
    if not entries:
        if missing:
            raise Refused("damaged_workbook")
        return Package()
    return Package(None if book.is_plain() else book.copied(entries), missing, other)


def plain_document(archive: Archive) -> bytes | None:
    """A copy of an OpenDocument workbook whose XML is in UTF-8; None where it already is. Raises `Refused`."""
    parts = _Parts(archive)
    xml = [name for name in OPEN_PARTS if name in archive.names]
    if b"encryption-data" in parts.whole(parts.named(OPEN_PARTS[0])):
        raise Refused("password_protected")
    if all(parts.encoding(name) == UTF_8 for name in xml):
        return None
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
        copy.writestr("mimetype", archive.whole("mimetype"))
        size = 0
        for name in xml:
            size = _copy(copy, parts.chunks(name), name, size)
    return packed.getvalue()


def _renamed(archive: Archive) -> bytes:
    """A copy of a package whose parts are named with slashes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
        size = 0
        for name in sorted(archive.names):
            size = _copy(copy, archive.chunks(name), name.replace("\\", "/"), size)
    return packed.getvalue()


def _copy(archive: zipfile.ZipFile, chunks: Iterable[bytes], name: str, size: int) -> int:
    """Copy a part; `size` bytes are in the copy already. Return how many are then."""
    with archive.open(name, "w", force_zip64=True) as target:
        for chunk in chunks:
            size += target.write(chunk)
            if size > MOST_UNPACKED:
                raise Refused("zip_too_large", megabytes=size >> 20)
    return size


def _main_part(parts: _Parts) -> str:
    targets = [target for kind, target in parts.relations(ROOT, "").values() if kind == "officedocument"]
    return next((target for target in targets if parts.named(target)), WORKBOOK)


@dataclass
class _Book:
    """A workbook: its main part, and that part's relations."""

    parts: _Parts
    main: str
    relations: Mapping[str, tuple[str, str]]
    odd: bool = False

    def entries(self) -> tuple[list[Entry], frozenset[str], tuple[str, ...]]:
        """The sheets of cells, the names of the others, and those of sheets whose parts are missing."""
        found, other, missing = [], set(), []
        for tag in SHEET_TAG.finditer(self.parts.whole(self.main)):
            said = attributes(tag[1])
            relation = next((said[name] for name in said if name.split(":")[-1] == "id"), "")
            kind, target = self.relations.get(relation, ("", ""))
            entry = Entry(said.get("name", ""), said.get("state", "visible"), self.parts.named(target))
            if kind in NO_SHEETS or not relation:
                other.add(entry.name)
                self.odd = self.odd or kind not in TOLERATED
            elif not entry.part:
                missing.append(entry.name)
                self.odd = True
            else:
                self.odd = self.odd or entry.part != _as_the_reader_does(target)
                found.append(entry)
        return found, frozenset(other), tuple(missing)

    def is_plain(self) -> bool:
        """Whether the fast reader finds and reads all that the workbook says."""
        archive = self.parts.archive
        usual = self.main == WORKBOOK and {ROOT, RELATIONS} <= archive.names
        apart = any(self._part(kind) not in ("", name) for kind, name in _BESIDE.items())
        xml = [name for name in archive.names if name.lower().endswith((".xml", ".rels"))]
        return (
            usual
            and not (apart or self.odd or self._counts_lie())
            and all(self.parts.encoding(name) == UTF_8 for name in xml)
        )

    def _part(self, kind: str) -> str:
        targets = (target for found, target in self.relations.values() if found == kind)
        return next((part for target in targets if (part := self.parts.named(target))), "")

    def _counts_lie(self) -> bool:
        """Whether the shared texts claim to be more than their bytes can hold: the reader makes room for them all."""
        if not (part := self._part("sharedstrings")):
            return False
        head = next(self.parts.archive.chunks(part, HEAD), b"")
        tag = _STRINGS_TAG.search(head)
        claimed = attributes(tag[1]).get("uniqueCount", "") if tag else ""
        return claimed.isdecimal() and (len(claimed) > 12 or int(claimed) > self.parts.archive.size(part) // LEAST_TEXT)

    def copied(self, entries: list[Entry]) -> bytes:
        """A package of the same sheets, texts and styles, as the fast reader expects it."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            sheets = [replace(entry, part=f"worksheets/sheet{at}.xml") for at, entry in enumerate(entries, 1)]
            size = 0
            for entry, sheet in zip(entries, sheets, strict=True):
                size = _copy(archive, self.parts.chunks(entry.part), f"xl/{sheet.part}", size)
            for kind, name in _BESIDE.items():
                if part := self._part(kind):
                    chunks = self.parts.chunks(part)
                    size = _copy(archive, map(_without_counts, chunks) if name == STRINGS else chunks, name, size)
            kept = b"".join(_SETTINGS.findall(self.parts.whole(self.main))).decode("utf-8", "replace")
            archive.writestr(WORKBOOK, _workbook(sheets, kept))
            archive.writestr(RELATIONS, _relations([("worksheet", sheet.part) for sheet in sheets]))
            archive.writestr(ROOT, _relations([("officeDocument", WORKBOOK)]))
            if self.parts.archive.has_macros():
                archive.writestr(MACROS, b"")
        return packed.getvalue()


_BESIDE = {"sharedstrings": STRINGS, "styles": STYLES}


def _as_the_reader_does(target: str) -> str:
    """The part that the fast reader looks for."""
    return target.removeprefix("/")


def _without_counts(chunk: bytes) -> bytes:
    return _COUNTS.sub(rb"\1", _COUNTS.sub(rb"\1", chunk, count=1), count=1)


def _workbook(sheets: list[Entry], settings: str) -> str:
    from xml.sax.saxutils import quoteattr  # loads HTTP and TLS with it, and few workbooks need a plain copy

    listed = "".join(
        f'<sheet name={quoteattr(sheet.name)} sheetId="{at}" state={quoteattr(sheet.state)} r:id="rId{at}"/>'
        for at, sheet in enumerate(sheets, 1)
    )
    settings = re.sub(r"<(?:\w+:)?(\w+)([^>]*?)/?>", r"<\1\2/>", settings)
    return f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{settings}<sheets>{listed}</sheets></workbook>'


def _relations(targets: list[tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{at}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}">{listed}</Relationships>'
