"""An httpx client of the user's own as the way to MiniMax: its proxies, its certificates."""

from __future__ import annotations

import httpx


class _Through(httpx.BaseTransport):
    """Sends with a client that the user owns and closes."""

    def __init__(self, client: httpx.Client) -> None:
        self._client = client

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        return self._client.send(request, stream=True)


class _AsyncThrough(httpx.AsyncBaseTransport):
    """Sends with a client that the user owns and closes."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        return await self._client.send(request, stream=True)


def through(client: httpx.Client | None) -> httpx.BaseTransport | None:
    """Return a transport over `client`, None for the default."""
    return None if client is None else _Through(client)


def athrough(client: httpx.AsyncClient | None) -> httpx.AsyncBaseTransport | None:
    """Return a transport over `client`, None for the default."""
    return None if client is None else _AsyncThrough(client)
