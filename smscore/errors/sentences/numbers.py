"""Why a row cannot be texted, and what was chosen or guessed about the contacts of a sheet."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    # why a row cannot be texted
    "blank": ("This cell has no number.", "Fill it in, or leave the row out."),
    "no_digits": ("This cell has no digits.", "Check that you chose the right column, or correct the cell."),
    "too_short": ("The number has too few digits.", "Find the missing digits in the source and correct the cell."),
    "too_long": (
        "The number has too many digits.",
        "Look for a repeated prefix or two numbers run together, and correct the cell.",
    ),
    "damaged_by_spreadsheet": (
        "A spreadsheet rounded this number, so its last digits are lost.",
        "Export the source again with the column formatted as text. Don't guess the missing digits.",
    ),
    "not_of_country": (
        "This isn't a valid number in its country.",
        "Check the digits and the country. Write foreign numbers with + and the country code.",
    ),
    "landline": ("This is a landline, which can't receive the message.", "Use a mobile number instead."),
    "not_mobile": (
        "This isn't a mobile number but a special one, such as toll-free, premium or internet telephony.",
        "Use a mobile number instead.",
    ),
    "several_numbers": (
        "This cell has more than one number.",
        "Choose whether to use the first or all of them, or correct the cell.",
    ),
    "unknown_calling_code": (
        "The number starts with a country code that doesn't exist.",
        "Check the digits after the plus sign or the international prefix.",
    ),
    "has_extension": (
        "The number has an extension, which a message can't reach.",
        "Remove the extension if the number on its own is a mobile.",
    ),
    "not_whole_number": (
        "This cell holds a fraction or a negative amount, not a phone number.",
        "Check that you chose the right column, or correct the cell.",
    ),
    "unreadable": ("This cell doesn't hold exactly one number.", "Leave only the number in the cell."),
    "spelled_in_letters": ("There are letters inside or after the number.", "Leave only the number in the cell."),
    "country_contradicted": (
        "The number is written with {written}, but {said}.",
        "Correct the number or the country. If you enter a number with its country code, it is used as written.",
    ),
    "not_of_named_country": (
        "The number isn't from {country}, but {said}.",
        "Correct the number or the country. If you enter a number with its country code, it is used as written.",
    ),
    "country_unclear": (
        "The country isn't clear: {said}.",
        "Write the country as “India”, “IN” or “+91”, or choose another country column, or none.",
    ),
    "countries_disagree": (
        "This row gives two different countries: {said}.",
        "Correct one of them, or choose which column to use.",
    ),
    "too_short_for_route": (
        "The number is valid in its country but too short for the provider, which needs 10 to 15 digits including the "
        "country code.",
        "Contact this person another way.",
    ),
    "unknown_region": (
        "{region} isn't a country whose numbers SMS Desk can read.",
        "Use a two-letter country, such as IN.",
    ),
    "not_a_column": (
        "Numbers are read from one column (a pandas Series), but this is a {found}.",
        'Choose a column, as in frame["Phone"]. If two columns have that name, rename one of them.',
    ),
    "no_msisdn_column": (
        "Duplicates are found by the column msisdn, which this frame doesn't have.",
        "Pass the frame that validate returned.",
    ),
    # contacts
    "no_phone_column": (
        "No column in {name} has phone numbers.",
        "Choose the phone column. The columns are: {columns}.",
    ),
    "which_phone_column": ("Several columns in {name} could be the phone column.", "Choose one of: {columns}."),
    "which_country_column": (
        "{columns} seems to give the country of each number, but hardly any of its cells could be understood.",
        "Choose {column} as the country column to see each such row as a problem, or choose none to use one country "
        "for all.",
    ),
    "country_column_doubtful": (
        "The column {columns} may say in which country each number is, or something else: {said}.",
        "If these are countries, choose {column} as the country column. If not, choose none to use one country for "
        "all.",
    ),
    "no_such_country_column": ("The sheet has no country column called {column}.", "Choose one of: {columns}."),
    "no_such_opt_out_column": ("The sheet has no opt-out column called {column}.", "Choose one of: {columns}."),
    "phone_of_somebody_else": (
        "The numbers come from {column}, which may be someone else's number. No other column has any.",
        "Check that these are the people you want to text.",
    ),
    "phone_column_hidden": (
        "The numbers come from a column that is hidden in the workbook: {columns}.",
        "Check that this is the right column, or choose another one.",
    ),
    "countries_taken": (
        "The countries come from {columns}. Numbers from another country are listed as problems.",
        "If that is wrong, choose another country column, or none.",
    ),
    "country_taken_from_header": (
        "The numbers in {column} are read as numbers from {country}, because its header says so.",
        "Rename the column if that is wrong.",
    ),
    "countries_unread": (
        "{columns} wasn't used for countries: hardly any of its cells could be understood.",
        "Choose it as the country column to see each of them, or write countries as “India”, “IN” or “+91”.",
    ),
    "opt_out_undecided": (
        "The column {column} marks {people} as opted out. You haven't decided about them yet.",
        "Leave them out, or ignore the column. You can't send until you decide.",
    ),
    "opt_out_applied": ("The column {column} marks {people} as opted out. They are left out.", ""),
    "opt_out_ignored": (
        "The column {column} marks {people} as opted out. You chose to ignore it.",
        "They get the message unless they are on the opt-out list.",
    ),
    "opt_out_unclear": (
        "It isn't clear whether these words in {column} mean opted out: {words}.",
        "These people stay in. Correct the words in the sheet if some of them should be left out.",
    ),
    "opt_out_column_undecided": (
        "A column in this sheet marks people as opted out: {columns}. Nothing was sent or saved.",
        "Decide whether to leave them out.",
    ),
    "country_in_cell": ("the column {column} says {said}", ""),
    "country_in_header": ("the column is called {said}", ""),
    "read_as_country": ("It was read as a number from {country}, because {said}.", ""),
    "no_such_column": ("The sheet has no column called {column}.", "Choose one of: {columns}."),
    "corrections_unused": (
        "{count:correction wasn't|corrections weren't} used, because the sheet has no such cell or its row couldn't "
        "be read: {cells}.",
        "Correct these in the file and upload it again.",
    ),
    "hidden_row": ("This row is hidden in the sheet, by a filter or by hand.", "Leave it out, or include hidden rows."),
    "phone_cleaned": (
        "{rows:number in|numbers in} {column} with spaces, symbols or other digits, read correctly.",
        "Nothing to do.",
    ),
    "other_phone_columns": (
        "The numbers come from {column}. These columns have numbers too: {columns}.",
        "Add them as a second choice to reach people whose first number can't be texted.",
    ),
    "column_renamed": (
        "In downloads, the column {column} is called “{shown}”, because SMS Desk has its own column of that name.",
        "In your message, use the name from the sheet.",
    ),
}
