"""Records WebSocket sessions where the `websockets` library hands over frames.

It listens in on both kinds of client connection of this process, so that it does not matter
whether the host is the emulator or MiniMax, nor whether the connection is encrypted.
"""

from __future__ import annotations

import contextlib
import importlib
import threading
from typing import TYPE_CHECKING, Any
from unittest import mock

from minimax_adapters.testing._scrub import scrub
from minimax_adapters.testing._sockets import event_of, target_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


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

    def sent(self, connection: object, frame: str | bytes) -> None:
        """Write down a frame of the app."""
        self._write(connection, {"client": scrub(event_of(frame), self._secrets)})

    def received(self, connection: object, frame: str | bytes) -> None:
        """Write down a frame of the host."""
        self._write(connection, {"server": scrub(event_of(frame), self._secrets)})

    def ended(self, connection: Any, error: Any = None) -> None:  # noqa: ANN401 - of either colour
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

    def _write(self, connection: Any, frame: dict[str, Any]) -> None:  # noqa: ANN401 - of either colour
        with self._lock:
            if id(connection) not in self._open:
                session = {**target_of(connection.request.path), "frames": []}
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
        yield tap


def _sync(tap: SocketTap) -> dict[str, Any]:
    def send(original: Any) -> Any:  # noqa: ANN401 - methods of the library
        def replacement(own: Any, message: Any, *rest: Any, **options: Any) -> None:  # noqa: ANN401 - as above
            tap.sent(own, message)
            original(own, message, *rest, **options)

        return replacement

    def recv(original: Any) -> Any:  # noqa: ANN401 - as above
        def replacement(own: Any, *rest: Any, **options: Any) -> Any:  # noqa: ANN401 - as above
            with _watching(tap, own):
                frame = original(own, *rest, **options)
            tap.received(own, frame)
            return frame

        return replacement

    def close(original: Any) -> Any:  # noqa: ANN401 - as above
        def replacement(own: Any, *rest: Any, **options: Any) -> None:  # noqa: ANN401 - as above
            tap.ended(own)
            original(own, *rest, **options)

        return replacement

    return {"send": send, "recv": recv, "close": close}


def _async(tap: SocketTap) -> dict[str, Any]:
    def send(original: Any) -> Any:  # noqa: ANN401 - methods of the library
        async def replacement(own: Any, message: Any, *rest: Any, **options: Any) -> None:  # noqa: ANN401 - as above
            tap.sent(own, message)
            await original(own, message, *rest, **options)

        return replacement

    def recv(original: Any) -> Any:  # noqa: ANN401 - as above
        async def replacement(own: Any, *rest: Any, **options: Any) -> Any:  # noqa: ANN401 - as above
            with _watching(tap, own):
                frame = await original(own, *rest, **options)
            tap.received(own, frame)
            return frame

        return replacement

    def close(original: Any) -> Any:  # noqa: ANN401 - as above
        async def replacement(own: Any, *rest: Any, **options: Any) -> None:  # noqa: ANN401 - as above
            tap.ended(own)
            await original(own, *rest, **options)

        return replacement

    return {"send": send, "recv": recv, "close": close}


@contextlib.contextmanager
def _watching(tap: SocketTap, connection: object) -> Iterator[None]:
    """Write down the end of a connection that ends in the block."""
    closed = importlib.import_module("websockets.exceptions").ConnectionClosed
    try:
        yield
    except closed as error:
        tap.ended(connection, error)
        raise
