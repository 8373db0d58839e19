"""The columns of an audience's tables."""

from __future__ import annotations

import pyarrow as pa

OURS = ("row", "phone", "msisdn")
"""The columns of `Audience.contacts` that are ours; the sheet's own follow."""
PROBLEMS = pa.schema(
    [("row", pa.int32())] + [(name, pa.string()) for name in ("column", "value", "code", "reason", "suggestion")]
)
DUPLICATES = pa.schema([("row", pa.int32()), ("phone", pa.string()), ("repeats_row", pa.int32())])
LEFT_OUT = pa.schema([("row", pa.int32()), ("phone", pa.string())])
