"""Transports that choose the connections of each request, where the user has named no library.

Those of this package cost a fraction of httpcore's. But what tools put below httpx, to answer in
tests, to record, to trace or to guard, would not see what goes over them. So while somebody has
replaced a method of httpx's transports or of httpcore's, requests go that way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import httpcore
import httpx

from minimax_adapters._originals import Originals

if TYPE_CHECKING:
    from collections.abc import Coroutine

_SYNC: Final = (
    Originals(httpx.HTTPTransport, "handle_request"),
    Originals(httpcore.ConnectionPool, "handle_request"),
    Originals(httpcore.HTTPConnection, "handle_request"),
    Originals(httpcore.HTTP11Connection, "handle_request"),
    Originals(httpcore.SyncBackend, "connect_tcp"),
)
_ASYNC: Final = (
    Originals(httpx.AsyncHTTPTransport, "handle_async_request"),
    Originals(httpcore.AsyncConnectionPool, "handle_async_request"),
    Originals(httpcore.AsyncHTTPConnection, "handle_async_request"),
    Originals(httpcore.AsyncHTTP11Connection, "handle_async_request"),
    Originals(httpcore.AnyIOBackend, "connect_tcp"),
)


class Chosen(httpx.BaseTransport):
    """Sends with `own`, or with `of_httpx` while that is replaced. Owns both."""

    def __init__(self, own: httpx.BaseTransport, of_httpx: httpx.BaseTransport) -> None:
        self._own = own
        self._of_httpx = of_httpx

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request` and return the response, whose body is still to be read."""
        found = all(methods.are_in() for methods in _SYNC)
        return (self._own if found else self._of_httpx).handle_request(request)

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
        found = all(methods.are_in() for methods in _ASYNC)
        return (self._own if found else self._of_httpx).handle_async_request(request)

    async def aclose(self) -> None:
        """Close both."""
        try:
            await self._own.aclose()
        finally:
            await self._of_httpx.aclose()
