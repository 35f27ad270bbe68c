"""An asynchronous client that one task closes while others use it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest
from closing_host import ANSWER, EVENTS, FIRST, HELLO, JSON, LAST, CountingHost
from raw_host import OK
from waiting import eventually

from minimax_adapters.api import AsyncClient, InterruptedReplyError, TextDelta

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

    from raw_host import Said


@pytest.fixture(params=["httpx", "asyncio"])
def options(request: pytest.FixtureRequest) -> dict[str, Any]:
    """Return the settings of a client."""
    return {"api_key": "k", "async_http": request.param, "max_retries": 1}


def _client(host: CountingHost, options: dict[str, Any]) -> AsyncClient:
    return AsyncClient(base_url=host.base_url, **options)


async def _eventually(condition: Callable[[], bool]) -> bool:
    return await asyncio.to_thread(eventually, condition)


@pytest.mark.parametrize("heads", [b"", OK + JSON, OK + JSON + ANSWER[:9]])
async def test_a_call_under_way_gets_its_answer(
    heads: bytes, gate: threading.Event, options: dict[str, Any]
) -> None:
    """It may be billed, wherever it is; the connection is closed behind it."""
    with CountingHost([heads, gate, (OK + JSON + ANSWER).removeprefix(heads)]) as host:
        client = _client(host, options)
        call = asyncio.create_task(client.chat(HELLO))
        assert await _eventually(lambda: bool(host.heard))

        await client.aclose()
        assert not host.left
        gate.set()

        assert (await call).content == "Hi"
        assert await _eventually(lambda: host.left == 1)


@pytest.mark.parametrize("turns", range(12))
async def test_a_call_that_is_being_sent_gets_its_answer(
    turns: int, options: dict[str, Any]
) -> None:
    """Before and after it has connected; no transport is left open."""
    answer: Said = [OK + JSON + ANSWER]
    with CountingHost(answer, answer) as host:
        client = _client(host, options)
        calls = [asyncio.create_task(client.chat(HELLO)) for _ in range(2)]
        for _ in range(turns):
            await asyncio.sleep(0)

        await client.aclose()

        assert [(await call).content for call in calls] == ["Hi", "Hi"]
        assert len(host.heard) == 2
        await client.aclose()
        assert await _eventually(lambda: host.left == 2)


async def test_a_stream_is_broken_off_for_its_reader(
    gate: threading.Event, options: dict[str, Any]
) -> None:
    """It could go on for minutes; what has arrived is in the error."""
    with CountingHost([EVENTS + FIRST, gate]) as host:
        client = _client(host, options)
        stream = client.stream_chat(HELLO)
        assert await anext(stream) == TextDelta("Hi")
        reading = asyncio.ensure_future(anext(stream))
        await asyncio.sleep(0)

        await client.aclose()

        with pytest.raises(InterruptedReplyError) as interrupted:
            await reading
        assert interrupted.value.partial is not None
        gate.set()  # The host looks up only now.
        assert await _eventually(lambda: host.left == 1)


async def test_a_stream_that_nobody_reads_is_broken_off(
    gate: threading.Event, options: dict[str, Any]
) -> None:
    """Its connection ends with the block of its client, though the stream is still there."""
    with CountingHost([EVENTS + FIRST, gate]) as host:
        async with _client(host, options) as client:
            stream = client.stream_chat(HELLO)
            assert await anext(stream) == TextDelta("Hi")

        gate.set()
        assert await _eventually(lambda: host.left == 1)
        with pytest.raises(InterruptedReplyError):
            await anext(stream)


@pytest.mark.parametrize("heads", [b"", EVENTS])
async def test_a_stream_that_has_not_begun_gets_its_answer(
    heads: bytes, gate: threading.Event, options: dict[str, Any]
) -> None:
    """Broken off, it would be asked for again, and billed twice."""

    async def read(client: AsyncClient) -> list[object]:
        return [event async for event in client.stream_chat(HELLO)]

    with CountingHost([heads, gate, (EVENTS + FIRST + LAST).removeprefix(heads)]) as host:
        client = _client(host, options)
        reading = asyncio.create_task(read(client))
        assert await _eventually(lambda: bool(host.heard))

        await client.aclose()
        gate.set()

        assert (await reading)[0] == TextDelta("Hi")
        assert len(host.heard) == 1
        assert await _eventually(lambda: host.left == 1)
