"""Sending one message at once, outside the durable jobs: a one-time password, whose code must never be stored.

The same write-ahead guards it: the recipient is `submitting` before the first byte leaves. A crash in between leaves
it unknown, and no job ever takes it up, because what would be sent is gone with the process.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from uuid import uuid4

from smscore import store
from smscore.engine import rules
from smscore.engine.ahead import content_of
from smscore.engine.continuity import Continuity
from smscore.engine.line import Ending
from smscore.engine.outcomes import call_record, results
from smscore.errors import CampaignError
from smscore.messages import Content, Message
from smscore.provider import Effect, Provider
from smscore.store import Database, Turn

LONGEST_WAIT = 30.0


def send_once(
    database: Database,
    provider: Provider,
    continuity: Continuity,
    campaign_id: int,
    filled: Callable[[Content], Content],
) -> Ending:
    """Send the one recipient of a scheduled campaign that has no job; `filled` puts the secret into what is stored.

    Raises CampaignError("wrong_status") when the campaign was started before, ("rate_full") when the account's next
    turn is more than half a minute away; then nothing was sent. Raises StoreError when the database was restored under
    this process, or the journal cannot be written; then nothing was sent either.
    """
    present, chunk = _begin(database, campaign_id)
    with database.writing() as connection:
        turn = store.reserve(connection, present.account, 1)
    if turn.wait > LONGEST_WAIT:
        _give_up(database, campaign_id, turn)
        raise CampaignError("rate_full", seconds=int(turn.wait))
    time.sleep(max(0.0, turn.wait))
    with database.writing() as connection:
        runs = store.next_queued(connection, chunk, chunk.lo, 1, True, 1).runs
        claimed = store.claim(connection, chunk, runs, uuid4().hex, time.time())
        texts = store.contents(connection, campaign_id, [each.content_no for each in claimed])
        # Sent by a person, here and now: whether an engine was alive before does not matter.
        entry = continuity.count(connection, present, claimed, alive=False)
    if entry is not None:
        continuity.keep(entry)
    for each in claimed:
        content = filled(content_of(*texts[each.content_no]))
        answer = provider.send(Message.from_json(present.message), content, each.msisdns)
        call = call_record(each, answer, time.time())
        with database.writing() as connection:
            store.record(connection, campaign_id, [(call, results(each, answer))], time.time())
            if answer.effect is Effect.SLOW_DOWN:
                store.slow_down(connection, present.account, answer.retry_after or rules.SLOWED_SECONDS)
    return _end(database, campaign_id, chunk)


def _begin(database: Database, campaign_id: int):
    now = time.time()
    with database.writing() as connection:
        present = store.orders(connection, campaign_id)
        if not store.set_running(connection, campaign_id, present.run_no, now):
            raise CampaignError("wrong_status", campaign=campaign_id, status=str(present.status), wanted="running")
        chunk = store.find_chunk(connection, campaign_id, 0, present.run_no)
    if chunk is None:
        raise CampaignError("wrong_status", campaign=campaign_id, status=str(present.status), wanted="running")
    return present, chunk


def _give_up(database: Database, campaign_id: int, turn: Turn) -> None:
    with database.writing() as connection:
        store.give_back(connection, turn)
        store.cancel(connection, campaign_id, time.time())


def _end(database: Database, campaign_id: int, chunk) -> Ending:
    """A one-time password that did not leave is cancelled, not queued: its code is gone when this call returns."""
    now = time.time()
    with database.writing() as connection:
        if store.end_chunk(connection, chunk, now):
            return Ending("done")
        store.cancel(connection, campaign_id, now)
        store.sweep_cancelled(connection, campaign_id, chunk.no, chunk.lo, chunk.hi, now)
        store.recount(connection, chunk)
    return Ending("stopped")
