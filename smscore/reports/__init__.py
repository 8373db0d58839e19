"""Files that open in a spreadsheet with every number intact: CSV for machines, XLSX for people.

Read in this order: `frames` (what a report shows), `files`, `formula_guard`, `csv_writer`,
`xlsx_writer`, `xlsx_cells`, `xlsx_parts`, `sample`.
"""

from .csv_writer import to_csv
from .files import Written
from .formula_guard import GUARDED, guard_cell, unguard_cell
from .frames import build_report, explain_reason, format_moments, name_columns, problem_frame, reason_frame
from .sample import SAMPLE, write_sample
from .xlsx_writer import SHEET_ROWS, to_xlsx

__all__ = [
    "GUARDED",
    "SAMPLE",
    "SHEET_ROWS",
    "Written",
    "unguard_cell",
    "format_moments",
    "guard_cell",
    "problem_frame",
    "reason_frame",
    "explain_reason",
    "name_columns",
    "build_report",
    "to_csv",
    "to_xlsx",
    "write_sample",
]
