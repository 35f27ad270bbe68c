"""An asynchronous transport that is asked as if it were synchronous, for tests of both."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator


class OnALoop(httpx.BaseTransport):
    """Asks `transport` on an event loop of its own, which stands still in between.

    Owns both; `close()` closes them.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport) -> None:
        self._transport: Any = transport
        self._runner = asyncio.Runner()

    @property
    def _idle(self) -> Any:  # noqa: ANN401 - of a connection that is not exported
        return self._transport._idle

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send `request` and return the response, whose body is still to be read."""
        response: httpx.Response = self._runner.run(self._transport.handle_async_request(request))
        response.stream = _Body(response.stream, self._runner)
        return response

    def close(self) -> None:
        """Close the transport and its loop."""
        self._runner.run(self._transport.aclose())
        self._runner.close()


class _Body(httpx.SyncByteStream):
    def __init__(self, stream: Any, runner: asyncio.Runner) -> None:  # noqa: ANN401 - asynchronous here
        self._stream = stream
        self._runner = runner

    def __iter__(self) -> Iterator[bytes]:
        chunks = aiter(self._stream)

        async def taken() -> bytes:
            return await anext(chunks, b"")

        while chunk := self._runner.run(taken()):
            yield chunk

    def close(self) -> None:
        self._runner.run(self._stream.aclose())
