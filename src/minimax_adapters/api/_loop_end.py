"""What is open on an event loop: closed by its owner, when that is dropped, or when the loop ends.

A loop that shuts down closes the asynchronous generators that it has started, so one generator per
loop closes what is still open.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
from typing import TYPE_CHECKING, Any

from minimax_adapters.api._cancellation import undisturbed

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop
    from collections.abc import AsyncGenerator, Callable, Coroutine

    Place = tuple[int, AbstractEventLoop]


class OpenOnLoop:
    """Something that several may want to close: its owner, its loop, and whoever drops the owner.

    State: `_closed` is made by the first of them, and done when it is closed.

    Args:
        close: Closes it.
        forget: Called before that, so that another one is made in its place.
    """

    def __init__(
        self,
        close: Callable[[], Coroutine[object, None, None]],
        forget: Callable[[], object] = lambda: None,
    ) -> None:
        self.others: set[OpenOnLoop] = set()
        self._close = close
        self._forget = forget
        self._closed: asyncio.Future[None] | None = None
        self._task: asyncio.Task[None] | None = None

    async def close(self) -> None:
        """Close it, or wait until another one has closed it."""
        if self._closed is None:
            self._closed = asyncio.get_running_loop().create_future()
            self._forget()
            try:
                await undisturbed(self._close())
            finally:
                self._closed.set_result(None)
                self.others.discard(self)
        elif not self._closed.done():
            await asyncio.wait([self._closed])

    def begin_to_close(self) -> None:
        """Close it in a task of its own, if nobody else does."""
        if self._closed is None:
            self._task = asyncio.create_task(self.close())


class _Shutdown:
    """Closes what is open on one loop when that shuts down.

    State: what is `_open`, and whether the generator that the loop closes was `_begun`.
    """

    def __init__(self, place: Place) -> None:
        self._place = place
        self._open: set[OpenOnLoop] = set()
        self._waiting = self._wait()
        self._begun = False

    async def close(self, held: OpenOnLoop) -> None:
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


def at_shutdown_of(place: Place) -> _Shutdown:
    """Return what closes things when the loop of `place` shuts down."""
    if place not in _shutdowns:
        forget_closed_loops(_shutdowns)
        _shutdowns[place] = _Shutdown(place)
    return _shutdowns[place]


def forget_closed_loops(by_place: dict[Place, Any]) -> None:
    """Remove what belongs to loops of this process that were closed."""
    for process, loop in list(by_place):
        if process == os.getpid() and loop.is_closed():
            by_place.pop((process, loop), None)


def close_soon(place: Place, held: OpenOnLoop) -> None:
    """Have `held` closed on its loop, from wherever; a child leaves to its parent what is its."""
    process, loop = place
    if process == os.getpid():
        # The loop may be closed, and its shutdown has closed this then.
        with contextlib.suppress(RuntimeError):
            loop.call_soon_threadsafe(held.begin_to_close)
