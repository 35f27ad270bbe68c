"""How long a call may take, and how large each of its replies may be."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Final

import httpx

from minimax_adapters.api.errors import CallTimeoutError, ReplyTooLargeError

if TYPE_CHECKING:
    from collections.abc import Callable

# The extension of a request that says which of its time-outs stand for the deadline.
SHORTENED: Final = "minimax_adapters.shortened"


def deadline_passed() -> CallTimeoutError:
    """Return the error that says so; no further attempt could be in time."""
    error = CallTimeoutError(
        "The deadline of the call has passed. Raise deadline, or ask for less at once."
    )
    error.retryable = False
    return error


class DeadlinePassed(httpx.TimeoutException):
    """What a driver returns for a step that took too long as a whole."""


class Wait(float):
    """The seconds that each of several waits may take, none of them beyond `deadline`."""

    deadline: Deadline

    @classmethod
    def until(cls, deadline: Deadline, seconds: float) -> Wait:
        """Return waits of `seconds` each."""
        made = cls(seconds)
        made.deadline = deadline
        return made

    def now(self) -> float:
        """Return how long a wait that begins now may take.

        Raises:
            DeadlinePassed: Not at all.
        """
        left = self.deadline.left()
        if left is None or left > self:
            return float(self)
        if left <= 0:
            raise DeadlinePassed("The reply did not end.")
        return left


class Deadline:
    """The end of a call with all its attempts, if it has one, and of each of its replies."""

    __slots__ = ("_clock", "_end", "_max_bytes", "_received")

    def __init__(
        self, seconds: float | None, clock: Callable[[], float], max_bytes: int | None = None
    ) -> None:
        self._max_bytes = max_bytes
        self._received = 0
        self._clock = clock
        self._end = None if seconds is None else clock() + seconds

    def allows(self, wait: float) -> bool:
        """Return whether there is time left after `wait` seconds."""
        return self._end is None or self._clock() + wait < self._end

    def left(self) -> float | None:
        """Return the seconds that are left, None for any number."""
        return None if self._end is None else self._end - self._clock()

    def check(self) -> None:
        """Raise if it has passed.

        Raises:
            CallTimeoutError: It has.
        """
        if not self.allows(0):
            raise deadline_passed()

    def begin_reply(self) -> None:
        """Count the next reply from its first byte."""
        self._received = 0

    @property
    def room(self) -> int:
        """How many more bytes a reply may have."""
        return sys.maxsize - 1 if self._max_bytes is None else self._max_bytes - self._received

    def take(self, chunk: bytes | str) -> None:
        """Count a chunk of a reply.

        Raises:
            CallTimeoutError: The deadline has passed.
            ReplyTooLargeError: The reply has more bytes than it may.
        """
        if self._end is not None:
            self.check()
        self._received += len(chunk)
        if self._max_bytes is not None and self._received > self._max_bytes:
            raise ReplyTooLargeError(
                f"The reply has more than {self._max_bytes:,} bytes, so it was not read on. Raise"
                " max_reply_bytes if that is what you asked for."
            )

    def limit(self, timeout: httpx.Timeout) -> dict[str, float | None]:
        """Return the time-outs of an attempt, none of them beyond the deadline.

        Raises:
            CallTimeoutError: The deadline has passed.
        """
        self.begin_reply()
        limits: dict[str, float | None] = timeout.as_dict()
        if self._end is None:
            return limits
        self.check()
        left = self._end - self._clock()
        return {
            name: Wait.until(self, left if seconds is None else min(seconds, left))
            for name, seconds in limits.items()
        }

    def extensions(self, timeout: httpx.Timeout) -> dict[str, object]:
        """Return those of a request: its time-outs, and what of the deadline it has to know.

        Raises:
            CallTimeoutError: The deadline has passed.
        """
        limits = self.limit(timeout)
        if self._end is None:
            return {"timeout": limits}
        own = timeout.as_dict()
        return {
            "timeout": limits,
            SHORTENED: {name for name, seconds in limits.items() if seconds != own[name]},
        }
