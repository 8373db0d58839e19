"""Scan a sheet's XML in a second thread while the fast reader works.

The scan tells how far the reading is, whether rows or formulas must be examined one by one, and whether any text of
the workbook could be mistaken for a date, a truth value or a number. The fast reader forgets what a cell was, and
asking it costs another reading of the whole sheet; where no text looks like a date, whatever does is one. Most sheets
of Excel's keep all texts in one part (18.4.9 sst), which is searched in a fraction of that time; where anything in it
is written in an unusual way, the answer is "not certain".
"""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass

from . import xlsx
from .archive import Archive
from .cell_texts import DATE, NUMBER, TRUTH
from .framing import FrameWriter, Refused

STRINGS = "xl/sharedStrings.xml"
LOOKS = {
    DATE: re.compile(rb"<t(?:\s[^>]*)?>\d{4}-\d\d-\d\d[ T]\d\d:"),
    TRUTH: re.compile(rb"<t(?:\s[^>]*)?>(?:true|false)<"),
    NUMBER: re.compile(rb"<t(?:\s[^>]*)?>-?\d+(?:\.\d+<|\d{15})"),
}
"""How a text begins that may pass for one; only long numbers, as only these are rewritten (see `cell_texts`)."""
ESCAPES = (b"&#", b"_x00")
"""Escapes, which hide how a text begins."""
OWN_TEXTS = (b"'", b"nlineStr", b"str", b'"d"')
"""Marks of a sheet that holds texts itself, and single quotes, which Excel does not write."""
LARGEST = 256 << 20
WORD = 64
"""Bytes that cover any mark that is searched for, so that none is missed where two chunks meet."""


class SharedTexts:
    """The shared texts of a workbook, searched only on request."""

    def __init__(self, archive: Archive) -> None:
        """Read nothing yet."""
        self._archive = archive
        self._texts: bytes | None = None

    def read(self) -> None:
        """Read all texts, so that they can be searched. Raises `Refused` where they are damaged."""
        if STRINGS not in self._archive.names:
            self._texts = b""
        elif self._archive.get_size(STRINGS) <= LARGEST:
            texts = b"".join(self._archive.read_chunks(STRINGS))
            self._texts = texts if _is_usual(texts) else None

    def lacks(self, kind: str) -> bool:
        """Return whether no text passes for one of a `kind`; False where that is not certain."""
        return self._texts is not None and not LOOKS[kind].search(self._texts)


@dataclass
class XmlScan:
    """The scan of one sheet, started at once; its methods wait for its end."""

    archive: Archive
    part: str
    writer: FrameWriter
    odd: bool = False
    cut_short: bool = False
    own_texts: bool = False
    last_row: int = 0
    refusal: Refused | None = None

    def __post_init__(self) -> None:
        self._texts = SharedTexts(self.archive)
        self._thread = threading.Thread(target=self._scan, daemon=True)
        self._thread.start()

    def _scan(self) -> None:
        size, seen, end = max(self.archive.get_size(self.part), 1), 0, b""
        try:
            for chunk in self.archive.read_chunks(self.part):
                seen += len(chunk)
                seam = end + chunk[:WORD]
                self.odd = self.odd or xlsx.is_odd(chunk) or xlsx.is_odd(seam)
                self.own_texts = self.own_texts or holds_texts(chunk) or holds_texts(seam)
                self.cut_short = self.cut_short or xlsx.is_cut_short(chunk) or xlsx.is_cut_short(seam)
                end = chunk[-WORD:]
                self.last_row = xlsx.find_last_row(chunk, self.last_row) if self.last_row >= 0 else -1
                self.writer.send_progress(0.5 * seen / size, "Unpacking the workbook")
            if not self.own_texts:
                self._texts.read()
        except Refused as refusal:
            self.refusal = refusal

    def has_no_text_like(self, kind: str) -> bool:
        """Wait for the end; return whether it is certain that no text passes for one of a kind of `LOOKS`."""
        self._thread.join()
        return not (self.own_texts or self.refusal) and self._texts.lacks(kind)

    def loses_values(self) -> bool:
        """Wait for the end; return whether the fast reader has lost parts of values."""
        self._thread.join()
        return self.cut_short

    def wait_for_oddities(self) -> bool:
        """Wait for the end; return whether there may be hidden rows or formulas. Raises `Refused` for what was found
        wrong.
        """
        self._thread.join()
        if self.refusal:
            raise self.refusal
        if self.last_row < 0:
            xlsx.refuse_repeated_rows(self.archive, self.part)
        return self.odd


def holds_texts(chunk: bytes) -> bool:
    """Return whether a chunk of a sheet's XML may hold texts itself."""
    return any(sign in chunk for sign in OWN_TEXTS)


def _is_usual(texts: bytes) -> bool:
    """Return whether each text is in one piece: no tag but <si> and <t>, no comment, nothing escaped by its number."""
    _, tag, listed = texts.partition(b"<sst")
    tags = 4 * listed.count(b"<si>") - listed.count(b"<t/>") + listed.count(b"</sst>")
    return bool(tag) and listed.count(b"<") == tags and not any(sign in listed for sign in ESCAPES)
