"""Hosts that say a little again and again: each wait is short, and the call never ends."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any, Final

import pytest

from minimax_adapters.api import AsyncClient, CallTimeoutError, ChatRequest, Client

if TYPE_CHECKING:
    import ssl
    from collections.abc import AsyncIterator

    from minimax_adapters.api.settings import HTTPLibrary, SyncHTTPLibrary

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


@pytest.mark.parametrize("library", ["httpx", "asyncio"])
@pytest.mark.parametrize("drip", DRIPS)
@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "stream"])
@pytest.mark.sampled(share=0.15)
async def test_a_deadline_ends_a_call_that_is_never_silent(
    library: HTTPLibrary,
    drip: str,
    *,
    streamed: bool,
) -> None:
    """No further attempt could be in time, so there is none."""
    async with (
        _serving(drip) as (url, asked),
        AsyncClient(base_url=url, api_key="k", deadline=0.2, async_http=library) as client,
    ):
        call = anext(client.stream_chat(ASKED)) if streamed else client.chat(ASKED)
        with pytest.raises(CallTimeoutError, match="deadline"):
            await call

    assert len(asked) <= 1  # Before it is asked, on a machine that is busy importing.


@pytest.mark.parametrize("drip", DRIPS)
@pytest.mark.parametrize("streamed", [False, True], ids=["plain", "stream"])
@pytest.mark.parametrize("library", ["httpx", "urllib3"])
@pytest.mark.parametrize("secure", [False, True], ids=["http", "https"])
@pytest.mark.sampled(share=0.2)
async def test_a_deadline_ends_a_call_of_a_thread(
    trusted: ssl.SSLContext, library: SyncHTTPLibrary, drip: str, *, streamed: bool, secure: bool
) -> None:
    """There the transport has to, as nothing can break off a thread that waits."""

    def ask(url: str) -> object:
        with Client(base_url=url, api_key="k", deadline=0.2, sync_http=library) as client:
            return list(client.stream_chat(ASKED)) if streamed else client.chat(ASKED)

    async with _serving(drip, tls=trusted if secure else None) as (url, asked):
        with pytest.raises(CallTimeoutError, match="deadline"):
            await asyncio.to_thread(ask, url)

    assert len(asked) <= 1  # Before it is asked, on a machine that is busy importing.


@pytest.mark.parametrize("library", ["httpx", "urllib3"])
@pytest.mark.parametrize(
    ("scheme", "head"),
    [("http", b"POST http://api.example/"), ("https", b"CONNECT api.example:443 ")],
)
async def test_a_deadline_ends_a_call_of_a_thread_through_a_proxy(
    library: SyncHTTPLibrary, scheme: str, head: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also where a proxy takes its time to open a tunnel."""

    def ask() -> object:
        host: Any = {"base_url": f"{scheme}://api.example", "api_key": "k", "allow_http": True}
        with Client(**host, deadline=0.2, sync_http=library) as client:
            return client.chat(ASKED)

    async with _serving("head") as (url, asked):
        monkeypatch.setenv(f"{scheme.upper()}_PROXY", url)
        with pytest.raises(CallTimeoutError, match="deadline"):
            await asyncio.to_thread(ask)

    assert asked[0].startswith(head)


@contextlib.asynccontextmanager
async def _serving(
    drip: str, tls: ssl.SSLContext | None = None
) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Yield the address of a host that never ends its reply, and the heads of its requests."""
    asked: list[bytes] = []
    talking: list[asyncio.Task[None]] = []

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, more = DRIPS[drip]
        with contextlib.suppress(ConnectionError, EOFError), contextlib.closing(writer):
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(first)
            while True:
                writer.write(more)
                await writer.drain()
                await asyncio.sleep(0.01)

    def begin(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talking.append(asyncio.ensure_future(talk(reader, writer)))

    server = await asyncio.start_server(begin, "127.0.0.1", 0, ssl=tls)
    scheme = "https" if tls else "http"
    try:
        yield f"{scheme}://127.0.0.1:{server.sockets[0].getsockname()[1]}", asked
    finally:
        server.close()
        await asyncio.gather(*talking)  # Each ends when its client has hung up.
