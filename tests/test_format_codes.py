"""Number formats made at random: what is read of a number is what an independent renderer shows of it."""

from __future__ import annotations

import random
import struct
from dataclasses import dataclass
from xml.sax.saxutils import escape

import pytest

from smscore.contacts import Choice, build_audience
from smscore.sheets import read_sheet
from tests import binary_books as binary
from tests.test_number_formats import formatted, from_xls, from_xlsb, number_of, open_number
from tests.test_sheets import cells, content_of, open_content, open_table, with_far_cell, workbook

BARE = "-+():!^&'~{}<>= 123456789"
LITERALS = [
    "+44 ",
    "+1 ",
    "+",
    "00 44 ",
    "/11",
    " x 7",
    "91",
    "(",
    ") ",
    "-",
    " ",
    "~",
    "No. 1 ",
    'a"b',
    "\\",
    ";@#",
    "{2}",
]


@dataclass(frozen=True)
class Mask:
    """A section of a code: literal texts and places of digits in turn."""

    pieces: tuple[tuple[bool, str], ...]

    def rendered(self, number: int) -> str:
        """What the section shows of a whole number, by filling its places from the right."""
        places = "".join(text for literal, text in self.pieces if not literal)
        least = len(places) - places.index("0") if "0" in places else 0
        digits, shown, seen = list(str(number)) if number else [], [], 0
        for literal, text in reversed(self.pieces):
            for sign in [text] if literal else reversed(text):
                seen += not literal
                if literal:
                    shown.append(sign)
                elif digits:
                    shown.append("".join(digits) if seen == len(places) else digits.pop())
                    digits = [] if seen == len(places) else digits
                else:
                    shown.append("0" if seen <= least else " " if sign == "?" else "")
        return "".join(reversed(shown)).strip()

    def code(self, dice: random.Random) -> str:
        """The section as a format writes it; each literal in one of the ways there are."""
        return "".join(written(text, dice) if literal else text for literal, text in self.pieces)


def written(text: str, dice: random.Random) -> str:
    """A literal text, quoted, escaped or bare."""
    way = dice.choice(["quoted", "escaped", "bare"])
    if way == "bare" and all(sign in BARE for sign in text):
        return text
    return f'"{text}"' if way == "quoted" and '"' not in text else "".join(f"\\{sign}" for sign in text)


def mask(dice: random.Random) -> Mask:
    """A section that shows at least one digit or plus sign of its own."""
    pieces = [(True, dice.choice(["+", "+44 ", "91", "No. 1 "]))]
    for _ in range(dice.randrange(1, 4)):
        pieces.append((False, "".join(dice.choice("000#?") for _ in range(dice.randrange(1, 6)))))
        pieces.append((True, dice.choice(LITERALS)))
    return Mask(tuple(pieces[dice.randrange(2) :] if pieces[2][1] in ("+44 ", "91") else pieces))


def drawn(dice: random.Random) -> tuple[int, str, str]:
    """A number, a code, and what it shows."""
    number = dice.choice([0, 7, 42, dice.randrange(10**6), dice.randrange(6 * 10**9, 10**10), 919876543210])
    first, second = mask(dice), mask(dice)
    decoration = dice.choice(["", "[Red]", "[$-409]", "[$-4009]", "[Color 7]"])
    way = dice.choice(["one", "two", "three", "condition"])
    if way == "one":
        return number, decoration + first.code(dice), first.rendered(number)
    if way == "two":
        return number, f"{first.code(dice)};{second.code(dice)}", first.rendered(number)
    if way == "three":
        code = f"{first.code(dice)};{mask(dice).code(dice)};{decoration}{second.code(dice)}"
        return number, code, (first if number else second).rendered(number)
    limit = dice.randrange(10**7)
    code = f"{decoration}[>={limit}]{first.code(dice)};{second.code(dice)}"
    return number, code, (first if number >= limit else second).rendered(number)


@pytest.fixture(scope="module")
def masks() -> list[tuple[int, str, str]]:
    """Formats of which each shows something of any number."""
    dice = random.Random(20)
    return [each for each in (drawn(dice) for _ in range(400)) if each[2] and len(each[1]) < 250]


def numbers_of(sheet) -> list[str]:
    """The column of numbers."""
    return sheet.table.column("number").to_pylist()


def test_numbers_of_a_workbook_read_as_any_format_shows_them(masks):
    raw = formatted(masks)
    for each in (raw, with_far_cell(raw)):
        assert numbers_of(read_sheet(each, "c.xlsx")) == [shown for *_, shown in masks]


@pytest.mark.parametrize(("read", "kind"), [(from_xlsb, 5), (from_xls, 0x0203)], ids=["xlsb", "xls"])
def test_numbers_of_a_binary_workbook_read_as_any_format_shows_them(read, kind, masks):
    given = [(kind, number_of(value), style) for style, (value, *_) in enumerate(masks, 1)]
    assert numbers_of(read(given, [code for _, code, _ in masks])) == [shown for *_, shown in masks]


