"""Registered DLT templates: read from a portal's export, compared with a text, and what their variables take."""

from .identifiers import Identifier, TemplateId, header_of, headers_of, read_id
from .matching import Match, match, match_column, same_breaks
from .portal import (
    Import,
    Lapsed,
    Registered,
    read_templates,
    route_of,
    template_faults,
    template_warnings,
)
from .tags import Variable, check_value, constants, too_long, variables, wrong_form

__all__ = [
    "Identifier",
    "Import",
    "Lapsed",
    "Match",
    "Registered",
    "TemplateId",
    "Variable",
    "check_value",
    "constants",
    "header_of",
    "headers_of",
    "match",
    "match_column",
    "read_id",
    "read_templates",
    "route_of",
    "same_breaks",
    "template_faults",
    "template_warnings",
    "too_long",
    "variables",
    "wrong_form",
]
