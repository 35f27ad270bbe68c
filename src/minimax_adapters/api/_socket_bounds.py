"""How long a host of sockets may take to be told and to answer, and how much it may send."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx

from minimax_adapters.api._deadline import Deadline, deadline_passed
from minimax_adapters.api._failures import failure

if TYPE_CHECKING:
    from collections.abc import Callable

    from minimax_adapters.api.errors import MiniMaxError
    from minimax_adapters.api.settings import Settings


def within(seconds: float | None, deadline: Deadline) -> float | None:
    """Return how long a wait may take that is to end with `deadline`; None for any time."""
    left = deadline.left()
    if left is None:
        return seconds
    return max(0.0, left if seconds is None else min(seconds, left))


def missed(cause: Exception, deadline: Deadline) -> MiniMaxError:
    """Return the error for a wait that ended with `cause`, by the deadline if that has passed."""
    if not deadline.allows(0):
        return deadline_passed()
    return failure(cause, received=not isinstance(cause, httpx.WriteTimeout))


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
        return within(self._settings.timeout.read, self.time)

    def telling(self) -> Deadline:
        """Return when what is told now has to be taken.

        That is no part of the time of a text: nobody may be listening yet, and what is told, a
        cancellation say, may be about texts that are late already.
        """
        return Deadline(self._settings.deadline, self._clock)

    def room(self, telling: Deadline) -> float | None:
        """Return how many seconds a host may take to take a frame."""
        return within(self._settings.timeout.write, telling)
