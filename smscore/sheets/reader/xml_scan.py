"""The look at a sheet's XML beside the fast reader: how far it is, and what the fast reader will not tell."""

from __future__ import annotations

import threading
from dataclasses import dataclass

from . import markup
from .archive import Archive
from .framing import FrameWriter, Refused
from .lookalikes import OWN_TEXTS, SharedTexts

WORD = 64
"""Bytes that hold anything of a sheet's XML that is looked for, so that nothing is missed where two pieces meet."""


@dataclass
class XmlScan:
    """Looks through a sheet's XML in a second thread while the fast reader works: progress, and whether it is odd."""

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
        self._thread = threading.Thread(target=self._look, daemon=True)
        self._thread.start()

    def _look(self) -> None:
        size, seen, end = max(self.archive.size(self.part), 1), 0, b""
        try:
            for chunk in self.archive.chunks(self.part):
                seen += len(chunk)
                seam = end + chunk[:WORD]
                self.odd = self.odd or markup.is_odd(chunk) or markup.is_odd(seam)
                self.own_texts = self.own_texts or holds_texts(chunk) or holds_texts(seam)
                self.cut_short = self.cut_short or markup.is_cut_short(chunk) or markup.is_cut_short(seam)
                end = chunk[-WORD:]
                self.last_row = markup.last_in_order(chunk, self.last_row) if self.last_row >= 0 else -1
                self.writer.progress(0.5 * seen / size, "Unpacking the workbook")
            if not self.own_texts:
                self._texts.read()
        except Refused as refusal:
            self.refusal = refusal

    def no_text_like(self, kind: str) -> bool:
        """Wait for the end of the look; whether it is certain that no text passes for one of a `lookalikes` kind."""
        self._thread.join()
        return not (self.own_texts or self.refusal) and self._texts.lack(kind)

    def loses_values(self) -> bool:
        """Wait for the end of the look; whether the fast reader has lost parts of values."""
        self._thread.join()
        return self.cut_short

    def verdict(self) -> bool:
        """Wait for the end of the look; whether hidden rows or formulas may be there. Raises what it found wrong."""
        self._thread.join()
        if self.refusal:
            raise self.refusal
        if self.last_row < 0:
            markup.refuse_twins(self.archive, self.part)
        return self.odd


def holds_texts(chunk: bytes) -> bool:
    """Whether a piece of a sheet's XML may hold a text of its own."""
    return any(sign in chunk for sign in OWN_TEXTS)
