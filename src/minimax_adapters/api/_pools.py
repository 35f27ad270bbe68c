"""Several small pools of connections in place of a large one.

httpcore looks at each connection of a pool whenever a request begins or ends, so that a thousand
streams at once cost a thousand times a thousand looks. Up to `_ROOM` requests at once there is one
pool, as httpx makes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

_ROOM: Final = 10
# Pools that stay when they are empty: their connections are the twenty of `LIMITS`.
_KEPT: Final = 2


class SeveralPools(httpx.AsyncBaseTransport):
    """Sends each request with the first of its pools that has room.

    Owns the pools. The oldest two live as long as this; another one is closed when its last
    request ends, with all connections that it kept.
    """

    def __init__(self, make: Callable[[], httpx.AsyncBaseTransport]) -> None:
        self._make = make
        self._pools = [_Pool(make())]

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request` and return the response, whose body is still to be read."""
        pool = self._pools[0]
        if pool.requests >= _ROOM:
            pool = self._another()
        pool.requests += 1
        try:
            response = await pool.transport.handle_async_request(request)
        except BaseException:
            await self._leave(pool)
            raise
        response.stream = _Body(response.stream, self, pool)  # type: ignore[arg-type]  # asynchronous here
        return response

    async def aclose(self) -> None:
        """Close the connections of all pools."""
        for pool in list(self._pools):
            await pool.transport.aclose()

    def _another(self) -> _Pool:
        for pool in self._pools:
            if pool.requests < _ROOM:
                return pool
        self._pools.append(_Pool(self._make()))
        return self._pools[-1]

    async def _leave(self, pool: _Pool) -> None:
        pool.requests -= 1
        if not pool.requests and pool not in self._pools[:_KEPT]:
            self._pools.remove(pool)
            await pool.transport.aclose()


class _Pool:
    """A pool of connections, and how many requests use it now."""

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self.transport = transport
        self.requests = 0


class _Body(httpx.AsyncByteStream):
    """A body that leaves its pool when it is closed."""

    def __init__(self, stream: httpx.AsyncByteStream, pools: SeveralPools, pool: _Pool) -> None:
        self._stream = stream
        self._pools = pools
        self._pool: _Pool | None = pool

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._stream.__aiter__()

    async def aclose(self) -> None:
        pool, self._pool = self._pool, None
        try:
            await self._stream.aclose()
        finally:
            if pool is not None:
                await self._pools._leave(pool)  # noqa: SLF001 - of this module
