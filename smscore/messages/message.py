"""What is sent: the message as an operator writes it, before any recipient is known, and its stored form."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from enum import StrEnum

from smscore.errors import MessageError
from smscore.messages.placeholders import names, parse

VERSION = 1
CODE = "code"


class Kind(StrEnum):
    """The kinds of message the provider takes."""

    TEXT = "text"
    OTP = "otp"
    FLASH = "flash"
    TEMPLATE = "template"
    VARIABLES = "variables"
    WHATSAPP_TEMPLATE = "whatsapp_template"
    WHATSAPP_SESSION = "whatsapp_session"

    @property
    def whatsapp(self) -> bool:
        """Whether it goes over WhatsApp, where there are no segments."""
        return self in (Kind.WHATSAPP_TEMPLATE, Kind.WHATSAPP_SESSION)


class Route(StrEnum):
    """The provider's `type` of an SMS: a route, not a DLT category."""

    TRANS = "TRANS"
    PROMO = "PROMO"
    OTP = "OTP"


@dataclass(frozen=True)
class Slot:
    """One value sent beside the text: where it goes, and a pattern that may hold `{column}` placeholders.

    Places: `custom` (an SMS template's variable), `body` (a WhatsApp template's variable), `header` (its header's text
    or link), `button` (its button's URL suffix, or the title of a session message's button), `link` and `caption` (a
    session message's media).
    """

    place: str
    pattern: str = field(repr=False)


@dataclass(frozen=True)
class WhatsApp:
    """What a WhatsApp message needs beside its text and slots; every field is "" where it does not apply."""

    template_name: str = ""
    campaign_name: str = ""
    language: str = ""
    header_type: str = ""
    filename: str = ""
    session_type: str = "text"

    @property
    def needs_text(self) -> bool:
        """Whether a session message of this type has a text of its own; media have a link and at most a caption."""
        return self.session_type in ("text", "interactive")


@dataclass(frozen=True)
class Message:
    """One message for many people.

    `text` holds `{column}` placeholders, `{column|default}` for rows that leave it blank, and `{{` `}}` as literal
    braces. With slots (`registered`) it is the body as registered instead, its `{#var#}` tags filled by the slots in
    order, everything else literal; for VARIABLES it is never sent and may be "" when unknown. For a WhatsApp template
    it is the template's body with `{{1}}`, for the preview alone. A one-time message holds `{code}`, never a code.

    `plain` puts plain punctuation for the typographic kind in what the sheet and the operator wrote; a registered body
    is never changed.
    """

    kind: Kind
    sender: str
    route: Route = Route.TRANS
    text: str = field(default="", repr=False)
    template_id: str = ""
    slots: tuple[Slot, ...] = ()
    whatsapp: WhatsApp | None = None
    plain: bool = False

    @property
    def flash(self) -> bool:
        """Whether it is shown on the screen at once and not kept."""
        return self.kind is Kind.FLASH

    @property
    def registered(self) -> bool:
        """Whether `text` is a registered body with `{#var#}` tags rather than a pattern with placeholders."""
        return self.kind is Kind.VARIABLES or (not self.kind.whatsapp and bool(self.slots))

    @property
    def one_time(self) -> bool:
        """Whether it carries a one-time code: an OTP, or a WhatsApp authentication template (they alone name a
        language)."""
        authentication = self.kind is Kind.WHATSAPP_TEMPLATE and self.whatsapp and self.whatsapp.language
        return self.kind is Kind.OTP or bool(authentication)

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The columns named in text and slots, each once, in order; a one-time `{code}` is none of them.

        Raises MessageError (lone_brace, empty_placeholder) when the text cannot be read.
        """
        patterns = [slot.pattern for slot in self.slots]
        if not self.registered and self.kind is not Kind.WHATSAPP_TEMPLATE:
            patterns.insert(0, self.text)
        found = dict.fromkeys(name for pattern in patterns for name in names(parse(pattern)))
        return tuple(name for name in found if not self.is_code(name))

    def is_code(self, name: str) -> bool:
        """Whether a placeholder of this message stands for the one-time code."""
        return self.one_time and name.strip().casefold() == CODE

    def to_json(self) -> str:
        """The message as one line of JSON with sorted keys; `from_json` gives back an equal message."""
        return json.dumps({"version": VERSION, **asdict(self)}, ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, stored: str) -> Message:
        """Read what `to_json` wrote. Raises MessageError (message_unreadable) for anything else."""
        try:
            fields = json.loads(stored)
            if fields.pop("version") != VERSION:
                raise MessageError("message_unreadable")
            message = cls(**_nouns(fields))
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as cause:
            raise MessageError("message_unreadable") from cause
        _require_texts(message)
        return message


def _nouns(fields: dict) -> dict:
    slots = tuple(Slot(**slot) for slot in fields["slots"])
    whatsapp = None if fields["whatsapp"] is None else WhatsApp(**fields["whatsapp"])
    kind, route = Kind(fields["kind"]), Route(fields["route"])
    return {**fields, "kind": kind, "route": route, "slots": slots, "whatsapp": whatsapp}


def _require_texts(message: Message) -> None:
    texts = [message.sender, message.text, message.template_id]
    texts += [part for slot in message.slots for part in (slot.place, slot.pattern)]
    texts += list(asdict(message.whatsapp).values()) if message.whatsapp else []
    if not all(isinstance(text, str) for text in texts) or not isinstance(message.plain, bool):
        raise MessageError("message_unreadable")
