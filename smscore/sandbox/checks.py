"""What the provider's page asks of a request: the key, the fields, the header, the numbers, the template.

Error texts are the sandbox's own, but for three that the provider documents or was seen to say: "Api Key not found",
"Template components are missing or incorrectly structured" and "Body variables value mis-match".
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta

from smscore.sandbox.faults import Faults

SENDER = re.compile(r"[A-Za-z]{6}|[0-9]{6}")
NUMBER = re.compile(r"[1-9][0-9]{9,14}")
TEMPLATE_ID = re.compile(r"[0-9]{1,30}")
TEMPLATE_NAME = re.compile(r"[a-z0-9_]{1,512}")
LONGEST_TEXT = 2000
_IST = timedelta(hours=5, minutes=30)
_OPENS, _CLOSES = time(10), time(21)


class Refused(Exception):
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
    """Raise Refused unless `given` is the key."""
    if not hmac.compare_digest(given.encode(), key.encode()):
        raise Refused("Api Key not found")


def check(path: str, body: bytes, faults: Faults, now: datetime | None = None) -> Order:
    """The order in the body of a POST to `path` ("/v1/sms", "/v1/sms/template", "/v1/whatsapp"). Raises Refused."""
    try:
        fields = json.loads(body)
    except (ValueError, RecursionError):
        raise Refused("Request body is not valid JSON") from None
    if not isinstance(fields, dict):
        raise Refused("Request body must be an object")
    return _CHECKS[path](fields, faults, now or datetime.now(UTC))


# ---------------------------------------------------------------- SMS

_SMS = {"sender", "to", "text", "type"}
_SMS_OPTIONAL = {"unicode", "flash", "templateId"}
_SMS_TEMPLATE = {"sender", "to", "templateId", "custom", "type"}


def _sms(fields: dict, faults: Faults, now: datetime) -> Order:
    _names(fields, _SMS, _SMS_OPTIONAL)
    _text(fields, "text", LONGEST_TEXT)
    for flag in {"unicode", "flash"} & fields.keys():
        if type(fields[flag]) is not int or fields[flag] not in (0, 1):
            raise Refused(f'"{flag}" must be 1')
    if "templateId" in fields:
        _template_id(fields, faults)
    elif faults.template_required:
        raise Refused('"templateId" is required')
    echo = {flag: 1 for flag in ("unicode", "flash") if fields.get(flag) == 1}
    return Order("sms", _addressed(fields, faults, now), echo)


def _sms_template(fields: dict, faults: Faults, now: datetime) -> Order:
    _names(fields, _SMS_TEMPLATE)
    _template_id(fields, faults)
    values = fields["custom"]
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Refused('"custom" must be an array of strings')
    mismatched = _mismatch(faults, fields["templateId"], values)
    return Order("sms", _addressed(fields, faults, now), mismatched=mismatched)


def _addressed(fields: dict, faults: Faults, now: datetime) -> tuple[str, ...]:
    if not isinstance(fields["sender"], str) or not SENDER.fullmatch(fields["sender"]):
        raise Refused("Invalid sender: 6 letters or 6 digits")
    if fields["type"] not in ("TRANS", "PROMO", "OTP"):
        raise Refused('"type" must be one of [TRANS, PROMO, OTP]')
    if fields["type"] == "PROMO" and faults.promotional == "in hours" and not _in_hours(now):
        raise Refused("Promotional messages are sent between 10:00 and 21:00")
    if not isinstance(fields["to"], str):
        raise Refused('"to" must be a string')
    read = _leniently if faults.number_forms == "lenient" else str.strip
    return _recipients([read(one) for one in fields["to"].split(",")], faults)


def _leniently(written: str) -> str:
    digits = re.sub(r"[\s+()-]", "", written)
    return f"91{digits}" if len(digits) == 10 else digits


def _recipients(written: list[str], faults: Faults) -> tuple[str, ...]:
    bad = [one for one in written if not NUMBER.fullmatch(one)]
    if bad and (faults.bad_numbers == "refuse" or len(bad) == len(written)):
        raise Refused(f"Invalid mobile number: {bad[0][:20]}")
    good = [one for one in written if faults.bad_numbers != "drop" or NUMBER.fullmatch(one)]
    if faults.duplicates == "remove":
        good = list(dict.fromkeys(good))
    if len(good) > faults.most_recipients:
        raise Refused(f'"to" may hold at most {faults.most_recipients} recipients')
    return tuple(good)


def _in_hours(now: datetime) -> bool:
    return _OPENS <= (now.astimezone(UTC) + _IST).time() < _CLOSES


# ---------------------------------------------------------------- WhatsApp

_MISSING_COMPONENTS = "Template components are missing or incorrectly structured"
_HEADERS = {"text", "image", "video", "document"}
_BLOCKS = {
    # a session message's type: fields its block must have, may have
    "text": ({"body"}, set()),
    "image": ({"link"}, {"caption"}),
    "video": ({"link"}, {"caption"}),
    "document": ({"link"}, {"caption", "filename"}),
    "audio": ({"link"}, set()),
    "interactive": ({"type", "body", "action"}, {"header", "footer"}),
}


def _whatsapp(fields: dict, faults: Faults, now: datetime) -> Order:
    templated = fields.get("type") == "template"
    mismatched = _whatsapp_template(fields, faults) if templated else _whatsapp_session(fields)
    for end in ("from", "to"):
        if not isinstance(fields[end], str) or not NUMBER.fullmatch(fields[end].removeprefix("+")):
            raise Refused(f'"{end}" must be a phone number with its country code')
    return Order("whatsapp", (fields["to"].removeprefix("+"),), mismatched=mismatched)


def _whatsapp_template(fields: dict, faults: Faults) -> bool:
    _names(fields, {"from", "to", "templateName", "type"}, {"campaignName", "components", "language", "otp"})
    if not isinstance(fields["templateName"], str) or not TEMPLATE_NAME.fullmatch(fields["templateName"]):
        raise Refused('"templateName" must be lowercase letters, digits and underscores')
    if "language" in fields:
        _text(fields, "otp", 15)
        return False
    components = fields.get("components")
    if not isinstance(components, dict) or not components.keys() <= {"body", "header", "buttons"}:
        raise Refused(_MISSING_COMPONENTS)
    _whatsapp_header(components.get("header"))
    for part in ("body", "buttons"):
        _params(components.get(part, {"params": []}))
    return _mismatch(faults, fields["templateName"], components.get("body", {}).get("params", []))


def _params(part: object) -> None:
    values = part.get("params") if isinstance(part, dict) else None
    if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
        raise Refused(_MISSING_COMPONENTS)


def _whatsapp_header(header: object) -> None:
    if header is None:
        return
    kind = header.get("type") if isinstance(header, dict) else None
    if kind not in _HEADERS or not header.get(kind):
        raise Refused(_MISSING_COMPONENTS)
    if kind != "text" and not (isinstance(header[kind], dict) and header[kind].get("link")):
        raise Refused(_MISSING_COMPONENTS)


def _whatsapp_session(fields: dict) -> bool:
    kind = fields.get("type")
    if kind not in _BLOCKS:
        raise Refused(f'"type" must be one of [template, {", ".join(_BLOCKS)}]')
    _names(fields, {"recipient_type", "from", "to", "type", kind})
    if fields["recipient_type"] != "individual" or not isinstance(fields[kind], dict):
        raise Refused(f'"{kind}" must be an object and "recipient_type" individual')
    _names(fields[kind], *_BLOCKS[kind])
    if kind == "text":
        _text(fields[kind], "body", 1024)
    if kind == "interactive":
        _interactive(fields[kind])
    return False


def _interactive(block: dict) -> None:
    action = block["action"] if isinstance(block["action"], dict) else {}
    if block["type"] == "button" and not 1 <= len(_titles(action.get("buttons"))) <= 3:
        raise Refused("An interactive message has 1 to 3 buttons with titles of at most 20 characters")
    if block["type"] == "list" and not 1 <= len(action.get("sections") or ()) <= 10:
        raise Refused("An interactive list has 1 to 10 sections")


def _titles(buttons: object) -> list[str]:
    replies = [button.get("reply") for button in buttons or () if isinstance(button, dict)]
    titles = [str(reply.get("title", "")) for reply in replies if isinstance(reply, dict)]
    return titles if all(1 <= len(title) <= 20 for title in titles) else []


# ---------------------------------------------------------------- shared


def _names(fields: dict, required: set[str], optional: set[str] = frozenset()) -> None:
    for name in sorted(required - fields.keys()):
        raise Refused(f'"{name}" is required')
    for name in sorted(fields.keys() - required - optional):
        raise Refused(f'"{name[:40]}" is not allowed')


def _text(fields: dict, name: str, longest: int) -> None:
    text = fields.get(name)
    if not isinstance(text, str) or not text.strip():
        raise Refused(f'"{name}" is not allowed to be empty')
    if len(text) > longest:
        raise Refused(f'"{name}" may have at most {longest} characters')


def _template_id(fields: dict, faults: Faults) -> None:
    template = fields["templateId"]
    if not isinstance(template, str) or not TEMPLATE_ID.fullmatch(template):
        raise Refused("Invalid template id")
    if faults.templates and template not in faults.templates:
        raise Refused("Template not found")


def _mismatch(faults: Faults, template: str, values: list[str]) -> bool:
    expected = faults.templates.get(template, len(values))
    if expected == len(values):
        return False
    if faults.mismatch == "refuse":
        raise Refused(f"Body variables value mis-match: Expected {expected} but received {len(values)}")
    return True


_CHECKS: dict[str, Callable[[dict, Faults, datetime], Order]] = {
    "/v1/sms": _sms,
    "/v1/sms/template": _sms_template,
    "/v1/whatsapp": _whatsapp,
}
PATHS = tuple(_CHECKS)
