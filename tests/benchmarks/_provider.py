"""A quick provider on loopback, with a fixed delay before each answer. `python -m tests.benchmarks._provider 0.02`

It prints its address when it listens, and answers as the provider documents it. It keeps nothing: proofs are for
`tests.stub_provider`, which costs several times as much a call.
"""

from __future__ import annotations

import asyncio
import json
import sys
from uuid import uuid4


async def _converse(delay: float, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).lower()
            size = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            body = await reader.readexactly(size)
            await asyncio.sleep(delay)
            writer.write(_answer(json.loads(body)["to"].split(",")))
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        writer.close()


def _answer(numbers: list[str]) -> bytes:
    call = str(uuid4())
    entries = [{"recipient": number, "messageId": f"{call}:{n}"} for n, number in enumerate(numbers, 1)]
    said = {"id": call, "data": entries, "totalCount": len(entries), "message": "Message Sent Successfully!"}
    body = json.dumps(said | {"error": None}).encode()
    return f"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


async def _serve(delay: float) -> None:
    server = await asyncio.start_server(lambda reader, writer: _converse(delay, reader, writer), "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(_serve(float(sys.argv[1])))
