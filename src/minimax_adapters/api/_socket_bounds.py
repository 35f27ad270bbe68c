"""How long a host of sockets may take for what it was asked, and how much it may send for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minimax_adapters.api._deadline import Deadline, deadline_passed

if TYPE_CHECKING:
    from collections.abc import Callable

    from minimax_adapters.api.settings import Settings


class ReplyBounds:
    """The bounds of a text: seconds and bytes from when it is the next to be answered.

    State: `ends` when its deadline passes, None while nothing is due.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self.ends: float | None = None
        self._settings = settings
        self._clock = clock
        self._bytes = Deadline(None, clock, settings.max_reply_bytes)

    def begin_reply(self) -> None:
        """Count the bytes of the next text: those that come before it count for the last."""
        self._bytes.begin_reply()

    def begin(self) -> None:
        """Begin the time of the next text."""
        seconds = self._settings.deadline
        self.ends = None if seconds is None else self._clock() + seconds

    def allows(self, wait: float) -> bool:
        """Return whether there is time left after `wait` seconds."""
        return self.ends is None or self._clock() + wait < self.ends

    def take(self, frame: str | bytes) -> None:
        """Count a frame.

        Raises:
            CallTimeoutError: The deadline has passed.
            ReplyTooLargeError: More was sent than may be.
        """
        self.check()
        self._bytes.take(frame)

    def check(self) -> None:
        """Raise if the deadline has passed.

        Raises:
            CallTimeoutError: It has.
        """
        if not self.allows(0):
            raise deadline_passed()

    def wait(self) -> float | None:
        """Return how many seconds to wait for a frame."""
        read: float | None = self._settings.timeout.read
        if self.ends is None:
            return read
        left = max(0.0, self.ends - self._clock())
        return left if read is None else min(read, left)
