"""A sheet and the operator's choices become an audience: contacts, and every other row with its reason."""

from .audience import Arithmetic, Audience, AudienceTables, Choice
from .building import build_audience, typed_audience
from .choosing import PhoneColumns, phone_choices, phone_columns
from .correcting import corrected_sheet
from .marks import Marks
from .rejoining import line_to_edit
from .validation import dedupe, validate

__all__ = [
    "Arithmetic",
    "Audience",
    "AudienceTables",
    "Choice",
    "Marks",
    "PhoneColumns",
    "build_audience",
    "corrected_sheet",
    "dedupe",
    "line_to_edit",
    "phone_choices",
    "phone_columns",
    "typed_audience",
    "validate",
]
