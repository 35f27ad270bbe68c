"""The line in which calls wait for a limit: who came first goes first, on any thread or loop.

The one at the front asks the limit and sleeps as long as that says; those behind are woken when it
is their turn. Who leaves the line, admitted or cancelled, wakes the next. Nobody is waited for who
does not come when the time is there: an event loop may be busy with something else, or have ended
with tasks that nobody has cancelled.

A line does not keep those alive who wait in it. A place that is forgotten is left by the garbage
collector, in the middle of anything that the same thread does here: so the lock can be taken twice,
and each change is a single operation.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import queue
import sys
import threading
import weakref
from collections import deque
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Callable

# Seconds by which who is at the front may be late before others go first, and after which those
# look: timers end a little early, too.
_LATE: Final = 5.0
LATE: Final = _LATE + 0.1
# Windows hears no Ctrl-C while a thread waits for another one.
_AT_ONCE: Final = 1.0 if sys.platform == "win32" else threading.TIMEOUT_MAX


class Bell:
    """Wakes the one who waits, on a thread or an event loop; rung from any thread.

    State: `_rung` has what was rung and not heard; a collector may put into a `SimpleQueue`.
    """

    def __init__(self) -> None:
        self._rung: queue.SimpleQueue[None] = queue.SimpleQueue()
        self._wake: Callable[[], object] = lambda: None

    @property
    def has_rung(self) -> bool:
        """Whether it has rung and nobody has heard it."""
        return not self._rung.empty()

    def ring(self) -> None:
        """Wake who waits now, or else who will wait next."""
        self._rung.put(None)
        # The loop may be closed.
        with contextlib.suppress(RuntimeError):
            self._wake()

    def wait(self, seconds: float) -> None:
        """Wait on this thread until it rings, or for about `seconds` at most."""
        with contextlib.suppress(queue.Empty):
            self._rung.get(timeout=min(seconds, _AT_ONCE))
        self._hear()

    async def wait_on_loop(self, seconds: float) -> None:
        """Wait in this task until it rings, or for `seconds` at most."""
        loop, woken = asyncio.get_running_loop(), asyncio.Event()
        self._wake = lambda: loop.call_soon_threadsafe(woken.set)
        if not self.has_rung:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(seconds):
                    await woken.wait()
        self._hear()

    def _hear(self) -> None:
        with contextlib.suppress(queue.Empty):
            while True:
                self._rung.get_nowait()


class Line:
    """Those who wait in this process, oldest first.

    Args:
        clock: Returns seconds.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.RLock()
        self._places: deque[weakref.ref[Place]] = deque()
        self.held = Held()

    def __len__(self) -> int:
        return len(self._places)

    def place(self) -> Place:
        """Return a place, which is in the line inside its `with` block."""
        return Place(self, self._clock)

    def join(self, place: Place) -> None:
        """Let `place` be the last."""
        with self._lock:
            self._places.append(place.reference)

    def leave(self, place: Place) -> None:
        """Take `place` out of the line, and call the next one if it was the first."""
        with self._lock:
            was_first = place.reference is self._places[0] or place is self.first()
            self._places.remove(place.reference)
            if not was_first:
                return
            # A clock that is set, or a computer that has slept, makes all of them late.
            if self._places and (oldest := self._places[0]()) is not None:
                oldest.bell.ring()
            if (following := self.first()) is not None:
                following.call()

    def first(self) -> Place | None:
        """Return the oldest one that is not late, None if there is none."""
        with self._lock:
            now = self._clock()
            for reference in tuple(self._places):
                place = reference()
                if place is not None and place.is_awaited(now):
                    return place
            return None


class Held:
    """How often in a row the file of a limit was found held, by whoever is at the front.

    State: `times` in all, `before` until it was last found free.
    """

    times = before = 0

    def count(self, *, held: bool) -> None:
        """Count one more try."""
        if held:
            self.times += 1
        else:
            self.before = self.times


class Place:
    """A place in a line.

    A forked child has none in the line of its parent, whose threads and loops it does not have.

    Attributes:
        bell: Rings when it is its turn.
        reference: What the line has of it.
        until: When this one comes back.
    """

    def __init__(self, line: Line, clock: Callable[[], float]) -> None:
        self.bell = Bell()
        self._line = line
        self._clock = clock
        self._process = os.getpid()
        self.reference = weakref.ref(self)
        self._held_before = line.held.times
        self.expect(0.0)

    def __enter__(self) -> Self:
        self._line.join(self)
        return self

    def __exit__(self, *_: object) -> None:
        if self._process == os.getpid():
            self._line.leave(self)

    def expect(self, seconds: float) -> None:
        """Say that this one comes back within `seconds`."""
        self._since = self._clock()
        self.until = self._since + seconds

    def call(self) -> None:
        """Say that it is its turn."""
        self.expect(0.0)
        self.bell.ring()

    def is_awaited(self, now: float) -> bool:
        """Return whether it is not late, nor the clock set back since it said when it comes."""
        return self._since <= now <= self.until + _LATE

    def before(self) -> float | None:
        """Return the seconds until the one at the front comes back, None if this is it."""
        if self._process != os.getpid():
            return None
        self.expect(0.0)
        first = self._line.first()
        if first is None or first is self:
            return None
        return max(0.0, first.until - self._since)

    def tried(self, *, held: bool) -> int:
        """Count a try; return how often in a row the file was held while this one waited."""
        count = self._line.held
        count.count(held=held)
        return count.times - max(count.before, self._held_before)
