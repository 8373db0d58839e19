"""The message, the timing and the canary that the options of `send` ask for."""

from __future__ import annotations

import csv
from argparse import Namespace
from datetime import datetime, time

from smscore import CampaignError, Canary, Desk, Kind, Message, Route, Settings, Slot, Timing, Window


def message_of(options: Namespace, desk: Desk) -> Message:
    """The message: a text, flash or not, a text with a template's id, or a template filled from columns."""
    slots = tuple(Slot("custom", f"{{{name}}}") for name in _columns(options.custom))
    kind = _kind(options)
    text = options.text if options.text is not None else _registered_body(options.template_id, desk)
    return Message(kind, options.sender.strip(), Route(options.route), text, options.template_id.strip(), slots)


def _kind(options: Namespace) -> Kind:
    if options.flash:
        return Kind.FLASH
    if options.text is None:
        return Kind.VARIABLES
    return Kind.TEMPLATE if options.template_id else Kind.TEXT


def _columns(written: str) -> list[str]:
    """The names between commas; one that holds a comma stands in quotes, as in CSV."""
    return [name.strip() for name in next(csv.reader([written], skipinitialspace=True), [])]


def _registered_body(template_id: str, desk: Desk) -> str:
    """The template's body when it is known here, so that lengths can be checked; "" when it is not."""
    known = (each.body for each in desk.templates.list() if each.template_id == template_id.strip())
    return next(known, "")


def timing_of(options: Namespace, settings: Settings) -> Timing:
    """When it sends. Raises CampaignError("bad_time", "bad_window")."""
    start_at = _moment(options.at, settings) if options.at else None
    return Timing(start_at, _window(options.window, settings) if options.window else None, options.countdown)


def _moment(written: str, settings: Settings) -> datetime:
    try:
        moment = datetime.fromisoformat(written.strip())
    except ValueError:
        raise CampaignError("bad_time", text=written[:40], zone=settings.timezone) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=settings.zone)


def _window(written: str, settings: Settings) -> Window:
    opens, _, closes = written.partition("-")
    try:
        times = [time.fromisoformat(part.strip()) for part in (opens, closes)]
    except ValueError:
        raise CampaignError("bad_window", text=written[:40]) from None
    if times[0] == times[1]:
        raise CampaignError("bad_window", text=written[:40])
    return Window(f"{times[0]:%H:%M}", f"{times[1]:%H:%M}", settings.timezone, "set on the command line")


def canary_of(options: Namespace) -> Canary:
    """Who goes first, and by what the rest follows."""
    wait = Canary().wait if options.canary_wait is None else options.canary_wait
    return Canary(options.canary, options.canary_share, wait)
