"""Several small pools of connections in place of a large one.

httpcore looks at each connection of a pool whenever a request begins or ends, so that a thousand
streams at once cost a thousand times a thousand looks. Up to `_ROOM` requests at once there is one
pool, as httpx makes it.

A pool that is closed beside its requests would leave open what is just being connected. So it is
closed when the last of them has ended; event streams, which may go on for minutes, are broken off.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx

from minimax_adapters.api._closed_last import BODY, is_streaming

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

_ROOM: Final = 10
# Pools that stay when they are empty: their connections are the twenty of `LIMITS`.
_KEPT: Final = 2


class SeveralPools(httpx.AsyncBaseTransport):
    """Sends each request with the first of its pools that has room.

    Owns the pools. The oldest two live as long as this; another one is closed when its last
    request ends, with all connections that it kept.

    Args:
        make: Makes a pool.
        room: How many requests at once have one pool; None for `_ROOM`.
    """

    def __init__(
        self, make: Callable[[], httpx.AsyncBaseTransport], room: float | None = None
    ) -> None:
        self._make = make
        self._room = _ROOM if room is None else room
        self._pools = [_Pool(make())]
        self._bodies: set[_Body] = set()
        self._closing = False

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request` and return the response, whose body is still to be read."""
        pool = self._with_room()
        pool.requests += 1
        try:
            response = await pool.transport.handle_async_request(request)
        except BaseException:
            await self._leave(pool)
            raise
        self._bodies.add(_Body(response, self, pool))
        return response

    async def aclose(self) -> None:
        """Close each pool when its requests have ended, and break off streams."""
        self._closing = True
        for body in list(self._bodies):
            if is_streaming(body.response):
                await body.aclose()
        for pool in list(self._pools):
            if not pool.requests:
                await self._close(pool)

    def _with_room(self) -> _Pool:
        for pool in self._pools:
            if pool.requests < self._room:
                return pool
        self._pools.append(_Pool(self._make()))
        return self._pools[-1]

    async def _leave(self, pool: _Pool) -> None:
        pool.requests -= 1
        if not pool.requests and (self._closing or pool not in self._pools[:_KEPT]):
            await self._close(pool)

    async def _close(self, pool: _Pool) -> None:
        self._pools.remove(pool)
        await pool.transport.aclose()


class _Pool:
    """A pool of connections, and how many requests use it now."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self.transport = transport
        self.requests = 0


class _Body(httpx.AsyncByteStream):
    """A body that leaves its pool when it is closed."""

    def __init__(self, response: httpx.Response, pools: SeveralPools, pool: _Pool) -> None:
        self.response = response
        self._stream: httpx.AsyncByteStream = response.stream  # type: ignore[assignment]  # asynchronous here
        response.stream = response.extensions[BODY] = self
        self._pools = pools
        self._pool: _Pool | None = pool

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._stream.__aiter__()

    async def aclose(self) -> None:
        pool, self._pool = self._pool, None
        self._pools._bodies.discard(self)  # noqa: SLF001 - of this module
        try:
            await self._stream.aclose()
        finally:
            if pool is not None:
                await self._pools._leave(pool)  # noqa: SLF001 - of this module
