"""Tables into files that open in a spreadsheet with every number intact: CSV for machines, XLSX for people."""

from .delimited import Written, to_csv
from .frames import moments, problem_frame, reason_frame, reason_sentence, report_columns, report_table
from .guard import GUARDED, as_written, neutral
from .workbook import SHEET_ROWS, to_xlsx

__all__ = [
    "GUARDED",
    "SHEET_ROWS",
    "Written",
    "as_written",
    "moments",
    "neutral",
    "problem_frame",
    "reason_frame",
    "reason_sentence",
    "report_columns",
    "report_table",
    "to_csv",
    "to_xlsx",
]
