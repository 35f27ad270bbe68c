"""Readers that are busy while the host goes on, and while it fails: what has come is there."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest
from closing_host import EVENTS, HELLO, LAST, CountingHost, event
from raw_host import WHOLE, Host, post, reset

from minimax_adapters.api import AsyncClient, Client, InterruptedReplyError, TextDelta
from minimax_adapters.api._asyncio import AsyncioTransport
from minimax_adapters.api._asyncio_connection import _MOST_UNREAD

if TYPE_CHECKING:
    import socket
    from collections.abc import AsyncIterator, Callable

    from raw_host import Said

WORDS: Final = [f"word{number} " for number in range(9)]
REST: Final = b"".join(event({"content": word}) for word in WORDS[1:])
ENDS: Final[dict[str, Callable[[socket.socket], object]]] = {
    "hung up": lambda connection: connection.close(),
    "reset": reset,
    "nonsense": lambda connection: connection.sendall(b"nonsense\r\n"),
}
EACH: Final = pytest.mark.parametrize("library", ["httpx", "urllib3", "async httpx", "asyncio"])


async def _heard(
    library: str, host: CountingHost, pause: Callable[[], Any], patience: float = 5
) -> list[str]:
    """Return the texts of a stream whose reader is busy after the first, or raise what it does."""
    options: Any = {
        "base_url": host.base_url,
        "api_key": "k",
        "max_retries": 1,
        "timeout": patience,
    }
    heard: list[str] = []
    if library in {"httpx", "urllib3"}:

        def listen() -> None:
            with Client(sync_http=library, **options) as client:  # type: ignore[arg-type]  # one of its names
                for said in client.stream_chat(HELLO):
                    if isinstance(said, TextDelta):
                        heard.append(said.text)
                        if len(heard) == 1:
                            asyncio.run(pause())

        await asyncio.to_thread(listen)
        return heard
    name: Any = library.removeprefix("async ")
    async with AsyncClient(async_http=name, **options) as client:
        said: AsyncIterator[object] = client.stream_chat(HELLO)
        async for found in said:
            if isinstance(found, TextDelta):
                heard.append(found.text)
                if len(heard) == 1:
                    await pause()
    return heard


@EACH
@pytest.mark.parametrize("end", ENDS)
async def test_what_has_come_is_in_partial_however_it_ended(library: str, end: str) -> None:
    """A voice that speaks the words, say, is slower than a host that fails."""
    taken, ended = threading.Event(), threading.Event()

    async def pause() -> None:
        taken.set()
        await asyncio.to_thread(ended.wait, 5)
        for _ in range(20):  # The event loop takes notice of all there is.
            await asyncio.sleep(0.001)

    said: Said = [
        EVENTS + event({"content": WORDS[0]}),
        taken,
        REST,
        ENDS[end],
        lambda _: ended.set(),
    ]
    with CountingHost(said) as host:
        with pytest.raises(InterruptedReplyError) as caught:
            await _heard(library, host, pause)

        assert getattr(caught.value.partial, "content", None) == "".join(WORDS)
        assert len(host.heard) == 1


@EACH
async def test_an_answer_that_is_whole_stays_whole(library: str) -> None:
    """Whatever becomes of the connection before it is read."""
    taken, ended = threading.Event(), threading.Event()

    async def pause() -> None:
        taken.set()
        await asyncio.to_thread(ended.wait, 5)
        for _ in range(20):
            await asyncio.sleep(0.001)

    said: Said = [
        EVENTS + event({"content": WORDS[0]}), taken, REST + LAST, reset, lambda _: ended.set()
    ]  # fmt: skip
    with CountingHost(said) as host:
        assert await _heard(library, host, pause) == WORDS


@EACH
async def test_the_time_of_a_reader_is_not_that_of_the_host(library: str) -> None:
    """The time-out for reading begins when somebody reads."""
    taken = threading.Event()

    async def pause() -> None:
        await asyncio.sleep(0.3)
        taken.set()

    said: Said = [EVENTS + event({"content": WORDS[0]}), taken, REST + LAST]
    with CountingHost(said) as host:
        assert await _heard(library, host, pause, patience=0.2) == WORDS


async def test_what_comes_between_two_requests_answers_none() -> None:
    """A host that gives up a connection says so first; the event loop hears it."""
    asked, told = threading.Event(), threading.Event()
    late = b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n"
    with Host([WHOLE, asked, late, lambda _: told.set()]) as host:
        transport = AsyncioTransport()
        for number in range(2):
            response = await transport.handle_async_request(post(host.url))
            assert [chunk async for chunk in response.aiter_raw()] == [b"hello"]
            await response.aclose()
            if number == 0:
                (waiting,) = transport._idle._kept
                asked.set()
                await asyncio.to_thread(told.wait, 5)
                for _ in range(1000):
                    if not waiting._is_lost:
                        await asyncio.sleep(0.001)
                assert waiting._is_lost
        await transport.aclose()

        assert [number for number, _ in host.heard] == [0, 1]


def _large(size: int) -> Said:
    return [b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size, bytes(size)]


async def test_a_host_is_held_up_by_a_slow_reader() -> None:
    """Else all of a large file would be here before anybody takes it."""
    size = 64 * 1024 * 1024
    with Host(_large(size)) as host:
        transport = AsyncioTransport()
        response = await transport.handle_async_request(post(host.url))
        connection: Any = response.stream
        connection = connection._connection
        chunks = aiter(response.aiter_raw())
        received = len(await anext(chunks))
        before = -1
        while connection._unread != before:
            before = connection._unread
            await asyncio.sleep(0.01)

        assert before <= 2 * _MOST_UNREAD
        async for chunk in chunks:
            received += len(chunk)
        assert received == size
        await response.aclose()
        assert len(transport._idle) == 1
        await transport.aclose()


async def test_a_reply_that_nobody_took_does_not_hold_up_the_next() -> None:
    """It has come whole, so that its connection could be used again."""
    size = _MOST_UNREAD + 64 * 1024
    with Host(_large(size)) as host:
        transport = AsyncioTransport()
        response = await transport.handle_async_request(post(host.url))
        connection: Any = response.stream
        reply = connection._reply
        for _ in range(1000):
            if not reply.is_whole:
                await asyncio.sleep(0.001)
        await response.aclose()

        response = await transport.handle_async_request(post(host.url))

        assert [chunk async for chunk in response.aiter_raw()] == [b"hello"]
        await response.aclose()
        await transport.aclose()


@pytest.mark.parametrize("reply", [WHOLE, b""], ids=["an answer", "nothing"])
async def test_a_host_that_has_heard_enough_may_hang_up_on_its_side(reply: bytes) -> None:
    """As gateways do with requests that are too large: the answer counts, or there is none."""
    ended = asyncio.Event()

    async def enough(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(reply)
        writer.write_eof()
        while await reader.read(65536):
            pass
        writer.close()
        ended.set()

    server = await asyncio.start_server(enough, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/"
    transport = AsyncioTransport()
    async with server:
        asking = transport.handle_async_request(post(url, bytes(16 * 1024 * 1024)))
        if reply:
            response = await asking
            assert [chunk async for chunk in response.aiter_raw()] == [b"hello"]
            await response.aclose()
        else:
            with pytest.raises(httpx.TransportError):
                await asking
        await transport.aclose()
        await ended.wait()
