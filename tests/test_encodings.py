"""Encodings of text files: read right or named, never silently as other letters."""

from __future__ import annotations

import pytest

from smscore.contacts import Choice, build_audience
from smscore.errors import SheetError
from smscore.sheets import find_codec, read_sheet

NAMES = {
    "ja": ["田中さくら", "佐藤ひろし", "すずき花子", "高橋けん", "ワタナベ太郎", "伊藤めぐみ"],
    "ko": ["김민수", "이서연", "박지훈", "최유진", "정하은", "강도윤"],
    "zh": ["张伟先生", "王芳女士", "李娜小姐", "刘洋经理", "陈静老师", "杨明同学"],
    "tw": ["陳怡君小姐", "林志明先生", "黃淑芬女士", "張家豪經理", "李美玲老師", "王建國同學"],
    "ru": ["Иван Петров", "Анна Смирнова", "Олег Кузнецов", "Мария Попова", "Пётр Соколов", "Ольга Лебедева"],
    "el": ["Γιώργος Παππάς", "Μαρία Νικολάου", "Ελένη Δημητρίου", "Κώστας Ιωάννου"],
    "he": ["משה כהן", "שרה לוי", "דוד מזרחי", "יעל ברקוביץ"],
    "ar": ["محمد أحمد", "فاطمة الزهراء", "علي حسن", "خالد يوسف"],
    "pl": ["Łukasz Wiśniewski", "Małgorzata Dąbrowska", "Żaneta Wójcik", "Józef Kamiński", "Święcicka Źrebak"],
    "cs": ["Jiří Dvořák", "Lukáš Novotný", "Růžena Černá", "Tomáš Procházka", "Zdeněk Kučera", "Šárka Ťuhýčková"],
    "hu": ["Győző Szabó", "László Kővári", "Béla Tóth", "Zsófia Fűrész", "Ödön Nagy"],
    "tr": ["Ayşe Yılmaz", "Çağrı Şahin", "Gülşen Öztürk", "İbrahim Doğan"],
    "west": ["José García", "François Lefèvre", "Jürgen Groß", "João Simões", "Søren Bjørk", "Åsa Öberg"],
    "fr": ["José García", "François Lefèvre", "Zoë Müller", "Renée Côté", "Ángel Muñoz"],
}
CASES = [
    ("iso2022_jp", "ja", "ISO-2022-JP"), ("shift_jis", "ja", "Shift JIS"), ("euc_jp", "ja", "EUC-JP"),
    ("iso2022_kr", "ko", "ISO-2022-KR"), ("euc_kr", "ko", "EUC-KR"), ("hz", "zh", "HZ"), ("gb18030", "zh", "GB18030"),
    ("gb2312", "zh", "GB18030"), ("big5", "tw", "Big5"), ("cp1251", "ru", "1251"), ("koi8_r", "ru", "KOI8-R"),
    ("iso8859_5", "ru", "8859-5"), ("cp866", "ru", "866"), ("cp1253", "el", "1253"), ("utf-7", "zh", "UTF-7"),
    ("utf-7", "fr", "UTF-7"), ("cp1252", "fr", "1252"), ("mac_roman", "fr", "Macintosh"), ("cp850", "fr", "850"),
    ("iso8859_1", "fr", "1252"), ("utf-16-le", "zh", "UTF-16"), ("utf-16-be", "ru", "UTF-16"),
    ("utf-32-le", "zh", "UTF-32"), ("utf-32-be", "fr", "UTF-32"),
    ("cp1255", "he", "1255"), ("cp1256", "ar", "1256"), ("iso8859_6", "ar", "8859-6"),
    ("mac_cyrillic", "ru", "Macintosh Cyrillic"), ("cp1250", "pl", "1250"), ("iso8859_2", "pl", "8859-2"),
    ("cp852", "pl", "852"), ("mac_latin2", "pl", "Macintosh Central"), ("cp1250", "cs", "1250"),
    ("iso8859_2", "cs", "8859-2"), ("cp852", "cs", "852"), ("cp1250", "hu", "1250"), ("iso8859_2", "hu", "1250"),
    ("cp852", "hu", "852"), ("cp1254", "tr", "1254"), ("cp1252", "west", "1252"),
]  # fmt: skip


def sheet_of(names: list[str], codec: str, plus: str = "+91"):
    rows = "".join(f"{name},{plus}98765432{at:02},Pune\r\n" for at, name in enumerate(names * 3, 10))
    return read_sheet(f"name,phone,city\r\n{rows}".encode(codec), "c.csv")


