"""Hosts that say a little again and again: each wait is short, and the call never ends."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final

import pytest

from minimax_adapters.api import AsyncClient, CallTimeoutError, ChatRequest

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HEAD: Final = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
HINTS: Final = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n"
# What comes first, and what follows for ever.
DRIPS: Final = {
    "head": (HEAD + b"X-Long: ", b"a"),
    "hints": (b"", HINTS),
    "chunk length": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n1;", b"a"),
    "packed nothing": (
        HEAD + b"Content-Encoding: gzip\r\n\r\n\x1f\x8b\x08\0\0\0\0\0\0\xff",
        b"\0\0\0\xff\xff",
    ),
}
ASKED: Final = ChatRequest(messages=[{"role": "user", "content": "Hello"}])


@pytest.mark.parametrize("library", ["httpx", "aiohttp"])
@pytest.mark.parametrize("drip", DRIPS)
@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "stream"])
async def test_a_deadline_ends_a_call_that_is_never_silent(
    library: Any,  # noqa: ANN401 - a name of the setting's type
    drip: str,
    *,
    streamed: bool,
) -> None:
    """No further attempt could be in time, so there is none."""
    asked = 0

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal asked
        await reader.readuntil(b"\r\n\r\n")
        asked += 1
        first, more = DRIPS[drip]
        writer.write(first)
        with contextlib.suppress(ConnectionError), contextlib.closing(writer):
            while True:
                writer.write(more)
                await writer.drain()
                await asyncio.sleep(0.01)

    async with (
        _serving(talk) as url,
        AsyncClient(base_url=url, api_key="k", deadline=0.2, async_http=library) as client,
    ):
        call = anext(client.stream_chat(ASKED)) if streamed else client.chat(ASKED)
        with pytest.raises(CallTimeoutError, match="deadline"):
            await call

    assert asked == 1


@contextlib.asynccontextmanager
async def _serving(talk: Any) -> AsyncIterator[str]:  # noqa: ANN401 - as asyncio takes it
    talking: list[asyncio.Task[None]] = []

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talking.append(asyncio.ensure_future(talk(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        await asyncio.gather(*talking)  # Each ends when its client has hung up.
