"""Connections of the `websockets` library: who may use them, and how they end.

A forked child has the connection of its parent as well, and whatever it said there would be heard
as its parent's. So a connection belongs to the process that opened it; another one forgets it.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import weakref
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Final

from minimax_adapters.api._closing import CLOSER
from minimax_adapters.api._loop_end import OpenOnLoop, at_shutdown_of, close_soon
from minimax_adapters.api._socket_library import (
    CLOSE_SECONDS,
    no_redirect,
    options_of,
    websockets,
)
from minimax_adapters.api._socket_timed import TimedSocket

if TYPE_CHECKING:
    import httpx

    from minimax_adapters.api._loop_end import Place
    from minimax_adapters.api.settings import Settings

# Hundreds of texts; what is more are answers to pings of a host that takes none of them.
_MOST_UNSENT: Final = 16 * 1024 * 1024


class ThreadConnection:
    """A connection with a thread that reads; dropped with its `owner`, both are ended."""

    def __init__(self, owner: object) -> None:
        self.current: Any = None
        self._process = os.getpid()
        self._open = contextlib.ExitStack()
        # Closing takes locks that the garbage collector may find taken, and waits for a goodbye.
        weakref.finalize(owner, CLOSER.close_apart, self.close).atexit = False

    def open(self, request: httpx.Request, settings: Settings) -> Any:  # noqa: ANN401 - of the library
        """Connect, or leave nothing behind; the library does so for an `Exception` only."""
        client = websockets("sync.client")
        waits = [each for each in (settings.timeout.write, settings.deadline) if each is not None]
        CLOSER.prepare()
        with contextlib.ExitStack() as undo:

            def create(raw: Any, *given: Any, **more: Any) -> Any:  # noqa: ANN401 - of the library
                timed = TimedSocket(raw, min(waits, default=None))
                undo.callback(timed.cut)
                made = client.ClientConnection(timed, *given, **more)
                undo.callback(made.close_socket)
                return made

            # The library deprecates connections outside of a `with` block, and follows redirects
            # since its version 17.
            # The options hold the key, so they are in no variable.
            attempt = getattr(client, "reconnect", client.connect)(
                **options_of(request, settings), create_connection=create
            )
            attempt.process_redirect = no_redirect
            # Not those of a parent, which stay as they are.
            self._open, self._process = contextlib.ExitStack(), os.getpid()
            self.current = self._open.enter_context(attempt)
            # What is interrupted while it says goodbye is closed all the same.
            self._open.callback(self.current.close_socket)
            self._open.callback(self.current.close)
            undo.pop_all()
        return self.current

    def close(self) -> None:
        """Close it, if it is open and of this process."""
        connection, self.current = self.current, None
        if self._process == os.getpid():
            if connection is not None:
                _make_way(connection)
            self._open.close()


def _make_way(connection: Any) -> None:  # noqa: ANN401 - of the library
    """Let a connection be closed, also while a thread sends to a host that takes nothing.

    Whoever sends has the library's lock, which saying goodbye takes as well.
    """
    connection.socket.settimeout(CLOSE_SECONDS)  # For those that begin to send now.
    if connection.protocol_mutex.acquire(timeout=CLOSE_SECONDS):
        connection.protocol_mutex.release()
    else:
        connection.socket.cut()


class LoopConnection:
    """A connection on an event loop, closed with it, or when its `owner` is dropped.

    State: `current`, and `full` that its host has not taken something in time.
    """

    def __init__(self, owner: object) -> None:
        self.current: Any = None
        self.full = False
        self._owner = weakref.ref(owner)
        self._place: Place | None = None
        self._held: OpenOnLoop | None = None
        self._dropped: weakref.finalize[..., Any] | None = None

    async def open(self, request: httpx.Request, settings: Settings) -> Any:  # noqa: ANN401 - of the library
        """Connect."""
        attempt = websockets("asyncio.client").connect(
            **options_of(request, settings), create_connection=_loop_connection()
        )
        attempt.process_redirect = no_redirect
        self.current, self.full = await attempt, False
        self._place = os.getpid(), asyncio.get_running_loop()
        self._held = OpenOnLoop(partial(say_goodbye, self.current))
        self._dropped = weakref.finalize(self._owner(), close_soon, self._place, self._held)
        self._dropped.atexit = False
        await at_shutdown_of(self._place).close(self._held)
        return self.current

    async def send(self, frame: str, seconds: float | None) -> None:
        """Send a frame; where it is not taken in time, break the connection off.

        Raises:
            websockets.exceptions.ConnectionClosed: The connection is not open any more.
        """
        connection = self.current
        try:
            async with asyncio.timeout(seconds):
                await send(connection, frame)
        except TimeoutError:
            self.full = True
            # No goodbye would be heard behind what is not taken.
            connection.transport.abort()
            await connection.wait_closed()
            raise connection.protocol.close_exc from None

    async def close(self) -> None:
        """Close it, if it is open and of this process."""
        held, self._held, self.current = self._held, None, None
        if held is None or self._place is None or self._dropped is None:
            return
        self._dropped.detach()
        if self._place[0] == os.getpid():
            await held.close()


@lru_cache(maxsize=1)
def _loop_connection() -> Any:  # noqa: ANN401 - a class of the library
    """Return the library's connection, made to break off where too much waits to be sent."""
    base = websockets("asyncio.client").ClientConnection

    class LoopClientConnection(base):  # type: ignore[misc,valid-type]  # the package may be absent
        def send_data(self) -> None:
            super().send_data()
            if self.transport.get_write_buffer_size() > _MOST_UNSENT:
                self.transport.abort()

    return LoopClientConnection


# An event loop that is just ending warns of asynchronous generators that begin, and the library's
# own ways to send and to close begin one. So here is what they do.


async def send(connection: Any, frame: str) -> None:  # noqa: ANN401 - of the library
    """Send a frame.

    Raises:
        websockets.exceptions.ConnectionClosed: The connection is not open any more.
    """
    state = websockets("protocol")
    if connection.state is state.OPEN:
        connection.protocol.send_text(frame.encode())
        connection.send_data()
        # Why it was lost meanwhile, if it was, is said below.
        with contextlib.suppress(OSError):
            await connection.drain()
    if connection.state is not state.OPEN:
        await say_goodbye(connection)
        raise connection.protocol.close_exc


async def say_goodbye(connection: Any) -> None:  # noqa: ANN401 - of the library
    """Close a connection."""
    try:
        if connection.state is websockets("protocol").OPEN:
            connection.protocol.send_close(1000)
            connection.send_data()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(CLOSE_SECONDS):
                await connection.wait_closed()
    finally:
        connection.transport.abort()
    await connection.wait_closed()
