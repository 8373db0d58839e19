"""Bytes to a `Sheet`: any encoding, any separator, any workbook; every cell as text, nothing guessed, nothing lost.

Read in this order: `sheet` (the noun), `reading` (the one public function), `reader_process` (the child process that
reads), `assembly`, `headers`, `columns`, `cell_problems`, `notices` (what is made of its answer), `problems`, `lines`
(what an operator writes in place of a cell or a line), `reader` (what runs in the child).
"""

from .lines import NotOneRow, fault_of, line_problem, row_of
from .memory import use_plain_memory
from .problems import Problems
from .reader.file_formats import FORMATS
from .reader_process import prepare
from .reading import read_sheet
from .sheet import LIMITS, Heading, Limits, Line, SetAside, Sheet
from .text_encodings import ENCODINGS, TextEncoding, encoding_called

use_plain_memory()

SHEET_SUFFIXES = tuple(suffix for each in FORMATS.values() for suffix in each.suffixes)
"""The endings of all files that can be read, without a dot."""

__all__ = [
    "ENCODINGS",
    "LIMITS",
    "Heading",
    "Limits",
    "Line",
    "NotOneRow",
    "Problems",
    "SHEET_SUFFIXES",
    "SetAside",
    "Sheet",
    "TextEncoding",
    "encoding_called",
    "fault_of",
    "line_problem",
    "prepare",
    "read_sheet",
    "row_of",
]
