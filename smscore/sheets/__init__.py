"""Bytes to a `Sheet`: any encoding, any separator, any workbook; every cell as text, nothing guessed, nothing lost.

Read in this order: `sheet` (the noun), `reading` (the one public function), `child` (the process that reads),
`assembly`, `headers` and `columns` (what is made of its answer), `inside` (what runs in the child).
"""

from .child import prepare
from .memory import use_plain_memory
from .reading import read_sheet
from .sheet import LIMITS, Limits, Sheet

use_plain_memory()

__all__ = ["LIMITS", "Limits", "Sheet", "prepare", "read_sheet"]
