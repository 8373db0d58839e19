"""Words by which a header row is told from a contact. A list of hints, not of what is allowed: any header is taken, but
one without any of these words is asked about."""

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
_APART = re.compile(r"[\s!-/:-@\[-`{-~0-9]+|(?<=[a-z])(?=[A-Z])")
_DIGITS = re.compile(r"\d")
LONGEST_NAME = 4
"""Words that the name of a column has at most; more are a sentence."""


def share_of_known_words(row: Sequence[str]) -> tuple[int, int]:
    """How many cells of a row are made of such words alone, and how many others hold one."""
    exact = partly = 0
    for cell in row:
        if len(_DIGITS.findall(cell)) > 1:  # "No. 007" is what stands in rows, "Address 2" is a name
            continue
        words = [word.casefold() for word in _APART.split(normalize("NFKC", cell).strip()) if word]
        known = sum(word in WORDS or word.rstrip("s") in WORDS for word in words)
        if words and len(words) <= LONGEST_NAME and known:
            exact, partly = exact + (known == len(words)), partly + (known < len(words))
    return exact, partly
