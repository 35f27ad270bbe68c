"""A uvicorn server in a thread of its own."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING, Final

import uvicorn

if TYPE_CHECKING:
    from starlette.types import ASGIApp

# asyncio accepts a connection in one turn of its loop, makes its transport in the next and tells
# the protocol in a third. A server closed in between leaves the socket to the collector.
TURNS_TO_ACCEPT: Final = 3


class _BareConfig(uvicorn.Config):
    """uvicorn's settings, without a layer of its own between the protocol and the app."""

    def load(self) -> None:
        """Load, and drop the layer that logs each message where loggers are below DEBUG.

        It would hide the exchange, which alone can break an answer, from the app.
        """
        super().load()
        self.loaded_app = self.app


class ThreadedServer(uvicorn.Server):
    """uvicorn without signals and polling: it starts and stops as soon as it is told to."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            _BareConfig(
                app,
                http="h11",
                lifespan="off",
                log_config=None,
                proxy_headers=False,
                access_log=False,
                date_header=False,
                server_header=False,
                ws="websockets-sansio",
                ws_ping_interval=None,
            )
        )
        self.ready = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._ending = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Listen, then tell the thread that waits for it."""
        self._loop = asyncio.get_running_loop()
        await super().startup(sockets)
        self.ready.set()

    async def main_loop(self) -> None:
        """Wait to be told to end."""
        await self._ending.wait()

    def serve_alone(self, listener: socket.socket) -> None:
        """Serve until told to end, on a loop of a known kind: a program may have set another."""
        with asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner:
            runner.run(self.serve(sockets=[listener]))

    def end(self) -> None:
        """Let the server end, once it has begun; called from another thread."""
        self.ready.wait()
        assert self._loop is not None  # noqa: S101  # Set before `ready`.
        self._loop.call_soon_threadsafe(self._ending.set)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drop every connection at once: whoever still streams must not hold up a test."""
        loop = asyncio.get_running_loop()
        for listener in sockets or []:
            loop.remove_reader(listener)
        for _ in range(TURNS_TO_ACCEPT):
            await asyncio.sleep(0)
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            connection.transport.abort()
        await asyncio.sleep(0)
        tasks = list(self.server_state.tasks)
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        for server in self.servers:
            await server.wait_closed()


def listen_on(port: int) -> socket.socket:
    """Return a socket that is bound to `port` on loopback; 0 picks a free one.

    Raises:
        OSError: The port is taken.
    """
    # asyncio turns Nagle's delay off only on sockets that name their protocol; without that
    # each answer waits 40 ms for the client's acknowledgement of its headers.
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
    except OSError as error:
        listener.close()
        raise OSError(error.errno, f"Port {port} cannot be used: {error.strerror}") from error
    return listener
