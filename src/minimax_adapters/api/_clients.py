"""HTTP clients, made late: one for the threads of a process, one per event loop.

A connection dies with its event loop and must not be shared with a forked child, so nothing is
opened before the first call, and each loop and each process gets a client of its own. A child
keeps the clients of its parent, but never uses or closes them: they are still the parent's.
"""

from __future__ import annotations

import asyncio
import os
import weakref
from functools import cache
from typing import TYPE_CHECKING, Final

import httpx

if TYPE_CHECKING:
    import ssl
    from asyncio import AbstractEventLoop
    from collections.abc import AsyncGenerator

# As many as a busy server streams at once; httpx waits for a connection beyond them.
# Idle ones are few: httpcore looks at every connection for each idle one at each request.
_LIMITS: Final = httpx.Limits(max_connections=None, max_keepalive_connections=20)


@cache
def tls_context() -> ssl.SSLContext:
    """Return the one TLS context of this process: making it costs more than many calls."""
    return httpx.create_ssl_context()


class _NoCookies(httpx.Cookies):
    """Keeps nothing: MiniMax needs no cookies, and to look for them is a tenth of a call."""

    def extract_cookies(self, response: httpx.Response) -> None:
        """Leave the cookies of `response` alone."""


class _Client(httpx.Client):
    cookies = _NoCookies()  # type: ignore[override]  # httpx has a property


class _AsyncClient(httpx.AsyncClient):
    cookies = _NoCookies()  # type: ignore[override]  # httpx has a property


class ThreadClient:
    """One `httpx.Client` for all threads of a process; a forked child makes its own.

    There is no lock, since a child would inherit it locked: two threads may both make a client
    for the first call, and `setdefault`, which is atomic, decides which one is kept.
    """

    def __init__(self, transport: httpx.BaseTransport | None) -> None:
        self._transport = transport
        self._by_process: dict[int, httpx.Client] = {}
        self._closers: dict[int, weakref.finalize[..., ThreadClient]] = {}

    @property
    def is_replaced(self) -> bool:
        """Whether a transport of the user stands in for the network."""
        return self._transport is not None

    def current(self) -> httpx.Client:
        """Return the client, made if this process has none."""
        process = os.getpid()
        client = self._by_process.get(process)
        if client is not None:
            return client
        made = _Client(transport=self._transport, verify=tls_context(), limits=_LIMITS)
        kept = self._by_process.setdefault(process, made)
        if kept is made:
            # Whoever drops a model without closing it leaves no open sockets behind.
            self._closers[process] = weakref.finalize(self, _close_in, process, made)
        return kept

    def close(self) -> None:
        """Close the client; the next call makes another."""
        self._by_process.pop(os.getpid(), None)
        closer = self._closers.pop(os.getpid(), None)
        if closer is not None:
            closer()


def _close_in(process: int, client: httpx.Client) -> None:
    """Close `client`, unless this is a child that shares the sockets of `process`."""
    if process == os.getpid():
        client.close()


class LoopClients:
    """One `httpx.AsyncClient` per event loop; each is closed when its loop shuts down.

    State: `_open` by process and loop, with the generator that closes the client. The client
    holds on to its loop, so an entry is removed when it is closed; that of a loop which was closed
    without shutting down is removed by the next call.
    """

    def __init__(self, transport: httpx.AsyncBaseTransport | None) -> None:
        self._transport = transport
        self._open: dict[
            tuple[int, AbstractEventLoop], tuple[httpx.AsyncClient, AsyncGenerator[None]]
        ] = {}

    @property
    def is_replaced(self) -> bool:
        """Whether a transport of the user stands in for the network."""
        return self._transport is not None

    async def current(self) -> httpx.AsyncClient:
        """Return the client of the running loop, made if it has none."""
        here = os.getpid(), asyncio.get_running_loop()
        held = self._open.get(here)
        if held is None:
            self._forget_closed_loops()
            client = _AsyncClient(transport=self._transport, verify=tls_context(), limits=_LIMITS)
            closing = self._close_with(client, here)
            self._open[here] = held = (client, closing)
            await anext(closing)
        return held[0]

    async def close(self) -> None:
        """Close the client of the running loop; the next call makes another."""
        held = self._open.get((os.getpid(), asyncio.get_running_loop()))
        if held is not None:
            await held[1].aclose()

    async def _close_with(
        self, client: httpx.AsyncClient, place: tuple[int, AbstractEventLoop]
    ) -> AsyncGenerator[None]:
        # A loop that shuts down closes the asynchronous generators that it has started.
        try:
            yield
        finally:
            self._open.pop(place, None)
            await client.aclose()

    def _forget_closed_loops(self) -> None:
        for process, loop in list(self._open):
            if process == os.getpid() and loop.is_closed():
                self._open.pop((process, loop), None)
