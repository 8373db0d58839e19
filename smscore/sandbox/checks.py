"""What the provider's page asks of a request: the key, the fields, the header, the numbers, the template.

Error texts are the sandbox's own, but for three that the provider documents or was seen to say: "Api Key not found",
"Template components are missing or incorrectly structured" and "Body variables value mis-match".
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from typing import Any, TypeAlias

from smscore.sandbox.faults import Faults

SENDER = re.compile(r"[A-Za-z]{6}|[0-9]{6}")
NUMBER = re.compile(r"[1-9][0-9]{9,14}")
TEMPLATE_ID = re.compile(r"[0-9]{1,30}")
TEMPLATE_NAME = re.compile(r"[a-z0-9_]{1,512}")
LONGEST_TEXT = 2000
_IST = timedelta(hours=5, minutes=30)
_OPENS, _CLOSES = time(10), time(21)
Fields: TypeAlias = dict[str, Any]
"""A JSON object as it came: any value may be anything, and each is looked at before it is used."""


class Refusal(Exception):
    """The request is turned down as a whole, in these words."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True)
class Order:
    """A request that passed: the channel (`sms` or `whatsapp`), the recipients as digits, what the answer echoes.

    mismatched: the number of values is wrong, and only the report will say so.
    """

    channel: str
    recipients: tuple[str, ...]
    echo: Mapping[str, int] = field(default_factory=dict)
    mismatched: bool = False


def check_key(given: str, key: str) -> None:
    """Raise Refusal unless `given` is the key."""
    if not hmac.compare_digest(given.encode(), key.encode()):
        raise Refusal("Api Key not found")


def check_request(path: str, body: bytes, faults: Faults, now: datetime | None = None) -> Order:
    """Return the order in the body of a POST to `path` ("/v1/sms", "/v1/sms/template", "/v1/whatsapp").

    Raises Refusal.
    """
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise Refusal("Request body is not valid JSON") from None
    if not isinstance(fields, dict):
        raise Refusal("Request body must be an object")
    return _CHECKS[path](fields, faults, now or datetime.now(UTC))


# ---------------------------------------------------------------- SMS

_SMS = {"sender", "to", "text", "type"}
_SMS_OPTIONAL = {"unicode", "flash", "templateId"}
_SMS_TEMPLATE = {"sender", "to", "templateId", "custom", "type"}


def _check_sms(fields: Fields, faults: Faults, now: datetime) -> Order:
    _check_names(fields, _SMS, _SMS_OPTIONAL)
    _check_text(fields, "text", LONGEST_TEXT)
    for flag in {"unicode", "flash"} & fields.keys():
        if type(fields[flag]) is not int or fields[flag] not in (0, 1):
            raise Refusal(f'"{flag}" must be 1')
    if "templateId" in fields:
        _check_template_id(fields, faults)
    elif faults.template_required:
        raise Refusal('"templateId" is required')
    echo = {flag: 1 for flag in ("unicode", "flash") if fields.get(flag) == 1}
    return Order("sms", _read_recipients(fields, faults, now), echo)


def _check_sms_template(fields: Fields, faults: Faults, now: datetime) -> Order:
    _check_names(fields, _SMS_TEMPLATE)
    _check_template_id(fields, faults)
    values = fields["custom"]
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Refusal('"custom" must be an array of strings')
    mismatched = _is_mismatched(faults, fields["templateId"], values)
    return Order("sms", _read_recipients(fields, faults, now), mismatched=mismatched)


def _read_recipients(fields: Fields, faults: Faults, now: datetime) -> tuple[str, ...]:
    if not isinstance(fields["sender"], str) or not SENDER.fullmatch(fields["sender"]):
        raise Refusal("Invalid sender: 6 letters or 6 digits")
    if fields["type"] not in ("TRANS", "PROMO", "OTP"):
        raise Refusal('"type" must be one of [TRANS, PROMO, OTP]')
    if fields["type"] == "PROMO" and faults.promotional == "in hours" and not _is_in_hours(now):
        raise Refusal("Promotional messages are sent between 10:00 and 21:00")
    if not isinstance(fields["to"], str):
        raise Refusal('"to" must be a string')
    read = _normalise if faults.number_forms == "lenient" else str.strip
    return _choose_recipients([read(one) for one in fields["to"].split(",")], faults)


def _normalise(written: str) -> str:
    digits = re.sub(r"[\s+()-]", "", written)
    return f"91{digits}" if len(digits) == 10 else digits


def _choose_recipients(written: list[str], faults: Faults) -> tuple[str, ...]:
    bad = [one for one in written if not NUMBER.fullmatch(one)]
    if bad and (faults.bad_numbers == "refuse" or len(bad) == len(written)):
        raise Refusal(f"Invalid mobile number: {bad[0][:20]}")
    good = [one for one in written if faults.bad_numbers != "drop" or NUMBER.fullmatch(one)]
    if faults.duplicates == "remove":
        good = list(dict.fromkeys(good))
    if len(good) > faults.most_recipients:
        raise Refusal(f'"to" may hold at most {faults.most_recipients} recipients')
    return tuple(good)


def _is_in_hours(now: datetime) -> bool:
    return _OPENS <= (now.astimezone(UTC) + _IST).time() < _CLOSES


# ---------------------------------------------------------------- WhatsApp

