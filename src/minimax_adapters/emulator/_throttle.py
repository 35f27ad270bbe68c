"""The limit of requests of an account, as a sliding window over real time."""

from __future__ import annotations

import threading
import time
from collections import deque


class Throttle:
    """When the requests of the last window came; refused ones do not count."""

    def __init__(self) -> None:
        self._times: deque[float] = deque()
        self._lock = threading.Lock()

    def admits(self, most: int, window: float) -> bool:
        """Count a request, unless `most` came in the last `window` seconds."""
        now = time.monotonic()
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
