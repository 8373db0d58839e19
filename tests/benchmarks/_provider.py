"""A quick provider on loopback, with a fixed delay before each answer. `python -m tests.benchmarks._provider 0.02`

It prints its address when it listens, and answers as the provider documents it, `delay` seconds after the last byte of
a request came: what it takes itself to make the answer is part of the delay. It keeps nothing: proofs are for
`tests.stub_provider`, which costs several times as much a call.
"""

from __future__ import annotations

import asyncio
import json
import selectors
import sys
from uuid import uuid4


class _Conversation(asyncio.Protocol):
    def __init__(self, delay: float) -> None:
        self._delay, self._came = delay, b""
        self._clock = asyncio.get_running_loop()

    def connection_made(self, transport: asyncio.Transport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._came += data
        head, found, body = self._came.partition(b"\r\n\r\n")
        if not found or len(body) < int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]):
            return
        self._came, due = b"", self._clock.time() + self._delay
        answer = _answer(json.loads(body)["to"].split(","))
        self._clock.call_at(due, self._transport.write, answer)


def _answer(numbers: list[str]) -> bytes:
    call = uuid4()
    entries = [f'{{"recipient": "{number}", "messageId": "{call}:{n}"}}' for n, number in enumerate(numbers, 1)]
    counted = f'"totalCount": {len(entries)}, "message": "Message Sent Successfully!", "error": null'
    body = f'{{"id": "{call}", "data": [{", ".join(entries)}], {counted}}}'
    return f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


async def _serve(delay: float) -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: _Conversation(delay), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    # Python's other selectors round the time until the next answer up to whole milliseconds.
    asyncio.SelectorEventLoop(selectors.SelectSelector()).run_until_complete(_serve(float(sys.argv[1])))