_MISSING_COMPONENTS = "Template components are missing or incorrectly structured"
_HEADERS = {"text", "image", "video", "document"}
_NO_FIELDS: frozenset[str] = frozenset()
_BLOCKS: Mapping[str, tuple[frozenset[str], frozenset[str]]] = {
    # a session message's type: fields its block must have, may have
    "text": (frozenset({"body"}), _NO_FIELDS),
    "image": (frozenset({"link"}), frozenset({"caption"})),
    "video": (frozenset({"link"}), frozenset({"caption"})),
    "document": (frozenset({"link"}), frozenset({"caption", "filename"})),
    "audio": (frozenset({"link"}), _NO_FIELDS),
    "interactive": (frozenset({"type", "body", "action"}), frozenset({"header", "footer"})),
}


def _check_whatsapp(fields: Fields, faults: Faults, now: datetime) -> Order:
    templated = fields.get("type") == "template"
    mismatched = _check_whatsapp_template(fields, faults) if templated else _check_whatsapp_session(fields)
    for end in ("from", "to"):
        if not isinstance(fields[end], str) or not NUMBER.fullmatch(fields[end].removeprefix("+")):
            raise Refusal(f'"{end}" must be a phone number with its country code')
    return Order("whatsapp", (fields["to"].removeprefix("+"),), mismatched=mismatched)


def _check_whatsapp_template(fields: Fields, faults: Faults) -> bool:
    _check_names(fields, {"from", "to", "templateName", "type"}, {"campaignName", "components", "language", "otp"})
    if not isinstance(fields["templateName"], str) or not TEMPLATE_NAME.fullmatch(fields["templateName"]):
        raise Refusal('"templateName" must be lowercase letters, digits and underscores')
    if "language" in fields:
        _check_text(fields, "otp", 15)
        return False
    components = fields.get("components")
    if not isinstance(components, dict) or not components.keys() <= {"body", "header", "buttons"}:
        raise Refusal(_MISSING_COMPONENTS)
    _check_whatsapp_header(components.get("header"))
    for part in ("body", "buttons"):
        _check_params(components.get(part, {"params": []}))
    return _is_mismatched(faults, fields["templateName"], components.get("body", {}).get("params", []))


def _check_params(part: object) -> None:
    values = part.get("params") if isinstance(part, dict) else None
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Refusal(_MISSING_COMPONENTS)


def _check_whatsapp_header(header: object) -> None:
    if header is None:
        return
    kind = header.get("type") if isinstance(header, dict) else None
    value = header.get(kind) if isinstance(header, dict) and kind in _HEADERS else None
    if not value:
        raise Refusal(_MISSING_COMPONENTS)
    if kind != "text" and not (isinstance(value, dict) and value.get("link")):
        raise Refusal(_MISSING_COMPONENTS)


def _check_whatsapp_session(fields: Fields) -> bool:
    kind = fields.get("type")
    if not isinstance(kind, str) or kind not in _BLOCKS:
        raise Refusal(f'"type" must be one of [template, {", ".join(_BLOCKS)}]')
    _check_names(fields, {"recipient_type", "from", "to", "type", kind})
    if fields["recipient_type"] != "individual" or not isinstance(fields[kind], dict):
        raise Refusal(f'"{kind}" must be an object and "recipient_type" individual')
    _check_names(fields[kind], *_BLOCKS[kind])
    if kind == "text":
        _check_text(fields[kind], "body", 1024)
    if kind == "interactive":
        _check_interactive(fields[kind])
    return False


def _check_interactive(block: Fields) -> None:
    action = block["action"] if isinstance(block["action"], dict) else {}
    if block["type"] == "button" and not 1 <= len(_read_titles(action.get("buttons"))) <= 3:
        raise Refusal("An interactive message has 1 to 3 buttons with titles of at most 20 characters")
    if block["type"] == "list" and not 1 <= len(action.get("sections") or ()) <= 10:
        raise Refusal("An interactive list has 1 to 10 sections")


def _read_titles(buttons: Any) -> list[str]:
    replies = [button.get("reply") for button in buttons or () if isinstance(button, dict)]
    titles = [str(reply.get("title", "")) for reply in replies if isinstance(reply, dict)]
    return titles if all(1 <= len(title) <= 20 for title in titles) else []


# ---------------------------------------------------------------- shared


def _check_names(fields: Fields, required: Set[str], optional: Set[str] = _NO_FIELDS) -> None:
    for name in sorted(required - fields.keys()):
        raise Refusal(f'"{name}" is required')
    for name in sorted(fields.keys() - required - optional):
        raise Refusal(f'"{name[:40]}" is not allowed')


def _check_text(fields: Fields, name: str, longest: int) -> None:
    text = fields.get(name)
    if not isinstance(text, str) or not text.strip():
        raise Refusal(f'"{name}" is not allowed to be empty')
    if len(text) > longest:
        raise Refusal(f'"{name}" may have at most {longest} characters')


def _check_template_id(fields: Fields, faults: Faults) -> None:
    template = fields["templateId"]
    if not isinstance(template, str) or not TEMPLATE_ID.fullmatch(template):
        raise Refusal("Invalid template id")
    if faults.templates and template not in faults.templates:
        raise Refusal("Template not found")


def _is_mismatched(faults: Faults, template: str, values: list[str]) -> bool:
    expected = faults.templates.get(template, len(values))
    if expected == len(values):
        return False
    if faults.mismatch == "refuse":
        raise Refusal(f"Body variables value mis-match: Expected {expected} but received {len(values)}")
    return True


# Written out, and not taken from the table of kinds: the sandbox stands for the provider, and would otherwise agree
# with our mistakes.
_CHECKS: dict[str, Callable[[Fields, Faults, datetime], Order]] = {
    "/v1/sms": _check_sms,
    "/v1/sms/template": _check_sms_template,
    "/v1/whatsapp": _check_whatsapp,
}
PATHS = tuple(_CHECKS)
