"""HTTP clients, made late: one for the threads of a process, one per event loop.

A connection dies with its event loop and must not be shared with a forked child, so nothing is
opened before the first call, and each loop and each process gets a client of its own.
"""

from __future__ import annotations

import asyncio
import os
import threading
from functools import cache
from typing import TYPE_CHECKING, Final
from weakref import WeakKeyDictionary

import httpx

if TYPE_CHECKING:
    import ssl
    from asyncio import AbstractEventLoop
    from collections.abc import AsyncGenerator

# As many as a busy server streams at once; httpx waits for a connection beyond them.
_LIMITS: Final = httpx.Limits(max_connections=None, max_keepalive_connections=100)


@cache
def tls_context() -> ssl.SSLContext:
    """Return the one TLS context of this process: making it costs more than many calls."""
    return httpx.create_ssl_context()


class ThreadClient:
    """One `httpx.Client` for all threads of a process; a forked child makes its own."""

    def __init__(self, transport: httpx.BaseTransport | None) -> None:
        self._transport = transport
        self._lock = threading.Lock()
        self._client: httpx.Client | None = None
        self._process = 0

    def current(self) -> httpx.Client:
        """Return the client, made if this process has none."""
        client = self._client
        if client is not None and self._process == os.getpid():
            return client
        with self._lock:
            if self._client is None or self._process != os.getpid():
                self._client = httpx.Client(
                    transport=self._transport, verify=tls_context(), limits=_LIMITS
                )
                self._process = os.getpid()
            return self._client

    def close(self) -> None:
        """Close the client; the next call makes another."""
        client, self._client = self._client, None
        if client is not None and self._process == os.getpid():
            client.close()


class LoopClients:
    """One `httpx.AsyncClient` per event loop; each is closed when its loop shuts down."""

    def __init__(self, transport: httpx.AsyncBaseTransport | None) -> None:
        self._transport = transport
        self._process = 0
        self._open: WeakKeyDictionary[
            AbstractEventLoop, tuple[httpx.AsyncClient, AsyncGenerator[None]]
        ] = WeakKeyDictionary()

    async def current(self) -> httpx.AsyncClient:
        """Return the client of the running loop, made if it has none."""
        loop = asyncio.get_running_loop()
        if self._process != os.getpid():
            self._open = WeakKeyDictionary()
            self._process = os.getpid()
        held = self._open.get(loop)
        if held is None:
            client = httpx.AsyncClient(
                transport=self._transport, verify=tls_context(), limits=_LIMITS
            )
            closing = self._close_with(client)
            self._open[loop] = held = (client, closing)
            await anext(closing)
        return held[0]

    async def close(self) -> None:
        """Close the client of the running loop; the next call makes another."""
        held = self._open.pop(asyncio.get_running_loop(), None)
        if held is not None:
            await held[1].aclose()

    @staticmethod
    async def _close_with(client: httpx.AsyncClient) -> AsyncGenerator[None]:
        # A loop that shuts down closes the asynchronous generators that it has started.
        try:
            yield
        finally:
            await client.aclose()
