"""The day from which a workbook counts its dates."""

from __future__ import annotations

import re
from datetime import datetime

from .archive import Archive

FROM_1900, FROM_1904 = datetime(1899, 12, 30), datetime(1904, 1, 1)
"""Day 0; of the first, days before 1 March 1900 are one later, because Excel counts a 29 February 1900."""
SAYS_1904 = re.compile(rb"""\bdate1904\s*=\s*["'](?:1|true)["']""")


def epoch_of(archive: Archive) -> datetime:
    """Day 0 of an XLSX workbook (ECMA-376 part 1, 18.2.28 workbookPr)."""
    if SAYS_1904.search(archive.whole("xl/workbook.xml")):
        return FROM_1904
    return FROM_1900
