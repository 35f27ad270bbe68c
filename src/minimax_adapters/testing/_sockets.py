"""Plays the server's side of the WebSocket sessions in a cassette, on loopback.

A session has `path`, where it applies `query`, and `frames` in their order, each one of

client  an event that the app sends; it is compared with what it really sends
server  an event that the app is sent
closes  who ends the session, `client`, `server` or `nobody` if it broke off; `server` has `code`

An event is JSON as data; a frame that is no JSON is `text`, a binary one `bytes` in hexadecimal.
"""

from __future__ import annotations

import contextlib
import json
import socket
import threading
from typing import TYPE_CHECKING, Any, Final, Self
from urllib.parse import parse_qsl, urlsplit

from minimax_adapters.testing._compare import as_text, differences
from minimax_adapters.testing._scrub import scrub, scrub_query

if TYPE_CHECKING:
    from collections.abc import Sequence

    from websockets.sync.server import ServerConnection

PATIENCE: Final = 10.0
_REFUSED: Final = 1008
_LONGEST_FRAME: Final = 64 * 1024 * 1024


def event_of(frame: str | bytes) -> object:
    """Return a frame as a cassette has it."""
    if isinstance(frame, bytes):
        return {"bytes": frame.hex()}
    try:
        return json.loads(frame)
    except ValueError:
        return {"text": frame}


def frame_of(event: object) -> str | bytes:
    """Return the frame that `event` stands for."""
    if isinstance(event, dict) and set(event) == {"bytes"}:
        return bytes.fromhex(event["bytes"])
    if isinstance(event, dict) and set(event) == {"text"}:
        return str(event["text"])
    return json.dumps(event, ensure_ascii=False, separators=(",", ":"))


def target_of(target: str) -> dict[str, Any]:
    """Return the members that say where a session goes."""
    parts = urlsplit(target)
    query = scrub_query(parse_qsl(parts.query, keep_blank_values=True))
    return {"path": parts.path, **({"query": query} if query else {})}


class SocketPlayer:
    """A WebSocket server that does what was recorded, and nothing else.

    Owns a listening socket from the first look at its address, and threads inside `with`; both end
    with the block, or with `close()`.

    State: `_begun` sessions, each with a thread; `failures` in words, oldest first.

    Args:
        sessions: What plays, in the order in which the app connects.
        patience: Seconds to wait for a frame that the app has to send.
    """

    def __init__(self, sessions: Sequence[dict[str, Any]], patience: float = PATIENCE) -> None:
        self.failures: list[str] = []
        self._sessions = sessions
        self._patience = patience
        self._begun = 0
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._stack = contextlib.ExitStack()
        self._handlers: list[threading.Thread] = []
        self._connections: list[ServerConnection] = []

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, port = self._listening().getsockname()
        return str(host), int(port)

    @property
    def url(self) -> str:
        """The base URL that the app has to use."""
        return "http://{}:{}".format(*self.address)

    def __enter__(self) -> Self:
        from websockets.sync.server import serve  # noqa: PLC0415 - an extra

        server = serve(
            self._serve,
            sock=self._listening(),
            compression=None,
            ping_interval=None,
            max_size=_LONGEST_FRAME,
            server_header=None,
        )
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        self._stack.callback(thread.join)
        self._stack.callback(server.shutdown)
        return self

    def __exit__(self, *_: object) -> None:
        with self._lock:
            handlers, connections = list(self._handlers), list(self._connections)
        for handler in handlers:
            handler.join(self._patience)
        for connection in connections:
            connection.close()
        self._stack.close()
        self.close()

    def close(self) -> None:
        """Close the listening socket; harmless when there is none."""
        listener, self._listener = self._listener, None
        if listener is not None:
            listener.close()

    def _listening(self) -> socket.socket:
        if self._listener is None:
            self._listener = socket.create_server(("127.0.0.1", 0))
        return self._listener

    def unused(self) -> list[str]:
        """Return the sessions that nothing connected to."""
        left = enumerate(self._sessions[self._begun :], self._begun + 1)
        return [f"  {number}. WebSocket {session['path']}" for number, session in left]

    def _serve(self, connection: ServerConnection) -> None:
        with self._lock:
            self._handlers.append(threading.current_thread())
            self._connections.append(connection)
            number, self._begun = self._begun, self._begun + 1
        try:
            self._play(connection, self._session(number))
        except _DiffersError as error:
            self.failures.append(f"WebSocket {number + 1}, {error}")
            with contextlib.suppress(Exception):  # The app may be gone, and told enough.
                connection.close(_REFUSED, "not as recorded")

    def _session(self, number: int) -> dict[str, Any]:
        if number >= len(self._sessions):
            raise _DiffersError("the app connected once more than was recorded")
        return self._sessions[number]

    def _play(self, connection: ServerConnection, session: dict[str, Any]) -> None:
        from websockets.exceptions import ConnectionClosed  # noqa: PLC0415 - an extra

        target = target_of(connection.request.path if connection.request else "")
        expected = {name: session[name] for name in ("path", "query") if name in session}
        _compare("handshake", expected, target)
        for number, frame in enumerate(session["frames"], 1):
            if "client" in frame:
                _compare(f"frame {number}", frame["client"], self._next(connection, number))
            elif "server" in frame:
                with contextlib.suppress(ConnectionClosed):
                    connection.send(frame_of(frame["server"]))
            elif frame["closes"] == "server":
                connection.close(frame["code"])
            elif frame["closes"] == "nobody":
                connection.close_socket()
            elif frame["closes"] == "client":
                self._end(connection, number)
            else:
                raise _DiffersError(f"frame {number}: nobody is called {frame['closes']!r}")

    def _next(self, connection: ServerConnection, number: int) -> object:
        from websockets.exceptions import ConnectionClosed  # noqa: PLC0415 - an extra

        try:
            return scrub(event_of(connection.recv(timeout=self._patience)))
        except TimeoutError:
            raise _DiffersError(f"frame {number}: the app sends nothing") from None
        except ConnectionClosed:
            raise _DiffersError(f"frame {number}: the app hung up") from None

    def _end(self, connection: ServerConnection, number: int) -> None:
        """Wait until the app hangs up."""
        from websockets.exceptions import ConnectionClosed  # noqa: PLC0415 - an extra

        try:
            more = connection.recv(timeout=self._patience)
        except ConnectionClosed:
            return
        except TimeoutError:
            raise _DiffersError(f"frame {number}: the app does not hang up") from None
        raise _DiffersError(f"frame {number}: the app goes on with {str(more)[:80]}")


class _DiffersError(Exception):
    """The app did something else than was recorded."""


def _compare(place: str, recorded: object, actual: object) -> None:
    lines = differences(recorded, actual)
    if lines:
        raise _DiffersError(f"{place} is not as recorded:\n{as_text(lines)}")
