"""A workbook to start from: one row a person, and a phone column in which Excel leaves numbers as they are typed."""

from __future__ import annotations

from pathlib import Path

SAMPLE = (
    ("Name", "Phone", "City"),
    ("Asha", "98765 43210", "Pune"),
    ("Ravi", "+91 91234 56789", "Mumbai"),
)
"""The header and the rows of the workbook."""
_TEXT = "@"


def write_sample(path: Path) -> None:
    """Write the workbook to `path` (.xlsx).

    Its whole phone column has the format "Text". In a column without it Excel takes a number for a quantity: a leading
    zero or plus is lost, and twelve digits are shown, and saved as CSV, as 9.19877E+11.
    """
    # Loaded here, because whoever writes a report does without. Formats of empty columns are no part of our own writer.
    from openpyxl import Workbook
    from openpyxl.styles import Font

    book = Workbook()
    sheet = book.active
    sheet.title = "Contacts"
    for row in SAMPLE:
        sheet.append(row)
    for letter, width in (("A", 24), ("B", 20), ("C", 20)):
        sheet.column_dimensions[letter].width = width
    sheet.column_dimensions["B"].number_format = _TEXT
    for cell in sheet["B"]:
        cell.number_format = _TEXT
    for cell in sheet[1]:
        cell.font = Font(bold=True)
    sheet.freeze_panes = "A2"
    book.save(path)
