"""Waits of a connection, with one timer of the event loop for many of them."""

from __future__ import annotations

import asyncio
import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class Turns:
    """Waits for something to happen, again and again, each time no longer than is allowed.

    A time-out of asyncio is a timer for each wait, thrown away when something comes, and a stream
    has as many waits as words. Here the timer stays where it is. When it goes off, it looks whether
    the wait of that moment is over, and is set anew if it is not.

    State: `_turn` is what is waited for, `_end` when that is over and `_late` what is raised then;
    `_due` is when the timer goes off. Both times are by the clock of the event loop.
    """

    __slots__ = ("_due", "_end", "_late", "_timer", "_turn")

    _late: Callable[[], Exception]

    def __init__(self) -> None:
        self._turn: asyncio.Future[None] | None = None
        self._end = math.inf
        self._timer: asyncio.TimerHandle | None = None
        self._due = math.inf

    def next(self, seconds: float | None, late: Callable[[], Exception]) -> asyncio.Future[None]:
        """Return what is done with the next `wake()`; one at a time is waited for.

        Where that does not come in `seconds`, whoever awaits it gets an error that `late` makes.
        """
        loop = asyncio.get_running_loop()
        self._turn = turn = loop.create_future()
        self._late = late
        self._end = math.inf if seconds is None else loop.time() + seconds
        if self._end < self._due:
            self._set(loop)
        return turn

    def wake(self) -> None:
        """End the wait, if there is one."""
        if self._turn is not None and not self._turn.done():
            self._turn.set_result(None)

    def close(self) -> None:
        """Let go of the timer; a wait goes on."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer, self._due = None, math.inf

    def _set(self, loop: asyncio.AbstractEventLoop) -> None:
        self.close()
        self._due = self._end
        self._timer = loop.call_at(self._due, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer, self._due = None, math.inf
        turn = self._turn
        if turn is None or turn.done() or self._end == math.inf:
            return
        if loop.time() < self._end:
            self._set(loop)
        else:
            self._turn = None  # The error will hold the request, by the frames that it passes.
            turn.set_exception(self._late())
