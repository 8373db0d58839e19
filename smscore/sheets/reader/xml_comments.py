"""What stands in XML beside its content: comments, instructions, and text written as CDATA.

Outside of these "<" only ever begins a tag; so they are taken out before patterns look for tags.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from .framing import Refused

LONGEST_ASIDE = 64 << 20
BEGINS = re.compile(rb"<!--|<!\[CDATA\[|<\?|<!")
ENDS = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}


def remove_comments(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The same XML without comments and instructions, CDATA as text. Raises `Refused` for any other declaration."""
    rest = b""
    for chunk in chunks:
        ready, rest = _ready(rest + chunk)
        yield ready
        if len(rest) > LONGEST_ASIDE:
            raise Refused("damaged_workbook")
    if rest:
        raise Refused("damaged_workbook")


def _ready(xml: bytes) -> tuple[bytes, bytes]:
    """The XML up to an aside that does not end in it, without those before; and the rest, which waits for more."""
    if b"<!" not in xml and b"<?" not in xml:
        cut = len(xml) - xml.endswith(b"<")
        return xml[:cut], xml[cut:]
    pieces, at = [], 0
    while begun := BEGINS.search(xml, at):
        pieces.append(xml[at : begun.start()])
        sign = ENDS.get(begun[0]) or _undecided(xml[begun.end() : begun.end() + 7])
        end = xml.find(sign, begun.end()) if sign else -1
        if end < 0:
            return b"".join(pieces), xml[begun.start() :]
        pieces.append(_escaped(xml[begun.end() : end]) if begun[0] == b"<![CDATA[" else b"")
        at = end + len(sign)
    cut = len(xml) - xml.endswith(b"<")
    return b"".join([*pieces, xml[at:cut]]), xml[cut:]


def _undecided(start: bytes) -> bytes:
    """No end, for the beginning of an aside that is cut short: `start` follows "<!". Other declarations are refused."""
    if b"--".startswith(start) or b"[CDATA[".startswith(start):
        return b""
    raise Refused("unsafe_workbook", why="one of its parts declares entities of its own")


def _escaped(text: bytes) -> bytes:
    return text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")
