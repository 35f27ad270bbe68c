"""The limit of requests of an account, as a sliding window."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ._clock import Clock


class Throttle:
    """When the requests of the last window came; refused ones do not count."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._times: deque[float] = deque()
        self._lock = threading.Lock()

    def admits(self, most: int, window: float) -> bool:
        """Count a request, unless `most` came in the last `window` seconds."""
        now = self._clock.seconds()
        with self._lock:
            while self._times and self._times[0] <= now - window:
                self._times.popleft()
            if len(self._times) >= most:
                return False
            self._times.append(now)
            return True

    def clear(self) -> None:
        """Forget all requests."""
        with self._lock:
            self._times.clear()