@pytest.mark.parametrize(("codec", "names", "told"), CASES, ids=[f"{codec}-{names}" for codec, names, _ in CASES])
def test_every_encoding_is_read_and_named(codec, names, told):
    sheet = sheet_of(NAMES[names], codec)
    assert sheet.table.column("name").to_pylist() == NAMES[names] * 3
    assert sheet.table.column("phone").to_pylist()[0] == "+919876543210"
    (notice,) = sheet.warnings
    assert notice.code == "encoding_guessed" and told in notice.facts["encoding"]


@pytest.mark.parametrize("codec", ["cp037", "cp500"])
def test_text_of_mainframes_is_refused_by_name(codec):
    with pytest.raises(SheetError) as refusal:
        sheet_of(["ASHA RAO", "RAVI KUMAR"], codec)
    assert refusal.value.code == "encoding_refused" and "EBCDIC" in str(refusal.value)


def test_letters_that_cannot_be_told_are_warned_of():
    sheet = read_sheet(
        b"name,phone\n\xa9\xb7\xff\xfe\x90\xae,9876543210\n\x81\xfe\xff\x80\xb0\xaf,9876543211\n", "c.csv"
    )
    assert [notice.code for notice in sheet.warnings][:1] == ["encoding_unknown"]
    assert sheet.table.column("phone").to_pylist() == ["9876543210", "9876543211"]


@pytest.mark.parametrize(
    "text",
    [
        "name,phone\nAsha,+91-9876543210\nRavi,+91987654-3210\nLi,+919876543212\n",
        "name,phone\nA+B-C,+91 98765 43210\nC~{d}~,9876543211\n",
        "name,phone\n~{x~},9876543210\n",
        "name,phone\nR+D-,9876543210\n",
    ],
)
def test_plain_text_with_plus_signs_and_tildes_stays_as_it_is(text):
    sheet = read_sheet(text.encode(), "c.csv")
    assert [list(row.values()) for row in sheet.table.to_pylist()] == [
        line.split(",") for line in text.split("\n")[1:-1]
    ]
    assert not sheet.warnings


def bytes_of(names: list[str], codec: str) -> bytes:
    rows = "".join(f"{name},98765432{at:02}\n" for at, name in enumerate(names, 10))
    return f"name,phone\n{rows}".encode(codec)


def test_names_of_several_languages_of_one_encoding_are_told_together():
    names = [*NAMES["pl"], *NAMES["cs"], "Jürgen Groß"]
    sheet = read_sheet(bytes_of(names, "cp1250"), "c.csv")
    assert sheet.table.column("name").to_pylist() == names and sheet.encoding.codec == "cp1250"


@pytest.mark.parametrize(("guessed", "meant"), [("cp1252", "cp1250"), ("cp1252", "utf-8"), ("cp1252", "koi8-r")])
def test_a_guess_is_named_and_another_encoding_can_be_chosen(guessed, meant):
    file = bytes_of(["Béla Győr"], "cp1250")
    sheet = read_sheet(file, "c.csv")
    assert (sheet.encoding.codec, sheet.encoding.chosen) == (guessed, False)
    chosen = read_sheet(file, "c.csv", encoding=meant)
    assert chosen.encoding.codec == find_codec(meant) and chosen.encoding.chosen
    assert not [notice for notice in chosen.warnings if notice.code.startswith("encoding")]
    told = "B\u00e9la Gy\u00f5r" if meant == "utf-8" else file.decode(meant).split("\n")[1].split(",")[0]
    assert chosen.table.column("name").to_pylist() == [told]
    assert chosen.table.column("phone").to_pylist() == ["9876543210"]


def test_what_a_file_says_itself_is_never_overruled():
    file = bytes_of(["Béla Győr"], "utf-8-sig")
    for chosen in (None, "cp1250"):
        sheet = read_sheet(file, "c.csv", encoding=chosen)
        assert sheet.table.column("name").to_pylist() == ["Béla Győr"] and sheet.encoding is None


@pytest.mark.parametrize("name", ["nonsense", "", "rot13", "idna", "unicode_escape", "cp037", "\0", "../utf_8"])
def test_a_name_that_is_no_encoding_of_sheets_is_refused(name):
    with pytest.raises(SheetError) as refusal:
        read_sheet(b"phone\n9876543210\n", "c.csv", encoding=name)
    assert refusal.value.code == "unknown_encoding"


@pytest.mark.parametrize(
    ("name", "codec"),
    [("Latin-1", "cp1252"), ("windows-1250", "cp1250"), ("ISO_8859-2", "iso8859_2"), ("UTF8", "utf-8"),
     ("gbk", "gb18030"), ("iso-2022-jp", "iso2022_jp_ext"), ("cp949", "cp949"), ("macroman", "mac_roman"),
     ("UTF-16BE", "utf-16-be")],
)  # fmt: skip
def test_an_encoding_is_known_by_all_of_its_names(name, codec):
    assert find_codec(name) == codec


