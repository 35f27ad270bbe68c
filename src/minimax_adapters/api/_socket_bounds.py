"""How long a host of sockets may take for what it was asked, and how much it may send for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from minimax_adapters.api._deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Callable

    from minimax_adapters.api.settings import Settings


class ReplyBounds:
    """The bounds of a text: seconds and bytes from when it is the next to be answered.

    State: `time` is its deadline, one without an end while nothing is due.
    """

    def __init__(self, settings: Settings, clock: Callable[[], float]) -> None:
        self.time = Deadline(None, clock)
        self._settings = settings
        self._clock = clock
        self._bytes = Deadline(None, clock, settings.max_reply_bytes)

    def begin_reply(self) -> None:
        """Count the bytes of the next text: those that come before it count for the last."""
        self._bytes.begin_reply()

    def begin(self) -> None:
        """Begin the time of the next text."""
        self.time = Deadline(self._settings.deadline, self._clock)

    def end(self) -> None:
        """End it: nothing is due."""
        self.time = Deadline(None, self._clock)

    def take(self, frame: str | bytes) -> None:
        """Count a frame.

        Raises:
            CallTimeoutError: The deadline has passed.
            ReplyTooLargeError: More was sent than may be.
        """
        self.time.check()
        self._bytes.take(frame)

    def wait(self) -> float | None:
        """Return how many seconds to wait for a frame."""
        read: float | None = self._settings.timeout.read
        left = self.time.left()
        if left is None:
            return read
        return max(0.0, left if read is None else min(read, left))
