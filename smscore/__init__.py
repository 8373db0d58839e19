"""SMS Desk without its pages: what pages, the command line and notebooks use, and nothing else.

Read the modules in this order: errors, config, sheets, phones, contacts, messages, dlt, campaigns, provider, sandbox,
store, engine, delivery, reports, desk.

Each name is loaded when it is first asked for, so that a command pays only for what it uses. To export another name,
import it under TYPE_CHECKING and add it to the table; tests/test_front_door.py keeps the two equal.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from smscore.campaigns import (
        REPORT_COLUMNS,
        TEXTED_BEFORE,
        Campaign,
        CampaignStatus,
        Canary,
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
    from smscore.campaigns import find_warnings as plan_warnings
    from smscore.config import Faults as SettingFaults
    from smscore.config import (
        Role,
        Settings,
        load_settings,
    )
    from smscore.contacts import (
        Audience,
        Choice,
        Marks,
        build_audience,
        correct_sheet,
        dedupe,
        list_editable_lines,
        phone_choices,
        validate,
    )
    from smscore.delivery import (
        build_webhook_routes,
    )
    from smscore.desk import (
        Added,
        Desk,
        Imported,
        OtpReceipt,
        Restored,
        TemplateImport,
        get_engine_fault,
        open_desk,
        start_engine,
        stop_engine,
    )
    from smscore.desk.restores import (
        back_up,
        put_back,
    )
    from smscore.dlt import (
        variables,
    )
    from smscore.durable_files import (
        flush_folder,
    )
    from smscore.errors import (
        CampaignError,
        DeskError,
        Explanation,
        Notice,
        RowProblem,
        SettingsError,
        SheetError,
        StoreError,
        explain,
    )
    from smscore.messages import (
        SESSION_CONTENTS,
        TEMPLATE_HEADERS,
        Charset,
        Content,
        Kind,
        Message,
        Route,
        Slot,
        TextRole,
        WhatsApp,
        count,
        get_counting_rules,
        list_unicode_characters,
        measure_saving,
        name_values,
        placeholder_names,
        preview,
        simplify_punctuation,
    )
    from smscore.messages import faults as message_faults
    from smscore.messages import warnings as message_warnings
    from smscore.phones import (
        list_regions,
        read_number,
    )
    from smscore.reports import (
        SAMPLE,
        problem_frame,
        reason_frame,
        to_csv,
        to_xlsx,
        write_sample,
    )
    from smscore.sandbox import ENDINGS as FAULT_ENDINGS
    from smscore.sandbox import MEANINGS as FAULT_MEANINGS
    from smscore.sandbox import MODES as FAULT_MODES
    from smscore.sandbox import (
        Faults,
    )
    from smscore.sheets import (
        ENCODINGS,
        SHEET_SUFFIXES,
        Heading,
        Sheet,
        read_sheet,
    )
    from smscore.sheets import prepare as prepare_reading
    from smscore.sign_in import (
        Entry,
        EntryRules,
        read_address,
    )
    from smscore.store import (
        LostCampaign,
        RestoreQuestion,
        SavedAudience,
        Template,
    )
    from smscore.urls import (
        is_loopback,
    )

_MODULES = {
    "Campaign": "smscore.campaigns",
    "CampaignStatus": "smscore.campaigns",
    "Canary": "smscore.campaigns",
    "Plan": "smscore.campaigns",
    "Prepared": "smscore.campaigns",
    "Progress": "smscore.campaigns",
    "REPORT_COLUMNS": "smscore.campaigns",
    "RecipientStatus": "smscore.campaigns",
    "ReportColumn": "smscore.campaigns",
    "SameList": "smscore.campaigns",
    "TEXTED_BEFORE": "smscore.campaigns",
    "Timing": "smscore.campaigns",
    "Totals": "smscore.campaigns",
    "Window": "smscore.campaigns",
    "plan_warnings": "smscore.campaigns",
    "Role": "smscore.config",
    "SettingFaults": "smscore.config",
    "Settings": "smscore.config",
    "load_settings": "smscore.config",
    "Audience": "smscore.contacts",
    "Choice": "smscore.contacts",
    "Marks": "smscore.contacts",
    "build_audience": "smscore.contacts",
    "correct_sheet": "smscore.contacts",
    "dedupe": "smscore.contacts",
    "list_editable_lines": "smscore.contacts",
    "phone_choices": "smscore.contacts",
    "validate": "smscore.contacts",
    "build_webhook_routes": "smscore.delivery",
    "Added": "smscore.desk",
    "Desk": "smscore.desk",
    "Imported": "smscore.desk",
    "OtpReceipt": "smscore.desk",
    "Restored": "smscore.desk",
    "TemplateImport": "smscore.desk",
    "get_engine_fault": "smscore.desk",
    "open_desk": "smscore.desk",
    "start_engine": "smscore.desk",
    "stop_engine": "smscore.desk",
    "back_up": "smscore.desk.restores",
    "put_back": "smscore.desk.restores",
    "variables": "smscore.dlt",
    "flush_folder": "smscore.durable_files",
    "CampaignError": "smscore.errors",
    "DeskError": "smscore.errors",
    "Explanation": "smscore.errors",
    "Notice": "smscore.errors",
    "RowProblem": "smscore.errors",
    "SettingsError": "smscore.errors",
    "SheetError": "smscore.errors",
    "StoreError": "smscore.errors",
    "explain": "smscore.errors",
    "Charset": "smscore.messages",
    "Content": "smscore.messages",
    "Kind": "smscore.messages",
    "Message": "smscore.messages",
    "Route": "smscore.messages",
    "SESSION_CONTENTS": "smscore.messages",
    "Slot": "smscore.messages",
    "TEMPLATE_HEADERS": "smscore.messages",
    "TextRole": "smscore.messages",
    "WhatsApp": "smscore.messages",
    "count": "smscore.messages",
    "list_unicode_characters": "smscore.messages",
    "message_faults": "smscore.messages",
    "message_warnings": "smscore.messages",
    "get_counting_rules": "smscore.messages",
    "name_values": "smscore.messages",
    "placeholder_names": "smscore.messages",
    "simplify_punctuation": "smscore.messages",
    "preview": "smscore.messages",
    "measure_saving": "smscore.messages",
    "read_number": "smscore.phones",
    "list_regions": "smscore.phones",
    "SAMPLE": "smscore.reports",
    "problem_frame": "smscore.reports",
    "reason_frame": "smscore.reports",
    "to_csv": "smscore.reports",
    "to_xlsx": "smscore.reports",
    "write_sample": "smscore.reports",
    "FAULT_ENDINGS": "smscore.sandbox",
    "FAULT_MEANINGS": "smscore.sandbox",
    "FAULT_MODES": "smscore.sandbox",
    "Faults": "smscore.sandbox",
    "ENCODINGS": "smscore.sheets",
    "Heading": "smscore.sheets",
    "SHEET_SUFFIXES": "smscore.sheets",
    "Sheet": "smscore.sheets",
    "prepare_reading": "smscore.sheets",
    "read_sheet": "smscore.sheets",
    "Entry": "smscore.sign_in",
    "EntryRules": "smscore.sign_in",
    "read_address": "smscore.sign_in",
    "LostCampaign": "smscore.store",
    "RestoreQuestion": "smscore.store",
    "SavedAudience": "smscore.store",
    "Template": "smscore.store",
    "is_loopback": "smscore.urls",
}
_NAMES_THERE = {
    # What is called otherwise in its module, where no other room has a thing of that name.
    "plan_warnings": "find_warnings",
    "SettingFaults": "Faults",
    "message_faults": "faults",
    "message_warnings": "warnings",
    "FAULT_ENDINGS": "ENDINGS",
    "FAULT_MEANINGS": "MEANINGS",
    "FAULT_MODES": "MODES",
    "prepare_reading": "prepare",
}
__all__ = sorted(_MODULES)


def __getattr__(name: str) -> object:
    """Load a name when it is first asked for (PEP 562); from then on it is an ordinary attribute."""
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    loaded = globals()[name] = getattr(import_module(_MODULES[name]), _NAMES_THERE.get(name, name))
    return loaded


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
