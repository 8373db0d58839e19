"""The parts of an XLSX workbook, copied to the usual names where the fast reader would fail or misread them.

The fast reader expects a workbook at xl/workbook.xml, parts in UTF-8 under the names that its relations spell, and a
sheet behind every entry. ECMA-376 part 2 allows more: any place that the relations lead to, names that differ in case,
UTF-16. Programs write backslashes, entries without a sheet, and counts of shared texts for which no memory would be
enough. A workbook with any of these is read from a copy of its parts, made in memory. Sheets of macros, charts and
dialogs hold no contacts and are left out.
"""

from __future__ import annotations

import io
import posixpath
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import unquote

from .archive import MOST_UNPACKED, RELATION_TAG, SHEET_TAG, Archive
from .framing import Refused
from .xml_parts import HEAD, UTF_8, convert_to_utf_8, detect_part_encoding, parse_attributes

ROOT = "_rels/.rels"
WORKBOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
STRINGS, STYLES, MACROS = "xl/sharedStrings.xml", "xl/styles.xml", "xl/vbaProject.bin"
NO_SHEETS = ("chartsheet", "dialogsheet", "xlmacrosheet", "xlintlmacrosheet")
"""The types of relations that lead to something other than a sheet of cells."""
TOLERATED = ("chartsheet", "dialogsheet")
"""Those that the fast reader skips by itself."""
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
    """What to read of a workbook: `copy` in place of the file, None where the file itself can be read; `missing` names
    the sheets without a part, `other` those that are not sheets of cells."""

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
            plain = _normalize_name(name)
            if plain in self.names and plain.endswith((".xml", ".rels")):
                raise Refused("unsafe_workbook", why="two of its parts have the same name")
            self.names[plain] = name

    def find(self, name: str) -> str:
        """Return the archive's own name of a part; "" where there is none."""
        return self.names.get(_normalize_name(name)) or self.names.get(_normalize_name(unquote(name)), "")

    def detect_encoding(self, name: str) -> str:
        return detect_part_encoding(next(self.archive.read_chunks(name, HEAD), b""))

    def read_chunks(self, name: str) -> Iterator[bytes]:
        """Yield the bytes of an XML part in UTF-8."""
        encoding, chunks = self.detect_encoding(name), self.archive.read_chunks(name)
        return chunks if encoding == UTF_8 else convert_to_utf_8(chunks, encoding)

    def read_whole(self, name: str) -> bytes:
        """Return all of a small part in UTF-8; b"" where there is none."""
        if not name:
            return b""
        raw = self.archive.read_whole(name)
        encoding = detect_part_encoding(raw[:HEAD])
        return raw if encoding == UTF_8 else b"".join(convert_to_utf_8([raw], encoding))

    def read_relations(self, name: str, folder: str) -> dict[str, tuple[str, str]]:
        """Return the relations of a part in `folder`: id → (last word of the type in small letters, name of the
        target).
        """
        found = {}
        for tag in RELATION_TAG.finditer(self.read_whole(self.find(name))):
            attributes = parse_attributes(tag[1])
            target = attributes.get("Target", "")
            kind = attributes.get("Type", "").rpartition("/")[2].lower()
            found[attributes.get("Id", "")] = kind, target if target.startswith(("/", "\\")) else f"{folder}/{target}"
        return found


def _normalize_name(name: str) -> str:
    """Return the name of a part in small letters, with slashes, without dots and a slash in front."""
    return posixpath.normpath("/" + name.replace("\\", "/")).lstrip("/").lower()


def open_package(archive: Archive) -> Package:
    """Check the parts of a workbook, and copy them where that is needed. Raises `Refused`."""
    parts = _Parts(archive)
    main = parts.find(_find_main_part(parts))
    if not main or main.lower().endswith(".bin"):
        return Package(_copy_with_slashes(archive) if _BACKSLASHES & set("".join(archive.names)) else None)
    folder, file = posixpath.split("/" + main.replace("\\", "/"))
    relations = parts.read_relations(f"{folder}/_rels/{file}.rels", folder)
    book = _Book(parts, main, relations)
    entries, other, missing = book.list_entries()
    if not entries:
        if missing:
            raise Refused("damaged_workbook")
        return Package()
    return Package(None if book.is_plain() else book.build_copy(entries), missing, other)


def simplify_document(archive: Archive) -> bytes | None:
    """Return a copy of an OpenDocument workbook whose XML is in UTF-8; None where it already is. Raises `Refused`."""
    parts = _Parts(archive)
    xml = [name for name in OPEN_PARTS if name in archive.names]
    if b"encryption-data" in parts.read_whole(parts.find(OPEN_PARTS[0])):
        raise Refused("password_protected")
    if all(parts.detect_encoding(name) == UTF_8 for name in xml):
        return None
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
        copy.writestr("mimetype", archive.read_whole("mimetype"))
        size = 0
        for name in xml:
            size = _copy(copy, parts.read_chunks(name), name, size)
    return packed.getvalue()