def open_mask(dice: random.Random) -> tuple[Mask, str]:
    """A section, and the elements of an OpenDocument style that say the same."""
    count = dice.randrange(4, 12)
    cuts = sorted(dice.sample(range(1, count), dice.randrange(3)), reverse=True)
    before, behind = dice.choice(["+44 ", "+", "No. 1 "]), dice.choice(["", "/11", " x", " "])
    texts = {cut: dice.choice(["-", " ", ") ", " (0) "]) for cut in cuts}
    pieces, left = [(True, before)], count
    for cut in [*cuts, 0]:
        pieces += [(False, "0" * (left - cut)), (True, texts.get(cut, behind))]
        left = cut
    within = "".join(
        f'<number:embedded-text number:position="{cut}">{text}</number:embedded-text>' for cut, text in texts.items()
    )
    element = f'<number:number number:decimal-places="0" number:min-integer-digits="{count}">{within}</number:number>'
    texts = [f"<number:text>{escape(text)}</number:text>" if text else "" for text in (before, behind)]
    return Mask(tuple(pieces)), element.join(texts)


def open_styles(elements: list[str], kind: str = "number", maps: list[str] | None = None) -> str:
    """Cell styles s0, s1, … whose formats hold these elements."""
    maps = maps or [""] * len(elements)
    return "".join(
        f"<number:{kind}-style style:name='N{at}'>{each}{more}</number:{kind}-style>"
        f"<style:style style:name='s{at}' style:family='table-cell' style:data-style-name='N{at}'/>"
        for at, (each, more) in enumerate(zip(elements, maps, strict=True))
    )


def open_book(given: list[str], styles: str) -> bytes:
    """An OpenDocument workbook of one column with these cells below its header."""
    head = "<table:table-cell office:value-type='string'><text:p>number</text:p></table:table-cell>"
    rows = "".join(f"<table:table-row>{cell}</table:table-row>" for cell in [head, *given])
    content = content_of(open_table(rows)).replace("\n", "")
    for name in ("number", "style"):
        content = content.replace(
            " xmlns:", f' xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0" xmlns:', 1
        )
    styles = f"<office:automatic-styles>{styles}</office:automatic-styles>"
    return open_content(content.replace("<office:body>", f"{styles}<office:body>"))


def test_numbers_of_an_open_document_sheet_read_as_any_format_shows_them():
    dice = random.Random(21)
    drawn_masks = [open_mask(dice) for _ in range(200)]
    values = [dice.choice([7, dice.randrange(10**6), 7700900123, 919876543210]) for _ in drawn_masks]
    given = [open_number(value, f"s{at}") for at, value in enumerate(values)]
    sheet = read_sheet(open_book(given, open_styles([element for _, element in drawn_masks])), "c.ods")
    assert numbers_of(sheet) == [each.rendered(value) for (each, _), value in zip(drawn_masks, values, strict=True)]


SHOWN_AS_WRITTEN = [
    (1234.5, "#,##0.00", "1234.5"),
    (1234567, r"[>=10000000]##\,##\,##\,##0;[>=100000]##\,##\,##0;##,##0", "1234567"),
    (1234, "[$₹-4009] #,##0.00", "1234"),
    (1234, "[$Rs.-4009]0", "1234"),
    (500, '"Rs. "0', "500"),
    (500, '0"/-"', "500"),
    (500, "$0", "500"),
    (0.5, "0%", "0.5"),
    (5, "0.00E+00", "5"),
    (0.5, "# ?/?", "0.5"),
    (5, "0/11", "5"),
    (0, '_-* #,##0.00_-;-* #,##0.00_-;_-* "-"??_-;_-@_-', "0"),
    (-5, "0_);(0)", "-5"),
    (0, "0;-0;;@", "0"),
    (9876543210, ";;;", "9876543210"),
    (0, "#", "0"),
    (9.876543210123456e16, '"+44 "0', "9.87654321012346E+16"),
]
OTHERS = [
    (5, '0" kg"', "5 kg"),
    (2.5, '0" kg"', "3 kg"),
    (1, '"Yes";;"No"', "Yes"),
    (0, '"Yes";;"No"', "No"),
    (7, 'General" kg"', "7 kg"),
    (1234.5, '"+44 "#,##0.00', "+44 1,234.50"),
    (7700900123, "[$+44]0", "+447700900123"),
    (7700900123, "[$+44-809] 0", "+44 7700900123"),
    (7700900123, '"+44"*-0', "+447700900123"),
    (7700900123, "_+\\+44_-0_)", "+44 7700900123"),
    (5552222, r"[<=9999999]###\-####;\(###\)\ ###\-####", "555-2222"),
    (4155552222, r"[<=9999999]###\-####;\(###\)\ ###\-####", "(415) 555-2222"),
    (-9876543119, "0;[Red]0", "-9876543119"),
    (-9876543119, "0_);(0)", "-9876543119"),
    (-9876543119, "00000 00000", "-9876543119"),
    (-9876543119, '"+91 "0', "-9876543119"),
]


