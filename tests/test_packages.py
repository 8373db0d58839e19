"""Workbooks packed as few programs do: parts in other encodings and places, sheets without cells, passwords."""

from __future__ import annotations

import io
import re
import struct
import zipfile
from pathlib import Path

import pytest

from smscore.contacts import Choice, build_audience
from smscore.errors import SheetError
from smscore.sheets import Sheet, read_sheet
from tests import binary_books as binary
from tests.test_sheets import cells, content_of, open_content, open_table

ODD = Path(__file__).parent / "data" / "sheets" / "odd"
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MACRO = "http://schemas.microsoft.com/office/2006/relationships/xlMacrosheet"
SPACES = f'xmlns="{MAIN}" xmlns:r="{OFFICE}"'
CONTACTS = [["Name", "Phone"], ["Asha", "9876543210"], ["Ravi", "9876543211"]]
OTHERS = [["Name", "Phone"], ["Zoe", "9000000001"]]
SHEET, SECOND = "xl/worksheets/sheet1.xml", "xl/worksheets/sheet2.xml"
BOOK, RELATIONS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels"
DECLARATION = '<?xml version="1.0"?>'


def relations(*given: tuple[str, str, str]) -> str:
    """A part of relations: id, type, target of each."""
    listed = "".join(
        f'<Relationship Id="{name}" Type="{kind if ":" in kind else f"{OFFICE}/{kind}"}" Target="{target}"/>'
        for name, kind, target in given
    )
    space = "http://schemas.openxmlformats.org/package/2006/relationships"
    return f'{DECLARATION}<Relationships xmlns="{space}">{listed}</Relationships>'


def listing(*sheets: tuple[str, str]) -> str:
    """The main part of a workbook: name and further attributes of each sheet."""
    listed = "".join(f'<sheet name="{name}" sheetId="{at}" {said}/>' for at, (name, said) in enumerate(sheets, 1))
    return f"{DECLARATION}<workbook {SPACES}><sheets>{listed}</sheets></workbook>"


def page(rows: list[list[str]], before: str = "") -> str:
    """The part of a sheet."""
    written = ""
    for number, row in enumerate(rows, 1):
        texts = (
            f'<c r="{"ABCDEF"[at]}{number}" t="inlineStr"><is><t>{cell}</t></is></c>' for at, cell in enumerate(row)
        )
        written += f'<row r="{number}">{"".join(texts)}</row>'
    return f"{DECLARATION}<worksheet {SPACES}>{before}<sheetData>{written}</sheetData></worksheet>"


