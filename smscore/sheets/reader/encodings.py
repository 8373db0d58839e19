"""The encodings that text files come in: told from the bytes, and decoded to a stream of UTF-8 bytes.

In some encodings ASCII bytes stand for other letters: ISO-2022, HZ and UTF-7 change their alphabet by escape sequences.
EBCDIC has no ASCII at all, and is refused.
"""

from __future__ import annotations

import codecs
import mmap
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from .alphabets import detect_codec
from .framing import Refused

LOOK = 4 << 20
CLOSE_LOOK = 64 << 10
MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
GUESS = "cp1252"
UNKNOWN = "smsdesk-unknown"
"""The codec of a text whose encoding is unknown: Windows-1252, under a name that says so."""
STRAY = "smsdesk_stray"
"""The error handler that decodes bytes which are not UTF-8 as Windows-1252."""
ISO_2022 = {
    re.compile(rb"\x1b\$\)C"): "iso2022_kr",
    re.compile(rb"\x1b(\$[@B]|\$\([DOPQ]|\([JI])"): "iso2022_jp_ext",
    re.compile(rb"\x1b\$\)[AGE]|\x1b\$\*H"): "",
}
"""How each of them begins (ECMA-35, RFC 1468, 1557 and 1922) → its codec; there is none for the Chinese one."""
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
"""Bytes that are examined where the alphabet changes, and bytes of an escape that may cross the end of the head."""


@dataclass(frozen=True)
class Encoding:
    """A codec, the size of the byte order mark before the text, and whether the codec was guessed, or chosen by the
    operator.

    UTF-8 that was guessed has strays: bytes of Windows-1252 within it, as where two files were joined.
    """

    codec: str
    mark: int = 0
    guessed: bool = False
    chosen: bool = False

    @property
    def python_codec(self) -> str:
        """The name under which Python knows the codec."""
        return GUESS if self.codec == UNKNOWN else self.codec


