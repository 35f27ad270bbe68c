"""The socket below a connection with threads: sending over it ends in time, and so does closing.

The `websockets` library waits without an end until a host takes what is sent, and holds a lock
meanwhile that whoever receives, sends or closes needs as well. The socket itself can have no
time-out, since another thread reads from it: so whoever sends waits here until there is room.

Whoever closes waits, again without an end, for the thread that reads. Over TLS that may be in the
middle of a record of which the rest never comes, where no closing of its socket reaches it.
"""

from __future__ import annotations

import contextlib
import os
import selectors
import threading
import time
from typing import TYPE_CHECKING, Any, Final

from minimax_adapters.api._closed_last import wake_reader

if TYPE_CHECKING:
    from collections.abc import Iterator

# Where there is room at all there is so much, whatever the system and with what TLS adds: sending
# no more at a time never waits.
_PIECE: Final = 1024
# Those of polls have no file of their own, and know files of any number.
_Selector: Final = getattr(selectors, "PollSelector", selectors.SelectSelector)


class _OfThread(threading.local):
    """When what this thread sends has to be taken, by the monotonic clock; None for no limit."""

    end: float | None = None


class TimedSocket:
    """Stands before a connected socket, as those for TLS inside TLS of the library do.

    State: `full` that a host has not taken something in time, `_most` seconds that anything may
    take, also what the library's own thread answers, `_reading` that this thread is reading,
    `_spoken` that the first request was sent: whoever connects speaks first.
    """

    def __init__(self, connected: Any, most: float | None) -> None:  # noqa: ANN401 - a socket of the library
        self.full = False
        self._connected = connected
        self._most = most
        self._here = _OfThread()
        self._reading = False
        self._spoken = threading.Event()

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - of the socket
        return getattr(self._connected, name)

    def settimeout(self, seconds: float | None) -> None:
        """Bound what begins to be sent from now on; whoever reads may go on waiting."""
        self._most = seconds

    @contextlib.contextmanager
    def within(self, seconds: float | None) -> Iterator[None]:
        """Have all that this thread sends in the block taken within so many seconds."""
        self._here.end = None if seconds is None else time.monotonic() + seconds
        try:
            yield
        finally:
            self._here.end = None

    def sendall(self, data: bytes) -> None:
        """Send `data`, or break the connection off: behind half a frame nothing can be said.

        Raises:
            OSError: The connection is lost; a `TimeoutError` if it was not taken in time.
        """
        ends = [self._here.end, None if self._most is None else time.monotonic() + self._most]
        end = min((each for each in ends if each is not None), default=None)
        try:
            self._send_until(end, data)
        except BaseException:
            self.cut()
            raise
        self._spoken.set()

    def _send_until(self, end: float | None, data: bytes) -> None:
        with _Selector() as room, memoryview(data) as view:
            room.register(self._connected, selectors.EVENT_WRITE)
            for begin in range(0, len(view), _PIECE):
                if not room.select(None if end is None else max(0.0, end - time.monotonic())):
                    self.full = True
                    raise TimeoutError
                self._connected.sendall(view[begin : begin + _PIECE])

    def recv(self, most: int) -> bytes:
        """Return what has come, at most so many bytes; over TLS that waits for a whole record.

        Raises:
            OSError: The connection is lost.
        """
        # What a host says of TLS right after connecting changes what sending needs as well, and TLS
        # of CPython before 3.13 lets two threads do both at once.
        self._spoken.wait()
        self._reading = True
        try:
            return bytes(self._connected.recv(most))
        finally:
            self._reading = False

    def close(self) -> None:
        """Let a thread that reads find the end, and close; such a thread closes it once more.

        Not below that thread: it would read on from whatever has the number of the socket next.
        But on Windows, where closing is what surely reaches it.
        """
        self.cut()
        if not self._reading or os.name == "nt":
            self._connected.close()

    def cut(self) -> None:
        """Let whoever sends or receives find the connection lost; safe from any thread."""
        self._spoken.set()
        # The library's TLS inside TLS is no socket, but has one.
        wake_reader(getattr(self._connected, "ssl_socket", self._connected))