PLAIN = "".join(f"Asha {at},98{at:08},Pune\n" for at in range(60_000))


@pytest.mark.parametrize(
    ("codec", "names"), [("iso2022_jp", "ja"), ("iso2022_kr", "ko"), ("hz", "zh"), ("utf-7", "ru")]
)
def test_letters_that_begin_below_the_first_mebibyte_are_noticed(codec, names):
    late = "".join(f"{name},98765432{at:02},Pune\n" for at, name in enumerate(NAMES[names] * 3, 10))
    file = b"name,phone,city\n" + PLAIN.encode() + late.encode(codec)
    assert len(file) > 1 << 20
    sheet = read_sheet(file, "c.csv")
    assert sheet.table.column("name").to_pylist()[60_000:] == NAMES[names] * 3
    assert [notice.code for notice in sheet.warnings] == ["encoding_guessed"] and sheet.row_count == 60_000 + len(
        NAMES[names] * 3
    )


def test_chinese_escapes_are_refused_by_name_wherever_they_begin():
    chinese = b"\x1b$)A\x0eUEN0\x0f,9876543210\n"
    for above in (b"", PLAIN.encode()):
        with pytest.raises(SheetError) as refusal:
            read_sheet(b"name,phone\n" + above + chinese, "c.csv")
        assert refusal.value.code == "encoding_refused" and "ISO-2022-CN" in str(refusal.value)


def test_escapes_below_utf_8_letters_are_refused():
    file = "name,phone,city\nJosé,9876543210,Pune\n" + PLAIN
    with pytest.raises(SheetError) as refusal:
        read_sheet(file.encode() + "田中さくら,9876543211,Pune\n".encode("iso2022_jp"), "c.csv")
    assert refusal.value.code == "encoding_refused"


def test_large_plain_text_with_tildes_and_plus_signs_stays_as_it_is():
    file = PLAIN + "R+D-,+919876543210,~{x~}\nA~{d}~+B,+91-9876543211,Goa\n"
    sheet = read_sheet(f"name,phone,city\nA,+919876543212,Goa\n{file}".encode(), "c.csv")
    assert sheet.table.column("name").to_pylist()[-2:] == ["R+D-", "A~{d}~+B"] and not sheet.warnings


def end_lines(end: str) -> int:
    """How many lines a text has."""
    return end.rstrip("\r\n").count("\n") + 1


@pytest.mark.parametrize("end", ["\x1a", "\x1a\n", "\x0c\n", "\x0c\r\n\x1a", "\x1a\x1a\x1a"])
@pytest.mark.parametrize("row", ["phone\n9876543210\n", "name,phone\nAsha,9876543210\n", "a,phone,b\n1,9876543210,2\n"])
def test_the_signs_that_end_a_text_are_no_rows(row, end):
    sheet = read_sheet(f"{row}{end}".encode(), "c.csv")
    assert sheet.table.column("phone").to_pylist() == ["9876543210"]
    assert not sheet.problems and not sheet.warnings and sheet.blank_rows == end_lines(end)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("feed", ["\x0c", "\x0c\x0c"])
def test_a_form_feed_in_a_list_of_one_column_is_a_page_break(feed, end):
    lines = ["phone", "9876543210", feed, "9876543211", feed, "9876543212"]
    sheet = read_sheet(end.join([*lines, ""]).encode(), "list.txt")
    assert sheet.table.column("phone").to_pylist() == ["9876543210", "9876543211", "9876543212"]
    assert sheet.rows.to_pylist() == [2, 4, 6] and (sheet.blank_rows, len(sheet.problems)) == (2, 0)
    assert [(notice.code, notice.facts["count"]) for notice in sheet.warnings] == [("page_breaks", 2)]
    audience = build_audience(sheet, Choice())
    assert audience.people == 3 and audience.tables.problems.num_rows == 0


def test_a_form_feed_above_a_list_of_one_column_is_no_header():
    sheet = read_sheet(b"\x0c\nphone\n9876543210\n", "list.txt")
    assert sheet.table.column_names == ["phone"] and sheet.rows.to_pylist() == [3]


def test_a_form_feed_between_rows_is_a_blank_line():
    rows = "".join(f"Asha,98765432{at}\n" + "\x0c\n" * (at % 5 == 0) for at in range(10, 30))
    sheet = read_sheet(f"name,phone\n{rows}".encode(), "c.csv")
    assert (sheet.table.num_rows, sheet.blank_rows, len(sheet.problems)) == (20, 4, 0)
    assert sheet.rows.to_pylist()[:3] == [2, 4, 5]
