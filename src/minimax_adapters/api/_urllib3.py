"""Another way to the network for synchronous code: urllib3 behind the interface of httpx.

urllib3 connects. Its pools and responses stay out of it: with them a plain call
costs more than with httpcore, and they repeat and redirect calls. What is said over the
connections is in `_http11`, which takes a fraction of the calls of httpcore and h11 for one event a
read. Requests, responses, time-outs and errors stay those of httpx, so that everything above means
the same by them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from minimax_adapters.api._closed_last import INTERRUPT
from minimax_adapters.api._idle import Idle
from minimax_adapters.api._routes import Route, place_of
from minimax_adapters.api._urllib3_connection import Connection

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minimax_adapters.api._http11 import Reply
    from minimax_adapters.api._routes import Seconds


class Urllib3Transport(httpx.BaseTransport):
    """Sends over connections that urllib3 opens, to hosts or to one proxy.

    Owns the connections; `close()` closes those that wait, and comes when no other is used: it
    stands below a `ClosedLast`. May be used by any number of threads.
    """

    def __init__(self, proxy: httpx.Proxy | None = None) -> None:
        self._proxy = proxy
        self._idle: Idle[Connection] = Idle()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request` and return the response, whose body is still to be read.

        Raises:
            httpx.TransportError: As the transport of httpx itself would raise it.
        """
        seconds: Seconds = request.extensions.get("timeout", {})
        place = place_of(request.url)
        connection = self._idle.take(place) or Connection(Route(place, self._proxy), seconds)
        try:
            reply = connection.ask(request, seconds)
        except BaseException:
            connection.close()
            raise
        return httpx.Response(
            reply.status,
            headers=reply.headers,
            stream=_Body(reply, connection, self._idle),
            request=request,
            extensions={**reply.extensions, INTERRUPT: connection.interrupt},
        )

    def close(self) -> None:
        """Close the connections."""
        self._idle.close()


class _Body(httpx.SyncByteStream):
    """Reads a body as it comes; closed before its end, it closes the connection."""

    def __init__(self, reply: Reply, connection: Connection, idle: Idle[Connection]) -> None:
        self._reply = reply
        self._connection: Connection | None = connection
        self._idle = idle

    def __iter__(self) -> Iterator[bytes]:
        connection = self._connection
        if connection is None:
            raise httpx.ReadError("It was closed before.")
        while piece := connection.read(self._reply):
            yield piece

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if connection.is_usable_after(self._reply):
            self._idle.keep(connection)
        else:
            connection.close()
