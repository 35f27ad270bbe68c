"""What counts the entries of a limit: one in memory, and one in a file that processes share.

The counting is that of `pyrate-limiter`, a sliding window. It believes the clock; a clock that is
set back would make it wait until the clock has caught up, so entries that are later than now are
made entries of now.
"""

from __future__ import annotations

import importlib
import sqlite3
from typing import TYPE_CHECKING, Any, Final, Protocol, Self

from minimax_adapters.api.errors import ConfigurationError

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType

# Those who share a file hold it for a moment each. Who meets one that holds it for longer waits
# elsewhere, where deadlines and cancellations are heard.
_BUSY: Final = 0.005


class Counter(Protocol):
    """Counts entries. Not safe for threads."""

    def take(self, entries: int, clock: Callable[[], float]) -> float:
        """Take `entries`, or return the seconds until there will be enough; 0 if taken.

        Raises:
            sqlite3.Error: The file cannot be used, or not now: see `is_held`.
        """

    def close(self) -> None:
        """Close what is open."""


class MemoryCounter:
    """Counts for this process.

    Args:
        limit: Entries in an interval.
        interval: Its milliseconds.
    """

    def __init__(self, limit: int, interval: int) -> None:
        library = pyrate_limiter()
        self._bucket = library.InMemoryBucket([library.Rate(limit, interval)])

    def take(self, entries: int, clock: Callable[[], float]) -> float:
        now = _milliseconds(clock)
        for item in reversed(self._bucket.items):
            if item.timestamp <= now:
                break
            item.timestamp = now
        self._bucket.leak(now)
        return _put(self._bucket, entries, now)

    def close(self) -> None:
        """There is nothing to close."""


class FileCounter:
    """Counts for all processes that name the file.

    Owns a connection to it.

    Args:
        path: The file, made if there is none.
        table: Table with the entries, a name of ours.
        limit: Entries in an interval.
        interval: Its milliseconds.
    """

    def __init__(self, path: str, table: str, limit: int, interval: int) -> None:
        library = pyrate_limiter()
        self._interval = interval
        self._forget = f"DELETE FROM {table} WHERE item_timestamp < ?"  # noqa: S608 - a name of ours
        self._set_back = f"UPDATE {table} SET item_timestamp = :now WHERE item_timestamp > :now"  # noqa: S608 - likewise
        # Given to other threads under the lock of the limit.
        self._connection = sqlite3.connect(
            path, timeout=_BUSY, isolation_level=None, check_same_thread=False
        )
        try:
            for statement in (
                f"CREATE TABLE IF NOT EXISTS {table} (name VARCHAR, item_timestamp INTEGER)",
                f"CREATE INDEX IF NOT EXISTS {table}_at ON {table} (item_timestamp)",
            ):
                self._connection.execute(statement)
        except BaseException:
            self._connection.close()
            raise
        rates = [library.Rate(limit, interval)]
        self._bucket = library.SQLiteBucket(rates, self._connection, table)

    def take(self, entries: int, clock: Callable[[], float]) -> float:
        with _Transaction(self._connection):
            # Read inside, where no entry of another process can be later.
            now = _milliseconds(clock)
            self._connection.execute(self._set_back, {"now": now})
            self._connection.execute(self._forget, (now - self._interval,))
            return _put(self._bucket, entries, now)

    def close(self) -> None:
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
            # A bucket that has admitted something has committed it.
            if kind is None and self._connection.in_transaction:
                self._connection.commit()
        finally:
            if self._connection.in_transaction:
                self._connection.rollback()


def _milliseconds(clock: Callable[[], float]) -> int:
    return round(clock() * 1000)


def _put(bucket: Any, entries: int, now: int) -> float:  # noqa: ANN401 - of an optional package
    item = pyrate_limiter().RateItem("minimax", now, weight=entries)
    decision = bucket.put_decision(item)
    if decision.allowed:
        return 0.0
    # A wait of 0 would be asked again at once.
    return max(1, decision.retry_after_ms or 1) / 1000


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
