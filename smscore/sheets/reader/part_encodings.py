"""The encoding of an XML part of a workbook, and the same part in UTF-8.

XML 1.0, appendix F: the first bytes tell the family, the declaration tells the rest. The fast reader and the patterns
of this package know UTF-8; OOXML allows UTF-16 (ECMA-376 part 2, 8.1.4), and Excel for Windows Phone wrote it.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator

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
"""The encodings of single signs, as Python calls them; no others can be told from a declaration alone."""


def encoding_of(head: bytes) -> str:
    """The encoding of an XML part that begins with `head`. Raises `Refused` for one that is not read here."""
    for start, name in _BY_BYTES:
        if head.startswith(start):
            return name
    if wide := _WIDE_START.match(head):
        return "utf-16-le" if wide[1] else "utf-16-be"
    if head.startswith(_EBCDIC):
        raise Refused("part_encoding", encoding="EBCDIC")
    declared = _DECLARED.match(head)
    return _known(declared[1].decode("ascii", "replace")) if declared else UTF_8


def _known(declared: str) -> str:
    try:
        name = codecs.lookup(declared).name
    except LookupError:
        name = ""
    if name in _PLAIN or _WIDE.match(name):
        # A declaration that can be read byte by byte is wrong where it says UTF-16.
        return WRONGLY_DECLARED if _WIDE.match(name) else UTF_8
    if not _BY_BYTE.fullmatch(name):
        raise Refused("part_encoding", encoding=declared[:40])
    return name


def convert_to_utf_8(chunks: Iterable[bytes], encoding: str) -> Iterator[bytes]:
    """The chunks of an XML part in UTF-8, without its declaration. Raises `Refused` where they are in none."""
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
