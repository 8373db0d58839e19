"""The cells of an OpenDocument sheet that the fast reader tells wrongly: leading zeros that only a number format shows,
and formulas without a value.

OpenDocument 1.3 part 3: a cell's style (table:style-name) or else the one of its row or column
(table:default-cell-style-name) leads to a number:number-style, by its own style:data-style-name or through its
style:parent-style-name; that says how many digits of whole numbers are shown at least (number:min-integer-digits).
Spans of time need no look: their cells say so themselves. Of a formula that ends in an error, LibreOffice writes an
empty text or 0, and the true kind in an attribute of its own (calcext:value-type); programs that cannot calculate write
none.
"""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress

from .archive import Archive
from .formats import Format
from .open_tags import repeated, tags, tags_named
from .opendocument import OpenDocument
from .survey import Survey

STYLES = "styles.xml"
VALUE_TYPE = "office:value-type"
MOST_DIGITS, MOST_PARENTS = 30, 16
BY_DEFAULT = "Default"
"""The style of the cells that have none."""
_OF_STYLES = tags_named("number:number-style", "number:number", "style:style", "office:body")
_OF_CELLS = tags_named(
    "table:table", "table:table-column", "table:table-row", "table:table-cell", "table:covered-table-cell"
)


def survey_ods(archive: Archive, document: OpenDocument, sheet: str, rows: int, columns: int) -> Survey:
    """The hidden rows of a sheet, the numbers whose formats show leading zeros, and the formulas without a value, up to
    a row and a column."""
    found = Survey(document.hidden_rows(sheet, rows))
    formats = _formats(archive, document)
    if (formats or document.formulas) and found.hidden is not None:
        _Walk(found, formats, sheet, rows, columns).through(document.chunks(archive))
    return found


def _formats(archive: Archive, document: OpenDocument) -> dict[str, Format]:
    """The cell styles whose formats show leading zeros."""
    digits: dict[str, int] = {}
    leads_to: dict[str, tuple[str, str]] = {}
    number_style = ""
    for part in ([archive.whole(STYLES)], document.chunks(archive)):
        for closing, kind, said in tags(part, _OF_STYLES):
            if kind == "office:body":
                break
            if kind == "number:number-style":
                number_style = "" if closing else said.get("style:name", "")
            elif kind == "number:number" and number_style and not closing:
                digits[number_style] = _digits(said)
            elif kind == "style:style" and said.get("style:family") == "table-cell":
                leads_to[said.get("style:name", "")] = (
                    said.get("style:data-style-name", ""),
                    said.get("style:parent-style-name", ""),
                )
    known = ((name, digits.get(_number_style(name, leads_to), 0)) for name in leads_to)
    return {name: Format(digits=count) for name, count in known if 1 < count <= MOST_DIGITS}


def _digits(said: dict[str, str]) -> int:
    whole = said.get("number:decimal-places", "0") == "0" and said.get("number:grouping") != "true"
    least = said.get("number:min-integer-digits", "")
    return int(least) if whole and least.isdecimal() and len(least) < 4 else 0


def _number_style(name: str, leads_to: dict[str, tuple[str, str]]) -> str:
    for _ in range(MOST_PARENTS):
        number_style, name = leads_to.get(name, ("", ""))
        if number_style:
            return number_style
    return ""


class _Walk:
    """The way through all tables, for the numbers of one."""

    def __init__(self, found: Survey, formats: dict[str, Format], sheet: str, rows: int, columns: int) -> None:
        self._found, self._formats, self._sheet = found, formats, sheet
        self._rows, self._columns = rows, columns
        self._inside = False

    def through(self, chunks: Iterable[bytes]) -> None:
        """Note the numbers that are shown with zeros, and the formulas without a value."""
        for closing, kind, said in tags(chunks, _OF_CELLS):
            if kind == "table:table":
                self._inside = not closing and said.get("table:name", "") == self._sheet
                self._row, self._same_rows, self._column, self._styles = 1, 0, 1, {}
            elif self._inside and not closing:
                self._meet(kind, said)

    def _meet(self, kind: str, said: dict[str, str]) -> None:
        style = said.get("table:default-cell-style-name", "")
        if kind == "table:table-row":
            self._row, self._same_rows, self._column = self._row + self._same_rows, repeated(said, "rows"), 1
            self._row_style = style
            return
        past = self._column + repeated(said, "columns")
        places = range(self._column, min(past, self._columns + 1))
        self._column = past
        if kind == "table:table-column":
            self._styles |= dict.fromkeys(places, style)
        elif "table:formula" in said and (said.get("calcext:value-type") == "error" or VALUE_TYPE not in said):
            formula = "=" + said["table:formula"].partition("=")[2]
            self._found.problems += [
                (row, column, formula, "cell_error_value") for row in self._same() for column in places
            ]
        elif said.get(VALUE_TYPE) == "float":
            self._show(places, said)

    def _same(self) -> range:
        """The rows that the present one stands for."""
        return range(self._row, min(self._row + self._same_rows, self._rows + 1))

    def _show(self, places: range, said: dict[str, str]) -> None:
        with suppress(ValueError):
            number = float(said.get("office:value", ""))
            for column in places:
                own = said.get("table:style-name") or self._row_style or self._styles.get(column) or BY_DEFAULT
                if form := self._formats.get(own):
                    for row in self._same():
                        self._found.show(row, column, number, form)
