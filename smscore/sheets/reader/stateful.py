"""Encodings in which ASCII bytes stand for other letters: ISO-2022, HZ and UTF-7; and EBCDIC, which has no ASCII."""

from __future__ import annotations

import mmap
import re

from .framing import Refused

ISO_2022 = {
    re.compile(rb"\x1b\$\)C"): "iso2022_kr",
    re.compile(rb"\x1b(\$[@B]|\$\([DOPQ]|\([JI])"): "iso2022_jp_ext",
    re.compile(rb"\x1b\$\)[AGE]|\x1b\$\*H"): "",
}
"""ECMA-35 and RFC 1468, 1557, 1922: how each begins; no codec for the Chinese one."""
HZ = re.compile(rb"~\{(?:[\x21-\x77][\x21-\x7e])+~\}")
"""RFC 1843."""
SHIFTED = re.compile(rb"\+([A-Za-z0-9+/]*)(-?)")
"""RFC 2152: a stretch of UTF-7 in base 64."""
UTF7_LETTERS = re.compile(rb"\+[A-Za-z0-9+/]*[A-Za-z/][A-Za-z0-9+/]*-?")
UTF7_MARK = re.compile(rb"\+/v[89+/]")
EBCDIC = bytes([0x40, 0x4B, 0x5C, 0x6B, 0x5E, 0x60, 0x15, 0x25, 0x0D, *range(0x81, 0xAA), *range(0xC1, 0xEA)])
EBCDIC += bytes(range(0xF0, 0xFA))
MOSTLY, RARELY = 0.9, 0.05
WINDOW, LONGEST_ESCAPE = 1 << 20, 4
"""How many bytes are looked into where letters change; how many may lie across the end of what was looked at."""


def stateful_codec(head: bytes, whole: bool) -> str:
    """The codec of a text that begins with `head`; "" for all others. `whole`: nothing comes behind it.

    Raises `Refused` for those that cannot be read.
    """
    for pattern, codec in ISO_2022.items():
        if pattern.search(head):
            if not codec:
                raise Refused("encoding_refused", encoding="ISO-2022-CN")
            return codec
    head = head if whole else head[: head.rfind(b"\n") + 1]
    if HZ.search(head) and head.isascii() and _decodes(head, "hz"):
        return "hz"
    return "utf-7" if head.isascii() and _is_utf7(head) else ""


def refuse_ebcdic(head: bytes) -> None:
    """Raise `Refused` for text of a mainframe."""
    known = len(head) - len(head.translate(None, EBCDIC))
    digits = sum(map(head.count, b"0123456789"))
    if head and known > MOSTLY * len(head) and digits < RARELY * len(head) and re.search(rb"[\xf0-\xf9]{6}", head):
        raise Refused("encoding_refused", encoding="EBCDIC, as mainframes write it")


def _is_utf7(head: bytes) -> bool:
    """Whether a plus sign, wherever it stands, is written or begins letters as UTF-7 has them. That of `+91-98…` is
    not, and of digits alone nothing is believed."""
    stretches = SHIFTED.findall(head)
    if UTF7_MARK.match(head):
        return True
    letters = [inner for inner, _ in stretches if inner and re.search(rb"[A-Za-z+/]", inner)]
    if not letters or any(not inner and not end for inner, end in stretches) or not _decodes(head, "utf-7"):
        return False
    text = b"+" + b"-+".join(letters) + b"-"
    return all(letter.isalpha() or letter.isprintable() for letter in text.decode("utf-7", "replace"))


def _decodes(head: bytes, codec: str) -> bool:
    try:
        return not head.decode(codec).isascii()
    except UnicodeDecodeError:
        return False


def late_stateful_codec(text: bytes | mmap.mmap, head: bytes) -> str:
    """Return the codec of a text whose `head` shows none and whose letters begin further down; "" for all others.

    Raises `Refused` for those that cannot be read.
    """
    place = _first_sign(text, head)
    if place < 0:
        return ""
    place = text.rfind(b"\n", 0, place) + 1
    window = text[place : place + WINDOW]
    codec = stateful_codec(window, whole=place + WINDOW >= len(text))
    if codec and not head.isascii():
        raise Refused("encoding_refused", encoding=f"UTF-8 and {codec} at once")
    return codec


def _first_sign(text: bytes | mmap.mmap, head: bytes) -> int:
    """Where behind `head` a text may change its letters; -1 where it never does."""
    signs = list(ISO_2022)
    start, places = len(head) - LONGEST_ESCAPE, []
    if text.find(b"\x1b", start) >= 0:
        places += [found.start() for pattern in signs if (found := pattern.search(text, start))]
    if text.find(b"~", start) >= 0 and (found := HZ.search(text, start)):
        places.append(found.start())
    # In UTF-7 a plus sign that is one is always written as "+-".
    plus = text.find(b"+", start) if head.count(b"+") == head.count(b"+-") else -1
    if plus >= 0 and (found := UTF7_LETTERS.search(text, plus)):
        places.append(found.start())
    return min(places, default=-1)
