"""The cells of an OpenDocument sheet that the fast reader returns wrongly: numbers whose formats show more than their
value, and formulas without a value.

OpenDocument 1.3 part 3: a cell's style (table:style-name) or else the one of its row or column
(table:default-cell-style-name) leads to a number:number-style, by its own style:data-style-name or through its
style:parent-style-name; its elements are put into the words of an Excel code here, and those of the styles that it maps
numbers to (style:map). A number whose cell shows a calling code or further digits (text:p) without such a style is read
as it is shown. Spans of time need no look: their cells say so themselves. Of a formula that ends in an error,
LibreOffice writes an empty text or 0, and the true kind in an attribute of its own (calcext:value-type); programs that
cannot calculate write none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace

from .archive import Archive
from .format_codes import Code, Section, parse_code
from .number_formats import Format, Survey, build_format
from .ods import CONTENT, OpenDocument, adds_digits, count_repeats
from .xml_parts import compile_tag_pattern, read_tags_and_texts, remove_comments

STYLES = "styles.xml"
VALUE_TYPE = "office:value-type"
NUMBERS = ("float", "currency", "percentage")
MOST_DIGITS, MOST_PARENTS, MOST_MAPS = 30, 16, 2
BY_DEFAULT = "Default"
"""The style of the cells that have none."""
_KINDS = ("number:number-style", "number:currency-style", "number:percentage-style", "number:text-style")
_PARTS = (
    "number:number", "number:text", "number:embedded-text", "number:currency-symbol", "number:text-content",
    "number:scientific-number", "number:fraction", "style:map",
)  # fmt: skip
_OF_STYLES = compile_tag_pattern(*_KINDS, *_PARTS, "style:style", "office:body")
_OF_CELLS = compile_tag_pattern(
    "table:table", "table:table-column", "table:table-row", "table:table-cell", "table:covered-table-cell", "text:p"
)
_MAPPED = re.compile(r"value\(\)\s*(<=|>=|!=|<|>|=)\s*(-?[0-9.]+)")


def survey_ods(archive: Archive, document: OpenDocument, sheet: str, rows: int, columns: int) -> Survey:
    """Return the hidden rows and columns of a sheet, the numbers whose formats show leading zeros, and the formulas
    without a value, up to a row and a column.
    """
    found = Survey(document.hidden_rows(sheet, rows), hidden_columns=document.hidden_columns.get(sheet, []))
    formats = _read_formats(archive)
    if (formats or document.formulas or document.added) and found.hidden is not None:
        _Walk(found, formats, sheet, rows, columns).walk(document.read_chunks(archive))
    return found


@dataclass
class _Style:
    """A style of numbers or texts while it is read: its code in Excel's words, and the styles that it maps to."""

    kind: str
    code: str = ""
    maps: list[tuple[str, str]] = field(default_factory=list)
    place: dict[str, str] | None = None
    texts_within: dict[int, str] = field(default_factory=dict)

    def take(self, closing: bool, kind: str, attributes: dict[str, str], text: str) -> None:
        """Add the next element; `text` follows its tag."""
        if kind == "number:number":
            self._take_number(closing, attributes)
        elif closing:
            return
        elif kind == "number:embedded-text" and self.place is not None:
            self.texts_within[_count(attributes.get("number:position", ""))] = text
        elif kind == "number:text":
            self.code += text if self.kind == "number:percentage-style" and text == "%" else _quote(text)
        elif kind == "number:currency-symbol":
            self.code += _quote(text) if re.search(r"[0-9+\]-]", text) else f"[${text}]"
        elif kind == "style:map":
            self.maps.append((attributes.get("style:condition", ""), attributes.get("style:apply-style-name", "")))
        else:
            self.code += {"number:text-content": "@", "number:fraction": "# ?/?"}.get(kind, "0E+0")

    def _take_number(self, closing: bool, attributes: dict[str, str]) -> None:
        """Begin a number, or end it once all texts within its digits are known."""
        if not closing:
            self.place, self.texts_within = attributes, {}
        elif self.place is not None:
            self.code += _write_places(self.place, self.texts_within)
            self.place = None


def _count(digits: str) -> int:
    return min(int(digits), MOST_DIGITS) if digits.isdecimal() and len(digits) < 4 else 0


def _quote(text: str) -> str:
    return '"' + text.replace('"', '"\\""') + '"' if text else ""


def _write_places(attributes: dict[str, str], texts: dict[int, str]) -> str:
    """Return the places of a number's digits, with the texts that have so many digits to their right."""
    least = _count(attributes.get("number:min-integer-digits", ""))
    decimals = attributes.get("number:decimal-places")
    if decimals is None and least < 2 and not texts and attributes.get("number:grouping") != "true":
        return "General"
    count = max(least, 1, *(place + 1 for place in texts))
    places = [_quote(texts.get(place, "")) + ("0" if place <= least else "#") for place in range(count, 0, -1)]
    grouping = "#," if attributes.get("number:grouping") == "true" else ""
    behind = "0" * _count(decimals or "")
    return grouping + "".join(places) + (f".{behind}" if behind else "")


