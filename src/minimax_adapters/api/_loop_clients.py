"""HTTP clients for asyncio, made late: one per event loop.

A connection dies with its event loop and must not be shared with a forked child, so each loop and
each process gets a client of its own. It is closed when its owner is dropped, at the latest when
its loop shuts down.
"""

from __future__ import annotations

import asyncio
import math
import os
import weakref
from functools import partial
from typing import TYPE_CHECKING, Any

import httpx

from minimax_adapters.api._cancellation import Undisturbed
from minimax_adapters.api._clients import LIMITS, ChangedClient, tls_context
from minimax_adapters.api._loop_end import (
    OpenOnLoop,
    at_shutdown_of,
    close_soon,
    forget_closed_loops,
)
from minimax_adapters.api._pools import SeveralPools

if TYPE_CHECKING:
    from collections.abc import Callable

    from minimax_adapters.api._loop_end import Place
    from minimax_adapters.api.settings import HTTPLibrary


class _AsyncClient(ChangedClient, httpx.AsyncClient):  # type: ignore[misc]  # httpx has a property
    def __init__(self, library: HTTPLibrary, **options: Any) -> None:  # noqa: ANN401 - passed on as it came
        self._library = library
        super().__init__(**options)

    # Not given as a transport and mounts: httpx would look for no proxies in the environment then.
    def _init_transport(self, *given: Any, **options: Any) -> httpx.AsyncBaseTransport:  # noqa: ANN401 - passed on as it came
        make = partial(super()._init_transport, *given, **options)
        if options.get("transport") is not None:
            return Undisturbed(make())
        return self._pools(make, None, options)

    def _init_proxy_transport(self, *given: Any, **options: Any) -> httpx.AsyncBaseTransport:  # noqa: ANN401 - passed on as it came
        make = partial(super()._init_proxy_transport, *given, **options)
        return self._pools(make, given[0], options)

    def _pools(
        self,
        of_httpx: Callable[[], httpx.AsyncBaseTransport],
        proxy: httpx.Proxy | None,
        options: dict[str, Any],
    ) -> httpx.AsyncBaseTransport:
        theirs = Undisturbed(SeveralPools(of_httpx))
        if self._keeps_to_httpx("asyncio", proxy, options):
            return theirs
        from minimax_adapters.api._asyncio import AsyncioTransport  # noqa: PLC0415 - an extra
        from minimax_adapters.api._chosen import AsyncChosen  # noqa: PLC0415 - not for all

        ours = SeveralPools(partial(AsyncioTransport, proxy), room=math.inf)
        return AsyncChosen(ours, theirs)


class LoopClients:
    """One `httpx.AsyncClient` per event loop.

    State: `_open` by process and loop. A client holds on to its loop, so the entry of a loop that
    was closed is removed by the next call.
    """

    def __init__(
        self, transport: httpx.AsyncBaseTransport | None, library: HTTPLibrary = "auto"
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
            forget_closed_loops(self._open)
            client = _AsyncClient(
                self._library, transport=self._transport, verify=tls_context(), limits=LIMITS
            )
            held = _OpenClient(client, partial(self._open.pop, here, None))
            self._open[here] = held
            await at_shutdown_of(here).close(held)
        return held.client

    async def close(self) -> None:
        """Close the client of the running loop; the next call makes another."""
        held = self._open.get((os.getpid(), asyncio.get_running_loop()))
        if held is not None:
            await held.close()


class _OpenClient(OpenOnLoop):
    """A client that is open on an event loop."""

    def __init__(self, client: httpx.AsyncClient, forget: Callable[[], object]) -> None:
        super().__init__(client.aclose, forget)
        self.client = client


def _close_soon(dropped: dict[Place, _OpenClient]) -> None:
    for place, held in list(dropped.items()):
        close_soon(place, held)
