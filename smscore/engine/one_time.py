"""Sending one message at once, outside the durable jobs: a one-time password, whose code must never be stored.

The same write-ahead guards it: the recipient is `submitting` before the first byte leaves. A crash in between leaves
it unknown, and no job ever takes it up, because what would be sent is gone with the process.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import uuid4

from smscore import store
from smscore.engine import policy
from smscore.engine.context import Ending
from smscore.engine.continuity import Continuity
from smscore.engine.outcomes import build_call_record, build_results
from smscore.engine.prefetch import read_content
from smscore.errors import CampaignError
from smscore.messages import Content, Message
from smscore.provider import Answer, Effect, Provider
from smscore.store import Chunk, Claimed, Database, Orders, Slot

LONGEST_WAIT = 30.0


def send_one_time(
    database: Database,
    provider: Provider,
    continuity: Continuity,
    campaign_id: int,
    fill: Callable[[Content], Content],
) -> Ending:
    """Send the one recipient of a scheduled campaign that has no job; `fill` puts the secret into what is stored.

    Raises CampaignError("wrong_status") when the campaign was started before, ("rate_full") when the account's next
    slot is more than half a minute away; then nothing was sent. Raises StoreError when the database was restored under
    this process, or the journal cannot be written; then nothing was sent either.
    """
    orders, chunk = _start(database, campaign_id)
    _wait_for_slot(database, orders)
    for claimed, content in _claim(database, continuity, orders, chunk):
        answer = provider.send(Message.from_json(orders.message), fill(content), claimed.msisdns)
        _record(database, orders, claimed, answer)
    return _end(database, campaign_id, chunk)


def _start(database: Database, campaign_id: int) -> tuple[Orders, Chunk]:
    now = time.time()
    with database.writing() as connection:
        orders = store.read_orders(connection, campaign_id)
        started = store.set_running(connection, campaign_id, orders.run_no, now)
        chunk = store.find_chunk(connection, campaign_id, 0, orders.run_no) if started else None
    if chunk is None:
        raise CampaignError("wrong_status", campaign=campaign_id, status=str(orders.status), wanted="running")
    return orders, chunk


def _wait_for_slot(database: Database, orders: Orders) -> None:
    with database.writing() as connection:
        slot = store.reserve_slot(connection, orders.account, 1)
    if slot.wait > LONGEST_WAIT:
        _give_up(database, orders.campaign_id, slot)
        raise CampaignError("rate_full", seconds=int(slot.wait))
    time.sleep(max(0.0, slot.wait))


def _give_up(database: Database, campaign_id: int, slot: Slot) -> None:
    with database.writing() as connection:
        store.give_back_slot(connection, slot)
        store.cancel(connection, campaign_id, time.time())


def _claim(database: Database, continuity: Continuity, orders: Orders, chunk: Chunk) -> list[tuple[Claimed, Content]]:
    """Return the call that may be made: claimed, committed and in the journal."""
    with database.writing() as connection:
        spans = store.find_next_queued(connection, chunk, chunk.lo, 1, True, 1).spans
        claimed = store.claim(connection, chunk, spans, uuid4().hex, time.time())
        texts = store.read_contents(connection, orders.campaign_id, [each.content_no for each in claimed])
        # Sent by a person, here and now: whether an engine was alive before does not matter.
        entry = continuity.count(connection, orders, claimed, alive=False)
    if entry is not None:
        continuity.keep(entry)
    return [(each, read_content(*texts[each.content_no])) for each in claimed]


def _record(database: Database, orders: Orders, claimed: Claimed, answer: Answer) -> None:
    call = build_call_record(claimed, answer, time.time())
    with database.writing() as connection:
        store.record(connection, orders.campaign_id, [(call, build_results(claimed, answer))], time.time())
        if answer.effect is Effect.SLOW_DOWN:
            store.slow_down(connection, orders.account, policy.get_rest_seconds(answer.retry_after))


def _end(database: Database, campaign_id: int, chunk: Chunk) -> Ending:
    """Close the campaign. What did not leave is cancelled, not queued: its code is gone when this call returns."""
    now = time.time()
    with database.writing() as connection:
        if store.end_chunk(connection, chunk, now):
            return Ending("done")
        store.cancel(connection, campaign_id, now)
        store.sweep_cancelled(connection, chunk, now)
        store.recount(connection, chunk)
    return Ending("stopped")
