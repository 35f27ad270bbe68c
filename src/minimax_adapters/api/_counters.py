"""What counts for a limit: one counter in memory, and one in a file that processes share.

Whoever asks for several things, requests and tokens, takes all or none of them, at one moment: what
is taken before it is used would be out of the window when it is.

Whether there is room, and when, is decided by the sliding window of `pyrate-limiter`. Its own
stores keep an entry for each unit that was taken; those here keep one for all that was taken in
a thousandth of the window, with its amount, so that large numbers cost no more than small ones.

The window believes the clock; a clock that is set back would make it wait until the clock has
caught up, so entries that are later than now are made entries of now.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import sqlite3
import threading
from collections import deque
from typing import TYPE_CHECKING, Final, Protocol, Self

from minimax_adapters.api.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from types import ModuleType

# Those who share a file hold it for a moment each. Who meets one that holds it for longer waits
# elsewhere, where deadlines and cancellations are heard.
_BUSY: Final = 0.005
# A window is kept in so many entries, and may be longer than it should by one of them.
_ENTRIES: Final = 1000
# More than anybody sends, and a number of SQLite.
_MOST: Final = 2**62
# Held by who is in SQLite, and by who forks: a child would keep the locks of SQLite as other
# threads had them, and wait for them for ever. Taken twice by a collector that closes a counter.
_in_sqlite: Final = threading.RLock()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(
        before=_in_sqlite.acquire,
        after_in_parent=_in_sqlite.release,
        after_in_child=_in_sqlite.release,
    )


class Counter(Protocol):
    """Counts what is taken of each thing that is limited. Not safe for threads."""

    def take(self, amounts: Mapping[str, int], clock: Callable[[], float]) -> float:
        """Take all `amounts`, or return the seconds until there will be enough; 0 if taken.

        What is not limited is not counted, and what is larger than its limit takes all of it.

        Raises:
            sqlite3.Error: The file cannot be used, or not now: see `is_held`.
        """

    def close(self) -> None:
        """Close what is open."""


class Log(Protocol):
    """The entries of what was taken of one thing: each a time, and the amount taken until then."""

    def settle(self, at: int, start: int) -> int:
        """Return what was taken since `start`, and forget what was before.

        What is entered later than `at` is entered at `at`.
        """

    def newest_first(self) -> Iterable[tuple[int, int]]:
        """Return the entries."""

    def enter(self, at: int, amount: int) -> None:
        """Add `amount` to the entry of `at`, which no entry is later than."""


class Window:
    """Decides how much of one thing may be taken in any interval, by its log.

    Times are whole milliseconds.

    Args:
        log: What was taken.
        limit: Most that may be taken in an interval.
        interval: Its milliseconds.
    """

    def __init__(self, log: Log, limit: int, interval: int) -> None:
        library = pyrate_limiter()
        self._log = log
        self._limit = limit
        self._rates = [library.Rate(limit, interval)]
        self._policy = library.SlidingWindowLog()
        self._interval = interval
        self._grain = max(1, interval // _ENTRIES)

    def wait(self, amount: int, now: int) -> float:
        """Return the seconds until `amount` may be taken, 0 for now."""
        used = self._log.settle(self._entry_of(now), now - self._interval)

        def entered(unit: int) -> int | None:
            for at, taken in self._log.newest_first():
                unit -= taken
                if unit < 0:
                    return at
            return None

        amount = min(amount, self._limit)
        decision = self._policy.decide(self._rates, [used], amount, now, entered)
        # A wait of 0 would be asked again at once.
        return 0.0 if decision.allowed else max(1, decision.retry_after_ms or 1) / 1000

    def take(self, amount: int, now: int) -> None:
        """Enter `amount`, for which there is no wait."""
        self._log.enter(self._entry_of(now), min(amount, self._limit))

    def _entry_of(self, now: int) -> int:
        """Return the time of the entry for what is taken `now`: then, or soon after."""
        return -(-now // self._grain) * self._grain


def _take(windows: Mapping[str, Window], amounts: Mapping[str, int], now: int) -> float:
    asked = [(windows[what], amount) for what, amount in amounts.items() if what in windows]
    # When the last of them has room, the others still have, unless somebody else takes it.
    wait = max((window.wait(amount, now) for window, amount in asked), default=0.0)
    if not wait:
        for window, amount in asked:
            window.take(amount, now)
    return wait


class MemoryCounter:
    """Counts for this process.

    Args:
        limits: Most that may be taken of each thing in an interval.
        interval: Its milliseconds.
    """

    def __init__(self, limits: Mapping[str, int], interval: int) -> None:
        self._windows = {
            what: Window(_MemoryLog(), limit, interval) for what, limit in limits.items()
        }

    def take(self, amounts: Mapping[str, int], clock: Callable[[], float]) -> float:
        return _take(self._windows, amounts, _milliseconds(clock))

    def close(self) -> None:
        """There is nothing to close."""


class _MemoryLog:
    def __init__(self) -> None:
        self._entries: deque[tuple[int, int]] = deque()

    def settle(self, at: int, start: int) -> int:
        entries = self._entries
        while entries and entries[0][0] < start:
            entries.popleft()
        late = 0
        while entries and entries[-1][0] > at:
            late += entries.pop()[1]
        self.enter(at, late)
        return sum(taken for _, taken in entries)

    def newest_first(self) -> Iterable[tuple[int, int]]:
        return reversed(self._entries)

    def enter(self, at: int, amount: int) -> None:
        if self._entries and self._entries[-1][0] == at:
            amount += self._entries.pop()[1]
        if amount:
            self._entries.append((at, amount))


class FileCounter:
    """Counts for all processes that name the file, in a table for each thing.

    Owns a connection to it.

    Args:
        path: The file, made if there is none.
        limits: Most that may be taken of each thing in an interval.
        interval: Its milliseconds.
    """

    def __init__(self, path: str, limits: Mapping[str, int], interval: int) -> None:
        with _in_sqlite:
            # Given to other threads under the lock of the limit.
            self._connection = sqlite3.connect(
                path, timeout=_BUSY, isolation_level=None, check_same_thread=False
            )
            try:
                self._windows = {
                    what: Window(_FileLog(self._connection, what), min(limit, _MOST), interval)
                    for what, limit in limits.items()
                }
            except BaseException:
                self.close()
                raise

    def take(self, amounts: Mapping[str, int], clock: Callable[[], float]) -> float:
        with _in_sqlite, _Transaction(self._connection):
            # Read inside, where no entry of another process can be later.
            return _take(self._windows, amounts, _milliseconds(clock))

    def close(self) -> None:
        # A file that is damaged may not let go.
        with _in_sqlite, contextlib.suppress(sqlite3.Error):
            self._connection.close()


class _FileLog:
    def __init__(self, connection: sqlite3.Connection, what: str) -> None:
        self._connection = connection
        self._table = f"minimax_{what}_taken"
        self._execute("CREATE TABLE IF NOT EXISTS {} (at INTEGER PRIMARY KEY, amount INTEGER)")

    def settle(self, at: int, start: int) -> int:
        self._execute("DELETE FROM {} WHERE at < ?", start)
        if late := self._taken_since(at + 1):
            self._execute("DELETE FROM {} WHERE at > ?", at)
            self.enter(at, late)
        return self._taken_since(start)

    def newest_first(self) -> Iterable[tuple[int, int]]:
        return self._execute("SELECT at, amount FROM {} ORDER BY at DESC")

    def enter(self, at: int, amount: int) -> None:
        self._execute(
            "INSERT INTO {} VALUES (?, ?)"
            " ON CONFLICT (at) DO UPDATE SET amount = amount + excluded.amount",
            at,
            amount,
        )

    def _taken_since(self, start: int) -> int:
        (amount,) = self._execute("SELECT sum(amount) FROM {} WHERE at >= ?", start).fetchone()
        return amount or 0

    def _execute(self, statement: str, *values: int) -> sqlite3.Cursor:
        return self._connection.execute(statement.format(self._table), values)


class _Transaction:
    """A lock between processes: nobody else writes to the file until the block ends."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def __enter__(self) -> Self:
        self._connection.execute("BEGIN IMMEDIATE")
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                self._connection.commit()
        finally:
            if self._connection.in_transaction:
                self._connection.rollback()


def _milliseconds(clock: Callable[[], float]) -> int:
    return round(clock() * 1000)


def is_held(error: sqlite3.Error) -> bool:
    """Return whether the file could not be used because somebody else is using it."""
    # The lowest byte is the kind of an error, the others say more.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF == sqlite3.SQLITE_BUSY


def pyrate_limiter() -> ModuleType:
    """Return the library.

    Raises:
        ConfigurationError: It is not installed.
    """
    try:
        return importlib.import_module("pyrate_limiter")
    except ImportError as error:
        raise ConfigurationError(
            "RateLimit needs the package pyrate-limiter. Install it with:"
            " pip install 'minimax-adapters[limits]'"
        ) from error
