"""What spreadsheets, phones and chat windows do to a number, undone before it is parsed.

The rules in order, each a small function or table of its own:
1. characters: any digit of any script becomes 0-9; odd spaces and dashes become plain ones; invisible marks vanish;
   full-width signs become ASCII (`FOLDS`);
2. quotes and spaces around the cell go (`AROUND`), among them the apostrophe by which Excel is told "this is text";
3. several numbers in one cell are told apart (`split_numbers`);
4. a number that a spreadsheet took for a quantity is turned back, `919876543210.0` or `9.19876543210E+11`, unless its
   digits are lost (`9.19877E+11`) or it was never whole (`restore_number`).
"""

from __future__ import annotations

import re
import sys
import unicodedata
from functools import cache

import numpy as np

AROUND = " \t\n'\"`="
LEAST_PART = 7  # digits in each part before a cell counts as several numbers
ONE_NUMBER = 15  # digits at most in one E.164 number

SEPARATORS = r"[/,;|&\\\n]+|(?i: (?:or|and) )"
WIDE_SEPARATORS = r"[ -]+"  # only where all digits together are too many for one number

DECIMAL = r"^([+-]?[0-9]{7,})[.,]([0-9]*)$"
GROUPED = r"^\+?[0-9]{1,3}(?:,[0-9]{2,3})+(?:\.0*)?$"
SCIENTIFIC = r"^([+-]?[0-9]+)(?:[.,]([0-9]*))?[eE]([+-]?[0-9]{1,3})$"
NEGATIVE = r"^-[0-9]{7,}$"

_INVISIBLE = "\u00ad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff9-\ufffb"
_DASHES = "\u2010-\u2015\u2212\ufe58\ufe63"
_QUOTES = "\u2018\u2019\u201a\u201b\u2032\u02bc\u00b4\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb"
_COMMAS, _SEMICOLONS = "\u3001\u060c\u066b", "\u061b\u037e"


@cache
def list_characters() -> str:
    """Return all code points in order, as one string that patterns can be run over."""
    return "".join(map(chr, range(sys.maxunicode + 1)))


def _find_code_points(pattern: str) -> list[int]:
    return [ord(character) for character in "".join(re.findall(pattern, list_characters()))]


@cache
def build_folds() -> dict[int, str | None]:
    """Return rule 1 as a table for `str.translate`."""
    table: dict[int, str | None] = {code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}
    table.update({code: str(unicodedata.digit(chr(code))) for code in _find_code_points(r"\d")})
    table.update(dict.fromkeys(_find_code_points(r"[^\S\n]"), " "))
    table.update(dict.fromkeys(map(ord, "\r\v\f\x1c\x1d\x1e\x85\u2028\u2029"), "\n"))
    table.update(dict.fromkeys(_find_code_points(f"[{_INVISIBLE}]")))
    table.update(dict.fromkeys(_find_code_points(f"[{_DASHES}]"), "-"))
    table.update(dict.fromkeys(map(ord, _QUOTES), "'"))
    table.update(dict.fromkeys(map(ord, _COMMAS), ","))
    table.update(dict.fromkeys(map(ord, _SEMICOLONS), ";"))
    return table


def repair_text(text: str) -> str:
    """Apply rules 1 and 2: the text in plain characters, without what stands around it. "" for a blank cell."""
    return text.translate(build_folds()).strip(AROUND)


_SEPARATORS, _WIDE_SEPARATORS = re.compile(SEPARATORS), re.compile(WIDE_SEPARATORS)


def split_numbers(text: str) -> list[str]:
    """Apply rule 3: return the numbers of a repaired cell, or the cell alone.

    A cell is several numbers only if each part has at least seven digits, so that "080-2345 6789 / 90" or an
    extension are not torn apart. Where all digits together are more than one number can have, spaces and dashes
    part as well.
    """
    patterns = (_SEPARATORS, _WIDE_SEPARATORS) if count_digits(text) > ONE_NUMBER else (_SEPARATORS,)
    for pattern in patterns:
        parts = [part for part in (piece.strip(AROUND) for piece in pattern.split(text)) if part]
        if len(parts) > 1 and all(count_digits(part) >= LEAST_PART for part in parts):
            return parts
    return [text]


_DECIMAL, _GROUPED, _SCIENTIFIC, _NEGATIVE = map(re.compile, (DECIMAL, GROUPED, SCIENTIFIC, NEGATIVE))


def restore_number(text: str) -> tuple[str, str]:
    """Apply rule 4: return (text as it was meant, ""), or ("", reason code) where that cannot be known."""
    if match := _DECIMAL.match(text):
        return _require_whole(match[1], match[2])
    if match := _SCIENTIFIC.match(text):
        exponent, fraction = int(match[3]), match[2] or ""
        if exponent < 0 or len(fraction) < exponent:
            return "", "damaged_by_spreadsheet"
        return _require_whole(match[1] + fraction[:exponent], fraction[exponent:])
    if _NEGATIVE.match(text):
        return "", "not_whole_number"
    if _GROUPED.match(text):
        return text.partition(".")[0].replace(",", ""), ""
    return text, ""


def _require_whole(digits: str, fraction: str) -> tuple[str, str]:
    return ("", "not_whole_number") if digits[0] == "-" or fraction.strip("0") else (digits, "")


def count_digits(text: str) -> int:
    """Return how many decimal digits a text holds."""
    return sum(map(str.isdecimal, text))


# Stand-ins for characters outside ASCII, so that a column can be worked on as bytes.
LETTER, PARSER_ONLY = 1, 2
_JUNK, _SPACE, _PLUS = ord("!"), ord(" "), ord("+")
# What `phonenumbers` reads in a way of its own: labels of extensions, letters that match ASCII ones regardless of
# case, and a sign that is both punctuation and letter. Where one occurs, the parser itself is asked.
_PECULIAR = "óÓ\u0301добДОБſKİı\u30fc\u2053\u223c\uff5e＃ｅｘｔｎｉＥＸＴＮＩ"
# Punctuation that `phonenumbers` allows inside a number.
_PUNCTUATION = "\u2010-\u2015\u2212\uff0d-\uff0f \u00a0\u00ad\u200b\u2060\u3000（）［］"


@cache
def build_parser_bytes() -> np.ndarray:
    """Return for each code point the ASCII byte that means the same to `phonenumbers`, uint8.

    That is a digit, a space for punctuation, a plus sign, LETTER for any other letter, PARSER_ONLY for what must be
    asked, an exclamation mark for the rest.
    """
    table = np.full(sys.maxunicode + 1, _JUNK, np.uint8)
    table[_find_code_points(r"\w")] = LETTER
    digits = _find_code_points(r"\d")
    table[digits] = [48 + unicodedata.digit(chr(code)) for code in digits]
    table[_find_code_points(f"[{_PUNCTUATION}]")] = _SPACE
    table[ord("＋")] = _PLUS
    table[list(map(ord, _PECULIAR))] = PARSER_ONLY
    table[:128] = np.arange(128)
    table[[0, LETTER, PARSER_ONLY]] = _JUNK
    return table


@cache
def build_repaired_bytes() -> np.ndarray:
    """Return the table of `build_parser_bytes` after rule 1; 0 for a character that vanishes."""
    table = build_parser_bytes().copy()
    for code, meant in build_folds().items():
        table[code] = ord(meant) if meant else 0
    return table
