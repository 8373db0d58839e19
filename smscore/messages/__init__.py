"""Messages: placeholders, merge, character set and segments: what each contact will read.

Read in this order: `message` (the nouns), `placeholders`, `merging`, `findings`, `alphabet`, `segments`, `checks`.
"""

from .alphabet import Forcing, forcing, forcing_counts, plain_punctuation
from .checks import check_message, faults, warnings
from .merging import Content, Merged, holds_code, merge, otp_content, otp_text, preview
from .message import Kind, Message, Route, Slot, WhatsApp
from .placeholders import Field, literal, parse
from .segments import Charset, Count, Counts, Saving, count, count_column, saving

__all__ = [
    "Charset",
    "Content",
    "Count",
    "Counts",
    "Field",
    "Forcing",
    "Kind",
    "Merged",
    "Message",
    "Route",
    "Saving",
    "Slot",
    "WhatsApp",
    "check_message",
    "count",
    "count_column",
    "faults",
    "forcing",
    "forcing_counts",
    "holds_code",
    "literal",
    "merge",
    "otp_content",
    "otp_text",
    "parse",
    "plain_punctuation",
    "preview",
    "saving",
    "warnings",
]
