"""A host that speaks over WebSockets and breaks below the protocol, and the right outcomes.

Faults stand in the path as in `fault_server`: `ws://127.0.0.1:PORT/MOMENT.FAULT/TOKEN/ws/v1/...`.
"""

# ruff: noqa: D103 - each function does what its name says
from __future__ import annotations

import asyncio
import contextlib
import json
import socket
import struct
import threading
from collections import Counter
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from outcomes import MOST_BYTES, NOT_MINIMAX, TOO_LARGE, Outcome
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from minimax_adapters.api import errors as e

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from websockets.asyncio.server import ServerConnection

Moment = Literal["greeting", "asked", "hearing"]
HEARD: Final = b"01234567"
_TEXT: Final = 0x81  # The first byte of a whole frame of text.


def _frame(event: str, audio: bytes = b"", **members: object) -> str:
    content: dict[str, Any] = {"event": event, "base_resp": {"status_code": 0}, **members}
    return json.dumps(content | ({"data": {"audio": audio.hex()}} if audio else {}))


async def healthy(connection: ServerConnection) -> None:
    await connection.send(_frame("task_continued", HEARD, is_final=True))
    await connection.send(_frame("task_flushed"))
    while json.loads(await connection.recv())["event"] != "task_finish":
        pass
    await connection.send(_frame("task_finished"))
    await connection.wait_closed()


async def reset(connection: ServerConnection) -> None:
    await asyncio.sleep(0.002)  # What was sent is read before the reset discards it.
    raw = connection.transport.get_extra_info("socket")
    raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.transport.abort()


async def dropped(connection: ServerConnection) -> None:
    connection.transport.close()


async def no_frame(connection: ServerConnection) -> None:
    await _raw(connection, b"\xff" * 8)


async def cut_frame(connection: ServerConnection) -> None:
    await _raw(connection, bytes([_TEXT, 100]) + b'{"event": "task_con', close=True)


async def invalid_utf8(connection: ServerConnection) -> None:
    await _raw(connection, bytes([_TEXT, 4]) + b"\xff\xfe\xc3(")


async def masked(connection: ServerConnection) -> None:
    await _raw(connection, bytes([_TEXT, 0x82, 1, 2, 3, 4]) + b"ab")


async def compressed(connection: ServerConnection) -> None:
    await _raw(connection, bytes([_TEXT | 0x40, 2]) + b"ab")


async def huge_frame(connection: ServerConnection) -> None:
    await _raw(connection, bytes([_TEXT, 127]) + struct.pack("!Q", 1 << 40) + b"{")


async def long_frame(connection: ServerConnection) -> None:
    """Only the beginning of one: who wants to read all of it waits in vain."""
    await _raw(connection, bytes([_TEXT, 127]) + struct.pack("!Q", MOST_BYTES + 1) + b"{")


async def endless(connection: ServerConnection) -> None:
    while True:
        await connection.send(_frame("task_continued", bytes(8192)))
        await asyncio.sleep(0)  # So that the client's goodbye is read.


async def not_json(connection: ServerConnection) -> None:
    await connection.send("<html>Proxy says no</html>")
    await connection.wait_closed()


async def silent(connection: ServerConnection) -> None:
    await connection.wait_closed()


async def closed(connection: ServerConnection) -> None:
    await connection.close(1012, "service restart")


async def _raw(connection: ServerConnection, content: bytes, *, close: bool = False) -> None:
    connection.transport.write(content)
    if close:
        connection.transport.close()
    await connection.wait_closed()


_BROKE: Final = (
    Outcome(e.ConnectionFailedError, 2),
    # Nothing was heard of the text, so it is sent again, once.
    Outcome(e.InterruptedReplyError, 2),
    Outcome(e.InterruptedReplyError, keeps=True),
)
_STRANGE: Final = (NOT_MINIMAX, NOT_MINIMAX, NOT_MINIMAX._replace(keeps=True))
_LARGE: Final = (TOO_LARGE, TOO_LARGE, TOO_LARGE._replace(keeps=True))

# Before the session begins; when it was given a text; when half of it was heard.
SOCKET_FAULTS: Final[
    dict[str, tuple[Callable[[ServerConnection], Awaitable[None]], tuple[Outcome, ...]]]
] = {
    "healthy": (healthy, (Outcome(e.CallTimeoutError, 2), Outcome(), Outcome())),
    "reset": (reset, _BROKE),
    "dropped": (dropped, _BROKE),
    "no_frame": (no_frame, _BROKE),
    "cut_frame": (cut_frame, _BROKE),
    "invalid_utf8": (invalid_utf8, _BROKE),
    "masked": (masked, _BROKE),
    "compressed": (compressed, _BROKE),
    "closed": (closed, (NOT_MINIMAX, *_BROKE[1:])),
    "huge_frame": (huge_frame, _LARGE),
    "long_frame": (long_frame, _LARGE),
    "endless": (endless, (TOO_LARGE, *[TOO_LARGE._replace(keeps=True)] * 2)),
    "not_json": (not_json, _STRANGE),
    "silent": (
        silent,
        (
            Outcome(e.CallTimeoutError, 2),
            Outcome(e.InterruptedReplyError),
            Outcome(e.InterruptedReplyError, keeps=True),
        ),
    ),
}


class SocketServer:
    """The server, alive inside `with`; owns a thread, its event loop and a socket."""

    def __init__(self) -> None:
        self.connections: Counter[str] = Counter()
        self._loop = asyncio.new_event_loop()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._port = 0

    def url(self, moment: Moment, fault: str, token: str) -> str:
        """Return the base URL of a host with `fault` at `moment`."""
        return f"http://127.0.0.1:{self._port}/{moment}.{fault}/{token}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._serve())

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        async with serve(self._talk, "127.0.0.1", 0, close_timeout=0.1) as server:
            self._port = next(iter(server.sockets)).getsockname()[1]
            self._ready.set()
            await self._stop.wait()

    async def _talk(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        _, place, token, *_ = connection.request.path.split("/")
        moment, _, name = place.partition(".")
        self.connections[token] += 1
        fault = SOCKET_FAULTS[name][0]
        with contextlib.suppress(ConnectionClosed, OSError):
            if moment == "greeting":
                await fault(connection)
                return
            await connection.send(_frame("connected_success"))
            await connection.recv()
            await connection.send(_frame("task_started"))
            await connection.recv()
            if connection.request.path.partition("?")[0].endswith("_bidi"):
                await connection.recv()  # The flush behind the text.
            if moment == "hearing":
                await connection.send(_frame("task_continued", HEARD))
            await fault(connection)
