"""A clock that runs as time does and can be turned forward by tests."""

from __future__ import annotations

import asyncio
import threading
import time


class Clock:
    """Seconds that only grow; whoever waits for a moment is woken when the clock is turned.

    Tests turn it from their thread while the server's thread waits.
    """

    def __init__(self) -> None:
        self._skew = 0.0
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()
        self._lock = threading.Lock()

    def seconds(self) -> float:
        """Return the present moment."""
        return time.monotonic() + self._skew

    def turn(self, seconds: float) -> None:
        """Turn the clock forward."""
        with self._lock:
            self._skew += seconds
            waiting = list(self._waiting)
        for loop, turned in waiting:
            loop.call_soon_threadsafe(turned.set)

    async def until(self, moment: float) -> None:
        """Wait for `moment`."""
        place = asyncio.get_running_loop(), asyncio.Event()
        with self._lock:
            self._waiting.add(place)
        try:
            while (left := moment - self.seconds()) > 0:
                try:
                    async with asyncio.timeout(left):
                        await place[1].wait()
                except TimeoutError:
                    continue
                place[1].clear()
        finally:
            with self._lock:
                self._waiting.discard(place)