def _decode_as_control_character(error: UnicodeError) -> tuple[str, int]:
    """Keep the five bytes that Windows-1252 leaves undefined as the C1 control characters of the same number."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(map(chr, error.object[error.start : error.end])), error.end


def _decode_as_windows_1252(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    stray = error.object[error.start : error.end]
    return stray.decode(GUESS, "smsdesk_c1"), error.end


codecs.register_error("smsdesk_c1", _decode_as_control_character)
codecs.register_error(STRAY, _decode_as_windows_1252)


def detect_encoding(source: BinaryIO, chosen: str | None = None) -> Encoding:
    """Return the encoding of a text file: from its mark, else the codec that was chosen, else a guess from its first
    MiB. The file is left at its start.
    """
    head = source.read(LOOK // 4)
    source.seek(0)
    for mark, codec in MARKS:
        if head.startswith(mark):
            return Encoding(codec, len(mark))
    if chosen:
        has_strays = chosen == "utf-8" and any(_count_letters_and_strays(source)[1:])
        return Encoding(chosen, guessed=has_strays, chosen=True)
    refuse_ebcdic(head[:CLOSE_LOOK])
    whole = len(head) < LOOK // 4
    if other := detect_wide_without_mark(head[:CLOSE_LOOK]) or detect_stateful_codec(head, whole):
        return Encoding(other, guessed=True)
    if not _is_utf8(head):
        return _guess_encoding(source)
    late = "" if whole else _detect_late_codec(source, head)
    return Encoding(late, guessed=True) if late else Encoding("utf-8")


def _detect_late_codec(source: BinaryIO, head: bytes) -> str:
    """Return the stateful codec of a text whose first letters outside ASCII come after `head`; "" for all others."""
    with mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as text:
        return detect_late_stateful_codec(text, head)


def check_whole_file(encoding: Encoding, source: BinaryIO) -> Encoding:
    """Return the encoding of a text file judged by all of it: what begins as UTF-8 may continue otherwise."""
    if encoding.codec != "utf-8" or encoding.guessed or not any(_count_letters_and_strays(source)[1:]):
        return encoding
    return Encoding("utf-8", encoding.mark, guessed=True) if encoding.mark else _guess_encoding(source)


def _guess_encoding(source: BinaryIO) -> Encoding:
    """Guess an older encoding, or UTF-8 with strays if most letters outside ASCII are UTF-8."""
    letters, strays = _count_letters_and_strays(source)
    return Encoding("utf-8" if letters > strays else detect_codec(_read_first_strays(source)) or UNKNOWN, guessed=True)


def _read_first_strays(source: BinaryIO) -> bytes:
    """Return the first 4 MiB of a file that hold a byte outside ASCII; it is left at its start."""
    chunk = b"any"
    while chunk and chunk.isascii():
        chunk = source.read(LOOK)
    source.seek(0)
    return chunk


def _count_letters_and_strays(source: BinaryIO) -> tuple[int, int]:
    """Return how many characters of a file outside ASCII are UTF-8, and how many bytes are not, up to the first 4 MiB
    that hold such. The file is left at its start.
    """
    source.seek(0)
    letters = strays = 0
    decoder = codecs.getincrementaldecoder("utf-8")("surrogateescape")
    chunk = b"any"
    while chunk and not strays:
        chunk = source.read(LOOK)
        text = decoder.decode(chunk, final=not chunk)
        sound = text.encode("utf-8", "ignore").decode()
        strays += len(text) - len(sound)
        letters += len(sound) - len(sound.encode("ascii", "ignore"))
    source.seek(0)
    return letters, strays


def detect_wide_without_mark(head: bytes) -> str | None:
    """Return the codec of UTF-16 or UTF-32 without a mark, None for other text.

    UTF-16 shows itself by zeros in one half of each pair, UTF-32 by zeros in three of four places: digits, commas and
    line ends always have them.
    """
    fours = [head[at::4].count(0) * 8 > len(head) // 4 for at in range(4)]
    if fours == [False, True, True, True]:
        return "utf-32-le"
    if fours == [True, True, True, False]:
        return "utf-32-be"
    pairs = len(head) // 2
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd * 8 > pairs and even * 50 <= odd:
        return "utf-16-le"
    return "utf-16-be" if even * 8 > pairs and odd * 50 <= even else None


def _is_utf8(head: bytes) -> bool:
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head)
    except UnicodeDecodeError:
        return False
    return True


def detect_stateful_codec(head: bytes, whole: bool) -> str:
    """Return the stateful codec of a text that begins with `head`; "" for all others. `whole`: nothing follows it.

    Raises `Refused` for those that cannot be read.
    """
    for pattern, codec in ISO_2022.items():
        if pattern.search(head):
            if not codec:
                raise Refused("encoding_refused", encoding="ISO-2022-CN")
            return codec
    head = head if whole else head[: head.rfind(b"\n") + 1]
    if HZ.search(head) and head.isascii() and _has_other_letters(head, "hz"):
        return "hz"
    return "utf-7" if head.isascii() and _is_utf7(head) else ""


def refuse_ebcdic(head: bytes) -> None:
    """Raise `Refused` for text of a mainframe."""
    known = len(head) - len(head.translate(None, EBCDIC))
    digits = sum(map(head.count, b"0123456789"))
    if head and known > MOSTLY * len(head) and digits < RARELY * len(head) and re.search(rb"[\xf0-\xf9]{6}", head):
        raise Refused("encoding_refused", encoding="EBCDIC, as mainframes write it")


def _is_utf7(head: bytes) -> bool:
    """Return whether every plus sign is written, or begins letters, as in UTF-7; one before digits alone proves
    nothing.
    """
    stretches = SHIFTED.findall(head)
    if UTF7_MARK.match(head):
        return True
    letters = [inner for inner, _ in stretches if inner and re.search(rb"[A-Za-z+/]", inner)]
    if not letters or any(not inner and not end for inner, end in stretches) or not _has_other_letters(head, "utf-7"):
        return False
    text = b"+" + b"-+".join(letters) + b"-"
    return all(letter.isalpha() or letter.isprintable() for letter in text.decode("utf-7", "replace"))


def _has_other_letters(head: bytes, codec: str) -> bool:
    try:
        return not head.decode(codec).isascii()
    except UnicodeDecodeError:
        return False


def detect_late_stateful_codec(text: bytes | mmap.mmap, head: bytes) -> str:
    """Return the codec of a text whose `head` shows none and whose letters begin further down; "" for all others.

    Raises `Refused` for those that cannot be read.
    """
    place = _find_first_sign(text, head)
    if place < 0:
        return ""
    place = text.rfind(b"\n", 0, place) + 1
    window = text[place : place + WINDOW]
    codec = detect_stateful_codec(window, whole=place + WINDOW >= len(text))
    if codec and not head.isascii():
        raise Refused("encoding_refused", encoding=f"UTF-8 and {codec} at once")
    return codec


def _find_first_sign(text: bytes | mmap.mmap, head: bytes) -> int:
    """Return where after `head` a text may change its alphabet; -1 for nowhere."""
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


class Feed:
    """A file-like stream of UTF-8 bytes, made from a file in any encoding while it is read."""

    def __init__(self, source: BinaryIO, encoding: Encoding, start: int, read_so_far: Callable[[int], None]) -> None:
        """Read from offset `start` in bytes on; `read_so_far` is called with the number of bytes read."""
        source.seek(start)
        self.closed = False
        self._source = source
        self._count = start
        self._read_so_far = read_so_far
        codec = encoding.python_codec
        errors = {GUESS: "smsdesk_c1", "utf-8": STRAY}.get(codec, "replace")
        plain = encoding.codec == "utf-8" and not encoding.guessed
        self._decode = None if plain else codecs.getincrementaldecoder(codec)(errors).decode

    def read(self, size: int = LOOK) -> bytes:
        """Return about `size` bytes (more where the encoding is narrower than UTF-8), b"" at the end."""
        while True:
            chunk = self._source.read(size)
            self._count += len(chunk)
            self._read_so_far(self._count)
            text = chunk if self._decode is None else self._decode(chunk, final=not chunk).encode("utf-8", "replace")
            if text or not chunk:
                return text

    def readable(self) -> bool:
        """Return True, as any file that is read."""
        return True

    def close(self) -> None:
        """Close the feed; the source stays open."""
        self.closed = True