PARTS = {
    "[Content_Types].xml": f'{DECLARATION}<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
    "_rels/.rels": relations(("rId1", "officeDocument", BOOK)),
    BOOK: listing(("Main", 'r:id="rId1"')),
    RELATIONS: relations(("rId1", "worksheet", "worksheets/sheet1.xml")),
    SHEET: page(CONTACTS),
}
TWO = PARTS | {
    BOOK: listing(("Main", 'r:id="rId1"'), ("Other", 'r:id="rId2"')),
    RELATIONS: relations(
        ("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "worksheet", "worksheets/sheet2.xml")
    ),
    SECOND: page(OTHERS),
}


def packed(parts: dict[str, str | bytes]) -> bytes:
    """A zip of these parts, under exactly these names."""
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo()
            entry.filename = name
            archive.writestr(entry, content)
    return kept.getvalue()


def read(parts: dict[str, str | bytes], sheet: str | None = None) -> Sheet:
    """The sheet of a package."""
    return read_sheet(packed(parts), "c.xlsx", sheet=sheet)


def refusal(raw: bytes, sheet: str | None = None) -> SheetError:
    """Why a workbook is refused."""
    with pytest.raises(SheetError) as caught:
        read_sheet(raw, "c.xlsx", sheet=sheet)
    return caught.value


def encoded(part: str, codec: str, declared: str | None) -> bytes:
    """A part in an encoding, which it declares, or declares not (None), or without any declaration ("")."""
    declaration = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    return part.replace(DECLARATION, DECLARATION if declared is None else declaration).encode(codec)


WIDE = [
    ("utf-16", "UTF-16"),
    ("utf-16-le", "UTF-16"),
    ("utf-16-be", "UTF-16BE"),
    ("utf-16-le", None),
    ("utf-16-be", ""),
    ("utf-16", "UTF-8"),
    ("utf-32", "UTF-32"),
    ("utf-8", "UTF-16"),
]


@pytest.mark.parametrize(("codec", "declared"), WIDE)
def test_parts_in_wide_encodings_are_read(codec, declared):
    assert cells(read({name: encoded(part, codec, declared) for name, part in PARTS.items()})) == CONTACTS[1:]


@pytest.mark.parametrize(("codec", "declared"), WIDE[::3])
def test_a_sheet_in_a_wide_encoding_is_never_left_out_for_another(codec, declared):
    raw = packed(TWO | {SHEET: encoded(TWO[SHEET], codec, declared)})
    assert refusal(raw).facts["choices"] == ("Main", "Other")
    assert cells(read_sheet(raw, "c.xlsx", sheet="Main")) == CONTACTS[1:]


@pytest.mark.parametrize("codec", ["iso-8859-1", "windows-1252", "iso-8859-15", "utf-8"])
def test_names_in_other_declared_encodings_are_read(codec):
    parts = PARTS | {
        SHEET: encoded(page([["Name", "Phone"], ["José", "9876543210"]]), codec, codec),
        BOOK: encoded(listing(("Gästé", 'r:id="rId1"')), codec, codec),
    }
    sheet = read(parts)
    assert (cells(sheet), sheet.sheet, sheet.warnings) == ([["José", "9876543210"]], "Gästé", ())


@pytest.mark.parametrize("declared", ["utf-7", "zip", "EBCDIC-CP-US"])
def test_parts_in_encodings_that_are_not_read_are_refused_by_a_sentence(declared):
    error = refusal(packed(PARTS | {SHEET: encoded(PARTS[SHEET], "ascii", declared)}))
    assert error.code == "part_encoding" and declared in str(error)


def test_half_a_character_in_a_wide_part_refuses_the_file():
    assert refusal(packed(PARTS | {SHEET: PARTS[SHEET].encode("utf-16") + b"<"})).code == "damaged_workbook"


BOMB = '<!DOCTYPE a [<!ENTITY b "lol"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]>'


@pytest.mark.parametrize(
    ("codec", "before"),
    [("utf-8", " " * 9_000), ("utf-16", ""), ("utf-16-be", f"<!--{'x' * 9_000}<a>-->"), ("utf-32", " " * 9_000)],
)
def test_entities_are_refused_in_every_encoding_and_however_late(codec, before):
    part = PARTS[SHEET].replace(DECLARATION, DECLARATION + before + BOMB)
    assert refusal(packed(PARTS | {SHEET: part.encode(codec)})).code == "unsafe_workbook"


def test_a_swollen_wide_part_is_refused_before_it_is_decoded():
    part = page(CONTACTS, " " * (40 << 20)).encode("utf-16")
    assert refusal(packed(PARTS | {SHEET: part})).code == "zip_too_large"


def prefixed(part: str) -> str:
    """The same XML with a prefix for its elements."""
    return re.sub(r"<(/?)(?=[a-zA-Z])", r"<\1x:", part).replace("xmlns=", "xmlns:x=")


def renamed(change) -> dict[str, str]:
    """The parts under changed names."""
    return {change(name): part for name, part in PARTS.items()}


PLACES = {
    "absolute": PARTS | {RELATIONS: relations(("rId1", "worksheet", "/xl/worksheets/sheet1.xml"))},
    "dot": PARTS | {RELATIONS: relations(("rId1", "worksheet", "./worksheets/sheet1.xml"))},
    "up and down": PARTS | {RELATIONS: relations(("rId1", "worksheet", "../xl/worksheets/sheet1.xml"))},
    "backslash": PARTS | {RELATIONS: relations(("rId1", "worksheet", "worksheets\\sheet1.xml"))},
    "absolute backslash": PARTS | {RELATIONS: relations(("rId1", "worksheet", "\\xl\\worksheets\\sheet1.xml"))},
    "other case": PARTS | {RELATIONS: relations(("rId1", "worksheet", "Worksheets/Sheet1.xml"))},
    "percent": renamed(lambda name: name.replace("sheet1", "sheet 1"))
    | {RELATIONS: relations(("rId1", "worksheet", "worksheets/sheet%201.xml"))},
    "backslashes in the zip": renamed(lambda name: name.replace("/", "\\")),
    "dots in the zip": renamed(lambda name: f"./{name}"),
    "capitals in the zip": renamed(lambda name: name.replace("xl/", "XL/").replace("workbook", "Workbook")),
    "no content types": {name: part for name, part in PARTS.items() if "Content" not in name},
    "no root relations": {name: part for name, part in PARTS.items() if name != "_rels/.rels"},
    "another main part": renamed(lambda name: name.replace("workbook.xml", "book.xml"))
    | {"_rels/.rels": relations(("rId1", "officeDocument", "/xl/book.xml"))},
    "no folder": renamed(lambda name: name.replace("xl/", ""))
    | {"_rels/.rels": relations(("rId1", "officeDocument", "workbook.xml"))},
    "prefixed sheet": PARTS | {SHEET: prefixed(PARTS[SHEET])},
    "prefixed workbook": PARTS | {BOOK: prefixed(PARTS[BOOK])},
    "strict": {
        name: part.replace(MAIN, "http://purl.oclc.org/ooxml/spreadsheetml/main").replace(
            OFFICE, "http://purl.oclc.org/ooxml/officeDocument/relationships"
        )
        for name, part in PARTS.items()
    },
    "no references": PARTS | {SHEET: re.sub(r' r="[A-Z]?\d+"', "", PARTS[SHEET])},
    "false size": PARTS | {SHEET: page(CONTACTS, '<dimension ref="A1:XFD1048576"/>')},
    "size too small": PARTS | {SHEET: page(CONTACTS, '<dimension ref="A1"/>')},
}


@pytest.mark.parametrize("place", PLACES)
def test_a_workbook_is_read_wherever_its_parts_are(place):
    sheet = read(PLACES[place])
    assert (cells(sheet), sheet.warnings) == (CONTACTS[1:], ())


def beside(said: str, *more: tuple[str, str, str], **parts: str) -> dict[str, str]:
    """A workbook whose first sheet, Extra, is listed with these attributes."""
    book = listing(("Extra", said), ("Main", 'r:id="rId1"'))
    return PARTS | {BOOK: book, RELATIONS: relations(("rId1", "worksheet", "worksheets/sheet1.xml"), *more)} | parts


NO_SHEETS = {
    "macros": beside('r:id="rId2"', ("rId2", MACRO, "macrosheets/sheet1.xml"))
    | {"xl/macrosheets/sheet1.xml": page([["x"]]).replace("worksheet", "macrosheet")},
    "macros without a part": beside('r:id="rId2" state="veryHidden"', ("rId2", MACRO, "macrosheets/sheet1.xml")),
    "a dialog": beside('r:id="rId2"', ("rId2", "dialogsheet", "dialogsheets/sheet1.xml"))
    | {"xl/dialogsheets/sheet1.xml": f"<dialogsheet {SPACES}/>"},
    "a chart": beside('r:id="rId2"', ("rId2", "chartsheet", "chartsheets/sheet1.xml"))
    | {"xl/chartsheets/sheet1.xml": f"<chartsheet {SPACES}/>"},
    "an empty id": beside('r:id=""'),
    "no id": beside('state="veryHidden"'),
}


@pytest.mark.parametrize("what", NO_SHEETS)
def test_sheets_that_hold_no_cells_do_not_damage_a_workbook(what):
    sheet = read(NO_SHEETS[what])
    assert (cells(sheet), sheet.sheets, sheet.warnings) == (CONTACTS[1:], ("Main",), ())


LOST = {
    "no such relation": beside('r:id="rId7"'),
    "no such part": beside('r:id="rId2"', ("rId2", "worksheet", "worksheets/sheet2.xml")),
    "no sheet within": beside('r:id="rId2"', ("rId2", "worksheet", "worksheets/sheet2.xml")) | {SECOND: "<html/>"},
}


@pytest.mark.parametrize("what", LOST)
def test_a_sheet_that_cannot_be_read_is_named_beside_the_one_that_was(what):
    sheet = read(LOST[what])
    assert cells(sheet) == CONTACTS[1:]
    assert [(each.code, each.facts["sheets"]) for each in sheet.warnings] == [("sheets_unread", "Extra")]


def test_a_workbook_none_of_whose_sheets_can_be_read_is_damaged():
    assert refusal(packed({name: part for name, part in PARTS.items() if name != SHEET})).code == "damaged_workbook"
    assert refusal(packed(PARTS | {SHEET: "<html/>"})).code == "damaged_workbook"
    assert refusal(packed(LOST["no such part"]), sheet="Extra").code == "damaged_workbook"


def test_two_parts_whose_names_differ_only_in_case_are_refused():
    assert refusal(packed(PARTS | {"xl/worksheets/Sheet1.xml": page(OTHERS)})).code == "unsafe_workbook"


def with_strings(counts: str) -> dict[str, str]:
    """A workbook with shared texts, one of them in runs with its reading beside it."""
    texts = "<si><t>Name</t></si><si><t>Phone</t></si><si><r><t>As</t></r><r><t>ha</t></r><rPh><t>x</t></rPh></si>"
    refer = '<row r="{0}"><c r="A{0}" t="s"><v>{1}</v></c><c r="B{0}" t="s"><v>{2}</v></c></row>'
    rows = refer.format(1, 0, 1) + refer.format(2, 2, 3)
    return PARTS | {
        RELATIONS: relations(
            ("rId1", "worksheet", "worksheets/sheet1.xml"), ("rId2", "sharedStrings", "sharedStrings.xml")
        ),
        SHEET: f"<worksheet {SPACES}><sheetData>{rows}</sheetData></worksheet>",
        "xl/sharedStrings.xml": f"<sst {SPACES} {counts}>{texts}<si><t>9876543210</t></si></sst>",
    }


@pytest.mark.parametrize("claimed", ["-1", "3000000000", "9" * 19, "9" * 40])
def test_counts_of_shared_texts_that_lie_make_no_difference(claimed):
    for counts in (f'count="4" uniqueCount="{claimed}"', f'count="{claimed}"'):
        assert cells(read(with_strings(counts))) == CONTACTS[1:2]


def test_types_of_cells_are_read_as_they_say():
    row = '<c r="A{0}" t="b"><v>1</v></c><c r="B{0}"><v>9876543210</v></c><c r="C{0}" t="d"><v>2024-01-31</v></c>'
    head = "".join(f'<c r="{at}1" t="str"><v>{name}</v></c>' for at, name in zip("ABC", ("a", "b", "c"), strict=True))
    bad = '<row r="3"><c r="A3" t="e"><v>#N/A</v></c><c r="B3"><v>1</v></c></row>'
    rows = f'<row r="1">{head}</row><row r="2">{row.format(2)}</row>{bad}'
    sheet = read(PARTS | {SHEET: f"<worksheet {SPACES}><sheetData>{rows}</sheetData></worksheet>"})
    assert cells(sheet) == [["TRUE", "9876543210", "2024-01-31"]]
    assert [(problem.row, problem.value) for problem in sheet.problems] == [(3, "#N/A")]


# OpenDocument


def open_rows(*rows: str) -> str:
    """The content of a sheet of two columns."""
    text = "<table:table-cell office:value-type='string'><text:p>{}</text:p></table:table-cell>"
    head = f"<table:table-row>{text.format('Name')}{text.format('Phone')}</table:table-row>"
    return content_of(open_table(head + "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)))


PLAIN_ROW = (
    "<table:table-cell office:value-type='string'><text:p>José</text:p></table:table-cell>"
    "<table:table-cell office:value-type='string'><text:p>9876543210</text:p></table:table-cell>"
)


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-be", "iso-8859-1"])
def test_an_open_document_sheet_in_another_encoding_is_read(codec):
    content = re.sub(r"^\s*<\?xml[^>]*\?>", "", open_rows(PLAIN_ROW))
    raw = open_content("")
    kept = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(raw)) as old, zipfile.ZipFile(kept, "w") as new:
        for name in old.namelist():
            wanted = f'<?xml version="1.0" encoding="{codec.partition("-be")[0]}"?>{content}'.encode(codec)
            new.writestr(name, wanted if name == "content.xml" else old.read(name))
    assert cells(read_sheet(kept.getvalue(), "c.ods")) == [["José", "9876543210"]]


COVERED = "<table:covered-table-cell{}>{}</table:covered-table-cell>"
PHONE = "<table:table-cell office:value-type='string'><text:p>9876543210</text:p></table:table-cell>"


@pytest.mark.parametrize(
    "covered",
    [
        COVERED.format(" office:value-type='string'", "<text:p>9000000001</text:p>"),
        COVERED.format("", "<text:p>9000000001</text:p>"),
        COVERED.format(" office:value-type='float' office:value='9000000001'", ""),
        "<table:covered-table-cell office:value-type='float' office:value='9000000001'/>",
        "<table:covered-table-cell/>",
    ],
)
def test_cells_that_others_cover_hold_nothing_that_anyone_sees(covered):
    sheet = read_sheet(open_content(open_rows(covered + PHONE, covered + PHONE)), "c.ods")
    assert cells(sheet) == [["", "9876543210"]] * 2


def test_covered_cells_take_the_place_of_as_many_columns_as_they_say():
    covered = COVERED.format(" table:number-columns-repeated='2' office:value-type='string'", "<text:p>x</text:p>")
    assert cells(read_sheet(open_content(open_rows(covered + PHONE)), "c.ods")) == [["", "", "9876543210"]]


def test_how_a_name_is_spoken_is_no_part_of_it():
    ruby = "<text:ruby><text:ruby-base>田中</text:ruby-base><text:ruby-text>タナカ</text:ruby-text></text:ruby>"
    cell = f"<table:table-cell office:value-type='string'><text:p>{ruby}</text:p></table:table-cell>"
    assert cells(read_sheet(open_content(open_rows(cell + PHONE)), "c.ods")) == [["田中", "9876543210"]]


# Passwords


@pytest.mark.parametrize(
    "method",
    [struct.pack("<HHH", 1, 1, 1) + bytes(48), struct.pack("<HHH", 1, 4, 2) + bytes(96), struct.pack("<HHH", 0, 7, 9)],
)
def test_an_xls_workbook_with_a_password_says_so_in_whichever_way_it_is_encrypted(method):
    raw = binary.xls(binary.xls_text(1, 1, "name"), further=binary.xls_record(0x002F, method))
    assert refusal(raw).code == "password_protected"


@pytest.mark.parametrize("names", ["encrypted-package", "content.xml"])
def test_an_encrypted_open_document_says_so(names):
    manifest = (
        "<manifest:manifest><manifest:file-entry><manifest:encryption-data/></manifest:file-entry></manifest:manifest>"
    )
    parts = {"mimetype": "application/vnd.oasis.opendocument.spreadsheet", names: bytes(range(256)) * 40}
    for wide in ("utf-8", "utf-16"):
        assert refusal(packed(parts | {"META-INF/manifest.xml": manifest.encode(wide)})).code == "password_protected"


# Files met in the field


@pytest.mark.parametrize(
    ("name", "count"), [("macrosheet.xlsx", 3), ("backzip.xlsx", 3), ("utf16.xlsx", 3), ("odd.ods", 7)]
)
def test_files_met_in_the_field_are_read(name, count):
    audience = build_audience(read_sheet(ODD / name, name), Choice(phone=("Phone",), region="IN", several="first"))
    assert (audience.people, audience.tables.problems.num_rows) == (count, 0)
    assert not {"タナカ", "old", "hid"} & set("".join(map("".join, cells(read_sheet(ODD / name, name)))).split())


@pytest.mark.parametrize("name", ["fmt_plus44.xlsx", "fmt44.ods", "fmt_suffixdigit.xlsx"])
def test_numbers_that_formats_show_in_another_way_become_no_indian_ones(name):
    audience = build_audience(read_sheet(ODD / name, name), Choice(phone=("Phone",), region="IN", several="first"))
    assert not any(number.startswith("+91") for number in audience.tables.contacts.column("phone").to_pylist())


def test_a_workbook_of_a_telephone_is_read():
    sheet = read_sheet(ODD / "Pfand_from_windows_phone.xlsm", "p.xlsm", header=False)
    assert (sheet.sheet, sheet.sheets, sheet.table.num_rows) == ("Blatt1", ("Blatt1", "Blatt2", "Blatt3"), 7)


def test_an_encrypted_workbook_of_the_field_says_so():
    assert refusal((ODD / "pwtest.xls").read_bytes()).code == "password_protected"
