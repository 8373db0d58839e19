"""A sheet and the operator's choices become an audience: contacts, and every other row with its reason."""

from .audience import Arithmetic, Audience, AudienceTables, Choice
from .building import build_audience, build_typed_audience
from .choosing import PhoneColumns, find_phone_columns, phone_choices
from .correcting import correct_sheet
from .marks import Marks
from .rejoining import list_editable_lines
from .validation import dedupe, validate

__all__ = [
    "Arithmetic",
    "Audience",
    "AudienceTables",
    "Choice",
    "Marks",
    "PhoneColumns",
    "build_audience",
    "correct_sheet",
    "dedupe",
    "list_editable_lines",
    "phone_choices",
    "find_phone_columns",
    "build_typed_audience",
    "validate",
]
