"""The encodings of text files under the names that people know, and the codec that an operator means by a name."""

from __future__ import annotations

import codecs
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from smscore.errors import SheetError

from .reader.encodings import GUESS, UNKNOWN

ENCODINGS: Mapping[str, str] = {
    # codec: its name; in the order in which they are offered
    "utf-8": "UTF-8",
    "cp1252": "Windows-1252 (Western European)",
    "cp1250": "Windows-1250 (Central European)",
    "iso8859_2": "ISO-8859-2 (Central European)",
    "cp852": "DOS 852 (Central European)",
    "mac_latin2": "Macintosh Central European",
    "cp1254": "Windows-1254 (Turkish)",
    "cp1257": "Windows-1257 (Baltic)",
    "cp1258": "Windows-1258 (Vietnamese)",
    "mac_roman": "Macintosh Roman",
    "cp850": "DOS 850",
    "cp1251": "Windows-1251 (Cyrillic)",
    "koi8_r": "KOI8-R (Cyrillic)",
    "iso8859_5": "ISO-8859-5 (Cyrillic)",
    "mac_cyrillic": "Macintosh Cyrillic",
    "cp866": "DOS 866 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1255": "Windows-1255 (Hebrew)",
    "cp1256": "Windows-1256 (Arabic)",
    "iso8859_6": "ISO-8859-6 (Arabic)",
    "cp874": "Windows-874 (Thai)",
    "gb18030": "GB18030 (Chinese)",
    "hz": "HZ (Chinese)",
    "big5": "Big5 (Chinese)",
    "shift_jis": "Shift JIS (Japanese)",
    "euc_jp": "EUC-JP (Japanese)",
    "iso2022_jp_ext": "ISO-2022-JP (Japanese)",
    "euc_kr": "EUC-KR (Korean)",
    "iso2022_kr": "ISO-2022-KR (Korean)",
    "utf-7": "UTF-7",
    "utf-16-le": "UTF-16",
    "utf-16-be": "UTF-16 (big-endian)",
    "utf-32-le": "UTF-32",
    "utf-32-be": "UTF-32 (big-endian)",
}
WITH_STRAYS = "UTF-8, and Windows-1252 where it isn't"
_READ_AS = {
    # codec: the one that is used in its place, which has all of its letters
    "iso8859-1": "cp1252",
    "ascii": "cp1252",
    "utf-8-sig": "utf-8",
    "utf-16": "utf-16-le",
    "utf-32": "utf-32-le",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "iso2022_jp": "iso2022_jp_ext",
}
_FOR_PROGRAMS = frozenset({"idna", "punycode", "unicode-escape", "raw-unicode-escape", "undefined"})
_SIGNS = "name,phone;+0123456789\t|\n"


@dataclass(frozen=True)
class TextEncoding:
    """The codec that a text file was read with, its name, and whether an operator chose it; else it was guessed."""

    codec: str
    name: str
    chosen: bool = False


def find_codec(name: str) -> str:
    """Return the codec that an operator means by `name`. Raises SheetError("unknown_encoding").

    Taken is any codec that writes digits and separators as ASCII does, and those of `ENCODINGS`.
    """
    try:
        codec = codecs.lookup(name.strip()).name
        known = codec in _list_codecs() or (codec not in _FOR_PROGRAMS and _SIGNS.encode().decode(codec) == _SIGNS)
    except (LookupError, ValueError):
        known = False
    if not known:
        raise SheetError("unknown_encoding", encoding=name[:40])
    return _list_codecs().get(codec, codec)


def _list_codecs() -> dict[str, str]:
    """Return the codecs under the names that Python itself gives them."""
    return {codecs.lookup(codec).name: codec for codec in ENCODINGS} | _READ_AS


def build_text_encoding(facts: Mapping[str, Any]) -> TextEncoding | None:
    """Return how a text file was decoded, from the child's last frame; None where the file itself says it."""
    codec, chosen = facts.get("encoding", ""), bool(facts.get("chosen"))
    if not (chosen or facts.get("guessed")):
        return None
    if codec == UNKNOWN:
        return TextEncoding(GUESS, "", chosen)
    if codec == "utf-8" and not chosen:
        return TextEncoding(codec, WITH_STRAYS)
    return TextEncoding(codec, ENCODINGS.get(codec, codec.upper().replace("_", "-")), chosen)