def _read_formats(archive: Archive) -> dict[str, Format]:
    """Return the cell styles whose formats are followed."""
    numbers: dict[str, _Style] = {}
    leads_to: dict[str, tuple[str, str]] = {}
    style = _Style("")
    for closing, kind, attributes, text in _read_style_tags(archive):
        if kind in _KINDS:
            style = _Style(kind)
            if not closing:
                numbers[attributes.get("style:name", "")] = style
        elif kind == "style:style" and attributes.get("style:family") == "table-cell":
            leads_to[attributes.get("style:name", "")] = (
                attributes.get("style:data-style-name", ""),
                attributes.get("style:parent-style-name", ""),
            )
        elif kind != "style:style":
            style.take(closing, kind, attributes, text)
    codes = {name: _build_code(style, numbers) for name, style in numbers.items()}
    known = ((name, codes.get(_find_number_style(name, leads_to))) for name in leads_to)
    return {name: form for name, code in known if code and (form := build_format(code))}


def _read_style_tags(archive: Archive) -> Iterator[tuple[bool, str, dict[str, str], str]]:
    for chunks in ([archive.read_whole(STYLES)], archive.read_chunks(CONTENT)):
        for tag in read_tags_and_texts(remove_comments(chunks), _OF_STYLES):
            if tag[1] == "office:body":
                break
            yield tag


def _build_code(style: _Style, numbers: dict[str, _Style]) -> Code:
    """Return a style with those that it maps numbers to, as one code."""
    own = parse_code(style.code).sections[0]
    mapped = [section for each in style.maps[:MOST_MAPS] if (section := _build_mapped_section(*each, numbers))]
    if style.kind == "number:text-style":
        return Code(tuple(mapped) or (own,), own)
    return Code((*mapped, own))


def _build_mapped_section(condition: str, name: str, numbers: dict[str, _Style]) -> Section | None:
    found = _MAPPED.fullmatch(condition.strip())
    if not found or name not in numbers:
        return None
    with suppress(ValueError):
        limit = float(found[2])
        return replace(parse_code(numbers[name].code).sections[0], condition=(found[1].replace("!=", "<>"), limit))
    return None


def _find_number_style(name: str, leads_to: dict[str, tuple[str, str]]) -> str:
    for _ in range(MOST_PARENTS):
        number_style, name = leads_to.get(name, ("", ""))
        if number_style:
            return number_style
    return ""


class _Walk:
    """The walk through all tables, for the numbers of one of them."""

    def __init__(self, found: Survey, formats: dict[str, Format], sheet: str, rows: int, columns: int) -> None:
        self._found, self._formats, self._sheet = found, formats, sheet
        self._rows, self._columns = rows, columns
        self._inside = False
        self._pending: tuple[range, str] | None = None
        self._styles: dict[int, str] = {}
        self._row_style = ""

    def walk(self, chunks: Iterable[bytes]) -> None:
        """Find the numbers whose formats are followed, and the formulas without a value."""
        for closing, kind, attributes, text in read_tags_and_texts(chunks, _OF_CELLS):
            if kind == "text:p":
                self._read_text(text)
            elif kind == "table:table":
                self._inside = not closing and attributes.get("table:name", "") == self._sheet
                self._row, self._same_rows, self._column, self._styles = 1, 0, 1, {}
            elif self._inside and not closing:
                self._visit(kind, attributes)

    def _visit(self, kind: str, attributes: dict[str, str]) -> None:
        style = attributes.get("table:default-cell-style-name", "")
        if kind == "table:table-row":
            self._row, self._same_rows, self._column = self._row + self._same_rows, count_repeats(attributes, "rows"), 1
            self._row_style = style
            return
        self._pending = None
        past = self._column + count_repeats(attributes, "columns")
        places = range(self._column, min(past, self._columns + 1))
        self._column = past
        if kind == "table:table-column":
            self._styles |= dict.fromkeys(places, style)
        elif "table:formula" in attributes and (
            attributes.get("calcext:value-type") == "error" or VALUE_TYPE not in attributes
        ):
            formula = "=" + attributes["table:formula"].partition("=")[2]
            self._found.problems += [
                (row, column, formula, "cell_error_value") for row in self._get_same_rows() for column in places
            ]
        elif attributes.get(VALUE_TYPE) in NUMBERS or attributes.get(VALUE_TYPE) == "string":
            self._show(places, attributes)

    def _get_same_rows(self) -> range:
        """Return the rows that the current one stands for."""
        return range(self._row, min(self._row + self._same_rows, self._rows + 1))

    def _show(self, places: range, attributes: dict[str, str]) -> None:
        """Add what the formats of cells show."""
        is_text = attributes[VALUE_TYPE] == "string"
        value = "" if is_text else attributes.get("office:value", "")
        for column in places:
            own = attributes.get("table:style-name") or self._row_style or self._styles.get(column) or BY_DEFAULT
            if form := self._formats.get(own):
                for row in self._get_same_rows():
                    self._show_one(row, column, form, value)
        self._pending = (places, value) if value else None

    def _show_one(self, row: int, column: int, form: Format, value: str) -> None:
        if not value:
            self._found.word(row, column, form)
            return
        with suppress(ValueError):
            self._found.show(row, column, float(value), form)

    def _read_text(self, text: str) -> None:
        """Note the text of a number that shows more digits than the number has, where no format attributes so."""
        places, value = self._pending or ((), "")
        self._pending = None
        if value and adds_digits(value.encode(), text.encode("utf-8", "replace")):
            for column in places:
                for row in self._get_same_rows():
                    self._found.shown.setdefault(column, {}).setdefault(row, text.strip())
