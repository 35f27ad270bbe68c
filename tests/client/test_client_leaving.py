"""Calls and streams that are left, cancelled or forgotten before their end."""

from __future__ import annotations

import asyncio
import gc
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

import pytest
from waiting import connections, eventually

from minimax_adapters.api import AsyncClient, ChatRequest, Client, TextDelta
from minimax_adapters.emulator import Emulator, Quirks, Reply

if TYPE_CHECKING:
    from minimax_adapters.api import ChatEvent
    from minimax_adapters.api.settings import HTTPLibrary, SyncHTTPLibrary

HELLO: Final = ChatRequest(messages=[{"role": "user", "content": "Hello"}])


LONG: Final = Reply(text="word " * 400)


def test_leaving_a_stream_early_closes_its_connection(
    options: dict[str, Any], emulator: Emulator
) -> None:
    """MiniMax stops writing, and billing."""
    emulator.quirks = Quirks(frame_delay=0.01)
    emulator.script(LONG, LONG)
    client = Client(**options)

    with client.stream_chat(HELLO) as stream:
        assert next(stream) == TextDelta("word")
    assert eventually(lambda: connections(emulator) == 0)
    assert list(stream) == []

    for event in client.stream_chat(HELLO):
        assert event
        break
    gc.collect()
    assert eventually(lambda: connections(emulator) == 0)
    client.close()


async def test_leaving_an_asynchronous_stream_early_closes_its_connection(
    options: dict[str, Any], emulator: Emulator
) -> None:
    """With and without a block; the loop collects what was dropped."""
    emulator.quirks = Quirks(frame_delay=0.01)
    emulator.script(LONG, LONG)
    client = AsyncClient(**options)

    async with client.stream_chat(HELLO) as stream:
        assert await anext(stream) == TextDelta("word")
    assert await asyncio.to_thread(eventually, lambda: connections(emulator) == 0)

    async for event in client.stream_chat(HELLO):
        assert event
        break
    gc.collect()
    assert await asyncio.to_thread(eventually, lambda: connections(emulator) == 0)
    await client.aclose()


def test_a_stream_that_is_left_open_ends_with_its_loop(
    options: dict[str, Any], emulator: Emulator
) -> None:
    """No generator outlives it, and no warning is left."""
    emulator.quirks = Quirks(frame_delay=0.01)
    emulator.script(LONG)
    client = AsyncClient(**options)
    held: list[object] = []

    async def leave() -> None:
        stream = client.stream_chat(HELLO)
        held.append(stream)
        await anext(stream)

    asyncio.run(leave())
    gc.collect()

    assert eventually(lambda: connections(emulator) == 0)


@pytest.mark.parametrize("method", ["chat", "stream_chat", "embed"])
async def test_a_cancelled_call_closes_its_connection(
    options: dict[str, Any], emulator: Emulator, method: str
) -> None:
    """And the client goes on with other calls."""
    emulator.quirks = Quirks(response_delay=30)
    client = AsyncClient(**options)

    async def call() -> object:
        if method == "stream_chat":
            return [event async for event in client.stream_chat(HELLO)]
        if method == "embed":
            return await client.embed(["a", "b"], type="db", max_batch_size=1)
        return await client.chat(HELLO)

    task = asyncio.create_task(call())
    assert await asyncio.to_thread(eventually, lambda: len(emulator.requests) > 0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    emulator.quirks = Quirks()

    assert (await client.chat(HELLO)).content
    await client.aclose()


async def test_a_cancelled_stream_closes_its_connection(
    options: dict[str, Any], emulator: Emulator
) -> None:
    """In its middle, as when a browser goes away."""
    emulator.quirks = Quirks(frame_delay=0.01)
    emulator.script(LONG)
    client = AsyncClient(**options)
    begun = asyncio.Event()

    async def read() -> None:
        async for _ in client.stream_chat(HELLO):
            begun.set()

    task = asyncio.create_task(read())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task

    assert await asyncio.to_thread(eventually, lambda: connections(emulator) == 0)
    await client.aclose()


@pytest.mark.parametrize("library", ["httpx", "asyncio"])
async def test_another_task_may_end_a_stream_that_is_being_read(
    options: dict[str, Any], emulator: Emulator, library: HTTPLibrary
) -> None:
    """A button that says stop: whoever reads finds the end, and no error."""
    emulator.quirks = Quirks(frame_delay=30)
    emulator.script(LONG)
    async with AsyncClient(**options, deadline=60, async_http=library) as client:
        stream = client.stream_chat(HELLO)
        begun = asyncio.Event()

        async def read() -> list[ChatEvent]:
            events = []
            async for event in stream:
                events.append(event)
                begun.set()
            return events

        reading = asyncio.create_task(read())
        await begun.wait()
        await stream.aclose()

        assert await reading
        assert await asyncio.to_thread(eventually, lambda: connections(emulator) == 0)


@pytest.mark.parametrize("library", ["httpx", "urllib3"])
def test_another_thread_may_end_a_stream_that_is_being_read(
    options: dict[str, Any], emulator: Emulator, library: SyncHTTPLibrary
) -> None:
    """As another task may."""
    emulator.quirks = Quirks(frame_delay=30)
    emulator.script(LONG)
    heard: list[ChatEvent] = []
    begun = threading.Event()

    def read() -> None:
        for event in stream:
            heard.append(event)
            begun.set()

    with Client(**options, sync_http=library) as client:
        stream = client.stream_chat(HELLO)
        with ThreadPoolExecutor() as pool:
            reading = pool.submit(read)
            assert begun.wait(10)
            assert eventually(lambda: getattr(stream._events, "gi_running", False))
            stream.close()
            reading.result(timeout=10)

        assert heard
        assert eventually(lambda: connections(emulator) == 0)
