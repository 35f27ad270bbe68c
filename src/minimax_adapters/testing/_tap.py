"""Records WebSocket sessions where the `websockets` library hands over frames.

It listens in on both kinds of client connection of this process, so that it does not matter
whether the host is the emulator or MiniMax, nor whether the connection is encrypted.
"""

from __future__ import annotations

import contextlib
import importlib
import threading
from typing import TYPE_CHECKING, Any, TypeAlias, cast
from unittest import mock

from minimax_adapters.api import _socket_connections
from minimax_adapters.testing._scrub import scrub
from minimax_adapters.testing._sockets import event_of, target_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from websockets.asyncio.client import ClientConnection as AsyncConnection
    from websockets.exceptions import ConnectionClosed
    from websockets.http11 import Request
    from websockets.sync.client import ClientConnection as SyncConnection

    Connection: TypeAlias = SyncConnection | AsyncConnection
    Frame: TypeAlias = str | bytes
    Method: TypeAlias = Callable[..., Any]


class SocketTap:
    """The sessions so far.

    State: `_open` sessions by the identity of their connection; both are kept, so that no other
    connection gets the same one. `_ended` has those whose end is written.
    """

    def __init__(self, secrets: Sequence[str]) -> None:
        self.sessions: list[dict[str, Any]] = []
        self._secrets = secrets
        self._open: dict[int, tuple[object, dict[str, Any]]] = {}
        self._ended: set[int] = set()
        self._lock = threading.Lock()

    def sent(self, connection: Connection, frame: Frame) -> None:
        """Write down a frame of the app."""
        self._write(connection, {"client": scrub(event_of(frame), self._secrets)})

    def received(self, connection: Connection, frame: Frame) -> None:
        """Write down a frame of the host."""
        self._write(connection, {"server": scrub(event_of(frame), self._secrets)})

    def ended(self, connection: Connection, error: ConnectionClosed | None = None) -> None:
        """Write down the end; without `error` the app hangs up."""
        with self._lock:
            known = id(connection) in self._ended
            self._ended.add(id(connection))
        if known:
            return
        if error is None:
            self._write(connection, {"closes": "client"})
        elif error.rcvd is None:
            self._write(connection, {"closes": "nobody"})
        else:
            self._write(connection, {"closes": "server", "code": int(error.rcvd.code)})

    def _write(self, connection: Connection, frame: dict[str, Any]) -> None:
        with self._lock:
            if id(connection) not in self._open:
                request = cast("Request", connection.request)
                session = {**target_of(request.path), "frames": []}
                self._open[id(connection)] = connection, session
                self.sessions.append(session)
            self._open[id(connection)][1]["frames"].append(frame)


@contextlib.contextmanager
def tapped(secrets: Sequence[str]) -> Iterator[SocketTap]:
    """Return a block in which sessions are recorded; none where the library is absent."""
    tap = SocketTap(secrets)
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(ImportError):
            for name, replacements in (("sync", _sync(tap)), ("asyncio", _async(tap))):
                kind = importlib.import_module(f"websockets.{name}.client").ClientConnection
                for member, make in replacements.items():
                    replacement = make(getattr(kind, member))
                    stack.enter_context(mock.patch.object(kind, member, replacement))
            # What sends and closes in place of the methods of asynchronous connections.
            replacements = _async(tap)
            for name, member in (("send", "send"), ("say_goodbye", "close")):
                replacement = replacements[member](getattr(_socket_connections, name))
                stack.enter_context(mock.patch.object(_socket_connections, name, replacement))
        yield tap


def _sync(tap: SocketTap) -> dict[str, Any]:
    def send(original: Method) -> Method:
        def replacement(own: Connection, message: Frame, *rest: Any, **options: Any) -> None:  # noqa: ANN401 - passed on as it came
            tap.sent(own, message)
            original(own, message, *rest, **options)

        return replacement

    def recv(original: Method) -> Method:
        def replacement(own: Connection, *rest: Any, **options: Any) -> Frame:  # noqa: ANN401 - passed on as it came
            with _watching(tap, own):
                frame: Frame = original(own, *rest, **options)
            tap.received(own, frame)
            return frame

        return replacement

    def close(original: Method) -> Method:
        def replacement(own: Connection, *rest: Any, **options: Any) -> None:  # noqa: ANN401 - passed on as it came
            tap.ended(own)
            original(own, *rest, **options)

        return replacement

    return {"send": send, "recv": recv, "close": close}


def _async(tap: SocketTap) -> dict[str, Any]:
    def send(original: Method) -> Method:
        async def replacement(own: Connection, message: Frame, *rest: Any, **options: Any) -> None:  # noqa: ANN401 - passed on as it came
            tap.sent(own, message)
            await original(own, message, *rest, **options)

        return replacement

    def recv(original: Method) -> Method:
        async def replacement(own: Connection, *rest: Any, **options: Any) -> Frame:  # noqa: ANN401 - passed on as it came
            with _watching(tap, own):
                frame: Frame = await original(own, *rest, **options)
            tap.received(own, frame)
            return frame

        return replacement

    def close(original: Method) -> Method:
        async def replacement(own: Connection, *rest: Any, **options: Any) -> None:  # noqa: ANN401 - passed on as it came
            tap.ended(own)
            await original(own, *rest, **options)

        return replacement

    return {"send": send, "recv": recv, "close": close}


@contextlib.contextmanager
def _watching(tap: SocketTap, connection: Connection) -> Iterator[None]:
    """Write down the end of a connection that ends in the block."""
    closed = importlib.import_module("websockets.exceptions").ConnectionClosed
    try:
        yield
    except closed as error:
        tap.ended(connection, error)
        raise
