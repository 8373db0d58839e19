"""Messages: placeholders, merge, character set and segments: what each contact will read.

Read in this order: `kinds` (the table of kinds), `message`, `placeholders`, `merging`, `findings`, `alphabet`,
`segments`, `checks`.
"""

from .alphabet import UnicodeCharacter, count_unicode_characters, list_unicode_characters, simplify_punctuation
from .checks import check_message, faults, warnings
from .filling import placeholder_names
from .kinds import KINDS, SESSION_CONTENTS, TEMPLATE_HEADERS, Channel, Kind, KindSpec, Route, TextRole
from .merging import (
    Content,
    Merged,
    get_counting_rules,
    holds_code,
    merge,
    name_values,
    otp_content,
    otp_text,
    preview,
)
from .message import Message, Slot, WhatsApp
from .placeholders import Field, escape_braces, parse
from .segments import Charset, Count, Counts, Saving, count, count_column, measure_saving

__all__ = [
    "placeholder_names",
    "KINDS",
    "SESSION_CONTENTS",
    "TEMPLATE_HEADERS",
    "Channel",
    "Charset",
    "Content",
    "Count",
    "Counts",
    "Field",
    "UnicodeCharacter",
    "Kind",
    "KindSpec",
    "Merged",
    "Message",
    "Route",
    "Saving",
    "Slot",
    "TextRole",
    "WhatsApp",
    "check_message",
    "count",
    "count_column",
    "faults",
    "list_unicode_characters",
    "count_unicode_characters",
    "get_counting_rules",
    "holds_code",
    "escape_braces",
    "merge",
    "name_values",
    "otp_content",
    "otp_text",
    "parse",
    "simplify_punctuation",
    "preview",
    "measure_saving",
    "warnings",
]
