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
from smscore.messages import Content, Message, WhatsApp, list_unicode_characters

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


def _fill_unicode(call: Call) -> int | None:
    return 1 if list_unicode_characters(call.content.text) else None


def _fill_route(call: Call) -> str:
    # A kind with a route of its own goes by it, whatever stands in the message.
    routes = call.message.spec.routes
    return (routes[0] if len(routes) == 1 else call.message.route).value


def _fill_signed_number(call: Call) -> str:
    return f"+{call.recipients[0]}"


def _fill_sender(call: Call) -> str:
    return f"+{call.message.sender.lstrip('+')}"


# Authentication templates alone carry a language and a code, and they carry no components.
def _fill_language(call: Call) -> object:
    return {"code": call.whatsapp.language} if call.message.one_time else None


def _fill_otp(call: Call) -> object:
    return call.value("body") if call.message.one_time else None


def _fill_components(call: Call) -> object:
    if call.message.one_time:
        return None
    parts = {
        "body": {"params": call.values("body")},
        "header": _fill_header(call),
        "buttons": {"params": call.values("button")},
    }
    return {name: part for name, part in parts.items() if part and part != {"params": []}}


def _fill_header(call: Call) -> object:
    kind = call.whatsapp.header_type
    if not kind:
        return None
    return {"type": kind, kind: call.value("header") if kind == "text" else _build_media(call, "header")}


def _build_media(call: Call, place: str) -> dict[str, str]:
    file = {
        "link": call.value(place) or call.value("link"),
        "caption": call.value("caption"),
        "filename": call.whatsapp.filename,
    }
    return {name: value for name, value in file.items() if value}


def _fill_session_type(call: Call) -> str:
    return call.whatsapp.session_type or "text"


def _fill_session_block(call: Call) -> object:
    kind = _fill_session_type(call)
    if kind == "text":
        return {"body": call.content.text}
    return _fill_interactive(call) if kind == "interactive" else _build_media(call, "link")


def _fill_interactive(call: Call) -> object:
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
            "type": _fill_route,
            "unicode": _fill_unicode,
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
            "type": _fill_route,
        },
    ),
    "whatsapp_template": Shape(
        WHATSAPP,
        {
            "from": _fill_sender,
            "to": _fill_signed_number,
            "campaignName": lambda call: call.whatsapp.campaign_name or None,
            "templateName": lambda call: call.whatsapp.template_name,
            "type": lambda call: "template",
            "language": _fill_language,
            "otp": _fill_otp,
            "components": _fill_components,
        },
    ),
    "whatsapp_session": Shape(
        WHATSAPP,
        {
            "recipient_type": lambda call: "individual",
            "from": _fill_sender,
            "to": _fill_signed_number,
            "type": _fill_session_type,
            "{type}": _fill_session_block,  # the block is named after the type
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
    call = Call(message, content, _format_recipients(msisdns, message.spec.shares_call))
    filled = {name: fill(call) for name, fill in shape.fields.items()}
    request = {name.format(**filled): value for name, value in filled.items() if value is not None}
    if str(request["to"]).count(",") + 1 != len(msisdns):
        raise ProviderError("bad_recipient")
    return shape.path, request


def _format_recipients(msisdns: Sequence[int | str], shares_call: bool) -> tuple[str, ...]:
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