def _copy_with_slashes(archive: Archive) -> bytes:
    """Return a copy of a package whose parts are named with slashes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as copy:
        size = 0
        for name in sorted(archive.names):
            size = _copy(copy, archive.read_chunks(name), name.replace("\\", "/"), size)
    return packed.getvalue()


def _copy(archive: zipfile.ZipFile, chunks: Iterable[bytes], name: str, size: int) -> int:
    """Copy a part into an archive that holds `size` bytes; return how many it holds then."""
    with archive.open(name, "w", force_zip64=True) as target:
        for chunk in chunks:
            size += target.write(chunk)
            if size > MOST_UNPACKED:
                raise Refused("zip_too_large", megabytes=size >> 20)
    return size


def _find_main_part(parts: _Parts) -> str:
    targets = [target for kind, target in parts.read_relations(ROOT, "").values() if kind == "officedocument"]
    return next((target for target in targets if parts.find(target)), WORKBOOK)


@dataclass
class _Book:
    """A workbook: its main part, and that part's relations."""

    parts: _Parts
    main: str
    relations: Mapping[str, tuple[str, str]]
    odd: bool = False

    def list_entries(self) -> tuple[list[Entry], frozenset[str], tuple[str, ...]]:
        """Return the sheets of cells, the names of the others, and those of sheets whose parts are missing."""
        found, other, missing = [], set(), []
        for tag in SHEET_TAG.finditer(self.parts.read_whole(self.main)):
            attributes = parse_attributes(tag[1])
            relation = next((attributes[name] for name in attributes if name.split(":")[-1] == "id"), "")
            kind, target = self.relations.get(relation, ("", ""))
            entry = Entry(attributes.get("name", ""), attributes.get("state", "visible"), self.parts.find(target))
            if kind in NO_SHEETS or not relation:
                other.add(entry.name)
                self.odd = self.odd or kind not in TOLERATED
            elif not entry.part:
                missing.append(entry.name)
                self.odd = True
            else:
                self.odd = self.odd or entry.part != _predict_part(target)
                found.append(entry)
        return found, frozenset(other), tuple(missing)

    def is_plain(self) -> bool:
        """Return whether the fast reader finds and reads everything as it is."""
        archive = self.parts.archive
        usual = self.main == WORKBOOK and {ROOT, RELATIONS} <= archive.names
        apart = any(self._find_part(kind) not in ("", name) for kind, name in _BESIDE.items())
        xml = [name for name in archive.names if name.lower().endswith((".xml", ".rels"))]
        return (
            usual
            and not (apart or self.odd or self._has_false_counts())
            and all(self.parts.detect_encoding(name) == UTF_8 for name in xml)
        )

    def _find_part(self, kind: str) -> str:
        targets = (target for found, target in self.relations.values() if found == kind)
        return next((part for target in targets if (part := self.parts.find(target))), "")

    def _has_false_counts(self) -> bool:
        """Return whether the shared texts claim to be more than their bytes can hold: the reader makes room for them
        all.
        """
        if not (part := self._find_part("sharedstrings")):
            return False
        head = next(self.parts.archive.read_chunks(part, HEAD), b"")
        tag = _STRINGS_TAG.search(head)
        claimed = parse_attributes(tag[1]).get("uniqueCount", "") if tag else ""
        return claimed.isdecimal() and (
            len(claimed) > 12 or int(claimed) > self.parts.archive.get_size(part) // LEAST_TEXT
        )

    def build_copy(self, entries: list[Entry]) -> bytes:
        """Return a package of the same sheets, texts and styles, as the fast reader expects it."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            sheets = [replace(entry, part=f"worksheets/sheet{at}.xml") for at, entry in enumerate(entries, 1)]
            size = 0
            for entry, sheet in zip(entries, sheets, strict=True):
                size = _copy(archive, self.parts.read_chunks(entry.part), f"xl/{sheet.part}", size)
            for kind, name in _BESIDE.items():
                if part := self._find_part(kind):
                    chunks = self.parts.read_chunks(part)
                    size = _copy(archive, map(_remove_counts, chunks) if name == STRINGS else chunks, name, size)
            kept = b"".join(_SETTINGS.findall(self.parts.read_whole(self.main))).decode("utf-8", "replace")
            archive.writestr(WORKBOOK, _write_workbook(sheets, kept))
            archive.writestr(RELATIONS, _write_relations([("worksheet", sheet.part) for sheet in sheets]))
            archive.writestr(ROOT, _write_relations([("officeDocument", WORKBOOK)]))
            if self.parts.archive.has_macros():
                archive.writestr(MACROS, b"")
        return packed.getvalue()


_BESIDE = {"sharedstrings": STRINGS, "styles": STYLES}


def _predict_part(target: str) -> str:
    """Return the part that the fast reader looks for, given the target of a relation."""
    return target.removeprefix("/")


def _remove_counts(chunk: bytes) -> bytes:
    return _COUNTS.sub(rb"\1", _COUNTS.sub(rb"\1", chunk, count=1), count=1)


def _write_workbook(sheets: list[Entry], settings: str) -> str:
    from xml.sax.saxutils import quoteattr  # it loads HTTP and TLS, and few workbooks need a copy

    listed = "".join(
        f'<sheet name={quoteattr(sheet.name)} sheetId="{at}" state={quoteattr(sheet.state)} r:id="rId{at}"/>'
        for at, sheet in enumerate(sheets, 1)
    )
    settings = re.sub(r"<(?:\w+:)?(\w+)([^>]*?)/?>", r"<\1\2/>", settings)
    return f'<workbook xmlns="{_MAIN}" xmlns:r="{_OFFICE}">{settings}<sheets>{listed}</sheets></workbook>'


def _write_relations(targets: list[tuple[str, str]]) -> str:
    listed = "".join(
        f'<Relationship Id="rId{at}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
        for at, (kind, target) in enumerate(targets, 1)
    )
    return f'<Relationships xmlns="{_PACKAGE}">{listed}</Relationships>'
