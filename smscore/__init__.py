"""SMS Desk without its pages: everything that pages and the command line may use.

Read the modules in this order: errors, config, sheets, phones, contacts, messages, dlt, campaigns, provider, sandbox,
store, engine, delivery, reports, desk.

Each name is loaded when it is first asked for, so that a command pays only for what it uses.
"""

from __future__ import annotations

import ast
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # read by editors and by `_places`; run by nobody
    from smscore.campaigns import (
        PROMOTIONAL_HOURS,
        REPORT_COLUMNS,
        TEXTED_BEFORE,
        Campaign,
        CampaignStatus,
        Canary,
        Estimate,
        Plan,
        Prepared,
        Progress,
        RecipientStatus,
        ReportColumn,
        SameList,
        Timing,
        Totals,
        Window,
    )
    from smscore.campaigns import warnings as plan_warnings
    from smscore.config import Behind, Role, Settings, load_settings
    from smscore.config import Faults as SettingFaults
    from smscore.contacts import (
        Arithmetic,
        Audience,
        Choice,
        Marks,
        PhoneColumns,
        build_audience,
        corrected_sheet,
        dedupe,
        line_to_edit,
        phone_choices,
        phone_columns,
        typed_audience,
        validate,
    )
    from smscore.delivery import webhook_routes
    from smscore.desk import (
        Added,
        Desk,
        Imported,
        OtpReceipt,
        Restored,
        SettingView,
        TemplateImport,
        engine_fault,
        open_desk,
        start_engine,
        stop_engine,
    )
    from smscore.desk.backups import back_up, put_back
    from smscore.dlt import Import, Match, Registered, Variable, match, variables
    from smscore.errors import (
        CampaignError,
        DeskError,
        Explanation,
        MessageError,
        Notice,
        ProviderError,
        RowProblem,
        SettingsError,
        SheetError,
        StoreError,
        TemplateError,
        explain,
    )
    from smscore.messages import (
        KINDS,
        SESSION_CONTENTS,
        TEMPLATE_HEADERS,
        Charset,
        Content,
        Count,
        Kind,
        Merged,
        Message,
        Route,
        Slot,
        TextRole,
        WhatsApp,
        count,
        forcing,
        merge,
        placeholder_names,
        plain_punctuation,
        preview,
        saving,
    )
    from smscore.messages import faults as message_faults
    from smscore.messages import warnings as message_warnings
    from smscore.phones import read_number, regions
    from smscore.provider import Check
    from smscore.reports import problem_frame, reason_frame, to_csv, to_xlsx
    from smscore.sandbox import ENDINGS as FAULT_ENDINGS
    from smscore.sandbox import MEANINGS as FAULT_MEANINGS
    from smscore.sandbox import MODES as FAULT_MODES
    from smscore.sandbox import Faults
    from smscore.sheets import ENCODINGS, SHEET_SUFFIXES, Heading, Line, Sheet, read_sheet
    from smscore.sheets import prepare as prepare_reading
    from smscore.sign_in import Entry, EntryRules, address_of
    from smscore.store import LostCampaign, RestoreQuestion, SavedAudience, Template
    from smscore.urls import is_loopback


def handle_delivery(desk: Desk, channel: str, body: bytes) -> int:
    """Store the delivery reports in a callback's body; see `Desk.handle_delivery`."""
    return desk.handle_delivery(channel, body)


def _places() -> dict[str, tuple[str, str]]:
    """Where each name of the block above comes from: its module, and what it is called there."""
    tree = ast.parse(Path(__file__).read_text(encoding="utf-8"))
    block = next(node for node in tree.body if isinstance(node, ast.If))
    return {each.asname or each.name: (line.module, each.name) for line in block.body for each in line.names}


_PLACES = _places()
__all__ = sorted([*_PLACES, "handle_delivery"])


def __getattr__(name: str) -> object:
    """Load a name when it is first asked for (PEP 562); from then on it is an ordinary attribute."""
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, its_name = _PLACES[name]
    found = globals()[name] = getattr(import_module(module), its_name)
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
