"""Files without a name: in memory where the system has such files, else already deleted ones on disk."""

from __future__ import annotations

import os
import tempfile
from typing import BinaryIO


def unnamed_file(size: int = 0) -> BinaryIO:
    """An empty file, or one of `size` zero bytes of which only those written to take room."""
    if hasattr(os, "memfd_create"):
        kept = open(os.memfd_create("sheet"), "w+b", buffering=0)  # noqa: PTH123, SIM115 - a descriptor; handed out open
    else:
        kept = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - handed out open
    if size:
        os.truncate(kept.fileno(), size)
    return kept
