"""Transports that choose the connections of each request.

Those of this package cost a fraction of httpcore's. But what tools put below httpx, to answer in
tests, to record, to trace or to guard, would not see what goes over them. So while somebody has
replaced what httpx connects, sends and receives with, requests go that way.
"""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Final

import anyio
import httpcore
import httpx

from minimax_adapters._originals import OriginalPlaces

if TYPE_CHECKING:
    from collections.abc import Coroutine

_SYNC: Final = OriginalPlaces(
    (httpx.HTTPTransport, "__init__"),
    (httpx.HTTPTransport, "handle_request"),
    (httpcore, "ConnectionPool"),
    (httpcore.ConnectionPool, "__init__"),
    (httpcore.ConnectionPool, "create_connection"),
    (httpcore.ConnectionPool, "handle_request"),
    (httpcore.HTTPConnection, "__init__"),
    (httpcore.HTTPConnection, "handle_request"),
    (httpcore.HTTP11Connection, "handle_request"),
    (httpcore.SyncBackend, "connect_tcp"),
    (socket, "create_connection"),
    (socket, "socket"),
)
_ASYNC: Final = OriginalPlaces(
    (httpx.AsyncHTTPTransport, "__init__"),
    (httpx.AsyncHTTPTransport, "handle_async_request"),
    (httpcore, "AsyncConnectionPool"),
    (httpcore.AsyncConnectionPool, "__init__"),
    (httpcore.AsyncConnectionPool, "create_connection"),
    (httpcore.AsyncConnectionPool, "handle_async_request"),
    (httpcore.AsyncHTTPConnection, "__init__"),
    (httpcore.AsyncHTTPConnection, "handle_async_request"),
    (httpcore.AsyncHTTP11Connection, "handle_async_request"),
    (httpcore.AnyIOBackend, "connect_tcp"),
    (anyio, "connect_tcp"),
    (socket, "socket"),
)


class Chosen(httpx.BaseTransport):
    """Sends with `own`, or with `of_httpx` while that is replaced. Owns both."""

    def __init__(self, own: httpx.BaseTransport, of_httpx: httpx.BaseTransport) -> None:
        self._own = own
        self._of_httpx = of_httpx

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request` and return the response, whose body is still to be read."""
        return (self._own if _SYNC.are_kept() else self._of_httpx).handle_request(request)

    def close(self) -> None:
        """Close both."""
        try:
            self._own.close()
        finally:
            self._of_httpx.close()


class AsyncChosen(httpx.AsyncBaseTransport):
    """Sends with `own`, or with `of_httpx` while that is replaced. Owns both."""

    def __init__(self, own: httpx.AsyncBaseTransport, of_httpx: httpx.AsyncBaseTransport) -> None:
        self._own = own
        self._of_httpx = of_httpx

    # Not `async`: each stream that waits for its first byte would hold one more frame.
    def handle_async_request(
        self, request: httpx.Request
    ) -> Coroutine[object, object, httpx.Response]:
        """Return what sends `request` and returns the response, whose body is still to be read."""
        return (self._own if _ASYNC.are_kept() else self._of_httpx).handle_async_request(request)

    async def aclose(self) -> None:
        """Close both."""
        try:
            await self._own.aclose()
        finally:
            await self._of_httpx.aclose()
