"""Bytes in any of the encodings that sheets come in, read as a stream of UTF-8 bytes."""

from __future__ import annotations

import codecs
import mmap
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from .alphabets import detect_codec
from .stateful import late_stateful_codec, refuse_ebcdic, stateful_codec

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
"""The codec of a text whose letters could not be told: Windows-1252, by a name that says so."""
STRAY = "smsdesk_stray"
"""How bytes that are no UTF-8 are decoded within UTF-8: as Windows-1252."""


@dataclass(frozen=True)
class Encoding:
    """A codec's name, how many bytes of mark stand before the text, and whether the codec is a guess, or `chosen` by
    the operator.

    UTF-8 as a guess is UTF-8 with strays: bytes of Windows-1252 among it, as where two files were joined.
    """

    codec: str
    mark: int = 0
    guessed: bool = False
    chosen: bool = False

    @property
    def python_codec(self) -> str:
        """The name under which Python knows the codec."""
        return GUESS if self.codec == UNKNOWN else self.codec


def _as_control_character(error: UnicodeError) -> tuple[str, int]:
    """The five bytes that Windows-1252 leaves undefined, kept as the C1 control character of that number."""
    return "".join(map(chr, error.object[error.start : error.end])), error.end


def _as_windows_letters(error: UnicodeError) -> tuple[str, int]:
    stray = error.object[error.start : error.end]
    return stray.decode(GUESS, "smsdesk_c1"), error.end


codecs.register_error("smsdesk_c1", _as_control_character)
codecs.register_error(STRAY, _as_windows_letters)


def encoding_of(source: BinaryIO, chosen: str | None = None) -> Encoding:
    """Return the encoding of a text file: from its mark, else the codec that was chosen, else a guess from its first
    MiB. The file is left at its start."""
    head = source.read(LOOK // 4)
    source.seek(0)
    for mark, codec in MARKS:
        if head.startswith(mark):
            return Encoding(codec, len(mark))
    if chosen:
        has_strays = chosen == "utf-8" and any(_letters_and_strays(source)[1:])
        return Encoding(chosen, guessed=has_strays, chosen=True)
    refuse_ebcdic(head[:CLOSE_LOOK])
    whole = len(head) < LOOK // 4
    if other := detect_wide_without_mark(head[:CLOSE_LOOK]) or stateful_codec(head, whole):
        return Encoding(other, guessed=True)
    if not _is_utf8(head):
        return _guess(source)
    late = "" if whole else _late_codec(source, head)
    return Encoding(late, guessed=True) if late else Encoding("utf-8")


def _late_codec(source: BinaryIO, head: bytes) -> str:
    """The stateful codec of a text whose first letters outside ASCII stand below its `head`; "" for all others."""
    with mmap.mmap(source.fileno(), 0, access=mmap.ACCESS_READ) as text:
        return late_stateful_codec(text, head)


def looked_over(encoding: Encoding, source: BinaryIO) -> Encoding:
    """The encoding of a text file as all of it tells: what begins as UTF-8 may go on otherwise."""
    if encoding.codec != "utf-8" or encoding.guessed or not any(_letters_and_strays(source)[1:]):
        return encoding
    return Encoding("utf-8", encoding.mark, guessed=True) if encoding.mark else _guess(source)


def _guess(source: BinaryIO) -> Encoding:
    """An older encoding; or UTF-8 with strays, where more of the letters outside ASCII are UTF-8 than are not."""
    letters, strays = _letters_and_strays(source)
    return Encoding("utf-8" if letters > strays else detect_codec(_first_strays(source)) or UNKNOWN, guessed=True)


def _first_strays(source: BinaryIO) -> bytes:
    """The first 4 MiB of a file that hold a byte outside ASCII; it is left at its start."""
    chunk = b"any"
    while chunk and chunk.isascii():
        chunk = source.read(LOOK)
    source.seek(0)
    return chunk


def _letters_and_strays(source: BinaryIO) -> tuple[int, int]:
    """How many characters of a file outside ASCII are UTF-8, and how many bytes are not, up to the first 4 MiB that
    hold such. The file is left at its start."""
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


class Feed:
    """A file-like stream of UTF-8 bytes, made from a file in any encoding while it is read."""

    def __init__(self, source: BinaryIO, encoding: Encoding, start: int, read_so_far: Callable[[int], None]) -> None:
        """`start` is the offset in bytes where the text begins; `read_so_far` hears how many bytes were read."""
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
        """The next bytes: about `size` of them (more where the encoding is narrower than UTF-8), b"" at the end."""
        while True:
            chunk = self._source.read(size)
            self._count += len(chunk)
            self._read_so_far(self._count)
            text = chunk if self._decode is None else self._decode(chunk, final=not chunk).encode("utf-8", "replace")
            if text or not chunk:
                return text

    def readable(self) -> bool:
        """Always: asked by those who treat the feed as a file."""
        return True

    def close(self) -> None:
        """Asked by those who treat the feed as a file; the source stays open."""
        self.closed = True
