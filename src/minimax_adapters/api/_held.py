"""What an asynchronous stream holds open, and how it is closed by several at once.

An event loop that ends closes all asynchronous generators side by side. A generator that is just
being closed cannot be closed a second time: Python raises a `RuntimeError` for whoever is second,
be it the loop or the owner of the generator. So the owner closes what the generator holds, not the
generator, and the generator waits for that.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable


class Held:
    """Connections and tasks of a stream, closed once: whoever comes later waits until they are."""

    __slots__ = ("_close", "_closed")

    def __init__(self) -> None:
        self._close: Callable[[], Awaitable[None]] | None = None
        self._closed: asyncio.Event | None = None

    def keep(self, close: Callable[[], Awaitable[None]]) -> None:
        """Say how to close what has been opened."""
        self._close = close

    @property
    def is_closed(self) -> bool:
        """Whether something was open, and is closed or just being closed."""
        return self._closed is not None

    async def aclose(self) -> None:
        """Close what is open, if anything is."""
        close, self._close = self._close, None
        if close is not None:
            self._closed = asyncio.Event()
            try:
                await close()
            finally:
                self._closed.set()
        elif self._closed is not None:
            await self._closed.wait()
