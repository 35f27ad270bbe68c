"""What counts for a limit: one counter in memory, and one in a file that processes share.

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
    from collections.abc import Callable, Iterable
    from types import ModuleType

# Those who share a file hold it for a moment each. Who meets one that holds it for longer waits
# elsewhere, where deadlines and cancellations are heard.
_BUSY: Final = 0.005
# A window is kept in so many entries, and may be longer than it should by one of them.
_ENTRIES: Final = 1000
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
    """Counts amounts. Not safe for threads."""

    def take(self, amount: int, clock: Callable[[], float]) -> float:
        """Take `amount`, or return the seconds until there will be enough; 0 if taken.

        Raises:
            sqlite3.Error: The file cannot be used, or not now: see `is_held`.
        """

    def close(self) -> None:
        """Close what is open."""


class Window:
    """Decides how much may be taken in any interval; holds no count.

    Times are whole milliseconds. An entry is a time and the amount taken until then.

    Args:
        limit: Most that may be taken in an interval.
        interval: Its milliseconds.
    """

    def __init__(self, limit: int, interval: int) -> None:
        library = pyrate_limiter()
        self._rates = [library.Rate(limit, interval)]
        self._policy = library.SlidingWindowLog()
        self._interval = interval
        self._grain = max(1, interval // _ENTRIES)

    def entry_of(self, now: int) -> int:
        """Return the time of the entry for what is taken `now`: then, or soon after."""
        return -(-now // self._grain) * self._grain

    def start(self, now: int) -> int:
        """Return the time before which entries count no longer."""
        return now - self._interval

    def wait(
        self,
        amount: int,
        now: int,
        used: int,
        newest_first: Callable[[], Iterable[tuple[int, int]]],
    ) -> float:
        """Return the seconds until `amount` may be taken beside what is `used`, 0 for now."""

        def entered(unit: int) -> int | None:
            for at, taken in newest_first():
                unit -= taken
                if unit < 0:
                    return at
            return None

        decision = self._policy.decide(self._rates, [used], amount, now, entered)
        # A wait of 0 would be asked again at once.
        return 0.0 if decision.allowed else max(1, decision.retry_after_ms or 1) / 1000


class MemoryCounter:
    """Counts for this process.

    Args:
        limit: Most that may be taken in an interval.
        interval: Its milliseconds.
    """

    def __init__(self, limit: int, interval: int) -> None:
        self._window = Window(limit, interval)
        self._entries: deque[tuple[int, int]] = deque()

    def take(self, amount: int, clock: Callable[[], float]) -> float:
        now = _milliseconds(clock)
        at, start, entries = self._window.entry_of(now), self._window.start(now), self._entries
        while entries and entries[0][0] < start:
            entries.popleft()
        late = 0
        while entries and entries[-1][0] > at:
            late += entries.pop()[1]
        self._enter(at, late)
        used = sum(taken for _, taken in entries)
        wait = self._window.wait(amount, now, used, lambda: reversed(entries))
        if not wait:
            self._enter(at, amount)
        return wait

    def _enter(self, at: int, amount: int) -> None:
        if self._entries and self._entries[-1][0] == at:
            amount += self._entries.pop()[1]
        if amount:
            self._entries.append((at, amount))

    def close(self) -> None:
        """There is nothing to close."""


class FileCounter:
    """Counts for all processes that name the file.

    Owns a connection to it.

    Args:
        path: The file, made if there is none.
        table: Table with the entries, a name of ours.
        limit: Most that may be taken in an interval.
        interval: Its milliseconds.
    """

    def __init__(self, path: str, table: str, limit: int, interval: int) -> None:
        self._window = Window(limit, interval)
        self._table = table
        with _in_sqlite:
            # Given to other threads under the lock of the limit.
            self._connection = sqlite3.connect(
                path, timeout=_BUSY, isolation_level=None, check_same_thread=False
            )
            try:
                self._execute(
                    "CREATE TABLE IF NOT EXISTS {} (at INTEGER PRIMARY KEY, amount INTEGER)"
                )
            except BaseException:
                self.close()
                raise

    def take(self, amount: int, clock: Callable[[], float]) -> float:
        with _in_sqlite, _Transaction(self._connection):
            # Read inside, where no entry of another process can be later.
            now = _milliseconds(clock)
            at = self._window.entry_of(now)
            start = self._window.start(now)
            self._execute("DELETE FROM {} WHERE at < ?", start)
            if late := self._taken_since(at + 1):
                self._execute("DELETE FROM {} WHERE at > ?", at)
                self._enter(at, late)
            wait = self._window.wait(amount, now, self._taken_since(start), self._newest_first)
            if not wait:
                self._enter(at, amount)
            return wait

    def _enter(self, at: int, amount: int) -> None:
        self._execute(
            "INSERT INTO {} VALUES (?, ?)"
            " ON CONFLICT (at) DO UPDATE SET amount = amount + excluded.amount",
            at,
            amount,
        )

    def _taken_since(self, start: int) -> int:
        (amount,) = self._execute("SELECT sum(amount) FROM {} WHERE at >= ?", start).fetchone()
        return amount or 0

    def _newest_first(self) -> Iterable[tuple[int, int]]:
        return self._execute("SELECT at, amount FROM {} ORDER BY at DESC")

    def _execute(self, statement: str, *values: int) -> sqlite3.Cursor:
        return self._connection.execute(statement.format(self._table), values)

    def close(self) -> None:
        # A file that is damaged may not let go.
        with _in_sqlite, contextlib.suppress(sqlite3.Error):
            self._connection.close()


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
