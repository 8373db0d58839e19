"""How recipients are cut into calls to the provider, and what that takes and costs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

import numpy as np
import pyarrow as pa

from smscore.messages import Merged, Message


@dataclass(frozen=True)
class Estimate:
    """What a launch will do: people, messages, segments, calls to the provider, seconds at the set rate, and about
    what it costs (None when no price is set)."""

    recipients: int
    segments: int
    calls: int
    ucs2: int
    seconds: float
    cost: Decimal | None
    currency: str

    @property
    def messages(self) -> int:
        """One message a recipient."""
        return self.recipients


def find_call_starts(merged: Merged, batch_size: int, one_by_one: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return how recipients are ordered and cut into calls: `(order, starts)`, int64 positions.

    `order` sorts the contacts so that equal contents stand together, by first appearance; `starts` are the positions
    in that order at which a new call begins. Personalised texts make calls of one; equal texts of `batch_size`.
    """
    return cut_calls(number_contents(merged), batch_size, one_by_one)


def cut_calls(number: np.ndarray, batch_size: int, one_by_one: bool) -> tuple[np.ndarray, np.ndarray]:
    """Return `(order, starts)` as `find_call_starts` does, from the numbers that `number_contents` gave."""
    order = np.argsort(number, kind="stable")
    ranked = number[order]
    first = np.flatnonzero(np.diff(ranked, prepend=-1))
    within = np.arange(len(ranked)) - np.repeat(first, np.diff(np.append(first, len(ranked))))
    size = 1 if one_by_one else batch_size
    return order, np.flatnonzero(within % size == 0)


def number_contents(merged: Merged) -> np.ndarray:
    """Return a number for each contact, int64, by first appearance: equal when text and all values are equal."""
    total = np.zeros(len(merged.texts), dtype=np.int64)
    for column in (merged.texts, *merged.values):
        codes = column.dictionary_encode()
        codes = codes.combine_chunks() if isinstance(codes, pa.ChunkedArray) else codes
        indices = codes.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        pair = total * (int(indices.max(initial=0)) + 1) + indices
        total = pa.array(pair).dictionary_encode().indices.to_numpy(zero_copy_only=False).astype(np.int64)
    return total


def sends_one_by_one(message: Message) -> bool:
    """Return whether each recipient needs a call of its own; the table of kinds decides."""
    return not message.spec.shares_call


def estimate(merged: Merged, *, calls: int, rate: float, price: Decimal | None, currency: str) -> Estimate:
    """Return what sending `merged` in `calls` takes and costs; `rate` in messages per second, `price` per segment."""
    segments = int(merged.segments.sum())
    recipients = len(merged.texts)
    return Estimate(
        recipients=recipients,
        segments=segments,
        calls=calls,
        ucs2=int(np.count_nonzero(merged.charset)),
        seconds=recipients / rate if rate else 0.0,
        cost=None if price is None else price * segments,
        currency=currency,
    )
