"""HTTP clients for asyncio, made late: one per event loop.

A connection dies with its event loop and must not be shared with a forked child, so each loop and
each process gets a client of its own. It is closed when its owner is dropped, at the latest when
its loop shuts down: a loop then closes the asynchronous generators that it has started, so one
generator per loop closes what is still open.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx

from minimax_adapters.api._cancellation import undisturbed
from minimax_adapters.api._clients import LIMITS, ChangedClient, tls_context
from minimax_adapters.api._pools import SeveralPools

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import AsyncGenerator, Callable

    from minimax_adapters.api.settings import HTTPLibrary

    Place = tuple[int, AbstractEventLoop]


class _AsyncClient(ChangedClient, httpx.AsyncClient):  # type: ignore[misc]  # httpx has a property
    # Not given as a transport and mounts: httpx would look for no proxies in the environment then.
    def _init_transport(self, *given: Any, **options: Any) -> httpx.AsyncBaseTransport:  # noqa: ANN401 - passed on as it came
        make = partial(super()._init_transport, *given, **options)
        return SeveralPools(make) if options.get("transport") is None else make()

    def _init_proxy_transport(self, *given: Any, **options: Any) -> httpx.AsyncBaseTransport:  # noqa: ANN401 - passed on as it came
        return SeveralPools(partial(super()._init_proxy_transport, *given, **options))


class LoopClients:
    """One `httpx.AsyncClient` per event loop.

    State: `_open` by process and loop. A client holds on to its loop, so the entry of a loop that
    was closed is removed by the next call.
    """

    def __init__(
        self, transport: httpx.AsyncBaseTransport | None, library: HTTPLibrary = "httpx"
    ) -> None:
        self._transport = transport
        self._library = library
        self._open: dict[Place, _OpenClient] = {}
        weakref.finalize(self, _close_soon, self._open).atexit = False

    @property
    def is_replaced(self) -> bool:
        """Whether a transport of the user stands in for the network."""
        return self._transport is not None

    async def current(self) -> httpx.AsyncClient:
        """Return the client of the running loop, made if it has none."""
        here = os.getpid(), asyncio.get_running_loop()
        held = self._open.get(here)
        if held is None:
            _forget_closed_loops(self._open)
            client = _AsyncClient(
                transport=self._transport or _transport_of(self._library),
                verify=tls_context(),
                limits=LIMITS,
            )
            held = _OpenClient(client, partial(self._open.pop, here, None))
            self._open[here] = held
            await _at_shutdown_of(here).close(held)
        return held.client

    async def close(self) -> None:
        """Close the client of the running loop; the next call makes another."""
        held = self._open.get((os.getpid(), asyncio.get_running_loop()))
        if held is not None:
            await held.close()


def _transport_of(library: HTTPLibrary) -> httpx.AsyncBaseTransport | None:
    """Return a transport for the running loop, None for that of httpx."""
    if library == "httpx":
        return None
    from minimax_adapters.api._aiohttp import AiohttpTransport  # noqa: PLC0415 - an extra

    return AiohttpTransport()


class _OpenClient:
    """A client that several may want to close: its owner, its loop, and whoever drops the owner.

    State: `_closed` is made by the first of them, and done when the client is closed.
    """

    def __init__(self, client: httpx.AsyncClient, forget: Callable[[], object]) -> None:
        self.client = client
        self.others: set[_OpenClient] = set()
        self._forget = forget
        self._closed: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Close the client, or wait until another one has closed it."""
        if self._closed is None:
            self._closed = asyncio.get_running_loop().create_future()
            self._forget()  # Before another one is made in its place.
            try:
                await undisturbed(self.client.aclose())
            finally:
                self._closed.set_result(None)
                self.others.discard(self)
        elif not self._closed.done():
            await asyncio.wait([self._closed])

    def begin_to_close(self) -> None:
        """Close the client in a task of its own, if nobody else does."""
        if self._closed is None:
            self._task = asyncio.create_task(self.close())


class _Shutdown:
    """Closes the clients of one loop that are open when it shuts down.

    State: `_open` clients, and whether the generator that the loop closes was `_begun`.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._open: set[_OpenClient] = set()
        self._waiting = self._wait()
        self._begun = False

    async def close(self, held: _OpenClient) -> None:
        """Close `held` then, unless it is closed before."""
        self._open.add(held)
        held.others = self._open
        if not self._begun:
            self._begun = True
            await anext(self._waiting)

    async def _wait(self) -> AsyncGenerator[None]:
        try:
            yield
        finally:
            _shutdowns.pop(self._place, None)
            for held in list(self._open):
                await held.close()


# Held here, a generator is not left to the garbage collector, which would close it in a task that
# the end of the loop cancels before it begins.
_shutdowns: dict[Place, _Shutdown] = {}


def _at_shutdown_of(place: Place) -> _Shutdown:
    if place not in _shutdowns:
        _forget_closed_loops(_shutdowns)
        _shutdowns[place] = _Shutdown(place)
    return _shutdowns[place]


def _forget_closed_loops(by_place: dict[Place, _OpenClient] | dict[Place, _Shutdown]) -> None:
    for process, loop in list(by_place):
        if process == os.getpid() and loop.is_closed():
            by_place.pop((process, loop), None)


def _close_soon(dropped: dict[Place, _OpenClient]) -> None:
    for (process, loop), held in list(dropped.items()):
        if process == os.getpid():
            # The loop may be closed, and its shutdown has closed the client then.
            with contextlib.suppress(RuntimeError):
                loop.call_soon_threadsafe(held.begin_to_close)
