"""A host that takes nothing any more of what is sent to it, and clients that send to it."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import ssl
import threading
from typing import TYPE_CHECKING, Any, Final, Self

import pytest
import trustme
from talkers import Colour, Talker
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

from minimax_adapters.api import MiniMaxError
from minimax_adapters.api import _socket_library as library

if TYPE_CHECKING:
    from collections.abc import Callable

    from websockets.sync.server import ServerConnection

    from minimax_adapters.api.wire.speech_socket import Dialect

# More than what buffers of this size hold.
LONG: Final = "\u8bdd" * 9_900
_BUFFER: Final = 4096
SPOKEN: Final = {"event": "task_continued", "data": {"audio": "aa"}, "is_final": True}


class DeafHost:
    """A host that reads nothing after the greeting, on its first connections.

    Attributes:
        url: Its address.
        heard: The texts that it read on the others, each of which it speaks with one byte.

    Args:
        deaf: How many connections it is deaf on.
        meanwhile: What it does on those.
        tls: Its side of TLS, if it speaks that.
        before: What it does before it answers the handshake.
    """

    def __init__(
        self,
        deaf: int = 99,
        meanwhile: Callable[[ServerConnection], None] = lambda _: None,
        tls: ssl.SSLContext | None = None,
        before: Callable[[], None] = lambda: None,
    ) -> None:
        self.heard: list[str] = []
        self._deaf = deaf
        self._meanwhile = meanwhile
        self._over = threading.Event()
        listener = socket.create_server(("127.0.0.1", 0))
        if tls is None:  # Whose handshake may stall with so little.
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
        self._server = serve(
            self._talk,
            sock=listener,
            ssl=tls,
            close_timeout=0.1,
            ping_interval=None,
            process_request=lambda *_: before(),
        )

    def __enter__(self) -> Self:
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self._server.shutdown()
        self._thread.join()

    def _talk(self, connection: ServerConnection) -> None:
        deaf, self._deaf = self._deaf > 0, self._deaf - 1
        with contextlib.suppress(ConnectionClosed, OSError):
            connection.send(json.dumps({"event": "connected_success"}))
            connection.recv()
            connection.send(json.dumps({"event": "task_started"}))
            if deaf:
                with connection.recv_flow_control:  # Which its thread takes before it reads.
                    self._meanwhile(connection)
                    self._over.wait()
                return
            for message in connection:
                frame = json.loads(message)
                if "text" in frame:
                    self.heard.append(frame["text"])
                    self._speak(connection)
                if frame["event"] == "task_flush":
                    connection.send(json.dumps({"event": "task_flushed"}))
                if frame["event"] == "task_finish":
                    connection.send(json.dumps({"event": "task_finished"}))

    def _speak(self, connection: ServerConnection) -> None:
        connection.send(json.dumps(SPOKEN))


def trusted_tls(patch: pytest.MonkeyPatch) -> ssl.SSLContext:
    """Return the side of a host on loopback, which sockets trust in the test."""
    theirs, ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
    authority = trustme.CA()
    authority.configure_trust(ours)
    authority.issue_cert("127.0.0.1").configure_cert(theirs)
    patch.setattr(library, "tls_context", lambda: ours)
    return theirs


def talker_of(colour: Colour, host: DeafHost, **options: Any) -> Talker:  # noqa: ANN401 - passed on
    """Return a client that tries once."""
    return Talker(colour, None, base_url=host.url, api_key="k", max_retries=0, **options)


def connected(talker: Talker, dialect: Dialect) -> Any:  # noqa: ANN401 - either colour
    """Return a voice below which next to nothing is kept of what is sent."""
    voice = talker.connect(dialect=dialect)
    talker.call(voice.open)
    connection = voice._driver._connection.current
    transport = getattr(connection, "transport", None)
    if transport is not None:
        transport.set_write_buffer_limits(0)
    below = transport.get_extra_info("socket") if transport else connection.socket
    below.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
    return voice


def error_of(call: Callable[[], object]) -> MiniMaxError:
    """Return the error of a call."""
    with pytest.raises(MiniMaxError) as caught:
        call()
    return caught.value


def send_until_it_ends(talker: Talker, voice: Any) -> MiniMaxError:  # noqa: ANN401 - either colour
    """Send texts, and return the error that ends it."""
    return error_of(lambda: [talker.call(voice.send, LONG) for _ in range(10)])


async def until_it_waits(voice: Any, task: asyncio.Task[Any]) -> None:  # noqa: ANN401 - of a private connection
    """Return when `task` waits until the host takes something."""
    connection = voice._driver._connection.current
    while not connection.drain_waiters:
        assert not task.done()
        await asyncio.sleep(0)
