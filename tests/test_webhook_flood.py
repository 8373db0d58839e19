"""A flood of delivery reports: thousands of posts at once, shuffled, three in ten of them again, some for strangers,
some junk, while the earlier ones are being applied. Each report is stored once, and everybody ends as they should."""

from __future__ import annotations

import asyncio
import json
import random
import threading
import time
from collections import Counter

import httpx
import pytest
import sqlalchemy as sa
from starlette.applications import Starlette

from smscore import store
from smscore.delivery import build_webhook_routes
from smscore.store import tables as t
from tests.deskwork import launch, rows

pytestmark = pytest.mark.slow

TOKEN = "a-token-of-this-test"
PEOPLE, STRANGERS = 1_500, 200
ENDS = {"DELIVRD": "delivered", "UNDELIV": "undelivered", "EXPIRED": "expired", "": "sent"}
JUNK = (b"", b"{", b"[1]", b'"DELIVRD"', b"\xff\xfe", b"[" * 200, b'{"a":' * 50, b"<html>", b"x" * 70_000)


@pytest.fixture
def sent(desk) -> int:
    """A campaign whose every message has an id and no report yet."""
    campaign_id = launch(desk, PEOPLE)
    with desk.database.writing() as connection:
        mine = t.recipient.c.campaign_id == campaign_id
        named = {"status": "accepted", "message_id": sa.literal("m:") + sa.cast(t.recipient.c.seq, sa.Text)}
        connection.execute(sa.update(t.recipient).where(mine).values(submitted_at=time.time() - 60, **named))
    return campaign_id


def report(message_id: str, number: int, word: str) -> bytes:
    return json.dumps({"messageId": message_id, "recipient": str(number), "status": word}).encode()


def reports_of(people, chance: random.Random) -> tuple[list[bytes], dict[int, str]]:
    """Every report once, as posts, and the status that each number must end with."""
    ends = {row.msisdn: chance.choices(list(ENDS), (70, 15, 5, 10))[0] for row in people}
    posts = [report(row.message_id, row.msisdn, word) for row in people for word in ("SUBMITTED", ends[row.msisdn])]
    strangers = [report(f"theirs:{n}", 919_000_000_000 + n, "DELIVRD") for n in range(STRANGERS)]
    said = [post for post in posts if b'"status": ""' not in post]
    return said + strangers, {number: ENDS[word] for number, word in ends.items()}


def flood(desk, posts: list[bytes]) -> list[tuple[int, dict]]:
    """Post them all, many at once; the answers in the order of the posts."""
    app = Starlette(routes=build_webhook_routes(lambda: TOKEN, desk.delivery.store_callback))

    async def all_of_them() -> list[tuple[int, dict]]:
        transport, gate = httpx.ASGITransport(app), asyncio.Semaphore(60)
        async with httpx.AsyncClient(transport=transport, base_url="http://desk") as client:

            async def one(post: bytes) -> tuple[int, dict]:
                async with gate:
                    answer = await client.post("/webhooks/delivery", content=post, headers={"X-Webhook-Token": TOKEN})
                    return answer.status_code, answer.json()

            return await asyncio.gather(*(one(post) for post in posts))

    return asyncio.run(all_of_them())


def apply_until(desk, over: threading.Event) -> None:
    """What the janitor does, while reports come in and until none can be settled."""
    while True:
        last = over.is_set()
        with desk.database.writing() as connection:
            settled = store.apply_waiting(connection, time.time())
        if last and not settled:
            return
        time.sleep(0.05)


def test_a_flood_of_reports_is_stored_once_each_and_ends_right(desk, sent):
    chance = random.Random(11)
    once, expected = reports_of(rows(desk, sent), chance)
    posts = once + chance.sample(once, int(len(once) * 0.3)) + list(JUNK) * 5
    chance.shuffle(posts)
    over = threading.Event()
    applying = threading.Thread(target=apply_until, args=(desk, over))
    applying.start()
    try:
        answers = flood(desk, posts)
    finally:
        over.set()
        applying.join(60)

    junk = [status for post, (status, _) in zip(posts, answers, strict=True) if post in JUNK]
    assert set(junk) == {400, 413} and len(junk) == len(JUNK) * 5
    taken = [said["stored"] for post, (status, said) in zip(posts, answers, strict=True) if status == 200]
    assert len(taken) == len(posts) - len(junk) and sum(taken) == len(once)
    with desk.database.reading() as connection:
        fates = Counter(connection.scalars(sa.select(t.delivery_event.c.fate)))
    assert sum(fates.values()) == len(once)
    assert fates["waiting"] == STRANGERS and set(fates) <= {"applied", "late", "waiting"}
    assert {row.msisdn: row.status for row in rows(desk, sent)} == expected
    with desk.database.writing() as connection:
        for chunk in store.list_dirty_chunks(connection):
            store.recount(connection, chunk)
    shown, ended = desk.campaigns.get(sent).totals, Counter(expected.values())
    assert {status: getattr(shown, status) for status in ended} == ended and shown.recipients == PEOPLE
