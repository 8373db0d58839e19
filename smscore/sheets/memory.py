"""Where the bytes of a sheet are kept: files without a name, and the allocator behind every column.

A file without a name is in memory where the system has such files, else an already deleted one on disk.
"""

from __future__ import annotations

import os
import tempfile
from typing import BinaryIO

import pyarrow as pa


def unnamed_file(size: int = 0) -> BinaryIO:
    """An empty file, or one of `size` zero bytes of which only those written to take room."""
    if hasattr(os, "memfd_create"):
        kept = open(os.memfd_create("sheet"), "w+b", buffering=0)  # noqa: PTH123, SIM115 - a descriptor; handed out open
    else:
        kept = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - handed out open
    if size:
        os.truncate(kept.fileno(), size)
    return kept


def use_plain_memory() -> None:
    """Let Arrow take memory from the system's own allocator, in pages of the usual size.

    Its default asks for pages of two megabytes. Where the system must clear or fetch them first, as on most virtual
    machines, an audience of a million rows takes a quarter longer with these.
    """
    pa.set_memory_pool(pa.system_memory_pool())
