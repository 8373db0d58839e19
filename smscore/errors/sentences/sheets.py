"""Why a file or one of its rows cannot be read, and what was guessed about it."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    # the whole file is refused
    "empty_file": ("The file is empty.", "Save it again in the program it came from, then upload that copy."),
    "no_rows": ("There are no contacts below the header.", "Add at least one row, or choose another file or sheet."),
    "file_unreadable": ("The file can't be opened ({cause}).", "Check its path and permissions."),
    "file_too_large": (
        "The file is {megabytes} MB. The limit is {limit} MB.",
        "Split the contacts into several files, or remove columns that no message needs.",
    ),
    "too_many_rows": (
        "The sheet has more than {limit} rows.",
        "Split the contacts into several files and upload them one after another.",
    ),
    "too_many_columns": (
        "The sheet has {columns} columns. The limit is {limit}.",
        "Remove the columns that no message needs and save it again.",
    ),
    "line_too_long": (
        "The first line alone is longer than {megabytes} MB, so the file doesn't have one contact per line.",
        "Check that the file was exported with line breaks, or save it as .xlsx.",
    ),
    "encoding_refused": (
        "The text in this file is encoded as {encoding}, which SMS Desk can't read.",
        "Save it as CSV UTF-8 or .xlsx in the program it came from.",
    ),
    "not_a_sheet": (
        "This isn't a contact sheet. Whatever its name says, it is {what}.",
        "Open your contacts in Excel or another spreadsheet program and save them as .xlsx or .csv.",
    ),
    "damaged_workbook": (
        "The file is damaged or incomplete and can't be read.",
        "Open it in Excel, save it again as .xlsx, and upload that copy.",
    ),
    "row_twice": (
        "Row {row} appears twice in this workbook, so one of the two would be lost.",
        "Open it in Excel, save it again as .xlsx, and upload that copy.",
    ),
    "cells_not_read": (
        "Some cells in this binary workbook (XLSB) are stored in a short form that SMS Desk can't read.",
        "Open it in Excel, save it again as .xlsx, and upload that copy.",
    ),
    "unsafe_workbook": (
        "The workbook was refused because {why}. No spreadsheet program saves such a file.",
        "Open it in Excel only if you trust where it came from, save it as a new .xlsx, and upload that copy.",
    ),
    "zip_too_large": (
        "The workbook would unpack to {megabytes} MB of mostly nothing, so it wasn't opened.",
        "Open it in Excel, delete the empty rows and columns, and save it again.",
    ),
    "too_much_memory": (
        "Reading this file would take too much memory.",
        "Remove empty rows and columns, split the contacts into several files, or save the sheet as .csv.",
    ),
    "took_too_long": (
        "Reading this file took too long, so it was stopped.",
        "Remove empty rows and columns, split the contacts into several files, or save the sheet as .csv.",
    ),
    "part_encoding": (
        "Part of the workbook is encoded as {encoding}, which SMS Desk can't read.",
        "Open it in Excel, save it again as .xlsx, and upload that copy.",
    ),
    "password_protected": ("The workbook is password-protected.", "Save a copy without the password and upload that."),
    "choose_sheet": ("The workbook has several sheets: {sheets}.", "Choose one of them."),
    "no_such_sheet": ("The workbook has no sheet called {sheet}. It has: {sheets}.", "Choose one of them."),
    "no_sheets_in_text": (
        "{name} is a text file, so there are no sheets to choose from.",
        "Leave out the sheet name, or use a workbook.",
    ),
    "no_encoding_in_workbook": (
        "{name} is a workbook, which states its own encoding.",
        "Leave out the encoding, or use a text file.",
    ),
    "unknown_encoding": (
        "There is no encoding called {encoding}.",
        "Use a name such as windows-1250, iso-8859-2, koi8-r, shift_jis or utf-8.",
    ),
    # warnings
    "wrong_extension": (
        "This is {what}, although its name ends in {extension}. It was read as {what}.",
        "Nothing to do if the columns below look right.",
    ),
    "encoding_guessed": (
        "The file doesn't state its encoding. It was read as {encoding}.",
        "Check that names look right. If not, choose another encoding, or save the file as .xlsx or as CSV UTF-8.",
    ),
    "encoding_unknown": (
        "The file's encoding couldn't be detected, so names and places are probably wrong. Digits are right.",
        "Choose the encoding, or save the file as CSV UTF-8 or .xlsx in the program it came from.",
    ),
    "single_quotes": (
        "The cells in this file are in single quotes, which were removed.",
        "Nothing to do if the columns below look right.",
    ),
    "twice_quoted": (
        "Whole lines of this file are in quotes, as when CSV is pasted into one column. The cells inside were read.",
        "Nothing to do if the columns below look right.",
    ),
    "long_separator": (
        "Cells in this file are separated by several characters, which were read as one separator.",
        "Nothing to do if the columns below look right.",
    ),
    "blank_behind": (
        "Each separator in this file is followed by a space, which was removed.",
        "Nothing to do if the columns below look right.",
    ),
    "backslash_escapes": (
        "This file marks quotes, separators and empty cells with backslashes, like PHP and MySQL exports, and was "
        "read that way.",
        "Nothing to do if the columns below look right.",
    ),
    "backslashes_in_doubt": (
        "Some lines of this file mark quotes or separators with backslashes and others don't. All were read as plain "
        "CSV.",
        "Check the rows that have backslashes. If they are wrong, save the file as .xlsx or as CSV UTF-8.",
    ),
    "ruled_table": (
        "This file is a printed table with bars and lines. Its cells were read without them.",
        "Nothing to do if the columns below look right.",
    ),
    "fixed_width": (
        "This file has fixed-width columns instead of separators. The columns were split at the spaces.",
        "Check the columns below. If they are split in the wrong place, save the sheet as .csv or .xlsx.",
    ),
    "no_header": (
        "The first row is a contact, not a header, so the columns are called Column A, Column B and so on.",
        "Add a header row if you want to use columns by name.",
    ),
    "title_not_read": (
        "1 line above the header was not read: {lines}.",
        "If it is a row, choose another header row, or choose no header row.",
    ),
    "titles_not_read": (
        "{count} lines above the header were not read: {lines}.",
        "If they are rows, choose another header row, or choose no header row.",
    ),
    "header_doubtful": (
        "Row {row} was read as the header, but it may not be one: “{line}”.",
        "If it is a contact, choose no header row. If another row is the header, choose that one.",
    ),
    "row_names": (
        "The header has one cell fewer than the rows, so the first column was read as row names.",
        "Check that the columns below match their names.",
    ),
    "header_short": (
        "The header has one cell fewer than the rows. The last column is called {column}.",
        "Check that the columns below match their names.",
    ),
    "no_such_header_row": (
        "Row {row} can't be the header: it is blank, isn't in the sheet or couldn't be read.",
        "Choose another row, or choose no header row.",
    ),
    "header_shortened": (
        "{count:very long column name was|very long column names were} cut.",
        "Shorten these names if your message uses them.",
    ),
    "page_breaks": ("{count:page break was|page breaks were} ignored.", ""),
    "control_characters_removed": (
        "Invisible characters that hide or reverse text were removed from {count:cell|cells}.",
        "Nothing to do. The visible text is unchanged.",
    ),
    "ragged_rows": (
        "{count:row has|rows have} more or fewer cells than the header. See the list of problems.",
        "Correct them there, or in the file: a cell that contains a comma needs quotes.",
    ),
    "nul_bytes": (
        "{count:cell has|cells have} zero bytes, a sign that the file was damaged. See the list of problems.",
        "Correct them there, or export the file again.",
    ),
    "macros_ignored": ("The workbook has macros. They were neither run nor kept.", "Nothing to do."),
    "stray_cell": (
        "{count:cell|cells} far to the right of the contacts left out.",
        "Check the last columns of the sheet if something is missing.",
    ),
    "sheets_unread": (
        "The workbook is partly damaged. Nothing could be read from these sheets: {sheets}. Another sheet was read.",
        "If your contacts are in one of them, open the file in Excel, save it again as .xlsx, and upload that copy.",
    ),
    "hidden_rows_unseen": (
        "SMS Desk can't see hidden rows or number formats in this file. All rows were read, and numbers without "
        "leading zeros that only a format adds.",
        "If you hid rows on purpose, or codes lack their zeros, save the file as .xlsx and upload that.",
    ),
    # rows that cannot be used
    "ragged_row": (
        "The row has more or fewer cells than the header.",
        "Correct the whole line here, or in the file: a cell with a separator in it needs quotes, and an empty cell "
        "needs its separator.",
    ),
    "long_ragged_row": (
        "The row has more or fewer cells than the header. Only its beginning is shown.",
        "It is too long to correct here. Correct it in the file, where a line break or a quote may be missing, and "
        "upload the file again.",
    ),
    "cells_counted": (
        "It has {cells:cell|cells}; the sheet has {columns:column|columns}. Cells are separated by {separator}.",
        "Write exactly as many cells as the sheet has columns.",
    ),
    "unclosed_quote": (
        "A quote opens in this row and never closes, so its cells can't be told apart.",
        "Correct the whole line here, or in the file: close the quote, or remove it.",
    ),
    "long_unclosed_quote": (
        "A quote opens in this row and never closes, so its cells can't be told apart. Only its beginning is shown.",
        "It is too long to correct here. Close or remove the quote in the file, then upload the file again.",
    ),
    "long_endless_line": (
        "This line is longer than any row can be, so it wasn't read. Only its beginning is shown.",
        "A line break or a closing quote is probably missing. Correct the file and upload it again.",
    ),
    "quotes_everywhere": (
        "Most lines of this file open a quote that closes far below or never, so its rows can't be told apart.",
        "Export the contacts again as CSV UTF-8 or .xlsx, and upload that file.",
    ),
    "repeated_header": (
        "This row repeats the header, as happens when files are joined.",
        "Nothing to do: it isn't a person. If it is, correct it in the file.",
    ),
    "several_rows": (
        "The corrected line holds more than one row.",
        "Write the cells of this one row only, without line breaks outside quotes.",
    ),
    "nul_byte": (
        "A cell has zero bytes (shown as ␀), so some of its text may be lost.",
        "Type what the cell should say, or export the file again.",
    ),
    "cell_too_long": (
        "A cell is longer than 32,767 characters, the most a spreadsheet cell can hold.",
        "Type a shorter text here, or shorten the cell in the file. Often a quote is missing and the cell holds other "
        "rows.",
    ),
    "cell_error_value": (
        "A cell shows an error or a formula that was never calculated: {value}",
        'Type what the cell should say ("" leaves it empty), or correct the formula in Excel and upload the file '
        "again.",
    ),
    "many_bad_cells": (
        "Several cells in this row show errors or are damaged. The sheet has too many such cells to list each one.",
        "Correct the formulas or the damaged columns in the file, or delete columns that no message needs, and upload "
        "it again.",
    ),
    "damaged_row": (
        "A cell in this row refers to text that is missing from the workbook.",
        'Type what the cell should say ("" leaves it empty), or correct the row in Excel and upload the file again.',
    ),
}
