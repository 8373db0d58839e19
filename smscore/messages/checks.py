"""What is wrong with a message itself, before any recipient is known: faults stop it, warnings do not.

Sources: the provider's pages for fields and limits; TRAI's DLT rules for headers (6 letters for service and
transactional messages, 6 digits for promotional ones) and template ids (19 digits as a rule, with exceptions).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from smscore.dlt import Identifier, check_value, read_id, strip_header, variables
from smscore.errors import MessageError, Notice
from smscore.messages.alphabet import list_unicode_characters
from smscore.messages.kinds import (
    SESSION_CONTENTS,
    TEMPLATE_HEADERS,
    WHATSAPP_TEXT,
    Channel,
    TextRole,
    WhatsAppBlock,
)
from smscore.messages.merging import holds_code
from smscore.messages.message import Message, Route, WhatsApp
from smscore.messages.placeholders import parse
from smscore.messages.segments import count, measure_saving

HEADER = re.compile(r"[A-Za-z]{6}|[0-9]{6}")
_WHATSAPP_SENDER = re.compile(r"\+?[1-9][0-9]{9,14}")
_TEMPLATE_NAME = re.compile(r"[a-z0-9_]+")
_WEB_ADDRESS = re.compile(r"https?://\S+", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f]")
Found = Iterator[Notice]
Rule = Callable[[Message], Found]


def check_message(message: Message) -> tuple[Notice, ...]:
    """Return everything there is to say about a message: its faults, then its warnings."""
    return (*faults(message), *warnings(message))


def faults(message: Message) -> tuple[Notice, ...]:
    """Return what must be put right before `message` can be sent; `()` when it can. Never raises."""
    unreadable = tuple(_check_patterns(message))
    return unreadable or tuple(notice for rule in _RULES[message.spec.channel] for notice in rule(message))


def warnings(message: Message) -> tuple[Notice, ...]:
    """Return what an operator should know about `message`, and may send all the same. Never raises."""
    if tuple(_check_patterns(message)):
        return ()
    return tuple(notice for rule in _WARNINGS[message.spec.channel] for notice in rule(message))


def _check_patterns(message: Message) -> Found:
    for pattern in message.patterns:
        try:
            parse(pattern)
        except MessageError as fault:
            yield Notice(fault.code, fault.facts)


def _check_header(message: Message) -> Found:
    if not message.sender.strip():
        yield Notice("sender_missing")
    elif not HEADER.fullmatch(message.sender):
        meant = strip_header(message.sender)
        code = "sender_with_prefix" if HEADER.fullmatch(meant) and "-" in message.sender else "sender_form"
        yield Notice(code, {"sender": message.sender, "meant": meant})


def _check_route(message: Message) -> Found:
    routes = message.spec.routes
    if message.route in routes:
        return
    if Route.OTP in routes:
        yield Notice("otp_route", {"route": message.route.value})
    else:
        yield Notice("route_for_otp_only")


def _check_text(message: Message) -> Found:
    if message.spec.text is not TextRole.REGISTERED and not message.text.strip():
        yield Notice("text_missing")
    if control := _CONTROL.search(message.text):
        yield Notice("text_control", {"position": control.start() + 1})


def _check_code(message: Message) -> Found:
    if message.one_time and not holds_code(message):
        yield Notice("otp_without_code")


def _check_unfilled(message: Message) -> Found:
    left = () if message.registered else variables(message.text)
    if left:
        yield Notice("unfilled_variable", {"tag": left[0].tag})


def _check_template_id(message: Message) -> Found:
    if not message.template_id.strip():
        if message.spec.needs_template_id:
            yield Notice("template_id_missing")
        return
    form = read_id(message.template_id).form
    if form in (Identifier.DAMAGED, Identifier.MALFORMED):
        yield Notice(f"template_id_{form}", {"value": message.template_id})


def _check_slots(message: Message) -> Found:
    places = message.spec.places
    for number, slot in enumerate(message.slots, 1):
        if slot.place not in places:
            yield Notice("slot_place", {"place": slot.place, "places": ", ".join(places)})
        if not slot.pattern.strip():
            yield Notice("slot_empty", {"number": number, "place": slot.place})


def _check_slot_count(message: Message) -> Found:
    expected = len(variables(message.text))
    if message.registered and message.text and expected != len(message.slots):
        yield Notice("slots_differ", {"expected": expected, "found": len(message.slots)})


def _check_fixed_values(message: Message) -> Found:
    """Check the values that are the same for everyone at once, not row by row."""
    for variable, slot in zip(variables(message.text), message.slots, strict=False):
        fixed = _read_constant(slot.pattern)
        code = check_value(variable, fixed) if fixed.strip() and message.registered else ""
        if code:
            yield Notice(code, {"column": fixed, "tag": variable.tag, "limit": variable.limit})


def _read_constant(pattern: str) -> str:
    """Return what a pattern says for everyone; "" when it has a placeholder."""
    parts = parse(pattern)
    constants = [part for part in parts if isinstance(part, str)]
    return "".join(constants) if len(constants) == len(parts) else ""


def _check_whatsapp_sender(message: Message) -> Found:
    if not message.sender.strip():
        yield Notice("whatsapp_sender_missing")
    elif not _WHATSAPP_SENDER.fullmatch(message.sender):
        yield Notice("whatsapp_sender", {"sender": message.sender})


def _check_whatsapp_block(message: Message) -> Found:
    check = _BLOCK_RULES.get(message.spec.block) if message.spec.block else None
    yield from check(message) if check else ()


def _check_template_block(message: Message) -> Found:
    whatsapp = message.whatsapp
    if whatsapp is None or not whatsapp.template_name:
        yield Notice("template_name_missing")
        return
    if not _TEMPLATE_NAME.fullmatch(whatsapp.template_name):
        yield Notice("template_name_form", {"name": whatsapp.template_name})
    if whatsapp.header_type and whatsapp.header_type not in TEMPLATE_HEADERS:
        yield Notice("header_type", {"kind": whatsapp.header_type, "kinds": ", ".join(TEMPLATE_HEADERS)})
    needed = {"": None, "text": "header"}.get(whatsapp.header_type, "link")
    yield from _require_exactly_one(message, needed, ("header", "link"))


def _check_session_block(message: Message) -> Found:
    whatsapp = message.whatsapp or WhatsApp(session_type="")
    content = SESSION_CONTENTS.get(whatsapp.session_type)
    if content is None:
        yield Notice("session_type", {"kind": whatsapp.session_type, "kinds": ", ".join(SESSION_CONTENTS)})
        return
    yield from _check_session_text(message) if content.has_text else ()
    yield from _require_exactly_one(message, None if content.has_text else "link", ("link",))
    buttons = sum(slot.place == "button" for slot in message.slots)
    if content.most_buttons and not 1 <= buttons <= content.most_buttons:
        yield Notice("button_count", {"found": buttons, "limit": content.most_buttons})
    captions = sum(slot.place == "caption" for slot in message.slots)
    if captions > content.takes_caption:
        yield Notice("caption_not_taken", {"kind": whatsapp.session_type})


def _check_session_text(message: Message) -> Found:
    yield from _check_text(message)
    if len(_read_constant(message.text)) > WHATSAPP_TEXT:
        yield Notice("whatsapp_text_long", {"limit": WHATSAPP_TEXT, "column": ""})


def _require_exactly_one(message: Message, needed: str | None, places: tuple[str, ...]) -> Found:
    """Require one slot in the needed place and none in its rivals."""
    for place in places:
        expected, found = int(place == needed), sum(slot.place == place for slot in message.slots)
        if found != expected:
            yield Notice("slot_number", {"place": place, "expected": expected, "found": found})


def _check_constants_in_places(message: Message) -> Found:
    """Find the values, the same for everyone, that their place in the message does not take."""
    for slot in message.slots:
        place, fixed = message.spec.places.get(slot.place), _read_constant(slot.pattern)
        if place is None or not fixed:
            continue
        if place.web_address and not _WEB_ADDRESS.fullmatch(fixed):
            yield Notice("value_not_web_address", {"column": fixed})
        if place.longest is not None and len(fixed) > place.longest:
            yield Notice(place.too_long, {"column": fixed, "limit": place.longest})


_BLOCK_RULES: Mapping[WhatsAppBlock, Rule] = {
    WhatsAppBlock.TEMPLATE: _check_template_block,
    WhatsAppBlock.SESSION: _check_session_block,
}
_SMS_RULES: tuple[Rule, ...] = (
    _check_header,
    _check_route,
    _check_text,
    _check_code,
    _check_unfilled,
    _check_template_id,
    _check_slots,
    _check_slot_count,
    _check_fixed_values,
)
_WHATSAPP_RULES: tuple[Rule, ...] = (
    _check_whatsapp_sender,
    _check_whatsapp_block,
    _check_code,
    _check_slots,
    _check_constants_in_places,
)
_RULES: Mapping[Channel, tuple[Rule, ...]] = {Channel.SMS: _SMS_RULES, Channel.WHATSAPP: _WHATSAPP_RULES}


def _warn_of_header(message: Message) -> Found:
    digits = message.sender.isdigit()
    if message.route is Route.PROMO and not digits and HEADER.fullmatch(message.sender):
        yield Notice("promo_header_letters", {"sender": message.sender})
    elif message.route is not Route.PROMO and digits and HEADER.fullmatch(message.sender):
        yield Notice("header_digits", {"sender": message.sender, "route": message.route.value})


def _warn_of_unusual_id(message: Message) -> Found:
    form = read_id(message.template_id).form if message.template_id.strip() else Identifier.USUAL
    if form in (Identifier.UNUSUAL, Identifier.ROUNDED):
        yield Notice(f"template_id_{form}", {"value": message.template_id})


def _warn_of_unknown_body(message: Message) -> Found:
    if message.spec.text is TextRole.REGISTERED and not message.text.strip():
        yield Notice("body_unknown")


def _warn_of_typography(message: Message) -> Found:
    if message.registered or message.plain:
        return
    gain = measure_saving(message.text)
    if gain.segments:
        yield Notice("typography_costs", {"before": gain.before, "after": gain.after})


def _warn_of_unicode(message: Message) -> Found:
    """Warn of one to three characters that make the text Unicode; a text in another script cannot be helped."""
    forced = list_unicode_characters(message.text)
    if 0 < len(forced) <= 3 and count(message.text).segments > 1:
        yield Notice("forces_unicode", {"characters": " ".join(forced)})


_WARNINGS: Mapping[Channel, tuple[Rule, ...]] = {
    Channel.SMS: (_warn_of_header, _warn_of_unusual_id, _warn_of_unknown_body, _warn_of_typography, _warn_of_unicode),
    Channel.WHATSAPP: (),
}
