"""The message as an operator writes it, before any recipient is known, and its stored form."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any

from smscore.errors import MessageError
from smscore.messages.kinds import SESSION_CONTENTS, Channel, Kind, KindSpec, Route, TextRole, WhatsAppBlock
from smscore.messages.placeholders import list_names, parse

VERSION = 1
CODE = "code"


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
        content = SESSION_CONTENTS.get(self.session_type)
        return content is not None and content.has_text


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
    def spec(self) -> KindSpec:
        """What its kind needs."""
        return self.kind.spec

    @property
    def registered(self) -> bool:
        """Whether `text` is a registered body with `{#var#}` tags rather than a pattern with placeholders."""
        filled_here = self.spec.channel is Channel.SMS and bool(self.slots)
        return self.spec.text is TextRole.REGISTERED or filled_here

    @property
    def body_unknown(self) -> bool:
        """Whether it is sent by a registered body that is not known here, so that nothing can be measured."""
        return self.registered and not self.text

    @property
    def has_text_pattern(self) -> bool:
        """Whether `text` may hold placeholders."""
        return not self.registered and self.spec.text is not TextRole.PREVIEW

    @property
    def media_only(self) -> bool:
        """Whether it is a WhatsApp session message without a text of its own."""
        session = self.spec.block is WhatsAppBlock.SESSION
        return session and self.whatsapp is not None and not self.whatsapp.needs_text

    @property
    def one_time(self) -> bool:
        """Whether it carries a one-time code: an OTP, or a WhatsApp authentication template (they alone name a
        language)."""
        template = self.whatsapp if self.spec.block is WhatsAppBlock.TEMPLATE else None
        return self.spec.one_time or bool(template and template.language)

    @property
    def placeholders(self) -> tuple[str, ...]:
        """The columns named in text and slots, each once, in order; a one-time `{code}` is none of them.

        Raises MessageError (lone_brace, empty_placeholder) when the text cannot be read.
        """
        found = dict.fromkeys(name for pattern in self.patterns for name in list_names(parse(pattern)))
        return tuple(name for name in found if not self.is_code(name))

    @property
    def patterns(self) -> tuple[str, ...]:
        """Everything in it that may hold placeholders, as written: the text if it may, then the slots."""
        written = tuple(slot.pattern for slot in self.slots)
        return (self.text, *written) if self.has_text_pattern else written

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
            message = cls(**_typed_fields(fields))
        except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as cause:
            raise MessageError("message_unreadable") from cause
        _require_texts(message)
        return message


def _typed_fields(fields: dict[str, Any]) -> dict[str, Any]:
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
