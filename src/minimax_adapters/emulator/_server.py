"""A uvicorn server in a thread of its own, and `Emulator`, which owns it."""

from __future__ import annotations

import asyncio
import socket
import threading
from typing import TYPE_CHECKING, Final, Self, get_args

import uvicorn

from ._app import build_app
from ._faults import Breakage, Choices, Fault, Moment, check_choice
from ._reply import Reply
from ._state import DEFAULT_API_KEY, RecordedRequest, State
from .voice import VoiceChoice

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from starlette.types import ASGIApp

    from ._errors import Envelope
    from ._quirks import Quirks

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})

PATIENCE: Final = 10

# asyncio accepts a connection in one turn of its loop, makes its transport in the next and tells
# the protocol in a third. A server closed in between leaves the socket to the collector.
TURNS_TO_ACCEPT: Final = 3


class ThreadedServer(uvicorn.Server):
    """uvicorn without signals and polling: it starts and stops as soon as it is told to."""

    def __init__(self, app: ASGIApp) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                http="h11",
                lifespan="off",
                log_config=None,
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


class Emulator:
    """A local MiniMax on loopback, alive between `start` and `stop` or inside `with`.

    Owns a listening socket, a thread and its event loop; all end with `stop`. Requests are kept
    in `requests`, newest last, until `clear`.

    Args:
        api_key: The only key that is accepted.
        group_id: When given, a different `GroupId` in the query is refused with 1004.
        port: 0 picks a free port.
        host: A loopback name; anything else is refused.
        seed: Changes every id.
        clock: Returns Unix seconds for `created`; without it time stands still.
        quirks: Misbehaviour for all requests; `emulator.quirks` can be set later as well.
        voice: `espeak` says the words, `synthetic` sounds like speech and is the same on every
            machine, `auto` says the words where espeak is installed.

    Raises:
        ValueError: `host` is no loopback name, or there is no such `voice`.
    """

    def __init__(  # noqa: PLR0913  # The settings of a server; all have defaults.
        self,
        *,
        api_key: str = DEFAULT_API_KEY,
        group_id: str | None = None,
        port: int = 0,
        host: str = "127.0.0.1",
        seed: int = 0,
        clock: Callable[[], float] | None = None,
        quirks: Quirks | None = None,
        voice: VoiceChoice = "auto",
    ) -> None:
        if host not in LOOPBACK:
            raise ValueError(f"The emulator serves loopback only, not {host!r}. Use 127.0.0.1.")
        check_choice("voice", voice, get_args(VoiceChoice))
        self.state = State(
            api_key=api_key,
            group_id=group_id,
            seed=seed,
            clock=clock,
            quirks=quirks,
            voice=voice,
        )
        self._port = port
        self._server: ThreadedServer | None = None
        self._thread: threading.Thread | None = None

    def __repr__(self) -> str:
        where = self.url if self._server is not None else "not started"
        return f"<Emulator {where}, {len(self.requests)} requests>"

    @property
    def url(self) -> str:
        """Base URL without `/v1`."""
        return f"http://127.0.0.1:{self._port}"

    @property
    def api_key(self) -> str:
        """The key that is accepted."""
        return self.state.api_key

    @property
    def quirks(self) -> Quirks:
        """Misbehaviour that applies to all requests."""
        return self.state.quirks

    @quirks.setter
    def quirks(self, quirks: Quirks) -> None:
        self.state.quirks = quirks

    @property
    def requests(self) -> list[RecordedRequest]:
        """Recorded requests, oldest first."""
        return self.state.requests

    @property
    def environment(self) -> dict[str, str]:
        """Variables that point MiniMax clients here."""
        return {"MINIMAX_BASE_URL": self.url, "MINIMAX_API_KEY": self.api_key}

    def start(self) -> Self:
        """Listen and serve.

        Raises:
            OSError: The port is taken.
            TimeoutError: The server's thread does not come up.
            RuntimeError: It runs already, or the voice is to say words and there is no espeak.
        """
        if self._server is not None:
            raise RuntimeError(f"The emulator runs already, on {self.url}.")
        app = build_app(self.state)
        # asyncio turns Nagle's delay off only on sockets that name their protocol; without that
        # each answer waits 40 ms for the client's acknowledgement of its headers.
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(("127.0.0.1", self._port))
        except OSError as error:
            listener.close()
            reason = f"Port {self._port} cannot be used: {error.strerror}"
            raise OSError(error.errno, reason) from error
        self._port = listener.getsockname()[1]
        self._server = server = ThreadedServer(app)
        self._thread = threading.Thread(
            target=server.serve_alone,
            args=(listener,),
            name=f"emulator-{self._port}",
            daemon=True,
        )
        self._thread.start()
        if not server.ready.wait(timeout=PATIENCE):
            raise TimeoutError(f"The emulator did not start within {PATIENCE} seconds.")
        return self

    def stop(self) -> None:
        """End the server and its thread; harmless when not started."""
        if self._server is not None and self._thread is not None:
            self._server.end()
            self._thread.join()
        self._server = self._thread = None

    def fail_next(  # noqa: PLR0913  # Mirrors the members of a fault.
        self,
        code: int = 1000,
        *,
        times: int = 1,
        text: str | None = None,
        envelope: Envelope = "auto",
        choices: Choices = "null",
        retry_after: float | None = None,
        at: Moment = "response",
        after: int = 2,
        path: str = "",
    ) -> None:
        """Answer the next requests with a MiniMax error. See `Fault` for the arguments.

        Raises:
            ValueError: One of them is none that there is.
        """
        fault = Fault(
            code=code,
            text=text,
            envelope=envelope,
            choices=choices,
            retry_after=retry_after,
            at=at,
            after=after,
            path=path,
        )
        self.state.faults.append(fault, times)

    def break_next(
        self, breakage: Breakage, *, times: int = 1, after: int = 2, path: str = ""
    ) -> None:
        """Break the transport of the next requests. See `Breakage` for the ways.

        Raises:
            ValueError: There is no such way.
        """
        self.state.faults.append(Fault(breakage=breakage, after=after, path=path), times)

    def script(self, *replies: Reply) -> None:
        """Make the next chat answers exactly `replies`, in order.

        Raises:
            TypeError: One is no `Reply`, a list of them say.
        """
        for reply in replies:
            if not isinstance(reply, Reply):
                kind = type(reply).__name__
                raise TypeError(f"Pass script(Reply(text=...), ...), not {kind}.")
        self.state.replies.extend(replies)

    def turn_clock(self, seconds: float) -> None:
        """Let `seconds` pass: idle sockets are closed, tasks under way come to their end."""
        self.state.clock.turn(seconds)

    def clear(self) -> None:
        """Forget requests, waiting faults and replies, and the prompt cache."""
        self.state.clear()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.stop()

    async def __aenter__(self) -> Self:
        return await asyncio.to_thread(self.start)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await asyncio.to_thread(self.stop)
