"""OpenDocument sheets (ODS), simplified where the fast reader would fail, and searched for hidden rows and columns.

The fast reader knows the XML that spreadsheet programs write. Of what else is allowed, it refuses some (indented rows,
comments between cells) and silently misreads some: CDATA, tabs and line breaks are lost, so is the text of a cell that
is not marked as text, and indentation becomes part of a cell. A file with any of these is therefore read from a
simplified copy of the same sheet.

Hidden rows and columns, OpenDocument 1.3 part 3: table:visibility 19.752 of one, table:display 19.625 of a group of
them; a row without height (style:row-height) or a column without width (style:column-width) cannot be seen either.
White space in paragraphs: 6.1.2; outside of them it says nothing.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import IO

from .archive import MOST_UNPACKED, Archive
from .framing import Refused
from .xml_parts import ATTRIBUTES, check_length, compile_tag_pattern, read_tags, remove_comments

CONTENT = "content.xml"
MANIFEST = "META-INF/manifest.xml"
OVERLAP = 1024
END_OF_ROW = b"</table:table-row>"

# As in `xml_parts`, no pattern reads past the next "<", or goes back.
_PROLOG = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*+<\?xml\s[^<>]*+>\s*+")
_SIGNS = (b"<!", b"<?", b"<text:tab", b"<text:line-break", b"<text:soft-page-break", b"<text:ruby-text")
_INDENT = re.compile(rb">\s++(?=</?(?!text:)\w+:|</?text:list|<text:[ph][\s/>])")
"""White space before a tag that does not stand within a paragraph."""
_GROUPS = {"table:table-row-group": "rows", "table:table-column-group": "columns"}
_SIZES = {
    "style:table-row-properties": ("rows", "style:row-height"),
    "style:table-column-properties": ("columns", "style:column-width"),
}
_TAGS = compile_tag_pattern("table:table", "table:table-row", "table:table-column", "style:style", *_GROUPS, *_SIZES)
_NO_HEIGHT = re.compile(r"0*\.?0*[a-z]*")
_UNTYPED = re.compile(
    rb"<(table:(?:covered-)?table-cell)(?=[\s>])(?![^<]*office:value-type)[^<]*+(?<=[^/]>)(?=<text:p[\s>])"
)
"""A cell with text that does not say what it holds; no attribute holds a "<"."""
_COVERED = re.compile(
    rb"<table:covered-table-cell(?=[\s/>])("
    + ATTRIBUTES
    + rb")(?:(?<=/)>|(?<!/)>[^<]*+(?:<(?!/table:covered-table-cell[\s>])[^<]*+)*+</table:covered-table-cell\s*+>)"
)
_COVERED_VALUE = re.compile(
    rb"<table:covered-table-cell(?=[\s/>])(?:[^<>]*+(?<!/)>(?!<)|[^<>]*+(?<!/)><(?!/)|[^<>]*?office:)"
)
"""A cell that another one covers, with invisible content."""
_REPEATED = re.compile(rb"\stable:number-columns-repeated\s*=\s*(?:\"\d+\"|'\d+')")
_RUBY = re.compile(
    rb"<text:ruby-text(?=[\s/>])"
    + ATTRIBUTES
    + rb"(?:(?<=/)>|(?<!/)>[^<]*+(?:<(?!/text:ruby-text[\s>])[^<]*+)*+</text:ruby-text\s*+>)"
)
"""How the signs before it are spoken, above them in small letters."""
_PARAGRAPH = re.compile(
    rb"<text:([ph])(?=[\s>])" + ATTRIBUTES + rb"(?<!/)>"
    rb"[^<]*+(?:<(?!/?text:[ph][\s/>])[^<]*+)*+</text:\1\s*+>"
)
_PIECES = re.compile(rb"(<" + ATTRIBUTES + rb">)")
_BROKEN = re.compile(rb"[\n\r\t]|<text:(?:tab|line-break)")
_STANDS_FOR = re.compile(rb"<(/?)text:(tab|line-break)(?=[\s/>])")
_MEANT = {b"tab": b"&#9;", b"line-break": b"&#10;"}
_PAGE_BREAK = re.compile(rb"</?text:soft-page-break(?=[\s/>])" + ATTRIBUTES + rb">")


_SHOWN_OTHERWISE = re.compile(rb"""office:value=["']([^<>"']*+)["'][^<>]*+>(?:<text:p>)(?!\1<)([^<]*+)<""")
"""A number whose text is not the same as its value."""
_POWER = re.compile(rb"[0-9]E[+-]?[0-9]", re.IGNORECASE)
_DECIMALS = re.compile(rb"[.,][0-9]+(?=[^0-9]*$)")


def adds_digits(value: bytes, text: bytes) -> bool:
    """Return whether the text that is shown of a number has a calling code, or digits that the number has not."""
    if _POWER.search(text) or b"%" in text:
        return False
    if b"+" in text:
        return True
    value = value.removesuffix(b".0")
    shown, whole = (re.sub(rb"[^0-9]", b"", each) for each in (text, _DECIMALS.sub(b"", text)))
    return value.isdigit() and len(shown) > len(value) and value in shown and whole != value


@dataclass
class OpenDocument:
    """What an ODS workbook says of its rows and columns; `plain` is the copy to read in place of the file, None
    where it is plain.

    `hidden` has for each sheet the stretches of hidden rows, or None where they are not known, `hidden_columns` those
    of its columns, counted from 1; `formulas` says whether a formula may be in any of them,
    `added` whether a number may show more digits than it has."""

    hidden: dict[str, list[range] | None] = field(default_factory=dict)
    plain: bytes | None = None
    formulas: bool = True
    added: bool = True
    hidden_columns: dict[str, list[range]] = field(default_factory=dict)

    def hidden_rows(self, sheet: str, last: int) -> list[int] | None:
        """Return the numbers of the hidden rows of a sheet up to row `last`."""
        stretches = self.hidden.get(sheet)
        if stretches is None:
            return None
        return [row for stretch in stretches for row in range(stretch.start, min(stretch.stop, last + 1))]

    def read_chunks(self, archive: Archive) -> Iterator[bytes]:
        """Yield the XML of the workbook, plain in either case."""
        chunks = archive.read_chunks(CONTENT)
        return chunks if self.plain is None else simplify_rows(chunks)


def open_document(archive: Archive) -> OpenDocument:
    """Examine a workbook, and make a simplified copy where it needs one. Raises `Refused`."""
    if CONTENT not in archive.names:
        raise Refused("damaged_workbook")
    look = _Look()
    hidden = _HiddenFinder().walk(look.walk(archive.read_chunks(CONTENT)))
    if not look.is_odd:
        return OpenDocument(hidden.rows, None, look.formulas, look.added, hidden.columns)
    copy = io.BytesIO()
    with zipfile.ZipFile(copy, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as packed:
        for part in archive.names & {"mimetype", MANIFEST}:
            packed.writestr(part, archive.read_whole(part))
        with packed.open(CONTENT, "w", force_zip64=True) as content:
            hidden = _HiddenFinder().walk(_copy_to(simplify_rows(archive.read_chunks(CONTENT)), content))
    return OpenDocument(hidden.rows, copy.getvalue(), hidden_columns=hidden.columns)


@dataclass
class _Look:
    """The first look at a workbook: whether a simplified copy is needed, and what else must be searched."""

    is_odd: bool = False
    formulas: bool = False
    added: bool = False

    def walk(self, chunks: Iterable[bytes]) -> Iterator[bytes]:
        seen = None
        for chunk in chunks:
            seen = _PROLOG.sub(b"", chunk, count=1) if seen is None else seen + chunk
            filled = len(seen.rstrip())  # white space at the end of the file says nothing
            if (
                any(sign in seen[:filled] for sign in _SIGNS)
                or _INDENT.search(seen, 0, filled)
                or _UNTYPED.search(seen)
                or _COVERED_VALUE.search(seen)
            ):
                self.is_odd = True
                return
            self.formulas = self.formulas or b"table:formula" in seen
            self.added = self.added or any(adds_digits(*found) for found in _SHOWN_OTHERWISE.findall(seen))
            seen = seen[max(filled - OVERLAP, 0) :]
            check_length(seen)
            yield chunk


def _copy_to(chunks: Iterable[bytes], file: IO[bytes]) -> Iterator[bytes]:
    size = 0
    for chunk in chunks:
        size += file.write(chunk)
        if size > MOST_UNPACKED:
            raise Refused("zip_too_large", megabytes=size >> 20)
        yield chunk


def simplify_rows(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same XML without comments, CDATA, instructions and white space between tags, a few rows at a time."""
    for rows in _cut_after_rows(remove_comments(chunks)):
        rows = _INDENT.sub(b">", _PAGE_BREAK.sub(b"", rows).lstrip())
        rows = _UNTYPED.sub(_mark_as_text, _COVERED.sub(_empty_cell, _RUBY.sub(b"", rows)))
        yield _PARAGRAPH.sub(_collapse_white_space, rows) if _BROKEN.search(rows) else rows


