"""A server that only writes bytes which are there already; `python -m benchmarks.server`.

It prints its port and ends when its standard input does. The first two parts of a path say what
is served: `/<serving>/<texts>[-<thinking>]/v1/...`. Servings of a stream:

- `large`: HTTP chunks of 64 KiB, as many events in each as fit.
- `small`: each event is an HTTP chunk and a write of its own.
- `paced`: as `small`, 50 events a second.
- `slow`: as `small`, and 50 ms before the first event.
"""

from __future__ import annotations

import asyncio
import json
import sys
from functools import cache
from typing import Final

from benchmarks import frames

_LARGE: Final = 64 * 1024
_PAUSES: Final = {"paced": 0.02}
_FIRST_PAUSES: Final = {"slow": 0.05}


@cache
def stream_writes(serving: str, shape: str) -> list[bytes]:
    """Return what is written for a stream, in order."""
    texts, _, thinking = shape.partition("-")
    events = frames.chat_stream(int(texts), int(thinking or 0))
    if serving == "large":
        body = b"".join(events)
        events = [body[start : start + _LARGE] for start in range(0, len(body), _LARGE)]
    head = (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
    )
    return [head, *(b"%x\r\n%b\r\n" % (len(event), event) for event in events), b"0\r\n\r\n"]


@cache
def whole(kind: str, count: int = 60) -> bytes:
    """Return a reply with its head."""
    render = {
        "chat": frames.chat_reply,
        "texts": frames.embeddings_reply,
        "input": frames.openai_embeddings_reply,
    }
    body = render[kind](count)
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % len(body) + body


async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection."""
    try:
        while True:
            head = await reader.readuntil(b"\r\n\r\n")
            length = int(head.lower().partition(b"content-length: ")[2].split(b"\r\n", 1)[0])
            body = await reader.readexactly(length)
            path = head.split(b" ", 2)[1].decode()
            await _answer(path, body, writer)
    except (asyncio.IncompleteReadError, ConnectionError):
        pass  # The client has hung up.
    finally:
        writer.close()


async def _answer(path: str, body: bytes, writer: asyncio.StreamWriter) -> None:
    _, serving, shape, _ = path.split("/", 3)
    if path.endswith("/embeddings"):
        members = json.loads(body)
        kind = "texts" if "texts" in members else "input"
        writer.write(whole(kind, len(members[kind])))
    elif b'"stream":true' in body or b'"stream": true' in body:
        await _stream(serving, shape, writer)
    else:
        writer.write(whole("chat"))
    await writer.drain()


async def _stream(serving: str, shape: str, writer: asyncio.StreamWriter) -> None:
    head, *events = stream_writes(serving, shape)
    writer.write(head)
    await asyncio.sleep(_FIRST_PAUSES.get(serving, 0))
    pause = _PAUSES.get(serving, 0)
    for event in events:
        writer.write(event)
        await writer.drain()
        await asyncio.sleep(pause)


async def main() -> None:
    """Serve until standard input ends."""
    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=2**24, backlog=4096)
    async with server:
        print(server.sockets[0].getsockname()[1], flush=True)
        await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(main())
