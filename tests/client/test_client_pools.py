"""Many requests at once are spread over small pools, since a large one looks at all connections."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import httpx
import pytest

from minimax_adapters.api import AsyncClient, ChatRequest
from minimax_adapters.api._pools import _ROOM, SeveralPools
from minimax_adapters.emulator import Emulator, Quirks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

HELLO: Final = ChatRequest(messages=[{"role": "user", "content": "Hello"}])
REQUEST: Final = httpx.Request("GET", "https://host.invalid")


class _Pool(httpx.AsyncBaseTransport):
    """Answers with a body that never comes, and knows whether it is closed."""

    def __init__(self, made: list[_Pool]) -> None:
        self.closed = False
        made.append(self)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if request.method == "POST":
            raise httpx.ConnectError("refused")
        return httpx.Response(200, stream=_Endless())

    async def aclose(self) -> None:
        self.closed = True


class _Endless(httpx.AsyncByteStream):
    """A body."""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield b"word"


@pytest.fixture
def made() -> list[_Pool]:
    """Return the pools that were made."""
    return []


@pytest.fixture
def pools(made: list[_Pool]) -> SeveralPools:
    """Return the transport over them."""
    return SeveralPools(lambda: _Pool(made))


async def test_a_pool_is_added_when_all_are_full(pools: SeveralPools, made: list[_Pool]) -> None:
    """Few requests have the pool that httpx makes, and its connections."""
    few = [await pools.handle_async_request(REQUEST) for _ in range(_ROOM)]
    assert len(made) == 1

    many = [await pools.handle_async_request(REQUEST) for _ in range(_ROOM + 1)]

    assert len(made) == 3
    await few[0].aclose()
    assert (await pools.handle_async_request(REQUEST)).status_code == 200
    assert len(made) == 3
    assert many


async def test_a_pool_is_closed_with_its_last_request(
    pools: SeveralPools, made: list[_Pool]
) -> None:
    """But for the oldest two, whose connections are used again."""
    replies = [await pools.handle_async_request(REQUEST) for _ in range(2 * _ROOM + 2)]

    *early, last = replies
    for reply in early:
        await reply.aclose()
        await reply.stream.aclose()  # type: ignore[union-attr]  # asynchronous here
    assert [pool.closed for pool in made] == [False, False, False]
    assert [chunk async for chunk in last.aiter_bytes()] == [b"word"]

    assert [pool.closed for pool in made] == [False, False, True]
    await pools.aclose()
    assert all(pool.closed for pool in made)


async def test_a_request_that_fails_leaves_its_pool(pools: SeveralPools, made: list[_Pool]) -> None:
    """It makes room for the next one."""
    for _ in range(3 * _ROOM):
        with pytest.raises(httpx.ConnectError):
            await pools.handle_async_request(httpx.Request("POST", "https://host.invalid"))

    assert len(made) == 1


async def test_a_crowd_leaves_two_pools_behind(emulator: Emulator) -> None:
    """However many streams there were at once."""
    emulator.quirks = Quirks(frame_delay=0.001)

    async with AsyncClient(
        base_url=emulator.url, api_key=emulator.api_key, async_http="httpx"
    ) as client:

        async def read() -> int:
            return len([event async for event in client.stream_chat(HELLO)])

        counts = await asyncio.gather(*(read() for _ in range(5 * _ROOM)))

        assert min(counts) > 1
        (held,) = client._clients._open.values()
        transport: Any = held.client._transport
        assert [pool.requests for pool in transport._transport._pools] == [0, 0]
