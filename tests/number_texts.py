"""Written numbers for tests: real ones from every region, changed digit by digit and dressed in every way that people,
spreadsheets and attackers do. Deliberately hostile: most are not valid, and each rule of the parser is met often."""

from __future__ import annotations

import random
from functools import cache

import phonenumbers

REGIONS = ("IN", "US", "GB", "AE", "DE", "IT", "AR", "BR", "RU", "SG", "BD", "CN")
_ALL = sorted(phonenumbers.SUPPORTED_REGIONS)
_SEPARATORS = (
    *"  --..()/[]*~",
    " - ",
    "\u00a0",
    "\u200b",
    "\u2013",
    "\u3000",
    "\u2060",
    "\u00ad",
    "\u2212",
    "\u30fc",
    "／",
)
_JUNK = (
    *"'\"!#,;:xEe_²½éकó@+=&|\\\n\t\x00\x01\x02\x1c\x85\u2028\ufeff\u200e\u202a\u0301،’＋İſK𝟗٣",
    *(
        "ext",
        "ext 5",
        " x12",
        ";ext=44",
        ";isub=1",
        ";phone-context=+91",
        ";phone-context=a.com",
        "tel:",
        "Tel ",
        "Mob. ",
    ),
    *("E+11", ".0", ".00", ",0", ".5", "\r\n", "доб", "ｅｘｔ", "#5", "-503#", " or ", " and ", "/x", "ABC", "FLOWERS"),
    *("int", "anexo", "++"),
)
_BETWEEN = (" / ", ",", ";", "|", " & ", "\n", " or ", "  ", "-", " - ", "/")
_SCRIPTS = tuple(
    str.maketrans("0123456789", digits) for digits in ("０１２３４５６７８９", "०१२३४५६७८९", "٠١٢٣٤٥٦٧٨٩", "𝟎𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖𝟗")
)
_LENGTHS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 10, 10, 11, 12, 13, 14, 15, 17, 18, 19, 20, 21, 25, 45)


@cache
def examples(region: str = "") -> tuple[tuple[str, str], ...]:
    """Example numbers of each kind as (calling code, national number), of one region or of the whole world."""
    found = [
        (str(number.country_code), phonenumbers.national_significant_number(number))
        for each in ([region] if region else _ALL)
        for kind in range(11)
        if (number := phonenumbers.example_number_for_type(each, kind))
    ]
    abroad = [] if region else sorted(phonenumbers.COUNTRY_CODES_FOR_NON_GEO_REGIONS)
    numbers = [phonenumbers.example_number_for_non_geo_entity(code) for code in abroad]
    return tuple(found + [(str(n.country_code), phonenumbers.national_significant_number(n)) for n in numbers])


def _national(dice: random.Random, region: str) -> tuple[str, str]:
    """A calling code and something like a national number: an example with digits changed, or any digits."""
    lot = dice.random()
    if lot > 0.6:
        code = dice.choice([_code(region), _code(dice.choice(_ALL)), str(dice.randrange(1000))])
        return code, "".join(dice.choices("0123456789", k=dice.choice(_LENGTHS)))
    code, national = dice.choice(examples(region if lot < 0.35 else ""))
    digits = list(national)
    for _ in range(dice.choice((0, 0, 1, 2, 4))):
        digits[dice.randrange(len(digits))] = dice.choice("0123456789")
    if dice.random() < 0.1:
        digits.append(dice.choice("0123456789"))
    return code, "".join(digits[1:] if dice.random() < 0.1 else digits)


def _code(region: str) -> str:
    return str(phonenumbers.country_code_for_region(region))


def _number(dice: random.Random, region: str) -> str:
    code, national = _national(dice, region)
    own = _code(region)
    abroad = dice.choice(("00", "00", "011", "0", "810", "001", "0011", "119", "009", "99", "010"))
    metadata = phonenumbers.PhoneMetadata.metadata_for_region(region, None)
    trunk = dice.choice(("0", "1", "8", metadata.national_prefix or "0", "06", "015", "0" + own))
    before = ("+" + code, "+" + code + trunk, code, code + trunk, abroad + code, abroad + code + trunk, "", "", trunk)
    return dice.choice((*before, trunk, "+" + abroad + code, own + trunk, own, "0" + own, own + own)) + national


def _sprinkled(dice: random.Random, text: str, signs: tuple[str, ...], most: int) -> str:
    for _ in range(dice.randint(1, most)):
        place = dice.choice((0, len(text), dice.randrange(len(text) + 1)))
        text = text[:place] + dice.choice(signs) + text[place:]
    return text


def _as_quantity(dice: random.Random, text: str) -> str:
    """A number as a spreadsheet shows quantities: with an exponent, or in groups with commas."""
    digits = text.lstrip("+0") or "1"
    if dice.random() < 0.3:
        return dice.choice("-+ ") + f"{int(digits):,}" + dice.choice(("", ".0", ".00"))
    kept = dice.randrange(len(digits))
    exponent = dice.choice((len(digits) - 1, kept, 11, 2))
    return f"{digits[0]}{dice.choice(('.', ',', ''))}{digits[1 : 1 + kept]}{dice.choice('eE')}+{exponent}"


def written(dice: random.Random, region: str) -> str:
    """One written number, or something that looks like one."""
    text, lot = _number(dice, region), dice.random()
    if lot < 0.15:
        return text
    if lot < 0.4:
        return _sprinkled(dice, text, _SEPARATORS, 3)
    if lot < 0.75:
        return _sprinkled(dice, text, _JUNK + _SEPARATORS, 3)
    if lot < 0.8:
        return text.translate(dice.choice(_SCRIPTS))
    if lot < 0.87:
        return text + dice.choice(_BETWEEN) + _number(dice, region)
    if lot < 0.92:
        return _as_quantity(dice, text)
    if lot < 0.93:
        return text + " " * dice.choice((230, 240, 250, 251))
    return "".join(dice.choices(_JUNK + _SEPARATORS + tuple("0123456789"), k=dice.randrange(12)))


def many(count: int, region: str, seed: int) -> list[str]:
    """`count` written numbers, the same for the same seed."""
    dice = random.Random(f"{seed} {region}")
    return [written(dice, region) for _ in range(count)]
