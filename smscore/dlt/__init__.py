"""Registered DLT templates: read from a portal's export, compared with a text, and what their variables take."""

from .identifiers import Identifier, TemplateId, read_headers, read_id, strip_header
from .matching import Match, match, match_column, unify_breaks
from .portal import (
    Import,
    LapsedTemplate,
    RegisteredTemplate,
    choose_route,
    read_templates,
    template_faults,
    template_warnings,
)
from .tags import Variable, check_value, find_too_long, find_wrong_form, split_constants, variables

__all__ = [
    "Identifier",
    "Import",
    "LapsedTemplate",
    "Match",
    "RegisteredTemplate",
    "TemplateId",
    "Variable",
    "check_value",
    "split_constants",
    "strip_header",
    "read_headers",
    "match",
    "match_column",
    "read_id",
    "read_templates",
    "choose_route",
    "unify_breaks",
    "template_faults",
    "template_warnings",
    "find_too_long",
    "variables",
    "find_wrong_form",
]