def _empty_cell(cell: re.Match[bytes]) -> bytes:
    repeated_columns = _REPEATED.search(cell[1])
    return b"<table:covered-table-cell" + (repeated_columns[0] if repeated_columns else b"") + b"/>"


def _mark_as_text(cell: re.Match[bytes]) -> bytes:
    return cell[0].replace(cell[1], cell[1] + b' office:value-type="string"', 1)


def _cut_after_rows(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same bytes, cut after the ends of rows."""
    rest = b""
    for chunk in chunks:
        rest += chunk
        whole = rest.rfind(END_OF_ROW) + len(END_OF_ROW)
        if whole >= len(END_OF_ROW):
            yield rest[:whole]
            rest = rest[whole:]
        check_length(rest)
    yield rest


def _collapse_white_space(found: re.Match[bytes]) -> bytes:
    """Return a paragraph that holds tabs or line ends, as it is to be read: each run of white space is one space, none
    at its ends; elements that stand for a tab or a line end are these.
    """
    if not _BROKEN.search(found[0]):
        return found[0]
    after_space, pieces = True, []
    for piece in _PIECES.split(found[0]):
        if piece.startswith(b"<"):
            sign = _STANDS_FOR.match(piece)
            meant = piece if not sign else b"" if sign[1] else _MEANT[sign[2]]
            after_space = after_space and not sign
        else:
            meant = re.sub(rb"[ \t\r\n]+", b" ", piece)
            meant = meant[1:] if after_space and meant.startswith(b" ") else meant
            after_space = meant.endswith(b" ") if meant else after_space
        pieces.append(meant)
    for at in reversed(range(len(pieces))):
        if pieces[at] and not pieces[at].startswith(b"<"):
            pieces[at] = pieces[at].removesuffix(b" ")
            break
    return b"".join(pieces)


class _HiddenFinder:
    """The search for the hidden rows and columns of all sheets, as stretches counted from 1."""

    def __init__(self) -> None:
        self.rows: dict[str, list[range] | None] = {}
        self.columns: dict[str, list[range]] = {}
        self._flat: set[tuple[str, str]] = set()
        self._inside, self._style = False, ""

    def walk(self, chunks: Iterable[bytes]) -> _HiddenFinder:
        """Examine all tags.

        Raises `Refused` for a table within a table, whose end the fast reader takes for the end of the sheet.
        """
        for closing, kind, attributes in read_tags(chunks, _TAGS):
            if kind == "table:table":
                self._enter_table(closing, attributes.get("table:name", ""))
            elif kind in _GROUPS:
                groups = self._groups[_GROUPS[kind]]
                self._groups[_GROUPS[kind]] = (
                    groups[:-1] if closing else [*groups, attributes.get("table:display") == "false"]
                )
            elif kind == "style:style":
                self._style = attributes.get("style:name", "")
            elif kind in _SIZES:
                if _NO_HEIGHT.fullmatch(attributes.get(_SIZES[kind][1], "1")):
                    self._flat.add((_SIZES[kind][0], self._style))
            elif self._inside and not closing:
                self._visit("rows" if kind == "table:table-row" else "columns", attributes)
        return self

    def _enter_table(self, closing: bool, name: str) -> None:
        if self._inside and not closing:
            raise Refused("unsafe_workbook", why="one of its sheets holds another one within")
        self._inside, self._next = not closing, {"rows": 1, "columns": 1}
        self._groups: dict[str, list[bool]] = {"rows": [], "columns": []}
        if self._inside:
            self.rows[name] = None if name in self.rows else []
            self.columns[name] = []
            self._found = {"rows": self.rows[name], "columns": self.columns[name]}

    def _visit(self, what: str, attributes: dict[str, str]) -> None:
        hides = any(self._groups[what]) or (what, attributes.get("table:style-name")) in self._flat
        hides = hides or attributes.get("table:visibility", "visible") != "visible"
        self._next[what] = _note_stretch(self._next[what], attributes, what, self._found[what], hides)


def _note_stretch(first: int, attributes: dict[str, str], what: str, hidden: list[range] | None, hides: bool) -> int:
    """Return the number after the rows or columns that begin with `first` and have the attributes `attributes`; noted
    where they are hidden.
    """
    after = first + count_repeats(attributes, what)
    if hidden is not None and hides:
        begin = hidden.pop().start if hidden and hidden[-1].stop == first else first
        hidden.append(range(begin, after))
    return after


def count_repeats(attributes: dict[str, str], what: str) -> int:
    """Return how many rows or columns a tag stands for."""
    number = attributes.get(f"table:number-{what}-repeated", "")
    return int(number) if number.isdecimal() and len(number) < 9 else 1
