"""Connections that wait for another request, of both colours."""

from __future__ import annotations

import contextlib
import select
from collections import deque
from time import monotonic
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from minimax_adapters.api._clients import IDLE_SECONDS, LIMITS

if TYPE_CHECKING:
    from minimax_adapters.api._routes import Place


class Kept(Protocol):
    """What may be kept.

    Attributes:
        place: Where it leads.
        since: When it began to wait, by the monotonic clock.
    """

    place: Place
    since: float

    def has_ended(self) -> bool:
        """Return whether the host has closed it, or says what nobody has asked for."""

    def close(self) -> None:
        """Close it at once."""


C = TypeVar("C", bound=Kept)


class Idle(Generic[C]):
    """Keeps a few connections for a few seconds.

    May be used by any number of threads: what they share changes in atomic steps, without a lock,
    for the garbage collector may close a client while its thread is in here.
    """

    def __init__(self) -> None:
        self._kept: deque[C] = deque()

    def __len__(self) -> int:
        return len(self._kept)

    def keep(self, connection: C) -> None:
        """Keep `connection`, or close it if there are enough."""
        if len(self._kept) >= (LIMITS.max_keepalive_connections or 0):
            connection.close()
            return
        connection.since = monotonic()
        self._kept.append(connection)

    def take(self, place: Place) -> C | None:
        """Return the connection to `place` that was used last, unless it has ended since."""
        found, others = None, []
        with contextlib.suppress(IndexError):  # Another thread has taken the last one.
            while self._kept[0].since < monotonic() - IDLE_SECONDS:
                self._kept.popleft().close()
            while found is None:
                connection = self._kept.pop()
                if connection.place != place:
                    others.append(connection)
                elif connection.has_ended():
                    connection.close()
                else:
                    found = connection
        self._kept.extend(reversed(others))
        return found

    def close(self) -> None:
        """Close them all."""
        with contextlib.suppress(IndexError):  # Until there is none.
            while True:
                self._kept.pop().close()


def is_readable(descriptor: int) -> bool:
    """Return whether a socket has something to read, be it its end."""
    if descriptor < 0:
        return True
    if not hasattr(select, "poll"):  # On Windows.
        return bool(select.select([descriptor], [], [], 0)[0])
    asked = select.poll()
    asked.register(descriptor, select.POLLIN)
    return bool(asked.poll(0))
