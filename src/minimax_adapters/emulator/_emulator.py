"""`Emulator`: a local MiniMax that a test or a program starts, scripts and looks into."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING, Final, Self, get_args

from ._app import build_app
from ._faults import Breakage, Choices, Fault, Moment, check_choice
from ._reply import Reply
from ._server import ThreadedServer, listen_on
from ._state import DEFAULT_API_KEY, RecordedRequest, State
from .voice import VoiceChoice

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from ._errors import Envelope
    from ._quirks import Quirks

LOOPBACK: Final = frozenset({"127.0.0.1", "localhost"})

PATIENCE: Final = 10


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
        listener = listen_on(self._port)
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
        """Let `seconds` pass: idle sockets are closed, tasks come to their end, windows move on."""
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
