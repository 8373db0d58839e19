"""A message and an audience made ready to send: merged once, then shown, judged and launched.

The campaign's name, timing, canary and launch key are no part of it, so that changing them merges nothing anew.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

import numpy as np
import pyarrow as pa

from smscore.campaigns.calls import Estimate, cut_calls, estimate, number_contents, sends_one_by_one
from smscore.campaigns.plan import drop_unmergeable
from smscore.contacts import Audience
from smscore.dlt import match, match_column
from smscore.errors import Notice
from smscore.messages import Merged, Message, merge


@dataclass(frozen=True)
class RegisteredText:
    """The DLT template whose id a message names: what it is called here, and its registered body."""

    name: str
    body: str


# Compared by identity: comparing a million merged texts would cost what preparing them once saves.
@dataclass(frozen=True, eq=False)
class Prepared:
    """What sending `message` to `requested` comes to. Make it with `prepare`.

    requested    the audience that was asked for
    audience     those of it who read a whole message; the others are among its problems
    merged       what `audience` reads, in the order of its contacts
    problems     the rows that the merge left out, as `Merged.problems`
    numbers      a number for each contact, int64: equal when text and values are equal
    order        positions of the contacts, int64, so that equal contents stand together
    starts       positions in `order`, int64, at which a new call to the provider begins
    registered   the template that `findings` compared the texts with
    findings     why the merged texts cannot be sent to everybody; empty when they can
    """

    message: Message
    requested: Audience = field(repr=False)
    audience: Audience = field(repr=False)
    merged: Merged = field(repr=False)
    problems: pa.Table = field(repr=False)
    numbers: np.ndarray = field(repr=False)
    order: np.ndarray = field(repr=False)
    starts: np.ndarray = field(repr=False)
    estimate: Estimate
    batch_size: int
    registered: RegisteredText | None = None
    findings: tuple[Notice, ...] = ()

    def is_for(self, message: Message, audience: Audience, batch_size: int) -> bool:
        """Return whether this was made of these; an audience is recognised as an object, never row by row."""
        return self.requested is audience and self.batch_size == batch_size and self.message == message


def prepare(
    message: Message,
    audience: Audience,
    *,
    batch_size: int,
    rate: float,
    price: Decimal | None,
    currency: str,
    registered: RegisteredText | None = None,
) -> Prepared:
    """Merge `message` with every contact of `audience`, once, and work out all that follows from the texts.

    `rate` is in messages per second, `price` per segment. `registered` is the template that the message names, when
    its texts have to match one. Raises MessageError as `merge` does.
    """
    everybody = merge(message, audience.tables.contacts)
    reached, merged = drop_unmergeable(audience, everybody)
    numbers = number_contents(merged)
    order, starts = cut_calls(numbers, batch_size, sends_one_by_one(message))
    costs = estimate(merged, calls=len(starts), rate=rate, price=price, currency=currency)
    return Prepared(
        message=message,
        requested=audience,
        audience=reached,
        merged=merged,
        problems=everybody.problems,
        numbers=numbers,
        order=order,
        starts=starts,
        estimate=costs,
        batch_size=batch_size,
        registered=registered,
        findings=find_unregistered(registered, reached, merged),
    )


def find_unregistered(registered: RegisteredText | None, audience: Audience, merged: Merged) -> tuple[Notice, ...]:
    """Return what differs between the merged texts and the registered body outside its variables.

    Operators drop such messages, so one differing row keeps the whole campaign back. The first is named.
    """
    if registered is None or not len(merged.texts):
        return ()
    differ = np.flatnonzero(~np.asarray(match_column(registered.body, merged.texts)))
    if not len(differ):
        return ()
    first = int(differ[0])
    row = audience.tables.contacts.column("row")[first].as_py()
    found = match(registered.body, merged.texts[first].as_py())
    facts = {"template": registered.name, "rows": len(differ), "row": row}
    return (Notice("text_not_registered", facts), *((found.notice,) if found.notice else ()))
