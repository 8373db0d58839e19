"""The tags of an OpenDocument workbook's XML, a few megabytes at a time and without an XML parser.

No pattern looks behind the next "<", or goes back: a file made to be slow is read as fast as any.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from html import unescape
from itertools import chain

from .archive import attributes
from .framing import Refused

ATTRIBUTES = rb"(?:[^<>\"']++|\"[^<\"]*+\"|'[^<']*+')*+"
LONGEST_ROW = 64 << 20


def tags_named(*names: str) -> re.Pattern[bytes]:
    """The pattern of the tags with these names, for `tags`."""
    return re.compile(rb"<(/?)(" + "|".join(names).encode() + rb")(?=[\s/>])(" + ATTRIBUTES + rb")>")


def tags(chunks: Iterable[bytes], named: re.Pattern[bytes]) -> Iterator[tuple[bool, str, dict[str, str]]]:
    """Whether it closes, the name, and the attributes of each tag; one that closes itself comes twice.

    Raises `Refused` where nothing ends for too long."""
    for tag, _ in _found(chunks, named):
        yield bool(tag[1]), tag[2].decode(), attributes(tag[3])
        if tag[3].endswith(b"/"):
            yield True, tag[2].decode(), {}


def tags_and_texts(
    chunks: Iterable[bytes], named: re.Pattern[bytes]
) -> Iterator[tuple[bool, str, dict[str, str], str]]:
    """The same, each with the text between it and the next tag of any name."""
    for tag, text in _found(chunks, named):
        said, ends = attributes(tag[3]), tag[3].endswith(b"/")
        yield bool(tag[1]), tag[2].decode(), said, "" if ends else unescape(text.decode("utf-8", "replace"))
        if ends:
            yield True, tag[2].decode(), {}, ""


def _found(chunks: Iterable[bytes], named: re.Pattern[bytes]) -> Iterator[tuple[re.Match[bytes], bytes]]:
    rest = b""
    for chunk in chain(chunks, [b"<"]):
        rest += chunk
        whole = max(rest.rfind(b"<"), 0)
        for tag in named.finditer(rest, 0, whole):
            yield tag, rest[tag.end() : rest.find(b"<", tag.end())]
        rest = rest[whole:]
        check_length(rest)


def check_length(rest: bytes) -> None:
    """Raises `Refused` where what waits for its end is longer than any honest row."""
    if len(rest) > LONGEST_ROW:
        raise Refused("damaged_workbook")


def repeated(said: dict[str, str], what: str) -> int:
    """How many rows or columns a tag stands for."""
    number = said.get(f"table:number-{what}-repeated", "")
    return int(number) if number.isdecimal() and len(number) < 9 else 1
