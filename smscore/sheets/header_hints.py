"""What cells say about whether a row is a header or a contact: known header words, phone numbers, dates and amounts.

The words are hints and not a list of what is allowed: any header is taken, but one without any of these words is asked
about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from unicodedata import normalize

PHONE_STEMS = ("phone", "mobile", "msisdn", "whatsapp", "cell", "contact", "फोन", "मोबाइल", "mob", "tel")
_ENGLISH = """
name first last surname full middle fname lname firstname lastname fullname customer client student member patient
employee user username person contact phone mobile mob cell tel telephone msisdn whatsapp number no num sms email mail
address street city town state country nation county region area district village taluka location branch
pin pincode zip
zipcode postcode postal code isd std cc dob birthday birthdate age gender sex amount balance due price total
cost paid fee
currency company organisation organization org firm department dept designation title role profession
occupation id uid
sr sno serial sl srno slno roll rollno index date time day month year created updated status type kind category class
section grade plan product item order invoice policy account acct bank note notes remark remarks comment comments link
url website otp language lang tag tags group list source campaign consent optin optout subscribed unsubscribed dnd gst
pan aadhaar vehicle expiry renewal appointment doctor template message text body sender header entity principal coupon
discount points tier score value description quantity qty reference ref father mother guardian
emergency alternate home
work office landline fax salutation initials suffix prefix nickname row column course batch school college shop store
"""
_OTHERS = """
नाम फोन फ़ोन मोबाइल नंबर संपर्क शहर पता राज्य जिला देश ईमेल तारीख दिनांक राशि क्रमांक उम्र लिंग सहमति पिनकोड गाँव भाषा
नाव শহর নাম ফোন મોબાઇલ નામ ਨਾਮ பெயர் கைபேசி தொலைபேசி పేరు ఫోన్ ಹೆಸರು പേര് nombre apellido teléfono
telefono móvil movil
ciudad correo dirección nom prénom téléphone portable ville adresse nachname vorname telefon handy stadt ort adresse
strasse straße plz land cognome nome telefono cellulare città indirizzo nome sobrenome telefone celular cidade naam
telefoon mobiel stad имя фамилия телефон город адрес ad soyad şehir nama kota nomor telepon
姓名 电话 手机 城市 名前 電話
"""
WORDS = frozenset((_ENGLISH + _OTHERS).split())
BLANK_WORDS = frozenset({"", "-", "--", "---", "n/a", "na", "n.a.", "#n/a", "none", "null", "nil", "nan", "?", "tbd"})
BLANK_WORDS |= {"unknown", "not available", "not given", "not known", "no phone", "no number", "missing", "blank", "."}
BLANK_WORDS |= {"नहीं", "pending", "later", "call later", "wrong number", "to follow", "tba", "empty", "(blank)"}
INDEX_WORDS = frozenset(
    {"id", "no", "no.", "#", "sr", "sr.", "sr no", "s.no", "s.no.", "sl no", "index", "row", "serial"}
)
INDEX_WORDS |= {"s no", "sno", "srno", "sr. no.", "sl. no.", "क्रमांक", "number", "roll no", "key", "uid", "row name"}
PHONE_MARKS = re.compile(r"[\s()+.\-/\"'=`\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
SEVERAL = re.compile(r"[,;|&\\]|/(?=\s*\+?\d{6})|(?i: or | and )")
SCIENTIFIC = re.compile(r"\d[.,]\d+E\+?1[0-4]", re.IGNORECASE)
FEWEST_DIGITS, FEWEST_ABOVE_OTHERS = 7, 5
"""The fewest digits of a phone number, and of a number that stands above longer ones."""
OF_DATA = re.compile(r"[^@\s]+@[^@\s]+\.\w+|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:\D.*)?")
"""A cell that stands in rows and in no header: an e-mail address, a date."""
AMOUNT = re.compile(r"[^\w\s]?\s?-?\d[\d.,]*%?")
_APART = re.compile(r"[\s!-/:-@\[-`{-~0-9]+|(?<=[a-z])(?=[A-Z])")
_DIGITS = re.compile(r"\d")
LONGEST_NAME = 4
"""The most words that the name of a column has; more are a sentence."""


def count_known_words(row: Sequence[str]) -> tuple[int, int]:
    """Return how many cells of a row consist of such words alone, and how many others hold one."""
    exact = partly = 0
    for cell in row:
        if len(_DIGITS.findall(cell)) > 1:  # "No. 007" is data, "Address 2" is the name of a column
            continue
        words = [word.casefold() for word in _APART.split(normalize("NFKC", cell).strip()) if word]
        known = sum(word in WORDS or word.rstrip("s") in WORDS for word in words)
        if words and len(words) <= LONGEST_NAME and known:
            exact, partly = exact + (known == len(words)), partly + (known < len(words))
    return exact, partly


def count_filled(row: Sequence[str]) -> int:
    """Return how many cells of a row are not blank."""
    return sum(1 for cell in row if cell.strip())


def repeats_cell(row: list[str], columns: list[tuple[str, ...]]) -> bool:
    """Return whether a cell of the row stands below it as well, in the same column."""
    return any(cell.strip() and cell in column for cell, column in zip(row, columns, strict=True))


def heads_amounts(cell: str, column: Sequence[str]) -> bool:
    """Return whether a cell without a number stands above a column of amounts."""
    filled = [each.strip() for each in column if each.strip()]
    if not filled or not cell.strip() or count_digits(cell) or holds_numbers(filled):
        return False
    return all(map(AMOUNT.fullmatch, filled))


def get_columns(row: list[str], below: list[list[str]]) -> list[tuple[str, ...]]:
    """Return the columns of the rows below a row; as many empty ones as it has cells where there are none."""
    return list(zip(*below, strict=True)) if below else [()] * len(row)


def is_phone(cell: str) -> bool:
    """Return whether a cell holds a phone number, or one that a spreadsheet turned into 9.19877E+11."""
    if SCIENTIFIC.fullmatch(cell.strip("'\"= ")):
        return True
    return any(10 <= count_digits(part) <= 15 for part in SEVERAL.split(cell))


def count_digits(cell: str) -> int:
    """Return the number of digits of a cell that is a written number and nothing else; 0 for any other cell."""
    bare = PHONE_MARKS.sub("", cell)
    return len(bare) if bare.isdecimal() else 0


def holds_numbers(column: Sequence[str]) -> bool:
    """Return whether most filled cells of a column are numbers as long as a phone number of any country."""
    filled = [cell for cell in column if cell.strip()]
    return sum(FEWEST_DIGITS <= count_digits(cell) <= 15 for cell in filled) * 2 > len(filled)


def is_index(column: Sequence[str]) -> bool:
    """Return whether the filled cells of a column count up by one."""
    numbers = [int(cell) for cell in column if cell.isdecimal() and len(cell) < 9]
    filled = count_filled(column)
    return bool(filled) and len(numbers) == filled and numbers == [*range(numbers[0], numbers[0] + filled)]
