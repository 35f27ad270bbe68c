"""Another way to the network for asynchronous code: asyncio behind the interface of httpx.

asyncio connects, and wraps TLS. What is said over the connections is in `_http11`: a thousand
streams at once, or one event a read, cost a fraction of what they cost with httpcore and h11.
Requests, responses, time-outs and errors stay those of httpx, so that everything above means the
same by them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from minimax_adapters.api._asyncio_connection import Connection, opened
from minimax_adapters.api._idle import Idle
from minimax_adapters.api._routes import Route, place_of

if TYPE_CHECKING:
    from minimax_adapters.api._http11 import Reply
    from minimax_adapters.api._routes import Place, Seconds


class AsyncioTransport(httpx.AsyncBaseTransport):
    """Sends over connections of the running event loop, to hosts or to one proxy.

    Owns the connections; `aclose()` closes those that wait, and comes when no other is used: it
    stands below a `SeveralPools`.

    Attributes:
        in_use: How many connections are used by responses.
    """

    def __init__(self, proxy: httpx.Proxy | None = None) -> None:
        self.in_use = 0
        self._proxy = proxy
        self._idle: Idle[Connection] = Idle()
        self._routes: dict[Place, Route] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request` and return the response, whose body is still to be read.

        Raises:
            httpx.TransportError: As the transport of httpx itself would raise it.
        """
        seconds: Seconds = request.extensions.get("timeout", {})
        place = place_of(request.url)
        connection = self._idle.take(place)
        if connection is None:
            connection = await opened(self._route(place), seconds)
        try:
            reply = await connection.ask(request, seconds)
        except BaseException:
            connection.close()
            raise
        self.in_use += 1
        return httpx.Response(
            reply.status,
            headers=reply.headers,
            stream=_Body(reply, connection, self),
            request=request,
            extensions=reply.extensions,
        )

    def _route(self, place: Place) -> Route:
        if place not in self._routes:
            self._routes[place] = Route(place, self._proxy)
        return self._routes[place]

    async def aclose(self) -> None:
        """Close the connections."""
        self._idle.close()

    def take_back(self, connection: Connection, reply: Reply) -> None:
        """Take `connection` back from the response of `reply`."""
        self.in_use -= 1
        if connection.is_usable_after(reply):
            self._idle.keep(connection)
        else:
            connection.close()


class _Body(httpx.AsyncByteStream):
    """Reads a body as it comes; closed before its end, it closes the connection."""

    def __init__(self, reply: Reply, connection: Connection, owner: AsyncioTransport) -> None:
        self._reply = reply
        self._connection: Connection | None = connection
        self._owner = owner

    def __aiter__(self) -> _Body:
        return self

    async def __anext__(self) -> bytes:
        if self._connection is None:
            raise httpx.ReadError("It was closed before.")
        if piece := await self._connection.read(self._reply):
            return piece
        raise StopAsyncIteration

    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is not None:
            self._owner.take_back(connection, self._reply)
