"""What is wrong with a message or a template."""

from __future__ import annotations

SENTENCES: dict[str, tuple[str, str]] = {
    # messages
    "message_unreadable": ("The saved message can't be read.", "Write it again, and tell your SMS Desk administrator."),
    "lone_brace": (
        "The {brace} at character {position} of the text doesn't belong to a placeholder.",
        "Close the placeholder, or write {{{{ or }}}} to show a brace.",
    ),
    "empty_placeholder": (
        "The placeholder at character {position} of the text is empty.",
        "Put a column name between the braces.",
    ),
    "unknown_placeholder": (
        "The sheet has no column for the placeholder {{{placeholder}}}. Its columns are: {columns}.",
        "{hint}Use one of these names, or write {{{{ }}}} to show braces.",
    ),
    "ambiguous_placeholder": (
        "The placeholder {{{placeholder}}} matches several columns: {columns}.",
        "Write the name exactly as in the sheet.",
    ),
    "missing_value": (
        "{column} is blank in this row, and the message needs it.",
        "Fill in the cell, or give the placeholder a default such as {{name|there}}.",
    ),
    "looks_missing": (
        "{column} has a word such as nan, null or N/A that would appear in the message. Rows: {rows}.",
        "Correct these rows, or continue if the word is intended.",
    ),
    "value_too_long": (
        "The value from {column} is longer than the {limit} characters allowed for {tag}.",
        "Shorten it, or operators will reject the message.",
    ),
    "value_long_for_some": (
        "Some operators refuse more than {limit} characters for {tag}. Rows with a longer value from {column}: {rows}.",
        "Shorten them to be safe.",
    ),
    "value_not_numeric": ("The value from {column} must be digits only, for {tag}.", "Correct the value."),
    "value_not_link": (
        "The value from {column} must be a web address, for {tag}.",
        "Write it as https://example.com/page, without spaces. It must be whitelisted on the DLT portal.",
    ),
    "value_not_call_back_number": (
        "The value from {column} must be a phone number, for {tag}.",
        "Use digits only. The number must be whitelisted on the DLT portal.",
    ),
    "value_not_email": ("The value from {column} must be an email address, for {tag}.", "Correct the value."),
    "value_not_web_address": (
        "The link from {column} isn't a web address.",
        "Write the whole address, starting with https://, without spaces.",
    ),
    "text_blank": ("The message is blank for this row.", "Fill in the cells that the message uses."),
    "text_too_long": (
        "The message for this row needs more than {limit} segments, which phones can't join.",
        "Shorten the text, or the values in this row.",
    ),
    "whatsapp_text_long": (
        "The WhatsApp text is longer than {limit} characters.",
        "Shorten the text, or the values in it.",
    ),
    "button_title_long": ("The button title {column} is longer than {limit} characters.", "Shorten the title."),
    "otp_without_code": (
        "The text of the one-time code has no {{code}}.",
        "Write {{code}} where the code should appear.",
    ),
    "otp_code_form": ("A one-time code must have {digits} digits.", "Create a new code."),
    "otp_route": ("A one-time code uses the OTP route, not {route}.", "Choose the OTP route."),
    "route_for_otp_only": (
        "The OTP route is for one-time codes only.",
        "Choose TRANS or PROMO, or send a one-time code.",
    ),
    "sender_missing": ("The message has no sender.", "Choose or type the header registered for this message."),
    "sender_form": (
        "{sender} isn't a valid sender. A header is 6 letters for service messages, or 6 digits for promotional ones.",
        "Type the header as registered on the DLT portal.",
    ),
    "sender_with_prefix": (
        "{sender} includes the letters that operators add on the phone.",
        "Type only the header: {meant}.",
    ),
    "whatsapp_sender_missing": ("The From number is missing.", "Type your WhatsApp number with its country code."),
    "whatsapp_sender": ("{sender} isn't a WhatsApp number with its country code.", "Type it like +919876543210."),
    "promo_header_letters": (
        "The header {sender} has letters, but promotional headers are 6 digits.",
        "Check the route and the sender. Operators may reject the messages.",
    ),
    "header_digits": (
        "The header {sender} is made of digits, like promotional ones, but the route is {route}.",
        "Check the route and the sender. Operators may reject the messages.",
    ),
    "text_missing": ("The message has no text.", "Write the message."),
    "text_control": (
        "Character {position} of the text is a control character that phones don't show.",
        "Delete it. It often comes from copying out of another program.",
    ),
    "typography_costs": (
        "Curly quotes, long dashes or special spaces make this text {before:segment|segments}. Plain ones make it "
        "{after}.",
        "Turn on Plain punctuation.",
    ),
    "forces_unicode": (
        "These characters aren't in the GSM-7 alphabet, so each segment holds 67 characters instead of 153: "
        "{characters}.",
        "Replace them (for example, ₹ with Rs.) to send fewer segments.",
    ),
    "unfilled_variable": (
        "The text still contains the template variable {tag}.",
        "Fill each variable with a column or a value, or write the text out.",
    ),
    "slots_differ": (
        "The template's variables: {expected}; filled in: {found}.",
        "Give exactly one value or column for each variable.",
    ),
    "slot_empty": ("Value {number} ({place}) is empty.", "Enter a value or a placeholder."),
    "slot_place": ("This message type has no place for {place}.", "Use one of: {places}."),
    "slot_number": ("{place} needs {expected:value|values} and has {found}.", "Add or remove values there."),
    "body_unknown": (
        "The template's text isn't saved here, so lengths aren't checked and each message counts as one segment.",
        "Add the template's text under Templates to see what people will read.",
    ),
    "template_name_missing": ("The WhatsApp template has no name.", "Type the name of an approved template."),
    "template_name_form": (
        "{name} isn't a WhatsApp template name. Names have only lowercase letters, digits and underscores.",
        "Copy the name from the provider's portal.",
    ),
    "header_type": ("A WhatsApp header can't be {kind}.", "Choose one of: {kinds}."),
    "session_type": ("A WhatsApp session message can't be {kind}.", "Choose one of: {kinds}."),
    "button_count": (
        "A message with buttons has 1 to {limit} of them; this one has {found}.",
        "Add or remove buttons.",
    ),
    "caption_not_taken": ("A WhatsApp message of the type {kind} can't have this caption.", "Remove the caption."),
    # templates
    "no_template_columns": (
        "This file has no template ID column or no template text column. Its columns are: {columns}.",
        "Upload the content template export from the DLT portal, with its header row.",
    ),
    "text_differs": (
        "The text differs from the registered template at character {position}: it has {found}, and the template "
        "continues with “{expected}”.",
        "Make the text match the template outside its variables, down to the last space and symbol.",
    ),
    "text_goes_on": (
        "The registered template ends before character {position} of the text, which continues with {found}.",
        "Make the text match the template outside its variables, down to the last space and symbol.",
    ),
    "template_id_missing": ("The template has no ID.", "Copy the ID from the DLT portal."),
    "template_id_damaged": (
        "The template ID {value} has lost digits, as happens when a spreadsheet shortens long numbers.",
        "Copy the ID from the DLT portal. Format the column as text before you paste it.",
    ),
    "template_id_malformed": ("{value} isn't a template ID.", "Copy it from the DLT portal. It usually has 19 digits."),
    "template_id_rounded": (
        "The template ID {value} ends in four zeros, so a spreadsheet may have rounded it.",
        "Compare it with the DLT portal. If it is right, add this template by hand.",
    ),
    "template_id_unusual": (
        "The template ID {value} doesn't have 19 digits.",
        "Compare it with the DLT portal. Some IDs are shorter or longer.",
    ),
    "template_id_unconfirmed": (
        "The template ID {value} doesn't have the usual 19 digits. Nothing was saved.",
        "Compare it with the DLT portal. If it is right, select that you've checked it, then save again.",
    ),
    "templates_changed": (
        "Someone changed the templates while you were looking at this import. Nothing was saved.",
        "Review the import again. It now shows the current changes.",
    ),
    "template_id_conflict": (
        "The template ID {value} appears in several rows with different texts.",
        "Keep the row with the registered text.",
    ),
    "template_repeated": (
        "The template ID {value} appears again in this row. Its headers were added to the first.",
        "",
    ),
    "template_not_approved": (
        "The template isn't approved: its status is “{value}”.",
        "Import it again once the DLT portal shows it as approved.",
    ),
    "template_body_missing": ("The template has no text.", "Copy the text from the DLT portal."),
    "template_header_odd": (
        "The template {name} has the header {sender}, which is neither 6 letters nor 6 digits.",
        "Compare it with the DLT portal.",
    ),
    "template_line_breaks": (
        "The text of {name} has line breaks. Operators may not accept every kind of line break.",
        "Send one message to yourself first.",
    ),
    "variable_count_differs": (
        "Row {row} says the template has {told:variable|variables}, but its text has {found}.",
        "Compare the text with the DLT portal. A variable may be damaged.",
    ),
}
