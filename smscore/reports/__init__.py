"""Tables into files that open in a spreadsheet with every number intact: CSV for machines, XLSX for people."""

from .delimited import Written, to_csv
from .frames import DELIVERY_COLUMNS, problem_frame, reason_frame, report_columns
from .guard import GUARDED, as_written, neutral
from .workbook import SHEET_ROWS, to_xlsx

__all__ = [
    "DELIVERY_COLUMNS",
    "GUARDED",
    "SHEET_ROWS",
    "Written",
    "as_written",
    "neutral",
    "problem_frame",
    "reason_frame",
    "report_columns",
    "to_csv",
    "to_xlsx",
]