def test_amounts_read_as_numbers_and_other_formats_as_they_show_them():
    given = [*SHOWN_AS_WRITTEN, *OTHERS]
    assert numbers_of(read_sheet(formatted(given), "c.xlsx")) == [shown for *_, shown in given]


def test_texts_read_as_their_formats_show_them_in_every_kind_of_workbook():
    codes = ['"+44 "@', '0;-0;0;"+1 "@', "@", '@" (home)"']
    shown = ["+44 98", "+1 98", "98", "98 (home)"]

    def change(book) -> None:
        for row, code in enumerate(codes, 2):
            book.active.cell(row, 2).number_format = code

    raw = workbook([["name", "number"], *(["x", "98"] for _ in codes)], change=change)
    for each in (raw, with_far_cell(raw)):
        assert numbers_of(read_sheet(each, "c.xlsx")) == shown
    texts = [(6, binary.wide("98"), style) for style in range(1, 5)]
    assert numbers_of(from_xlsb(texts, codes)) == shown
    texts = [(0x0204, struct.pack("<HB", 2, 0) + b"98", style) for style in range(1, 5)]
    assert numbers_of(from_xls(texts, codes)) == shown
    cell = "<table:table-cell table:style-name='s0' office:value-type='string'><text:p>98</text:p></table:table-cell>"
    styles = open_styles(["<number:text>+44 </number:text><number:text-content/>"], "text")
    assert numbers_of(read_sheet(open_book([cell], styles), "c.ods")) == ["+44 98"]


def test_an_open_document_style_that_maps_numbers_to_others_shows_each_by_its_own():
    parts = ["<number:text>+44 </number:text><number:number number:decimal-places='0' number:min-integer-digits='1'/>"]
    parts.append("<number:text>-</number:text><number:number number:decimal-places='0' number:min-integer-digits='3'/>")
    maps = ["", "<style:map style:condition='value()&gt;=0' style:apply-style-name='N0'/>"]
    given = [open_number(7700900123, "s1"), open_number(-7, "s1"), open_number(-9876543119, "s1")]
    sheet = read_sheet(open_book(given, open_styles(parts, maps=maps)), "c.ods")
    assert numbers_of(sheet) == ["+44 7700900123", "-007", "-9876543119"]


def test_currencies_of_an_open_document_that_are_calling_codes_are_shown():
    number = "<number:number number:decimal-places='0' number:min-integer-digits='1'/>"
    symbols = [f"<number:currency-symbol>{text}</number:currency-symbol>{number}" for text in ("+44", "₹")]
    cell = "<table:table-cell table:style-name='s{}' office:value-type='currency' office:value='7700900123'/>"
    sheet = read_sheet(open_book([cell.format(0), cell.format(1)], open_styles(symbols, "currency")), "c.ods")
    assert numbers_of(sheet) == ["+447700900123", "7700900123"]


@pytest.mark.parametrize(
    ("value", "text", "read"),
    [
        ("7700900123", "+44 7700900123", "+44 7700900123"),
        ("9876543210", "9876543210/11", "9876543210/11"),
        ("7", "007", "007"),
        ("1234.5", "1,234.50", "1234.5"),
        ("1234", "₹1,234.00", "1234"),
        ("1234", "1.234,00 €", "1234"),
        ("0.5", "50%", "0.5"),
        ("120000", "1.2E+05", "120000"),
    ],
)
def test_what_an_open_document_shows_of_a_number_without_a_style_is_read_where_it_has_more_digits(value, text, read):
    cell = f"<table:table-cell office:value-type='float' office:value='{value}'><text:p>{text}</text:p>"
    assert cells(read_sheet(open_book([f"{cell}</table:table-cell>"], ""), "c.ods")) == [[read]]


@pytest.mark.parametrize(
    "code", [r"\+44\ 0000\ 000000", '"+44 "0', '"0044"0', "[$+44]0", "+44 0", '"+44 "@', '"+44 "#,##0']
)
def test_a_number_that_shows_a_calling_code_is_never_read_in_another_country(code):
    sheet = read_sheet(formatted([(7700900123, code, ""), (9876543210, code, "")]), "c.xlsx")
    audience = build_audience(sheet, Choice(phone=("number",), region="IN", several="first"))
    assert audience.people == 0 and audience.tables.problems.num_rows == 2
