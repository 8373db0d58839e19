"""Whether any text of a workbook could pass for a date, a truth value or a number.

The fast reader forgets what a cell was, and asking it costs another reading of the whole sheet. Where no text of the
workbook looks like a date, whatever does is one. Most sheets of Excel's keep all texts in one part (18.4.9 sst), which
is searched in a fraction of that time; where anything in it is written in an unusual way, no answer is given.
"""

from __future__ import annotations

import re

from .archive import Archive

STRINGS = "xl/sharedStrings.xml"
DATE, TRUTH, NUMBER = "date", "truth", "number"
LOOKS = {
    DATE: re.compile(rb"<t(?:\s[^>]*)?>\d{4}-\d\d-\d\d[ T]\d\d:"),
    TRUTH: re.compile(rb"<t(?:\s[^>]*)?>(?:true|false)<"),
    NUMBER: re.compile(rb"<t(?:\s[^>]*)?>-?\d+(?:\.\d+<|\d{15})"),
}
"""How a text begins that may pass for one; long numbers only, as only these are written anew (see `cells`)."""
ESCAPES = (b"&#", b"_x00")
"""Signs whose meaning cannot be told from the bytes of a text's beginning."""
OWN_TEXTS = (b"'", b"nlineStr", b"str", b'"d"')
"""Signs of a sheet that holds texts itself; Excel writes no single quotes beside them."""
LARGEST = 256 << 20


class SharedTexts:
    """The texts that all cells of a workbook share, searched as far as somebody asks."""

    def __init__(self, archive: Archive) -> None:
        """Nothing is read yet."""
        self._archive = archive
        self._texts: bytes | None = None

    def read(self) -> None:
        """Read all texts; they may be searched from then on. Raises `Refused` where they are damaged."""
        if STRINGS not in self._archive.names:
            self._texts = b""
        elif self._archive.size(STRINGS) <= LARGEST:
            texts = b"".join(self._archive.chunks(STRINGS))
            self._texts = texts if _is_usual(texts) else None

    def lack(self, kind: str) -> bool:
        """Whether no text passes for one of a `kind`; False where that is not certain."""
        return self._texts is not None and not LOOKS[kind].search(self._texts)


def _is_usual(texts: bytes) -> bool:
    """Whether each text is in one piece: no tag but <si> and <t>, no comment, nothing escaped by its number."""
    _, tag, listed = texts.partition(b"<sst")
    tags = 4 * listed.count(b"<si>") - listed.count(b"<t/>") + listed.count(b"</sst>")
    return bool(tag) and listed.count(b"<") == tags and not any(sign in listed for sign in ESCAPES)
