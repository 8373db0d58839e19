"""The kinds of message, one row each: what a kind needs, which shape it has on the wire, which words the pages show.

Whatever differs between kinds stands in `KINDS`. Every other module reads a row (`message.kind.spec`) and never asks
which kind it has before it. How to add a kind: docs/recipes.md.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """The kinds of message that the provider takes. The values are stored with each campaign and never change."""

    TEXT = "text"
    OTP = "otp"
    FLASH = "flash"
    TEMPLATE = "template"
    VARIABLES = "variables"
    WHATSAPP_TEMPLATE = "whatsapp_template"
    WHATSAPP_SESSION = "whatsapp_session"

    @property
    def spec(self) -> KindSpec:
        """The kind's row in `KINDS`."""
        return KINDS[self]

    @property
    def whatsapp(self) -> bool:
        """Whether it goes over WhatsApp."""
        return self.spec.channel is Channel.WHATSAPP


class Channel(StrEnum):
    """What carries a message. It decides the form of the sender, and whether segments are counted."""

    SMS = "sms"
    WHATSAPP = "whatsapp"


class Route(StrEnum):
    """The provider's `type` of an SMS: a route, not a DLT category."""

    TRANS = "TRANS"
    PROMO = "PROMO"
    OTP = "OTP"


class TextRole(StrEnum):
    """What `Message.text` is.

    PATTERN: the operator's words with `{column}` placeholders, or with slots the registered body. REGISTERED: the
    registered body, for checks and previews; the provider fills it, and it may be "" when unknown. PREVIEW: the body
    of a WhatsApp template with `{{1}}`, for the preview alone.
    """

    PATTERN = "pattern"
    REGISTERED = "registered"
    PREVIEW = "preview"


class WhatsAppBlock(StrEnum):
    """Which of the two WhatsApp blocks a kind needs: a template approved by Meta, or a session message."""

    TEMPLATE = "template"
    SESSION = "session"


@dataclass(frozen=True)
class SlotPlace:
    """What a value sent in one place of a message must be.

    longest: characters, None without a limit; too_long: the code of the problem with a longer value; web_address:
    whether it must be a link.
    """

    longest: int | None = None
    too_long: str = ""
    web_address: bool = False


# The provider's limits for WhatsApp: session texts and captions, the title of a reply button, buttons of a message.
WHATSAPP_TEXT, BUTTON_TITLE, MOST_BUTTONS = 1024, 20, 3
_ANY, _LINK = SlotPlace(), SlotPlace(web_address=True)
_CAPTION = SlotPlace(WHATSAPP_TEXT, "whatsapp_text_long")
_BUTTON = SlotPlace(BUTTON_TITLE, "button_title_long")
_DLT_VALUES: Mapping[str, SlotPlace] = MappingProxyType({"custom": _ANY})
_OPERATORS_CHOICE = (Route.TRANS, Route.PROMO)


@dataclass(frozen=True)
class KindSpec:
    """All that sets one kind apart.

    label, help: how the pages name and explain it · shape: its request on the wire, a key of `provider.shapes.SHAPES`
    · form: its fields on the page, a key of `pages.ui.editor.FORMS` · places: the slots that it may have · shares_call:
    whether recipients who read the same text may go in one call (no other place decides this) · routes: those that it
    may take, () where there are none · text_limit: characters, None where segments set the limit · flash: shown on the
    screen at once and not kept · one_time: always carries a one-time code, so it has a way of its own to be sent ·
    in_bulk: whether a sheet of contacts can be sent it.
    """

    label: str
    help: str
    shape: str
    form: str
    channel: Channel = Channel.SMS
    text: TextRole = TextRole.PATTERN
    places: Mapping[str, SlotPlace] = field(default_factory=lambda: _DLT_VALUES)
    shares_call: bool = False
    routes: tuple[Route, ...] = _OPERATORS_CHOICE
    needs_template_id: bool = False
    block: WhatsAppBlock | None = None
    text_limit: int | None = None
    flash: bool = False
    one_time: bool = False
    in_bulk: bool = True
    hint: str = "What people will read"

    @property
    def counts_segments(self) -> bool:
        """Whether the network splits and charges it by segments."""
        return self.channel is Channel.SMS


KINDS: Mapping[Kind, KindSpec] = {
    Kind.TEXT: KindSpec(
        label="Text",
        help="An SMS as you write it. Other alphabets and emoji are sent as Unicode automatically.",
        shape="sms",
        form="text",
        shares_call=True,
    ),
    # A code belongs to one person: a call never names two.
    Kind.OTP: KindSpec(
        label="One-time code",
        help="A six-digit code, created here, placed where the text says {code} and shown to you once.",
        shape="sms",
        form="text",
        routes=(Route.OTP,),
        one_time=True,
        in_bulk=False,
        hint="Your code is {code}. It is valid for 5 minutes.",
    ),
    Kind.FLASH: KindSpec(
        label="Flash",
        help="An SMS that opens on the screen right away and isn't saved on the phone.",
        shape="sms",
        form="text",
        shares_call=True,
        flash=True,
    ),
    Kind.TEMPLATE: KindSpec(
        label="DLT template, full text",
        help="The full text with the ID it is registered under.",
        shape="sms",
        form="template",
        shares_call=True,
        needs_template_id=True,
    ),
    # Whether /v1/sms/template takes several recipients in a call is not documented, so it gets one.
    Kind.VARIABLES: KindSpec(
        label="DLT template, variables",
        help="Only the registered ID and the values. The provider fills in the text.",
        shape="sms_template",
        form="variables",
        text=TextRole.REGISTERED,
        needs_template_id=True,
    ),
    # The WhatsApp endpoint takes one number in `to`.
    Kind.WHATSAPP_TEMPLATE: KindSpec(
        label="WhatsApp template",
        help="A template approved by Meta, sent by its name.",
        shape="whatsapp_template",
        form="whatsapp_template",
        channel=Channel.WHATSAPP,
        text=TextRole.PREVIEW,
        places={"body": _ANY, "header": _ANY, "button": _ANY, "link": _LINK},
        routes=(),
        block=WhatsAppBlock.TEMPLATE,
    ),
    Kind.WHATSAPP_SESSION: KindSpec(
        label="WhatsApp reply",
        help="Text or media, within 24 hours of the customer's last message.",
        shape="whatsapp_session",
        form="whatsapp_session",
        channel=Channel.WHATSAPP,
        places={"link": _LINK, "caption": _CAPTION, "button": _BUTTON},
        routes=(),
        block=WhatsAppBlock.SESSION,
        text_limit=WHATSAPP_TEXT,
    ),
}


@dataclass(frozen=True)
class SessionContent:
    """What one type of WhatsApp session message holds. Without a text of its own it holds a link to a file."""

    label: str
    has_text: bool = False
    takes_caption: bool = False
    takes_file_name: bool = False
    most_buttons: int = 0


SESSION_CONTENTS: Mapping[str, SessionContent] = {
    "text": SessionContent("Text", has_text=True),
    "interactive": SessionContent("Text with reply buttons", has_text=True, most_buttons=MOST_BUTTONS),
    "image": SessionContent("Image", takes_caption=True),
    "video": SessionContent("Video", takes_caption=True),
    "document": SessionContent("Document", takes_file_name=True),
    "audio": SessionContent("Audio"),
}
"""The types of a WhatsApp session message, as the wire names them, in the order in which the pages offer them."""

TEMPLATE_HEADERS: tuple[str, ...] = ("text", "image", "video", "document")
"""The types of header that a WhatsApp template may have."""
