"""Messages: placeholders, merge, character set and segments: what each contact will read.

Read in this order: `kinds` (the table of kinds), `message`, `placeholders`, `merging`, `findings`, `alphabet`,
`segments`, `checks`.
"""

from .alphabet import Forcing, forcing, forcing_counts, plain_punctuation
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
from .placeholders import Field, literal, parse
from .segments import Charset, Count, Counts, Saving, count, count_column, saving

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
    "Forcing",
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
    "forcing",
    "forcing_counts",
    "get_counting_rules",
    "holds_code",
    "literal",
    "merge",
    "name_values",
    "otp_content",
    "otp_text",
    "parse",
    "plain_punctuation",
    "preview",
    "saving",
    "warnings",
]
