"""Another way to the network for synchronous code: urllib3 behind the interface of httpx.

urllib3 connects, through TLS and proxies. Its pools and responses stay out of it: with them a plain
call costs more than with httpcore, and they repeat and redirect calls. What is said over the
connections is in `_http11`, which takes a fraction of the calls of httpcore and h11 for one event a
read. Requests, responses, time-outs and errors stay those of httpx, so that everything above means
the same by them. `sync_http="urllib3"` chooses it.
"""

from __future__ import annotations

import contextlib
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING

import httpx

from minimax_adapters.api._clients import IDLE_SECONDS, LIMITS
from minimax_adapters.api._closed_last import INTERRUPT
from minimax_adapters.api._urllib3_connection import Connection, place_of, read_error

if TYPE_CHECKING:
    from collections.abc import Iterator

    from minimax_adapters.api._http11 import Response
    from minimax_adapters.api._urllib3_connection import Place, Seconds


class Urllib3Transport(httpx.BaseTransport):
    """Sends over connections that urllib3 opens, to hosts or to one proxy.

    Owns the connections; `close()` closes those that wait, and comes when no other is used: it
    stands below a `ClosedLast`. May be used by any number of threads: what they share changes in
    atomic steps, without a lock, for the garbage collector may close a client while its thread is
    in here.
    """

    def __init__(self, proxy: httpx.Proxy | None = None) -> None:
        self._proxy = proxy
        self._idle: deque[Connection] = deque()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request` and return the response, whose body is still to be read.

        Raises:
            httpx.TransportError: As the transport of httpx itself would raise it.
        """
        seconds: Seconds = request.extensions.get("timeout", {})
        place = place_of(request.url)
        connection = self._waiting(place) or Connection(place, self._proxy, seconds)
        try:
            response = connection.ask(request, seconds)
        except BaseException:
            connection.close()
            raise
        return httpx.Response(
            response.status,
            headers=response.headers,
            stream=_Body(response, connection, self),
            request=request,
            extensions={INTERRUPT: connection.interrupt},
        )

    def close(self) -> None:
        """Close the connections."""
        with contextlib.suppress(IndexError):  # Until there is none.
            while True:
                self._idle.pop().close()

    def _waiting(self, place: Place) -> Connection | None:
        """Return the connection to `place` that was used last, unless it has ended since."""
        found, others = None, []
        with contextlib.suppress(IndexError):  # Another thread has taken the last one.
            while self._idle[0].since < monotonic() - IDLE_SECONDS:
                self._idle.popleft().close()
            while found is None:
                connection = self._idle.pop()
                if connection.place != place:
                    others.append(connection)
                elif connection.has_ended():
                    connection.close()
                else:
                    found = connection
        self._idle.extend(reversed(others))
        return found

    def _give_back(self, connection: Connection, *, usable: bool) -> None:
        room = len(self._idle) < (LIMITS.max_keepalive_connections or 0)
        if not (usable and room):
            connection.close()
            return
        connection.since = monotonic()
        self._idle.append(connection)


class _Body(httpx.SyncByteStream):
    """Reads a body as it comes; closed before its end, it closes the connection."""

    def __init__(self, response: Response, connection: Connection, owner: Urllib3Transport) -> None:
        self._response = response
        self._connection: Connection | None = connection
        self._owner = owner

    def __iter__(self) -> Iterator[bytes]:
        response, connection = self._response, self._connection
        try:
            while chunk := response.take():
                yield chunk
        except OSError as error:
            raise read_error(error) from error
        if connection is None or connection.interrupted:
            raise httpx.ReadError("It was broken off by another thread.")

    def close(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        usable = connection.sent and self._response.stays and not connection.interrupted
        self._owner._give_back(connection, usable=usable)  # noqa: SLF001 - its own
