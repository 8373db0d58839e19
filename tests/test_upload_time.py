"""An upload that stalls or takes too long is broken off, and its room is given back."""

from __future__ import annotations

import asyncio

from pages.server.upload_guard import limit_body

PIECE = {"type": "http.request", "body": b"x", "more_body": True}


def read_until_broken_off(pauses: list[float], slowest: float, silent: float) -> list[str]:
    """Return the types of the messages of a body whose pieces come after `pauses` seconds each, then never again."""

    async def read() -> list[str]:
        left = list(pauses)

        async def receive() -> dict:
            await asyncio.sleep(left.pop(0) if left else 3600)
            return PIECE

        limited, seen = limit_body(receive, slowest, silent), []
        while not seen or seen[-1] != "http.disconnect":
            seen.append((await limited())["type"])
        return seen

    return asyncio.run(asyncio.wait_for(read(), 5))


def test_a_silent_client_is_broken_off():
    assert read_until_broken_off([0, 0], slowest=3600, silent=0.05) == ["http.request"] * 2 + ["http.disconnect"]


def test_a_client_that_drips_is_broken_off_when_its_time_is_up():
    seen = read_until_broken_off([0.02] * 1000, slowest=0.3, silent=3600)
    assert 1 < len(seen) < 30
