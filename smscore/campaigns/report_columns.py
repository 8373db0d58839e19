"""The columns of a delivery report, one row each: where a value is stored, how it is shown, which words head it.

The store reads them, results and files show them in this order before the sheet's own columns, and the pages head them.
How to add one: docs/recipes.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import pyarrow as pa


class Shown(StrEnum):
    """How a stored value is shown. The ways themselves are in `smscore.reports.frames`.

    AS_STORED: unchanged · TEXT: nothing for null · PHONE: a number in E.164 form · REASON: a code as a sentence, with
    the provider's own words · MOMENT: seconds since 1970 as a time in the desk's zone.
    """

    AS_STORED = "as stored"
    TEXT = "text"
    PHONE = "phone"
    REASON = "reason"
    MOMENT = "moment"


@dataclass(frozen=True)
class ReportColumn:
    """One column of a delivery report.

    name: its heading in files and frames · source: a column of the store's table `recipient` · type: of the stored
    values, as Arrow names it · heading, width (pixels), help: on the pages · of_unknown: whether it tells something of
    a recipient whose fate is not known.
    """

    name: str
    source: str
    type: pa.DataType
    heading: str
    width: int
    shown: Shown = Shown.AS_STORED
    help: str | None = None
    of_unknown: bool = False

    @property
    def is_count(self) -> bool:
        """Whether it is shown as a number and not as text."""
        return self.shown is Shown.AS_STORED and pa.types.is_integer(self.type)


REPORT_COLUMNS: tuple[ReportColumn, ...] = (
    ReportColumn("row", "row", pa.int32(), "Row", 60, of_unknown=True),
    ReportColumn("phone", "msisdn", pa.string(), "Phone", 115, Shown.PHONE, of_unknown=True),
    ReportColumn("status", "status", pa.string(), "Status", 90),
    ReportColumn("reason", "reason", pa.string(), "Reason", 340, Shown.REASON, of_unknown=True),
    ReportColumn(
        "message_id", "message_id", pa.string(), "Message ID", 150, Shown.TEXT, "The provider's ID for the message."
    ),
    ReportColumn("segments", "segments", pa.int32(), "Segments", 75, help="What the network charges for."),
    ReportColumn(
        "submitted_at",
        "submitted_at",
        pa.float64(),
        "Submitted",
        185,
        Shown.MOMENT,
        "When the message was submitted to the provider.",
        of_unknown=True,
    ),
    ReportColumn(
        "updated_at", "updated_at", pa.float64(), "Last update", 185, Shown.MOMENT, "When the status last changed."
    ),
)
