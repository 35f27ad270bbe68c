"""A clock for tests of what waits for long."""

from __future__ import annotations


class Clock:
    """Seconds that pass when told."""

    now = 1000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.now
