"""The characters a short message can hold, and what they cost: the GSM 7-bit alphabet, and punctuation outside it.

Source: 3GPP TS 23.038 §6.2.1 (default alphabet) and §6.2.1.1 (extension table). No national language tables: handsets
and operators on Indian routes do not promise them.
"""

from __future__ import annotations

from dataclasses import dataclass

# In the order of the standard's table, 16 to a line; position 1B is the escape to the extension table, no character.
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅå"
    "Δ_ΦΓΛΩΠΨΣΘΞÆæßÉ"
    " !\"#¤%&'()*+,-./"
    "0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNO"
    "PQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmno"
    "pqrstuvwxyzäöñüà"
)
EXTENSION = "\f^{}\\[~]|€"
GSM = frozenset(BASIC + EXTENSION)

SPACES = "\t\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
# Zero-width joiners are left alone: Indian scripts and emoji are spelled with them.
INVISIBLE = "\u00ad\u200b\u2060\ufeff"
_MARKS_BY_PLAIN = {
    "'": "\u2018\u2019\u201a\u201b\u2032\u02bc\u00b4`",
    '"': "\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb",
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212",
    "...": "\u2026",
    " ": SPACES,
    "": INVISIBLE,
}
LOOK_ALIKES = {mark: plain for plain, marks in _MARKS_BY_PLAIN.items() for mark in marks}
"""For each typographic sign what stands for it in GSM-7."""
_PLAIN = str.maketrans(LOOK_ALIKES)
PLAIN_MARKS = "".join(LOOK_ALIKES)


@dataclass(frozen=True)
class UnicodeCharacter:
    """One character outside GSM-7: the character and how often the text holds it."""

    character: str
    times: int


def simplify_punctuation(text: str) -> str:
    """Return `text` with its typographic quotes, dashes, ellipses and spaces as their GSM-7 look-alikes.

    Nothing else changes: letters and accents are never touched, nor the joiners that Indian scripts and emoji need.
    """
    return text.translate(_PLAIN)


def list_unicode_characters(text: str) -> tuple[str, ...]:
    """Return the distinct characters of `text` that are not in GSM-7 and so force UCS-2, in order of appearance."""
    return tuple(dict.fromkeys(character for character in text if character not in GSM))


def count_unicode_characters(text: str) -> tuple[UnicodeCharacter, ...]:
    """Return what `list_unicode_characters` does, with how often each character stands in the text."""
    return tuple(UnicodeCharacter(character, text.count(character)) for character in list_unicode_characters(text))
