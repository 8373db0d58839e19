"""The shapes of requests: which endpoint each goes to, and which fields it carries.

A kind of message names its shape in `smscore.messages.KINDS`, which also says whether one call may name several people.

Source: the provider's SMS page (one endpoint for texts, one for templateId with values) and what is known of its
WhatsApp endpoint. Field names are the provider's own.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from smscore.errors import ProviderError
from smscore.messages import Content, Message, WhatsApp, forcing

_RECIPIENTS = re.compile(r"(?:[1-9][0-9]{9,14},)*[1-9][0-9]{9,14}")

SMS = "/v1/sms"
SMS_TEMPLATE = "/v1/sms/template"
WHATSAPP = "/v1/whatsapp"


@dataclass(frozen=True)
class Call:
    """One request to be: the message, what this recipient (or these) will read, and the numbers as digits."""

    message: Message
    content: Content
    recipients: tuple[str, ...]

    def values(self, place: str) -> list[str]:
        """Return the filled values of the slots in `place`, in order. ValueError when they do not pair up."""
        pairs = zip(self.message.slots, self.content.values, strict=True)
        return [value for slot, value in pairs if slot.place == place]

    def value(self, place: str) -> str:
        """Return the one filled value in `place`, "" when there is none."""
        return "".join(self.values(place))

    @property
    def whatsapp(self) -> WhatsApp:
        """The message's WhatsApp block."""
        if self.message.whatsapp is None:
            raise ProviderError("no_whatsapp_block")
        return self.message.whatsapp


def _unicode(call: Call) -> int | None:
    return 1 if forcing(call.content.text) else None


def _route(call: Call) -> str:
    # A kind with a route of its own goes by it, whatever stands in the message.
    routes = call.message.spec.routes
    return (routes[0] if len(routes) == 1 else call.message.route).value


def _to_signed(call: Call) -> str:
    return f"+{call.recipients[0]}"


def _from(call: Call) -> str:
    return f"+{call.message.sender.lstrip('+')}"


# Authentication templates alone carry a language and a code, and they carry no components.
def _language(call: Call) -> object:
    return {"code": call.whatsapp.language} if call.message.one_time else None


def _otp(call: Call) -> object:
    return call.value("body") if call.message.one_time else None


def _components(call: Call) -> object:
    if call.message.one_time:
        return None
    parts = {
        "body": {"params": call.values("body")},
        "header": _header(call),
        "buttons": {"params": call.values("button")},
    }
    return {name: part for name, part in parts.items() if part and part != {"params": []}}


def _header(call: Call) -> object:
    kind = call.whatsapp.header_type
    if not kind:
        return None
    return {"type": kind, kind: call.value("header") if kind == "text" else _media(call, "header")}


def _media(call: Call, place: str) -> dict[str, str]:
    file = {
        "link": call.value(place) or call.value("link"),
        "caption": call.value("caption"),
        "filename": call.whatsapp.filename,
    }
    return {name: value for name, value in file.items() if value}


def _session_type(call: Call) -> str:
    return call.whatsapp.session_type or "text"


def _session_block(call: Call) -> object:
    kind = _session_type(call)
    if kind == "text":
        return {"body": call.content.text}
    return _interactive(call) if kind == "interactive" else _media(call, "link")


def _interactive(call: Call) -> object:
    titles = enumerate(call.values("button"), 1)
    replies = [{"type": "reply", "reply": {"id": f"reply-{n}", "title": title}} for n, title in titles]
    return {"type": "button", "body": {"text": call.content.text}, "action": {"buttons": replies}}


Field = Callable[[Call], object]


class Shape(NamedTuple):
    """Where a request goes, and how each of its fields is filled (None leaves it out)."""

    path: str
    fields: Mapping[str, Field]


SHAPES: Mapping[str, Shape] = {
    "sms": Shape(
        SMS,
        {
            "sender": lambda call: call.message.sender,
            "to": lambda call: ",".join(call.recipients),
            "text": lambda call: call.content.text,
            "type": _route,
            "unicode": _unicode,
            "templateId": lambda call: call.message.template_id or None,
            "flash": lambda call: 1 if call.message.spec.flash else None,
        },
    ),
    "sms_template": Shape(
        SMS_TEMPLATE,
        {
            "sender": lambda call: call.message.sender,
            "to": lambda call: ",".join(call.recipients),
            "templateId": lambda call: call.message.template_id,
            "custom": lambda call: call.values("custom"),
            "type": _route,
        },
    ),
    "whatsapp_template": Shape(
        WHATSAPP,
        {
            "from": _from,
            "to": _to_signed,
            "campaignName": lambda call: call.whatsapp.campaign_name or None,
            "templateName": lambda call: call.whatsapp.template_name,
            "type": lambda call: "template",
            "language": _language,
            "otp": _otp,
            "components": _components,
        },
    ),
    "whatsapp_session": Shape(
        WHATSAPP,
        {
            "recipient_type": lambda call: "individual",
            "from": _from,
            "to": _to_signed,
            "type": _session_type,
            "{type}": _session_block,  # the block is named after the type
        },
    ),
}


def body(message: Message, content: Content, msisdns: Sequence[int | str]) -> tuple[str, dict[str, object]]:
    """Build one request: its path, and its JSON object as the provider names the fields.

    `msisdns` are whole numbers or digits with their country code and without a plus (919876543210).
    Raises ProviderError: `bad_recipient` (not 10 to 15 digits: a comma or a space would add a recipient to a joined
    list), `no_recipient`, `recipient_twice`, `one_recipient_a_call`.
    """
    shape = SHAPES[message.spec.shape]
    call = Call(message, content, _recipients(msisdns, message.spec.shares_call))
    filled = {name: fill(call) for name, fill in shape.fields.items()}
    request = {name.format(**filled): value for name, value in filled.items() if value is not None}
    if str(request["to"]).count(",") + 1 != len(msisdns):
        raise ProviderError("bad_recipient")
    return shape.path, request


def _recipients(msisdns: Sequence[int | str], shares_call: bool) -> tuple[str, ...]:
    numbers = tuple(map(str, msisdns))
    if not numbers:
        raise ProviderError("no_recipient")
    joined = ",".join(numbers)
    if not _RECIPIENTS.fullmatch(joined) or joined.count(",") + 1 != len(numbers):
        raise ProviderError("bad_recipient")
    if len(set(numbers)) != len(numbers):
        raise ProviderError("recipient_twice")
    if len(numbers) > 1 and not shares_call:
        raise ProviderError("one_recipient_a_call")
    return numbers
