"""The XML parts of a workbook, made ready to be searched by patterns: in UTF-8, without comments, cut into tags.

No XML parser is used, so that no entity is ever expanded. Outside of comments, instructions and CDATA a "<" only ever
begins a tag, so these are removed first. No pattern here reads past the next "<", or goes back: a file made to be slow
is read as fast as any.

Encodings, XML 1.0, appendix F: the first bytes tell the family, the declaration tells the rest. The fast reader knows
UTF-8 only; OOXML allows UTF-16 (ECMA-376 part 2, 8.1.4), and Excel for Windows Phone wrote it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator
from html import unescape
from itertools import chain

from .framing import Refused

HEAD = 1_024
UTF_8, WRONGLY_DECLARED = "utf-8", "utf-8-sig"
_BY_BYTES = (
    (b"\xff\xfe\0\0", "utf-32-le"),
    (b"\0\0\xfe\xff", "utf-32-be"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
    (b"\xef\xbb\xbf", UTF_8),
    (b"<\0\0\0", "utf-32-le"),
    (b"\0\0\0<", "utf-32-be"),
)
_WIDE_START = re.compile(rb"(?:([<\t\n\r ]\0)|(\0[<\t\n\r ]))")
_EBCDIC = b"\x4c\x6f\xa7\x94"
_DECLARED = re.compile(rb"\A\s*<\?xml\s[^>]*?\bencoding\s*=\s*[\"']([\w.:-]+)[\"']")
_DECLARATION = re.compile(r"\A\ufeff?\s*(?:<\?xml\s[^>]*>)?")
_PLAIN = ("utf-8", "ascii")
_WIDE = re.compile("utf-(?:16|32)")
_BY_BYTE = re.compile(
    r"iso8859-\d+|cp(?:125|8[0-6]|9[34])\d|cp437|cp7\d\d|koi8-\w|mac-\w+|tis-620|shift_jis\w*|euc_\w+|gb2312|gbk|gb18030|big5\w*|johab"
)
"""The encodings of single signs, as Python calls them; no others can be known from a declaration alone."""
LONGEST_ASIDE = 64 << 20
BEGINS = re.compile(rb"<!--|<!\[CDATA\[|<\?|<!")
ENDS = {b"<!--": b"-->", b"<![CDATA[": b"]]>", b"<?": b"?>"}
ONE_ATTRIBUTE = re.compile(rb"([\w:.-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)')")
ATTRIBUTES = rb"(?:[^<>\"']++|\"[^<\"]*+\"|'[^<']*+')*+"
LONGEST_ROW = 64 << 20


def detect_part_encoding(head: bytes) -> str:
    """Return the encoding of an XML part that begins with `head`. Raises `Refused` for one that is not read here."""
    for start, name in _BY_BYTES:
        if head.startswith(start):
            return name
    if wide := _WIDE_START.match(head):
        return "utf-16-le" if wide[1] else "utf-16-be"
    if head.startswith(_EBCDIC):
        raise Refused("part_encoding", encoding="EBCDIC")
    declared = _DECLARED.match(head)
    return _check_declared(declared[1].decode("ascii", "replace")) if declared else UTF_8


def _check_declared(declared: str) -> str:
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        name = ""
    if name in _PLAIN or _WIDE.match(name):
        # A declaration that was read byte by byte is wrong if it says UTF-16.
        return WRONGLY_DECLARED if _WIDE.match(name) else UTF_8
    if not _BY_BYTE.fullmatch(name):
        raise Refused("part_encoding", encoding=declared[:40])
    return name


def convert_to_utf_8(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """Yield the chunks of an XML part in UTF-8, without its declaration. Raises `Refused` where they are in none."""
    decoder = codecs.getincrementaldecoder(encoding)()
    begun = False
    try:
        for chunk in chunks:
            text = decoder.decode(chunk)
            yield (text if begun else _DECLARATION.sub("", text, count=1)).encode()
            begun = begun or bool(text)
        decoder.decode(b"", final=True)
    except UnicodeError:
        raise Refused("damaged_workbook") from None


def remove_comments(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the same XML without comments and instructions, CDATA as text.

    Raises `Refused` for any other declaration.
    """
    rest = b""
    for chunk in chunks:
        ready, rest = _remove_complete(rest + chunk)
        yield ready
        if len(rest) > LONGEST_ASIDE:
            raise Refused("damaged_workbook")
    if rest:
        raise Refused("damaged_workbook")


