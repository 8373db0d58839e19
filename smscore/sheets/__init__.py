"""Bytes to a `Sheet`: any encoding, any separator, any workbook; every cell as text, nothing guessed, nothing lost.

Read in this order: `sheet` (the noun), `sheet_reading` (the one public function), `reader_process` (the child process,
as the parent sees it), `assembly` with `headers`, `text_columns` and `notices` (how its answers become a sheet),
`problem_table` (the rows that can't be used), `lines` (what an operator types in place of a line), `reader` (what runs
in the child).
"""

from .lines import NotOneRow, build_line_problem, find_cell_fault, parse_row
from .problem_table import Problems
from .reader.file_formats import FORMATS
from .reader_process import prepare, use_system_allocator
from .sheet import LIMITS, Heading, Limits, Line, SetAside, Sheet
from .sheet_reading import read_sheet
from .text_encodings import ENCODINGS, TextEncoding, find_codec

use_system_allocator()

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
    "find_codec",
    "find_cell_fault",
    "build_line_problem",
    "prepare",
    "read_sheet",
    "parse_row",
]
