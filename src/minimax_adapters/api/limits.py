"""A limit of requests and tokens a minute, kept on our side so that MiniMax need not refuse.

Give one `RateLimit` to every client and model that shares a key. With a `path` it counts for all
processes of this machine, in a small SQLite file. The sliding window is that of `pyrate-limiter`,
which is an extra; see `_counters`.
"""

from __future__ import annotations

import itertools
import os
import sqlite3
import threading
import time
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from minimax_adapters.api._admission import until_free
from minimax_adapters.api._counters import FileCounter, MemoryCounter, is_held, pyrate_limiter
from minimax_adapters.api._line import Line
from minimax_adapters.api._ranges import LONGEST_SECONDS, seconds, whole_number
from minimax_adapters.api.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from minimax_adapters.api._counters import Counter

# The same moment is not the same for both sides: requests take unequal time to arrive.
_MARGIN: Final = 1.02


class RateLimit:
    """How much may be sent in a minute, by all who hold this object.

    Owns its counters, and with `path` a connection to the file, opened at the first call. Safe
    to share between threads and event loops, sync and async, and both adapters; calls that wait go
    in the order in which they came. A copy is the object itself, as frameworks copy models with
    all that is in them; a pickle and a forked child count for themselves, unless there is a `path`.

    Args:
        requests: Requests in the period, 1 or more; None for any number.
        tokens: Tokens in the period, estimated from what is sent; None for any number.
        path: File with the count for all processes that name it, in the present folder unless it
            says another.
        period: Seconds of the period, at most 1,000,000.
        clock: Returns seconds, the same for all who share a file. If it is set back, nobody waits
            longer than a period for that.

    Raises:
        ConfigurationError: A number is not positive, there is none, or `pyrate-limiter` is not
            installed.

    Example:
        >>> limit = RateLimit(requests=20, tokens=1_000_000, path="minimax.limit")
        >>> client = Client(rate_limit=limit)
    """

    def __init__(
        self,
        requests: int | None = None,
        tokens: int | None = None,
        *,
        path: str | Path | None = None,
        period: float = 60.0,
        clock: Callable[[], float] | None = None,
    ) -> None:
        self.requests = _count("requests", requests)
        self.tokens = _count("tokens", tokens)
        if self.requests is None and self.tokens is None:
            raise ConfigurationError(
                "This RateLimit limits nothing: pass requests, tokens or both."
            )
        self.path = None if path is None else str(Path(path).absolute())
        self.period = _period(period)
        self._clock = clock or (time.monotonic if path is None else time.time)
        pyrate_limiter()
        self._open()

    def _open(self) -> None:
        # By process: a forked child would inherit a lock as it was, another's connection, and a
        # line of threads that it has not.
        # Taken twice by who closes it from a signal, or in a collection, that comes in between.
        self._locks: dict[int, AbstractContextManager[bool]] = {}
        self._lines: dict[tuple[int, str], Line] = {}
        self._counters: dict[int, Counter] = {}
        weakref.finalize(self, _close_own, self._counters)

    def line(self, what: Literal["requests", "tokens"]) -> Line:
        """Return the line of the calls of this process that wait for tokens, or for none."""
        here = os.getpid(), what
        line = self._lines.get(here)
        if line is None:  # Of two that are first at once, one gets the line of the other.
            line = self._lines.setdefault(here, Line(self._clock))
        return line

    def reserve(self, *, requests: int = 0, tokens: int = 0) -> float:
        """Take all that is asked for, or return the seconds until there will be enough of it.

        What is larger than the whole limit takes all of it. Who asks here waits in no line, and
        takes what there is when it comes. A file that another process holds is waited for, up to
        30 seconds.

        Raises:
            ConfigurationError: The file cannot be used.
        """
        times = itertools.count(1)
        while (wait := self.try_reserve(requests=requests, tokens=tokens)) is None:
            time.sleep(until_free(self.path, next(times)))
        return wait

    def try_reserve(self, *, requests: int = 0, tokens: int = 0) -> float | None:
        """Return what `reserve` does, or None at once while another process holds the file.

        Raises:
            ConfigurationError: The file cannot be used.
        """
        asked = {"requests": requests, "tokens": tokens}
        amounts = {what: asked[what] for what in self._limits if asked[what] > 0}
        if not amounts:
            return 0.0
        try:
            with self._lock():
                return self._take(amounts)
        except sqlite3.Error as error:
            if is_held(error):
                return None
            raise ConfigurationError(
                f"The file {self.path!r} of the RateLimit cannot be used ({error}). Name a file of"
                " its own, in a folder that exists on a local disk and can be written to."
            ) from error

    @property
    def _limits(self) -> dict[str, int]:
        limits = {"requests": self.requests, "tokens": self.tokens}
        return {what: limit for what, limit in limits.items() if limit is not None}

    def _lock(self) -> AbstractContextManager[bool]:
        return self._locks.setdefault(os.getpid(), threading.RLock())

    def _take(self, amounts: dict[str, int]) -> float:
        here, again = os.getpid(), True
        while True:
            counter = self._counters.get(here)
            if counter is None:
                counter = self._counters[here] = self._new_counter()
            try:
                return counter.take(amounts, self._clock)
            except sqlite3.Error as error:
                if is_held(error):
                    raise
                # The file may have been deleted, replaced, mended or closed since it was opened.
                self._counters.pop(here, None)
                counter.close()
                if not again:
                    raise
                again = False

    def _new_counter(self) -> Counter:
        interval = max(1, round(self.period * 1000 * _MARGIN))
        if self.path is None:
            return MemoryCounter(self._limits, interval)
        return FileCounter(self.path, self._limits, interval)

    def close(self) -> None:
        """Close the file; the next call opens it again."""
        if self.path is not None:
            with self._lock():
                _close_own(self._counters)

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        return self

    def __getstate__(self) -> dict[str, Any]:
        return {
            k: v for k, v in self.__dict__.items() if k not in {"_locks", "_lines", "_counters"}
        }

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        self._open()

    def __repr__(self) -> str:
        return f"RateLimit(requests={self.requests}, tokens={self.tokens}, path={self.path!r})"


def _count(name: str, given: float | None) -> int | None:
    """Return a limit as a whole number, which `1e6` is too; None for none.

    Raises:
        ConfigurationError: It is no whole number above 0.
    """
    if given is None:
        return None
    whole = int(given) if isinstance(given, float) and given.is_integer() else given
    return whole_number(name, whole, least=1)


def _period(given: float) -> float:
    """Return the period.

    Raises:
        ConfigurationError: It is no number of seconds above 0, or none that anybody counts in.
    """
    period = seconds("period", given)
    if period is None:
        raise ConfigurationError(f"The period of a RateLimit is at most {LONGEST_SECONDS:,.0f} s.")
    return period


def _close_own(counters: dict[int, Counter]) -> None:
    if (counter := counters.pop(os.getpid(), None)) is not None:
        counter.close()