def _remove_complete(xml: bytes) -> tuple[bytes, bytes]:
    """Return the XML without comments up to one that does not end in it, and the rest, from that one on."""
    if b"<!" not in xml and b"<?" not in xml:
        cut = len(xml) - xml.endswith(b"<")
        return xml[:cut], xml[cut:]
    pieces, at = [], 0
    while begun := BEGINS.search(xml, at):
        pieces.append(xml[at : begun.start()])
        sign = ENDS.get(begun[0]) or _check_declaration(xml[begun.end() : begun.end() + 7])
        end = xml.find(sign, begun.end()) if sign else -1
        if end < 0:
            return b"".join(pieces), xml[begun.start() :]
        pieces.append(_escape(xml[begun.end() : end]) if begun[0] == b"<![CDATA[" else b"")
        at = end + len(sign)
    cut = len(xml) - xml.endswith(b"<")
    return b"".join([*pieces, xml[at:cut]]), xml[cut:]


def _check_declaration(start: bytes) -> bytes:
    """Return b"" where a comment or CDATA may begin, but is cut short: `start` follows "<!". Refuses other
    declarations.
    """
    if b"--".startswith(start) or b"[CDATA[".startswith(start):
        return b""
    raise Refused("unsafe_workbook", why="one of its parts declares entities of its own")


def _escape(text: bytes) -> bytes:
    return text.replace(b"&", b"&amp;").replace(b"<", b"&lt;").replace(b">", b"&gt;")


def parse_attributes(tag: bytes) -> dict[str, str]:
    """Return the attributes of an XML tag, unescaped."""
    return {
        name.decode(): unescape((double or single).decode("utf-8", "replace"))
        for name, double, single in ONE_ATTRIBUTE.findall(tag)
    }


def compile_tag_pattern(*names: str) -> re.Pattern[bytes]:
    """Return the pattern of the tags with these names, for `read_tags` and `read_tags_and_texts`."""
    return re.compile(rb"<(/?)(" + "|".join(names).encode() + rb")(?=[\s/>])(" + ATTRIBUTES + rb")>")


def read_tags(chunks: Iterable[bytes], named: re.Pattern[bytes]) -> Iterator[tuple[bool, str, dict[str, str]]]:
    """Yield for each tag whether it closes, its name and its attributes; one that closes itself comes twice.

    Raises `Refused` where nothing ends for too long.
    """
    for tag, _ in _find_tags(chunks, named):
        yield bool(tag[1]), tag[2].decode(), parse_attributes(tag[3])
        if tag[3].endswith(b"/"):
            yield True, tag[2].decode(), {}


def read_tags_and_texts(
    chunks: Iterable[bytes], named: re.Pattern[bytes]
) -> Iterator[tuple[bool, str, dict[str, str], str]]:
    """Yield the same, each with the text between it and the next tag of any name."""
    for tag, text in _find_tags(chunks, named):
        attributes, ends = parse_attributes(tag[3]), tag[3].endswith(b"/")
        yield bool(tag[1]), tag[2].decode(), attributes, "" if ends else unescape(text.decode("utf-8", "replace"))
        if ends:
            yield True, tag[2].decode(), {}, ""


def _find_tags(chunks: Iterable[bytes], named: re.Pattern[bytes]) -> Iterator[tuple[re.Match[bytes], bytes]]:
    rest = b""
    for chunk in chain(chunks, [b"<"]):
        rest += chunk
        whole = max(rest.rfind(b"<"), 0)
        for tag in named.finditer(rest, 0, whole):
            yield tag, rest[tag.end() : rest.find(b"<", tag.end())]
        rest = rest[whole:]
        check_length(rest)


def check_length(rest: bytes) -> None:
    """Raise `Refused` where an unfinished piece is longer than any honest row."""
    if len(rest) > LONGEST_ROW:
        raise Refused("damaged_workbook")
