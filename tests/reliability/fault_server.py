"""A raw server on loopback that misbehaves below HTTP, where the emulator cannot.

The fault stands in the path, so that one server serves all tests at once:
`http://127.0.0.1:PORT/FAULT/TOKEN/v1/...`. Requests are counted per token.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, NamedTuple, Self

from good_answers import CHAT, CONTENT, CONTENTS, answer_of, encoded

if TYPE_CHECKING:
    import ssl
    from collections.abc import Awaitable, Callable, Mapping

# The last is how the server ends while a host is silent.
_BROKEN: Final = (
    ConnectionError,
    asyncio.IncompleteReadError,
    TimeoutError,
    asyncio.CancelledError,
)


class Hosts(NamedTuple):
    """The base URLs of this host, and of one that nobody was told to turn to."""

    here: str
    elsewhere: str


class Exchange:
    """One request, and the ways to answer it."""

    def __init__(
        self, path: str, body: bytes, writer: asyncio.StreamWriter, attempt: int, hosts: Hosts
    ) -> None:
        self.path = path
        self.members: dict[str, Any] = json.loads(body) if body.startswith(b"{") else {}
        self.streamed = bool(self.members.get("stream"))
        self.attempt = attempt
        self.elsewhere = hosts.elsewhere
        self.frames = answer_of(path, self.members, hosts.here)
        chat = path.endswith(CHAT)
        self.pieces = encoded(self.frames, streamed=self.streamed, chat=chat)
        if path.endswith(CONTENTS):
            self.pieces = [CONTENT]
        self.kind = "text/event-stream" if self.streamed else "application/json"
        self._writer = writer

    @property
    def body(self) -> bytes:
        """The healthy body."""
        return b"".join(self.pieces)

    async def write(self, *pieces: bytes) -> None:
        """Write bytes as they are."""
        for piece in pieces:
            self._writer.write(piece)
        await self._writer.drain()

    async def head(self, *lines: str, status: str = "200 OK", kind: str | None = None) -> None:
        """Write the head of an answer; its end is the end of the connection."""
        kind = self.kind if kind is None else kind
        first = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", "Trace-Id: trace-of-fault"]
        text = "\r\n".join([*first, "Connection: close", *lines])
        await self.write(text.encode() + b"\r\n\r\n")

    async def answer(
        self,
        body: bytes | None = None,
        *lines: str,
        status: str = "200 OK",
        kind: str | None = None,
    ) -> None:
        """Write a whole answer with its length."""
        body = self.body if body is None else body
        await self.head(f"Content-Length: {len(body)}", *lines, status=status, kind=kind)
        await self.write(body)

    async def begin(self) -> None:
        """Write the head and a good start of the body: half of it, or half of the frames."""
        await self.head("Transfer-Encoding: chunked")
        half = self.pieces[: len(self.pieces) // 2] if self.streamed else [self.body[:20]]
        for piece in half:
            await self.chunk(piece)

    async def chunk(self, piece: bytes) -> None:
        """Write one chunk of the chunked encoding."""
        await self.write(b"%x\r\n%b\r\n" % (len(piece), piece))

    async def reset(self) -> None:
        """End the connection with a TCP reset."""
        await asyncio.sleep(0.002)  # What was written is read before the reset discards it.
        connection = self._writer.get_extra_info("socket")
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    async def silence(self) -> None:
        """Write nothing until the client or the test ends the connection."""
        while not self._writer.is_closing():  # noqa: ASYNC110 - there is no event for it
            await asyncio.sleep(0.01)


class FaultServer:
    """The server, alive inside `with`; owns a thread, its event loop and a socket."""

    def __init__(
        self,
        faults: Mapping[str, Callable[[Exchange], Awaitable[None]]],
        context: ssl.SSLContext | None = None,
    ) -> None:
        self.requests: Counter[str] = Counter()
        self.heads: dict[str, bytes] = {}
        self._faults = faults
        self._context = context
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._port = 0

    def url(self, fault: str, token: str, path: str = "") -> str:
        """Return the base URL of a host with `fault`, at the end of a path or everywhere."""
        scheme = "https" if self._context else "http"
        place = f"{fault}@{path.rpartition('/')[2]}" if path else fault
        return f"{scheme}://127.0.0.1:{self._port}/{place}/{token}"

    def seen(self, token: str, expected: int) -> int:
        """Return how many requests came, when those that are expected have had time to be read."""
        end = time.monotonic() + 5
        while self.requests[token] < expected and time.monotonic() < end:
            time.sleep(0.005)
        return self.requests[token]

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()

    def _serve(self) -> None:
        asyncio.set_event_loop(self._loop)
        start = asyncio.start_server(self._connected, "127.0.0.1", 0, ssl=self._context)
        server = self._loop.run_until_complete(start)
        self._port = server.sockets[0].getsockname()[1]
        self._ready.set()
        self._loop.run_forever()
        server.close()
        tasks = asyncio.all_tasks(self._loop)
        for task in tasks:
            task.cancel()
        self._loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self._loop.run_until_complete(self._loop.shutdown_asyncgens())
        self._loop.close()

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(*_BROKEN):
            head = await reader.readuntil(b"\r\n\r\n")
            path = head.split(b" ", 2)[1].decode().partition("?")[0]
            length = 0
            for line in head.lower().split(b"\r\n"):
                if line.startswith(b"content-length:"):
                    length = int(line.partition(b":")[2])
            body = await reader.readexactly(length)
            _, place, token, rest = path.split("/", 3)
            fault, _, where = place.partition("@")
            spoiled = rest.endswith(where)
            self.requests[token] += spoiled
            if spoiled:
                self.heads[token] = head
            hosts = Hosts(self.url(place, token), self.url("healthy", f"{token}-elsewhere"))
            exchange = Exchange(f"/{rest}", body, writer, self.requests[token], hosts)
            # Healthy on the way to the request that the fault waits for.
            await self._faults[fault if spoiled else "healthy"](exchange)
        with contextlib.suppress(*_BROKEN):
            writer.close()
            await writer.wait_closed()
