"""Hosts that take nothing any more of what is sent to them, and voices that speak to them."""

from __future__ import annotations

import asyncio
import contextlib
import json
import selectors
import socket
import ssl
import struct
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final, Self

import httpx
import pytest
import trustme
from talkers import COLOURS, Colour, Talker, audio_of
from websockets.exceptions import ConnectionClosed
from websockets.sync.server import serve

from minimax_adapters.api import Audio, AudioChunk, CallTimeoutError, MiniMaxError
from minimax_adapters.api import _socket_library as library
from minimax_adapters.api import _socket_timed as timed

if TYPE_CHECKING:
    from collections.abc import Callable

    from websockets.sync.server import ServerConnection

    from minimax_adapters.api.wire.speech_socket import Dialect

both = pytest.mark.parametrize("colour", COLOURS)
dialects = pytest.mark.parametrize("dialect", ["plain", "bidi"])
# More than what buffers of this size hold.
LONG: Final = "\u8bdd" * 9_900
_BUFFER: Final = 4096
SPOKEN: Final = {"event": "task_continued", "data": {"audio": "aa"}, "is_final": True}


class DeafHost:
    """A host that reads nothing after the greeting, on its first connections.

    Attributes:
        url: Its address.
        heard: The texts that it read on the others, each of which it speaks with one byte.
    """

    def __init__(
        self,
        deaf: int = 99,
        meanwhile: Callable[[ServerConnection], None] = lambda _: None,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        self.heard: list[str] = []
        self._deaf = deaf
        self._meanwhile = meanwhile
        self._over = threading.Event()
        listener = socket.create_server(("127.0.0.1", 0))
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        scheme = "https" if tls else "http"
        self.url = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}"
        self._server = serve(
            self._talk, sock=listener, ssl=tls, close_timeout=0.1, ping_interval=None
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
                    connection.send(json.dumps(SPOKEN))
                if frame["event"] == "task_flush":
                    connection.send(json.dumps({"event": "task_flushed"}))
                if frame["event"] == "task_finish":
                    connection.send(json.dumps({"event": "task_finished"}))


class Waiting(selectors.PollSelector):
    """Knows when somebody waits for room, and what is to happen to them then."""

    begun = threading.Event()
    error: type[BaseException] | None = None

    def select(self, timeout: float | None = None) -> Any:  # noqa: ANN401 - as the base class
        """Wait as the base class does."""
        found = super().select(0)
        if not found:
            self.begun.set()
            if self.error is not None:
                raise self.error
            found = super().select(timeout)
        return found


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> type[Waiting]:
    """Return what says that a thread waits for room."""
    kind = type("Waiting", (Waiting,), {"begun": threading.Event(), "error": None})
    monkeypatch.setattr(timed, "_Selector", kind)
    return kind


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


@both
@dialects
@pytest.mark.parametrize("limit", ["WriteTimeout", "deadline"])
@pytest.mark.parametrize("secure", [False, True])
def test_a_text_that_is_not_taken_is_a_time_out(
    colour: Colour, dialect: Dialect, limit: str, *, secure: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever of the limits ends first."""
    theirs = None
    if secure:
        theirs, ours = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
        authority = trustme.CA()
        authority.configure_trust(ours)
        authority.issue_cert("127.0.0.1").configure_cert(theirs)
        monkeypatch.setattr(library, "tls_context", lambda: ours)
    options: dict[str, Any] = {"timeout": 30, "deadline": 0.4}
    if limit == "WriteTimeout":
        options = {"timeout": httpx.Timeout(30, write=0.1)}

    with DeafHost(tls=theirs) as host, talker_of(colour, host, **options) as talker:
        error = send_until_it_ends(talker, connected(talker, dialect))

    assert isinstance(error, CallTimeoutError)
    assert limit in str(error)
    assert isinstance(error.partial, Audio)


@both
@dialects
def test_what_came_before_is_kept_and_what_follows_has_a_connection_of_its_own(
    colour: Colour, dialect: Dialect
) -> None:
    """Behind half a frame nothing can be said."""
    frame = json.dumps(SPOKEN)
    host = DeafHost(1, meanwhile=lambda connection: connection.send(frame))

    with host, talker_of(colour, host, timeout=httpx.Timeout(30, write=0.1)) as talker:
        voice = connected(talker, dialect)
        events = aiter(voice) if colour == "async" else iter(voice)
        if colour == "async":
            assert isinstance(talker.call(anext_of, events), AudioChunk)
        else:
            assert isinstance(next(events), AudioChunk)
        error = send_until_it_ends(talker, voice)
        following = audio_of(talker.all(voice.speak("Two.")))
        talker.call(events.aclose if colour == "async" else events.close)

    assert isinstance(error.partial, Audio)
    assert error.partial.data == b"\xaa"
    assert (following, host.heard) == (b"\xaa", ["Two."])


async def anext_of(events: Any) -> Any:  # noqa: ANN401 - any events
    """Return the next one."""
    return await anext(events)


@dialects
def test_a_voice_is_closed_while_another_thread_sends(
    dialect: Dialect, waiting: type[Waiting]
) -> None:
    """It does not wait until the host takes the text; whoever sends it returns."""
    with DeafHost() as host, talker_of("sync", host, timeout=30) as talker:
        voice = connected(talker, dialect)
        sending = threading.Thread(target=voice.send, args=(LONG,))
        sending.start()
        assert waiting.begun.wait(5)
        voice.close()
        sending.join(5)

        assert not sending.is_alive()


@dialects
def test_a_voice_is_closed_while_another_task_sends(dialect: Dialect) -> None:
    """As with threads."""

    async def close_it(voice: Any) -> None:  # noqa: ANN401 - a voice
        sending = asyncio.ensure_future(voice.send(LONG))
        await until_it_waits(voice, sending)
        await voice.aclose()
        await sending

    with DeafHost() as host, talker_of("async", host, timeout=30) as talker:
        talker.call(close_it, connected(talker, dialect))


@both
@dialects
def test_whoever_listens_is_told_as_well(colour: Colour, dialect: Dialect) -> None:
    """One listens while another sends; each of them gets the error."""

    def listen(voice: Any) -> MiniMaxError:  # noqa: ANN401 - a voice
        return error_of(lambda: list(voice))

    async def both_ways(voice: Any) -> list[BaseException | None]:  # noqa: ANN401 - a voice
        listening = asyncio.ensure_future(anext(aiter(voice)))
        sending = asyncio.ensure_future(voice.send(LONG))
        await asyncio.wait([listening, sending])
        return [sending.exception(), listening.exception()]

    limits = httpx.Timeout(30, write=0.1)
    with DeafHost() as host, talker_of(colour, host, timeout=limits) as talker:
        voice = connected(talker, dialect)
        if colour == "async":
            errors = talker.call(both_ways, voice)
        else:
            with ThreadPoolExecutor() as threads:
                listening = threads.submit(listen, voice)
                errors = [send_until_it_ends(talker, voice), listening.result()]

    assert [type(error) for error in errors] == [CallTimeoutError, CallTimeoutError]


@dialects
def test_an_interrupted_text_is_not_heard_with_the_next(
    dialect: Dialect, waiting: type[Waiting]
) -> None:
    """Ctrl-C in the middle of a frame: the next one goes over another connection."""
    with DeafHost(1) as host, talker_of("sync", host, timeout=30) as talker:
        voice = connected(talker, dialect)
        waiting.error = KeyboardInterrupt
        with pytest.raises(KeyboardInterrupt):
            talker.all(voice.speak(LONG))
        following = audio_of(talker.all(voice.speak("Two.")))

    assert (following, host.heard) == (b"\xaa", ["Two."])


@dialects
def test_a_cancelled_text_is_not_heard_with_the_next(dialect: Dialect) -> None:
    """As with Ctrl-C, in a task."""

    async def cancel_it(voice: Any) -> None:  # noqa: ANN401 - a voice
        speaking = asyncio.ensure_future(anext(voice.speak(LONG)))
        await until_it_waits(voice, speaking)
        speaking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await speaking

    with DeafHost(1) as host, talker_of("async", host, timeout=30) as talker:
        voice = connected(talker, dialect)
        talker.call(cancel_it, voice)
        following = audio_of(talker.all(voice.speak("Two.")))

    assert (following, host.heard) == (b"\xaa", ["Two."])


@both
@dialects
def test_a_connection_that_is_lost_while_a_text_is_sent_is_made_again(
    colour: Colour, dialect: Dialect, waiting: type[Waiting]
) -> None:
    """As any other that is lost before something was heard."""
    leave = threading.Event()

    def reset(connection: ServerConnection) -> None:
        leave.wait(5)
        at_once = struct.pack("ii", 1, 0)
        connection.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        connection.close_socket()

    async def send(voice: Any) -> None:  # noqa: ANN401 - a voice
        sending = asyncio.ensure_future(voice.send(LONG))
        await until_it_waits(voice, sending)
        leave.set()
        await sending

    def leave_then() -> None:
        waiting.begun.wait(5)
        leave.set()

    with DeafHost(1, reset) as host, talker_of(colour, host, timeout=30) as talker:
        voice = connected(talker, dialect)
        if colour == "async":
            talker.call(send, voice)
        else:
            leaving = threading.Thread(target=leave_then)
            leaving.start()
            voice.send(LONG)
            leaving.join()
        talker.all(voice.drain())

    assert host.heard == [LONG]


@dialects
def test_answers_to_pings_that_are_not_taken_keep_nobody_waiting(
    dialect: Dialect, waiting: type[Waiting]
) -> None:
    """The library gives them on a thread of its own, which holds up whoever sends."""

    def ping(connection: ServerConnection) -> None:
        for number in range(300):
            connection.ping(f"{number:0>100}")

    limits = httpx.Timeout(30, write=0.1)
    with DeafHost(meanwhile=ping) as host, talker_of("sync", host, timeout=limits) as talker:
        voice = connected(talker, dialect)
        assert waiting.begun.wait(5)
        assert isinstance(send_until_it_ends(talker, voice), CallTimeoutError)
