"""Sends the first event of each stream and then nothing; a program of its own.

It prints its port. What it needs is not in the memory of the process that counts.
"""

from __future__ import annotations

import asyncio
import json

_EVENT = {"id": "0699f1", "choices": [{"index": 0, "delta": {"content": "Nine"}}]}


async def _serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    event = b"data: " + json.dumps(_EVENT).encode() + b"\n\n"
    await reader.readuntil(b"\r\n\r\n")
    writer.write(
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    writer.write(b"%x\r\n%b\r\n" % (len(event), event))
    await reader.read()
    writer.close()


async def _main() -> None:
    server = await asyncio.start_server(_serve, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)  # noqa: T201 - for who has started it
    await server.serve_forever()


asyncio.run(_main())
